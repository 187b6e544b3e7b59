"""`skinproof sync` as a command: what it prints, as text and JSON, and its exit codes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from skinproof.faces.cli import main
from skinproof.faces.services import Services
from tests.transport.misbehaving import Registry, name_of, record


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    with Registry([record(n) for n in range(12)]) as running:
        monkeypatch.setenv("SKINPROOF_CTGOV_BASE_URL", running.base)
        yield running


class Noon(Services):
    """The real doors, with a clock that stands."""

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 12, tzinfo=UTC)


def run(folder: Path, *words: str) -> Result:
    environment = {"COLUMNS": "100", "SKINPROOF_DATA_DIR": str(folder)}
    return CliRunner().invoke(main, ["sync", *words], obj=Noon(), env=environment)


def test_a_sync_prints_stored_and_reported(server: Registry, tmp_path: Path) -> None:
    done = run(tmp_path, "ctgov", "--query", "ev", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["stored"], told["reported"], told["complete"]) == (12, 12, True)
    assert told["build"]["made"] and told["queries"][0]["kind"] == "full"
    text = run(tmp_path, "ctgov", "--query", "ev").stdout
    assert "all there" in text and "already says all of this: 12 studies" in text
    assert json.loads(run(tmp_path, "ctgov", "--query", "ev", "--json").stdout)["build"]["made"] is False


def test_one_source_down_does_not_keep_the_other_from_being_brought(
    server: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came is stored and built; the exit code and the answers say whose numbers are old."""
    monkeypatch.setenv("SKINPROOF_EUROPEPMC_BASE_URL", "http://127.0.0.1:9/rest")
    done = run(tmp_path, "ctgov", "europepmc", "--query", "ev", "--json")
    assert done.exit_code == 9
    told = json.loads(done.stdout)
    good, bad = told["queries"]
    assert (good["source"], good["stored"], good["complete"], good["error"]) == ("ctgov", 12, True, None)
    assert bad["source"] == "europepmc" and "127.0.0.1:9" in bad["error"]
    assert told["build"]["n_studies"] == 12
    count = CliRunner().invoke(main, ["count", "--data", str(tmp_path)])
    assert "The last sync of ev at europepmc stopped before its end" in " ".join(count.stdout.split())


def test_a_proxy_that_refuses_is_told_as_one(
    server: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKINPROOF_CTGOV_BASE_URL", "http://registry.invalid/api")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    done = run(tmp_path, "ctgov", "--query", "ev")
    assert done.exit_code == 9 and "Traceback" not in done.output
    assert "registry.invalid" in done.output


def test_what_is_missing_is_printed_and_ends_with_10(server: Registry, tmp_path: Path) -> None:
    server.put_raw(
        name_of(50),
        b'{"protocolSection":{"identificationModule":{"nctId":"%s"},"a":1,"a":2}}' % name_of(50).encode(),
    )
    done = run(tmp_path, "ctgov", "--query", "ev")
    assert done.exit_code == 10
    assert f"1 missing: {name_of(50)}" in done.stdout and "is there twice" in done.stdout
    assert "It is made of what is there" in " ".join(done.stdout.split())
    told = json.loads(run(tmp_path, "ctgov", "--query", "ev", "--json").stdout)
    assert told["queries"][0]["missing"] == [name_of(50)] and told["stored"] == 12 and told["reported"] == 13


def test_a_changed_source_ends_with_11_and_a_line_on_stderr(server: Registry, tmp_path: Path) -> None:
    server.studies_named = "trials"
    done = run(tmp_path, "ctgov", "--query", "ev")
    assert done.exit_code == 11
    assert done.stderr.startswith("error: ctgov ev: ") and "without `studies`" in done.stderr


def test_a_build_that_a_renamed_field_stops_prints_the_whole_report(server: Registry, tmp_path: Path) -> None:
    run(tmp_path, "ctgov", "--query", "ev")
    server.put([record(n, "2026-11-20") for n in range(12)])
    server.body_edit = (b'"overallStatus"', b'"recruitmentState"')
    done = run(tmp_path, "ctgov", "--query", "ev", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["stored"], told["build"], told["build_error_code"]) == (11, 12, None, 11)
    assert "probably renamed to" in told["build_error"] and "probably renamed to" in done.stderr
    assert "No edition was made" in run(tmp_path, "ctgov", "--query", "ev").stdout


def test_ids_of_a_query_stand_beside_our_count(server: Registry, tmp_path: Path) -> None:
    run(tmp_path, "ctgov", "--query", "ev")
    done = run(tmp_path, "--ids", "ev", "--on", "2026-11-23")
    assert done.exit_code == 0 and "Our count as of 2026-11-23: 12" in done.stdout
    told = json.loads(run(tmp_path, "--ids", "ev", "--json").stdout)
    assert told["n"] == 12 and len(told["beside"]["both"]) == 12 and not told["beside"]["only_ours"]
    assert run(tmp_path, "--ids", "ev", "--on", "2026-11-22").exit_code == 6
    assert run(tmp_path, "ctgov", "pubmed", "--ids", "ev").exit_code == 2


def test_queries_are_listed_with_what_is_asked_and_when(server: Registry, tmp_path: Path) -> None:
    before = run(tmp_path, "--queries").stdout
    assert "Extracellular vesicles" in before and "last sync" not in before
    run(tmp_path, "ctgov", "--query", "ev", "--no-build")
    listed = {
        query["name"]: query for query in json.loads(run(tmp_path, "--queries", "--json").stdout)["queries"]
    }
    assert "12 stored, complete" in listed["ev"]["last"]["ctgov"] and listed["ev"]["shipped"]


@pytest.mark.parametrize(
    "words", [("--full", "--ids-only"), ("--queries", "--ids", "ev"), ("--on", "2026-01-01"), ("nowhere",)]
)
def test_what_cannot_be_asked_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert run(tmp_path, *words).exit_code == 2


def test_a_hostile_answer_cannot_steer_the_terminal(server: Registry, tmp_path: Path) -> None:
    server.put_raw("NCT\x1b[2J", b'{"protocolSection":{"identificationModule":{"nctId":"NCT\\u001b[2J"}}}')
    done = run(tmp_path, "ctgov", "--query", "ev")
    assert done.exit_code == 10 and "\x1b" not in done.stdout + done.stderr
    assert "\x1b" not in run(tmp_path, "ctgov", "--query", "ev", "--json").stdout


@pytest.mark.parametrize("words", [["sync", "ctgov"], ["count"]])
def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "a").write_text("")
    done = CliRunner().invoke(main, [*words, "--data", str(tmp_path / "a")], obj=Noon())
    assert done.exit_code == 5 and "is a file; name a folder" in done.stderr
