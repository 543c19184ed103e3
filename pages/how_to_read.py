"""How to read this: what the numbers are, how they are made, what they are not, and how to challenge them."""

import streamlit as st

from attribution.render import GUIDE
from ui import page

page.setup("How to read this")
st.title("How to read this")
st.caption("For anyone who was sent a link or a report. A report has the parts that apply to it at its end.")
with st.container(width=760, key="guide"):
    for part in GUIDE:
        st.header(part.title)
        st.markdown("\n".join(f"- {point}" for point in part.points))
