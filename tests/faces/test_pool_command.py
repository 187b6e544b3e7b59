"""`skinproof pool`: what a user types and gets."""

import csv
import io
import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner

from skinproof.errors import SynthesisError
from skinproof.faces.cli import main
from skinproof.faces.pool_text import HEADER
from skinproof.synthesis import results, tau2
from skinproof.views.pooled import METHODS, TESTS

BCG = str(Path(__file__).resolve().parents[2] / "docs/examples/bcg-trials.csv")


def run(*args: str) -> str:
    found = CliRunner().invoke(main, ["pool", *args])
    assert found.exit_code == 0, found.output
    return found.output


def refused(*args: str) -> tuple[int, str]:
    found = CliRunner().invoke(main, ["pool", *args])
    return found.exit_code, found.output.strip().splitlines()[-1]


def has_metafor() -> bool:
    script = shutil.which("Rscript")
    if script is None:
        return False
    asked = "quit(status = !(requireNamespace('metafor', quietly = TRUE) && requireNamespace('jsonlite', quietly = TRUE)))"
    return subprocess.run([script, "-e", asked], capture_output=True, check=False).returncode == 0


def test_the_text_has_words_studies_pooled_answer_and_what_each_study_does() -> None:
    text = run(
        BCG,
        "--measure",
        "RR",
        "--arms",
        "BCG,no BCG",
        "--better",
        "lower",
        "--subgroup",
        "allocation",
        "--mods",
        "latitude",
    )
    flat = " ".join(text.split())
    for words in (
        "In plain words", "from 13 studies with 357,347 people", "which favours BCG", "Stein & Aronson 1953 180/1,541 372/1,451 0.46",
        "95% prediction interval 0.14 to 1.76", "tau2 0.31 (Q-profile CI 0.12 to 1.11)", "92.2% (81.9% to 97.7%)", "Q 152.23, df 12, p < 0.001",
        "Difference between subgroups (one tau2 for all): F 0.88, df 2 and 10, p = 0.443", "latitude -0.0291 0.0082",
        "they explain 76% of tau2", "Without each study", "Egger's regression test", "Trim and fill (L0) adds 1 study on the right",
    ):  # fmt: skip
        assert words in flat, words
    assert max(map(len, text.splitlines())) <= 100


def test_json_holds_the_numbers_of_the_reference(shared: Path) -> None:
    import gzip

    reference = json.loads(gzip.decompress((shared / "reference/metafor/dat.bcg.json.gz").read_bytes()))[
        "suites"
    ]["RR"]
    fit = reference["fits"]["REML/knha"]["tight"]
    found = json.loads(run(BCG, "--measure", "RR", "--test", "knha", "--json"))
    overall = found["overall"]
    for ours, theirs in (("se", fit["se"][0]), ("beta", fit["beta"][0]), ("pval", fit["pval"][0]), ("tau2", fit["tau2"]), ("i2", fit["I2"]), ("qe", fit["QE"]), ("pi_lb", fit["predict"]["pi.lb"]), ("pi_ub", fit["predict"]["pi.ub"]), ("tau2_ub", fit["confint.tau2"]["tau^2"]["ci.ub"])):  # fmt: skip
        assert overall[ours] == pytest.approx(theirs, rel=1e-8), ours
    assert [row["weight"] for row in found["rows"]] == pytest.approx(fit["weights"], rel=1e-8)
    filled = reference["trimfill"]["REML/L0"]
    assert (found["filled"]["k0"], found["filled"]["side"]) == (filled["k0"], filled["side"])
    assert found["verdict"] == "difference" and len(found["plain_words"]) == 5


def test_csv_has_a_row_for_every_study_subgroup_and_answer() -> None:
    rows = list(csv.DictReader(io.StringIO(run(BCG, "--measure", "RR", "--subgroup", "allocation", "--csv"))))
    assert tuple(rows[0]) == HEADER
    assert [row["kind"] for row in rows] == ["study"] * 13 + ["subgroup"] * 3 + ["pooled"]
    assert float(rows[-1]["est"]) == pytest.approx(0.48942, abs=1e-5) and rows[-1]["k"] == "13"


def test_every_method_and_test_is_offered_and_named() -> None:
    assert set(METHODS) == set(tau2.METHODS) and set(TESTS) == set(results.TESTS)


