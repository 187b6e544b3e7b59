"""`skinproof serve`."""

import os
from ipaddress import ip_address
from pathlib import Path

import click

from skinproof.faces.options import data_option, pass_services
from skinproof.faces.output import print_lines
from skinproof.faces.services import Services
from skinproof.settings import LOGINS, WRITE_TOKEN

SHELF_BYTES = 256 << 20
"""Room in the data folder for answers that took long to make."""


@click.command("serve")
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen at."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0 = any free one."
)
@click.option(
    "--allow-host",
    multiple=True,
    metavar="NAME",
    help="Name under which clients reach it; may be given again.",
)
@click.option(
    "--trust-proxy",
    multiple=True,
    metavar="ADDRESS",
    help="Server in front whose X-Forwarded-For is believed: an address or a network; may be given again.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 32),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes that answer; each holds the edition in memory for itself.",
)
@data_option
@pass_services
def command(
    services: Services, host: str, port: int, allow_host: tuple[str, ...], trust_proxy: tuple[str, ...], workers: int, data: str | None
) -> None:  # fmt: skip
    """The pages, live, and every view as JSON and CSV.

    Changes nothing in the data folder but its subfolder pages, where finished pages are kept, which can be deleted at any time. Listens for
    this machine only, unless --host says otherwise. A new edition is served as soon as it is built. Ctrl-C ends it.
    """
    from skinproof.faces.web.proxies import networks
    from skinproof.faces.web.security import host_names
    from skinproof.faces.web.server import listening, run
    from skinproof.faces.web.settings import Settings

    folder = services.data_dir(data)
    logins = os.environ.get(LOGINS)
    settings = Settings(
        hosts=host_names(host, allow_host), proxies=networks(trust_proxy), warm=True, shelf_bytes=SHELF_BYTES,
        logins=Path(logins).expanduser() if logins else None, write_token=os.environ.get(WRITE_TOKEN) or None,
    ).checked()  # fmt: skip
    sockets = listening(host, port)
    bound = sockets[0].getsockname()[1]
    print_lines([f"http://{f'[{host}]' if ':' in host else host}:{bound}/ (Ctrl-C ends it)"])
    if not _loopback(host):
        print_lines(
            [
                "Anyone who reaches this address can read everything in this data folder; nothing is encrypted here. Put a server "
                "with TLS in front of it, and name it with --allow-host.",
            ]
        )
    if settings.logins is not None or settings.write_token is not None:
        print_lines(["Whoever logs in, or sends the token, can judge answers; everybody else reads."])
    if workers > 1:
        from skinproof.faces.web.workers import Workers

        Workers(folder, services.open_workspace, settings, sockets, workers).run()
    else:
        from skinproof.faces.web.app import make_app

        run(make_app(folder, services.open_workspace, settings), host, bound, sockets)


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
