"""Words that tell how a product is given, found near its mentions; those of other things that are given are left out.

A cue is either explicit ("intravenously"), sited ("injected into the scalp"), a form ("gel", "sheet") or bare
("infusion", "injection"): bare words say how only together with what is treated.
"""

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

from skinproof.extraction.scene import TIERS, Scene, Zone
from skinproof.tagging.matcher import Match

EXPLICIT, SITED, FORM, BARE = "explicit", "sited", "form", "bare"
_FORMS = {
    "topical_form": "topical", "dressing_form": "wound_dressing", "spray_form": "spray",
    "bone_or_tooth": "injection_local",
}  # fmt: skip
_WINDOW = 70
_MOST_IN_ZONE = 150


class Cue(NamedTuple):
    """`text[start:end]` speaks for `route`; `rank`: place of its tier in TIERS; `weak`: rather said of something else."""

    route: str
    strength: str
    start: int
    end: int
    rank: int
    weak: bool = False


_PLACE = re.compile(
    r"\b(?:scalp|lesions?|wounds?|ulcers?|ulcerations?|scars?|keloids?|face|skin|folds?|wrinkles?|striae|follicles?|limbs?|legs?|calf|calves"
    r"|muscles?|gastrocnemius|breasts?|fistulas?|fistulae|tracts?|tumou?rs?|plaques?|patch(?:es)?|cheeks?|eyelids?|lips?|hands?|fingers?"
    r"|forearms?|f[eo]+t|heels?|gums?|gingiva\w{0,3}|papillae?|defects?|bed|sites?|areas?|regions?|sphincters?|tendons?|discs?|surface|eschar|sores?"
    r"|fascia|vagina|vulva|penis|corpus cavernosum|corpora cavernosa|ovar(?:y|ies)|myocardium|parenchyma|brain|putamen|nerves?"
    r"|tissues?|periphery|margins?|edges?|borders?|nodules?|burns?|joints?|knees?|hips?|shoulders?|urethra|hairless|wall|cartilage)\b",
    re.IGNORECASE,
)
_INTO = re.compile(
    r"\b(?:(?:re)?inject(?:ed|ions?|ing|s)?|infiltrat(?:ed|ions?|ing|e)|inoculat(?:ed|ions?|ing|e)|lipoinjection|infus(?:ed|ions?))\b",
    re.IGNORECASE,
)
_PUT_IN = re.compile(
    r"\b(?:implant(?:ed|ations?|ing|s)?|transplant(?:ed|ations?|ing)?|graft(?:ed|ing)?|deposit(?:ed|ion)|insert(?:ed|ion)|deliver(?:ed|y)|seeded)\b",
    re.I,
)
_ON = re.compile(
    r"\b(?:appl(?:y|ied|ies|ications?|ying)|paint(?:ed)?|spread|smear(?:ed)?|massaged?|rub(?:bed)?|instill?(?:ed|ation)?|pour(?:ed)?|drip(?:ped)?"
    r"|cover(?:ed|ing)?|plac(?:ed|ing)|laid)\b",
    re.IGNORECASE,
)
_TO_IN = re.compile(
    r"\b(?:in|into|inside|under|underneath|beneath|around|at|within|to|through|on|near)\b(?!\s(?:vitro|vivo|situ|order|total))",
    re.I,
)
_TO_ON = re.compile(
    r"\b(?:in|into|to|on|onto|over|upon|around)\b(?!\s(?:vitro|vivo|situ|order|total))", re.IGNORECASE
)
_NOT_A_PLACE = re.compile(
    r"patients?|subjects?|participants?|people|persons?|adults?|children|individuals|volunteers|treat|management|therapy|the therapy|combination|container"
    r"|improv|promot|heal|reduc|prevent|evaluat|donor|which|who\b|study|trial|group|arm\b|mice|rats?\b|compar|cultur|vessel|donor area|laborator|dish|tube",
    re.IGNORECASE,
)
_SURFACES = re.compile(
    r"lesions?|wounds?|ulcers?|ulcerations?|skin|face|scalp|burns?|surface|sites?|areas?|regions?|bed|sores?|eschar|scars?|f[eo]+t|hands?",
    re.I,
)
_PLACE_INJECTION = re.compile(
    r"\b(scalp|facial|lesion|ulcer|scar|penile|breast|perianal|muscle|muscular|myocardial|fistula|periurethral|sphincter|peri-?tibial|ovarian|gingival"
    r"|knee|hip|joint|shoulder)\s{1,3}(?:\w{1,15}\s){0,2}(?:injections?|infiltration)\b",
    re.IGNORECASE,
)
_INFUSION = re.compile(
    r"\b(?:infus(?:ion|ions|ed|e|ing)|drip|transfus(?:ed|ion|ions)|re-?infus(?:ed|ion|ions))\b", re.I
)
_INJECTION = re.compile(
    r"\b(?:inject(?:ion|ions|ed|ing|s|able)?|syringes?|needle)\b|\binj\b|\bshots?\b", re.I
)
_APPLIED = re.compile(r"\b(?:appl(?:y|ied|ies|ication|ications)|rinse)\b", re.IGNORECASE)
_IMPLANT = re.compile(
    r"\b(?:implant(?:ed|ation|ations)?|transplant(?:ed|ation|ations)?|graft(?:s|ed|ing)?|seeded)\b", re.I
)

