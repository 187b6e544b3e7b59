"""Tables of outcomes: what cannot be true is refused with its row and column, and what is odd is said."""

from pathlib import Path

import pytest

from skinproof.errors import InputError, SynthesisError, UsageError
from skinproof.synthesis.measures import MEASURES
from skinproof.views.pool_answer import pool_table
from skinproof.views.pooled import Asked
from skinproof.views.pooled_words import reading
from skinproof.workflows.pool_data import LARGEST, read_table
from skinproof.workflows.pool_scales import checked, outcome_scales, scale_of

BCG = Path(__file__).resolve().parents[2] / "docs/examples/bcg-trials.csv"
COUNTS = "study,ai,n1i,ci,n2i\n"
MEANS = "study,m1i,sd1i,n1i,m2i,sd2i,n2i,outcome\n"


def read(text: str, measure: str = "RR", **more):  # type: ignore[no-untyped-def]
    return read_table(text.encode(), "t.csv", measure, **more)


def scaled(text: str, measure: str):  # type: ignore[no-untyped-def]
    standardized = MEASURES[measure].standardized
    return checked(read(text, measure), measure, outcome_scales(), standardized=standardized)


def test_the_example_holds_the_numbers_that_were_published(shared: Path) -> None:
    """A slip of one digit in an example would teach wrong numbers."""
    import gzip
    import json

    raw = json.loads(gzip.decompress((shared / "reference/metafor/dat.bcg.json.gz").read_bytes()))["raw"]
    rows = read_table(BCG.read_bytes(), "bcg", "RR").rows
    for ours, theirs in {"ai": "tpos", "bi": "tneg", "ci": "cpos", "di": "cneg"}.items():
        assert [row.numbers[ours] for row in rows] == raw[theirs]
    assert [row.cells["allocation"] for row in rows] == raw["alloc"]
    assert [row.cells["latitude"] for row in rows] == [str(value) for value in raw["ablat"]]
    assert [row.cells["year"] for row in rows] == [str(value) for value in raw["year"]]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A,four,20,1,20", "row 2 (line 3, A), column 'ai': 'four' is not a number"),
        ("A,\"4,5\",20,1,20", "column 'ai': '4,5' is not a number; write decimals with a point"),
        ("A,NaN,20,1,20", "column 'ai': 'NaN' is not a number; give a number, or leave the cell empty"),
        ("A,inf,20,1,20", "column 'ai': 'inf' is not a number"),
        ("A,1,1e999,1,20", "column 'n1i': 1e999 is too large"),
        ("A,-1,20,1,20", "row 2 (line 3, A), column 'ai': -1 is negative"),
        ("A,1,-20,1,20", "column 'n1i': -20 is negative"),
        ("A,0,0,1,20", "column 'n1i': 0 people: an arm nobody is in has no effect"),
        ("A,21,20,1,20", "row 2 (line 3, A): ai = 21 events among n1i = 20 people"),
        ("A,1,20,22,20", "ci = 22 events among n2i = 20 people"),
    ],
)  # fmt: skip
def test_counts_that_cannot_be_true_are_refused_by_row_and_column(row: str, message: str) -> None:
    with pytest.raises(SynthesisError) as caught:
        read(COUNTS + "Good,1,10,2,10\n" + row + "\n")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A,1,0,10,2,1,10,", "row 1 (line 2, A), column 'sd1i': 0 as a standard deviation"),
        ("A,1,1,10,2,-1,10,", "column 'sd2i': -1 as a standard deviation"),
        ("A,1 ± 2,1,10,2,1,10,", "column 'm1i': '1 ± 2' is not a number"),
    ],
)
def test_means_that_cannot_be_true_are_refused(row: str, message: str) -> None:
    with pytest.raises(SynthesisError) as caught:
        read(MEANS + row + "\n", "MD")
    assert message in str(caught.value)


def test_two_empty_cells_of_an_arm_are_told_from_no_events() -> None:
    with pytest.raises(SynthesisError, match="ai and bi are both 0: nobody is in that arm"):
        read("ai,bi,ci,di\n0,0,1,9\n")
    assert read("ai,bi,ci,di\n0,9,0,8\n").rows[0].numbers == {"ai": 0, "bi": 9, "ci": 0, "di": 8}


