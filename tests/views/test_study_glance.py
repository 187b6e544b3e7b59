"""A study at a glance: each line says what the record says, or that it says nothing. The records are synthetic."""

from typing import Any

import msgspec

from skinproof.model.findings import Preparation
from skinproof.sources.ctgov import read_ctgov
from skinproof.views.study_page import StudyPage, study_page
from tests.views.synthetic import VOCABULARY, stamp, summary

GEL = Preparation(
    number=1, agent_class="ev", role="given", agents=("agent:exosome",), name="Exosome gel", arms=(0,)
)


def glance(protocol: dict[str, Any], *preparations: Preparation, **said: Any) -> dict[str, tuple[str, bool]]:
    head = {"identificationModule": {"nctId": "NCT99999901", "briefTitle": "Synthetic"}}
    read = read_ctgov(msgspec.json.encode({"protocolSection": head | protocol}))
    assert not read.issues
    page: StudyPage = study_page(
        summary(1, **said), read.record, VOCABULARY, stamp(), preparations=preparations
    )
    return {line.label: (line.words, line.reported) for line in page.glance}


def arms(*labels: tuple[str, str]) -> dict[str, Any]:
    return {"armsInterventionsModule": {"armGroups": [{"label": a, "type": b} for a, b in labels]}}


def test_what_is_given_to_whom_against_what_and_measured_by_what() -> None:
    told = glance(
        {
            **arms(("Gel", "EXPERIMENTAL"), ("Cream", "PLACEBO_COMPARATOR")),
            "conditionsModule": {"conditions": ["Acne Scars"]},
            "eligibilityModule": {"minimumAge": "18 Years", "sex": "FEMALE"},
            "outcomesModule": {"primaryOutcomes": [{"measure": "Goodman score", "timeFrame": "12 weeks"}]},
        },
        GEL,
        enrollment_count=40, enrollment_type="ACTUAL", allocation="RANDOMIZED", study_type="INTERVENTIONAL",
        overall_status="COMPLETED",
    )  # fmt: skip
    assert told["Given"] == ("Exosome gel", True)
    assert told["To whom"] == ("Acne Scars; 40 enrolled people; age from 18 Years; female only", True)
    assert told["How"] == ("not reported", False)
    assert told["Compared with"] == (
        "a placebo or a sham (Cream, registered as placebo comparator)",
        True,
    )
    assert told["Measured by"] == ("Goodman score (12 weeks)", True)
    assert told["Design"][0] == "Randomised"
    assert told["How far"][0].startswith("Completed. ")


def test_silence_is_named_and_is_no_answer() -> None:
    told = glance({})
    assert told["Given"] == ("not reported", False)
    assert told["To whom"][0] == "condition not reported; number of people not reported"
    assert told["Measured by"] == ("not reported", False)
    assert told["Design"][0] == "Design not reported"
    assert told["How far"][0].startswith("Status not reported. ")


def test_what_is_only_measured_is_not_given_and_compared_with_nothing() -> None:
    told = glance(
        arms(("Cohort", "OTHER"), ("Controls", "OTHER")), msgspec.structs.replace(GEL, role="measured")
    )
    assert told["Measured"] == ("Exosome gel", True)
    assert "Given" not in told and "Compared with" not in told and "How" not in told


def test_long_lists_are_cut_and_say_how_many_more() -> None:
    measures = [{"measure": f"Measure {number} {'x' * 300}"} for number in range(5)]
    words, _ = glance({"outcomesModule": {"primaryOutcomes": measures}})["Measured by"]
    assert words.endswith("; 2 more") and len(words) < 520
