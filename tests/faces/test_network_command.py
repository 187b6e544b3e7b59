"""`skinproof network`: what a user types and gets."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from skinproof.faces.cli import main
from skinproof.faces.network_text import HEADER, METHODS
from skinproof.synthesis.network import METHODS as POOLED
from tests.faces.test_pool_command import has_metafor

QUIT = str(Path(__file__).resolve().parents[2] / "docs/examples/quit-smoking.csv")
ASKED = (QUIT, "--measure", "OR", "--add", "0.5", "--reference", "no contact", "--better", "higher")
TABLES = {
    "OR": None,
    "RR": None,
    "RD": None,
    "MD": "study,treatment,mean,sd,n\n",
    "SMD": "study,treatment,mean,sd,n\n",
    "ROM": "study,treatment,mean,sd,n\n",
    "GEN": "study,treat1,treat2,yi,vi\n1,x,y,0.5,1\n2,y,z,0.7,1\n3,x,z,0.4,1\n4,x,y,1,1.5\n4,y,z,1,1.5\n4,x,z,2,1.5\n",
}
# Mean off-time reduction in Parkinson's disease: Dias et al. 2013, doi:10.1177/0272989X12458724, signs turned for ROM.
MEANS = """\
1,1,1.22,3.7,54\n1,3,1.53,4.28,95\n2,1,0.7,3.7,172\n2,2,2.4,3.4,173\n3,1,0.3,4.4,76\n3,2,2.6,4.3,71\n3,4,1.2,4.3,81
4,3,0.24,3,128\n4,4,0.59,3,72\n5,3,0.73,3,80\n5,4,0.18,3,46\n6,4,2.2,2.31,137\n6,5,2.5,2.18,131\n7,4,1.8,2.48,154\n7,5,2.1,2.99,143
"""


def run(*args: str) -> str:
    found = CliRunner().invoke(main, ["network", *args])
    assert found.exit_code == 0, found.output
    return found.output


def refused(*args: str) -> tuple[int, str]:
    found = CliRunner().invoke(main, ["network", *args])
    return found.exit_code, found.output.strip().splitlines()[-1]


def test_the_text_answers_every_question_of_a_network() -> None:
    flat = " ".join(run(*ASKED).split())
    for words in (
        "24 studies with 16,740 people compare 4 treatments", "Against no contact (odds ratio)", "15 + indirect 2.03 1.39 to 2.98 0.48 to 8.66",
        "Every pair, by name", "tau2 0.45", "Q 202.62, df 23, p < 0.001", "within designs Q 187.40, df 16", "between designs Q 15.22, df 7, p = 0.033",
        "no contact self-help 3 0.73 (0.31 to 1.69) 0.60 (0.22 to 1.64) 0.774", "Ranks, 1 the best; read the caution first",
        "they do not say which product to use", "Indirect comparisons hold only if",
    ):  # fmt: skip
        assert words in flat, words


def test_json_csv_and_text_hold_the_same_numbers() -> None:
    found = json.loads(run(*ASKED, "--json"))
    assert found["plain_words"][0].startswith("24 studies")
    pair = next(p for p in found["against"] if p["treat1"] == "self-help")
    assert (
        pair["shown"]["est"] == pytest.approx(1.4876, abs=1e-4) and pair["evidence"] == "direct and indirect"
    )
    rows = list(csv.DictReader(io.StringIO(run(*ASKED, "--csv"))))
    assert tuple(rows[0]) == HEADER
    kinds = [row["kind"] for row in rows]
    assert [kinds.count(kind) for kind in ("treatment", "pair", "network", "inconsistency", "design")] == [
        4,
        6,
        1,
        1,
        8,
    ]
    assert all("do not say which product" in row["notes"] for row in rows if row["p_score"])
    turned = next(row for row in rows if (row["treat1"], row["treat2"]) == ("no contact", "self-help"))
    assert float(turned["estimate"]) == pytest.approx(-pair["estimate"])
    out = [
        row
        for row in csv.DictReader(io.StringIO(run(QUIT, "--measure", "OR", "--csv")))
        if row["kind"] == "left out"
    ]
    assert len(out) == 4 and "nobody or everybody" in out[0]["notes"]


def test_pictures_and_league_table_are_written(tmp_path: Path) -> None:
    names = {"graph": "g.svg", "forest": "f.png", "league": "l.csv"}
    run(
        *ASKED,
        *(part for name, file in names.items() for part in (f"--{name}", str(tmp_path / file))),
        "--narrow",
    )
    assert (tmp_path / "g.svg").read_text(encoding="utf-8").startswith("<svg")
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")
    league = list(csv.reader(io.StringIO((tmp_path / "l.csv").read_text(encoding="utf-8"))))
    assert league[0] == [
        "OR, row against column",
        "group counselling",
        "individual counselling",
        "no contact",
        "self-help",
    ]
    assert league[2][3] == "2.03 [1.39, 2.98]" and league[3][2] == "0.49 [0.34, 0.72]"
    assert [league[i][i] for i in range(1, 5)] == [""] * 4


def table_of(measure: str, folder: Path) -> tuple[str, ...]:
    head = TABLES[measure]
    if head is None:
        return (QUIT, "--measure", measure, "--add", "0.5")
    path = folder / "t.csv"
    path.write_text(head if measure == "GEN" else head + MEANS, encoding="utf-8")
    return (str(path), "--measure", measure)


@pytest.mark.parametrize("measure", TABLES)
def test_the_bundle_repeats_every_number_in_python(measure: str, tmp_path: Path) -> None:
    run(*table_of(measure, tmp_path), "--bundle", str(tmp_path / "b"))
    done = subprocess.run(
        [sys.executable, str(tmp_path / "b/network.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "beta: " in done.stdout


def test_a_bundle_repeats_names_that_a_spreadsheet_would_run(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "study,treatment,events,n\nA,=1+1,1,9\nA,@x,2,9\nB,=1+1,3,9\nB,@x,4,9\n", encoding="utf-8"
    )
    run(str(path), "--measure", "OR", "--reference", "=1+1", "--bundle", str(tmp_path / "b"))
    assert "'=1+1" in (tmp_path / "b/data.csv").read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "b/network.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not has_metafor(), reason="needs R with metafor and jsonlite")
@pytest.mark.parametrize(
    ("measure", "method"), [("OR", "REML"), ("RD", "DL"), ("SMD", "EE"), ("ROM", "REML"), ("GEN", "ML")]
)
def test_the_bundle_repeats_every_number_in_metafor(measure: str, method: str, tmp_path: Path) -> None:
    run(*table_of(measure, tmp_path), "--method", method, "--bundle", str(tmp_path / "b"))
    done = subprocess.run(
        ["Rscript", "network.R"], cwd=tmp_path / "b", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "DIFFERS" not in done.stdout and "beta: " in done.stdout


@pytest.mark.parametrize(
    ("rows", "code", "message"),
    [
        ("A,x,four,9\n", 8, "row 1 (line 2, A), column 'events': 'four' is not a number"),
        ("A,x,1,9\n", 8, "row 1 (line 2, A): its only arm is 'x'"),
        ("A,x,1,9\nA,y,2,9\nB,v,1,9\nB,w,2,9\n", 8, "1. v, w (1 study); 2. x, y (1 study)"),
        ("", 2, "no rows below the header"),
    ],
)
def test_bad_tables_end_with_one_line_that_says_where(
    rows: str, code: int, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("study,treatment,events,n\n" + rows, encoding="utf-8")
    found = refused(str(path), "--measure", "OR")
    assert found[0] == code and message in found[1]


def test_options_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    assert refused(QUIT, "--measure", "OR", "--json", "--csv")[0] == 2
    assert "no such treatment" in refused(QUIT, "--measure", "OR", "--reference", "laser")[1]
    assert "level" in refused(QUIT, "--measure", "OR", "--level", "300")[1]
    assert ".svg, .png or .pdf" in refused(QUIT, "--measure", "OR", "--graph", str(tmp_path / "x.gif"))[1]
    assert refused(str(tmp_path / "none.csv"), "--measure", "OR")[0] == 3


def test_every_method_has_its_name() -> None:
    assert set(METHODS) == set(POOLED)


def test_a_pair_the_other_way_round_in_differences(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("study,treat1,treat2,yi,vi\nA,x,y,-1,0.25\n", encoding="utf-8")
    run(str(path), "--measure", "MD", "--league", str(tmp_path / "l.csv"))
    text = (tmp_path / "l.csv").read_text(encoding="utf-8")
    assert 'x,,"−1.00 [−1.98, −0.020]"' in text and 'y,"1.00 [0.020, 1.98]",' in text
