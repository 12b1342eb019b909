"""Follow the same face from frame to frame."""
