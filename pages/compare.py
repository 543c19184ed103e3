"""Compare: labels, texts or models side by side, and why one label rather than another."""

import streamlit as st

from ui import page
from ui.choices.labels import add_labels
from ui.choices.models import choose_model
from ui.choices.settings import choose_method, choose_view
from ui.choices.texts import show_current_text, submitted_text
from ui.compare.views import VIEWS
from ui.computed import predict

page.setup("Compare")
st.title("Why this, and not that?")
st.caption("Labels, texts or models side by side. Blue words speak for the label, orange ones against it.")
with page.reported():
    model = choose_model()
    text = submitted_text(pair=model.takes_pair)
    model = add_labels(model)
    view, method = choose_view(), choose_method(model)
    prediction = None if text is None else predict(model, text)
    if text is None:
        st.info("This model compares two texts. Write the second one on the Explain page.", icon=":material/compare:")
    elif prediction is not None:
        show_current_text(text)
        chosen = st.segmented_control(
            "What to compare",
            list(VIEWS),
            key="compare_view",
            default="Labels",
            required=True,
            bind="query-params",
        )
        VIEWS[chosen or "Labels"](model, text, prediction, method, view)
page.finish()
