"""What changed between two states of the evidence: study by study, and what of it alters a conclusion.

A state is what the records said at one time: the versions in force then. What changed because a record changed is kept
apart from what changed because our rules read it otherwise.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from skinproof.model.summary import EditionStamp, StudySummary
from skinproof.views.change_items import Change
from skinproof.views.record_changes import KINDS
from skinproof.views.words import AGENT_CLASS_LABELS, EV_ROLE_WORDS, lower_first, plural, title_of
from skinproof.vocabulary.term import Vocabulary

CONCLUSIONS = {
    "retracted": "Reports of studies retracted or questioned",
    "pooled": "Pooled estimates",
    "overdue": "Results overdue, or no longer",
    "gap": "Gaps in the map filled or opened",
    "count": "Counts in the map",
    "reporting": "Reporting gaps filled or opened",
    "report": "Studies with a first paper that reports them, or without one now",
}
"""Kind of conclusion -> heading, the most telling first."""

CAUSES = {
    "record": "by the records",
    "reading": "by our rules",
    "both": "by records and our rules",
    "time": "by the passing of time",
}


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Which version: its hash, where it is from, the registry's day of it, and when it was first stored here (UTC)."""

    sha256: str
    source: str
    completeness: str
    registry_date: str | None
    seen: str | None = None


class Conclusion(msgspec.Struct, frozen=True, kw_only=True):
    """Something a reader may have concluded that is not so any more.

    kind: one of CONCLUSIONS; about: of what; before, after: what was said and is said; cause: one of CAUSES;
    record_ids: the studies that did it; papers: the papers that did.
    """

    kind: str
    about: str
    before: str
    after: str
    cause: str
    record_ids: tuple[str, ...]
    papers: tuple[str, ...] = ()


