"""The reporting items with what each asks, from `misev_items.yml`, and the MISEV category of each marker."""

from functools import lru_cache
from importlib import resources

import msgspec
import yaml

REQUIREMENTS = ("mandatory", "mandatory_if", "conditional", "expected", "clinical", "own", "encouraged")
"""How strongly an item is asked for, strongest first; see the head of `misev_items.yml`."""


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reporting item. asks: what would satisfy it; classes: classes of product it is asked of; measured: asked
    also where vesicles are only measured; basis: where the item comes from.
    """

    id: str
    group: str
    label: str
    asks: str
    requirement: str
    classes: tuple[str, ...]
    basis: str
    measured: bool = False


class Items(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `misev_items.yml`: items in order, names of sources, MISEV category -> markers."""

    source: dict[str, str]
    markers: dict[str, tuple[str, ...]]
    items: tuple[Item, ...]

    def categories(self, marker: str) -> tuple[str, ...]:
        """The MISEV categories of a marker by vocabulary name (`cd63` -> 1a); none for markers of cells."""
        return tuple(category for category, names in self.markers.items() if marker in names)


@lru_cache(maxsize=1)
def load_items() -> Items:
    """The items shipped inside the package."""
    body = (resources.files("skinproof.appraisal") / "misev_items.yml").read_bytes()
    return msgspec.convert(yaml.safe_load(body), Items)
