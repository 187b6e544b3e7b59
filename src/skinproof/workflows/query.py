"""Open the current edition and ask it: the one way every face reads."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

import msgspec

from skinproof.errors import NotFoundError, UsageError
from skinproof.judgements.answers import Judged, StudyAnswers
from skinproof.model.dates import PartialDate
from skinproof.model.findings import Preparation
from skinproof.model.issue import Issue
from skinproof.model.papers import PaperSummary, paper_filters
from skinproof.model.preparations import PreparationRow, Preparations
from skinproof.model.record import StudyRecord
from skinproof.model.summary import EditionStamp, Filters, StudySummary
from skinproof.model.tags import AGENT_CLASSES, ROLES, Call, Suggestion, Tag
from skinproof.store.editions import Editions
from skinproof.store.search_query import fts_expression
from skinproof.studies.preparation_rows import read_preparations
from skinproof.vocabulary.term import Vocabulary
from skinproof.workflows.judged import Judgements
from skinproof.workflows.once import once
from skinproof.workflows.query_papers import PaperQueries

if TYPE_CHECKING:
    from skinproof.store.raw import RawStore
    from skinproof.store.read import Conditions

ACTIVE_ROLES = ("given", "carrier", "comparator", "measured")
"""Roles meant when a filter names an agent but no role: the agent is part of what the study does."""


GIVEN_ROLES = ("given", "carrier", "comparator")
"""Roles of preparations that people receive."""


class Selection(msgspec.Struct, frozen=True):
    """The studies that meet the filters, one summary each, sorted by record id."""

    stamp: EditionStamp
    studies: tuple[StudySummary, ...]


class StudyTagRows(msgspec.Struct, frozen=True):
    """The tags read from one version and the calls drawn from them."""

    tags: tuple[Tag, ...]
    calls: dict[str, Call]


class IssueRow(msgspec.Struct, frozen=True):
    """Something a person may want to look at.

    kind: an issue kind of model.issue, `suggestion` (near-miss spelling), or `refused` (a record not loaded);
    where: JSON path in the record, or file and line or offset; found: the text as it stood, bounded.
    """

    kind: str
    record_id: str | None
    where: str
    found: str
    message: str


class Hit(msgspec.Struct, frozen=True):
    """One study found; snippets are (field, excerpt), found words between \\x02 and \\x03."""

    summary: StudySummary
    snippets: tuple[tuple[str, str], ...]


class FindResult(msgspec.Struct, frozen=True):
    """Studies found, best first. expanded: synonyms that were searched as well."""

    stamp: EditionStamp
    total: int
    hits: tuple[Hit, ...]
    expanded: tuple[str, ...]


def open_workspace(data_dir: Path, edition: str | None = None) -> "Workspace":
    """The current edition (or the named one), open for reading.

    Raises: NotFoundError when there is none.
    """
    return Workspace(data_dir, edition)


class Workspace(PaperQueries):
    """One edition with the raw store and the full-text index beside it, all read-only."""

    def __init__(self, data_dir: Path, edition: str | None = None, *, rules_only: bool = False) -> None:
        """rules_only: what people said of studies' answers is left out, so that the rules can be measured."""
        from skinproof.store.read import EditionReader

        self.data_dir = data_dir
        self._store_lock = RLock()
        editions = Editions(data_dir / "editions")
        self.manifest = editions.manifest(edition)
        self.folder = editions.root / self.manifest.edition
        self._reader = EditionReader(self.folder, self.manifest, lambda _: self.trials, lambda: self._judged)
        self._rules_only = rules_only

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary this edition was tagged with."""
        return Vocabulary.from_json((self.folder / "vocabulary.json").read_bytes())

    @once
    def _raw(self) -> "RawStore":
        from skinproof.store.raw import RawStore

        return RawStore.open(self.data_dir, write=False)

    @once
    def _removed(self) -> dict[str, str]:
        removed: dict[str, str] = {}
        try:
            with self._store_lock:
                events = self._raw.sync_state().events()
        except NotFoundError:  # an edition that was copied without its raw store
            return {}
        for event in events:
            if event.kind == "gone":
                removed[event.record_id] = event.at[:10]
            elif event.kind == "back":
                removed.pop(event.record_id, None)
        return removed

    @once
    def noticed(self) -> str:
        """Names what syncs noticed of records at their sources: another one as soon as they noticed more."""
        try:
            with self._store_lock:
                return str(len(self._raw.sync_state().events()))
        except NotFoundError:  # an edition that was copied without its raw store
            return ""

    def removed_on(self, record_id: str) -> str | None:
        """The day on which a sync noticed that the source no longer has a record; None: not that we know."""
        return self._removed.get(record_id)

    @once
    def _judged(self) -> Judgements:
        return Judgements({} if self._rules_only else self.judgements, self.vocabulary, self._as_read)

    def _as_read(
        self, text_ids: Sequence[int]
    ) -> tuple[dict[int, list[Tag]], dict[int, dict[str, Call]], dict[int, tuple[Preparation, ...]]]:
        """Tags, calls and preparations of texts, as the rules gave them."""
        reader = self._reader
        return reader.tags_of(text_ids), reader.calls_of(text_ids), self._read_preparations(text_ids)

    def judged_of(self, summary: StudySummary) -> tuple[Judged, ...]:
        """The judged answers of one version."""
        return self._judged.said_of(summary.record_id, summary.sha256)

    def rules_alone(self) -> "Workspace":
        """The same edition without what people said of studies' answers: what the accuracy of the rules is measured on."""
        return Workspace(self.data_dir, self.manifest.edition, rules_only=True)

    def as_ruled(self, summary: StudySummary) -> StudyAnswers:
        """What the rules alone say of one version."""
        from skinproof.store.read_judged import ANSWERS

        held = self._judged.machine(summary.record_id, summary.sha256)
        if held is not None:
            return held
        tags, calls, preparations = self._as_read([summary.text_id])
        return StudyAnswers(
            **{name: getattr(summary, name) for name in ANSWERS},
            tags=tuple(tags.get(summary.text_id, ())),
            calls=calls.get(summary.text_id, {}),
            preparations=preparations.get(summary.text_id, ()),
        )

    def judged(self, as_of: str | None = None) -> tuple[Judged, ...]:
        """Every judged answer of the studies in force on a day, newest first. Raises: UsageError for an impossible date."""
        from skinproof.store.read import Conditions

        ids = self._judged.record_ids
        if not ids:
            return ()
        wanted = Conditions(record_ids=ids, every=True)
        return self._judged.all(self._reader.studies(wanted, last_day(as_of), ("record_id", "sha256")))

    def select(
        self, filters: Filters, as_of: str | None = None, columns: Sequence[str] | None = None
    ) -> Selection:
        """Studies that meet the filters, as they stood on a day (ISO text, any precision; its last day counts).

        columns: fields of StudySummary to read, the others come back None or empty; None = all.
        Raises: UsageError for an unknown id, class, role or an impossible date.
        """
        day = last_day(as_of)
        conditions = self._conditions(filters)
        return Selection(self._with_clocks(day), self._reader.summaries(conditions, day, columns))

    def some(self, record_ids: Sequence[str], as_of: str | None = None) -> tuple[StudySummary, ...]:
        """The studies with these ids as they stood on a day, sorted; an id that is not held is passed over.

        Raises: UsageError for an impossible date.
        """
        from skinproof.store.read import Conditions

        return self._reader.summaries(Conditions(record_ids=tuple(record_ids)), last_day(as_of))

    def page(
        self, filters: Filters, as_of: str | None, limit: int, offset: int
    ) -> tuple[tuple[StudySummary, ...], int]:
        """Some of the studies that meet the filters, sorted by id, and how many meet them in all. Raises: as `select`."""
        day, conditions = last_day(as_of), self._conditions(filters)
        found = self._reader.summaries(conditions, day, page=(limit, offset))
        return found, self._reader.count(conditions, day)

    @once
    def countries(self) -> tuple[str, ...]:
        """Every country that a study names, sorted."""
        return tuple(self._reader.countries())

    def record_ids(self) -> tuple[str, ...]:
        """The id of every study held, sorted."""
        from skinproof.store.read import Conditions

        return tuple(row[0] for row in self._reader.studies(Conditions(every=True), None, ("record_id",)))

    def undated(self, filters: Filters) -> tuple[StudySummary, ...]:
        """Studies that meet the filters but have no first-posted day: what a dated answer leaves out."""
        conditions = msgspec.structs.replace(self._conditions(filters), undated=True)
        return self._reader.summaries(conditions, None)

    def stamp(self, as_of: str | None = None) -> EditionStamp:
        """What this edition holds, and what an answer as of a day leaves out."""
        return self._with_clocks(last_day(as_of))

    def _with_clocks(self, day: str | None) -> EditionStamp:
        """The stamp of an answer as of a day, with the day from which on this store saw for itself."""
        stamp = self._reader.stamp(day)
        if self._removed:
            stamp = msgspec.structs.replace(stamp, removed=self._n_removed(day))
        if day is None:
            return stamp
        first = self._raw.first_stored()
        return msgspec.structs.replace(stamp, first_stored=first[:10] if first else None)

    def _n_removed(self, day: str | None) -> int:
        """How many of the studies counted were removed by their register, as far as that was noticed by a day."""
        from skinproof.store.read import Conditions

        gone = [name for name, at in self._removed.items() if day is None or at <= day]
        return (
            len(self._reader.studies(Conditions(record_ids=tuple(gone)), day, ("record_id",))) if gone else 0
        )

    def version_for(self, record_id: str, as_of: str | None = None) -> tuple[StudySummary, EditionStamp]:
        """The version of one study in force on a day; a withdrawn id leads to the study that has it as alias.

        Raises: NotFoundError for an id that is not held, or was not yet posted on that day.
        """
        from skinproof.store.read import Conditions

        day = last_day(as_of)
        ids = self._reader.record_ids_of(record_id.strip())
        if not ids:
            raise NotFoundError(
                f"no study {record_id!r} in edition {self.manifest.edition}; "
                "import its record, or search with `skinproof find`"
            )
        found = self._reader.summaries(Conditions(record_ids=tuple(ids), every=True), day)
        if not found:
            raise NotFoundError(f"{ids[0]} was not yet posted on {day}, or its first-posted day is not known")
        exact = [summary for summary in found if summary.record_id.upper() == record_id.strip().upper()]
        return (exact or list(found))[0], self._reader.stamp(day)

    def record(self, summary: StudySummary) -> StudyRecord:
        """The whole record of a version, read again from its raw body."""
        from skinproof.workflows.partitions import READERS

        record: StudyRecord = READERS[summary.source](self.body(summary)).record
        return record

    def body(self, summary: StudySummary) -> bytes:
        """The raw body of a version as it was stored."""
        with self._store_lock:
            (body,) = self._raw.bodies([(summary.source, summary.record_id, summary.sha256)])
        return body

    def tags(self, summary: StudySummary | PaperSummary) -> StudyTagRows:
        """Tags and calls of one version."""
        return self.tags_of([summary])[summary.sha256]

    def tags_of(self, summaries: Iterable[StudySummary | PaperSummary]) -> dict[str, StudyTagRows]:
        """Tags and calls of many versions, by sha256: one read however many."""
        held = list(summaries)
        text_ids = {summary.sha256: summary.text_id for summary in held}
        wanted = sorted(set(text_ids.values()))
        tags, calls = self._reader.tags_of(wanted), self._reader.calls_of(wanted)
        found = {
            sha: StudyTagRows(tuple(tags.get(text, ())), calls.get(text, {}))
            for sha, text in text_ids.items()
        }
        for summary in held:
            judged = self._judged.of(summary.record_id, summary.sha256)
            if judged is not None:
                found[summary.sha256] = StudyTagRows(judged.tags, dict(judged.calls))
        return found

    def preparations(
        self, filters: Filters, as_of: str | None = None, measured: bool = False
    ) -> Preparations:
        """The preparations of the studies that meet the filters, sorted by record id and number.

        Where the filters name agents or roles, only the preparations of these agents in these roles. Vesicles that
        are only measured come along where `measured` is set or the filters name that role.
        Raises: as `select`.
        """
        selection = self.select(filters, as_of)
        terms = frozenset(self._agents(filters.agent)) if filters.agent else None
        roles = filters.role or (*GIVEN_ROLES, *(("measured",) if measured else ()))
        found_of = self._preparations([study for study in selection.studies if study.agents])
        rows = [
            PreparationRow(study, found)
            for study in selection.studies
            for found in found_of.get(study.sha256, ())
            if found.role in roles and (terms is None or not terms.isdisjoint(found.agents))
        ]
        return Preparations(selection.stamp, tuple(rows))

    def preparations_of(self, summary: StudySummary | PaperSummary) -> tuple[Preparation, ...]:
        """Every preparation of one version, measured vesicles included."""
        return self._preparations([summary]).get(summary.sha256, ())

    def preparations_of_many(self, summaries: Iterable[StudySummary]) -> dict[str, tuple[Preparation, ...]]:
        """Every preparation of many versions, by sha256: one read however many."""
        wanted = list(summaries)
        found = self._preparations(wanted)
        return {summary.sha256: found.get(summary.sha256, ()) for summary in wanted}

    def arms_of_many(self, summaries: Iterable[StudySummary]) -> dict[str, tuple[tuple[str, str], ...]]:
        """(label, type) of the registered arms of many versions, in order, by sha256; "" where a word is not given."""
        wanted = list(summaries)
        of_text = self._reader.preparation_rows("arms", sorted({summary.text_id for summary in wanted}))
        return {
            summary.sha256: tuple((row[0] or "", row[1] or "") for row in of_text.get(summary.text_id, ()))
            for summary in wanted
        }

    def _preparations(
        self, summaries: Iterable[StudySummary | PaperSummary]
    ) -> dict[str, tuple[Preparation, ...]]:
        """By sha256, as they hold."""
        held = list(summaries)
        # Only a text that names an agent has preparations.
        of_text = self._read_preparations(sorted({summary.text_id for summary in held if summary.agents}))
        found = {summary.sha256: of_text.get(summary.text_id, ()) for summary in held}
        for summary in held:
            judged = self._judged.of(summary.record_id, summary.sha256)
            if judged is not None:
                found[summary.sha256] = judged.preparations
        return found

    def _read_preparations(self, text_ids: Sequence[int]) -> dict[int, tuple[Preparation, ...]]:
        findings = self._reader.preparation_rows("findings", text_ids)
        return {
            text_id: read_preparations(rows, findings.get(text_id, ()))
            for text_id, rows in self._reader.preparation_rows("preparations", text_ids).items()
        }

    def issues(self, filters: Filters, as_of: str | None = None) -> tuple[IssueRow, ...]:
        """Reading issues and near-miss spellings of the selected studies and papers, and, with no filter, what was refused.

        Papers stand beside studies where all filters are such as papers can meet, and no day is asked for.
        """
        columns = ("sha256", "issue_count", "suggestion_count", "text_id")
        selection = self.select(filters, as_of, columns)
        rows = self._issue_rows(selection.studies)
        wanted = paper_filters(filters) if as_of is None else None
        if wanted is not None:
            rows += self._issue_rows(self.papers(wanted).papers)
        if filters == Filters():
            with self._store_lock:
                refused = self._raw.refusals()
            rows += [IssueRow("refused", None, f"{r.name}: {r.where}", r.excerpt, r.reason) for r in refused]
        return tuple(rows)

    def issues_of(self, summary: StudySummary | PaperSummary) -> tuple[IssueRow, ...]:
        """Reading issues and near-miss spellings of one version."""
        return tuple(self._issue_rows([summary]))

    def _issue_rows(self, studies: Sequence[StudySummary | PaperSummary]) -> list[IssueRow]:
        shas = [s.sha256 for s in studies if s.issue_count]
        rows = [_issue_row(record_id, issue) for record_id, issue in self._reader.issues(shas)]
        doubtful = [s for s in studies if s.suggestion_count]
        suggestions = self._reader.suggestions_of(sorted({s.text_id for s in doubtful}))
        rows += [_suggestion_row(s.record_id, found) for s in doubtful for found in suggestions[s.text_id]]
        return rows

    def find(
        self,
        query: str,
        filters: Filters | None = None,
        as_of: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> FindResult:
        """Full-text search in the versions in force; an id finds its study.

        Raises: UsageError when the query cannot be read.
        """
        from skinproof.store.read import Conditions
        from skinproof.store.search import SearchReader

        day = last_day(as_of)
        conditions = self._conditions(filters or Filters())
        ids = self._reader.record_ids_of(query.strip()) if query.strip() else []
        if ids:
            by_id = msgspec.structs.replace(conditions, record_ids=tuple(ids), every=True)
            found = self._reader.summaries(by_id, day)
            return FindResult(self._with_clocks(day), len(found), tuple(Hit(s, ()) for s in found), ())
        expression = fts_expression(query, self.vocabulary.synonyms_of_word)
        search = SearchReader(self.data_dir / "search.sqlite")
        try:
            texts = search.ranked(expression.match)
            conditions = msgspec.structs.replace(conditions, text_ids=tuple(number for _, number in texts))
            by_text: dict[int, list[str]] = {}
            for record_id, number in self._reader.studies(conditions, day, ("record_id", "text_id")):
                by_text.setdefault(number, []).append(record_id)
            ranked = [(rowid, record_id) for rowid, number in texts for record_id in by_text.get(number, ())]
            page = ranked[offset : offset + limit]
            snippets = search.snippets(expression.phrases, sorted({rowid for rowid, _ in page}))
        finally:
            search.close()
        wanted = Conditions(record_ids=tuple(record_id for _, record_id in page))
        summaries = {s.record_id: s for s in self._reader.summaries(wanted, day)} if page else {}
        hits = tuple(Hit(summaries[record_id], tuple(snippets.get(rowid, ()))) for rowid, record_id in page)
        return FindResult(self._with_clocks(day), len(ranked), hits, expression.expanded)

    def close(self) -> None:
        """Let go of all files."""
        self._reader.close()
        if "_raw" in self.__dict__:
            self._raw.close()

    def _conditions(self, filters: Filters) -> "Conditions":
        from skinproof.store.read import Conditions

        for first, last in ((filters.start_from, filters.start_to), (filters.posted_from, filters.posted_to)):
            if first and last and (_bound(first, first=True) or "") > (_bound(last, first=False) or ""):
                raise UsageError(f"from {first} to {last} holds no day: the first date lies after the second")
        return Conditions(
            agents=self._agent_roles(filters.agent, filters.role),
            indications=self._indications(filters.indication),
            cutaneous=filters.cutaneous,
            aesthetic=filters.aesthetic,
            phases=filters.phase or None,
            statuses=filters.status or None,
            countries=tuple(country.lower() for country in filters.country) or None,
            start_from=_bound(filters.start_from, first=True),
            start_to=_bound(filters.start_to, first=False),
            posted_from=_bound(filters.posted_from, first=True),
            posted_to=_bound(filters.posted_to, first=False),
        )

    def _agent_roles(self, agents: Sequence[str], roles: Sequence[str]) -> tuple[str, ...] | None:
        if not agents and not roles:
            return None
        for role in roles:
            if role not in ROLES:
                raise UsageError(f"there is no role {role!r}; roles are {', '.join(ROLES)}")
        terms = self._agents(agents)
        return tuple(f"{term}|{role}" for term in terms for role in roles or ACTIVE_ROLES)

    def _agents(self, names: Sequence[str]) -> list[str]:
        agents = [term for term in self.vocabulary.terms.values() if term.kind == "agent"]
        if not names:
            return [term.id for term in agents]
        found: dict[str, None] = {}
        for name in names:
            if name in AGENT_CLASSES:
                found.update((term.id, None) for term in agents if term.agent_class == name)
            else:
                found.update(dict.fromkeys(self._descendants(name, "agent")))
        return list(found)

    def _indications(self, names: Sequence[str]) -> tuple[str, ...] | None:
        found = [term for name in names for term in self._descendants(name, "indication")]
        return tuple(dict.fromkeys(found)) if names else None

    def _descendants(self, name: str, kind: str) -> tuple[str, ...]:
        found = self.vocabulary.meant_by(name)
        if not found or not name.startswith(f"{kind}:"):
            raise UsageError(f"there is no {kind} {name!r}; `skinproof vocabulary` lists them")
        return found


def last_day(text: str | None) -> str | None:
    """The last day that an as-of date of day, month or year precision means, as ISO text."""
    return _bound(text, first=False)


def _bound(text: str | None, *, first: bool) -> str | None:
    if text is None:
        return None
    try:
        date = PartialDate.parse(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a date: write YYYY-MM-DD, YYYY-MM or YYYY") from error
    return (date.earliest() if first else date.latest()).isoformat()


def _issue_row(record_id: str, issue: Issue) -> IssueRow:
    return IssueRow(issue.kind, record_id, issue.path, issue.found, issue.message)


def _suggestion_row(record_id: str, suggestion: Suggestion) -> IssueRow:
    where = f"{suggestion.field}[{suggestion.start}:{suggestion.end}]"
    return IssueRow(
        "suggestion", record_id, where, suggestion.quote, f"{suggestion.term}? {suggestion.reason}"
    )
