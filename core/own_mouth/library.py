"""A person's mouth library: for every usable frame of the footage, what its mouth looks like and how it was seen.

It holds numbers only; pictures stay in the film and are cut out when a plan asks for them. Its size is bounded by
``MAX_FRAMES`` whatever the length of the footage.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from core.faces.track import FaceTrack
from core.lip_engine import FrameSource
from core.motion.shape import ShapeModel
from core.own_mouth.head import Heads, find_heads
from core.own_mouth.regions import LIP_ROWS, lip_gap
from core.own_mouth.visible_gap import visible_gap

MAX_FRAMES = (
    6000  # four minutes at 25 fps: beyond it new shapes are rare, and a plan still takes under a second
)
MAX_CONSIDERED = 4 * MAX_FRAMES
RUN_FRAMES = 25  # footage is thinned in stretches this long, so that natural runs survive
MIN_QUALITY = 0.5
MAX_YAW_FROM_FRONT = 60.0  # degrees; the far half of the mouth is not seen beyond
_SHARPNESS_FLOOR = 0.45  # of the person's median: motion blur that a resting mouth must not borrow
_OUTLIER = 8.0  # robust standard deviations of the skin around the mouth: a hand, a microphone, a caption
_MOST_SLIT_SHIFT = 0.03  # eye-corner distances: the largest seen is on drawings
_SHUT_QUANTILE = 0.03  # closures fill more of any speech; fewer frames may be the tracker's slips
_COLOUR_TRUST = 0.75  # frames sorted by it are shut lips first; sorted by the mesh, some show teeth

_PATCH = (48, 36)  # pixels of the stabilised mouth picture that is measured
_PATCH_SPAN = 0.84  # its width in local units (eye-corner distances): lips plus the skin beside them
_THUMB = (16, 12)
_RIM = np.ones((_PATCH[1], _PATCH[0]), bool)  # where sharpness is measured: teeth would pass for sharp
_RIM[8:28, 10:38] = False
TEXTURE_DIMENSIONS = 12


@dataclass(frozen=True, slots=True, eq=False)
class MouthLibrary:
    """Usable frames of one person, in order of (track, frame).

    Attributes:
        track: (N,) int32, index into the tracks the library was built from.
        frame: (N,) int32, frame numbers.
        row: (N,) int32, row of the frame in its track's arrays.
        shape: (N, len(MOVING), 3) float32, the pose-free mouth.
        degrees: (N, 3) float32, yaw, pitch, roll.
        scale: (N,) float32, source pixels per local unit.
        gap: (N,) float32, inner lip opening in local units, as the mesh and the colours tell it together.
        mesh_gap: (N,) float32, as the mesh alone tells it.
        texture: (N, D) float32, what the mouth region looks like once stabilised, light removed.
        light: (N, 4) float32, log brightness of mouth sides, above and below.
        sharpness: (N,) float32, relative to the person's median.
        slit_below: (5,) how far below the landmarks' slit this person's lips really meet, in local units, at the
            columns of `core.own_mouth.visible_gap`.
        rejected: frames of the tracks that were seen and not taken.
    """

    track: np.ndarray
    frame: np.ndarray
    row: np.ndarray
    shape: np.ndarray
    degrees: np.ndarray
    scale: np.ndarray
    gap: np.ndarray
    mesh_gap: np.ndarray
    texture: np.ndarray
    light: np.ndarray
    sharpness: np.ndarray
    slit_below: np.ndarray
    rejected: int

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def shut_gap(self) -> float:
        """The `gap` of this person's shut mouth."""
        return float(np.quantile(self.gap, _SHUT_QUANTILE)) if len(self) else 0.0


def build_library(source: FrameSource, tracks: Sequence[FaceTrack], model: ShapeModel) -> MouthLibrary:
    """The library of the person seen in `tracks`; reads each kept frame of `source` once, in rising order.

    An empty library (length 0) comes back when no frame is usable.
    """
    considered = considered_rows(tracks)
    landmarks, quality = gathered(tracks, considered)
    owner = np.concatenate([np.full(len(rows), i, np.int32) for i, rows in enumerate(considered)])
    row = np.concatenate(considered).astype(np.int32)
    frame = np.concatenate([t.first_frame + r for t, r in zip(tracks, considered, strict=True)]).astype(
        np.int32
    )
    good = quality >= MIN_QUALITY
    heads = find_heads(landmarks, model)
    usable = good & (np.abs(heads.degrees[:, 0]) <= MAX_YAW_FROM_FRONT)
    chosen = _thin(np.flatnonzero(usable), heads, owner, frame)
    look = _look_at(source, frame[chosen], landmarks, heads, chosen)
    kept = look.usable
    picked = chosen[kept]
    order = np.lexsort((frame[picked], owner[picked]))
    picked, kept_index = picked[order], np.flatnonzero(kept)[order]
    mesh_gap = lip_gap(heads.shape[picked]).astype(np.float32)
    return MouthLibrary(
        track=owner[picked],
        frame=frame[picked],
        row=row[picked],
        shape=heads.shape[picked],
        degrees=heads.degrees[picked],
        scale=heads.scale[picked].astype(np.float32),
        gap=fuse_gaps(mesh_gap, look.gap[kept_index]),
        mesh_gap=mesh_gap,
        texture=look.texture[kept_index],
        light=look.light[kept_index],
        sharpness=look.sharpness[kept_index],
        slit_below=_slit_below(look.below[kept_index]),
        rejected=int(len(frame) - len(picked)),
    )


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


