"""What a record tells of making and checking the product beyond the other facts: one reading for each reporting item.

The value of a reading is an item of `appraisal/misev_items.yml` (`I1`: an image of single vesicles) or a claim
(`claim:exosome`, `claim:cell_free`) that other values can contradict.

Reads "exosomes were seen by transmission electron microscopy" as I1; not "biopsies were seen by electron microscopy".

Source: items of MISEV2018/2023 (10.1002/jev2.12404) and EV-TRACK (10.1080/20013078.2019.1699367).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from skinproof.extraction.letters import Need, needs, small
from skinproof.extraction.scene import Scene
from skinproof.extraction.statements import Hit, hits, is_general, is_tied, sentence_text
from skinproof.extraction.stems import lower
from skinproof.model.findings import Finding, Reading

RULE = "reporting/1"

EXOSOME = "claim:exosome"
CELL_FREE = "claim:cell_free"

_TIERS = ("intervention", "arm", "title", "said", "near", "rest")
_TOLD = ("intervention", "arm", "said", "near", "rest")
_NOT_READ = frozenset({"eligibility", "outcome"})


class _Rule(NamedTuple):
    """value: the item; need, starts: see `hits`; words: what to find; wants, refuses: asked of its sentence;
    tiers: where; classes: agent classes it is read for (empty = all).
    """

    value: str
    need: Need
    words: re.Pattern[str]
    wants: re.Pattern[str] | None = None
    refuses: re.Pattern[str] | None = None
    tiers: tuple[str, ...] = _TOLD
    classes: tuple[str, ...] = ()
    starts: Need | None = None
    exact: bool = False


_VESICLES = ("ev", "conditioned_medium")
_VESICLE = small(
    r"vesicle|exosome|\bevs?\b|\bsevs?\b|ectosome|microparticle|secretome|conditioned|nano-?particle|\bmvs?\b"
)
_TISSUE = small(r"biops|histolog|specimen|patients? will|skin section|nerve|renal|hair shaft")
_TAKEN = small(
    r"\b(?:obtain|harvest|aspirat|collect|draw|liposuct|isolat|separat|process)\w{0,6}\b|\bdrawn\b|\bwithdrawn\b|\btaken\b|\bfrom\b"
)
_CLAIM_LETTERS = needs("exosom", "free", "acellular")
_EXOSOME = small(r"\bexosom(?:e|es|al)\b")
_CELL_FREE = small(r"\bcell[\s-]free\b|\bacellular\b")

_RULES = (
    _Rule(
        "G1",
        needs("extracellular", "ev"),
        re.compile(r"\b(?:[Ee]xtracellular (?:[Mm]embrane )?[Vv]esicles?|s?EVs?)\b"),
        tiers=("intervention", "arm", "title", "said"),
        classes=("ev",),
        starts=needs("extracellular", "ev", "sev"),
        exact=True,
    ),
    _Rule(
        "S2",
        needs("ml", "cc", "liter", "litre", "gram", "g of", "kg of"),
        small(
            r"\b\d{1,5}(?:[.,]\d{1,3})?\s?(?:-|–|to)?\s?\d{0,5}\s?"
            r"(?:(?:m[ll]|cc|lit(?:er|re)s?|millilit(?:er|re)s?)s?\s(?:of )?(?:the )?(?:\w{1,14} ){0,2}"
            r"(?:blood|plasma|lipo-?aspirates?|fat|adipose|milk|medium|media|supernatants?|cm|marrow|urine|bone marrow)\b"
            r"|(?:g|grams?|kg)\s(?:of )(?:the )?(?:\w{1,14} ){0,2}(?:tissue|fat|adipose|cord|placenta|plants?|leaves)\b)"
        ),
        _TAKEN,
        small(r"\binject(?:ed|ion)?\b|exclu|laborator(?:y|ies) test|blood sampl|biomarker"),
    ),
    _Rule(
        "screening",
        needs("screen", "donor"),
        small(
            r"\bdonors? (?:\w{1,12} ){0,4}(?:screen\w{0,3}|tested)\b|\bscreened (?:\w{1,12} ){0,3}donors?\b|\bdonor (?:screening|testing|eligibility)\b"
            r"|\bscreened for (?:hiv|hepatitis|infectious|hbv|viral)|\bhealthy (?:\w{1,12} ){0,2}(?:donors?|volunteers?|mothers?)\b"
        ),
        small(r"donor|mother|cord|placenta"),
        small(r"control group|compared with healthy"),
        starts=needs("donor", "screened", "healthy"),
    ),
    _Rule(
        "P2",
        needs("centrifug", "spun", "spin"),
        small(
            r"(?:centrifug\w{0,6}|\bspun\b|\bspin\b)[^.;]{0,60}?\b(?:\d{1,3}[,\s]?\d{2,3}\s?[x×*]?\s?g\b|\d{3,6}\s?rpm\b)"
            r"|\b\d{1,3}[,\s]?\d{2,3}\s?[x×*]?\s?(?:g|rpm)\b[^.;]{0,40}?centrifug\w{0,6}"
        ),
        None,
        small(r"saliva|urine|blood samples?|serum samples?|samples? (?:will be|were) (?:stored|frozen)"),
    ),
    _Rule(
        "P3",
        needs("g/ml", "g/cm", "density"),
        small(r"\b1[.,][01]\d{0,3}\s?(?:-|–|to)?\s?(?:1[.,]\d{1,4})?\s?g/(?:ml|cm)|\bbuoyant density\b"),
        _VESICLE,
    ),
    _Rule(
        "C7",
        needs("topolog", "lumen", "lumin", "proteinase", "protease", "rnase"),
        small(
            r"\btopology\b|\b(?:intra)?lumin(?:al|ally)\b|\blumen\b|\bproteinase k\b|\brnase (?:a )?(?:treat|digest|protect)\w{0,6}"
        ),
        _VESICLE,
        _TISSUE,
        classes=_VESICLES,
        starts=needs("topology", "intralumin", "lumin", "lumen", "proteinase k", "rnase"),
    ),
    _Rule(
        "C8",
        needs("antibod", "anti-", "clone", "lysate", "lysis"),
        small(
            r"\b(?:bd|abcam|cell signaling|santa cruz|bio-?legend|invitrogen|beckman|ebioscience|dako|millipore)\b|"
            r"\bclone \w{1,12}|\bripa\b|\blysates?\b|\blysis buffer\b"
        ),
        small(r"antibod|anti-?cd|western|blot|flow cytom"),
        small(r"patients?'? blood|peripheral|platelet lysate|serum"),
        classes=_VESICLES,
        starts=needs(
            "bd",
            "abcam",
            "cell signaling",
            "santa cruz",
            "biolegend",
            "bio-legend",
            "invitrogen",
            "beckman",
            "ebioscience",
            "dako",
            "millipore",
            "clone ",
            "ripa",
            "lysate",
            "lysis buffer",
        ),
    ),
    _Rule(
        "I1",
        needs("microscop", "tem", "sem", "afm"),
        re.compile(
            r"\b(?:[Ee]lectron|[Aa]tomic[- ][Ff]orce|[Ss]uper[- ][Rr]esolution|STED|STORM) [Mm]icroscop\w{1,4}|"
            r"\bcryo-?(?:EM|TEM)\b|\bTEM\b|\bAFM\b"
        ),
        _VESICLE,
        _TISSUE,
        classes=_VESICLES,
        starts=needs("electron", "atomic", "super", "sted", "storm", "cryo", "tem", "afm"),
        exact=True,
    ),
    _Rule(
        "I2",
        needs("tracking", "nta", "nanosight", "resistive", "trps", "flow", "zetaview"),
        re.compile(
            r"\b(?:[Nn]ano-?particle )?[Tt]racking [Aa]nalysis\b|\bNTA\b|\b[Nn]ano[Ss]ight\b|\b[Zz]eta[Vv]iew\b|"
            r"\b[Rr]esistive [Pp]ulse\b|\bTRPS\b|\b[Nn]ano-?(?:[Ff]low|FCM)\b(?: cytometr\w{1,3})?|\b(?:imaging )?flow cytometr\w{1,3}\b"
        ),
        _VESICLE,
        small(r"t[- ]?cells|lymphocyte|leukocyte|mononuclear|subpopulations|patients'"),
        classes=_VESICLES,
        starts=needs("nano", "tracking", "nta", "zeta", "resistive", "trps", "imaging", "flow"),
        exact=True,
    ),
    _Rule(
        "Q1:protein",
        needs("protein", "bca", "bradford"),
        small(
            r"\b(?:total )?protein (?:content|concentration|quantity|amount)s?\b|\bbca\b|\bbicinchoninic\b|\bbradford\b"
        ),
        _VESICLE,
        small(r"urin|serum protein|plasma protein|c-reactive"),
        classes=_VESICLES,
        starts=needs("total protein", "protein", "bca", "bicinchoninic", "bradford"),
    ),
    _Rule(
        "Q1:particles",
        needs("particle", "tracking", "nta"),
        small(
            r"\bparticles? (?:number|count|concentration|quantity)s?\b|\b(?:number|concentration|count) of (?:particles|vesicles|exosomes)\b"
        ),
        _VESICLE,
        small(r"urin|patients'|in (?:the )?(?:blood|plasma|serum)|circulating"),
        classes=_VESICLES,
        starts=needs("particle", "number of", "concentration of", "count of"),
    ),
    _Rule(
        "Q1:lipid",
        needs("lipid"),
        small(r"\b(?:phospho|total )?lipids? (?:content|concentration|quantity|amount|assay)s?\b"),
        _VESICLE,
        small(r"serum|blood|profile|panel"),
        classes=_VESICLES,
        starts=needs("phospholipid", "total lipid", "lipid"),
    ),
    _Rule(
        "F2",
        needs("placebo", "vehicle", "saline", "depleted", "sham"),
        small(
            r"\bplacebos?\b|\bvehicle(?:s|-control| control)?\b|\bev[\s-]?depleted (?:\w{1,12} ){0,2}(?:medium|control|fraction)\b|"
            r"\bexosome[\s-]?(?:free|depleted) (?:\w{1,12} ){0,2}(?:medium|control|fraction|serum)\b|\bsaline (?:control|injection|alone|group)\b|"
            r"\bsham (?:injection|control|procedure|treatment)\b"
        ),
        None,
        small(r"no[nt]?[\s-]{1,3}placebo|without placebo|motor vehicle|open-label|uncontrolled"),
        (*_TIERS, "other"),
        starts=needs("placebo", "vehicle", "ev", "exosome", "saline", "sham"),
    ),
    _Rule(
        "lot",
        needs("lot-to", "lot to", "lots", "lot varia", "lot consis", "inter-lot", "batch"),
        small(
            r"\b(?:lot|batch)(?:es|s)?[\s-]to[\s-](?:lot|batch)\b|\b(?:inter|between)[\s-](?:lot|batch)\b|"
            r"\b(?:lot|batch) (?:consistency|variation|variability|reproducibility)\b|\bconsisten\w{1,5} (?:between|across|among) (?:lots|batches)\b"
        ),
        starts=needs("lot", "batch", "inter", "between", "consisten"),
    ),
    _Rule(
        "R1",
        needs("ev-track", "evtrack", "ev track"),
        small(r"\bev[\s-]?track\b(?: ?(?:id)?:? ?ev\d{6})?"),
        tiers=_TIERS,
        starts=needs("ev"),
    ),
    _Rule(
        "R2",
        needs(
            "vesiclepedia",
            "exocarta",
            "pride",
            "gse",
            "pxd",
            "proteomexchange",
            "expression omnibus",
            "zenodo",
            "figshare",
        ),
        re.compile(
            r"\b(?:Vesiclepedia|ExoCarta|ProteomeXchange|Gene Expression Omnibus|PXD\d{6}|GSE\d{4,7}|Zenodo|[Ff]igshare|"
            r"PRIDE (?:database|archive|repository|accession))\b"
        ),
        tiers=_TIERS,
        starts=needs(
            "gene expression",
            "vesiclepedia",
            "exocarta",
            "pride",
            "gse",
            "pxd",
            "proteomexchange",
            "expression omnibus",
            "zenodo",
            "figshare",
        ),
        exact=True,
    ),
)


def find_claims(text: str) -> Iterator[tuple[str, int, int]]:
    """(claim, start, end) for the first place of a short text that calls a product exosome or cell-free."""
    low = lower(text)
    for value, words in ((EXOSOME, _EXOSOME), (CELL_FREE, _CELL_FREE)):
        if (found := words.search(low)) is not None:
            yield value, found.start(), found.end()


def read(scene: Scene) -> Finding:
    """The finding on what else is reported; one reading for each item or claim, its first good place."""
    found = [
        reading
        for rule in _RULES
        if (not rule.classes or scene.product.agent_class in rule.classes)
        and (reading := _find(scene, rule)) is not None
    ]
    if scene.product.agent_class in _VESICLES:
        found += _claims(scene)
    if found:
        return scene.reported(
            "reporting", RULE, "words that answer a reporting item stand in the record", *found
        )
    return scene.not_reported("reporting", RULE, *_TIERS)


def _find(scene: Scene, rule: _Rule) -> Reading | None:
    """The first place that holds, in reading order."""
    for hit in hits(scene, rule.words, *rule.tiers, need=rule.need, starts=rule.starts, exact=rule.exact):
        if hit.zone.tier == "other" and scene.text.fields[hit.zone.field].kind in _NOT_READ:
            continue
        sentence = sentence_text(scene, hit.start, hit.end, hit.match.start())
        if rule.wants is not None and not rule.wants.search(sentence) and not _in_product(scene, hit, rule):
            continue
        if rule.refuses is not None and rule.refuses.search(sentence):
            continue
        if rule.value not in ("F2", "R1", "R2") and is_general(sentence):
            continue
        if rule.value == "G1" and hit.zone.tier == "said" and not is_tied(sentence):
            continue  # what others say of vesicles does not name this product
        reason = f"words that answer {rule.value} ({hit.zone.tier})"
        return scene.reading(rule.value, [hit.match.span()], RULE, reason, arms=scene.arm_labels(hit.zone))
    return None


def _in_product(scene: Scene, hit: Hit, rule: _Rule) -> bool:
    """Whether an intervention that is a vesicle makes the sentence one about vesicles without the word."""
    return rule.wants is _VESICLE and hit.zone.tier == "intervention" and scene.product.agent_class == "ev"


def _claims(scene: Scene) -> list[Reading]:
    found: dict[str, Reading] = {}
    if not scene.shared.letters.has(_CLAIM_LETTERS):
        return []
    for zone in scene.within("intervention", "arm", "title", "said"):
        text = scene.text.text[zone.start : min(zone.end, zone.start + 4000)]
        for value, start, end in find_claims(text):
            if value not in found:
                places = [(zone.start + start, zone.start + end)]
                found[value] = scene.reading(value, places, RULE, f"the product is called so ({zone.tier})")
    return list(found.values())
