"""Quantize a network's convolutions to 8 bits: a quarter of their size, and faster on many processors.

The faster ones are those with 8-bit dot products. The other layers stay float32: quantizing them too makes the outputs
differ fifteen times as much and saves no time (docs/flagship.md).

ONNX Runtime does it, statically: each filter has a scale of its own, and the ranges of activations come from real
faces. Weights use only 7 of the 8 bits, because sums of products overflow on processors without 8-bit dot products.

Sources: B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", 2018; ONNX Runtime's guide to quantization.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np

from emotion_core.classify.card import ModelInput
from emotion_core.classify.onnx import prepare_faces
from emotion_core.errors import ModelError
from emotion_core.processes.switches import without_log_lines

FACES = 350  # from which the ranges of activations are taken
SEED = 2013


def quantize(source: Path, destination: Path, faces: np.ndarray, card_input: ModelInput) -> None:
    """Write the float32 network ``source`` with 8-bit convolutions to ``destination``, which may be the same file.

    Args:
        faces: ``(n, h, w)`` uint8, training images. The ranges come from a sample of `FACES`, which is always the same.
        card_input: how the network takes its input.

    Raises:
        ModelError: there is no face, or ONNX Runtime cannot quantize the network.
    """
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    if not len(faces):
        raise ModelError("Quantizing needs faces. Received: none")
    some = np.random.default_rng(SEED).permutation(len(faces))[:FACES]
    name = onnx.load(str(source)).graph.input[0].name

    inputs = iter(prepare_faces(faces[some], card_input)[:, None])

    class Faces:  # ONNX Runtime's abstract class takes whatever has this method for one of its own
        """Give ONNX Runtime one face after the other."""

        def get_next(self) -> dict[str, np.ndarray] | None:
            """The next input by its name; None after the last."""
            return next(({name: face} for face in inputs), None)

    try:
        # ONNX Runtime advises to preprocess a network that is preprocessed.
        with without_log_lines("pre-processing"), tempfile.TemporaryDirectory() as folder:
            plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
            quant_pre_process(str(source), str(plain), skip_symbolic_shape=True)
            quantize_static(
                str(plain), str(small), Faces(),
                op_types_to_quantize=["Conv"], quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
                weight_type=QuantType.QInt8, activation_type=QuantType.QUInt8,
            )  # fmt: skip
            shutil.copyfile(small, destination)
    except (ValueError, RuntimeError) as error:
        raise ModelError("The network cannot be quantized: {error}", error=error) from error
