"""Which version of a study answers for a day, and which studies a day can see: checked on hand-made versions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from skinproof.store.editions import Editions, Partition, file_entry, make_manifest, write_table
from skinproof.store.read import Conditions, EditionReader
from skinproof.store.tables import RowBatch, sorted_table
from tests.store.test_editions import study

VERSIONS = [
    # record, sha, values
    ("A", "a1", {"completeness": "full", "registry_date": "2018-05-01", "first_posted": "2018-01-10",
                 "first_posted_latest": "2018-01-10", "overall_status": "RECRUITING", "start_date": "2018-02"}),
    ("A", "a2", {"completeness": "full", "registry_date": "2020-05-01", "first_posted": "2018-01-10",
                 "first_posted_latest": "2018-01-10", "overall_status": "COMPLETED", "start_date": "2018-02",
                 "agents": ["agent:ev|given"], "countries": ["Korea, Republic of"], "phases": ["PHASE1", "PHASE2"]}),
    ("B", "b1", {"completeness": "partial", "registry_date": "2021-01-01", "first_posted": "2019-03",
                 "first_posted_latest": "2019-03-31", "overall_status": "UNKNOWN"}),
    ("B", "b2", {"completeness": "full", "registry_date": "2020-01-01", "first_posted": "2019-03-20",
                 "first_posted_latest": "2019-03-20", "overall_status": "COMPLETED"}),
    ("C", "c1", {"completeness": "partial"}),
]  # fmt: skip


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[EditionReader]:
    editions = Editions(tmp_path)
    folder = editions.start()
    batch = RowBatch()
    for record_id, sha, values in VERSIONS:
        defaults = {"agent_class": "other", "ev_role": "none", "cutaneous": "no", "aesthetic": "no",
                    "issue_count": 0, "suggestion_count": 0, "body_size": 1}  # fmt: skip
        batch.add((record_id, "ctgov", sha), {"studies": [study(**{**defaults, **values})]})
    entry = write_table(folder, "studies", "undated", sorted_table("studies", [batch.arrow("studies")]))
    (folder / "vocabulary.json").write_bytes(b"{}")
    manifest = make_manifest(
        rules={}, vocabulary="v", version_keys=[v[1] for v in VERSIONS],
        partitions={"undated": Partition("k", len(VERSIONS), {"studies": entry})},
        vocabulary_file=file_entry(folder, folder / "vocabulary.json", 0),
    )  # fmt: skip
    name = editions.finish(folder, manifest)
    opened = EditionReader(editions.root / name, manifest)
    yield opened
    opened.close()


def seen(reader: EditionReader, as_of: str | None, **conditions: object) -> dict[str, tuple[str, bool]]:
    rows = reader.summaries(Conditions(**conditions), as_of)  # type: ignore[arg-type]
    return {row.record_id: (row.sha256, row.later_version) for row in rows}


def test_without_a_day_the_newest_full_version_answers_and_undated_studies_show(
    reader: EditionReader,
) -> None:
    """A partial version never stands in for a full one, even if it is newer."""
    assert seen(reader, None) == {"A": ("a2", False), "B": ("b2", False), "C": ("c1", False)}


def test_a_day_is_answered_by_the_version_that_stood_then(reader: EditionReader) -> None:
    """'What did the registry say on that day' must not be told with today's words."""
    assert seen(reader, "2019-12-31") == {"A": ("a1", False), "B": ("b2", True)}
    assert seen(reader, "2020-05-01")["A"] == ("a2", False)


def test_a_study_is_seen_only_once_it_was_posted(reader: EditionReader) -> None:
    """Before the oldest version held, the oldest describes the study and is marked as later."""
    assert seen(reader, "2018-01-09") == {}
    assert seen(reader, "2018-01-10") == {"A": ("a1", True)}
    assert set(seen(reader, "2019-03-19")) == {"A"}
    assert set(seen(reader, "2019-03-20")) == {"A", "B"}


def test_the_stamp_counts_what_a_dated_answer_leaves_out(reader: EditionReader) -> None:
    """A number without its caveats is not an answer."""
    stamp = reader.stamp("2019-12-31")
    assert (stamp.n_versions, stamp.n_studies, stamp.undated, stamp.later_described) == (5, 2, 1, 1)
    assert reader.stamp(None).n_partial == 1


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"agents": ("agent:ev|given",)}, {"A"}),
        ({"agents": ("agent:ev|measured",)}, set()),
        ({"countries": ("korea, republic of",)}, {"A"}),
        ({"phases": ("PHASE2",)}, {"A"}),
        ({"statuses": ("COMPLETED",)}, {"A", "B"}),
        ({"start_from": "2018-02-28", "start_to": "2018-02-28"}, {"A"}),
        ({"start_from": "2018-03-01"}, set()),
        ({"posted_to": "2018-12-31"}, {"A"}),
        ({"record_ids": ("C",)}, {"C"}),
        ({"cutaneous": "yes"}, set()),
    ],
)
def test_each_filter_keeps_what_it_says(
    reader: EditionReader, conditions: dict[str, object], expected: set[str]
) -> None:
    """A month-precision date is kept when any day of it fits."""
    assert set(seen(reader, None, **conditions)) == expected
