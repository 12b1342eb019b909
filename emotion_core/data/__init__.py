"""Readers for facial-expression data sets."""
