"""Pictures and parsing maps as the visual network takes them: crops of one stored size, cut to the part it looks at."""

import numpy as np

from core.appearance.crops import to_crop
from core.appearance.parsing import label_map, one_hot
from core.scorer.config import ScorerConfig

CROP_SIZE = 96
CROP_MARGIN = 8
STORED_SIZE = CROP_SIZE + 2 * CROP_MARGIN


def view_matrix(config: ScorerConfig) -> np.ndarray:
    """(2, 3) map from a stored crop (with margin) to the network's picture."""
    width = config.visual_shape[2]
    left, top, extent = {"face": (0, 0, 96), "lower": (0, 48, 96), "mouth": (16, 48, 64)}[config.view]
    scale = width / (extent * CROP_SIZE / 96)
    offset = np.array([left, top]) * CROP_SIZE / 96 + CROP_MARGIN
    return np.array([[scale, 0, -offset[0] * scale], [0, scale, -offset[1] * scale]], np.float64)


def parsing_input(
    config: ScorerConfig, landmarks: np.ndarray, affines: np.ndarray, rows: np.ndarray, view: np.ndarray
) -> np.ndarray:
    """(n, 30, H, W) float32 parsing maps of the pictures `rows` (n, 5): the first picture's classes first.

    Args:
        config: the scorer's.
        landmarks: (F, 468, 3) source pixels.
        affines: (F, 2, 3) source pixels to stored crop.
        rows: which frames.
        view: (2, 3) stored crop to the network's picture.
    """
    height, width = config.visual_shape[1:]
    labels = {}
    for row in np.unique(rows).tolist():
        stored = to_crop(landmarks[row : row + 1], affines[row : row + 1])[0]
        labels[row] = label_map(stored @ view[:, :2].T + view[:, 2], height, width)
    stack = np.stack([labels[row] for row in rows.ravel().tolist()]).reshape(*rows.shape, height, width)
    return one_hot(stack).reshape(len(rows), -1, height, width)


def pictures_to_input(pictures: np.ndarray) -> np.ndarray:
    """(N, 5, H, W, 3) uint8 pictures to the network's (N, 15, H, W) float32 in −1 … 1: the first picture's colours first."""
    stacked = pictures.transpose(0, 1, 4, 2, 3).astype(np.float32) / 127.5 - 1.0
    return np.ascontiguousarray(stacked.reshape(len(pictures), -1, *pictures.shape[2:4]))
