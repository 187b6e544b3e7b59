"""Whether an amount is the product's: given to a person, not harvested, not measured, not another drug's.

Read: `50μg MSC-Exo in 10μl PBS` (both, the volume as what it is given in). Not read: `triamcinolone 40 mg` of a
comparator, `20 ml of venous blood`, `90 ml normal saline`, `5 mg/kg in mice`, `2.5 x 10^9/L` of a blood count.
"""

import re
from bisect import bisect_left
from functools import lru_cache
from typing import NamedTuple

import msgspec

from skinproof.extraction.quantities import IMPOSSIBLE, UNNAMED, Amount
from skinproof.extraction.scene import Scene, Zone

_CELL = frozenset({"cells"})
_DRUG = frozenset({"mass", "protein", "rna", "volume", "fraction", "activity", "molecules"})
KINDS_OF: dict[str, frozenset[str]] = {
    "ev": frozenset(
        {
            "particles",
            "protein",
            "mass",
            "lipid",
            "molecules",
            "rna",
            "cell_equivalents",
            "volume",
            "fraction",
        }
    ),
    "conditioned_medium": frozenset(
        {"volume", "protein", "mass", "cell_equivalents", "particles", "fraction"}
    ),
    "msc": _CELL | {"volume"},
    "other_cell": _CELL | {"volume", "mass"},
    "prp": frozenset({"volume", "platelets", "mass"}),
    "growth_factor": _DRUG,
    "peptide": _DRUG,
    "mirna": _DRUG | {"particles"},
    "mrna": _DRUG | {"particles"},
    "pdrn": _DRUG,
    "other": _DRUG | _CELL,
}
"""Class of product -> kinds of amount that can be its dose."""

CELL_FREE = frozenset({"ev", "conditioned_medium"})
"""Classes whose dose is counted in cells only where the record says so of the product itself."""
_COUNTED_KINDS = frozenset({"particles", "cells", "cell_equivalents", "platelets", "lipid", "molecules"})

