"""Whether words stand in another setting than the making of the product: an assay, another study."""

from skinproof.extraction.letters import small
from skinproof.extraction.products import Product
from skinproof.extraction.scene import Scene, Zone

_ASSAY = small(
    r"elisa|pcr\b|flow cytometr|facs\b|western blot|assay|biomarker|cytokine levels?|blood samples?"
    r"|serum samples?|plasma samples?|urine|saliva"
    r"|peripheral blood (?:mononuclear cells )?(?:will|were|was|is|are) (?:be )?(?:collected|taken|sampled"
    r"|drawn) (?:at|from|before|after)|measured"
    r"|immunohisto|histolog|laborator(?:y|ies) (?:test|analys|parameter)|levels? of|quantif|hplc|sequenc"
    r"|gene expression|staining|sterility test"
    r"|endotoxin|mycoplasma|proteom|clearance|creatinine|monitoring|serum (?:was|were|will)|sera\b|genotyp"
    r"|mass spectrom",
)
_MAKING = small(
    r"inject|infus|appl(?:y|ied)|administ|transplant|treat(?:ed|ment)|product|prepar|produc|manufactur"
    r"|obtain|process|isolat|harvest|expand|gmp\b|final|prp\b"
    r"|transported to the|tissue bank|bank of|citrate|anti-?coagul|buffy",
)
_BACKGROUND = small(
    r"\b(?:animal|mice|mouse|rats?|rabbits?|murine|canine (?:model|stud)|dogs|in the literature|literature|have been (?:shown"
    r"|demonstrated|reported|described)|has been (?:shown"
    r"|demonstrated|reported|described)|is readily accomplished|ease of|pioneered by|et al"
    r"|previous stud(?:y|ies)|advantages?|disadvantages?|techniques? (?:include|are|have)"
    r"|methods? (?:include|are|exist|have)|there is no consensus|various|several (?:methods|techniques"
    r"|studies)|defined as)\b",
)
_FOR_EXAMPLE = small(r"\bsuch as\b[^.;]{0,80}$")

_GENERAL = small(
    r"\b(?:can|may|could) be (?:\w{1,12} )?(?:isolated|obtained|separated|harvested|derived|prepared"
    r"|stored|kept|purified|extracted)\b"
    r"|\bthere (?:are|is) (?:many|several|no)\b",
)
"""What can be done in general is not what was done."""

_ELSE = small(r"\b(?:placebo|control group|controls?|sham|vehicle|comparator)\b")


def of_assay(scene: Scene, zone: Zone, start: int, end: int) -> bool:
    """Whether `text[start:end]` is a step of a measurement on samples.

    Reads as assay: "serum was separated by centrifugation and cytokine levels were measured by ELISA".
    Not: "PRP was prepared by centrifugation and injected; platelets were counted".
    """
    text = scene.shared.low
    first, last = max(zone.start, start - 160), min(zone.end, end + 160)
    if not _ASSAY.search(text, first, last):
        return False
    return not _MAKING.search(text, first, last)


def of_others(scene: Scene, zone: Zone, start: int, end: int) -> bool:
    """Whether `text[start:end]` speaks of earlier work, of methods in general or of the control."""
    text = scene.shared.low
    first, last = max(zone.start, start - 260), min(zone.end, end + 60)
    if zone.tier in ("said", "near", "rest") and (
        _BACKGROUND.search(text, first, last)
        or _FOR_EXAMPLE.search(text[max(zone.start, start - 90) : start])
    ):
        return True
    first, last = scene.sentence(start)
    if _GENERAL.search(text, max(first, start - 400, zone.start), min(last, end + 100, zone.end)):
        return True
    if zone.tier in ("arm", "said", "near", "rest"):
        control = None
        for found in _ELSE.finditer(text, max(zone.start, start - 80), start):
            control = found
        if control and not any(control.end() <= m.start < start for m in scene.mentions[:200]):
            return True
    if zone.shared:
        return _other_is_closer(scene, zone, start, end)
    return False


def _other_is_closer(scene: Scene, zone: Zone, start: int, end: int) -> bool:
    own = set(scene.product.agents)
    rivals = {
        agent for product in scene.products if _rivals(scene, product) for agent in product.agents
    } - own
    gaps: dict[bool, int] = {}
    for match in scene.found("agent", zone)[:200]:
        if match.owner in own or match.owner in rivals:
            gap = max(0, match.start - end, start - match.end)
            mine = match.owner in own
            gaps[mine] = min(gap, gaps.get(mine, gap))
    return gaps.get(False, 10**9) < gaps.get(True, 10**9)


def _rivals(scene: Scene, product: Product) -> bool:
    """Whether a step near `product` is not one of the product read: they are given apart.

    Two products of one intervention are worked up together ("BMAC", which holds stem cells); marrow or fat cells
    that no intervention gives are what the stem cells are grown from.
    """
    mine = scene.product
    if product is mine or set(product.interventions) & set(mine.interventions):
        return False
    source = {mine.agent_class, product.agent_class} == {"msc", "other_cell"}
    return bool(product.interventions) or not (source and _SOURCES & {*product.agents, *mine.agents})


_SOURCES = frozenset({"agent:marrow_cells", "agent:svf", "agent:blood_cells"})
"""Cells that stem cells are grown from, or that hold them."""
