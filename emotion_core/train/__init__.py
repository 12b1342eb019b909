"""Training expression models. Keras is imported inside the functions that need it, never by this package itself."""
