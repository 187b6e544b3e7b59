"""The explorer: the answers of `find` and `list`, counts that come true when chosen, and downloads read again."""

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import msgspec
import pytest
from starlette.testclient import TestClient

from skinproof.faces.web.asking import Question
from skinproof.faces.web.explore_page import FACETS, HEADER, MOST_DOWN
from skinproof.faces.web.unknown import unknown
from skinproof.model.summary import Filters
from skinproof.workflows.facets import NOT_REPORTED, FacetQueries, Picked
from skinproof.workflows.query import Workspace, open_workspace


@pytest.fixture(scope="module")
def workspace(data_dir: Path) -> Iterator[Workspace]:
    """The edition behind the application."""
    found = open_workspace(data_dir)
    yield found
    found.close()


def ids(client: TestClient, query: str) -> list[str]:
    """Ids that a search finds, in its order."""
    return [row["record_id"] for row in client.get(f"/studies.json?{query}").json()["studies"]]


@pytest.mark.parametrize("query", ["exosome", "scar", "PRP hair", '"platelet-rich plasma"', "scar OR hair", "exo*", "title:scar", "NCT00000001"])  # fmt: skip
def test_words_find_what_the_command_finds_in_its_order(
    client: TestClient, workspace: Workspace, query: str
) -> None:
    expected = [hit.summary.record_id for hit in workspace.find(query, limit=1000).hits]
    assert [
        row["record_id"] for row in client.get("/studies.json", params={"q": query}).json()["studies"]
    ] == expected


def test_without_words_it_lists_all_studies(client: TestClient, workspace: Workspace) -> None:
    everyone = [study.record_id for study in workspace.select(Filters()).studies]
    assert sorted(ids(client, "")) == everyone
    assert ids(client, "sort=id") == everyone


@pytest.mark.parametrize("name", FACETS)
@pytest.mark.parametrize(
    "more", [Picked(), Picked(filters=Filters(cutaneous="yes")), Picked(filters=Filters(role=("given",)))]
)
def test_a_count_is_what_choosing_it_leaves(workspace: Workspace, name: str, more: Picked) -> None:
    facets = FacetQueries(workspace)
    counted = facets.facet(name, more, None, None, None)
    assert counted or name in ("results", "phase", "role")
    for value, n in counted.items():
        if value == NOT_REPORTED:
            chosen = msgspec.structs.replace(more, unsaid=(name,))
        elif name in ("cutaneous", "aesthetic"):
            chosen = msgspec.structs.replace(
                more, filters=msgspec.structs.replace(more.filters, **{name: value})
            )
        elif name in ("agent", "indication", "role", "status", "phase", "country"):
            chosen = msgspec.structs.replace(
                more, filters=msgspec.structs.replace(more.filters, **{name: (value,)})
            )
        elif name == "results":
            chosen = msgspec.structs.replace(more, results=value == "yes")
        else:
            chosen = msgspec.structs.replace(more, **{name: (int(value) if name == "year" else value,)})
        assert facets.count(facets.conditions(chosen), None) == n, (name, value)


@pytest.mark.parametrize(
    ("sort", "field"), [("participants", "enrollment_count"), ("posted", "first_posted")]
)
def test_sorting(client: TestClient, workspace: Workspace, sort: str, field: str) -> None:
    held = {study.record_id: getattr(study, field) for study in workspace.select(Filters()).studies}
    values = [held[name] for name in ids(client, f"sort={sort}")]
    said = [value for value in values if value is not None]
    assert said == sorted(said, reverse=True)
    assert values[len(said) :] == [None] * (len(values) - len(said))


def test_pages_hold_every_study_once(client: TestClient, workspace: Workspace) -> None:
    seen: list[str] = []
    for offset in range(0, 100, 2):
        page = client.get(f"/studies.html?limit=2&offset={offset}").text
        found = re.findall(r'<p class="id">([^ ]+) ·', page)
        seen += found
        if 'rel="next"' not in page:
            break
    assert sorted(seen) == [study.record_id for study in workspace.select(Filters()).studies]


def test_excerpts_mark_the_words(client: TestClient) -> None:
    page = client.get("/studies.html?q=scar").text
    assert re.search(r"<mark>[Ss]cars?</mark>", page)


def test_the_csv_is_that_of_the_list_command(client: TestClient, workspace: Workspace) -> None:
    from skinproof.views.studies import list_studies

    text = client.get("/studies.csv?sort=id").text
    read = list(csv.DictReader(io.StringIO(text)))
    selection = workspace.select(Filters())
    rows = list_studies(selection.studies, workspace.vocabulary, selection.stamp).rows
    assert [row["record_id"] for row in read] == [row.record_id for row in rows]
    assert all(row[name] is not None for row in read for name in HEADER)
    assert not any(row["title"].startswith(("=", "+", "@")) for row in read)


def test_json_and_ris_hold_the_same_studies(client: TestClient) -> None:
    found = client.get("/studies.json?sort=id").json()
    assert found["total"] == len(found["studies"])
    ris = client.get("/studies.ris?sort=id").text
    assert re.findall(r"^ID  - (.*)$", ris, re.M) == [row["record_id"] for row in found["studies"]]
    assert ris.count("\nER  - ") == found["total"]
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in ris.splitlines() if line)


