"""The history of a pooled answer: numbers of metafor, sentences that say what happened, pictures that hold together."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from skinproof.errors import SynthesisError, UsageError
from skinproof.views.living import Living
from skinproof.views.living_words import VERDICT_WORDS, living_words
from skinproof.views.pool_living import living_of, living_table
from skinproof.views.pooled import Asked
from skinproof.views.pooled_words import VERDICTS
from skinproof.views.svg_cumulative import draw_cumulative
from skinproof.views.svg_sequential import draw_sequential
from skinproof.workflows.pool_data import read_table
from tests.synthesis.diagnostics_grid import read
from tests.synthesis.tolerances import RTOL

BCG = (Path(__file__).resolve().parents[2] / "docs/examples/bcg-trials.csv").read_bytes()
HEAD = "study,year,yi,vi,ni\n"


def told(body: str | bytes, measure: str = "SMD", order: str = "year", **more: object) -> Living:
    table = read_table(body.encode() if isinstance(body, str) else body, "table.csv", measure)
    return living_table(table, Asked(measure=measure, **more), order)  # type: ignore[arg-type]


def rows(*effects: tuple[float, float, float]) -> str:
    """A table of (year, yi, vi), each study with 40 people."""
    return HEAD + "".join(f"S{at + 1},{y:g},{e},{v},40\n" for at, (y, e, v) in enumerate(effects))


def words(living: Living) -> str:
    return " ".join(living_words(living).lines)


@pytest.mark.parametrize("method", ["REML", "DL", "EE"])
def test_every_look_is_metafors_cumul(shared: Path, method: str) -> None:
    """cumul(rma(yi, vi, method), order = year) of dat.bcg, by R."""
    reference = read(shared / "reference/metafor/dat.bcg.json.gz")["suites"]["RR"]["cumul"][f"{method}/z"]
    looks = [step.look for step in told(BCG, "RR", method=method, test="z").steps]
    names = {
        "estimate": "beta",
        "se": "se",
        "pvals": "pval",
        "ci.lb": "ci_lb",
        "ci.ub": "ci_ub",
        "tau2": "tau2",
    }
    for theirs, ours in names.items():
        if theirs not in reference:
            continue  # equal effects have no tau2
        start = 1 if ours == "tau2" else 0  # of one study there is none
        got = [getattr(look, ours) for look in looks[start:]]
        np.testing.assert_allclose(got, reference[theirs][start:], rtol=RTOL[f"cumul.{ours}"], atol=1e-10)


def test_the_last_look_is_the_pooled_answer_on_both_scales() -> None:
    for method, test in (("REML", "knha"), ("DL", "z"), ("EE", "t")):
        found = told(BCG, "RR", method=method, test=test)
        last, overall = found.steps[-1].look, found.pooling.overall
        assert last is not None and overall is not None
        for name in ("k", "people", "beta", "se", "pval", "ci_lb", "ci_ub", "pi_lb", "tau2", "i2"):
            ours, theirs = getattr(last, name), getattr(overall, name)
            assert ours == (theirs if theirs is None else pytest.approx(theirs, rel=1e-8)), (method, name)
        assert last.shown.est == pytest.approx(np.exp(last.beta))


def test_what_each_study_changes_in_the_answer_is_leaving_it_out() -> None:
    found = told(BCG, "RR")
    by_row = {row.row: row for row in found.pooling.used}
    for step in found.steps:
        row = by_row[step.row]
        assert step.without is not None and step.left is not None and row.without_ci is not None
        assert step.without.beta == pytest.approx(row.without_beta, rel=1e-8)
        assert (step.without.ci_lb, step.without.ci_ub) == pytest.approx(row.without_ci, rel=1e-7)
        assert step.left.shift == pytest.approx(found.pooling.overall.beta - step.without.beta)  # type: ignore[union-attr]


def test_the_views_of_repeated_looks_are_the_written_formulas() -> None:
    """Two equal studies with a common effect: everything follows from the sums by hand."""
    found = told(rows((2001, 0.4, 0.04), (2002, 0.4, 0.04)), mid=0.5, method="EE", test="z")
    assert found.always is not None and found.boundaries is not None
    required = ((stats.norm.isf(0.025) + stats.norm.ppf(0.8)) / 0.5) ** 2
    assert found.boundaries.required == pytest.approx(required)
    assert found.boundaries.share == pytest.approx((25 / required, 50 / required))
    assert found.boundaries.people == round(80 / (50 / required))
    assert found.boundaries.zval == pytest.approx((2.0, 0.4 * np.sqrt(50)))
    log_odds = -2 * np.log(0.05)
    rho = required / (log_odds + np.log(1 + log_odds))
    half = np.sqrt((50 + rho) * (log_odds + np.log((50 + rho) / rho))) / 50
    assert found.always.ci_ub[-1] == pytest.approx(0.4 + half)
    # all information is there with the second look, where the rest of the error is spent
    assert found.boundaries.alpha_spent[-1] == pytest.approx(0.05) and found.boundaries.last is None
    assert found.boundaries.crossed_at == 1
    assert "crossed with S2 (2002, study 2)" in words(found)


def test_the_newest_study_is_told_with_numbers_before_and_after() -> None:
    said = living_words(told(BCG, "RR", mid=0.8, arms=("BCG", "no BCG"), better="lower"))
    newest = " ".join(said.newest)
    assert (
        "moved the pooled risk ratio from 0.45 (95% confidence interval 0.30 to 0.67) to 0.49 (0.33 to 0.73)"
        in newest
    )
    assert "expected between 0.14 and 1.76; before, between 0.13 and 1.53" in newest
    assert "The conclusion is the same" in newest and "a difference that matters, as before" in newest
    assert "Since Rosenthal et al 1960 (1960, study 4) every interval has excluded" in " ".join(said.course)
    assert len(said.limits) == 3 and "Lan and DeMets" in said.limits[2]


def test_conclusions_that_change_are_told_apart() -> None:
    steady = [(2001, 0.5, 0.02), (2002, 0.5, 0.02), (2003, 0.5, 0.02)]
    z = {"method": "EE", "test": "z"}
    gone = words(told(rows(*steady, (2004, -2.0, 0.02)), **z))
    assert "no longer excludes no difference" in gone and "no interval has excluded" in gone
    turned = words(told(rows(*steady, (2004, -3.0, 0.001)), **z))
    assert "on the other side" in turned
    late = words(told(rows((2001, 0.1, 0.1), (2002, 0.1, 0.1), (2003, 0.5, 0.01)), **z))
    assert "now excludes no difference" in late
    never = words(told(rows((2001, 0.1, 0.1), (2002, 0.1, 0.1), (2003, 0.0, 0.1)), **z))
    assert "No interval so far has excluded" in never
    wider = words(told(rows((2001, 0.4, 0.02), (2002, 0.6, 0.02), (2003, 0.5, 0.02), (2004, 3.0, 0.02))))
    assert "studies are now found to differ more" in wider and "outside of what was predicted before" in wider


def test_studies_of_one_time_count_as_one_newest() -> None:
    """Otherwise the order of rows within a year would decide what is told."""
    effects = [(2001.0, 0.5, 0.1), (2002.0, 0.2, 0.1), (2003.0, 0.9, 0.1), (2003.0, 0.1, 0.1)]
    one, two = told(rows(*effects)), told(rows(*effects[:2], effects[3], effects[2]))
    assert one.newest is not None and two.newest is not None
    assert one.newest.moved is not None and one.newest.before is not None and one.newest.before.k == 2
    assert one.newest.moved.shift == pytest.approx(two.newest.moved.shift)  # type: ignore[union-attr]
    assert one.ties == ("2003",) and "newest studies, S3, S4 (2003)" in words(one)
    same = words(told(rows((2003, 0.1, 0.1), (2003, 0.2, 0.1))))
    assert "came at the same time (2003)" in same


def test_no_one_and_two_studies_are_three_answers() -> None:
    assert "No study could be pooled" in words(told(HEAD))
    one = told(rows((2001, 0.5, 0.1)), mid=0.2)
    assert "nothing before to compare" in words(one) and one.always is None and one.steps[0].without is None
    two = told(rows((2001, 0.5, 0.1), (2002, 0.4, 0.1)))
    assert "before there was no such interval" in words(two)
    assert "allows for how little so few studies tell" in words(two) and "2 studies tell little" in words(two)


def test_dates_sort_as_dates_and_mixtures_are_refused() -> None:
    table = "study,when,yi,vi\nA,2020-10,0.1,0.1\nB,2020-09-30,0.2,0.1\nC,2019-12-31,0.3,0.1\n"
    assert [step.study for step in told(table, order="when").steps] == ["C", "B", "A"]
    for text, message in (
        ("soon", "row 2 .B., column 'when': 'soon' is no time"),
        ("2020-13", "is no time"),
        ("", "empty; give the year"),
        ("2020", "is a number and the rows before have dates"),
        ("inf", "is no time"),
    ):
        with pytest.raises(SynthesisError, match=message):
            told(table.replace("2020-09-30", text), order="when")
    with pytest.raises(UsageError, match="no column 'year'; it has study, when"):
        told(table)


def test_a_row_that_takes_no_part_needs_no_time() -> None:
    table = rows((2001, 0.5, 0.1), (2002, 0.4, 0.1)) + "X,,NA,NA,40\n"
    found = told(table)
    assert len(found.steps) == 2 and found.pooling.rows[2].left_out


def test_measures_of_one_group_have_no_conclusion_and_no_boundaries() -> None:
    table = "study,year,xi,ni\nA,2001,3,20\nB,2002,8,30\nC,2003,4,50\n"
    found = told(table, "PFT")
    assert found.always is not None and found.always.p_any is None and found.boundaries is None
    assert all(step.moved is None or step.moved.conclusion == "" for step in found.steps)
    assert "conclusion" not in words(found) and "one group have nothing to test" in words(found)
    # each look goes back by the people of its own studies: of one study, that is its share
    assert found.steps[0].look is not None and found.steps[0].look.shown.est == pytest.approx(3 / 20)


def test_an_interval_for_repeated_looks_needs_a_size_where_units_decide() -> None:
    table = rows((2001, 0.5, 0.1), (2002, 0.4, 0.1))
    assert told(table, "GEN").always is None and "needs --mid" in words(told(table, "GEN"))
    assert told(table, "GEN", mid=2.0).always is not None
    for measure in ("SMD", "ZCOR", "RD", "OR"):
        assert told(table, measure).always is not None
    weighted = HEAD.strip() + ",weights\nA,2001,0.1,0.1,9,1\nB,2002,0.2,0.1,9,2\n"
    assert "given weights" in words(told(weighted, "GEN", method="GENQ", mid=1.0))


def test_what_has_no_history_is_refused() -> None:
    counts = "study,year,ai,n1i,ci,n2i\nA,2001,3,20,5,20\nB,2002,2,30,5,30\n"
    with pytest.raises(UsageError, match="has no history yet"):
        told(counts, "RR", method="MH", test="z")
    found = told(counts, "RR")
    with pytest.raises(UsageError, match="percent, from 50"):
        living_of(found.pooling, {1: "2001", 2: "2002"}, "year", power=20)
    many = rows(*((2000 + at, 0.1, 0.1) for at in range(2001)))
    with pytest.raises(SynthesisError, match="at most 2,000"):
        told(many)


def test_all_information_without_a_crossing_is_no_proof_of_none() -> None:
    effects = [(2000 + at, 0.01 * (-1) ** at, 0.02) for at in range(8)]
    found = told(rows(*effects), mid=0.5, method="EE", test="z")
    assert found.boundaries is not None and found.boundaries.share[-1] > 1
    assert "no proof of no difference" in words(found)


def test_every_verdict_has_words() -> None:
    assert set(VERDICT_WORDS) == set(VERDICTS)


@pytest.mark.parametrize("narrow", [True, False])
def test_pictures_show_every_look_and_stay_well_formed(narrow: bool) -> None:
    found = told(BCG.replace(b"Aronson 1948", b"<b>&Aronson"), "RR", mid=0.8)
    for draw in (draw_cumulative, draw_sequential):
        svg = draw(found, "A <title>", narrow=narrow, style=True)
        root = ET.fromstring(svg)
        marks = [g for g in root.iter("{http://www.w3.org/2000/svg}g") if g.get("role") == "img"]
        assert len(marks) == (13 if draw is draw_cumulative else 26)
        assert "<b>" not in svg and any("<b>&Aronson" in (g.get("aria-label") or "") for g in marks)
        assert root.get("width") == "360" if narrow else float(root.get("width") or 0) >= 880


@pytest.mark.parametrize(
    "body",
    [HEAD, rows((2001, 0.5, 0.1)), rows((2001, 0.5, 0.1), (2002, 0.5, 0.1))],
    ids=["none", "one", "two"],
)
def test_pictures_of_few_studies_are_drawn(body: str) -> None:
    for mid in (None, 0.4):
        found = told(body, mid=mid)
        for draw in (draw_cumulative, draw_sequential):
            ET.fromstring(draw(found, "few"))


def test_many_looks_are_lines_and_what_lies_beyond_the_information_is_not_drawn() -> None:
    """Marks over marks are a blot, and an axis to 20,000% hides the boundaries."""
    found = told(rows(*((1900 + at, 0.3 + 0.1 * (-1) ** at, 0.05) for at in range(100))), mid=0.3)
    svg = draw_sequential(found, "many")
    assert found.boundaries is not None and found.boundaries.share[-1] > 2
    assert "Looks with more than 200% of it are not drawn" in svg and "Diamonds" not in svg
    drawn = sum(share <= 2 for share in found.boundaries.share)
    assert svg.count('role="img"') == drawn < 80 and "all of it is there" in words(found)
    assert "Diamonds" in draw_sequential(told(BCG, "RR", mid=0.8), "few")
