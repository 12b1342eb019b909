"""A network whose convolutions compute with 8 bits: a quarter of their size, and faster on many processors.

The faster ones have 8-bit dot products. All but the convolutions stays float32: quantised as well, it costs fifteen
times the divergence and saves no time (docs/flagship.md).

Static quantisation by ONNX Runtime, each filter with a scale of its own, ranges from real faces. Sources: B. Jacob et
al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018; ONNX
Runtime's guide to quantisation, whose advice for processors without such dot products, weights of 7 bits, is followed:
with 8, sums of products overflow there.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import numpy as np

from emotion_core.classify.card import ModelInput
from emotion_core.classify.onnx import prepare_faces
from emotion_core.errors import ModelError

FACES = 350  # that give the ranges
SEED = 2013


def quantize(source: Path, destination: Path, faces: np.ndarray, card_input: ModelInput) -> None:
    """Write the float32 network ``source`` with 8-bit convolutions to ``destination``, which may be the same file.

    Args:
        faces: ``(n, h, w)`` uint8, of those that the network was trained on; some, always the same, give the ranges.
        card_input: how the network wants them.

    Raises:
        ModelError: there is no face, or ONNX Runtime cannot quantise the network.
    """
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    if not len(faces):
        raise ModelError("Quantising needs faces, and there is none.")
    some = np.random.default_rng(SEED).permutation(len(faces))[:FACES]
    name = onnx.load(str(source)).graph.input[0].name

    inputs = iter(prepare_faces(faces[some], card_input)[:, None])

    class Faces(CalibrationDataReader):
        """One face after the other, as ONNX Runtime asks for them."""

        def get_next(self) -> dict[str, np.ndarray] | None:
            """The next input by name; None after the last."""
            return next(({name: face} for face in inputs), None)

    logging.getLogger().addFilter(_no_advice)
    try:
        with tempfile.TemporaryDirectory() as folder:
            plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
            quant_pre_process(str(source), str(plain), skip_symbolic_shape=True)
            quantize_static(
                str(plain), str(small), Faces(),
                op_types_to_quantize=["Conv"], quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
                weight_type=QuantType.QInt8, activation_type=QuantType.QUInt8,
            )  # fmt: skip
            destination.write_bytes(small.read_bytes())
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"The network cannot be quantised: {error}") from error
    finally:
        logging.getLogger().removeFilter(_no_advice)


def _no_advice(record: logging.LogRecord) -> bool:
    """ONNX Runtime advises to preprocess a network that is preprocessed."""
    return "pre-processing" not in record.getMessage()
