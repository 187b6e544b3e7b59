"""Rows of posted results: each number is the one that stands at its path, and nothing is made up."""

import json
from math import isclose, sqrt

import pytest
from scipy.stats import norm
from scipy.stats import t as student

from skinproof.errors import SynthesisError
from skinproof.sources.ctgov import read_ctgov
from skinproof.views.outcome_rows import one_scale, outcome_rows
from skinproof.views.posted_numbers import number_of
from skinproof.workflows.pool_scales import outcome_scales, scale_of
from tests.views.results_samples import arm, body, event_group, flow, outcome, record, value_at

ARMS = [arm("PRP"), arm("Saline", "PLACEBO_COMPARATOR")]
TITLES = ["PRP", "Saline"]


def scale(text: str) -> str:
    found = scale_of(text, outcome_scales())
    return found.key if found else ""


def test_every_number_stands_where_its_path_says() -> None:
    """A reader who doubts a number must find it."""
    raw = body(
        ARMS, events=[event_group(0, "PRP", (1, 20), (3, 20), deaths=(0, 20)), event_group(1, "Saline", (0, 19), (2, 19))],
        outcomes=[
            outcome("MASI", "MEAN", "Standard Deviation", "score", [{"n": "20", "value": "5.1", "spread": "2.0"}, {"n": "19", "value": "7", "spread": "2.5"}], titles=TITLES),
            outcome("Healed", "COUNT_OF_PARTICIPANTS", None, "Participants", [{"n": "20", "value": "12"}, {"n": "19", "value": "1,0"}], titles=TITLES),
        ],
    )  # fmt: skip
    found = outcome_rows(read_ctgov(json.dumps(raw).encode()).record, scale)
    assert (len(found.events), len(found.means), len(found.counts)) == (5, 2, 1)
    for row in (*found.events, *found.means, *found.counts):
        for origin in row.origins:
            assert str(value_at(raw, origin.path)) == origin.quote
    assert [(r.kind, r.xi, r.ni) for r in found.events if r.match.arm == 0] == [
        ("deaths", 0, 20),
        ("serious", 1, 20),
        ("other", 3, 20),
    ]
    assert [(r.mi, r.sdi, r.ni, r.scale, r.flags) for r in found.means] == [
        (5.1, 2.0, 20, "masi", ()),
        (7.0, 2.5, 19, "masi", ()),
    ]
    assert (found.counts[0].xi, found.counts[0].ni) == (12, 20)
    assert [one.why for one in found.left_out] == ["no number: 1,0", "not posted"]


def test_a_standard_error_and_an_interval_become_a_deviation_with_a_flag() -> None:
    values = [{"n": "16", "value": "3", "spread": "0.5"}, {"n": "16", "value": "3", "spread": "0.5"}]
    ci = [{"n": "16", "value": "3", "lowerLimit": "2", "upperLimit": "4"}] * 2
    found = outcome_rows(record(ARMS, outcomes=[
        outcome("Pain", "MEAN", "Standard Error", "mm", values, titles=TITLES),
        outcome("Pain", "LEAST_SQUARES_MEAN", "90% Confidence Interval", "mm", ci, titles=TITLES),
    ]))  # fmt: skip
    assert found.means[0].sdi == 2.0
    assert found.means[0].flags == ("SD converted from the standard error",)
    by_hand = sqrt(16) * 1 / student.ppf(0.95, 15)
    assert isclose(found.means[2].sdi, by_hand, rel_tol=1e-12)
    assert "90% confidence interval" in found.means[2].flags[0]
    assert "least squares" in found.means[2].flags[1]


@pytest.mark.parametrize(
    ("param", "spread", "value", "why"),
    [
        ("MEDIAN", "Inter-Quartile Range", {"value": "3"}, "statistic median"),
        ("MEAN", "Full Range", {"value": "3"}, "Full Range"),
        ("MEAN", "Standard Deviation", {"value": "3"}, "no standard deviation follows"),
        ("MEAN", "Standard Deviation", {"value": "3", "spread": "0"}, "no standard deviation follows"),
        ("MEAN", "Standard Error", {"value": "3", "spread": "0"}, "sei"),
        ("MEAN", "95% Confidence Interval", {"value": "3", "lowerLimit": "4", "upperLimit": "2"}, "ci_lb"),
        ("MEAN", "Standard Deviation", {"value": "NA"}, "no number: NA"),
        ("MEAN", "Standard Deviation", {"value": "<0.1", "spread": "1"}, "no number: <0.1"),
    ],
)  # fmt: skip
def test_what_is_no_mean_with_a_deviation_is_left_out_with_its_reason(
    param: str, spread: str, value: dict[str, str], why: str
) -> None:
    found = outcome_rows(
        record(
            ARMS, outcomes=[outcome("Pain", param, spread, "mm", [{"n": "9", **value}] * 2, titles=TITLES)]
        )
    )
    assert found.means == ()
    assert len(found.left_out) == 2
    assert all(why in one.why for one in found.left_out)


