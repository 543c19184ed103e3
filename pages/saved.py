"""Saved: the analyses that were kept on this server, one of them, or two side by side."""

import streamlit as st

from ui import page
from ui.choices.settings import choose_view
from ui.saved.analysis import show_one, show_two
from ui.saved.list import opened, show_list

page.setup("Saved")
chosen = opened()
with page.reported():
    if not chosen:
        st.title("Saved analyses")
        st.caption("What was kept on this server, with its colours and numbers as they were.")
        show_list()
    elif len(chosen) == 1:
        show_one(chosen[0], choose_view())
    else:
        show_two(chosen, choose_view())
page.finish()
