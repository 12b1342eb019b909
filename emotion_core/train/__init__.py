"""Training expression models. Keras is imported by the functions that need it, never when a module is imported."""
