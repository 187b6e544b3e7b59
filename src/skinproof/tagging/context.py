"""What the words around a mention say of it: negated, earlier treatment, source, measured, given, mechanism.

Rules in the manner of ConText (Harkema 2009, 10.1016/j.jbi.2009.05.002: trigger, reach, terminator), written
anew for trial records. A reading is local: it knows the mention, its class and its sentence, not the study.
"""

import re
from functools import lru_cache
from typing import NamedTuple

RULE = "agent.context/4"

ANALYTES = frozenset({"ev", "growth_factor", "peptide", "mirna", "mrna"})
"""Classes that trials also measure in samples; cells and platelet products are given unless the words say not."""

NUCLEIC = frozenset({"mirna", "mrna"})
"""Classes that are nearly always an assay: given only where a medicine's word stands by."""

PRODUCTS = frozenset({"ev", "conditioned_medium"})
"""Classes that are made from cells, so that the cells named beside them are the source."""


class Reading(NamedTuple):
    """role: one of model.tags.ROLES, None where the words decide nothing; strong: the words leave no choice;
    cue: the words that decided.
    """

    role: str | None
    strong: bool
    cue: str


_NOTHING = Reading(None, False, "")

_STOP = r"(?!(?:on|in|into|by|from|for|to|through|via|after|during|until|while|than|against)\b)"
_GAP = rf"(?:[^\w.;:]+{_STOP}\w+){{0,6}}[^\w.;:]*$"
"""Up to six words between a trigger on the left and the mention, none of them a new relation."""


def left_of(words: str, gap: str = _GAP) -> re.Pattern[str]:
    """A pattern for one of `words` on the left of a mention, `gap` away from it."""
    return re.compile(rf"\b(?:{words}){gap}")


def _right(words: str, reach: int = 4) -> re.Pattern[str]:
    return re.compile(rf"^(?:[^\w.;:]+\w+){{0,{reach}}}?[^\w.;:]*\b(?:{words})\b")


_PLAIN_GAP = rf"(?:[^\w.;:,]+{_STOP}\w+){{0,6}}[^\w.;:,]*$"
"""The same without a comma: a list goes on, the relation does not."""

NEAR = r"(?:[^\w.;:]+\w+){0,2}[^\w.;:]*$"
_NEXT = r"[^\w.;:]*$"

_NEGATED_LEFT = left_of(
    r"no|non|without|absence of|free (?:of|from)|lack(?:s|ing)?(?: of)?|devoid of|never|neither|nor|"
    r"not (?:be )?(?:given|receiv\w+|contain\w*|enriched|treated|inject\w*|combined|us(?:e|ed|ing)|hav\w+|get)(?: with)?",
    NEAR,
)
_NEGATED_RIGHT = re.compile(
    r"^[\s-]*(?:free|depleted|deprived|deficient|naive)\b|^\W*(?:\w+\W+){0,2}(?:was|were|will be|is|are) not "
    r"(?:be )?(?:given|used|detected|administered|injected|applied|present|added)\b",
)
_NOT_NEGATING = re.compile(
    r"\b(?:with|and|or)[ /]*(?:and|or)?[ /]*without\b|\b(?:no|not) (?:only|significant|statistical|serious|severe|adverse|differen\w+|evidence|data|studies|study|"
    r"consensus|reports?|response|improvement|longer|effective|doubt|specific|standard|other|curative|clinical)\b",
)
_PRIOR = left_of(
    r"prior(?: to)?|previous(?:ly)?|history of|past|earlier|formerly|already|had (?:been )?(?:received|treated)|"
    r"have (?:been )?(?:received|treated)|last treatment with|washout|fail(?:ed|ure)(?: of| to)?",
)
_AFTER_TRANSPLANT = left_of(
    r"after|following|post|undergo\w*|underwent|recipients? of|candidates? for|receiving", NEAR
)

