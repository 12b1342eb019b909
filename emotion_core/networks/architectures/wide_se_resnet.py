"""`compact_se_resnet` with half as many filters again, made to be shipped with 8-bit convolutions.

2.69 million parameters: 2.8 MB and, on a processor with 8-bit dot products, faster than the compact one in float32.
Sources: as `compact_se_resnet`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_core.networks.architectures import compact_se_resnet

if TYPE_CHECKING:
    import keras

INPUT_SIZE = compact_se_resnet.INPUT_SIZE
GROWS_FROM = "compact_se_resnet"  # `start_from` takes its weights too
WIDTHS = (48, 96, 192, 256)


def build() -> keras.Model:
    """An uncompiled model, ``(n, 48, 48, 1)`` float32 in 0–1 → ``(n, 7)`` probabilities."""
    return compact_se_resnet.se_resnet("wide_se_resnet", WIDTHS, compact_se_resnet.BLOCKS)
