"""The real server and a real Chromium. Without one the tests are skipped, but never in CI."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from attribution.storage.store import Store
from tests.paths import ROOT

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PAGES = {
    "Explain": "div.whylight",
    "Compare": "[data-testid=stDataFrame], .st-key-compare_text",
    "What if": ".st-key-what_if_reset",
    "Trust": "[data-testid=stMetric]",
    "Label dictionary": "pre.modules",
    "Data set": ".st-key-data_set_end",
    "Saved": ".st-key-saved_filter",
    "How to read this": ".st-key-guide",
}
"""What each page ends with, or nearly."""

WIDTH = 1280
PATIENCE = 240_000
"""Milliseconds, for slow machines: what is not seen by then never will be."""
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="needs Chromium: apt-get install chromium"))


@pytest.fixture(scope="session")
def server_store(tmp_path_factory, furnish) -> Path:
    """The folder of the server's store, with the demo model in it."""
    return furnish(tmp_path_factory.mktemp("server"))


@pytest.fixture(scope="session")
def server(server_store) -> Iterator[str]:
    """The address of the app, served as its readers have it."""
    folder = server_store
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    environment = {**os.environ, "WHYLIGHT_STORE": str(folder)}
    log = folder / "server.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, "--server.address=127.0.0.1", "--server.fileWatcherType=none"],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, process, log)
            yield address
        finally:
            process.terminate()
            process.wait(120)
    assert "Uncaught app execution" not in log.read_text("utf-8")


def _wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(2_400):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health").close()
        except OSError:
            assert process.poll() is None, log.read_text("utf-8")
            time.sleep(0.25)
        else:
            return
    raise TimeoutError(f"The app did not start within ten minutes: {log.read_text('utf-8')}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def context(browser) -> Iterator[BrowserContext]:
    """One for all visits, so that the app's scripts are fetched once; each page is a session of its own."""
    opened = browser.new_context(reduced_motion="reduce")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def put(server_store, make_checkpoint) -> Callable[[Sequence[str]], str]:
    """Puts a small model into the server's store, and gives its hash."""

    def add(labels: Sequence[str]) -> str:
        with make_checkpoint(tuple(labels)).open("rb") as file:
            return Store(server_store).add(file, "small.pt").sha256

    return add


@dataclass
class Reader:
    """A person at a browser."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("console", self._listen)
        self.page.on("dialog", self._dismiss)

    def _listen(self, message) -> None:
        # Opened on a page other than the first, Streamlit tries its own addresses below that page before above it.
        is_probe = re.search(r"/\w+/_stcore/", message.location.get("url", ""))
        if message.type == "error" and not is_probe:
            self.complaints.append(f"console: {message.text}")

    def _dismiss(self, dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, path: str = "") -> "Reader":
        self.page.goto(f"{self.address}/{path}")
        expect(self.page.locator(f":is({', '.join(_PAGES.values())})").first).to_be_attached()
        return self.finish()

    def finish(self) -> "Reader":
        """Once something is seen that only the awaited run draws: until it has ended, and what it drew has settled.

        Until the server has heard of a click, the page is at rest and as it was; a setting is in the address before.
        """
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
        expect(app).to_have_attribute("data-test-script-state", "notRunning")
        expect(self.page.locator("[data-stale=true]")).to_have_count(0)
        return self

    def submit(self, text: str) -> "Reader":
        self.page.get_by_role("textbox", name="Text", exact=True).fill(text)
        self.page.get_by_role("button", name="Explain", exact=True).click()
        return self

    def explain(self, text: str) -> "Reader":
        """Submit a text and wait for it in colour, to the byte."""
        self.submit(text)
        self.page.wait_for_function("text => document.querySelector('div.whylight')?.textContent === text", arg=text)
        return self.finish()

    def choose(self, label: str) -> "Reader":
        """Choose a label by its name's beginning: a pill by one click, one of many by typing."""
        if self.page.locator(".st-key-label input").count():
            self.page.locator(".st-key-label input").fill(label)
            self.page.get_by_role("option").filter(has_text=label).first.click()
        else:
            self.page.get_by_role("radio").filter(has_text=label).click()
        # The verdict may have named it before, and of a label with "</script>" the browser is given no attribute.
        bars = self.page.get_by_role("heading", name="Strongest words for and against")
        expect(bars.filter(has_text=label)).to_be_visible()
        return self.finish()

    def upload(self, path: Path, name: str = "mine.pt") -> "Reader":
        """Upload a good checkpoint and wait until it is the chosen model."""
        self.page.locator(".st-key-model_upload input[type=file]").set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": path.read_bytes()}
        )
        expect(self.page.get_by_role("combobox", name="Model", exact=True)).to_have_value(re.compile(re.escape(name)))
        return self.finish()

    def turn_to(self, title: str) -> "Reader":
        """Follow the menu to another page."""
        self.page.get_by_role("link", name=title, exact=True).click()
        expect(self.page).to_have_title(f"{title} · Whylight")
        expect(self.page.locator(_PAGES[title]).first).to_be_attached()
        return self.finish()

    def wear(self, theme: str) -> "Reader":
        """Turn the whole system light or dark, until the page has followed.

        What would fade is taken to its end: a busy machine may give a page no frame to fade in for minutes.
        """
        self.page.emulate_media(color_scheme=theme)
        self.page.wait_for_function(
            """theme => {
                const app = document.querySelector("[data-testid=stApp]");
                const fading = document.getAnimations().filter(one => one instanceof CSSTransition);
                fading.forEach(one => one.finish());
                const [red] = getComputedStyle(app).backgroundColor.match(/\\d+/);
                return fading.length === 0 && (theme === "light") === (red > 127);
            }""",
            polling=50,
            arg=theme,
        )
        return self

    @property
    def coloured(self) -> Locator:
        return self.page.locator("div.whylight")

    @property
    def text(self) -> str:
        return self.coloured.evaluate("element => element.textContent")

    @property
    def verdict(self) -> Locator:
        return self.page.get_by_text("The model files this under")

    @property
    def error(self) -> Locator:
        return self.page.get_by_test_id("stAlert")

    def column(self, number: int) -> Locator:
        """The cells of one column of the page's first table, 1 the first."""
        return self.page.get_by_test_id("stDataFrame").first.locator(f"td[aria-colindex='{number}']")

    def resize(self, width: int) -> "Reader":
        """Look at the page on another screen."""
        self.page.set_viewport_size({"width": width, "height": 900})
        return self

    def assert_fits(self, width: int) -> None:
        """Neither what the window scrolls nor what Streamlit scrolls is wider, once charts and tables have settled."""
        self.page.wait_for_function(
            "width => innerWidth === width && width >= Math.max(document.scrollingElement.scrollWidth, "
            "document.querySelector('[data-testid=stMain]').scrollWidth)",
            arg=width,
        )

    def assert_fits_screens(self, *widths: int) -> None:
        """It fits on each of several screens; in the end it is on a desk's again."""
        for width in widths:
            self.resize(width).assert_fits(width)
        self.resize(WIDTH)


