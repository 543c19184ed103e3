"""The choice of a model: the store, an upload, the demo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from attribution import AttributionError, CheckpointError, Model, TokenizerMissingError, demo, load_model
from attribution.storage.library import Library
from attribution.storage.store import Store, StoredModel
from attribution.wording import format_size

from ..address import asked, asked_all, is_step_in_history, show
from ..page import reported, reported_next, show_error
from ..wording import escape, isolate, shorten
from .drafts import TEXT
from .stored_models import ask_for_name, manage_models, name_model

_WORDS = {True: "true", False: "false"}
_CHOSEN, _USED, _SHOWN = "_chosen_model", "_used_model", "_shown_model"
_SAID = "_said_multi_label"
_REFUSED, _OPENED, _TOKENIZER = "_refused_upload", "_opened_upload", "_opened_tokenizer"
_UPLOADED = "_uploaded_model"


@st.cache_resource(max_entries=3, show_spinner="Opening the model …")
def open_model(sha256: str) -> Model:
    """Open a model of this server; the last three stay in memory. Sessions that ask for one together open it once."""
    library = Library()
    return load_model(library.path(sha256), tokenizer=library.store.tokenizer_path(sha256))


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
        _take_upload(Store())  # first, so that the picker has it at once
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
        return _settle_multi_label(model)


def open_beside(sha256: str) -> Model:
    """Open the model beside the chosen one, multi-label or not as a link says, or as it was last opened."""
    if sha256 in asked_all("other_model") and (said := _read_multi_label("other_multi_label")) is not None:
        _said()[sha256] = said
    return _recall_multi_label(open_model(sha256))


def tell_multi_label(model: Model) -> str | tuple[()]:
    """Whether a model is multi-label, as an address says it; nothing where the model's file says it."""
    return () if model.multi_label_recorded else _WORDS[model.multi_label]


def _recall_multi_label(model: Model) -> Model:
    """The model, multi-label or not as this session, or else the last reader, said, unless its file says it."""
    if model.multi_label_recorded:
        return model
    sha256 = model.identity.sha256
    said = _said().get(sha256)
    return model.with_multi_label((Store().settings(sha256).multi_label if said is None else said) or None)


def _settle_multi_label(model: Model) -> Model:
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


def _say_multi_label(sha256: str) -> None:
    """Remember the reader's answer: in this session, and for those who open the model later."""
    said = _said()[sha256] = bool(st.session_state["multi_label"])
    with reported_next():
        Library().keep_multi_label(sha256, said)


def _said() -> dict[str, bool]:
    """Model -> whether its labels are independent of each other, as this session sees it."""
    said: dict[str, bool] = st.session_state.setdefault(_SAID, {})
    return said


def _open(chosen: StoredModel, library: Library, built: str, place: DeltaGenerator) -> Model:
    try:
        return open_model(chosen.sha256)
    except TokenizerMissingError:
        with place:
            if not _take_tokenizer(library.store, chosen.sha256):
                raise
        return open_model(chosen.sha256)
    except CheckpointError as error:
        if chosen.sha256 in library.models:
            raise
        st.session_state[_CHOSEN] = built
        raise CheckpointError(f"{chosen.name} was deleted from the store. Choose another model.") from error


def _offer_models(library: Library) -> dict[str, StoredModel]:
    """All models; one that this session uses stays on offer when another session deletes it, while it is in memory."""
    used = st.session_state.get(_USED)
    if used is None or used.sha256 != st.session_state.get("model") or used.sha256 in library.models:
        return library.models
    return {**library.models, used.sha256: used}


def _select(models: dict[str, StoredModel], built: str) -> StoredModel:
    names = name_models(models)
    chosen = st.session_state.pop(_CHOSEN, None)
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
        st.session_state.pop(_UPLOADED, None)
    if st.session_state.get(_UPLOADED) == model.sha256:
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


def choose_next(sha256: str, *, multi_label: bool | None = None) -> None:
    """Let the next run, on any page, begin with this model.

    Args:
        sha256: of the model's file.
        multi_label: whether its labels are independent of each other, where the file says nothing; None keeps the
            earlier answer.
    """
    st.session_state[_CHOSEN] = sha256
    if multi_label is not None:
        _said()[sha256] = multi_label


