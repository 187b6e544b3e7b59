"""Reads how what is given was separated: the steps of making the product, in the order they are told.

Reads: "MSC-Exos were isolated from supernatants of MSCs via sequential ultracentrifugation"
-> differential_ultracentrifugation.
Must not: "serum was separated by centrifugation and cytokine levels were measured" -> nothing.

Source: MISEV2023, separation (DOI 10.1002/jev2.12404): name every step, with speed, time and pore size;
the quotes keep these numbers.
"""

from itertools import islice

from skinproof.extraction.letters import small
from skinproof.extraction.making import of_assay, of_others
from skinproof.extraction.scene import Scene, Zone
from skinproof.model.findings import Finding, Reading
from skinproof.tagging.matcher import Match

RULE = "separation/2"

_MOST = 400
_TIERS = ("intervention", "arm", "title", "said", "near", "rest")
_OF_CELLS = frozenset({
    "enzymatic_digestion", "mechanical", "explant", "plastic_adherence", "density_gradient",
    "red_cell_lysis", "cell_sorting", "apheresis", "coleman", "affinity",
})  # fmt: skip
"""Steps that separate cells from tissue: for vesicles and media they tell of the source cells only."""

_CELL_FREE = ("ev", "conditioned_medium")
_WEAK = frozenset({
    "filtration", "centrifugation", "washing", "concentration", "purified", "lysis", "manual",
    "sedimentation", "mechanical", "enzymatic_digestion",
})  # fmt: skip
"""Steps whose words are used of other things too: they count only where what is worked up is named."""

_WORKED_UP = small(
    r"cells?\b|mscs?\b|ascs?\b|fat\b|adipose|tissue|lipoaspirat|blood|plasma|platelet|prp\b|prf\b|marrow"
    r"|supernatant"
    r"|medium|media\b|secretome|exosom|vesicle|svf"
    r"|suspension|pellet|serum|skin|epiderm|dermis|cord|placent|biops|aspirate|tube|product|adrc|graft"
    r"|melanocyt|keratinocyt|fibroblast|lysate|pulp",
)
_NOT_A_STEP = small(r"[^.;]{0,35}?\b(?:analys|dmem|dulbecco|air\b|light)")
_GIVING = small(r"infus|administ|transfus|intravenous|blood set|line\b|given through")
_USED = small(
    r"using|used (?:to|for)|prepar|process|isolat|separat|obtain|harvest|concentrat|centrifug|collect"
    r"|system|by (?:the|a)\b|via|with (?:the|a)\b",
)
_NOT = small(
    r"\b(?:non|not|no|never|without|free of|instead of|rather than|unlike|avoid(?:s|ing)?)[ -]{1,2}"
    r"(?:(?:any|the|a|an|by|using|with|use of|be|been|need for|further|additional)[ -]){0,3}$",
)
"""A step that is said not to be taken."""

_COLLECTED = small(
    r"harvest|aspirat|collect|isolat|apheres|liposuct|biops|stem cell prep|processing",
)
_DETAIL = small(
    r"[^.;\n]{0,12}?(?:\d[\d.,]{0,9}\s{0,2}(?:x|×|\*)?\s{0,2}(?:g\b|rpm|rcf|min\b|minutes?|µm|μm|um\b"
    r"|micron|kda|hours?\b|h\b))",
)


def read(scene: Scene) -> Finding:
    """The separation steps of the product in the order of the text, without those of its source cells.

    Reads: "blood is centrifuged at 1500 rpm for 10 minutes" (PRP) -> centrifugation, numbers in the quote.
    Must not: "glomerular filtration rate" -> nothing.
    """
    readings: dict[str, Reading] = {}
    for zone in scene.within(*_TIERS):
        for match in islice(scene.found("separation", zone), _MOST):
            value = match.owner.partition(":")[2]
            if value in readings or not _counts(scene, zone, match, value):
                continue
            readings[value] = scene.reading(
                value, [_place(scene, zone, match)], RULE, "a step of making the product"
            )
    if "lysis" not in readings and "agent:platelet_lysate" in scene.product.agents:
        readings.update(_lysate(scene))
    if not readings and scene.product.role == "given":
        readings = _in_other_fields(scene)
    kept = _spins(list(readings.values()))
    if scene.product.agent_class in _CELL_FREE:
        kept = [reading for reading in kept if reading.value not in _OF_CELLS]
    if not kept:
        return scene.not_reported("separation", RULE, *_TIERS)
    return scene.reported("separation", RULE, "steps of making the product are named", *kept)


