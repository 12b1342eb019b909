"""The live page in a real Chromium with a fake camera, beside a pass-through page and a naive one.

Every picture of the camera carries its number (`barcode`), so that a frame can be followed from the camera to the
returned video. ``python -m benchmarks.live`` answers every question; each file with a ``main`` answers one.
"""
