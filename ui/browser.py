"""What pages add to Streamlit in the browser: steps of the history, keyboard shortcuts, a link to copy."""

from __future__ import annotations

import streamlit as st

from attribution.render import KEYS_SCRIPT

# A page completes its address while it is first drawn, and Streamlit adds each change to the browser's history: Back
# would need as many presses to leave the page. Until a page has been drawn, changes therefore replace the current
# entry; changes to the old page's address on the way to another page are ignored.
_KEYS_AND_HISTORY = (
    """
export default function() {
  if (window.whylight) return;
  window.whylight = { drawn: null, leaving: null };
  const app = document.querySelector('[data-testid="stApp"]');
  const settle = () => {
    if (app.dataset.testScriptState === "notRunning") window.whylight.drawn = location.pathname;
  };
  new MutationObserver(settle).observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
  settle();
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const path = new URL(url, location.href).pathname;
    const { drawn, leaving } = window.whylight;
    if (path === location.pathname && path === leaving) return;
    if (path === location.pathname && path !== drawn) return history.replaceState(state, title, url);
    if (path !== location.pathname) window.whylight.drawn = window.whylight.leaving = null;
    push(state, title, url);
  };
  document.addEventListener("click", event => {
    const link = event.target.closest('a[data-testid="stPageLink-NavLink"]');
    const leaves = link && new URL(link.href).pathname !== location.pathname;
    window.whylight.leaving = leaves ? location.pathname : null;
  }, true);
  addEventListener("popstate", () => { window.whylight.drawn = null; });
  document.addEventListener("keydown", event => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const box = event.target.closest(".st-key-text, .st-key-second_text, .st-key-what_if_text");
    const button = box && document.querySelector(".st-key-explain button, .st-key-what_if_ask button");
    if (button) setTimeout(() => button.click());  // after Streamlit has received the text
  });
"""
    + KEYS_SCRIPT
    + "}"
)

_COPY = """
export default function({ data, parentElement }) {
  const [whole, bare] = parentElement.querySelectorAll("button");
  const said = parentElement.querySelector("[role=status]");
  const write = async text => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");  // without https, browsers have no clipboard API
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  const offer = (button, make, sentence) => {
    button.onclick = () => write(make()).then(
      () => { said.textContent = sentence; },
      () => { said.textContent = make(); },
    );
  };
  const withoutText = () => {
    const url = new URL(location.href);
    url.searchParams.delete("draft");
    return url.href;
  };
  said.textContent = "";
  whole.textContent = data.hasText ? "Copy link and text" : "Copy link";
  bare.hidden = !data.hasText;
  offer(whole, () => location.href, data.hasText ? "Copied. Whoever has the link can read the text." : "Copied.");
  offer(bare, withoutText, "Copied. The text is not in it.");
}
"""

_STYLE = """
.links { display: flex; flex-wrap: wrap; gap: 0 .9rem; font-size: .86rem; padding: 0 .5rem; }
.links button { all: unset; cursor: pointer; color: inherit; padding: .15rem .1rem; border-radius: .3rem;
  text-decoration: underline; text-underline-offset: .2em; text-decoration-color: rgba(128,128,128,.6); }
.links button:focus-visible { outline: 2px solid currentColor; }
.links button[hidden] { display: none; }
.links [role=status] { flex-basis: 100%; overflow-wrap: anywhere; }
"""

_page = st.components.v2.component("whylight_page", js=_KEYS_AND_HISTORY, html="<span></span>", isolate_styles=False)
_links = st.components.v2.component(
    "whylight_links",
    html='<div class="links"><button type="button">Copy link</button>'
    '<button type="button" hidden>Copy link alone</button><span role="status"></span></div>',
    css=_STYLE,
    js=_COPY,
)


def install() -> None:
    """Let Back leave a page in one press, Ctrl+Enter explain the text, and arrow keys move from word to word."""
    with st.container(key="page_script"):
        _page(key="whylight_page")


def offer_link() -> None:
    """Draw buttons that copy the link to what is shown, with the name of the stored text or without it."""
    _links(key="whylight_links", data={"hasText": bool(st.query_params.get("draft"))})
