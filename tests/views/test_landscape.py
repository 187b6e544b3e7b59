"""The dose landscape: what is compared with what, and what is never mixed."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.errors import UsageError
from skinproof.extraction import dose
from skinproof.extraction.quantities import find_amounts
from skinproof.model.findings import QUANTITY_KINDS
from skinproof.model.preparations import PreparationRow
from skinproof.views.amounts import KIND_LABELS
from skinproof.views.doses import DOSE_KINDS, IN_VOLUME, STATED, UNCLEAR, dose_points
from skinproof.views.landscape import (
    ALL,
    NO_COMPLAINT,
    Landscape,
    Spread,
    axis_words,
    landscape,
    median_words,
    silent_groups,
)
from skinproof.views.ratios import convert, own_ratios, parse_ratio, ratio_words
from tests.views.synthetic import VOCABULARY, stamp
from tests.views.synthetic_preparations import ROWS, amount, row, said

GIVEN = tuple(r for r in ROWS if r.preparation.role in ("given", "carrier"))


def drawn(rows: tuple[PreparationRow, ...] = GIVEN, **more: object) -> Landscape:
    return landscape(rows, VOCABULARY, stamp(), **more)  # type: ignore[arg-type]


def spread(found: Landscape, *key: str) -> Spread:
    wanted = [s for s in found.spreads if (s.agent_class, s.indication, s.route, s.kind, s.per) == key]
    assert len(wanted) == 1
    return wanted[0]


def test_each_unit_kind_and_each_basis_has_its_own_axis() -> None:
    """Particles beside micrograms on one scale would be a comparison nobody can make."""
    assert drawn().axes == (("particles", ""), ("particles", "mL"), ("protein", ""))
    assert axis_words("particles", "") == "Particles per administration"
    assert axis_words("fraction", "") == "Per cent of the product"
    assert axis_words("protein", "kg") == "Protein mass, µg protein per kg"


def test_a_group_has_n_median_and_range() -> None:
    found = spread(drawn(), "ev", ALL, "topical", "particles", "")
    assert (found.n_points, found.n_studies, found.n_unclear) == (2, 1, 2)
    assert (found.median, found.low, found.high) == (None, 2e8, 2e10)


def test_a_median_needs_three_clear_points() -> None:
    """The middle of two doses is a dose that nobody gave."""
    levels = [amount("protein", value) for value in (10.0, 100.0, 1000.0)]
    two = row(0, said("route", "topical"), said("dose", *levels[:2]))
    three = row(0, said("route", "topical"), said("dose", *levels))
    few, enough = (spread(drawn((one,)), "ev", ALL, "topical", "protein", "") for one in (two, three))
    assert (few.median, median_words(few)) == (None, "too few for a median")
    assert (enough.median, median_words(enough)) == (100.0, "median 100")
    none = spread(drawn(GIVEN[-1:]), "ev", ALL, "topical", "particles", "")
    assert median_words(none) == "no median"


def test_unclear_doses_stand_in_the_group_but_not_in_its_median() -> None:
    found = spread(drawn(GIVEN[-1:]), "ev", ALL, "topical", "particles", "")
    assert (found.n_points, found.n_unclear, found.median, found.low) == (0, 2, None, None)


def test_an_amount_over_two_millilitres_is_compared_per_millilitre() -> None:
    assert spread(drawn(), "ev", ALL, ALL, "particles", "mL").low == 5e8


def test_a_dose_in_a_stated_volume_is_an_amount_given() -> None:
    """NCT04313647 inhales "2.0*10^8 nano vesicles/3 ml": that is 2e8 vesicles at once, and 6.7e7 in each mL."""
    words = "2.0*10^8 nano vesicles/3 ml"
    (found,) = find_amounts(words)
    assert (found.quantity.per, found.quantity.per_value) == ("mL", 3.0)
    given, held = dose_points(row(0, said("dose", found.quantity), said("concentration", found.quantity)))
    assert (given.fact, given.per, given.low, given.high, given.value) == ("dose", "", 2e8, 2e8, 2e8)
    assert given.text == "2×10⁸ particles per 3 mL"
    assert given.flags == (IN_VOLUME,)
    assert (held.fact, held.per, held.value) == ("concentration", "mL", pytest.approx(2e8 / 3))
    alone = said("dose", found.quantity, amount("particles", 2e8))
    assert len(dose_points(row(0, alone))) == 1, "the same amount with and without its volume is one point"
    (per_one,) = dose_points(row(0, said("dose", amount("protein", 5.0, per="mL"))))
    assert (per_one.per, per_one.flags) == ("mL", ()), "5 µg/mL does not say how much was given"
    course = row(0, said("dose", found.quantity, flags=(dose.TOTAL,)))
    assert dose_points(course)[0].per == "{course}"


def test_the_share_not_reported_counts_studies_without_a_dose() -> None:
    """Whoever sees three doses must see how many studies say none."""
    prp = drawn().group("prp")
    assert (prp.studies, prp.reported, prp.relative, prp.not_reported, prp.share_not_reported) == (
        2,
        0,
        1,
        1,
        1.0,
    )
    assert any("dose levels without an amount" in note for note in drawn().notes)
    vesicles = drawn().group("ev")
    assert (vesicles.studies, vesicles.reported, vesicles.unclear, vesicles.share_not_reported) == (
        3,
        2,
        1,
        0.0,
    )


def test_a_study_stands_in_each_of_its_complaints_and_once_in_all() -> None:
    found = drawn()
    assert found.group("ev", "indication:hair", "topical").record_ids == ("NCT99999901",)
    assert found.group("ev", "indication:scar").record_ids == ("NCT99999901", "NCT99999902")
    assert found.group("ev", NO_COMPLAINT).record_ids == ("NCT99999906",)
    assert found.group("ev", ALL, ALL).studies == 3
    assert next(iter(found.indications)) == ALL


def test_one_branch_can_be_opened() -> None:
    found = drawn(under=("indication:scar",))
    assert {"indication:acne_scar", "indication:keloid"} <= set(found.indications)


def test_a_dose_tied_to_an_arm_stands_only_at_that_arms_route() -> None:
    """100 µg injected in one arm is no dose on the skin of another arm."""
    one = row(
        0,
        said("route", "topical", arms=("cream",)),
        said("dose", amount("protein", 100.0), arms=("needle",)),
    )
    route = one.preparation.finding("route")
    both = said("route", "injection_local", arms=("needle",))
    merged = said("route").__class__(
        property="route",
        state="reported",
        rule="route/1",
        reason="",
        readings=(*route.readings, *both.readings),
    )
    one = row(0, merged, one.preparation.finding("dose"))
    found = drawn((one,))
    assert found.group("ev", ALL, "injection_local").reported == 1
    assert found.group("ev", ALL, "topical").not_reported == 1


def test_the_same_amount_said_by_two_facts_is_one_point_and_zero_is_none() -> None:
    one = row(
        0,
        said("dose", amount("protein", 5.0, per="mL"), amount("protein", 0.0)),
        said("concentration", amount("protein", 5.0, per="mL")),
    )
    (point,) = dose_points(one)
    assert point.fact == "dose"


def test_a_range_stands_at_its_geometric_middle() -> None:
    (point,) = dose_points(row(0, said("dose", amount("cells", 1e6, 1e8))))
    assert point.value == pytest.approx(1e7)
    (from_zero,) = dose_points(row(0, said("dose", amount("cells", 0.0, 1e8))))
    assert from_zero.value == 1e8


def test_levels_that_extraction_names_without_amounts_count_as_relative() -> None:
    """The words of the reason are extraction's: this test fails where they part."""
    named = said("dose", state="not_reported").__class__(
        property="dose",
        state="not_reported",
        rule="dose/1",
        reason="dose levels are named, but no amounts; looked in: arm",
    )
    assert drawn((row(0, named),)).group("ev").relative == 1
    assert "dose levels are named" in inspect.getsource(dose)