NUMBING = re.compile(
    r"an[ae]{1,2}sthe|lidocain|lignocain|xylocain|bupivi?cain|prilocain|numbing|sedat|emla|tumescen|klein|nerve block|ring block|analges|adrenalin"
    r"|epinephr",
    re.IGNORECASE,
)
TAKING = re.compile(
    r"liposuct|lipoaspirat(?:ion|ed)|harvest|venipunctur|venepunctur|blood (?:draw|sample|collection|sampling)|was drawn|were drawn|be drawn|withdrawn"
    r"|aspirat(?:ion|ed|ing)|biops|collected|mobiliz|mobilis|g-?csf|filgrastim|taken from|obtained from|isolated from|excis|donor (?:site|area)",
    re.IGNORECASE,
)
OTHER_DRUG = re.compile(
    r"triamcinolone|minoxidil|steroid|cortico|prednis|botulin|hyaluron|methotrexate|cyclospor|ciclospor|cyclophos|fludarab|melphalan"
    r"|busulfan|antibiotic|contrast|heparin|insulin|chemother|calcip|calpoc|tacrolimus|mycophen|thymoglob|globulin|rituximab|bevacizumab|ranibizumab"
    r"|aldesleukin|interleukin|\bil-2\b|ketorolac|nsaid|paracetamol|acetaminophen|vitamin|granule|tablet|finasteride|dutasteride|hydroquinone"
    r"|tranexamic|diphenhydramine|antihist|hydrocort|dexameth|mannitol|magnesium|remdesivir|oxygen|saline dressing|ganciclovir|acyclovir|misoprostol"
    r"|sildenafil|levodopa|glucose|tumou?r lysate|aspirin|clopidogrel|statin|dressing (?:was|were|is|will)|gauze|bandage|foam|silver|radiother|temozolom"
    r"|docetaxel|cisplatin|gemcitab|mitomycin|anti-?vegf|imiquimod|formula\b|ointment|fluorescein|technetium|verteporfin|ultrasound gel|retino|tretinoin",
    re.IGNORECASE,
)
_CONTROL = re.compile(
    r"\b(?:control(?:s| group| arm| side)?|versus|vs\.?|compared (?:to|with)|comparison|conventional|standard (?:care|treatment|therapy)"
    r"|alone|instead of|unlike|rather than)\b",
    re.IGNORECASE,
)
ANIMALS = re.compile(
    r"\b(?:animals?|mice|mouse|rats?|rabbits?|murine|porcine|pigs?|preclinical|pre-clinical)\b", re.IGNORECASE
)
BACKGROUND = re.compile(
    r"\b(?:previous(?:ly)?|earlier stud|literature|reported|studies (?:have|show)"
    r"|have (?:been )?(?:shown|demonstrated|used|proven)|has been (?:shown|used|reported|proven)|in vitro|widely used|current(?:ly)? (?:treatment|used)"
    r"|conventional(?:ly)? treat|treatment options?|such as|gold standard|usually|commonly|in general|experimental model|it is known|is known|well.known"
    r"|other authors|et al)\b",
    re.IGNORECASE,
)


