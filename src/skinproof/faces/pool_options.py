"""Options that every command which pools a table shares, and what the command gets of them."""

from collections.abc import Callable, Collection, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from skinproof.errors import InputError, UsageError
from skinproof.faces.options import csv_option, json_option
from skinproof.faces.picture_file import checked_path
from skinproof.synthesis.measures import MEASURES
from skinproof.synthesis.results import TESTS
from skinproof.synthesis.tau2 import METHODS
from skinproof.views.pool_table import PoolTable
from skinproof.views.pooled import GIVEN, Asked, Pooling
from skinproof.workflows.pool_data import LARGEST, read_table
from skinproof.workflows.pool_scales import checked, outcome_scales

T = TypeVar("T")
Option = Callable[[Callable[..., Any]], Callable[..., Any]]


class PoolOptions(NamedTuple):
    """What was typed. method, test: None where the command has no such option, or it was not given."""

    data: Path
    measure: str
    method: str | None
    test: str | None
    level: float
    add: float | None
    to: str | None
    drop00: bool
    only: tuple[str, ...]
    mid: float | None
    better: str | None
    arms: str | None
    title: str | None
    narrow: bool
    bundle: Path | None
    as_json: bool
    as_csv: bool

    def asked(self, *, test: str = "adhoc", **more: Any) -> Asked:
        """How to pool, and how to speak of it. test: what holds where --test was not given; more: fields of `Asked`.

        Raises: UsageError: --arms are no two names.
        """
        return Asked(
            measure=self.measure, method=self.method or "REML", test=self.test or test, level=self.level, add=self.add,
            to=self.to, drop00=self.drop00, mid=self.mid, better=self.better or "", arms=two_arms(self.arms), **more,
        )  # fmt: skip

    def heading(self, found: Pooling) -> str:
        """The title of a picture of the answer: --title, or what is pooled."""
        first, second = found.asked.arms
        outcome = f"{found.outcome}: " if found.outcome else ""
        if self.title:
            return self.title
        if found.zero is None or found.asked.measure == GIVEN or first == "arm 1":
            return f"{outcome}{found.told}"
        return f"{outcome}{first} against {second}"

    def table(self, words: Collection[str] = ()) -> PoolTable:
        """The rows of the file that are asked for, checked. words: further columns that it must have.

        Raises: InputError: no such file, or no CSV of outcomes. UsageError, SynthesisError: as `read_table` and `checked`.
        """
        found = read_table(
            table_body(self.data), self.data.name, self.measure, only=self.only, words=tuple(words)
        )
        standardized = self.measure in MEASURES and MEASURES[self.measure].standardized
        return checked(found, self.measure, outcome_scales(), standardized=standardized)


def pool_options(
    *, methods: Sequence[str] = tuple(METHODS), tests: Sequence[str] = TESTS, about_method: str = "Estimator of tau2.",
    about_test: str = "Test and interval [default: adhoc].", own: Sequence[Option] = (),
) -> Callable[[Callable[..., T]], Callable[..., T]]:  # fmt: skip
    """Give a command DATA.csv and the shared options; it receives them as one `given`, a `PoolOptions`.

    methods, tests: the choices (none: the command has no such option; the first test is not the default, `asked` says what
    is). own: options of the command itself, which stand in the help between how to pool and what to write.
    """

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        @wraps(function)
        def with_given(*args: Any, **kwargs: Any) -> T:
            given = PoolOptions(**{name: kwargs.pop(name, None) for name in PoolOptions._fields})
            if given.as_json and given.as_csv:
                raise click.UsageError("--json and --csv cannot both be asked for")
            return function(*args, given=given, **kwargs)

        command: Callable[..., T] = with_given
        options = (*_how(methods, tests, about_method, about_test), *own, *_WHAT)
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _checked_level(_context: click.Context, _option: click.Parameter, level: float) -> float:
    """One rule for every command: percent. A share such as 0.95 would be printed as 0.95%.

    Raises: UsageError: below 50, or not below 100.
    """
    if not 50 <= level < 100:
        raise UsageError(f"--level {level:g}: give percent, from 50 to below 100, such as 95")
    return level


level_option = click.option(
    "--level", default=95.0, type=float, show_default=True, callback=_checked_level,
    help="Level of all intervals, percent.",
)  # fmt: skip
"""`--level`, of every command that pools."""


def picture_option(name: str, words: str) -> Option:
    """`--name FILE`, which writes a picture."""
    kind = click.Path(path_type=Path, dir_okay=False)
    told = f"Write the {words} (.svg, .png or .pdf)."
    return click.option(f"--{name}", type=kind, callback=checked_path, metavar="FILE", help=told)


def distinct(_context: click.Context, option: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of an option that may be given again, each once.

    Raises: UsageError: one is there twice.
    """
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"{option.opts[0]} {twice}: given twice; name each column once")
    return names


mods_option = click.option(
    "--mods", multiple=True, metavar="COL", callback=distinct, help="A moderator; may be given again."
)
"""`--mods`, of every command that has moderators."""


def two_arms(text: str | None) -> tuple[str, str]:
    """What --arms says: "PRP,saline" is PRP and saline.

    Raises: UsageError: no two names.
    """
    if text is None:
        return ("arm 1", "arm 2")
    first, mark, second = (part.strip() for part in text.partition(","))
    if not (first and mark and second):
        raise UsageError(f"--arms {text!r}: write two names with a comma between them, such as 'PRP,saline'")
    return (first, second)


def table_body(path: Path) -> bytes:
    """The bytes of a table, up to one more than `read_table` takes.

    Raises: InputError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def _how(
    methods: Sequence[str], tests: Sequence[str], about_method: str, about_test: str
) -> tuple[Option, ...]:
    """What is pooled of which rows, and how."""
    method = click.option(
        "--method", default="REML", type=click.Choice(tuple(methods)), show_default=True, help=about_method
    )
    test = click.option("--test", type=click.Choice(tuple(tests)), help=about_test)
    return (
        click.argument("data", metavar="DATA.csv", type=click.Path(path_type=Path)),
        click.option(
            "--measure", required=True, metavar="NAME", help="RR, OR, RD, SMD, MD, PLO, ..., or GEN for yi and vi."
        ),
        *((method,) if methods else ()),
        *((test,) if tests else ()),
        level_option,
        click.option("--add", type=float, help="Add this to cells of counts; nothing is added unasked."),
        click.option("--to", type=click.Choice(("only0", "if0all", "all", "none")), help="To which tables [default: only0]."),
        click.option("--drop-double-zero", "drop00", is_flag=True, help="Leave out studies without events in either arm."),
        click.option("--only", multiple=True, metavar="COL=VALUE", help="Only rows with this value; may be given again."),
    )  # fmt: skip


_WHAT: tuple[Option, ...] = (
    click.option("--mid", type=float, metavar="VALUE", help="Smallest difference of interest (a ratio for ratios)."),
    click.option("--better", type=click.Choice(("lower", "higher")), help="Which end of the outcome is better."),
    click.option("--arms", metavar="A,B", help="What the two arms are called."),
    click.option("--title", metavar="TEXT", help="Title of the pictures."),
    click.option("--narrow", is_flag=True, help="Draw pictures for a small screen."),
    click.option(
        "--bundle", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
        help="Write rows, options and scripts that repeat it.",
    ),
    json_option,
    csv_option,
)  # fmt: skip
