"""Versions and links over the API: the same answers as the commands."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from skinproof.errors import UsageError
from skinproof.faces.cli import main
from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.security import host_names
from skinproof.workflows.build import build
from skinproof.workflows.query import open_workspace
from tests.workflows.records import ALL, SCAR_LATER, given, record
from tests.workflows.test_build import imported

API = "http://127.0.0.1/api/v1"
SCAR_ID = "NCT99000001"
UPDATED = record(
    1,
    title="Exosomes for acne scars, with one more visit",
    updated="2023-03-03",
    **given("Exosomes", "Acne scar"),
)


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two editions; one study has a newer version in the second."""
    folder = imported(tmp_path_factory.mktemp("past") / "data", ALL)
    build(folder)
    imported(folder, [UPDATED])
    build(folder)
    return folder


def asked(folder: Path, *paths: str) -> list[object]:
    app = make_app(folder, open_workspace, Settings(api_per_second=0, hosts=host_names("127.0.0.1", [])))
    with TestClient(app, base_url=API) as client:
        found = [client.get(f"{API}/{path}") for path in paths]
    return [one.json() if "json" in one.headers["content-type"] else one.text for one in found]


def printed(folder: Path, *arguments: str) -> dict[str, object]:
    done = CliRunner().invoke(main, [*arguments, "--json", "--data", str(folder)], catch_exceptions=False)
    found: dict[str, object] = json.loads(done.output)
    return found


@pytest.mark.parametrize(
    ("query", "options"),
    [("", ()), ("?since=2023&by=registry", ("--since", "2023", "--by", "registry")), ("?agent=ev", ("--agent", "ev"))],
)  # fmt: skip
def test_changes_are_those_of_the_command(moved: Path, query: str, options: tuple[str, ...]) -> None:
    (found,) = asked(moved, f"changes{query}")
    told = printed(moved, "changes", *options)
    assert isinstance(found, dict)
    assert [s["record_id"] for s in found["studies"]] == [SCAR_ID]
    for name in ("studies", "conclusions", "n_before", "n_after", "notes"):
        assert found[name] == told[name]
    assert (found["total"], found["next"]) == (1, None)


def test_changes_come_in_parts_as_a_table_and_refuse_what_does_not_go_together(moved: Path) -> None:
    table, none, wrong, both, old = asked(
        moved, "changes?format=csv", "changes?offset=1", "changes?by=registry", "changes?since=2020&to=abc", "changes?from=zzz"
    )  # fmt: skip
    assert isinstance(table, str) and table.startswith("record_id,title,kind") and SCAR_ID in table
    assert isinstance(none, dict) and none["studies"] == [] and none["total"] == 1
    assert isinstance(wrong, dict) and "since" in wrong["detail"]
    assert isinstance(both, dict) and both["status"] == 400
    assert isinstance(old, dict) and old["status"] == 404


def test_a_study_has_its_history_and_its_record(moved: Path) -> None:
    history, record_now, record_then, nothing = asked(
        moved, f"studies/{SCAR_ID.lower()}/history", f"studies/{SCAR_ID}/record", f"studies/{SCAR_ID}/record?as_of=2022",
        "studies/NCT00000000/record",
    )  # fmt: skip
    assert history == printed(moved, "show", SCAR_ID, "--history")
    assert isinstance(record_now, dict) and record_now["record"] == UPDATED and record_now["text"] is None
    assert isinstance(record_then, dict) and record_then["record"] == SCAR_LATER
    assert isinstance(nothing, dict) and nothing["status"] == 404


def test_links_are_those_of_the_command(moved: Path) -> None:
    (found, refused) = asked(moved, "links", "links?relation=cousin")
    told = printed(moved, "links")
    assert isinstance(found, dict) and isinstance(refused, dict)
    assert {name: found[name] for name in ("links", "total", "to_review")} == {
        name: told[name] for name in ("links", "total", "to_review")
    }
    assert refused["status"] == 400


def test_what_changes_by_the_day_is_not_kept(moved: Path) -> None:
    app = make_app(moved, open_workspace, Settings(hosts=host_names("127.0.0.1", [])))
    with TestClient(app, base_url=API) as client:
        found = client.get(f"{API}/changes")
    assert "etag" not in found.headers and found.headers["cache-control"] == "no-store"


def test_an_edition_that_is_not_served_is_not_mixed_in(moved: Path) -> None:
    from datetime import date

    from skinproof.workflows.change_states import sides

    with pytest.raises(UsageError):
        sides(moved, date(2026, 1, 1), since="2020", from_edition="a")
    older = min((moved / "editions").glob("*/manifest.json"), key=lambda p: p.stat().st_mtime).parent.name
    for by in ("seen", "registry"):
        found = sides(moved, date(2026, 1, 1), since="2020", by=by, edition=older)
        assert {found.before.workspace.manifest.edition, found.after.workspace.manifest.edition} == {older}
        found.close()
