"""Options and tables of the pooling commands that are refused, or must not pass in silence."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from skinproof.faces.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "docs/examples"
BCG = str(EXAMPLES / "bcg-trials.csv")


def refused(*args: str) -> str:
    found = CliRunner().invoke(main, list(args))
    assert found.exit_code != 0, found.output
    return found.output.strip().splitlines()[-1]


def written(folder: Path, text: str) -> str:
    path = folder / "t.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("level", ["0", "0.95", "1", "49", "100", "nan"])
@pytest.mark.parametrize("command", ["pool", "living", "network", "multilevel"])
def test_a_level_is_a_percentage_in_every_command(command: str, level: str) -> None:
    """0.95 would print 95% numbers under the words "0.95% confidence interval"."""
    more = ("--order", "year") if command == "living" else ()
    said = refused(command, BCG, "--measure", "RR", "--level", level, *more)
    assert said.endswith(f"--level {level}: give percent, from 50 to below 100, such as 95")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--mods", "study"), "column 'study': each of the 13 rows has a word of its own"),
        (("--subgroup", "study"), "column 'study': each of the 13 studies has a word of its own"),
        (("--mods", "latitude", "--mods", "latitude"), "--mods latitude: given twice"),
    ],
)
def test_a_column_that_tells_nothing_is_refused_by_name(args: tuple[str, ...], words: str) -> None:
    assert words in refused("pool", BCG, "--measure", "RR", *args)


def test_one_effect_is_no_several(tmp_path: Path) -> None:
    table = written(tmp_path, "study,yi,vi\nA,1,0.1\n")
    assert "the only effect is of one study" in refused("multilevel", table, "--measure", "GEN")


@pytest.mark.parametrize("command", ["pool", "multilevel"])
@pytest.mark.parametrize("cells", ["1e308,0.1", "0.1,1e308"])
def test_a_number_beyond_any_unit_has_its_line_and_study(command: str, cells: str, tmp_path: Path) -> None:
    table = written(tmp_path, f"study,yi,vi\nB,0.1,0.2\nA,{cells}\n")
    said = refused(command, table, "--measure", "GEN")
    assert "row 2 (line 3, A), column '" in said and "1e+308 is beyond any unit" in said


def test_an_unknown_reference_is_told_before_a_network_in_parts(tmp_path: Path) -> None:
    body = "study,treatment,events,n\nA,x,1,10\nA,y,2,10\nB,z,3,10\nB,w,4,12\n"
    table = written(tmp_path, body)
    assert "--reference 'foo': no such treatment; there are w, x, y, z" in refused(
        "network", table, "--measure", "RR", "--reference", "foo"
    )
    assert "not connected" in refused("network", table, "--measure", "RR")
