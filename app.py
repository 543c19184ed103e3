"""Explain: one text, one label. The page people land on."""

import streamlit as st

from ui import address, page
from ui.choices.labels import add_labels, choose_label
from ui.choices.models import choose_model, name_stored
from ui.choices.parts import offer_parts
from ui.choices.settings import choose_method, choose_view
from ui.choices.texts import write_text
from ui.computed import explain_live, last_explanation, predict
from ui.handover import show_way_back
from ui.shown.explanation import show_details, show_notes, show_text, show_trust, show_verdict
from ui.shown.saving import offer_saving

page.setup("Explain")
st.title("Why did the model say that?")
st.caption("Paste a text. Every word is coloured by what it added to, or took from, the label's score.")
texts = st.container()

model = text = prediction = explanation = None
with page.reported():
    model = choose_model()
with texts:
    text = write_text(pair=model is not None and model.takes_pair)
    show_way_back(text)
if model is not None:
    model = add_labels(model)
view, method = choose_view(), choose_method(model)
if model is not None and text is not None:
    prediction = predict(model, text)
if model is not None and text is not None and prediction is not None:
    label = choose_label(model, text, prediction)
    show_verdict(prediction, label)
    with st.container(key="trust"):
        trust = st.empty()
    parts, coloured = st.container(), st.empty()
    address.write()  # before the slow part, so that a reload finds the text again
    explanation = explain_live(model, text, label, method, trust, lambda preview: show_text(preview, view, coloured))
    if explanation is not None:
        with trust.container():
            show_trust(explanation)
        with parts:
            offer_parts(model, text, explanation)
        show_text(explanation, view, coloured)
        show_notes(model, method)
if explanation is None and (explanation := last_explanation()) is not None:
    other = model is None or model.identity != explanation.model
    of = f", of the model **{name_stored(explanation.model.sha256)}**" if other else ""
    st.caption(f":material/history: Below is the last explanation that could be computed{of}.")
    show_verdict(explanation.prediction, explanation.label)
    show_trust(explanation)
    show_text(explanation, view, st.empty())
if explanation is not None:
    show_details(explanation, view, offer_saving)
page.finish()
