"""Architectures, and what can be said of them without training."""
