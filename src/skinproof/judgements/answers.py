"""Answers about a study as they hold: what the rules read, with what people said of it laid over.

A judgement names the answer it was made of by a fingerprint. Where the rules say something else now it is stale; where people
differ it is disputed: then the answer of the rules holds, marked. Nothing the rules said is lost: every judged answer keeps it.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from skinproof.judgements.amounts import readings
from skinproof.judgements.fold import Held
from skinproof.model.findings import STATES, Finding, Preparation
from skinproof.model.journal import JournalLine
from skinproof.model.links import fingerprint
from skinproof.model.tags import EV_ROLES, ROLES, Call, Tag
from skinproof.vocabulary.term import Vocabulary

KINDS = ("call", "tag", "finding")
"""Kinds in the journal. Subjects: `ID|cutaneous`, `ID|agent:exosome`, `ID|1|dose` (product 1)."""
CALLS = ("agent_class", "ev_role", "cutaneous", "aesthetic")
PERSON = "person"
"""Rule of an answer that a person gave."""
NOT_NAMED, ABOUT, NAMED, BACKGROUND = "none", "about", "named", "background"
"""Answers to a tag, beside the roles of agents: not in the study; what it is about; named (procedures, processes)."""

_EV_WORD = {word: role for role, word in EV_ROLES.items()}
_PARTS = ("given", "carrier", "measured", "comparator")


class StudyAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """What one version of a study is said to be; fields as in `StudySummary`, tags, calls and preparations as an edition has them."""

    agent_class: str
    ev_role: str
    agents: tuple[str, ...]
    agent_classes_given: tuple[str, ...]
    indications: tuple[str, ...]
    cutaneous: str
    aesthetic: str
    tags: tuple[Tag, ...] = ()
    calls: Mapping[str, Call] = {}
    preparations: tuple[Preparation, ...] = ()


class Subject(msgspec.Struct, frozen=True):
    """What is judged. name: a call, a vocabulary id or a fact; product: number of the preparation of a fact."""

    record_id: str
    kind: str
    name: str
    product: int | None = None

    @property
    def text(self) -> str:
        """As the journal has it."""
        middle = "" if self.product is None else f"{self.product}|"
        return f"{self.record_id}|{middle}{self.name}"


class Seen(msgspec.Struct, frozen=True):
    """The answer of the rules: in a word, the rule, and the fingerprint over all it rests on."""

    value: str
    rule: str
    fingerprint: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A judged answer. machine: what the rules say; value: what holds; line: of the journal, the newest that stands.

    said_by: every person with a standing line, `name: verdict`; holds: neither stale nor disputed
    """

    record_id: str
    kind: str
    name: str
    product: int | None
    subject: str
    machine: str
    rule: str
    value: str
    verdict: str
    who: str
    at: str
    said: str
    line: int
    stale: bool
    disputed: bool
    said_by: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the word of a person counts."""
        return not (self.stale or self.disputed)


def read_subject(kind: str, text: str) -> Subject | None:
    """The subject of a line of the journal; None where it is none of a study's answers."""
    if kind in ("call", "tag"):
        record_id, mark, name = text.rpartition("|")
        return Subject(record_id, kind, name) if mark and record_id and name else None
    if kind == "finding":
        parts = text.rsplit("|", 2)
        if len(parts) == 3 and all(parts) and parts[1].isdecimal():
            return Subject(parts[0], kind, parts[2], int(parts[1]))
    return None


def by_study(judgements: Mapping[tuple[str, str], Held]) -> dict[str, tuple[tuple[Subject, Held], ...]]:
    """What people say of studies' answers, by record id; calls first, then tags, then findings."""
    found: dict[str, list[tuple[Subject, Held]]] = {}
    for (kind, text), held in judgements.items():
        subject = read_subject(kind, text)
        if subject is not None:
            found.setdefault(subject.record_id, []).append((subject, held))
    return {
        record_id: tuple(sorted(said, key=lambda pair: (KINDS.index(pair[0].kind), pair[0].text)))
        for record_id, said in found.items()
    }


def seen(subject: Subject, study: StudyAnswers) -> Seen | None:
    """What the rules say of a subject; None for a product or fact that was not read."""
    if subject.kind == "call":
        call = study.calls.get(subject.name)
        return None if call is None else _seen(call.value, call.rule, [(call.value, call.rule, call.reason)])
    if subject.kind == "tag":
        value = _tag_value(subject.name, study)
        own = [tag for tag in study.tags if tag.term == subject.name]
        rules = sorted({tag.rule for tag in own})
        parts = sorted({(tag.rule, tag.role or "", tag.quote) for tag in own})
        return _seen(value, " ".join(rules), [(value, "", ""), *parts])
    finding = _finding(subject, study)
    if finding is None:
        return None
    parts = [(r.value, r.rule, "\n".join(span.quote for span in r.spans)) for r in finding.readings]
    return _seen(finding_value(finding), finding.rule, [(finding.state, finding.rule, ""), *parts])


