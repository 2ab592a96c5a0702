"""Follows every face from frame to frame and puts the raw landmarks into files, so that memory stays bounded.

A face is found by the detector once and then followed by its own mesh (square of the next frame = mesh of this one).
When the mesh loses it, the detector looks around the last place; a short gap is bridged by straight lines with quality 0.
A newly found face is also followed backwards through the last frames, so that it does not start late.
"""

from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from core.base.stages import stage
from core.face_geometry.cover import RECORD
from core.face_geometry.track import LANDMARK_COUNT
from core.faces.backend import FaceBackend
from core.faces.detector import Detection, box_iou
from core.faces.mesh import PRESENCE_THRESHOLD, first_look, roi_from_landmarks
from core.faces.scan import detect_in, look_plan
from core.jobs.spread import Beside

LONGEST_GAP = Fraction(2, 5)  # seconds bridged by straight lines; the head may be anywhere after more
SAME_FACE_IOU = 0.3  # boxes of neighbouring frames that are one face
DOUBLE_IOU = 0.4  # two tracks that have run onto one face
CHECK_SECONDS = Fraction(1)  # between looks of the detector at a followed face
LOCAL_LOOK = 2.5  # side of the square searched around a lost face, in face sizes
CLOSE_UP = 0.6  # of the picture's shorter side: larger faces are seen better with a margin around the picture
RECENT_BYTES = 256 << 20  # pictures kept for following new faces backwards
LONGEST_BACKWARD = Fraction(2)  # seconds
EMBED_SECONDS = Fraction(1)  # between identity samples of one face


@dataclass(slots=True)
class RawTrack:
    """One face as it was followed, shots not yet heeded.

    Landmarks lie in `path`, (F, 468, 3) float32 in a row, what is before the face beside it, in any order.
    """

    id: int
    first_frame: int
    path: Path
    quality: array = field(default_factory=lambda: array("f"))
    samples: list[tuple[int, np.ndarray]] = field(default_factory=list)  # (frame, identity descriptor)

    @property
    def end_frame(self) -> int:
        """One past the last frame."""
        return self.first_frame + len(self.quality)

    def landmarks(self) -> np.ndarray:
        """(F, 468, 3) float32, memory-mapped."""
        return np.memmap(self.path, np.float32, "r", shape=(len(self.quality), LANDMARK_COUNT, 3))

    @property
    def cover_path(self) -> Path:
        """The file of what is before the face; there when anything is."""
        return self.path.with_suffix(".cover")

    def covers(self) -> np.ndarray:
        """(K,) of `core.face_geometry.cover.RECORD`, their rows frame numbers, in any order; memory-mapped."""
        return np.memmap(self.cover_path, RECORD, "r") if self.cover_path.is_file() else np.zeros(0, RECORD)


@dataclass(slots=True)
class _Live:
    raw: RawTrack
    file: BinaryIO
    last: np.ndarray  # landmarks of the last good frame
    last_frame: int
    checked_frame: int
    doubts: int = 0


