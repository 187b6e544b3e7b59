"""The evidence map of the server: the numbers of the command, each filter, hostile questions, and its downloads."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from skinproof.faces.ask import read_filters
from skinproof.faces.commands.map import ask_map
from skinproof.faces.web.app import Settings, make_app
from skinproof.model.summary import Filters
from skinproof.workflows.facets import FacetQueries, Picked
from skinproof.workflows.query import Workspace, open_workspace
from tests.faces.web.conftest import HOST

EMPTY = {"agent": (), "role": (), "indication": (), "cutaneous": None, "aesthetic": None, "phase": (), "status": (),
         "country": (), "start_from": None, "start_to": None, "posted_from": None, "posted_to": None}  # fmt: skip
CELL = "prp~indication:hair"


@pytest.fixture(scope="module")
def workspace(data_dir: Path) -> Iterator[Workspace]:
    """The edition behind the application."""
    found = open_workspace(data_dir)
    yield found
    found.close()


def rows(client: TestClient, query: str) -> dict[tuple[str, str], dict[str, str]]:
    """The map as CSV, by agent and complaint."""
    answer = client.get(f"/map.csv?{query}")
    assert answer.status_code == 200, answer.text
    return {(row["agent"], row["complaint"]): row for row in csv.DictReader(io.StringIO(answer.text))}


@pytest.mark.parametrize(
    ("query", "typed"),
    [
        ("", {}),
        ("role=given", {"role": ("given",)}),
        ("role=measured", {"role": ("measured",)}),
        ("agent=prp", {"agent": ("prp",)}),
        ("agent=exosome&role=given", {"agent": ("exosome",), "role": ("given",)}),
        ("indication=scar", {"indication": ("scar",)}),
        ("status=completed", {"status": ("completed",)}),
        ("phase=2", {"phase": ("2",)}),
        ("cutaneous=yes", {"cutaneous": True}),
        ("posted_from=2020", {"posted_from": "2020"}),
        ("from=2019&to=2022", {"start_from": "2019", "start_to": "2022"}),
    ],
)
@pytest.mark.parametrize("day", [None, "2021-06-30"])
def test_the_map_has_the_numbers_of_the_command(
    client: TestClient, workspace: Workspace, query: str, typed: dict[str, object], day: str | None
) -> None:
    gap = ask_map(workspace, read_filters({**EMPTY, **typed}, workspace), day)
    found = rows(client, query + (f"&as_of={day}" if day else ""))
    assert set(found) == {(cell.row, cell.column) for cell in gap.cells}
    for cell in gap.cells:
        row, n = found[cell.row, cell.column], cell.numbers
        assert row["studies"] == str(n.studies)
        assert row["participants"] == ("" if n.participants is None else str(n.participants))
        assert (row["completed"], row["with_results"]) == (str(n.completed), str(n.with_results))


def test_a_country_of_the_edition_filters_and_any_other_is_refused(
    client: TestClient, workspace: Workspace
) -> None:
    for country in workspace.countries[:2]:
        gap = ask_map(workspace, Filters(country=(country,)), None)
        studies = sum(int(row["studies"]) for row in rows(client, f"country={country}").values())
        assert studies == sum(cell.numbers.studies for cell in gap.cells)
    assert client.get("/?country=Atlantis").status_code == 400


def test_designs_routes_results_and_overdue_add_up(client: TestClient, workspace: Workspace) -> None:
    facets = FacetQueries(workspace)
    assert facets.clocks_read(None, 30)
    everything = facets.map(Picked(), None)
    by_design = [facets.map(Picked(design=(name,)), None).total.studies for name in
                 ("unknown", "observational", "uncontrolled", "controlled", "randomised")]  # fmt: skip
    assert tuple(by_design) == everything.total.designs
    assert sum(by_design) == everything.total.studies
    assert facets.map(Picked(results=True), None).total.studies == everything.total.with_results
    assert facets.map(Picked(overdue=True), None).total.studies == everything.total.overdue
    topical = facets.map(Picked(route=("route:topical",)), None).total.studies
    held = [row for row in workspace.preparations(Filters()).rows
            if any(f.property == "route" and any(r.value in ("topical", "topical_form") for r in f.readings) for f in row.preparation.findings)]  # fmt: skip
    assert topical <= len({row.study.record_id for row in held})


def test_nobody_is_told_that_nothing_is_overdue_before_that_is_known(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = False
    monkeypatch.setattr(FacetQueries, "clocks_read", lambda self, day, patience=2.0: known)
    asked = [
        f"{path}?overdue=yes"
        for path in ("/", "/map.csv", "/studies.html", "/studies.csv", "/api/v1/studies")
    ]
    app = make_app(data_dir, open_workspace, Settings(api_per_second=0))
    with TestClient(app, base_url=HOST, raise_server_exceptions=False) as web:
        for path in asked:
            answer = web.get(path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2"), path
        assert web.get("/").status_code == web.get("/studies.html").status_code == 200
        known = True
        assert {web.get(path).status_code for path in asked} == {200}


def test_rows_and_columns_unfold_into_the_vocabulary_below_them(
    client: TestClient, workspace: Workspace
) -> None:
    shown = FacetQueries(workspace).map(Picked(), None)
    parent = next(head for head in shown.columns if head.folds and not head.apart)
    row = next(head for head in shown.rows if head.folds)
    plain, unfolded = rows(client, ""), rows(client, f"open={parent.id}&open={row.id}")
    assert set(plain) < set(unfolded)
    assert all(unfolded[key] == found for key, found in plain.items())
    below = {column for _, column in unfolded} - {column for _, column in plain}
    assert below <= set(workspace.vocabulary.descendants(parent.id))
    for agent, column in unfolded:
        if column in below:
            assert int(unfolded[agent, column]["studies"]) <= int(unfolded[agent, parent.id]["studies"])


def test_a_cell_lists_its_studies_and_leads_to_as_many_in_the_explorer(
    client: TestClient, workspace: Workspace
) -> None:
    gap = ask_map(workspace, Filters(), None)
    cell = next(c for c in gap.cells if c.numbers.studies and c.row != "other")
    name = f"{cell.row}~{cell.column}"
    page = client.get("/", params={"cell": name}).text
    assert 'id="cell"' in page
    for record_id in cell.numbers.record_ids[:50]:
        assert f"{record_id} ·" in page
    found = client.get("/studies.json", params={"cell": name}).json()
    assert {row["record_id"] for row in found["studies"]} == set(cell.numbers.record_ids)


def test_the_form_keeps_what_was_chosen_and_works_without_script(client: TestClient) -> None:
    page = client.get("/?agent=prp&role=given&open=indication:hair&design=randomised").text
    assert '<form class="filters" method="get" action="index.html"' in page
    assert '<option value="prp" selected>' in page
    assert '<option value="given" selected>' in page
    assert '<input type="hidden" name="open" value="indication:hair">' in page
    assert 'role="status" aria-live="polite"' in page
    assert "style=" not in page


def test_the_page_is_small(client: TestClient) -> None:
    page = client.get("/").text
    without = page[: page.index("<svg")] + page[page.rindex("</svg>") :]
    assert len(without.encode()) <= 200_000


@pytest.mark.parametrize(
    "query",
    [
        "cell=<script>alert(1)</script>", "cell=ev~nowhere", "open=" + "&open=".join(map(str, range(13))), "agent=<b>",
        "route=nowhere", "design=best", "results=maybe", "as_of=yesterday", "country=<img src=x>", "posted_from=20x",
        "year=abc", "role=king", "phase=99",
    ],
)  # fmt: skip
def test_odd_questions_are_refused_and_harmless(client: TestClient, query: str) -> None:
    for page in ("/", "/map.csv", "/map.svg"):
        answer = client.get(f"{page}?{query}")
        if page == "/" or not query.startswith("cell"):
            assert answer.status_code in (400, 404), (page, query)
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "<b>" not in answer.text.replace("<b>Best design</b>", "")


def test_pictures_are_of_the_filters(client: TestClient) -> None:
    svg = client.get("/map.svg?agent=prp")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert "<script" not in svg.text
    assert "<style>" in svg.text
    png = client.get("/map.png?agent=prp")
    assert png.content.startswith(b"\x89PNG")
    assert client.get("/map.svg").text != svg.text
