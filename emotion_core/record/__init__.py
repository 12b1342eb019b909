"""Results over time, as tables."""
