"""How well a classifier reads labelled faces."""
