"""Reads how a preparation is given: route of the product, not of the comparator, the numbing or the harvest.

Reads: "MSC-Exos will be given intravenously once a day" -> intravenous.
Must not: "under intravenous sedation, fat is taken and injected into the scalp" -> injection_local only.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from skinproof.extraction.route_cues import BARE, EXPLICIT, FORM, SITED, Cue, cues
from skinproof.extraction.route_label import labelled
from skinproof.extraction.scene import Scene, Zone
from skinproof.model.findings import Finding, Reading

RULE = "route/3"

_MOST_CUES = 600
_STRENGTH = (EXPLICIT, SITED, FORM)

_LOCAL = re.compile(
    r"alopecia|bald|hair|scar|keloid|wrinkl|nasolabial|rejuvenat|facial|face|periorbital|infraorbital"
    r"|striae|stretch mark|fold|fistul|ulcer|wound|burn"
    r"|limb isch|critical limb|foot|vitiligo|melasma|skin|atroph|incontinence|erectile|lichen|cellulite"
    r"|contour|breast|lipo|augment|cleft|defect"
    r"|nonunion|fracture|osteonecrosis|tendin|tendon|plantar|fasciitis|epicondyl|carpal|periodon|gingiv"
    r"|dental|pulp|implant|sinus|muscle|myocard"
    r"|cardiomyopath|heart failure|infarct|disc|spinal cord|stroke|glioma|parkinson|ovar|asherman"
    r"|endometri|bone|cartilage|photoag|aging skin|gum|jaw"
    r"|raynaud|digital|hand|lip|eyelid|dark circle|acne|tear trough|anal|sphincter|urethra|peyronie"
    r"|lymphedema|rotator|claudication|arterial (?:occlusive )?disease",
    re.IGNORECASE,
)
_SYSTEMIC = re.compile(
    r"covid|sars|ards|respiratory|pneumon|sepsis|graft.versus|gvhd|lupus|sclerosis|scleroderma|crohn"
    r"|colitis|diabet|psoria|atopic|eczema|bullosa"
    r"|nephr|kidney|renal|liver|cirrho|hepat|anemi|anaemi|leuk|lymphom|myelom|transplant|rheumat|arthritis"
    r"|autism|cerebral palsy|dementia|alzheim"
    r"|amyotroph|multiple|stroke|infarct|heart|cardio|pulmon|lung|copd|fibrosis|frailty|aging|failure"
    r"|immun|sickle|thalass|mucopoly|leukodys"
    r"|lyell|necrolysis|cancer|carcinoma|tumou?r|melanoma|malignan|sarcoma|dystroph|dysplasia|neuropath"
    r"|pancrea|hiv|vasculit|osteogenesis|neonat|preterm",
    re.IGNORECASE,
)
_JOINTS = re.compile(
    r"osteoarthr|gonarthr|knee|\bhip\b|joint|cartilage|menisc|chondr|ankle arthr|temporomandibular|\btmj\b",
    re.IGNORECASE,
)
_MUSCLE_HERE = re.compile(
    r"limb|leg\b|legs|lower extremit|calf|calves|gastrocnemius|ulcer|foot|feet|isch|claudication|arterial"
    r"|thromboangiitis|buerger|vascular|angiopath|\bhands?\b"
    r"|forearm|finger|hemifacial|romberg|\bmuscular|\bmuscles?\b|dystroph|sphincter|incontinence|\bface\b"
    r"|facial|wound|stump|raynaud",
    re.IGNORECASE,
)
_LOCAL_MUSCLE = re.compile(r"local(?:ly)?\W{1,3}(?:intra-?muscular|inject)", re.IGNORECASE)
_MUSCLE_AWAY = re.compile(r"deltoid|gluteal|gluteus|buttock|vastus|thigh muscle", re.IGNORECASE)
_EYE = re.compile(
    r"\beyes?\b|ocular|cornea|retin|macula|optic|dry eye|glaucoma|kerat(?:itis|oconus|opath)|limbal"
    r"|conjunctiv|pterygi|uveit|ophthalm",
    re.I,
)
_NEEDLED = re.compile(
    r"micro-?\s?needl|dermaroller|derma\s?roller|dermapen|derma\s?pen|dermastamp|collagen induction"
    r"|skin needling|medical needling",
    re.IGNORECASE,
)
_LASERED = re.compile(
    r"laser.assisted|fractional (?:co2|carbon|erbium|er:yag|laser)|ablative (?:fractional )?laser"
    r"|laser (?:channel|microchannel)",
    re.I,
)
_AMNION = re.compile(r"amnio|amnion|chorion|birth tissue|placental membrane", re.IGNORECASE)
_SURFACE = re.compile(r"ulcer|wound|burn|defect|bullosa|donor site|pyoderma|sore", re.IGNORECASE)


def read(scene: Scene) -> Finding:
    """The routes by which the product is given, the main one first; inferred ones say from what.

    Reads: "The gel is applied to the wound once a day" -> topical.
    Must not: "control: topical antibiotic ointment" -> nothing for the product.
    """
    if scene.product.role == "measured":
        return scene.not_applicable("route", RULE, "only measured in samples, not given to anyone")
    found = tuple(islice(cues(scene), _MOST_CUES))
    readings = _under_a_label(scene) or _said(scene, found) or _inferred(scene, found)
    if not readings:
        return scene.not_reported("route", RULE, "intervention", "arm", "title", "said", "near", "rest")
    return scene.reported("route", RULE, readings[0].reason, *readings)


def _under_a_label(scene: Scene) -> tuple[Reading, ...]:
    """Readings of "Route: ..."; each route once."""
    by_route: dict[str, Reading] = {}
    for route, start, end, zone in islice(labelled(scene), _MOST_CUES):
        reason = "named under a label of its own"
        reading = scene.reading(route, [(start, end)], RULE, reason, arms=scene.arm_labels(zone))
        by_route.setdefault(route, reading)
    return tuple(by_route.values())


def _said(scene: Scene, found: Sequence[Cue]) -> tuple[Reading, ...]:
    """Readings of cues that name the route, its place or a form; those of the closest tier that has any."""
    strong = [cue for cue in found if cue.strength in _STRENGTH and not cue.weak]
    if not strong and not _infused(found):
        strong = [cue for cue in found if cue.strength == EXPLICIT and cue.rank <= _RANK_NEAR]
    if not strong:
        return ()
    first = min(cue.rank for cue in strong)
    told = {cue.route for cue in strong if cue.rank <= _RANK_NEAR}
    vessels = any(cue.route in _INTO_VESSELS for cue in strong)
    if first >= _RANK_NEAR and told <= _NO_INFUSION and not vessels and _infused(found):
        return ()
    best: Sequence[Cue] = [cue for cue in strong if cue.rank == first]
    explicit = [cue for cue in best if cue.strength == EXPLICIT]
    best = explicit or [cue for cue in best if cue.strength == SITED] or best
    if not explicit and first >= _RANK_TITLE and best[0].strength == SITED:
        best = [cue for cue in strong if cue.strength == EXPLICIT and cue.rank <= _RANK_NEAR] or best
    best = _prefer_form(_prefer_explicit(best, strong), strong)
    if best[0].strength == FORM and best[0].route == "topical" and _injected(found) and not _on_skin(scene):
        return _inferred(scene, found)
    by_route: dict[str, list[Cue]] = {}
    for cue in best:
        by_route.setdefault(_final(scene, cue), []).append(cue)
    order = sorted(by_route, key=lambda route: (by_route[route][0].rank, by_route[route][0].start))
    return tuple(
        _reading(scene, route, by_route[route], _REASON[by_route[route][0].strength]) for route in order
    )


def _injected(found: Sequence[Cue]) -> bool:
    """Whether the product is said to be injected near its name: a gel is then what it is injected in."""
    return any(cue.route == "injection" and cue.rank <= _RANK_SAID and not cue.weak for cue in found)


def _on_skin(scene: Scene) -> bool:
    return _OUTSIDE.search(_aim(scene)) is not None


_OUTSIDE = re.compile(
    r"ulcer|wound|burn|bullosa|donor site|pyoderma|sore|alopecia|bald|hair|scar|keloid|wrinkl|skin|facial"
    r"|face|vitiligo|melasma|acne|dermat|eczema|psoria"
    r"|rejuven|photoag|cosmetic|mucositis|graft",
    re.IGNORECASE,
)


def _infused(found: Sequence[Cue]) -> bool:
    """Whether the product is said to be infused near its name."""
    return any(cue.route == "infusion" and cue.rank <= _RANK_SAID and not cue.weak for cue in found)


_NO_INFUSION = {"subcutaneous", "intramuscular", "oral", "topical", "inhalation"}
_INTO_VESSELS = (
    "intravenous",
    "intra_arterial",
    "intracoronary",
    "intrathecal",
    "intraperitoneal",
    "intrauterine",
)
_RANK_SAID = 3
_RANK_TITLE = 2
_RANK_NEAR = 4
_REASON = {
    EXPLICIT: "the route is named",
    SITED: "said with the place it goes into or onto",
    FORM: "told by the form of the product",
    BARE: "told by the verb",
}


def _prefer_explicit(best: Sequence[Cue], strong: Sequence[Cue]) -> Sequence[Cue]:
    """A place or a form gives way to a route named elsewhere for the product ("subcutaneous scalp")."""
    if any(cue.strength == EXPLICIT for cue in best):
        return best
    wanted = _FINER.get(best[0].route, ())
    named = [
        cue for cue in strong if cue.strength == EXPLICIT and cue.route in wanted and cue.rank <= _RANK_NEAR
    ]
    return named or best


def _prefer_form(best: Sequence[Cue], strong: Sequence[Cue]) -> Sequence[Cue]:
    """A sheet or scaffold put on a wound is a dressing: the form says more than "applied"."""
    if best[0].strength == SITED and best[0].route == "topical":
        return [
            cue
            for cue in strong
            if cue.strength == FORM and cue.route in ("wound_dressing", "spray") and cue.rank <= _RANK_NEAR
        ] or best
    return best


_FINER = {
    "injection_local": (
        "intradermal", "subcutaneous", "intra_articular", "ocular", "intramuscular", "intrathecal",
        "intracoronary", "intra_arterial",
    ),
    "topical": ("topical", "wound_dressing", "spray", "ocular", "graft", "intranasal", "microneedling"),
    "wound_dressing": ("ocular", "graft"),
    "spray": ("intranasal", "inhalation"),
    "inhalation": ("intranasal",),
}  # fmt: skip


def _final(scene: Scene, cue: Cue) -> str:
    """The route as it is compared: in ill muscle local, on the eye ocular, on needled skin microneedling."""
    aim = _aim(scene)
    if cue.route == "intramuscular":
        here = (_MUSCLE_HERE.search(aim) or _LOCAL_MUSCLE.search(aim)) and not _MUSCLE_AWAY.search(
            _around(scene, cue)
        )
        return "injection_local" if here else "intramuscular"
    if (
        cue.route in ("topical", "wound_dressing", "injection_local", "graft")
        and cue.strength != EXPLICIT
        and _EYE.search(aim)
    ):
        return "ocular"
    if cue.route == "topical":
        around = _around(scene, cue) + _needled_words(scene)
        if _EYE.search(aim) and not _SURFACE.search(aim):
            return "ocular"
        if _NEEDLED.search(around):
            return "microneedling"
        if _LASERED.search(around):
            return "laser_assisted"
        if cue.strength == BARE and _AMNION.search(scene.product.name):
            return "wound_dressing"
    if cue.strength == FORM and cue.route in _PUT_IN and _in_cartilage(aim):
        return "intra_articular"
    if (
        cue.route == "wound_dressing"
        and cue.strength == FORM
        and not (_SURFACE.search(aim) or _SKIN.search(aim))
    ):
        if _GUM.search(aim):
            return "injection_local"
        return "implanted" if _FLAT.search(scene.text.text, cue.start, cue.end) else "injection_local"
    if (
        cue.route == "topical"
        and cue.strength in (FORM, SITED)
        and _BONE.search(aim)
        and not _SKIN.search(aim)
    ):
        return "injection_local"
    if cue.route == "injection_local" and cue.strength == EXPLICIT and not _BONE.search(aim):
        return "intraosseous" if _INTO_MARROW.match(scene.text.text, cue.start, cue.end) else cue.route
    return cue.route


def _needled_words(scene: Scene) -> str:
    """Words of sentences that name the product, or its application, together with needling."""
    found = (scene.words(zone)[:800] for zone in scene.within("intervention", "arm", "title", "said"))
    return " ".join(words for words in found if _NEEDLED.search(words) and _FOLLOWED.search(words))


_FOLLOWED = re.compile(
    r"followed|after|before|combin|then\b|plus|with|and\b|\+|via|through|using|by\b", re.IGNORECASE
)


def _inferred(scene: Scene, found: Sequence[Cue]) -> tuple[Reading, ...]:
    """Readings of bare verbs, which tell the route together with what is treated."""
    bare = sorted(
        (cue for cue in found if cue.strength == BARE and not cue.weak), key=lambda cue: (cue.rank, cue.start)
    )
    aim = _aim(scene)
    for cue in bare:
        told = _told(scene, cue, aim)
        if told:
            route, reason = told
            return (_reading(scene, route, [cue], reason),)
    return _by_product(scene, aim)


def _told(scene: Scene, cue: Cue, aim: str) -> tuple[str, str] | None:
    cells = scene.product.agent_class in ("ev", "conditioned_medium", "msc", "other_cell", "other")
    local = bool(_LOCAL.search(aim))
    if cue.route == "infusion":
        return "intravenous", "an infusion, no other place said"
    if cue.route == "injection":
        if _EYE.search(aim):
            return "ocular", "injected, in a disease of the eye"
        if _JOINTS.search(aim):
            return "intra_articular", "injected, in a disease of a joint"
        if cells and _SYSTEMIC.search(aim) and not _SKIN.search(aim):
            return "intravenous", "injected, no place said, in a disease of the whole body"
        if local:
            return "injection_local", "injected, in a disease of one place"
        return None
    if cue.route in ("implant", "topical") and cells and _in_cartilage(aim):
        return "intra_articular", "put into cartilage of a joint"
    if cue.route == "implant" and cells and _PLACED.search(aim):
        return "injection_local", "implanted, in a disease of one place"
    if cue.route == "topical":
        if _EYE.search(aim):
            return "ocular", "applied, in a disease of the eye"
        if _SURFACE.search(aim) and cue.rank <= _RANK_NEAR:
            if _AMNION.search(scene.words(_name_zone(scene))):
                return "wound_dressing", "a membrane, applied to a wound"
            return "topical", "applied, in a disease of the skin surface"
        return None
    return None


_PLACED = re.compile(
    r"fistul|osteonecro|necrosis of the femoral|fracture|non-?union|pseud(?:o)?arthrosis|bone (?:defect"
    r"|loss|cyst)|\bfusion|arthrodesis|limb isch|critical limb|cleft|alveol"
    r"|periodon|jaw|maxill|mandib",
    re.IGNORECASE,
)
_SKIN = re.compile(
    r"alopecia|bald|hair|scar|keloid|wrinkl|nasolabial|facial|fistul|ulcer|wound|burn|limb|foot|vitiligo"
    r"|breast|incontinence|contour|defect|face",
    re.I,
)


def _by_product(scene: Scene, aim: str) -> tuple[Reading, ...]:
    """Readings that follow from what the product is: a membrane on a wound, fat, fibroblasts for folds."""
    for match in scene.mentions[:40]:
        quote = scene.text.text[match.start : match.end]
        if scene.text.fields[scene.text.field_at(match.start)].kind in (
            "eligibility",
            "outcome",
            "reference",
        ):
            continue
        cue = Cue("", BARE, match.start, match.end, 0)
        for wanted, where, route, reason in _KNOWN:
            is_membrane = wanted is _MEMBRANE and match.owner == "agent:amnion"
            if (wanted.search(quote) or is_membrane) and where.search(aim):
                return (_reading(scene, route, [cue], reason),)
    if scene.product.agent_class in _SURGICAL and scene.product.role == "given":
        for zone in scene.within("title", "intervention")[:40]:
            if found := _AT_SURGERY.search(scene.text.text, zone.start, zone.end):
                cue = Cue("", BARE, found.start(), found.end(), 0)
                route = "intra_articular" if _in_cartilage(aim) else "injection_local"
                return (_reading(scene, route, [cue], "put in place at the operation named"),)
    for zone in scene.within("title", "intervention", "arm", "said")[:40]:
        if found := _FAT.search(scene.text.text, zone.start, zone.end):
            cue = Cue("", BARE, found.start(), found.end(), 0)
            return (_reading(scene, "injection_local", [cue], "given with a fat graft, which is injected"),)
    return ()


_SURGICAL = ("ev", "conditioned_medium", "msc", "other_cell", "prp", "growth_factor")
_AT_SURGERY = re.compile(
    r"arthrodesis|\bosteotom|(?:spinal|lumbar|interbody|ankle|foot|bone) fusion|core decompression"
    r"|(?:rotator cuff|tendon|ligament|meniscal|meniscus) (?:repair|reconstruction|regeneration|injur\w{1,3})"
    r"|regeneration of (?:\w{1,12} ){0,3}(?:ligament|tendon|meniscus)|sinus (?:lift|augmentation|floor)"
    r"|(?:intra-?bony|furcation|periodontal|bone|bony|osseous) defects?|gingival recession"
    r"|(?:socket|ridge) (?:preservation|augmentation)|extraction socket|alveolar cleft|bone (?:graft|augment)",
    re.IGNORECASE,
)
"""Operations at which a product is put where it is to act, if nothing else is said."""

_FAT = re.compile(
    r"\b(?:fat|adipose(?: tissue)?) graft|lipofill|fat (?:transfer|transplantation)|nanofat|lipotransfer"
    r"|micro-?fat",
    re.IGNORECASE,
)
_INTO_MARROW = re.compile(r"intra-?osseous", re.IGNORECASE)
_CARTILAGE = re.compile(
    r"articular cartilage|cartilage (?:defect|lesion|injur|repair|regenerat|damage|loss)|osteochondral"
    r"|chondral (?:defect|lesion|injur)|menisc|knee",
    re.IGNORECASE,
)
_NOT_CARTILAGE = re.compile(
    r"ulcer|wound|burn|bullosa|scar|skin|necrosis|nonunion|\bfractur|tendon|ligament|replacement|arthroplast",
    re.IGNORECASE,
)
_PUT_IN = ("topical", "wound_dressing", "injection_local")


def _in_cartilage(aim: str) -> bool:
    """Whether cartilage of a joint is treated, and nothing else that a gel or a graft could be meant for."""
    return bool(_CARTILAGE.search(aim)) and not _NOT_CARTILAGE.search(aim)


_GUM = re.compile(r"gingiv|periodon|recession|alveol|extraction|socket", re.IGNORECASE)
_FLAT = re.compile(r"membrane|sheet|patch|film", re.IGNORECASE)
_BONE = re.compile(
    r"bone|fractur|non-?union|tendon|rotator|socket|sinus|alveol|periodon|intrabony|furcation|maxill"
    r"|mandib|cartilag|chondr|menisc|spin(?:e|al)|disc\b",
    re.IGNORECASE,
)
_MEMBRANE = re.compile(r"amnio(?!centes|tic (?:fluid|suspension))|amnion|chorion(?!ic villus)", re.IGNORECASE)
_FIBROBLAST = re.compile(r"fibroblast|azficel|isolagen", re.IGNORECASE)
_FOLDS = re.compile(r"fold|wrinkl|acne|scar|rejuvenat|vocal|contour", re.IGNORECASE)
_BLOOD_CELLS = re.compile(
    r"h(?:a)?ematopoietic|bone marrow transplant|cord blood transplant|peripheral blood stem cell"
    r"|lymphocyt|t.cells?\b|\btils?\b|dli\b",
    re.IGNORECASE,
)
_ANY = re.compile("")
_KNOWN = (
    (_MEMBRANE, _EYE, "ocular", "a membrane, in a disease of the eye"),
    (_MEMBRANE, _SURFACE, "wound_dressing", "a membrane, in a disease of the skin surface"),
    (_FIBROBLAST, _FOLDS, "injection_local", "fibroblasts for folds and scars are injected"),
    (_FAT, _ANY, "injection_local", "fat is grafted by injection"),
    (_BLOOD_CELLS, _ANY, "intravenous", "blood stem cells and immune cells are infused"),
)


def _name_zone(scene: Scene) -> Zone:
    zones = scene.within("intervention", "title", "said")
    return zones[0] if zones else scene.zones[0]


def _aim(scene: Scene) -> str:
    """What is treated: titles and conditions, in short."""
    kinds = ("title", "condition", "keyword")
    return " | ".join(field.text[:400] for field in scene.text.fields[:60] if field.kind in kinds)


def _around(scene: Scene, cue: Cue) -> str:
    start, end = scene.sentence(cue.start)
    return scene.text.text[max(start, cue.start - 400) : min(end, cue.end + 400)]


def _reading(scene: Scene, route: str, used: Iterable[Cue], reason: str) -> Reading:
    kept = sorted(used, key=lambda cue: (cue.rank, cue.start))[:3]
    places = [(cue.start, cue.end) for cue in kept]
    return scene.reading(route, places, RULE, reason)
