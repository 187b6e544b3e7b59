"""Write the static site: read what its pages need from one edition, and put the finished folder in place.

The pages themselves are made by `skinproof.faces.site`, which hands its renderer in: this room joins the
edition with the outside, and knows nothing of HTML.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from csv import DictReader
from importlib.resources import files
from io import StringIO
from pathlib import Path

import msgspec

from skinproof.errors import StoreError, UsageError
from skinproof.judgements.answers import Judged
from skinproof.model.findings import Preparation
from skinproof.model.preparations import PreparationRow
from skinproof.model.record import StudyRecord
from skinproof.model.summary import EditionStamp, Filters, StudySummary
from skinproof.model.tags import ROLES
from skinproof.views.changes import ChangeReport
from skinproof.views.counts import Counts, count_studies
from skinproof.views.gapmap import GapMap, gap_map
from skinproof.views.judged import JudgedList, judged_list
from skinproof.vocabulary.term import Vocabulary
from skinproof.workflows.changes import last_year
from skinproof.workflows.evidence import EvidenceSource
from skinproof.workflows.once import once
from skinproof.workflows.paper_facets import PaperFacets
from skinproof.workflows.pooled_questions import PooledQuestions, pooled_questions
from skinproof.workflows.query import IssueRow, StudyTagRows, Workspace
from skinproof.workflows.site_papers import PaperSource

MANIFEST = "skinproof-site.json"
"""Stands in every site: says that the folder is ours, of which edition, and names every file in it."""

LIST_ALL_UP_TO = 3000
"""Corpora with more studies list only those that name an agent looked for, or are about skin."""

MAP_COLUMNS = (
    "agents", "cutaneous", "indications", "enrollment_count", "enrollment_type", "allocation", "overall_status", "has_results",
)  # fmt: skip
"""All that the map reads of a study."""

_BATCH = 500


class Study(msgspec.Struct, frozen=True):
    """All that a study's page is made from."""

    summary: StudySummary
    record: StudyRecord
    tags: StudyTagRows
    issues: tuple[IssueRow, ...]
    preparations: tuple[Preparation, ...] = ()
    judged: tuple[Judged, ...] = ()
    removed: str | None = None


class SiteSource:
    """What the pages of a site are made from: one edition, as of one day. Each part is read when it is first needed."""

    def __init__(self, workspace: Workspace, as_of: str | None, *, all_pages: bool = False) -> None:
        """all_pages: every study has a page, however many there are (a server makes it when it is asked for).

        Raises: UsageError for an impossible date.
        """
        self._workspace = workspace
        self._as_of = as_of
        self._all_pages = all_pages
        self.vocabulary: Vocabulary = workspace.vocabulary
        self.stamp: EditionStamp = workspace.stamp(as_of)

    @once
    def studies(self) -> tuple[StudySummary, ...]:
        """Every study of the edition; a large corpus is read with all its fields, which takes a while."""
        return self._workspace.select(Filters(), self._as_of).studies

    @once
    def gap(self) -> GapMap:
        """The map of all studies."""
        # A map needs few fields; where all are read anyway, they are not read twice.
        held = self.__dict__.get("studies") if self._all_pages else self.studies
        if held is None:
            held = self._workspace.select(Filters(), self._as_of, MAP_COLUMNS).studies
        papers = PaperFacets(self._workspace).beside(Filters(), self._as_of)
        return gap_map(held, self.vocabulary, self.stamp, papers=papers)

    @once
    def listed(self) -> tuple[StudySummary, ...]:
        """The studies that are listed, and have a page in a static site."""
        return listed(self.studies, self.gap)

    @property
    def n_paged(self) -> int:
        """How many studies have a page."""
        return self.stamp.n_studies if self._all_pages else len(self.listed)

    @once
    def counts(self) -> Counts:
        """How many studies of vesicles there are, by role."""
        vesicles = {t.id for t in self.vocabulary.terms.values() if t.agent_class == "ev"}
        naming = (
            self._workspace.select(Filters(agent=("ev",), role=ROLES), self._as_of).studies
            if self._all_pages
            else self.studies
        )
        return count_studies(
            naming, self.vocabulary, self.stamp, agents=vesicles, agent_label="extracellular vesicles (EVs)",
            removed_on=self._workspace.removed_on,
        )  # fmt: skip

    @once
    def changes(self) -> ChangeReport | None:
        """What the registry posted in the last year."""
        return last_year(self._workspace, self._as_of)

    @once
    def given(self) -> tuple[PreparationRow, ...]:
        """Every preparation that is given."""
        return self._workspace.preparations(Filters(), self._as_of).rows

    @once
    def pooled(self) -> PooledQuestions:
        """The questions that posted results can be pooled for."""
        return pooled_questions(self._workspace, as_of=self._as_of)

    @once
    def evidence(self) -> EvidenceSource:
        """What pages of agents, complaints and claims are made from; a server pools for each page what it needs."""
        pooled = None if self._all_pages else (lambda: self.pooled)
        return EvidenceSource(self._workspace, self._as_of, pooled)

    @once
    def papers(self) -> PaperSource:
        """Papers and what is linked."""
        return PaperSource(self._workspace, all_pages=self._all_pages)

    @once
    def judged(self) -> JudgedList:
        """The answers that people judged, newest first."""
        return judged_list(self._workspace.judged(self._as_of), self.vocabulary, self.stamp)

    @once
    def issues(self) -> tuple[IssueRow, ...]:
        """What was odd in the records.

        What was refused is no part of the evidence, and a wrong path may have led to somebody's private file.
        """
        found = self._workspace.issues(Filters(), self._as_of)
        return tuple(issue for issue in found if issue.kind != "refused")

    @once
    def scores(self) -> tuple[tuple[str, int, float], ...]:
        """How often the rules are right on labelled records."""
        return held_out_scores()

    def some(self, record_ids: Sequence[str]) -> tuple[StudySummary, ...]:
        """The studies with these ids, in the order of their ids."""
        return self._workspace.some(record_ids, self._as_of)

    def study(self, record_id: str) -> Study:
        """All that one study's page is made from. Raises: NotFoundError."""
        summary, _ = self._workspace.version_for(record_id, self._as_of)
        return Study(
            summary,
            self._workspace.record(summary),
            self._workspace.tags(summary),
            self._workspace.issues_of(summary),
            self._workspace.preparations_of(summary),
            self._workspace.judged_of(summary),
            self._workspace.removed_on(summary.record_id),
        )

    def each(self) -> Iterator[Study]:
        """The listed studies with their record, tags and issues, read in batches."""
        issues: dict[str, list[IssueRow]] = {}
        for row in self.issues:
            if row.record_id:
                issues.setdefault(row.record_id, []).append(row)
        for start in range(0, len(self.listed), _BATCH):
            batch = self.listed[start : start + _BATCH]
            tags = self._workspace.tags_of(batch)
            preparations = self._workspace.preparations_of_many(batch)
            for summary in batch:
                record = self._workspace.record(summary)
                found = tuple(issues.get(summary.record_id, ()))
                judged = self._workspace.judged_of(summary)
                removed = self._workspace.removed_on(summary.record_id)
                given = preparations[summary.sha256]
                yield Study(summary, record, tags[summary.sha256], found, given, judged, removed)


