"""Trust: whether the explanation of the current text tells what the model does."""

import streamlit as st

from ui import page
from ui.choices.labels import add_labels, choose_label
from ui.choices.models import choose_model
from ui.choices.settings import choose_method
from ui.choices.texts import show_current_text, submitted_text
from ui.computed import predict
from ui.trust.views import VIEWS

page.setup("Trust")
st.title("Can the explanation be trusted?")
st.caption(
    "An explanation is faithful if the model itself changes its mind when the words that are said to matter are "
    "removed. Here the model is asked, again and again."
)
with page.reported():
    model = choose_model()
    text = submitted_text(pair=model.takes_pair)
    model = add_labels(model)
    method = choose_method(model)
    prediction = None if text is None else predict(model, text)
    if text is None:
        st.info("This model compares two texts. Write the second one on the Explain page.", icon=":material/compare:")
    elif prediction is not None and prediction.is_value:
        st.info("Faithfulness needs a label's probability, and this model predicts a value.", icon=":material/info:")
    elif prediction is not None:
        show_current_text(text)
        label = choose_label(model, text, prediction)
        view = st.segmented_control(
            "What to look at",
            list(VIEWS),
            key="trust_view",
            default="Faithfulness",
            required=True,
            bind="query-params",
        )
        VIEWS[view or "Faithfulness"](model, text, label, method)
page.finish()
