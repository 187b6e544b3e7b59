"""Every real sample of WHO ICTRP, ISRCTN and EU CTIS: ids, dates and counts as given, every word kept, quotes that verify."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from skinproof.extraction.kernel import Extractor
from skinproof.model.dates import date_fault
from skinproof.model.issue import Issue
from skinproof.model.raw import RawItem
from skinproof.model.record import StudyRecord
from skinproof.sources.ctis import read_ctis
from skinproof.sources.files import iter_records
from skinproof.sources.ictrp import read_ictrp
from skinproof.sources.isrctn import read_isrctn
from skinproof.sources.readable import readable
from skinproof.studies.documents import study_text
from skinproof.tagging.kernel import Tagger
from skinproof.vocabulary.loader import load_bundled

READ = {"ictrp": read_ictrp, "isrctn": read_isrctn, "ctis": read_ctis}
FILES = {
    "ictrp": "ictrp/ICTRP-Results_2024-09-06.xml",
    "isrctn": "isrctn/ctrdata_ISRCTN_10.jsonl",
    "ctis": "ctis/ctrdata_CTIS_9.jsonl",
}
COUNTS = {"ictrp": 95, "isrctn": 10, "ctis": 9}

Read = tuple[RawItem, StudyRecord, tuple[Issue, ...]]


@pytest.fixture(scope="module")
def samples(shared: Path) -> Mapping[str, list[Read]]:
    """All records of the samples, read."""
    found: dict[str, list[Read]] = {}
    for name, path in FILES.items():
        found[name] = []
        with (shared / "data" / "samples" / path).open("rb") as stream:
            for part in iter_records(stream, path):
                assert isinstance(part, RawItem), part
                result = READ[part.source](part.body)
                found[name].append((part, result.record, result.issues))
    return found


def trials(shared: Path) -> list[dict[str, str]]:
    """ICTRP's rows, read by another parser."""
    root = ElementTree.parse(shared / "data" / "samples" / FILES["ictrp"]).getroot()
    return [{child.tag: (child.text or "").strip() for child in element} for element in root]


def test_every_record_is_read_under_its_own_id(samples: Mapping[str, list[Read]], shared: Path) -> None:
    assert {name: len(found) for name, found in samples.items()} == COUNTS
    for found in samples.values():
        assert len({item.record_id for item, _, _ in found}) == len(found)
        assert all(item.record_id == record.nct_id for item, record, _ in found)
    assert [item.record_id for item, _, _ in samples["ictrp"]] == [row["TrialID"] for row in trials(shared)]
    assert {item.completeness for item, _, _ in samples["ictrp"]} == {"partial"}
    assert {item.completeness for item, _, _ in samples["ctis"]} == {"full"}


def test_every_other_id_stands_whole(samples: Mapping[str, list[Read]], shared: Path) -> None:
    for row, (_, record, _) in zip(trials(shared), samples["ictrp"], strict=True):
        given = [part.strip() for part in row.get("Secondary_ID", "").split(";") if part.strip()]
        infos = record.protocol_section.identification_module.secondary_id_infos
        assert [info.id for info in infos] == [i for i in dict.fromkeys(given) if i != row["TrialID"]]
    others = {
        (item.record_id, info.id)
        for name in ("isrctn", "ctis")
        for item, record, _ in samples[name]
        for info in record.protocol_section.identification_module.secondary_id_infos
        if info.id and re.fullmatch(r"NCT\d{8}|DRKS\d{8}", info.id)
    }
    assert others == {
        ("ISRCTN76463425", "NCT01727609"),
        ("ISRCTN80181452", "NCT01035190"),
        ("2022-500676-59-00", "DRKS00027098"),
        ("2022-502516-37-00", "NCT04758533"),
        ("2023-505613-24-00", "NCT04665037"),
        ("2024-510663-34-00", "NCT04494412"),
        ("2024-512095-35-00", "NCT05429502"),
    }


def test_dates_of_ictrp_agree_with_the_one_it_writes_without_doubt(
    samples: Mapping[str, list[Read]], shared: Path
) -> None:
    """Date_registration3 is YYYYMMDD; every start has the year of its text, and every full one its day."""
    for row, (_, record, _) in zip(trials(shared), samples["ictrp"], strict=True):
        plain = row["Date_registration3"]
        assert record.first_posted == f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
        start, text = record.start_date, row["Date_enrollement"]
        assert (start is None) == (text == "")
        assert start is None or (date_fault(start) is None and start[:4] in text)
        assert start is None or len(start) == (7 if re.fullmatch(r"[A-Z][a-z]+ \d{4}", text) else 10), (
            start,
            text,
        )