_ELSEWHERE = re.compile(
    r"\b(?:mice|mouse|murine|rats?|rabbits?|pigs?|porcine model|swine|dogs?|monkeys?|macaques?|primates|animals?"
    r"|pre-?clinical|in vitro|previous(?:ly)? (?:\w{1,20} ){0,2}(?:stud(?:y|ies)|trials?|reports?|published|shown)"
    r"|(?:earlier|other|published|several|prior) (?:\w{1,20} ){0,2}(?:stud(?:y|ies)|trials?)|et al|literature|colleagues"
    r"|incidence|prevalence|mortality|worldwide)\b",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"\b(?:show(?:ed|n|s)|demonstrat\w{1,5}|report(?:ed|s)|observed|significant(?:ly)?|resulted|concluded|revealed|found that"
    r"|compared with|proven|experience|survived|recovered)\b",
    re.IGNORECASE,
)
_TAKEN = re.compile(
    r"\b(?:aspirat\w{0,4}|(?:leuk|plasm)?apheresis|obtained (?:by|from)|harvest\w{0,4}|liposuction|withdraw\w{0,2}|withdrawn|drawn|collect(?:ed|ing|ion)|samples?"
    r"|biops\w{1,4}|seed(?:ed|ing)|plat(?:ed|ing)|cultur(?:ed|e|ing) (?:at|in|flasks?)|density|centrifug\w{0,6}|spun"
    r"|flasks?|tubes?|needles?|syringes? of|gauge|rate of|yield\w{0,4}|passage\w{0,2}|excised|anticoagul\w{0,5}|blood count"
    r"|platelet count|plt|anc|wbc|hemoglobin|creatinine|bilirubin|glucose|serum level"
    r"|plasma level|trough|viral load|ferritin|crp|d-dimer|albumin level|freez\w{0,4}|frozen at|digest\w{0,4}|wash\w{0,3}"
    r"|collagenase|trypsin)\b[^.,;)\x1f]{0,60}$",
    re.IGNORECASE,
)
_BLOOD_COUNT = re.compile(
    r"\b(?:neutrophils?|leu[ck]ocytes?|lymphocytes?)\b[^.,;)\x1f]{0,60}$", re.IGNORECASE
)
"""Counted per mL of blood; `lymphocytes (minimum 3 X 10(9))` are given."""
_TAKEN_AFTER = re.compile(
    r"^[^.;,\d\x1f]{0,60}\b(?:(?:collected|withdrawn|aspirated|harvested|drawn|taken|extracted|centrifuged|obtained|isolated)\b"
    r"|for (?:\w{2,14} ){0,2}(?:analys[ei]s|testing|tests|counting|cultures?|cytometry|measurements?)\b)",
    re.IGNORECASE,
)
_OTHER_STUFF = re.compile(
    r"\b(?:saline|nacl|sodium|chloride|pbs|plasma-?lyte|ringer\w{0,2}|dextrose|glucose|buffer\w{0,2}|water|albumin|hsa|heparin"
    r"|placebo|vehicle|blood(?![- ](?:stem|derived|mesenchymal|msc|mononuclear|cells?))|aspirates?|lipoaspirates?|tumescen\w{0,4}|syringes?|needles?|tubes?|flasks?|bags?"
    r"|lidocaine|lignocaine|bupivacaine|epinephrine|adrenaline|citrate|acd|acd-a|thrombin|calcium|gluconate|dmso"
    r"|contrast|urine|(?<!-)csf|alcohol|ethanol|iodine|triamcinolone|prednisolone|methylprednisolone|dexamethasone"
    r"|methotrexate|cyclophosphamide|fludarabine|busulfan|melphalan|atg|thymoglobulin|cyclosporine?|tacrolimus"
    r"|mycophenolate|rituximab|minoxidil|finasteride|hyaluron\w{1,5}|botulinum|calcipotriol|antibiotics?"
    r"|cefazolin|paracetamol|ibuprofen|aspirin|insulin|ointment base|oxygen|sf6|c3f8|sucrose|culture media?|serum)\b",
    re.IGNORECASE,
)
_OUT_OF = re.compile(
    r"\bfrom\s(?:about\s|approximately\s|up to\s|a total of\s|the\s|a\s|an\s){0,2}$", re.IGNORECASE
)
"""`from 200-300 ml adipose tissue`: what the product is made from."""
_EACH_TIME = re.compile(
    r"\b(?:injections?|infusions?|instillations?|applications?|doses?)\s?(?:\(|of\s)(?:about\s|approximately\s)?$",
    re.IGNORECASE,
)
_ABBREVIATED = re.compile(r"^[^.,;:()\x1f]{0,30}\(\s?([A-Za-z][\w+-]{1,14})\s?[);,]")
_CARRIER = re.compile(
    r"(?:\b(?:in|with|(?<!up )to|into|within|using)\s(?:a\s|an\s|the\s|about\s|approximately\s|total\s|final\s|each\s|\(){0,3}(?:volume of\s)?"
    r"|\b(?:volume|diluted|suspended|resuspended|reconstituted|dissolved|mixed)(?:\s(?:in|to|with|of|is|was|will be|at|up to))?\s?[:：=]?\s{0,2}(?:a\s|an\s)?)$",
    re.IGNORECASE,
)
_GIVES = re.compile(
    r"\b(?:dos(?:e|es|age|ed|ing)|inject\w{0,4}|infus\w{0,4}|administ\w{0,9}|receiv\w{0,3}|appl(?:y|ied|ication)\w{0,1}|given"
    r"|transplant\w{0,6}|implant\w{0,6}|instil\w{0,6}|inhal\w{0,6}|nebuli[sz]\w{0,4}|treated with|deliver\w{0,3}|topical\w{0,2}"
    r"|drops?|volume|intra\w{3,12}|subcutaneous\w{0,2}|amount|mixed with|spray\w{0,3}|transfus\w{0,4})\b",
    re.IGNORECASE,
)
_OTHER_CELLS = re.compile(
    r"\b(?:cd\d{1,3}\+?|t[- ]?cells?|t lymphocytes?|nucleated|mononuclear|mncs?|tncs?|ha?ematopoietic|hscs?|lymphocytes?|leukocytes?"
    r"|treg\w{0,2}|nk cells?|red (?:blood )?cells?|tumou?r cells?|cancer cells?|endothelial cells? count)\b",
    re.IGNORECASE,
)
_GENERIC = frozenset(
    [
        "of",
        "the",
        "study",
        "drug",
        "product",
        "test",
        "article",
        "investigational",
        "solution",
        "suspension",
        "gel",
        "cream",
        "serum",
        "lotion",
        "ointment",
        "dose",
        "iv",
        "im",
        "sc",
        "injection",
        "intravenous",
        "total",
        "each",
        "drops",
        "preparation",
        "formulation",
        "protein",
        "per",
        "day",
        "daily",
        "twice",
        "od",
        "bid",
        "tid",
    ]
)
_CODE = re.compile(r"\b[A-Z][A-Za-z]{0,12}-?(?:[A-Z]{1,8}|exos?|\d)[\w-]{0,16}\b")
_NO_NAME = frozenset(("PRP", "MSC", "MSCs", "EVs", "IV", "Injection", "Placebo", "Control"))
_FORM = re.compile(
    r"\b(?:cream|gel|lotion|ointment|solution|serum|drops?|spray|hydrogel|formulation|patch|emulsion)\b", re.I
)