def finding_value(finding: Finding) -> str:
    """The values of a finding in one text, or its state where it has none."""
    values = "; ".join(dict.fromkeys(reading.value for reading in finding.readings))
    if finding.state == "unclear":
        return f"unclear: {values}" if values else "unclear"
    return values or finding.state


def rejected_value(subject: Subject, machine: str) -> str | None:
    """What holds when the machine's answer is rejected and no other is named; None where that would say nothing."""
    if subject.kind == "call":
        if subject.name in ("cutaneous", "aesthetic"):
            return "no" if machine == "yes" else "yes"
        other = "other" if subject.name == "agent_class" else "none"
    elif subject.kind == "tag":
        other = NOT_NAMED
    else:
        other = "not_reported"
    return None if machine == other else other


def judged_study(
    record_id: str, study: StudyAnswers, said: Sequence[tuple[Subject, Held]], vocabulary: Vocabulary
) -> tuple[StudyAnswers, tuple[Judged, ...]]:
    """The study as it holds, and every judged answer of it. said: as `by_study` gives it."""
    found: list[Judged] = []
    now = study
    for subject, held in said:
        machine = seen(subject, study) or Seen(NOT_NAMED, "", "")
        stale = held.stale(machine.fingerprint)
        value = None if stale or held.disputed else _value(subject, held, machine)
        one = _judged(subject, held, machine, machine.value if value is None else value, stale)
        found.append(one)
        if one.holds and one.value != machine.value:
            now = _laid_over(now, subject, one.value, held.line, vocabulary)
    if now.agents != study.agents:
        classes = {
            vocabulary.terms[term].agent_class
            for term, role in map(_pair, now.agents)
            if role in ("given", "carrier") and term in vocabulary.terms
        }
        now = msgspec.structs.replace(now, agent_classes_given=tuple(sorted(c for c in classes if c)))
    return now, tuple(found)


def _value(subject: Subject, held: Held, machine: Seen) -> str | None:
    if held.verdict == "reject":
        return rejected_value(subject, machine.value)
    return held.value if held.verdict == "correct" else machine.value


def _judged(subject: Subject, held: Held, machine: Seen, value: str, stale: bool) -> Judged:
    line = held.line
    return Judged(
        record_id=subject.record_id, kind=subject.kind, name=subject.name, product=subject.product, subject=subject.text,
        machine=machine.value, rule=machine.rule, value=value, verdict=line.verdict, who=line.who, at=line.at,
        said=line.reason, line=line.id, stale=stale and not held.disputed, disputed=held.disputed,
        said_by=tuple(
            f"{one.who}: {one.verdict}{f' {one.value}' if one.verdict == 'correct' else ''}" for one in held.standing
        ),
    )  # fmt: skip


def _seen(value: str, rule: str, parts: Iterable[tuple[str, str, str]]) -> Seen:
    return Seen(value, rule, fingerprint(parts))


def _tag_value(term: str, study: StudyAnswers) -> str:
    if term.startswith("agent:"):
        return next((role for own, role in map(_pair, study.agents) if own == term), _weak(term, study.tags))
    if term.startswith("indication:"):
        return ABOUT if term in study.indications else _weak(term, study.tags)
    return NAMED if any(tag.term == term for tag in study.tags) else NOT_NAMED


def _weak(term: str, tags: Iterable[Tag]) -> str:
    return BACKGROUND if any(tag.term == term for tag in tags) else NOT_NAMED


def _finding(subject: Subject, study: StudyAnswers) -> Finding | None:
    own = (p for p in study.preparations if p.number == subject.product)
    return next((f for p in own for f in p.findings if f.property == subject.name), None)


def _pair(text: str) -> tuple[str, str]:
    term, _, role = text.rpartition("|")
    return term, role


def said_words(line: JournalLine) -> str:
    """Who said it, when and why."""
    return f"said by {line.who} on {line.at[:10]}: {line.reason}"


