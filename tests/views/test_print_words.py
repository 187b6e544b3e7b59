"""What is printed holds no options of a command, and a reader is not sent to rows of a table that is not there."""

import pytest

from skinproof.views.pool_answer import pool_table
from skinproof.views.pool_living import living_of
from skinproof.views.pool_paper_table import pool_paper_table
from skinproof.views.pooled import Asked, Pooling
from skinproof.views.pooled_words import reading
from skinproof.views.print_words import NAMES, for_print, not_pooled, printed
from skinproof.views.svg_cumulative import draw_cumulative
from skinproof.views.svg_forest import draw_forest
from skinproof.views.svg_sequential import draw_sequential
from skinproof.workflows.pool_data import read_table
from tests.views.pooled_samples import bcg, given

ZEROS = b"""study,ai,n1i,ci,n2i
A,0,20,0,20
B,1,20,3,20
C,0,9,0,9
D,2,40,4,40
E,0,15,3,15
F,3,30,9,30
"""


def zeros(**asked) -> Pooling:  # type: ignore[no-untyped-def]
    """Four trials with an effect and two without any event; of the former one has a cell of 0."""
    asked = {"measure": "OR", **asked}
    return pool_table(read_table(ZEROS, "t.csv", asked["measure"]), Asked(**asked))


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("whether it matters needs --mid.", "whether it matters needs a smallest difference of interest."),
        ("too narrow; a binomial-normal (--measure PLO --method GLMM) or beta-binomial (--method BB) model.",
         "too narrow; a binomial-normal or beta-binomial model."),
        ("A, B take no part. Where an arm has no event, --add 0.5 keeps the study.", "A, B take no part."),
        ("Trial--2 and Müller -- 2010 (a--b) differ.", "Trial--2 and Müller -- 2010 (a--b) differ."),
        ("--add 0.5 keeps it.", ""),
    ],
)  # fmt: skip
def test_options_go_and_what_is_said_stays(line: str, left: str) -> None:
    assert for_print(line) == left


def test_the_command_line_keeps_its_advice() -> None:
    assert any("--" in line for line in reading(bcg()).lines)


@pytest.mark.parametrize("asked", [{}, {"method": "MH"}, {"method": "PETO"}, {"method": "UM.FS"}])
@pytest.mark.parametrize("narrow", [False, True])
def test_no_option_stands_in_a_picture_or_table(asked: dict[str, str], narrow: bool) -> None:
    test = "z" if asked else "knha"
    for found in (zeros(**asked, test=test), given((0.1, 0.2), (0.4, 0.1), (0.2, 0.3))):
        table = pool_paper_table(found, "t")
        for text in (draw_forest(found, "t", narrow=narrow), *table.notes):
            assert " --" not in text and "(--" not in text
            assert "(row " not in text


def test_no_option_stands_in_a_picture_of_a_history() -> None:
    for found in (
        given((0.1, 0.2), (0.4, 0.1), (0.2, 0.3)),
        given((0.1, 0.2), (0.4, 0.1), (0.2, 0.3), mid=0.5),
    ):
        living = living_of(found, {row.row: str(2000 + row.row) for row in found.rows}, "year")
        for draw in (draw_cumulative, draw_sequential):
            assert " --" not in draw(living, "t")


def test_studies_left_out_for_one_reason_stand_in_one_line() -> None:
    lines = not_pooled(zeros().rows)
    assert len(lines) == 2
    assert sum(line.endswith(": A, C.") for line in lines) == 1
    assert sum(line.endswith(": E.") for line in lines) == 1
    assert not any("ai = 0" in line for line in lines), "a printed table has no columns of that name"


def test_rows_of_the_table_become_names() -> None:
    found = zeros()
    assert printed(["2 studies (row 1, 3) add nothing."], found) == ("2 studies (A, C) add nothing.",)
    assert printed(["2 studies (row 1, 99) add nothing."], found) == ("2 studies (row 1, 99) add nothing.",)


def test_a_long_list_of_names_ends() -> None:
    rows = given(*[(0.1, "NA")] * 50, (0.2, 0.1)).rows  # type: ignore[list-item]
    (line,) = not_pooled(rows)
    assert line.endswith(f"and {50 - NAMES} more.")
