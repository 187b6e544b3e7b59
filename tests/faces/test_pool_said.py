"""Words of pooled answers in the cases that read wrongly once."""

from pathlib import Path

from click.testing import CliRunner

from skinproof.faces.cli import main
from skinproof.views.living_words import living_words
from skinproof.views.pool_living import living_table
from skinproof.views.pooled import Asked, Shown
from skinproof.views.pooled_words import interval, number, reading
from skinproof.workflows.pool_data import read_table
from tests.views.pooled_samples import BCG, given

ONE_ARM = "study,xi,ni\nA,1,10\nB,0,7\nC,0,91\nD,0,11\nE,0,33\nF,0,24\n"


def run(folder: Path, text: str, *args: str) -> str:
    path = folder / "t.csv"
    path.write_text(text, encoding="utf-8")
    found = CliRunner().invoke(main, ["pool", str(path), *args])
    assert found.exit_code == 0, found.output
    return " ".join(found.output.split())


def test_a_proportion_is_called_one_and_has_no_test_of_a_half(tmp_path: Path) -> None:
    said = run(tmp_path, ONE_ARM, "--measure", "PLO", "--method", "GLMM")
    assert "Studies (proportion)" in said and "Study Data proportion 95% CI" in said
    assert "logit proportion" not in said and "(95% CI 0.00 to 0.32) 95% prediction" in said


def test_advice_on_zeros_can_be_followed(tmp_path: Path) -> None:
    one = run(tmp_path, ONE_ARM, "--measure", "PLO")
    assert "a measure that exists there (PAS, PFT)" in one and "RD" not in one
    arms = "study,ai,n1i,ci,n2i\nA,0,20,0,20\nB,2,30,5,30\nC,4,50,4,50\n"
    two = run(tmp_path, arms, "--measure", "RD")
    assert "a measure that exists there (AS)" in two and "on a ratio" not in two


def test_a_proportion_stays_between_0_and_1_and_says_where_it_was_cut(tmp_path: Path) -> None:
    said = run(tmp_path, ONE_ARM, "--measure", "PR", "--method", "BB")
    assert "0.10 0.00 to 0.29" in said and "-0.0" not in said
    assert "those that left 0 to 1 are cut there" in said


def test_any_one_of_several_studies_is_not_all_of_them() -> None:
    found = given((0.42, 0.12), (0.43, 0.12), (0.41, 0.12), test="z", method="EE")
    text = reading(found).text
    assert "What would change it: the loss of any one of these studies: " in text and "without" not in text


def test_no_bound_is_rounded_onto_no_difference() -> None:
    assert interval(Shown(1.31, 1.0021, 1.71), 1.0) == "1.002 to 1.71"
    assert interval(Shown(1.31, 0.99996, 1.71), 1.0) == "0.99996 to 1.71"
    assert interval(Shown(1.31, 1.0, 1.71), 1.0) == "1.00 to 1.71"
    found = given((0.2, 0.0103), (0.2, 0.0103), (0.2, 0.0103), measure="GEN", test="z", method="EE")
    assert "0.00 to" not in reading(found).lines[0]


def test_enormous_numbers_are_powers() -> None:
    assert number(216186577450825.8) == "2.2 × 10^14" and number(-3e20) == "-3.0 × 10^20"


def test_the_first_words_of_a_history_point_to_a_boundary_not_crossed() -> None:
    found = living_table(read_table(BCG, "t.csv", "RR"), Asked(measure="RR", mid=0.8), "year")
    said = living_words(found)
    assert any("it is too early to conclude (last part)" in line for line in said.newest)
    assert "too early to conclude" in said.looks[-1]


def test_an_interval_of_no_width_before_is_no_endless_ratio() -> None:
    body = b"study,year,yi,vi\nA,1,0.5,1\nB,2,0.5,1\nC,3,3,1\n"
    found = living_table(read_table(body, "t.csv", "GEN"), Asked(measure="GEN", test="knha"), "year")
    assert all("00000" not in line for line in living_words(found).newest)