_MADE_FROM = left_of(
    r"(?:derived?|isolated|obtained|extracted|expanded|cultured|cultivated|harvested|collected|separated|produced|"
    r"prepared|secreted|released|generated|made|purified|enriched|generation|isolation|shed) (?:directly )?"
    r"(?:from|by|of|in|with|out of|within)|originating from|from|"
    r"(?:exosomes?|vesicles?|secretomes?|supernatants?|conditioned (?:medium|media)) of",
    r"(?:[^\w.;:,(]+(?!(?:and|with|versus|plus|or)\b)\w+){0,7}[^\w.;:,(]*$",
)
_GROWN_IN = left_of(
    r"(?:expanded|cultured|grown|cultivated|supplemented|propagated|maintained) (?:in|with|using|by)",
    r"(?:[^\w.;:]+\w+){0,6}[^\w.;:]*$",
)
_PRODUCT_OF = re.compile(
    r"^[\s,-]*(?:(?:(?!(?:and|or|plus|with|versus|vs)\b)\w+[\s-]+){0,3}?"
    r"(?:derived?|secreted|released|generated|produced|originated|(?<!, )conditioned)\b(?! (?:from|in|by)\b)|"
    r"(?:component|protein|cell)?\s*(?:extract|lysate|secretion|supernatant)s?\b)",
)

_CARGO = (
    r"(?:si ?rna|mir\b|mir\d|mirna|micro ?rna|antisense|mrna|doxorubicin|paclitaxel|curcumin|methotrexate|"
    r"cisplatin|chemotherap\w+|drugs?\b)"
)
_LOADED = re.compile(
    r"^(?:[^\w.;:]+\w+){0,4}?[^\w.;:]*\b(?:load(?:ed|ing) (?:with|by|into)|transfected|encapsulating|to deliver|"
    rf"conjugat\w+|packag\w+ (?:\w+ ){{0,2}}{_CARGO})\b|"
    rf"^\W*(?:enriched (?:by|with)|with|containing|carrying)\W+(?:\w+\W+){{0,3}}{_CARGO}",
)
_LOADED_LEFT = re.compile(
    r"\b(?:(?:drug|sirna|mirna|rna|curcumin|paclitaxel|doxorubicin)[\s-]*(?:loaded|containing|carrying)|loaded|"
    r"conjugat\w+ \w+ to|loaded in(?:to)?|packag\w+ in(?:to)?|encapsulated in)[\s-]+(?:\w+[\s-]+){0,3}$",
)

_MEASURED_LEFT = left_of(
    r"levels?|concentrations?|numbers?|counts?|quantit\w+|quantif\w+|amounts?|expression|profil\w+|contents?|analys\w+|"
    r"analy[sz]e\w*|measur\w+|detect\w*|assay\w*|characteri[sz]\w+|identif\w+|circulating|urinary|urine|"
    r"saliva\w*|cerebrospinal|bio ?markers?|markers?|signatures?|correlat\w+|proteom\w+|sequenc\w+|cargo|extracted|"
    r"presence|pathogenesis|pathophysiology|physiopathology|predict\w*|association|sampl\w+",
)
_MEASURED_ON = left_of(r"(?:effects?|impact|influence|changes?|response|role)\b.{0,80}\b(?:on|in)", NEAR)
_MEASURED_RIGHT = _right(
    r"levels?|concentrations?|expression|profil\w+|contents?|analys[ie]s|assays?|bio ?markers?|biological markers?|"
    r"markers?|signatures?|proteom\w+|(?:mi|lnc|circ|m)?rnas?|mirs?|micro ?rnas?|counts?|"
    r"(?:was|were|will be|are|is) (?:also )?(?:measured|analy[sz]ed|isolated|extracted|assessed|investigated|"
    r"quantified|detected|studied|collected|determined|evaluated|tested)|measurements?|subpopulations?|"
    r"from (?:the )?(?:patients?|blood|serum|plasma|urine|subjects)|in (?:the )?(?:serum|plasma|urine|blood|saliva|"
    r"circulation|peripheral)|sodium|protein(?:s)? (?:level|content)|techniques?|mediators?|"
    r"(?:role|play|involved)",
    5,
)
_SAMPLE_LEFT = left_of(
    r"serum|plasma|blood|tumou?r|lung|endometrial|endothelial|platelet|tear|breast|brain|neural", _NEXT
)
_ROLE_OF = left_of(r"role of|function of|importance of|involvement of|secretion of|mechanisms?", NEAR)

