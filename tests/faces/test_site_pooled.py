"""Pages and command of pooled questions: whole without script, honest about empty places, files that repeat the numbers."""

import csv
import io
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from skinproof.faces.cli import main
from skinproof.faces.event_bundle import HEADER
from skinproof.faces.site.environment import CSP
from skinproof.faces.site.write import write_site
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import Workspace, open_workspace
from tests.faces.site_checks import Page, broken_links, read_site
from tests.workflows.outcome_records import VSS, means, measured
from tests.workflows.pooled_records import POSTED, posted
from tests.workflows.records import lines

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pooled-data")
    hostile = posted(28, (1, 9), agent=f"Mesenchymal stem cells {EVIL}")
    arms = hostile["protocolSection"]["armsInterventionsModule"]
    arms["armGroups"][0]["label"] = hostile["resultsSection"]["adverseEventsModule"]["eventGroups"][0][
        "title"
    ] = f"=1+1 {EVIL}"
    arms["interventions"][0]["armGroupLabels"] = [f"=1+1 {EVIL}"]
    import_files([lines(folder / "records.jsonl", [*POSTED, hostile])], data_dir=folder / "data", now=NOW)
    build(folder / "data")
    return folder / "data"


@pytest.fixture(scope="module")
def workspace(data: Path) -> Iterator[Workspace]:
    opened = open_workspace(data)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pooled-site") / "out"
    told: list[tuple[int, int]] = []
    write_site(workspace, folder, progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1], "the number of files was not known"
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return read_site(site)


