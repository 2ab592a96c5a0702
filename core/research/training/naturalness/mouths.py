"""Real mouths to teach the judge with: cut out of tracked footage that may be trained on, once."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.own_mouth.naturalness import SPAN, mouth_patch, patch_affine
from core.research.corpus.held_out import NOT_LICENSED_SINGLES, clip_group, is_held_out, may_train, person_of
from core.research.corpus.real import frames_of
from core.research.corpus.splits import is_open
from core.research.training.cut_faces import CutFaces, Row, gathered

SPARE = 1.25  # of what the judge sees: room to turn, size and shift it
SIZE = 160
_FRAMES_OF = {"single": 48, "grid": 12}  # at most, of one clip
_LOOKED_AT = 250  # frames at the beginning of a clip, from which they are taken
_EVERY = {"grid": 8}  # clips of one set that are read: few speakers in 311 sentences
_LEAST_QUALITY, _MOST_YAW = 0.5, 40.0


def gather(tracked: Path, cache: Path) -> CutFaces:
    """Mouths (SIZE) of the tracked clips in `tracked` (`core.research.corpus.real`), kept in `cache`.

    `SPARE` times as much of each as the judge sees; no picture that was generated is among them.

    Raises:
        SettingsError: the folder holds no clip that may be trained on.
    """
    return gathered(cache, lambda: _cut_out(tracked), tracked)


def _cut_out(tracked: Path) -> Iterator[Row]:
    seen: dict[str, int] = {}
    for path in sorted(tracked.glob("*__0.npz")):
        group, clip = clip_group(path.stem), path.stem.split("__")[1]
        may_measure = is_held_out(path.stem) and clip not in NOT_LICENSED_SINGLES
        if group not in _FRAMES_OF or not (may_train(path.stem) or may_measure):
            continue
        seen[group] = seen.get(group, -1) + 1
        if seen[group] % _EVERY.get(group, 1) and not (group == "grid" and may_measure):
            continue
        with np.load(path) as data:
            if not (bool(data["allowed"]) and is_open(str(data["licence"]))):
                continue
            video, numbers, landmarks = (
                Path(str(data["video_path"])),
                data["frame_numbers"],
                data["landmarks"],
            )
            usable = (data["quality"] >= _LEAST_QUALITY) & (np.abs(data["pose"][:, 0]) < _MOST_YAW)
            good = np.flatnonzero(usable[:_LOOKED_AT])
        if not video.is_file() or len(good) == 0:
            continue
        few = min(_FRAMES_OF[group], max(len(good) // 4, 1))
        taken = good[np.unique(np.linspace(0, len(good) - 1, few).astype(int))]
        wanted = {int(numbers[row]): landmarks[row] for row in taken}
        for number, (_, picture) in enumerate(frames_of(video)):
            if number in wanted:
                rgb, points = cut(picture, wanted.pop(number))
                yield rgb, points, person_of(path.stem), clip, is_held_out(path.stem)
            if not wanted:
                break


def cut(picture: np.ndarray, landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(SIZE, SIZE, 3) uint8 and (468, 2) float32: the mouth of `landmarks` (468, 3), and they in its pixels."""
    scale = max(float(np.linalg.norm(landmarks[33] - landmarks[263])), 1e-3)
    affine = patch_affine(landmarks, scale, SIZE, SPAN * SPARE)
    points = landmarks[:, :2] @ affine[:, :2].T + affine[:, 2]
    return mouth_patch(picture, landmarks, scale, SIZE, SPAN * SPARE), points.astype(np.float32)
