"""One study in, all its tags out: the one pass over the text, then the rules of agents, scope and suggestions.

Pure and deterministic: the same record, text and vocabulary give the same answer on every machine.
"""

import hashlib
from collections.abc import Iterator

from skinproof.model.record import StudyRecord
from skinproof.model.tags import Call, StudyTags, Tag
from skinproof.studies import documents
from skinproof.studies.documents import StudyText
from skinproof.tagging import agents, calls, context, matcher, scope, suggestions
from skinproof.tagging.agents import Design, Mention, read_design, read_mentions
from skinproof.tagging.calls import call_class, decide_roles
from skinproof.tagging.matcher import Form, Match, Matcher
from skinproof.tagging.scope import Flags, Scope, Topic, decide_scope, read_topics
from skinproof.tagging.suggestions import suggest
from skinproof.vocabulary.term import Vocabulary

RULES: dict[str, str] = {
    rule.partition("/")[0]: rule
    for rule in (
        documents.RULE, matcher.RULE, context.RULE, agents.RULE, calls.CLASS_RULE, calls.EV_RULE,
        scope.RULE, scope.CUTANEOUS_RULE, scope.AESTHETIC_RULE, suggestions.RULE,
    )
}  # fmt: skip
"""Rule name -> rule with its version. A changed rule bumps its number, and every study is tagged anew."""

_IN_ARMS = ("given", "carrier", "comparator")
_KINDS = ("agent", "indication", "procedure", "process")
_NO_AGENT = (
    Call("other", "no agent of the vocabulary is named", calls.CLASS_RULE),
    Call("none", "no vesicle is named", calls.EV_RULE),
)
_SHOWN = 3
"""Quotes kept of one term in one role; one is enough for what is only mentioned."""
_SHOWN_ALWAYS = frozenset({"title", "condition", "keyword", "summary"})


def kernel_version(vocabulary: Vocabulary) -> str:
    """Fingerprint of rules and vocabulary: what was tagged under it need not be tagged again."""
    whole = "\n".join((*sorted(RULES.values()), vocabulary.version))
    return hashlib.sha256(whole.encode()).hexdigest()


