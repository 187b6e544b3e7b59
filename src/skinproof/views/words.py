"""Registry and tagging words as people read them; every face says them alike."""

from collections.abc import Iterable

from skinproof.model.papers import PaperSummary
from skinproof.model.summary import StudySummary
from skinproof.vocabulary.term import Vocabulary

NOT_REPORTED = "not reported"
NO_STUDIES = "no registered studies"
"""What an empty cell says: a gap in what is known, not a finding."""

AGENT_CLASS_LABELS = {
    "ev": "Extracellular vesicles",
    "conditioned_medium": "Conditioned medium / secretome",
    "msc": "Mesenchymal stem cells",
    "other_cell": "Other cells",
    "prp": "Platelet products",
    "growth_factor": "Growth factors",
    "peptide": "Peptides",
    "mirna": "miRNA",
    "mrna": "mRNA",
    "pdrn": "Polynucleotides (PDRN)",
    "other": "Other / none of these",
}

AGENT_CLASS_SHORT = {
    "ev": "EV",
    "conditioned_medium": "CM",
    "msc": "MSC",
    "other_cell": "Cell",
    "prp": "PRP",
    "growth_factor": "GF",
    "peptide": "Pep",
    "mirna": "miR",
    "mrna": "mRNA",
    "pdrn": "PDRN",
    "other": "Oth",
}
"""Column heads where space is short; a table that uses them prints what they mean."""

ROLE_WORDS = {
    "given": "given to people",
    "carrier": "drug carrier",
    "comparator": "only in a comparison arm",
    "measured": "only measured",
    "source": "source material",
    "prior": "earlier treatment",
    "excluded": "excluded",
    "background": "only mentioned",
}

_PAPER_ROLES = ROLE_WORDS | {"given": "given"}
"""A paper may tell of mice or of a dish: what is given there is not given to people."""

SHOWN_ROLES = ("given", "carrier", "comparator", "measured")
"""Roles in which an agent is part of what the study does; weaker mentions stand on the study's page."""

EV_ROLE_WORDS = {
    "therapeutic": "given to people",
    "drug_carrier": "drug carrier",
    "biomarker": "only measured",
    "none": "none, or only mentioned",
}

_PHASES = {"NA": "Not applicable", "EARLY_PHASE1": "Early phase 1"}
_ENROLLMENT = {"ACTUAL": " enrolled", "ESTIMATED": " planned"}


def sentence(word: str | None) -> str:
    """A registry word in sentence case: `ACTIVE_NOT_RECRUITING` reads "Active not recruiting"."""
    return word.replace("_", " ").capitalize() if word else NOT_REPORTED


def phase_words(phases: Iterable[str]) -> str:
    """Phases as people write them: "Phase 1/2", "Early phase 1", "Not applicable"."""
    given = tuple(phases)
    if not given:
        return NOT_REPORTED
    if len(given) > 1 and all(phase.startswith("PHASE") for phase in given):
        return "Phase " + "/".join(phase.removeprefix("PHASE") for phase in given)
    return ", ".join(_PHASES.get(phase) or sentence(phase.replace("PHASE", "PHASE ")) for phase in given)


def people_words(count: int | None, kind: str | None) -> str:
    """Participants with what the number is: "60 planned", "48 enrolled", or not reported."""
    return NOT_REPORTED if count is None else f"{count:,}{_ENROLLMENT.get(kind or '', '')}"


def yes_no(value: bool | None) -> str:
    """yes, no, or not reported: the three are never mixed up."""
    if value is None:
        return NOT_REPORTED
    return "yes" if value else "no"


def plural(number: int, one: str, many: str | None = None) -> str:
    """The number with its noun: "1 study", "2 studies"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def counted_of(number: int, unsaid: int, of: int) -> str:
    """How many of some studies something is true of; where records are silent, a bare 0 would read as "none".

    >>> counted_of(7, 0, 8), counted_of(7, 1, 9), counted_of(0, 2, 2)
    ('7', '7 (1 not reported)', 'not reported')
    """
    if unsaid and unsaid == of:
        return NOT_REPORTED
    return f"{number:,} ({unsaid:,} {NOT_REPORTED})" if unsaid else f"{number:,}"


def lower_first(text: str) -> str:
    """The text as it stands inside a sentence: names and short forms such as PRP or miRNA keep their case.

    >>> lower_first("Extracellular vesicles"), lower_first("FDA-regulated drug"), lower_first("A form for the skin")
    ('extracellular vesicles', 'FDA-regulated drug', 'a form for the skin')
    """
    word = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if word[1:].islower() or word == "A" else text


def upper_first(text: str) -> str:
    """The text as it begins a sentence; the rest keeps its case.

    >>> upper_first("no MCID is known")
    'No MCID is known'
    """
    return text[:1].upper() + text[1:]


def title_of(study: StudySummary) -> str:
    """The brief title, else the official one, else words that say it has none."""
    return study.brief_title or study.official_title or f"Untitled ({study.record_id})"


def agent_pairs(study: StudySummary | PaperSummary) -> tuple[tuple[str, str], ...]:
    """(term id, role) pairs of a study, strongest role first."""
    return pairs_of(study.agents)


def pairs_of(agents: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """`term|role` words as (term id, role) pairs."""
    return tuple((term, role) for term, _, role in (pair.rpartition("|") for pair in agents))


def agent_words(study: StudySummary | PaperSummary, vocabulary: Vocabulary) -> str:
    """Agents that are part of what the study, or that of the paper, does, with their roles."""
    words = ROLE_WORDS if isinstance(study, StudySummary) else _PAPER_ROLES
    named = [
        f"{vocabulary.label(term)} ({words.get(role, role)})"
        for term, role in agent_pairs(study)
        if role in SHOWN_ROLES
    ]
    return ", ".join(named) or "none of the agents looked for"


def indication_words(study: StudySummary | PaperSummary, vocabulary: Vocabulary) -> str:
    """What the study or paper is about, in the vocabulary's labels."""
    return ", ".join(map(vocabulary.label, study.indications)) or "none of the complaints looked for"
