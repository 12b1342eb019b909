"""Write stand-in weights for DeepFace's expression network, in its published architecture.

``python scripts/deepface_stand_in.py OUTPUT.onnx [RUN/model.keras]``

The second argument is the result of ``python -m emotion_core train --arch deepface_cnn``, whose outputs are put into
DeepFace's order. Without it, the weights are random: good for measuring speed, but the readings mean nothing.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from emotion_core.emotions import DEEPFACE_ORDER
from emotion_core.networks.architectures.deepface_cnn import build


def main() -> None:
    """Write the ONNX file."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras

    target = Path(sys.argv[1])
    model = build()
    model(np.zeros((1, 48, 48, 1), np.float32))
    if len(sys.argv) > 2:
        model.set_weights(keras.models.load_model(sys.argv[2], compile=False).get_weights())
    order = [emotion.column for emotion in DEEPFACE_ORDER]
    last = model.layers[-1]
    last.set_weights([values[..., order] for values in last.get_weights()])
    target.parent.mkdir(parents=True, exist_ok=True)
    model.export(str(target), format="onnx", verbose=False)


if __name__ == "__main__":
    main()
