"""Expression classifiers behind one interface."""
