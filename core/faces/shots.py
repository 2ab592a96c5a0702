"""Where one shot ends and the next begins: cuts by PySceneDetect, dissolves and fades by their linear mixing."""

from collections import deque
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import cv2
import numpy as np

from core.base.stages import stage

Opening = Literal["start", "cut", "dissolve"]

SHORTEST_SHOT = Fraction(1, 5)  # seconds; what flashes by faster is a flash, not a shot
HINT_DIFFERENCE = 12.0  # mean grey levels between neighbouring thumbnails that may be a cut
DISSOLVE_SECONDS = (0.24, 1.8)  # shortest and longest dissolve looked for
LENGTH_STEP = 1.15  # between lengths tried: within what the tolerances below forgive
LEAST_CHANGE = 14.0  # RMS grey levels between both ends: smaller changes do not show as a transition
MOST_RESIDUAL = 0.2  # of that change that linear mixing may leave unexplained
MOST_BEND = 0.12  # by which the mix may leave the straight line from 0 to 1
MOST_DRIFT = (
    0.15  # by which the mix may move on before and after: a pan mixes linearly too, but does not stop
)
SAME_PICTURE = 0.85  # correlation above which both ends show the same scene in another light


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames [first_frame, end_frame) of one camera take and how it opens; a dissolve's border is its middle."""

    index: int
    first_frame: int
    end_frame: int
    opening: Opening

    def shifted(self, frames: int) -> "Shot":
        """The same shot `frames` later in a film."""
        return replace(self, first_frame=self.first_frame + frames, end_frame=self.end_frame + frames)


@dataclass(frozen=True, slots=True)
class _Dissolve:
    first: int
    middle: int
    end: int
    residual: float


class ShotFinder:
    """Takes every frame in order; keeps about three seconds of thumbnails: the longest dissolve and what lies around it."""

    def __init__(self, rate: Fraction) -> None:
        from scenedetect import AdaptiveDetector  # takes half a second to import

        self._rate = rate
        shortest = max(round(SHORTEST_SHOT * rate), 2)
        self._detector = AdaptiveDetector(min_scene_len=shortest)
        self._cuts: set[int] = set()
        self._dissolves: list[_Dissolve] = []
        shortest_mix, longest_mix = (max(float(seconds * rate), 5.0) for seconds in DISSOLVE_SECONDS)
        steps = int(np.log(longest_mix / shortest_mix) / np.log(LENGTH_STEP)) + 1
        self._lengths = sorted({round(shortest_mix * LENGTH_STEP**step) for step in range(steps)})
        self._thumbnails: deque[np.ndarray] = deque(
            maxlen=self._lengths[-1] + 2 * _border(self._lengths[-1]) + 1
        )
        self._count = 0

    @stage("finding cuts")
    def add(self, rgb: np.ndarray) -> bool:
        """Takes the next frame; returns whether it may be the first of a new shot (a hint, for trackers)."""
        from scenedetect import FrameTimecode

        height, width = rgb.shape[:2]
        scale = 256 / max(width, height)
        size = (max(round(width * scale), 8), max(round(height * scale), 8))
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_LINEAR) if scale < 1 else rgb
        timecode = FrameTimecode(self._count, fps=self._rate)
        for cut in self._detector.process_frame(timecode, np.ascontiguousarray(small[:, :, ::-1])):
            self._cuts.add(cut.frame_num)
        thumbnail = cv2.resize(small, (32, 18), interpolation=cv2.INTER_AREA).astype(np.float32).reshape(-1)
        is_hint = bool(self._thumbnails and np.abs(thumbnail - self._thumbnails[-1]).mean() > HINT_DIFFERENCE)
        self._thumbnails.append(thumbnail)
        self._look_for_dissolve()
        self._count += 1
        return is_hint

    def finish(self) -> tuple[Shot, ...]:
        """All shots, covering every frame taken."""
        borders: dict[int, Opening] = {0: "start"}
        borders.update(dict.fromkeys(sorted(self._cuts), "cut"))
        for dissolve in _without_overlaps(self._dissolves):
            inside = [cut for cut in borders if dissolve.first < cut <= dissolve.end and cut > 0]
            for cut in inside:
                del borders[cut]  # a quick dissolve can look like a cut too
            borders[dissolve.middle] = "dissolve"
        starts = sorted(borders)
        ends = [*starts[1:], self._count]
        return tuple(
            Shot(index, start, end, borders[start])
            for index, (start, end) in enumerate(zip(starts, ends, strict=True))
            if end > start
        )

    def _look_for_dissolve(self) -> None:
        thumbnails = list(self._thumbnails)
        for length in self._lengths:
            border = _border(length)
            if len(thumbnails) <= length + 2 * border:
                return
            found = _mixing(thumbnails[-length - 2 * border - 1 :], border)
            if found is not None:
                middle, residual = found
                end = self._count - border
                self._dissolves.append(_Dissolve(end - length, end - length + middle, end, residual))


def _border(length: int) -> int:
    """How many frames before and after a dissolve must be quiet."""
    return max(length // 3, 2)


def _mixing(thumbnails: list[np.ndarray], border: int) -> tuple[int, float] | None:
    """What the frames between the borders do if they dissolve.

    Returns:
        The offset of the first one that shows more of the end than of the start, and the residual of the mix.
    """
    start, end = thumbnails[border], thumbnails[-border - 1]
    change = end - start
    size = float(change @ change)
    if size < LEAST_CHANGE**2 * change.size:
        return None
    a, b = start - start.mean(), end - end.mean()
    lengths = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    is_fade = min(lengths) < 2.0 * np.sqrt(change.size)  # one end is black or white
    if not is_fade and float(a @ b) > SAME_PICTURE * lengths[0] * lengths[1]:
        return None
    outside = np.array([*thumbnails[:border], *thumbnails[-border:]])
    drift = (outside - start) @ change / size - np.repeat([0.0, 1.0], border)
    if np.abs(drift).max() > MOST_DRIFT:
        return None
    frames = np.array(thumbnails[border : len(thumbnails) - border])
    mix = (frames - start) @ change / size
    if np.abs(mix - np.linspace(0, 1, len(frames))).max() > MOST_BEND:
        return None
    left = frames - start - mix[:, None] * change
    residual = float(np.sqrt((left**2).sum(axis=1).max() / size))
    if residual > MOST_RESIDUAL:
        return None
    return int(np.argmax(mix >= 0.5)), residual


def _without_overlaps(found: list[_Dissolve]) -> list[_Dissolve]:
    """Of overlapping findings the longest: a part of a dissolve mixes linearly as well."""
    kept: list[_Dissolve] = []
    for dissolve in sorted(found, key=lambda d: (d.first - d.end, d.residual)):
        if all(dissolve.end <= other.first or other.end <= dissolve.first for other in kept):
            kept.append(dissolve)
    return kept
