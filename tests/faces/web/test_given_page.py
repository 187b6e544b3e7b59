"""Preparations and doses on a server: filters in the address, a part at a time, all of it as a table."""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from skinproof.faces.web import given_page
from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.security import host_names
from skinproof.workflows.build import build
from skinproof.workflows.query import open_workspace
from tests.faces.test_site import EVIL, hostile
from tests.faces.test_site_preparations import dosed
from tests.workflows.records import ALL, given, record
from tests.workflows.test_build import imported

MANY = [
    record(100 + i, title=f"Synthetic study {i} of {name}", updated="2022-05-05", **given(name, "Acne scar"))
    for i, name in enumerate(["Exosomes", "Platelet-rich plasma"] * 4)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = imported(tmp_path_factory.mktemp("given") / "data", [*ALL, dosed(), hostile(), *MANY])
    build(made)
    return made


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[TestClient]:
    app = make_app(folder, open_workspace, Settings(hosts=host_names("127.0.0.1", [])))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


def ids(page: str) -> list[str]:
    return re.findall(r'<tbody data-row.*?href="study/(NCT\d+)\.html#given"', page, re.S)


def table(site: TestClient, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(site.get(f"/preparations.csv{query}").text)))


def test_the_parts_together_are_the_whole_list(site: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_page, "ROWS", 3)
    seen, address = [], "/preparations.html?q=synthetic"
    while address:
        page = site.get(address).text
        assert len(ids(page)) <= 3
        seen += ids(page)
        following = re.search(r'href="(preparations\.html\?[^"]*)" rel="next"', page)
        address = "/" + following[1].replace("&amp;", "&") if following else ""
    assert sorted(seen) == sorted(row["record_id"] for row in table(site, "?q=synthetic"))
    assert len(seen) >= len(MANY)
    page = site.get("/preparations.html?q=synthetic&offset=3").text
    back = re.search(r'href="(preparations\.html[^"]*)" rel="prev"', page)
    assert back and parse_qs(urlsplit(back[1]).query) == {"q": ["synthetic"]}


def test_filters_narrow_the_rows_and_the_table_alike(site: TestClient) -> None:
    page = site.get("/preparations.html?agent=ev&source=not+reported").text
    rows = table(site, "?agent=ev&source=not+reported")
    assert set(ids(page)) == {row["record_id"] for row in rows} and rows
    assert {row["agent_class"] for row in rows} == {"ev"}
    assert '<option value="ev" selected>' in page
    # The number beside a choice is what choosing it leaves, with the other boxes as they are.
    page = site.get("/preparations.html?agent=ev&cutaneous=yes").text
    count = re.search(r'<option value="prp">[^<(]*\((\d+)\)', page)
    assert count and int(count[1]) == len(table(site, "?agent=prp&cutaneous=yes"))
    assert len(table(site)) == len(table(site, "?q=")) > len(rows)


def test_what_meets_nothing_is_a_gap_and_no_error(site: TestClient) -> None:
    page = site.get("/preparations.html?q=nowhere+to+be+found")
    assert page.status_code == 200 and "No preparation matches" in page.text and not ids(page.text)
    assert site.get("/preparations.html?offset=99999").status_code == 200
    assert site.get("/preparations.html?offset=-1").status_code == 400


def test_hostile_words_stay_words(site: TestClient) -> None:
    for query in ("?q=%3Cscript%3Ealert(1)%3C/script%3E", "?source=%22%3E%3Cscript%3E", ""):
        page = site.get(f"/preparations.html{query}").text
        assert "<script>" not in page and EVIL not in page


def test_doses_come_a_class_at_a_time(site: TestClient) -> None:
    page = site.get("/landscape.html").text
    assert page.count("<section aria-labelledby=") == 1
    parts = re.findall(r'href="landscape\.html\?part=([a-z-]+)"', page)
    assert parts[0] == "ev" and "prp" in parts
    assert 'aria-labelledby="prp"' in site.get("/landscape.html?part=prp").text
    refused = site.get("/landscape.html?part=nothing")
    assert refused.status_code == 400 and "prp" in refused.text


def test_a_picture_with_many_points_stands_in_its_own_file(
    site: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(given_page, "DRAWN", 0)
    page = site.get("/landscape.html?part=ev&part_of=fresh").text
    picture = re.search(r'<img src="(doses-ev\.svg)"[^>]*alt="[^"]+"', page)
    assert picture and site.get(f"/{picture[1]}").headers["content-type"] == "image/svg+xml"


def test_pages_as_of_a_day_keep_the_day(site: TestClient) -> None:
    page = site.get("/preparations.html?as_of=2022-12-31&agent=ev").text
    assert 'name="as_of" value="2022-12-31"' in page and "as_of=2022-12-31" in page
