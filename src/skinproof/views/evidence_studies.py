"""One study of a page of evidence in words: its design, its people, what it was compared with, and what its record leaves unsaid.

What a record does not say is told as not reported, with the name of what is missing: never as a "no".
"""

import re
from collections.abc import Iterable, Sequence

import msgspec

from skinproof.model.findings import Preparation
from skinproof.model.record import StudyRecord
from skinproof.model.summary import StudySummary
from skinproof.views.preparations import finding_of, value_words
from skinproof.views.words import NOT_REPORTED, people_words, phase_words, sentence, title_of
from skinproof.vocabulary.term import Vocabulary

COMPARED = {
    "placebo": "a placebo or a sham",
    "no_treatment": "no treatment",
    "other": "another treatment",
    "variants": "other doses or forms of the same",
    "none": "nothing: one group only",
    "not_reported": "not reported",
}
"""What the people who got the agent were compared with, by the arms that are registered."""

_ALLOCATION = {"RANDOMIZED": "randomised", "NON_RANDOMIZED": "not randomised", "NA": "one group"}
_NOT_GIVEN = ("OBSERVATIONAL", "EXPANDED_ACCESS")
"""Study types in which nobody is put into a group by chance."""

_INERT = re.compile(r"\b(?:saline|sodium chloride|nacl|vehicle|sterile water|dextrose|placebo|sham)\b", re.I)
_PLACEBO = re.compile(r"\b(?:placebos?|sham)\b", re.I)


class Arm(msgspec.Struct, frozen=True):
    """One arm as registered: its label and the registry's word for its type, "" where there is none.

    says_placebo: the record itself calls what the arm gets a placebo or a sham (see `calls_placebo`), whatever the type.
    """

    label: str
    type: str
    says_placebo: bool = False


class EvidenceStudy(msgspec.Struct, frozen=True, kw_only=True):
    """One study that goes in. preparations: those of the agents asked for, given or a carrier; ways: ids of procedures and routes
    that the study names, other than in its criteria."""

    summary: StudySummary
    preparations: tuple[Preparation, ...] = ()
    arms: tuple[Arm, ...] = ()
    ways: frozenset[str] = frozenset()


class StudyInWords(msgspec.Struct, frozen=True, kw_only=True):
    """One study in words, each of which says what it is about: "status not reported", not "not reported".

    against: labels of the arms that do not get the agent, each with the type its register gives it.
    """

    record_id: str
    title: str
    year: str
    design: str
    randomised: bool
    participants: str
    status: str
    results: str
    compared: tuple[str, ...]
    against: tuple[str, ...]
    given: str


def may_be_placebo(label: str, type_: str) -> bool:
    """Whether an arm sounds like a placebo that its register does not call one: only then its whole record is asked.

    >>> may_be_placebo("Normal Saline", "OTHER"), may_be_placebo("Normal Saline", "PLACEBO_COMPARATOR")
    (True, False)
    """
    return type_ not in ("PLACEBO_COMPARATOR", "SHAM_COMPARATOR") and bool(_INERT.search(label))


def calls_placebo(label: str, texts: Iterable[str]) -> bool:
    """Whether a record calls what an inert arm gets a placebo: in the label, or in what it writes of that arm and of what it gets.

    Saline alone is no placebo: it may be a carrier, or a treatment of its own.

    >>> calls_placebo("Normal Saline", ["PRP injection into knee versus placebo (saline) injection."])
    True
    >>> calls_placebo("Normal Saline", ["5 mL of saline once"]), calls_placebo("Insulin", ["versus placebo"])
    (False, False)
    """
    return bool(_INERT.search(label)) and any(_PLACEBO.search(text) for text in (label, *texts))


def placebo_labels(record: StudyRecord) -> frozenset[str]:
    """Labels of the arms whose record calls what they get a placebo, whatever its register's word for the arm is."""
    written: dict[str, list[str]] = {arm.label or "": [arm.description or ""] for arm in record.arm_groups}
    for one in record.interventions:
        for label in one.arm_group_labels:
            written.setdefault(label, []).extend((one.name or "", one.description or ""))
    return frozenset(label for label, texts in written.items() if calls_placebo(label, texts))


def arms_of(record: StudyRecord) -> tuple[Arm, ...]:
    """The arms as a record has them."""
    called = placebo_labels(record)
    return tuple(
        Arm(arm.label or "", arm.type or "", (arm.label or "") in called) for arm in record.arm_groups
    )


def compared_of(study: EvidenceStudy) -> tuple[str, ...]:
    """Keys of COMPARED that hold for a study, by the types of the arms that do not get the agent."""
    arms = study.arms
    if not arms:
        return ("not_reported",)
    if len(arms) == 1:
        return ("none",)
    others = _others(study)
    if not others:
        return ("variants",)
    kinds = {"PLACEBO_COMPARATOR": "placebo", "SHAM_COMPARATOR": "placebo", "NO_INTERVENTION": "no_treatment"}
    found = {"placebo" if arm.says_placebo else kinds.get(arm.type, "other") for arm in others}
    return tuple(key for key in COMPARED if key in found)


