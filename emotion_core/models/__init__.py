"""The life of the folders in models/: list, load, install, convert, quantize, explain, delete."""