_FIRST_WORDS = re.compile(r"[,;.+()]|\s(?:in|with|and|dose)\s")


class Mention(NamedTuple):
    """A name in the text. own: it is the product's; owner: vocabulary id, "" for a registered name."""

    start: int
    end: int
    own: bool
    owner: str


class Place(NamedTuple):
    """An amount that is the product's.

    part: `dose`; `volume`, what it is given in; `diluent`, the same of saline or the like; `either`, a volume that is the dose where nothing is counted or weighed;
    `strength`, per mL, per gram or per cent.
    """

    amount: Amount
    zone: Zone
    part: str


def places_in(scene: Scene, zone: Zone, amounts: tuple[Amount, ...], starts: list[int]) -> list[Place]:
    """The product's amounts inside a zone, in order. amounts: of the whole text, starts: their offsets."""
    first = bisect_left(starts, zone.start)
    found = []
    for place in range(first, len(amounts)):
        amount = _named_by_class(amounts[place], scene.product.agent_class)
        if amount.start >= zone.end:
            break
        part = _part(scene, zone, amount)
        if part:
            found.append(Place(amount, zone, part))
    return found


def _named_by_class(amount: Amount, agent_class: str) -> Amount:
    """A number of vesicle size that no noun follows, for a product of vesicles: particles, and the flag stays."""
    quantity = amount.quantity
    if agent_class != "ev" or quantity.kind != "cells" or UNNAMED not in amount.flags or quantity.low < 1e7:
        return amount
    return amount._replace(quantity=msgspec.structs.replace(quantity, kind="particles"))


def _part(scene: Scene, zone: Zone, amount: Amount) -> str:
    """What an amount is of the product: `dose`, `volume`, `strength`, or "" where it is not the product's."""
    quantity = amount.quantity
    kind = quantity.kind
    agent_class = scene.product.agent_class
    if kind not in KINDS_OF.get(agent_class, _DRUG) and not (kind == "cells" and agent_class in CELL_FREE):
        return ""
    text = scene.text.text
    first, last = scene.sentence(amount.start)
    first, last = max(first, amount.start - 240), min(max(last, amount.end), amount.end + 160)
    before, after = text[first : amount.start], text[amount.end : last]
    own = zone.tier in ("intervention", "arm")
    if _ELSEWHERE.search(f"{before} {after}") or quantity.per == "L":
        return ""
    if quantity.per == "mL" and quantity.per_value == 100.0 and kind not in _COUNTED_KINDS:
        return ""  # "haemoglobin 13 g/dL"
    if not own and _RESULT.search(f"{before} {after}"):
        return ""
    if kind != "cell_equivalents" and _TAKEN.search(before[-80:]):
        return ""
    if quantity.per == "mL" and _BLOOD_COUNT.search(before[-80:]):
        return ""
    mentions = _mentions(scene, first, last)
    if _others(scene, zone, mentions, amount):
        return ""
    if kind == "fraction":
        return _strength_in_percent(scene, amount, before)
    if kind == "volume":
        return _volume(scene, zone, amount, before, after, mentions, own)
    if kind == "cells" and agent_class in CELL_FREE and not (own and _touches(mentions, amount)):
        return ""
    if kind in _COUNTED_KINDS:
        if (
            scene.product.agent_class == "msc"
            and _OTHER_CELLS.search(amount.counted)
            and not _close(scene, mentions, amount)
        ):
            return ""
        if zone.tier in ("near", "rest") and not _GIVES.search(f"{before} {after}"):
            return ""
    elif not _weighed(scene, zone, amount, before, mentions, own):
        return ""
    if quantity.per in ("mL", "g") and quantity.per_value == 1.0:
        return "strength"
    return "dose"


