"""What a pooled answer says in plain words: no two situations may read alike."""

import itertools

import pytest

from skinproof.errors import UsageError
from skinproof.views.pooled_words import VERDICTS, number, p_words, reading
from tests.views.pooled_samples import bcg, given

NARROW, WIDE = 0.0004, 1.0
CASES = {
    "no_study": lambda: given(),
    "one_study": lambda: given((0.5, 0.01), mid=0.2),
    "difference": lambda: given((1, NARROW), (1, NARROW)),
    "difference_matters": lambda: given((1, NARROW), (1.01, NARROW), test="z", mid=0.5),
    "difference_may_matter": lambda: given((0.5, 0.01), (0.52, 0.01), test="z", mid=0.5),
    "difference_too_small": lambda: given((0.1, NARROW), (0.11, NARROW), test="z", mid=0.5),
    "no_difference": lambda: given((0.0, NARROW), (0.01, NARROW), test="z", mid=0.5),
    "too_imprecise": lambda: given((0.0, WIDE), (0.2, WIDE), test="z", mid=0.5),
    "not_judged": lambda: given((0.0, WIDE), (0.2, WIDE), test="z"),
}


@pytest.mark.parametrize("verdict", CASES)
def test_each_situation_has_its_verdict(verdict: str) -> None:
    assert reading(CASES[verdict]()).verdict == verdict


def test_every_verdict_is_tried_and_no_two_read_alike() -> None:
    assert {*CASES, "one_group"} == set(VERDICTS)
    texts = {verdict: reading(make()).text for verdict, make in CASES.items()}
    for one, other in itertools.combinations(texts, 2):
        assert texts[one] != texts[other]


def test_no_study_one_study_no_difference_and_too_imprecise_say_what_they_are() -> None:
    assert "says nothing about the effect" in reading(CASES["no_study"]()).text
    assert reading(CASES["one_study"]()).text.startswith("One study only")
    assert "show no difference that matters" in reading(CASES["no_difference"]()).text
    imprecise = reading(CASES["too_imprecise"]()).text
    assert "Too imprecise to tell" in imprecise and "not evidence of no difference" in imprecise
    unjudged = reading(CASES["not_judged"]()).text
    assert "cannot be judged without a smallest difference of interest" in unjudged
    assert "differences in both directions" in unjudged


@pytest.mark.parametrize("verdict", ["no_study", "one_study", "too_imprecise", "not_judged"])
def test_no_evidence_is_never_made_to_sound_good(verdict: str) -> None:
    text = reading(CASES[verdict]()).text.lower()
    for word in (
        "safe",
        "effective",
        "promising",
        "reassur",
        "no effect",
        "favours",
        "well tolerated",
        "works",
    ):
        assert word not in text


def test_size_intervals_studies_people_and_change_are_all_said() -> None:
    lines = reading(bcg(arms=("BCG", "no BCG"), better="lower")).lines
    assert lines[0] == (
        "Pooled risk ratio 0.49 (95% confidence interval 0.33 to 0.73), from 13 studies with 357,347 people."
        " The risk is 51% lower with BCG than with no BCG, on average, which favours BCG."
    )
    assert any("between 0.14 and 1.76" in line and "absent or reversed" in line for line in lines)
    assert lines[-1] == "What would change it: not the loss of any one study."


def test_a_study_that_carries_the_answer_is_named() -> None:
    found = given((0.0, 0.02), (0.05, 0.02), (1.0, 0.001), test="z", method="EE")
    assert "without C the verdict is another one" in reading(found).text


def test_equal_effects_have_no_prediction_interval_and_say_so() -> None:
    assert "no prediction interval" in reading(bcg(method="EE", test="z")).text


def test_a_rate_of_one_group_is_no_comparison() -> None:
    from skinproof.views.pool_answer import pool_table
    from skinproof.views.pooled import Asked
    from skinproof.workflows.pool_data import read_table

    table = read_table(b"study,xi,ni\nA,3,30\nB,6,40\nC,9,50\n", "t.csv", "PLO")
    found = reading(pool_table(table, Asked(measure="PLO")))
    assert found.verdict == "one_group" and "no comparison group" in found.text
    with pytest.raises(UsageError, match="of one group"):
        pool_table(table, Asked(measure="PLO", mid=0.1))


@pytest.mark.parametrize(("measure", "mid"), [("RR", 1.0), ("RR", -0.5), ("RD", 0.0), ("RD", -0.1)])
def test_a_smallest_difference_that_is_none_is_refused(measure: str, mid: float) -> None:
    with pytest.raises(UsageError, match="--mid"):
        bcg(measure=measure, mid=mid)


def test_a_ratio_and_its_inverse_are_the_same_smallest_difference() -> None:
    assert reading(bcg(mid=0.8)).lines == reading(bcg(mid=1.25)).lines


def test_who_is_favoured_is_said_only_where_the_interval_leaves_no_doubt() -> None:
    assert "favours" in reading(given((1, 0.01), (1.1, 0.01), measure="MD", test="z", better="higher")).text
    doubtful = reading(given((1, WIDE), (1.1, WIDE), measure="MD", test="z", better="higher")).text
    assert "favours" not in doubtful and "both benefit and harm" in doubtful


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.4894, "0.49"), (-0.0, "0.00"), (0.0137, "0.014"), (1234.4, "1,234"), (float("inf"), "infinity")],
)
def test_numbers_keep_what_a_reader_needs(value: float, words: str) -> None:
    assert number(value) == words


def test_a_small_p_is_never_printed_as_zero() -> None:
    assert p_words(1e-30) == "p < 0.001"


def test_few_events_are_said_in_the_plain_words_not_only_in_a_note() -> None:
    """Of 176 people with one event a transformed proportion's interval ends below 1%: nobody may read that as safe."""
    from skinproof.views.pool_answer import pool_table
    from skinproof.views.pooled import Asked
    from skinproof.workflows.pool_data import read_table

    rows = b"study,xi,ni\nA,1,10\nB,0,7\nC,0,91\nD,0,11\nE,0,33\nF,0,24\n"
    found = reading(pool_table(read_table(rows, "t.csv", "PFT"), Asked(measure="PFT")))
    assert "1 event in all: the interval of a transformed proportion is too narrow" in found.text


def test_studies_that_took_no_part_are_said_in_the_plain_words() -> None:
    from skinproof.views.pool_answer import pool_table
    from skinproof.views.pooled import Asked
    from skinproof.workflows.pool_data import read_table

    rows = b"study,ai,n1i,ci,n2i\nA,0,20,3,20\nB,2,30,5,30\nC,4,50,4,50\n"
    found = reading(pool_table(read_table(rows, "t.csv", "RR"), Asked(measure="RR")))
    assert "1 study (40 people) took no part" in found.text