@pytest.mark.parametrize("column", ["vi", "sei"])
def test_effects_need_a_precision_above_zero(column: str) -> None:
    with pytest.raises(SynthesisError, match=f"row 1 .line 2., column '{column}': 0: must be above 0"):
        read(f"yi,{column}\n0.5,0\n", "GEN")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "empty"),
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        (b"ai\0,bi\n", "zero byte"),
        (b"ai;bi;ci;di\n1;2;3;4\n", "not separated by commas"),
        (b"ai,bi,ci,di\n1,2,3\n", "line 2 has 3 cells and the header 4"),
        (b"ai,ai,ci,di\n", "two columns are called 'ai'"),
        (b"ai,,ci,di\n", "column 2 has no name"),
        (b'ai,bi,ci,di\n"1,2,3,4\n', "line 2"),
        (b"a" * (LARGEST + 1), "larger than"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(body: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_table(body, "t.csv", "RR")
    assert str(caught.value).startswith("t.csv: ") and message in str(caught.value)


def test_a_measure_names_the_columns_it_lacks() -> None:
    with pytest.raises(UsageError, match="SMD needs columns m1i, sd1i, n1i, m2i, sd2i, n2i"):
        read(COUNTS + "A,1,2,3,4\n", "SMD")
    with pytest.raises(UsageError, match="takes effects from columns yi and vi"):
        read(COUNTS, "GEN")
    with pytest.raises(UsageError, match="measure 'XX' is not known"):
        read(COUNTS, "XX")
    with pytest.raises(UsageError, match="has no column 'group'; it has study, ai"):
        read(COUNTS, words=["group"])


def test_cells_that_are_not_reported_stay_missing() -> None:
    table = read(COUNTS + "A,1,10,2,10\nB,not_seen,10,NA,10\n")
    assert table.rows[1].numbers == {"ai": None, "ci": None, "n1i": 10, "n2i": 10}
    found = pool_table(table, Asked(measure="RR"))
    assert (
        found.rows[1].left_out == "ai, ci missing, so there is no risk ratio"
        or "missing" in found.rows[1].left_out
    )


def test_a_repeated_row_and_a_repeated_study_are_flagged_not_dropped() -> None:
    table = read(COUNTS + "A,1,10,2,10\nA,1,10,2,10\nB,1,10,2,10\nB,2,10,2,10\n")
    assert [bool(row.notes) for row in table.rows] == [False, True, False, True]
    assert "the same numbers as row 1" in table.rows[1].notes[0]
    assert "the same study as row 3" in table.rows[3].notes[0]
    assert table.doubts[0].startswith("Row 2 (A), row 4 (B) repeat studies that are there already")
    assert "not independent" in table.doubts[0]


def test_the_words_start_with_rows_that_count_twice_and_no_lost_study_hides_it() -> None:
    table = read(COUNTS + "A,3,20,6,20\nA,3,20,6,20\nB,5,40,8,40\n")
    said = reading(pool_table(table, Asked(measure="RR")))
    assert said.lines[0].startswith("Row 2 (A) repeats a study that is there already")
    assert "not the loss of any one study" not in said.text and "rows that repeat a study stay" in said.text
    assert table.rows[1].notes == ("the same numbers as row 1: one study may count twice",)


def test_fractions_of_events_are_refused_and_of_people_said() -> None:
    with pytest.raises(
        SynthesisError, match=r"row 1 \(line 2, A\), column 'ai': 2.5 is not a whole number of events"
    ):
        read(COUNTS + "A,2.5,10,2,10\n")
    assert read(COUNTS + "A,1,10.5,2,10\n").rows[0].notes == ("n1i = 10.5 is not a whole number",)


def test_rows_can_be_chosen_and_keep_their_line() -> None:
    table = read(COUNTS + "A,1,10,2,10\nB,2,10,2,10\n", only=["study=B"])
    assert [(row.row, row.line) for row in table.rows] == [(1, 3)]
    with pytest.raises(UsageError, match="no row has study=C"):
        read(COUNTS + "A,1,10,2,10\n", only=["study=C"])
    with pytest.raises(UsageError, match="write COLUMN=VALUE"):
        read(COUNTS + "A,1,10,2,10\n", only=["study"])


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("MASI at week 12", "masi"),
        ("change in mMASI", "mmasi"),
        ("modified MASI", "mmasi"),
        ("POSAS total score", "posas_total"),
        ("mean item POSAS", "posas_item"),
        ("objective SCORAD", "oscorad"),
        ("hair density hairs/cm2", "hair_density"),
        ("participants with a serious adverse event", "adverse"),
        ("TEWLX", None),
        ("satisfaction", None),
    ],
)
def test_a_scale_is_known_by_its_longest_name(text: str, key: str | None) -> None:
    found = scale_of(text, outcome_scales())
    assert (found.key if found else None) == key


