"""Label dictionary: every label with its probability on the current text, and what the model is made of."""

import streamlit as st

from attribution.render import format_value, tabulate_labels
from ui import page
from ui.choices.labels import add_labels
from ui.choices.models import choose_model, name_of
from ui.choices.texts import submitted_text
from ui.computed import predict
from ui.label_dictionary.facts import show_facts
from ui.label_dictionary.safety import show_safety
from ui.shown.downloads import offer_table

page.setup("Label dictionary")
st.title("Label dictionary")

with page.reported():
    model = choose_model()
    model = add_labels(model)
    text = submitted_text(pair=model.takes_pair)
    prediction = None if text is None else predict(model, text)
    if text is None:
        st.caption("This model compares two texts. Write both on the Explain page to see what it says of them.")
    elif prediction is not None and prediction.value is not None:
        value = format_value(prediction.value)
        st.markdown(f"{name_of(model)} has no labels: it gives a text a value. The one on Explain gets {value}.")
    elif prediction is not None:
        st.caption(f"The labels of {name_of(model)}, index to name, in the order of its decoder.")
        search = st.text_input(
            "Search", key="label_search", placeholder="part of a label's name", persist_state="session"
        )
        table = tabulate_labels(prediction)
        found = table[table["label"].str.contains(search, case=False, regex=False)]
        st.dataframe(
            found,
            key="label_table",
            hide_index=True,
            height=min(38 + 35 * max(len(found), 1), 480),
            column_config={
                "index": st.column_config.NumberColumn(width="small", help="its place in the decoder"),
                "probability": st.column_config.ProgressColumn(
                    format="percent", min_value=0, max_value=1, help="what the model gives the label for the text"
                ),
                "logit": st.column_config.NumberColumn(
                    format="%+.3f", width="small", help="the decoder's output, from which the probability is computed"
                ),
                "threshold": st.column_config.NumberColumn(help="assigned above this probability", width="small"),
            },
        )
        offer_table(found, name="labels", key="label_table")
        st.caption(
            f"{len(found)} of {len(table)} labels. Probabilities and logits are those of the text on the Explain page."
        )
    show_facts(model)
    show_safety(model)
page.finish()
