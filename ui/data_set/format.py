"""How a file of documents is read: the format that was found is shown, and can be changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from attribution import AttributionError, Model
from attribution.corpus import Format
from attribution.corpus.documents import (
    ENCODINGS,
    MOST_SKIPPED,
    SEPARATORS,
    Beginning,
    FileSet,
    Preview,
    Source,
    Survey,
    find_files,
    look_at,
    read_for,
    say_numbers,
)
from attribution.corpus.documents.gold import GoldReader
from attribution.corpus.findings.summary import name_counts

from ..wording import escape

_LARGEST_COUNTED = 200_000_000
"""Bytes; a larger file is counted when it is explained, and not while somebody waits for a page."""

_QUOTES = {'"': "double quotes", "'": "single quotes", "": "nothing"}
_FOUND = "found in each file"
_WHOLE_LINES = "whole lines"
_MARK = "\N{ZERO WIDTH SPACE}"
"""The title of the column of marks, which no column of a file has."""


def choose_format(source: Path, key: str) -> Beginning:
    """A file as it is read: in the format that was found, or as the reader corrects it."""
    files = find_files(source)
    beginning = _look_at(files, files.changed, Format())
    found = beginning.format
    if not found.to_dict():
        st.caption(escape(beginning.read_as))
        return beginning
    place = st.empty()
    with st.expander("Read it otherwise", icon=":material/tune:", key=f"data_format_{key}"):
        chosen = _choose(found, key, several=len(files.files) > 1)
    if chosen != found:  # with one setting chosen, others may be found to differ
        beginning = _look_at(files, files.changed, _differing(chosen, found))
    place.caption(f"Read as {escape(beginning.read_as)}.")
    return beginning


@st.cache_resource(max_entries=5, ttl="1h", show_spinner="Looking at the file …")
def _look_at(files: FileSet, changed: int, chosen: Format) -> Beginning:  # `changed` is part of the cache's key
    return look_at(files, chosen)


def _differing(chosen: Format, found: Format) -> Format:
    return Format(**{name: value for name, value in chosen.to_dict().items() if found.to_dict().get(name) != value})


def _choose(found: Format, key: str, *, several: bool) -> Format:
    chosen = found
    with st.container(horizontal=True, key="data_format"):
        if found.encoding is not None or several:
            options = list(dict.fromkeys((found.encoding or _FOUND, *ENCODINGS)))
            encoding = st.selectbox(
                "Encoding",
                options,
                key=f"data_encoding_{key}",
                format_func=lambda name: ENCODINGS.get(name, name),
                width=265,
            )
            chosen = replace(chosen, encoding=None if encoding == _FOUND else encoding)
        if found.separator is not None:
            separators = list(dict.fromkeys((found.separator, *SEPARATORS, "")))
            separator = st.selectbox(
                "Between cells",
                separators,
                key=f"data_separator_{key}",
                format_func=lambda one: SEPARATORS.get(one, repr(one)) if one else _WHOLE_LINES,
                width=130,
            )
            quote = st.selectbox(
                "Around cells",
                list(dict.fromkeys((found.quote or "", *_QUOTES))),
                key=f"data_quote_{key}",
                format_func=lambda one: _QUOTES.get(one, repr(one)),
                width=165,
            )
            chosen = replace(chosen, separator=separator, quote=quote)
        if found.header is not None:
            header = st.selectbox(
                "First row",
                [found.header, not found.header],
                key=f"data_header_{key}",
                format_func=lambda header: "column names" if header else "a document",
                width=160,
            )
            chosen = replace(chosen, header=header)
        if found.separator is not None:
            skip = st.number_input("Lines above", 0, MOST_SKIPPED, found.skip or 0, key=f"data_skip_{key}", width=130)
            chosen = replace(chosen, skip=found.skip if skip == (found.skip or 0) else skip)
    return chosen


def show_beginning(beginning: Beginning) -> list[str]:
    """Show the first rows of a file, with a warning and marked rows where bytes are invalid in its encoding.

    Returns the names of its columns.

    Raises:
        AttributionError: no row can be read.
    """
    found = beginning.show()
    if not found.rows:
        raise AttributionError(f"{beginning.files.name} holds no row that can be read.")
    rows = found.rows
    if found.broken:
        st.warning(escape(_say_broken(found)), icon=":material/warning:")
        marks = [f"\N{WARNING SIGN} {name}" if name else "" for name in found.unreadable]
        rows = [{_MARK: mark, **row} for mark, row in zip(marks, rows, strict=True)]
    st.dataframe(
        rows,
        key="data_preview",
        hide_index=True,
        height=min(38 + 35 * len(rows), 220),
        column_config={_MARK: st.column_config.TextColumn(help="Where bytes are invalid in the encoding.")},
    )
    return list(beginning.names)


def _say_broken(found: Preview) -> str:
    """Say how many rows hold bytes that cannot be read, in which encoding, and what to do."""
    looked_at = f"of the {found.looked_at:,} rows looked at hold{'s' if found.broken == 1 else ''}"
    such = "It is" if found.broken == 1 else "The first is"
    return (
        f"The file is read as {found.encoding}, and {found.broken:,} {looked_at} bytes that are invalid in it. "
        f"{such} {found.first}. Under “Read it otherwise”, choose the encoding that shows every word as it should be. "
        "What cannot be read is not explained."
    )


def show_gold(source: Source, model: Model) -> None:
    """Say how many rows there are, and which of their gold labels the model does not have."""
    if source.files.size > _LARGEST_COUNTED:
        st.caption("The file is large: its rows and gold labels are counted once it is explained.")
        return
    read_as = (source.files, source.files.changed, source.columns, source.format)
    gold, found = _count(source, read_as, model.labels, model.multi_label)
    read = replace(source, gold=gold)
    if found.broken:
        st.warning(escape(found.say()), icon=":material/warning:")
    said = [] if found.broken else [found.say()]
    if read.columns.labels and found.gold.unlabelled:
        said.append(f"{found.gold.labelled:,} with gold labels; {found.gold.unlabelled:,} without, and not judged.")
    if numbers := say_numbers(read, found):
        said.append(numbers)
    if said:
        st.caption(escape(" ".join(said)))
    unknown = {gold: count for gold, count in found.gold.golds.items() if gold not in model.labels}
    if unknown and not read.gold.numbers:
        st.warning(
            f"Gold labels that the model does not have: {escape(name_counts(unknown))}. The model cannot be "
            "right there.",
            icon=":material/label_off:",
        )


@st.cache_resource(max_entries=50, show_spinner="Reading the file …")
def _count(
    _source: Source, read_as: tuple[object, ...], labels: tuple[str, ...], multi_label: bool
) -> tuple[GoldReader, Survey]:
    read, found = read_for(_source, labels, multi_label=multi_label)
    return read.gold, found
