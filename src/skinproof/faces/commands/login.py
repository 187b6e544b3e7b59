"""`skinproof login`."""

from pathlib import Path

import click

from skinproof.faces.output import print_lines
from skinproof.settings import LOGINS
from skinproof.views.text import clean


@click.group("login")
def command() -> None:
    """Who may judge answers in the browser: names and password hashes in a file of their own."""


_FILE = click.option(
    "--file", "path", type=click.Path(path_type=Path), envvar=LOGINS, metavar="FILE", required=True,
    help=f"The file of logins [default: {LOGINS}].",
)  # fmt: skip


@command.command("add")
@click.argument("name")
@_FILE
def add(name: str, path: Path) -> None:
    """Add a login, or give it another password. Asks for the password; of it only a hash is kept."""
    from skinproof.workflows.logins import add_login

    password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    was = add_login(path, name, password)
    print_lines([clean(f"{'another password for' if was else 'added'} {name} in {path}")])


@command.command("remove")
@click.argument("name")
@_FILE
def remove(name: str, path: Path) -> None:
    """Take a login away. Who is logged in with it is out at the next request."""
    from skinproof.workflows.logins import remove_login

    remove_login(path, name)
    print_lines([clean(f"removed {name} from {path}")])


@command.command("list")
@_FILE
def list_(path: Path) -> None:
    """The names."""
    from skinproof.workflows.logins import read_logins

    print_lines([clean(name) for name in read_logins(path)] or ["no logins"])
