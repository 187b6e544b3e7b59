"""The parity page says what the parity tests found: a number on it that no test made would be worth nothing."""

import re

import pytest

from tests.synthesis import diagnostics_grid, pooling_grid, rare_grid
from tests.synthesis.tolerances import RTOL
from tests.synthesis.validation_scripts import FOLDER, load

script = load("parity")


def test_what_the_tests_compare_is_kept() -> None:
    recorder = script.Recorder()
    original = pooling_grid.Deviations.add
    with script.recording(recorder, RTOL):
        recorder.pytest_runtest_logstart("tests/synthesis/test_x.py::test_one")
        one, two = pooling_grid.Deviations(), diagnostics_grid.Deviations()
        one.add("pool.beta", [1.0, 2.0], [1.0, 2.0 + 2e-9], 1.0, "here")
        two.add("leave1out.se", [1.0], [1.0 + 1e-6], "there")
        assert rare_grid.apart(2.0, 2.0 + 1e-10, 1.0) == pytest.approx(5e-11, rel=1e-3)
        assert rare_grid.apart(2.0, 3.0, 1.0) == 0.5
    recorder.finish(RTOL)
    assert pooling_grid.Deviations.add is original
    beta = recorder.quantities["pool.beta"]
    assert (beta.count, beta.where) == (2, "here") and beta.largest == pytest.approx(1e-9, rel=1e-6)
    assert recorder.quantities["leave1out.se" + script.LOOSE].largest == pytest.approx(1e-6, rel=1e-3)
    assert (recorder.quantities["mh"].count, recorder.quantities["mh"].beyond) == (2, 1)
    assert "| pool.beta | 2 | 1.0e-09 | 2e-09 | here |" in script.page(recorder, RTOL)


def test_a_failed_comparison_stands_on_the_page() -> None:
    recorder = script.Recorder()
    recorder.not_passed.append("test_x.py::test_one failed")
    assert "**Not passed:** test_x.py::test_one failed" in script.page(recorder, RTOL)


def test_the_page_names_every_quantity_and_none_is_beyond_its_tolerance() -> None:
    """After a change of the tolerances or of the tests: python validation/parity.py --write"""
    text = (FOLDER / "parity.md").read_text(encoding="utf-8")
    assert "Not passed" not in text
    rows = re.findall(r"^\| (\S.*?) \| ([\d,]*) \| (\S+) \| (\S+) \|", text, re.MULTILINE)
    rows = [row for row in rows if row[0] != "quantity"]
    for name, _, largest, tolerance in rows:
        assert float(largest) <= float(tolerance), name
    assert sum(int(count.replace(",", "")) for _, count, _, _ in rows if count) > 1_000_000
    named = {name for name, *_ in rows} | set(
        re.findall(r"(\S[^;\n]*?) \d+e[-+]\d+(?:;|$)", text, re.MULTILINE)
    )
    assert set(RTOL) - {name.strip() for name in named} == set()


def test_without_the_reference_the_table_is_skipped_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    monkeypatch.setenv("SKINPROOF_SHARED", str(tmp_path))
    assert script.main([]) == 0
    assert "skipped: the outputs of metafor" in capsys.readouterr().out


def test_fresh_data_are_the_same_for_a_seed_and_without_r_skipped_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fresh = load("fresh")
    (y, v, x), *_ = fresh.draw(3, 1)
    assert (fresh.draw(1, 1)[0][0] == y).all() and len(y) == len(v) == len(x) >= 3 and (v > 0).all()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="skipped: Rscript is not on this machine"):
        next(fresh.answers([(y, v, x)]))
