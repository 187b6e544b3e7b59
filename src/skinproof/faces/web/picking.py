"""The filters of the map and the explorer: read from an address, and as a form that writes the same address."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

import msgspec

from skinproof.errors import UsageError
from skinproof.faces.ask import read_filters, term_id
from skinproof.faces.web.asking import Question
from skinproof.faces.web.live import Live
from skinproof.model.fields import OverallStatus, Phase
from skinproof.model.tags import AGENT_CLASSES, ROLES
from skinproof.views.design import DESIGN_WORDS, DESIGNS
from skinproof.views.words import AGENT_CLASS_LABELS, ROLE_WORDS, phase_words, sentence
from skinproof.workflows.facets import Picked

NAMES = (
    "agent", "role", "indication", "route", "design", "phase", "status", "country", "cutaneous", "aesthetic", "results",
    "overdue", "from", "to", "posted_from", "posted_to", "year",
)  # fmt: skip
"""Parameters that narrow what is shown; `as_of` is read by `Question`."""


class Option(msgspec.Struct, frozen=True):
    """One choice of a box. n: how many studies it leaves, where that is known."""

    value: str
    label: str
    chosen: bool
    n: int | None = None


class Box(msgspec.Struct, frozen=True):
    """A list of choices in the form."""

    name: str
    label: str
    options: tuple[Option, ...]


def picked(live: Live, asked: Question) -> Picked:
    """The filters of an address. Raises: UsageError for a word that means nothing."""
    many = {name: asked.all(name) for name in ("agent", "role", "indication", "phase", "status", "country")}
    one = {"start_from": "from", "start_to": "to", "posted_from": "posted_from", "posted_to": "posted_to"}
    typed = {
        **many,
        "cutaneous": asked.flag("cutaneous"),
        "aesthetic": asked.flag("aesthetic"),
        **{name: asked.one(own) for name, own in one.items()},
    }
    vocabulary = live.workspace.vocabulary
    return Picked(
        filters=read_filters(typed, live.workspace),
        route=tuple(term_id(word, "route", vocabulary) for word in asked.all("route")),
        design=tuple(_design(word) for word in asked.all("design")),
        results=asked.flag("results"),
        overdue=asked.flag("overdue"),
        year=tuple(_year(word) for word in asked.all("year")),
    )


def _design(word: str) -> str:
    key = word.strip().lower()
    if key not in DESIGNS:
        raise UsageError(f"there is no design {word[:40]!r} (design: {', '.join(reversed(DESIGNS))})")
    return key


def _year(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) == 4):
        raise UsageError(f"year {word[:40]!r} is no year: write YYYY")
    return int(word)


def boxes(
    live: Live, asked: Question, names: Iterable[str], counts: Mapping[str, Mapping[str, int]] | None = None
) -> tuple[Box, ...]:
    """The lists of the form. counts: name of a box -> value -> studies; what has none is left out unless it is chosen."""
    choices = _choices(live)
    made = []
    for name in names:
        chosen = {word.strip().casefold() for word in asked.all(name)}
        found = counts.get(name) if counts is not None else None
        options = tuple(
            Option(value, label, value.casefold() in chosen, None if found is None else found.get(value, 0))
            for value, label in choices[name]
            if found is None or found.get(value) or value.casefold() in chosen
        )
        # A word that means the same as a choice (a synonym) stays as it was typed.
        other = [
            word
            for word in asked.all(name)
            if word.strip().casefold() not in {v.casefold() for v, _ in choices[name]}
        ]
        options += tuple(Option(word, word, True) for word in other)
        made.append(Box(name, LABELS[name], options))
    return tuple(made)


LABELS = {
    "agent": "Agent", "role": "Role of the agent", "indication": "Complaint", "route": "Route", "design": "Design",
    "phase": "Phase", "status": "Status", "country": "Country", "results": "Results", "cutaneous": "About skin",
    "year": "First posted", "overdue": "Results due",
}  # fmt: skip


def _choices(live: Live) -> dict[str, Sequence[tuple[str, str]]]:
    vocabulary = live.workspace.vocabulary
    tops = [t for t in vocabulary.top_level("indication") if t != "indication:outside-skin"]
    branches = [child for top in tops for child in (vocabulary.children(top) or (top,))]
    routes = [t.id for t in vocabulary.terms.values() if t.kind == "route" and not t.parents]
    return {
        "agent": [(name, AGENT_CLASS_LABELS[name]) for name in AGENT_CLASSES],
        "role": [(name, ROLE_WORDS[name].capitalize()) for name in ROLES],
        "indication": [
            pair
            for branch in (*branches, *(t for t in ("indication:outside-skin",) if t in vocabulary.terms))
            for pair in (
                (branch, vocabulary.label(branch)),
                *((child, f"\N{EN SPACE}{vocabulary.label(child)}") for child in vocabulary.children(branch)
                  if branch != "indication:outside-skin"),
            )
        ],
        "route": [(name, vocabulary.label(name)) for name in routes],
        "design": [(name, DESIGN_WORDS[name].capitalize()) for name in reversed(DESIGNS)],
        "phase": [(word, phase_words((word,))) for word in get_args(Phase)],
        "status": [(word, sentence(word)) for word in get_args(OverallStatus)],
        "country": [(name, name) for name in live.workspace.countries],
        "results": [("yes", "Posted"), ("no", "None posted")],
        "overdue": [("yes", "Overdue")],
        "cutaneous": [("yes", "Yes"), ("no", "No")],
        "year": [(str(year), str(year)) for year in live.years],
    }  # fmt: skip


def kept(asked: Question, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Parameters that a form must carry along, because it has no box for them."""
    return tuple(
        (name, value) for name in sorted(asked.values) if name in names for value in asked.values[name]
    )


def chips(asked: Question, here: str) -> tuple[tuple[str, str], ...]:
    """(what is chosen, the address without it)."""
    made = []
    for name in NAMES:
        for value in asked.all(name):
            rest: list[Any] = [
                (other, word)
                for other, words in asked.values.items()
                for word in words
                if (other, word) != (name, value)
            ]
            text = Question((other, word) for other, word in rest if other not in ("offset", "cell")).text
            made.append(
                (
                    f"{LABELS.get(name, name.replace('_', ' ').capitalize())}: {value}",
                    f"{here}?{text}" if text else here,
                )
            )
    return tuple(made)
