"""What a sync did, query by query; the exit code follows from it."""

import msgspec

from skinproof.errors import DriftError, IncompleteError, SourceError
from skinproof.workflows.build import BuildReport
from skinproof.workflows.sync_fields import FieldNews

LISTED = 1000
"""Missing ids that are listed; `n_missing` counts them all."""


class Unread(msgspec.Struct, frozen=True):
    """A record that came and cannot be read. record_id: "" where even the id cannot be read."""

    record_id: str
    where: str
    reason: str


class QueryReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one query at one source.

    kind: full (all pages) | changed (what changed since `since`)
    resumed: it went on where an earlier run was cut off; restarts: how often it began again, as the data had changed
    swept: all ids were asked for in this run
    reported: records the source says the query has; stored: of its ids, how many are held now
    new, changed, unchanged: record versions that came in this run (unchanged: held already)
    missing: ids that are not held, at most LISTED; unexplained: how many more the source counts than it gave ids of
    gone, left: ids that the source has no more, and that no longer answer the query; aliases: (id, id it goes by now)
    requests: sent, tries again included; error: why it could not come to its end, and the exit code of that
    """

    name: str
    source: str
    title: str
    kind: str
    since: str | None = None
    resumed: bool = False
    restarts: int = 0
    swept: bool = False
    reported: int | None = None
    stored: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    unread: tuple[Unread, ...] = ()
    n_missing: int = 0
    missing: tuple[str, ...] = ()
    unexplained: int = 0
    gone: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    data_version: str | None = None
    requests: int = 0
    complete: bool = False
    error: str | None = None
    error_code: int = 0

    @property
    def exit_code(self) -> int:
        """0, that of the error, or 10 when something is missing."""
        return self.error_code if self.error else 0 if self.complete else IncompleteError.exit_code


class SyncReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a sync did. stored, reported: added up over the queries, a record in two of them counts twice.

    fields: what sources said that is new of the fields of their records
    build: None where none was asked for, where a source changed its shape, and where nothing is stored
    build_error: why no edition could be made, and the exit code of that; the last edition then stays current
    """

    stored: int
    reported: int
    complete: bool
    queries: tuple[QueryReport, ...]
    fields: tuple[FieldNews, ...] = ()
    build: BuildReport | None = None
    build_error: str | None = None
    build_error_code: int = 0

    @property
    def exit_code(self) -> int:
        """The gravest of the queries': an error of the program or the disk, a changed source, a source out of reach,
        something missing."""
        codes = {query.exit_code for query in self.queries} | {self.build_error_code}
        if any(news.vanished for news in self.fields):
            codes.add(DriftError.exit_code)
        known = (SourceError.exit_code, IncompleteError.exit_code)
        grave = sorted(codes - {0, *known})
        return grave[0] if grave else next((code for code in known if code in codes), 0)
