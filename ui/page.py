"""The frame of every page, its menu, and the one place where errors are shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from attribution import AttributionError
from attribution.render import STYLE

from . import address, browser
from .wording import escape

_GUIDE = "pages/how_to_read.py"
_MENU = (
    ("app.py", "Explain", ":material/lightbulb:"),
    ("pages/compare.py", "Compare", ":material/compare_arrows:"),
    ("pages/what_if.py", "What if", ":material/edit_note:"),
    ("pages/trust.py", "Trust", ":material/verified:"),
    ("pages/data_set.py", "Data set", ":material/dataset:"),
    ("pages/labels.py", "Label dictionary", ":material/label:"),
    ("pages/saved.py", "Saved", ":material/bookmarks:"),
    (_GUIDE, "How to read this", ":material/help:"),
)
_LINK, _REFUSED = "_place_of_link", "_refused_in_callback"
_ICON = Path(__file__).with_name("icon.png")
_STYLE = """<style>
body { color-scheme: light dark; }
[data-testid="stMainBlockContainer"] { max-width: 74rem; padding-top: 3.2rem; }
[data-testid="stSidebarUserContent"] { padding-top: .5rem; }
[data-testid="stBaseButton-primary"] { color: light-dark(#fff, #10141a); }
[data-testid="stCaptionContainer"] { color: light-dark(#5c6068, #b4b9c3); opacity: 1; }
[data-testid="stMultiSelect"] [data-tag] * { color: light-dark(#fff, #10141a); }
textarea { unicode-bidi: plaintext; text-align: start; }
pre.modules { max-height: 26rem; overflow: auto; font-size: .8rem; line-height: 1.45; padding: .8rem 1rem; margin: 0;
  border-radius: .5rem; background: light-dark(#f6f7f9, #1b1e25); }
.st-key-pointer { margin-top: 1.5rem; } .st-key-pointer p { font-size: .86rem; }
.facts { border-collapse: collapse; font-size: .875rem; width: 100%; }
.facts :is(th, td) { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0; overflow-wrap: anywhere;
  border-bottom: 1px solid rgba(128,128,128,.25); unicode-bidi: plaintext; }
.facts th { font-weight: 400; width: 8.5rem; min-width: 6rem; color: light-dark(#5c6068, #b4b9c3); }
[data-testid="stPageLink-NavLink"]:focus-visible { background: none !important; outline-offset: -2px;
  outline: 2px solid currentColor !important; }
body:has([role="dialog"]) [data-testid="stMultiSelectDropdown"] { max-height: 9rem; overflow-y: auto !important; }
.st-key-page_script { display: none; }
.st-key-text_actions { row-gap: .25rem; }
[data-testid="stMainBlockContainer"] h2 { font-size: 1.45rem; padding: .4rem 0 .2rem; }
[data-testid="stMainBlockContainer"] h3 { font-size: 1.15rem; padding: .3rem 0 .1rem; }
[class*="st-key-saved_"] [data-testid="stPageLink-NavLink"] :is(span, p) { white-space: normal;
  overflow-wrap: anywhere; }
[class*="st-key-badges"] .stMarkdownBadge { white-space: normal !important; }
.st-key-analysis_name h1 { font-size: 1.9rem; line-height: 1.25; padding: .4rem 0 0; }
.st-key-trust { min-height: 2.4rem; }
.st-key-run_written { min-height: 2.5rem; }
.st-key-confusion .shapelayer path { stroke: currentColor !important; }
.st-key-confusion .textpoint text { fill: currentColor !important; cursor: pointer; }
.st-key-confusion .points path, [class*="st-key-label_words_"] .points path { cursor: pointer; }
@media (max-width: 640px) { [data-testid="stMainBlockContainer"] { padding: 4.4rem 1rem 3rem; }
  .whylight { padding: .8rem .9rem; } .whylight-legend .hint { margin-left: 0; } }
@media print {
  :is([data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stToolbar"], .stButton, .stDownloadButton,
    .stPopover, .stPageLink, .st-key-pointer, .st-key-text_actions) { display: none !important; }
  [data-testid="stMainBlockContainer"] { max-width: none; padding: 0; }
  h1, h2, h3, .whylight-legend { break-after: avoid; }
  :is(li, iframe, .stPlotlyChart, .stDataFrame, .stAlert, .facts tr) { break-inside: avoid; }
  .whylight *, .whylight-legend .scale { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .whylight { box-decoration-break: clone; -webkit-box-decoration-break: clone; orphans: 3; widows: 3; }
}
</style>"""


def setup(title: str) -> None:
    """Set the page's title, draw the menu, add the style of the coloured text."""
    address.begin()
    st.set_page_config(page_title=f"{title} · Whylight", page_icon=_ICON, layout="wide")
    st.html(STYLE + _STYLE)
    with st.sidebar:
        st.markdown("**:material/flare: Whylight**")
        for path, name, icon in _MENU:
            st.page_link(path, label=name, icon=icon)
        browser.install()
        st.session_state[_LINK] = st.container(key="link")
        st.divider()
    show_refused()


def finish() -> None:
    """Finish a page: write its address, offer the link to copy, and link to the guide, for readers who see no menu."""
    address.write()
    with st.session_state.pop(_LINK):
        browser.offer_link()
    with st.container(key="pointer"):
        st.page_link(_GUIDE, label="What these numbers are, and what they are not", icon=":material/help:")


@contextmanager
def reported() -> Iterator[None]:
    """Show an `AttributionError` of the block as one sentence, and go on after the block."""
    try:
        yield
    except AttributionError as error:
        show_error(str(error))


@contextmanager
def reported_next() -> Iterator[None]:
    """Keep an error raised in a callback, which cannot show it, for `show_refused` in the next run."""
    try:
        yield
    except AttributionError as error:
        st.session_state[_REFUSED] = str(error)


def show_refused() -> None:
    """Show the error of the callback before this run, if there was one."""
    if sentence := st.session_state.pop(_REFUSED, ""):
        show_error(sentence)


def show_error(sentence: str) -> None:
    """Show an error message, with Markdown in it escaped."""
    st.error(escape(sentence), icon=":material/error:")
