"""What kind of evidence a paper is, and how it stands: each answer with its reason, and the words where words say so.

Indexers' publication types and headings come first; words of title and abstract count only where these are silent.
The heading "Humans" alone proves no people: indexers give it to studies of human cells too.
Source: MEDLINE indexing, check tags, https://www.nlm.nih.gov/bsd/indexing/training/CHK_010.html.
"""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from skinproof.model.paper import Paper
from skinproof.studies.documents import StudyText

RULE = "paper.kinds/1"

Kind = Literal[
    "human", "animal", "laboratory", "review", "protocol", "unclear",
    "preprint", "retracted", "corrected", "concern", "notice", "deleted",
]  # fmt: skip
KINDS: dict[Kind, str] = {
    "human": "studies people",
    "animal": "studies living animals",
    "laboratory": "studies cells, tissues or materials outside a body",
    "review": "sums up what others found",
    "protocol": "plans a study; has no results",
    "unclear": "nothing tells what was studied",
    "preprint": "not peer-reviewed at this place",
    "retracted": "withdrawn by its authors or journal",
    "corrected": "a correction was published",
    "concern": "the journal has published a concern about it",
    "notice": "a notice about another paper: a retraction, correction or concern",
    "deleted": "the source has taken the record away",
}


EVIDENCE: tuple[Kind, ...] = ("human", "animal", "laboratory")
"""What was studied; a paper can be several of these, or none that is told."""

TRIAL = "trial"
"""Beside the kinds, as a filter: indexed as the report of a trial in people (TRIAL_TYPES)."""

NO_FINDINGS: tuple[Kind, ...] = ("review", "protocol", "notice", "retracted", "deleted")
"""Papers that report nothing of their own, or nothing that stands: no evidence beside the studies."""


class PaperKind(msgspec.Struct, frozen=True):
    """One answer. field, start, end, quote: the words it rests on; None where it rests on headings or types."""

    kind: Kind
    reason: str
    field: str | None = None
    start: int | None = None
    end: int | None = None
    quote: str | None = None
    rule: str = RULE


TRIAL_TYPES = frozenset(
    {
        "clinical trial", "clinical trial, phase i", "clinical trial, phase ii", "clinical trial, phase iii",
        "clinical trial, phase iv", "randomized controlled trial", "controlled clinical trial", "pragmatic clinical trial",
        "equivalence trial", "adaptive clinical trial",
    }
)  # fmt: skip
"""Publication types of the report of a trial in people, in small letters."""
_HUMAN_TYPES = TRIAL_TYPES | {
    "clinical study",
    "observational study",
    "case reports",
    "case-report",
    "twin study",
}
_ANIMAL_TYPES = frozenset(
    {
        "clinical trial, veterinary",
        "randomized controlled trial, veterinary",
        "observational study, veterinary",
    }
)
_REVIEW_TYPES = frozenset(
    {
        "review",
        "systematic review",
        "scoping review",
        "meta-analysis",
        "network meta-analysis",
        "review-article",
    }
)
_PROTOCOL_TYPES = frozenset({"clinical trial protocol", "study protocol"})
_PEOPLE = frozenset(
    {
        "infant", "infant, newborn", "child", "child, preschool", "adolescent", "adult", "young adult", "middle aged",
        "aged", "aged, 80 and over", "patients", "volunteers", "healthy volunteers", "treatment outcome",
        "follow-up studies", "double-blind method", "single-blind method", "patient satisfaction",
    }
)  # fmt: skip
_BODIES = frozenset(
    {
        "animals", "mice", "rats", "rabbits", "swine", "dogs", "sheep", "goats", "horses", "guinea pigs", "zebrafish",
        "swine, miniature", "cricetinae", "macaca mulatta", "disease models, animal",
    }
)  # fmt: skip
_BENCH = frozenset({"in vitro techniques", "cells, cultured", "cell line", "cell line, tumor", "organoids"})
_BENCH_START = ("cell culture", "coculture", "primary cell")

_HUMAN_WORDS = re.compile(
    r"\b(?:(?:[1-9]\d{0,4}|all|healthy|enrolled|included|recruited|treated|female|male|adult) (?:\w+ ){0,2}?"
    r"(?:patients|participants|volunteers|subjects|women|men|children|adults)"
    r"|patients (?:were|with|received|underwent|who)|randomi[sz]ed (?:controlled|clinical)? ?trial|split-face"
    r"|case (?:report|series))\b",
    re.IGNORECASE,
)
_ANIMAL_WORDS = re.compile(
    r"(?<!anti-)\b(?:(?:nude|diabetic|db/db|c57bl/6\w?|balb/c|hairless|aged|male|female|wistar|sprague[- ]dawley|new zealand"
    r"|\d+) (?:\w+ ){0,2}?(?:mice|rats|rabbits|pigs|dogs)|in (?:mice|rats|rabbits|pigs|dogs|zebrafish)"
    r"|(?:mouse|rat|murine|rabbit|porcine|animal|swine) (?:\w+ ){0,2}?models?|minipigs?)\b",
    re.IGNORECASE,
)  # fmt: skip
_BENCH_WORDS = re.compile(
    r"\b(?:in vitro|ex vivo|cell lines?|cell culture|were cultured|co-?cultured)\b", re.IGNORECASE
)
_REVIEW_WORDS = re.compile(
    r"\b(?:systematic|scoping|narrative|umbrella|literature|critical|comprehensive|mini|state[- ]of[- ]the[- ]art)"
    r"[- ]?review\b|\bmeta-?analys[ie]s\b|\ba review\b|: review\b",
    re.IGNORECASE,
)
_PROTOCOL_WORDS = re.compile(
    r"\b(?:study|trial|research|review) protocol\b|\bprotocol (?:for|of) (?:a|an|the)\b|\brationale and (?:study )?design\b",
    re.IGNORECASE,
)
_RETRACTED_WORDS = re.compile(r"^\W?(?:retracted(?: article)?|withdrawn)\b\W", re.IGNORECASE)