def _mentions(scene: Scene, first: int, last: int) -> list[Mention]:
    """Mentions of agents and of the product's registered names between two offsets, in order."""
    found = scene.matches.get("agent", ())
    at = bisect_left(found, first, key=lambda m: m.start)
    inside = []
    while at < len(found) and found[at].start < last:
        match = found[at]
        inside.append(Mention(match.start, match.end, match.owner in scene.product.agents, match.owner))
        at += 1
    names = _names(scene)
    for start, end in names[bisect_left(names, (first, 0)) : bisect_left(names, (last, 0))]:
        inside.append(Mention(start, end, True, ""))
    return sorted(inside)


@lru_cache(maxsize=1)
def _names(scene: Scene) -> list[tuple[int, int]]:
    """Where the product's registered names, code names (`UMSC-exo`, `BC-101`) and abbreviations stand in the text.

    An abbreviation is one that the text itself explains: `erythropoietin (Epo)`.
    """
    wanted: dict[str, None] = {}
    for place in scene.product.interventions[:20]:
        item = scene.record.interventions[place]
        for name in (item.name, *item.other_names[:10]):
            if name and 3 < len(name) <= 60:
                wanted[name] = None
            wanted.update(dict.fromkeys(_CODE.findall((name or "")[:200])))
    text = scene.text.text
    for mention in scene.mentions[:40]:
        short = _ABBREVIATED.match(text[mention.end : mention.end + 52])
        if short and sum(char.isupper() for char in short[1]) > len(short[1]) // 4:
            wanted[short[1]] = None
    names = [re.escape(name) for name in sorted(wanted, key=len, reverse=True) if name not in _NO_NAME]
    if not names:
        return []
    return [m.span() for m in re.finditer(rf"(?<!\w)(?:{'|'.join(names[:40])})(?!\w)", text)]


def _others(scene: Scene, zone: Zone, mentions: list[Mention], amount: Amount) -> bool:
    """Whether the mention next to the amount is of another product of the study whose dose is of the same kind."""
    if len(scene.products) < 2 or not mentions:
        return False
    kind = amount.quantity.kind
    rivals = {
        term
        for product in scene.products
        if product.number != scene.product.number and kind in KINDS_OF.get(product.agent_class, _DRUG)
        for term in product.agents
    } - set(scene.product.agents)
    after = [m for m in mentions if amount.start <= m.start <= amount.end + 8]
    if after and not any(m.own for m in after):
        return after[0].owner in rivals
    nearest = min(mentions, key=lambda m: _distance(m, amount))
    return nearest.owner in rivals and not any(
        m.own and _distance(m, amount) <= _distance(nearest, amount) + 12 for m in mentions
    )


def _distance(mention: Mention, amount: Amount) -> int:
    """Characters between a mention and an amount; words after it count half, as "5 mL of PRP" names its own."""
    if mention.start >= amount.start:
        return max(0, mention.start - amount.end) // 2
    return max(0, amount.start - mention.end)


