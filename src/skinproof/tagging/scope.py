"""What a study is about: its indications, whether that is skin, whether it is appearance.

Conditions and titles say what a study is about; keywords, the summary and the outcomes speak only where those are
silent or general. What stands in eligibility criteria, long descriptions and references is off-topic.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from skinproof.model.tags import Call
from skinproof.studies.documents import FieldText, StudyText
from skinproof.tagging.context import windows

RULE = "indication.scope/2"
CUTANEOUS_RULE = "cutaneous/3"
AESTHETIC_RULE = "aesthetic/3"

_SAYS = {
    "condition": 5.0,
    "title": 4.0,
    "keyword": 2.0,
    "summary": 1.6,
    "intervention": 1.2,
    "arm": 1.1,
    "outcome": 1.0,
}
"""How surely a field says what the study is about; fields not listed say nothing."""

_GENERAL = frozenset(
    f"indication:{name}"
    for name in ("wound", "surgical_wound", "wound_infection", "acute_wound", "scar", "surgical_scar", "chronic_wound",
                 "hypertrophic_scar", "atrophic_scar", "burn", "skin_ulcer", "infection", "ageing")
)  # fmt: skip
"""Terms for skin that are also said of other tissue: a word for another site outweighs them."""

_MEMBRANE = frozenset(
    {"indication:severe_drug_reaction", "indication:bullous_autoimmune", "indication:lichen_planus"}
)
"""Diseases of skin and mucous membranes: a study of them in the eye or mouth alone is not on skin."""
_EYE_OR_MOUTH = re.compile(
    r"\b(?:conjunctiv\w+|ocular|eyes?|corneal?|kerato\w*conj\w+|limbal|limbus|oral|mouth|mucosal lesions?)\b",
    re.IGNORECASE,
)

_OTHER_SITE = re.compile(
    r"\b(?:corneal?|ocular|eye|conjunctiv\w+|retina\w*|macula\w*|trabeculectom\w+|"
    r"glaucoma\w*|subconjunctival|nasal|endonasal|sinus|septum|tympan\w+|ear drum|oral|"
    r"mucos\w+|gingiv\w+|periodont\w+|palat\w+|dental|tooth|teeth|extraction socket|alveolar|mandib\w+|maxill\w+|"
    r"bones?(?! marrow)|osteo\w+|fractures?|spinal|spine|back (?:surgery|pain)|lumbar|laminectom\w+|dis[ck]ectom\w+|"
    r"cord injury|tendon|ligament|cartilage|meniscus|knee|uter\w+|endometri\w+|"
    r"isthmocele|vagin\w+|perine\w+|episiotom\w+|cervical|vocal|laryn\w+|trache\w+|urethr\w+|bladder|anal|an[ao]stomo\w+|"
    r"fistula\w*|h(?:a)?emorrhoid\w*|pilonidal|gastr\w+|esophag\w+|oesophag\w+|intestin\w+|colon|bowel|liver|kidney|"
    r"myocard\w+|heart|cardiac|sternal|sternotomy|lung|pulmonary|brain|tonsil\w*|tympanic|nerve|inhalation)\b",
    re.IGNORECASE,
)
_SKIN_WORD = re.compile(
    r"\b(?:skin|cutaneous\w*|derm(?:al|is|ato\w*)|intraderm\w*|epiderm\w+|scalp|facial|face|hair\w*|leg|foot|feet|"
    r"donor site|diabetic)\b",
    re.IGNORECASE,
)
_SKIN_TOO = re.compile(
    r"\b(?:skin|cutaneous\w*|derm(?:al|is|ato\w*)|epiderm\w+|scalp|hair|facial|face|ulcer\w*|gangrene|tissue loss|"
    r"diabetic foot|fillers?|a?esthetics?)\b",
    re.IGNORECASE,
)
_WOUND_TOO = re.compile(rf"{_SKIN_TOO.pattern}|\bwounds?\b", re.IGNORECASE)
"""What a term that is skin only in some studies needs beside it; a wound counts for limb ischaemia, not for itself."""


_LOOKS_WORD = re.compile(
    r"\b(?:a?esthetic\w*|cosme\w+|rejuvenat\w+|beaut\w+|appearance|wrinkl\w*|anti-?ag(?:e)?ing)\b",
    re.IGNORECASE,
)


class Topic(NamedTuple):
    """One indication found: `field` is its place in `StudyText.fields`; `says` how surely it is what the study is on."""

    start: int
    end: int
    term: str
    field: int
    says: float


class Flags(NamedTuple):
    """Of an indication term: `cutaneous` and `aesthetic` (`yes` | `no` | `context`) and all ids above it."""

    cutaneous: str
    aesthetic: str
    above: frozenset[str]


class Scope(NamedTuple):
    """`about`: most specific ids, sorted; `on_topic`: these and the more general ones named as well;
    `shown`: per answer (`cutaneous`, `aesthetic`) the topics that gave a yes.
    """

    about: tuple[str, ...]
    on_topic: frozenset[str]
    cutaneous: Call
    aesthetic: Call
    shown: Mapping[str, tuple[Topic, ...]]


def read_topics(text: StudyText, found: Iterable[tuple[int, int, str]]) -> tuple[Topic, ...]:
    """The indication mentions of `found` (start, end, term id) with their fields."""
    topics = []
    for start, end, term in found:
        place = text.field_at(start)
        topics.append(Topic(start, end, term, place, _SAYS.get(text.fields[place].kind, 0.0)))
    return tuple(topics)


def decide_scope(text: StudyText, topics: Sequence[Topic], flags: Mapping[str, Flags]) -> Scope:
    """What the study is about, with the calls on skin and appearance."""
    about = _about(topics, any(field.kind == "condition" for field in text.fields))
    head = _head(text.fields)
    told = _told(about, text)
    yes = tuple(t for t in about if flags[t.term].cutaneous == "yes" and not _elsewhere(t, head, told))
    maybe = tuple(t for t in about if flags[t.term].cutaneous == "context")
    if not yes and maybe and not _OTHER_SITE.search(head):
        beside = _beside(text.fields)
        yes = tuple(t for t in maybe if (_SKIN_TOO if t.term in _GENERAL else _WOUND_TOO).search(beside))
    cutaneous = _call(yes, text, "cutaneous", CUTANEOUS_RULE, about)
    looks: tuple[Topic, ...] = ()
    if yes:
        looks = tuple(t for t in yes if flags[t.term].aesthetic == "yes")
        if not looks and _LOOKS_WORD.search(head):
            looks = tuple(t for t in about if flags[t.term].aesthetic == "context")
    aesthetic = _call(looks, text, "aesthetic", AESTHETIC_RULE, about)
    terms = {t.term for t in about}
    above = {parent for term in terms for parent in flags[term].above}
    return Scope(
        tuple(sorted(terms - above)),
        frozenset(terms | above),
        cutaneous,
        aesthetic,
        {"cutaneous": yes, "aesthetic": looks},
    )


def _about(topics: Sequence[Topic], has_conditions: bool) -> tuple[Topic, ...]:
    """Topics of conditions and titles; else of keywords; else, where no condition is registered, of the summary.

    A keyword counts beside conditions and titles only for a term that the summary or an outcome names too, and
    alone only if it is no general word (wound, scar).
    """
    first = tuple(t for t in topics if t.says >= 4)
    if first:
        told = {t.term for t in topics if 0.9 <= t.says < 2}
        return first + tuple(t for t in topics if t.says == 2 and t.term in told)
    keywords = tuple(t for t in topics if t.says == 2 and t.term not in _GENERAL)
    if keywords or has_conditions:
        return keywords
    return tuple(t for t in topics if t.says >= 1.6)


def _head(fields: Sequence[FieldText]) -> str:
    """Titles and conditions, the text that decides between sites."""
    return " ; ".join(field.text for field in fields if field.kind in ("title", "condition"))


def _beside(fields: Sequence[FieldText]) -> str:
    """Titles, conditions and keywords."""
    return " ; ".join(field.text for field in fields if field.kind in ("title", "condition", "keyword"))


def _told(about: Sequence[Topic], text: StudyText) -> str:
    """The words around the general terms that a summary alone names: they say of what tissue, where titles do not."""
    spans = [t for t in about if text.fields[t.field].kind == "summary" and t.term in _GENERAL]
    return " ; ".join(" ".join(windows(text.text, t.start, t.end)) for t in spans)


def _elsewhere(topic: Topic, head: str, told: str) -> bool:
    """True for a general term (wound, scar) in a study whose titles and conditions name another tissue and no skin, as for
    one that only a summary names, with another tissue beside it and no skin; and for a disease of skin and membranes
    where titles and conditions name the eye or the mouth and no skin.
    """
    if topic.term in _MEMBRANE:
        return _EYE_OR_MOUTH.search(head) is not None and _SKIN_WORD.search(head) is None
    if topic.term not in _GENERAL:
        return False
    words = f"{head} ; {told}" if topic.says == _SAYS["summary"] else head
    return _OTHER_SITE.search(words) is not None and _SKIN_WORD.search(words) is None


def _call(yes: Sequence[Topic], text: StudyText, name: str, rule: str, about: Sequence[Topic]) -> Call:
    if yes:
        best = max(yes, key=lambda t: (t.says, -t.start))
        kind = text.fields[best.field].kind
        return Call("yes", f"{_FROM[kind]} “{_quote(text, best)}”", rule)
    if about:
        what = "appearance" if name == "aesthetic" else "skin, hair or nails"
        best = max(about, key=lambda t: (t.says, -t.start))
        return Call("no", f"nothing of {what}: about “{_quote(text, best)}”", rule)
    return Call("no", "no known condition in titles, conditions, keywords or summary", rule)


_FROM = {
    "condition": "condition", "title": "title says", "keyword": "keyword", "summary": "summary says",
    "intervention": "intervention says", "arm": "arm says", "outcome": "outcome says",
}  # fmt: skip


def _quote(text: StudyText, topic: Topic) -> str:
    return " ".join(text.text[topic.start : topic.end].split())
