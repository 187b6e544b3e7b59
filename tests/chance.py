"""How often tests draw their input by chance: the profile that runs decides (see conftest.py)."""

from hypothesis import settings

USUAL = 100
"""Examples of a test that names no number."""


def examples(number: int) -> int:
    """Examples for a test that needs `number` of them in the suite; `make fuzz` draws several times as many."""
    return max(1, number * settings().max_examples // USUAL)
