"""The page of a claim on a server: a form that works without script, and text that stays text."""

from html import unescape

import pytest
from starlette.testclient import TestClient


def test_an_empty_page_has_the_form_and_examples(client: TestClient) -> None:
    """A reader would not know what to type."""
    text = client.get("/claim.html").text
    assert '<form class="ask-claim" method="get"' in text and "?q=PRP" in text and "<script" not in text


def test_a_claim_is_shown_back_and_can_be_set_right(client: TestClient) -> None:
    """A wrong reading could not be seen, or not be changed."""
    text = client.get("/claim.html", params={"q": "exosmes improve scars"}).text
    assert "read as this" in text and 'name="agent"' in text and 'name="comparator"' in text
    changed = client.get(
        "/claim.html", params={"q": "exosomes improve scars", "indication": "indication:hair"}
    ).text
    assert "hair and scalp (as you chose)" in changed.lower()
    assert '<option value="indication:hair" selected>' in changed


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{7*7}}",
        "'; DROP TABLE studies;--",
        "\u202e",
    ],
)
def test_what_is_typed_stays_text(client: TestClient, text: str) -> None:
    """A link with a claim in it would run in the reader's page."""
    answer = client.get("/claim.html", params={"q": f"exosomes {text}"})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text and "<img src=x" not in answer.text
    assert (
        "exosomes" in unescape(answer.text)
        and "unsafe-inline" not in answer.headers["content-security-policy"]
    )


def test_a_choice_that_is_none_is_refused(client: TestClient) -> None:
    """A typing error would look like a gap in the evidence."""
    assert client.get("/claim.html", params={"q": "exosomes", "agent": "nothing at all"}).status_code == 400
    assert client.get("/api/v1/claim", params={"q": "exosomes", "route": "<b>"}).status_code == 400


def test_the_api_and_the_page_give_one_answer(client: TestClient) -> None:
    """A program and a reader would be told different things."""
    asked = {"q": "exosomes improve vitiligo"}
    answer = client.get("/api/v1/claim", params=asked).json()
    assert answer["sentence"] in unescape(client.get("/claim.html", params=asked).text)
    page = client.get("/api/v1/about", params={"term": "exosome"}).json()
    assert page["sentence"] in unescape(client.get("/agent/exosome.html").text)
