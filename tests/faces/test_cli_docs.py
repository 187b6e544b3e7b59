"""The reference of commands says what the program takes, no more and no less."""

import re
from pathlib import Path

import click
import pytest

from skinproof import errors
from skinproof.faces.cli import COMMANDS, INTERRUPTED, PIPE_CLOSED, main
from skinproof.settings import SETTINGS, data_dir

DOCS = Path(__file__).resolve().parents[2] / "docs/reference"
PAGE = (DOCS / "cli.md").read_text(encoding="utf-8")
COMMON = {"--help", "--data", "--json", "--csv", "--as-of", "--progress", "--no-progress", "--jobs"}


def options_of(name: str) -> set[str]:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    parts = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
    return {
        o
        for part in parts
        for p in part.params
        if isinstance(p, click.Option)
        for o in (*p.opts, *p.secondary_opts)
    }


def section_of(name: str) -> str:
    found = re.search(rf"^### `skinproof {name}\b.*?(?=^##|\Z)", PAGE, re.S | re.M)
    assert found, f"{name} has no section"
    return found[0]


READERS = ("map", "count", "list", "find", "show", "issues", "preparations", "landscape", "gaps", "compare")
READING = PAGE.split("## Options of every reading command")[1].split("\n## ")[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_described_where_a_reader_looks(name: str) -> None:
    section = section_of(name)
    described = set(re.findall(r"--[a-z-]+", section))
    if name in READERS:
        described |= set(re.findall(r"--[a-z-]+", READING))
    described |= COMMON & set(re.findall(r"--[a-z-]+", PAGE))
    assert options_of(name) - described == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_is_described_that_does_not_exist(name: str) -> None:
    tables = "\n".join(line for line in section_of(name).splitlines() if line.startswith("|"))
    assert set(re.findall(r"--[a-z][a-z-]+", tables)) - options_of(name) - {"--help"} == set()


def test_every_exit_code_is_described() -> None:
    classes = [
        v for v in vars(errors).values() if isinstance(v, type) and issubclass(v, errors.SkinproofError)
    ]
    codes = {0, INTERRUPTED, PIPE_CLOSED, *(error.exit_code for error in classes)}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.M)} == codes


def test_settings_are_described_as_they_are() -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    for setting in SETTINGS:
        option = f"`{setting.option}`" if setting.option else ""
        row = next(line for line in page.splitlines() if line.startswith(f"| `{setting.env}`"))
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[1:] == [option, cells[2], setting.meaning]
        assert cells[2].strip("`") == setting.default.strip("`")


@pytest.mark.parametrize(
    ("option", "environment", "platform", "expected"),
    [
        ("asked", {"SKINPROOF_DATA_DIR": "named"}, "linux", "asked"),
        (None, {"SKINPROOF_DATA_DIR": "named"}, "linux", "named"),
        (None, {}, "linux", "home/.local/share/skinproof"),
        (None, {"XDG_DATA_HOME": "relative"}, "linux", "home/.local/share/skinproof"),
        (None, {}, "darwin", "home/Library/Application Support/skinproof"),
        (None, {}, "win32", "home/AppData/Local/skinproof"),
    ],
)
def test_the_data_folder_follows_the_platform(
    option: str | None, environment: dict[str, str], platform: str, expected: str
) -> None:
    assert data_dir(option, environment, Path("home"), platform) == Path(expected)
