"""The files of one edition, open for questions, and the questions about papers and links."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from skinproof.errors import TooSlow
from skinproof.model.links import IdRow, Link, StoredId, StudyFacts
from skinproof.model.paper import PaperVersion, in_force
from skinproof.model.papers import PaperSummary
from skinproof.store.deadline import stopped_by
from skinproof.store.editions import Manifest
from skinproof.store.tables import DRAWN, TABLES

_LISTS = {
    "authors", "publication_types", "kinds", "kind_reasons", "kind_fields", "kind_starts", "kind_ends", "kind_quotes",
    "agents", "agent_classes_given", "indications",
}  # fmt: skip

_OF_A_DAY = re.compile(r"\b(?:in_force|facts)_[0-9]")
"""Tables that are made for a day."""


class PaperConditions(msgspec.Struct, frozen=True, kw_only=True):
    """Filters with every id already expanded; None = not asked."""

    agents: tuple[str, ...] | None = None
    """`term|role` pairs, any of which a paper must have."""
    indications: tuple[str, ...] | None = None
    cutaneous: str | None = None
    aesthetic: str | None = None
    kinds: tuple[str, ...] | None = None
    """Kinds, or publication types in small letters."""
    evidence: tuple[str, ...] | None = None
    not_kinds: tuple[str, ...] | None = None
    years: tuple[int, ...] | None = None
    year_from: int | None = None
    year_to: int | None = None
    record_ids: tuple[str, ...] | None = None
    text_ids: tuple[int, ...] | None = None
    named: str | None = None
    """A PMID, PMC id or DOI in small letters, with or without its kind before it, or a record id."""
    deleted: bool | None = None
    published_by: str | None = None
    linked: bool | None = None
    reporting: tuple[str, ...] = ()
    """Papers that are linked as the report of a study; what `linked` asks for."""


_WHERE = {
    "agents": "list_has_any(agents, $agents)",
    "indications": "list_has_any(indications, $indications)",
    "cutaneous": "cutaneous = $cutaneous",
    "aesthetic": "aesthetic = $aesthetic",
    "kinds": "list_has_any(list_concat(kinds, list_transform(publication_types, lambda t: lower(t))), $kinds)",
    "evidence": "list_has_any(kinds, $evidence)",
    "not_kinds": "not list_has_any(kinds, $not_kinds)",
    "years": "list_contains($years, year)",
    "year_from": "year >= $year_from",
    "year_to": "year <= $year_to",
    "record_ids": "record_id in (select unnest($record_ids))",
    "text_ids": "text_id in (select unnest($text_ids))",
    "named": "$named in (lower(record_id), pmid, 'pmid:' || pmid, lower(pmcid), doi, 'doi:' || doi)",
    "deleted": "deleted = $deleted",
    # Of a date of month or year precision the last day counts, as with the days of studies.
    "published_by": "published || substr('0000-12-31', length(published) + 1) <= $published_by",
    "linked": "(record_id in (select unnest($reporting))) = $linked",
}


def paper_where(conditions: PaperConditions) -> tuple[list[str], dict[str, Any]]:
    """The conditions as parts of a WHERE, and the values they name."""
    where, values = ["true"], {}
    for name in conditions.__struct_fields__:
        value = getattr(conditions, name)
        if value is None:
            continue
        values[name] = list(value) if isinstance(value, tuple) else value
        if name in _WHERE:
            where.append(_WHERE[name])
    return where, values


class EditionFiles:
    """One edition, open for reading."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._listed: dict[str, list[str]] = {}
        self._db = duckdb.connect(
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        self._db.execute("set global parquet_metadata_cache = true")  # files of an edition never change

    def _files(self, table: str) -> list[str]:
        found = self._listed.get(table)
        if found is None:
            found = [
                f"{self.folder}/{partition.files[table].path}"
                for partition in self.manifest.partitions.values()
                if table in partition.files
            ]
            self._listed[table] = found
        return found

    def _rows(self, sql: str, values: Mapping[str, Any], **tables: pa.Table) -> list[tuple[Any, ...]]:
        with self._asked(tables) as cursor:
            return cursor.execute(sql, {k: v for k, v in values.items() if f"${k}" in sql}).fetchall()

    @contextmanager
    def _asked(self, tables: Mapping[str, pa.Table]) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of its own for each query, with these tables: threads share the rest and never each other's answers.

        Raises: TooSlow after the deadline, and where the table of a day made room for those of other days meanwhile.
        """
        cursor = self._db.cursor()
        try:
            for name, table in tables.items():
                cursor.register(name, table)
            with stopped_by(cursor.interrupt):
                yield cursor
        except duckdb.InterruptException as error:
            raise TooSlow("this takes longer than a server may work on one answer; ask for less") from error
        except duckdb.CatalogException as error:
            if not _OF_A_DAY.search(str(error)):
                raise
            raise TooSlow("too many days are asked for at once; ask again in a moment") from error
        finally:
            cursor.close()

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()


class PaperReader(EditionFiles):
    """Papers, each by its version in force, and what belongs together."""

    def has_papers(self) -> bool:
        """Whether the edition holds any paper."""
        return self.manifest.rows.get("papers", 0) > 0

    def papers(self, conditions: PaperConditions) -> tuple[PaperSummary, ...]:
        """One summary per paper that meets the conditions, sorted by record id."""
        if not self.has_papers():
            return ()
        where, values = paper_where(conditions)
        values |= {"papers": self._files("papers"), "reports": self._files("reports")}
        return self._summaries(
            f"""join read_parquet($reports) report using (record_id, source, sha256)
                where {" and ".join(where)} order by record_id""",
            values,
        )

    def _summaries(self, rest: str, values: Mapping[str, Any]) -> tuple[PaperSummary, ...]:
        names = PaperSummary.__struct_fields__
        rows = self._rows(f"select {', '.join(names)} from read_parquet($papers) paper {rest}", values)
        lists = [n for n, name in enumerate(names) if name in _LISTS]
        found = []
        for row in rows:
            told = list(row)
            for place in lists:
                told[place] = tuple(told[place] or ())
            found.append(PaperSummary(**dict(zip(names, told, strict=True))))
        return tuple(found)

    def papers_by_sha(self, shas: Sequence[str]) -> tuple[PaperSummary, ...]:
        """The versions of papers with these hashes, whether in force or not, sorted by record id."""
        if not shas or not self.has_papers():
            return ()
        values = {"papers": self._files("papers"), "shas": list(shas)}
        return self._summaries("where sha256 in (select unnest($shas)) order by record_id, source", values)

    def reports_in_force(
        self, without: Sequence[str] = (), dated_by: str | None = None
    ) -> list[tuple[str, str, str]]:
        """(record id, source, sha256) of the version of each paper that is in force where some are left out.

        without: their sha256; dated_by: only versions that their source dates by this ISO day.
        """
        files = self._files("papers")
        if not files:
            return []
        rows = self._rows(
            """select record_id, source, completeness, registry_date, sha256, pmid_version, deleted from read_parquet($papers)
            where sha256 not in (select unnest($without)) and ($day is null or registry_date <= $day)
            order by record_id, sha256, source""",
            {"papers": files, "without": list(without), "day": dated_by},
        )
        found = []
        for record_id, some in groupby(rows, key=lambda row: row[0]):
            versions = [PaperVersion(*row[1:]) for row in some]
            best = versions[in_force(versions)]
            found.append((record_id, best.source, best.sha256))
        return found

    def paper_ids(self) -> tuple[str, ...]:
        """The id of every paper held, sorted."""
        files = self._files("reports") if self.has_papers() else []
        sql = "select record_id from read_parquet($files) order by record_id"
        return tuple(row[0] for row in self._rows(sql, {"files": files})) if files else ()

    def links(self) -> tuple[Link, ...]:
        """What the build linked or left to a person, in order."""
        files = self._files("links")
        if not files:
            return ()
        names = DRAWN["links"].names
        columns = ", ".join(f'"{name}"' for name in names)
        rows = self._rows(f"select {columns} from read_parquet($files)", {"files": files})
        return tuple(Link(**dict(zip(names, row, strict=True))) for row in rows)

    def ids_of(self, shas: Sequence[str]) -> list[StoredId]:
        """The ids that some record versions name, in the order of the records."""
        files = self._files("ids")
        if not files or not shas:
            return []
        columns = ", ".join(f'"{name}"' for name in TABLES["ids"].names if name != "seq")
        rows = self._rows(
            f"""select {columns} from read_parquet($files) where sha256 in (select unnest($shas))
                order by record_id, sha256, source, seq""",
            {"files": files, "shas": list(shas)},
        )
        return [StoredId(row[0], row[1], row[2], IdRow(*row[3:])) for row in rows]

    def facts(self, record_ids: Sequence[str]) -> dict[str, StudyFacts]:
        """What decides which registration of a trial is shown, of some studies; ids that are none are left out."""
        files = self._files("studies")
        if not files or not record_ids:
            return {}
        rows = self._rows(
            """select record_id, bool_or(completeness = 'full'), min(first_posted_latest) from read_parquet($files)
            where record_id in (select unnest($record_ids)) group by record_id""",
            {"files": files, "record_ids": list(record_ids)},
        )
        return {
            name: StudyFacts(record_id=name, completeness="full" if full else "partial", first_posted=day)
            for name, full, day in rows
        }
