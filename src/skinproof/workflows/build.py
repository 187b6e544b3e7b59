"""`skinproof build`: raw versions + rules -> a new edition, checked before it becomes current.

Only what changed is worked on: a partition whose versions and rules are as in the current edition is taken over
file by file; in a partition that changed, the rows of known versions are taken over and only new versions are read;
and a text that was tagged before with the same rules is not tagged again. The edition is the same, byte for byte,
as one built from nothing.
"""

import hashlib
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import groupby
from pathlib import Path

import msgspec

from skinproof.errors import EditionError, NotFoundError
from skinproof.extraction.kernel import RULES as EXTRACTION_RULES
from skinproof.extraction.kernel import extraction_version
from skinproof.model.incomplete import IncompleteQuery
from skinproof.sources.ctgov import RULE as READ_RULE
from skinproof.sources.ctis import RULE as CTIS_RULE
from skinproof.sources.ictrp import RULE as ICTRP_RULE
from skinproof.sources.isrctn import RULE as ISRCTN_RULE
from skinproof.sources.paper_item import RULE as PAPER_RULE
from skinproof.sources.snapshot import RULE as SNAPSHOT_RULE
from skinproof.store.cache import KernelCache
from skinproof.store.editions import (
    Editions,
    Manifest,
    Partition,
    file_entry,
    link_file,
    make_manifest,
    partition_names,
)
from skinproof.store.lock import writer_lock
from skinproof.store.raw import RawStore
from skinproof.store.search import SearchWriter
from skinproof.store.tables import LINKS, SCHEMA_VERSION
from skinproof.studies.ids import RULE as IDS_RULE
from skinproof.studies.links import RULE as LINKS_RULE
from skinproof.studies.paper_documents import RULE as PAPER_DOCUMENT_RULE
from skinproof.studies.paper_kinds import RULE as KINDS_RULE
from skinproof.tagging.kernel import RULES as TAG_RULES
from skinproof.tagging.kernel import kernel_version
from skinproof.vocabulary.loader import Vocabulary, load_bundled
from skinproof.workflows.completeness import incomplete_queries
from skinproof.workflows.drift import check_drift
from skinproof.workflows.link import link_edition
from skinproof.workflows.partitions import (
    PAPER_READERS,
    READERS,
    Bench,
    Job,
    VersionKey,
    end_with_parent,
    run_job,
)

RULES = {
    "read": READ_RULE,
    "read.snapshot": SNAPSHOT_RULE,
    "read.ictrp": ICTRP_RULE,
    "read.isrctn": ISRCTN_RULE,
    "read.ctis": CTIS_RULE,
    "read.paper": PAPER_RULE,
    "document.paper": PAPER_DOCUMENT_RULE,
    "paper.kinds": KINDS_RULE,
    "ids": IDS_RULE,
    "links": LINKS_RULE,
    "tables": f"tables/{SCHEMA_VERSION}",
    **TAG_RULES,
    **EXTRACTION_RULES,
}

POOL_FROM = 1500
"""Versions to read from which starting worker processes pays."""

Progress = Callable[[int, int], None]


class BuildReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a build did. `made` is False when the current edition already says the same.

    n_versions: record versions of studies and papers; n_studies: records of registries, n_papers: records of papers.
    """

    edition: str
    made: bool
    n_versions: int
    n_studies: int
    n_papers: int
    n_links: int
    read: int
    reused: int
    suggestions: int
    issues: int


def build(
    data_dir: Path,
    *,
    clean: bool = False,
    jobs: int = 2,
    progress: Progress | None = None,
    vocabulary: Vocabulary | None = None,
) -> BuildReport:
    """Build an edition of everything imported so far and make it current.

    clean: take nothing over from earlier editions or kept answers. jobs: worker processes for large builds.
    Raises: NotFoundError when nothing was imported; StoreError when another process is writing; EditionError when
    the result fails its checks, DriftError when a source renamed or emptied a field (the last good edition then stays
    current).
    """
    vocabulary = vocabulary or load_bundled()
    with writer_lock(data_dir):
        editions = Editions(data_dir / "editions")
        if clean:
            for name in ("cache.sqlite", "search.sqlite"):
                (data_dir / name).unlink(missing_ok=True)
        previous = _previous(editions) if not clean else None
        known = READERS.keys() | PAPER_READERS.keys()
        with RawStore.open(data_dir, write=False) as raw:
            versions = [VersionKey(*row) for row in raw.versions() if row.source in known]
            holders = raw.told_holders()
            incomplete = incomplete_queries(raw)
        if not versions:
            raise NotFoundError("nothing to build from: run `skinproof import FILE...` first")
        groups = _grouped(versions)
        rules_key = _digest("\n".join(f"{k}={v}" for k, v in sorted(RULES.items())) + vocabulary.version)
        keys = {
            name: _digest(rules_key + "".join(v.sha256 + holders.get(v.sha256, "") for v in group))
            for name, group in groups.items()
        }
        if (
            previous
            and {n: p.key for n, p in previous.partitions.items() if n != LINKS} == keys
            and previous.incomplete == incomplete
            and _search_ready(data_dir)
        ):
            return _report(previous, made=False, groups=groups, read=0)
        folder = editions.start()
        try:
            manifest, read = _build(
                data_dir,
                editions,
                folder,
                previous,
                groups,
                keys,
                holders,
                incomplete,
                vocabulary,
                jobs,
                progress,
            )
            editions.finish(folder, manifest)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return _report(manifest, made=True, groups=groups, read=read)


def _build(
    data_dir: Path,
    editions: Editions,
    folder: Path,
    previous: Manifest | None,
    groups: dict[str, list[VersionKey]],
    keys: dict[str, str],
    holders: dict[str, str],
    incomplete: tuple[IncompleteQuery, ...],
    vocabulary: Vocabulary,
    jobs: int,
    progress: Progress | None,
) -> tuple[Manifest, int]:
    vocabulary_path = folder / "vocabulary.json"
    vocabulary_path.write_bytes(vocabulary.to_json())
    vocabulary_file = file_entry(folder, vocabulary_path, len(vocabulary.terms))
    partitions: dict[str, Partition] = {}
    todo: list[Job] = []
    # Rows can be taken over only if they were made by the same rules, and only if their texts are searchable.
    usable = previous is not None and previous.rules == RULES and previous.vocabulary == vocabulary.version
    usable = usable and _search_ready(data_dir)
    for name, group in groups.items():
        old = previous.partitions.get(name) if previous is not None and usable else None
        if old is not None and previous is not None and old.key == keys[name]:
            for entry in old.files.values():
                link_file(editions.root / previous.edition / entry.path, folder / entry.path)
            partitions[name] = old
        else:
            # A version that turned up again in an earlier download gets that download's day: read it anew.
            if any(v.sha256 in holders for v in group):
                old = None
            old_folder = editions.root / previous.edition if previous is not None else None
            todo.append(_job(name, keys[name], group, old, old_folder))
    total = sum(len(job.fresh) for job in todo)
    search = SearchWriter(data_dir / "search.sqlite")
    cache = KernelCache(data_dir / "cache.sqlite", version=_kernels(vocabulary))
    done = 0
    try:
        for job, partition, texts, answers in _run(data_dir, vocabulary_path, folder, todo, total, jobs):
            partitions[job.name] = partition
            search.add(texts)
            cache.put(answers)
            del texts, answers  # not kept through the wait for the next job
            done += len(job.fresh)
            if progress:
                progress(done, total)
        search.finish()
    except BaseException:
        search.abandon()
        raise
    finally:
        cache.close()
    partitions[LINKS] = link_edition(folder, partitions)
    fill_file = check_drift(
        data_dir,
        folder,
        editions,
        _standing(editions),
        [version for group in groups.values() for version in group],
        {job.name: groups[job.name] for job in todo},
        partitions,
        holders,
    )
    manifest = make_manifest(
        rules=RULES,
        vocabulary=vocabulary.version,
        partitions=partitions,
        vocabulary_file=vocabulary_file,
        version_keys=[v.sha256 for group in groups.values() for v in group],
        fill_file=fill_file,
        incomplete=incomplete,
    )
    return manifest, total


def _job(name: str, key: str, group: list[VersionKey], old: Partition | None, folder: Path | None) -> Job:
    """The work for one partition: with rows to take over where the old one holds no version that is gone."""
    if old is not None and folder is not None:
        import pyarrow.parquet as pq

        table = "studies" if "studies" in old.files else "papers"
        known = set(pq.read_table(folder / old.files[table].path, columns=["sha256"])["sha256"].to_pylist())
        if known <= {v.sha256 for v in group}:
            fresh = tuple(v for v in group if v.sha256 not in known)
            return Job(name, key, len(group), fresh, {t: str(folder / e.path) for t, e in old.files.items()})
    return Job(name, key, len(group), tuple(group), {})


Outcome = tuple[Job, Partition, list[tuple[int, tuple[str, ...]]], list[tuple[bytes, bytes]]]


def _run(
    data_dir: Path, vocabulary_path: Path, folder: Path, todo: list[Job], total: int, jobs: int
) -> Iterator[Outcome]:
    """Each job done, in whatever order it gets done: the edition does not depend on it."""
    if total < POOL_FROM or jobs < 2:
        bench = Bench(data_dir, vocabulary_path.read_bytes(), folder)
        try:
            for job in todo:
                made = bench.make(job)
                yield job, made.partition, made.texts, made.answers
        finally:
            bench.raw.close()
        return
    spool = folder / ".spool"
    spool.mkdir()
    decoder = msgspec.msgpack.Decoder(tuple[list[tuple[int, tuple[str, ...]]], list[tuple[bytes, bytes]]])
    todo = sorted(todo, key=lambda job: -len(job.fresh))
    with ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=end_with_parent,
        initargs=(os.getpid(),),
    ) as pool:
        waiting: dict[Future[tuple[str, Partition]], tuple[Job, Path]] = {}
        queue = iter(enumerate(todo))
        while True:
            for number, job in queue:
                path = spool / str(number)
                future = pool.submit(
                    run_job, str(data_dir), str(vocabulary_path), str(folder), job, str(path)
                )
                waiting[future] = (job, path)
                if len(waiting) > jobs:
                    break
            if not waiting:
                break
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                job, path = waiting.pop(future)
                _, partition = future.result()
                texts, answers = decoder.decode(path.read_bytes())
                path.unlink()
                yield job, partition, texts, answers
                del texts, answers
    spool.rmdir()


def _previous(editions: Editions) -> Manifest | None:
    try:
        return editions.manifest()
    except NotFoundError:
        return None


def _standing(editions: Editions) -> Manifest | None:
    """The current edition; None when it is the damaged one that this build is to replace."""
    try:
        return editions.manifest()
    except (NotFoundError, EditionError):
        return None


def _search_ready(data_dir: Path) -> bool:
    return (data_dir / "search.sqlite").exists()


def _grouped(versions: list[VersionKey]) -> dict[str, list[VersionKey]]:
    """Versions by partition, each partition in canonical order."""
    pairs: list[tuple[str, VersionKey]] = []
    for head, readers in (("", READERS), ("papers-", PAPER_READERS)):
        some = [v for v in versions if v.source in readers]
        pairs += zip(partition_names(((v.record_id, v.registry_date) for v in some), head), some, strict=True)
    pairs.sort(key=lambda p: (p[0], p[1].record_id, p[1].sha256, p[1].source))
    return {name: [v for _, v in group] for name, group in groupby(pairs, key=lambda pair: pair[0])}


def _kernels(vocabulary: Vocabulary) -> str:
    """What tags and preparations were read with."""
    return _digest(kernel_version(vocabulary) + extraction_version(vocabulary))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _report(manifest: Manifest, *, made: bool, groups: dict[str, list[VersionKey]], read: int) -> BuildReport:
    n_versions = sum(len(group) for group in groups.values())
    records = {(v.source in PAPER_READERS, v.record_id) for group in groups.values() for v in group}
    n_papers = sum(paper for paper, _ in records)
    return BuildReport(
        edition=manifest.edition,
        made=made,
        n_versions=n_versions,
        n_studies=len(records) - n_papers,
        n_papers=n_papers,
        n_links=manifest.rows.get("links", 0),
        read=read,
        reused=n_versions - read,
        suggestions=manifest.rows.get("suggestions", 0),
        issues=manifest.rows.get("issues", 0),
    )
