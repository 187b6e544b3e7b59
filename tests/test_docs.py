"""The documents stay true: commands and options exist, links lead somewhere, settings are described, examples run."""

import gzip
import io
import os
import re
import runpy
import shlex
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from skinproof.model.raw import Limits
from skinproof.workflows.import_ import import_files
from tests.sources.paper_samples import article, article_set
from tests.sources.raw_samples import compact, lines, study, zipped
from tests.sources.register_samples import (
    ctis_json,
    ctis_trial,
    full_trial,
    ictrp_xml,
    isrctn_xml,
    trial,
    trial_xml,
)

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path
    for path in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("validation/*.md"),
        ROOT / "src/skinproof/data/README.md",
    )
    if path.is_file()
)
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}
HISTORY = {"CHANGELOG.md"}


def fenced(text: str, language: str = r"\w*") -> Iterator[str]:
    """The insides of fenced blocks."""
    yield from re.findall(rf"^```{language}\n(.*?)^```", text, re.S | re.M)


def commands(text: str) -> Iterator[str]:
    """Every `skinproof ...` line of a fenced block and every `skinproof ...` in inline code."""
    for block in fenced(text, r"(?:console|sh)?"):
        for line in block.splitlines():
            line = line.strip().removeprefix("$ ")
            if line.startswith(("skinproof ", ".venv/bin/skinproof ")):
                yield line.split("  #")[0].strip()
    outside = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    yield from re.findall(r"`(skinproof [a-z-][^`]*)`", outside)


ALL_COMMANDS = sorted({(name, line) for name, text in TEXTS.items() for line in commands(text)})


@pytest.fixture(scope="session")
def root_command() -> click.Group:
    from skinproof.faces.cli import main

    assert isinstance(main, click.Group)
    return main


def test_the_documents_show_commands() -> None:
    """Guards the reading of pages above: an empty list would make the next test say nothing."""
    assert len(ALL_COMMANDS) > 20
    assert {"README.md", "docs/tutorial.md", "docs/howto/evaluate.md"} <= {name for name, _ in ALL_COMMANDS}


@pytest.mark.parametrize(("page", "line"), ALL_COMMANDS, ids=lambda value: str(value))
def test_a_command_shown_in_a_document_exists_with_its_options(
    page: str, line: str, root_command: click.Group
) -> None:
    """A user who types it must not meet "no such command"."""
    words = shlex.split(line.replace("...", ""))[1:]
    context = click.Context(root_command)
    if words[0].startswith("--"):
        assert words[0] in {"--help", *known_options(root_command, context)}
        return
    command = root_command.get_command(context, words[0])
    assert command is not None, f"{page}: {line}"
    if isinstance(command, click.Group) and len(words) > 1:
        command = command.get_command(context, words[1])
        assert command is not None, f"{page}: {line}"
    known = known_options(command, click.Context(command)) | {"--help"}
    shown = {word.split("=")[0] for word in words if re.fullmatch(r"--[a-z][a-z-]*(=.*)?", word)}
    assert shown <= known, f"{page}: {line}"


def known_options(command: click.Command, context: click.Context) -> set[str]:
    return {name for param in command.get_params(context) for name in (*param.opts, *param.secondary_opts)}


def test_every_command_is_described(root_command: click.Group) -> None:
    """A command nobody can read about is not there for a user."""
    reference = TEXTS["docs/reference/cli.md"]
    for name in root_command.list_commands(click.Context(root_command)):
        assert f"skinproof {name}" in reference, name


@pytest.mark.parametrize("page", sorted(TEXTS))
def test_links_inside_the_project_lead_to_files(page: str) -> None:
    folder = (ROOT / page).parent
    text = re.sub(r"^```.*?^```", "", TEXTS[page], flags=re.S | re.M)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target) and not target.startswith("#"):
            assert (folder / target.split("#")[0]).exists(), f"{page}: {target}"


@pytest.mark.parametrize("page", sorted(TEXTS))
def test_no_path_of_one_machine_is_shown(page: str) -> None:
    assert not re.search(r"(?<![\w.])/(work|home|root|tmp|Users)/", TEXTS[page])


@pytest.mark.parametrize("page", sorted(set(TEXTS) - HISTORY))
def test_make_targets_shown_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", TEXTS[page], re.M)) <= targets


def test_every_setting_is_described() -> None:
    """An environment variable that the program reads must be found in the reference."""
    source = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    used = set(re.findall(r"\bSKINPROOF_[A-Z_]+\b", source))
    assert "SKINPROOF_DATA_DIR" in used
    reference = TEXTS["docs/reference/settings.md"]
    assert [name for name in sorted(used) if name not in reference] == []