_STANDING: tuple[tuple[Kind, frozenset[str], frozenset[str]], ...] = (
    ("retracted", frozenset({"retracted publication"}), frozenset({"retractionin", "retractedandrepublishedin"})),
    ("corrected", frozenset({"corrected and republished article"}),
     frozenset({"erratumin", "correctedandrepublishedin", "correctionin", "partialretractionin"})),
    ("concern", frozenset(), frozenset({"expressionofconcernin"})),
    ("notice", frozenset({"retraction of publication", "retraction notice", "published erratum", "expression of concern"}),
     frozenset({"retractionof", "partialretractionof", "erratumfor", "correctionof", "expressionofconcernfor",
                "expressionofconcernof"})),
)  # fmt: skip
"""(how it stands, publication types that say so, links to other papers that say so), in lower case."""


def paper_kinds(paper: Paper, text: StudyText) -> tuple[PaperKind, ...]:
    """What a paper is and how it stands; what it is comes first, and always has an answer.

    text: of `paper_document(paper)`. One paper can be several kinds: people and mice, a review and a preprint.
    """
    if paper.deleted:
        return (PaperKind("deleted", "the source has taken the record away"),)
    return (*_what(paper, text), *_standing(paper, text))


def _what(paper: Paper, text: StudyText) -> Iterator[PaperKind]:
    types = {kind.lower(): kind for kind in paper.publication_types}
    said = list(_form(types, text))
    subjects = list(_by_index(paper, types))
    # What a review tells of patients and mice is what others did; a notice tells of nothing of its own.
    if not subjects and not said:
        subjects = [
            found
            for kind, words in (
                ("human", _HUMAN_WORDS),
                ("animal", _ANIMAL_WORDS),
                ("laboratory", _BENCH_WORDS),
            )
            if (found := _worded(kind, words, text, ("title", "summary"))) is not None  # type: ignore[arg-type]
        ]
    yield from said
    yield from subjects
    if not said and not subjects:
        yield PaperKind("unclear", "neither publication type, heading nor word tells what was studied")


def _form(types: dict[str, str], text: StudyText) -> Iterator[PaperKind]:
    """Review or protocol."""
    for kind, known, words in (
        ("review", _REVIEW_TYPES, _REVIEW_WORDS),
        ("protocol", _PROTOCOL_TYPES, _PROTOCOL_WORDS),
    ):
        if named := [types[t] for t in sorted(types) if t in known]:
            yield PaperKind(kind, f"publication type {named[0]}")  # type: ignore[arg-type]
        elif (found := _worded(kind, words, text, ("title",))) is not None:  # type: ignore[arg-type]
            yield found


def _by_index(paper: Paper, types: dict[str, str]) -> Iterator[PaperKind]:
    """People, animals, laboratory by publication types and headings."""
    headings = {heading.descriptor.lower(): heading.descriptor for heading in paper.mesh}
    bench = [headings[h] for h in sorted(headings) if h in _BENCH or h.startswith(_BENCH_START)]
    people = [headings[h] for h in sorted(headings) if h in _PEOPLE]
    bodies = [headings[h] for h in sorted(headings) if h in _BODIES]
    if named := [types[t] for t in sorted(types) if t in _HUMAN_TYPES]:
        yield PaperKind("human", f"publication type {named[0]}")
    elif "humans" in headings and people:
        yield PaperKind("human", f"headings Humans and {people[0]}")
    elif "humans" in headings and not bench and not bodies:
        yield PaperKind("human", "heading Humans, and no heading of animals or cells in culture")
    if named := [types[t] for t in sorted(types) if t in _ANIMAL_TYPES]:
        yield PaperKind("animal", f"publication type {named[0]}")
    elif bodies:
        yield PaperKind("animal", f"heading {bodies[0]}")
    if bench:
        yield PaperKind("laboratory", f"heading {bench[0]}")


def _standing(paper: Paper, text: StudyText) -> Iterator[PaperKind]:
    types = {kind.lower(): kind for kind in paper.publication_types}
    if "preprint" in types:
        yield PaperKind("preprint", "publication type Preprint")
    elif any(i.kind == "PPR" for i in paper.ids):
        yield PaperKind("preprint", "held as a preprint by Europe PMC")
    for kind, known, links in _STANDING:
        named = [types[t] for t in sorted(types) if t in known]
        linked = [link for link in paper.corrections if link.kind.lower() in links]
        if named:
            yield PaperKind(kind, f"publication type {named[0]}")
        elif linked:
            where = f" PMID {linked[0].pmid}" if linked[0].pmid else f" {linked[0].citation or ''}".rstrip()
            yield PaperKind(kind, f"{linked[0].kind}{where}")
        elif kind == "retracted" and (found := _worded(kind, _RETRACTED_WORDS, text, ("title",))) is not None:
            yield found


def _worded(kind: Kind, words: re.Pattern[str], text: StudyText, fields: tuple[str, ...]) -> PaperKind | None:
    """The first place whose words say so."""
    for field in text.fields:
        if field.kind in fields and (found := words.search(field.text)) is not None:
            reason = f"the {'abstract' if field.kind == 'summary' else field.kind} says so"
            return PaperKind(kind, reason, field.path, found.start(), found.end(), found[0])
    return None
