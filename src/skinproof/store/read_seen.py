"""An edition as if some versions had not been stored: what was known before they came."""

import tempfile
from collections.abc import Collection
from pathlib import Path

from skinproof.store.read import EditionReader


class SeenReader(EditionReader):
    """The same questions to fewer versions; takes over an open reader, which is not to be used any more."""

    def __init__(self, reader: EditionReader, hidden: Collection[str]) -> None:
        """hidden: sha256 of the versions that are left out."""
        self.__dict__.update(reader.__dict__)
        self._hidden = list(hidden)
        self._spool: tempfile.TemporaryDirectory[str] | None = None

    def _files(self, table: str) -> list[str]:
        """The edition's files; of studies, one file with the rows that are left."""
        files = super()._files(table)
        if table != "studies" or not self._hidden or not files:
            return files
        if self._spool is None:
            self._spool = tempfile.TemporaryDirectory(prefix="skinproof-seen-")
            target = Path(self._spool.name) / "studies.parquet"
            rows = self._db.sql(
                "select * from read_parquet($files) where sha256 not in (select unnest($hidden))",
                params={"files": files, "hidden": self._hidden},
            )
            rows.write_parquet(str(target))
        return [str(Path(self._spool.name) / "studies.parquet")]

    def close(self) -> None:
        """Let go of the database and of the file with what is left."""
        super().close()
        if self._spool is not None:
            self._spool.cleanup()
