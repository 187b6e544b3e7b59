"""Draw the pictures of the pages in docs/img: `.venv/bin/python tools/make_screens.py`, with Chromium on the machine.

The pages are those of `skinproof serve` over the bundled facts. A picture that grows beyond 150 kB is an error.
"""

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

IMG = Path(__file__).resolve().parents[1] / "docs" / "img"
MOST = 150_000
DESKTOP, PHONE = (1100, 700), (390, 760)
SHOTS = (
    ("map-desktop-light", "/?cell=ev~indication%3Awound#result-line", DESKTOP, "light"),
    ("map-phone-dark", "/#result-line", PHONE, "dark"),
    ("studies-desktop-dark", "/studies.html?q=wound&agent=ev", DESKTOP, "dark"),
    ("study-phone-light", "/study/IRCT-76964.html", PHONE, "light"),
    (
        "claim-desktop-light",
        "/claim.html?q=exosomes+after+fractional+laser+improve+acne+scars",
        DESKTOP,
        "light",
    ),
    ("claim-phone-dark", "/claim.html?q=217+clinical+trials+on+EVs#answer", PHONE, "dark"),
    ("agent-desktop-light", "/agent/all-ev.html", DESKTOP, "light"),
)
"""Name of the picture, address, size of the window, colour scheme."""


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[int]:
    """The port of a server over the bundled facts."""
    program = str(Path(sys.executable).with_name("skinproof"))
    subprocess.run([program, "demo", str(folder)], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(  # noqa: S603
        [program, "serve", "--port", str(port), "--data", str(folder / "data")], stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                line = http.client.HTTPConnection("127.0.0.1", port)
                line.request("GET", "/healthz")
                if line.getresponse().status == 200:
                    break
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise SystemExit("Chromium is not installed on this machine")
    browser = os.environ.get("SKINPROOF_CHROMIUM", found)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as port,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for name, address, (width, height), scheme in SHOTS:
            context = chromium.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1
            )
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{port}{address}")
            path = IMG / f"{name}.png"
            page.screenshot(path=path)
            context.close()
            if path.stat().st_size > MOST:
                raise SystemExit(f"{path.name} has {path.stat().st_size} bytes, more than {MOST}")
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
        chromium.close()


if __name__ == "__main__":
    main()
