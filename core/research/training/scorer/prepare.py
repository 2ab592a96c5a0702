"""Turns tracked clips (video + landmarks + voice) into the compact files that training reads.

Per clip: ``<name>.crops.npy`` (F, 112, 112, 3) uint8 face crops with an 8-pixel margin for augmentation, and
``<name>.npz`` with landmarks, times, quality, pose, the voice's log-mel and the person.
"""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from core.appearance.crops import crop_affines, warp_crop
from core.faces.smoothing import smooth_landmarks
from core.scorer.pictures import CROP_MARGIN, CROP_SIZE, STORED_SIZE
from core.speech.mel import log_mel

logger = logging.getLogger(__name__)


def _pictures(video: Path, numbers: np.ndarray) -> Iterator[np.ndarray]:
    wanted = set(numbers.tolist())
    with av.open(str(video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                yield frame.to_ndarray(format="rgb24")
            if number >= numbers[-1]:
                return


def prepare_clip(source: Path, folder: Path) -> bool:
    """Prepares one tracked clip's npz; returns False where it has too few frames to be of use."""
    name = source.stem
    with np.load(source) as data:
        times, numbers = data["times"], data["frame_numbers"]
        if len(times) < 10:
            return False
        # Tracked clips are raw; the program scores smoothed tracks, so training has to see the same.
        landmarks = smooth_landmarks(data["landmarks"])
        voice = data["audio"].astype(np.float32) / 32768.0
        step = float(np.median(np.diff(times)))
        affines = crop_affines(landmarks, CROP_SIZE, margin=CROP_MARGIN, frame_seconds=step)
        crops = np.zeros((len(times), STORED_SIZE, STORED_SIZE, 3), np.uint8)
        count = 0
        for row, picture in enumerate(_pictures(Path(str(data["video_path"])), numbers)):
            crops[row] = warp_crop(picture, affines[row], STORED_SIZE)
            count = row + 1
        if count < len(times):
            logger.warning("%s: %d of %d pictures could be read", name, count, len(times))
            if count < 10:
                return False
        arrays = {
            "landmarks": landmarks[:count],
            "times": times[:count],
            "quality": data["quality"][:count],
            "pose": data["pose"][:count],
            "affines": affines[:count],
            "mel": log_mel(voice).astype(np.float16),
            "level": np.float32(np.sqrt(np.mean(voice**2) + 1e-12)),
            "person": data["person"],
            "voice": data["audio"],
        }
    temporary = folder / f".{name}.tmp.npy"
    np.save(temporary, crops[:count])
    os.replace(temporary, folder / f"{name}.crops.npy")
    temporary = folder / f".{name}.tmp.npz"
    np.savez(temporary, **arrays)
    os.replace(temporary, folder / f"{name}.npz")
    return True


def prepare_folder(source: Path, target: Path) -> int:
    """Prepares every tracked clip of `source` that `target` lacks; returns how many were added."""
    target.mkdir(parents=True, exist_ok=True)
    added = 0
    for path in sorted(source.glob("*.npz")):
        if not path.name.startswith(".") and not (target / path.name).is_file():
            added += prepare_clip(path, target)
    return added
