"""`skinproof multilevel`: what a user types and gets. The small tables are synthetic."""

import csv
import gzip
import io
import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from skinproof.faces.cli import main
from skinproof.faces.multilevel_text import HEADER

ARMS = """\
study,treated,control,outcome,m1i,sd1i,n1i,m2i,sd2i,n2i
A,low,sham,EASI,10,4,30,13,4.5,32
A,high,sham,EASI,8,4.1,31,13,4.5,32
B,low,sham,EASI,11,5,20,12,4.9,22
B,low,sham,itch,3,1.2,20,4,1.5,22
C,high,sham,EASI,9,3.5,45,12.5,4,44
D,low,sham,EASI,12,4.4,25,12.4,4.1,26
D,high,sham,EASI,10.5,4.2,24,12.4,4.1,26
D,high,sham,itch,3.1,1.1,24,4.2,1.4,26
E,low,sham,EASI,9.9,4.4,50,11.8,4.0,51
"""
SHARED = ("--measure", "SMD", "--groups", "treated,control", "--outcome", "outcome")
PLAIN = """\
study,outcome,yi,vi,ni,x,z,fixed,mixed
A,one,0.1,0.10,40,1,2,5,1
A,two,0.2,0.10,40,2,4,5,2
B,one,0.2,0.20,20,3,6,5,word
B,two,0.4,0.20,22,4,8,5,3
C,one,0.4,0.20,20,4,8,5,3
C,two,,0.20,20,5,10,5,3
C,three,0.9,0.20,20,5,10,5,3
C,four,0.7,0.25,20,5,10,5,3
"""


@pytest.fixture
def arms(tmp_path: Path) -> str:
    return _file(tmp_path, ARMS)


@pytest.fixture
def plain(tmp_path: Path) -> str:
    return _file(tmp_path, PLAIN)


def _file(folder: Path, text: str) -> str:
    path = folder / "effects.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def run(*args: str) -> str:
    found = CliRunner().invoke(main, ["multilevel", *args])
    assert found.exit_code == 0, found.output
    return found.output


def refused(*args: str) -> tuple[int, str]:
    found = CliRunner().invoke(main, ["multilevel", *args])
    return found.exit_code, found.output.strip().splitlines()[-1]


def raw(shared: Path, name: str) -> dict[str, Any]:
    with gzip.open(shared / f"reference/metafor/dat.{name}.json.gz", "rt", encoding="utf-8") as file:
        content: dict[str, Any] = json.load(file)
    return content


def table(folder: Path, content: dict[str, Any], columns: tuple[str, ...]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*(content["raw"][name] for name in columns), strict=True))
    return _file(folder, text.getvalue())


@pytest.mark.parametrize(
    ("name", "cluster", "rho", "fit", "sandwich"),
    [
        ("konstantopoulos2011", "district", "0", "REML ~1|district/school", "CR2"),
        ("assink2016", "study", "0", "~1|study/esid", "CR2"),
        ("assink2016", "study", "0.6", "vcalc rho=.6", "vcalc.CR2"),
    ],
)
def test_the_answer_is_that_of_metafor(
    shared: Path, tmp_path: Path, name: str, cluster: str, rho: str, fit: str, sandwich: str
) -> None:
    """A user who repeats a published three-level analysis must find its numbers."""
    content = raw(shared, name)
    path = table(tmp_path, content, (cluster, "yi", "vi"))
    found = json.loads(
        run(path, "--measure", "GEN", "--cluster", cluster, "--rho", rho, "--test", "z", "--json")
    )
    expected, robust = content["mv"][fit], content["mv_robust"][sandwich]
    for ours, theirs in (
        ("beta", "beta"),
        ("se", "se"),
        ("ci_lb", "ci.lb"),
        ("ci_ub", "ci.ub"),
        ("pval", "pval"),
    ):
        assert found["overall"][ours] == pytest.approx(expected[theirs][0], rel=2e-6), ours
        if theirs in robust:
            assert found["robust"][ours] == pytest.approx(robust[theirs][0], rel=2e-6), ours
    assert [level["sigma2"] for level in found["levels"]] == pytest.approx(expected["sigma2"], rel=2e-6)
    if name == "konstantopoulos2011":
        assert [found["pi_lb"], found["pi_ub"]] == pytest.approx([-0.4502309703, 0.8196572976], rel=1e-6)
        assert [level["share"] for level in found["levels"]] == pytest.approx([63.32484, 31.86248], rel=1e-6)
        assert found["robust"]["dfs"] == pytest.approx(9.863156, rel=1e-5)


