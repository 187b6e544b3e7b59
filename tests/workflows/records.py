"""Synthetic records for workflow tests: invented studies, named as such."""

import json
from pathlib import Path
from typing import Any


def record(
    number: int, *, title: str, updated: str, posted: str = "2019-02-01", **more: Any
) -> dict[str, Any]:
    """A small synthetic API v2 record; `more` replaces modules of the protocol section."""
    protocol: dict[str, Any] = {
        "identificationModule": {"nctId": f"NCT{99_000_000 + number:08d}", "briefTitle": title},
        "statusModule": {
            "overallStatus": "COMPLETED",
            "startDateStruct": {"date": "2019-03"},
            "studyFirstPostDateStruct": {"date": posted, "type": "ACTUAL"},
            "lastUpdatePostDateStruct": {"date": updated, "type": "ACTUAL"},
        },
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Synthetic sponsor", "class": "OTHER"}},
        "descriptionModule": {"briefSummary": f"Synthetic record. {title}."},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": ["PHASE1"],
            "designInfo": {"allocation": "RANDOMIZED", "primaryPurpose": "TREATMENT"},
            "enrollmentInfo": {"count": 10 + number, "type": "ACTUAL"},
        },
        **more,
    }
    return {"protocolSection": protocol, "hasResults": False}


def given(name: str, condition: str) -> dict[str, Any]:
    """Modules of a trial that gives `name` for `condition`."""
    return {
        "conditionsModule": {"conditions": [condition]},
        "armsInterventionsModule": {
            "armGroups": [
                {"label": "Treated", "type": "EXPERIMENTAL", "interventionNames": [f"Biological: {name}"]},
                {"label": "Control", "type": "PLACEBO_COMPARATOR", "interventionNames": ["Other: Saline"]},
            ],
            "interventions": [
                {"type": "BIOLOGICAL", "name": name, "armGroupLabels": ["Treated"]},
                {"type": "OTHER", "name": "Saline", "armGroupLabels": ["Control"]},
            ],
        },
    }


SCAR = record(
    1,
    title="Exosomes for acne scar",
    updated="2020-05-02",
    **given("Adipose stem cell exosomes", "Acne scar"),
)
PRP = record(2, title="Platelet rich plasma for melasma", updated="2021-08-30", posted="2021-02-01",
             **given("Platelet rich plasma", "Melasma"))  # fmt: skip
URINE = record(3, title="Urinary exosomes as biomarker of melanoma", updated="2022-01-05", posted="2020-06-01",
               conditionsModule={"conditions": ["Melanoma"]},
               designModule={"studyType": "OBSERVATIONAL", "enrollmentInfo": {"count": 40, "type": "ESTIMATED"}},
               outcomesModule={"primaryOutcomes": [{"measure": "Exosomal miRNA level in urine", "timeFrame": "1 day"}]})  # fmt: skip
HEART = record(4, title="Mesenchymal stem cells in heart failure", updated="2020-05-09",
               **given("Mesenchymal stem cells", "Heart failure"))  # fmt: skip
SCAR_LATER = record(1, title="Exosomes for acne scar, enlarged", updated="2022-09-01",
                    **given("Adipose stem cell exosomes", "Acne scar"))  # fmt: skip
ALL = [SCAR, PRP, URINE, HEART, SCAR_LATER]


def lines(path: Path, records: list[dict[str, Any]]) -> Path:
    """The records as a JSON lines file."""
    path.write_text("".join(json.dumps(item) + "\n" for item in records), encoding="utf-8")
    return path
