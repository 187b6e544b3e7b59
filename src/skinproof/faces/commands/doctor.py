"""`skinproof doctor`."""

import os
import platform
import sqlite3
import sys
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from skinproof import __version__
from skinproof.errors import SkinproofError
from skinproof.faces.options import data_option, json_option, pass_services
from skinproof.faces.output import print_json, print_lines, text_width
from skinproof.faces.services import Services
from skinproof.model.summary import Filters
from skinproof.settings import SETTINGS, Setting
from skinproof.views.text import pairs

PACKAGES = ("click", "msgspec", "pyarrow", "duckdb", "ahocorasick-rs", "zstandard", "jinja2")


@click.command("doctor")
@data_option
@json_option
@pass_services
def command(services: Services, data: str | None, as_json: bool) -> int:
    """What this installation and its data folder are like.

    Exit code 5 if SQLite lacks full-text search or the data folder cannot be written to.
    """
    folder = services.data_dir(data)
    facts = {
        "skinproof": __version__,
        "python": platform.python_version(),
        "platform": sys.platform,
        "sqlite": sqlite3.sqlite_version,
        "sqlite full-text search": "yes" if _has_fts5() else "no: find cannot work",
        **{name: _version(name) for name in PACKAGES},
        "data folder": str(folder),
        "data folder is": _folder_words(folder),
        "edition": _edition_words(services, folder),
        **{f"${s.env}": _said(s) for s in SETTINGS},
    }
    if as_json:
        print_json(facts)
    else:
        print_lines(pairs(facts.items(), text_width()))
    return 0 if _has_fts5() and not _folder_words(folder).startswith("not writable") else 5


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
