"""Tables of networks: arms or contrasts, and every cell or study that cannot be true named by its row."""

from pathlib import Path

import numpy as np
import pytest

from skinproof.errors import InputError, SynthesisError, UsageError
from skinproof.views.network_table import ARMS, CONTRASTS
from skinproof.workflows.network_data import read_network
from tests.synthesis.test_network import QUITTERS

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/quit-smoking.csv"
EVENTS = "study,treatment,events,n\nA,x,1,10\nA,y,2,10\n"
MEANS = "study,treatment,mean,sd,n\nA,x,1,2,10\nA,y,2,2,10\n"
GIVEN = "study,treat1,treat2,yi,sei\nA,x,y,0.1,0.2\n"


def read(text: str, measure: str = "OR", **more):  # type: ignore[no-untyped-def]
    return read_network(text.encode(), "t.csv", measure, **more)


def test_the_example_holds_the_numbers_that_were_published() -> None:
    """A slip of one digit in an example would teach wrong numbers."""
    words = np.array(QUITTERS.split()).reshape(-1, 4)
    names = {"a": "no contact", "b": "self-help", "c": "individual counselling", "d": "group counselling"}
    rows = read_network(EXAMPLE.read_bytes(), "quit", "OR").rows
    assert [row.treatment for row in rows] == [names[letter] for letter in words[:, 1]]
    assert [row.numbers["xi"] for row in rows] == words[:, 2].astype(float).tolist()
    assert [row.numbers["ni"] for row in rows] == words[:, 3].astype(float).tolist()
    numbers = {study: number for number, study in enumerate(dict.fromkeys(row.study for row in rows), 1)}
    assert [numbers[row.study] for row in rows] == words[:, 0].astype(int).tolist()


def test_shapes_are_told_apart_by_their_columns() -> None:
    assert read(EVENTS).kind == ARMS and read(EVENTS).numbers == ("xi", "ni")
    assert read(MEANS, "MD").numbers == ("mi", "sdi", "ni")
    given = read(GIVEN, "HR")
    assert given.kind == CONTRASTS and given.numbers == ("yi", "sei")
    assert (given.rows[0].treatment, given.rows[0].versus) == ("x", "y")
    own = read(
        "trial,drug,against,yi,vi\nA,x,y,0.1,0.2\n", "GEN", study="trial", treatment="drug", versus="against"
    )
    assert own.kind == CONTRASTS and own.rows[0].study == "A"
    assert read("study,treatment,yi,vi\nA,x,1,1\nA,y,2,1\n", "GEN").kind == ARMS


def test_rows_can_be_chosen() -> None:
    text = "study,treatment,events,n,outcome\nA,x,1,10,pain\nA,y,2,10,pain\nB,x,1,10,itch\nB,y,2,10,itch\n"
    table = read(text, only=("outcome=pain",))
    assert len(table.rows) == 2 and table.outcome == "pain"
    assert read(text).outcome == ""
    with pytest.raises(UsageError, match="no row has outcome=scar"):
        read(text, only=("outcome=scar",))


BAD = {
    "text": (EVENTS + "B,x,four,10\n", "row 3 (line 4, B), column 'events': 'four' is not a number"),
    "comma": (EVENTS + 'B,x,"4,5",10\n', "write decimals with a point"),
    "negative": (EVENTS + "B,x,-1,10\n", "row 3 (line 4, B), column 'events': -1 is negative"),
    "more events than people": (EVENTS + "B,x,11,10\n", "row 3 (line 4, B): events = 11 events among n = 10 people"),
    "nobody": (EVENTS + "B,x,0,0\n", "column 'n': 0 people"),
    "no study": (EVENTS + ",x,1,10\n", "row 3 (line 4), column 'study': empty; name the study"),
    "no treatment": (EVENTS + "B,,1,10\n", "column 'treatment': empty; name the treatment"),
    "one arm": (EVENTS + "B,x,1,10\n", "row 3 (line 4, B): its only arm is 'x', which compares nothing"),
    "an arm twice": (EVENTS + "B,x,1,10\nB,x,2,10\n", "row 4 (line 5, B), column 'treatment': 'x' again, as in row 3"),
    "spelling": (EVENTS + "B,X,1,10\nB,y,2,10\n", "row 3 (line 4, B), column 'treatment': 'X', but 'x' in row 1"),
    "sd 0": (MEANS + "B,x,1,0,10\n", "column 'sd': 0 as a standard deviation"),
    "se 0": (GIVEN + "B,x,y,1,0\n", "row 2 (line 3, B), column 'sei': 0: must be above 0"),
    "itself": (GIVEN + "B,x,x,1,1\n", "row 2 (line 3, B): 'x' is compared with itself"),
    "a contrast twice": (GIVEN + "B,x,y,1,1\nB,y,x,1,1\n", "row 3 (line 4, B): 'y' and 'x' again, as in row 2"),
    "no covariance": (GIVEN + "B,x,y,1,1\nB,x,z,1,1\n", "no contrast of 'y' and 'z', so what its contrasts share"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_true_is_refused_with_its_row_and_column(name: str) -> None:
    text, message = BAD[name]
    measure = "MD" if text.startswith(MEANS) else "GEN" if text.startswith(GIVEN) else "OR"
    with pytest.raises(SynthesisError) as error:
        read(text, measure)
    assert message in str(error.value)


def test_what_is_not_reported_leaves_out_the_row_and_an_arm_that_is_then_alone() -> None:
    rows = read(EVENTS + "B,x,NA,10\nB,y,2,10\nC,x,1,9\nC,y,,9\nC,z,3,9\n").rows
    assert [row.left_out for row in rows] == [
        "", "", "events not reported", "no other arm of the study reports its numbers", "", "events not reported", "",
    ]  # fmt: skip
    rows = read("study,treat1,treat2,yi,vi\nA,x,y,1,1\nA,x,z,,1\nA,y,z,1,1\n", "GEN").rows
    assert [row.left_out for row in rows] == [
        "another contrast of the study is not reported", "yi not reported", "another contrast of the study is not reported",
    ]  # fmt: skip


def test_people_who_are_no_whole_number_are_said() -> None:
    assert read(EVENTS).notes == ()
    with pytest.raises(SynthesisError, match=r"column 'events': 1\.5 is not a whole number of events"):
        read(EVENTS.replace("A,x,1,", "A,x,1.5,"))
    many = "".join(f"{study},{arm},1,10.5\n" for study in "ABC" for arm in "xyz")
    assert read("study,treatment,events,n\n" + many).notes[-1] == "... and 4 more such numbers."


@pytest.mark.parametrize(
    ("text", "measure", "message"),
    [
        (EVENTS, "XX", "measure 'XX' is not known for networks; there are OR, RR"),
        (
            EVENTS,
            "MD",
            "MD needs columns mi (or mean), sdi (or sd), ni (or n), or yi with vi (or sei) of the arms",
        ),
        (EVENTS, "HR", "HR needs columns yi with vi (or sei) of the arms"),
        (
            "study,drug,events,n\n",
            "OR",
            "no column 'treatment' (one row an arm) and no 'treat1' and 'treat2'",
        ),
        ("trial,treatment,events,n\n", "OR", "has no column 'study'; it has trial"),
        ("study,treatment,events,n\n", "OR", "no rows below the header"),
    ],
)
def test_a_table_that_lacks_what_is_needed_is_refused(text: str, measure: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        read(text, measure)
    assert message in str(error.value)


def test_no_csv_is_refused() -> None:
    with pytest.raises(InputError, match="empty"):
        read("")
