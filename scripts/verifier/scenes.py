"""Windows to learn from: faces of the archive on other pictures, and what is not a face."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from emotion_core.detect.squares import Pyramid, as_squares, offsets_to

SIDE = 48  # pixels of the archive's faces
CANVAS = 176  # pixels of the picture on which a face is placed
MAX_TILT = 50.0  # degrees: a face tilted further is neither learned as one nor as none

FACE = np.array([CANVAS / 2, CANVAS / 2, SIDE, 0.0], np.float32)  # where the face is on its canvas


@dataclass(frozen=True)
class Windows:
    """What the network learns.

    images: ``(n, 48, 48)`` uint8.
    faces: ``(n,)`` float32, 1 for a face, 0 for none.
    offsets: ``(n, 4)`` float32 to the face's square, see `squares.moved`; zeros where there is none.
    """

    images: np.ndarray
    faces: np.ndarray
    offsets: np.ndarray

    @classmethod
    def joined(cls, parts: list[Windows]) -> Windows:
        """Return all windows of several parts."""
        return cls(
            np.concatenate([part.images for part in parts]),
            np.concatenate([part.faces for part in parts]),
            np.concatenate([part.offsets for part in parts]),
        )


def around(face: np.ndarray, background: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return a canvas ``(176, 176)`` uint8 with the face in its middle.

    The archive's faces are cut so closely that what surrounds them must be made up. So that the network cannot learn
    how, there are several ways: the picture's own pixels mirrored or repeated, or another picture behind it, with hard,
    soft and round borders.

    Args:
        face: ``(48, 48)`` uint8.
        background: ``(176, 176)`` uint8.
    """
    margin = (CANVAS - SIDE) // 2
    way = random.random()
    if way < 0.3:
        border = cv2.BORDER_REFLECT_101 if way < 0.2 else cv2.BORDER_REPLICATE
        near = cv2.copyMakeBorder(face, 40, 40, 40, 40, border)
        wide = cv2.copyMakeBorder(near, margin - 40, margin - 40, margin - 40, margin - 40, cv2.BORDER_REPLICATE)
        mask = _mask(random.uniform(1.3, 2.2), random.uniform(0.1, 0.5), random.uniform(2, 8))
    else:
        wide = cv2.copyMakeBorder(face, margin, margin, margin, margin, cv2.BORDER_REFLECT_101)
        mask = _mask(random.uniform(0.92, 1.25), random.choice([0.0, 0.3, 0.7, 1.0]), random.choice([0.0, 1.0, 2.5, 5]))
    if way > 0.85:
        background = np.full_like(background, random.integers(0, 256))
    blended = background + mask * (wide.astype(np.float32) - background)
    canvas = np.asarray(blended.clip(0, 255), np.uint8)
    return _cut(canvas, random) if random.random() < 0.15 else canvas


