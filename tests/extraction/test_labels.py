"""Facts under a label of their own, as the bundled facts are written."""

import pytest

from skinproof.extraction import donor, source
from tests.extraction.origin_given import origin_scene, values


@pytest.mark.parametrize(
    ("said", "sources", "donors"),
    [
        ("Cell source: plasma. Donor: autologous.", ["plasma"], ["autologous"]),
        ("Cell source: plant. Donor: plant.", ["plant"], ["plant"]),
        ("Cell source: not reported. Donor: not reported.", [], []),
        ("Source: adipose tissue. Donor: allogeneic; screened", ["adipose"], ["allogeneic"]),
    ],
)
def test_a_label_tells_source_and_donor(said: str, sources: list[str], donors: list[str]) -> None:
    scene = origin_scene(f"Exosomes. {said}", "ev")
    assert list(values(source.read(scene))) == sources
    assert list(values(donor.read(scene))) == donors


def test_a_name_and_a_label_that_differ_compete() -> None:
    """IRCT-76960 in the bundled facts: plant exosomes whose source is told as Wharton's jelly."""
    found = source.read(origin_scene("Cell source: Wharton jelly.", "ev", name="Plant exosomes"))
    assert (found.state, [reading.value for reading in found.readings]) == (
        "unclear",
        ["plant", "wharton_jelly"],
    )
    same = source.read(origin_scene("Cell source: Wharton jelly.", "ev", name="Umbilical cord exosomes"))
    assert (same.state, values(same)[0]) == ("reported", "wharton_jelly")