class PaperNews(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is new about a paper. kind: one of `paper_changes.NEWS`; study: the record id it is linked to, with the
    relation, and the rule, field and words that say so."""

    kind: str
    words: str
    study: str | None = None
    relation: str | None = None
    rule: str | None = None
    field: str | None = None
    quote: str | None = None


class PaperChange(msgspec.Struct, frozen=True, kw_only=True):
    """One paper. marks: as it stands now (RETRACTED...); seen: when its version was first stored (UTC); alters: kinds of
    conclusion that it alters."""

    record_id: str
    title: str
    new: bool
    marks: tuple[str, ...]
    published: str | None
    seen: str | None
    sha256: str
    news: tuple[PaperNews, ...]
    alters: tuple[str, ...] = ()


class StudyChange(msgspec.Struct, frozen=True, kw_only=True):
    """One study. before: None of a study that is new; after: None of one that is gone from the answer; alters: kinds of
    conclusion that it alters."""

    record_id: str
    title: str
    before: Mark | None
    after: Mark | None
    changes: tuple[Change, ...]
    alters: tuple[str, ...] = ()

    @property
    def new(self) -> bool:
        """Whether it was not there before."""
        return self.before is None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that our rules give otherwise of words that did not change."""

    record_id: str
    title: str
    what: str
    old: str
    new: str


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What happened to a record at its source: `gone`, `alias` (detail: its new id), `left` or `back` (detail: the query)."""

    at: str
    source: str
    record_id: str
    kind: str
    detail: str


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What was compared. by: `seen` (when we stored it), `registry` (when the registry posted it), `edition` or `watch`.

    words: the same in a sentence; before_day, after_day: the days for which clocks were read; since: as asked;
    from_edition, to_edition: where known.
    """

    by: str
    words: str
    before_day: str
    after_day: str
    since: str | None = None
    from_edition: str | None = None
    to_edition: str | None = None
    watch: str | None = None


class ChangeReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that changed. studies, papers: the most telling first.

    n_before, n_after: studies in the two states; n_same_content: new versions that say the same as the one before;
    n_first_versions: studies that were updated, of which no version from before is held; rules: rules that differ.
    """

    compared: Compared
    n_before: int
    n_after: int
    n_same_content: int
    n_first_versions: int
    studies: tuple[StudyChange, ...]
    conclusions: tuple[Conclusion, ...]
    readings: tuple[Reading, ...]
    rules: tuple[str, ...]
    events: tuple[Event, ...]
    notes: tuple[str, ...]
    stamp: EditionStamp
    papers: tuple[PaperChange, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (
            self.studies or self.papers or self.conclusions or self.readings or self.rules or self.events
        )


def mark(study: StudySummary, seen: str | None = None) -> Mark:
    """The mark of the version a summary is of."""
    return Mark(
        sha256=study.sha256, source=study.source, completeness=study.completeness,
        registry_date=study.registry_date, seen=seen,
    )  # fmt: skip


def new_study(study: StudySummary, vocabulary: Vocabulary) -> Change:
    """The line of a study that was not there before."""
    agents = ", ".join(
        lower_first(AGENT_CLASS_LABELS[name]) for name in study.agent_classes_given if name != "other"
    )
    about = ", ".join(lower_first(vocabulary.label(name)) for name in study.indications[:4])
    said = (
        " for ".join(part for part in (agents, about) if part)
        or "none of the agents or complaints looked for"
    )
    posted = f"; first posted {study.first_posted}" if study.first_posted else ""
    return Change(kind="new", field="", label="New study", new=f"{said}{posted}")


def study_change(
    before: StudySummary | None,
    after: StudySummary | None,
    changes: Iterable[Change],
    seen: Mapping[str, str],
) -> StudyChange:
    """The changes of one study. seen: sha256 -> when it was first stored."""
    shown = after or before
    assert shown is not None
    return StudyChange(
        record_id=shown.record_id, title=title_of(shown),
        before=mark(before, seen.get(before.sha256)) if before else None,
        after=mark(after, seen.get(after.sha256)) if after else None, changes=tuple(changes),
    )  # fmt: skip


def ordered(studies: Iterable[StudyChange], conclusions: Sequence[Conclusion]) -> tuple[StudyChange, ...]:
    """With what each alters, those that alter a conclusion first, then by their most telling change."""
    alters: dict[str, dict[str, None]] = {}
    kinds = list(CONCLUSIONS)
    for one in sorted(conclusions, key=lambda c: kinds.index(c.kind)):
        for record_id in one.record_ids:
            alters.setdefault(record_id, {})[one.kind] = None
    found = [msgspec.structs.replace(s, alters=tuple(alters.get(s.record_id, ()))) for s in studies]
    return tuple(sorted(found, key=_telling))


def _telling(study: StudyChange) -> tuple[int, int, str]:
    kinds, order = list(CONCLUSIONS), list(KINDS)
    altered = min((kinds.index(kind) for kind in study.alters), default=len(kinds))
    return altered, min((order.index(c.kind) for c in study.changes), default=len(order)), study.record_id


def readings(
    before: Mapping[str, StudySummary], after: Mapping[str, StudySummary], old: Vocabulary, new: Vocabulary
) -> tuple[Reading, ...]:
    """Answers that differ of studies whose record did not change."""
    found: list[Reading] = []
    for record_id, study in after.items():
        past = before.get(record_id)
        if past is None or past.sha256 != study.sha256:
            continue
        for what, was, is_now in (
            ("agents", _terms(past.agents, old), _terms(study.agents, new)),
            ("complaints", _terms(past.indications, old), _terms(study.indications, new)),
            ("about skin", past.cutaneous, study.cutaneous),
            ("about appearance", past.aesthetic, study.aesthetic),
            ("role of vesicles", EV_ROLE_WORDS.get(past.ev_role, past.ev_role), EV_ROLE_WORDS.get(study.ev_role, study.ev_role)),
        ):  # fmt: skip
            if was != is_now:
                found.append(
                    Reading(record_id=record_id, title=title_of(study), what=what, old=was, new=is_now)
                )
    return tuple(found)


def _terms(names: Sequence[str], vocabulary: Vocabulary) -> str:
    said = [
        " ".join(filter(None, (_label(n.partition("|")[0], vocabulary), n.partition("|")[2]))) for n in names
    ]
    return ", ".join(sorted(said)) or "none"


def _label(name: str, vocabulary: Vocabulary) -> str:
    return vocabulary.label(name) if name in vocabulary.terms else name


def changed_rules(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Rules that differ between two editions: "tag.agents: agents/7 -> agents/8"."""
    names = sorted(set(before) | set(after))
    pairs = [(name, before.get(name, "none"), after.get(name, "none")) for name in names]
    return tuple(f"{name}: {old} -> {new}" for name, old, new in pairs if old != new)


EVENT_WORDS = {
    "gone": "is not at its source any more; what was stored stays",
    "alias": "goes by the id {detail} now",
    "left": "does not answer the query {detail} any more",
    "back": "is back in the query {detail}",
}


def event_words(event: Event) -> str:
    """What happened, after the id."""
    return EVENT_WORDS.get(event.kind, event.kind).format(detail=event.detail)


def headline(report: ChangeReport) -> str:
    """What changed in one line."""
    if report.empty:
        one = report.compared.from_edition is not None and (
            report.compared.from_edition == report.compared.to_edition
        )
        return "There is nothing to compare with." if one else "Nothing changed."
    new = sum(study.new for study in report.studies)
    altered = len(report.studies) - new
    parts = [
        plural(new, "new study", "new studies") if new else "",
        f"{plural(altered, 'study', 'studies')} changed" if altered else "",
        f"{plural(len(report.papers), 'paper')} new, linked or marked" if report.papers else "",
        f"{plural(len(report.conclusions), 'conclusion')} altered" if report.conclusions else "",
        f"{plural(len(report.readings), 'answer')} read otherwise" if report.readings else "",
        plural(len(report.events), "note from the sources", "notes from the sources")
        if report.events
        else "",
    ]
    return (
        ", ".join(part for part in parts if part) + "." if any(parts) else "Rules changed, and no answer did."
    )


def change_words(change: Change) -> str:
    """One change in words: "Participants: 200 planned -> 102 planned"."""
    told = any(
        value is not None and value.startswith(change.about or "") for value in (change.old, change.new)
    )
    about = f" ({change.about})" if change.about and not told else ""
    head = f"{change.label}{about}"
    if change.kind == "new":
        return f"{change.label}: {change.new}"
    if change.pieces:
        marks = {"same": "{}", "gone": "[-{}-]", "new": "[+{}+]"}
        return f"{head}: " + " ".join(marks[piece.op].format(piece.text) for piece in change.pieces)
    if change.old is None and change.new is None:
        return head
    if change.old == change.new:
        return f"{head}: {change.new}"
    if change.label.endswith((" added", " removed", " made secondary", " made primary")) and not (
        change.old and change.new
    ):
        return f"{head if about else change.label}: {change.new or change.old}"
    return f"{head}: {change.old or 'not reported'} -> {change.new or 'not reported'}"