def test_outcomes_have_their_own_averages(shared: Path, tmp_path: Path) -> None:
    content = raw(shared, "assink2016")
    path = table(tmp_path, content, ("study", "deltype", "yi", "vi"))
    asked = ("--measure", "GEN", "--outcome", "deltype", "--rho", "0", "--test", "z", "--json")
    found = json.loads(run(path, *asked))["outcomes"]
    covert, general, overt = content["mv"]["mods deltype"]["beta"]
    assert [one["label"] for one in found["averages"]] == ["covert", "general", "overt"]
    assert [one["beta"] for one in found["averages"]] == pytest.approx(
        [covert, covert + general, covert + overt], rel=1e-6
    )
    assert [(one["k"], one["studies"]) for one in found["averages"]] == [(9, 1), (78, 17), (13, 3)]


def test_the_text_says_whose_effects_they_are_and_what_was_assumed(arms: str) -> None:
    flat = " ".join(run(arms, *SHARED, "--better", "lower").split())
    for words in (
        "9 effects of 5 studies with at least 400 people; 3 studies have more than one effect. Nobody counts twice",
        "the groups they share say how their errors are correlated, times 0.6 between outcomes",
        "0% lies between studies, 53% between effects of the same study, and 47% is chance",
        "the cluster-robust interval (CR2) is -0.96 to -0.31; with", "With assumed correlations from 0 to 0.8",
        "cluster-robust (CR2) -0.63 (95% CI -0.96 to -0.31), p = 0.006, df 3.88", "95% prediction interval -1.39 to 0.13",
        "between studies 5 0.00 0.00 to 0.33 0.0%", "*0.6 -0.63 -1.01 to -0.26", "EASI, high v sham", "below 4 its p-value",
        "itch 2 2 -0.98", "No difference between the outcomes was shown",
    ):  # fmt: skip
        assert words in flat, words
    assert "repeat a study" not in flat


def test_people_of_shared_groups_count_once(tmp_path: Path) -> None:
    """The sham group of study A stands in two rows, and its 32 people are still 32."""
    assert json.loads(run(_file(tmp_path, ARMS), *SHARED, "--json"))["people"] == 93 + 42 + 89 + 75 + 101
    assert json.loads(run(_file(tmp_path, PLAIN), "--measure", "GEN", "--json"))["people"] == 40 + 22 + 20


def test_shared_groups_alone_leave_no_correlation_to_assume(tmp_path: Path) -> None:
    rows = [line for line in ARMS.splitlines() if "itch" not in line]
    found = json.loads(
        run(_file(tmp_path, "\n".join(rows)), "--measure", "MD", "--groups", "treated,control", "--json")
    )
    assert found["tried"] == []
    assert found["asked"]["groups"] == ["treated", "control"]


def test_an_effect_without_numbers_is_listed_and_takes_no_part(plain: str) -> None:
    text = " ".join(run(plain, "--measure", "GEN", "--outcome", "outcome").split())
    assert "7 effects of 3 studies" in text
    assert "Not pooled (1 row) Row 6, C: no effect, or no variance." in text
    assert "3 studies: how much studies differ is very uncertain." in text


def test_moderators_stand_with_robust_errors_beside(tmp_path: Path) -> None:
    text = " ".join(run(_file(tmp_path, ARMS), *SHARED, "--mods", "treated").split())
    assert "Robust CI Robust p df ---" in text
    assert "; cluster-robust p < 0.001" in text
    assert "Left unexplained: sigma2" in text
    assert "Robust p-values with fewer than 4 degrees of freedom are not to be relied on." in text


def test_a_moderator_that_one_study_decides_has_no_robust_error_and_that_is_said(tmp_path: Path) -> None:
    path = _file(tmp_path, "study,yi,vi,x\nA,1,1,0\nA,2,1,0\nB,2,1,0\nB,1,1,0\nC,3,1,1\nC,2,1,1\n")
    text = " ".join(run(path, "--measure", "GEN", "--mods", "x", "--test", "z").split())
    assert "no cluster-robust errors: coefficient x: cluster C alone decides it" in text


@pytest.mark.parametrize("robust", ["CR0", "CR1", "none"])
def test_other_robust_errors_can_be_had(plain: str, robust: str) -> None:
    found = json.loads(run(plain, "--measure", "GEN", "--robust", robust, "--json"))
    assert (found["robust"] is None) == (robust == "none")
    assert any("is too narrow with fewer" in note for note in found["notes"]) == (robust != "none")


