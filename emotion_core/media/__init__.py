"""Decoding pictures and videos. Nothing else in the package decodes."""
