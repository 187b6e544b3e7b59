"""What a source says of its own fields, asked for once in each state of its data: new ones are told, and one that is read
here and vanished ends a sync before a build.

A field counts as vanished when the source named it the last time and does not now; the first time, when it is one that
every record has. Records are stored all the same: they hold whatever the source gave.
"""

from collections.abc import Collection, Iterable

import msgspec

from skinproof.errors import SourceError
from skinproof.model.exchange import DescribedFeed, Fetch
from skinproof.sources import record_paths
from skinproof.store.raw import RawStore
from skinproof.store.sync_state import SourceFields
from skinproof.workflows.drift import accepted_fields


class FieldNews(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a source's fields. new: named for the first time; vanished: read here, and not named any more.

    Of a group of fields only the group stands here.
    """

    source: str
    new: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()


def field_news(
    store: RawStore, feed: DescribedFeed, fetch: Fetch, version: str | None, now: str
) -> FieldNews:
    """Ask for the fields of a source if its data is in another state than when it was last asked. Keeps the answer.

    A source that does not answer is asked again the next time. now: ISO time, UTC. Raises: StoreError.
    """
    state = store.sync_state()
    accepted = accepted_fields(store)
    kept = state.fields(feed.name)
    if kept is not None and version is not None and kept.data_version == version:
        return FieldNews(source=feed.name, vanished=_standing(feed.name, kept.vanished, accepted))
    old = kept or SourceFields(None, now, frozenset(), ())
    try:
        live = feed.fields(fetch)
    except SourceError:
        return FieldNews(source=feed.name, vanished=_standing(feed.name, old.vanished, accepted))
    if live is None:  # it does not describe its fields: no need to ask again before its data changes
        state.keep_fields(feed.name, old._replace(data_version=version, at=now))
        return FieldNews(source=feed.name, vanished=_standing(feed.name, old.vanished, accepted))
    before = old.fields or record_paths.ALWAYS
    lost = {path for path in before - live if _is_read(path)} | (set(old.vanished) - live)
    state.keep_fields(feed.name, SourceFields(version, now, live, tuple(sorted(lost))))
    new = heads(live - before - record_paths.described_paths()) if old.fields else ()
    return FieldNews(source=feed.name, new=new, vanished=_standing(feed.name, lost, accepted))


def heads(paths: Iterable[str]) -> tuple[str, ...]:
    """Of paths, those that do not lie in another one.

    >>> heads(["a.b", "a.b[].c", "a.bc"])
    ('a.b', 'a.bc')
    """
    found = set(paths)
    return tuple(sorted(path for path in found if not any(group in found for group in _groups(path))))


def _standing(source: str, vanished: Iterable[str], accepted: Collection[str]) -> tuple[str, ...]:
    fields = {field.removeprefix(f"{source}:") for field in accepted if field.startswith(f"{source}:")}
    return heads(
        path for path in vanished if path not in fields and not any(g in fields for g in _groups(path))
    )


def _groups(path: str) -> list[str]:
    """The groups of fields that a path lies in."""
    steps = path.split(".")
    return [".".join(steps[:n]).removesuffix("[]") for n in range(1, len(steps))]


def _is_read(path: str) -> bool:
    return path in record_paths.described_paths() and not path.startswith(record_paths.NOT_READ)
