"""The filters of the map and the explorer: read from an address, and as a form that writes the same address."""

from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

import msgspec

from skinproof.errors import UsageError
from skinproof.faces.ask import agent_id, read_filters, term_id
from skinproof.faces.web.asking import Question
from skinproof.faces.web.live import Live
from skinproof.faces.web.problems import Refused
from skinproof.model.fields import OverallStatus, Phase
from skinproof.model.papers import PaperFilters, paper_filters
from skinproof.model.tags import AGENT_CLASSES, ROLES
from skinproof.studies.paper_kinds import EVIDENCE
from skinproof.views.design import DESIGN_WORDS, DESIGNS
from skinproof.views.words import AGENT_CLASS_LABELS, ROLE_WORDS, phase_words, sentence
from skinproof.workflows.facets import NOT_REPORTED, UNSAID, Picked
from skinproof.workflows.query import last_day

NAMES = (
    "agent", "role", "indication", "route", "design", "phase", "status", "country", "cutaneous", "aesthetic", "results",
    "overdue", "evidence", "from", "to", "posted_from", "posted_to", "year",
)  # fmt: skip
"""Parameters that narrow what is shown of studies; `as_of` is read by `Question`."""

SHARED = ("agent", "role", "indication", "cutaneous", "aesthetic", "evidence")
"""Those that studies and papers have in common."""

OF_PAPERS = (*SHARED, "kind", "linked", "apart", "year")
"""Parameters that narrow what is shown of papers."""

LONG_PATIENCE = 12.0
"""Seconds that whoever asks for studies whose results are due waits until that is known."""

EVIDENCE_WORDS = {"human": "In people", "animal": "In animals", "laboratory": "In the laboratory"}


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
    many = {
        name: _said(asked, name) for name in ("agent", "role", "indication", "phase", "status", "country")
    }
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
        unsaid=tuple(name for name in UNSAID if len(_said(asked, name)) < len(asked.all(name))),
        year=tuple(_year(word) for word in _said(asked, "year")),
        evidence=_evidence(asked),
    )


def clocks_known(live: Live, want: Picked, as_of: str | None) -> bool:
    """Whether it is known whose results are due. Raises: Refused where that is asked for and takes long to find out."""
    known = live.facets.clocks_read(as_of)
    if want.overdue is not None and not (known or live.facets.clocks_read(as_of, LONG_PATIENCE)):
        raise Refused(
            503, "Whose results are due is still being read from the records; ask again in a moment."
        )
    return known or want.overdue is not None


def picked_papers(live: Live, asked: Question, *, shared: bool = False) -> PaperFilters:
    """The filters of papers of an address. shared: only those that studies have, too. Raises: UsageError for a word that means nothing."""
    typed = {
        **{name: asked.all(name) for name in ("agent", "role", "indication")},
        **dict.fromkeys(("phase", "status", "country"), ()),
        **{name: asked.flag(name) for name in ("cutaneous", "aesthetic")},
        **dict.fromkeys(("start_from", "start_to", "posted_from", "posted_to")),
    }
    found = paper_filters(read_filters(typed, live.workspace))
    assert found is not None  # none of studies alone
    found = msgspec.structs.replace(found, evidence=_evidence(asked), published_by=last_day(asked.as_of))
    if shared:
        return found
    return msgspec.structs.replace(
        found, kind=asked.all("kind"), linked=asked.flag("linked"), apart=asked.flag("apart") or None,
        year=tuple(_year(word) for word in asked.all("year")),
    )  # fmt: skip


def _said(asked: Question, name: str) -> tuple[str, ...]:
    """The values of a filter but for NOT_REPORTED, where that can be asked."""
    words = asked.all(name)
    return tuple(word for word in words if not _is_unsaid(name, word))


def _is_unsaid(name: str, word: str) -> bool:
    return name in UNSAID and word.strip().lower().replace(" ", "_") == NOT_REPORTED


