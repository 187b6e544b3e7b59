"""`skinproof pool` on counts: methods for rare events, and events per 1,000 people."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from skinproof.faces.cli import main
from skinproof.synthesis import pool_beta_binomial, pool_glmm, pool_mh, pool_peto
from skinproof.views.pool_counts import count_methods
from skinproof.views.pooled import COUNTS

BCG = str(Path(__file__).resolve().parents[2] / "docs/examples/bcg-trials.csv")
ROWS = "study,ai,n1i,ci,n2i,group\nA,1,50,3,50,x\nB,0,40,2,42,x\nC,0,30,0,31,y\nD,2,100,6,98,y\nE,1,60,1,55,y\nF,,60,1,55,y\n"
USED = {
    "ai": [1, 0, 0, 2, 1],
    "n1i": [50, 40, 30, 100, 60],
    "ci": [3, 2, 0, 6, 1],
    "n2i": [50, 42, 31, 98, 55],
}
ONE_ARM = "study,xi,ni\nA,0,20\nB,1,30\nC,0,12\nD,4,25\n"


def run(*args: str) -> str:
    found = CliRunner().invoke(main, ["pool", *args])
    assert found.exit_code == 0, found.output
    return found.output


def asked(*args: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*args, "--json"))
    return found


def refused(*args: str) -> str:
    found = CliRunner().invoke(main, ["pool", *args])
    assert found.exit_code in (2, 8), found.output
    return found.output.strip()


@pytest.fixture
def rare(tmp_path: Path) -> str:
    path = tmp_path / "rare.csv"
    path.write_text(ROWS)
    return str(path)


@pytest.fixture
def one_arm(tmp_path: Path) -> str:
    path = tmp_path / "arm.csv"
    path.write_text(ONE_ARM)
    return str(path)


def expected(measure: str, method: str) -> Any:
    given: dict[str, Any] = dict(USED)
    if method == "MH":
        return pool_mh(measure, **given)
    if method == "PETO":
        return pool_peto(**given)
    if method == "BB":
        return pool_beta_binomial(measure, **given)
    return pool_glmm(measure, **given, model=method, drop00=False)


@pytest.mark.parametrize(
    ("measure", "method"), [(m, method) for m in ("RR", "OR", "RD", "PETO") for method in count_methods(m)]
)
def test_counts_are_pooled_and_a_study_without_an_effect_of_its_own_counts(
    rare: str, measure: str, method: str
) -> None:
    found = asked(rare, "--measure", measure, "--method", method)
    overall, wanted = found["overall"], expected(measure, method)
    for name in ("k", "beta", "se", "pval", "ci_lb", "ci_ub"):
        assert overall[name] == pytest.approx(getattr(wanted, name), rel=1e-9), name
    assert overall["double_zero"] == [3] and overall["k"] == 5
    assert [row["left_out"] for row in found["rows"]] == [""] * 5 + ["ai not reported"]
    assert any("1 of 5 studies with no event" in line and "(row 3)" in line for line in found["plain_words"])
    assert found["absolute"]["baseline"] == pytest.approx(1000 * 12 / 276)


def test_every_method_of_counts_is_for_some_measure_and_named() -> None:
    measures = ("OR", "RR", "RD", "PETO", "IRR", "IRD", "PLO", "PR", "IRLN")
    assert {method for m in measures for method in count_methods(m)} == set(COUNTS)


@pytest.mark.parametrize(("measure", "method"), [("PLO", "GLMM"), ("PLO", "BB"), ("PR", "BB")])
def test_one_arm_with_few_events_has_methods_that_need_no_constant(
    one_arm: str, measure: str, method: str
) -> None:
    found = asked(one_arm, "--measure", measure, "--method", method)
    assert found["overall"]["k"] == 4 and found["overall"]["double_zero"] == [1, 3]
    assert 0 < found["overall"]["shown"]["lb"] < found["overall"]["shown"]["est"] < 0.3
    plain = " ".join(asked(one_arm, "--measure", "PLO")["plain_words"])
    assert "--measure PLO --method GLMM" in plain and "--method GLMM, BB" in plain


def test_weights_and_each_study_left_out_are_those_of_mantel_and_haenszel(rare: str) -> None:
    rows = asked(rare, "--measure", "RR", "--method", "MH")["rows"]
    raw = [c * n1 / (n1 + n2) for c, n1, n2 in zip(USED["ci"], USED["n1i"], USED["n2i"], strict=True)]
    assert [row["weight"] for row in rows[:5]] == pytest.approx([100 * w / sum(raw) for w in raw])
    without = pool_mh("RR", **{name: values[1:] for name, values in USED.items()})  # type: ignore[arg-type]
    assert rows[0]["without_beta"] == pytest.approx(without.beta)


def test_left_out_as_asked_a_double_zero_study_is_listed(rare: str) -> None:
    found = asked(rare, "--measure", "RD", "--method", "MH", "--drop-double-zero")
    assert found["overall"]["k"] == 4 and found["overall"]["double_zero"] == []
    assert "no event, or only events, in both arms" in found["rows"][2]["left_out"]


def test_subgroups_are_pooled_by_the_same_method(rare: str) -> None:
    found = asked(rare, "--measure", "OR", "--method", "PETO", "--subgroup", "group")
    assert [(g["label"], g["k"], g["double_zero"]) for g in found["groups"]] == [("x", 2, []), ("y", 3, [3])]
    mh = asked(rare, "--measure", "RR", "--method", "MH", "--subgroup", "group")
    assert (
        mh["overall"]["qe_df"] == 2 and mh["groups"][0]["qe"] is None
    )  # one study of x has an effect of its own
    assert "has no test of whether subgroups differ" in run(rare, "--measure", "RR", "--method", "MH", "--subgroup", "group")  # fmt: skip


def test_text_and_csv_and_pictures_hold_studies_without_an_effect(rare: str, tmp_path: Path) -> None:
    forest, funnel = tmp_path / "forest.svg", tmp_path / "funnel.svg"
    text = " ".join(run(rare, "--measure", "OR", "--method", "UM.FS", "--forest", str(forest), "--funnel", str(funnel)).split())  # fmt: skip
    assert "C 0/30 0/31" in text and "1 study in every arm (row 3)" in text
    assert "mixed model of counts, a baseline for each study (UM.FS); test z" in text
    assert "C, 0/30 against 0/31: no effect of its own" in forest.read_text()
    rows = list(csv.DictReader(io.StringIO(run(rare, "--measure", "OR", "--method", "UM.FS", "--csv"))))
    assert rows[2]["yi"] == "" and rows[2]["left_out"] == "" and rows[-1]["k"] == "5"


@pytest.mark.parametrize(
    ("measure", "method"), [("RR", "MH"), ("OR", "PETO"), ("OR", "UM.FS"), ("OR", "CM.EL"), ("RD", "BB")]
)
def test_the_bundle_repeats_counts(rare: str, tmp_path: Path, measure: str, method: str) -> None:
    folder = tmp_path / "bundle"
    run(rare, "--measure", measure, "--method", method, "--bundle", str(folder))
    done = subprocess.run(
        [sys.executable, str(folder / "pool.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "data.csv").read_text().count("\n") == 6
    if method == "BB":
        assert not (folder / "pool.R").exists(), "metafor has no such model"
        assert "no beta-binomial model" in (folder / "README.txt").read_text()
        return
    script = (folder / "pool.R").read_text()
    called = {"MH": "rma.mh(", "PETO": "rma.peto("}.get(method, f'model = "{method}"')
    assert called in script


@pytest.mark.parametrize("method", ["MH", "PETO", "UM.FS", "BB"])
def test_no_column_of_the_text_is_empty(rare: str, method: str) -> None:
    text = run(rare, "--measure", "RR" if method in ("MH", "BB") else "OR", "--method", method)
    heads = [line for line in text.splitlines() if line.startswith(("Study ", "Left out"))]
    assert heads and not any("Cook's D" in head or "Influential" in head for head in heads)
    assert ("Weight" in heads[0]) == (method in ("MH", "PETO"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--measure", "RR", "--method", "PETO"], "pools OR, PETO, not RR. RR has MH, BB"),
        (["--measure", "RR", "--method", "MH", "--test", "knha"], "method MH has z"),
        (["--measure", "RR", "--method", "MH", "--mods", "group"], "no moderators"),
        (["--measure", "RR", "--method", "MH", "--baujat", "x.svg"], "no picture of influence"),
        (["--measure", "RR", "--baseline-risk", "12"], "above 0 and below 1"),
        (["--measure", "AS", "--baseline-risk", "0.1"], "is for RR, OR, PETO, RD"),
    ],
)
def test_what_does_not_fit_is_refused(rare: str, options: list[str], words: str) -> None:
    assert words in " ".join(refused(rare, *options).split())


def test_effects_without_counts_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_text("study,yi,vi\nA,0.1,0.2\nB,0.3,0.1\n")
    assert "lacks ai, ci" in " ".join(refused(str(path), "--measure", "RR", "--method", "MH").split())


def test_no_event_in_one_arm_is_said(tmp_path: Path) -> None:
    path = tmp_path / "none.csv"
    path.write_text("study,ai,n1i,ci,n2i\nA,0,20,2,20\nB,0,30,1,30\n")
    for method in ("MH", "UM.FS", "BB"):
        assert "event" in refused(str(path), "--measure", "OR", "--method", method)


@pytest.mark.parametrize(
    ("measure", "treated"),
    [
        ("RR", lambda e: 0.1 * e),
        ("OR", lambda e: e * 0.1 / 0.9 / (1 + e * 0.1 / 0.9)),
        ("RD", lambda e: 0.1 + e),
    ],
)
def test_events_per_1000_follow_from_the_baseline_risk(measure: str, treated: Any) -> None:
    """By hand: a risk times the ratio, odds times the odds ratio, a risk plus the difference."""
    found = asked(BCG, "--measure", measure, "--baseline-risk", "0.1")
    absolute, shown = found["absolute"], found["overall"]["shown"]
    for bound in ("est", "lb", "ub"):
        assert absolute["treated"][bound] == pytest.approx(1000 * treated(shown[bound]))
        assert absolute["difference"][bound] == pytest.approx(1000 * treated(shown[bound]) - 100)
    assert absolute["baseline"] == 100 and absolute["source"] == "the baseline risk that was given"


def test_without_a_baseline_risk_that_of_the_second_arms_is_taken_and_named() -> None:
    text = " ".join(run(BCG, "--measure", "RR", "--arms", "BCG,no BCG").split())
    assert "the pooled risk of no BCG:" in text
    assert "Events per 1,000 people" in text
    assert asked(BCG, "--measure", "AS")["absolute"] is None


def test_studies_that_add_nothing_count_neither_in_df_nor_in_i2(tmp_path: Path) -> None:
    """Empty studies must not dilute heterogeneity; metafor leaves them out by default (drop00)."""
    rows = "study,ai,n1i,ci,n2i\n" + "".join(
        f"S{n},{a},{n1},{c},{n2}\n"
        for n, (a, n1, c, n2) in enumerate(
            [(2, 6, 3, 3), (2, 19, 3, 21), (30, 69, 14, 34), (2, 20, 0, 10), (17, 40, 11, 20), (3, 30, 9, 31)]
        )
    )
    full, padded = tmp_path / "full.csv", tmp_path / "padded.csv"
    full.write_text(rows)
    padded.write_text(rows + "E1,0,15,0,15\nE2,0,40,0,38\nE3,0,9,0,9\n")
    for method in ("CM.EL", "UM.FS"):
        one, two = (
            asked(str(path), "--measure", "OR", "--method", method)["overall"] for path in (full, padded)
        )
        assert (one["k"], two["k"], two["qe_df"]) == (6, 9, 5)
        for name in ("beta", "se", "tau2", "i2", "h2", "qe", "qep"):
            assert two[name] == pytest.approx(one[name], rel=1e-9), name
    text = " ".join(run(str(padded), "--measure", "OR", "--method", "CM.EL").split())
    assert "3 of 9 studies with no event, or only events, in every arm" in text
    assert "the model lets them add nothing to the effect" in text and "drop00" not in text
