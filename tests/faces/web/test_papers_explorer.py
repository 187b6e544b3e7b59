"""The explorer's papers, and papers beside the studies on the map: the same numbers everywhere, and each filter by itself."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from skinproof.faces.cli import main
from skinproof.faces.web import papers_page
from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.security import host_names
from skinproof.model.papers import PaperFilters
from skinproof.workflows.build import build
from skinproof.workflows.facets import FacetQueries, Picked
from skinproof.workflows.query import Workspace, open_workspace
from tests.faces.test_paper_commands import OTHER, RETRACTED
from tests.faces.web.conftest import HOST
from tests.workflows.paper_records import PAPERS, named, paper
from tests.workflows.records import ALL
from tests.workflows.test_build import imported
from tests.workflows.test_build_papers import with_papers

MICE = paper(
    11, "Synthetic: exosomes for scars in mice", "Synthetic. Nude mice with a scar received exosomes; keratinocytes in vitro too."
)  # fmt: skip
DISH = paper(
    12, "Synthetic: exosomes on scar cells", "Synthetic. In vitro, exosomes were given to scar fibroblasts."
)
PEOPLE = paper(
    13, "Synthetic: exosomes for scar in 9 patients", "Synthetic. 9 patients with a scar received exosomes.",
    types=("Clinical Trial",),
)  # fmt: skip
CELL = "ev~indication%3Ascar"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = imported(tmp_path_factory.mktemp("papers") / "data", [*ALL, named(7, "NCT99000008"), named(8)])
    build(with_papers(folder, *PAPERS, RETRACTED, OTHER, MICE, DISH, PEOPLE))
    return folder


@pytest.fixture(scope="module")
def workspace(data: Path) -> Iterator[Workspace]:
    found = open_workspace(data)
    yield found
    found.close()


@pytest.fixture(scope="module")
def client(data: Path) -> Iterator[TestClient]:
    hosts = host_names("127.0.0.1", ["testserver"])
    app = make_app(data, open_workspace, Settings(api_per_second=0, hosts=hosts))
    with TestClient(app, base_url=HOST, follow_redirects=False) as made:
        yield made


def found(client: TestClient, query: str = "") -> list[str]:
    """The papers of an address, from its download."""
    answer = client.get(f"/papers.csv?{query}")
    assert answer.status_code == 200, answer.text
    return [row["record_id"].removeprefix("PMID:9990000") for row in csv.DictReader(io.StringIO(answer.text))]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("sort=id", ["01", "02", "03", "04", "05", "11", "12", "13"]),
        ("evidence=animal", ["11"]),
        ("evidence=laboratory&sort=id", ["11", "12"]),
        ("evidence=human&kind=trial&sort=id", ["01", "04", "13"]),
        ("kind=review", ["02"]),
        ("kind=retracted", ["04"]),
        ("linked=yes&sort=id", ["01", "04"]),
        ("apart=yes&evidence=human", ["13"]),
        ("apart=yes&linked=yes", []),
        ("q=999000012", ["12"]),
        ("q=mice", ["11"]),
        ("agent=ev&indication=scar&evidence=animal", ["11"]),
        ("as_of=1900", []),
    ],
)
def test_each_filter_finds_what_it_says(client: TestClient, query: str, ids: list[str]) -> None:
    assert found(client, query) == ids
    api = "&".join(part for part in query.split("&") if not part.startswith("sort"))
    answer = client.get(f"/api/v1/papers?{api}".rstrip("?"))
    assert answer.status_code == 200, answer.text
    assert sorted(one["record_id"][-2:] for one in answer.json()["hits"]) == sorted(ids)


def test_a_count_is_what_choosing_it_leaves(workspace: Workspace) -> None:
    papers = FacetQueries(workspace).papers
    for filters in (
        PaperFilters(),
        PaperFilters(evidence=("human",)),
        PaperFilters(agent=("ev",), linked=False),
    ):
        for by, field in (
            ("evidence", "evidence"),
            ("kind", "kind"),
            ("agent", "agent"),
            ("indication", "indication"),
        ):
            for value, n in papers.facet(by, filters, None, None).items():
                chosen = PaperFilters(
                    **{**{f: getattr(filters, f) for f in ("agent", "evidence", "linked")}, field: (value,)}
                )
                assert papers.count(papers.conditions(chosen)) == n, (by, value)
                assert len(workspace.papers(chosen).papers) == n, (by, value)


def test_pages_hold_every_paper_once(client: TestClient) -> None:
    seen: list[str] = []
    for offset in range(0, 9, 3):
        page = client.get(f"/papers.html?limit=3&offset={offset}").text
        seen += re.findall(r'<h2>.*?href="paper/PMID-9990000(\d\d)\.html"', page)
    assert sorted(seen) == ["01", "02", "03", "04", "05", "11", "12", "13"]


def test_tabs_lead_from_studies_to_papers_and_keep_what_both_know(client: TestClient) -> None:
    page = client.get("/studies.html?q=exosomes&agent=ev&phase=2").text
    tabs = re.search(r'<nav class="tabs".*?</nav>', page, re.S)
    assert tabs is not None and 'href="papers.html?agent=ev&amp;q=exosomes"' in tabs[0]
    there = int(re.search(r'Papers <span class="n">(\d+)', tabs[0])[1])  # type: ignore[index]
    papers = client.get("/papers.html?agent=ev&q=exosomes").text
    assert f"{there} papers" in papers and there == len(found(client, "agent=ev&q=exosomes"))
    assert 'href="studies.html?agent=ev&amp;q=exosomes"' in papers
    assert "they were not used: phase" in client.get("/papers.html?phase=2").text
    # The id of a paper is no search for studies, and the other way round.
    assert "1 paper." in client.get("/papers.html?q=PMID:999000012").text


def test_as_of_a_day_papers_are_those_published_by_then(client: TestClient) -> None:
    page = client.get("/papers.html?as_of=2100").text
    assert "published by the end of 2100" in page and "newest records held today" in page


def test_excerpts_marks_and_studies_stand_in_a_row(client: TestClient) -> None:
    page = client.get("/papers.html?q=withdrawn").text
    assert "<strong>RETRACTED.</strong> <s><a" in page and "<mark>" in page
    assert 'reports <a href="study/NCT99000001.html">' in page


def test_json_and_ris_hold_the_same_papers(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    made = json.loads(client.get("/papers.json?evidence=human&sort=id").text)
    assert made["total"] == len(made["papers"]) and "stamp" in made
    ris = client.get("/papers.ris?kind=retracted").text
    assert (
        "TY  - JOUR\nID  - PMID:999000004" in ris
        and "N1  - RETRACTED" in ris
        and "N1  - Report of NCT99000001" in ris
    )
    assert ris.count("ER  - ") == 1
    monkeypatch.setattr(papers_page, "MOST_DOWN", 2)
    assert client.get("/papers.csv?sort=id").status_code == 400


def map_rows(client: TestClient, query: str = "") -> dict[tuple[str, str], dict[str, str]]:
    text = client.get(f"/map.csv?{query}").text
    return {(row["agent"], row["complaint"]): row for row in csv.DictReader(io.StringIO(text))}


def test_the_map_tells_papers_beside_the_studies_apart_from_them(
    client: TestClient, workspace: Workspace
) -> None:
    cell = map_rows(client)["ev", "indication:scar"]
    told = [cell[f"papers_{name}"] for name in ("beside", "human", "animal", "laboratory", "unclear")]
    # The review, the trial's own report and the withdrawn paper are no evidence beside the studies.
    assert told == ["3", "1", "1", "1", "1"]
    alone = map_rows(client, "evidence=human")["ev", "indication:scar"]
    assert alone["papers_beside"] == "1" and alone["studies"] == cell["studies"]
    assert map_rows(client, "phase=2")["ev", "indication:scar"]["papers_beside"] == ""
    shown = FacetQueries(workspace).map(Picked(), None)
    assert shown.total.studies <= workspace.stamp().n_studies, "no number of studies holds a paper"


def test_a_cell_leads_to_exactly_its_papers(client: TestClient) -> None:
    page = client.get(f"/?cell={CELL}").text
    href = re.search(r'href="(papers\.html\?[^"]*cell=[^"]*)"', page)
    assert href is not None
    assert sorted(found(client, href[1].replace("&amp;", "&").partition("?")[2])) == ["03", "11", "13"]
    assert "&lt;svg" not in page and 'class="map key"' in page
    human = client.get(f"/?cell={CELL}&evidence=human").text
    assert "in people" in human and "in animals" not in human.split('id="cell"')[1].split("</aside>")[0]
    assert 'href="paper/PMID-999000013.html"' in human


def test_chips_say_labels_not_codes(client: TestClient) -> None:
    assert "Agent: Extracellular vesicles" in client.get("/studies.html?agent=ev").text
    page = client.get("/?evidence=human&design=randomised").text
    assert "Evidence: In people" in page and "Design: randomised controlled" in page
    assert '<details class="filter-fold">' in page, "filters that are set are folded"


@pytest.mark.parametrize(
    "query", ["evidence=dog", "kind=poem", "linked=maybe", "year=20", "cell=x~y", "sort=worst"]
)
def test_odd_questions_are_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/papers.html?{query}").status_code == 400


def test_a_judged_route_is_what_the_route_filter_counts(data: Path, tmp_path: Path) -> None:
    import shutil

    folder = Path(shutil.copytree(data, tmp_path / "data"))
    study = "NCT99000001"

    def by_route(name: str) -> set[str]:
        workspace = open_workspace(folder)
        facets = FacetQueries(workspace)
        wanted = facets.conditions(Picked(route=(f"route:{name}",)))
        ids = {record_id for record_id, _ in facets.ids(wanted, None, "id", 100)}
        workspace.close()
        return ids

    assert study not in by_route("intravenous")
    said = CliRunner().invoke(
        main, ["judge", study, "route", "--correct", "intravenous", "--reason", "as its protocol says", "--who", "t", "--data", str(folder)]
    )  # fmt: skip
    assert said.exit_code == 0, said.output
    assert study in by_route("intravenous")


def test_papers_that_are_held_are_linked_to_their_own_pages(client: TestClient) -> None:
    page = client.get("/agent/exosome.html").text
    assert 'href="../paper/PMID-999000013.html"' in page
    assert (
        client.get("/paper/PMID-999000013.html").text.count("https://pubmed.ncbi.nlm.nih.gov/999000013/") >= 1
    )
