"""What the tagging room says about one study: tags with spans, the calls drawn from them, suggestions."""

import msgspec

AGENT_CLASSES = (
    "ev", "conditioned_medium", "msc", "other_cell", "prp", "growth_factor",
    "peptide", "mirna", "mrna", "pdrn", "other",
)  # fmt: skip
"""Classes of agent, in the gold tables' words; `other` = something else, or nothing of these, is given."""

ROLES = ("given", "carrier", "comparator", "measured", "source", "prior", "excluded", "background")
"""What an agent does in a study.

given       given to people as (part of) the studied treatment
carrier     given to people as the vehicle of a drug or nucleic acid
comparator  given only in a comparator arm
measured    only looked at: an assay, a biomarker, a sample
source      only what the given product was made from
prior       only named as earlier or forbidden treatment (eligibility)
excluded    its absence is stated ("exosome-free medium", "no exosomes were")
background  only mentioned: mechanism, rationale, a cited paper
"""

EV_ROLES = {"given": "therapeutic", "carrier": "drug_carrier", "measured": "biomarker"}
"""How an EV's role is called in the gold tables; every other role, and no EV at all, is `none`."""


class Tag(msgspec.Struct, frozen=True):
    """One mention that was read: `text_of(field)[start:end] == quote`, offsets in code points of that field.

    property: agent | indication | procedure | process | cutaneous | aesthetic
    term: vocabulary id (`agent:exosome`), or `yes` / `no` for cutaneous and aesthetic
    role: one of ROLES for agents and indications mentioned off-topic; None where no role applies
    field: JSON path in the record, e.g. `protocolSection.armsInterventionsModule.interventions[0].name`
    rule: rule name and version that decided, e.g. `agent.role/1`; reason: why, in plain words
    """

    property: str
    term: str
    role: str | None
    field: str
    start: int
    end: int
    quote: str
    rule: str
    reason: str


class Call(msgspec.Struct, frozen=True):
    """One decided answer (`yes` / `no`, or a class) with the plain-words reason and the rule that gave it."""

    value: str
    reason: str
    rule: str


class Suggestion(msgspec.Struct, frozen=True):
    """A near-miss spelling for a person to review: never a tag. `text_of(field)[start:end] == quote`."""

    term: str
    field: str
    start: int
    end: int
    quote: str
    reason: str


class StudyTags(msgspec.Struct, frozen=True):
    """All that tagging says of one record version.

    agent_class: Call whose value is one of AGENT_CLASSES; ev_role: Call whose value is
    therapeutic | drug_carrier | biomarker | none; cutaneous and aesthetic: Call `yes` | `no`;
    agents: (term id, role) pairs, sorted, one per term and strongest role first;
    indications: term ids of what the study is about, sorted (most specific terms; ancestors are implied).
    """

    agent_class: Call
    ev_role: Call
    cutaneous: Call
    aesthetic: Call
    agents: tuple[tuple[str, str], ...]
    indications: tuple[str, ...]
    tags: tuple[Tag, ...]
    suggestions: tuple[Suggestion, ...]