@pytest.mark.parametrize(
    ("one", "other"), [("MASI", "mMASI"), ("POSAS total", "POSAS per item"), ("EASI", "PASI")]
)
def test_raw_values_of_two_scales_are_never_averaged(one: str, other: str) -> None:
    rows = f"A,5,2,10,6,2,10,{one}\nB,5,2,10,6,2,10,{other}\n"
    with pytest.raises(SynthesisError, match=r"raw values of different scales.*\(row 1\).*\(row 2\)"):
        scaled(MEANS + rows, "MD")
    table = scaled(MEANS + rows, "SMD")
    assert table.better == "lower" and any("different outcomes" in note for note in table.notes)


def test_standardised_scales_that_run_in_opposite_directions_are_refused() -> None:
    rows = "A,5,2,10,6,2,10,EASI\nB,5,2,10,6,2,10,hair density\n"
    with pytest.raises(SynthesisError, match="lower is better on one and higher on the other"):
        scaled(MEANS + rows, "SMD")


def test_a_mean_beyond_its_scale_is_said() -> None:
    table = scaled(MEANS + "A,75,2,10,-10,2,10,PASI\nB,5,2,10,-90,2,10,PASI\n", "MD")
    assert table.rows[0].notes == (
        "m1i = 75 is above the end of PASI (72)",
        "m2i = -10 is below the start of PASI (0): a change?",
    )
    assert "more than PASI can change by" in table.rows[1].notes[0]


def test_a_scale_that_runs_both_ways_gives_no_direction() -> None:
    table = scaled(MEANS + "A,2,1,10,3,1,10,GAIS\n", "MD")
    assert table.better == "" and any(note.startswith("GAIS: 1 is the best grade") for note in table.notes)


def test_a_large_standardised_difference_is_flagged() -> None:
    found = pool_table(read(MEANS + "A,50,1,20,40,1,20,\nB,5,2,10,6,2,10,\n", "SMD"), Asked(measure="SMD"))
    assert any("unusually large" in note for note in found.rows[0].notes)


def test_scales_have_ends_in_order_and_name_scales_that_exist() -> None:
    scales = outcome_scales()
    keys = [scale.key for scale in scales]
    assert len(keys) == len(set(keys)) == 30
    for scale in scales:
        assert set(scale.apart) <= set(keys)
        assert scale.better in ("lower", "higher", "unclear") and scale.known in ("checked", "from memory")
        assert bool(scale.source) == (scale.known == "checked") or scale.key == "visia"
        if scale.low is not None and scale.high is not None:
            assert scale.low < scale.high


def test_the_table_of_real_outcomes_is_read_where_its_columns_are_sure(shared: Path) -> None:
    body = (shared / "gold/outcomes.csv").read_bytes()
    table = read_table(body, "outcomes.csv", "OR", only=["family=GF_wound_closure"])
    used = [row for row in table.rows if not row.left_out]
    assert [row.study for row in used][:2] == ["Chatzikyrkou 2016", "Gunter 2018"] and len(used) == 7
    assert used[0].numbers == {"ai": 4, "n1i": 15, "ci": 1, "n2i": 7}
    paired = next(row for row in table.rows if row.study == "Yaghobee 2018")
    assert paired.left_out.startswith("paired (both arms on the same people)")
    assert any("worked out from percentages" in note for row in used for note in row.notes)
    single = read_table(body, "outcomes.csv", "PLO", only=["family=EV_AE"])
    assert next(row.numbers for row in single.rows if not row.left_out) == {"xi": 1, "ni": 10}
    with pytest.raises(UsageError, match="SMCC needs columns"):
        read_table(body, "outcomes.csv", "SMCC")
