"""An edition as if some versions had not been stored: what was known before they came."""

import tempfile
from collections.abc import Collection
from pathlib import Path

from skinproof.model.links import Link
from skinproof.store.read import EditionReader


class SeenReader(EditionReader):
    """The same questions to fewer versions; takes over an open reader, which is not to be used any more."""

    def __init__(self, reader: EditionReader, hidden: Collection[str]) -> None:
        """hidden: sha256 of the versions that are left out."""
        self.__dict__.update(reader.__dict__)
        self._hidden = list(hidden)
        self._spool: tempfile.TemporaryDirectory[str] | None = None

    def _files(self, table: str) -> list[str]:
        """The edition's files; of studies and of the papers in force, one file with the rows that are left."""
        files = super()._files(table)
        if table not in ("studies", "reports") or not self._hidden or not files:
            return files
        if self._spool is None:
            self._spool = tempfile.TemporaryDirectory(prefix="skinproof-seen-")
        target = Path(self._spool.name) / f"{table}.parquet"
        if target.exists():
            return [str(target)]
        if table == "reports":
            import pyarrow.parquet as pq  # few questions need it

            from skinproof.store.link_rows import reports_table

            pq.write_table(reports_table(self.reports_in_force(self._hidden)), target)
        else:
            rows = self._db.sql(
                "select * from read_parquet($files) where sha256 not in (select unnest($hidden))",
                params={"files": files, "hidden": self._hidden},
            )
            rows.write_parquet(str(target))
        return [str(target)]

    def links(self) -> tuple[Link, ...]:
        """Links between papers and studies that the versions left say too; pairs of registrations stay as they are."""
        found = super().links()
        hidden = set(self._hidden)
        if not hidden or not any(link.sha256 in hidden for link in found):
            return found
        in_force = {row[0]: row[2] for row in self.reports_in_force(self._hidden)}
        late = {k.record_id for k in found if k.sha256 in hidden}
        files = self._files("studies")
        rows = self._rows(
            "select record_id, sha256 from read_parquet($files) where record_id in (select unnest($late))",
            {"files": files, "late": sorted(late)},
        ) if files else []  # fmt: skip
        shas = [sha for _, sha in rows] + [in_force[name] for name in late if name in in_force]
        named = {(one.record_id, one.row.id) for one in self.ids_of(shas)}
        return tuple(
            k
            for k in found
            if k.relation in ("registration", "related")
            or k.sha256 not in hidden
            or (k.record_id, k.named) in named
        )

    def close(self) -> None:
        """Let go of the database and of the file with what is left."""
        super().close()
        if self._spool is not None:
            self._spool.cleanup()
