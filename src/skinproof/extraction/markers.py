"""Markers named for the product: proteins of vesicles by MISEV category, surface markers of cells; present or absent.

Reads "exosomes were positive for CD9, CD63 and negative for calnexin"; not "T cells (CD3, CD4, HLA-DR) are counted in
the patient's blood", not "mesenchymal CD34+ cells" where it is the name of a cell, and not what exosomes carry in
general.

Source: categories of MISEV2023 (10.1002/jev2.12404); surface markers of MSC: ISCT 2006
(10.1080/14653240600855905).
"""

from skinproof.extraction.letters import small
from skinproof.extraction.scene import Scene, Zone
from skinproof.extraction.statements import LONG, MOST, is_general, is_tied, sentence_text
from skinproof.model.findings import Finding, Reading

RULE = "markers/1"

ABSENT = "absent"
TESTED = "result not said"
OF_CELLS = "of the source cells"
"""Flags of a reading: shown to be absent; tested, with no word on what was found; said of the cells that a vesicle
or a medium comes from.
"""

_TIERS = ("intervention", "arm", "said", "near", "rest")
_CELLS = frozenset({"msc", "other_cell"})
_VESICLES = frozenset({"ev", "conditioned_medium"})
_SHOWN = small(
    r"\bmarkers?\b|express|positiv|negativ|phenotyp|characteri[sz]|western blot|flow cytom|\bfacs\b|immunoblot|"
    r"surface (?:antigen|protein|molecule)|associated proteins?|enriched|\belisa\b|stained|anti-?cd|lack|absence|isct"
)
_PATIENT = small(
    r"peripheral blood|blood samples?|\bbiops|t[- ]?cells|b[- ]?cells|\bnk\b|monocytes?|lymphocytes?|leukemi|blast|"
    r"\bgraft\b|patients'|subsets?|mismatch|recipient"
)
_FOREIGN = small(r"contamina|negativ|absen|marker|western|impurit|deplet|free (?:of|from)|residual|purity")
_AGAINST = small(
    r"\b(?:negative|negativity|absence|absent|lack(?:s|ing|ed)?|without|devoid|free (?:of|from)|depleted|no|not|"
    r"do(?:es)? not express|minimal expression|excluding)\b"
)
_FOR = small(
    r"\b(?:positive|positivity|express(?:es|ed|ing|ion)?|present|presence|enriched|show(?:s|ed|n)?|contain(?:s|ed)?|"
    r"markers?|detected|confirmed|have|has|carry|proteins?)\b"
)
_PLANNED = small(r"will be|to assess|were determined|was assessed|tested|anti-?cd|stained|evaluated")
_CONFIRMED = small(
    r"\b(?:was|were|is|are|has been|have been) (?:\w{1,12} )?(?:confirmed|detected|found|present|expressed)\b"
)
_PLUS = small(r"cd\d{1,3}[a-z]?\s?\+")
_CELL = small(r"\bcells?\b|\b\w{0,6}mscs?\b|\bmenscs?\b|\b\w{0,3}ascs?\b")
_VESICLE = small(r"vesicle|exosome|\bevs?\b|ectosome|microparticle|secretome")
_FEW = 2
"""Names of cells hold one marker ("CD34+ cells"); a description of a product names several."""


def read(scene: Scene) -> Finding:
    """The finding on markers; each marker is one reading, its flags say whether it is absent or only tested."""
    kind = scene.product.agent_class
    if kind not in _CELLS and kind not in _VESICLES:
        return scene.not_applicable("markers", RULE, "markers are asked of vesicles, media and cells")
    places = scene.matches.get("marker", ())[:MOST]
    found: dict[str, Reading] = {}
    general = False
    if places:
        sentences: dict[int, list[tuple[int, int, str]]] = {}
        homes: dict[int, Zone] = {}
        for start, end, owner in places:
            zone = scene.zone_at(start)
            if zone is None or zone.tier not in _TIERS or end > zone.end:
                continue
            first = scene.sentence(start)[0]
            sentences.setdefault(first, []).append((start, end, owner))
            homes[first] = zone
        for first, named in sentences.items():
            general |= _take(scene, homes[first], named, found)
    if found:
        return scene.reported("markers", RULE, "markers are named for the product", *found.values())
    finding = scene.not_reported("markers", RULE, *_TIERS)
    if general:
        reason = f"{finding.reason}; markers stand only in a general statement on such products"
        finding = Finding(
            property="markers", state="not_reported", rule=RULE, reason=reason, looked_in=finding.looked_in
        )
    return finding


def _take(scene: Scene, zone: Zone, named: list[tuple[int, int, str]], found: dict[str, Reading]) -> bool:
    """Keeps the markers of one sentence where it speaks of the product; whether it was only a general statement."""
    start, end = scene.sentence(named[0][0])
    words = sentence_text(scene, start, end, named[0][0])
    near = zone.tier in ("intervention", "arm")
    if not _SHOWN.search(words) and not (near and len({n[2] for n in named}) > _FEW):
        return False
    if is_general(words):
        return True
    if not near and (not is_tied(words) or _PATIENT.search(words)):
        return False
    for first, last, owner in named:
        if not _fits(scene, owner, words, len({n[2] for n in named})):
            continue
        flags = _flags(scene.shared.low, start, end, first, last)
        if scene.product.agent_class in _VESICLES and _CELL.search(words) and not _VESICLE.search(words):
            flags = (*flags, OF_CELLS)
        found.setdefault(
            owner.partition(":")[2],
            scene.reading(
                owner.partition(":")[2],
                [(first, last)],
                RULE,
                f"named as a marker of the product ({zone.tier})",
                arms=scene.arm_labels(zone),
                flags=flags,
            ),
        )
    return False


def _fits(scene: Scene, owner: str, words: str, several: int) -> bool:
    """Whether a marker of this category can be meant of this class of product."""
    above = {name.partition(":")[2] for name in scene.vocabulary.ancestors(owner)}
    cell = not above.isdisjoint(("msc_positive", "msc_negative"))
    if scene.product.agent_class in _CELLS:
        return cell and several >= _FEW
    foreign = not above.isdisjoint(
        ("lipoprotein", "aggregate", "co_isolated", "nucleus", "mitochondria", "secretory_pathway", "autophagosome",
         "corona", "cytokine", "matrix", "cytosolic_other")
    )  # fmt: skip
    if owner == "marker:hsp70":
        return True
    return _FOREIGN.search(words) is not None if foreign else True


def _flags(text: str, start: int, end: int, first: int, last: int) -> tuple[str, ...]:
    """Present (no flag), absent, or only tested: by the sign behind the marker, else by the nearest word before it."""
    low, high = max(start, first - LONG // 2), min(end, last + LONG // 2)
    sign = text[last : last + 2].lstrip(" ")
    if sign[:1] == "+":
        return ()
    if sign[:1] in ("-", "−", "–") and (not sign[1:2].isalnum() or _PLUS.search(text, low, high)):
        return (ABSENT,)
    before = text[low:first]
    against = max((m.start() for m in _AGAINST.finditer(before)), default=-1)
    for_it = list(_FOR.finditer(before))
    nearest = for_it[-1].start() if for_it else -1
    if against >= 0 and against > nearest - 16:
        return (ABSENT,)
    if nearest >= 0 and for_it[-1][0].startswith("positiv"):
        return ()
    if _CONFIRMED.search(text, last, min(end, last + 80)):
        return ()
    if nearest < 0 or _PLANNED.search(text, low, high):
        return (TESTED,)
    return ()
