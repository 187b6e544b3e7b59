"""What was read of one preparation: findings with their state, their values, and the words that say so."""

import msgspec

STATES = ("reported", "not_reported", "not_applicable", "unclear")
"""reported: the record says it; not_reported: we looked and it does not; not_applicable: cannot be said of this
kind of product; unclear: the record can be read in more than one way, and the readings stand side by side."""

QUANTITY_KINDS = (
    "particles", "protein", "mass", "volume", "cells", "cell_equivalents", "platelets", "rna", "lipid",
    "molecules", "fraction", "activity", "diameter",
)  # fmt: skip
"""What an amount counts. UCUM ignores annotations, so that `{particles}` would convert to `{cells}`: the kind is an
axis of its own, and amounts of two kinds are never compared or converted without a named ratio.

particles         vesicles or nanoparticles, `{particles}`
protein           protein mass, said to be protein, `ug{protein}`
mass              mass of product, vesicles or factor, whatever is weighed is not said to be protein, `ug`
volume            volume of product, `mL`
cells             cells that are given, `{cells}`
cell_equivalents  cells whose output is given ("exosomes from 1 x 10^7 MSCs"), `{cells}`
platelets         `{platelets}`
rna               RNA mass, `ug{RNA}`
lipid             phospholipid, `pmol{phospholipid}`
molecules         counted molecules ("MHC class II molecules"), `{molecules}`
fraction          per cent of a product in another, `%`
activity          units of activity, `[iU]`
diameter          size of particles, `nm`
"""

BASE_UNITS = {
    "particles": "{particles}", "protein": "ug{protein}", "mass": "ug", "volume": "mL", "cells": "{cells}",
    "cell_equivalents": "{cells}", "platelets": "{platelets}", "rna": "ug{RNA}", "lipid": "pmol{phospholipid}",
    "molecules": "{molecules}", "fraction": "%", "activity": "[iU]", "diameter": "nm",
}  # fmt: skip
"""UCUM unit in which `low` and `high` of a kind are always kept."""

PER_UNITS = (
    "mL", "L", "cm2", "m2", "cm3", "kg", "g", "ug{protein}", "{cells}", "d", "wk", "mo", "{site}", "{drop}",
    "{dose}", "{vial}", "{eye}", "{nostril}", "{joint}", "{injection}", "{session}",
)  # fmt: skip
"""What an amount may stand over, as UCUM."""

BOUNDS = ("", "about", "up_to", "at_least", "less_than", "more_than")


class Span(msgspec.Struct, frozen=True):
    """Words of the record: `text_of(field)[start:end] == quote`, offsets in code points of that field."""

    field: str
    start: int
    end: int
    quote: str


class Quantity(msgspec.Struct, frozen=True, kw_only=True):
    """An amount, or a range of amounts, of one kind.

    low, high: in the base unit of the kind (equal for a single number), finite, 0 <= low <= high;
    per: one of PER_UNITS, "" where the amount stands alone; per_value: how many of it ("2e8 particles / 3 mL": 3);
    bound: one of BOUNDS, how the words limit the number.
    """

    kind: str
    low: float
    high: float
    per: str = ""
    per_value: float = 1.0
    bound: str = ""

    @property
    def unit(self) -> str:
        """UCUM code of `low` and `high`, e.g. `{particles}/mL`."""
        over = self.per if self.per_value == 1.0 else f"({self.per_value:g}.{self.per})"
        return f"{BASE_UNITS[self.kind]}/{over}" if self.per else BASE_UNITS[self.kind]


class Reading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value that words of the record give.

    value: a vocabulary name (`adipose`), or short normal text; spans: the words, the deciding ones first;
    quantity: the amount where the value is one; arms: labels of the arms it belongs to (empty = not tied to one);
    flags: what a reader must know of this reading ("superscript lost: also readable as 109");
    reason: why it was read so, in plain words; rule: rule name and version.
    """

    value: str
    spans: tuple[Span, ...]
    rule: str
    reason: str
    quantity: Quantity | None = None
    arms: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one property of one preparation.

    readings: the values (several dose levels are several values); for `unclear` the readings that compete;
    empty for not_reported and not_applicable. looked_in: kinds of field that were read. rule: who says so.
    """

    property: str
    state: str
    rule: str
    reason: str
    readings: tuple[Reading, ...] = ()
    looked_in: tuple[str, ...] = ()


class Preparation(msgspec.Struct, frozen=True, kw_only=True):
    """One product given to people (or only measured) in one study, with all that was read of it.

    number: 1, 2, ... within the study; role: given | carrier | comparator | measured; agents: vocabulary ids;
    name: as registered; interventions, arms: places in the record's lists that are about this product.
    """

    number: int
    agent_class: str
    role: str
    agents: tuple[str, ...]
    name: str
    interventions: tuple[int, ...] = ()
    arms: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()

    def finding(self, name: str) -> Finding:
        """The finding on a property.

        Raises: KeyError for a property that was not read.
        """
        for found in self.findings:
            if found.property == name:
                return found
        raise KeyError(name)
