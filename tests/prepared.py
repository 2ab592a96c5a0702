"""Prepared clips of toy people, as the scorer's trainer reads them."""

from pathlib import Path

import numpy as np

from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.landmark_sets import LIPS_INNER
from core.speech.mel import log_mel


def write_prepared_clips(folder: Path, count: int = 8) -> Path:
    """Writes `count` toy people whose mouths open with the loudness of their voices; the last is held out."""
    random = np.random.default_rng(0)
    lower = [point for point in LIPS_INNER if canonical_face().points[point, 1] > 0.77]
    for number in range(count):
        times = np.arange(75) * 0.04
        knots = random.random(20)
        opening = np.interp(times, np.arange(20) * 0.16, knots)
        landmarks = np.repeat(canonical_face().points[None] * 60 + [80, 60, 0], 75, axis=0)
        landmarks[:, lower, 1] += 8 * opening[:, None]
        loud = np.interp(np.arange(48000) / 16000, times, opening)
        voice = (loud**2 * random.normal(0, 6000, 48000)).astype(np.int16)
        name = f"single__{'podium_man' if number == count - 1 else f'toy{number}'}__0"
        np.savez(
            folder / f"{name}.npz",
            landmarks=landmarks.astype(np.float32),
            times=times,
            quality=np.ones(75, np.float32),
            pose=np.zeros((75, 3), np.float32),
            affines=np.tile(np.float32([[0.7, 0, 0], [0, 0.7, 0]]), (75, 1, 1)),
            mel=log_mel(voice.astype(np.float32) / 32768).astype(np.float16),
            person=np.array(name),
            voice=voice,
        )
        np.save(folder / f"{name}.crops.npy", random.integers(0, 255, (75, 112, 112, 3)).astype(np.uint8))
    return folder
