"""The test of `validation/sync_faults.py`, smaller: faults in a fifth of the answers, and kills at random moments."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "validation" / "sync_faults.py"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork")
def test_a_sync_that_is_killed_and_lied_to_ends_with_everything_once() -> None:
    """In a process of its own: it forks, and a test process may have threads."""
    words = [
        sys.executable,
        str(SCRIPT),
        "--records",
        "250",
        "--kills",
        "8",
        "--page-size",
        "25",
        "--seed",
        "7",
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| faults of ours | none |" in done.stdout and "| processes killed | 8 |" in done.stdout
