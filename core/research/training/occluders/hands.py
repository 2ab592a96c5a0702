"""Hands before the mouth: bones with flesh around them, in many poses. Colour is left to whoever puts them before a face."""

import cv2
import numpy as np

from core.research.training.occluders.solids import Limb, relief, smooth_noise

_LENGTHS = ((0.30, 0.20, 0.15), (0.34, 0.23, 0.16), (0.32, 0.21, 0.16), (0.25, 0.16, 0.14))
_KNUCKLES_X = (-0.24, -0.08, 0.08, 0.23)


def hand(size: int, rng: np.random.Generator) -> np.ndarray:
    """(S, S, 4) float32: skin's brightness in three channels, about 1 in the light, and alpha 0..1. Fingers point up."""
    limbs, nails = _bones(rng)
    light = np.array([rng.normal(0, 0.7), rng.normal(-0.5, 0.6), rng.uniform(0.5, 1.3)])
    seen = relief(
        limbs, size, light, ambient=float(rng.uniform(0.3, 0.75)), melt=float(rng.uniform(0.01, 0.035))
    )
    redness = np.array([0.02, -0.03, -0.03], np.float32)
    skin = np.ones((size, size, 3), np.float32)
    skin += smooth_noise(size, size / 6, rng) * redness * rng.uniform(0.3, 1.6)
    skin += smooth_noise(size, size / 40, rng) * rng.uniform(0.005, 0.03)
    skin += smooth_noise(size, 2, rng) * rng.uniform(0.0, 0.02)
    picture = skin * seen.shade[:, :, None]
    # Skin's light scatters red into its shadows.
    picture *= 1 + (1 - seen.shade[:, :, None]) * np.array([0.10, -0.05, -0.06], np.float32)
    half = np.array([light[0], light[1], light[2] + 1.0])
    shine = np.clip(seen.normal @ (half / np.linalg.norm(half)).astype(np.float32), 0, 1) ** 24
    picture += (shine * rng.uniform(0, 0.25))[:, :, None]
    if rng.random() < 0.6:
        _draw_nails(picture, nails, rng)
    _draw_wrinkles(picture, limbs, rng)
    return np.dstack([picture, seen.alpha]).astype(np.float32)


def _bones(rng: np.random.Generator) -> tuple[list[Limb], list[tuple[np.ndarray, np.ndarray, float]]]:
    spread, curl = rng.normal(0.05, 0.12), np.clip(rng.normal(0.35, 0.4), 0, 1.3)
    thick = rng.uniform(0.075, 0.105)
    wrist = np.array([rng.normal(0, 0.03), 0.62])
    limbs, nails = [], []
    limbs += [
        Limb((wrist[0] + 0.45 * x, wrist[1], 0.0), (x, 0.05 + abs(x) * 0.15, 0.03), 0.13, 0.125)
        for x in (-0.22, -0.07, 0.08, 0.21)
    ]
    forearm = wrist + np.array([rng.normal(0, 0.15), 1.2])
    limbs.append(Limb((*wrist, 0.0), (*forearm, -0.1), 0.17, 0.24))
    shown = rng.random(4) < (0.93 if rng.random() < 0.7 else 0.45)  # a pointing finger, or a fist with one
    for n, (x, lengths) in enumerate(zip(_KNUCKLES_X, _LENGTHS, strict=True)):
        at = np.array([x, 0.03 + abs(x) * 0.15, 0.05])
        angle = spread * (n - 1.5) * 1.2 + rng.normal(0, 0.06)
        bend = curl + rng.normal(0, 0.12) if shown[n] else 1.35
        lean = 0.25 * bend
        for k, length in enumerate(lengths):
            lean = min(lean + bend * (0.5, 0.75, 0.55)[k], 2.9)
            step = length * np.array(
                [np.sin(angle) * np.cos(lean), -np.cos(angle) * np.cos(lean), np.sin(lean)]
            )
            radius = thick * (1.0, 0.92, 0.82, 0.72)[k], thick * (0.92, 0.82, 0.72)[k]
            limbs.append(Limb(tuple(at), tuple(at + step), *radius))
            if k == 2:
                nails.append((at[:2] + 0.55 * step[:2], step[:2], thick * 0.8))
            at = at + step
    side = -1.0
    at = np.array([side * 0.2 + wrist[0] * 0.5, 0.42, 0.08])
    angle = side * rng.uniform(0.3, 1.3)
    for length, first, last in ((0.27, 0.13, 0.10), (0.2, 0.1, 0.085), (0.17, 0.085, 0.07)):
        step = length * np.array([np.sin(angle), -np.cos(angle), rng.uniform(0, 0.3)])
        limbs.append(Limb(tuple(at), tuple(at + step), first, last))
        at = at + step
        angle *= rng.uniform(0.4, 1.0)
    return limbs, nails


def _draw_nails(
    picture: np.ndarray, nails: list[tuple[np.ndarray, np.ndarray, float]], rng: np.random.Generator
) -> None:
    size = len(picture)
    paint = np.array([1.08, 1.0, 1.0]) if rng.random() < 0.7 else rng.uniform(0.1, 1.2, 3)
    mask = np.zeros((size, size), np.uint8)
    for middle, along, width in nails:
        length = float(np.linalg.norm(along))
        if length < 0.05:
            continue
        x, y = (middle + 1) * size / 2
        box = (
            (float(x), float(y)),
            (width * 0.55 * size, length * 0.3 * size),
            float(np.degrees(np.arctan2(along[0], -along[1]))),
        )
        cv2.ellipse(mask, box, 255, -1, cv2.LINE_AA)
    weight = cv2.GaussianBlur(mask, (0, 0), 0.6).astype(np.float32)[:, :, None] / 255
    picture += 0.8 * weight * (picture * (paint - 1))


def _draw_wrinkles(picture: np.ndarray, limbs: list[Limb], rng: np.random.Generator) -> None:
    size = len(picture)
    lines = np.zeros((size, size), np.uint8)
    for limb in limbs[5:]:
        a, b = np.array(limb.a[:2]), np.array(limb.b[:2])
        length = float(np.linalg.norm(b - a))
        if length < 0.06:
            continue
        across = np.array([-(b - a)[1], (b - a)[0]]) / length * limb.radius_b * 0.6
        for shift in (-0.02, 0.02):
            ends = [(b + shift * (b - a) / length + s * across + 1) * size / 2 for s in (-1, 1)]
            cv2.line(lines, *(tuple(np.round(e).astype(int).tolist()) for e in ends), 255, 1, cv2.LINE_AA)
    picture *= (
        1 - (rng.uniform(0, 0.25) * cv2.GaussianBlur(lines, (0, 0), 0.8).astype(np.float32) / 255)[:, :, None]
    )
