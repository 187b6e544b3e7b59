"""Studies that agree by chance make no verdict: numbers of metafor 3.8, rma(yi, vi, test="adhoc")."""

import pytest

from skinproof.views.pool_answer import pool_table
from skinproof.views.pool_living import living_table
from skinproof.views.pooled import Asked, Pooling
from skinproof.views.pooled_words import reading
from skinproof.workflows.pool_data import read_table

NO_EVENT = b"study,ai,n1i,ci,n2i\nA,0,15,0,15\nB,0,7,0,8\nC,0,17,0,15\nD,0,18,0,18\n"
EQUAL = b"study,year,ai,n1i,ci,n2i\nA,2001,1,20,1,20\nB,2002,2,40,2,40\nC,2003,1,22,1,22\n"
CLOSURE = b"study,ai,n1i,ci,n2i\nDriver 2006,13,19,9,21\nSenet 2003,1,8,1,7\nGame 2018,45,132,29,134\n"


def pooled(body: bytes, **asked: object) -> Pooling:
    return pool_table(read_table(body, "t.csv", "RR"), Asked(measure="RR", **asked))  # type: ignore[arg-type]


@pytest.mark.parametrize("test", ["adhoc", "knha"])
@pytest.mark.parametrize(
    ("body", "asked", "bounds"),
    [
        (NO_EVENT, {"add": 0.5, "mid": 0.8}, (-3.1225729, 3.1244064)),
        (EQUAL, {"mid": 0.8}, (-2.967164, 2.967164)),
        (CLOSURE, {"mid": 1.25, "better": "higher"}, (-0.26820431, 1.16663020)),
    ],
)
def test_agreement_by_chance_is_too_imprecise_and_never_no_difference(
    body: bytes, asked: dict[str, object], bounds: tuple[float, float], test: str
) -> None:
    found = pooled(body, test=test, **asked)
    assert found.overall is not None and found.overall.judged == pytest.approx(bounds, abs=1e-5)
    said = reading(found)
    assert said.verdict == "too_imprecise"
    assert "one side of no difference" not in said.text and "0% higher" not in said.text
    assert "nan" not in said.text and "0 to 0" not in said.text and "favours" not in said.text
    assert ("rests on the interval that is not narrowed" in said.text) == (test == "knha")
    lines = list(said.lines)
    few, verdict = (
        next(at for at, line in enumerate(lines) if words in line)
        for words in ("tell little of how much studies differ", "Too imprecise")
    )
    assert few < verdict < next(at for at, line in enumerate(lines) if "in a new study" in line)
    assert any("agree more closely than chance" in note for note in found.overall.notes)


@pytest.mark.parametrize("test", ["adhoc", "knha"])
def test_a_history_of_studies_that_agree_exactly_judges_by_the_wider_interval(test: str) -> None:
    found = living_table(
        read_table(EQUAL, "t.csv", "RR"), Asked(measure="RR", test=test, mid=0.8, prediction="t"), "year"
    )
    looks = [step.look for step in found.steps if step.look]
    assert [look.verdict for look in looks] == ["one_study", "too_imprecise", "too_imprecise"]


def test_knha_keeps_the_numbers_of_metafor() -> None:
    found = pooled(CLOSURE, test="knha").overall
    assert found is not None
    assert (found.shown.lb, found.shown.ub) == pytest.approx((1.2488, 1.9666), abs=1e-3)


def test_without_agreement_by_chance_nothing_is_wider() -> None:
    from tests.views.pooled_samples import bcg

    found = bcg(test="knha")
    assert found.overall is not None and found.overall.wider is None
    assert all(row.without_wider is None for row in found.rows)
