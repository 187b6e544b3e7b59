"""The list of studies as a server gives it: a page at a time, read from the edition when it is asked for."""

from typing import TYPE_CHECKING, Any

from skinproof.model.summary import Filters

if TYPE_CHECKING:
    from skinproof.faces.web.asking import Question
    from skinproof.faces.web.live import Live
    from skinproof.faces.web.pages import Found

ROWS = 100


def page(live: "Live", asked: "Question") -> "Found":
    """The studies by id, ROWS at a time. Raises: UsageError."""
    from skinproof.faces.web.pages import Found

    site = live.site(asked.as_of)
    offset = asked.number("offset", 0, 0, 100_000_000)
    shown, total = live.workspace.page(Filters(), asked.as_of, ROWS, offset)
    rows = tuple(site.rows_of(shown).values())
    context: dict[str, Any] = {
        "rows": rows,
        "total": total,
        "first": offset + 1,
        "last": offset + len(rows),
        "before": asked.changed(offset=max(0, offset - ROWS) or None) if offset else None,
        "after": asked.changed(offset=offset + ROWS) if offset + len(rows) < total else None,
    }
    return Found("studies_live.html", context)