def _follow_address(models: dict[str, StoredModel], built: str) -> None:
    """Choose the model that a link asks for; if it is not on this server, say so and choose the demo model."""
    wanted = asked("model")
    if wanted is None or _CHOSEN in st.session_state:
        return
    choose_next(
        wanted if wanted in models else built,
        multi_label=_read_multi_label("multi_label") if wanted in models else None,
    )
    if wanted not in models and not is_step_in_history():
        show_error(
            f"The link asks for the model {shorten(wanted, 64)}, which is not on this server. Upload its file to see "
            "what was meant; below is the demo model."
        )


def _read_multi_label(key: str) -> bool | None:
    """Whether a link says that a model is multi-label; None where it does not say."""
    wanted = asked(key)
    said = next((said for said, word in _WORDS.items() if word == wanted), None)
    if said is None and wanted:
        show_error(f"Expected true or false as the link's {key}, got {shorten(wanted, 40)!r}. It is ignored.")
    return said


def _build_demo() -> str:
    """The demo model's SHA-256; building it takes a while the first time, and the reader sees how far it is."""
    place = st.empty()

    def show(share: float) -> None:
        place.progress(share, f"Building the demo model, once on this machine: {100 * share:.0f} %")

    path = demo.checkpoint(on_progress=show)
    place.empty()
    return path.stem


def _take_upload(store: Store) -> None:
    uploaded = st.file_uploader(
        "Open another model",
        type=["pt", "bin", "zip"],
        key="model_upload",
        help="The .pt file that Flair's save() wrote, for example best-model.pt; or a zip of the folder that "
        "save_pretrained wrote for a Hugging Face sequence classifier. Nothing in the file is run.",
    )
    if uploaded is not None and uploaded.file_id != st.session_state.get(_OPENED):
        st.session_state[_OPENED] = uploaded.file_id  # the widget gives it again on each run
        with st.spinner("Checking the model …"):
            refused = _store_upload(store, uploaded)
        forget_upload(uploaded)
        st.session_state[_REFUSED] = (refused, _tell_work())
    refused, work = st.session_state.get(_REFUSED, (None, None))
    if refused and work == _tell_work() and not st.session_state.get("explain"):
        show_error(refused)
    else:
        st.session_state.pop(_REFUSED, None)


def _tell_work() -> tuple[object, ...]:
    """What the reader is working on; a refusal is shown until the page, model or text changes."""
    context = get_script_run_ctx()
    return context and context.page_script_hash, st.session_state.get("model"), st.session_state.get(TEXT)


def _store_upload(store: Store, uploaded: UploadedFile) -> str | None:
    """Write an upload into the store and open it; what cannot be opened is removed again, and the reason returned."""
    name = Path(uploaded.name).name
    known = {model.sha256 for model in store.models()}
    try:
        stored = store.add(uploaded, name)
    except AttributionError as error:
        return f"{name} was not kept. {error}"
    opened = False
    if stored.sha256 not in known:
        open_model.clear(stored.sha256)  # it was here before, and may get another tokenizer now
    try:
        open_model(stored.sha256)
        opened = True
    except TokenizerMissingError:
        opened = True  # it stays, so that its tokenizer can be given
    except AttributionError as error:
        return f"{name} was not opened. {error}"
    finally:
        if not opened and stored.sha256 not in known:
            store.delete(stored.sha256)
    st.session_state[_CHOSEN] = st.session_state[_UPLOADED] = stored.sha256
    return None


def _take_tokenizer(store: Store, sha256: str) -> bool:
    """Ask for the tokenizer of a model that has none, and keep it if it fits; true if there is one now."""
    uploaded = st.file_uploader(
        "Its tokenizer",
        type=["json", "zip", "model"],
        key="tokenizer_upload",
        help="The encoder's tokenizer.json, a zip of its tokenizer's files, or its sentencepiece model.",
    )
    if uploaded is None or uploaded.file_id == st.session_state.get(_TOKENIZER):
        return False
    st.session_state[_TOKENIZER] = uploaded.file_id
    try:
        store.add_tokenizer(sha256, uploaded, uploaded.name)
        open_model(sha256)
    except AttributionError as error:
        store.delete_tokenizer(sha256)
        show_error(f"{uploaded.name} was not kept. {error}")
        return False
    return True


def forget_upload(uploaded: UploadedFile) -> None:
    """Free Streamlit's copy of a file that is kept elsewhere: it may take a gigabyte of memory."""
    context = get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_file(context.session_id, uploaded.file_id)  # type: ignore[attr-defined]


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