def cues(scene: Scene) -> Iterator[Cue]:
    """Every cue in the zones that speak of the product, closest zone first."""
    for zone in scene.zones:
        if zone.tier == "other":
            return
        yield from _cues_in(scene, zone)


def _cues_in(scene: Scene, zone: Zone) -> Iterator[Cue]:
    rank = TIERS.index(zone.tier)
    text = scene.text.text
    if zone.tier in ("said", "near", "rest") and ANIMALS.search(text, zone.start, zone.end):
        return
    aside = zone.tier in ("said", "near", "rest") and bool(BACKGROUND.search(text, zone.start, zone.end))
    places = _mentions(scene, zone)
    for match in scene.found("route", zone)[:_MOST_IN_ZONE]:
        route = match.owner.partition(":")[2]
        strength = FORM if route in _FORMS else EXPLICIT
        cue = Cue(_FORMS.get(route, route), strength, match.start, match.end, rank)
        if not _said_of_else(scene, zone, cue, places):
            yield cue._replace(weak=aside)
    for cue in chain(
        islice(_sited(text, zone, rank), _MOST_IN_ZONE), islice(_bare(text, zone, rank), _MOST_IN_ZONE)
    ):
        if not _said_of_else(scene, zone, cue, places):
            yield cue._replace(weak=aside)


def _bare(text: str, zone: Zone, rank: int) -> Iterator[Cue]:
    for route, pattern in _BARE:
        for found in pattern.finditer(text, zone.start, zone.end):
            yield Cue(route, BARE, found.start(), found.end(), rank)


def _sited(text: str, zone: Zone, rank: int) -> Iterator[Cue]:
    """Verbs of giving that are followed by the place it goes into or onto: "injected around the ulcer"."""
    for found in _PLACE_INJECTION.finditer(text, zone.start, zone.end):
        yield Cue(_into(found[1]), SITED, found.start(), found.end(), rank)
    for pattern, route, to in ((_INTO, "", _TO_IN), (_PUT_IN, "", _TO_IN), (_ON, "topical", _TO_ON)):
        for found in pattern.finditer(text, zone.start, zone.end):
            rest = _STOP.split(text[found.end() : min(zone.end, found.end() + _REACH)], maxsplit=1)[0]
            place = _place_after(rest, to)
            if place and not (pattern is _PUT_IN and _SURFACES.fullmatch(place[0])):
                yield Cue(route or _into(place[0]), SITED, found.start(), found.end() + place.end(), rank)


def _place_after(rest: str, to: re.Pattern[str]) -> re.Match[str] | None:
    """The place named after "into the ...", none where people or purposes are named instead."""
    for preposition in to.finditer(rest):
        place = _PLACE.search(rest, preposition.end())
        if not place or place.start() - preposition.end() > _NEAR_PLACE:
            continue
        if not _NOT_A_PLACE.search(rest, preposition.end(), place.start()):
            return place
    return None


def _into(place: str) -> str:
    return "intra_articular" if _JOINT.fullmatch(place) else "injection_local"


_BARE = (("infusion", _INFUSION), ("injection", _INJECTION), ("topical", _APPLIED), ("implant", _IMPLANT))
_JOINT = re.compile(r"joints?|knees?|hips?|shoulders?", re.IGNORECASE)
_STOP = re.compile(r"[.;:\n](?!\d)|\x1f|, (?!under |if |into |around |in the )")
_REACH = 110
_NEAR_PLACE = 60


def _mentions(scene: Scene, zone: Zone) -> tuple[tuple[Match, bool], ...]:
    """Agents named in a zone, each with whether it is the product's own."""
    own = set(scene.product.agents)
    return tuple((m, m.owner in own) for m in scene.found("agent", zone)[:_MOST_IN_ZONE])


