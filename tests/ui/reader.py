"""A reader of the pages: opens them, types, chooses and uploads, and tells what there is to be read."""

import json
import re
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest

from tests.paths import ROOT

HOSTILE_LABELS = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "**bold** :red[x] $x^2$ :material/home: [a](http://x)",
    "<unk>",
)


def open_page() -> AppTest:
    return follow({})


def follow(link: dict[str, str | list[str]], page: str = "app.py", *, text: str | None = None) -> AppTest:
    """Open a link in a session of its own, where a text may have been explained before.

    What never ends is ended after ten minutes, for machines can be slow.
    """
    opened = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600)
    opened._bidi_component_manager = _components()
    opened.switch_page(page)
    opened.query_params.update(link)
    if text is not None:
        opened.session_state["_submitted_text"] = text
    return run(opened)


@cache
def _components() -> BidiComponentManager:
    """The components that are installed, looked for once, as a server does; AppTest would do so for every session."""
    manager = BidiComponentManager()
    manager.discover_and_register_components(start_file_watching=False)
    return manager


def run(page: AppTest) -> AppTest:
    """Run the page; whatever was given to it, it never ends in an exception."""
    page.run()
    assert not page.exception, [error.message for error in page.exception]
    return page


def explain(page: AppTest, text: str) -> AppTest:
    page.text_area(key="text").set_value(text)
    page.button(key="explain").click()
    return run(page)


def choose(page: AppTest, label: str) -> AppTest:
    chooser = page.pills(key="label") if page.pills else page.selectbox(key="label")
    chooser.set_value(label)
    return run(page)


def upload(page: AppTest, content: bytes | Path, name: str = "model.pt") -> AppTest:
    content = content.read_bytes() if isinstance(content, Path) else content
    page.file_uploader(key="model_upload").set_value((name, content, "application/octet-stream"))
    return run(page)


def unexplained(page: AppTest) -> list[str]:
    """Columns of numbers or marks, in any table, without a meaning one hover away."""
    missing = []
    for table in page.dataframe:
        told = json.loads(table.proto.columns or "{}")
        columns = table.value.select_dtypes(["number", "bool"]).columns
        shown = [name for name in map(str, columns) if name in (table.proto.column_order or [name])]
        missing += [name for name in shown if not (told.get(name) or {}).get("help")]
    return missing


@dataclass
class Coloured:
    """The coloured text."""

    label: str
    text: str
    words: list[tuple[str, float]]
    tags: set[str]


def bodies(page: AppTest) -> list[str]:
    """What was given to the page as HTML."""
    return [element.proto.body for element in page.main if element.type == "html"]


def read(page: AppTest) -> Coloured | None:
    """The coloured text of the page, read as a browser would; None where there is none."""
    found = [body for body in bodies(page) if '<div class="whylight"' in body]
    assert len(found) <= 1
    return _Reader(found[0]).coloured if found else None


class _Reader(HTMLParser):
    def __init__(self, body: str) -> None:
        super().__init__()
        self.coloured = Coloured("", "", [], set())
        self._inside, self._word = 0, False
        self.feed(body)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        classes = attributes.get("class", "").split()
        self.coloured.tags.add(tag)
        if self._inside or "whylight" in classes:
            self._inside += 1
        if "whylight" in classes:
            self.coloured.label = attributes["data-label"]
        self._word = "word" in classes
        if self._word:
            self.coloured.words.append(("", float(attributes["data-attribution"])))

    def handle_endtag(self, tag):
        self._inside -= bool(self._inside)
        self._word = False

    def handle_data(self, data):
        if self._inside:
            self.coloured.text += data
        if self._word:
            word, attribution = self.coloured.words[-1]
            self.coloured.words[-1] = (word + data, attribution)


def errors(page: AppTest) -> list[str]:
    """The sentences that say what went wrong, as they are read."""
    return [unescape(error.value) for error in page.error]


def verdict(page: AppTest) -> str:
    found = next(unescape(found.value) for found in page.markdown if "The model files this" in found.value)
    return found.lstrip("# ")


def markdown(page: AppTest) -> list[str]:
    """Every piece of text of the page in which Streamlit reads Markdown."""
    found = [element.value for kind in (page.markdown, page.caption, page.error, page.info) for element in kind]
    return found + [option for group in page.button_group for option in group.options]


def unescape(text: str) -> str:
    """Markdown without backslashes, marks of direction, and colours."""
    text = re.sub(r":primary\[((?:\\.|[^\]\\])*)\]", r"\1", text)
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).replace("\u2068", "").replace("\u2069", "")


def choices(page: AppTest) -> list[str]:
    """The labels on offer, each with its share, the most probable first."""
    chooser = page.pills(key="label") if page.pills else page.selectbox(key="label")
    return [unescape(option) for option in chooser.options]
