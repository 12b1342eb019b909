"""Network architectures, one file each.

To add one, write a file that ends with ``ARCHITECTURE = Architecture(…)``, name it in `REGISTRY`, and run
``python -m emotion_core.networks.outline``.
"""

from __future__ import annotations

from collections.abc import Mapping

from emotion_core.errors import ModelError
from emotion_core.networks.architectures import (
    article_cnn,
    compact_se_resnet,
    deep_emotion,
    deepface_cnn,
    fine_se_resnet,
    mini_xception,
    slim_se_resnet,
    wide_se_resnet,
)
from emotion_core.networks.base import Architecture

REGISTRY: Mapping[str, Architecture] = {
    module.ARCHITECTURE.name: module.ARCHITECTURE
    for module in (
        article_cnn,
        compact_se_resnet,
        deep_emotion,
        deepface_cnn,
        fine_se_resnet,
        mini_xception,
        slim_se_resnet,
        wide_se_resnet,
    )
}
ARCHITECTURES = tuple(REGISTRY)


def architecture(name: str) -> Architecture:
    """Return the architecture of this name.

    Raises:
        ModelError: there is none.

    >>> architecture("mini_xception").input_size
    64
    >>> architecture("fine_se_resnet").grows_from
    'wide_se_resnet'
    """
    if name not in REGISTRY:
        raise ModelError(
            "Unknown architecture. Expected one of {architectures}. Received: {name!r}",
            architectures=", ".join(ARCHITECTURES),
            name=name,
        )
    return REGISTRY[name]
