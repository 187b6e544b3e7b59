"""Registry dates keep the precision given; no date is invented and none is lost."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.model.dates import PartialDate, date_fault, date_time_fault

partial_dates = st.builds(
    lambda day, precision: PartialDate(
        day.year, day.month if precision else None, day.day if precision == 2 else None
    ),
    st.dates(),
    st.integers(0, 2),
)


@given(partial_dates)
def test_a_date_written_and_read_is_the_same(partial: PartialDate) -> None:
    assert PartialDate.parse(partial.text) == partial
    assert str(partial) == partial.text
    assert date_fault(partial.text) is None


@given(partial_dates)
def test_precision_says_which_parts_were_given(partial: PartialDate) -> None:
    days = (partial.latest() - partial.earliest()).days + 1
    allowed = {"year": (365, 366), "month": (28, 29, 30, 31), "day": (1,)}
    assert days in allowed[partial.precision]


@given(partial_dates, partial_dates)
def test_of_two_dates_one_is_surely_first_or_they_may_be_equal(one: PartialDate, other: PartialDate) -> None:
    assert one.surely_before(other) + other.surely_before(one) + one.may_equal(other) == 1


@given(st.text(max_size=12))
def test_a_text_is_a_date_only_if_it_reads_back(text: str) -> None:
    if date_fault(text) is None:
        assert PartialDate.parse(text).text == text
    else:
        with pytest.raises(ValueError):
            PartialDate.parse(text)


def test_a_month_means_any_of_its_days() -> None:
    february = PartialDate.parse("2020-02")
    assert (february.earliest(), february.latest()) == (date(2020, 2, 1), date(2020, 2, 29))
    year = PartialDate.parse("2021")
    assert (year.earliest(), year.latest()) == (date(2021, 1, 1), date(2021, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "2021-02-30", "2021-13", "2021-00", "2021-2", "0000", "2021-02-3", "21", "", " 2021", "2021 ", "2021-",
        "February 2021", "2021-02-03T10:00", "2021/02/03", "２０２１", "2021-02-28\n", "-2021", "2021-02-28" * 9,
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused_with_what_was_found(text: str) -> None:
    with pytest.raises(ValueError):
        PartialDate.parse(text)
    fault = date_fault(text)
    assert fault is not None
    assert repr(text[:8])[:-1] in fault


@pytest.mark.parametrize("parts", [(2021, None, 3), (2021, 2, 30), (0, None, None), (2021, 13, None)])
def test_parts_that_are_no_date_are_refused(parts: tuple[int, int | None, int | None]) -> None:
    with pytest.raises(ValueError):
        PartialDate(*parts)


@pytest.mark.parametrize(
    "text", ["2021-02-03T24:00", "2021-02-03", "2021-02-30T10:00", "2021-02-03T10:00:00"]
)
def test_an_upload_date_needs_a_day_and_a_time(text: str) -> None:
    assert date_time_fault(text) is not None
    assert date_time_fault("2021-02-03T10:59") is None
