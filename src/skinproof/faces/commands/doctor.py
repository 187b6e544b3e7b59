"""`skinproof doctor`."""

import os
import platform
import sqlite3
import sys
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click
import msgspec

from skinproof import __version__
from skinproof.errors import SkinproofError, StoreError
from skinproof.faces.health_text import fill_lines, health_facts, said_lines
from skinproof.faces.options import data_option, json_option, pass_services, progress_option
from skinproof.faces.output import print_json, print_lines, text_width
from skinproof.faces.progress import Progress
from skinproof.faces.services import Services
from skinproof.model.summary import Filters
from skinproof.settings import SETTINGS, Setting
from skinproof.views.text import pairs
from skinproof.workflows.health import sqlite_words

PACKAGES = ("click", "msgspec", "pyarrow", "duckdb", "ahocorasick-rs", "zstandard", "jinja2")


@click.command("doctor")
@click.option("--check", is_flag=True, help="Read all that is held and compare it with what was stored.")
@click.option("--fill", is_flag=True, help="How often each field of each source is filled.")
@data_option
@json_option
@progress_option
@pass_services
def command(
    services: Services, check: bool, fill: bool, data: str | None, as_json: bool, progress: bool | None
) -> int:
    """What this installation and its data folder are like.

    What is held, what waits, how the last syncs ended, and what is wrong. --check compares every stored body with its hash, the journal with its chain and the files of every edition with their hashes.
    Exit code 5 if something is wrong: each is listed with what to do.
    """
    folder = services.data_dir(data)
    if fill:
        return _fill(services, folder, as_json)
    health = services.health(folder)
    facts = {
        "skinproof": __version__,
        "python": platform.python_version(),
        "platform": sys.platform,
        "sqlite": sqlite_words(sqlite3.sqlite_version),
        "sqlite full-text search": "yes" if _has_fts5() else "no: find cannot work",
        **{name: _version(name) for name in PACKAGES},
        "data folder": str(folder),
        "data folder is": _folder_words(folder),
        "edition": _edition_words(services, folder),
        **{f"${s.env}": _said(s) for s in SETTINGS},
    }
    integrity = None
    if check:
        with Progress(progress) as shown:
            integrity = services.integrity(
                folder, (lambda n, of: shown.say(f"checking {n:,} of {of:,}")) if shown.on else None
            )
    wrong = [*health.wrong, *(integrity.problems if integrity else ())]
    if as_json:
        print_json(facts, health=health, integrity=integrity, wrong=wrong)
    else:
        width = text_width()
        print_lines(
            [*pairs((facts | health_facts(health)).items(), width), *said_lines(health, integrity, width)]
        )
    good = _has_fts5() and not _folder_words(folder).startswith("not writable") and not wrong
    return 0 if good else StoreError.exit_code


def _fill(services: Services, folder: Path, as_json: bool) -> int:
    found = services.fill(folder)
    sources = (
        {}
        if found is None
        else {name: msgspec.structs.replace(s, sample={}) for name, s in found.sources.items()}
    )
    if as_json:
        print_json({"rule": found.rule if found else None, "sources": sources})
    elif found is None:
        print_lines(
            ["This edition does not say how often its fields are filled; the next `skinproof build` does."]
        )
    else:
        print_lines(fill_lines(sources, text_width()))
    return 0


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _has_fts5() -> bool:
    with closing(sqlite3.connect(":memory:")) as db:
        try:
            db.execute("create virtual table t using fts5(words)")
        except sqlite3.OperationalError:
            return False
    return True


def _folder_words(folder: Path) -> str:
    if not folder.exists():
        return "not there yet; the first import makes it"
    if not folder.is_dir():
        return "not writable: it is a file"
    return "writable" if os.access(folder, os.W_OK) else "not writable by you"


def _edition_words(services: Services, folder: Path) -> str:
    try:
        with closing(services.open_workspace(folder)) as workspace:
            stamp = workspace.select(Filters()).stamp
    except SkinproofError as error:
        return str(error)
    return f"{stamp.edition}: {stamp.n_studies:,} studies, {stamp.n_versions:,} versions"


def _said(setting: Setting) -> str:
    """The value of a setting; of a secret only whether it is set."""
    value = os.environ.get(setting.env)
    return "not set" if value is None else "set" if setting.secret else value
