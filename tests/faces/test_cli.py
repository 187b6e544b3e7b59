"""The command line: what it asks, what it prints, how it fails."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from skinproof.errors import EditionError, InputError, SkinproofError, StoreError
from skinproof.faces.cli import COMMANDS, main
from skinproof.faces.output import csv_cell
from skinproof.model.raw import Refusal
from skinproof.model.tags import ROLES
from skinproof.workflows.import_ import FileReport, ImportReport
from tests.faces.fakes import HOSTILE_STUDY, FakeServices, FakeWorkspace, run

READING = (["map"], ["count"], ["list"], ["find", "exosome"], ["show", "NCT99999901"], ["issues"])


@pytest.mark.parametrize("words", READING, ids=lambda words: words[0])
def test_every_reading_command_prints_text_json_and_csv(words: list[str]) -> None:
    text = run(*words)
    assert text.exit_code == 0, text.output
    assert "Edition synthetic-1" in text.stdout
    answer = json.loads(run(*words, "--json").stdout)
    assert answer["stamp"]["edition"] == "synthetic-1"
    rows = list(csv.DictReader(io.StringIO(run(*words, "--csv").stdout)))
    assert rows
    assert {row["edition"] for row in rows} == {"synthetic-1"}
    assert run(*words, "--json", "--csv").exit_code == 2


@pytest.mark.parametrize("words", READING, ids=lambda words: words[0])
def test_every_reading_command_takes_every_filter(words: list[str]) -> None:
    services = FakeServices()
    filters = "--agent exosomes --role given --indication hair-loss --cutaneous --not-aesthetic --phase 1/2 --status"
    rest = "--country france --from 2019 --to 2020-02 --posted-from 2018 --posted-to 2021 --as-of 2020-05"
    result = run(*words, *filters.split(), "completed", *rest.split(), services=services)
    assert result.exit_code == 0, result.output
    filters_seen, _ = services.workspace.asked[-1]
    assert filters_seen.indication == ("indication:alopecia",)
    assert (filters_seen.cutaneous, filters_seen.aesthetic) == ("yes", "no")
    assert filters_seen.phase == ("PHASE1", "PHASE2")
    assert filters_seen.status == ("COMPLETED",)
    assert filters_seen.country == ("France",)
    assert (filters_seen.start_from, filters_seen.posted_to) == ("2019", "2021")
    assert services.workspace.asked[-1][1] == "2020-05"
    assert services.workspace.closed, "files are let go"


@pytest.mark.parametrize(
    ("option", "typed", "expected"),
    [
        ("agent", "Exosome", "agent:exosome"),
        ("agent", "agent:prp", "agent:prp"),
        ("agent", "EV", "ev"),
        ("agent", "platelet rich plasma", "agent:prp"),
        ("agent", "Growth factors", "growth_factor"),
        ("indication", "SCAR", "indication:scar"),
        ("indication", "acne_scar", "indication:acne_scar"),
        ("role", "biomarker", "measured"),
        ("role", "drug carrier", "carrier"),
        ("phase", "Phase II", "PHASE2"),
        ("phase", "early 1", "EARLY_PHASE1"),
        ("phase", "na", "NA"),
        ("status", "Active, not recruiting", "ACTIVE_NOT_RECRUITING"),
    ],
)
def test_words_are_understood_as_people_type_them(option: str, typed: str, expected: str) -> None:
    services = FakeServices()
    assert run("list", f"--{option}", typed, services=services).exit_code == 0
    assert getattr(services.workspace.asked[-1][0], option) == (expected,)


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("list", "--agent", "exosme"), "'Exosome'"),
        (("list", "--indication", "alopeciaa"), "'Alopecia'"),
        (("list", "--role", "givn"), "'given'"),
        (("list", "--status", "complted"), "'completed'"),
        (("list", "--country", "Frnace"), "'France'"),
        (("list", "--phase", "9"), "PHASE4"),
        (("lst",), "'list'"),
    ],
)
def test_a_typing_error_is_refused_with_near_matches(words: tuple[str, ...], near: str) -> None:
    """An unknown name answered with 0 studies would look like a gap in the evidence."""
    result = run(*words)
    assert result.exit_code == 2
    assert near in result.stderr
    assert result.stderr.startswith("error: ")
    assert result.stdout == ""


def test_the_map_prints_gaps_in_words() -> None:
    text = run("map").stdout
    assert "no registered studies" in text
    assert "Extracellular vesicles" in text
    answer = json.loads(run("map", "--json").stdout)
    assert len(answer["rows"]) * len(answer["columns"]) == len(answer["cells"])
    measured = json.loads(run("map", "--role", "measured", "--json").stdout)
    assert measured["roles"] == ["measured"]
    assert measured["total"]["record_ids"] == ["NCT99999903"]
    drilled = json.loads(run("map", "--indication", "scar", "--json").stdout)
    assert drilled["columns"][0]["id"] == "indication:acne_scar"
    assert all(
        c["id"] != "indication:outside-skin"
        for c in json.loads(run("map", "--no-outside", "--json").stdout)["columns"]
    )


def test_count_answers_for_vesicles_or_another_agent_with_ids() -> None:
    text = run("count", "--ids").stdout
    assert "4 studies of extracellular vesicles (EVs): 2 cutaneous, 1 aesthetic" in text
    assert "NCT99999906" in text
    prp = json.loads(run("count", "--agent", "PRP", "--json").stdout)
    (total,) = [c for c in prp["counts"] if (c["scope"], c["role"], c["study_type"]) == ("all", "all", "all")]
    assert total["record_ids"] == ["NCT99999902", "NCT99999904"]
    measured = json.loads(run("count", "--role", "measured", "--json").stdout)
    assert measured["roles"] == ["measured"]
    services = FakeServices()
    run("count", "--agent", "PRP", "--role", "given", services=services)
    assert services.workspace.asked[-1][0].role == ROLES, "mentions are listed beside the total"


def test_show_prints_the_quotes_and_refuses_what_it_does_not_hold() -> None:
    text = run("show", "nct99999901").stdout
    assert 'brief title: "...[Synthetic] study 1..."' in text
    assert "not reported" in text.lower()
    (row,) = csv.DictReader(io.StringIO(run("show", "NCT99999901", "--csv").stdout))
    assert (row["quote"], row["start"], row["end"]) == ("Synthetic", "0", "9")
    missing = run("show", "NCT00000000")
    assert (missing.exit_code, missing.stderr) == (6, "error: no study 'NCT00000000'\n")


def test_find_marks_words_and_names_synonyms() -> None:
    text = run("find", "exosome").stdout
    assert "title: an [exosome] [U+001B][2J trial" in text
    assert "Searched as well: extracellular vesicle" in text
    answer = json.loads(run("find", "exosome", "AND", "scar", "--json").stdout)
    assert answer["query"] == "exosome AND scar"
    part = answer["hits"][0]["snippets"][0]
    (start, end) = part["marks"][0]
    assert part["text"][start:end] == "exosome"


@pytest.mark.parametrize(
    "words", [["list"], ["list", "--json"], ["list", "--csv"], ["issues"], ["issues", "--csv"]]
)
def test_registry_text_cannot_steer_a_terminal(words: list[str]) -> None:
    services = FakeServices(FakeWorkspace((HOSTILE_STUDY,)))
    output = run(*words, services=services).stdout
    assert "\x1b" not in output
    assert output.strip()


def test_registry_text_cannot_become_a_formula() -> None:
    services = FakeServices(FakeWorkspace((HOSTILE_STUDY,)))
    (row,) = csv.DictReader(io.StringIO(run("list", "--csv", services=services).stdout))
    assert row["sponsor"] == "'@SUM(1)"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"), ("+1 555", "'+1 555"), ("-", "'-"), ("@x", "'@x"), ("\t=1", "'=1"), (" =1", "'=1"),
        ("-5", "-5"), ("+3.2", "+3.2"), ("1e-3", "1e-3"), (-5, "-5"), (None, ""), (True, "yes"), (("a", "b"), "a b"),
        ("a,b\nc", "a,b c"),
    ],
)  # fmt: skip
def test_a_cell_is_text_a_number_or_nothing(value: Any, expected: str) -> None:
    assert csv_cell(value) == expected


def test_lists_are_cut_in_a_terminal_and_whole_for_programs() -> None:
    services = FakeServices(FakeWorkspace(tuple(HOSTILE_STUDY for _ in range(60))))
    assert "50 of 60 shown" in run("list", services=services).stdout
    assert len(json.loads(run("list", "--json", services=services).stdout)["rows"]) == 60
    assert len(json.loads(run("list", "--json", "--limit", "2", services=services).stdout)["rows"]) == 2


def test_import_counts_and_lists_refusals() -> None:
    assert "2 new, 1 changed, 3 unchanged, 0 refused" in run("import", "a.json").stdout
    refusal = Refusal("b.json", "line 3", "not JSON", "<html>")
    report = ImportReport(0, 0, 0, 1, (refusal,), (FileReport("b.json", 0, 1),))
    services = FakeServices(imported=report)
    result = run("import", "b.json", services=services)
    assert result.exit_code == 3
    assert "refused: b.json (line 3): not JSON" in result.stdout
    answer = json.loads(run("import", "b.json", "--json", services=services).stdout)
    assert {name: answer[name] for name in ("new", "changed", "unchanged", "refused")} == {
        "new": 0, "changed": 0, "unchanged": 0, "refused": 1,
    }  # fmt: skip


def test_build_says_what_it_did() -> None:
    assert "Edition synthetic-1 is made and current" in run("build").stdout
    assert "nothing to do" in run("build", "--clean").stdout
    assert json.loads(run("build", "--json").stdout)["edition"] == "synthetic-1"


def test_progress_is_on_stderr_and_only_when_wanted() -> None:
    assert run("import", "a.json").stderr == ""
    wanted = run("import", "a.json", "--progress", "--json")
    assert "reading 1 of 2 MB, 10 records" in wanted.stderr
    json.loads(wanted.stdout)


def test_evaluate_scores_and_prints_fields(tmp_path: Path) -> None:
    gold = tmp_path / "gold.csv"
    gold.write_text(
        "registry_id,ev_role,cutaneous\nNCT99999901,therapeutic,n\nNCT99999903,biomarker,not_seen\n"
    )
    answer = json.loads(run("evaluate", str(gold), "--json").stdout)
    assert answer["fields"]["ev_role"]["n"] == 2
    assert answer["fields"]["ev_role"]["accuracy"] == 1.0
    assert answer["fields"]["cutaneous"]["accuracy"] == 0.0
    text = run("evaluate", str(gold)).stdout
    assert "NCT99999901 cutaneous: the table says no, here yes" in text
    rows = list(csv.DictReader(io.StringIO(run("evaluate", str(gold), "--csv").stdout)))
    assert [row["field"] for row in rows] == ["cutaneous"]
    assert run("evaluate", str(tmp_path / "none.csv")).exit_code == 3


def test_vocabulary_is_searched() -> None:
    assert "indication:alopecia" in run("vocabulary", "hair", "loss").stdout
    assert json.loads(run("vocabulary", "--kind", "agent", "--json").stdout)["total"] == 4
    assert "No term" in run("vocabulary", "zzz").stdout


def test_doctor_and_version(tmp_path: Path) -> None:
    facts = json.loads(run("doctor", "--data", str(tmp_path), "--json").stdout)
    assert facts["data folder"] == str(tmp_path)
    assert facts["sqlite full-text search"] == "yes"
    assert run("version").stdout == run("--version").stdout


def test_the_data_folder_is_the_option_then_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = FakeServices()
    monkeypatch.setenv("SKINPROOF_DATA_DIR", str(tmp_path / "named"))
    run("list", services=services)
    run("list", "--data", str(tmp_path / "asked"), services=services)
    assert services.folders == [tmp_path / "named", tmp_path / "asked"]


class Failing(FakeServices):
    """A door that fails with the given error."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def open_workspace(self, folder: Path) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (InputError("cannot be read"), 3, "cannot be read"),
        (StoreError("locked"), 5, "locked"),
        (EditionError("failed its checks"), 7, "failed its checks"),
        (SkinproofError("odd"), 1, "odd"),
        (PermissionError(13, "Permission denied", "data"), 5, "Permission denied: data"),
        (ValueError("surprise"), 1, "unexpected ValueError: surprise; run `skinproof --debug ...`"),
        (KeyboardInterrupt(), 130, "stopped"),
    ],
)
def test_every_failure_is_one_line_with_its_exit_code(error: BaseException, code: int, words: str) -> None:
    result = run("list", services=Failing(error))
    assert result.exit_code == code
    assert result.stderr.strip().count("\n") == 0
    assert result.stderr.strip().startswith("error: ")
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_debug_shows_the_traceback() -> None:
    assert "Traceback" in run("--debug", "list", services=Failing(ValueError("surprise"))).stderr


def test_a_closed_pipe_is_no_error() -> None:
    """`skinproof vocabulary | head` must not end in a complaint."""
    code = "import sys; from skinproof.faces.cli import main; main(['vocabulary', '--json'])"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_help_imports_no_heavy_room() -> None:
    """Help must be there at once; what is slow to import is imported by the command that needs it."""
    code = (
        "import sys\nfrom skinproof.faces.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'duckdb', 'pyarrow', 'msgspec', 'yaml', 'jinja2', 'sqlite3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_name_and_words_of_the_list(name: str) -> None:
    command = main.commands.get(name) or main.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert command.name == name
    assert command.help
    assert command.help.splitlines()[0] == COMMANDS[name][1]
