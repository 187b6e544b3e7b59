"""An edition on the second clock: what this store had seen by a day."""

from pathlib import Path

import msgspec

from skinproof.errors import NotFoundError
from skinproof.model.summary import EditionStamp
from skinproof.workflows.change_states import PastWorkspace, first_seen, time_of
from skinproof.workflows.query import Workspace, last_day


class SeenWorkspace(PastWorkspace):
    """The current edition without the versions that were stored after a day; every answer's stamp says so."""

    def __init__(self, data_dir: Path, hidden: frozenset[str], seen: str) -> None:
        super().__init__(data_dir, None, hidden)
        inner = self._reader.stamp

        def stamp(as_of: str | None) -> EditionStamp:
            plain = inner(as_of)
            return msgspec.structs.replace(plain, n_versions=plain.n_versions - len(hidden), seen=seen)

        self._reader.stamp = stamp  # type: ignore[method-assign]


def open_seen(data_dir: Path, seen: str) -> Workspace:
    """The current edition as if what was stored after a day or a minute had not come.

    seen: ISO date (UTC; its last day counts), or a date and time with or without a zone (UTC without; its minute counts).
    Raises: UsageError for an impossible date or time; NotFoundError when nothing was stored by then, or there is no edition.
    """
    timed = "T" in seen or " " in seen.strip()
    day = time_of(seen)[:16] if timed else last_day(seen)
    assert day is not None
    rows = first_seen(data_dir)
    hidden = frozenset(sha for _, sha, at in rows if at[: len(day)] > day)
    if len(hidden) == len(rows):
        first = min((at for *_, at in rows), default="never")[: len(day)]
        raise NotFoundError(f"by {day} this store had seen nothing: its first version was stored on {first}")
    return SeenWorkspace(data_dir, hidden, day)
