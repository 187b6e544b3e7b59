"""`skinproof living`: what a user types and gets."""

import csv
import io
import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner

from skinproof.faces.cli import main
from skinproof.faces.living_bundle import FILES
from skinproof.faces.living_text import HEADER
from tests.faces.test_pool_command import BCG, has_metafor

ASKED = (BCG, "--measure", "RR", "--order", "year")


def run(*args: str) -> str:
    found = CliRunner().invoke(main, ["living", *args])
    assert found.exit_code == 0, found.output
    return found.output


def refused(*args: str) -> tuple[int, str]:
    found = CliRunner().invoke(main, ["living", *args])
    return found.exit_code, found.output.strip().splitlines()[-1]


def test_the_text_tells_the_newest_study_the_course_and_repeated_looks() -> None:
    text = run(*ASKED, "--mid", "0.8", "--arms", "BCG,no BCG", "--better", "lower")
    flat = " ".join(text.split())
    for words in (
        "What the newest study changed", "The newest study, TPT Madras 1980 (1980), moved the pooled risk ratio from 0.45",
        "1960 Rosenthal et al 1960 0.26 0.37 0.18 to 0.75 0.12 to 1.14 -3% now excludes",
        "What each study changes in today's answer", "The 95% always-valid interval", "there is 20% of it",
        "Methods and their limits", "no boundary for futility", "Several studies came at 1973",
    ):  # fmt: skip
        assert words in flat, words
    assert max(map(len, text.splitlines())) <= 100
    assert "need --mid" in " ".join(run(*ASKED).split())


def test_json_and_csv_hold_the_same_numbers() -> None:
    found = json.loads(run(*ASKED, "--mid", "0.8", "--json"))
    rows = list(csv.DictReader(io.StringIO(run(*ASKED, "--mid", "0.8", "--csv"))))
    assert tuple(rows[0]) == HEADER and len(rows) == len(found["steps"]) == 13
    assert found["plain_words"][0].startswith("The newest study") and len(found["limits"]) == 3
    for row, step, at in zip(rows, found["steps"], range(13), strict=True):
        assert float(row["beta"]) == step["look"]["beta"] and row["study"] == step["study"]
        assert float(row["always_lb"]) == found["always"]["shown"][at]["lb"]
        assert float(row["share"]) == found["boundaries"]["share"][at]
        assert float(row["without_est"]) == step["without"]["shown"]["est"]
    assert (rows[0]["boundary"], rows[0]["shift"], rows[0]["est_pi_lb"]) == ("", "", "")
    plain = list(csv.DictReader(io.StringIO(run(*ASKED, "--csv"))))
    assert plain[-1]["share"] == "" and plain[-1]["always_lb"]


def test_pictures_are_written(tmp_path: Path) -> None:
    for name in ("cumulative", "sequential"):
        svg, png = tmp_path / f"{name}.svg", tmp_path / f"{name}.png"
        run(*ASKED, "--mid", "0.8", f"--{name}", str(svg), "--narrow", "--title", "A <title>")
        run(*ASKED, f"--{name}", str(png))
        assert ET.fromstring(svg.read_text()).get("width") == "360" and "A &lt;title&gt;" in svg.read_text()
        assert png.read_bytes().startswith(b"\x89PNG")


WEIGHTS = "study,year,yi,vi,weights\nA,2001,0.1,0.2,3\nB,2000,0.4,0.1,2\nC,2003,-0.3,0.3,1\n"


@pytest.mark.parametrize("name", ["counts", "equal", "weights", "one"])
def test_a_bundle_repeats_every_number(name: str, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text(WEIGHTS if name == "weights" else "study,year,yi,vi\nA,2001,0.1,0.2\n")
    asked = {
        "counts": (*ASKED, "--mid", "0.8", "--level", "90"),
        "equal": (*ASKED, "--method", "EE", "--test", "z"),
        "weights": (str(table), "--measure", "GEN", "--order", "year", "--method", "GENQ"),
        "one": (str(table), "--measure", "SMD", "--order", "year"),
    }[name]
    folder = tmp_path / "bundle"
    run(*asked, "--bundle", str(folder))
    assert {path.name for path in folder.iterdir()} == set(FILES) - {"plots.pdf"}
    script = [sys.executable, str(folder / "living.py")]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and " 0 differ" in done.stdout, done.stdout + done.stderr
    results = json.loads((folder / "results.json").read_text())
    results["beta"][0] += 0.01
    (folder / "results.json").write_text(json.dumps(results))
    moved = subprocess.run(script, capture_output=True, text=True, check=False)
    assert moved.returncode == 1 and "beta of study 1" in moved.stdout


def test_the_bundle_repeats_in_metafor(tmp_path: Path) -> None:
    if not has_metafor():
        pytest.skip("R with metafor and jsonlite is not installed")
    folder = tmp_path / "bundle"
    run(*ASKED, "--bundle", str(folder))
    rscript = shutil.which("Rscript")
    assert rscript is not None
    done = subprocess.run([rscript, "living.R"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    compared = [line for line in done.stdout.splitlines() if "differ by more than" in line]
    assert len(compared) == 6 and all(" 0 of 1" in line for line in compared), compared
    assert (folder / "plots.pdf").exists()


def test_what_cannot_be_told_is_refused_with_what_to_do(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("study,year,ai,n1i,ci,n2i\nA,2001,3,20,5,20\nB,soon,2,30,5,30\n")
    given = (str(table), "--measure", "RR")
    code, said = refused(*given)
    assert code == 2 and "Missing option '--order'" in said
    assert refused(*given, "--order", "date")[1].startswith(
        "error: table.csv has no column 'date'; it has study, year"
    )
    code, said = refused(*given, "--order", "year")
    assert code == 8 and "row 2 (B), column 'year': 'soon' is no time" in said
    assert "--json and --csv" in refused(*ASKED, "--json", "--csv")[1]
    table.write_text("study,year,ai,n1i,ci,n2i\n")
    assert "nothing to repeat" in refused(*given, "--order", "year", "--bundle", str(tmp_path / "b"))[1]
    assert "No study could be pooled" in run(*given, "--order", "year")