@pytest.fixture
def open_report(browser, tmp_path):
    """Downloads a report and opens it without a network; sees to it in the end that nothing of it failed."""
    failed: list[str] = []
    pages: list[Page] = []

    def open_(reader: Reader, name: str = "Report", *, width: int = 360) -> Page:
        with reader.page.expect_download() as download:
            reader.page.get_by_role("button", name=name).click()
        download.value.save_as(tmp_path / "report.html")
        page = browser.new_context(offline=True, viewport={"width": width, "height": 800}).new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.on("console", lambda message: failed.append(message.text))
        page.goto((tmp_path / "report.html").as_uri())
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.context.close()
    assert failed == []


@contextmanager
def _receive(context: BrowserContext, server: str) -> Iterator[Callable[[str], Reader]]:
    readers: list[Reader] = []

    def open_page(path: str = "") -> Reader:
        readers.append(Reader(context.new_page(), server))
        return readers[-1].resize(WIDTH).open(path)

    yield open_page
    for reader in readers:
        reader.page.close()
        assert reader.complaints == []
        assert {urlsplit(address).hostname for address in reader.requests} - {None} == {"127.0.0.1"}


@pytest.fixture
def visit(context, server):
    """Opens pages, and sees to it in the end that nothing ran, nothing failed and nothing left this machine."""
    with _receive(context, server) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def stay(context, server):
    """The same for pages that several tests look at one after the other: to open one takes longest."""
    with _receive(context, server) as open_page:
        yield open_page
