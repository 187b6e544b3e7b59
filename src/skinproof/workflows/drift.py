"""The drift alarm of a build: a field that a source renamed or emptied stops the edition before it becomes current.

Looked at are the versions that the last edition did not hold: a tenth of them, 500 at the least, and every one in which
the strict reading met an unknown field (most of these too are a few). With each comes the version of the same record
that the last edition held. `views.fill` judges.

Every edition keeps how often each field is filled (`fill.json`), from the 500 versions of a source with the smallest
sha256: a random sample that does not depend on when they came, so that the file is a function of what is stored.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

import msgspec

from skinproof.errors import DriftError, NotFoundError, UsageError
from skinproof.judgements.fold import fold
from skinproof.model.journal import JournalLine, Judgement
from skinproof.sources import record_paths
from skinproof.sources.record_paths import filled_paths, holder_of
from skinproof.store.editions import Editions, FileEntry, Manifest, Partition, file_entry
from skinproof.store.raw import RawStore
from skinproof.views.fill import Drift, Fill, Knowledge, Seen, drift_line, find_drift
from skinproof.workflows.partitions import VersionKey

FILE = "fill.json"
KIND = "drift"
"""Of the journal's lines that accept a change; their subject is `source:path`."""
SAMPLE = 500
_SUSPECTS = 200
_TOLD = 8

KNOWLEDGE: Mapping[str, Knowledge] = {
    "ctgov": Knowledge(
        described=record_paths.described_paths(),
        always=record_paths.ALWAYS,
        come_and_go=record_paths.COME_AND_GO,
        not_read=record_paths.NOT_READ,
    )
}


class SourceFill(Fill, frozen=True, kw_only=True):
    """The fill of one source, with what each sampled version holds.

    sample: sha256 -> a hex number whose bit n says that the n-th of the sorted paths is filled, and the day for which the
    version was fetched, where it says one
    """

    sample: Mapping[str, tuple[str, str | None]]


class EditionFill(msgspec.Struct, frozen=True):
    """`fill.json` of an edition. rule: version of what counts as filled; sources: by name, ` (partial)` added to those
    whose versions hold less than the source's whole record.
    """

    rule: str
    sources: Mapping[str, SourceFill]


def edition_fill(folder: Path, manifest: Manifest) -> EditionFill | None:
    """What an edition says of its fields; None for one that was made before they were counted, or by another rule."""
    if manifest.fill_file is None:
        return None
    try:
        fill = msgspec.json.decode((folder / manifest.fill_file.path).read_bytes(), type=EditionFill)
    except (OSError, msgspec.MsgspecError):
        return None
    return fill if fill.rule == record_paths.RULE else None


def check_drift(
    data_dir: Path,
    folder: Path,
    editions: Editions,
    last: Manifest | None,
    versions: Sequence[VersionKey],
    changed: Mapping[str, Sequence[VersionKey]],
    made: Mapping[str, Partition],
    again: Collection[str] = (),
) -> FileEntry:
    """Write the fill of a built folder, once nothing in its new versions looks like a field renamed or emptied.

    last: the current edition. changed: versions of the partitions that were made anew, by partition; made: all
    partitions of the folder; again: versions whose day of fetching changed since they were stored.
    Raises: DriftError naming each field; the folder is then not to be made current.
    """
    old = edition_fill(editions.root / last.edition, last) if last is not None else None
    new = _new(editions, last, changed)
    suspects = _suspects(folder, [made[name] for name in changed]) if new else frozenset()
    with RawStore.open(data_dir, write=False) as raw:
        look = _Look(raw)
        found = _judged(look, new, versions, old, suspects, accepted_fields(raw)) if new else ()
        if found:
            raise DriftError(_message(found, last))
        fill = EditionFill(record_paths.RULE, _fills(look, versions, old, again))
    path = folder / FILE
    path.write_bytes(msgspec.json.encode(fill, order="sorted"))
    return file_entry(folder, path, sum(len(source.paths) for source in fill.sources.values()))