_GIVEN_LEFT = left_of(
    r"treat(?:ed|ing|ment|ments)?(?: (?:of|with|by|using))?|inject\w*|infus\w*|administ\w*|transplant\w*|graft\w*|"
    r"implant\w*|receiv\w*|given(?! (?:the|that|this|these|its|their)\b)|appl(?:y|ied|ication|ications)|topical\w*|intravenous\w*|intradermal\w*|using|"
    r"use of|therap\w*|dos(?:e|es|age|ing)|efficacy|safety|effect(?:s|iveness)? of|efficiency|feasibility|"
    r"tolerability|versus|vs|plus|combin\w+|autologous|allogen\w+|random\w+ to|inhal\w*|nebuli\w*|intervention|"
    r"ability of|study of|trial of|compared? (?:to|with)|comparing|comparison (?:of|between)|seeded|"
    r"enriched (?:with|by)|consist\w* of|added",
    _PLAIN_GAP,
)
_GIVEN_RIGHT = _right(
    r"therap\w*|treatments?|inject\w+|infus\w+|transplant\w*|graft\w*|implant\w*|administ\w+|gel|cream|ointment|"
    r"lotion|spray|mask|dressing|group|arm|versus|vs|applied|nebuli\w*|inhal\w+|drops?|product|given|mimic|"
    r"in (?:the )?treat\w+|in (?:\w+ ){0,3}patients|in (?:\w+ ){0,3}(?:subjects|participants|volunteers)|"
    r"for (?:the )?(?:\w+ ){0,3}(?:treat\w*|healing|repair|management|therapy|rejuvenation|regeneration)|promot\w+|"
    r"ability|(?:low|high|mid)[ -]dose|dos(?:e|es|age)|combined with|plus|to treat|capsules?|tablets?|eye drops",
    4,
)
_MECHANISM_LEFT = left_of(
    r"secret\w*|releas\w*|produc(?:e|es|ed|ing|tion)|paracrine|via|through|mediated|such as|includ\w+|contain\w*|"
    r"compos\w*|express\w*|rich in|consist\w* of|including|known as|called|like",
)
_TARGET_LEFT = re.compile(
    r"\b(?:anti|inhibit\w*|block\w*|target\w*|against|antibod\w+|antagoni\w+|suppress\w+|mutated|mutant|mutations?)"
    r"[\s-]+(?:(?:of|to|the|human|recombinant|against|pan)[\s-]+){0,3}[(]?$",
)
_TARGET_RIGHT = re.compile(
    r"^[\s()-]*(?:\w+[\s()-]+){0,2}?(?:inhibit\w*|block\w*|signal\w*|recept\w*|antagon\w*|antibod\w*|trap|pathways?|"
    r"mutat\w*|axis|antisense|binding|aptamer|polymorphism\w*)\b",
)
"""A growth factor as the target of another medicine (anti-VEGF, VEGF blockade)."""
_LISTED_MARKERS = re.compile(
    r"\b(?:bio ?markers?|markers?|parameters?|measur\w+|assess\w*|analys[ie]s|analy[sz]e\w*|levels?)\b"
    r"[^.;]*\b(?:such as|includ\w+|e\.g)",
)
_ASSAYED = re.compile(
    r"^(?:[^\w.;:,]+\w+){0,2}?[^\w.;:,]*\b(?:measured|predict(?:s|ing|or|ors)?|as (?:a )?bio ?markers?)\b|"
    r"^\W*(?:in|within) (?:the )?(?:\w+ )?(?:fluid|circulation|urine|milk)\b"
)
"""Right after cells: they are looked at, whatever else the sentence says."""
_MECHANISM_RIGHT = re.compile(
    r"^\W*(?:\w+\W+){0,2}(?:released|secreted|produced|expressed|shed) (?:by|from|in|into)\b|"
    r"^\W*(?:have|has|are|is|can|may|play|could)\b",
)