def test_the_picture_of_the_readme_is_the_map_of_the_bundled_facts() -> None:
    """A rule or term that moves a bundled answer moves the picture: `python tools/make_picture.py` draws it again."""
    tool = runpy.run_path(str(ROOT / "tools" / "make_picture.py"))
    shown = (ROOT / "docs/img/gap-map.svg").read_text(encoding="utf-8")
    said = re.compile(r'aria-label="([^"]+)"')
    assert said.findall(tool["draw"]()) == said.findall(shown), "run .venv/bin/python tools/make_picture.py"


def test_every_page_can_be_reached_from_the_index() -> None:
    index = TEXTS["docs/index.md"]
    for page in TEXTS:
        if page.startswith("docs/") and page != "docs/index.md":
            assert f"({page.removeprefix('docs/')})" in index, page


def test_rooms_and_files_named_in_contributing_exist() -> None:
    """The walk through the rooms must lead somewhere."""
    text = TEXTS["CONTRIBUTING.md"]
    base = ROOT / "src/skinproof"
    room = base
    for line in text.split("## A walk")[1].split("**One way.**")[0].splitlines():
        if found := re.match(r"\d+\. \*\*(\w+)/\*\*", line):
            room = base / found[1]
            assert room.is_dir(), room
        for name in re.findall(r"`([\w/]+\.(?:py|csv|yml))`", line):
            assert (room / name).is_file() or (base / name).is_file(), f"{room.name}: {name}"


def test_words_of_the_code_are_in_the_glossary() -> None:
    """A role or answer that a user meets must be explained."""
    from skinproof.model.tags import EV_ROLES, ROLES

    glossary = TEXTS["GLOSSARY.md"]
    assert [word for word in (*ROLES, *EV_ROLES.values()) if word not in glossary] == []


def test_the_tables_shown_for_duckdb_are_those_of_an_edition() -> None:
    from skinproof.store.tables import TABLES

    page = TEXTS["docs/howto/read-with-duckdb.md"]
    assert [name for name in TABLES if f"`{name}`" not in page] == []


def test_every_column_of_an_edition_is_described_and_no_other() -> None:
    """Who reads the tables by hand must know what stands in them."""
    from skinproof.store.tables import TABLES

    sections = TEXTS["docs/reference/edition.md"].split("\n## `")[1:]
    described = {}
    for section in sections:
        heads = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", section, re.M)
        described[section.partition("`")[0]] = [
            name for head in heads for name in re.findall(r"`(\w+)`", head)
        ]
    assert described == {name: schema.names for name, schema in TABLES.items()}


def test_every_kind_of_issue_and_answer_is_named_with_the_tables() -> None:
    from skinproof.model.issue import KINDS
    from skinproof.model.tags import EV_ROLES

    page = TEXTS["docs/reference/edition.md"]
    assert [word for word in (*KINDS, *EV_ROLES.values()) if f"`{word}`" not in page] == []


def test_the_key_of_each_table_is_told_right() -> None:
    """A join by the wrong key counts twice, silently."""
    from skinproof.store.tables import TABLES, TEXT_TABLES

    page = TEXTS["docs/howto/read-with-duckdb.md"]
    told = re.findall(r"^\| (.*) \| .* \| (text|version) \|$", page, re.M)
    keys = {name: key for names, key in told for name in re.findall(r"`(\w+)`", names)}
    assert keys == {name: "text" if name in TEXT_TABLES else "version" for name in TABLES}


def test_the_limits_of_an_import_are_those_of_the_code() -> None:
    from skinproof.model.raw import Limits
    from skinproof.sources.files_table import _ROW_BYTES
    from skinproof.workflows.import_ import LISTED

    page = TEXTS["docs/reference/import.md"]
    told = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+) ", page, re.M))
    assert told == {name: f"{getattr(Limits(), name):,}" for name in Limits.__struct_fields__}
    assert f"may have {_ROW_BYTES:,} characters" in page and f"file {LISTED:,} refusals" in page


def test_every_exit_code_of_the_errors_is_described() -> None:
    from skinproof import errors

    codes = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type)}
    told = re.findall(r"^\| (\d+) \|", TEXTS["docs/reference/cli.md"].split("## Exit codes")[1], re.M)
    assert codes <= set(map(int, told))


GOOD = [study(n) for n in range(3)]
FIRST, SECOND, _ = (compact(record) for record in GOOD)
TABLE = b"NCT Number,Acronym\nNCT99900001,a\n"
PAPERS = article_set(article(1), article(2))
EUROPE = b'{"id":"999000001","source":"MED","title":"Synthetic"}\n'
RIS = b"TY  - JOUR\nTI  - Synthetic\nER  - \n"


def _beside(old: bytes, new: bytes) -> bytes:
    """JSON Lines: a good record, and one in which `old` became `new`."""
    return FIRST + b"\n" + compact(study(50, acronym="@")).replace(old, new) + b"\n"


