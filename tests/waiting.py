"""Waiting for something to come about, not for a time to pass."""

import time
from collections.abc import Callable

LONGEST = 60.0
"""Seconds; far more than any machine needs, so that a busy one fails no test."""


def until(true: Callable[[], object], what: str) -> None:
    """Wait until `true()` is so. Raises: AssertionError that names `what` where that never comes."""
    deadline = time.monotonic() + LONGEST
    while not true():
        assert time.monotonic() < deadline, f"{what}: waited {LONGEST:.0f} seconds in vain"
        time.sleep(0.02)
