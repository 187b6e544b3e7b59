"""Cells of a gold table say what a person reads in them, and nothing is guessed."""

import time

import pytest

from skinproof.vocabulary.loader import load_bundled
from skinproof.workflows.evaluate import read_table
from skinproof.workflows.gold_words import GoldReader, read_amounts, read_dose, read_dose_state, read_schedule


@pytest.fixture(scope="module")
def reader() -> GoldReader:
    return GoldReader(load_bundled())


@pytest.mark.parametrize(
    "field", ["route", "separation", "dose_value", "schedule", "phase", "size_or_purity"]
)
@pytest.mark.parametrize("raw", ["", "not_seen", "Not seen", "not extracted"])
def test_a_cell_nobody_looked_at_is_left_out(reader: GoldReader, field: str, raw: str) -> None:
    assert reader.read(field, raw) == (None, None, True)


@pytest.mark.parametrize("field", ["source_normalised", "route", "separation", "dose_reported", "schedule"])
def test_not_reported_is_an_answer(reader: GoldReader, field: str) -> None:
    assert reader.read(field, "Not reported").value == "not_reported"


def test_an_amount_is_scored_only_where_one_is_stated(reader: GoldReader) -> None:
    assert reader.read("dose_value", "not reported").value is None
    assert reader.read("dose_value", "not applicable").value is None
    assert read_dose("three escalating levels").value is None
    cell = read_dose("5 ng or 50 ng")
    assert cell.value == "mass" and cell.read is not None and len(cell.read.amounts) == 2


@pytest.mark.parametrize(
    ("raw", "value"),
    [("2 x 10^6 cells/kg", "reported"), ("three escalating levels, not quantified", "not_reported"),
     ("not reported (EV); MSC 100×10e6", "not_reported"), ("viability at least 85%", "not_reported")],
)  # fmt: skip
def test_a_dose_without_an_amount_is_no_dose(raw: str, value: str) -> None:
    assert read_dose_state(raw).value == value


def test_digits_that_are_no_amount_to_us_are_marked_and_not_left_out() -> None:
    assert read_amounts("7 synthetic spoonfuls") == ((), True)
    assert read_dose("7 synthetic spoonfuls").value == "not readable"
    assert read_dose_state("7 synthetic spoonfuls").value == "reported"


def test_a_volume_that_another_amount_is_in_is_no_dose_of_its_own() -> None:
    assert [quantity.kind for quantity in read_amounts("1*10^7 cells in 1 ml")[0]] == ["cells"]
    assert [quantity.kind for quantity in read_amounts("15 mL, 10.5 x 10^8 EV")[0]] == ["volume", "particles"]
    assert [quantity.kind for quantity in read_amounts("given in 5 ml")[0]] == ["volume"]


def test_a_share_beside_a_count_and_a_total_beside_a_dose_are_no_doses_of_their_own() -> None:
    mixed = read_amounts("20 x 10^6 in 3 mL saline + 5% AB plasma")[0]
    assert [(q.kind, q.low) for q in mixed] == [("cells", 2e7)]
    each = read_amounts("at least 10 million per procedure (at least 40 million total)")[0]
    assert [q.low for q in each] == [1e7]
    assert [q.low for q in read_amounts("total 5*10^8")[0]] == [5e8]
    assert [q.kind for q in read_amounts("10% lotion")[0]] == ["fraction"]


def test_a_large_number_before_a_route_counts_cells() -> None:
    both = read_amounts("50 million intravenous and 100 million intrathecal")[0]
    assert [(q.kind, q.low) for q in both] == [("cells", 5e7), ("cells", 1e8)]


@pytest.mark.parametrize(
    ("raw", "value"),
    [("once", "reported"), ("weeks 0,2,4,6,8", "reported"), ("two infusions", "reported"),
     ("every 12 h, 3 days, intramuscular", "reported"), ("with surgery", None), ("follow-up 23 months", None),
     ("intralesional", None)],
)  # fmt: skip
def test_a_schedule_is_one_only_where_it_says_how_often(raw: str, value: str | None) -> None:
    assert read_schedule(raw).value == value
    assert read_schedule(raw).understood is (value is not None)


def test_words_of_ours_and_of_the_table_mean_the_same_source(reader: GoldReader) -> None:
    assert reader.read("source_normalised", "cord blood").value == "umbilical_cord"
    assert reader.read("source_normalised", "Wharton_jelly").value == "wharton_jelly"
    assert reader.read("source_normalised", "moon rock") == (None, None, False)


def test_methods_are_named_by_the_vocabulary_separation_before_storage(reader: GoldReader) -> None:
    cell = reader.read("separation", "tangential flow filtration, lyophilised")
    assert cell.read is not None
    assert {fact for fact, _ in cell.read.terms} == {"separation"}
    assert len(cell.read.terms) == 1
    unknown = reader.read("separation", "an unheard of way")
    assert unknown.value == "reported" and unknown.read is not None and unknown.read.terms == ()


def test_a_table_counts_the_words_it_could_not_place() -> None:
    table = read_table(
        b"registry_id,route,phase,dose_as_stated\nNCT99999901,teleport,Phase 2,5 mL\n"
        b"NCT99999902,topical,Phase II-ish,not reported\n"
    )
    assert table.fields == ("route", "dose_reported", "dose_value", "dose_value_exact", "phase")
    assert table.not_understood == {"route": {"teleport": 1}, "phase": {"Phase II-ish": 1}}
    assert [dict(label.values) for label in table.labels] == [
        {
            "dose_reported": "reported",
            "dose_value": "volume",
            "dose_value_exact": "volume",
            "phase": "PHASE2",
        },
        {"route": "topical", "dose_reported": "not_reported"},
    ]
    assert table.labels[0].words["dose_value"] == "5 mL"


def test_a_hostile_cell_is_read_in_time_that_grows_with_its_length(reader: GoldReader) -> None:
    """A cell may hold 131,072 characters, the limit of the csv module."""
    started = time.process_time()
    for words in ("1x10^6/kg, ", "9" * 11, "1 million (", "not ", "5 mL in "):
        raw = words * (120_000 // len(words))
        for field in ("dose_value", "schedule", "separation", "country", "phase", "enrollment"):
            reader.read(field, raw)
    assert time.process_time() - started < 20
