"""What is seen of one person in one film: measured once, frame by frame, and kept on disk.

Numbers and thumbnails only, at most `MAX_FRAMES` frames a film, so that a library over a whole series is put together in
seconds and a new film costs only itself.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np

from core.base.sealed import DamagedError, cache_errors, discard, read_sealed, touch, write_sealed
from core.base.stages import stage
from core.face_geometry.track import FaceTrack
from core.lip_engine import Footage, FrameSource
from core.motion.shape import ShapeModel
from core.own_mouth.head import Heads, find_heads
from core.own_mouth.motion_blur import velocities
from core.own_mouth.naturalness import answer
from core.own_mouth.regions import LIP_ROWS
from core.own_mouth.shutter import Sight, moving_pairs, open_share, sight
from core.own_mouth.visible_gap import visible_gap

logger = logging.getLogger(__name__)

FEATURES_VERSION = 10  # raise whenever the same film would give other numbers
MAX_FRAMES = (
    6000  # four minutes at 25 fps: beyond it new shapes are rare, and a plan still takes under a second
)
MAX_CONSIDERED = 4 * MAX_FRAMES
RUN_FRAMES = 25  # footage is thinned in stretches this long, so that natural runs survive
MIN_QUALITY = 0.5
MAX_YAW_FROM_FRONT = 60.0  # degrees; the far half of the mouth is not seen beyond
_SHARPNESS_FLOOR = 0.45  # of the film's median: motion blur that a resting mouth must not borrow
_RIM_GROWTH = 1.45  # of the lips' outline: as far as borrowed skin is seen
_MOST_COVERED = 0.02  # share of it
_FEWEST_BARE = 25  # frames, a second: fewer hold too few mouths
_MOST_COVERED_AT_NEED = 0.5
_OUTLIER = 8.0  # robust standard deviations of the skin around the mouth: a hand, a microphone, a caption

_BLOCK = 1000  # frames whose landmarks are in memory at once: 5.6 MB

_PATCH = (48, 36)  # pixels of the stabilised mouth picture that is measured
_PATCH_SPAN = 0.84  # its width in local units (eye-corner distances): lips plus the skin beside them
_THUMB = (16, 12)
_RIM = np.ones((_PATCH[1], _PATCH[0]), bool)  # where sharpness is measured: teeth would pass for sharp
_RIM[8:28, 10:38] = False


@dataclass(frozen=True, slots=True, eq=False)
class MouthFeatures:
    """The usable frames of one person in one film, in order of (track, frame).

    Attributes:
        track: (N,) int32, index into the footage's tracks.
        frame: (N,) int32, frame numbers.
        row: (N,) int32, row of the frame in its track's arrays.
        shape: (N, len(MOVING), 3) float32, the pose-free mouth.
        degrees: (N, 3) float32, yaw, pitch, roll.
        expression: (N, len(EXPRESSION), 2) float32, pose-free points outside the mouth.
        scale: (N,) float32, source pixels per local unit.
        gap: (N,) float32, how far the lips are seen to be apart, in local units.
        below: (N, 7) float32, see `core.own_mouth.visible_gap`.
        dark: (N,) float32, likewise.
        thumb: (N, 12, 16, 3) uint8, the stabilised mouth.
        light: (N, 4) float32, log brightness of mouth sides, above and below.
        detail: (N,) float32, contrast of the finest detail of the skin around the mouth.
        natural: (N,) float32, what the judge says of the mouth, see `core.own_mouth.naturalness`.
        open_share: (1,) float32, see `core.own_mouth.shutter`.
        rejected: (1,) int64, how many frames of the tracks were not taken.
    """

    track: np.ndarray
    frame: np.ndarray
    row: np.ndarray
    shape: np.ndarray
    degrees: np.ndarray
    expression: np.ndarray
    scale: np.ndarray
    gap: np.ndarray
    below: np.ndarray
    dark: np.ndarray
    thumb: np.ndarray
    light: np.ndarray
    detail: np.ndarray
    natural: np.ndarray
    open_share: np.ndarray
    rejected: np.ndarray

    def __len__(self) -> int:
        return len(self.frame)


def mouth_features_of(footage: Footage, model: ShapeModel, cache: Path | None = None) -> MouthFeatures:
    """What `footage` shows, from the folder `cache` when it was looked at before."""
    if cache is None or not footage.id:
        return _measured(footage, model)
    path = cache / f"{_key(footage, model)}.features"
    if path.is_file():
        try:
            with np.load(BytesIO(read_sealed(path))) as stored:
                touch(path)
                return MouthFeatures(**{field.name: stored[field.name] for field in fields(MouthFeatures)})
        except (OSError, ValueError, KeyError, DamagedError):
            discard(path, "What a film shows of a mouth")
    features = _measured(footage, model)
    content = BytesIO()
    np.savez(content, **{field.name: getattr(features, field.name) for field in fields(MouthFeatures)})
    with cache_errors(cache):
        cache.mkdir(parents=True, exist_ok=True)
        write_sealed(path, content.getbuffer())
    return features


def footage_digest(footage: Sequence[Footage]) -> str:
    """Names the films' content and the person's tracks in them."""
    digest = hashlib.sha256()
    for each in footage:
        digest.update(f"{each.id} {each.source.frame_count} ".encode())
        for track in each.tracks:
            digest.update(f"{track.first_frame} ".encode())
            # The boxes follow the landmarks; hashing all of these would read gigabytes of a long film.
            for array in (track.boxes, track.quality, track.landmarks[:: max(track.frame_count // 100, 1)]):
                digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _key(footage: Footage, model: ShapeModel) -> str:
    shapes = hashlib.sha256(np.ascontiguousarray(model.head).tobytes()).hexdigest()
    return hashlib.sha256(f"{FEATURES_VERSION} {shapes} {footage_digest([footage])}".encode()).hexdigest()[
        :32
    ]


def _measured(footage: Footage, model: ShapeModel) -> MouthFeatures:
    """Reads each kept frame of the film once, in rising order."""
    tracks = footage.tracks
    considered = considered_rows(tracks)
    owner = np.concatenate([np.full(len(rows), i, np.int32) for i, rows in enumerate(considered)])
    row = np.concatenate(considered).astype(np.int32)
    frame = np.concatenate([t.first_frame + r for t, r in zip(tracks, considered, strict=True)]).astype(
        np.int32
    )
    quality = np.concatenate([track.quality[rows] for track, rows in zip(tracks, considered, strict=True)])
    heads = Heads.joined([find_heads(landmarks, model) for landmarks, _ in blocks(tracks, considered)])
    usable = (quality >= MIN_QUALITY) & (np.abs(heads.degrees[:, 0]) <= MAX_YAW_FROM_FRONT)
    hidden = _hidden_shares(tracks, considered)
    is_bare = usable & (hidden <= _MOST_COVERED)
    # A person who is never seen bare lends what is seen of them: the thing before the mouth hides the rest again.
    usable = is_bare if is_bare.sum() >= _FEWEST_BARE else usable & (hidden <= _MOST_COVERED_AT_NEED)
    chosen = thinned(np.flatnonzero(usable), heads.shape, heads.degrees, owner, frame)
    chosen = chosen[np.lexsort((frame[chosen], owner[chosen]))]
    velocity = np.concatenate([_velocities(t, r) for t, r in zip(tracks, considered, strict=True)])
    pairs = moving_pairs(velocity[chosen], owner[chosen], frame[chosen])
    seen = _seen(
        footage.source,
        frame[chosen],
        lambda place: heads.placed(place, tracks[owner[place]].landmarks[row[place]]),
        heads,
        chosen,
        {each for pair in pairs for each in pair},
    )
    median = max(float(np.median(seen.detail)), 1e-6) if len(chosen) else 1.0
    kept = np.flatnonzero((seen.detail / median >= _SHARPNESS_FLOOR) & ~_occluded(even_light(seen.thumb)))
    picked = chosen[kept]
    return MouthFeatures(
        track=owner[picked],
        frame=frame[picked],
        row=row[picked],
        shape=heads.shape[picked],
        degrees=heads.degrees[picked],
        expression=heads.expression[picked],
        scale=heads.scale[picked].astype(np.float32),
        gap=seen.gap[kept],
        below=seen.below[kept],
        dark=seen.dark[kept],
        thumb=seen.thumb[kept],
        light=seen.light[kept],
        detail=seen.detail[kept],
        natural=seen.natural[kept],
        open_share=np.array(
            [open_share([(seen.sights[a], seen.sights[b], velocity[chosen[a]]) for a, b in pairs])],
            np.float32,
        ),
        rejected=np.array([len(frame) - len(picked)]),
    )


def _velocities(track: FaceTrack, rows: np.ndarray) -> np.ndarray:
    """(len(rows), 2) pixels a frame; only the stretches that are looked at are read."""
    if not len(rows):
        return np.zeros((0, 2), np.float32)
    stretches = np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1)
    return np.concatenate([velocities(track.landmarks, range(part[0], part[-1] + 1)) for part in stretches])


def even_light(thumbs: np.ndarray) -> np.ndarray:
    """(N, H, W, 3) float32 of uint8 `thumbs`, each divided by its mean brightness."""
    values = thumbs.astype(np.float32)
    return values / (values.mean(axis=(1, 2, 3), keepdims=True) + 4.0)


def considered_rows(tracks: Sequence[FaceTrack], most: int | None = None) -> list[np.ndarray]:
    """Rows of each track that are looked at: all, or evenly spread stretches once there are over `most` (`MAX_CONSIDERED`).

    So the work and memory of a library do not grow with a series' length, only the care with which it is chosen.
    """
    total = sum(track.frame_count for track in tracks)
    every = max(1, -(-total // (MAX_CONSIDERED if most is None else most)))
    chosen = []
    for track in tracks:
        rows = np.arange(track.frame_count)
        chosen.append(rows[(rows // RUN_FRAMES) % every == 0])
    return chosen


def gathered(tracks: Sequence[FaceTrack], rows: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks (N, 468, 3) and quality (N,) of the given rows of each track."""
    landmarks = np.concatenate([track.landmarks[r] for track, r in zip(tracks, rows, strict=True)])
    quality = np.concatenate([track.quality[r] for track, r in zip(tracks, rows, strict=True)])
    return landmarks, quality


