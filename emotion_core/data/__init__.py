"""Data sets of labelled faces: read in every common form, checked, never changed."""
