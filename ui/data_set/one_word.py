"""One word over the whole data set: how its attributions are spread, and where it occurs."""

from __future__ import annotations

import streamlit as st

from attribution import Word
from attribution.corpus import Run
from attribution.corpus.findings.one_word import EXAMPLE_ORDERS, Example
from attribution.corpus.findings.phrases import Presence
from attribution.corpus.findings.ranking import Ranking, suggest_least
from attribution.render import draw_spread, format_logits, render_passage

from ..shown.charts import show_chart
from ..shown.downloads import offer_table
from ..wording import escape, isolate, shorten, tell_apart
from .address import go, read
from .columns import MEANS, fit_height, logits
from .documents import name_filed, name_golds, open_document, turn_pages
from .findings import (
    Results,
    get_document_words,
    get_examples,
    get_explained,
    get_language,
    get_similar,
    get_spread,
    get_word,
    get_words,
)

_EXAMPLES = 10
_AROUND = 90
_KEY, _LABEL = "data_set_word", "data_set_word_label"


def show_word(results: Results, run: Run) -> None:
    """Ask for a word, or offer the strongest ones; draw its spread, its numbers, and examples in context."""
    word = _ask()
    if not word:
        _offer_strongest(results, run)
        return
    spread, sample, presence = get_spread(results, word)
    if spread.empty:
        _suggest(results, word)
        return
    total = int(spread["occurrences"].sum())
    st.markdown(f"## :primary[{isolate(escape(shorten(word, 40)))}] was explained {total:,} time{'s'[: total > 1]}")
    st.markdown(_say_presence(presence))
    st.caption("Each dot is one place; the boxes are quartiles, their ends 5 % and 95 %.")
    show_chart(draw_spread(spread, sample), key="word_spread", alt=f"Attributions of {word} by label")
    _show_numbers(results, word, tuple(spread["label"]))
    _show_examples(results, run, word, list(spread["label"]))


def _ask() -> str:
    st.session_state[_KEY] = read("word")
    with st.container(horizontal=True, vertical_alignment="bottom", key="word_choice"):
        typed = st.text_input(
            "Word or phrase",
            key=_KEY,
            placeholder="for example: market, or interest rates",
            on_change=lambda: go(word=" ".join(st.session_state[_KEY].split()), at=""),
            help="A word, several words in a row, or literal text such as [BILL]. Case is ignored.",
            width=360,
        )
        word = " ".join(typed.split())
        if word:
            st.button(
                "Strongest words",
                key="clear_word",
                icon=":material/arrow_back:",
                type="tertiary",
                on_click=lambda: go(word="", at=""),
            )
    return word


def _offer_strongest(results: Results, run: Run) -> None:
    """The strongest words for a label and against it, to click."""
    explained = get_explained(results)
    if not explained:
        st.info("No document has been explained yet.", icon=":material/hourglass_empty:")
        return
    label = _choose_label("Strongest words of", list(explained))
    ranking = Ranking(least=suggest_least(max(explained.values())), language=get_language(results))
    table, _ = get_words(results, (label,), ranking)
    place = list(explained).index(label)
    for side, title, chosen in (
        ("for", "For the label", table[table["sum"] > 0]),
        ("against", "Against it", table[table["sum"] < 0].iloc[::-1]),
    ):
        key = f"strongest_{side}_{place}"
        if chosen.empty:
            st.caption(f"{title}: no word in {ranking.least:,} documents or more.")
            continue
        st.pills(
            title,
            list(chosen["word"]),
            key=key,
            format_func=lambda word: isolate(escape(shorten(word, 30))),
            on_change=lambda key=key: go(word=st.session_state[key], at=""),
        )
    st.caption(
        f"By the sum of their attributions over {explained[label]:,} document{'s'[: explained[label] != 1]}, words in "
        f"at least {ranking.least:,} of them. Stop words and marks are among them only where they are strongest."
    )


