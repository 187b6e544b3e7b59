"""The demonstration: bundled facts through the doors that everyone's records use."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from skinproof.workflows.demo import DemoReport, demo
from skinproof.workflows.query import open_workspace

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[DemoReport, list[str], Path]:
    out, said = tmp_path_factory.mktemp("demo") / "demo", list[str]()
    return run(out, said), said, out


def run(out: Path, said: list[str]) -> DemoReport:
    def write_site(data: Path, site: Path) -> None:
        site.mkdir(exist_ok=True)
        (site / "index.html").write_text("synthetic page")

    return demo(
        out, NOW, said.append, map_text=lambda data: f"map of {data.name}", method_text=lambda: "an example",
        write_site=write_site,
    )  # fmt: skip


def test_it_takes_in_every_bundled_row(made: tuple[DemoReport, list[str], Path]) -> None:
    report, _, _ = made
    assert (report.imported.new, report.imported.refused) == (232, 0)
    assert report.built.n_studies == 232


def test_it_says_partial_and_where_to_look(made: tuple[DemoReport, list[str], Path]) -> None:
    """A newcomer must not take the number for a census, and must find the site."""
    report, said, _ = made
    text = "\n".join(said)
    assert said[0] == "map of data"
    assert "232 trials" in text and "not a census" in text and "skinproof import" in text
    assert str(report.site / "index.html") in text
    assert said.index("\nan example") == 2, "the example must not stand among the facts"


def test_every_version_it_holds_is_partial(made: tuple[DemoReport, list[str], Path]) -> None:
    _, _, out = made
    workspace = open_workspace(out / "data")
    from skinproof.model.summary import Filters

    selection = workspace.select(Filters())
    assert {study.completeness for study in selection.studies} == {"partial"}
    assert selection.stamp.n_partial == len(selection.studies) == 232


def test_running_it_again_changes_nothing(made: tuple[DemoReport, list[str], Path]) -> None:
    report, _, out = made
    again = run(out, [])
    assert (again.imported.new, again.imported.unchanged) == (0, 232)
    assert again.built.edition == report.built.edition


def test_a_fresh_folder_gives_the_same_edition(
    made: tuple[DemoReport, list[str], Path], tmp_path: Path
) -> None:
    """The picture in the README is what everyone else gets."""
    assert run(tmp_path / "other", []).built.edition == made[0].built.edition
