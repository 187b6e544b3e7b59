"""The table of preparations: every cell says its state, and what stands behind a value."""

import msgspec
import pytest

from skinproof.extraction.catalogue import FACTS as READ
from skinproof.model.findings import PER_UNITS, QUANTITY_KINDS, Quantity
from skinproof.model.preparations import PreparationRow
from skinproof.views.amounts import (
    KIND_LABELS,
    UNIT_WORDS,
    amount_words,
    number_words,
    on_axis,
    parse_amount,
    unit_words,
)
from skinproof.views.preparations import (
    FACT_LABELS,
    csv_header,
    csv_row,
    fact_cell,
    preparation_table,
    with_roles,
)
from tests.views.synthetic import VOCABULARY, stamp
from tests.views.synthetic_preparations import ROWS, amount, preparation, said, silent

TABLE = preparation_table(ROWS, VOCABULARY, stamp())


def test_every_fact_that_is_read_has_a_column_in_the_same_order() -> None:
    """A fact without a column would be read for nobody."""
    names = [fact.name for fact in READ]
    assert names == [name for name in FACT_LABELS if name in names]


def test_a_row_is_one_product_of_one_study() -> None:
    assert (TABLE.total, TABLE.studies) == (6, 5)
    assert [(line.record_id, line.number) for line in TABLE.rows][1:3] == [
        ("NCT99999902", 1),
        ("NCT99999902", 2),
    ]
    assert TABLE.rows[0].about == "Acne scar, Alopecia"


def test_a_reported_cell_keeps_value_quote_and_place() -> None:
    dose = TABLE.rows[0].cell("dose")
    assert (dose.state, dose.text) == ("reported", "2×10⁸ particles; 2×10¹⁰ particles")
    quote = dose.values[0].quotes[0]
    assert quote.where == "intervention 1, description"
    assert quote.quote == "synthetic words of dose"
    assert (dose.values[0].low, dose.values[0].unit) == (2e8, "{particles}")


def test_silence_and_not_looked_for_are_different_words() -> None:
    """A fact that an old edition never read must not look like a gap in the record."""
    cells = {cell.fact: cell for cell in TABLE.rows[0].cells}
    assert (cells["donor"].state, cells["donor"].text) == ("not_reported", "not reported")
    assert cells["donor"].looked_in == ("title",)
    assert (cells["yield"].state, cells["yield"].text) == ("not_read", "not read in this edition")


def test_readings_that_compete_stand_side_by_side() -> None:
    assert TABLE.rows[5].cell("dose").text == "unclear: 109 particles or 1×10⁹ particles"


def test_the_share_not_reported_leaves_out_what_does_not_apply() -> None:
    rows = (*ROWS, ROWS[0].__class__(ROWS[0].study, preparation(said("dose", state="not_applicable"))))
    (share,) = preparation_table(rows, VOCABULARY, stamp(), facts=("dose",)).shares
    assert (share.reported, share.unclear, share.not_reported, share.not_applicable) == (3, 1, 2, 1)
    assert share.share_not_reported == pytest.approx(2 / 6)
    (unread,) = preparation_table(rows, VOCABULARY, stamp(), facts=("yield",)).shares
    assert unread.share_not_reported is None


def test_roles_choose_the_rows() -> None:
    assert [row.preparation.role for row in with_roles(ROWS, ("measured", "carrier"))] == [
        "measured",
        "carrier",
    ]


def test_the_csv_has_text_state_and_quotes_of_each_fact() -> None:
    header = csv_header(("dose", "route"))
    cells = dict(
        zip(
            header,
            csv_row(preparation_table(ROWS, VOCABULARY, stamp(), facts=("dose", "route")).rows[0]),
            strict=True,
        )
    )
    assert cells["dose_state"] == "reported"
    assert cells["route"] == "topical"
    assert str(cells["dose_quotes"]).endswith("description: synthetic words of dose")
    empty = dict(
        zip(
            header,
            csv_row(preparation_table(ROWS[3:4], VOCABULARY, stamp(), facts=("dose", "route")).rows[0]),
            strict=True,
        )
    )
    assert (empty["dose"], empty["dose_state"], empty["dose_quotes"]) == ("", "not_reported", "")


def test_the_csv_keeps_what_must_be_known_of_a_value() -> None:
    """An inferred value beside the stated ones must not look like them."""
    both = said("donor", "allogeneic", flags=("inferred",))
    mixed = said("dose", amount("protein", 5.0), amount("protein", 7.0))
    lost = msgspec.structs.replace(mixed.readings[1], flags=("superscript lost",))
    found = preparation(both, msgspec.structs.replace(mixed, readings=(mixed.readings[0], lost)))
    (line,) = preparation_table((PreparationRow(ROWS[0].study, found),), VOCABULARY, stamp()).rows
    cells = dict(zip(csv_header(FACT_LABELS), csv_row(line), strict=True))
    assert (cells["donor_flags"], cells["dose_flags"]) == ("inferred", "7 µg protein: superscript lost")
    assert cells["route_flags"] == ""


