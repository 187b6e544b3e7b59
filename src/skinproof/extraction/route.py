"""Reads how a preparation is given: route of the product, not of the comparator, the numbing or the harvest.

Reads: "MSC-Exos will be given intravenously once a day" -> intravenous.
Must not: "under intravenous sedation, fat is taken and injected into the scalp" -> injection_local only.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from skinproof.extraction import route_aims as aims
from skinproof.extraction.route_cues import BARE, EXPLICIT, FORM, SITED, Cue, cues
from skinproof.extraction.route_label import labelled
from skinproof.extraction.scene import Scene, Zone
from skinproof.extraction.stems import lower
from skinproof.model.findings import Finding, Reading

RULE = "route/4"

_MOST_CUES = 600
_STRENGTH = (EXPLICIT, SITED, FORM)


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
    return aims.OUTSIDE.search(_aim(scene)) is not None


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
        here = (
            aims.MUSCLE_HERE.search(aim) or aims.LOCAL_MUSCLE.search(aim)
        ) and not aims.MUSCLE_AWAY.search(_around(scene, cue))
        return "injection_local" if here else "intramuscular"
    if (
        cue.route in ("topical", "wound_dressing", "injection_local", "graft")
        and cue.strength != EXPLICIT
        and aims.EYE.search(aim)
    ):
        return "ocular"
    if cue.route == "topical":
        around = _around(scene, cue) + _needled_words(scene)
        if aims.EYE.search(aim) and not aims.SURFACE.search(aim):
            return "ocular"
        if aims.NEEDLED.search(around):
            return "microneedling"
        if aims.LASERED.search(around):
            return "laser_assisted"
        if cue.strength == BARE and aims.AMNION.search(scene.product.name.lower()):
            return "wound_dressing"
    if cue.strength == FORM and cue.route in _PUT_IN and _in_cartilage(aim):
        return "intra_articular"
    if (
        cue.route == "wound_dressing"
        and cue.strength == FORM
        and not (aims.SURFACE.search(aim) or aims.SKIN.search(aim))
    ):
        if aims.GUM.search(aim):
            return "injection_local"
        return "implanted" if aims.FLAT.search(scene.shared.low, cue.start, cue.end) else "injection_local"
    if (
        cue.route == "topical"
        and cue.strength in (FORM, SITED)
        and aims.BONE.search(aim)
        and not aims.SKIN.search(aim)
    ):
        return "injection_local"
    if cue.route == "injection_local" and cue.strength == EXPLICIT and not aims.BONE.search(aim):
        return "intraosseous" if aims.INTO_MARROW.match(scene.shared.low, cue.start, cue.end) else cue.route
    return cue.route


def _needled_words(scene: Scene) -> str:
    """Words of sentences that name the product, or its application, together with needling."""
    low = scene.shared.low
    zones = scene.within("intervention", "arm", "title", "said")
    found = (low[zone.start : min(zone.end, zone.start + 800)] for zone in zones)
    return " ".join(words for words in found if aims.NEEDLED.search(words) and aims.FOLLOWED.search(words))


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
    if cue.route == "infusion":
        return "intravenous", "an infusion, no other place said"
    if cue.route == "drop":
        return ("ocular", "drops, in a disease of the eye") if aims.EYE.search(aim) else None
    if cue.route == "injection":
        if aims.EYE.search(aim):
            return "ocular", "injected, in a disease of the eye"
        if aims.JOINTS.search(aim):
            return "intra_articular", "injected, in a disease of a joint"
        if cells and aims.SYSTEMIC.search(aim) and not aims.SKIN.search(aim):
            return "intravenous", "injected, no place said, in a disease of the whole body"
        if aims.LOCAL.search(aim):
            return "injection_local", "injected, in a disease of one place"
        return None
    if cue.route in ("implant", "topical") and cells and _in_cartilage(aim):
        return "intra_articular", "put into cartilage of a joint"
    if cue.route == "implant" and cells and aims.PLACED.search(aim):
        return "injection_local", "implanted, in a disease of one place"
    if cue.route == "topical":
        if aims.EYE.search(aim):
            return "ocular", "applied, in a disease of the eye"
        if aims.SURFACE.search(aim) and cue.rank <= _RANK_NEAR:
            if aims.AMNION.search(scene.words(_name_zone(scene)).lower()):
                return "wound_dressing", "a membrane, applied to a wound"
            return "topical", "applied, in a disease of the skin surface"
        return None
    return None


def _by_product(scene: Scene, aim: str) -> tuple[Reading, ...]:
    """Readings that follow from what the product is: a membrane on a wound, fat, fibroblasts for folds."""
    for match in scene.mentions[:40]:
        quote = scene.shared.low[match.start : match.end]
        if scene.text.fields[scene.text.field_at(match.start)].kind in (
            "eligibility",
            "outcome",
            "reference",
        ):
            continue
        cue = Cue("", BARE, match.start, match.end, 0)
        for wanted, where, route, reason in _KNOWN:
            is_membrane = wanted is aims.MEMBRANE and match.owner == "agent:amnion"
            if wanted is aims.BLOOD_CELLS and aims.VACCINE.search(aim):
                continue
            if (wanted.search(quote) or is_membrane) and where.search(aim):
                return (_reading(scene, route, [cue], reason),)
    if scene.product.agent_class in _SURGICAL and scene.product.role == "given":
        for zone in scene.within("title", "intervention")[:40]:
            if found := aims.AT_SURGERY.search(scene.shared.low, zone.start, zone.end):
                cue = Cue("", BARE, found.start(), found.end(), 0)
                route = "intra_articular" if _in_cartilage(aim) else "injection_local"
                return (_reading(scene, route, [cue], "put in place at the operation named"),)
    for zone in scene.within("title", "intervention", "arm", "said")[:40]:
        if found := aims.FAT.search(scene.shared.low, zone.start, zone.end):
            cue = Cue("", BARE, found.start(), found.end(), 0)
            return (_reading(scene, "injection_local", [cue], "given with a fat graft, which is injected"),)
    return ()


_SURGICAL = ("ev", "conditioned_medium", "msc", "other_cell", "prp", "growth_factor")

_PUT_IN = ("topical", "wound_dressing", "injection_local")


def _in_cartilage(aim: str) -> bool:
    """Whether cartilage of a joint is treated, and nothing else that a gel or a graft could be meant for."""
    return bool(aims.CARTILAGE.search(aim)) and not aims.NOT_CARTILAGE.search(aim)


_ANY = re.compile("")
_KNOWN = (
    (aims.MEMBRANE, aims.EYE, "ocular", "a membrane, in a disease of the eye"),
    (aims.MEMBRANE, aims.SURFACE, "wound_dressing", "a membrane, in a disease of the skin surface"),
    (aims.FIBROBLAST, aims.FOLDS, "injection_local", "fibroblasts for folds and scars are injected"),
    (aims.FAT, _ANY, "injection_local", "fat is grafted by injection"),
    (aims.BLOOD_CELLS, _ANY, "intravenous", "blood stem cells and immune cells are infused"),
)


def _name_zone(scene: Scene) -> Zone:
    zones = scene.within("intervention", "title", "said")
    return zones[0] if zones else scene.zones[0]


def _aim(scene: Scene) -> str:
    """What is treated: titles and conditions, in short and in small letters."""
    return scene.once(_find_aim)


def _find_aim(scene: Scene) -> str:
    kinds = ("title", "condition", "keyword")
    return " | ".join(lower(field.text[:400]) for field in scene.text.fields[:60] if field.kind in kinds)


def _around(scene: Scene, cue: Cue) -> str:
    start, end = scene.sentence(cue.start)
    return scene.shared.low[max(start, cue.start - 400) : min(end, cue.end + 400)]


def _reading(scene: Scene, route: str, used: Iterable[Cue], reason: str) -> Reading:
    kept = sorted(used, key=lambda cue: (cue.rank, cue.start))[:3]
    places = [(cue.start, cue.end) for cue in kept]
    return scene.reading(route, places, RULE, reason)
