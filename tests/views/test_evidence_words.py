"""What a page of evidence says of studies whose records leave things unsaid: silence is never told as "no"."""

from typing import Any

import pytest

from skinproof.model.findings import Preparation
from skinproof.model.summary import StudySummary
from skinproof.views.claim import missing_words
from skinproof.views.evidence import (
    Evidence,
    design_counts,
    evidence_of,
    overdue_words,
    partial_words,
    prepared_words,
)
from skinproof.views.evidence_results import STATES
from skinproof.views.evidence_studies import (
    COMPARED,
    Arm,
    EvidenceStudy,
    compared_of,
    design_words,
    line_words,
)
from skinproof.vocabulary.loader import load_bundled
from tests.views.synthetic import stamp
from tests.views.synthetic import summary as synthetic

GIVEN = Preparation(
    number=1, agent_class="ev", role="given", agents=("agent:exosome",), name="Exosomes", arms=(0,)
)
SILENT: dict[str, Any] = {
    "study_type": None, "allocation": None, "masking": None, "phases": (), "overall_status": None, "enrollment_count": None,
    "start_date": None, "primary_completion_date": None, "completion_date": None, "completeness": "partial", "has_results": False,
    "intervention_model": None,
}  # fmt: skip


def summary(**more: Any) -> StudySummary:
    """A study that is given exosomes; `more` replaces facts."""
    return synthetic(1, **{"agents": ("agent:exosome|given",), **more})


def page(*found: EvidenceStudy, overdue: dict[str, tuple[str, ...]] | None = None) -> Evidence:
    return evidence_of(found, load_bundled(), stamp(), classes=("ev",), overdue=overdue)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        # As NCT02772289 and NCT04557514 in a table of facts without a study type.
        ({"allocation": "RANDOMIZED", "masking": "QUADRUPLE", "phases": ("PHASE2",)}, "randomised, masking: quadruple, phase 2"),
        ({"allocation": "NON_RANDOMIZED", "masking": "NONE"}, "not randomised, open"),
        ({}, "design not reported"),
        ({"phases": ("PHASE1",)}, "design not reported, phase 1"),
        ({"study_type": "INTERVENTIONAL"}, "allocation not reported"),
        ({"study_type": "OBSERVATIONAL"}, "observational"),
    ],
)  # fmt: skip
def test_the_design_is_told_as_far_as_it_is_stated(facts: dict[str, Any], words: str) -> None:
    """A randomised trial would be printed as "not reported" where only its study type is missing."""
    assert design_words(summary(**{**SILENT, **facts})) == words


def test_silent_records_are_not_told_as_none() -> None:
    """A reader would take records that state no design for "nobody did a randomised trial"."""
    silent = page(EvidenceStudy(summary=summary(**SILENT)), overdue={"legal_us": (), "ethical_12m": ()})
    assert design_counts(silent).endswith(
        "0 randomised (1 of 1 does not say), 0 completed (1 of 1 does not say)"
    )
    assert overdue_words(silent).endswith("(1 of 1 cannot be told)")
    assert partial_words(silent).startswith("1 of 1 study is known only from a table")
    assert "No study that is said to be randomised: 1 of 1 does not say." in missing_words(silent)

    told = page(EvidenceStudy(summary=summary(allocation="NA", study_type="INTERVENTIONAL")))
    assert "No randomised study." in missing_words(told)
    assert "do not say" not in design_counts(told) and not partial_words(told)


def test_a_line_says_what_is_not_reported() -> None:
    """ "not reported; not reported; not reported" tells nobody what is missing."""
    line = page(EvidenceStudy(summary=summary(**SILENT))).lines[0]
    assert line_words(line) == (
        "start not reported; design not reported; number of people not reported; status not reported; no results posted"
    )
    assert "status unknown" in line_words(
        page(EvidenceStudy(summary=summary(overall_status="UNKNOWN"))).lines[0]
    )


@pytest.mark.parametrize(
    ("arm", "compared", "against"),
    [
        (Arm("Normal Saline", "OTHER", says_placebo=True), "placebo", "Normal Saline, registered as other"),
        (Arm("Normal Saline", "OTHER"), "other", "Normal Saline, registered as other"),
        (Arm("Traditional treatment", "PLACEBO_COMPARATOR"), "placebo", "Traditional treatment, registered as placebo comparator"),
        (Arm("Placebo injection", "PLACEBO_COMPARATOR"), "placebo", "Placebo injection"),
        (Arm("Control", ""), "other", "Control"),
    ],
)  # fmt: skip
def test_a_comparison_is_told_apart_from_the_register_s_own_word(
    arm: Arm, compared: str, against: str
) -> None:
    """Usual treatment that a register calls placebo, and saline that it calls other, would look like our reading."""
    one = EvidenceStudy(
        summary=summary(), preparations=(GIVEN,),
        arms=(Arm("Exosomes", "EXPERIMENTAL"), arm),
    )  # fmt: skip
    assert compared_of(one) == (compared,)
    line = page(one).lines[0]
    assert (line.compared, line.against) == ((COMPARED[compared],), (against,))


def test_preparations_say_what_they_are_out_of() -> None:
    """ "0 of 2" beside three studies would be a riddle."""
    described = EvidenceStudy(summary=summary(), preparations=(GIVEN,))
    other = EvidenceStudy(summary=synthetic(2, agents=("agent:exosome|given",)))
    assert prepared_words(page(described, other)).startswith("1 preparation is described in 1 of 2 studies.")
    assert prepared_words(page(other)) == "No preparation is described in these records."


def test_no_clear_difference_does_not_ask_for_an_mcid_that_cannot_be() -> None:
    """Of people counted it would say that an MCID is lacking, and that none applies."""
    assert "MCID" not in STATES["not_judged"]
