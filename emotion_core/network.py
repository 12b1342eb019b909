"""Opening a network in ONNX form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from emotion_core.errors import ModelError

if TYPE_CHECKING:
    import onnxruntime


def open_network(path: Path, threads: int = 1) -> onnxruntime.InferenceSession:
    """Open a network for ONNX Runtime on the CPU.

    Args:
        threads: how many threads one run uses. One is right for single faces: more of them mostly wait for each other.

    Raises:
        ModelError: the file is missing or damaged.
    """
    if not path.is_file():
        raise ModelError(
            "The model folder {name} has no {name_2}. Install it again.", name=path.parent.name, name_2=path.name
        )
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import (
        Fail,
        InvalidArgument,
        InvalidGraph,
        InvalidProtobuf,
        NoSuchFile,
    )

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A thread that spins while it waits takes a core from the video: on two cores it halved the frame rate.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile) as error:
        raise ModelError(
            "{name} of the model {name_2} is not a readable ONNX network. It may be cut off; install it again.",
            name=path.name,
            name_2=path.parent.name,
        ) from error
