"""From linear light to a picture as a camera would store it: tone curve, blur, grain; and blurred backgrounds."""

import cv2
import numpy as np


def to_srgb8(linear: np.ndarray, *, exposure: float = 1.0) -> np.ndarray:
    """(H, W, 3) uint8 of linear light, through a film-like shoulder (Narkowicz's fit of the ACES curve, 2015)."""
    x = np.maximum(np.nan_to_num(linear, posinf=50.0), 0) * exposure
    y = np.clip((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14), 0, 1)
    encoded = np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1 / 2.4) - 0.055)
    return (encoded * 255 + 0.5).astype(np.uint8)


def add_grain(rgb: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """`rgb` uint8 with film grain of `amount` grey levels (standard deviation), mostly in luma, slightly soft."""
    if amount <= 0:
        return rgb
    height, width = rgb.shape[:2]
    luma = cv2.GaussianBlur(rng.standard_normal((height, width), dtype=np.float32), (0, 0), 0.6)
    luma *= amount / max(float(luma.std()), 1e-6)
    chroma = 0.25 * amount * rng.standard_normal((height, width, 3), dtype=np.float32)
    value = rgb.astype(np.float32)
    strength = 1.15 - 0.6 * np.abs(value.mean(axis=2) / 255 - 0.45)
    return np.clip(value + (luma * strength)[..., None] + chroma + 0.5, 0, 255).astype(np.uint8)


def blurred_room(
    width: int, height: int, seed: int, *, warmth: float = 0.5, level: float = 1.0
) -> np.ndarray:
    """(H, W, 3) float32 linear: a room far out of focus, with a window, shelves and a few lamps."""
    rng = np.random.default_rng(seed)
    w, h = 320, max(round(320 * height / width), 8)
    y, x = np.mgrid[0:h, 0:w] / np.array([h, w])[:, None, None]
    cool, warm = np.array([0.075, 0.10, 0.125]), np.array([0.16, 0.105, 0.065])
    base = cool + (warm - cool) * warmth
    room = base * (0.55 + 0.6 * (1 - y[..., None])) * (0.8 + 0.35 * x[..., None])
    for _ in range(9):  # shelves and frames
        x0, y0 = rng.uniform(-0.05, 0.95), rng.uniform(-0.05, 0.8)
        inside = (x > x0) & (x < x0 + rng.uniform(0.05, 0.22)) & (y > y0) & (y < y0 + rng.uniform(0.1, 0.45))
        room[inside] *= np.exp(rng.normal(0, 0.45)) * np.exp(rng.normal(0, 0.12, 3))
    side = rng.choice([0.0, 0.78])
    window = (x > side) & (x < side + 0.2) & (y < 0.72)
    room[window] = np.array([0.62, 0.70, 0.80]) * rng.uniform(0.7, 1.1)
    room = cv2.GaussianBlur(room.astype(np.float32), (0, 0), 9)
    lamps = np.zeros_like(room)
    for _ in range(10):
        centre = (int(rng.uniform(0, w)), int(rng.uniform(0, 0.75 * h)))
        colour = np.array([0.9, 0.62, 0.32]) * rng.uniform(0.08, 0.35)
        disc = np.zeros((h, w), np.float32)
        cv2.circle(disc, centre, int(rng.uniform(5, 11)), 1.0, -1, cv2.LINE_AA)
        lamps += cv2.GaussianBlur(disc, (0, 0), 0.9)[..., None] * colour
    return cv2.resize(level * (room + lamps), (width, height), interpolation=cv2.INTER_CUBIC).astype(
        np.float32
    )
