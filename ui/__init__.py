"""Everything that imports streamlit, apart from the pages themselves."""
