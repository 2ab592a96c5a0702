"""Training clips of the generator: aligned crops of one face, the same clip with other lips, pose and speech.

One ``.npz`` per clip, pictures as JPEG, small enough that a corpus travels to a GPU machine in one trip.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from core.face_geometry.landmark_sets import MOUTH_CORNERS
from core.generator.geometry import draw_geometry
from core.generator.pose_anchors import draw_pose
from core.generator.speech_windows import speech_windows

JPEG_QUALITY = 92

Words = Literal["other", "own"]
"""What an altered version says: something else, or the same again made by another engine."""


@dataclass(frozen=True, slots=True, eq=False)
class GeneratorClip:
    """T frames of one person.

    Attributes:
        person: splits go by it.
        may_train: the source's licence allows training.
        times: (T,) float64 seconds on the sound's clock.
        crops: T JPEG files, RGB, aligned.
        altered: per altered version T JPEG files of the same frames with another mouth.
        words: per altered version what that mouth says.
        landmarks: (T, 468, 2) float32 in crop pixels.
        rotation: (T, 3, 3) float32, from the mean face's axes to the crop's.
        speech: (N, D) float16 features from time 0 on, `SPEECH_STEP` apart.
        voice: (M,) int16 mono 16 kHz from time 0 on, or empty.
        size: side of a crop.
    """

    person: str
    may_train: bool
    times: np.ndarray
    crops: tuple[bytes, ...]
    altered: tuple[tuple[bytes, ...], ...]
    words: tuple[Words, ...]
    landmarks: np.ndarray
    rotation: np.ndarray
    speech: np.ndarray
    voice: np.ndarray
    size: int

    def __len__(self) -> int:
        return len(self.times)

    def pictures(self, frames: range, *, altered: int | None = None) -> np.ndarray:
        """(len(frames), S, S, 3) uint8 RGB of the clip, or of one of its altered versions."""
        files = self.crops if altered is None else self.altered[altered]
        return np.stack([_decoded(files[i]) for i in frames])

    def pose(self, frames: range) -> np.ndarray:
        """(len(frames), S, S, 3) uint8 RGB pose video."""
        in_place = np.array([[1.0, 0, 0], [0, 1, 0]])
        return np.stack([draw_pose(self.landmarks[i], in_place, self.rotation[i], self.size) for i in frames])

    def geometry(self, frames: range) -> np.ndarray:
        """(len(frames), S, S, 3) uint8 RGB geometry video of the clip's own lips, which are the target's."""
        return np.stack([draw_geometry(self.landmarks[i], self.size) for i in frames])

    def mouth(self, frames: range) -> np.ndarray:
        """(len(frames), 3) float32 mouth centre x, y and width in crop pixels."""
        corners = self.landmarks[frames.start : frames.stop][:, list(MOUTH_CORNERS)]
        width = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
        return np.concatenate([corners.mean(axis=1), width[:, None]], axis=1).astype(np.float32)

    def speech_windows(self, frames: range) -> np.ndarray:
        """(len(frames), `SPEECH_WINDOW`, D) float32 speech around each frame's own timestamp."""
        return speech_windows(self.speech, self.times[frames.start : frames.stop])


def save_clip(path: Path, clip: GeneratorClip) -> None:
    """Writes a clip, whole or not at all."""
    facts = {
        "person": clip.person,
        "may_train": clip.may_train,
        "size": clip.size,
        "words": clip.words,
    }
    files = [*clip.crops, *(file for version in clip.altered for file in version)]
    part = path.with_suffix(".part")
    with part.open("wb") as out:
        np.savez(
            out,
            facts=np.frombuffer(json.dumps(facts).encode(), np.uint8),
            times=clip.times,
            landmarks=clip.landmarks.astype(np.float32),
            rotation=clip.rotation.astype(np.float32),
            speech=clip.speech.astype(np.float16),
            voice=clip.voice.astype(np.int16),
            jpeg=np.frombuffer(b"".join(files), np.uint8),
            ends=np.cumsum([len(file) for file in files]),
        )
    os.replace(part, path)


def load_clip(path: Path) -> GeneratorClip:
    """A clip that `save_clip` wrote."""
    with np.load(path) as stored:
        facts = json.loads(stored["facts"].tobytes())
        jpeg, ends = stored["jpeg"].tobytes(), stored["ends"]
        files = tuple(jpeg[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True))
        count = len(stored["times"])
        versions = [files[i * count : (i + 1) * count] for i in range(1 + len(facts["words"]))]
        return GeneratorClip(
            person=facts["person"],
            may_train=facts["may_train"],
            times=stored["times"],
            crops=versions[0],
            altered=tuple(versions[1:]),
            words=tuple(facts["words"]),
            landmarks=stored["landmarks"],
            rotation=stored["rotation"],
            speech=stored["speech"],
            voice=stored["voice"],
            size=facts["size"],
        )


def encode_pictures(pictures: Sequence[np.ndarray]) -> tuple[bytes, ...]:
    """JPEG files of (S, S, 3) uint8 RGB pictures."""
    return tuple(
        cv2.imencode(
            ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY)
        )[1].tobytes()
        for picture in pictures
    )


def _decoded(file: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None  # `encode_pictures` wrote it
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
