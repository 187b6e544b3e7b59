"""Forms on a study's page for whoever is logged in: what each asks, what was saved, and what could not be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from skinproof.faces.web.live import Live
from skinproof.judgements.answers import Subject, rejected_value, seen
from skinproof.views.judged import DONE, JudgedRow, answer_words, judged_row, label_of
from skinproof.views.preparations import FACT_KINDS
from skinproof.workflows.judge_values import AMOUNTS, choices
from skinproof.workflows.site import Study

_AMOUNT_HINT = "Number, unit and what is counted, as 1e10 particles/mL, 100 ug protein or 2e6 cells/kg."
_TERM_HINT = "A word of the vocabulary; the list offers them."
_TEXT_HINT = "As the record says it, in a few words."
_MORE_HINT = "Several: with ; between them. Nothing in the record: not reported."


class Judging(NamedTuple):
    """Whoever is logged in. csrf: what forms of this session carry."""

    who: str
    csrf: str


@dataclass(frozen=True)
class Slip:
    """A form that could not be saved: what is wrong, at which of its fields, and what was filled in."""

    message: str
    at: str
    subject: Subject | None = None
    said: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Form:
    """One form.

    place: id of the form in the page; seen: fingerprint of the machine's answer; machine: that answer in words; instead: what
    holds once it is rejected, None where that would say nothing; choices: right answers, where few; words: name of the list of
    words that are offered; done: what was saved here just now; slip: what could not be
    """

    study: str
    property: str
    product: int | None
    place: str
    label: str
    seen: str
    machine: str
    instead: str | None
    choices: tuple[tuple[str, str], ...]
    hint: str
    words: str | None
    done: str = ""
    slip: Slip | None = None


class Forms:
    """The forms of a page; each is printed once, at the first place that its answer stands."""

    def __init__(
        self, made: Mapping[tuple[str, str, int], Form], words: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._left = dict(made)
        self.words = words

    def take(self, kind: str, name: str, product: int | None) -> Form | None:
        """The form of an answer; None where it has none, or was printed already."""
        return self._left.pop((kind, name, product or 0), None)


def place_of(subject: Subject) -> str:
    """The id of a form in its page."""
    product = f"-{subject.product}" if subject.product is not None else ""
    return f"judge-{subject.kind}-{subject.name}{product}"


def forms_of(live: Live, study: Study, done: str | None, slip: Slip | None) -> Forms:
    """The forms of a study's page. done: place of what was saved or taken back just now."""
    workspace, record_id = live.workspace, study.summary.record_id
    vocabulary = workspace.vocabulary
    ruled = workspace.as_ruled(study.summary)
    judged = {one.subject: judged_row(one, vocabulary) for one in study.judged}
    made: dict[tuple[str, str, int], Form] = {}
    offered: set[str] = set()
    for subject in _subjects(live, study):
        found = seen(subject, ruled)
        if found is None:
            continue
        kind, name = subject.kind, subject.name
        few = tuple((one, answer_words(kind, name, one, vocabulary)) for one in choices(subject))
        instead = rejected_value(subject, found.value)
        terms = FACT_KINDS.get(name) if kind == "finding" and name != "reporting" else None
        if terms:
            offered.add(terms)
        place, machine = place_of(subject), answer_words(kind, name, found.value, vocabulary)
        made[kind, name, subject.product or 0] = Form(
            study=record_id,
            property=name,
            product=subject.product,
            place=place,
            label=label_of(kind, name, subject.product, vocabulary),
            seen=found.fingerprint,
            machine=machine,
            instead=answer_words(kind, name, instead, vocabulary) if instead is not None else None,
            choices=few,
            hint=_hint(name, terms) if not few else "",
            words=f"words-{terms}" if terms else None,
            done=done_words(judged.get(subject.text), machine) if place == done else "",
            slip=slip if slip and slip.subject == subject else None,
        )
    words = {f"words-{kind}": _words(live, kind) for kind in sorted(offered)}
    return Forms(made, words)


def done_words(row: JudgedRow | None, machine: str) -> str:
    """What is told where a judgement was saved or taken back. row: the answer as judged; None where nobody's word stands."""
    if row is None:
        return f"Taken back. What the rules say holds: {machine}."
    if row.state == "disputed":
        return f"Saved. People differ on this one, so what the rules say holds: {machine}."
    if row.state == "stale":
        return f"Saved. An earlier word is stale, so what the rules say holds: {machine}."
    return f"Saved. What holds now: {row.value_words} ({DONE.get(row.verdict, row.verdict)} by {row.who})."


def _subjects(live: Live, study: Study) -> list[Subject]:
    record_id = study.summary.record_id
    ruled = live.workspace.as_ruled(study.summary)
    terms = {t.term for t in (*ruled.tags, *study.tags.tags) if ":" in t.term}
    terms |= {pair.rpartition("|")[0] for pair in ruled.agents} | set(ruled.indications)
    return [
        *(Subject(record_id, "call", name) for name in ruled.calls),
        *(Subject(record_id, "tag", term) for term in sorted(terms)),
        *(
            Subject(record_id, "finding", found.property, one.number)
            for one in ruled.preparations
            for found in one.findings
        ),
    ]


def _hint(name: str, terms: str | None) -> str:
    first = _AMOUNT_HINT if name in AMOUNTS else _TERM_HINT if terms else _TEXT_HINT
    return f"{first} {_MORE_HINT}"


def _words(live: Live, kind: str) -> tuple[str, ...]:
    """The words of a kind as a correction may name them."""
    found = live.workspace.vocabulary.terms.values()
    return tuple(sorted(term.id.partition(":")[2].replace("_", " ") for term in found if term.kind == kind))