def test_a_limit_shortens_rows_but_not_the_shares() -> None:
    table = preparation_table(ROWS, VOCABULARY, stamp(), limit=1)
    assert (len(table.rows), table.total, table.shares) == (1, 6, TABLE.shares)


def test_a_vocabulary_value_is_shown_by_its_label() -> None:
    cell = fact_cell(preparation(said("source", "umbilical_cord"), silent("route")), "source", VOCABULARY)
    assert cell.text == "umbilical cord"


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        (amount("particles", 1e9, per="mL", per_value=3.0), "1×10⁹ particles per 3 mL"),
        (amount("protein", 80_000), "80 mg protein"),
        (amount("mass", 150_000), "150 mg"),
        (amount("mass", 0.02), "20 ng"),
        (amount("volume", 0.01), "10 µL"),
        (amount("fraction", 10, bound="up_to"), "up to 10% "),
        (amount("cells", 5e5, 1e6, per="cm2"), "5×10⁵–1×10⁶ cells per cm²"),
        (amount("mass", 0, 5, per="{drop}"), "0–5 µg per drop"),
    ],
)  # fmt: skip
def test_amounts_read_as_words(quantity: Quantity, words: str) -> None:
    assert amount_words(quantity) == words.replace("% ", "%")


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0"), (99_999, "99,999"), (1e5, "1×10⁵"), (0.0001, "1×10⁻⁴"), (9.999e8, "1×10⁹"), (3.14159, "3.14")]
)  # fmt: skip
def test_numbers_read_as_words(number: float, words: str) -> None:
    assert number_words(number) == words


def test_every_kind_and_unit_has_words() -> None:
    """A kind without words would stop the whole table."""
    assert set(KIND_LABELS) == set(UNIT_WORDS) == set(QUANTITY_KINDS)
    assert all(unit_words(kind, per) for kind in QUANTITY_KINDS for per in PER_UNITS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2e9 {particles}/ug{protein}", amount("particles", 2e9, per="ug{protein}")),
        ("1e12 {particles} / mg{protein}", amount("particles", 1e12, per="ug{protein}", per_value=1000.0)),
        ("0.1-0.2 mg/kg", amount("mass", 100.0, 200.0, per="kg")),
        ("5 mg{protein}/2 mL", amount("protein", 5000.0, per="mL", per_value=2.0)),
        ("10 %", amount("fraction", 10.0)),
        ("1e7 {cell_equivalents}", amount("cell_equivalents", 1e7)),
        ("120 nm", amount("diameter", 120.0)),
    ],
)  # fmt: skip
def test_a_strict_amount_is_read(text: str, expected: Quantity) -> None:
    assert parse_amount(text) == expected


@pytest.mark.parametrize(
    ("text", "said_why"),
    [
        ("", "write a number"), ("10 billion", "no unit 'billion'"), ("-5 ug", "is negative"), ("1e999 ug", "too large"),
        ("nan ug", "write a number"), ("5-1 ug", "the larger one"), ("1 ug/hogshead", "cannot stand over"), ("1 ug/0 mL", "over 0"),
        ("9" * 500, "more than 120"), ("1 ug/mL/kg", "write a number"), ("10000000000", "unit is missing"), ("1e10/mL", "unit is missing"),
        ("1e10 particles/mL", r"did you mean `\{particles\}/mL`"), ("1e10 particles per 3 ml", r"`\{particles\}/3 mL`"),
        ("5 mg protein", r"`mg\{protein\}`"), ("5 mcg", "`ug`"), ("100 IU", r"`\[iU\]`"), ("2 ug/ml", "did you mean `mL`"),
        ("1 kg", "no unit 'kg'; units are"), ("2 million particles", "write a number"), ("1e9 partcles", r"`\{particles\}`"),
    ],
)  # fmt: skip
def test_a_wrong_amount_is_refused_in_plain_words(text: str, said_why: str) -> None:
    with pytest.raises(ValueError, match=said_why):
        parse_amount(text)


def test_litres_and_millilitres_share_an_axis_and_a_dose_is_an_administration() -> None:
    assert on_axis(amount("particles", 1e12, per="L")) == ("mL", 1e9, 1e9)
    assert on_axis(amount("particles", 3e9, per="mL", per_value=3.0)) == ("mL", 1e9, 1e9)
    assert on_axis(amount("protein", 5.0, per="{dose}"))[0] == ""
    assert on_axis(amount("protein", 5.0, per="{drop}"))[0] == "{drop}"
