"""Uncovered faces to put things before: real footage and stills that may be trained on, and rendered heads, cut out once."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from core.faces.occluders import CROP_PIXELS, CROP_SPAN, crop_affine
from core.research.corpus.clips import HeadActor
from core.research.corpus.held_out import is_held_out, person_of
from core.research.corpus.real import frames_of
from core.research.corpus.splits import is_open, split_of_person
from core.research.training.cut_faces import CutFaces, Row, gathered

SPARE = 1.375  # of the network's crop: room to turn, size and shift it
SIZE = round(CROP_PIXELS * SPARE)
_FRAMES_OF = {"single": 48, "grid": 2, "stills": 1}  # at most, of one clip
_EVERY = {"grid": 4}  # clips of one set that are read: eight speakers in 311 sentences
_LOOKED_AT = 600  # frames at the beginning of a clip, from which they are taken
_APART = 10  # frames between those taken
_HEAD_FRAMES, _HEAD_SIZE = 5, 256  # the first and the last are kept
_LEAST_QUALITY = 0.5


def gather(tracked: Path, stills: Path | None, heads: int, cache: Path, leave_out: frozenset[str]) -> CutFaces:
    """Faces of the tracked clips in `tracked` and `stills` (`core.research.corpus.real`) and of `heads` rendered people.

    (N, SIZE, SIZE, 3), `SPARE` times as much of each as the network sees; they are kept in `cache`. Clips named in `leave_out` show something before the face, without anybody having marked where.

    Raises:
        SettingsError: the folder holds no clip that may be trained on.
    """

    def make() -> Iterator[Row]:
        real = list(_real(tracked, leave_out))
        if not real:  # rendered people alone teach nothing of real ones
            return
        yield from real
        if stills is not None:
            yield from _real(stills, leave_out)
        for seed in range(1, heads + 1):
            yield from _rendered(seed)

    return gathered(cache, make, tracked)


def _real(folder: Path, leave_out: frozenset[str]) -> Iterator[Row]:
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
                yield *cut_face(picture, rows.pop(number)), person, clip, held_out
            if not rows:
                break


def _rendered(seed: int) -> Iterator[Row]:
    actor = HeadActor(seed, size=_HEAD_SIZE)
    clip = actor.play(0, _HEAD_FRAMES)
    held_out = split_of_person(clip.person) != "train"
    for frame in (0, _HEAD_FRAMES - 1):
        yield (
            *cut_face(clip.frames[frame], clip.landmarks[frame]),
            clip.person,
            clip.id,
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