def _judged(
    look: "_Look",
    new: Sequence[VersionKey],
    versions: Iterable[VersionKey],
    old: EditionFill | None,
    suspects: Collection[str],
    accepted: Collection[str],
) -> list[Drift]:
    drifts: list[Drift] = []
    before = _before(new, versions) if old is not None else {}
    for name, group in sorted(_by_stratum(new).items()):
        reference = old.sources.get(name) if old is not None else None
        # Twenty copies of one study say no more than one of them.
        group = _newest_of_each(group)
        size = max(SAMPLE, len(group) // 10 if reference is not None else 0)
        chosen = _smallest(group, size)
        at_random = {version.sha256 for version in chosen}
        odd = _smallest([v for v in group if v.sha256 in suspects and v.sha256 not in at_random], _SUSPECTS)
        keys = [*chosen, *odd]
        pairs = [before.get(version.sha256) for version in keys]
        look.at([*keys, *(pair for pair in pairs if pair is not None)])
        days = [look.holders[version.sha256] for version in chosen]
        undated = days.count(None) * 2 > len(days)
        seen = [
            Seen(
                paths=look.paths[version.sha256],
                before=look.paths[pair.sha256] if pair is not None else None,
                random=version.sha256 in at_random,
                current=_is_current(look.holders[version.sha256], undated, reference),
            )
            for version, pair in zip(keys, pairs, strict=True)
        ]
        source = name.partition(" ")[0]
        passed = [field.removeprefix(f"{source}:") for field in accepted if field.startswith(f"{source}:")]
        drifts += find_drift(source, seen, reference, KNOWLEDGE.get(name, Knowledge()), passed)
    return drifts


def _is_current(holder: str | None, undated: bool, reference: Fill | None) -> bool:
    """Whether a version was fetched no earlier than what the last edition holds: old downloads have old shapes.

    undated: most new versions do not say when they were fetched; a few that do not are odd copies.
    """
    if reference is None or reference.newest is None:
        return True
    return undated if holder is None else holder >= reference.newest


class _Look:
    """The paths and holders of versions, each body read once."""

    def __init__(self, raw: RawStore) -> None:
        self._raw = raw
        self.paths: dict[str, frozenset[str]] = {}
        self.holders: dict[str, str | None] = {}

    def at(self, versions: Iterable[VersionKey]) -> None:
        wanted = {v.sha256: v for v in versions if v.sha256 not in self.paths}
        # In the order of the store's frames: quarter by quarter.
        order = sorted(wanted.values(), key=lambda v: (v.registry_date or "", v.record_id))
        bodies = self._raw.bodies([(v.source, v.record_id, v.sha256) for v in order])
        for version, body in zip(order, bodies, strict=True):
            self.paths[version.sha256] = filled_paths(body)
            self.holders[version.sha256] = holder_of(body)


def _fills(
    look: _Look, versions: Iterable[VersionKey], old: EditionFill | None, again: Collection[str]
) -> dict[str, SourceFill]:
    fills = {}
    for name, group in sorted(_by_stratum(versions).items()):
        sample = _smallest(group, SAMPLE)
        known = _unpacked(old.sources[name]) if old is not None and name in old.sources else {}
        look.at(version for version in sample if version.sha256 not in known or version.sha256 in again)
        held = {
            sha: (look.paths[sha], look.holders[sha]) if sha in look.paths else known[sha]
            for sha in sorted(version.sha256 for version in sample)
        }
        counts = Counter(path for paths, _ in held.values() for path in paths)
        place = {path: n for n, path in enumerate(sorted(counts))}
        fills[name] = SourceFill(
            versions=len(group),
            sampled=len(sample),
            newest=max((day for _, day in held.values() if day is not None), default=None),
            paths=counts,
            sample={
                sha: (f"{sum(1 << place[path] for path in paths):x}", day)
                for sha, (paths, day) in held.items()
            },
        )
    return fills


def _unpacked(fill: SourceFill) -> dict[str, tuple[frozenset[str], str | None]]:
    paths = sorted(fill.paths)
    found = {}
    for sha, (mask, day) in fill.sample.items():
        bits = bin(int(mask, 16))[:1:-1]
        filled = frozenset(path for path, bit in zip(paths, bits, strict=False) if bit == "1")
        found[sha] = (filled, day)
    return found


def _by_stratum(versions: Iterable[VersionKey]) -> dict[str, list[VersionKey]]:
    groups: dict[str, list[VersionKey]] = defaultdict(list)
    for version in versions:
        whole = version.completeness == "full"
        groups[version.source if whole else f"{version.source} (partial)"].append(version)
    return groups


def _newest_of_each(versions: Iterable[VersionKey]) -> list[VersionKey]:
    newest: dict[str, VersionKey] = {}
    for version in versions:
        held = newest.get(version.record_id)
        day = (version.registry_date or "", version.sha256)
        if held is None or day > (held.registry_date or "", held.sha256):
            newest[version.record_id] = version
    return list(newest.values())


def _smallest(versions: Iterable[VersionKey], size: int) -> list[VersionKey]:
    return heapq.nsmallest(size, versions, key=lambda version: version.sha256)


def _new(
    editions: Editions, last: Manifest | None, changed: Mapping[str, Sequence[VersionKey]]
) -> list[VersionKey]:
    """The versions that the last edition does not hold; those of partitions taken over whole are held."""
    held: set[str] = set()
    if last is not None:
        import pyarrow.parquet as pq

        quarters = {_quarter(name) for name in changed}
        for name, partition in last.partitions.items():
            if _quarter(name) in quarters:
                for table in ("studies", "papers"):
                    if table in partition.files:
                        path = editions.root / last.edition / partition.files[table].path
                        held.update(pq.read_table(path, columns=["sha256"])["sha256"].to_pylist())
    return [version for group in changed.values() for version in group if version.sha256 not in held]


def _quarter(partition: str) -> str:
    return partition.partition(".")[0]


def _before(new: Sequence[VersionKey], versions: Iterable[VersionKey]) -> dict[str, VersionKey]:
    """sha256 of a new version -> the newest version that was held of the same record, if it is no later."""
    shas = {version.sha256 for version in new}
    ids = {version.record_id for version in new}
    held: dict[tuple[str, str, str], list[VersionKey]] = defaultdict(list)
    for version in versions:
        if version.record_id in ids and version.sha256 not in shas:
            held[version.record_id, version.source, version.completeness].append(version)
    found = {}
    for version in new:
        day = version.registry_date or ""
        earlier = [
            one
            for one in held.get((version.record_id, version.source, version.completeness), ())
            if (one.registry_date or "") <= day
        ]
        if earlier:
            found[version.sha256] = max(earlier, key=lambda one: (one.registry_date or "", one.sha256))
    return found


def _suspects(folder: Path, made: Iterable[Partition]) -> frozenset[str]:
    """Versions in which the strict reading met a field that the source's description does not have."""
    import pyarrow.parquet as pq

    found: set[str] = set()
    for partition in made:
        if "issues" in partition.files:
            rows = pq.read_table(folder / partition.files["issues"].path, columns=["sha256", "kind"])
            pairs = zip(rows["sha256"].to_pylist(), rows["kind"].to_pylist(), strict=True)
            found.update(sha for sha, kind in pairs if kind == "unknown_field")
    return frozenset(found)


def _message(drifts: Sequence[Drift], last: Manifest | None) -> str:
    stays = f"edition {last.edition} stays current" if last is not None else "no edition was made"
    lines = [drift_line(drift) for drift in drifts[:_TOLD]]
    if len(drifts) > _TOLD:
        lines.append(f"and {len(drifts) - _TOLD} more fields")
    accept = " ".join(f"--accept-drift {drift.field}" for drift in drifts[:_TOLD])
    return (
        f"{'a field' if len(drifts) == 1 else 'fields'} changed at the source: {'. '.join(lines)}. All records are "
        f"stored; {stays}. Look at a new record at the source. If skinproof should read the new name, report it or wait for "
        f"an update; if the change is as it should be: skinproof build {accept}"
    )


def accepted_fields(raw: RawStore) -> frozenset[str]:
    """The fields (`source:path`) whose change somebody accepted and nobody disputes."""
    held = fold(raw.journal().lines(KIND))
    return frozenset(subject for (_, subject), said in held.items() if said.verdict == "accept")


def accept_drift(data_dir: Path, fields: Sequence[str], who: str, now: str) -> tuple[JournalLine, ...]:
    """Note in the journal that the change of some fields is as it should be; what was noted before is not again.

    fields: `source:path` as the error names them. now: ISO date and time, UTC.
    Raises: UsageError for what no edition and no description has as a field; StoreError.
    """
    editions = Editions(data_dir / "editions")
    known = {f"ctgov:{path}" for path in record_paths.described_paths()}
    try:
        manifest = editions.manifest()
    except NotFoundError:
        fill = None
    else:
        fill = edition_fill(editions.root / manifest.edition, manifest)
    if fill is not None:
        known |= {f"{name.partition(' ')[0]}:{path}" for name, s in fill.sources.items() for path in s.paths}
    for field in fields:
        if field not in known:
            near = get_close_matches(field, known, 1, 0.8)
            hint = f"; did you mean {near[0]}?" if near else "; copy it from the error, as source:path"
            raise UsageError(f"there is no field {field[:200]!r}{hint}")
    with RawStore.open(data_dir, write=True) as raw:
        asked = [field for field in dict.fromkeys(fields) if field not in accepted_fields(raw)]
        said = [
            Judgement(
                who=who, kind=KIND, subject=field, verdict="accept", reason="change of a source's fields",
                fingerprint=sha256(field.encode()).hexdigest()[:16],
            )
            for field in asked
        ]  # fmt: skip
        return raw.journal().add(said, now) if said else ()
