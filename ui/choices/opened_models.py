"""Models that are open, and what readers said of their labels where a file says nothing."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from threading import Lock

import streamlit as st

from attribution import Model
from attribution.explaining.lessons import recall_lessons
from attribution.isolation.isolated_model import open_isolated
from attribution.storage.library import Library
from attribution.storage.store import Store

from ..address import asked, asked_all, show
from ..page import reported, reported_next, show_error
from ..wording import shorten

CHOSEN = "_chosen_model"
"""In a session, the model that the next run begins with."""

_SAID = "_said_multi_label"
_WORDS = {True: "true", False: "false"}


_MOST = 3
"""Models that stay open; each takes its weights and some hundred megabytes."""


class _OpenModels:
    """The models that are open on this server, each in a process of its own; the last used ones stay."""

    def __init__(self) -> None:
        self._models: OrderedDict[str, Model] = OrderedDict()
        self._opening: defaultdict[str, Lock] = defaultdict(Lock)
        self._changing = Lock()

    def get(self, sha256: str, open_one: Callable[[], Model]) -> Model:
        """A model, opened now if it is not open; sessions that ask for one together open it once."""
        with self._changing:
            opening = self._opening[sha256]
        with opening:
            model = self._models.get(sha256)
            return self.keep(sha256, open_one() if model is None else model)

    def keep(self, sha256: str, model: Model) -> Model:
        """Keep a model open that was used just now; one that nobody used for longest is left to those who use it."""
        with self._changing:
            self._models[sha256] = model
            self._models.move_to_end(sha256)
            while len(self._models) > _MOST:
                self._models.popitem(last=False)
        return model

    def forget(self, sha256: str) -> None:
        """Let the model be opened anew when it is next asked for."""
        with self._changing:
            self._models.pop(sha256, None)


@st.cache_resource
def _open_models() -> _OpenModels:
    return _OpenModels()


def open_model(sha256: str) -> Model:
    """Open a model of this server in a process of its own; the last three stay open.

    Raises:
        AttributionError: the model cannot be opened.
    """

    def open_now() -> Model:
        library = Library()
        with st.spinner("Opening the model …"):
            model = open_isolated(library.path(sha256), tokenizer=library.store.tokenizer_path(sha256))
            if lessons := library.store.lessons(sha256):
                recall_lessons(model, lessons)
            return model

    return _open_models().get(sha256, open_now)


def forget_model(sha256: str) -> None:
    """Let a model be opened anew when it is next asked for: it may get another tokenizer."""
    _open_models().forget(sha256)


def keep_open(model: Model) -> None:
    """Keep a model open that was opened elsewhere."""
    _open_models().keep(model.identity.sha256, model)


def open_beside(sha256: str) -> Model:
    """Open the model beside the chosen one, multi-label or not as a link says, or as it was last opened."""
    if sha256 in asked_all("other_model") and (said := read_multi_label("other_multi_label")) is not None:
        _said()[sha256] = said
    return _recall_multi_label(open_model(sha256))


def tell_multi_label(model: Model) -> str | tuple[()]:
    """Whether a model is multi-label, as an address says it; nothing where the model's file says it."""
    return () if model.multi_label_recorded else _WORDS[model.multi_label]


def settle_multi_label(model: Model) -> Model:
    """Ask whether labels exclude each other, where the model's file does not say it; the address keeps the answer."""
    sha256 = model.identity.sha256
    if model.multi_label_recorded:
        show(multi_label=())
        with reported():  # raises where a link contradicts the file
            return model.with_multi_label(_said().pop(sha256, None) or None)
        return model
    model = _recall_multi_label(model)
    said = _said()[sha256] = model.multi_label
    st.session_state["multi_label"] = said
    st.toggle(
        "Labels do not exclude each other",
        key="multi_label",
        on_change=_say_multi_label,
        args=(sha256,),
        help="The model's file does not say whether a text can have several labels at once. If it can, each label has "
        "a probability of its own, and is assigned above one half. If it cannot, the probabilities add up to one. The "
        "answer is kept with the model, for everybody who uses this server.",
    )
    show(multi_label=tell_multi_label(model))
    return model


def _recall_multi_label(model: Model) -> Model:
    """The model, multi-label or not as this session, or else the last reader, said, unless its file says it."""
    if model.multi_label_recorded:
        return model
    sha256 = model.identity.sha256
    said = _said().get(sha256)
    return model.with_multi_label((Store().settings(sha256).multi_label if said is None else said) or None)


def _say_multi_label(sha256: str) -> None:
    """Remember the reader's answer: in this session, and for those who open the model later."""
    said = _said()[sha256] = bool(st.session_state["multi_label"])
    with reported_next():
        Library().keep_multi_label(sha256, said)


def _said() -> dict[str, bool]:
    """Model -> whether its labels are independent of each other, as this session sees it."""
    said: dict[str, bool] = st.session_state.setdefault(_SAID, {})
    return said


def choose_next(sha256: str, *, multi_label: bool | None = None) -> None:
    """Let the next run, on any page, begin with this model.

    Args:
        sha256: of the model's file.
        multi_label: whether its labels are independent of each other, where the file says nothing; None keeps the
            earlier answer.
    """
    st.session_state[CHOSEN] = sha256
    if multi_label is not None:
        _said()[sha256] = multi_label


def read_multi_label(key: str) -> bool | None:
    """Whether a link says that a model is multi-label; None where it does not say."""
    wanted = asked(key)
    said = next((said for said, word in _WORDS.items() if word == wanted), None)
    if said is None and wanted:
        show_error(f"Expected true or false as the link's {key}, got {shorten(wanted, 40)!r}. It is ignored.")
    return said
