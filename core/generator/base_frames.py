"""What generated pixels are laid over, frame by frame: the film itself, or another engine's finished crops.

Wherever another engine is asked, its wanted landmarks come along and are drawn as geometry.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.face_geometry.landmark_sets import EYE_OUTER_CORNERS, OUTER_LIP
from core.face_geometry.measures import eye_distance
from core.generator.confidence import LEAST_QUALITY
from core.generator.references import pick_references
from core.lip_engine import LipEngine, LipRequest

CROP_SPAN = 2.0  # eye-corner distances: the whole aligned crop with room for its turn
_MOST_YAW = 30.0  # degrees: teeth seen from the side are no reference
_KEPT = 64  # frames; a window and its neighbours


@dataclass(frozen=True, slots=True, eq=False)
class BaseFrame:
    """One frame before the generator.

    Attributes:
        picture: the whole frame (H, W, 3) uint8 with the crop laid in.
        crop: (S, S, 3) uint8, and
        affine: (2, 3) float32 where it lies, a whole-pixel translation.
        landmarks: (468, 2) float32 source pixels, of the mouth as it is in the crop.
        weight: confidence in the crop, 0..1.
        synthesised: the mouth is made up.
    """

    picture: np.ndarray
    crop: np.ndarray
    affine: np.ndarray
    landmarks: np.ndarray
    weight: float
    synthesised: bool


class FilmFrames:
    """The film's own frames: where the `diffusion` engine begins; the mouths that are wanted are those of `guide`."""

    def __init__(self, request: LipRequest, guide: "EngineFrames | None" = None) -> None:
        self._request, self._guide = request, guide
        rows = slice(
            request.track.index_of(request.frames[0]), request.track.index_of(request.frames[-1]) + 1
        )
        widest = float(eye_distance(request.track.landmarks[rows]).max())
        self._size = int(np.ceil(CROP_SPAN * widest / 16)) * 16

    def at(self, frame: int) -> BaseFrame:
        """The base of `frame`."""
        request = self._request
        points = np.asarray(request.track.landmarks[request.track.index_of(frame), :, :2], np.float32)
        picture = request.source.rgb(frame)
        x, y = points[[*EYE_OUTER_CORNERS, *OUTER_LIP]].mean(axis=0)
        left, top = round(float(x) - self._size / 2), round(float(y) - self._size / 2)
        affine = np.array([[1, 0, left], [0, 1, top]], np.float32)
        crop = cut(picture, left, top, self._size)
        if self._guide is None:
            return BaseFrame(picture, crop, affine, points, 1.0, False)
        wanted = self._guide.at(frame)
        return BaseFrame(picture, crop, affine, wanted.landmarks, wanted.weight, False)


def reference_frames(request: LipRequest, count: int) -> tuple[int, ...]:
    """The `count` frames of the track that lend pixels (`core.generator.references`).

    Of the whole track, whatever part of it is asked for, so that a film may be cut into requests anyhow.
    """
    track = request.track
    facing = (np.abs(track.pose[:, 0]) <= _MOST_YAW) & (np.asarray(track.quality) >= LEAST_QUALITY)
    picks = pick_references(np.asarray(track.landmarks), facing, count)
    return tuple(track.first_frame + row for row in picks)


class EngineFrames:
    """Another engine's frames, asked for in rising order: where `hybrid` begins."""

    def __init__(self, request: LipRequest, engine: LipEngine, first: int) -> None:
        self._request = request
        self._made = self._frames(engine, first)
        self._kept: dict[int, BaseFrame] = {}

    def at(self, frame: int) -> BaseFrame:
        """The base of `frame`; at most `_KEPT` frames back from the last one asked for."""
        while frame not in self._kept:
            number, base = next(self._made)
            self._kept[number] = base
            if len(self._kept) > _KEPT:
                del self._kept[min(self._kept)]
        return self._kept[frame]

    def _frames(self, engine: LipEngine, first: int) -> Iterator[tuple[int, BaseFrame]]:
        for chunk in engine.render(self._request, first):
            for i in range(len(chunk.crops)):
                frame = chunk.first_frame + i
                picture = self._request.source.rgb(frame).copy()
                x, y = (int(v) for v in chunk.affines[i, :, 2])
                paste(picture, chunk.crops[i], x, y)
                yield (
                    frame,
                    BaseFrame(
                        picture,
                        chunk.crops[i],
                        chunk.affines[i],
                        chunk.landmarks[i],
                        float(chunk.weights[i]),
                        bool(chunk.synthesised[i]),
                    ),
                )


def cut(picture: np.ndarray, left: int, top: int, size: int) -> np.ndarray:
    """The square of `size` at (left, top), edges repeated beyond the picture."""
    rows = np.clip(np.arange(top, top + size), 0, picture.shape[0] - 1)
    columns = np.clip(np.arange(left, left + size), 0, picture.shape[1] - 1)
    return picture[rows[:, None], columns]


def paste(picture: np.ndarray, crop: np.ndarray, left: int, top: int) -> None:
    """Copies `crop` into `picture` in place, as far as it lies inside."""
    y0, y1 = max(top, 0), min(top + crop.shape[0], picture.shape[0])
    x0, x1 = max(left, 0), min(left + crop.shape[1], picture.shape[1])
    if y1 > y0 and x1 > x0:
        picture[y0:y1, x0:x1] = crop[y0 - top : y1 - top, x0 - left : x1 - left]