def test_pages_are_well_formed_lead_somewhere_and_run_nothing(site: Path, pages: dict[str, Page]) -> None:
    ours = {name: page for name, page in pages.items() if name.startswith("pooled")}
    assert len(ours) > 8
    for name, page in ours.items():
        assert page.problems == [] and page.handlers == [] and page.scripts_inline == 0, name
        assert len(page.ids) == len(set(page.ids)), name
        assert [a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv")] == [CSP]
    assert broken_links(site, pages) == []
    for name, page in pages.items():
        assert f"{'../' * name.count('/')}pooled.html" in page.links, name


def test_the_index_shows_empty_questions_as_empty_and_says_why(pages: dict[str, Page]) -> None:
    text = pages["pooled.html"].text
    assert "no study (1 left out)" in text and "never a sign of safety" in text
    assert "came without them : NCT99000027" in text or "came without them: NCT99000027" in text
    assert "NCT99000022 (any)" in text
    assert not any("/ev-" in link for link in pages["pooled.html"].links)


def test_a_question_shows_picture_rows_origins_and_what_is_left_out(
    site: Path, pages: dict[str, Page]
) -> None:
    page = pages["pooled/msc-all-serious.html"]
    for words in (
        "no rate of a product",
        "4 of 30",
        "prediction interval",
        "crossover",
        "to be reviewed",
        "eventGroups[0].seriousNumAffected: 4",
    ):
        assert words in page.text, words
    raw = (site / "pooled/msc-all-serious.html").read_text("utf-8")
    drawn = re.findall(r"<svg.*?</svg>", raw, re.S)
    assert len(drawn) == 2
    for one in drawn:
        ET.fromstring(one)


def test_hostile_words_stay_words(site: Path, pages: dict[str, Page]) -> None:
    raw = (site / "pooled/msc-burn-serious.html").read_text("utf-8")
    assert "<script>alert" not in raw and "<img" not in raw
    assert "<script>alert(1)</script>" in pages["pooled/msc-burn-serious.html"].text
    for path in (site / "pooled.csv", site / "pooled/msc-burn-serious.csv"):
        cells = [cell for row in csv.reader(io.StringIO(path.read_text("utf-8"))) for cell in row]
        assert any(cell.startswith("'=1+1") for cell in cells)
        assert not any(cell.startswith("=") for cell in cells)


@pytest.mark.parametrize("name", ["msc-all-serious", "prp-all-serious"])
def test_the_archive_repeats_the_numbers(site: Path, name: str, tmp_path: Path) -> None:
    """A model, and one study with its exact interval."""
    with zipfile.ZipFile(site / f"pooled/{name}.zip") as archive:
        assert sorted(archive.namelist()) == ["README.txt", "data.csv", "pool.R", "pool.py", "results.json"]
        archive.extractall(tmp_path)
    done = subprocess.run([sys.executable, tmp_path / "pool.py"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    changed = json.loads((tmp_path / "results.json").read_text("utf-8"))
    changed["ci_ub"] += 0.01
    (tmp_path / "results.json").write_text(json.dumps(changed), encoding="utf-8")
    assert (
        subprocess.run([sys.executable, tmp_path / "pool.py"], capture_output=True, check=False).returncode
        == 1
    )


def test_what_is_not_pooled_has_rows_and_no_archive(site: Path) -> None:
    assert (site / "pooled/msc-all-any.csv").is_file() and not (site / "pooled/msc-all-any.zip").exists()


def test_an_edition_without_results_says_so(tmp_path: Path) -> None:
    import_files(
        [
            lines(
                tmp_path / "r.jsonl", [{"protocolSection": POSTED[0]["protocolSection"], "hasResults": False}]
            )
        ],
        data_dir=tmp_path / "data",
        now=NOW,
    )
    build(tmp_path / "data")
    opened = open_workspace(tmp_path / "data")
    write_site(opened, tmp_path / "out")
    opened.close()
    text = Page((tmp_path / "out/pooled.html").read_text("utf-8")).text
    assert "has posted results" in text and "never a sign of safety" in text
    assert "No outcome measure with numbers is posted" in text
    assert {path.stem for path in (tmp_path / "out/pooled").iterdir()} == {"how-pooling-reads"}


def run(data: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["pooled", "--data", str(data), *words])
    return done.exit_code, done.output


def test_the_command_prints_answers_rows_and_reasons(data: Path) -> None:
    code, text = run(data, "--agent", "msc", "--indication", "burn", "--outcome", "serious")
    flat = " ".join(text.split())
    assert code == 0
    assert (
        "NCT99000022 4 30 13% 3.8% to 31%" in flat
        and "no rate of a product" in flat
        and "Left out (2):" in flat
    )
    code, text = run(data)
    assert code == 0 and "No study is no sign of safety" in " ".join(text.split())


def test_the_command_gives_json_csv_picture_and_bundle(data: Path, tmp_path: Path) -> None:
    one = ("--agent", "msc", "--indication", "burn", "--outcome", "serious")
    found = json.loads(run(data, *one, "--json")[1])
    assert found["questions"][0]["studies"][0]["origins"][0]["quote"] == "1"
    assert "people in 3 studies" in found["plain_words"][0][0]
    rows = list(csv.DictReader(io.StringIO(run(data, *one, "--csv")[1])))
    assert set(HEADER) < set(rows[0]) and {row["what"] for row in rows} == {
        "study",
        "group",
        "left_out",
        "pooled",
        "prediction",
    }
    code, _ = run(data, *one, "--forest", str(tmp_path / "f.svg"), "--bundle", str(tmp_path / "b"))
    assert code == 0 and (tmp_path / "b/pool.R").is_file()
    ET.parse(tmp_path / "f.svg")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--agent", "exosome"), "no class of agents"), (("--agent", "other"), "no class of agents"),
        (("--json", "--csv"), "cannot both"), (("--forest", "f.svg"), "is of one question"),
        (("--agent", "ev", "--indication", "burn", "--outcome", "any", "--bundle", "b"), "no pooled number"),
        (("--agent", "msc", "--indication", "burn", "--outcome", "serious", "--forest", "f.jpg"), "written as .svg, .png or .pdf"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, text = run(data, *words)
    assert code == 2 and said in text


@pytest.fixture(scope="module")
def scars(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Data folder and site of studies that measured scars; one has hostile words."""
    folder = tmp_path_factory.mktemp("scars")
    hostile = measured(58, [means(f"Primary thing {EVIL}", ("1", "1"), ("2", "1"))], agent=f"Exosomes {EVIL}")
    import_files([lines(folder / "r.jsonl", [*VSS, hostile])], data_dir=folder / "data", now=NOW)
    build(folder / "data")
    opened = open_workspace(folder / "data")
    told: list[tuple[int, int]] = []
    write_site(opened, folder / "out", progress=lambda done, total: told.append((done, total)))
    opened.close()
    assert told[-1][0] == told[-1][1], "the number of files was not known"
    return folder / "data", folder / "out"


VSS_PAGE = "pooled/outcome-ev-scar-vss-value-compared"


def test_pages_of_outcomes_are_well_formed_and_nothing_hostile_becomes_markup(
    scars: tuple[Path, Path],
) -> None:
    pages = read_site(scars[1])
    ours = {name: page for name, page in pages.items() if name.startswith("pooled")}
    assert any("primary-thing" in name for name in ours) and f"{VSS_PAGE}.html" in ours
    for name, page in ours.items():
        assert page.problems == [] and page.handlers == [] and page.scripts_inline == 0, name
        assert len(page.ids) == len(set(page.ids)), name
        raw = (scars[1] / name).read_text("utf-8")
        assert "<script>alert" not in raw and "<img" not in raw
        for drawn in re.findall(r"<svg.*?</svg>", raw, re.S):
            ET.fromstring(drawn)
    assert broken_links(scars[1], pages) == []


def test_a_question_of_an_outcome_shows_what_a_reader_asks(scars: tuple[Path, Path]) -> None:
    page = read_site(scars[1])[f"{VSS_PAGE}.html"]
    for words in (
        "Pooled mean difference", "lower with extracellular vesicles", "If one study is left out", "As studies came", "The newest study, NCT99000043",
        "fewer than ten", "prediction interval", "another kind", "outcomeMeasures[0].classes[0]",
    ):  # fmt: skip
        assert words in page.text, words
    entries = [a for tag, a in page.tags if tag == "a" and a.get("class") == "entry"]
    assert {a["href"] for a in entries} == {"#study-1", "#study-2", "#study-3"}, (
        "the picture leads to rows without script"
    )
    rows = [a for tag, a in page.tags if tag == "tr" and a.get("data-row")]
    assert all("Without NCT" in (a["data-without"] or "") for a in rows) and len(rows) == 3


def test_the_archive_of_an_outcome_repeats_the_numbers(scars: tuple[Path, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(scars[1] / f"{VSS_PAGE}.zip") as archive:
        archive.extractall(tmp_path)
    done = subprocess.run([sys.executable, tmp_path / "pool.py"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    rows = list(csv.DictReader(io.StringIO((scars[1] / f"{VSS_PAGE}.csv").read_text("utf-8"))))
    assert [row["what"] for row in rows].count("study") == 3
    assert {"pooled", "prediction", "left_out"} < {row["what"] for row in rows}


def test_the_example_says_that_it_is_no_evidence_on_skin(scars: tuple[Path, Path]) -> None:
    text = read_site(scars[1])["pooled/how-pooling-reads.html"].text
    assert "no evidence on skin" in text and "0.49" in text and "Egger" in text
    shipped = Path(__file__).parents[2] / "src/skinproof/data/bcg-trials.csv"
    assert shipped.read_bytes() == (Path(__file__).parents[2] / "docs/examples/bcg-trials.csv").read_bytes()


def test_the_command_shows_outcomes_as_text_json_and_csv(scars: tuple[Path, Path], tmp_path: Path) -> None:
    data = scars[0]
    code, text = run(data, "--outcome", "measured")
    assert code == 0 and "1 is answered by two or more studies" in " ".join(text.split())
    code, text = run(data, "--words", "vancouver scar")
    flat = " ".join(text.split())
    assert (
        code == 0
        and "Pooled mean difference" in flat
        and "NCT99000041" in flat
        and "Nothing is pooled" in flat
    )
    found = json.loads(run(data, "--outcome", "measured", "--json")[1])
    assert any("Pooled mean difference" in lines[0] for lines in found["plain_words_outcomes"])
    rows = list(csv.DictReader(io.StringIO(run(data, "--outcome", "measured", "--csv")[1])))
    assert {"study", "pooled"} < {row["what"] for row in rows}
    one = ("--words", "primary thing")
    code, _ = run(data, *one, "--forest", str(tmp_path / "f.svg"), "--bundle", str(tmp_path / "b"))
    assert code == 0 and (tmp_path / "b/pool.R").is_file()
    ET.parse(tmp_path / "f.svg")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--outcome", "measured", "--outcome", "serious"), "asked for apart"),
        (("--words", "nothing like it", "--forest", "f.svg"), "is of one question, and 0"),
        (("--outcome", "measured", "--table", "t.html"), "is of events"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_of_outcomes_is_said(
    scars: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, text = run(scars[0], *words)
    assert code == 2 and said in " ".join(text.split())
