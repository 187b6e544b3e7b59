"""ClinicalTrials.gov's API as a feed: tapes of its answers, synthetic ids in the real shape."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import skinproof.sources
from skinproof.errors import CursorExpired, DriftError, SourceError, TooLarge
from skinproof.model.exchange import Query, Request, Response
from skinproof.sources import ctgov_api
from skinproof.sources.ctgov_api import CtgovFeed
from skinproof.sources.files_record import BadRecord
from tests.sources.raw_samples import compact, study

QUERY = Query(name="q", source="ctgov", title="Q", terms="exosome", written="2026-11-23")
FEED = CtgovFeed("https://a.test/api/v2")
A, B, C = (study(n)["protocolSection"]["identificationModule"]["nctId"] for n in range(3))
Answer = tuple[int, Any] | Exception


class Tape:
    """Answers in order; keeps what was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.asked = list(answers), list[Request]()

    def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        url = request.url
        return Response(status, url, {}, body if isinstance(body, bytes) else compact(body))

    def params(self, n: int) -> dict[str, str]:
        return dict(self.asked[n].params)


def page(*numbers: int, token: str | None = None, total: int | None = None) -> tuple[int, Any]:
    made: dict[str, Any] = {"studies": [study(n) for n in numbers]}
    if token:
        made["nextPageToken"] = token
    if total is not None:
        made["totalCount"] = total
    return 200, made


def test_the_facts_of_the_source_are_those_of_the_code() -> None:
    path = Path(skinproof.sources.__file__).parent / "ctgov_api.yml"
    facts = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert (facts["base"], set(facts["hosts"])) == (ctgov_api.BASE, ctgov_api.HOSTS)
    assert (facts["pages"]["page_size"], facts["requests_a_second"]) == (
        ctgov_api.PAGE_SIZE,
        ctgov_api.PER_SECOND,
    )


def test_pages_follow_the_token_and_the_total_is_asked_for_once() -> None:
    tape = Tape(page(0, 1, token="t1", total=3), page(2))
    pages = list(FEED.pages(tape, QUERY, None, None))
    assert [(p.ids, p.total, p.cursor) for p in pages] == [((A, B), 3, "t1"), ((C,), None, None)]
    assert tape.params(0) == {
        "format": "json", "query.term": "exosome", "pageSize": "1000", "countTotal": "true",
    }  # fmt: skip
    assert tape.params(1) == {
        "format": "json",
        "query.term": "exosome",
        "pageSize": "1000",
        "pageToken": "t1",
    }
    assert json.loads(pages[0].bodies[0]) == study(0)


def test_changes_are_asked_for_by_date_and_join_a_filter_of_the_query() -> None:
    own = Query(
        name="q",
        source="ctgov",
        title="",
        terms="",
        params=(("filter.advanced", "AREA[Phase]PHASE2"),),
        written="",
    )
    tape = Tape(page(), page())
    list(FEED.pages(tape, QUERY, None, "2026-11-01"))
    list(FEED.pages(tape, own, None, "2026-11-01"))
    since = "AREA[LastUpdatePostDate]RANGE[2026-11-01,MAX]"
    assert tape.params(0)["filter.advanced"] == since
    assert tape.params(1)["filter.advanced"] == f"(AREA[Phase]PHASE2) AND ({since})"


def test_an_expired_token_is_not_an_error_of_the_query() -> None:
    with pytest.raises(CursorExpired):
        list(FEED.pages(Tape((400, b"Page token is out of date")), QUERY, "old", None))
    with pytest.raises(SourceError, match=r"status 400: Unknown parameter.*look at the query") as raised:
        list(FEED.pages(Tape((400, b"Unknown parameter")), QUERY, None, None))
    assert not isinstance(raised.value, CursorExpired)


def test_a_token_that_leads_back_is_asked_for_again_and_never_followed_for_ever() -> None:
    tape = Tape(page(0, token="t1", total=2), page(1, token="t1"), page(1))
    assert [p.ids for p in FEED.pages(tape, QUERY, None, None)] == [(A,), (B,)]
    with pytest.raises(SourceError, match="leads back"):
        list(FEED.pages(Tape(page(0, token="t1"), *[page(1, token="t1")] * 9), QUERY, None, None))


