"""Draw results on pixels."""
