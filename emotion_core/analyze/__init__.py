"""From a frame to its result: live, in a file, and in many files."""
