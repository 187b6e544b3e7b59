"""`skinproof watch run`: what cannot be delivered is refused at once, not on the day there is news."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from skinproof.faces.cli import main
from skinproof.settings import STORE_URL


@pytest.mark.parametrize(
    "options",
    [("--webhook", "http://example.org/x"), ("--webhook", "nonsense"), ("--mail", "{}/no/such/mail.eml"), ("--mail", "{}")],
)  # fmt: skip
def test_an_address_or_a_file_that_cannot_be_used_is_refused_without_news(
    options: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv(STORE_URL, raising=False)
    typed = [word.format(tmp_path) for word in options]
    done = CliRunner().invoke(main, ["watch", "run", *typed, "--data", str(tmp_path)])
    assert done.exit_code == 2 and "rror" in done.output
    assert list(tmp_path.iterdir()) == []
