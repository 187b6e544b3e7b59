"""Which agents a study names and in which role, decided from purpose, arms, interventions, titles and outcomes.

Each mention is read where it stands (`read_words`); the role of a term is the one with the most weight over
its mentions (`calls`). Weights order the fields by how sure they make it that people receive something: the name of an
intervention, then titles and arms, then the summary, then long descriptions; references never count.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from skinproof.model.record import StudyRecord
from skinproof.studies.documents import FieldText, StudyText
from skinproof.tagging.context import (
    ANALYTES,
    NUCLEIC,
    PRODUCTS,
    Reading,
    Words,
    in_glass,
    is_drug_form,
    negated,
    prior,
    read_words,
    words_around,
)
from skinproof.tagging.special import compared, is_adjuvant, sampled, setting

RULE = "agent.role/4"

COMPARATOR_ARMS = frozenset({"ACTIVE_COMPARATOR", "PLACEBO_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION"})
NOT_TREATING = frozenset({"DIAGNOSTIC", "BASIC_SCIENCE", "SCREENING", "ECT"})

_WEIGHTS = {
    ("intervention", "name"): 5.0, ("intervention", "otherNames"): 4.0, ("intervention", "description"): 2.5,
    ("title", "briefTitle"): 4.2, ("title", "officialTitle"): 4.1, ("title", "acronym"): 2.0,
    ("arm", "label"): 4.0, ("arm", "description"): 2.5, ("condition", "conditions"): 1.5,
    ("keyword", "keywords"): 1.0, ("summary", "briefSummary"): 3.0, ("description", "detailedDescription"): 2.0,
    ("design", "interventionModelDescription"): 2.0, ("outcome", "measure"): 2.0, ("outcome", "description"): 1.5,
}  # fmt: skip

_STUDY_ACTS = re.compile(
    r"\b(?:will|we|our|aims?|objectives?|purpose|hypothes\w+|outcomes?|endpoints?|this (?:study|trial)|investigators?|"
    r"measur\w+|assays?|\w*omics|baseline|profil\w+|to (?:assess|determine|evaluate|identify|examine|investigate|quantify|"
    r"analy[sz]e|compare|test)|(?:was|were|be|are) (?:\w+ )?(?:assessed|determined|collected|evaluated|analy[sz]ed|"
    r"isolated|obtained|quantified|examined|investigated|performed|tested|stored))\b",
)
_STUDY_SENTENCE = re.compile(
    r"\b(?:[Ii]n this (?:[\w-]+ )?(?:study|trial)|(?:the investigators|[Ww]e) (?:will|aim|plan|examine|measure|"
    r"assess|investigate|compare|study|test|evaluate|hypothes\w+)|(?:aim|objective)s? (?:of|is|was))\b[^.;]*$"
)
_KNOWN_BEFORE = re.compile(
    r"\b(?:recently (?:developed|reported|shown|described|demonstrated)|(?:has|have) (?:recently )?been (?:shown|reported|"
    r"demonstrated|described)|previous(?:ly)? (?:studies|shown|reported)|studies (?:have )?(?:shown|suggested?|demonstrated))\b"
)
_FOR_A_DISEASE = re.compile(r"^\W*(?:(?:of|from) (?:[\w-]+ ){1,4})?(?:for|to treat|against)\b")
_DOSED = re.compile(r"\b(?:dos(?:e|es)|infus|inject|administ|receiv|given|inhal|appl)")
REAL_PRODUCTS = frozenset({"BIOLOGICAL", "DRUG", "COMBINATION_PRODUCT", "DIETARY_SUPPLEMENT"})
"""Types of intervention whose name is what people receive, whatever words stand around it."""

CARE = frozenset({"agent:hematopoietic", "agent:stem_cell", "agent:liver_cell"})
"""Cells whose transplantation is often the care around which something else is studied."""
_BLOOD = "agent:blood_cells"
_ADJUVANT = "agent:gm_csf"

CELLS_AND_PLASMA = frozenset({"msc", "other_cell", "prp", "conditioned_medium", "other", "pdrn"})

_LONG = frozenset({"description", "eligibility", "outcome", "reference"})
"""Kinds of field that name the same thing again and again."""


class Mention(NamedTuple):
    """One mention of one agent: `text[start:end]` of the joined text; `field` is the place in `StudyText.fields`.

    weight: how much this mention says about its role, see the module's text.
    """

    start: int
    end: int
    term: str
    agent_class: str
    field: int
    role: str
    weight: float
    reason: str
    in_title: bool = False


class Design(NamedTuple):
    """What of the design decides roles.

    treats: False where the purpose is not treatment (diagnostic, basic science, screening) or nothing is done to
    people; known: False where the record states neither type nor arms; only_comparator: intervention numbers that
    stand in comparator arms alone; arm_types: registry words, "" where not stated.
    """

    treats: bool
    known: bool
    observational: bool
    has_experimental: bool
    arm_types: tuple[str, ...]
    only_comparator: frozenset[int]
    intervention_types: tuple[str, ...]


def read_design(record: StudyRecord) -> Design:
    """The design as far as roles need it."""
    protocol = record.protocol_section
    design, module = protocol.design_module, protocol.arms_interventions_module
    purpose = design.design_info.primary_purpose if design.design_info else None
    observational = design.study_type == "OBSERVATIONAL"
    types = tuple(arm.type or "" for arm in module.arm_groups)
    by_label = {arm.label: kind for arm, kind in zip(module.arm_groups, types, strict=True) if arm.label}
    has_experimental = "EXPERIMENTAL" in types
    only = set()
    if has_experimental:
        for i, item in enumerate(module.interventions):
            kinds = [by_label[label] for label in item.arm_group_labels if label in by_label]
            if kinds and all(kind in COMPARATOR_ARMS for kind in kinds):
                only.add(i)
    return Design(
        treats=purpose not in NOT_TREATING and not (observational and not module.interventions),
        known=bool(design.study_type or types or module.interventions),
        observational=observational,
        has_experimental=has_experimental,
        arm_types=types,
        only_comparator=frozenset(only),
        intervention_types=tuple(item.type or "" for item in module.interventions),
    )


def read_mentions(
    text: StudyText, design: Design, found: Iterable[tuple[int, int, str, str]]
) -> tuple[Mention, ...]:
    """The mentions of `found` (start, end, term id, class), each with its local role, weight and reason.

    Of what long texts name again and again, the first five of a term in each kind of field are read; of vesicles all.
    """
    mentions = []
    seen: dict[tuple[str, str], int] = {}
    for start, end, term, agent_class in found:
        place = text.field_at(start)
        field = text.fields[place]
        if agent_class != "ev" and field.kind in _LONG:
            key = (term, field.kind)
            seen[key] = seen.get(key, 0) + 1
            if seen[key] > 5:
                continue
        at = start - text.starts[place]
        role, weight, reason = _read_one(field, at, at + end - start, term, agent_class, design)
        mentions.append(
            Mention(start, end, term, agent_class, place, role, weight, reason, field.kind == "title")
        )
    return _alone(_as_care(mentions, text, design))


def _as_care(mentions: list[Mention], text: StudyText, design: Design) -> list[Mention]:
    """A transplantation that the title calls the setting, or that neither title nor arms name, is not the agent."""
    care = [m for m in mentions if m.term in CARE]
    if not any(m.role == "given" for m in care):
        return mentions
    titled = [m for m in care if m.in_title]
    if any(m.role in ("given", "comparator") for m in titled):
        return mentions
    if not titled and any(text.fields[m.field].kind in ("intervention", "arm", "condition") for m in care):
        return mentions
    reason = "the setting of the study, not what it tries out"
    return [
        m._replace(role="background", weight=1.0, reason=reason)
        if m.term in CARE and m.role == "given" and (titled or _is_transplant(text.text[m.start : m.end]))
        else m
        for m in mentions
    ]


def _is_transplant(quote: str) -> bool:
    """True for a form that names the transplantation, not the cells alone."""
    return (
        quote.lower().rstrip("s").endswith(("transplantation", "transplant", "hsct", "hct", "bmt", "pbsct"))
    )


def _alone(mentions: list[Mention]) -> tuple[Mention, ...]:
    """What the words hold something against is given all the same where no other class is given."""
    if not any(m.role == "comparator" and m.reason.startswith("“") for m in mentions):
        return tuple(mentions)
    given = {m.agent_class for m in mentions if m.role in ("given", "carrier") and m.weight >= 1.9}
    return tuple(
        m._replace(role="given")
        if m.role == "comparator" and m.reason.startswith("“") and not given - {m.agent_class}
        else m
        for m in mentions
    )


def _read_one(
    field: FieldText, start: int, end: int, term: str, agent_class: str, design: Design
) -> tuple[str, float, str]:
    """(role, weight, reason) of one mention."""
    if field.kind == "reference":
        return "background", 0.1, "only in a cited reference"
    words = words_around(field.text, start, end)
    if field.kind == "eligibility":
        if found := prior(words) or negated(words):
            return found.role or "prior", 0.3, _because(found)
        return "prior", 0.2, "named in the eligibility criteria"
    reading = read_words(words, agent_class)
    weight = _WEIGHTS.get((field.kind, field.part), 1.0)
    if reading.role in ("excluded", "source"):
        return reading.role, weight, _because(reading)
    special = _special(field, words, term)
    if special:
        return special
    if field.kind in ("intervention", "arm"):
        return _in_arms(field, words, reading, agent_class, design, weight)
    if field.kind == "outcome":
        return _in_outcome(reading, agent_class, weight)
    if field.kind == "title":
        return _in_title(words, reading, agent_class, design, weight)
    if field.kind in ("condition", "keyword"):
        if agent_class in ANALYTES:
            return "background", 0.5, "a keyword alone says no role"
        role = "measured" if reading.role == "measured" else "given"
        return role, weight, f"named among the {field.kind}s"
    return _in_prose(field, start, words, reading, agent_class, design, weight)


def _special(field: FieldText, words: Words, term: str) -> tuple[str, float, str] | None:
    """What holds for a few terms or in a few fields, before the general reading; None for all else."""
    if term == _ADJUVANT and is_adjuvant(words):
        return "given", 1.5, "beside a vaccine, whose effect it is to raise"
    if term == _BLOOD and (taken := sampled(words)):
        return "measured", 1.0, _because(taken)
    if field.kind in ("title", "summary", "description"):
        if term in CARE and (care := setting(words)):
            return "background", 1.0, f"the setting of the study: {_because(care)}"
        if held := compared(words):
            return "comparator", _WEIGHTS[field.kind, field.part], _because(held)
    return None


def _in_arms(
    field: FieldText, words: Words, reading: Reading, agent_class: str, design: Design, weight: float
) -> tuple[str, float, str]:
    named = field.part in ("name", "otherNames", "label")
    where = "name of an intervention" if field.kind == "intervention" else "arm"
    if field.kind == "intervention" and design.intervention_types[field.index] == "DIAGNOSTIC_TEST":
        return "measured", weight, "the intervention is a diagnostic test"
    if reading.role == "carrier":
        return "carrier", weight + 0.3, _because(reading)
    real = field.kind == "intervention" and named and design.intervention_types[field.index] in REAL_PRODUCTS
    assay = agent_class in ANALYTES and not real and (reading.strong or not design.treats)
    if agent_class in NUCLEIC and design.observational and not is_drug_form(words.quote):
        return "measured", weight, "named by a study that only observes"
    if agent_class in NUCLEIC and in_glass(words):
        return "background", 0.8, "in the laboratory, not given to people"
    if reading.role == "measured" and (assay or agent_class in NUCLEIC):
        return "measured", weight, _because(reading)
    if reading.role == "background" and not named:
        return "background", 0.8, _because(reading)
    if field.kind == "intervention" and field.index in design.only_comparator:
        return "comparator", weight, "given in comparator arms only"
    if field.kind == "arm" and design.has_experimental and design.arm_types[field.index] in COMPARATOR_ARMS:
        if design.arm_types[field.index] == "NO_INTERVENTION":
            return "background", 0.5, "named in an arm without intervention"
        return "comparator", weight, "given in a comparator arm"
    if named:
        return "given", weight, f"in the {where}" if field.kind == "intervention" else "names an arm"
    if reading.role == "given" and reading.strong:
        return "given", weight + 0.5, _because(reading)
    if agent_class in ("growth_factor", "mirna", "mrna"):
        return "background", 0.8, f"only mentioned in the description of an {field.kind}"
    if agent_class in PRODUCTS:
        weight -= 0.3
    return "given", weight, f"in the description of an {field.kind}"


def _in_outcome(reading: Reading, agent_class: str, weight: float) -> tuple[str, float, str]:
    if reading.role == "given" and agent_class in ("ev", *CELLS_AND_PLASMA):
        return "given", 0.4, _because(reading)
    if agent_class in ANALYTES:
        known = reading.role in (None, "given", "background")
        return "measured", weight, "named in an outcome" if known else _because(reading)
    if reading.role == "measured":
        return "measured", 0.6, _because(reading)
    return "background", 0.4, "named in an outcome"


def _in_title(
    words: Words, reading: Reading, agent_class: str, design: Design, weight: float
) -> tuple[str, float, str]:
    if reading.role == "carrier":
        return "carrier", weight + 0.3, _because(reading)
    if agent_class in ANALYTES:
        if reading.role == "measured":
            return "measured", weight if reading.strong else weight - 1.2, _because(reading)
        if reading.role == "given" or is_drug_form(words.quote):
            return "given", weight, _because(reading) if reading.cue else "a medicine's name in the title"
        if agent_class == "ev" and _FOR_A_DISEASE.search(words.right):
            return "given", weight - 0.7, "the title says what it is for"
        if design.known and design.treats and agent_class == "ev":
            return "given", weight - 1.0, "in the title of a study that treats"
        return "measured", 1.5, "in the title, and nothing says that it is given"
    if reading.role == "measured" and (reading.strong or not design.treats):
        return "measured", weight, _because(reading)
    if reading.role == "background" and agent_class == "other_cell":
        return "background", 1.0, _because(reading)
    if not design.treats and reading.role != "given":
        return "measured", 2.0, "in the title of a study that gives nothing"
    return "given", weight, _because(reading) if reading.role == "given" else "in the title"


def _in_prose(
    field: FieldText, at: int, words: Words, reading: Reading, agent_class: str, design: Design, weight: float
) -> tuple[str, float, str]:
    """Summary, detailed description, design description; they weigh less where interventions are listed."""
    if design.intervention_types:
        weight -= 0.9
    if before := prior(words):
        return "prior", 0.6, _because(before)
    if agent_class in ANALYTES and in_glass(words):
        return "background", 0.6, "in the laboratory, not given to people"
    if (
        agent_class in ANALYTES
        and field.kind == "description"
        and (known := _KNOWN_BEFORE.search(words.left))
    ):
        return "background", 0.9, f"told as known before: “{known[0]}”"
    if reading.role == "carrier":
        return "carrier", weight, _because(reading)
    if reading.role == "measured":
        if field.kind == "description" and not _says_study(words) and not _says_study_far(field, at):
            return "background", 0.9, "told as general knowledge"
        return "measured", weight, _because(reading)
    if reading.role == "given":
        if is_drug_form(words.quote) and agent_class in ANALYTES:
            return "given", weight, _because(reading)
        if agent_class in PRODUCTS and reading.strong and not design.known and _DOSED.search(reading.cue):
            weight += 0.4
        return "given", weight if reading.strong else weight - 1.0, _because(reading)
    if reading.role is None and agent_class in ANALYTES and is_drug_form(words.quote):
        return "given", weight - 0.8, "a medicine's name"
    if reading.role is None and agent_class == "ev" and _says_study(words):
        return "measured", 1.0, "in a sentence on what the study does, and nothing says that it is given"
    if reading.role is None and agent_class not in ANALYTES and field.kind == "summary":
        return "given", 0.9 if design.intervention_types else 1.2, "named in the summary"
    return "background", 0.7, _because(reading) if reading.cue else "only mentioned"


def _says_study_far(field: FieldText, at: int) -> bool:
    """True where the sentence began, further back, with what the investigators do."""
    return _STUDY_SENTENCE.search(field.text, max(0, at - 260), at) is not None


def _says_study(words: Words) -> bool:
    """True where the sentence tells what this study does, not what is known."""
    return _STUDY_ACTS.search(words.left) is not None or _STUDY_ACTS.search(words.right) is not None


def _because(reading: Reading) -> str:
    return f"“{reading.cue}”"