def _evidence(asked: Question) -> tuple[str, ...]:
    words = tuple(word.strip().lower() for word in asked.all("evidence"))
    for word in words:
        if word not in EVIDENCE:
            raise UsageError(f"there is no evidence {word[:40]!r} (evidence: {', '.join(EVIDENCE)})")
    return words


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
    live: Live,
    asked: Question,
    names: Iterable[str],
    counts: Mapping[str, Mapping[str, int]] | None = None,
    more: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> tuple[Box, ...]:
    """The lists of the form. counts: name of a box -> value -> studies; what has none is left out unless it is chosen.

    more: choices (value, label) of boxes that are no filters of studies, or other ones there.
    """
    choices = {**_choices(live), **(more or {})}
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
    "year": "First posted", "overdue": "Results due", "evidence": "Evidence", "kind": "Kind of paper",
    "linked": "Linked to a study here", "apart": "Beside the studies", "aesthetic": "About appearance",
}  # fmt: skip


_UNSAID = (NOT_REPORTED, "Not reported")


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
        "phase": [*((word, phase_words((word,))) for word in get_args(Phase)), _UNSAID],
        "status": [*((word, sentence(word)) for word in get_args(OverallStatus)), _UNSAID],
        "country": [*((name, name) for name in live.workspace.countries), _UNSAID],
        "results": [("yes", "Posted"), ("no", "None posted")],
        "overdue": [("yes", "Overdue")],
        "cutaneous": [("yes", "Yes"), ("no", "No")],
        "aesthetic": [("yes", "Yes"), ("no", "No")],
        "evidence": [("human", "In people only")],
        "year": [*((str(year), str(year)) for year in live.years), _UNSAID],
    }  # fmt: skip


def kept(asked: Question, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Parameters that a form must carry along, because it has no box for them."""
    return tuple(
        (name, value) for name in sorted(asked.values) if name in names for value in asked.values[name]
    )


def chips(
    live: Live,
    asked: Question,
    here: str,
    names: Sequence[str] = NAMES,
    labels: Mapping[str, str] | None = None,
) -> tuple[tuple[str, str], ...]:
    """(what is chosen, the address without it). labels: other names of boxes than LABELS."""
    made = []
    labels = {**LABELS, **(labels or {})}
    for name in names:
        for value in asked.all(name):
            rest = [
                (other, word)
                for other, words in asked.values.items()
                for word in words
                if (other, word) != (name, value) and other not in ("offset", "cell")
            ]
            text = Question(rest).text
            label = labels.get(name, name.replace("_", " ").capitalize())
            made.append((f"{label}: {_value_words(live, name, value)}", f"{here}?{text}" if text else here))
    return tuple(made)


def _value_words(live: Live, name: str, value: str) -> str:
    """A value of an address as a person reads it; what cannot be named stands as it was typed."""
    word = value.strip()
    if _is_unsaid(name, word):
        return "not reported"
    vocabulary = live.workspace.vocabulary
    if name in ("agent", "indication", "route"):
        try:
            found = agent_id(word, vocabulary) if name == "agent" else term_id(word, name, vocabulary)
        except UsageError:
            return value
        return AGENT_CLASS_LABELS.get(found) or vocabulary.label(found)
    if name == "role":
        return ROLE_WORDS.get(word.lower(), value)
    if name == "design":
        return DESIGN_WORDS.get(word.lower(), value)
    if name == "evidence":
        return EVIDENCE_WORDS.get(word.lower(), value)
    if name == "phase" and word.upper() in get_args(Phase):
        return phase_words((word.upper(),))
    if name == "status" and word.upper() in get_args(OverallStatus):
        return sentence(word.upper())
    if name in ("results", "overdue", "cutaneous", "aesthetic", "linked", "apart"):
        return {"true": "yes", "1": "yes", "false": "no", "0": "no"}.get(word.lower(), word.lower())
    return value