_GENE_LEFT = re.compile(
    r"\b(?:plasmids?|genes?|cdna|vectors?|encod\w+|coding|adenovir\w+|pl)[\s(-]+(?:(?:for|with|of|the|human|a)[\s-]+){0,2}$"
)
_GENE_RIGHT = re.compile(r"^[\w\s()-]{0,6}?[\s()-]+(?:\w{1,12}\W+)?(?:plasmids?|genes?|cdna|dna|vectors?)\b")
"""A growth factor whose gene is given, or looked at: the factor itself is not."""
_BODY_RIGHT = re.compile(
    r"^(?:[\s-]*[(]\w+[)])?[\s-]*(?:regenerat\w+|migrat\w+|proliferat\w+|activation|apoptosis|anergy|functions?\b|"
    r"responses?\b|responsiveness|infiltrat(?:es?|ion)|immunophenotyp\w*|phenotyp\w*|subsets?|counts?|mobili[sz]\w+|"
    r"capture|expression|release|cytotoxicity|recovery|reconstitution|levels?|numbers?|destruction|damage|loss|"
    r"biology|gene expression|populations?|roles?\b|cultures? (?:to|from|model)|lines?\b)"
)
"""Right after cells: what they do in the body, or how many there are; they are not given."""
_ACTED_ON = re.compile(
    r"\b(?:inhibit|suppress|block|stimulat|activat|attract|recruit)(?:e?s?|ing|ion of|ment of)"
    r"(?:[^\w.;:,]+(?!(?:with|by|using|plus)\b)\w+){0,2}[^\w.;:,]*$"
)
_ACTED_STEMS = ("inhibit", "suppress", "block", "stimulat", "activat", "attract", "recruit")
"""Just before cells: what something else does to those of the body. Not "activated T cells", a product."""
_ACTIVITY = re.compile(
    r"^(?:[\s,/]+(?:and|or|&)?\s*\w*(?:cytes?|blasts?|clasts?|phages?|cells?)){0,2}\s+"
    r"(?:activit(?:y|ies)|proliferation|migration)\b"
)
"""Right after cells, or after more of them in a list: what they do in the body."""
_IMMUNE = re.compile(r"\bT[- ]?cell|lymphocyte|\bTILs?\b|adoptive", re.IGNORECASE)
"""Cells that are given after something else, not for what comes after them."""
_DRUG_FORM = re.compile(
    r"ermin\b|\brh[A-Z]|^rh-?\w|recombinant|\bmimic|inhibitor|antagomir|^[a-z]{2,5}-?\d{3,}$|regranex|juvista|vaccin|sen\b",
    re.IGNORECASE,
)
"""Forms that only a medicine has: INN stems -ermin and -rsen, recombinant, mimic, code names."""
_AS_MEDICINE = re.compile(
    r"^[\s-]*(?:[\w-]+\s+){0,2}(?:mimics?|inhibitors?|injections?|therapy|loaded|encoding)\b"
)
_IN_GLASS = re.compile(r"\b(?:ex vivo|in vitro|in the lab(?:oratory)?)\b")

_BREAK = re.compile(r"[.!?;](?=\s)|\n\s*\n|\n\s*(?=[-*•\d])|\x1f")
_NO_BREAK = re.compile(r"(?:\b(?:e\.g|i\.e|vs|approx|no|dr|etc)|\b[a-z])\.$", re.IGNORECASE)
_REACH = 90
_NEAR_REACH = 48


