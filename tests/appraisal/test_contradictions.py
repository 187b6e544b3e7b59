"""Contradictions: what clashes is shown with its words, what only looks odd is left alone."""

import pytest

from skinproof.appraisal.contradictions import KINDS, contradictions
from skinproof.appraisal.presets import load_presets, read_presets
from skinproof.errors import InputError
from skinproof.model.findings import Finding, Preparation
from skinproof.vocabulary.loader import load_bundled
from tests.appraisal.made import FULL, TOLD, finding, preparation, reading

EXOSOME = finding("reporting", reading("claim:exosome", "exosomes"))
CELL_FREE = finding("reporting", reading("claim:cell_free", "cell-free"))


def kinds(made: Preparation) -> list[str]:
    found = contradictions(made)
    assert all(one.kind in KINDS and one.message and one.spans for one in found)
    return [one.kind for one in found]


def dose(low: float, kind: str = "particles", **more: object) -> Finding:
    return finding("dose", reading(f"{low:g} {kind}", kind=kind, low=low, **more))  # type: ignore[arg-type]


def size(low: float, high: float | None = None, *flags: str) -> Finding:
    return finding("size", reading(f"{low:g} nm", kind="diameter", low=low, high=high, flags=flags))


def test_a_sound_product_is_not_flagged() -> None:
    assert contradictions(FULL) == ()


def test_an_exosome_with_a_mode_above_the_limit_is_flagged_with_both_words() -> None:
    found = contradictions(preparation(EXOSOME, size(240, None, "statistic: mode")))
    assert [one.kind for one in found] == ["large_exosome"] and "mode" in found[0].message
    assert [span.quote for span in found[0].spans] == ["exosomes", "240 nm"]
    assert "from" in load_presets().exosome_mode_above_nm.source or found[0].preset


@pytest.mark.parametrize(
    "made",
    [
        preparation(EXOSOME, size(180, None, "statistic: mode")),
        preparation(EXOSOME, size(40, 1000)),
        preparation(size(400)),
        preparation(EXOSOME, size(400), agents=("agent:exosome", "agent:microvesicle")),
        preparation(EXOSOME, size(400), role="measured"),
    ],
)
def test_sizes_that_fit_or_may_be_of_other_vesicles_are_not_flagged(made: Preparation) -> None:
    assert kinds(made) == []


def test_a_cell_free_product_with_a_dose_of_cells_is_flagged() -> None:
    found = contradictions(preparation(CELL_FREE, dose(1e6, "cells")))
    assert [one.kind for one in found] == ["cell_free_with_cells"] and len(found[0].spans) == 2
    assert kinds(preparation(CELL_FREE, dose(1e6, "cell_equivalents"))) == []
    assert kinds(preparation(CELL_FREE, dose(1e6, "cells"), agent_class="msc")) == []


def test_few_particles_per_protein_are_flagged_with_the_source_of_the_band() -> None:
    said = finding("purity", reading("particles_per_protein", kind="particles", low=1e8, per="ug{protein}"))
    found = contradictions(preparation(said))
    assert [one.kind for one in found] == ["particles_per_protein"]
    assert "unverified preset" in found[0].preset
    pure = finding("purity", reading("particles_per_protein", kind="particles", low=4e10, per="ug{protein}"))
    assert kinds(preparation(pure)) == []


def test_a_ratio_is_worked_out_only_from_one_number_of_each_over_the_same_base() -> None:
    particles = reading("1e9 /mL", kind="particles", low=1e9, per="mL")
    protein = reading("100 ug/mL", kind="protein", low=100, per="mL")
    weighed = reading("100 ug/mL", kind="mass", low=100, per="mL")
    other_base = reading("100 ug", kind="protein", low=100)
    found = contradictions(preparation(finding("concentration", particles, protein)))
    assert [one.kind for one in found] == ["particles_per_protein"] and len(found[0].spans) == 2
    assert kinds(preparation(finding("concentration", particles, weighed))) == []
    assert kinds(preparation(finding("concentration", particles, other_base))) == []
    assert kinds(preparation(finding("concentration", particles, particles, protein))) == []


