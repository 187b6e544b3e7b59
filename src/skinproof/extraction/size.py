"""Size of the particles: a diameter with its statistic and the method, where said.

Reads "exosomes, ranging between 40-180 nm" of the product; not "Exosomes are vesicles of 30-150 nm", which says what
exosomes are and nothing of the product, and not the 0.22 µm of a filter or the 1550 nm of a laser.

Source: MISEV2023 (10.1002/jev2.12404) asks for size by a named single-particle method.
"""

from skinproof.extraction.letters import needs, small
from skinproof.extraction.scene import Scene
from skinproof.extraction.statements import Hit, hits, of_product, sentence_text
from skinproof.model.findings import Finding, Quantity, Reading

RULE = "size/1"

_TIERS = ("intervention", "arm", "said", "near", "rest")
_UNIT = r"(?:nm|nanomet(?:er|re)s?|[µμu]m|microns?|micromet(?:er|re)s?)\b"
_ANCHOR = small(rf"(\d[\s\u00a0-]{{0,2}})({_UNIT})")
_NEED = needs("nm", "nanom", "µm", "μm", "um", "micron", "microm")
_NUMBER = r"\d{1,5}(?:[.,]\d{1,3})?"
_RANGE = small(
    rf"(?:(?P<a>{_NUMBER})\s{{0,2}}(?:{_UNIT})?\s{{0,2}}(?P<sep>-|–|—|to|and|±|\+/-|~)\s{{0,2}})?"
    rf"(?P<b>{_NUMBER})[\s\u00a0-]{{0,2}}$"
)
_WINDOW = 40
_OTHER_LENGTH = small(
    r"laser|wavelength|\blight\b|filter|filtrat|pore|absor|optical|excitation|emission|needle|\brnas?\b|"
    r"spectro|ultraviolet|\buv\b|led\b|infrared|membrane|cut-?off|fluoresc|scaffold|fib(?:er|re)|nucleotide|thick|slices?\b"
)
_OF_PARTICLES = small(
    r"\bsize|diamet|particle|vesicle|exosome|\bevs?\b|\brang(?:e|ing)|tracking analysis|light scattering"
)
_STATISTICS = (
    ("mode", small(r"\bmod(?:e|al)\b|\bpeak\b")),
    ("mean", small(r"\bmean\b|\baverage\b|\bz-?average\b")),
    ("median", small(r"\bmedian\b|\bd50\b")),
)
_METHODS = (
    ("NTA", small(r"\bnta\b|tracking analysis|nanosight|zetaview")),
    ("DLS", small(r"\bdls\b|dynamic light|zetasizer|light scattering")),
    ("TRPS", small(r"\btrps\b|resistive pulse|\bqnano\b")),
    ("EM", small(r"electron microscop|\bcryo-?em\b|\btem\b|\bsem\b")),
    ("flow cytometry", small(r"nano-?flow|flow cytomet")),
)
_MOST_READINGS = 8


def read(scene: Scene) -> Finding:
    """The finding on the size of the particles; several populations are several readings."""
    if scene.product.agent_class not in ("ev", "conditioned_medium"):
        return scene.not_applicable(
            "size", RULE, "particle size is asked of vesicles, not of this kind of product"
        )
    found: dict[str, Reading] = {}
    general = ""
    for hit in hits(scene, _ANCHOR, *_TIERS, need=_NEED):
        quantity, start = _diameter(scene, hit)
        if quantity is None or len(found) >= _MOST_READINGS:
            continue
        if not of_product(scene, hit):
            general = general or " ".join(
                scene.text.text[max(hit.start, start - 80) : hit.match.end()].split()
            )
            continue
        reading = _reading(scene, hit, quantity, start)
        found.setdefault(reading.value, reading)
    if found:
        return scene.reported("size", RULE, "a diameter is given for the product", *found.values())
    if scene.product.agent_class == "conditioned_medium":
        return scene.not_applicable(
            "size", RULE, "a medium has no particle size of its own, and none is given"
        )
    finding = scene.not_reported("size", RULE, *_TIERS)
    if general:
        reason = f"{finding.reason}; only a general statement: “{general}”"
        finding = Finding(
            property="size", state="not_reported", rule=RULE, reason=reason, looked_in=finding.looked_in
        )
    return finding


def _diameter(scene: Scene, hit: Hit) -> tuple[Quantity | None, int]:
    """The diameter that ends in this unit, in nm, with its place; None where the length is of something else."""
    text = scene.shared.low
    stop = hit.match.start(2)
    first = max(hit.zone.start, stop - _WINDOW)
    number = _RANGE.search(text[first:stop])
    if number is None:
        return None, stop
    around = text[max(hit.start, stop - 80) : min(hit.end, hit.match.end() + 60)]
    if _OTHER_LENGTH.search(around) or not _OF_PARTICLES.search(around):
        return None, stop
    scale = 1.0 if hit.match[2].startswith("n") else 1000.0
    high = _value(number["b"]) * scale
    low = high if number["a"] is None else _value(number["a"]) * scale
    if number["sep"] in ("±", "+/-"):
        high = low
    if not 5 <= low <= high <= 10_000:
        return None, stop
    bound = _bound(text[max(hit.zone.start, first + number.start() - 16) : first + number.start()])
    return Quantity(kind="diameter", low=low, high=high, bound=bound), first + number.start()


def _reading(scene: Scene, hit: Hit, quantity: Quantity, start: int) -> Reading:
    sentence = sentence_text(scene, hit.start, hit.end, start)
    flags = [f"statistic: {name}" for name, words in _STATISTICS if words.search(sentence)][:1]
    if not flags and quantity.low < quantity.high:
        flags = ["statistic: range"]
    flags += [f"method: {name}" for name, words in _METHODS if words.search(sentence)]
    low, high = f"{quantity.low:g}", f"{quantity.high:g}"
    return scene.reading(
        f"{low} nm" if low == high else f"{low}-{high} nm",
        [(start, hit.match.end())],
        RULE,
        f"a diameter in a sentence on the product ({hit.zone.tier})",
        quantity=quantity,
        arms=scene.arm_labels(hit.zone),
        flags=tuple(flags),
    )


def _bound(before: str) -> str:
    words = before.split()[-2:]
    last = " ".join(words)
    if last.endswith(("about", "around", "approximately", "~", "approx.", "circa")):
        return "about"
    if last.endswith(("up to", "at most")):
        return "up_to"
    if last.endswith(("below", "under", "less than", "smaller than", "<")):
        return "less_than"
    if last.endswith(("above", "over", "more than", "greater than", ">")):
        return "more_than"
    return ""


def _value(number: str) -> float:
    """A number; a comma before three digits parts thousands ("1,000"), else it is the decimal sign."""
    whole, comma, part = number.partition(",")
    return float(whole + part) if comma and len(part) == 3 else float(number.replace(",", "."))
