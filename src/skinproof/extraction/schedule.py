"""How often, how many and for how long a product is given.

It reads "aerosol inhalation 5 times (2.0*10E8 nano vesicles/3 ml at Day 1, Day 2, Day 3, Day 4, Day 5)" (NCT04276987);
it must not read "will be evaluated at 1, 3 and 6 months after the last injection" (a follow-up), nor what another
intervention of the study is given by.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from skinproof.extraction.letters import small
from skinproof.extraction.scene import Scene, Zone
from skinproof.extraction.schedule_cues import PARTS, Cue, cues_within, runs
from skinproof.model.findings import Finding, Reading
from skinproof.tagging.matcher import Match

NAME = "schedule"
RULE = "schedule/3"

_TIERS = ("intervention", "arm", "title", "said", "near", "rest")
_STRONG = frozenset({"count", "frequency", "points", "interval", "again", "length"})
_LEFT, _RIGHT = 160, 60
_MOST = 12
"""Readings and spans kept: more are never written of one product."""

_GIVEN = small(
    r"\b(?:administ\w{1,12}|inject\w{1,6}|infus\w{1,6}|appl(?:y|ied|ies|ications?)|give|given|giving|receiv\w{1,4}|"
    r"treat(?:ed|ments?|ing)?|dos(?:e|es|ed|ing|ages?)|inhal\w{1,6}|instil\w{1,8}|transplant\w{0,6}|implant\w{0,6}|"
    r"transfus\w{1,6}|dressings?|spray\w{0,3}|drops?|drip\w{0,4}|taken|sessions?|vaccin\w{1,8}|intra[a-z]{3,12}|"
    r"i\.?v\.?|nebuli\w{1,6}|deliver\w{0,3}|cover\w{0,3}|us(?:ed|age)|therapy|added|frequency|paint\w{0,2})\b",
)
_WATCHED = small(
    r"\b(?:follow(?:ed|ing)?[- ]?ups?|followed(?! by)|visits?|assess\w{0,6}|evaluat\w{0,6}|measur\w{0,6}|"
    r"monitor\w{0,4}|observ\w{0,7}|examin\w{0,7}|biops\w{1,4}|sampl\w{1,4}|collect\w{0,4}|"
    r"questionnaires?|photograph\w{0,5}|scores?|imaging|mri|recorded|"
    r"surviv\w{1,4}|outcomes?|end-?points?|safety|analy[sz]\w{1,4}|returns?|"
    r"study duration|duration of (?:the )?study|tests?|tested|screen(?:s|ed)?|screening (?:visit|period|phase|test)s?|mortality|delay\w{0,3}|recruit\w{0,5}|enrol\w{0,6}|compar\w{1,6}|"
    r"(?:improvements?|changes?|reductions?|differences?) (?:in|from|of)|baseline(?= ?\()|"
    r"recover\w{0,3}|engraft\w{0,5}|"
    r"determin\w{1,4}|radiograph\w{0,4}|x-?rays?|ct|scan\w{0,5}|accru\w{1,3}|hospital\w{0,7}|suffer\w{0,3}|relaps\w{1,3}|wear|worn|kept)\b",
)
_AFTER = small(
    r"\s{0,2}(?:after|post|following|from|prior|before|since|pre)\b[-\s]{0,2}(?:\w{1,16}[\s-]{1,2}){0,4}?"
    r"(?:treat|inject|infus|transplant|therap|surg|admini|appl|operat|interven|dos|random|bas|last|enrol|inclu|"
    r"screen|vaccin|procedure|end|implant|discharge|start|graft)",
)
_NOT_HERE = small(
    r"\b(?:mice|mouse|rats?|murine|rabbits?|animals?|previous(?:ly)? (?:stud|report|publish|work|trial|shown)|earlier stud|in vitro|literature|"
    r"reported that|has been shown|have been shown|stud(?:y|ies) (?:has|have) |"
    r"et al|(?:later|another|earlier|one) (?:trial|report|study)|(?:showed|found|demonstrated) that|associated with an?)\b",
)
_ASIDE = re.compile(r"\([^()]{0,200}\)")
_SINCE = small(
    r"\b(?:after|post|following)[\s-](?:[\w-]{1,20}\s){0,4}(?:transplant|injec|infus|treat|admin|therap|implant)\w{0,10}"
    r"(?:\s(?:at|on|in|for))?(?:\sthe)?\s{0,2}$",
)
_PAST = small(
    r"\b(?:after|post|following|since)[\s-](?:(?:the|a|each|last|first|final|second|third|of)\s){0,2}(?:[\w-]{1,16}\s){0,1}?"
    r"(?:transplant|injec|infus|treat|admin|therap|implant|dos)\w{0,10}",
)
"""Giving as a point in time: what follows is not what is given."""

_MADE = small(
    r"\b(?:cultur\w{1,4}|incubat\w{1,4}|stored?|storage|centrifug\w{1,6}|passag\w{1,4}|wash\w{0,3}|dilut\w{1,4}|"
    r"rins\w{1,3}|fed|spun|stable|stability|disease|illness|history|digest\w{0,3}|media|medium (?:was|is)|harvest\w{0,4}|process(?:ed|ing)|shipped|shipment|"
    r"transport\w{0,3}|manufactur\w{1,4}|amplif\w{1,4}|expanded for|used for|available for|known for)\b",
)
_BEFORE = small(
    r"\b(?:previous\w{0,2}|prior|history|failed|failure|alternative|instead|rather|alone|compared|versus|vs)\b"
    r"[^.;]{0,25}$|\b(?:taken|harvested|obtained|collected|removed|aspirated|sampl\w{1,4})\b[^.;]{0,12}$",
)
"""Operations of the past, or other than with the product."""

_DRUGS = small(
    r"\b(?:busulfan|busulfex|mmf|csa|(?:receiv\w{1,4}|given|undergo\w{0,3}) (?:\w{1,20} ){0,2}?(?:chemotherapy|radiotherapy)|fludarabine|cyclophosphamide|melphalan|thiotepa|tacrolimus|cyclosporine?|ciclosporin|methotrexate|"
    r"mycophenolate|filgrastim|g-csf|plerixafor|total[- ]body irradiation|aldesleukin|interleukin-2|il-2|rituximab|"
    r"temozolomide|carmustine|cytarabine|etoposide|cisplatin|carboplatin|anti-?thymocyte|atg|prednisone|prednisolone|"
    r"methylprednisolone|leucovorin|alemtuzumab|sirolimus|ifosfamide|vincristine|doxorubicin|bortezomib|"
    r"lenalidomide|dexamethasone|heparin|antibiotics?|artificial tears?|ibuprofen|paracetamol|acetaminophen|amoxicillin)\b",
)
"""Drugs that are given before or beside cells and are hardly ever the product."""

_NEXT = re.compile(r"\. [A-Z]")
_THEN = small(r"\bfollowed by\b|\bthen\b")
"""Ends a run-in with tears; drugs before a transplant follow one another by these words too."""

_OF_CELLS = re.compile(
    r"after (?:\w{2,9} )?(?:cells?|prp|exosomes?) (?:therapy|treatment|infusion|injection|transplant\w{0,6})$"
)
"""A time after the product itself is a follow-up."""

_TRIED = small(
    r"\b(?:resistan\w{1,3}|refractory|unrespons\w{1,5}|respon\w{1,4} to|fail\w{0,4}|despite|reported by)\b[^.;]{0,25}$",
)
_COMPARED = small(
    r"\b(?:safety|efficacy|harms?|effects?|comparison|compar\w{2,3}|tolerability|toxicity|between)"
    r"(?: and \w{1,14})? ?(?:of|between)? ?(?:the |at )?$",
)
"""Treatments that were tried before; levels of a dose that are compared."""

_BURDEN = small(
    r"\b(?:costs?|dollars?|expen\w{1,8}|incidence|prevalence|deaths?|mortality|cases|affect\w{0,3}|diagnos\w{1,4}|worldwide"
    r"|million|people|hospitali\w{1,7}|perform\w{0,3})\b",
)
"""Words on what a disease costs people in a year."""

_SELF_SAID = re.compile(
    r"(?:injection|infusion|dose|administration|application|inhalation|instillation)s?(?:;|$)"
)
_WORD = re.compile(r"[^\W\d_][\w-]{4,30}")
_OR = small(r"\bor (?:a |the )?$")
_COMMON = frozenset({
    "injection", "injections", "infusion", "treatment", "therapy", "standard", "group", "placebo", "intravenous",
    "dosage", "cells", "control", "single", "topical", "conventional", "autologous", "allogeneic", "derived", "human",
    "combined", "combination", "transplantation", "administration", "saline", "surgery", "application",
    "mesenchymal", "exosomes", "exosome",
})  # fmt: skip
"""Words that name many interventions and so tell none apart."""


class _Said(NamedTuple):
    """What one zone says: its cues, each by part and value once, in places of the joined text."""

    zone: Zone
    cues: tuple[Cue, ...]

    @property
    def strong(self) -> bool:
        return any(cue.part in _STRONG for cue in self.cues)


def read(scene: Scene) -> Finding:
    """How the product is given over time: one reading for each schedule that differs.

    The zones nearest to the product that name a number, a rhythm or a length decide; where none does, a length of one
    administration ("over 60 minutes") or a moment ("after vitrectomy") is read.
    """
    if scene.product.role == "measured":
        return scene.not_applicable(NAME, RULE, "the vesicles are measured, not given")
    others = _others(scene)
    weak: list[_Said] = []
    for tier in _TIERS:
        said = [found for zone in scene.within(tier) if (found := _said(scene, zone, others)).cues]
        strong = [found for found in said if found.strong]
        if strong and tier == "said":
            strong = [_with_next(scene, strong[0], others), *strong[1:]]
        if strong:
            readings = _readings(scene, strong if tier in ("intervention", "arm") else [_joined(strong)])
            return scene.reported(NAME, RULE, f"said in: {tier}", *readings)
        weak += said
    if weak:
        reason = "no number and no rhythm is said; the length or the moment of one administration is"
        return scene.reported(NAME, RULE, reason, *_readings(scene, weak[:1]))
    return scene.not_reported(NAME, RULE, *_TIERS)


def _readings(scene: Scene, said: Sequence[_Said]) -> list[Reading]:
    """One reading for each value, with the words and the arms of all zones that say it."""
    by_value: dict[str, list[_Said]] = {}
    for found in said:
        by_value.setdefault(_value(found.cues), []).append(found)
    readings = []
    for value, same in list(by_value.items())[:_MOST]:
        places = [(cue.start, cue.end) for found in same for cue in found.cues][:_MOST]
        arms = tuple(dict.fromkeys(label for found in same for label in scene.arm_labels(found.zone)))
        reason = "how often, how many, how long or when is said here"
        readings.append(scene.reading(value, places, RULE, reason, arms=arms))
    return readings


def _with_next(scene: Scene, said: _Said, others: frozenset[str]) -> _Said:
    """A sentence with how far apart the next one says it is given, where that is not said yet."""
    after = scene.zone_at(said.zone.end)
    if after is None or after.field != said.zone.field or not any(cue.part == "count" for cue in said.cues):
        return said
    added = tuple(cue for cue in _said(scene, after, others).cues if cue.part == "interval")
    return _Said(said.zone, said.cues + added)


def _joined(said: Sequence[_Said]) -> _Said:
    """The first sentence that says something, with what the next two add about other parts."""
    cues = list(said[0].cues)
    for found in said[1:3]:
        parts = {cue.part for cue in cues}
        cues += [cue for cue in found.cues if cue.part not in parts and cue.part in _STRONG]
    return _Said(said[0].zone, tuple(cues))


def _value(cues: Sequence[Cue]) -> str:
    """Short normal text: the parts in the order of PARTS, points of one unit in one list."""
    points: dict[str, list[str]] = {}
    for cue in cues:
        if cue.part == "points":
            unit, _, numbers = cue.value.partition(" ")
            points.setdefault(unit.rstrip("s"), []).extend(numbers.split(", "))
    values = []
    for part in PARTS:
        if part == "points":
            for unit, listed in points.items():
                each = list(dict.fromkeys(listed))
                values.append(f"{unit}{'s' if len(each) > 1 or '-' in each[0][1:] else ''} {', '.join(each)}")
        values += [cue.value for cue in cues if cue.part == part and part != "points"]
    return "; ".join(dict.fromkeys(value for said in values for value in said.split("; ")))


def _said(scene: Scene, zone: Zone, others: frozenset[str]) -> _Said:
    """The cues of a zone that are about giving this product."""
    cues: list[Cue] = []
    parts = scene.shared.cut(zone.field) if zone.tier in ("intervention", "arm") else ()
    for start, end in parts or ((0, zone.end - zone.start),):
        cues += _of_sentence(scene, zone, zone.start + start, zone.start + end, others)
        if len(cues) > _MOST:
            break
    return _Said(zone, tuple(_one_of_each(cues)))


def _of_sentence(scene: Scene, zone: Zone, start: int, end: int, others: frozenset[str]) -> Iterator[Cue]:
    shared = scene.shared
    found = cues_within(scene.text.text, shared.low, shared.letters, start, end)
    if not found:
        return
    words = shared.low[start:end]
    if zone.tier not in ("intervention", "arm", "title") and _NOT_HERE.search(words):
        return
    ours, theirs = _named(scene, zone, start, end, others)
    for placed in found:
        cue = placed._replace(start=placed.start - start, end=placed.end - start)
        operation = bool(ours) and cue.value.startswith("during")  # it is of all that is put in place in it
        mine = operation or (
            _is_ours(placed.start, ours, theirs) and not _of_drug(scene, start, placed.start, ours)
        )
        if mine and _is_giving(words, cue, zone.tier, bool(ours)):
            yield placed


def _of_drug(scene: Scene, start: int, at: int, ours: Sequence[int]) -> bool:
    """Whether a drug given before or beside the cells is named last before a cue in its sentence."""
    first = max(start, at - _LEFT)
    drug = _last(_DRUGS, scene.shared.low[first:at])
    if drug < 0 or _NEXT.search(scene.text.text, first + drug, at):
        return False
    if scene.shared.low.startswith("artificial", first + drug) and _THEN.search(
        scene.shared.low, first + drug, at
    ):
        return False
    before = bisect_right(ours, at)
    return not before or ours[before - 1] < first + drug


def _one_of_each(cues: Sequence[Cue]) -> Iterator[Cue]:
    """Of a zone the first two counts, rhythms, lengths, and all points; `single` only where nothing is repeated."""
    repeated = any(
        cue.part in ("frequency", "interval") or (cue.part == "count" and not cue.value.startswith("single"))
        for cue in cues
    )
    seen: dict[str, int] = {}
    counted = any(cue.part == "count" for cue in cues)
    for cue in runs(list(cues)):
        single = cue.part == "count" and cue.value.startswith("single")
        if (single and (repeated or "count" in seen)) or (
            cue.part == "again" and counted and "after" not in cue.value
        ):
            continue
        seen[cue.part] = seen.get(cue.part, 0) + 1
        if seen[cue.part] <= (6 if cue.part == "points" else 2):
            yield cue


def _is_giving(words: str, cue: Cue, tier: str, named: bool) -> bool:
    """Whether the words around a cue speak of giving, not of making the product or of watching what came of it."""
    if cue.part == "moment" and tier == "title":  # not "... in erectile dysfunction after prostatectomy"
        before = words[max(0, cue.start - 50) : cue.start]
        return named and cue.value.startswith("during") and not _BEFORE.search(before)
    if cue.value in ("in one operation", "single procedure") and tier in ("intervention", "arm"):
        return True
    left = _ASIDE.sub(" ", words[max(0, cue.start - _LEFT) : cue.start])
    right = re.split(r"[(.;]", words[cue.end : cue.end + _RIGHT], maxsplit=1)[0]
    if cue.part in ("points", "length", "moment") and _SINCE.search(left):
        return False
    if cue.part == "moment" and cue.value.startswith("during") and _BEFORE.search(left[-50:]):
        return False
    if cue.part == "moment" and _OF_CELLS.search(cue.value):
        return False
    if cue.value == "yearly" and (_BURDEN.search(left) or _BURDEN.search(words, cue.end, cue.end + 120)):
        return False
    if cue.part in ("points", "length", "again") and _AFTER.match(words[cue.end : cue.end + 80]):
        return False
    if cue.part == "count" and (
        _TRIED.search(left[-50:]) or (cue.value.endswith("doses") and _COMPARED.search(left[-60:]))
    ):
        return False
    if _MADE.search(left[-45:]):
        return False
    if cue.part == "count" and _SELF_SAID.search(cue.value):
        return True
    given = _last(_GIVEN, _PAST.sub(lambda match: " " * len(match[0]), left))
    watched = _last(_WATCHED, left)
    if cue.part == "over" and _last(_MADE, left) > given:
        return False
    if watched > given:
        return False
    if cue.part == "length" and (watched >= 0 or _WATCHED.search(right)):
        return False
    if cue.part == "moment" and cue.value.startswith(("during", "in one")) and named and watched < 0:
        return True
    if given < 0:
        return not _WATCHED.search(right) and (
            tier == "intervention" or (tier == "arm" and named) or bool(_GIVEN.search(right))
        )
    return cue.part in ("count", "frequency", "interval") or not _WATCHED.search(
        re.split(",| and ", right, maxsplit=1)[0]
    )


def _last(pattern: re.Pattern[str], text: str) -> int:
    at = -1
    for match in pattern.finditer(text):
        at = match.start()
    return at


def _named(
    scene: Scene, zone: Zone, start: int, end: int, others: frozenset[str]
) -> tuple[list[int], list[int]]:
    """Where a sentence names this product, and where another product or intervention of the study."""
    own = set(scene.product.agents)
    rest = {term for product in scene.products for term in product.agents} - own
    ours, theirs = [], []
    for match in scene.found("agent", Zone(start, end, zone.field, zone.tier)):
        if match.owner in own:
            ours.append(match.start)
        elif match.owner in rest or _leads(scene, match, start):
            theirs.append(match.start)
    words = scene.shared.low[start:end]
    if (leader := _LEADER.search(words)) and leader[1] not in _name(scene):
        theirs.append(start + leader.start(1))
    if zone.tier != "intervention":
        if not any(word in words for word in others):
            return ours, sorted(theirs)
        theirs += [
            start + at
            for at, word in _telling(words)
            if word in others and not _OR.search(words[max(0, at - 8) : at])
        ]
    return ours, sorted(theirs)


_LEADER = small(r"(?:^|[;,(])\s{0,2}(prp|prf|minoxidil|saline)\b")
"""Short names that are no agents on their own: they open a clause."""


def _name(scene: Scene) -> str:
    """Name and class of the product in small letters: what belongs to neither is another thing."""
    return f"{scene.product.name.lower()} {scene.product.agent_class}"


def _leads(scene: Scene, match: Match, start: int) -> bool:
    """Whether an agent that is no cell and of another class opens a sentence or clause: "PRP two sessions"."""
    term = scene.vocabulary.terms.get(match.owner)
    if term is None or term.agent_class not in _APART or term.agent_class == scene.product.agent_class:
        return False
    before = scene.shared.low[max(start, match.start - 30) : match.start]
    return not _OPENS.search(before) or _AGAINST.search(before) is not None


_APART = frozenset({"prp", "growth_factor", "peptide", "pdrn"})
_OPENS = re.compile(r"[^\s;:,(](?!.*[;:,(])", re.S)
"""Something stands between the opening of a clause and an agent."""
_AGAINST = small(r"\b(?:versus|vs\.?|compared (?:with|to)|while|whereas|against)(?: the)?\s$")


def _telling(words: str) -> Iterator[tuple[int, str]]:
    for match in _WORD.finditer(words):
        yield match.start(), match[0]


def _is_ours(at: int, ours: Sequence[int], theirs: Sequence[int]) -> bool:
    """Whether what is named last before the cue, or else first after it, is this product; silence is consent."""
    if not theirs:
        return True
    ours_before, theirs_before = bisect_right(ours, at), bisect_right(theirs, at)
    if not ours_before and not theirs_before:
        return (ours[0] if ours else at + _RIGHT) < theirs[0]
    if not theirs_before:
        return True
    return ours_before > 0 and ours[ours_before - 1] >= theirs[theirs_before - 1]


def _others(scene: Scene) -> frozenset[str]:
    """Telling words in the names of the interventions that give something else."""
    names = [scene.record.interventions[i].name or "" for i in scene.product.others]
    own = [scene.record.interventions[i].name or "" for i in scene.product.interventions]
    own_words = {word.lower() for name in own for word in _WORD.findall(name[:400])}
    always = frozenset({"placebo", "vehicle", "comparator"} - own_words)
    return always | frozenset(
        word.lower()
        for name in names
        for word in _WORD.findall(name[:400])
        if word.lower() not in own_words and word.lower() not in _COMMON
    )
