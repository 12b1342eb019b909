"""Disk and network, safely: a file or folder appears whole or not at all."""
