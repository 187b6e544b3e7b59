"""Calls and tags as a reader checks them: each answer with its reason, each tag with the words around its quote."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from skinproof.model.record import StudyRecord
from skinproof.model.tags import ROLES, Call, Tag
from skinproof.studies.documents import StudyText, study_text
from skinproof.views.words import AGENT_CLASS_LABELS, EV_ROLE_WORDS, ROLE_WORDS
from skinproof.vocabulary.term import Vocabulary

CALL_LABELS = {
    "agent_class": "Agent",
    "ev_role": "Role of vesicles",
    "cutaneous": "About skin, hair or nails",
    "aesthetic": "About appearance",
}

PROPERTIES = ("agent", "indication", "cutaneous", "aesthetic", "procedure", "process")
"""Order in which tags are shown."""

AROUND = 70
"""Characters shown on each side of a quote."""

_PART = re.compile(r"(\w+?)(?:\[(\d+)\])?$")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


class CallRow(msgspec.Struct, frozen=True, kw_only=True):
    """One decided answer in words, with the reason and the rule that gave it."""

    name: str
    label: str
    value: str
    words: str
    reason: str
    rule: str


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """One place: `before + quote + after` stands so in the field; `where` names the field in words."""

    where: str
    field: str
    start: int
    end: int
    before: str
    quote: str
    after: str
    reason: str
    rule: str


class TagGroup(msgspec.Struct, frozen=True, kw_only=True):
    """All mentions that say the same: one term in one role."""

    property: str
    term: str
    label: str
    role: str | None
    role_words: str | None
    mentions: tuple[Mention, ...]


def call_rows(calls: Mapping[str, Call]) -> tuple[CallRow, ...]:
    """The calls in a fixed order."""
    return tuple(
        CallRow(
            name=name,
            label=label,
            value=calls[name].value,
            words=_call_words(name, calls[name].value),
            reason=calls[name].reason,
            rule=calls[name].rule,
        )
        for name, label in CALL_LABELS.items()
        if name in calls
    )


def _call_words(name: str, value: str) -> str:
    words = {"agent_class": AGENT_CLASS_LABELS, "ev_role": EV_ROLE_WORDS}.get(name, {})
    return words.get(value, value)


def group_tags(tags: Iterable[Tag], record: StudyRecord, vocabulary: Vocabulary) -> tuple[TagGroup, ...]:
    """Tags of a study, grouped as by `group_mentions`."""
    return group_mentions(tags, study_text(record), vocabulary)


def group_mentions(tags: Iterable[Tag], text: StudyText, vocabulary: Vocabulary) -> tuple[TagGroup, ...]:
    """Tags grouped by what they say: agents first, strongest role first; mentions in the order of the text."""
    texts = {field.path: field.text for field in text.fields}
    groups: dict[tuple[str, str, str | None], list[Mention]] = {}
    for tag in tags:
        groups.setdefault((tag.property, tag.term, tag.role), []).append(_mention(tag, texts.get(tag.field)))
    return tuple(
        TagGroup(
            property=name,
            term=term,
            label=_label(name, term, vocabulary),
            role=role,
            role_words=ROLE_WORDS.get(role, role) if role else None,
            mentions=tuple(groups[name, term, role]),
        )
        for name, term, role in sorted(groups, key=_order)
    )


def _order(key: tuple[str, str, str | None]) -> tuple[int, int, str]:
    name, term, role = key
    strength = ROLES.index(role) if role in ROLES else -1
    return (PROPERTIES.index(name) if name in PROPERTIES else len(PROPERTIES), strength, term)


def _label(name: str, term: str, vocabulary: Vocabulary) -> str:
    return CALL_LABELS[name] if name in CALL_LABELS else vocabulary.label(term)


def _mention(tag: Tag, text: str | None) -> Mention:
    before = after = ""
    if text is not None and text[tag.start : tag.end] == tag.quote:
        before = _from_word(text[max(0, tag.start - AROUND) : tag.start], tag.start > AROUND)
        after = _to_word(text[tag.end : tag.end + AROUND], len(text) > tag.end + AROUND)
    return Mention(
        where=field_words(tag.field),
        field=tag.field,
        start=tag.start,
        end=tag.end,
        before=before,
        quote=tag.quote,
        after=after,
        reason=tag.reason,
        rule=tag.rule,
    )


def _from_word(text: str, cut: bool) -> str:
    """The text without the part of a word it begins with, where it was cut there."""
    return text[text.find(" ") + 1 :] if cut and " " in text else text


def _to_word(text: str, cut: bool) -> str:
    return text[: text.rfind(" ")] if cut and " " in text else text


def field_words(path: str) -> str:
    """A JSON path as a reader says it.

    >>> field_words("protocolSection.armsInterventionsModule.interventions[0].name")
    'intervention 1, name'
    >>> field_words("protocolSection.identificationModule.briefTitle")
    'brief title'
    """
    words = []
    for part in path.split("."):
        if part.endswith(("Section", "Module", "Info")):
            continue
        found = _PART.fullmatch(part)
        name, index = (found[1], found[2]) if found else (part, None)
        name = _CAMEL.sub(" ", name).lower()
        words.append(f"{name.removesuffix('s')} {int(index) + 1}" if index is not None else name)
    return ", ".join(words)