class Tagger:
    """Tags studies with one vocabulary; make it once, it builds the automaton.

    version: fingerprint of rules and vocabulary; text with the same fingerprint needs no second reading.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        terms = vocabulary.terms
        self._kind = {term.id: term.kind for term in terms.values()}
        self._class = {t.id: t.agent_class or "other" for t in terms.values() if t.kind == "agent"}
        self._flags = {
            t.id: Flags(t.cutaneous or "no", t.aesthetic or "no", frozenset(vocabulary.ancestors(t.id)))
            for t in terms.values()
            if t.kind == "indication"
        }
        self.matcher = Matcher(vocabulary_forms(vocabulary), suggestions.PROBES)
        self.version = kernel_version(vocabulary)

    def tag(self, record: StudyRecord, text: StudyText) -> StudyTags:
        """Everything tagging says of `record`, whose `text` is `study_text(record)`."""
        by_kind: dict[str, list[Match]] = {kind: [] for kind in _KINDS}
        matches, starts = self.matcher.scan(text.text)
        for match in matches:
            by_kind[self._kind[match.owner]].append(match)
        mentions: tuple[Mention, ...] = ()
        agent, vesicle = _NO_AGENT
        roles: tuple[tuple[str, str], ...] = ()
        if by_kind["agent"]:
            design: Design = read_design(record)
            classes = self._class
            mentions = read_mentions(
                text, design, [(m.start, m.end, m.owner, classes[m.owner]) for m in by_kind["agent"]]
            )
            agent, vesicle = call_class(mentions, design)
            roles = decide_roles(mentions, agent, vesicle, design, text)
        topics = read_topics(text, [(m.start, m.end, m.owner) for m in by_kind["indication"]])
        found = decide_scope(text, topics, self._flags)
        tags = [
            *_agent_tags(text, mentions, dict(roles)),
            *_scope_tags(text, topics, found),
            *_other_tags(text, by_kind["procedure"], "procedure"),
            *_other_tags(text, by_kind["process"], "process"),
        ]
        return StudyTags(
            agent_class=agent,
            ev_role=vesicle,
            cutaneous=found.cutaneous,
            aesthetic=found.aesthetic,
            agents=roles,
            indications=found.about,
            tags=_shown(tags),
            suggestions=suggest(text, starts),
        )


def _shown(tags: list[Tag]) -> tuple[Tag, ...]:
    """The first few mentions of each term in each role: enough to check the answer, in the order they are read.

    Every mention weighs in the calls; only the quotes kept beside them are few, because nobody reads the twentieth
    "mesenchymal stem cells", and an edition of long records would hold little else.
    """
    seen: dict[tuple[str, str, str | None], int] = {}
    kept = []
    for tag in tags:
        key = (tag.property, tag.term, tag.role)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= (1 if tag.role == "background" else _SHOWN):
            kept.append(tag)
    return tuple(kept)


def vocabulary_forms(vocabulary: Vocabulary) -> tuple[Form, ...]:
    """The forms tagging looks for: agents, indications, procedures, processes, and the phrases that hide them."""
    wanted = {term.id for term in vocabulary.terms.values() if term.kind in _KINDS}
    forms = [
        Form(surface.text, surface.term_id, surface.case_sensitive, surface.needs)
        for surface in vocabulary.surfaces()
        if surface.term_id in wanted
    ]
    hiding = [Form(phrase, None) for key in wanted for phrase in vocabulary.terms[key].unless]
    return (*forms, *sorted(hiding))


def _tag(text: StudyText, start: int, end: int, place: int, **said: str | None) -> Tag:
    field = text.fields[place]
    at = start - text.starts[place]
    return Tag(
        property=said["property"] or "",
        term=said["term"] or "",
        role=said.get("role"),
        field=field.path,
        start=at,
        end=at + end - start,
        quote=text.text[start:end],
        rule=said["rule"] or "",
        reason=said["reason"] or "",
    )


def _agent_tags(text: StudyText, mentions: tuple[Mention, ...], roles: dict[str, str]) -> Iterator[Tag]:
    """Every mention with its role; one that reads as given where the study as a whole does not give it is told
    as mentioned: "MSCs have been safely administered" is what others did.
    """
    for m in mentions:
        role, reason = m.role, m.reason
        if role in _IN_ARMS and roles.get(m.term) not in _IN_ARMS:
            role, reason = "background", f"{reason}; but title, arms and interventions do not give it"
        yield _tag(
            text, m.start, m.end, m.field,
            property="agent", term=m.term, role=role, rule=agents.RULE, reason=reason,
        )  # fmt: skip


def _scope_tags(text: StudyText, topics: tuple[Topic, ...], found: Scope) -> Iterator[Tag]:
    """Every mention in fields that say what the study is about; elsewhere the first of each term in each kind."""
    seen: set[tuple[str, str]] = set()
    for topic in topics:
        kind = text.fields[topic.field].kind
        if kind not in _SHOWN_ALWAYS:
            if (topic.term, kind) in seen:
                continue
            seen.add((topic.term, kind))
        on_topic = topic.term in found.on_topic and topic.says > 0
        yield _tag(
            text, topic.start, topic.end, topic.field,
            property="indication", term=topic.term, role=None if on_topic else "background", rule=scope.RULE,
            reason=f"in the {kind}" if on_topic else f"named in the {kind}, not what the study is about",
        )  # fmt: skip
    for name, call in (("cutaneous", found.cutaneous), ("aesthetic", found.aesthetic)):
        for topic in found.shown[name]:
            yield _tag(
                text, topic.start, topic.end, topic.field,
                property=name, term="yes", rule=call.rule, reason=call.reason,
            )  # fmt: skip


def _other_tags(text: StudyText, matches: list[Match], kind: str) -> Iterator[Tag]:
    """Procedures and processes: the first mention of each term in each kind of field."""
    seen: set[tuple[str, str]] = set()
    for match in matches:
        place = text.field_at(match.start)
        where = text.fields[place].kind
        if (match.owner, where) in seen:
            continue
        seen.add((match.owner, where))
        yield _tag(
            text, match.start, match.end, place,
            property=kind, term=match.owner, rule=matcher.RULE, reason=f"named in the {where}",
        )  # fmt: skip
