"""The choice of a model: the store, an upload, the demo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from attribution import CheckpointError, Model, TokenizerMissingError, demo
from attribution.storage.library import Library
from attribution.storage.store import Store, StoredModel
from attribution.wording import format_size

from ..address import asked, is_step_in_history, show
from ..page import show_error
from ..wording import escape, isolate, shorten
from .opened_models import CHOSEN, choose_next, open_model, read_multi_label, settle_multi_label
from .stored_models import ask_for_name, manage_models, name_model
from .uploads import UPLOADED, take_tokenizer, take_upload

_USED, _SHOWN = "_used_model", "_shown_model"


def choose_model() -> Model:
    """The model chosen in the sidebar. The first time, the demo model is built.

    Raises:
        AttributionError: the demo model cannot be built, or the chosen one cannot be opened.
    """
    built = _build_demo()
    # In a container, so that what comes and goes does not move the settings below, which would then leave the address.
    place = st.sidebar.container()
    with place:
        picker = st.container()
        take_upload(Store())  # first, so that the picker has it at once
        manage_models()
    with st.spinner("Reading the models of this server …"):
        library = Library()
    offered = _offer_models(library)
    _follow_address(offered, built)
    with picker:
        chosen = _select(offered, built)
        below = st.container()
        _greet(chosen)
        for sentence in library.unreadable:
            st.caption(f":material/warning: {escape(sentence)}")
    if chosen.sha256 == built:
        with place:
            _offer_demo(library.path(built))
    model = _open(chosen, library, built, place)
    with below:
        return settle_multi_label(model)


def _open(chosen: StoredModel, library: Library, built: str, place: DeltaGenerator) -> Model:
    try:
        return open_model(chosen.sha256)
    except TokenizerMissingError:
        with place:
            if not take_tokenizer(library.store, chosen.sha256):
                raise
        return open_model(chosen.sha256)
    except CheckpointError as error:
        if chosen.sha256 in library.models:
            raise
        st.session_state[CHOSEN] = built
        raise CheckpointError(f"{chosen.name} was deleted from the store. Choose another model.") from error


def _offer_models(library: Library) -> dict[str, StoredModel]:
    """All models; one that this session uses stays on offer when another session deletes it, while it is in memory."""
    used = st.session_state.get(_USED)
    if used is None or used.sha256 != st.session_state.get("model") or used.sha256 in library.models:
        return library.models
    return {**library.models, used.sha256: used}


def _select(models: dict[str, StoredModel], built: str) -> StoredModel:
    names = name_models(models)
    chosen = st.session_state.pop(CHOSEN, None)
    used = st.session_state.get(_USED)
    if chosen is None and used is not None and st.session_state.get(_SHOWN) != names.get(used.sha256):
        chosen = used.sha256  # renamed here or by somebody else: Streamlit tells choices by their text
    if chosen in models:
        st.session_state["model"] = chosen
    elif st.session_state.get("model") not in models:
        st.session_state["model"] = built
    sha256 = st.selectbox(
        "Model",
        list(models),
        key="model",
        format_func=names.__getitem__,
        persist_state="session",
        help="Models that were uploaded here stay in the store of this server.",
    )
    st.session_state[_USED], st.session_state[_SHOWN] = models[sha256], names[sha256]
    moved = st.query_params.get("model") != sha256  # the answer for another model goes in the same step
    show(model=sha256, **({"multi_label": ()} if moved else {}))
    return models[sha256]


def _greet(model: StoredModel) -> None:
    """Ask the reader who uploaded the model for its name, and offer to find out which baseline suits it."""
    if st.query_params.get("trust_view") == "Baselines":
        st.session_state.pop(UPLOADED, None)
    if st.session_state.get(UPLOADED) == model.sha256:
        ask_for_name(model, "model_name")
        st.caption("Which baseline suits this model can be tested: the model is asked without its strongest words.")
        st.page_link(
            "pages/trust.py",
            label="Test the baselines",
            icon=":material/verified:",
            query_params={"trust_view": "Baselines"},
        )


def name_models(models: Mapping[str, StoredModel]) -> dict[str, str]:
    """What each model is called, with its day and the beginning of its hash where two would read alike."""
    names = {key: isolate(shorten(model.name, 40)) for key, model in models.items()}
    counts = Counter(names.values())

    def tell(key: str, model: StoredModel) -> str:
        apart = f" {datetime.fromisoformat(model.added):%d %b}, {key[:8]}" if counts[names[key]] > 1 else ""
        return f"{names[key]} ({format_size(model.size)}){apart}"

    return {key: tell(key, model) for key, model in models.items()}


def _follow_address(models: dict[str, StoredModel], built: str) -> None:
    """Choose the model that a link asks for; if it is not on this server, say so and choose the demo model."""
    wanted = asked("model")
    if wanted is None or CHOSEN in st.session_state:
        return
    choose_next(
        wanted if wanted in models else built,
        multi_label=read_multi_label("multi_label") if wanted in models else None,
    )
    if wanted not in models and not is_step_in_history():
        show_error(
            f"The link asks for the model {shorten(wanted, 64)}, which is not on this server. Upload its file to see "
            "what was meant; below is the demo model."
        )


def _build_demo() -> str:
    """The demo model's SHA-256; building it takes a while the first time, and the reader sees how far it is."""
    place = st.empty()

    def show(share: float) -> None:
        place.progress(share, f"Building the demo model, once on this machine: {100 * share:.0f} %")

    path = demo.checkpoint(on_progress=show)
    place.empty()
    return path.stem


def _offer_demo(path: Path) -> None:
    st.download_button(
        "Download the demo model",
        lambda: path.open("rb"),
        file_name="whylight-demo.pt",
        mime="application/octet-stream",
        key="download_demo",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
        help="A real checkpoint to try the upload with.",
    )


def name_stored(sha256: str) -> str:
    """The name, in Markdown, of a model that may be gone from this server."""
    stored = Library().models.get(sha256)
    return name_model(stored) if stored else sha256[:12]


def name_of(model: Model) -> str:
    """The name under which a model is stored, in Markdown."""
    used = st.session_state.get(_USED)
    return escape(used.name if used else model.identity.sha256[:12])
