"""The prepared clips in memory: voices and landmarks loaded, crops memory-mapped, and which people are held out."""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.appearance.landmarks import articulation, mouth_shape
from core.base.errors import SettingsError
from core.speech.voice_activity import FRAME_RATE, speech_probability

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One face with its voice.

    Attributes:
        name: file name without ending.
        person: who it is; clips of one person share it.
        times: (F,) float64 seconds of the pictures, on the voice's clock after its known offset is taken away.
        crops: (F, 112, 112, 3) uint8, memory-mapped.
        points: (F, 80, 3) float32 articulation.
        shape: (F, 6) float32 mouth shape.
        landmarks: (F, 468, 3) float32 source pixels.
        affines: (F, 2, 3) float32 source pixels to crop pixels.
        mel: (M, 80) float32, column k centred on k / 80 s.
        speaks: (F,) bool, the voice is active at that picture.
        quality: (F,) float32; yaw: (F,) float32 degrees.
        voice: (N,) int16 at 16 kHz.
        coefficients: (F, 40) float32 that a morphable model of somebody else fitted to the pictures, each about unit size,
            where the clip's ``.npz`` holds them; None to fit our own.
    """

    name: str
    person: str
    times: np.ndarray
    crops: np.ndarray
    points: np.ndarray
    shape: np.ndarray
    landmarks: np.ndarray
    affines: np.ndarray
    mel: np.ndarray
    speaks: np.ndarray
    quality: np.ndarray
    yaw: np.ndarray
    voice: np.ndarray
    coefficients: np.ndarray | None = None

    @property
    def seconds(self) -> float:
        """Length of the pictures."""
        return float(self.times[-1] - self.times[0])


def load_clip(path: Path, offset_ms: float = 0.0) -> Clip:
    """The prepared clip whose ``.npz`` is `path`; `offset_ms` is how late its sound is."""
    with np.load(path) as data:
        landmarks, voice = data["landmarks"], data["voice"]
        times = data["times"] + offset_ms / 1000.0
        points = articulation(landmarks)
        probability = speech_probability(voice.astype(np.float32) / 32768.0)
        if len(probability) == 0:
            probability = np.zeros(1, np.float32)  # a film without sound
        column = np.clip(np.round(times * FRAME_RATE).astype(int), 0, len(probability) - 1)
        return Clip(
            name=path.stem,
            person=str(data["person"]),
            times=times,
            crops=np.load(path.with_name(path.stem + ".crops.npy"), mmap_mode="r"),
            points=np.clip(points, -6, 6),
            shape=np.clip(mouth_shape(points), -6, 6),
            landmarks=landmarks,
            affines=data["affines"],
            mel=data["mel"].astype(np.float32),
            speaks=probability[column] > 0.5,
            quality=data["quality"],
            yaw=data["pose"][:, 0],
            voice=voice,
            coefficients=data["coefficients"].astype(np.float32) if "coefficients" in data else None,
        )


def read_offsets(folder: Path) -> dict[str, float | None]:
    """Known sound offsets by clip name in ms, None for clips whose sound does not belong; empty without the file."""
    path = folder / "offsets.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def load_clips(folder: Path, names: Iterable[str] | None = None) -> tuple[Clip, ...]:
    """Every prepared clip of `folder` (or those named), its known offset applied, the unusable ones left out.

    Raises:
        SettingsError: the folder holds no prepared clips.
    """
    offsets = read_offsets(folder)
    wanted = None if names is None else set(names)
    clips = []
    for path in sorted(folder.glob("*.npz")):
        if path.name.startswith(".") or (wanted is not None and path.stem not in wanted):
            continue
        offset = offsets.get(path.stem, 0.0)
        if offset is None:
            continue
        clip = load_clip(path, offset)
        if clip.speaks.sum() >= 5 and len(clip.mel) >= 32:
            clips.append(clip)
    if not clips:
        raise SettingsError(
            f"The folder {folder} holds no prepared clips.", hint="Run “unisync lab train scorer --prepare”."
        )
    return tuple(clips)


def half_of(names: Iterable[str], half: str | None) -> tuple[str, ...]:
    """The clips of one half ("a" or "b") of the training people, or all of them.

    Blocks of 40 neighbouring clips alternate, so that the halves hear the same material from other moments (GRID's one
    large speaker has to be in both) and mostly other people.
    """
    names = sorted(names)
    if half is None:
        return tuple(names)
    return tuple(name for index, name in enumerate(names) if (index // 40 % 2 == 0) == (half == "a"))
