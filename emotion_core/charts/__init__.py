"""Plotly figures, pure functions of tables."""
