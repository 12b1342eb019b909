"""Reading facial expressions: detect, classify, track, draw, count. Never imports streamlit."""