@pytest.mark.parametrize("method", [name for name in METHODS if name != "GENQ"])
@pytest.mark.parametrize("test", TESTS)
def test_every_method_and_test_gives_an_answer(method: str, test: str) -> None:
    found = json.loads(run(BCG, "--measure", "RR", "--method", method, "--test", test, "--json"))
    assert found["overall"]["k"] == 13 and (found["overall"]["shown_pi"] is None) == (method in tau2.EQUAL)


def test_pictures_are_written_as_svg_png_and_pdf(tmp_path: Path) -> None:
    for name in ("forest", "funnel", "baujat", "labbe", "bubble", "gosh"):
        svg, png, pdf = (tmp_path / f"{name}.{kind}" for kind in ("svg", "png", "pdf"))
        run(BCG, "--measure", "RR", "--mods", "latitude", f"--{name}", str(svg), "--narrow")
        run(BCG, "--measure", "RR", "--mods", "latitude", f"--{name}", str(png), "--title", "A <title>")
        run(BCG, "--measure", "RR", "--mods", "latitude", f"--{name}", str(pdf), "--title", "A <title>")
        assert ET.fromstring(svg.read_text()).get("width") == "360"
        assert png.read_bytes().startswith(b"\x89PNG")
        assert "A <title>" in pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()


def test_a_bundle_repeats_the_numbers_in_python(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    run(BCG, "--measure", "RR", "--mods", "latitude", "--subgroup", "allocation", "--bundle", str(folder))
    done = subprocess.run(
        [sys.executable, str(folder / "pool.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "differs" not in done.stdout and done.stdout.startswith("k        13.0")
    results_file = folder / "results.json"
    results_file.write_text(results_file.read_text().replace('"beta": -0.7', '"beta": -0.8'))
    moved = subprocess.run(
        [sys.executable, str(folder / "pool.py")], capture_output=True, text=True, check=False
    )
    assert moved.returncode == 1 and "differs from" in moved.stdout


ZEROS = "study,ai,n1i,ci,n2i\nA,0,20,3,20\nB,2,30,5,30\nC,4,50,4,50\nD,0,10,0,10\n"
BUNDLES = {
    "counts": (None, ("--measure", "RR")),
    "one constant": (ZEROS, ("--measure", "OR", "--add", "0.5", "--drop-double-zero")),
    "riley": (None, ("--measure", "RD", "--method", "DL", "--test", "t", "--prediction", "riley", "--level", "90")),
    "effects": ("study,yi,sei\nA,0.1,0.2\nB,0.4,0.1\nC,-0.3,0.3\n", ("--measure", "GEN", "--method", "ML", "--test", "z")),
    "equal effects": (None, ("--measure", "OR", "--method", "EE", "--test", "z")),
    "weights": ("study,yi,vi,weights\nA,0.1,0.2,3\nB,0.4,0.1,2\nC,-0.3,0.3,1\n", ("--measure", "GEN", "--method", "GENQ")),
    "one study": ("study,ai,n1i,ci,n2i\nA,3,20,3,20\n", ("--measure", "RR")),
}  # fmt: skip


@pytest.mark.parametrize("name", BUNDLES)
def test_bundles_of_every_shape_repeat_their_numbers(name: str, tmp_path: Path) -> None:
    text, args = BUNDLES[name]
    table = tmp_path / "t.csv"
    table.write_text(text or Path(BCG).read_text())
    run(str(table), *args, "--bundle", str(tmp_path / "b"))
    done = subprocess.run(
        [sys.executable, str(tmp_path / "b/pool.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "differs" not in done.stdout


@pytest.mark.skipif(not has_metafor(), reason="R with metafor and jsonlite is not installed")
@pytest.mark.parametrize("name", [name for name in BUNDLES if name != "weights"])
def test_bundles_repeat_their_numbers_in_metafor(name: str, tmp_path: Path) -> None:
    text, args = BUNDLES[name]
    table = tmp_path / "t.csv"
    table.write_text(text or Path(BCG).read_text())
    run(str(table), *args, "--bundle", str(tmp_path / "b"))
    done = subprocess.run(
        ["Rscript", "pool.R"], cwd=tmp_path / "b", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    expected = json.loads((tmp_path / "b/results.json").read_text())
    lines = {
        line.split()[0]: line
        for line in done.stdout.splitlines()
        if line.split()[:1] and line.split()[0] in expected
    }
    assert set(lines) == set(expected)
    assert not [line for line in lines.values() if "DIFFERS" in line]


@pytest.mark.skipif(not has_metafor(), reason="R with metafor and jsonlite is not installed")
def test_a_script_in_r_fails_where_a_number_differs(tmp_path: Path) -> None:
    run(BCG, "--measure", "RR", "--bundle", str(tmp_path / "b"))
    results = tmp_path / "b/results.json"
    wrong = json.loads(results.read_text()) | {"beta": -0.5}
    results.write_text(json.dumps(wrong))
    done = subprocess.run(
        ["Rscript", "pool.R"], cwd=tmp_path / "b", capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "DIFFERS" in done.stdout


def test_a_folder_with_other_things_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    code, message = refused(BCG, "--measure", "RR", "--bundle", str(tmp_path))
    assert code == 2 and "holds other things" in message


@pytest.mark.parametrize(
    ("text", "args", "words"),
    [
        ("study,ai,n1i,ci,n2i\n", (), "No study could be pooled."),
        ("study,ai,n1i,ci,n2i\nD,0,10,0,10\n", (), "No study could be pooled. The table has 1 row"),
        ("study,ai,n1i,ci,n2i\nA,3,20,4,20\n", (), "One study only with 40 people"),
        ("study,yi,vi\nA,0.3,0.1\nB,0.3,0.1\nC,0.3,0.1\n", (), "check that they are not copies of one study"),
    ],
)
def test_edges_are_said_in_words(text: str, args: tuple[str, ...], words: str, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(text)
    measure = "GEN" if "yi" in text else "RR"
    assert words in " ".join(run(str(table), "--measure", measure, *args).split())


def test_studies_without_an_effect_are_listed_with_the_reason(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(ZEROS)
    flat = " ".join(run(str(table), "--measure", "RR").split())
    assert "Not pooled (2 rows)" in flat
    assert "Row 1, A: ai = 0; risk ratio or its variance is undefined." in flat
    assert "Row 4, D: ai = 0 and ci = 0; both arms have no events" in flat
    assert "2 studies (60 people) took no part" in flat
    added = " ".join(run(str(table), "--measure", "RR", "--add", "0.5").split())
    assert "0.5 added to every cell (to='only0')" in added


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--measure", "RR", "--mods", "study", "--only", "year=1949"), "study"),
        (("--measure", "RR", "--arms", "one"), "write two names with a comma"),
        (("--measure", "RR", "--forest", "f.jpg"), "pictures are written as .svg, .png or .pdf"),
        (("--measure", "RR", "--bubble", "f.svg"), "needs exactly one moderator in numbers"),
        (
            ("--measure", "RR", "--mods", "allocation", "--bubble", "f.svg"),
            "needs exactly one moderator in numbers",
        ),
        (("--measure", "RR", "--only", "year=1948", "--baujat", "f.svg"), "a Baujat plot needs 3"),
        (("--measure", "RR", "--only", "year=1948", "--gosh", "f.svg"), "a GOSH plot needs 3"),
        (("--measure", "RR", "--level", "20"), "level"),
        (("--measure", "RR", "--method", "GENQ"), "column 'weights'"),
        (("--measure", "RR", "--json", "--csv"), "cannot both be asked for"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    args: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(main, ["pool", BCG, *args])
    assert found.exit_code != 0
    assert words in found.output


def test_a_bad_number_ends_with_its_place_and_the_code_of_synthesis(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("study,ai,n1i,ci,n2i\nA,3,20,4,20\nB,many,20,4,20\n")
    done = subprocess.run(
        [sys.executable, "-c", "from skinproof.faces.cli import main; main()", "pool", str(table), "--measure", "RR"], capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == SynthesisError.exit_code
    assert "row 2 (line 3, B), column 'ai': 'many' is not a number" in done.stderr


def test_no_file_is_said_in_one_line() -> None:
    code, message = refused("nowhere.csv", "--measure", "RR")
    assert code == 3 and "nowhere.csv" in message


def test_a_hundred_thousand_studies_are_pooled(tmp_path: Path) -> None:
    import numpy as np

    random = np.random.default_rng(1)
    table = tmp_path / "t.csv"
    rows = "\n".join(f"s{at},{y:.6f},0.04" for at, y in enumerate(random.normal(0.2, 0.3, 100_000)))
    table.write_text(f"study,yi,vi\n{rows}\n")
    text = run(
        str(table),
        "--measure",
        "GEN",
        "--forest",
        str(tmp_path / "f.svg"),
        "--funnel",
        str(tmp_path / "g.svg"),
    )
    assert "from 100,000 studies" in text and "99,800 more; --csv prints all" in text
    assert (tmp_path / "f.svg").stat().st_size < 100_000