def _locked() -> bytes:
    archive = bytearray(zipped({"a.json": FIRST, "b.json": SECOND}, zipfile.ZIP_STORED))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        archive[archive.index(magic) + at] |= 1
    return bytes(archive)


def _with_member(member: zipfile.ZipInfo) -> bytes:
    out = io.BytesIO(zipped({"b.json": SECOND}))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(member, b"elsewhere")
    return out.getvalue()


def _link() -> zipfile.ZipInfo:
    link = zipfile.ZipInfo("link.json")
    link.external_attr = 0o120777 << 16
    return link


def _lzma() -> zipfile.ZipInfo:
    member = zipfile.ZipInfo("a.json")
    member.compress_type = zipfile.ZIP_LZMA
    return member


SPACE = b" " * 24_000_000
INPUTS: dict[str, bytes] = {
    "an empty file": b"",
    "white space, or only a byte order mark": b"\xef\xbb\xbf",
    "gzip with nothing in it": gzip.compress(b""),
    "a list without studies": b"[]",
    "a web page saved as .json": b"<!DOCTYPE html>\n<html></html>",
    "XML": b"<?xml version='1.0'?><study/>",
    "other text, another table": b"id,name\n1,x\n",
    "other binary data": bytes(range(256)) * 9,
    "a PDF document": b"%PDF-1.7",
    "packed with xz": b"\xfd7zXZ\x00\x00",
    "UTF-16": FIRST.decode().encode("utf-16"),
    "an Excel workbook": zipped({"xl/workbook.xml": b"<x/>"}),
    "JSON of something else": b'{"error": {"code": 429}}',
    "a list of numbers": b"[1, 2]",
    "a CSV renamed .json": TABLE,
    "JSON renamed .csv": FIRST,
    "a byte order mark before the records": b"\xef\xbb\xbf" + compact(GOOD),
    "JSON cut inside a record": compact(GOOD)[:-90],
    "JSON cut between two records": compact(GOOD)[:-1],
    "a truncated gzip file": gzip.compress(lines(GOOD), 0)[:-600],
    "gzip with a wrong checksum": gzip.compress(lines(GOOD))[:-8] + bytes(8),
    "other data behind the gzip data": gzip.compress(lines(GOOD)) + b"more",
    "a gzip bomb": gzip.compress(lines(GOOD) + SPACE),
    "a zip bomb": zipped({"a.json": b"[" + SPACE + b"]", "b.json": SECOND}),
    "a truncated zip archive": zipped({"a.json": FIRST})[:-30],
    "a zip archive without files": zipped({}),
    "a zip archive in another packed file": gzip.compress(zipped({"a.json": FIRST})),
    "a name in a zip archive that points outside (`../x.json`)": zipped(
        {"../x.json": FIRST, "b.json": SECOND}
    ),
    "a link in a zip archive": _with_member(_link()),
    "an encrypted file in a zip archive": _locked(),
    "another compression in a zip archive": _with_member(_lzma()),
    "too many files in a zip archive": zipped({f"{n}.json": FIRST for n in range(9)}),
    "NaN or Infinity": _beside(b'"@"', b"NaN"),
    "a number too large, such as 1e999": _beside(b'"@"', b"1e999"),
    "deep nesting": _beside(b'"@"', b"[" * 5000 + b"]" * 5000),
    "the same key twice in an object": _beside(b'"acronym":"@"', b'"acronym":"a","acronym":"b"'),
    "half of a surrogate pair": _beside(b"@", b"\\ud800"),
    "bytes that are not UTF-8": _beside(b"@", b"\xe9"),
    "other slips in the JSON: a trailing comma, a control character": _beside(b"@", b"\x01"),
    "a record without an id": _beside(b'"nctId"', b'"other"'),
    "a record with another registry's id": _beside(b"NCT99900050", b"ISRCTN99900050"),
    "a wrapper that names another record": FIRST + b'\n{"nctId":"NCT99900077","record":' + SECOND + b"}\n",
    "a record beyond the limit": _beside(b"@", b"x" * 200_000),
    "a large record of brackets": FIRST + b'\n{"protocolSection":[' + b"[]," * 400_000 + b"0]}\n",
    "a table row with too few or too many cells": TABLE + b"NCT99900002\n",
    "a table row that never ends": TABLE + b'NCT99900002,"' + b"x" * 9_000_000,
    "a column name twice in a table": b"NCT Number,Acronym,Acronym\nNCT99900001,a,b\n",
    "XML in another encoding": PAPERS.replace(b"utf-8", b"latin-1"),
    "a paper's XML that is not well-formed": article_set(article(1), article(2, inside="<b>")),
    "a paper without a PMID in PubMed XML or NBIB": PAPERS.replace(b">999000002<", b"><"),
    "a paper whose last tag is missing": PAPERS.replace(b"</PubmedArticle>", b"", 1),
    "words between the papers of a list": article_set(article(1), "stray words", article(2)),
    "a list of entities before the papers (a bomb, a file of this machine)": PAPERS.replace(
        b'SYSTEM "http://dtd.test/x.dtd"', b'[<!ENTITY a SYSTEM "file:///etc/passwd">]'
    ),
    "a row of ICTRP without a TrialID": ictrp_xml(trial(), trial(TrialID="")),
    "words where ICTRP's TrialID should be": ictrp_xml(trial(), trial(TrialID="not yet")),
    "an element twice in a row of ICTRP": ictrp_xml(
        trial(), trial_xml(trial()).replace("</Trial>", "<Phase>4</Phase></Trial>")
    ),
    "a trial of ISRCTN without its number": isrctn_xml(full_trial(), full_trial("")),
    "a trial of ISRCTN with another number": isrctn_xml(full_trial(), full_trial("12")),
    "a page of search results of CTIS": ctis_json(ctis_trial())
    + b'\n{"data":[{"ctNumber":"2099-599998-01-00"}]}',
    "a line of search results of CTIS": ctis_json(
        ctis_trial(), {"ctNumber": "2099-599998-01-00", "ctStatus": 4}
    ),
    "a trial of CTIS without its number": ctis_json(ctis_trial(), ctis_trial(ctNumber=None)),
    "a trial of CTIS with another number": ctis_json(ctis_trial(), ctis_trial("2099-12")),
    "XML nested deeper than 64 elements": article_set(
        article(1), article(2, inside="<b>" * 99 + "</b>" * 99)
    ),
    "XML cut inside a paper": PAPERS[:-60],
    "a result of Europe PMC without its id": EUROPE + b'{"source":"MED"}\n',
    "RIS without its last line": RIS + b"TY  - JOUR\nTI  - Synthetic, cut\n",
    "a line in NBIB that is no field": b"PMID- 999000001\nTI  - Synthetic\n\nPMID- 999000002\nstray words\n",
}
"""One input for each row of the table of refusals; all records are synthetic."""

