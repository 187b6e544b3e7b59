"""Answers are packed once, for those who can read that, and never where they are somebody's own."""

import gzip

import pytest
from starlette.testclient import TestClient

from skinproof.faces.web.cache import Answer, AnswerCache
from skinproof.faces.web.packing import LEAST, packed, reads_gzip

PLAIN = {"accept-encoding": "identity"}


@pytest.mark.parametrize(
    "path", ["/", "/method.html", "/static/site.css", "/api/v1/count", "/api/v1/openapi.json"]
)
def test_who_reads_gzip_gets_the_same_words_in_fewer_bytes(client: TestClient, path: str) -> None:
    plain = client.get(path, headers=PLAIN)
    small = client.get(path, headers={"accept-encoding": "gzip"})
    assert small.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert small.content == plain.content
    assert int(small.headers["content-length"]) < 0.6 * len(plain.content)
    for found in (plain, small):
        assert "accept-encoding" in found.headers["vary"]


def test_the_mark_of_either_form_is_known_again(client: TestClient) -> None:
    for encoding in ("gzip", "identity"):
        headers = {"accept-encoding": encoding}
        tag = client.get("/method.html", headers=headers).headers["etag"]
        assert tag.startswith("W/") == (encoding == "gzip")
        again = client.get("/method.html", headers={**headers, "if-none-match": tag})
        assert again.status_code == 304 and not again.content and "content-encoding" not in again.headers
        assert "accept-encoding" in again.headers["vary"]


def test_what_is_not_for_everybody_is_never_packed() -> None:
    """The size of a packed page would give away a token in it."""
    body = b"<p>words</p>" * 500
    assert packed(Answer(body, "text/html; charset=utf-8", keep=False)).packed is None
    assert packed(Answer(body, "text/html; charset=utf-8", status=404)).packed is None
    assert packed(Answer(body, "image/png")).packed is None
    assert packed(Answer(body[: LEAST - 1], "text/html")).packed is None
    made = packed(Answer(body, "text/html; charset=utf-8")).packed
    assert made is not None and gzip.decompress(made) == body
    assert made == packed(Answer(body, "text/html; charset=utf-8")).packed, (
        "the same bytes whenever it is made"
    )


def test_both_forms_count_for_the_room_of_kept_answers() -> None:
    answer = packed(Answer(b"x" * 5000, "text/css"))
    held = AnswerCache(1 << 20)
    held.put(("a",), answer)
    assert answer.packed is not None and held.bytes > 5000 + len(answer.packed)


@pytest.mark.parametrize(
    ("header", "can"),
    [("gzip, deflate, br", True), ("*;q=0.5", True), ("gzip;q=0", False), ("gzip;q=x", False), ("", False), ("identity", False)],
)  # fmt: skip
def test_only_who_says_so_reads_gzip(header: str, can: bool) -> None:
    assert reads_gzip(header) is can