def blocks(
    tracks: Sequence[FaceTrack], rows: Sequence[np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """`gathered` a block at a time: the landmarks of a long film would take hundreds of megabytes. At least one block."""
    parts = [
        (track, own[first : first + _BLOCK])
        for track, own in zip(tracks, rows, strict=True)
        for first in range(0, len(own), _BLOCK)
    ] or [(track, own) for track, own in zip(tracks, rows, strict=True)][:1]
    for track, own in parts:
        yield gathered([track], [own])


def thinned(
    rows: np.ndarray, shape: np.ndarray, degrees: np.ndarray, owner: np.ndarray, frame: np.ndarray
) -> np.ndarray:
    """At most `MAX_FRAMES` of `rows`, dropping the stretches that add least: farthest-point order over stretches."""
    if len(rows) <= MAX_FRAMES:
        return rows
    breaks = np.flatnonzero((np.diff(frame[rows]) != 1) | (np.diff(owner[rows]) != 0)) + 1
    stretches = [
        part[i : i + RUN_FRAMES] for part in np.split(rows, breaks) for i in range(0, len(part), RUN_FRAMES)
    ]
    lips = shape[:, LIP_ROWS, :2].reshape(len(shape), -1)
    # A stretch is described by its mean and its extremes, in units in which 0.02 of an eye distance equals 8 degrees.
    describe = []
    for part in stretches:
        lip = lips[part] / 0.02 / np.sqrt(lips.shape[1])
        turn = degrees[part, :2] / 8.0
        describe.append(np.concatenate([lip.mean(0), lip.max(0), lip.min(0), turn.mean(0)]))
    features = np.asarray(describe)
    nearest = ((features - features.mean(axis=0)) ** 2).sum(axis=1)
    taken: list[int] = []
    total = 0
    while total < MAX_FRAMES and np.isfinite(nearest).any():
        best = int(np.argmax(nearest))
        if nearest[best] < 0:
            break
        taken.append(best)
        total += len(stretches[best])
        nearest = np.minimum(nearest, ((features - features[best]) ** 2).sum(axis=1))
        nearest[taken] = -1
    return np.sort(np.concatenate([stretches[i] for i in taken]))[:MAX_FRAMES]


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    gap: np.ndarray
    below: np.ndarray
    dark: np.ndarray
    thumb: np.ndarray
    light: np.ndarray
    detail: np.ndarray
    natural: np.ndarray
    sights: dict[int, Sight]


@stage("looking at mouths")
def _seen(
    source: FrameSource,
    frames: np.ndarray,
    landmarks_of: Callable[[int], np.ndarray],
    heads: Heads,
    rows: np.ndarray,
    sights: set[int],
) -> _Seen:
    """Measures the stabilised mouth picture of each frame (`rows` of `heads` and places of
    `landmarks_of`), reading the film once in rising order.

    Of the frames in `sights`, places in `frames`, the whole face is kept.
    """
    count = len(frames)
    width, height = _PATCH
    thumbs = np.zeros((count, _THUMB[1], _THUMB[0], 3), np.uint8)
    light = np.zeros((count, 4), np.float32)
    detail = np.zeros(count, np.float32)
    natural = np.zeros(count, np.float32)
    gap = np.zeros(count, np.float32)
    below = np.full((count, 7), np.nan, np.float32)
    dark = np.ones(count, np.float32)
    faces: dict[int, Sight] = {}
    middle = heads.shape[rows][:, LIP_ROWS].mean(axis=(0, 1)) if count else np.zeros(3)
    for index in np.argsort(frames, kind="stable"):
        place = int(rows[index])
        landmarks = landmarks_of(place)
        to_source = _patch_to_source(heads, place, middle)
        picture = source.rgb(int(frames[index]))
        if index in sights:
            faces[int(index)] = sight(picture, landmarks)
        seen = visible_gap(picture, landmarks, float(heads.scale[place]))
        gap[index], below[index], dark[index] = seen.height, seen.below, seen.dark
        natural[index] = answer(picture, landmarks, float(heads.scale[place]))
        patch = cv2.warpAffine(
            picture,
            to_source,
            (width, height),
            flags=cv2.INTER_AREA | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ).astype(np.float32)
        grey = patch.mean(axis=2)
        parts = (grey[:, :10], grey[:, -10:], grey[:7], grey[-7:])
        light[index] = np.log([part.mean() + 4.0 for part in parts])
        detail[index] = np.abs(cv2.Laplacian(grey, cv2.CV_32F))[_RIM].mean() / (grey.mean() + 4.0)
        thumbs[index] = np.rint(cv2.resize(patch, _THUMB, interpolation=cv2.INTER_AREA))
    return _Seen(gap, below, dark, thumbs, light, detail, natural, faces)


def _patch_to_source(heads: Heads, index: int, middle: np.ndarray) -> np.ndarray:
    """(2, 3) affine from the measured patch's pixels to the source, the mouth seen as a plane facing the person."""
    width, height = _PATCH
    unit = _PATCH_SPAN / width
    turn = heads.scale[index] * heads.rotation[index][:2]
    linear = turn[:, :2] * unit
    centre = turn @ middle + heads.offset[index][:2]
    return np.column_stack([linear, centre - linear @ ((np.array([width, height]) - 1) / 2)])


def _hidden_shares(tracks: Sequence[FaceTrack], rows: Sequence[np.ndarray]) -> np.ndarray:
    """(N,) how much lies before the lips and the skin that is borrowed with them, for the given rows of each track, 0..1."""
    shares = [np.zeros(len(own)) for own in rows]
    for track, own, share in zip(tracks, rows, shares, strict=True):
        if track.cover is not None:
            share[:] = [track.cover.mouth_share(row, track.landmarks[row], grow=_RIM_GROWTH) for row in own]
    return np.concatenate(shares)


def _occluded(thumbs: np.ndarray) -> np.ndarray:
    """(N,) bool: the skin around the mouth looks unlike this person's other frames."""
    if len(thumbs) < 8:
        return np.zeros(len(thumbs), bool)
    rim = np.ones(thumbs.shape[1:3], bool)
    rim[2:-2, 3:-3] = False
    skin = thumbs[:, rim]
    distance = np.sqrt(((skin - np.median(skin, axis=0)) ** 2).mean(axis=(1, 2)))
    typical = np.median(distance)
    spread = 1.4826 * np.median(np.abs(distance - typical))
    return distance > typical + _OUTLIER * max(spread, 0.02)  # 2 % of the mean brightness is coding noise
