"""Uncovered faces to put things before: real footage and stills that may be trained on, and rendered heads, cut out once."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np

from core.base.errors import SettingsError
from core.faces.occluders import CROP_PIXELS, CROP_SPAN, crop_affine
from core.research.corpus.clips import HeadActor
from core.research.corpus.held_out import is_held_out, person_of
from core.research.corpus.real import frames_of
from core.research.corpus.splits import is_open, split_of_person

SPARE = 1.375  # of the network's crop: room to turn, size and shift it
SIZE = round(CROP_PIXELS * SPARE)
_FRAMES_OF = {"single": 48, "grid": 2, "stills": 1}  # at most, of one clip
_EVERY = {"grid": 4}  # clips of one set that are read: eight speakers in 311 sentences
_LOOKED_AT = 600  # frames at the beginning of a clip, from which they are taken
_APART = 10  # frames between those taken
_HEAD_FRAMES, _HEAD_SIZE = 5, 256  # the first and the last are kept
_LEAST_QUALITY = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """N faces, upright, `SPARE` times as much of each as the network sees.

    Attributes:
        rgb: (N, SIZE, SIZE, 3) uint8.
        points: (N, 468, 2) float32 in their pixels.
        person: (N,) str.
        name: (N,) str, clip and frame.
        held_out: (N,) bool: never trained on.
    """

    rgb: np.ndarray
    points: np.ndarray
    person: np.ndarray
    name: np.ndarray
    held_out: np.ndarray

    def __len__(self) -> int:
        return len(self.rgb)

    def select(self, rows: np.ndarray) -> "Faces":
        """Those of `rows`."""
        return Faces(*(getattr(self, field.name)[rows] for field in fields(self)))


def gather(tracked: Path, stills: Path | None, heads: int, cache: Path, leave_out: frozenset[str]) -> Faces:
    """Faces of the tracked clips in `tracked` and `stills` (`core.research.corpus.real`) and of `heads` rendered people, kept in `cache`.

    Clips named in `leave_out` show something before the face, without anybody having marked where.

    Raises:
        SettingsError: the folder holds no clip that may be trained on.
    """
    if cache.is_file():
        with np.load(cache) as kept:
            return Faces(**{field.name: kept[field.name] for field in fields(Faces)})
    rows = list(_real(tracked, leave_out))
    if not rows:
        raise SettingsError(
            f"The folder {tracked} holds no tracked clips that may be trained on.",
            hint="Make them with python -m core.research.corpus.real.",
        )
    rows += list(_real(stills, leave_out)) if stills is not None else []
    rows += [row for seed in range(1, heads + 1) for row in _rendered(seed)]
    columns = list(zip(*rows, strict=True))
    faces = Faces(*(np.stack(column) if n < 2 else np.array(column) for n, column in enumerate(columns)))
    cache.parent.mkdir(parents=True, exist_ok=True)
    beside = cache.with_suffix(".part")
    with beside.open("wb") as file:
        np.savez(file, **{field.name: getattr(faces, field.name) for field in fields(Faces)})
    os.replace(beside, cache)
    return faces


_Row = tuple[np.ndarray, np.ndarray, str, str, bool]


def _real(folder: Path, leave_out: frozenset[str]) -> Iterator[_Row]:
    seen: dict[str, int] = {}
    for path in sorted(folder.glob("*__*.npz")):
        group, clip = path.stem.split("__")[:2]
        if group not in _FRAMES_OF or clip in leave_out:
            continue
        seen[group] = seen.get(group, -1) + 1
        if seen[group] % _EVERY.get(group, 1):
            continue
        with np.load(path) as data:
            if not (bool(data["allowed"]) and is_open(str(data["licence"]))):
                continue
            video, person = Path(str(data["video_path"])), str(data["person"])
            numbers, landmarks, quality = data["frame_numbers"], data["landmarks"], data["quality"]
        if group != "stills":
            person = person_of(path.stem)
        held_out = split_of_person(person) != "train" if group == "stills" else is_held_out(path.stem)
        good = np.flatnonzero(quality[:_LOOKED_AT] >= _LEAST_QUALITY)
        few = min(_FRAMES_OF[group], max(len(good) // _APART, 1))
        taken = good[np.unique(np.linspace(0, len(good) - 1, few).astype(int))] if len(good) else good
        rows = {int(numbers[row]): landmarks[row] for row in taken}
        for number, (_, picture) in enumerate(frames_of(video)):
            if number in rows:
                yield *cut_face(picture, rows.pop(number)), person, f"{clip}:{number}", held_out
            if not rows:
                break


def _rendered(seed: int) -> Iterator[_Row]:
    actor = HeadActor(seed, size=_HEAD_SIZE)
    clip = actor.play(0, _HEAD_FRAMES)
    held_out = split_of_person(clip.person) != "train"
    for frame in (0, _HEAD_FRAMES - 1):
        yield (
            *cut_face(clip.frames[frame], clip.landmarks[frame]),
            clip.person,
            f"{clip.id}:{frame}",
            held_out,
        )


def cut_face(picture: np.ndarray, landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(SIZE, SIZE, 3) uint8 and (468, 2) float32: the face with `landmarks` (468, 3), upright."""
    affine = crop_affine(landmarks, SIZE, CROP_SPAN * SPARE)
    unit = float(np.linalg.norm(affine[:, 0]))
    if unit < 0.7:  # warping alone would skip pixels
        picture = cv2.GaussianBlur(picture, (0, 0), 0.4 / unit)
    crop = cv2.warpAffine(
        picture, affine, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return crop, (landmarks[:, :2] @ affine[:, :2].T + affine[:, 2]).astype(np.float32)
