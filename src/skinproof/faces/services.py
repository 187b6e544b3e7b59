"""What the commands reach for outside themselves; a test hands in another one."""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skinproof.errors import StoreError
from skinproof.settings import data_dir

if TYPE_CHECKING:
    from skinproof.judgements.links import JudgedLink
    from skinproof.model.journal import JournalLine, Judgement
    from skinproof.model.summary import Filters
    from skinproof.store.leftovers import Leftovers
    from skinproof.store.watches import Watch
    from skinproof.views.changes import ChangeReport
    from skinproof.vocabulary.term import Vocabulary
    from skinproof.workflows.build import BuildReport
    from skinproof.workflows.changes import StudyHistory
    from skinproof.workflows.demo import DemoReport
    from skinproof.workflows.drift import EditionFill
    from skinproof.workflows.health import Health
    from skinproof.workflows.import_ import ImportReport
    from skinproof.workflows.integrity import Integrity
    from skinproof.workflows.query import Workspace
    from skinproof.workflows.site import SiteReport
    from skinproof.workflows.sync import ListedQuery
    from skinproof.workflows.sync_ids import IdsReport
    from skinproof.workflows.sync_report import SyncReport
    from skinproof.workflows.upkeep import BackupReport
    from skinproof.workflows.watch import News


class Services:
    """The doors to workflows, clock and environment. Every method imports what it needs when it is called."""

    def data_dir(self, option: str | None) -> Path:
        """The data folder that is meant. Raises: StoreError when it is a file."""
        folder = data_dir(option, os.environ, Path.home(), sys.platform)
        if folder.is_file():
            raise StoreError(f"{folder} is a file; name a folder")
        return folder

    def now(self) -> datetime:
        """The time of day, with time zone."""
        return datetime.now(UTC)

    def open_workspace(self, folder: Path) -> "Workspace":
        """The current edition of a data folder. Raises: NotFoundError when there is none."""
        from skinproof.workflows.query import open_workspace

        return open_workspace(folder)

    def open_seen(self, folder: Path, seen: str) -> "Workspace":
        """The current edition as this store had seen it by a day. Raises: UsageError, NotFoundError."""
        from skinproof.workflows.seen import open_seen

        return open_seen(folder, seen)

    def vocabulary(self) -> "Vocabulary":
        """The vocabulary this version of skinproof ships with."""
        from skinproof.vocabulary.loader import load_bundled

        return load_bundled()

    def import_files(
        self,
        paths: list[Path],
        folder: Path,
        progress: Callable[[int, int, int], None] | None,
        jobs: int | None,
    ) -> "ImportReport":
        """Store record versions. Raises: InputError, StoreError."""
        from skinproof.workflows.import_ import import_files

        return import_files(paths, folder, self.now(), progress, jobs)

    def build(
        self, folder: Path, clean: bool, progress: Callable[[int, int], None] | None, jobs: int
    ) -> "BuildReport":
        """Make an edition. Raises: NotFoundError, StoreError, EditionError."""
        from skinproof.workflows.build import build

        return build(folder, clean=clean, jobs=jobs, progress=progress)

    def accept_drift(self, folder: Path, fields: Sequence[str], who: str) -> None:
        """Note that changes of a source's fields are as they should be. Raises: UsageError, StoreError."""
        from skinproof.workflows.drift import accept_drift

        accept_drift(folder, fields, who, self.now().isoformat(timespec="seconds"))

    def who(self) -> str:
        """The login name: who says something in the journal."""
        import getpass

        try:
            return getpass.getuser()
        except (KeyError, OSError):  # a container without names
            return "unknown"

    def judge_link(
        self, folder: Path, what: str, one: str, other: str, who: str, reason: str, now: str
    ) -> "tuple[JournalLine, JudgedLink]":
        """Write what a person says of a link. Raises: NotFoundError, UsageError, StoreError."""
        from skinproof.workflows.judge import judge_link

        return judge_link(folder, what, one, other, who=who, reason=reason, now=now)

    def judge(self, folder: Path, judgement: "Judgement", now: str) -> "JournalLine":
        """Write what a person says of an answer. Raises: StoreError."""
        from skinproof.workflows.judge_answer import write_judgement

        return write_judgement(folder, judgement, now)

    def undo(self, folder: Path, number: int, who: str, reason: str, now: str) -> "JournalLine":
        """Take back a line of the journal. Raises: NotFoundError, UsageError, StoreError."""
        from skinproof.workflows.judge_answer import undo_line

        return undo_line(folder, number, who=who, reason=reason, now=now)

    def journal(self, folder: Path) -> "tuple[JournalLine, ...]":
        """Every line of the journal. Raises: NotFoundError, StoreError."""
        from skinproof.workflows.judge import read_journal

        return read_journal(folder)

    def backup(self, folder: Path, file: Path) -> "BackupReport":
        """Write a backup. Raises: NotFoundError, UsageError, StoreError."""
        from skinproof.workflows.upkeep import backup

        return backup(folder, file, os.environ, self.now().isoformat(timespec="seconds"))

    def restore(self, folder: Path, file: Path) -> "BackupReport":
        """Put a backup back. Raises: InputError, StoreError."""
        from skinproof.workflows.upkeep import restore

        return restore(folder, file, os.environ)

    def collect(self, folder: Path, keep: int, older_than: float, dry_run: bool) -> "Leftovers":
        """Remove what can go. Raises: BusyError."""
        from skinproof.workflows.upkeep import collect

        return collect(folder, self.now(), keep=keep, older_than=older_than, dry_run=dry_run)

    def health(self, folder: Path) -> "Health":
        """How a data folder is."""
        from skinproof.workflows.health import health

        return health(folder, os.environ, self.now())

    def integrity(self, folder: Path, progress: Callable[[int, int], None] | None) -> "Integrity":
        """Whether all that is held is as it was stored."""
        from skinproof.workflows.integrity import check_all

        return check_all(folder, progress)

    def fill(self, folder: Path) -> "EditionFill | None":
        """How often the current edition's fields are filled; None where it does not say. Raises: NotFoundError."""
        from skinproof.store.editions import Editions
        from skinproof.workflows.drift import edition_fill

        editions = Editions(folder / "editions")
        manifest = editions.manifest()
        return edition_fill(editions.root / manifest.edition, manifest)

    def sync(self, folder: Path, **asked: Any) -> "SyncReport":
        """Bring queries up to date. asked: as `workflows.sync.sync`. Raises: as that does."""
        from skinproof.workflows.sync import sync
        from skinproof.workflows.sync_sources import polite

        return sync(folder, open_fetch=polite(os.environ), environment=os.environ, now=self.now, **asked)

    def sync_queries(self, folder: Path) -> "list[ListedQuery]":
        """The named queries. Raises: InputError, StoreError."""
        from skinproof.workflows.sync import list_queries

        return list_queries(folder)

    def sync_ids(self, folder: Path, name: str, source: str, on: str | None) -> "IdsReport":
        """The ids a query gave. Raises: UsageError, NotFoundError."""
        from skinproof.workflows.sync_ids import ids_on

        return ids_on(folder, name, source, on)

    def changes(self, folder: Path, filters: "Filters", **asked: Any) -> "ChangeReport":
        """What changed. asked: as `workflows.change_states.sides`. Raises: UsageError, NotFoundError."""
        from skinproof.workflows.change_states import sides
        from skinproof.workflows.changes import compare

        found = sides(folder, self.now().date(), **asked)
        try:
            return compare(found, filters)
        finally:
            found.close()

    def history(self, workspace: "Workspace", record_id: str) -> "StudyHistory":
        """All versions of one study. Raises: NotFoundError."""
        from skinproof.workflows.changes import study_history

        return study_history(workspace, record_id)

    def watches(self, folder: Path) -> "tuple[Watch, ...]":
        """The saved searches. Raises: StoreError."""
        from skinproof.store.watches import Watches

        return Watches(folder).all()

    def add_watch(self, folder: Path, name: str, query: str, filters: "Filters") -> "Watch":
        """Save a search. Raises: UsageError, NotFoundError, StoreError."""
        from skinproof.workflows.watch import add_watch

        return add_watch(folder, name, query, filters, self.now())

    def remove_watch(self, folder: Path, name: str) -> None:
        """Forget a saved search. Raises: NotFoundError, StoreError."""
        from skinproof.store.watches import Watches

        store = Watches(folder)
        with store.writing():
            store.remove(name)

    def news(self, folder: Path, name: str) -> "News":
        """What is new for a watch. Raises: NotFoundError."""
        from skinproof.workflows.watch import news

        return news(folder, name, self.now())

    def told(self, folder: Path, news: "News") -> None:
        """Note that news were delivered. Raises: StoreError."""
        from skinproof.workflows.watch import told

        told(folder, news)

    def check_webhook(self, url: str) -> None:
        """Whether a message may be sent to an address; nothing is sent. Raises: UsageError."""
        from skinproof.transport.webhook import check_address

        check_address(url)

    def send(self, url: str, body: bytes, key: str) -> None:
        """Send JSON to an address of the user's own. Raises: UsageError, SourceError."""
        from skinproof.transport.policy import user_agent
        from skinproof.transport.webhook import post

        post(url, body, user_agent(None), key)

    def write_site(
        self,
        workspace: "Workspace",
        out_dir: Path,
        as_of: str | None,
        progress: Callable[[int, int], None] | None,
    ) -> "SiteReport":
        """Write the static site. Raises: UsageError."""
        from skinproof.faces.site.write import write_site

        return write_site(workspace, out_dir, as_of, progress)

    def demo(
        self,
        out_dir: Path,
        echo: Callable[[str], None],
        map_text: Callable[[Path], str],
        method_text: Callable[[], str],
        write_site: Callable[[Path, Path], object],
    ) -> "DemoReport":
        """The bundled facts through import, build, map and site."""
        from skinproof.workflows.demo import demo

        return demo(
            out_dir, self.now(), echo, map_text=map_text, method_text=method_text, write_site=write_site
        )
