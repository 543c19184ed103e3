"""What if: the text beside a copy of it that can be changed, and what would have changed the model's mind."""

import streamlit as st

from ui import page
from ui.choices.labels import add_labels, choose_label
from ui.choices.models import choose_model
from ui.choices.settings import choose_method, choose_view
from ui.choices.texts import show_current_text, submitted_text
from ui.computed import predict
from ui.what_if.copy import offer_change, rewrite_copy, show_both, take_copy
from ui.what_if.flips import find_changes

page.setup("What if")
st.title("What if it said something else?")
st.caption("Take words out of a copy of the text, or rewrite it, and see what the model says then.")
with page.reported():
    model = choose_model()
    text = submitted_text(pair=model.takes_pair)
    model = add_labels(model)
    view, method = choose_view(), choose_method(model)
    prediction = None if text is None else predict(model, text)
    if not isinstance(text, str):
        st.info("This page changes one text, and this model compares two.", icon=":material/info:")
    elif prediction is not None:
        show_current_text(text)
        label = choose_label(model, text, prediction)
        copy = take_copy(text)
        found = find_changes(model, text, label, method) if not prediction.is_value else None
        with page.reported():
            change = show_both(model, text, copy, label, method, view, found)
            offer_change(change, view)
        rewrite_copy(text)
page.finish()
