"""Synthetic records for the tagging tests; no real study is meant."""

from typing import Any

import msgspec

from skinproof.model.record import StudyRecord


def record(
    title: str = "",
    *,
    official: str | None = None,
    summary: str | None = None,
    description: str | None = None,
    conditions: tuple[str, ...] = (),
    keywords: tuple[str, ...] = (),
    study_type: str | None = None,
    purpose: str | None = None,
    arms: tuple[tuple[str, str, str], ...] = (),
    interventions: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (),
    outcomes: tuple[str, ...] = (),
    eligibility: str | None = None,
    citations: tuple[str, ...] = (),
) -> StudyRecord:
    """arms: (type, label, description); interventions: (type, name, description, arm labels)."""
    raw: dict[str, Any] = {
        "identificationModule": {"nctId": "NCT99999901", "briefTitle": title, "officialTitle": official},
        "descriptionModule": {"briefSummary": summary, "detailedDescription": description},
        "conditionsModule": {"conditions": conditions, "keywords": keywords},
        "designModule": {"studyType": study_type, "designInfo": {"primaryPurpose": purpose}},
        "armsInterventionsModule": {
            "armGroups": [{"type": kind, "label": label, "description": text} for kind, label, text in arms],
            "interventions": [
                {"type": kind, "name": name, "description": text, "armGroupLabels": labels}
                for kind, name, text, labels in interventions
            ],
        },
        "outcomesModule": {"primaryOutcomes": [{"measure": measure} for measure in outcomes]},
        "eligibilityModule": {"eligibilityCriteria": eligibility},
        "referencesModule": {"references": [{"citation": citation} for citation in citations]},
    }
    return msgspec.convert({"protocolSection": raw}, StudyRecord)
