"""Data set: what each label listens to over many documents, where the model errs, and what stood behind its errors."""

import streamlit as st

from ui import page
from ui.choices.models import choose_model
from ui.choices.settings import choose_method
from ui.data_set.address import enter
from ui.data_set.run import show_data_set

page.setup("Data set")
st.title("What has the model learned?")
st.caption(
    "Every document of a file is explained, and what the words did is summed: for each label, and for its errors."
)
enter()
model = None
with page.reported():
    model = choose_model()
with page.reported():
    show_data_set(model, choose_method(model))
with st.container(key="data_set_end"):
    st.caption("Runs and files stay on this server, for everybody who uses it, until somebody deletes them.")
page.finish()