def _lysate(scene: Scene) -> dict[str, Reading]:
    """A product that is named a lysate says how it was made."""
    for zone in scene.within("intervention", "arm", "title", "said"):
        for match in scene.found("agent", zone):
            words = scene.shared.low[match.start : match.end]
            if match.owner in scene.product.agents and "lysate" in words:
                place = [(match.start, match.end)]
                return {"lysis": scene.reading("lysis", place, RULE, "the product is named a lysate")}
    return {}


def _in_other_fields(scene: Scene) -> dict[str, Reading]:
    """Steps told of a procedure that is registered as an intervention of its own: "leukapheresis", "cell isolation".

    Only of cells that are got from someone by such a procedure, and of no field that names another product.
    """
    found: dict[str, Reading] = {}
    if scene.product.agent_class not in ("msc", "other_cell"):
        return found
    for zone in scene.within("other"):
        field = scene.text.fields[zone.field]
        if (
            field.kind != "intervention"
            or zone.shared
            or not _COLLECTED.search(field.text[:600])
            or "photopheres" in field.text[:2000].lower()
        ):
            continue
        for match in islice(scene.found("separation", zone), _MOST):
            value = match.owner.partition(":")[2]
            if (
                value in _OF_CELLS | {"centrifugation"}
                and value not in found
                and _counts(scene, zone, match, value)
            ):
                found[value] = scene.reading(
                    value, [_place(scene, zone, match)], RULE, "a procedure by which the cells are got"
                )
    return found


def _counts(scene: Scene, zone: Zone, match: Match, value: str) -> bool:
    """Whether a step belongs to the product: not to an assay, to other studies or to another product."""
    text = scene.shared.low
    if of_others(scene, zone, match.start, match.end) or of_assay(scene, zone, match.start, match.end):
        return False
    if _NOT.search(text[max(zone.start, match.start - 40) : match.start]):
        return False
    if value == "device" and not _USED.search(
        text, max(zone.start, match.start - 120), min(zone.end, match.end + 80)
    ):
        return False
    if value == "filtration" and _GIVING.search(
        text, max(zone.start, match.start - 70), min(zone.end, match.end + 40)
    ):
        return False
    if value in ("filtration", "cell_sorting") and _NOT_A_STEP.match(
        text, match.end, min(zone.end, match.end + 50)
    ):
        return False
    if value == "mechanical" and scene.product.agent_class not in ("msc", "other_cell", "other"):
        return False
    if scene.product.role == "measured":
        return zone.tier in ("said", "near")
    if value in _WEAK and zone.tier not in ("intervention", "arm"):
        field = scene.text.fields[zone.field]
        start = scene.text.starts[zone.field]
        first, last = max(start, match.start - 250), min(start + len(field.text), match.end + 150)
        return bool(_WORKED_UP.search(text, first, last))
    return True


def _place(scene: Scene, zone: Zone, match: Match) -> tuple[int, int]:
    """The words of a step with the speed, time or pore size that follow them."""
    end = match.end
    for _ in range(3):
        more = _DETAIL.match(scene.shared.low, end, min(zone.end, end + 60))
        if not more:
            break
        end = more.end()
    return match.start, end


def _spins(readings: list[Reading]) -> list[Reading]:
    """Readings without those that a finer one says: "centrifuged" beside "two spins"."""
    values = {reading.value for reading in readings}
    without: set[str] = set()
    if values & {"double_spin", "single_spin"}:
        without.add("centrifugation")
    if "differential_ultracentrifugation" in values:
        without.add("ultracentrifugation")
    if "double_spin" in values:
        without.add("single_spin")
    if len(values - {"purified"}) > 0:
        without.add("purified")
    return [reading for reading in readings if reading.value not in without]
