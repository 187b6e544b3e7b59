"""Routes under a label of their own: "Route: microneedling", "Route of administration: oral".

Behind such a label one bare word is enough, which elsewhere would say little ("eye", "laser-assisted", "wound dressing").
"""

from collections.abc import Iterator

from skinproof.extraction.letters import needs, small
from skinproof.extraction.scene import Scene, Zone

_LETTERS = needs("route")
_LABEL = small(
    r"\broutes?(?: of (?:administration|delivery|application))?\s{0,2}[:=]\s{0,2}(?P<said>[^.;:\n]{2,60})",
)
_BARE: tuple[tuple[str, str], ...] = (
    (r"micro-?needl\w{1,4}|dermaroller|dermapen", "microneedling"),
    (r"laser[- ]assisted|(?:after|with) (?:fractional )?laser", "laser_assisted"),
    (r"wound dressing|dressing|membrane|scaffold|sheet", "wound_dressing"),
    (r"eyes?|eye drops?|ocular|intravitreal|subconjunctival", "ocular"),
    (r"oral(?:ly)?|by mouth|per os|p\.?o\b", "oral"),
    (r"intra-?venous(?:ly)?|i\.?v\b|infusion", "intravenous"),
    (r"intra-?dermal(?:ly)?|i\.?d\b", "intradermal"),
    (r"sub-?cutaneous(?:ly)?|s\.?c\b", "subcutaneous"),
    (r"intra-?articular(?:ly)?", "intra_articular"),
    (r"inhal\w{1,6}|nebuli\w{1,6}|aerosol", "inhalation"),
    (r"intra-?nasal(?:ly)?|nasal", "intranasal"),
    (r"intra-?thecal(?:ly)?", "intrathecal"),
    (r"intra-?arterial(?:ly)?", "intra_arterial"),
    (r"spray\w{0,3}", "spray"),
    (r"topical(?:ly)?|cutaneous|transdermal|on (?:the )?skin", "topical"),
    (r"local(?:ly)?|intra-?lesional|(?:local |perilesional )?injections?", "injection_local"),
)
_WORDS = tuple((small(rf"\b(?:{words})"), route) for words, route in _BARE)
_TIERS = ("intervention", "arm", "said", "near")


def labelled(scene: Scene) -> Iterator[tuple[str, int, int, Zone]]:
    """(route, start, end, zone) of every route behind a label, closest zone first.

    Reads "Route: microneedling." -> microneedling. Must not: "Route: not reported." -> nothing.
    """
    if not scene.shared.letters.has(_LETTERS):
        return
    for zone in scene.within(*_TIERS):
        for label in _LABEL.finditer(scene.shared.low, zone.start, zone.end):
            for words, route in _WORDS:
                found = words.search(label["said"])
                if found:
                    at = label.start("said")
                    yield route, at + found.start(), at + found.end(), zone
                    break
