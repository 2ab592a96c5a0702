"""Small solids drawn as height fields: hands and whatever people hold before their mouths. Rounded, lit, with exact outlines."""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True, slots=True)
class Limb:
    """A sphere swept along a line, `a` to `b` (x, y, z; z towards the camera), with its radius at both ends."""

    a: tuple[float, float, float]
    b: tuple[float, float, float]
    radius_a: float
    radius_b: float


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """What limbs look like from the front.

    Attributes:
        alpha: (S, S) float32 in 0..1.
        shade: (S, S) float32, brightness: 1 where light falls straight.
        owner: (S, S) int32, index of the limb in front; -1 where there is none.
        normal: (S, S, 3) float32.
    """

    alpha: np.ndarray
    shade: np.ndarray
    owner: np.ndarray
    normal: np.ndarray


def relief(limbs: list[Limb], size: int, light: np.ndarray, *, ambient: float, melt: float) -> Relief:
    """`limbs` in a picture of `size` pixels that shows -1..1 both ways; neighbours closer than `melt` run into each other."""
    axis = ((np.arange(size) + 0.5) / size * 2 - 1).astype(np.float32)
    x, y = np.meshgrid(axis, axis)
    heights = np.full((len(limbs), size, size), -9.0, np.float32)
    edge = np.full((size, size), -9.0, np.float32)
    for n, limb in enumerate(limbs):
        a, b = np.array(limb.a), np.array(limb.b)
        along = b[:2] - a[:2]
        t = np.clip(((x - a[0]) * along[0] + (y - a[1]) * along[1]) / max(float(along @ along), 1e-6), 0, 1)
        radius = limb.radius_a + t * (limb.radius_b - limb.radius_a)
        away = (x - a[0] - t * along[0]) ** 2 + (y - a[1] - t * along[1]) ** 2
        inside = radius**2 - away
        heights[n] = np.where(inside > 0, a[2] + t * (b[2] - a[2]) + np.sqrt(np.maximum(inside, 0)), -9)
        edge = np.maximum(edge, (radius - np.sqrt(away)) * size / 2)
    owner = np.where(edge > 0, heights.argmax(axis=0), -1).astype(np.int32)
    top = heights.max(axis=0)
    smooth = top + melt * np.log(np.exp((heights - top) / melt).sum(axis=0)) if melt > 0 else top
    inside = (edge > 0).astype(np.float32)
    smooth = np.where(edge > 0, smooth, 0)
    sigma = max(size / 120, 0.5)
    # Blurred within the outline: what lies outside has no height, and would make every edge a cliff.
    weight = cv2.GaussianBlur(inside, (0, 0), sigma)
    near = cv2.GaussianBlur(smooth, (0, 0), sigma) / np.maximum(weight, 1e-3)
    smooth = np.where(edge > 0, near, cv2.dilate(np.where(edge > 0, near, -9), np.ones((3, 3))))
    smooth = np.where(smooth < -8, 0, smooth).astype(np.float32)
    step = 2 / size
    normal = np.dstack(
        [-np.gradient(smooth, step, axis=1), -np.gradient(smooth, step, axis=0), np.ones_like(x)]
    )
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    lit = np.clip(normal @ (light / np.linalg.norm(light)).astype(np.float32), 0, 1)
    weight = np.maximum(cv2.GaussianBlur(inside, (0, 0), size / 40), 1e-3)
    around = cv2.GaussianBlur(smooth * inside, (0, 0), size / 40) / weight
    crease = np.clip(around - smooth, 0, 0.2)
    shade = (ambient + (1 - ambient) * lit) * np.exp(-6 * crease)
    return Relief(np.clip(edge + 0.5, 0, 1), shade.astype(np.float32), owner, normal.astype(np.float32))


def smooth_noise(size: int, cell: float, rng: np.random.Generator, channels: int = 1) -> np.ndarray:
    """(S, S, C) float32 noise of mean 0, deviation about 1, whose spots are about `cell` pixels wide."""
    few = max(2, int(np.ceil(size / cell)) + 1)
    grid = rng.normal(0, 1, (few, few, channels)).astype(np.float32)
    return cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC).reshape(size, size, channels)
