"""The bands that contradictions are judged by, from `presets.yml` or an edited copy of it."""

import math
from functools import lru_cache
from importlib import resources

import msgspec
import yaml

from skinproof.errors import InputError
from skinproof.model.findings import PER_UNITS, QUANTITY_KINDS


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One number with where it is from."""

    value: float
    source: str


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"low": "from", "high": "to"}):
    """A band of numbers with where it is from."""

    low: float
    high: float
    source: str


class Ratio(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bands of particles per µg protein."""

    impure_below: Limit
    low: Range
    high_from: Limit


class Band(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A documented dose of a group of routes: base units of the kind, `per` as in PER_UNITS or empty."""

    group: str
    kind: str
    low: float
    high: float
    source: str
    per: str = ""


class Presets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All bands; groups: name of a group -> routes of the vocabulary."""

    exosome_mode_above_nm: Limit
    particles_per_ug_protein: Ratio
    factor: float
    groups: dict[str, tuple[str, ...]]
    bands: tuple[Band, ...]

    def group_of(self, route: str) -> str | None:
        """The group a route belongs to, None where it belongs to none."""
        return next((group for group, routes in self.groups.items() if route in routes), None)

    def bands_of(self, group: str, kind: str, per: str) -> tuple[Band, ...]:
        """The documented doses of a group in one kind over one base."""
        return tuple(b for b in self.bands if (b.group, b.kind, b.per) == (group, kind, per))


@lru_cache(maxsize=1)
def load_presets() -> Presets:
    """The presets shipped inside the package."""
    return read_presets((resources.files("skinproof.appraisal") / "presets.yml").read_bytes())


def read_presets(body: bytes) -> Presets:
    """The presets of a YAML file. Numbers such as 2e9 may be written so, although YAML 1.1 takes them for text.

    Raises: InputError where it is no YAML, lacks a key, has an unknown one, or holds an impossible number.
    """
    try:
        found = msgspec.convert(yaml.safe_load(body), Presets, strict=False)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"presets are not in order: {error}") from error
    for band in found.bands:
        if band.kind not in QUANTITY_KINDS or (band.per and band.per not in PER_UNITS):
            raise InputError(f"presets: unknown kind or base {band.kind!r} per {band.per!r} ({band.source})")
        if band.group not in found.groups:
            raise InputError(f"presets: band of an unknown group {band.group!r} ({band.source})")
        if not (math.isfinite(band.high) and 0 <= band.low <= band.high):
            raise InputError(f"presets: impossible band {band.low:g} to {band.high:g} ({band.source})")
    limits = (
        found.factor,
        found.exosome_mode_above_nm.value,
        found.particles_per_ug_protein.impure_below.value,
    )
    if not all(math.isfinite(value) and value > 0 for value in limits):
        raise InputError("presets: factor and limits must be positive numbers")
    return found