def _others(study: EvidenceStudy) -> list[Arm]:
    """Arms that do not get the agent; where the record does not tell which do, those that are not experimental."""
    given = {place for one in study.preparations for place in one.arms}
    if given:
        return [arm for place, arm in enumerate(study.arms) if place not in given]
    return [arm for arm in study.arms if arm.type != "EXPERIMENTAL"]


def line_of(study: EvidenceStudy, compared: Sequence[str], vocabulary: Vocabulary) -> StudyInWords:
    """The study in words. compared: keys of COMPARED."""
    s = study.summary
    facts = [_said(fact, study.preparations, vocabulary) for fact in ("source", "route", "dose")]
    results = {True: "results posted", False: "no results posted", None: f"results {NOT_REPORTED}"}[
        s.has_results
    ]
    people = people_words(s.enrollment_count, s.enrollment_type)
    return StudyInWords(
        record_id=s.record_id, title=title_of(s), year=(s.start_date or "")[:4] or f"start {NOT_REPORTED}", design=design_words(s),
        randomised=s.allocation == "RANDOMIZED",
        participants=people if s.enrollment_count is not None else f"number of people {NOT_REPORTED}",
        status=status_words(s.overall_status), results=results,
        compared=tuple(COMPARED[key] for key in compared),
        against=against_of(study),
        given="; ".join(words for words in facts if words) or NOT_REPORTED,
    )  # fmt: skip


def status_words(word: str | None) -> str:
    """ "Unknown" is a word of the register: long past its end, and not updated."""
    return (
        f"Status {NOT_REPORTED if word is None else 'unknown'}"
        if word in (None, "UNKNOWN")
        else sentence(word)
    )


def line_words(line: StudyInWords) -> str:
    """When, how, how many, how far, and whether results are posted: "2016; randomised; 90 enrolled; completed; no results posted"."""
    return f"{line.year}; {line.design}; {line.participants}; {line.status.lower()}; {line.results}"


def against_of(study: EvidenceStudy) -> tuple[str, ...]:
    """The arms that do not get the agent, by label and the register's word for each."""
    return tuple(_arm_words(arm) for arm in _others(study) if arm.label) if len(study.arms) > 1 else ()


def _arm_words(arm: Arm) -> str:
    """The arm's label, and what its register calls it where the label does not say so: the two are not always one."""
    said = sentence(arm.type).lower() if arm.type else ""
    same = said.startswith(("placebo", "sham")) and said.split()[0] in arm.label.lower()
    return f"{arm.label}, registered as {said}" if said and not same else arm.label


def design_words(s: StudySummary) -> str:
    """Design in a few words: "randomised, masking: double, phase 2". A record that does not state its study type may still state
    how people were put into groups."""
    if s.study_type not in (None, "INTERVENTIONAL"):
        return sentence(s.study_type).lower()
    said = [_ALLOCATION.get(s.allocation, sentence(s.allocation).lower())] if s.allocation else []
    if not said:
        said.append(f"design {NOT_REPORTED}" if s.study_type is None else f"allocation {NOT_REPORTED}")
    if s.masking:
        said.append("open" if s.masking == "NONE" else f"masking: {sentence(s.masking).lower()}")
    if s.phases and s.phases != ("NA",):
        said.append(phase_words(s.phases).lower())
    return ", ".join(said)


def allocation_unknown(s: StudySummary) -> bool:
    """Whether the record leaves open if people were put into groups by chance: then it is not counted as "not randomised"."""
    return s.allocation is None and s.study_type not in _NOT_GIVEN and s.intervention_model != "SINGLE_GROUP"


def lateness_unknown(s: StudySummary) -> bool:
    """Whether it cannot be told if results are overdue: whether they are posted, the study type or the end is not stated."""
    if s.has_results is None:
        return True
    ends = s.primary_completion_date or s.completion_date
    return not s.has_results and (s.study_type is None or (s.study_type == "INTERVENTIONAL" and not ends))


def _said(fact: str, preparations: Iterable[Preparation], vocabulary: Vocabulary) -> str:
    """The clear values of a fact, in words; "" where none is reported."""
    values: dict[str, None] = {}
    for one in preparations:
        finding = finding_of(one, fact)
        if finding is not None and finding.state == "reported":
            for reading in finding.readings:
                words = (
                    reading.spans[0].quote
                    if fact == "dose" and reading.spans
                    else value_words(fact, reading.value, vocabulary)
                )
                values[" ".join(words.split())[:60]] = None
    return ", ".join(list(values)[:3])
