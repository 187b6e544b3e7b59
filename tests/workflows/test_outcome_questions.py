"""Questions of posted outcomes: one row a study, one comparison, one time, scales and kinds apart, and nothing lost silently."""

import json
from typing import Any

import numpy as np
import pytest

from skinproof.sources.ctgov import read_ctgov
from skinproof.synthesis import escalc, pool
from skinproof.views.outcome_choice import Posted
from skinproof.views.outcome_kinds import days_of, kind_of, time_words
from skinproof.views.outcome_pool import OutcomeQuestion, outcome_lines
from skinproof.views.outcome_rows import outcome_rows
from skinproof.workflows.outcome_questions import Part, part_of, scale_keys
from tests.views.results_samples import outcome, value_at
from tests.workflows.outcome_records import TITLES, VSS, healed, means, measured

NOT_HELD = "not held"


def posted(raw: dict[str, Any], *, given: frozenset[int] = frozenset({0}), types: tuple[str, ...] | None = None, **more: Any) -> Posted:  # fmt: skip
    parsed = read_ctgov(json.dumps(raw).encode()).record
    module = raw["protocolSection"]
    arms = tuple(arm["type"] for arm in module["armsInterventionsModule"]["armGroups"])
    year = int(module["statusModule"]["primaryCompletionDateStruct"]["date"][:4])
    return Posted(
        record_id=module["identificationModule"]["nctId"], title="synthetic", year=year, randomised=more.get("randomised", True),
        given=given, types=types or arms, rows=outcome_rows(parsed, scale_keys()),
    )  # fmt: skip


def asked(*raws: dict[str, Any], **more: Any) -> Part:
    return part_of(
        "ev",
        "extracellular vesicles",
        [("indication:scar", "scars", [posted(raw, **more) for raw in raws])],
        NOT_HELD,
    )


def one(part: Part, kind: str = "value") -> OutcomeQuestion:
    found = [question for question in part.questions if question.kind == kind]
    assert len(found) == 1
    return found[0]


def test_studies_on_one_scale_are_pooled_as_mean_differences_and_changes_stay_apart() -> None:
    """A change of 2 and a value of 4 on the same scale are other things: an average of both would mean nothing."""
    part = asked(*VSS)
    question = one(part)
    assert [study.record_id for study in question.studies] == ["NCT99000041", "NCT99000042", "NCT99000043"]
    sizes = escalc(
        "MD", m1i=[4.1, 3.9, 4.4], sd1i=[1.5, 1.2, 2.0], n1i=[20, 20, 35], m2i=[5.2, 5.0, 4.9], sd2i=[1.6, 1.9, 2.1], n2i=[20, 20, 35]
    )  # fmt: skip
    fit = pool(sizes.yi, sizes.vi, "REML", "adhoc")
    overall = question.pooling.overall
    assert (
        overall is not None and question.pooling.asked.measure == "MD" and question.pooling.better == "lower"
    )
    assert np.allclose(
        [overall.beta, overall.ci_lb, overall.ci_ub], [fit.beta, fit.ci_lb, fit.ci_ub], rtol=1e-12
    )
    change = one(part, "change")
    assert change.k == 1 and "Nothing is pooled" in outcome_lines(change)[0]
    assert any(left.record_id == "NCT99000044" and "another kind" in left.why for left in question.left_out)


def test_every_number_of_a_row_stands_where_its_path_says() -> None:
    raw = VSS[0]
    study = one(asked(raw)).studies[0]
    assert len(study.origins) == 6
    for origin in study.origins:
        assert str(value_at(raw, origin.path)) == origin.quote


def test_the_latest_time_of_the_primary_outcome_counts_and_the_others_are_listed() -> None:
    values = [{"n": "20", "value": "4.1", "spread": "1.5"}, {"n": "20", "value": "5.2", "spread": "1.6"}]
    three = outcome("Vancouver Scar Scale", "MEAN", "Standard Deviation", "score", values, titles=TITLES)
    block = three["classes"][0]
    three["classes"] = [{"title": name, **block} for name in ("Baseline", "Week 4", "Week 24")]
    later = means("Vancouver Scar Scale at month 12", ("1", "1"), ("2", "1"), type="SECONDARY")
    question = one(asked(measured(45, [later, three])))
    assert time_words(question.studies[0].days) == "24 weeks" and question.studies[0].role == "PRIMARY"
    whys = {left.outcome: left.why for left in question.left_out}
    assert "another time point" in whys["Vancouver Scar Scale: Week 4"]
    assert "before the treatment" in whys["Vancouver Scar Scale: Baseline"]
    assert "another time point" in whys["Vancouver Scar Scale at month 12"]


def test_studies_that_happen_to_agree_get_no_interval_of_no_width() -> None:
    """Knapp and Hartung's factor alone would tell a difference of -1.1 from -1.1 to -1.1 of these two."""
    overall = one(asked(*VSS[:2])).pooling.overall
    assert overall is not None and overall.k == 2 and overall.ci_ub - overall.ci_lb > 1