def test_a_total_over_the_course_is_not_compared_with_one_administration() -> None:
    total = row(0, said("dose", amount("protein", 300.0), flags=(dose.TOTAL,)), said("route", "topical"))
    assert drawn((*GIVEN, total)).axes[-1] == ("protein", "{course}")
    assert axis_words("protein", "{course}") == "Protein mass, µg protein per course"
    (limit,) = dose_points(row(0, said("dose", amount("protein", 300.0), flags=(dose.LIMIT,))))
    assert limit.bound == "up_to"


def test_a_route_that_is_not_said_is_a_row_of_its_own() -> None:
    found = drawn((row(0, said("dose", amount("protein", 5.0))),))
    assert found.routes["not_reported"] == "route not reported"


def test_every_kind_of_amount_but_a_diameter_has_an_axis() -> None:
    assert set(DOSE_KINDS) == set(QUANTITY_KINDS) - {"diameter"} <= set(KIND_LABELS)
    assert dose_points(row(0, said("dose", amount("diameter", 120.0)))) == ()


NAMED = parse_ratio("Lab=2e9 {particles}/ug{protein} (synthetic certificate 1)")


def test_a_conversion_carries_its_ratio_and_source() -> None:
    found = drawn(to="particles", ratio=NAMED)
    (point,) = [p for p in found.points if p.record_id == "NCT99999902"]
    assert (point.kind, point.value, point.text) == ("particles", 2e11, "100 µg protein")
    assert point.ratio == NAMED
    assert "synthetic certificate 1" in " ".join(point.flags)
    assert any("Lab: synthetic certificate 1" in note for note in found.notes)
    assert ("protein", "") not in found.axes


