"""`compact_se_resnet` with one block fewer where feature maps are large and one more where they are small.

1.60 million parameters, half the multiply-adds. It is trained on its own and was one of the flagship's two teachers,
the other being the flagship's predecessor. Sources: as `compact_se_resnet`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_core.language import mark
from emotion_core.networks.architectures import compact_se_resnet
from emotion_core.networks.base import Architecture

if TYPE_CHECKING:
    import keras

INPUT_SIZE = compact_se_resnet.INPUT_SIZE
BLOCKS = (1, 2, 2, 2)


def build() -> keras.Model:
    """Build the uncompiled model, ``(n, 48, 48, 1)`` float32 in 0–1 → ``(n, 7)`` probabilities."""
    return compact_se_resnet.se_resnet(ARCHITECTURE.name, compact_se_resnet.WIDTHS, BLOCKS)


ARCHITECTURE = Architecture(
    name="slim_se_resnet",
    title="Slim SE-ResNet",
    summary=mark(
        "The compact SE-ResNet with one block fewer where feature maps are large and one more where they are small."
    ),
    source=compact_se_resnet.ARCHITECTURE.source,
    build=build,
    input_size=INPUT_SIZE,
)