def test_masi_and_mmasi_and_total_and_item_posas_are_questions_of_their_own() -> None:
    part = asked(
        measured(46, [means("MASI at week 12", ("4", "1"), ("5", "1")), means("Modified MASI at week 12", ("4", "1"), ("5", "1"))]),
        measured(47, [means("mMASI at week 12", ("4", "1"), ("5", "1"))]),
        measured(48, [means("POSAS total at week 12", ("20", "5"), ("24", "5")), means("POSAS item mean at week 12", ("3", "1"), ("4", "1"))]),
    )  # fmt: skip
    assert {(q.scale, q.k) for q in part.questions} == {
        ("masi", 1),
        ("mmasi", 2),
        ("posas_total", 1),
        ("posas_item", 1),
    }


def test_units_that_differ_give_standardised_differences_and_say_so() -> None:
    part = asked(
        measured(49, [means("Hair density at month 6", ("100", "20"), ("90", "20"), unit="hairs per cm2")]),
        measured(
            50, [means("Hair density at month 6", ("500", "90"), ("450", "90"), unit="hairs in a circle")]
        ),
    )
    question = one(part)
    assert question.pooling.asked.measure == "SMD" and question.pooling.better == "higher"
    assert any("units differ" in line for line in outcome_lines(question))


def test_arms_more_than_two_deviations_apart_are_flagged() -> None:
    """A standard error posted as a standard deviation gives a study all the weight."""
    question = one(asked(measured(51, [means("VSS", ("4.0", "0.2"), ("5.0", "0.2"))])))
    assert any("check whether a standard error" in note for note in question.pooling.rows[0].notes)


def test_counts_are_risk_ratios_and_without_an_event_no_constant_is_added() -> None:
    question = one(asked(measured(52, [healed("12", "6")]), measured(53, [healed("10", "7")])), "people")
    assert (question.k, question.pooling.asked.measure, question.pooling.asked.method) == (2, "RR", "REML")
    assert question.pooling.absolute is not None
    zero = one(asked(measured(52, [healed("12", "6")]), measured(53, [healed("10", "0")])), "people")
    assert (zero.k, zero.pooling.asked.method) == (2, "MH")
    none = one(asked(measured(54, [healed("3", "0")])), "people")
    lines = outcome_lines(none)
    assert none.k == 0 and "3/20 against 0/20" in lines[0] and "not that there is none" in lines[1]
    assert "--" not in " ".join(lines)


def test_a_group_without_comparison_is_apart_and_its_share_has_the_exact_interval() -> None:
    raw = measured(55, [healed("0", "0")])
    module = raw["protocolSection"]["armsInterventionsModule"]
    module["armGroups"], module["interventions"] = module["armGroups"][:1], module["interventions"][:1]
    question = one(asked(raw), "people")
    assert not question.compared and question.k == 1
    shown = question.pooling.overall.shown if question.pooling.overall else None
    assert shown is not None and shown.lb == 0 and shown.ub == pytest.approx(1 - 0.025 ** (1 / 20))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"given": frozenset()}, "does not tell which of its arms"),
        ({"given": frozenset({0, 1})}, "never added"),
        ({"types": ("EXPERIMENTAL", "ACTIVE_COMPARATOR", "ACTIVE_COMPARATOR")}, "which one to compare with is open"),
    ],
)  # fmt: skip
def test_studies_whose_arms_cannot_be_chosen_are_left_out_with_the_reason(
    more: dict[str, Any], why: str
) -> None:
    part = asked(VSS[0], **more)
    assert part.questions == () and any(why in left.why for left in part.left_out)


def test_a_study_whose_results_are_not_held_and_one_that_is_not_randomised_say_so() -> None:
    absent = Posted(
        record_id="NCT99000060",
        title="t",
        year=None,
        randomised=None,
        given=frozenset({0}),
        types=("EXPERIMENTAL",),
        rows=None,
    )
    part = part_of("ev", "vesicles", [("", "others", [absent, posted(VSS[0], randomised=False)])], NOT_HELD)
    question = one(part)
    assert any(left.why == NOT_HELD for left in question.left_out)
    assert any("not randomised" in line for line in outcome_lines(question))


def test_secondary_outcomes_of_one_study_on_no_known_scale_are_listed_not_asked() -> None:
    part = asked(measured(56, [means("Serum factor X at week 4", ("1", "1"), ("2", "1"), type="SECONDARY")]))
    assert part.questions == () and "no primary outcome" in part.left_out[0].why


def test_several_values_at_one_time_need_a_total() -> None:
    two = means("POSAS total at week 12", ("3", "1"), ("4", "1"))
    block = two["classes"][0]
    two["classes"] = [{"title": name, **block} for name in ("Pain", "Itch")]
    part = asked(measured(57, [two]))
    assert part.questions == () and any("none is called the total" in left.why for left in part.left_out)


@pytest.mark.parametrize(
    ("title", "what", "beside", "kind"),
    [
        ("Change from baseline in MASI", "", False, "change"), ("Change in MASI", "Week 4", True, "value"),
        ("Percent change in MASI", "", False, "percent_change"), ("MASI", "Change at week 4", True, "change"),
        ("Reduction of wound area", "", False, "gain"), ("MASI", "Week 4", True, "value"),
    ],
)  # fmt: skip
def test_kinds_are_read_from_title_and_class(title: str, what: str, beside: bool, kind: str) -> None:
    assert kind_of(title, what, "score", start_beside=beside)[0] == kind


def test_times_are_read_in_linear_time() -> None:
    """A hostile time frame must not hold up a build."""
    assert days_of("1, " * 100_000) is None
    assert days_of("Weeks 2 and 6, month 3") == pytest.approx(91.3125)