def test_a_download_of_nothing_is_whole(client: TestClient) -> None:
    assert client.get("/studies.json?q=zzzzqq").json()["studies"] == []
    assert client.get("/studies.csv?q=zzzzqq").text.count("\n") == 1
    assert client.get("/studies.ris?q=zzzzqq").text == ""


def test_too_large_a_download_is_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_DOWN >= 1000
    monkeypatch.setattr("skinproof.faces.web.explore_page.MOST_DOWN", 1)
    answer = client.get("/studies.csv?sort=posted&limit=7")
    assert answer.status_code == 400
    assert "at most 1 can be downloaded" in answer.text


@pytest.mark.parametrize(
    "query", ["(((", '"open', "NOT x", "a AND", "nofield:x", "exo*some", "-exosome", "*"]
)
def test_a_search_that_cannot_be_read_is_told_in_the_commands_words(
    client: TestClient, workspace: Workspace, query: str
) -> None:
    from skinproof.errors import UsageError

    with pytest.raises(UsageError) as told:
        workspace.find(query)
    page = client.get("/studies.html", params={"q": query})
    assert page.status_code == 200
    assert str(told.value) in unescape(page.text)
    assert client.get("/studies.json", params={"q": query}).status_code == 400


@pytest.mark.parametrize(
    "query",
    ["q=<script>alert(1)</script>", "q=" + "x" * 501, "q=" + "a+" * 300, "sort=<b>", "offset=-1", "limit=100000", "cell=x~y",
     "year=20", "q=%00", "design=<script>", "q='%3B+drop+table+facts_1%3B--", "q=" + "%28" * 200, "results=perhaps"],
)  # fmt: skip
def test_hostile_questions_are_harmless(client: TestClient, query: str) -> None:
    answer = client.get(f"/studies.html?{query}")
    assert answer.status_code in (200, 400, 414)
    assert "<script>alert" not in answer.text
    assert "Traceback" not in answer.text
    assert client.get("/studies.html?q=scar").status_code == 200


def test_no_script_of_a_record_runs(client: TestClient) -> None:
    page = client.get("/studies.html?limit=100").text
    assert re.findall(r"<script\b[^>]*>", page) == ['<script src="static/live.js" defer>']
    assert "javascript:" not in page.lower().replace("javascript:&", "")


def test_skin_route_and_dates_have_controls(client: TestClient) -> None:
    page = client.get("/studies.html").text
    for name in ("cutaneous=yes", "aesthetic=yes", "route=route"):
        assert f'href="studies.html?{name}' in page
    assert 'name="posted_from"' in page and 'name="from"' in page
    found = client.get("/studies.html?from=2001&posted_from=2002").text
    assert found.count('name="from"') == 1 and found.count('name="posted_from"') == 1


@pytest.mark.parametrize(
    "query",
    [
        "route=topical", "design=unknown", "year=not_reported", "status=not_reported&phase=not_reported", "results=no",
        "q=exosome&cutaneous=yes", "year=not_reported&country=not_reported",
    ],
)  # fmt: skip
def test_the_api_takes_the_filters_of_the_page(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/v1/studies?{query}")
    assert answer.status_code == 200, answer.text
    assert sorted(row["record_id"] for row in answer.json()["rows"]) == sorted(ids(client, query))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/studies.html?agnt=ev", "agnt (did you mean agent?)"),
        ("/studies.html?skin=yes", "skin (did you mean cutaneous?)"),
        ("/?year_from=2018", "year_from (did you mean from?)"),
        ("/papers.html?knd=review", "knd (did you mean kind?)"),
        ("/preparations.html?rute=topical", "rute (did you mean route?)"),
        ("/gaps.html?agent=ev", "agent"),
        ("/studies.html?utm_source=<b>", "utm_source"),
    ],
)
def test_what_a_page_does_not_know_is_told_at_its_head(client: TestClient, address: str, words: str) -> None:
    """Never a wider number without a word."""
    answer = client.get(address)
    assert answer.status_code == 200
    note = re.search(
        r'<main[^>]*>\s*<p class="note" role="alert" data-part="unknown">([^<]*)</p>', answer.text
    )
    assert note and words in unescape(note[1]) and "narrows nothing" in note[1]


@pytest.mark.parametrize(
    "name", ["studies.csv", "studies.json", "papers.ris", "map.csv", "map.svg", "preparations.csv"]
)
def test_a_file_refuses_what_it_does_not_know(client: TestClient, name: str) -> None:
    answer = client.get(f"/{name}?agnt=ev")
    assert answer.status_code == 400 and "did you mean agent" in answer.text


def test_pages_know_every_word_that_their_own_links_use(client: TestClient) -> None:
    """A notice on a page that was reached by a link of the site would be our own fault."""
    for start in (
        "/",
        "/studies.html?q=exosome",
        "/papers.html",
        "/preparations.html",
        "/claim.html?q=prp+for+hair+loss",
    ):
        page = client.get(start).text
        for href in {unescape(found) for found in re.findall(r'href="([^":#]+\.html\?[^"#]*)', page)}:
            name, _, query = href.partition("?")
            assert not unknown(name.rpartition("../")[2].lstrip("/"), Question.read(query.encode())), href