def _choose_label(title: str, labels: list[str]) -> str:
    shown = tell_apart({label: isolate(shorten(label, 40)) for label in labels}, labels)
    if st.session_state.get(_LABEL) not in labels:
        st.session_state[_LABEL] = labels[0]
    return str(st.selectbox(title, labels, key=_LABEL, format_func=shown.__getitem__, width=240))


def _say_presence(found: Presence) -> str:
    """Say how often it occurs, in how many documents, and whether it was found as literal text."""
    times = "once" if found.occurrences == 1 else f"{found.occurrences:,} times"
    said = f"It occurs {times}, in {found.documents:,} of {found.explained:,} documents that were explained."
    if found.as_text:
        said += " It is not one word to the model: it was found as literal text, and the attributions of the words in "
        said += "it are summed."
    return f"{said} Case is ignored."


def _suggest(results: Results, word: str) -> None:
    st.info(
        "That occurs in no document that was explained. A match has to begin and end where words do; case is ignored.",
        icon=":material/search_off:",
    )
    similar = get_similar(results, word[: max(2, len(word) - 2)])
    if similar:
        with st.container(horizontal=True, vertical_alignment="center", key="similar"):
            st.caption("Similar words:", width="content")
            for place, other in enumerate(similar):
                st.button(
                    isolate(escape(shorten(other, 30))),
                    key=f"similar_{place}",
                    type="tertiary",
                    on_click=lambda other=other: go(word=other, at=""),
                )


def _show_numbers(results: Results, word: str, labels: tuple[str, ...]) -> None:
    table = get_word(results, word, labels)
    columns = ["label", "documents", "occurrences", "sum", *MEANS]
    st.dataframe(
        table,
        key="word_numbers",
        hide_index=True,
        height=fit_height(table, 300),
        column_order=columns,
        column_config={"sum": logits(), **MEANS},
    )
    offer_table(table[columns], name="word", key="word_numbers")


def _show_examples(results: Results, run: Run, word: str, labels: list[str]) -> None:
    st.markdown("## Where it occurs")
    with st.container(horizontal=True, vertical_alignment="bottom", key="example_choice"):
        label = _choose_label("Explained for", labels)
        order = st.selectbox(
            "Order", EXAMPLE_ORDERS, key="data_set_word_order", format_func=lambda name: _ORDERS[name], width=240
        )
    counts = dict(zip(*(get_spread(results, word)[0][name] for name in ("label", "occurrences")), strict=True))
    start = turn_pages(int(counts[label]), _EXAMPLES, "examples")
    examples = get_examples(results, word, label, order, start, _EXAMPLES)
    words = get_document_words(results, tuple(sorted({one.document for one in examples})), label)
    scale = max((abs(found.attribution) for _, all_words in words.values() for found in all_words), default=1.0)
    for place, example in enumerate(examples):
        _show_example(run, example, place, words.get(example.document, ("", []))[1], scale)


_ORDERS = {"most for": "most for the label", "most against": "most against it", "number": "as in the file"}


def _show_example(run: Run, example: Example, place: int, words: list[Word], scale: float) -> None:
    gold = "" if example.gold is None else f", {name_golds(example.gold)}"
    said = (
        f"**{format_logits(example.attribution, 3)}** in {isolate(escape(shorten(example.name, 30)))} · "
        f"filed as {name_filed(example.assigned)}{gold}"
    )
    with st.container(key=f"example_{place}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(said, width="stretch")
            if st.button("Explain", key=f"open_example_{place}", icon=":material/lightbulb:", type="tertiary"):
                open_document(run, example.text, example.label)
        window = _cut(example)
        st.html(
            render_passage(
                example.text,
                words,
                label=example.label,
                scale=scale,
                window=window,
                sought=example.start,
                sought_end=example.end,
            )
        )


def _cut(example: Example) -> tuple[int, int]:
    """Where the text shown around a word begins and ends, without cutting other words."""
    first, last = max(0, example.start - _AROUND), min(len(example.text), example.end + _AROUND)
    if first and (space := example.text.find(" ", first, example.start)) >= 0:
        first = space + 1
    if last < len(example.text) and (space := example.text.rfind(" ", example.end, last)) >= 0:
        last = space
    return first, last
