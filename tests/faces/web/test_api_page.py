"""The page of the documents names every address of the API."""

from skinproof.faces.web.api.endpoints import ENDPOINTS
from tests.conftest import ROOT


def test_every_address_is_in_the_document() -> None:
    text = (ROOT / "docs/reference/api.md").read_text(encoding="utf-8")
    assert [one.path for one in ENDPOINTS if f"| `{one.path}` |" not in text] == []