def _cut(canvas: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Cut up to two fifths of the face off, as at the border of a photograph, whose last pixels repeat in a window."""
    turns = int(random.integers(0, 4))
    turned = np.rot90(canvas, turns).copy()
    last = CANVAS // 2 + SIDE // 2 - int(random.uniform(0, 0.4) * SIDE)
    turned[:, last:] = turned[:, last - 1 : last]
    return np.ascontiguousarray(np.rot90(turned, -turns))


def _mask(side: float, roundness: float, softness: float) -> np.ndarray:
    """A rectangle (roundness 0) to ellipse (1) in the canvas's middle, ``side`` faces wide, 0–1 float32."""
    half = side * SIDE / 2
    y, x = np.abs(np.mgrid[:CANVAS, :CANVAS].astype(np.float32) + 0.5 - CANVAS / 2) / half
    exponent = 2 + 18 * (1 - roundness) ** 2
    distance = (x**exponent + (y / (1 + 0.15 * roundness)) ** exponent) ** (1 / exponent)
    edge = max(softness, 0.5) / half
    return np.clip((1 - distance) / edge + 0.5, 0, 1)


def near_face(random: np.random.Generator, count: int) -> np.ndarray:
    """Return squares ``(count, 4)`` around `FACE` from which it can be found: half of them close to it."""
    close = random.random(count) < 0.5
    shift = np.where(close[:, None], random.normal(0, 0.05, (count, 2)), random.uniform(-0.27, 0.27, (count, 2)))
    scale = np.where(close, random.normal(0, 0.07, count), random.uniform(-0.36, 0.36, count))
    tilt = np.where(random.random(count) < 0.4, random.normal(0, 8, count), random.uniform(-1, 1, count) * MAX_TILT)
    return np.column_stack([FACE[:2] + shift * SIDE, SIDE * np.exp(scale), tilt.clip(-MAX_TILT, MAX_TILT)]).astype(
        np.float32
    )


def beside_face(random: np.random.Generator, count: int) -> np.ndarray:
    """Return squares ``(count, 4)`` that show a part of the face, or the face far too small: not to be taken for it."""
    kind = random.integers(0, 3, count)
    angle = random.uniform(0, 2 * np.pi, count)
    reach = np.where(kind == 0, random.uniform(0.55, 1.1, count), random.uniform(0, 0.3, count))
    scale = np.select(
        [kind == 0, kind == 1], [random.uniform(0.6, 1.5, count), random.uniform(0.2, 0.5, count)], 0.0
    ) + np.where(kind == 2, random.uniform(2.1, 3.0, count), 0)
    shift = np.column_stack([np.cos(angle), np.sin(angle)]) * reach[:, None] * np.maximum(1, scale)[:, None]
    tilt = random.normal(0, 15, count)
    return np.column_stack([FACE[:2] + shift * SIDE, SIDE * scale, tilt]).astype(np.float32)


def scrambled(face: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return a face that no longer counts as one: shuffled in parts, upside down, on its side, or as a negative."""
    kind = random.random()
    if kind < 0.6:
        parts = int(random.integers(2, 5))
        step = SIDE // parts
        blocks = [
            face[i * step : (i + 1) * step, j * step : (j + 1) * step] for i in range(parts) for j in range(parts)
        ]
        order = random.permutation(parts * parts)
        while (order == np.arange(parts * parts)).any():  # no part stays where it was
            order = random.permutation(parts * parts)
        rows = [np.hstack([blocks[k] for k in order[i * parts : (i + 1) * parts]]) for i in range(parts)]
        return cv2.resize(np.vstack(rows), (SIDE, SIDE))
    if kind < 0.8:
        return np.ascontiguousarray(face[::-1, ::-1])
    if kind < 0.9:
        return np.ascontiguousarray(np.rot90(face, random.choice([1, 3])))
    return 255 - face


def drawn(background: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return a canvas with a smiley, a badge of text, stripes or dots: what looks like a face to a cascade."""
    canvas = background.copy() if random.random() < 0.5 else np.full_like(background, random.integers(0, 256))
    middle, radius = CANVAS // 2, int(random.integers(20, 30))
    light, dark = (int(value) for value in random.integers(0, 256, 2))
    kind = random.integers(0, 4)
    if kind == 0:
        cv2.circle(canvas, (middle, middle), radius, light, -1, cv2.LINE_AA)
        eye, height = int(radius * random.uniform(0.25, 0.5)), int(radius * random.uniform(0.1, 0.4))
        for side in (-1, 1):
            cv2.circle(
                canvas, (middle + side * eye, middle - height), int(random.integers(2, 6)), dark, -1, cv2.LINE_AA
            )
        mouth = (int(radius * random.uniform(0.3, 0.6)), int(radius * random.uniform(0.1, 0.5)))
        start = int(random.choice([0, 180]))
        cv2.ellipse(canvas, (middle, middle + radius // 3), mouth, 0, start, start + 180, dark, 2, cv2.LINE_AA)
    elif kind == 1:
        cv2.rectangle(canvas, (middle - radius, middle - radius), (middle + radius, middle + radius), light, -1)
        for line in range(int(random.integers(2, 6))):
            text = "".join(random.choice(list("abcdehiklmnorstuvwABDEHMOR 0368"), 8))
            place = (middle - radius, middle - radius + 10 + line * int(random.integers(8, 14)))
            cv2.putText(canvas, text, place, int(random.integers(0, 4)), random.uniform(0.3, 0.6), dark, 1, cv2.LINE_AA)
    elif kind == 2:
        step, thickness = int(random.integers(5, 18)), int(random.integers(1, 8))
        for offset in range(-CANVAS, 2 * CANVAS, step):
            cv2.line(canvas, (offset, 0), (offset + int(random.integers(-3, 4)), CANVAS), dark, thickness, cv2.LINE_AA)
        if random.random() < 0.5:
            canvas = np.ascontiguousarray(canvas.T)
    else:
        for _ in range(int(random.integers(3, 12))):
            place = tuple(int(value) for value in random.integers(middle - 30, middle + 30, 2))
            size = tuple(int(value) for value in random.integers(2, 16, 2))
            cv2.ellipse(
                canvas, place, size, random.uniform(0, 180), 0, 360, int(random.integers(0, 256)), -1, cv2.LINE_AA
            )
    return canvas


def hidden(face: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the face with something before it: a dark band over the eyes, a hand or a cup before the mouth, hair."""
    face = face.copy()
    shade = int(random.integers(0, 256))
    kind = random.integers(0, 4)
    if kind == 0:  # sunglasses
        top, height = int(random.integers(12, 18)), int(random.integers(6, 11))
        for x in (random.integers(10, 16), random.integers(31, 37)):
            axes = (int(random.integers(6, 10)), height // 2 + 2)
            cv2.ellipse(face, (int(x), top + height // 2), axes, 0, 0, 360, int(shade * 0.35), -1, cv2.LINE_AA)
        cv2.line(face, (10, top + 2), (37, top + 2), int(shade * 0.35), 1, cv2.LINE_AA)
    else:
        # From the top, the bottom or a side, up to 45 % of the face.
        depth = int(random.uniform(0.1, 0.45) * SIDE)
        cover = np.full((SIDE, SIDE), shade, np.uint8)
        if random.random() < 0.6:
            cover = cv2.resize(
                random.integers(0, 256, (4, 4), dtype=np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC
            )
            cover = np.asarray(shade + (cover.astype(np.float32) - 128) * random.uniform(0.05, 0.5)).clip(0, 255)
        y, x = np.mgrid[:SIDE, :SIDE]
        edge = depth + (3 * np.sin(x / random.uniform(3, 9) + random.uniform(0, 6)))
        mask = y < edge
        mask = np.rot90(mask, int(random.integers(0, 4)))
        face[mask] = cover[mask]
    return face


def photographed(windows: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return windows ``(n, 48, 48)`` uint8 as a camera might have taken them: blurred, dark, lit from a side, noisy."""
    if not len(windows):
        return windows
    return np.stack([_photographed(window, random) for window in windows])


def _photographed(window: np.ndarray, random: np.random.Generator) -> np.ndarray:
    blur = random.random()
    if blur < 0.25:
        side = int(random.integers(16, 44))
        window = cv2.resize(cv2.resize(window, (side, side), interpolation=cv2.INTER_AREA), (48, 48))
    elif blur < 0.4:
        window = cv2.GaussianBlur(window, (0, 0), random.uniform(0.4, 1.6))
    elif blur < 0.5:
        window = cv2.addWeighted(window, 2.0, cv2.GaussianBlur(window, (0, 0), 1.0), -1.0, 0)
    values = window.astype(np.float32) / 255
    if random.random() < 0.5:
        values = values ** random.uniform(0.5, 2.2)
    if random.random() < 0.4:
        y, x = np.mgrid[-1:1:48j, -1:1:48j].astype(np.float32)
        values = values * np.exp(random.normal(0, 0.5) * x + random.normal(0, 0.35) * y)
    if random.random() < 0.5:
        values = (values - 0.5) * random.uniform(0.35, 1.2) + random.uniform(0.2, 0.7)
    if random.random() < 0.4:
        values = values + random.normal(0, random.uniform(0, 0.04), values.shape).astype(np.float32)
    return np.asarray((values * 255).clip(0, 255), np.uint8)


def faces_and_none(faces: np.ndarray, backgrounds: np.ndarray, seed: int) -> Windows:
    """Return three windows of each face that show it, and two that are of its surroundings or scrambled.

    Args:
        faces: ``(n, 48, 48)`` uint8.
        backgrounds: ``(m, 176, 176)`` uint8, parts of pictures without a face.
    """
    random = np.random.default_rng(seed)
    images: list[np.ndarray] = []
    is_face: list[float] = []
    offsets: list[np.ndarray] = []
    for face in faces:
        if random.random() < 0.5:
            face = np.ascontiguousarray(face[:, ::-1])
        background = backgrounds[random.integers(len(backgrounds))]
        if random.random() < 0.3:
            face = cv2.resize(face, (SIDE, int(SIDE * random.uniform(0.85, 1.15))))
            face = cv2.resize(face, (SIDE, SIDE))
        whole = Pyramid(around(hidden(face, random) if random.random() < 0.35 else face, background, random))
        near = near_face(random, 3)
        images.append(whole.windows(near))
        offsets.append(offsets_to(near, FACE))
        if random.random() < 0.45:
            none = whole.windows(beside_face(random, 2))
        elif random.random() < 0.6:
            none = Pyramid(around(scrambled(face, random), background, random)).windows(near_face(random, 2))
        else:
            none = Pyramid(drawn(background, random)).windows(near_face(random, 2))
        images.append(none)
        is_face += [1.0] * 3 + [0.0] * 2
        offsets.append(np.zeros((2, 4), np.float32))
    return Windows(photographed(np.concatenate(images), random), np.array(is_face, np.float32), np.concatenate(offsets))


def proposed(picture: np.ndarray, squares: np.ndarray, backgrounds: np.ndarray, random: np.random.Generator) -> Windows:
    """Return the windows around squares ``(n, 4)`` of a picture without a face, each a little moved.

    Half of them are placed on another picture, as the faces are: otherwise, what looks placed would count as a face.
    """
    near = squares.copy()
    near[:, :2] += random.normal(0, 0.06, (len(near), 2)) * near[:, 2:3]
    near[:, 2] *= np.exp(random.normal(0, 0.1, len(near)))
    near[:, 3] += random.normal(0, 10, len(near))
    images = Pyramid(picture).windows(near)
    for row in np.flatnonzero(random.random(len(near)) < 0.5):
        canvas = around(images[row], backgrounds[random.integers(len(backgrounds))], random)
        images[row] = Pyramid(canvas).windows(near_face(random, 1))[0]
    none = np.zeros(len(near), np.float32)
    return Windows(photographed(images, random), none, np.zeros((len(near), 4), np.float32))


def anywhere(picture: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """Return squares ``(count, 4)`` anywhere in a picture ``(h, w)``, from 24 pixels to its shorter side."""
    height, width = picture.shape
    sides = np.exp(random.uniform(np.log(24), np.log(max(25, min(height, width))), count))
    x0, y0 = random.uniform(0, np.maximum(1, width - sides)), random.uniform(0, np.maximum(1, height - sides))
    return as_squares(np.column_stack([x0, y0, x0 + sides, y0 + sides]))
