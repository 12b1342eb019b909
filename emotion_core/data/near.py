"""Images that look alike: a perceptual hash finds candidates, and the correlation of their pixels decides.

The hash is the pHash: of the 64 lowest frequencies of a discrete cosine transform, whether each is above their median.
If the bits are divided into `MAX_BITS` + 1 bands, two hashes that differ in at most `MAX_BITS` bits agree in at least
one band; so only images that share a band are compared.
Source: Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np

MAX_BITS = 6
MIN_CORRELATION = 0.95  # of the pixels; by the hash alone, half of the pairs in FER-2013 would be different faces
BITS = 64
_SIDE = 32  # the image's side before the transform
_CHUNK = 20_000  # pairs whose pixels are compared at once
_POPCOUNT = np.array([value.bit_count() for value in range(256)], np.uint8)


def perceptual_hashes(images: np.ndarray, progress: Callable[[float], object] | None = None) -> np.ndarray:
    """Compute the pHash of each of ``images``, ``(n, h, w)`` uint8.

    Returns:
        ``(n, 64)`` bool.
    """
    bits = np.empty((len(images), BITS), bool)
    for i, image in enumerate(images):
        small = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
        frequencies = cv2.dct(small.astype(np.float32))[:8, :8].ravel()
        bits[i] = frequencies > np.median(frequencies[1:])
        if progress and i % 500 == 0:
            progress(i / len(images))
    return bits


def near_pairs(images: np.ndarray, bits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the pairs that look alike.

    Args:
        images: ``(n, h, w)`` uint8, all different.
        bits: ``(n, 64)`` bool, their `perceptual_hashes`.

    Returns:
        pairs: ``(m, 2)`` int64, row numbers of ``images``, the lower first.
        correlations: ``(m,)`` float32, of their pixels.
    """
    found = [pairs for pairs in _candidates(bits) if len(pairs)]
    if not found:
        return np.empty((0, 2), np.int64), np.empty(0, np.float32)
    pairs = np.unique(np.concatenate(found), axis=0)
    correlations = np.concatenate(
        [_correlations(images, pairs[start : start + _CHUNK]) for start in range(0, len(pairs), _CHUNK)]
    )
    alike = correlations >= MIN_CORRELATION
    return pairs[alike], correlations[alike]


def unlike(images: np.ndarray, rows: np.ndarray, most: int) -> np.ndarray:
    """Return the first of ``rows`` whose images do not look like those before them; at most ``most``, ``(m,)`` int64.

    Args:
        images: ``(n, h, w)`` uint8.
        rows: ``(k,)``, numbers of images.
    """
    if not len(rows):
        return np.empty(0, np.int64)
    flat = _standardized(images[rows])
    kept: list[int] = []
    for number in range(len(rows)):
        if len(kept) < most and not (flat[kept] @ flat[number] >= MIN_CORRELATION).any():
            kept.append(number)
    return np.asarray(rows, np.int64)[kept]


def _candidates(bits: np.ndarray) -> Iterator[np.ndarray]:
    """Yield pairs of rows that differ in at most `MAX_BITS` bits, band by band; a pair may come more than once."""
    packed = np.packbits(bits, axis=1)
    for band in range(MAX_BITS + 1):
        columns = bits[:, band :: MAX_BITS + 1]
        keys = columns @ (1 << np.arange(columns.shape[1]))
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        # Sorted by key, images that share the band are neighbors: compare each with the next, the one after, and so on.
        step, left = 1, np.arange(len(keys) - 1)
        while len(left):
            left = left[keys[left] == keys[left + step]]
            pairs = np.column_stack([order[left], order[left + step]])
            yield np.sort(pairs[_distances(packed, pairs) <= MAX_BITS], axis=1)
            step += 1
            left = left[left + step < len(keys)]


def _distances(packed: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    return np.asarray(_POPCOUNT[packed[pairs[:, 0]] ^ packed[pairs[:, 1]]].sum(axis=1))


def _correlations(images: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    first, second = (_standardized(images[pairs[:, side]]) for side in (0, 1))
    return np.asarray(np.einsum("ij,ij->i", first, second))


def _standardized(images: np.ndarray) -> np.ndarray:
    """Flatten each image and give it mean 0 and norm 1, so that a dot product is a correlation."""
    flat = images.reshape(len(images), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6))
