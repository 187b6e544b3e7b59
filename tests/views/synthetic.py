"""Synthetic summaries for view and command tests: invented studies, ids that no registry gave."""

from typing import Any

import msgspec

from skinproof.model.summary import EditionStamp, StudySummary
from skinproof.vocabulary.term import Term, Vocabulary

_TERMS: list[tuple[str, str, tuple[str, ...], str | None, tuple[str, ...]]] = [
    ("agent:ev", "Extracellular vesicle", (), "ev", ("EVs",)),
    ("agent:exosome", "Exosome", ("agent:ev",), "ev", ("exosomes", "exosomal")),
    ("agent:prp", "Platelet-rich plasma", (), "prp", ("PRP",)),
    ("agent:msc", "Mesenchymal stem cell", (), "msc", ("stem cell",)),
    ("indication:skin", "Skin disorder", (), None, ("dermatosis",)),
    ("indication:scar", "Scar", ("indication:skin",), None, ("cicatrix",)),
    ("indication:acne_scar", "Acne scar", ("indication:scar",), None, ()),
    ("indication:keloid", "Keloid", ("indication:scar",), None, ()),
    ("indication:hair", "Hair and scalp", ("indication:skin",), None, ()),
    ("indication:alopecia", "Alopecia", ("indication:hair",), None, ("hair loss",)),
    ("indication:outside-skin", "Outside skin", (), None, ()),
    ("indication:heart", "Heart disease", ("indication:outside-skin",), None, ()),
]

VOCABULARY = Vocabulary(
    Term(
        id=key,
        kind=key.split(":")[0],
        label=label,
        parents=parents,
        agent_class=agent_class,
        synonyms=synonyms,
        source=("synthetic",),
    )
    for key, label, parents, agent_class, synonyms in _TERMS
)


def summary(number: int, **said: Any) -> StudySummary:
    """Synthetic study NCT999999nn; what is not said is not reported."""
    plain: dict[str, Any] = {
        field.name: None for field in msgspec.structs.fields(StudySummary) if field.required
    }
    plain |= {
        "record_id": f"NCT999999{number:02d}",
        "source": "ctgov",
        "sha256": f"{number:064x}",
        "completeness": "full",
        "agent_class": "other",
        "ev_role": "none",
        "cutaneous": "no",
        "aesthetic": "no",
        "brief_title": f"Synthetic study {number}",
    }
    return StudySummary(**(plain | said))


def stamp(**said: Any) -> EditionStamp:
    """The stamp of a synthetic edition."""
    plain: dict[str, Any] = {
        "edition": "synthetic-1",
        "as_of": None,
        "n_versions": 7,
        "n_studies": 6,
        "n_partial": 0,
        "undated": 0,
        "later_described": 0,
        "newest_registry_date": None,
        "rules": {},
    }
    return EditionStamp(**(plain | said))


STUDIES = (
    # exosomes given for acne scar and hair loss: two columns
    summary(
        1, agent_class="ev", ev_role="therapeutic", agents=("agent:exosome|given", "agent:msc|source"),
        agent_classes_given=("ev",), indications=("indication:acne_scar", "indication:alopecia"), cutaneous="yes",
        aesthetic="yes", enrollment_count=30, enrollment_type="ACTUAL", allocation="RANDOMIZED",
        overall_status="COMPLETED", study_type="INTERVENTIONAL", has_results=True, countries=("France",),
        phases=("PHASE1", "PHASE2"), start_date="2019-03", lead_sponsor="Synthetic sponsor", first_posted="2019-02-01",
    ),
    # exosomes and PRP given for keloid: two rows
    summary(
        2, agent_class="ev", ev_role="therapeutic", agents=("agent:exosome|given", "agent:prp|given"),
        agent_classes_given=("ev", "prp"), indications=("indication:keloid",), cutaneous="yes", aesthetic="no",
        enrollment_count=20, enrollment_type="ESTIMATED", allocation="NON_RANDOMIZED", overall_status="RECRUITING",
        study_type="INTERVENTIONAL", has_results=False, countries=("China", "France"),
    ),
    # exosomes only measured in heart disease
    summary(
        3, agent_class="ev", ev_role="biomarker", agents=("agent:exosome|measured",),
        indications=("indication:heart",), study_type="OBSERVATIONAL", overall_status="COMPLETED",
    ),
    # PRP given for a skin disorder that is not named further; exosomes in the background
    summary(
        4, agent_class="prp", agents=("agent:prp|given", "agent:exosome|background"), agent_classes_given=("prp",),
        indications=("indication:skin",), cutaneous="yes", study_type="INTERVENTIONAL", completeness="partial",
    ),
    # nothing of these agents, scar
    summary(5, indications=("indication:scar",), cutaneous="yes", study_type="INTERVENTIONAL", enrollment_count=5,
            enrollment_type="ACTUAL"),
    # vesicles carry a drug, no indication read
    summary(6, agent_class="ev", ev_role="drug_carrier", agents=("agent:ev|carrier",), agent_classes_given=("ev",),
            enrollment_count=12, enrollment_type="ESTIMATED"),
)  # fmt: skip
