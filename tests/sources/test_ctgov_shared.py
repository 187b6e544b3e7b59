"""Every real record at hand is read; the only odd fields are those that other keepers of copies added."""

import gzip
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec
import pytest
import yaml

import skinproof.sources
from skinproof.model.issue import Issue
from skinproof.sources.ctgov import read_ctgov

FACTS = yaml.safe_load((Path(skinproof.sources.__file__).parent / "ctgov.yml").read_text(encoding="utf-8"))


class Dated(msgspec.Struct):
    record: msgspec.Raw


def lines(path: Path, every: int = 1) -> Iterator[bytes]:
    with gzip.open(path) as stream:
        yield from islice(stream, 0, None, every)


def issues_of(bodies: Iterator[bytes]) -> tuple[int, list[Issue]]:
    n, issues = 0, []
    for text in bodies:
        result = read_ctgov(text)
        assert result.record.brief_title
        issues += result.issues
        n += 1
    return n, issues


def is_known(issue: Issue) -> bool:
    """A field that is not the registry's own: copies kept by others add it (ctgov.yml names them)."""
    return (
        issue.kind == "unknown_field"
        and issue.path.rpartition(".")[2] in FACTS["shape"]["fields_beyond_the_description"]
    )


@pytest.mark.parametrize(
    ("name", "n", "n_issues"),
    [("msc_v2", 1535, 0), ("ctgov_v2", 2608, 86), ("fullstudies_v2", 434, 0), ("trial_texts_v2", 20227, 0)],
)
def test_every_real_record_is_read(shared: Path, name: str, n: int, n_issues: int) -> None:
    found, issues = issues_of(lines(shared / "data" / f"{name}.jsonl.gz"))
    assert (found, len(issues)) == (n, n_issues)
    assert [issue for issue in issues if not is_known(issue)] == []


def test_dated_versions_of_real_records_are_read(shared: Path) -> None:
    path = shared / "data" / "ctgov_v2_versions.jsonl.gz"
    bodies = (bytes(msgspec.json.decode(line, type=Dated).record) for line in lines(path, every=7))
    found, issues = issues_of(bodies)
    assert found == 737
    assert [issue for issue in issues if not is_known(issue)] == []


def test_real_pages_of_the_api_are_read(shared: Path) -> None:
    n = 0
    for path in sorted((shared / "data/samples/ctgov_api_pages").glob("*.json")):
        page = json.loads(path.read_bytes())
        for study in page.get("studies", [page] if "protocolSection" in page else []):
            assert read_ctgov(json.dumps(study).encode()).issues == (), path.name
            n += 1
    assert n > 0


def test_the_facts_file_says_what_the_code_does() -> None:
    assert FACTS["id"] == {"field": "protocolSection.identificationModule.nctId", "pattern": r"^NCT\d{8}$"}
    assert FACTS["api"]["base"].startswith("https://clinicaltrials.gov/api/v2")
