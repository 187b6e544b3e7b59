"""`skinproof serve`."""

import os
import socket
from ipaddress import ip_address
from pathlib import Path

import click

from skinproof.errors import UsageError
from skinproof.faces.options import data_option, pass_services
from skinproof.faces.output import print_lines
from skinproof.faces.services import Services
from skinproof.settings import LOGINS, WRITE_TOKEN


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
@data_option
@pass_services
def command(
    services: Services, host: str, port: int, allow_host: tuple[str, ...], trust_proxy: tuple[str, ...], data: str | None
) -> None:  # fmt: skip
    """The pages, live, and every view as JSON and CSV.

    Reads the data folder and changes nothing in it. Listens for this machine only, unless --host says otherwise. A new edition is served as
    soon as it is built. Ctrl-C ends it.
    """
    from skinproof.faces.web.app import Settings, make_app
    from skinproof.faces.web.proxies import networks
    from skinproof.faces.web.security import host_names
    from skinproof.faces.web.server import run

    folder = services.data_dir(data)
    proxies = networks(trust_proxy)
    bound = _free(host, port) if port == 0 else port
    print_lines([f"http://{f'[{host}]' if ':' in host else host}:{bound}/ (Ctrl-C ends it)"])
    if not _loopback(host):
        print_lines(
            [
                "Anyone who reaches this address can read everything in this data folder; nothing is encrypted here. Put a server "
                "with TLS in front of it, and name it with --allow-host.",
            ]
        )
    logins = os.environ.get(LOGINS)
    settings = Settings(
        hosts=host_names(host, allow_host), proxies=proxies, warm=True, logins=Path(logins).expanduser() if logins else None,
        write_token=os.environ.get(WRITE_TOKEN) or None,
    )  # fmt: skip
    if settings.logins is not None or settings.write_token is not None:
        print_lines(["Whoever logs in, or sends the token, can judge answers; everybody else reads."])
    run(make_app(folder, services.open_workspace, settings), host, bound)


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _free(host: str, port: int) -> int:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(found[0], found[1]) as probe:
            probe.bind(found[4])
            return int(probe.getsockname()[1])
    except OSError as error:
        raise UsageError(f"{host} port {port} cannot be listened at: {error.strerror or error}") from error
