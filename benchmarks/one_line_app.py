"""The smallest Streamlit app, to compare the first page with."""

import streamlit as st

st.title("One line")
