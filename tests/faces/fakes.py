"""A workspace of synthetic studies behind the command line, and doors that note what was asked of them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from skinproof.errors import NotFoundError
from skinproof.faces.cli import main
from skinproof.faces.services import Services
from skinproof.model.record import StudyRecord
from skinproof.model.summary import Filters, StudySummary
from skinproof.model.tags import Call, Tag
from skinproof.sources.ctgov import read_ctgov
from skinproof.workflows.build import BuildReport
from skinproof.workflows.import_ import FileReport, ImportReport
from skinproof.workflows.query import FindResult, Hit, IssueRow, Selection, StudyTagRows
from tests.views.synthetic import STUDIES, VOCABULARY, stamp, summary

HOSTILE = "\x1b[31m=cmd|' /C calc'!A0"


class FakeWorkspace:
    """Answers with the synthetic studies whatever the filters, and keeps the questions."""

    vocabulary = VOCABULARY

    def __init__(self, studies: tuple[StudySummary, ...] = STUDIES) -> None:
        self.studies = studies
        self.asked: list[tuple[Filters, str | None]] = []
        self.closed = False

    def select(
        self, filters: Filters, as_of: str | None = None, columns: tuple[str, ...] | None = None
    ) -> Selection:
        self.asked.append((filters, as_of))
        return Selection(stamp(as_of=as_of), self.studies)

    @property
    def countries(self) -> tuple[str, ...]:
        return tuple(sorted({name for study in self.studies for name in study.countries}))

    def undated(self, filters: Filters) -> tuple[StudySummary, ...]:
        return ()

    def stamp(self, as_of: str | None = None) -> Any:
        return stamp(as_of=as_of)

    def preparations_of(self, study: StudySummary) -> tuple[Any, ...]:
        return ()

    def preparations_of_many(self, studies: Any) -> dict[str, Any]:
        return {study.sha256: () for study in studies}

    def issues_of(self, study: StudySummary) -> Any:
        row = IssueRow("bad_date", study.record_id, "protocolSection.x", HOSTILE, "not a date")
        return (row,) if study.issue_count else ()

    def version_for(self, record_id: str, as_of: str | None = None) -> Any:
        for study in self.studies:
            if study.record_id == record_id.upper():
                return study, stamp(as_of=as_of)
        raise NotFoundError(f"no study {record_id!r}")

    def record(self, study: StudySummary) -> StudyRecord:
        body = {
            "protocolSection": {
                "identificationModule": {"nctId": study.record_id, "briefTitle": study.brief_title}
            }
        }
        return read_ctgov(json.dumps(body).encode()).record

    def tags(self, study: StudySummary) -> StudyTagRows:
        return self.tags_of([study])[study.sha256]

    def tags_of(self, studies: Any) -> dict[str, StudyTagRows]:
        path = "protocolSection.identificationModule.briefTitle"
        tag = Tag("agent", "agent:exosome", "given", path, 0, 9, "Synthetic", "agent.role/1", "in the title")
        return {
            s.sha256: StudyTagRows(
                (tag,),
                {
                    "agent_class": Call(s.agent_class, "because", "agent.class/1"),
                    "ev_role": Call(s.ev_role, "because", "agent.role/1"),
                    "cutaneous": Call(s.cutaneous, "because", "scope/1"),
                    "aesthetic": Call(s.aesthetic, "because", "scope/1"),
                },
            )
            for s in studies
        }

    def issues(self, filters: Filters, as_of: str | None = None) -> tuple[IssueRow, ...]:
        self.asked.append((filters, as_of))
        return (IssueRow("bad_date", "NCT99999901", "protocolSection.x", HOSTILE, "not a date"),)

    def find(self, query: str, filters: Filters, as_of: str | None, limit: int, offset: int) -> FindResult:
        self.asked.append((filters, as_of))
        hits = (Hit(self.studies[0], (("title", "an \x02exosome\x03 \x1b[2J trial"),)),)
        return FindResult(stamp(), 1, hits, ("extracellular vesicle",))

    def links_of(self, record_id: str) -> tuple[()]:
        return ()

    def link_rows(self, links: Any) -> tuple[()]:
        return ()

    def registrations_of(self, record_id: str) -> tuple[str, ...]:
        return (record_id,)

    def judged_of(self, study: StudySummary) -> tuple[()]:
        return ()

    def removed_on(self, record_id: str) -> str | None:
        return "2026-11-20" if record_id == self.studies[-1].record_id and len(self.studies) > 1 else None

    def rules_alone(self) -> Any:
        return self

    def has_papers(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True


class FakeServices(Services):
    """Doors to nothing outside the test."""

    def __init__(self, workspace: FakeWorkspace | None = None, imported: ImportReport | None = None) -> None:
        self.workspace = workspace or FakeWorkspace()
        self.imported = imported or ImportReport(2, 1, 3, 0, (), (FileReport("a.json", 6, 0),))
        self.folders: list[Path] = []

    def now(self) -> datetime:
        return datetime(2020, 1, 1, tzinfo=UTC)

    def open_workspace(self, folder: Path) -> Any:
        self.folders.append(folder)
        return self.workspace

    def vocabulary(self) -> Any:
        return VOCABULARY

    def import_files(self, paths: Any, folder: Path, progress: Any, jobs: Any) -> ImportReport:
        if progress:
            progress(1_000_000, 2_000_000, 10)
        return self.imported

    def build(self, folder: Path, clean: bool, progress: Any, jobs: int) -> BuildReport:
        return BuildReport(
            edition="synthetic-1", made=not clean, n_versions=7, n_studies=6, n_papers=0, n_links=0, read=2, reused=5, suggestions=1, issues=0
        )  # fmt: skip


HOSTILE_STUDY = summary(9, brief_title=HOSTILE, agents=("agent:exosome|given",), lead_sponsor="@SUM(1)")


def run(*words: str, services: Services | None = None) -> Result:
    """The command line with the fakes behind it."""
    return CliRunner().invoke(main, list(words), obj=services or FakeServices(), env={"COLUMNS": "100"})
