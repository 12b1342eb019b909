"""Data sets of labeled faces: read in every common form, checked, never changed."""
