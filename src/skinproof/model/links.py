"""What belongs together: papers and the studies they report, and the registrations of one trial.

PRISMA 2020's words: a record is a thing stored, a report is a paper or a registry record, a study is what they are about.
Source: Page et al. 2021, doi:10.1136/bmj.n71.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Literal

import msgspec

Relation = Literal["report", "background", "mention", "notice", "update", "registration", "related"]
RELATIONS: dict[Relation, str] = {
    "report": "the paper reports the study",
    "background": "the registry record cites the paper as background: it does not report the study",
    "mention": "the paper names the study, but what it says of it is not its own",
    "notice": "the paper is a notice about the other paper: a retraction, correction or concern",
    "update": "the paper takes the place of the other paper",
    "registration": "two registrations of one trial",
    "related": "two registrations in one register that name each other: related, never taken for one trial",
}
LinkState = Literal["linked", "review", "rejected"]


class IdRow(msgspec.Struct, frozen=True):
    """An id that a record names, and where.

    place: org | secondary (a registry record's own fields), reference (a paper it cites), databank | title | abstract |
        keyword (of a paper), correction (the paper another one is a notice of)
    register: whose id it is; given: the field as given, shortened; id: as its register writes it, None where it is none
    note: the type of a reference or correction, or why the id is none
    field, start, end, quote: the place in the record, `field[start:end] == quote`
    """

    place: str
    register: str
    given: str
    id: str | None
    note: str
    field: str
    start: int
    end: int
    quote: str


class StoredId(msgspec.Struct, frozen=True):
    """An `IdRow` with the version of the record that holds it."""

    record_id: str
    source: str
    sha256: str
    row: IdRow


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence that two records belong together; a pair may have several, which share relation and state.

    from_id: a paper, or of two registrations the one that is shown with the other; to_id: a study (or paper)
    rule: name and version; score: from 0 to 1, in the order in which rules are trusted, no probability
    state: `linked`, or `review`: a person should decide, and `reason` says why
    source, sha256, field, start, end, quote: the place of the id, and the version of the record that names it
    named: the id that stands there
    fingerprint: of all evidence of the pair, so that a judgement knows when it has changed
    """

    from_id: str
    to_id: str
    relation: Relation
    rule: str
    score: float
    state: LinkState
    reason: str
    named: str
    record_id: str
    source: str
    sha256: str
    field: str
    start: int
    end: int
    quote: str
    fingerprint: str = ""


class StudyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What linking needs of a study. Dates: ISO text; first_posted: the last day it can mean, earliest of all versions."""

    record_id: str
    aliases: tuple[str, ...] = ()
    completeness: str = "full"
    first_posted: str | None = None
    start_date: str | None = None


class PaperFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What linking needs of a paper. kinds: those of `studies.paper_kinds`; doi: in lower case."""

    record_id: str
    pmid: str | None = None
    doi: str | None = None
    year: int | None = None
    kinds: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()


def pair_key(one: str, other: str) -> str:
    """The subject of a judgement about a link; the order of the two ids does not matter."""
    return "|".join(sorted((one, other)))


def fingerprint(evidence: Iterable[tuple[str, str, str]]) -> str:
    """What a judgement of a pair was about: its (rule, named id, quote) rows, in any order."""
    return hashlib.sha256(json.dumps(sorted(set(evidence))).encode()).hexdigest()[:16]