def test_correlations_to_try_can_be_named(plain: str) -> None:
    found = json.loads(run(plain, "--measure", "GEN", "--rho", "0.5", "--rho-range", "0.1,0.9", "--json"))
    assert [one["rho"] for one in found["tried"]] == [0.1, 0.5, 0.9]
    assert found["tried"][1]["average"]["beta"] == found["overall"]["beta"]


def test_csv_has_effects_outcomes_correlations_levels_and_answers(arms: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run(arms, *SHARED, "--csv"))))
    assert tuple(rows[0]) == HEADER
    kinds = [row["kind"] for row in rows]
    assert kinds == ["effect"] * 9 + ["outcome"] * 2 + ["rho"] * 5 + ["level"] * 2 + ["robust", "pooled"]
    assert rows[-1]["studies"] == "5" and rows[-1]["ni"] == "400"


@pytest.mark.parametrize("narrow", [(), ("--narrow",)])
def test_the_forest_plot_sets_effects_below_their_study(
    arms: str, tmp_path: Path, narrow: tuple[str, ...]
) -> None:
    path = tmp_path / "forest.svg"
    run(arms, *SHARED, "--forest", str(path), "--title", "Low <or> high", *narrow)
    text = path.read_text(encoding="utf-8")
    texts = [one.text for one in ET.fromstring(text).iter("{http://www.w3.org/2000/svg}text")]
    place = texts.index("A")
    assert texts.index("EASI, low v sham") > place
    assert texts.index("B") > texts.index("EASI, high v sham")
    assert "Cluster-robust (CR2)" in texts
    assert "Low &lt;or&gt; high" in text
    if narrow:
        assert 'width="360"' in text


def test_the_bundle_repeats_itself(arms: str, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    run(arms, *SHARED, "--mods", "treated", "--bundle", str(folder))
    assert {path.name for path in folder.iterdir()} == {
        "data.csv", "options.json", "results.json", "pool.py", "pool.R", "README.txt"
    }  # fmt: skip
    found = subprocess.run(
        [sys.executable, str(folder / "pool.py")], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "clubSandwich" in (folder / "pool.R").read_text(encoding="utf-8")


def test_the_r_script_names_no_package_that_it_does_not_use(plain: str, tmp_path: Path) -> None:
    run(plain, "--measure", "GEN", "--robust", "CR1", "--bundle", str(tmp_path / "b"))
    assert "clubSandwich" not in (tmp_path / "b/pool.R").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "args", [(*SHARED, "--mods", "treated"), ("--measure", "MD", "--robust", "CR1", "--test", "t")]
)
def test_metafor_finds_the_same(arms: str, tmp_path: Path, args: tuple[str, ...]) -> None:
    script = shutil.which("Rscript")
    asked = "quit(status = !(requireNamespace('metafor', quietly = TRUE) && requireNamespace('jsonlite', quietly = TRUE)))"
    if script is None or subprocess.run([script, "-e", asked], capture_output=True, check=False).returncode:
        pytest.skip("needs R with metafor and jsonlite")
    run(arms, *args, "--bundle", str(tmp_path / "b"))
    found = subprocess.run(
        [script, "pool.R"], cwd=tmp_path / "b", capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    assert "DIFFERS" not in found.stdout
    assert "pi_lb" in found.stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--only", "outcome=one"), "each of the 3 studies has one effect"),
        (("--only", "study=A"), "all 2 effects are of one study"),
        (("--mods", "x", "--mods", "z"), "column z of mods is constant or a combination"),
        (("--mods", "fixed"), "column fixed of mods is constant"),
        (("--mods", "mixed"), "row 3 (B), column 'mixed': 'word' among numbers"),
        (("--rho", "1"), "a correlation of 1 within studies"),
        (("--rho=-0.9",), "rows 5, 7, 8 (column 'study': C): with these correlations the covariance matrix"),
        (("--rho-range", "0,x"), "--rho-range '0,x': write numbers"),
        (("--rho-range", "0,1"), "a correlation of 1"),
        (("--groups", "x"), "--groups 'x': write two columns"),
        (
            ("--groups", "fixed,mixed"),
            "rows 5, 7, 8 (column 'study': C): with these correlations the covariance matrix",
        ),
        (("--groups", "fixed,fixed"), "row 1 (A): '5' is compared with itself"),
        (("--cluster", "nope"), "has no column 'nope'"),
        (("--mid", "0"), "--mid 0"),
        (("--level", "0"), "--level 0"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_place(
    plain: str, args: tuple[str, ...], words: str
) -> None:
    code, said = refused(plain, "--measure", "GEN", *args)
    assert code in (2, 8)
    assert words in said


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "study,yi,vi\nA,1,1\n,1,1\nA,2,1\n",
            "row 2 (line 3), column 'study': empty; name the study of every effect",
        ),
        ("study,yi,vi\nA,1,1\nA,1,0\nB,2,1\n", "row 2 (line 3, A), column 'vi': 0: must be above 0"),
        (
            "study,yi,vi,a,b\nA,1,1,t,\nA,1,1,t,c\nB,2,1,t,c\n",
            "row 1 (A), column 'b': empty; name both groups",
        ),
    ],
)
def test_a_table_that_cannot_be_true_is_refused(tmp_path: Path, body: str, words: str) -> None:
    groups = ("--groups", "a,b") if "a,b" in body else ()
    code, said = refused(_file(tmp_path, body), "--measure", "GEN", *groups)
    assert (code, words in said) == (8, True), said


