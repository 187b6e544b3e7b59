"""`skinproof mcp`."""

from importlib.util import find_spec

import click

from skinproof.errors import UsageError
from skinproof.faces.options import data_option, pass_services
from skinproof.faces.services import Services


@click.command("mcp")
@data_option
@pass_services
def command(services: Services, data: str | None) -> None:
    """The same answers for an assistant, over the Model Context Protocol.

    Started by the assistant's program; messages come on stdin and go to stdout. Reads the data folder, changes nothing,
    and asks no network. A new edition is used as soon as it is built.
    """
    if find_spec("mcp") is None:
        raise UsageError(
            "`skinproof mcp` needs packages that are not installed: `make mcp` in a clone of skinproof, elsewhere "
            "pip install 'skinproof[mcp]'"
        )
    from skinproof.faces.mcp.server import run

    run(services, services.data_dir(data))