def _foreign(scene: Scene, mentions: list[Mention], amount: Amount) -> bool:
    """Whether the words after an amount name an agent of another class: `3 ml activated PRP` of a study of cells."""
    last = amount.end + len(amount.counted) + 4
    inside = [m for m in mentions if amount.start <= m.start < last]
    if not inside or any(m.own for m in inside):
        return False
    classes = {
        scene.vocabulary.terms[m.owner].agent_class for m in inside if m.owner in scene.vocabulary.terms
    }
    return bool(classes) and scene.product.agent_class not in classes


def _close(scene: Scene, mentions: list[Mention], amount: Amount) -> bool:
    return any(m.own and _distance(m, amount) < 12 for m in mentions)


def _touches(mentions: list[Mention], amount: Amount) -> bool:
    """Whether the product's name is the next words after an amount: `1 million cells/kg SF-MSC-EX`."""
    after = [m for m in mentions if m.start >= amount.end]
    return bool(after) and after[0].start <= amount.end + 12 and after[0].own


def _strength_in_percent(scene: Scene, amount: Amount, before: str) -> str:
    """`10% lotion`, `10 % PEP`: a share of the product in what is applied."""
    words = amount.counted
    if not words or _OTHER_STUFF.search(words) or _OTHER_STUFF.search(before[-24:]):
        return ""
    near = _mentions(scene, amount.start - 60, amount.end + 30)
    if any(m.own and amount.end - 1 <= m.start <= amount.end + 12 for m in near):
        return "strength"
    applied = _FORM.match(words) and _GIVES.search(before)
    return "strength" if applied or (_FORM.search(words) and any(m.own for m in near)) else ""


def _volume(
    scene: Scene, zone: Zone, amount: Amount, before: str, after: str, mentions: list[Mention], own: bool
) -> str:
    words = amount.counted or _FIRST_WORDS.split(after[:24])[0]
    after_it = [m for m in mentions if m.start >= amount.end]
    follows = any(m.own and m.start <= after_it[0].start + 16 for m in after_it if m.start <= amount.end + 30)
    precedes = any(m.own and 0 <= amount.start - m.end <= 12 for m in mentions)
    carrier = bool(_CARRIER.search(before[-40:]))
    if _TAKEN_AFTER.match(after):
        return ""
    stuff = _OTHER_STUFF.search(words) is not None
    if _OUT_OF.search(before[-40:]) and not re.match(r"\s?to\b", after):
        return ""
    if not follows and _foreign(scene, mentions, amount):
        return ""
    if amount.quantity.per == "{cells}" or _OTHER_STUFF.search(before[-16:]):
        return ""
    if stuff:
        return "diluent" if carrier and (own or zone.tier == "said") else ""
    if follows or (precedes and not carrier):
        return "dose"
    if carrier:
        return "volume" if own or zone.tier == "said" else ""
    near = any(m.own for m in mentions)
    gives = _GIVES.search(before[-140:]) or _GIVES.search(after[:40])
    if own and (gives or near or len(before.strip()) < 12):
        return "either"
    if zone.tier == "near" and not amount.counted and _EACH_TIME.search(before[-48:]):
        return "either"  # "9 to 18 injections (0.5 to 1.0 mL each)"
    return "either" if near and gives else ""


def _weighed(
    scene: Scene, zone: Zone, amount: Amount, before: str, mentions: list[Mention], own: bool
) -> bool:
    """Whether a mass or activity is the product's: named beside it, or the zone is the product's alone."""
    if _OTHER_STUFF.search(amount.counted) or _OTHER_STUFF.search(before[-24:]):
        return False
    if _close(scene, mentions, amount):
        return True
    if _foreign(scene, mentions, amount):
        return False
    if any(word not in _GENERIC for word in amount.counted.split()):
        return False  # something else is weighed, or nobody can tell
    near = any(m.own and _distance(m, amount) < 80 for m in mentions)
    if own and not zone.shared:
        return near or bool(_GIVES.search(before[-60:])) or not before.strip()
    return near and (zone.tier in ("said", "title", "arm") or bool(_GIVES.search(before)))


def impossible(amount: Amount) -> bool:
    """Whether an amount cannot be true (10^40 particles)."""
    return any(flag.startswith(IMPOSSIBLE) for flag in amount.flags)