def test_no_effect_is_no_answer_and_says_so(tmp_path: Path) -> None:
    path = _file(tmp_path, "study,yi,vi\nA,,1\nA,,2\n")
    text = run(path, "--measure", "GEN")
    assert "No study could be pooled" in text
    assert refused(path, "--measure", "GEN", "--bundle", str(tmp_path / "b"))[0] == 2
    run(path, "--measure", "GEN", "--forest", str(tmp_path / "f.svg"))


def test_copies_are_noted_and_further_effects_are_not(tmp_path: Path) -> None:
    body = "study,yi,vi\nA,1,1\nA,1,1\nA,2,1\nB,2,1\nB,1,0.5\n"
    found = json.loads(run(_file(tmp_path, body), "--measure", "GEN", "--json"))
    assert [len(row["notes"]) for row in found["rows"]] == [0, 1, 0, 0, 0]


def test_a_robust_interval_of_few_degrees_of_freedom_never_agrees(tmp_path: Path) -> None:
    """Two studies: the robust interval (df 1.01) is far narrower than the model's, which is no confirmation."""
    path = tmp_path / "t.csv"
    path.write_text(
        "study,outcome,ai,n1i,ci,n2i\nA,brightness,11,28,5,28\nA,texture,13,28,7,28\nB,scar,5,27,2,27\n"
    )
    found = CliRunner().invoke(
        main, ["multilevel", str(path), "--measure", "RR", "--outcome", "outcome", "--better", "higher"]
    )
    assert found.exit_code == 0, found.output
    text = " ".join(found.output.split())
    assert "0.81 to 5.12; with 1.01 degrees of freedom (fewer than 4) it is not to be relied on" in text
    assert "agrees" not in text


def test_averages_of_outcomes_are_metafors_predict_and_stand_in_the_bundle(tmp_path: Path) -> None:
    """metafor 3.8: predict(rma.mv(yi, V, mods = ~ outcome, random = ~ 1 | study/id, test = "t", dfs = "contain"))."""
    path, folder = tmp_path / "t.csv", tmp_path / "bundle"
    path.write_text("study,outcome,yi,vi\nA,p,0.1,0.02\nA,q,0.3,0.2\nB,p,0.9,0.2\nB,q,.2,.1\nC,p,.5,.1\n")
    args = ["multilevel", str(path), "--measure", "GEN", "--outcome", "outcome", "--bundle", str(folder)]
    found = CliRunner().invoke(main, args)
    assert found.exit_code == 0 and "0.35 -2.45 to 3.16 1" in " ".join(found.output.split())
    numbers = json.loads((folder / "results.json").read_text())
    expected = {
        "b1": 0.3531,
        "se1": 0.2207,
        "lb1": -2.4510,
        "ub1": 3.1573,
        "b2": 0.1650,
        "lb2": -3.8185,
        "ub2": 4.1485,
    }
    for name, value in expected.items():
        assert numbers[f"outcomes_{name}"] == pytest.approx(value, abs=6e-5), name
    done = subprocess.run(
        [sys.executable, str(folder / "pool.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "outcomes_ub2" in done.stdout, done.stdout + done.stderr
