"""The record of a study: in time, its versions, its words with what was read in them, and the raw body."""

import json
import re
from html import unescape
from pathlib import Path

from starlette.testclient import TestClient

from skinproof.faces.site.names import anchor
from skinproof.faces.site.record_page import pieces
from skinproof.faces.site.safe import file_stem
from skinproof.studies.documents import study_text
from skinproof.workflows.query import open_workspace
from tests.faces.test_site import hostile
from tests.workflows.records import SCAR

SCAR_ID = SCAR["protocolSection"]["identificationModule"]["nctId"]
HOSTILE_ID = hostile()["protocolSection"]["identificationModule"]["nctId"]


def test_every_quote_of_the_study_page_opens_its_words(client: TestClient) -> None:
    page = client.get(f"/study/{SCAR_ID}.html").text
    record = client.get(f"/record/{SCAR_ID}.html").text
    links = re.findall(rf'href="\.\./record/{SCAR_ID}\.html#([^"]+)"', page)
    assert links
    marks = dict(re.findall(r'<mark id="([^"]+)">([^<]*)</mark>', record))
    assert set(links) <= set(marks)


def test_the_words_are_those_of_the_record(client: TestClient, data_dir: Path) -> None:
    page = client.get(f"/record/{SCAR_ID}.html").text
    shown = [
        unescape(re.sub(r"<[^>]+>", "", text))
        for text in re.findall(r'<p class="text source-text"[^>]*>(.*?)</p>', page, re.S)
    ]
    workspace = open_workspace(data_dir)
    try:
        record = workspace.record(workspace.version_for(SCAR_ID)[0])
    finally:
        workspace.close()
    assert shown == [field.text for field in study_text(record).fields]


def test_versions_and_time_stand_on_the_page(client: TestClient) -> None:
    page = client.get(f"/record/{SCAR_ID}.html").text
    assert "Versions held here: 2" in page
    assert 'class="timeline" role="img"' in page
    assert "first held" in page


def test_the_raw_record_is_what_was_imported(client: TestClient) -> None:
    answer = client.get(f"/record/{SCAR_ID}.json")
    assert answer.headers["content-disposition"].startswith("attachment")
    found = json.loads(answer.content)
    assert found["protocolSection"]["identificationModule"]["nctId"] == SCAR_ID


def test_hostile_words_stay_words(client: TestClient) -> None:
    page = client.get(f"/record/{file_stem(HOSTILE_ID)}.html").text
    assert "<script" not in page
    assert "onerror=" not in re.sub(r"&lt;.*?&gt;", "", page)


def test_a_record_that_is_none_is_not_found(client: TestClient) -> None:
    assert client.get("/record/NCT99999999.html").status_code == 404
    assert client.get("/record/..%2f..%2fetc.json").status_code in (400, 404)


def test_overlapping_quotes_are_cut_where_they_begin_and_end() -> None:
    made = pieces("f", "abcdef", [(1, 4), (2, 5), (2, 3), (9, 12), (3, 3)])
    assert "".join(piece.text for piece in made) == "abcdef"
    assert [(piece.text, piece.marked) for piece in made] == [
        ("a", False), ("b", True), ("c", True), ("d", True), ("e", True), ("f", False),
    ]  # fmt: skip
    assert [name for piece in made for name in piece.anchors] == [anchor("f", 1), anchor("f", 2)]
