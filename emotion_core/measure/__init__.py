"""How well a classifier reads labeled faces."""
