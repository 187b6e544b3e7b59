"""The page of all judgements."""

from typing import Any

from skinproof.faces.site.rows import study_href
from skinproof.views.judged import JudgedList, told

SHOWN = 200
"""Judged answers on the page; the command lists all."""


def judgements_context(found: JudgedList, state: str | None = None, judging: object = None) -> dict[str, Any]:
    """What the page prints. state: the only one that is shown; judging: whoever is logged in."""
    return {
        "found": found,
        "rows": [(row, told(row), study_href(row.record_id)) for row in found.rows[:SHOWN]],
        "lines": {row.line for row in found.rows},
        "state": state,
        "left": max(0, len(found.rows) - SHOWN),
        "judging": judging,
        "taken": 0,
        "slip": None,
    }
