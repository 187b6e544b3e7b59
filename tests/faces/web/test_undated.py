"""Studies whose records say no day, status, phase or country: told where a filter leaves them out, and to be had."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.security import host_names
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import open_workspace
from tests.faces.web.conftest import HOST, NOW
from tests.workflows.records import ALL, given, lines, record

SILENT = "NCT99000050"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Studies with days, and one whose record says nothing of them."""
    folder: Path = tmp_path_factory.mktemp("undated")
    silent = record(50, title="Exosomes for a scar", updated="", statusModule={}, **given("Exosomes", "Scar"))
    silent["protocolSection"]["designModule"] = {}
    import_files([lines(folder / "records.jsonl", [*ALL, silent])], folder / "data", NOW)
    build(folder / "data", jobs=1)
    app = make_app(
        folder / "data",
        open_workspace,
        Settings(api_per_second=0, hosts=host_names("127.0.0.1", ["testserver"])),
    )
    with TestClient(app, base_url=HOST, follow_redirects=False) as made:
        yield made


def ids(client: TestClient, query: str) -> list[str]:
    """Ids that a search finds, sorted; the API finds the same."""
    found = sorted(row["record_id"] for row in client.get(f"/studies.json?{query}").json()["studies"])
    assert [row["record_id"] for row in client.get(f"/api/v1/studies?{query}").json()["rows"]] == found
    return found


@pytest.mark.parametrize("name", ["year", "status", "phase"])
def test_what_is_not_reported_is_a_choice(client: TestClient, name: str) -> None:
    assert SILENT in ids(client, f"{name}=not_reported")
    page = client.get("/studies.html").text
    assert f'href="studies.html?{name}=not_reported"' in page


def test_a_value_and_what_is_not_reported_are_both(client: TestClient) -> None:
    some = ids(client, "year=2019")
    assert some and SILENT not in some
    assert ids(client, "year=2019&year=not_reported") == sorted([*some, SILENT])
    assert ids(client, "status=completed&status=not_reported&year=not_reported") == [SILENT]


@pytest.mark.parametrize("query", ["posted_from=1990", "year=2019", "posted_to=2030"])
def test_what_a_filter_of_dates_leaves_out_is_told_and_can_be_had(client: TestClient, query: str) -> None:
    page = unescape(client.get(f"/studies.html?{query}&agent=ev").text)
    assert "1 study without a first-posted day is not in this list" in page
    assert 'href="studies.html?agent=ev&year=not_reported"' in page
    assert ids(client, "agent=ev&year=not_reported") == [SILENT]


def test_a_filter_of_starts_tells_it_too_and_nothing_is_told_without_one(client: TestClient) -> None:
    assert "1 study without a start date is not in this list" in client.get("/studies.html?from=1990").text
    for query in ("", "?agent=ev", "?agent=prp&from=1990", "?year=2019&year=not_reported"):
        assert "not in this list" not in client.get(f"/studies.html{query}").text, query