class FaceTracker:
    """Takes frames in order and follows all faces in them.

    Args:
        backend: the networks.
        folder: where raw landmarks are written.
        rate: the film's (mean) frame rate.
        describe: makes an identity descriptor of (rgb, landmarks); called about once a second for each face.
        find_cover: finds what lies before a face; called once for each face and frame, on any thread.
        first_frame: number of the first frame that will be given.
    """

    def __init__(
        self,
        backend: FaceBackend,
        folder: Path,
        rate: Fraction,
        describe: "Describe",
        find_cover: "FindCover",
        *,
        first_frame: int = 0,
    ) -> None:
        self._backend = backend
        self._folder = folder
        self._describe = describe
        self._find_cover = find_cover
        self._beside = Beside()
        self._longest_gap = max(round(LONGEST_GAP * rate), 2)
        self._check_every = max(round(CHECK_SECONDS * rate), 2)
        self._backward = max(round(LONGEST_BACKWARD * rate), 2)
        self._embed_every = max(round(EMBED_SECONDS * rate), 1)
        self._live: list[_Live] = []
        self._finished: list[RawTrack] = []
        self._next_id = 0
        self._plan: list[tuple[int, int, int, int]] = []
        self._recent: deque[Recall] = deque()
        self._recent_limit = 1
        self._turn = 0
        self._number = first_frame - 1
        self._shot_start = first_frame

    @stage("following faces")
    def add(
        self, rgb: np.ndarray, *, may_be_new_shot: bool, recall: "Recall | None" = None, recall_bytes: int = 0
    ) -> None:
        """Takes the next frame, (H, W, 3) uint8 RGB, which must not be written into.

        `recall` gives the same picture again later, holding about `recall_bytes`; without it the picture itself is kept.
        """
        self._number += 1
        is_first = not self._plan
        if is_first:
            height, width = rgb.shape[:2]
            self._plan = look_plan(width, height, self._backend.smallest_face)
            kept = recall_bytes if recall is not None and recall_bytes else rgb.nbytes
            self._recent_limit = int(np.clip(RECENT_BYTES // kept, 1, self._backward))
        if may_be_new_shot or is_first:
            self._recent.clear()
            self._shot_start = self._number
            self._restart(rgb)
        else:
            self._follow(rgb)
            self._admit(rgb, detect_in(self._backend, rgb, self._looks()))
        self._sample_identity(rgb)
        for live in self._live:
            if live.last_frame == self._number:
                self._look_before(live.raw, self._number, rgb, live.last)
        self._recent.append(recall if recall is not None else lambda: rgb)
        if len(self._recent) > self._recent_limit:
            self._recent.popleft()

    def finish(self) -> list[RawTrack]:
        """Every track, in the order of their ends; no frame may be added after it."""
        for live in self._live:
            self._end(live)
        self._live = []
        self._beside.finish()
        self._beside.close()
        return self._finished

    def close(self) -> None:
        """Lets go of files after a failure or a cancel."""
        self._beside.close()
        for live in self._live:
            live.file.close()

    def _looks(self) -> list[tuple[int, int, int, int]]:
        """Where to look in this frame: the whole picture each fourth time, every other place in turn between.

        Every place has had its turn before the pictures of a face that came in there are forgotten. While a face is
        followed, every second frame is enough if that leaves time.
        """
        cycle = -(-(len(self._plan) - 1) * 4 // 3)  # turns until every place has been looked at
        if self._live and 2 * cycle <= self._recent_limit and self._number % 2:
            return []
        looks = []
        for _ in range(-(-cycle // self._recent_limit)):
            turn = self._turn
            self._turn += 1
            if turn % 4 == 0:
                looks.append(self._plan[0])
            else:
                looks.append(self._plan[1 + (turn - turn // 4 - 1) % (len(self._plan) - 1)])
        return looks

    def _restart(self, rgb: np.ndarray) -> None:
        """Looks everywhere; faces that are where they were (a flash, or a cut in the background) go on."""
        found = detect_in(self._backend, rgb, self._plan)
        going_on = []
        for live in self._live:
            match = _best_match(_box(live.last), found)
            if match is None or not self._renew(live, rgb, match):
                self._end(live)
                continue
            found = [detection for detection in found if detection is not match]
            going_on.append(live)
        self._live = going_on
        self._admit(rgb, found)

    def _follow(self, rgb: np.ndarray) -> None:
        going_on: list[_Live] = []
        for live in self._live:
            is_lost = live.last_frame < self._number - 1
            if not is_lost:
                result = self._backend.mesh(rgb, roi_from_landmarks(live.last))
                jumped = box_iou(_box(live.last), _box(result.landmarks)[None])[0] < SAME_FACE_IOU
                if result.presence >= PRESENCE_THRESHOLD and not jumped:
                    self._append(live, result.landmarks, result.presence)
                else:
                    is_lost = True
            if is_lost:
                match = _best_match(_box(live.last), self._look_around(rgb, live.last))
                if match is None or not self._renew(live, rgb, match):
                    if self._number - live.last_frame > self._longest_gap:
                        self._end(live)
                    else:
                        going_on.append(live)
                    continue
            boxes = [_box(other.last) for other in going_on]
            if boxes and box_iou(_box(live.last), np.stack(boxes)).max() > DOUBLE_IOU:
                self._end(live)
            elif self._check(live, rgb):
                going_on.append(live)
            else:
                self._end(live)
        self._live = going_on

    def _check(self, live: _Live, rgb: np.ndarray) -> bool:
        """Whether the detector still sees a face where the mesh is; asked now and then, and forgiven once."""
        if self._number - live.checked_frame < self._check_every:
            return True
        live.checked_frame = self._number
        if _best_match(_box(live.last), self._look_around(rgb, live.last)) is not None:
            live.doubts = 0
            return True
        live.doubts += 1
        return live.doubts < 2 or live.raw.quality[-1] > 0.95  # a turned-away head is hard for the detector

    def _look_around(self, rgb: np.ndarray, landmarks: np.ndarray) -> list[Detection]:
        x0, y0, x1, y1 = _box(landmarks)
        half = LOCAL_LOOK * max(x1 - x0, y1 - y0) / 2
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        height, width = rgb.shape[:2]
        left, top = int(max(x - half, 0)), int(max(y - half, 0))
        right, bottom = int(min(x + half, width)), int(min(y + half, height))
        if right - left < 8 or bottom - top < 8:
            return []
        seen = [d.shifted(left, top) for d in self._backend.detect(rgb[top:bottom, left:right])]
        if not seen and max(x1 - x0, y1 - y0) > CLOSE_UP * min(width, height):
            seen = detect_in(self._backend, rgb, self._plan[1:2])
        return seen

    def _admit(self, rgb: np.ndarray, found: list[Detection]) -> None:
        for detection in found:
            boxes = [_box(live.last) for live in self._live]
            if boxes and box_iou(detection.box, np.stack(boxes)).max() > 0.2:
                continue
            landmarks, presence = self._first_mesh(rgb, detection)
            if presence < PRESENCE_THRESHOLD:
                continue
            if boxes and box_iou(_box(landmarks), np.stack(boxes)).max() > DOUBLE_IOU:
                continue
            past = self._follow_backwards(landmarks)
            path = self._folder / f"raw{self._next_id}.f32"
            raw = RawTrack(self._next_id, self._number - len(past), path)
            self._next_id += 1
            live = _Live(raw, path.open("wb"), landmarks, raw.first_frame - 1, self._number)
            self._live.append(live)
            for points, quality in [*reversed(past), (landmarks, presence)]:
                self._write(live, points, quality)
            for back, (points, _) in enumerate(past, start=1):
                self._look_before(raw, self._number - back, self._recent[-back](), points)
            live.last, live.last_frame = landmarks, self._number

    def _first_mesh(self, rgb: np.ndarray, detection: Detection) -> tuple[np.ndarray, float]:
        found = first_look(self._backend.mesh, rgb, detection)
        return found.landmarks, found.presence

    def _follow_backwards(self, landmarks: np.ndarray) -> list[tuple[np.ndarray, float]]:
        """The new face in the frames before, latest first, as far back as it is surely seen."""
        past: list[tuple[np.ndarray, float]] = []
        others = [live.raw for live in self._live] + self._finished
        for back, recall in enumerate(reversed(self._recent), start=1):
            result = self._backend.mesh(recall(), roi_from_landmarks(landmarks))
            box = _box(result.landmarks)
            if result.presence < PRESENCE_THRESHOLD or box_iou(box, _box(landmarks)[None])[0] < SAME_FACE_IOU:
                break
            if any(self._was_at(raw, self._number - back, box) for raw in others):
                break
            landmarks = result.landmarks
            past.append((landmarks, result.presence))
        return past

    def _was_at(self, raw: RawTrack, frame: int, box: np.ndarray) -> bool:
        if not raw.first_frame <= frame < raw.end_frame:
            return False
        for live in self._live:
            live.file.flush()
        return bool(box_iou(box, _box(raw.landmarks()[frame - raw.first_frame])[None])[0] > 0.2)

    def _renew(self, live: _Live, rgb: np.ndarray, detection: Detection) -> bool:
        landmarks, presence = self._first_mesh(rgb, detection)
        if presence < PRESENCE_THRESHOLD:
            return False
        live.checked_frame, live.doubts = self._number, 0
        self._append(live, landmarks, presence)
        return True

    def _append(self, live: _Live, landmarks: np.ndarray, presence: float) -> None:
        missing = self._number - live.last_frame - 1
        for step in range(1, missing + 1):
            share = np.float32(step / (missing + 1))
            self._write(live, live.last + share * (landmarks - live.last), 0.0)
        self._write(live, landmarks, presence)
        live.last, live.last_frame = landmarks, self._number

    def _write(self, live: _Live, landmarks: np.ndarray, quality: float) -> None:
        live.file.write(np.ascontiguousarray(landmarks, dtype=np.float32).tobytes())
        live.raw.quality.append(quality)

    def _end(self, live: _Live) -> None:
        live.file.close()
        self._finished.append(live.raw)

    def _sample_identity(self, rgb: np.ndarray) -> None:
        for live in self._live:
            if live.last_frame != self._number:
                continue
            samples = live.raw.samples
            # Early samples come quickly: a short shot needs several, too.
            wait = self._embed_every if len(samples) > 4 else max(self._embed_every // 5, 1)
            if not samples or self._number - samples[-1][0] >= wait or samples[-1][0] < self._shot_start:
                described = self._describe(rgb, live.last)
                if described is not None:
                    samples.append((self._number, described))

    def _look_before(self, raw: RawTrack, frame: int, rgb: np.ndarray, landmarks: np.ndarray) -> None:
        def write(record: np.ndarray | None) -> None:
            if record is not None:
                with raw.cover_path.open("ab") as file:
                    file.write(record.tobytes())

        self._beside.do(partial(self._find_cover, frame, rgb, landmarks), write)


Recall = Callable[[], np.ndarray]


class Describe(Protocol):
    """What `FaceTracker` wants of an identity describer: a vector, or None when this view of the face is no use."""

    def __call__(self, rgb: np.ndarray, landmarks: np.ndarray) -> np.ndarray | None:
        """The descriptor of one face."""


class FindCover(Protocol):
    """What `FaceTracker` wants of `core.faces.occluders.OccluderFinder`."""

    def __call__(self, row: int, rgb: np.ndarray, landmarks: np.ndarray) -> np.ndarray | None:
        """A `core.face_geometry.cover.RECORD`, or None where nothing lies before the face."""


def _box(landmarks: np.ndarray) -> np.ndarray:
    return np.concatenate([landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)])


def _best_match(box: np.ndarray, found: list[Detection]) -> Detection | None:
    """The detection that is the face at `box`, or None. Detections reach higher than meshes, hence the mild bound."""
    if not found:
        return None
    overlaps = box_iou(box, np.stack([detection.box for detection in found]))
    best = int(np.argmax(overlaps))
    return found[best] if overlaps[best] > 0.25 else None
