"""Augmentation of whole batches of faces on the GPU, in the ranges of the preset *field*."""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

ROTATION_DEG = 15.0
SCALE = (0.83, 1.2)
SHIFT = 0.09  # ± of the side
CONTRAST, BRIGHTNESS = 0.35, 0.17
LOW_RESOLUTION, ERASE = 0.2, 0.15  # shares of the images to which this happens
SMALL_SIZES = (16, 20, 24)  # pixels to which a face is shrunk for low resolution


def uniform(count: int, low: float, high: float, device: torch.device) -> torch.Tensor:
    """Return ``(count,)`` random numbers from ``low`` to ``high``."""
    return torch.rand(count, device=device) * (high - low) + low


def vary(faces: torch.Tensor) -> torch.Tensor:
    """Augment ``(n, 1, size, size)`` float32 faces in 0–1, each on its own; borders repeat the nearest pixel."""
    varied = _lower_resolution(_move(faces))
    count, device = len(faces), faces.device
    gain = uniform(count, 1 - CONTRAST, 1 + CONTRAST, device).view(-1, 1, 1, 1)
    offset = uniform(count, -BRIGHTNESS, BRIGHTNESS, device).view(-1, 1, 1, 1)
    return _erase((varied - 0.5) * gain + 0.5 + offset).clamp(0, 1)


def _move(faces: torch.Tensor) -> torch.Tensor:
    count, device = len(faces), faces.device
    angle = uniform(count, -ROTATION_DEG, ROTATION_DEG, device) * (math.pi / 180)
    scale = 1 / uniform(count, *SCALE, device)
    flip = torch.where(torch.rand(count, device=device) < 0.5, -1.0, 1.0)
    shift = uniform(2 * count, -2 * SHIFT, 2 * SHIFT, device).view(2, count)
    cos, sin = scale * torch.cos(angle), scale * torch.sin(angle)
    rows = torch.stack([cos * flip, -sin * flip, shift[0], sin, cos, shift[1]], 1)
    grid = F.affine_grid(rows.view(-1, 2, 3), list(faces.shape), align_corners=False)
    return F.grid_sample(faces, grid, padding_mode="border", align_corners=False)


def _lower_resolution(faces: torch.Tensor) -> torch.Tensor:
    size = faces.shape[-1]
    chance = torch.rand(len(faces), device=faces.device).view(-1, 1, 1, 1)
    share = LOW_RESOLUTION / len(SMALL_SIZES)
    for number, small in enumerate(SMALL_SIZES):
        shrunk = F.interpolate(faces, (small, small), mode="area")
        coarse = F.interpolate(shrunk, (size, size), mode="bilinear", align_corners=False)
        chosen = (chance >= number * share) & (chance < (number + 1) * share)
        faces = torch.where(chosen, coarse, faces)
    return faces


def _erase(faces: torch.Tensor) -> torch.Tensor:
    count, size, device = len(faces), faces.shape[-1], faces.device
    place = torch.arange(size, device=device).view(1, -1)

    def inside() -> torch.Tensor:
        length = uniform(count, 0.15 * size, 0.45 * size, device)
        first = torch.rand(count, device=device) * (size - length)
        return (place >= first[:, None]) & (place < (first + length)[:, None])

    chosen = (torch.rand(count, device=device) < ERASE).view(-1, 1, 1)
    rectangle = inside()[:, :, None] & inside()[:, None, :] & chosen
    return torch.where(rectangle[:, None], torch.rand_like(faces), faces)