@pytest.mark.parametrize(
    ("route", "given", "expected"),
    [
        ("topical", dose(100, "mass", per="kg"), ["topical_with_intravenous_dose"]),
        ("topical", dose(2e11, per="mL"), ["topical_with_intravenous_dose"]),
        ("microneedling", dose(2e11, per="mL"), ["topical_with_intravenous_dose"]),
        ("topical", dose(1e10, per="mL"), []),
        ("topical", dose(100, "mass", per="g"), []),
        ("topical", dose(2e11, "cells", per="mL"), ["cell_free_with_cells"]),
        ("topical", dose(1e13), ["dose_above_route"]),
        ("intravenous", dose(100, "mass", per="kg"), []),
        ("intravenous", dose(1e13, per="mL"), ["dose_above_route"]),
        ("inhalation", dose(6e8, per="", per_value=3.0), []),
        ("oral", dose(1e15), []),
    ],
)
def test_a_dose_is_held_against_what_is_documented_for_its_route(
    route: str, given: Finding, expected: list[str]
) -> None:
    assert kinds(preparation(given, finding("route", reading(route)))) == expected


def test_a_product_with_two_routes_is_not_held_against_one() -> None:
    both = finding("route", reading("topical"), reading("intravenous"))
    assert kinds(preparation(dose(100, "mass", per="kg"), both)) == []


def test_two_fields_that_differ_by_a_power_of_ten_are_flagged() -> None:
    arm = reading("2e8", kind="particles", low=2e8)
    told = reading("2e9", kind="particles", low=2e9, field=TOLD)
    found = contradictions(preparation(finding("dose", arm, told)))
    assert [one.kind for one in found] == ["dose_power_of_ten"] and len(found[0].spans) == 2
    total = reading("3e8", kind="particles", low=3e8, field=TOLD)
    assert kinds(preparation(finding("dose", arm, total))) == ["dose_conflict"]


def test_levels_told_in_both_places_and_amounts_of_two_kinds_do_not_clash() -> None:
    low, high = reading("2e8", kind="particles", low=2e8), reading("4e8", kind="particles", low=4e8)
    span = reading("2e8-1.6e9", kind="particles", low=2e8, high=1.6e9, field=TOLD)
    assert kinds(preparation(finding("dose", low, high, span))) == []
    volume = reading("3 mL", kind="volume", low=3, field=TOLD)
    assert kinds(preparation(finding("dose", low, volume))) == []


def test_a_donor_told_both_ways_is_flagged_unless_the_arms_differ() -> None:
    own, other = reading("autologous"), reading("allogeneic", field=TOLD)
    assert kinds(preparation(finding("donor", own, other, state="unclear"))) == ["donor_both_ways"]
    apart = finding("donor", reading("autologous", arms=("A",)), reading("allogeneic", arms=("B",)))
    assert kinds(preparation(apart)) == []


def test_edited_presets_are_used() -> None:
    body = b"""
exosome_mode_above_nm: {value: 100, source: "house rule"}
particles_per_ug_protein:
  impure_below: {value: 1.5e9, source: x}
  low: {from: 2e9, to: 2e10, source: x}
  high_from: {value: 3e10, source: x}
factor: 2
groups: {topical: [topical]}
bands: []
"""
    made = preparation(EXOSOME, size(120, None, "statistic: mode"))
    assert contradictions(made) == ()
    found = contradictions(made, read_presets(body))
    assert [one.preset for one in found] == ["house rule"]


@pytest.mark.parametrize(
    "body",
    [
        b"[1, 2]",
        b"{",
        b"\xff\xfe\x00",
        b"factor: 2",
        b"&a [*a]",
    ],
)
def test_presets_that_are_not_in_order_are_refused(body: bytes) -> None:
    with pytest.raises(InputError, match="presets"):
        read_presets(body)


@pytest.mark.parametrize(
    ("old", "new"),
    [("factor: 10", "factor: .nan"), ("low: 100, high: 100", "low: 100, high: 1"), ("kind: mass", "kind: heap"),
     ("group: inhaled", "group: nowhere")],
)  # fmt: skip
def test_presets_with_impossible_values_are_refused(old: str, new: str) -> None:
    from importlib import resources

    text = (resources.files("skinproof.appraisal") / "presets.yml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(InputError, match="presets"):
        read_presets(text.replace(old, new).encode())


def test_the_groups_of_the_presets_are_routes_of_the_vocabulary() -> None:
    known = {t.id for t in load_bundled().terms.values()}
    routes = [route for group in load_presets().groups.values() for route in group]
    unknown = [route for route in routes if f"route:{route}" not in known]
    assert set(unknown) <= {"laser_assisted"}, "read from the procedure, not from a word of its own"