def test_shares_of_people_become_people_only_where_they_are_whole() -> None:
    made = outcome(
        "Healed",
        "NUMBER",
        None,
        "percentage of participants",
        [{"n": "8", "value": "37.5"}, {"n": "8", "value": "42.9"}],
        titles=TITLES,
    )
    found = outcome_rows(record(ARMS, outcomes=[made]))
    assert [(row.xi, row.ni, row.flags) for row in found.counts] == [
        (3, 8, ("people counted from 37.5% of 8",))
    ]
    assert "no whole number of people" in found.left_out[0].why


@pytest.mark.parametrize("unit", ["events per participant", "participant-years", "events/patient"])
def test_events_are_not_people(unit: str) -> None:
    found = outcome_rows(
        record(
            ARMS,
            outcomes=[outcome("Pain", "NUMBER", None, unit, [{"n": "8", "value": "3"}] * 2, titles=TITLES)],
        )
    )
    assert found.counts == ()


def test_lesions_are_not_people() -> None:
    made = outcome(
        "Healed",
        "COUNT_OF_PARTICIPANTS",
        None,
        "Lesions",
        [{"n": "30", "value": "3"}] * 2,
        titles=TITLES,
        units="Lesions",
    )
    found = outcome_rows(record(ARMS, outcomes=[made]))
    assert found.counts == ()
    assert "Lesions" in found.left_out[0].why


def test_impossible_events_are_left_out() -> None:
    found = outcome_rows(record(ARMS, events=[event_group(0, "PRP", (21, 20), (0, 0))]))
    assert found.events == ()
    assert [one.why for one in found.left_out] == [
        "not posted",
        "21 affected of 20 at risk cannot be",
        "nobody at risk",
    ]


def test_groups_that_count_people_twice_give_no_outcome_rows() -> None:
    made = outcome(
        "Pain",
        "MEAN",
        "Standard Deviation",
        "mm",
        [{"n": "9", "value": "1", "spread": "1"}] * 2,
        titles=TITLES,
    )
    found = outcome_rows(record(ARMS, outcomes=[made], model="CROSSOVER"))
    assert found.means == ()
    assert "crossover" in found.left_out[0].why


def test_how_many_started_is_the_largest_number_stated() -> None:
    assert outcome_rows(record(ARMS, flows=flow(TITLES, [30, 25]), enrolled=50)).started == 55
    assert outcome_rows(record(ARMS, enrolled=50)).started == 50


def test_different_scales_are_not_averaged() -> None:
    def rows(*titles: str) -> object:
        made = [
            outcome(
                t,
                "MEAN",
                "Standard Deviation",
                "score",
                [{"n": "9", "value": "1", "spread": "1"}] * 2,
                titles=TITLES,
            )
            for t in titles
        ]
        return outcome_rows(record(ARMS, outcomes=made), scale).means

    assert len(one_scale(rows("MASI score", "Change of MASI"))) == 4  # type: ignore[arg-type]
    with pytest.raises(SynthesisError, match="masi in score; mmasi in score"):
        one_scale(rows("MASI score", "mMASI score"))  # type: ignore[arg-type]
    with pytest.raises(SynthesisError, match="different scales"):
        one_scale(rows("Redness", "Roughness"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,234", 1234.0), ("-0.5", -0.5), ("−2", -2.0), (".5", 0.5), ("", None), (None, None), ("NA", None), ("1.2.3", None), ("<1", None), ("12,34", None), ("1e3", None)],
)  # fmt: skip
def test_a_number_is_read_whole_or_not_at_all(text: str | None, value: float | None) -> None:
    assert number_of(text) == value


def test_a_median_with_quartiles_becomes_a_mean_that_names_its_method_and_its_skew() -> None:
    """A reader must see that a mean was estimated, and from what; the SD by hand from formula 16 of Wan 2014."""
    values = [
        {"n": "40", "value": "10", "lowerLimit": "8", "upperLimit": "12"},
        {"n": "40", "value": "10", "lowerLimit": "9", "upperLimit": "15"},
    ]
    found = outcome_rows(
        record(
            ARMS, outcomes=[outcome("Pain", "MEDIAN", "Inter-Quartile Range", "mm", values, titles=TITLES)]
        )
    )
    plain, skewed = found.means
    assert plain.mi == 10 and isclose(plain.sdi, 4 / (2 * norm.ppf((0.75 * 40 - 0.125) / 40.25)))
    assert plain.flags == ("mean by Luo 2018, SD by Wan 2014, from median and quartiles",)
    assert "skewed" in skewed.flags[0] and plain.role == "PRIMARY"
    assert [origin.path.rpartition(".")[2] for origin in plain.origins] == [
        "value",
        "value",
        "lowerLimit",
        "upperLimit",
    ]
