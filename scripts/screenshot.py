"""Takes the README's picture: starts the app, waits for the first explanation, saves docs/explain.png.

    .venv/bin/python scripts/screenshot.py [--output FILE] [--width 1280] [--height 1130] [--dark] [--page labels]

It needs requirements-dev.txt and a Chromium, by default /usr/bin/chromium.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent


@contextmanager
def serve(environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The app on a free port of this machine, with these variables beside those of this process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    server = subprocess.Popen(
        [*command, "--server.address=127.0.0.1"],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_healthy(url)
        yield url
    finally:
        server.terminate()
        server.wait()


def _wait_until_healthy(url: str) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health").close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise TimeoutError("The app did not start within a minute.")


def main() -> None:
    """Take one picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", default=str(ROOT / "docs" / "explain.png"))
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=1130)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--page", default="")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    with serve() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=options.chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_page(
            viewport={"width": options.width, "height": options.height},
            color_scheme="dark" if options.dark else "light",
        )
        page.goto(f"{url}/{options.page}")
        page.wait_for_selector(".whylight .word, pre.modules", timeout=180_000)
        page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=180_000)
        page.wait_for_timeout(2500)
        page.screenshot(path=options.output)
        browser.close()


if __name__ == "__main__":
    main()
