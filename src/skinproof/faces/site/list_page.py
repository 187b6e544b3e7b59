"""The study list: what it holds, and the choices of its filters."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from skinproof.faces.site.rows import ON_MAP, ListRow
from skinproof.model.summary import StudySummary
from skinproof.views.gapmap import GapMap
from skinproof.views.words import NOT_REPORTED, ROLE_WORDS, SHOWN_ROLES, plural


class Box(msgspec.Struct, frozen=True):
    """One filter: options are (value, label, how many listed studies it leaves)."""

    name: str
    label: str
    options: tuple[tuple[str, str, int], ...]


def list_context(
    listed: Sequence[StudySummary], studies: Sequence[StudySummary], gap: GapMap, rows: Sequence[ListRow]
) -> dict[str, Any]:
    """What the study list prints."""
    return {"rows": rows, "boxes": _boxes(gap, rows), "list_words": _words(len(listed), len(studies))}


def _words(n_listed: int, n_studies: int) -> str:
    if n_listed == n_studies:
        return f"All {plural(n_studies, 'study', 'studies')} of this edition are listed."
    return (
        f"{n_listed:,} of the {n_studies:,} studies of this edition are listed: those whose record names an agent that "
        f"is looked for, and those about skin. The other {n_studies - n_listed:,} do neither and have no page here; the "
        "map counts them in its last row where they name a complaint that is looked for."
    )


def _boxes(gap: GapMap, rows: Sequence[ListRow]) -> tuple[Box, ...]:
    agents = Counter(
        name for row in rows for name in {pair.partition("/")[0] for pair in row.f_agent.split()}
    )
    roles = Counter(name for row in rows for name in {pair.partition("/")[2] for pair in row.f_agent.split()})
    branches = Counter(name for row in rows for name in row.f_indication.split())
    role_labels = {ON_MAP: "given to people or drug carrier (as on the map)", **ROLE_WORDS}
    return (
        Box("agent", "Agent", _named(agents, ((axis.id, axis.label) for axis in gap.rows))),
        Box(
            "role", "Role of the agent", _named(roles, ((r, role_labels[r]) for r in (ON_MAP, *SHOWN_ROLES)))
        ),
        Box("indication", "Complaint", _named(branches, ((axis.id, axis.label) for axis in gap.columns))),
        _yes_no("cutaneous", "Cutaneous", rows),
        _yes_no("aesthetic", "Aesthetic", rows),
        _listed("phase", "Phase", rows, lambda row: row.f_phase),
        _listed("status", "Status", rows, lambda row: row.view.status),
        _listed("country", "Country", rows, lambda row: row.f_country),
    )


def _named(found: Counter[str], labels: Iterable[tuple[str, str]]) -> tuple[tuple[str, str, int], ...]:
    return tuple((key, label, found[key]) for key, label in labels if found[key])


def _yes_no(name: str, label: str, rows: Sequence[ListRow]) -> Box:
    found = Counter(getattr(row.view, name) for row in rows)
    return Box(name, label, _named(found, (("yes", "yes"), ("no", "no"))))


def _listed(name: str, label: str, rows: Sequence[ListRow], read: Callable[[ListRow], str]) -> Box:
    found = Counter(value for row in rows for value in set(read(row).split("|")))
    ordered = sorted(found, key=lambda value: (value == NOT_REPORTED, value.casefold()))
    return Box(name, label, tuple((value, value, found[value]) for value in ordered))
