"""A PostgreSQL server of its own for tests: made in a temporary folder, on loopback, gone afterwards."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "skinproof"


def programs() -> Path | None:
    """The folder with `initdb` and `pg_ctl`, None where PostgreSQL is not installed."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists()), None)


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """A server with an empty database; gives the address without a database name."""
    bin_folder = programs()
    assert bin_folder is not None
    data, logs = folder / "pg", folder / "log"
    as_user: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        found = shutil.which("runuser", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        as_user = [found or "runuser", "-u", "postgres", "--"]
        for place in [folder, *folder.parents][:4]:
            place.chmod(place.stat().st_mode | 0o055)
        folder.chmod(0o777)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*words: str, must: bool = True) -> None:
        done = subprocess.run([*as_user, *words], capture_output=True, text=True, cwd=folder, timeout=120)
        assert done.returncode == 0 or not must, done.stderr

    run(
        str(bin_folder / "initdb"),
        "-D",
        str(data),
        "-U",
        USER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    run(str(bin_folder / "pg_ctl"), "-D", str(data), "-l", str(logs), "-o", options, "-w", "start")
    try:
        yield f"postgresql://{USER}@127.0.0.1:{port}"
    finally:
        run(str(bin_folder / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop", must=False)
