"""Purity and release: particles per µg protein, purity and viability in per cent, and the tests that were made.

Reads "sterility, mycoplasma and endotoxin (LAL) tests are done before release" and "cell viability > 90 %"; not
"myocardial viability", "endotoxin-induced lung injury" or "Mycoplasma pneumonia", which say nothing of the product.

Source: particles per µg protein as a measure of purity: Webber and Clayton 2013 (PMC3760653).
"""

import re
from typing import NamedTuple

from skinproof.extraction.letters import Need, needs, small
from skinproof.extraction.numbers import find_numbers, value_of
from skinproof.extraction.scene import Scene
from skinproof.extraction.statements import Hit, hits, is_general, is_tied, sentence_text
from skinproof.model.findings import Finding, Quantity, Reading

RULE = "purity/1"

_VESICLES = ("ev", "conditioned_medium")
_TIERS = ("intervention", "arm", "said", "near", "rest")


class _Test(NamedTuple):
    """value: what the reading says; need: see `hits`; words: where it stands; wants: one of these in its sentence
    (None = nothing more); refuses: none of these in its sentence; number: what number belongs to it, "" = none; classes: agent
    classes it is read for (empty = all); starts: see `hits` (None = need).
    """

    value: str
    need: Need
    words: re.Pattern[str]
    wants: re.Pattern[str] | None = None
    refuses: re.Pattern[str] | None = None
    number: str = ""
    classes: tuple[str, ...] = ()
    starts: Need | None = None


_PER_PROTEIN = r"(?:per|/)\s?(?:[µμu]g|mcg|micrograms?)\s?(?:of )?(?:total |ev )?protein"
_PARTICLES = small(r"(?:particles?|vesicles?|exosomes?|evs?)\b")
_TESTED = small(
    r"test|assay|\bfree\b|negative|level|\blal\b|eu/|release|quality|contaminat|criteria|specification|"
    r"control|passed|checked|screen|monitor|detect|verif|below|[<≤]|evaluat|confirm|determin"
)
_NOT_PRODUCT = small(
    r"patients will undergo|perfusion|"
    r"myocard|tissue viab|muscle viab|graft viab|fat viab|flap viab|embryo|pregnan|f(?:o)?etal viab|retinal viab|"
    r"viability,? (?:and |of )?(?:safety|security|tolera)|safety(?:,| and) viability|donor nerve|viable (?:tissue|skin|"
    r"nerve|pregnan|option|alternative|approach|treatment|therap|strateg|method|solution|graft|wound|bone)"
)
_NOT_TEST = small(
    r"induced|-mediated|challenge|shock|inject\w{0,4} endotoxin|endotoxin (?:injur|expos|tolerance)|lipopolysaccharide"
)
_INFECTION = small(r"pneumonia|infection with|infected|patients with|chlamydia")

_TESTS = (
    _Test(
        "particles_per_protein",
        needs("protein"),
        small(
            _PER_PROTEIN + r"|particles?[\s/-]{1,3}(?:to[\s-])?protein ratio|ratio of particles to protein"
        ),
        small(r"particle|vesicle|exosome|\bevs?\b"),
        number="particles",
        classes=_VESICLES,
        starts=needs("per", "/", "particle", "ratio of"),
    ),
    _Test("purity", needs("purit"), small(r"\bpurit(?:y|ies)\b(?!: not reported)"), number="%"),
    _Test(
        "viability",
        needs("viab"),
        small(r"\bviab(?:ility|le)\b"),
        small(r"%|per ?cent|trypan|test|assess|check|measur|evaluat|determin|criteria|control|count|stain"),
        _NOT_PRODUCT,
        "%",
    ),
    _Test(
        "endotoxin",
        needs("endotoxin", "pyrogen"),
        small(r"\bendotoxins?\b|\bpyrogen(?:s|icity)?\b"),
        _TESTED,
        _NOT_TEST,
    ),
    _Test(
        "sterility",
        needs("sterility", "microbiolog", "bacterial", "contamination"),
        small(
            r"\bsterility\b|\bmicrobiologic(?:al)? (?:test|control|quality|safety|examination|culture|analys)\w{0,4}|"
            r"\b(?:bacterial|fungal|microbial) (?:and \w{1,12} )?(?:contaminations?|cultures?|growth|tests?)\b|"
            r"\bfree (?:of|from) (?:\w{1,14} )?contamina\w{0,6}"
        ),
        _TESTED,
        small(
            r"surgical|sterilit(?:y|ies) (?:of|in) (?:men|women|the room)|infertil|post-?menopaus|biopsy|wound"
        ),
        starts=needs(
            "sterility", "microbiologic", "bacterial", "fungal", "microbial", "free of", "free from"
        ),
    ),
    _Test(
        "mycoplasma",
        needs("mycoplasma"),
        small(r"\bmycoplasmas?\b"),
        _TESTED,
        _INFECTION,
    ),
    _Test(
        "release_tests",
        needs("release", "quality control", "certificate of analysis"),
        small(
            r"\b(?:batch |lot |product )?release (?:criteria|criterion|tests?|testing|specifications?)\b|"
            r"\bquality controls?\b|\bcertificates? of analysis\b"
        ),
        refuses=small(
            r"c-peptide|drug release|placebo|data quality|questionnaire|image|monitor(?:ing)? visit"
        ),
        starts=needs(
            "batch release", "lot release", "product release", "release", "quality control", "certificate"
        ),
    ),
    _Test(
        "karyotype",
        needs("karyotyp"),
        small(r"\bkaryotyp(?:e|es|ing)\b"),
        small(r"normal|test|analys|control|check"),
    ),
    _Test(
        "protein_content",
        needs("protein"),
        small(r"\b(?:total )?protein (?:content|concentration|quantity|amount)\b"),
        small(r"\bbca\b|bicinchoninic|bradford|lowry|qubit|exosome|vesicle|\bevs?\b|secretome|medium"),
        small(r"urin|serum protein|plasma protein|c-reactive|patient"),
        classes=_VESICLES,
        starts=needs("total protein", "protein"),
    ),
)


