"""The page of hard sentences is what the script prints today."""

import importlib.util
from pathlib import Path

from tests.conftest import ROOT


def test_the_page_of_hard_sentences_is_fresh(shared: Path) -> None:
    """`python validation/hard_sentences.py --write` writes it anew."""
    spec = importlib.util.spec_from_file_location("hard_sentences", ROOT / "validation" / "hard_sentences.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert (ROOT / "validation" / "hard-sentences.md").read_text(encoding="utf-8") == script.page(shared)
    assert len(script.SENTENCES) >= 10