SMALLER = {
    "too many files in a zip archive": Limits(members=5),
    "a record beyond the limit": Limits(record_bytes=100_000),
}
REFUSED = re.findall(
    r"^\| (.*) \| (nothing|all|the rest) \| (.*) \|$", TEXTS["docs/reference/import.md"], re.M
)


def test_the_table_of_refusals_has_an_input_for_every_row() -> None:
    assert {given for given, _, _ in REFUSED} - {"a folder without files"} == set(INPUTS)


@pytest.mark.parametrize(("given", "loaded", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_import_refuses_what_the_reference_says_in_its_words(
    given: str, loaded: str, message: str, tmp_path: Path
) -> None:
    """Who searches for a message must find it there, and learn what was lost."""
    path = tmp_path / ("x.csv" if given.endswith(".csv") else "x.json")
    if given in INPUTS:
        path.write_bytes(INPUTS[given])
    else:
        path.mkdir()
    limits = SMALLER.get(given, Limits())
    report = import_files([path], tmp_path / "data", datetime(2026, 1, 1, tzinfo=UTC), jobs=1, limits=limits)
    (file,) = report.files
    assert bool(file.loaded) == (loaded != "nothing")
    assert bool(file.refused) == ("no refusal" not in message)
    assert report.exit_code == (3 if file.refused else 0)
    said = [*(refusal.reason for refusal in report.refusals), *([file.remark] if file.remark else [])]
    for text in re.findall(r"`([^`]+)`", message):
        pattern = ".+".join(map(re.escape, text.split("…")))
        assert any(re.fullmatch(pattern, reason, re.S) for reason in said), said


def test_the_python_example_runs(demo_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shown code that fails is worse than none."""
    (example,) = fenced(TEXTS["docs/howto/read-with-duckdb.md"], "python")
    monkeypatch.chdir(demo_folder.parent)
    exec(compile(example, "read-with-duckdb.md", "exec"), {})


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`demo/data` as the documents show it."""
    from click.testing import CliRunner

    from skinproof.faces.cli import main

    out = tmp_path_factory.mktemp("docs") / "demo"
    result = CliRunner().invoke(main, ["demo", os.fspath(out)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return out


def test_every_fact_and_every_kind_of_amount_stands_in_the_reference() -> None:
    """A fact nobody can look up is a column nobody understands."""
    from skinproof.extraction.catalogue import FACTS
    from skinproof.model.findings import BASE_UNITS

    facts, amounts = TEXTS["docs/reference/facts.md"].split("## Amounts")
    assert re.findall(r"^\| `(\w+)` \|", facts, re.M) == [fact.name for fact in FACTS]
    assert dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", amounts, re.M)) == BASE_UNITS