def _laid_over(
    study: StudyAnswers, subject: Subject, value: str, line: JournalLine, vocabulary: Vocabulary
) -> StudyAnswers:
    change = msgspec.structs.replace
    if subject.kind == "finding":
        return change(study, preparations=_with_finding(study.preparations, subject, value, line))
    if subject.kind == "tag":
        term, role = _meant(subject.name, value, study)
        if subject.name.startswith("agent:"):
            return _with_agent(study, subject.name, term, role, line)
        return _with_tag(study, subject.name, term, role, line)
    call = study.calls[subject.name]
    reason = f"{said_words(line)} (by rule: {call.value}, {call.reason}; {call.rule})"
    calls = {**study.calls, subject.name: Call(value, reason, PERSON)}
    now = change(study, calls=calls, **{subject.name: value})
    if subject.name == "ev_role":
        for term, role in map(_pair, study.agents):
            of_class = vocabulary.terms[term].agent_class if term in vocabulary.terms else None
            if of_class == "ev" and (role == _EV_WORD.get(call.value) or call.value == "none"):
                now = _with_agent(now, term, term, _EV_WORD.get(value, BACKGROUND), line)
    return now


def _meant(name: str, value: str, study: StudyAnswers) -> tuple[str, str]:
    """(term, role) that a value of a tag stands for: `measured`, `agent:prp`, `agent:prp|measured`."""
    term, _, role = value.rpartition("|")
    if term:
        return term, role
    if ":" not in value:
        return name, value
    now = _tag_value(name, study)
    if value.startswith("agent:"):
        return value, now if now in ROLES and now != BACKGROUND else "given"
    return value, ABOUT if value.startswith("indication:") else NAMED


def _with_agent(study: StudyAnswers, old: str, term: str, role: str, line: JournalLine) -> StudyAnswers:
    left = [pair for pair in study.agents if _pair(pair)[0] not in (old, term)]
    if role != NOT_NAMED:
        left.append(f"{term}|{role}")
    order = sorted(left, key=lambda pair: (ROLES.index(_pair(pair)[1]), pair))
    roles = dict(map(_pair, order))
    preparations = []
    for one in study.preparations:
        if old in one.agents:
            agents = tuple(dict.fromkeys(term if name == old else name for name in one.agents))
            own = [(name, roles[name]) for name in agents if roles.get(name) in _PARTS]
            if not own:
                continue  # nothing of it is given or measured any more
            best = min((held for _, held in own), key=_PARTS.index)
            one = msgspec.structs.replace(
                one, role=best, agents=agents if role in _PARTS else tuple(n for n, _ in own)
            )
        preparations.append(one)
    tag_role = BACKGROUND if role == NOT_NAMED else role
    return msgspec.structs.replace(
        study,
        agents=tuple(order),
        preparations=tuple(preparations),
        tags=_tags(study.tags, old, term, tag_role, line),
    )


def _with_tag(study: StudyAnswers, old: str, term: str, role: str, line: JournalLine) -> StudyAnswers:
    if old.startswith("indication:"):
        about = {name for name in study.indications if name != old} | ({term} if role == ABOUT else set())
        tags = _tags(study.tags, old, term, None if role == ABOUT else BACKGROUND, line)
        return msgspec.structs.replace(study, indications=tuple(sorted(about)), tags=tags)
    if role == NOT_NAMED:
        return msgspec.structs.replace(study, tags=tuple(t for t in study.tags if t.term != old))
    return msgspec.structs.replace(study, tags=_tags(study.tags, old, term, None, line))


def _tags(tags: Iterable[Tag], old: str, term: str, role: str | None, line: JournalLine) -> tuple[Tag, ...]:
    return tuple(
        tag
        if tag.term != old
        else msgspec.structs.replace(
            tag,
            term=term,
            role=role,
            reason=f"{said_words(line)} (by rule: {tag.role or tag.term}, {tag.reason})",
        )
        for tag in tags
    )


def _with_finding(
    preparations: Iterable[Preparation], subject: Subject, value: str, line: JournalLine
) -> tuple[Preparation, ...]:
    def changed(old: Finding) -> Finding:
        if old.property != subject.name:
            return old
        reason = f"{said_words(line)} (by rule: {finding_value(old)}; {old.rule})"
        told = () if value in STATES else readings(value, PERSON, said_words(line))
        state = value if value in STATES else "reported"
        return Finding(
            property=old.property,
            state=state,
            rule=PERSON,
            reason=reason,
            readings=told,
            looked_in=old.looked_in,
        )

    return tuple(
        one
        if one.number != subject.product
        else msgspec.structs.replace(one, findings=tuple(map(changed, one.findings)))
        for one in preparations
    )