def read(scene: Scene) -> Finding:
    """The finding on purity and release tests; each test or measure is one reading."""
    if scene.product.role == "measured":
        return scene.not_applicable(
            "purity", RULE, "only measured in samples, not a product that is released"
        )
    kind = scene.product.agent_class
    found = [
        reading
        for test in _TESTS
        if (not test.classes or kind in test.classes) and (reading := _find(scene, test)) is not None
    ]
    if found:
        return scene.reported("purity", RULE, "purity, viability or release tests are named", *found)
    return scene.not_reported("purity", RULE, *_TIERS)


def _find(scene: Scene, test: _Test) -> Reading | None:
    """The first mention of a test that holds, one with a number before one without."""
    first: Reading | None = None
    for hit in hits(scene, test.words, *_TIERS, need=test.need, starts=test.starts or test.need):
        sentence = sentence_text(scene, hit.start, hit.end, hit.match.start())
        if test.wants is not None and not test.wants.search(sentence):
            continue
        if test.refuses is not None and test.refuses.search(sentence):
            continue
        quantity, place = _number(scene, hit, test.number)
        if is_general(sentence) or not (hit.near_product or quantity or is_tied(sentence)):
            continue
        places = [place] if place else [hit.match.span()]
        reading = scene.reading(
            test.value,
            places,
            RULE,
            f"{test.value.replace('_', ' ')} named for the product ({hit.zone.tier})",
            quantity=quantity,
            arms=scene.arm_labels(hit.zone),
        )
        if quantity is not None:
            return reading
        first = first or reading
    return first


def _number(scene: Scene, hit: Hit, wanted: str) -> tuple[Quantity | None, tuple[int, int] | None]:
    """The per cent or the particles that belong to the words, with the place of both together."""
    if not wanted:
        return None, None
    text = scene.shared.low
    start, end = hit.match.span()
    low, high = max(hit.start, start - 60), min(hit.end, end + 60)
    best: tuple[int, Quantity, int, int] | None = None
    for number in find_numbers(text[low:high]):
        first, last = low + number.start, low + number.end
        after = text[last : last + 24].lstrip()
        value = value_of(number.readings[0])
        if wanted == "%":
            if not after.startswith(("%", "percent", "per cent")) or not 0 <= value <= 100:
                continue
            last = text.index(after[0], last) + 1
            made = Quantity(
                kind="fraction", low=value, high=value, bound=_bound(text[max(low, first - 14) : first])
            )
        else:
            if not _PARTICLES.match(after) or last > start:
                continue
            if not 1e3 <= value <= 1e14:
                continue
            made = Quantity(kind="particles", low=value, high=value, per="ug{protein}")
        away = min(abs(first - end), abs(start - last))
        if best is None or away < best[0]:
            best = (away, made, min(first, start), max(last, end))
    return (None, None) if best is None else (best[1], (best[2], best[3]))


def _bound(before: str) -> str:
    words = before.rstrip()
    if words.endswith((">", "more than", "over", "above", "exceeding", "greater than")):
        return "more_than"
    if words.endswith(("≥", ">=", "at least", "minimum", "minimum of", "≧")):
        return "at_least"
    if words.endswith(("<", "less than", "below", "under")):
        return "less_than"
    return ""
