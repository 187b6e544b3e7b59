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
from skinproof.model.paper import Paper
from skinproof.model.record import StudyRecord
from skinproof.model.tags import StudyTags
from skinproof.sources.ctgov import read_ctgov
from skinproof.sources.ctis import read_ctis
from skinproof.sources.europepmc_json import read_europepmc
from skinproof.sources.ictrp import read_ictrp
from skinproof.sources.isrctn import read_isrctn
from skinproof.sources.nbib import read_nbib
from skinproof.sources.pubmed_xml import read_pubmed
from skinproof.sources.ris import read_ris
from skinproof.sources.snapshot import read_snapshot
from skinproof.store.cache import KernelCache
from skinproof.store.editions import FileEntry, Partition, write_table
from skinproof.store.raw import RawStore
from skinproof.store.tables import TABLES, RowBatch, sorted_table
from skinproof.studies.documents import StudyText, study_text
from skinproof.studies.ids import paper_ids, study_ids
from skinproof.studies.paper_documents import paper_document
from skinproof.studies.paper_kinds import paper_kinds
from skinproof.studies.paper_rows import id_rows, paper_row
from skinproof.studies.preparation_rows import preparation_rows
from skinproof.studies.rows import answer_values, issue_rows, search_texts, site_rows, study_row, text_rows
from skinproof.tagging.kernel import Tagger
from skinproof.vocabulary.loader import Vocabulary

READERS: Mapping[str, Callable[[bytes], Any]] = {
    "ctgov": read_ctgov,
    "ctgov_csv": read_ctgov,
    "snapshot": read_snapshot,
    "ictrp": read_ictrp,
    "isrctn": read_isrctn,
    "ctis": read_ctis,
}
"""Which reader understands the bodies of which registry source: one line each, and its rule in `build.RULES`."""

PAPER_READERS: Mapping[str, Callable[[bytes], Any]] = {
    "pubmed": read_pubmed,
    "europepmc": read_europepmc,
    "nbib": read_nbib,
    "ris": read_ris,
}
"""The same for papers, which are reports and never studies."""

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
        for table in ("studies", "papers"):
            if table in kept:
                work.written.update(kept[table]["text_id"].to_pylist())
        bodies = self.raw.bodies([(v.source, v.record_id, v.sha256) for v in job.fresh])
        for version, body in zip(job.fresh, bodies, strict=True):
            add = self._add_paper if version.source in PAPER_READERS else self._add
            add(work, version, body)
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
        text_id, answers = self._words(work, record, text_fingerprint(record), study_text)
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
            {
                "studies": [row],
                "sites": site_rows(record),
                "issues": issue_rows(result.issues),
                "ids": id_rows(study_ids(record)),
            },
        )

    def _add_paper(self, work: "_Work", version: VersionKey, body: bytes) -> None:
        result = PAPER_READERS[version.source](body)
        paper: Paper = result.record
        record, text = paper_document(paper)
        text_id, answers = self._words(work, record, paper_fingerprint(paper), lambda _: text)
        row = paper_row(
            paper,
            paper_kinds(paper, text),
            answers,
            completeness=version.completeness,
            registry_date=version.registry_date,
            body_size=version.size,
            issue_count=len(result.issues),
            text_id=text_id,
        )
        work.batch.add(
            (version.record_id, version.source, version.sha256),
            {"papers": [row], "issues": issue_rows(result.issues), "ids": id_rows(paper_ids(paper, text))},
        )

    def _words(
        self,
        work: "_Work",
        record: StudyRecord,
        fingerprint: bytes,
        text_of: Callable[[StudyRecord], StudyText],
    ) -> tuple[int, tuple[Any, ...]]:
        """The text id of the words of a record and what tagging answers; their rows are written once."""
        text_id = int.from_bytes(fingerprint[:8]) >> 1
        answers = work.answers.get(text_id)
        if answers is None:
            tags, preparations = self._read(work, record, fingerprint, text_of)
            answers = work.answers[text_id] = answer_values(tags, given_classes(tags, self.vocabulary))
            if text_id not in work.written:
                rows = text_rows(record, tags) | preparation_rows(preparations)
                work.batch.add((text_id,), rows)
            if text_id not in self._sent:
                work.texts[text_id] = search_texts(record)
        return text_id, answers

    def _read(
        self,
        work: "_Work",
        record: StudyRecord,
        fingerprint: bytes,
        text_of: Callable[[StudyRecord], StudyText],
    ) -> tuple[StudyTags, tuple[Preparation, ...]]:
        """Tags and preparations of a record, from before where its words were read before."""
        known = self._recent.get(fingerprint)
        if known is None and self.cache is not None:
            known = self.cache.get(fingerprint)
        if known is not None:
            return _DECODE(known)
        text = text_of(record)
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


def paper_fingerprint(paper: Paper) -> bytes:
    """sha256 of every word of a paper that `paper_document` takes over, and of the papers it cites."""
    words = (
        "paper",
        paper.title,
        paper.vernacular_title,
        paper.abstract,
        paper.other_abstracts,
        paper.keywords,
        [heading.descriptor for heading in paper.mesh],
        paper.references,
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
