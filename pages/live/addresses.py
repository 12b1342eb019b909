"""The addresses that the stage asks for, relative to the server's base path."""

READINGS = "readings"
SAMPLE_VIDEO = "sample/expressions.mp4"
CLIP = "sample/expressions.json"
