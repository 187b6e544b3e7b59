"""What linking reads from the finished partitions of an edition, and what it writes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from skinproof.model.links import IdRow, Link, PaperFacts, StoredId, StudyFacts
from skinproof.model.paper import PaperVersion
from skinproof.store.editions import FileEntry, Partition, write_table
from skinproof.store.read import RANKED
from skinproof.store.tables import DRAWN, LINKS, TABLES


class LinkRows:
    """The tables of an edition that is being built; use it in a `with`."""

    def __init__(self, folder: Path, partitions: Mapping[str, Partition]) -> None:
        self._folder, self._partitions = folder, partitions
        self._db = duckdb.connect(
            config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        )
        self._db.execute("set threads = 1")  # the small reads of an update are slower with more
        self._values: dict[str, Any] = {"as_of": None}
        for table in ("studies", "papers", "ids"):
            self._values[table] = self._files(table)

    def __enter__(self) -> "LinkRows":
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def studies(self) -> dict[str, StudyFacts]:
        """The studies, each as its version in force tells."""
        if not self._values["studies"]:
            return {}
        self._execute(
            f"create temp table study as with {RANKED.format(studies='read_parquet($studies)')} "
            """select v.record_id, v.source, v.sha256, aliases, v.completeness, visible_from, start_date
            from read_parquet($studies) v join ranked using (record_id, source, sha256) where place = 1"""
        )
        rows = self._execute(
            "select record_id, aliases, completeness, visible_from, start_date from study order by record_id"
        ).fetchall()
        return {
            row[0]: StudyFacts(
                record_id=row[0], aliases=tuple(row[1] or ()), completeness=row[2], first_posted=row[3],
                start_date=row[4],
            )
            for row in rows
        }  # fmt: skip

    def paper_versions(self) -> list[tuple[str, PaperVersion]]:
        """(record id, what decides which version is in force) of every version of a paper."""
        if not self._values["papers"]:
            return []
        rows = self._execute(
            """select record_id, source, completeness, registry_date, sha256, pmid_version, deleted
            from read_parquet($papers) order by record_id, sha256, source"""
        ).fetchall()
        return [(row[0], PaperVersion(*row[1:])) for row in rows]

    def papers(self, in_force: Sequence[tuple[str, str, str]]) -> dict[str, PaperFacts]:
        """The papers whose versions (record id, source, sha256) are in force."""
        if not in_force:
            return {}
        self._db.register("report_rows", reports_table(in_force))
        self._execute("create temp table report as select * from report_rows")
        rows = self._execute(
            """select record_id, pmid, doi, year, kinds, publication_types
            from read_parquet($papers) join report using (record_id, source, sha256) order by record_id"""
        ).fetchall()
        return {
            row[0]: PaperFacts(
                record_id=row[0], pmid=row[1], doi=row[2], year=row[3], kinds=tuple(row[4] or ()),
                publication_types=tuple(row[5] or ()),
            )
            for row in rows
        }  # fmt: skip

    def study_ids(self) -> list[StoredId]:
        """Ids of other registrations named by studies in force, and the papers they cite that are held."""
        cited = "'PMID:' || pmid from read_parquet($papers)" if self._values["papers"] else "null::varchar"
        return self._ids(
            "study", f"(place in ('org', 'secondary') or (place = 'reference' and id in (select {cited})))"
        )

    def paper_ids(self) -> list[StoredId]:
        """Ids named by the papers in force."""
        return self._ids("report", "true") if self._values["papers"] else []

    def _ids(self, table: str, where: str) -> list[StoredId]:
        if not self._values["ids"] or (table == "study" and not self._values["studies"]):
            return []
        names = [name for name in TABLES["ids"].names if name != "seq"]
        columns = ", ".join(f'n."{name}"' for name in names)
        rows = self._execute(
            f"""select {columns} from read_parquet($ids) n join {table} using (record_id, source, sha256)
            where id is not null and {where} order by n.record_id, n.sha256, n.source, n.seq"""
        ).fetchall()
        return [StoredId(row[0], row[1], row[2], IdRow(*row[3:])) for row in rows]

    def _execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        return self._db.execute(sql, {key: v for key, v in self._values.items() if f"${key}" in sql})

    def _files(self, table: str) -> list[str]:
        return [
            str(self._folder / partition.files[table].path)
            for partition in self._partitions.values()
            if table in partition.files
        ]


def reports_table(in_force: Sequence[tuple[str, str, str]]) -> pa.Table:
    """The table `reports`: the version in force of each paper, sorted."""
    rows = sorted(in_force)
    return pa.Table.from_arrays(
        [pa.array([row[i] for row in rows], pa.string()) for i in range(3)], schema=DRAWN["reports"]
    )


def write_links(
    folder: Path, key: str, links: Sequence[Link], in_force: Sequence[tuple[str, str, str]]
) -> Partition:
    """Write the partition LINKS: a file for each table that has rows. The columns of `links` are the fields of `Link`."""
    files: dict[str, FileEntry] = {}
    schema = DRAWN["links"]
    if links:
        columns = zip(*(msgspec.structs.astuple(link) for link in links), strict=True)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
        files["links"] = write_table(folder, "links", LINKS, pa.Table.from_arrays(arrays, schema=schema))
    if in_force:
        files["reports"] = write_table(folder, "reports", LINKS, reports_table(in_force))
    return Partition(key, 0, files)