def _thin(rows: np.ndarray, heads: Heads, owner: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """At most `MAX_FRAMES` of `rows`, dropping the stretches that add least: farthest-point order over stretches."""
    if len(rows) <= MAX_FRAMES:
        return rows
    breaks = np.flatnonzero((np.diff(frame[rows]) != 1) | (np.diff(owner[rows]) != 0)) + 1
    stretches = [
        part[i : i + RUN_FRAMES] for part in np.split(rows, breaks) for i in range(0, len(part), RUN_FRAMES)
    ]
    lips = heads.shape[:, LIP_ROWS, :2].reshape(len(heads), -1)
    # A stretch is described by its mean and its extremes, in units in which 0.02 of an eye distance equals 8 degrees.
    describe = []
    for part in stretches:
        shape = lips[part] / 0.02 / np.sqrt(lips.shape[1])
        turn = heads.degrees[part, :2] / 8.0
        describe.append(np.concatenate([shape.mean(0), shape.max(0), shape.min(0), turn.mean(0)]))
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


def _slit_below(below: np.ndarray) -> np.ndarray:
    """(5,) medians over the frames (N, 5) that show something between the lips; 0 where too few do."""
    shift = np.zeros(below.shape[1])
    for column, values in enumerate(below.T):
        known = values[np.isfinite(values)]
        if len(known) >= max(5, 0.1 * len(values)):
            shift[column] = np.clip(np.median(known), -_MOST_SLIT_SHIFT, _MOST_SLIT_SHIFT)
    return shift


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    usable: np.ndarray
    gap: np.ndarray
    below: np.ndarray
    texture: np.ndarray
    light: np.ndarray
    sharpness: np.ndarray


def _look_at(
    source: FrameSource, frames: np.ndarray, landmarks: np.ndarray, heads: Heads, rows: np.ndarray
) -> _Look:
    """Measures the stabilised mouth picture of each frame (`rows` of `heads`), reading the film once in rising order."""
    count = len(frames)
    width, height = _PATCH
    thumbs = np.zeros((count, _THUMB[1], _THUMB[0], 3), np.float32)
    light = np.zeros((count, 4), np.float32)
    detail = np.zeros(count, np.float32)
    gap = np.zeros(count, np.float32)
    below = np.full((count, 5), np.nan, np.float32)
    middle = heads.shape[rows][:, LIP_ROWS].mean(axis=(0, 1)) if count else np.zeros(3)
    for index in np.argsort(frames, kind="stable"):
        to_source = _patch_to_source(heads, int(rows[index]), middle)
        picture = source.rgb(int(frames[index]))
        seen = visible_gap(picture, landmarks[rows[index]], float(heads.scale[rows[index]]))
        gap[index], below[index] = seen.height, seen.below
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
        thumbs[index] = cv2.resize(patch, _THUMB, interpolation=cv2.INTER_AREA)
    mean_light = thumbs.mean(axis=(1, 2, 3), keepdims=True) + 4.0
    even = (thumbs / mean_light).reshape(count, 3 * _THUMB[0] * _THUMB[1])
    sharpness = detail / max(float(np.median(detail)), 1e-6) if count else detail
    return _Look(
        usable=(sharpness >= _SHARPNESS_FLOOR) & ~_occluded(even.reshape(thumbs.shape)),
        gap=gap,
        below=below,
        texture=_principal(even),
        light=light,
        sharpness=sharpness,
    )


def _patch_to_source(heads: Heads, index: int, middle: np.ndarray) -> np.ndarray:
    """(2, 3) affine from the measured patch's pixels to the source, the mouth seen as a plane facing the person."""
    width, height = _PATCH
    unit = _PATCH_SPAN / width
    turn = heads.scale[index] * heads.rotation[index][:2]
    linear = turn[:, :2] * unit
    centre = turn @ middle + heads.offset[index][:2]
    return np.column_stack([linear, centre - linear @ ((np.array([width, height]) - 1) / 2)])


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


def _principal(rows: np.ndarray) -> np.ndarray:
    """(N, TEXTURE_DIMENSIONS) float32 principal components, each in units of the whole's standard deviation."""
    texture = np.zeros((len(rows), TEXTURE_DIMENSIONS), np.float32)
    if len(rows) < 2:
        return texture
    centred = (rows - rows.mean(axis=0)).astype(np.float64)
    u, values, _ = np.linalg.svd(centred, full_matrices=False)
    kept = min(TEXTURE_DIMENSIONS, len(values))
    total = np.sqrt((values**2).sum() / len(rows)) or 1.0
    texture[:, :kept] = u[:, :kept] * values[:kept] / total
    return texture


def fuse_gaps(mesh: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(N,) float32 openings from the mesh's and the visible ones, in the mesh's scale.

    The visible gap is brought to the mesh's distribution by rank, since neither is true to scale, and counts as far as
    both agree on the whole: on statues, beards over the lips and bad light colours tell nothing.
    """
    if len(mesh) < 8 or np.ptp(seen) < 1e-4 or np.ptp(mesh) < 1e-4:
        return mesh.astype(np.float32)
    ranks = np.linspace(0, 1, 33)
    as_mesh = np.interp(seen, np.quantile(seen, ranks) + np.arange(33) * 1e-7, np.quantile(mesh, ranks))
    agreement = float(np.corrcoef(mesh, seen)[0, 1])
    trust = _COLOUR_TRUST * np.clip((agreement - 0.4) / 0.4, 0, 1)
    return (mesh + trust * (as_mesh - mesh)).astype(np.float32)
