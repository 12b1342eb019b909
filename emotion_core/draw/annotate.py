"""Draw results onto a frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotion_core.draw.canvas import BgrCanvas, Canvas
from emotion_core.draw.text import text_size
from emotion_core.emotions import EMOTIONS, UNCERTAIN_COLOR, Emotion
from emotion_core.results import UNTRACKED, FrameResult
from emotion_core.wording import short_reading, tight_reading

_LABEL_SCALE = 0.62  # of the font
_WIDEST_LABEL = 1.25  # times the box's width: beyond that, a neighbor's label is probably covered


@dataclass(frozen=True)
class OverlayStyle:
    """What `annotate` draws.

    box: the rectangle around the face.
    label: the label and its confidence above the box.
    track_id: the face's number in front of the label: its track id or, where nothing tracks several faces, its place
        among them, counted from 1.
    bars: the seven probabilities beside the box, in the emotions' colors.
    scale: size of lines and text; 1.0 suits the size of the frame.

    Raises:
        ValueError: the scale is out of its range.
    """

    box: bool = True
    label: bool = True
    track_id: bool = True
    bars: bool = False
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not 0.25 <= self.scale <= 4:
            raise ValueError(f"Expected a scale of 0.25–4. Received: {self.scale}")


def color_bgr(label: Emotion | None) -> tuple[int, int, int]:
    """Return the label's color for OpenCV; a gray if the face is uncertain."""
    value = label.color if label else UNCERTAIN_COLOR
    red, green, blue = (int(value[i : i + 2], 16) for i in (1, 3, 5))
    return blue, green, red


def annotate(frame_bgr: np.ndarray, result: FrameResult, style: OverlayStyle = OverlayStyle()) -> np.ndarray:
    """Return a copy of the frame with boxes, labels and bars.

    The result may come from a frame of another size: boxes are scaled from ``result.size_wh`` to this frame.

    Args:
        frame_bgr: ``(h, w, 3)`` uint8.
        result: the faces of this frame, or of one shortly before.

    Returns:
        ``(h, w, 3)`` uint8, a new array.
    """
    canvas = BgrCanvas(np.array(frame_bgr, copy=True, order="C"))
    draw(canvas, result, style)
    return canvas.pixels


def draw(canvas: Canvas, result: FrameResult, style: OverlayStyle = OverlayStyle()) -> None:
    """Draw like `annotate`, but onto ``canvas`` itself."""
    width, height = canvas.size_wh
    factor = np.array([width / result.size_wh[0], height / result.size_wh[1]] * 2, np.float32)
    unit = style.scale * max(min(height, width) / 480, 0.5)  # all sizes below are pixels of a 640×480 frame
    for row in range(len(result.faces)):
        box = (result.faces.boxes_xyxy[row] * factor).round().astype(int)
        _draw_face(canvas, result, row, box, style, unit)


def _draw_face(
    canvas: Canvas, result: FrameResult, row: int, box: np.ndarray, style: OverlayStyle, unit: float
) -> None:
    faces = result.faces
    label = faces.labels[row]
    color = color_bgr(label)
    x0, y0, x1, y1 = (int(v) for v in box)
    if style.box:
        # A dark line below the colored one sets it off from a background of its own color.
        canvas.frame((x0, y0), (x1, y1), (20, 20, 20), max(1, round(5 * unit)))
        canvas.frame((x0, y0), (x1, y1), color, max(1, round(3 * unit)))
    if style.label:
        text = face_text(result, row, track_id=style.track_id)
        if _text_size(text, unit)[0] > _WIDEST_LABEL * (x1 - x0):
            text = face_text(result, row, track_id=style.track_id, tight=True)
        _draw_label(canvas, text, (x0, y0, y1), color, unit)
    if style.bars:
        _draw_bars(canvas, faces.probabilities[row], (x0, y0, x1, y1), unit)


def face_text(result: FrameResult, row: int, *, track_id: bool = True, tight: bool = False) -> str:
    """Return the words above a box, such as ``#2: 7 in 10 say happy`` or ``#2: happy 87%``.

    Args:
        track_id: begin with the face's number, if it has one.
        tight: as few letters as possible, such as ``#2: happy 7/10``.
    """
    faces = result.faces
    words = tight_reading if tight else short_reading
    text = words(faces.probabilities[row], faces.labels[row], result.learned_from)
    tracked = faces.track_ids[row] != UNTRACKED
    if not track_id or (not tracked and len(faces) == 1):
        return text
    return f"#{faces.track_ids[row] if tracked else row + 1}: {text}"


def _draw_label(
    canvas: Canvas, text: str, place: tuple[int, int, int], color: tuple[int, int, int], unit: float
) -> None:
    """Draw a filled tag above the box, or inside it where the frame ends."""
    x0, y0, _ = place
    scale, thick, pad = _LABEL_SCALE * unit, max(1, round(unit)), max(2, round(6 * unit))
    text_w, text_h, base = _text_size(text, unit)
    height = text_h + base + pad
    left = int(np.clip(x0, 0, max(0, canvas.size_wh[0] - text_w - 2 * pad)))
    top = y0 - height if y0 >= height else max(0, y0)
    canvas.fill((left, top), (left + text_w + 2 * pad, top + height), color)
    canvas.text(text, (left + pad, top + height - base - pad // 2 + 1), scale, _text_color(color), thick)


def _text_size(text: str, unit: float) -> tuple[int, int, int]:
    """Return the width, the height and the depth below the baseline of a label, in pixels."""
    return text_size(text, _LABEL_SCALE * unit, max(1, round(unit)))


def _text_color(color: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return black or white, whichever has the higher contrast on ``color`` (relative luminance as in WCAG 2)."""
    blue, green, red = (((v / 255 + 0.055) / 1.055) ** 2.4 if v > 10 else v / 255 / 12.92 for v in color)
    return (0, 0, 0) if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else (255, 255, 255)


def _draw_bars(canvas: Canvas, probabilities: np.ndarray, box: tuple[int, int, int, int], unit: float) -> None:
    """Draw seven bars with names, to the right of the box, or to the left of it where the frame ends."""
    x0, y0, x1, _ = box
    width, height = canvas.size_wh
    line, pad, names, length = (max(3, round(v * unit)) for v in (17, 5, 66, 62))
    panel_w, panel_h = names + length + 3 * pad, line * len(EMOTIONS) + 2 * pad
    left = x1 + pad if x1 + pad + panel_w <= width else max(0, x0 - pad - panel_w)
    top = int(np.clip(y0, 0, max(0, height - panel_h)))
    canvas.dim((left, top), (left + panel_w, top + panel_h), 0.3)
    for i, emotion in enumerate(EMOTIONS):
        y = top + pad + i * line
        start = left + names + 2 * pad
        end = start + max(1, round(float(probabilities[i]) * length))
        canvas.fill((start, y + line // 5), (end, y + line - line // 5), color_bgr(emotion))
        at = (left + pad, y + round(line * 0.76))
        canvas.text(emotion.word, at, 0.42 * unit, (245, 245, 245), max(1, round(unit)))