def held_out_scores() -> tuple[tuple[str, int, float], ...]:
    """(answer, records, share right) on the labels no rule was written from; see validation/accuracy.md."""
    text = (files("skinproof") / "data" / "held_out_scores.csv").read_text(encoding="utf-8")
    return tuple(
        (row["field"], int(row["n"]), int(row["correct"]) / int(row["n"]))
        for row in DictReader(StringIO(text))
    )


def listed(studies: tuple[StudySummary, ...], gap: GapMap) -> tuple[StudySummary, ...]:
    """The studies that get a page: all of a small corpus; of a large one those that name an agent or skin."""
    if len(studies) <= LIST_ALL_UP_TO:
        return studies
    skin = {i for axis in gap.columns if not axis.apart for i in gap.column_totals[axis.id].record_ids}
    return tuple(s for s in studies if s.agents or s.cutaneous == "yes" or s.record_id in skin)


class SiteReport(msgspec.Struct, frozen=True):
    """What was written: number of pages and of bytes (style and scripts included), and of which edition."""

    pages: int
    bytes: int
    edition: str


class SiteManifest(msgspec.Struct, frozen=True):
    """Content of MANIFEST; files: every other file, relative, sorted."""

    made_by: str
    edition: str
    as_of: str | None
    files: tuple[str, ...]


def put_in_place(
    out_dir: Path,
    files: Iterable[tuple[str, bytes]],
    edition: str,
    as_of: str | None,
    progress: Callable[[int], None] | None = None,
) -> SiteReport:
    """Write all files beside `out_dir`, then swap the finished folder in: readers never see half a site.

    An older site at `out_dir` is replaced whole. Raises: UsageError if `out_dir` is a file, or holds
    files that skinproof did not write; nothing is touched then.
    """
    target = out_dir.resolve()
    _refuse_foreign(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", suffix="-new", dir=target.parent))
    try:
        fresh.chmod(0o755)
        names, n_bytes = _write_all(fresh, files, progress)
        manifest = SiteManifest("skinproof", edition, as_of, tuple(sorted(names)))
        body = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
        (fresh / MANIFEST).write_bytes(body)
        _refuse_foreign(target)
        _swap(fresh, target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    pages = sum(name.endswith(".html") for name in names)
    return SiteReport(pages, n_bytes, edition)


def _write_all(
    folder: Path, files: Iterable[tuple[str, bytes]], progress: Callable[[int], None] | None
) -> tuple[list[str], int]:
    names: dict[str, str] = {}
    made: set[Path] = set()
    n_bytes = 0
    for name, body in files:
        path = folder / name
        if name.casefold() in names:
            raise StoreError(f"two pages want the file {name!r} (the other is {names[name.casefold()]!r})")
        if not path.resolve().is_relative_to(folder.resolve()):
            raise StoreError(f"page {name!r} would lie outside the site")
        names[name.casefold()] = name
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        path.write_bytes(body)
        n_bytes += len(body)
        if progress:
            progress(len(names))
    return list(names.values()), n_bytes


def _refuse_foreign(target: Path) -> None:
    """Raises: UsageError unless `target` is absent, an empty folder, or a site of ours and nothing else."""
    if not target.exists():
        return
    if not target.is_dir():
        raise UsageError(f"{target} is a file; name a new or empty folder for the site")
    if not any(target.iterdir()):
        return
    try:
        manifest = msgspec.json.decode((target / MANIFEST).read_bytes(), type=SiteManifest)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(
            f"{target} is not empty and not a skinproof site; name a new or empty folder"
        ) from error
    ours = {MANIFEST, *manifest.files}
    foreign = sorted(name for name in _files_in(target) if name not in ours)
    if foreign:
        raise UsageError(
            f"{target} holds {len(foreign)} file(s) that skinproof did not write, such as {foreign[0]!r}; "
            "move them away or name another folder"
        )


def _files_in(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield path.relative_to(folder).as_posix()


def _swap(fresh: Path, target: Path) -> None:
    if not target.exists():
        fresh.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-", suffix="-old", dir=target.parent))
    target.rename(old / "site")
    try:
        fresh.rename(target)
    except OSError:
        (old / "site").rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
