"""The map's numbers, worked by hand from six synthetic studies."""

import pytest

from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.gapmap import gap_map
from tests.views.synthetic import STUDIES, VOCABULARY, stamp

MAP = gap_map(STUDIES, VOCABULARY, stamp())


def ids(row: str, column: str) -> list[int]:
    return [int(key[-2:]) for key in MAP.cell(row, f"indication:{column}").numbers.record_ids]


def test_rows_are_all_agent_classes_and_columns_the_branches_of_skin_and_all_else() -> None:
    """A class nobody studied must still show as a gap."""
    assert tuple(row.id for row in MAP.rows) == AGENT_CLASSES
    assert [column.id for column in MAP.columns] == [
        "indication:scar",
        "indication:hair",
        "indication:skin",
        "indication:outside-skin",
    ]
    assert [column.apart for column in MAP.columns] == [False, False, False, True]
    assert MAP.columns[2].label == "Skin disorder, no branch named"
    assert len(MAP.cells) == 11 * 4


def test_a_study_stands_in_every_cell_of_its_agents_and_complaints() -> None:
    assert ids("ev", "scar") == [1, 2]
    assert ids("ev", "hair") == [1]
    assert ids("prp", "scar") == [2]
    assert ids("prp", "skin") == [4]
    assert ids("other", "scar") == [5]
    assert ids("other", "outside-skin") == [3], "measured only: none of these agents is given"
    assert ids("msc", "scar") == [], "source material is not given"


def test_totals_count_each_study_once() -> None:
    """30 + 20 in two columns of one row are 50, not 80."""
    assert MAP.row_totals["ev"].studies == 2
    assert MAP.row_totals["ev"].participants == 50
    assert MAP.column_totals["indication:scar"].studies == 3
    assert MAP.total.studies == 5
    assert MAP.unplaced == {"agent": (), "indication": ("NCT99999906",)}


def test_a_cell_says_how_many_are_randomised_completed_posted_and_silent() -> None:
    cell = MAP.cell("ev", "indication:scar").numbers
    assert (cell.studies, cell.participants, cell.planned, cell.without_enrollment) == (2, 50, 1, 0)
    assert (cell.randomised, cell.completed, cell.with_results, cell.results_unknown) == (1, 1, 1, 0)
    silent = MAP.cell("prp", "indication:skin").numbers
    assert (silent.participants, silent.without_enrollment, silent.results_unknown) == (None, 1, 1)


def test_the_map_of_what_is_measured_holds_no_treatment() -> None:
    biomarkers = gap_map(STUDIES, VOCABULARY, stamp(), roles=("measured",))
    assert biomarkers.cell("ev", "indication:outside-skin").numbers.record_ids == ("NCT99999903",)
    assert biomarkers.total.studies == 1
    assert len(biomarkers.unplaced["agent"]) == 5


def test_one_branch_opens_into_its_children() -> None:
    scars = gap_map(STUDIES, VOCABULARY, stamp(), under=("indication:scar",))
    assert [c.id for c in scars.columns] == ["indication:acne_scar", "indication:keloid", "indication:scar"]
    assert scars.cell("ev", "indication:keloid").numbers.record_ids == ("NCT99999902",)
    assert scars.cell("other", "indication:scar").numbers.record_ids == ("NCT99999905",)
    both = gap_map(STUDIES, VOCABULARY, stamp(), under=("indication:scar", "indication:hair"))
    assert [c.id for c in both.columns] == ["indication:scar", "indication:hair"]
    leaf = gap_map(STUDIES, VOCABULARY, stamp(), under=("indication:keloid",))
    assert [c.id for c in leaf.columns] == ["indication:keloid"]


def test_one_agent_shows_only_itself() -> None:
    prp = gap_map(STUDIES, VOCABULARY, stamp(), agents={"agent:prp"})
    assert [row.id for row in prp.rows] == ["prp"], "a row nobody asked for would read as one without studies"
    assert prp.row_totals["prp"].record_ids == ("NCT99999902", "NCT99999904")


def test_nothing_in_gives_a_map_of_gaps() -> None:
    empty = gap_map((), VOCABULARY, stamp())
    assert empty.total.studies == 0
    assert empty.total.participants is None
    assert any("no study is registered in these data" in note for note in empty.notes)


def test_a_pair_that_is_not_on_the_map_is_an_error() -> None:
    with pytest.raises(KeyError):
        MAP.cell("ev", "indication:nothing")