def test_counts_are_those_given(samples: Mapping[str, list[Read]], shared: Path) -> None:
    for row, (_, record, _) in zip(trials(shared), samples["ictrp"], strict=True):
        given = row["Target_size"]
        assert record.enrollment_count == (int(given) if given.isdecimal() else None)
    assert {item.record_id: record.enrollment_count for item, record, _ in samples["ctis"]} == {
        "2022-500244-37-00": 440,
        "2022-500676-59-00": 57,
        "2022-501142-30-00": 520,
        "2022-501180-40-00": 1078,
        "2022-502516-37-00": 12,
        "2023-505613-24-00": 32,
        "2023-508143-51-01": 11,
        "2024-510663-34-00": 11,
        "2024-512095-35-00": 86,
    }
    reached = {
        i.record_id: r.enrollment_count for i, r, _ in samples["isrctn"] if r.enrollment_type == "ACTUAL"
    }
    assert sorted(reached.values(), key=int) == [9, 60, 2804]  # type: ignore[arg-type]


def test_the_odd_words_are_these_and_no_others(samples: Mapping[str, list[Read]]) -> None:
    found = {
        name: Counter(
            (issue.kind, issue.path.rpartition(".")[2], issue.found[:40])
            for *_, issues in parts
            for issue in issues
        )
        for name, parts in samples.items()
    }
    assert found["ictrp"] == {
        ("unknown_enum", "overallStatus", '"Not recruiting"'): 34,
        ("unknown_enum", "overallStatus", '"Not Recruiting"'): 32,
        ("unknown_enum", "overallStatus", '"Authorised"'): 8,
        ("unknown_enum", "overallStatus", '"Not Available"'): 1,
        ("unknown_enum", "phases[0]", '"Not selected"'): 2,
        ("unknown_enum", "phases[0]", '"0"'): 1,
        ("wrong_type", "count", '"control group:50;sepsis group:50;"'): 1,
    }
    assert found["isrctn"] == {
        ("unknown_enum", "stdAges[0]", '"Neonate"'): 10,
        ("unknown_enum", "overallStatus", '"Stopped"'): 1,
    }
    assert found["ctis"] == {("unknown_enum", "class", '"Pharmaceutical company, Non-Commercial"'): 3}


def _strings(value: Any) -> list[str]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value] if isinstance(value, str) else [text for part in inner for text in _strings(part)]


def test_every_field_of_every_sample_is_in_its_body(samples: Mapping[str, list[Read]], shared: Path) -> None:
    for row, (item, _, _) in zip(trials(shared), samples["ictrp"], strict=True):
        tree = msgspec.json.decode(item.body)
        kept = {part[0]: "".join(part[2:]).strip() for part in tree[2:] if isinstance(part, list)}
        assert kept == row
    for name in ("isrctn", "ctis"):
        lines = (shared / "data" / "samples" / FILES[name]).read_bytes().splitlines()
        for line, (item, _, _) in zip(lines, samples[name], strict=True):
            assert msgspec.json.decode(item.body) == msgspec.json.decode(line)


READ_FIELDS = (
    "Public_title", "Scientific_title", "Primary_sponsor", "Secondary_Sponsor", "Inclusion_Criteria", "Exclusion_Criteria",
    "Condition", "Intervention", "Primary_outcome", "Secondary_outcome", "Countries", "Secondary_ID",
)  # fmt: skip


def test_no_word_of_a_read_field_is_lost(samples: Mapping[str, list[Read]], shared: Path) -> None:
    """Labels that part a text (`Primary end point(s):`) are the form's, and need not stand in the record."""
    labels = re.compile(
        r"(Main|Secondary) Objective:|(Primary|Secondary) (end point\(s\)|Outcome):|Timepoint\(s\) of evaluation of this end point:"
    )
    for row, (_, record, _) in zip(trials(shared), samples["ictrp"], strict=True):
        words = set(re.findall(r"\w+", " ".join(_strings(msgspec.json.decode(msgspec.json.encode(record))))))
        for name in READ_FIELDS:
            given = labels.sub(" ", readable(row.get(name, "")))
            if name == "Intervention":
                given = (
                    re.sub(r"(?:^|;)\s*[A-Z][A-Za-z ]+: ", " ", given)
                    if record.interventions[:1] and record.interventions[0].type
                    else given
                )
            assert set(re.findall(r"\w+", given)) <= words, (row["TrialID"], name)


def test_texts_read_without_tags_entities_or_carriage_returns(samples: Mapping[str, list[Read]]) -> None:
    for found in samples.values():
        for item, record, _ in found:
            for field in study_text(record).fields:
                assert not re.search(r"</?(br|p|li|b|sup)\b|&[a-z]+;|&#\d+;|\r", field.text), (
                    item.record_id,
                    field.path,
                )


def test_every_quote_of_tags_and_preparations_verifies(samples: Mapping[str, list[Read]]) -> None:
    vocabulary = load_bundled()
    tagger, extractor = Tagger(vocabulary), Extractor(vocabulary)
    checked = 0
    for found in samples.values():
        for _, record, _ in found:
            text = study_text(record)
            tags = tagger.tag(record, text)
            spans = [(t.field, t.start, t.end, t.quote) for t in tags.tags]
            spans += [
                (span.field, span.start, span.end, span.quote)
                for preparation in extractor.read(record, text, tags)
                for finding in preparation.findings
                for reading in finding.readings
                for span in reading.spans
            ]
            for path, start, end, quote in spans:
                assert (text.text_of(path) or "")[start:end] == quote
            checked += len(spans)
    assert checked > 1000
