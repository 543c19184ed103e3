"""Everything that imports streamlit, apart from the pages themselves."""

from attribution.isolation.start import nursery

nursery()  # it imports Flair while the pages import what they need, and is there when the first model is asked for