_PRIOR_STEMS = (
    "prior",
    "previous",
    "history",
    "past",
    "earlier",
    "former",
    "already",
    "had ",
    "have ",
    "last ",
    "wash",
    "fail",
)
_NEGATED_STEMS = ("no", "without", "absence", "free", "lack", "devoid", "never", "neither")
_NEGATED_AFTER = ("free", "deplet", "depriv", "deficien", "naive", " not ")
_PRODUCT_STEMS = (
    "deriv", "secret", "releas", "generat", "produc", "origin", "condition", "extract", "lysat", "supernat",
)  # fmt: skip
_GROWN_STEMS = ("expand", "cultur", "grown", "cultivat", "supplement", "propagat", "maintain")
_ASSAYED_STEMS = ("measur", "predict", "marker", "fluid", "circul", "urine", "milk")
"""Parts of words without which the pattern of that name cannot match: looked for first, because that is quicker."""


def has_any(text: str, stems: tuple[str, ...]) -> bool:
    """True where one of `stems` stands in `text`."""
    for stem in stems:  # noqa: SIM110 - a plain loop, this runs for every mention
        if stem in text:
            return True
    return False


class Words(NamedTuple):
    """A mention with the rest of its sentence on both sides, in small letters; near: the last few words before it.

    quote: the mention as written.
    """

    left: str
    near: str
    quote: str
    right: str


def words_around(text: str, start: int, end: int) -> Words:
    """`text[start:end]` with the rest of its sentence, see `windows`."""
    left, right = windows(text, start, end)
    left, right = left.lower(), right.lower()
    near = left
    if len(left) > _NEAR_REACH:
        near = left[-_NEAR_REACH:]
        near = near[near.find(" ") + 1 :]
    return Words(left, near, text[start:end], right)


def windows(text: str, start: int, end: int) -> tuple[str, str]:
    """The rest of the sentence before and after `text[start:end]`, at most 90 characters each way."""
    left = text[max(0, start - _REACH) : start]
    cut = 0
    for found in _BREAK.finditer(left):
        if not _NO_BREAK.search(left, max(0, found.start() - 7), found.start() + 1):
            cut = found.end()
    right = text[end : end + _REACH]
    stop = len(right)
    for found in _BREAK.finditer(right):
        if not _NO_BREAK.search(right, max(0, found.start() - 7), found.start() + 1):
            stop = found.start()
            break
    return left[cut:], right[:stop]


def read_mention(text: str, start: int, end: int, agent_class: str) -> Reading:
    """What the sentence of `text` around `[start:end]` says of an agent of this class.

    Reads: "serum exosomes were isolated" as measured, "no prior PRP" as prior, "MSC-derived exosomes" (of the MSC)
    as source. Must not read: "no significant difference between exosomes and placebo" as excluded.
    """
    return read_words(words_around(text, start, end), agent_class)


def read_words(words: Words, agent_class: str) -> Reading:
    """The same for words already cut out of their sentence."""
    found = negated(words) or _made_from(words, agent_class)
    if found is None and agent_class == "ev":
        found = _carrier(words)
    if found is None:
        found = _analyte(words, agent_class) if agent_class in ANALYTES else _cells(words, agent_class)
    return found or _NOTHING


@lru_cache(maxsize=4096)
def is_drug_form(quote: str) -> bool:
    """True for a form that only a medicine has: becaplermin, rhEGF, miR-29b mimic, RN1001."""
    return _DRUG_FORM.search(quote) is not None


def in_glass(words: Words) -> bool:
    """True where the sentence says, before the mention or right after it, that it happens ex vivo or in vitro."""
    return _IN_GLASS.search(words.left) is not None or _IN_GLASS.search(words.right[:30]) is not None


def prior(words: Words) -> Reading | None:
    """Earlier treatment ("history of receiving exosome therapy"); None where the sentence does not say so."""
    found = _PRIOR.search(words.left) if has_any(words.left, _PRIOR_STEMS) else None
    return Reading("prior", True, tidy(found[0])) if found else None


