"""What answers each reporting item: which findings, which of their values, and what is still missing."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from skinproof.appraisal.items import Items, load_items
from skinproof.extraction.markers import ABSENT, OF_CELLS, TESTED
from skinproof.extraction.reporting_words import EXOSOME
from skinproof.model.findings import Finding, Preparation, Quantity, Reading, Span

_SPUN = frozenset({"ultracentrifugation", "differential_ultracentrifugation"})
_SPUN_AT_BEDSIDE = frozenset({"centrifugation", "single_spin", "double_spin"})
_SUBTYPES = frozenset({"agent:exosome", "agent:microvesicle", "agent:apoptotic_body"})
_GLOBAL = {"particles": "particle number", "protein": "protein mass", "lipid": "lipid mass"}
_COUNTED = frozenset({"particles", "protein", "cell_equivalents"})
_SHOWN = 4
"""Phrases kept with one item."""


class Answer(NamedTuple):
    """state: as of a finding; spans: the words that decided, fewest that tell; missing: what is still not said."""

    state: str
    reason: str
    spans: tuple[Span, ...] = ()
    missing: tuple[str, ...] = ()


def answer(item: str, preparation: Preparation) -> Answer:
    """What is known of one item for one preparation; whether it is asked of this class is not looked at here.

    Raises: KeyError for an item that nothing answers.
    """
    return _ANSWERS[item](preparation)


def _readings(preparation: Preparation, *names: str) -> list[Reading]:
    return [r for f in preparation.findings if f.property in names for r in f.readings]


def _spans(readings: Iterable[Reading]) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(span for reading in readings for span in reading.spans[:1]))[:_SHOWN]


def _fact(preparation: Preparation, name: str, words: str) -> Answer:
    """The state of one finding as an answer; `words` name what is missing where it is not reported."""
    found: Finding | None = next((f for f in preparation.findings if f.property == name), None)
    if found is None:
        return Answer("not_reported", f"{words}: nothing given", missing=(words,))
    missing = (words,) if found.state == "not_reported" else ()
    return Answer(found.state, found.reason, _spans(found.readings), missing)


def _all(parts: Sequence[Answer]) -> Answer:
    """Reported where every part that applies is; else what is there and what is missing."""
    asked = [part for part in parts if part.state != "not_applicable"]
    if not asked:
        return parts[0]
    spans = tuple(dict.fromkeys(span for part in asked for span in part.spans))[:_SHOWN]
    missing = tuple(name for part in asked for name in part.missing)
    if missing:
        return Answer("not_reported", "not said: " + ", ".join(missing), spans, missing)
    if any(part.state == "unclear" for part in asked):
        unclear = next(part for part in asked if part.state == "unclear")
        return Answer("unclear", unclear.reason, spans)
    return Answer("reported", "said in the words shown", spans)


def _told(preparation: Preparation, values: Iterable[str], words: str, *names: str) -> Answer:
    """Reported where a reading of `names` (the reporting words, if none is named) has one of these values."""
    wanted = frozenset(values)
    found = [r for r in _readings(preparation, *(names or ("reporting",))) if r.value in wanted]
    if found:
        return Answer("reported", found[0].reason, _spans(found))
    return Answer("not_reported", f"no words on {words}", missing=(words,))


def _naming(preparation: Preparation) -> Answer:
    told = _told(preparation, ("G1",), "extracellular vesicles as the name")
    called = [r for r in _readings(preparation, "reporting") if r.value == EXOSOME]
    if told.state == "not_reported" and called:
        return told._replace(
            reason="called exosome, and not extracellular vesicle anywhere", spans=_spans(called)
        )
    return told


def _amount(preparation: Preparation) -> Answer:
    told = _told(preparation, ("S2",), "amount of starting material")
    counted = [r for r in _readings(preparation, "dose", "yield", "concentration") if _of_cells(r.quantity)]
    if told.state == "not_reported" and counted:
        return Answer(
            "reported", "the number of producing cells or the starting amount is given", _spans(counted)
        )
    return told


def _of_cells(quantity: Quantity | None) -> bool:
    return quantity is not None and (quantity.kind == "cell_equivalents" or quantity.per == "{cells}")


def _donor(preparation: Preparation) -> Answer:
    relation = _fact(preparation, "donor", "donor relation")
    other = any(r.value == "allogeneic" for r in _readings(preparation, "donor"))
    if relation.state != "reported" or not other:
        return relation
    return _all((relation, _told(preparation, ("screening",), "donor screening")))


def _settings(preparation: Preparation) -> Answer:
    steps = {r.value for r in _readings(preparation, "separation")}
    spun = _SPUN | _SPUN_AT_BEDSIDE if preparation.agent_class == "prp" else _SPUN
    if steps.isdisjoint(spun):
        return Answer("not_applicable", "asked only where a centrifuge separates the product")
    return _told(preparation, ("P2",), "g force and time of the centrifuge")


def _density(preparation: Preparation) -> Answer:
    if "density_gradient" not in {r.value for r in _readings(preparation, "separation")}:
        return Answer("not_applicable", "asked only of a density gradient")
    return _told(preparation, ("P3",), "density of the fraction")


def _two_amounts(preparation: Preparation) -> Answer:
    found: dict[str, Reading] = {}
    for reading in _readings(preparation, "dose", "concentration", "basis", "purity", "yield"):
        if reading.quantity is not None and reading.quantity.kind in _GLOBAL:
            found.setdefault(reading.quantity.kind, reading)
            if reading.quantity.per == "ug{protein}":
                found.setdefault("protein", reading)
        elif reading.value == "protein_content":
            found.setdefault("protein", reading)
    for reading in _readings(preparation, "reporting"):
        if reading.value.startswith("Q1:"):
            found.setdefault(reading.value.removeprefix("Q1:"), reading)
    if len(found) >= 2:
        return Answer("reported", "two global amounts are given", _spans(found.values()))
    have = f"only {_GLOBAL[next(iter(found))]} is given" if found else "no global amount is given"
    missing = f"{'a second' if found else 'two'} of particle number, protein and lipid mass"
    return Answer("not_reported", have, _spans(found.values()), (missing,))


def _ratio(preparation: Preparation) -> Answer:
    found = [
        r
        for r in _readings(preparation, "purity", "dose", "concentration", "yield")
        if r.value == "particles_per_protein" or (r.quantity is not None and r.quantity.per == "ug{protein}")
    ]
    if found:
        return Answer("reported", "a ratio of two amounts is given", _spans(found))
    return Answer("not_reported", "no ratio is given", missing=("a ratio such as particles per µg protein",))


def _markers(preparation: Preparation, categories: str, items: Items, absent: bool = False) -> list[Reading]:
    """Markers of these categories that are said of the product; the absent ones only if wanted."""
    return [
        r
        for r in _readings(preparation, "markers")
        if any(c[0] in categories for c in items.categories(r.value))
        and OF_CELLS not in r.flags
        and (absent or ABSENT not in r.flags)
    ]


def _shown(categories: str, least: int, words: str, absent: bool = False) -> Callable[[Preparation], Answer]:
    def told(preparation: Preparation) -> Answer:
        found = _markers(preparation, categories, load_items(), absent)
        spans = _spans(found)
        firm = found if absent else [r for r in found if TESTED not in r.flags]
        if len({r.value for r in found}) >= least > len({r.value for r in firm}):
            return Answer(
                "unclear", "tested, and the record does not say what was found", spans, ("what was found",)
            )
        if len({r.value for r in firm}) >= least:
            return Answer("reported", "named: " + ", ".join(dict.fromkeys(r.value for r in found)), spans)
        have = f"{len(found)} of {least} named" if found else "none is named"
        return Answer("not_reported", f"{words}: {have}", spans, (words,))

    return told


def _subtype(preparation: Preparation) -> Answer:
    called = [r for r in _readings(preparation, "reporting") if r.value == EXOSOME]
    if not called and _SUBTYPES.isdisjoint(preparation.agents):
        return Answer("not_applicable", "asked only where a subtype of vesicle is claimed")
    found = _shown("4", 1, "proteins of other parts of the cell", absent=True)(preparation)
    return found if found.state == "reported" else found._replace(spans=_spans(called))


def _soluble(preparation: Preparation) -> Answer:
    found = _shown("5", 1, "soluble proteins in the product", absent=True)(preparation)
    if found.state == "not_reported" and preparation.agent_class == "ev":
        return Answer("not_applicable", "asked where soluble factors are said to act or to come along")
    return found


def _antibodies(preparation: Preparation) -> Answer:
    if not _readings(preparation, "markers"):
        return Answer("not_applicable", "asked only where markers are shown with antibodies")
    return _told(preparation, ("C8",), "antibodies and how lysates were made")


def _size(preparation: Preparation) -> Answer:
    found = _fact(preparation, "size", "size")
    if found.state != "reported":
        return found
    flags = {flag.partition(":")[0] for r in _readings(preparation, "size") for flag in r.flags}
    missing = tuple(
        words
        for flag, words in (("statistic", "mode, median or mean"), ("method", "the method"))
        if flag not in flags
    )
    if missing:
        return Answer(
            "not_reported", "a size is given without " + " and ".join(missing), found.spans, missing
        )
    return found


def _dose(preparation: Preparation) -> Answer:
    found = _fact(preparation, "dose", "dose")
    if preparation.agent_class not in ("ev", "conditioned_medium"):
        return found
    amounts = [r for r in _readings(preparation, "dose", "concentration") if r.quantity is not None]
    counted = [r for r in amounts if r.quantity is not None and r.quantity.kind in _COUNTED]
    if counted and found.state != "unclear":
        return Answer("reported", "a dose in particles, protein or cell equivalents", _spans(counted))
    if found.state != "reported":
        return found
    kinds = (
        ", ".join(dict.fromkeys(r.quantity.kind for r in amounts if r.quantity is not None)) or "words only"
    )
    missing = ("dose in particles, protein or cell equivalents",)
    return Answer("not_reported", f"the dose is given as {kinds}", found.spans, missing)


def _release(preparation: Preparation) -> Answer:
    tests = [
        _told(preparation, ("sterility", "release_tests"), "sterility", "purity"),
        _told(preparation, ("endotoxin", "release_tests"), "endotoxin", "purity"),
        _told(preparation, ("lot",), "how much lots differ"),
    ]
    return _all(tests)


_ANSWERS: dict[str, Callable[[Preparation], Answer]] = {
    "G1": _naming,
    "S1": lambda p: _all((_fact(p, "source", "cell or tissue source"), _fact(p, "species", "species"))),
    "S2": _amount,
    "S3": _donor,
    "S4": lambda p: _fact(p, "culture", "culture conditions"),
    "S5": lambda p: _fact(p, "storage", "storage"),
    "P1": lambda p: _fact(p, "separation", "separation steps"),
    "P2": _settings,
    "P3": _density,
    "Q1": _two_amounts,
    "Q2": lambda p: _fact(p, "yield", "yield"),
    "Q3": _ratio,
    "C1": _shown("1", 1, "a membrane protein of vesicles"),
    "C2": _shown("2", 1, "a cytosolic protein of vesicles"),
    "C3": _shown("12", 3, "three markers of vesicles"),
    "C4": _shown("34", 1, "a contaminant that is to be expected", absent=True),
    "C5": _subtype,
    "C6": _soluble,
    "C7": lambda p: _told(p, ("C7",), "where the cargo sits"),
    "C8": _antibodies,
    "I1": lambda p: _told(p, ("I1",), "an image of single vesicles"),
    "I2": lambda p: _told(p, ("I2",), "a single-particle method"),
    "I3": _size,
    "F1": _dose,
    "F2": lambda p: _told(p, ("F2",), "controls"),
    "F3": lambda p: _fact(p, "potency", "a potency test"),
    "F4": _release,
    "R1": lambda p: _told(p, ("R1",), "EV-TRACK"),
    "R2": lambda p: _told(p, ("R2",), "where raw data are"),
    "V1": lambda p: _all((_fact(p, "route", "route"), _fact(p, "schedule", "schedule"))),
}
