"""One decoded frame of a video: drawn on, analyzed, or handed to the encoder as it came."""

from __future__ import annotations

from dataclasses import dataclass, field

import av
import cv2
import numpy as np

from emotion_core.errors import MediaError
from emotion_core.media.container import quarter_turns
from emotion_core.media.frames import I420, planes

# FFmpeg's AVCOL_RANGE_MPEG and AVCOL_RANGE_JPEG: luma from 16 to 235, or from 0 to 255.
LIMITED_RANGE, FULL_RANGE = 1, 2


@dataclass
class Picture:
    """One decoded frame, converted only when its pixels are asked for.

    stamp: its time stamp in the stream's time base, as the file states it.
    time_s: seconds since the first frame.
    index: number of the frame in the file, from 0.
    """

    frame: av.VideoFrame
    stamp: int
    time_s: float
    index: int
    _planes: np.ndarray | None = field(default=None, repr=False)

    @property
    def planes(self) -> np.ndarray:
        """``(h · 3 / 2, w)`` uint8: Y above U and V (I420), upright, without an odd last row or column."""
        if self._planes is None:
            self._planes = _upright_planes(self.frame)
        return self._planes

    def to_bgr(self) -> np.ndarray:
        """Return frame_bgr ``(h, w, 3)`` uint8, a new array."""
        return cv2.cvtColor(self.planes, cv2.COLOR_YUV2BGR_I420)

    def yuv(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return views of `planes` to draw on: Y ``(h, w)``, U and V ``(h / 2, w / 2)``."""
        height, width = self.planes.shape[0] * 2 // 3, self.planes.shape[1]
        u, v = self.planes.reshape(-1)[height * width :].reshape(2, height // 2, width // 2)
        return self.planes[:height], u, v

    def encodable(self) -> av.VideoFrame:
        """Return the frame for the encoder: the decoder's own unless it was drawn on or does not fit.

        Passing the decoder's frame through saves copying it, and no pixel of it changes before it is encoded.
        """
        if self._planes is None and _is_encodable(self.frame):
            return self.frame
        made = av.VideoFrame.from_ndarray(self.planes, format=I420)
        made.duration = self.frame.duration
        return made


def _is_encodable(frame: av.VideoFrame) -> bool:
    even = frame.width % 2 == 0 and frame.height % 2 == 0  # I420 has one U and one V for each 2×2 pixels
    return even and _is_limited_i420(frame) and quarter_turns(frame) == 0


def _is_limited_i420(frame: av.VideoFrame) -> bool:
    return frame.format.name == I420 and frame.color_range != FULL_RANGE


def _upright_planes(frame: av.VideoFrame) -> np.ndarray:
    turns = quarter_turns(frame)
    if not _is_limited_i420(frame):
        frame = frame.reformat(format=I420, dst_color_range=LIMITED_RANGE)
    width, height = frame.width // 2 * 2, frame.height // 2 * 2
    if not width or not height:
        raise MediaError(
            "Expected frames of at least 2×2 pixels. Received: {width}×{height}", width=frame.width, height=frame.height
        )
    sides = [(height, width), (height // 2, width // 2), (height // 2, width // 2)]
    # Each plane is turned on its own and then laid behind the one before: only contiguous memory can be reshaped into
    # the single array that OpenCV and the encoder take, and the codec's rows are padded.
    upright = [np.rot90(plane[:h, :w], turns).reshape(-1) for plane, (h, w) in zip(planes(frame), sides, strict=True)]
    return np.concatenate(upright).reshape(-1, height if turns % 2 else width)