def negated(words: Words) -> Reading | None:
    """A stated absence ("exosome-free", "without PRP"); None where the sentence states none."""
    found = _NEGATED_LEFT.search(words.near) if has_any(words.near, _NEGATED_STEMS) else None
    if found and not _NOT_NEGATING.search(words.near, max(0, found.start() - 12)):
        return Reading("excluded", True, tidy(found[0]))
    found = _NEGATED_RIGHT.search(words.right) if has_any(words.right, _NEGATED_AFTER) else None
    return Reading("excluded", True, tidy(found[0])) if found else None


def _made_from(words: Words, agent_class: str) -> Reading | None:
    if agent_class in PRODUCTS:
        return None
    found = (
        (_PRODUCT_OF.search(words.right) if has_any(words.right, _PRODUCT_STEMS) else None)
        or _MADE_FROM.search(words.left)
        or (_GROWN_IN.search(words.left) if has_any(words.left, _GROWN_STEMS) else None)
    )
    return Reading("source", True, tidy(found[0])) if found else None


def _carrier(words: Words) -> Reading | None:
    found = _LOADED.search(words.right) or _LOADED_LEFT.search(words.left)
    return Reading("carrier", True, tidy(found[0])) if found else None


def _analyte(words: Words, agent_class: str) -> Reading | None:
    left, near, quote, right = words
    if agent_class == "growth_factor" and (
        aim := _TARGET_LEFT.search(near)
        or _TARGET_RIGHT.search(right)
        or _GENE_LEFT.search(near)
        or _GENE_RIGHT.search(right)
    ):
        return Reading("background", True, tidy(aim[0]))
    if is_drug_form(quote):
        return _cells(words, agent_class)
    given = _GIVEN_LEFT.search(left) or _GIVEN_RIGHT.search(right)
    measured = _MEASURED_ON.search(left) or _MEASURED_LEFT.search(left) or _MEASURED_RIGHT.search(right)
    mechanism = _MECHANISM_LEFT.search(left) or _MECHANISM_RIGHT.search(right)
    if agent_class in NUCLEIC:
        found = _AS_MEDICINE.search(right)
        given = given if found and not _IN_GLASS.search(left) else None
        measured = None if given else measured
    if measured:
        return Reading("measured", not given, tidy(measured[0]))
    if mechanism and not given and (listed := _LISTED_MARKERS.search(left)):
        return Reading("measured", False, tidy(listed[0]))
    if mechanism and not given:
        return Reading("background", False, tidy(mechanism[0]))
    sample = _SAMPLE_LEFT.search(near) or _ROLE_OF.search(near)
    if given:
        return Reading("given", not mechanism and not sample, tidy(given[0]))
    return Reading("measured", False, tidy(sample[0])) if sample else None


def _cells(words: Words, agent_class: str) -> Reading | None:
    left, near, _, right = words
    if has_any(right, _ASSAYED_STEMS) and (assayed := _ASSAYED.search(right)):
        return Reading("measured", True, tidy(assayed[0]))
    if agent_class == "other_cell":
        if has_any(near, _ACTED_STEMS) and (acted := _ACTED_ON.search(near)):
            return Reading("background", True, tidy(acted[0]))
        if body := _BODY_RIGHT.search(right) or _ACTIVITY.search(right) or _ROLE_OF.search(near):
            return Reading("measured", True, tidy(body[0]))
        if (after := _AFTER_TRANSPLANT.search(near)) and not _IMMUNE.search(words.quote):
            return Reading("background", False, tidy(after[0]))
    given = _GIVEN_LEFT.search(left) or _GIVEN_RIGHT.search(right)
    if given:
        return Reading("given", True, tidy(given[0]))
    measured = _MEASURED_LEFT.search(left) or _MEASURED_RIGHT.search(right)
    if measured:
        return Reading("measured", False, tidy(measured[0]))
    mechanism = _MECHANISM_LEFT.search(left) or _MECHANISM_RIGHT.search(right)
    return Reading("background", False, tidy(mechanism[0])) if mechanism else None


def tidy(cue: str) -> str:
    """The deciding words for people: one line, at most 60 characters."""
    words = " ".join(cue.split()).strip(" ,.;:()[]-")
    return words if len(words) <= 60 else words[:57].rstrip() + "..."