def test_a_page_that_is_no_json_is_asked_for_again() -> None:
    tape = Tape((200, b'{"studies":['), page(0))
    assert [p.ids for p in FEED.pages(tape, QUERY, None, None)] == [(A,)]
    with pytest.raises(SourceError, match="gave no page of studies, 4 times"):
        list(FEED.pages(Tape(*[(200, b"[]")] * 4), QUERY, None, None))


def test_a_page_too_large_is_asked_for_in_smaller_pieces() -> None:
    tape = Tape(TooLarge("big"), page(0, token="t1"), page(1))
    assert [p.ids for p in FEED.pages(tape, QUERY, None, None)] == [(A,), (B,)]
    assert [tape.params(n)["pageSize"] for n in range(3)] == ["1000", "250", "250"]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda text: text.replace(b'"studies"', b'"trials"'), "without `studies`"),
        (
            lambda text: text.replace(b'"nctId"', b'"nctID"'),
            "without protocolSection.identificationModule.nctId",
        ),
        (lambda text: text.replace(b'"protocolSection"', b'"protocol"'), "the API has changed"),
    ],
)
def test_a_renamed_field_is_drift_and_not_an_empty_answer(edit: Callable[[bytes], bytes], words: str) -> None:
    """An answer whose studies went by another key would read as no studies at all."""
    body = edit(compact(page(0, 1)[1]))
    with pytest.raises(DriftError, match=words):
        list(FEED.pages(Tape((200, body)), QUERY, None, None))
    with pytest.raises(DriftError):
        list(FEED.ids(Tape((200, body)), QUERY, None))


def test_a_sweep_gives_ids_with_their_dates() -> None:
    tape = Tape(page(0, 1, total=2))
    (found,) = FEED.ids(tape, QUERY, None)
    assert (found.ids, found.dates, found.bodies) == ((A, B), ("2021-03-04", "2021-03-04"), ())
    assert tape.params(0)["fields"] == "NCTId|LastUpdatePostDate"


def test_records_by_id_find_aliases_and_those_that_are_gone() -> None:
    tape = Tape(page(0), (200, study(2)), (404, b"NCT number not found"))
    pages = list(FEED.records(tape, QUERY, [A, B, "NCT00000009"]))
    assert [p.ids for p in pages] == [(A,), (C,), ()]
    assert (pages[1].aliases, pages[2].gone) == (((B, C),), ("NCT00000009",))
    assert tape.params(0)["filter.ids"] == f"{A}|{B}|NCT00000009"


def test_what_a_query_wants_of_fields_is_asked_for_with_the_id_and_the_date() -> None:
    own = Query(name="q", source="ctgov", title="", terms="x", fields=("BriefTitle", "NCTId"), written="")
    tape = Tape(page())
    list(FEED.pages(tape, own, None, None))
    assert tape.params(0)["fields"] == "NCTId|LastUpdatePostDate|BriefTitle"


def test_the_state_of_the_data_is_the_timestamp_or_not_known() -> None:
    tape = Tape(
        (200, {"apiVersion": "2.0.5", "dataTimestamp": "2026-11-20T09:00:05"}), (404, b""), (200, b"{")
    )
    assert [FEED.data_version(tape) for _ in range(3)] == ["2026-11-20T09:00:05", None, None]


def test_an_item_is_that_of_an_import_of_the_same_record() -> None:
    body = compact(study(0))
    item = FEED.item(body, "here")
    assert (item.record_id, item.source, item.completeness, item.registry_date) == (
        A,
        "ctgov",
        "full",
        "2021-03-04",
    )
    assert item.sha256 == FEED.item(json.dumps(study(0, holder="2026-01-01"), indent=1).encode(), "").sha256
    with pytest.raises(BadRecord):
        FEED.item(b'{"protocolSection":{}}', "here")


def test_real_pages_are_read(shared: Path) -> None:
    for path in sorted((shared / "data" / "samples" / "ctgov_api_pages").glob("search_*.json")):
        body = path.read_bytes()
        told = json.loads(body)
        tape = Tape((200, body), (200, b'{"studies":[]}'))
        first = next(iter(FEED.pages(tape, QUERY, None, None)))
        named = [s["protocolSection"]["identificationModule"]["nctId"] for s in told["studies"]]
        assert (list(first.ids), first.cursor) == (named, told.get("nextPageToken"))
        assert [FEED.item(body, "").record_id for body in first.bodies] == named