def test_a_study_is_converted_by_its_own_ratio_before_the_named_one() -> None:
    found = drawn(to="protein", ratio=NAMED)
    own = [p for p in found.points if p.record_id == "NCT99999901" and p.per == ""]
    assert own[0].ratio and own[0].ratio.name == "own ratio"
    assert "NCT99999901 itself" in own[0].ratio.source
    assert (own[0].low, own[0].high) == (pytest.approx(0.05), pytest.approx(0.1)), (
        "a range of the ratio widens the dose"
    )
    assert found.conversion and (found.conversion.own, found.conversion.by_name) == (3, 2)


def test_particles_and_mass_are_never_mixed_without_a_ratio() -> None:
    """A silent conversion would invent a dose."""
    points = [p for r in GIVEN[1:2] for p in dose_points(r)]
    with pytest.raises(UsageError, match="only converted through a ratio"):
        convert(points, "particles")
    with pytest.raises(UsageError, match="not to 'cells'"):
        convert(points, "cells")
    mass = list(dose_points(row(0, said("dose", amount("mass", 100.0)))))
    kept, done = convert(mass, "particles", NAMED)
    assert (kept[0].kind, done.kept) == ("mass", 1), "mass that is not said to be protein stays mass"


def test_a_limit_is_no_ratio_of_a_study() -> None:
    limit = row(0, said("purity", amount("particles", 3e9, per="ug{protein}", bound="at_least")))
    assert own_ratios((limit,)) == {}
    assert list(own_ratios(GIVEN)) == [("NCT99999901", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "2e9 {particles}/ug{protein}", "Lab=2e9 {particles}/ug{protein}", "=2e9 {particles}/ug{protein} (x)",
        "Lab=2e9 {particles} (x)", "Lab=0 {particles}/ug{protein} (x)", "Lab=2e9 apples/ug{protein} (x)",
        "Lab=2e9 {particles}/kg (x)", "Lab=2e9 {particles}/ug{protein} ( )", "(" * 9999,
    ],
)  # fmt: skip
def test_a_ratio_without_name_number_or_source_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="NAME=2e9"):
        parse_ratio(text)


def test_a_ratio_that_leads_elsewhere_is_refused() -> None:
    cells = parse_ratio("Yield=1e3 {particles}/{cells} (synthetic)")
    assert "per cell (Yield: synthetic)" in ratio_words(cells)
    with pytest.raises(UsageError, match="does not lead to protein"):
        convert([], "protein", cells)


@given(st.permutations(GIVEN))
def test_the_order_of_the_studies_changes_nothing(rows: list[PreparationRow]) -> None:
    assert drawn(tuple(rows)) == drawn()


@given(st.lists(st.floats(1e-6, 1e30), min_size=1, max_size=6, unique=True))
def test_a_median_lies_within_its_range_and_points_are_never_lost(values: list[float]) -> None:
    one = row(0, said("route", "topical"), said("dose", *(amount("cells", value) for value in values)))
    found = spread(drawn((one,)), "ev", ALL, "topical", "cells", "")
    assert found.n_points == len(values)
    assert found.low is not None and found.high is not None
    assert (found.median is None) == (len(values) < 3)
    if found.median is not None:
        assert found.low * (1 - 1e-9) <= found.median <= found.high * (1 + 1e-9)


def test_routes_without_any_dose_are_named() -> None:
    silent = silent_groups(drawn())
    assert [(g.agent_class, g.route) for g in silent] == [("prp", "topical"), ("prp", "injection_local")]
    assert silent_groups(drawn(()), "indication:hair") == ()


def test_an_empty_landscape_is_an_answer() -> None:
    found = drawn(())
    assert (found.axes, found.groups, found.points) == ((), (), ())


def test_an_amount_that_cannot_be_meant_is_hollow_and_in_no_median() -> None:
    """Eight cells is what a broken power of ten leaves; a median of it would mislead."""
    odd = said("dose", amount("cells", 8.0), flags=("unlikely: outside 1000 to 1e+13 {cells}",))
    assert [point.state for point in dose_points(row(0, odd))] == [UNCLEAR]
    assert [point.state for point in dose_points(row(0, said("dose", amount("cells", 8e6))))] == [STATED]
