"""Options that several commands share, and what a command gets of them."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

import click

from skinproof.faces.services import Services

P = ParamSpec("P")
T = TypeVar("T")

pass_services = click.make_pass_decorator(Services, ensure=True)

data_option = click.option(
    "--data", metavar="DIR", help="Data folder [default: $SKINPROOF_DATA_DIR, else the user's data folder]."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
csv_option = click.option("--csv", "as_csv", is_flag=True, help="Print CSV, with a header.")
as_of_option = click.option(
    "--as-of", metavar="DATE", help="As it stood on a day; a month or year means its last day."
)
seen_option = click.option(
    "--seen",
    metavar="DATE",
    help="Only what this store had seen by the end of a day (UTC), whatever it got later.",
)
progress_option = click.option(
    "--progress/--no-progress", default=None, help="Say how far it is on stderr [default: in a terminal]."
)

_FILTERS = (
    click.option("--agent", multiple=True, metavar="NAME", help="Agent or class: exosome, PRP, ev..."),
    click.option("--role", multiple=True, metavar="ROLE", help="What the agent does: given, carrier, measured..."),
    click.option("--indication", multiple=True, metavar="NAME", help="Complaint: scar, hair loss... (with all below)."),
    click.option("--cutaneous/--not-cutaneous", default=None, help="About skin, hair or nails, or not."),
    click.option("--aesthetic/--not-aesthetic", default=None, help="About appearance, or not."),
    click.option("--phase", multiple=True, metavar="PHASE", help="Phase: 1, 2, early 1, NA..."),
    click.option("--status", multiple=True, metavar="STATUS", help="Status: completed, recruiting..."),
    click.option("--country", multiple=True, metavar="NAME", help="Country of a site."),
    click.option("--from", "start_from", metavar="DATE", help="Started on or after."),
    click.option("--to", "start_to", metavar="DATE", help="Started on or before."),
    click.option("--posted-from", metavar="DATE", help="First posted on or after."),
    click.option("--posted-to", metavar="DATE", help="First posted on or before."),
)  # fmt: skip

FILTER_NAMES = (
    "agent", "role", "indication", "cutaneous", "aesthetic", "phase", "status", "country",
    "start_from", "start_to", "posted_from", "posted_to",
)  # fmt: skip


class Asked(NamedTuple):
    """What every reading command was asked: where, when, what form, and the filters as typed."""

    data: str | None
    as_of: str | None
    as_json: bool
    as_csv: bool
    typed: dict[str, Any]
    seen: str | None = None


def reading_options(function: Callable[..., T]) -> Callable[..., T]:
    """Give a command the options of every reading command; it receives them as one `asked`."""

    @wraps(function)
    def with_asked(*args: Any, **kwargs: Any) -> T:
        typed = {name: kwargs.pop(name) for name in FILTER_NAMES}
        asked = Asked(
            kwargs.pop("data"),
            kwargs.pop("as_of"),
            kwargs.pop("as_json"),
            kwargs.pop("as_csv"),
            typed,
            kwargs.pop("seen"),
        )
        if asked.as_json and asked.as_csv:
            raise click.UsageError("--json and --csv cannot both be asked for")
        return function(*args, asked=asked, **kwargs)

    command: Callable[..., T] = with_asked
    for option in reversed((*_FILTERS, as_of_option, seen_option, data_option, json_option, csv_option)):
        command = option(command)
    return command


def filter_options(without: tuple[str, ...] = ()) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Give a command the filters by themselves; it receives them by name. without: names that mean something else in it."""

    def with_filters(function: Callable[..., T]) -> Callable[..., T]:
        for name, option in reversed(tuple(zip(FILTER_NAMES, _FILTERS, strict=True))):
            if name not in without:
                function = option(function)
        return function

    return with_filters
