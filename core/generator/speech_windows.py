"""The speech that the generator hears around each frame."""

import numpy as np

SPEECH_STEP = 0.02  # seconds from one speech feature to the next, the first at the voice's first sample
SPEECH_WINDOW = 10  # features around a frame: 0.2 s, what the scorer hears as well


def speech_windows(speech: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(T, `SPEECH_WINDOW`, D) float32: features interpolated on a grid centred on each time; the ends repeat."""
    offsets = (np.arange(SPEECH_WINDOW) - (SPEECH_WINDOW - 1) / 2) * SPEECH_STEP
    position = np.clip((times[:, None] + offsets) / SPEECH_STEP, 0, len(speech) - 1)
    low = np.minimum(position.astype(int), max(len(speech) - 2, 0))
    part = (position - low)[..., None].astype(np.float32)
    high = np.minimum(low + 1, len(speech) - 1)
    return speech[low].astype(np.float32) * (1 - part) + speech[high].astype(np.float32) * part
