"""The documents stay true: commands and options exist, links lead somewhere, settings are described, examples run."""

import os
import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "src/skinproof/data/README.md")
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
