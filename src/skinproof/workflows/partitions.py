"""One partition of an edition: raw versions in, Parquet files and search texts out. Runs in a worker process."""

import gc
import hashlib
import os
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from skinproof.extraction.kernel import Extractor
from skinproof.model.findings import Preparation
from skinproof.model.record import StudyRecord
from skinproof.model.tags import StudyTags
from skinproof.sources.ctgov import read_ctgov
from skinproof.sources.snapshot import read_snapshot
from skinproof.store.cache import KernelCache
from skinproof.store.editions import FileEntry, Partition, write_table
from skinproof.store.raw import RawStore
from skinproof.store.tables import TABLES, RowBatch, sorted_table
from skinproof.studies.documents import study_text
from skinproof.studies.preparation_rows import preparation_rows
from skinproof.studies.rows import answer_values, issue_rows, search_texts, site_rows, study_row, text_rows
from skinproof.tagging.kernel import Tagger
from skinproof.vocabulary.loader import Vocabulary

READERS: Mapping[str, Callable[[bytes], Any]] = {
    "ctgov": read_ctgov,
    "ctgov_csv": read_ctgov,
    "snapshot": read_snapshot,
}
"""Which reader understands the bodies of which source."""

_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(tuple[StudyTags, tuple[Preparation, ...]]).decode


_RECENT = 2000
"""Kernel answers a worker keeps between jobs (some 5 kB each): parts of one quarter often share texts."""


class VersionKey(msgspec.Struct, frozen=True, array_like=True):
    """Names one raw version; `completeness` and `registry_date` are as the import noted them."""

    record_id: str
    source: str
    sha256: str
    completeness: str
    registry_date: str | None
    size: int


class Job(msgspec.Struct, frozen=True):
    """One partition to make: versions to read, and the files of the rows that are taken over from before."""

    name: str
    key: str
    versions: int
    fresh: tuple[VersionKey, ...]
    kept: dict[str, str]


class Made(msgspec.Struct, frozen=True):
    """What a job gives back besides its Parquet files: search texts, and kernel answers to keep."""

    name: str
    partition: Partition
    texts: list[tuple[int, tuple[str, ...]]]
    answers: list[tuple[bytes, bytes]]


class Bench:
    """What a worker needs for any number of jobs: the raw store, the tagger, the kept kernel answers."""

    def __init__(self, data_dir: Path, vocabulary: bytes, folder: Path) -> None:
        self.raw = RawStore.open(data_dir, write=False)
        self.vocabulary = Vocabulary.from_json(vocabulary)
        cache_path = data_dir / "cache.sqlite"
        self.cache = KernelCache(cache_path) if cache_path.exists() else None
        if self.cache is not None and self.cache.empty():
            self.cache = None
        self.folder = folder
        self._sent: set[int] = set()
        self._recent: dict[bytes, bytes] = {}

    @cached_property
    def tagger(self) -> Tagger:
        """Made when the first text needs it: an update of dates alone needs none."""
        return Tagger(self.vocabulary)

    @cached_property
    def extractor(self) -> Extractor:
        """Made when the first text needs it."""
        return Extractor(self.vocabulary)

    def make(self, job: Job) -> Made:
        """Read, tag and write one partition."""
        work = _Work()
        kept = {table: pq.read_table(path, schema=TABLES[table]) for table, path in job.kept.items()}
        if "studies" in kept:
            work.written.update(kept["studies"]["text_id"].to_pylist())
        bodies = self.raw.bodies([(v.source, v.record_id, v.sha256) for v in job.fresh])
        for version, body in zip(job.fresh, bodies, strict=True):
            self._add(work, version, body)
        files: dict[str, FileEntry] = {}
        for table in TABLES:
            pieces = [work.batch.arrow(table), *([kept[table]] if table in kept else [])]
            rows = sorted_table(table, pieces)
            if rows.num_rows:
                files[table] = write_table(self.folder, table, job.name, rows)
        pa.default_memory_pool().release_unused()
        self._sent.update(work.texts)
        partition = Partition(job.key, job.versions, files)
        return Made(job.name, partition, list(work.texts.items()), list(work.fresh.items()))

    def _add(self, work: "_Work", version: VersionKey, body: bytes) -> None:
        result = READERS[version.source](body)
        record: StudyRecord = result.record
        fingerprint = text_fingerprint(record)
        text_id = int.from_bytes(fingerprint[:8]) >> 1
        answers = work.answers.get(text_id)
        if answers is None:
            tags, preparations = self._read(work, record, fingerprint)
            answers = work.answers[text_id] = answer_values(tags, given_classes(tags, self.vocabulary))
            if text_id not in work.written:
                rows = text_rows(record, tags) | preparation_rows(preparations)
                work.batch.add((text_id,), rows)
            if text_id not in self._sent:
                work.texts[text_id] = search_texts(record)
        row = study_row(
            record,
            answers,
            completeness=version.completeness,
            registry_date=version.registry_date,
            body_size=version.size,
            issue_count=len(result.issues),
            text_id=text_id,
        )
        work.batch.add(
            (version.record_id, version.source, version.sha256),
            {"studies": [row], "sites": site_rows(record), "issues": issue_rows(result.issues)},
        )

    def _read(
        self, work: "_Work", record: StudyRecord, fingerprint: bytes
    ) -> tuple[StudyTags, tuple[Preparation, ...]]:
        """Tags and preparations of a record, from before where its words were read before."""
        known = self._recent.get(fingerprint)
        if known is None and self.cache is not None:
            known = self.cache.get(fingerprint)
        if known is not None:
            return _DECODE(known)
        text = study_text(record)
        tags = self.tagger.tag(record, text)
        answer = tags, self.extractor.read(record, text, tags)
        if len(self._recent) >= _RECENT:
            self._recent.clear()
        self._recent[fingerprint] = work.fresh[fingerprint] = _ENCODE(answer)
        return answer


