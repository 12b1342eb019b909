"""The live page in a real Chromium with a fake camera, beside a pass-through page and a naive one.

Every frame of the camera carries its number as a bar code (`barcode`), so that it can be followed from the camera to
the returned video. ``python -m benchmarks.live`` runs every benchmark of this folder; each also runs alone, such as
``python -m benchmarks.live.delay``.
"""
