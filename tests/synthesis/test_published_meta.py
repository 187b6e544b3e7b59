"""Published pools come out as they were printed: else we compute something that nobody in the field does."""

from pathlib import Path

import pytest

from tests.synthesis.validation_scripts import FOLDER, load

script = load("published_meta")


def trial(name: str, a: int, n1: int, c: int, n2: int) -> dict[str, str]:
    return {
        "meta_id": "M18", "outcome": script.GVHD, "level": "study", "study_or_pooled": name, "events_or_mean_1": str(a),
        "n1": str(n1), "events_or_mean_2": str(c), "n2": str(n2),
    }  # fmt: skip


# Li 2021, doi:10.1186/s13287-021-02304-x, table 2 and abstract
GVHD = [
    trial("Ning 2008", 1, 7, 4, 14),
    trial("Liu 2011", 13, 27, 15, 24),
    trial("Wu 2013b", 1, 8, 5, 12),
    trial("Xiang 2017", 1, 32, 7, 32),
    trial(f"Mareika 2016 ({script.SET_ASIDE})", 1, 10, 4, 12),
    {"meta_id": "M18", "outcome": script.GVHD, "level": "pooled", "effect": "0.53", "p": "0.01"},
]


def ratio(effect: str, low: str, high: str, level: str = "study") -> dict[str, str]:
    return {
        "meta_id": "M1",
        "outcome": "adverse events",
        "level": level,
        "effect": effect,
        "ci_low": low,
        "ci_high": high,
    }


# Martinez-Zapata 2016, Cochrane CD006899.pub3 (PMC9308064), summary of findings
ULCERS = [
    ratio("0.8", "0.05", "12.30"),
    ratio("2.63", "0.35", "19.85"),
    ratio("0.44", "0.05", "3.85"),
    ratio("1.05", "0.29", "3.88", "pooled"),
]


def test_counts_give_the_printed_risk_ratio_and_p() -> None:
    lines = list(script.gvhd(GVHD))
    assert [line.agrees for line in lines] == [True, True, None, None, None, None]
    assert lines[0].ours == "0.5336" and lines[1].ours == "0.0113"


def test_ratios_with_intervals_give_the_printed_pool_within_their_rounding() -> None:
    """Bounds printed as 0.05 are known to a tenth: the printed upper bound, 3.88, is not 3.896 but may be the same."""
    lines = list(script.ulcers(ULCERS))
    assert [line.agrees for line in lines] == [True, True, True]
    assert lines[0].ours.startswith("1.059")


def test_a_number_agrees_only_when_it_is_printed_like_that() -> None:
    assert script.rounds_to(0.5336, "0.53") and not script.rounds_to(0.5351, "0.53")
    assert script.p_agrees("<0.001", 0.0004) and not script.p_agrees("<0.001", 0.02)
    assert script.p_agrees("0.03", 0.034) and not script.p_agrees("0.94 (as printed)", 0.034)
    assert script.p_agrees("", 0.5)
    wrong = [*ULCERS[:3], ratio("1.25", "0.29", "3.88", "pooled")]
    assert [line.agrees for line in script.ulcers(wrong)] == [False, True, True]


def test_every_printed_pool_of_the_table_is_pooled_again_or_listed(shared: Path) -> None:
    """A row that drops out silently would look like agreement."""
    with (shared / "gold" / script.TABLE).open(encoding="utf-8", newline="") as stream:
        table = script.rows(stream)
    pools = script.printed_pools(table)
    assert len(script.without_rows(table)) == len(pools) - 2
    studied = {(row["meta_id"], row["outcome"]) for row in table if row["level"] == "study"}
    assert studied == {("M18", script.GVHD), ("M1", "adverse events")}
    again = [*script.gvhd(table), *script.ulcers(table), *script.heterogeneity(table)]
    assert [line.agrees for line in again] == [True, True, None, None, None, None, *[True] * 5]
    odd = {line.what.split()[0] for line in script.interval_checks(table) if not line.agrees}
    assert odd == {"M6", "M9"}
    assert script.page(table) == (FOLDER / "published-meta.md").read_text(encoding="utf-8")


def test_the_comparison_is_skipped_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("SKINPROOF_SHARED", str(tmp_path))
    assert script.main([]) == 0
    assert "skipped: published_meta.csv" in capsys.readouterr().out