def _said_of_else(scene: Scene, zone: Zone, cue: Cue, places: tuple[tuple[Match, bool], ...]) -> bool:
    """Whether a cue belongs to numbing, to taking tissue, to another drug or to another product of the study."""
    text = scene.text.text
    first, last = max(zone.start, cue.start - _WINDOW), min(zone.end, cue.end + _WINDOW)
    first = max(first, _after_stop(text, first, cue.start))
    last = _before_stop(text, cue.end, last)
    mine = min((_agent_gap(text, m, cue) for m, is_own in places if is_own), default=10**6)
    other = min((_agent_gap(text, m, cue) for m, is_own in places if not is_own), default=10**6)
    numbing = min((_gap(f.start(), f.end(), cue) for f in NUMBING.finditer(text, first, last)), default=10**6)
    drug = min((_gap(f.start(), f.end(), cue) for f in OTHER_DRUG.finditer(text, first, last)), default=10**6)
    taking = min((_gap(f.start(), f.end(), cue) for f in TAKING.finditer(text, first, last)), default=10**6)
    near = min(mine, 10**5)
    if numbing < min(near, 45) or drug < min(near, 40):
        return True
    if taking < min(near, 25) and cue.strength != SITED:
        return True
    if zone.shared and other < mine:
        return True
    if _ADJECTIVE.match(text, cue.end, min(zone.end, cue.end + 30)) or _NUMERAL.search(
        text[max(zone.start, cue.start - 14) : cue.start]
    ):
        return cue.strength == EXPLICIT
    if (
        cue.strength == FORM
        and _DRESSING.fullmatch(text, cue.start, cue.end)
        and not _worn(text, zone, cue, mine)
    ):
        return True
    if cue.strength == FORM and zone.tier not in ("intervention", "arm", "title") and mine > _FORM_REACH:
        return True
    return _of_control(text, zone, cue, mine)


def _of_control(text: str, zone: Zone, cue: Cue, mine: int) -> bool:
    """Whether the control is spoken of just before the cue, and the product not since."""
    if zone.tier == "intervention":
        return False
    last = None
    for found in _CONTROL.finditer(text, max(zone.start, cue.start - 90), cue.start):
        last = found
    return last is not None and cue.start - last.end() < mine


def _agent_gap(text: str, match: Match, cue: Cue) -> int:
    """How far an agent stands from a cue; what follows without "of" is farther ("PRP is injected intradermally, also fat")."""
    gap = _gap(match.start, match.end, cue)
    if match.start >= cue.end and not _OF.search(text, cue.end, min(match.start, cue.end + 60)):
        gap += 40
    return gap


_OF = re.compile(r"\b(?:of|with)\b", re.IGNORECASE)


def _gap(start: int, end: int, cue: Cue) -> int:
    if start < cue.end and end > cue.start:
        return 0
    return cue.start - end if end <= cue.start else start - cue.end


def _worn(text: str, zone: Zone, cue: Cue, mine: int) -> bool:
    """Whether a dressing is the product, not its cover: "cells dressing", "dressing containing cells", "dressing for wounds"."""
    follows = _DRESSING_OF.match(text, cue.end, min(zone.end, cue.end + 30))
    return bool(follows) or (mine <= 3 and not _AND.search(text[max(zone.start, cue.start - 8) : cue.start]))


_DRESSING = re.compile(r"dressings?|bandages?|films?", re.IGNORECASE)
_DRESSING_OF = re.compile(
    r"\s{1,2}(?:for\b|contain|loaded|seeded|made of|with (?:stem|msc|exosom))", re.IGNORECASE
)
_AND = re.compile(r"(?:and|with|plus|or|,)\s$", re.IGNORECASE)
_FORM_REACH = 70
_ADJECTIVE = re.compile(
    r"\s{1,2}(?:skin|tissue|CD\d|T.?cell|biops|lymphocyt|surgery|bleeding|mucositis|lesions? of)",
    re.IGNORECASE,
)
_NUMERAL = re.compile(
    r"(?:\b[IVX]{1,4}[ABCabc]?|(?i:annex|appendix|phase|stage|arm|type|grade|class|cohort|part|group|level|factor|degree))"
    r"(?:[\s,/\-\u2013]{1,3}|\s(?:and|or|to|&)\s)$"
)
_STOPS = (". ", "; ", "\n")


def _after_stop(text: str, first: int, until: int) -> int:
    return max(
        (text.rfind(stop, first, until) + len(stop) for stop in _STOPS if stop in text[first:until]),
        default=first,
    )


def _before_stop(text: str, first: int, until: int) -> int:
    return min((place for stop in _STOPS if (place := text.find(stop, first, until)) >= 0), default=until)
