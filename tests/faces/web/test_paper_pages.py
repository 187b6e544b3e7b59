"""Papers on pages and over the API: a study's papers, a paper's page, and the same numbers as the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from skinproof.faces.site.write import write_site
from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.security import host_names
from skinproof.workflows.build import build
from skinproof.workflows.query import open_workspace
from tests.faces.test_paper_commands import OTHER, RETRACTED
from tests.faces.web.conftest import HOST
from tests.workflows.paper_records import PAPERS, named, paper
from tests.workflows.records import ALL
from tests.workflows.test_build import imported
from tests.workflows.test_build_papers import with_papers

HOSTILE = paper(
    6, "Synthetic &lt;script&gt;alert(1)&lt;/script&gt; exosome", "Synthetic &lt;img src=x onerror=alert(1)&gt; exosomes."
)  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = imported(tmp_path_factory.mktemp("papers") / "data", [*ALL, named(7, "NCT99000008"), named(8)])
    build(with_papers(folder, *PAPERS, RETRACTED, OTHER, HOSTILE))
    return folder


@pytest.fixture(scope="module")
def client(data: Path) -> Iterator[TestClient]:
    hosts = host_names("127.0.0.1", ["testserver"])
    app = make_app(data, open_workspace, Settings(api_per_second=0, hosts=hosts))
    with TestClient(app, base_url=HOST, follow_redirects=False) as made:
        yield made


def test_a_study_has_its_papers_what_is_retracted_first_and_struck(client: TestClient) -> None:
    page = client.get("/study/NCT99000001.html").text.split("Papers and registrations")[1]
    first, second = page.index("PMID-999000004.html"), page.index("PMID-999000001.html")
    assert first < second < page.index("Waiting for a person")
    assert '<strong>RETRACTED.</strong> <s><a href="../paper/PMID-999000004.html">' in page
    assert "says “NCT99000001” in abstract[0].text (paper.abstract/1)" in page
    assert "https://pubmed.ncbi.nlm.nih.gov/999000001/" in page
    none = client.get("/study/NCT99000003.html").text
    assert "No paper is linked to this study. That is no sign that none exists" in none


def test_a_paper_has_a_page_with_how_it_stands_before_its_title(client: TestClient) -> None:
    page = client.get("/paper/PMID-999000004.html").text
    assert page.index("RETRACTED") < page.index("<h1") and '<h1 dir="auto"><s>' in page
    good = client.get("/paper/PMID-999000001.html").text
    assert "<mark>" in good.split('id="abstract"')[1] and "../study/NCT99000001.html" in good
    assert client.get("/paper/999000001.html").headers["location"] == "/paper/PMID-999000001.html"
    assert client.get("/paper/PMID-1.html").status_code == 404
    assert client.get("/paper/%2e%2e%2fx.html").status_code == 404
    listed = client.get("/papers.html").text
    assert "6 papers." in listed and 'reports <a href="study/NCT99000001.html">' in listed


def test_what_a_paper_says_is_text(client: TestClient) -> None:
    for name in ("paper/PMID-999000006.html", "papers.html"):
        page = client.get(f"/{name}").text
        assert "<script>alert" not in page and "<img" not in page
        assert "alert(1)" in page


def test_the_folder_of_files_has_the_same_pages(client: TestClient, data: Path, tmp_path: Path) -> None:
    workspace = open_workspace(data)
    write_site(workspace, tmp_path / "site")
    workspace.close()
    assert len(list((tmp_path / "site" / "paper").iterdir())) == 6
    for name in ("paper/PMID-999000004.html", "study/NCT99000001.html"):
        kept = (tmp_path / "site" / name).read_text(encoding="utf-8")
        part = '<h2 id="linked">' if name.startswith("paper") else '<h2 id="papers">'
        assert (
            kept.split(part)[1].split("<h2")[0] == client.get(f"/{name}").text.split(part)[1].split("<h2")[0]
        )


def test_the_api_has_papers(client: TestClient) -> None:
    api = "/api/v1"
    assert client.get(f"{api}/papers").json()["total"] == 6
    found = client.get(f"{api}/papers?q=exosome&limit=2").json()
    assert found["total"] == 5 and len(found["hits"]) == 2 and "offset=2" in found["next"]
    gone = client.get(f"{api}/papers?kind=retracted").json()
    assert [hit["record_id"] for hit in gone["hits"]] == ["PMID:999000004"] and gone["hits"][0]["marks"] == [
        "RETRACTED"
    ]
    assert client.get(f"{api}/papers?year_from=20").status_code == 400
    assert client.get(f"{api}/papers?phase=2").status_code == 400
    one = client.get(f"{api}/papers/PMID:999000001").json()
    assert one["linked"][0]["to_id"] == "NCT99000001"
    assert client.get(f"{api}/papers/PMID:1").status_code == 404
