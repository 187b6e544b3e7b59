"""`skinproof version`."""

import click

from skinproof import __version__


@click.command("version")
def command() -> None:
    """Print the version."""
    click.echo(f"skinproof {__version__}")