class _Work:
    """What one job has gathered. written: texts whose rows are among those taken over."""

    def __init__(self) -> None:
        self.batch = RowBatch()
        self.answers: dict[int, tuple[Any, ...]] = {}
        self.texts: dict[int, tuple[str, ...]] = {}
        self.fresh: dict[bytes, bytes] = {}
        self.written: set[int] = set()


def text_fingerprint(record: StudyRecord) -> bytes:
    """sha256 of every word of a record and of the design facts that tagging weighs beside them.

    Ids, dates, sites and results are not in it: a new version that moves only those needs no new tags, and is found
    by the same words. It covers all that `search_texts` and the tagging kernel read.
    """
    protocol = record.protocol_section
    design = protocol.design_module
    sponsors = protocol.sponsor_collaborators_module
    words = (
        record.brief_title,
        record.official_title,
        record.acronym,
        protocol.status_module.why_stopped,
        sponsors.lead_sponsor,
        sponsors.collaborators,
        protocol.description_module,
        protocol.conditions_module,
        design.study_type,
        design.design_info,
        design.bio_spec,
        protocol.arms_interventions_module,
        protocol.outcomes_module,
        protocol.eligibility_module,
        protocol.references_module.references,
    )
    return hashlib.sha256(_ENCODE(words)).digest()


def given_classes(tags: StudyTags, vocabulary: Vocabulary) -> list[str]:
    """Agent classes that people are given, as product or as carrier, sorted."""
    found = {
        agent_class
        for term, role in tags.agents
        if role in ("given", "carrier") and (agent_class := _class_of(vocabulary, term))
    }
    return sorted(found)


def _class_of(vocabulary: Vocabulary, term_id: str) -> str | None:
    term = vocabulary.terms.get(term_id)
    return term.agent_class if term else None


def end_with_parent(parent: int) -> None:
    """Let a worker process end when the build that started it is killed, instead of waiting for ever."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@cache
def bench(data_dir: str, vocabulary_path: str, folder: str) -> Bench:
    """The worker's bench, made once a process."""
    return Bench(Path(data_dir), Path(vocabulary_path).read_bytes(), Path(folder))


def run_job(data_dir: str, vocabulary_path: str, folder: str, job: Job, spool: str) -> tuple[str, Partition]:
    """Make a partition; texts and answers go into the file `spool`, for the build to take up."""
    gc.disable()  # records are trees without cycles: looking for cycles in them costs a tenth of the time
    made = bench(data_dir, vocabulary_path, folder).make(job)
    Path(spool).write_bytes(_ENCODE((made.texts, made.answers)))
    name, partition = made.name, made.partition
    del made
    gc.collect()
    return name, partition
