"""Cuts 0.2 s segments out of pictures, points and speech features by their timestamps, at any frame rate."""

import numpy as np

from core.scorer.config import FEATURE_STEPS, FRAME_STEP, MEL_STEPS, SEGMENT_FRAMES, SEGMENT_SECONDS


def picture_times(centres: np.ndarray, stretch: float | np.ndarray = 1.0) -> np.ndarray:
    """(N, 5) seconds of the five pictures around each centre, 40 ms apart (times `stretch`)."""
    steps = (np.arange(SEGMENT_FRAMES) - (SEGMENT_FRAMES - 1) / 2) * FRAME_STEP
    return centres[:, None] + steps[None] * np.reshape(stretch, (-1, 1))


def nearest_rows(times: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Row of `times` (sorted) closest to each of `wanted`; outside, the first or last row."""
    right = np.clip(np.searchsorted(times, wanted), 1, len(times) - 1)
    return np.where(wanted - times[right - 1] <= times[right] - wanted, right - 1, right)


def interpolated(times: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """`values` (F, …) at the times `wanted` (any shape), linear between rows, held outside: wanted.shape + (…)."""
    right = np.clip(np.searchsorted(times, wanted), 1, len(times) - 1)
    left = right - 1
    weight = np.clip((wanted - times[left]) / np.maximum(times[right] - times[left], 1e-9), 0.0, 1.0)
    weight = weight.reshape(weight.shape + (1,) * (values.ndim - 1)).astype(np.float32)
    return values[left] * (1 - weight) + values[right] * weight


def speech_windows(
    features: np.ndarray,
    rate: float,
    centres: np.ndarray,
    steps: int,
    stretch: float | np.ndarray = 1.0,
    *,
    silence: float,
) -> np.ndarray:
    """(N, 1, bins, steps) float32 windows of `features` ((M, bins), column k centred on k / rate s), `silence` outside."""
    offsets = (np.arange(steps) - (steps - 1) / 2) / rate
    position = (centres[:, None] + offsets[None] * np.reshape(stretch, (-1, 1))) * rate  # (N, steps)
    padded = np.concatenate([np.full((1, features.shape[1]), silence, np.float32), features,
                             np.full((1, features.shape[1]), silence, np.float32)])  # fmt: skip
    position = np.clip(position + 1, 0, len(padded) - 1)
    low = np.minimum(position.astype(int), len(padded) - 2)
    weight = (position - low).astype(np.float32)[..., None]
    windows = padded[low] * (1 - weight) + padded[low + 1] * weight  # (N, steps, bins)
    return np.ascontiguousarray(windows.transpose(0, 2, 1)[:, None])


def mel_windows(mel: np.ndarray, centres: np.ndarray, stretch: float | np.ndarray = 1.0) -> np.ndarray:
    """(N, 1, 80, 16) windows of a log-mel at 80 columns a second."""
    return speech_windows(mel, MEL_STEPS / SEGMENT_SECONDS, centres, MEL_STEPS, stretch, silence=-4.0)


def feature_windows(
    features: np.ndarray, centres: np.ndarray, stretch: float | np.ndarray = 1.0
) -> np.ndarray:
    """(N, 1, size, 10) windows of 50 Hz speech features (HuBERT or our own encoder's)."""
    return speech_windows(
        features, FEATURE_STEPS / SEGMENT_SECONDS, centres, FEATURE_STEPS, stretch, silence=0.0
    )


def point_windows(
    times: np.ndarray, points: np.ndarray, centres: np.ndarray, stretch: float | np.ndarray = 1.0
) -> np.ndarray:
    """(N, C, P, 5) windows of points (F, P, C) or of coefficients (F, P), which count as one channel."""
    values = points if points.ndim == 3 else points[..., None]
    windows = interpolated(times, values, picture_times(centres, stretch))  # (N, 5, P, C)
    return np.ascontiguousarray(windows.transpose(0, 3, 2, 1))
