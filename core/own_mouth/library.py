"""A person's mouth library: for every usable frame of the footage, what its mouth looks like and how it was seen.

It holds numbers only; pictures stay in the films and are cut out when a plan asks for them. Its size is bounded by
``MAX_FRAMES`` whatever the length and number of films.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.lip_engine import Footage
from core.motion.shape import ShapeModel
from core.own_mouth import mouth_features
from core.own_mouth.mouth_features import even_light, mouth_features_of, thinned
from core.own_mouth.regions import LIP_ROWS, lip_gap

_MOST_SLIT_SHIFT = 0.03  # eye-corner distances: the largest seen is on drawings
SHUT_QUANTILE = 0.03  # closures fill more of any speech; fewer frames may be the tracker's slips
MOST_SHUT_GAP = 0.045  # what the mesh sees of shut lips: 0.007 to 0.046 on 13 people who are seen shut
_COLOUR_TRUST = 0.75  # frames sorted by it are shut lips first; sorted by the mesh, some show teeth
_COLOURS_TELL = 0.5  # correlation of both openings
TEXTURE_DIMENSIONS = 12


@dataclass(frozen=True, slots=True, eq=False)
class MouthLibrary:
    """Usable frames of one person, in order of (track, frame).

    Attributes:
        track: (N,) int32, index into all tracks of the footage, film after film.
        frame: (N,) int32, frame numbers.
        row: (N,) int32, row of the frame in its track's arrays.
        shape: (N, len(MOVING), 3) float32, the pose-free mouth.
        degrees: (N, 3) float32, yaw, pitch, roll.
        expression: (N, len(EXPRESSION), 2) float32, pose-free points outside the mouth.
        scale: (N,) float32, source pixels per local unit.
        gap: (N,) float32, inner lip opening in local units, as the mesh and the colours tell it together.
        mesh_gap: (N,) float32, as the mesh alone tells it.
        texture: (N, D) float32, what the mouth region looks like once stabilised, light removed.
        light: (N, 4) float32, log brightness of mouth sides, above and below.
        sharpness: (N,) float32, relative to the first film's median.
        natural: (N,) float32, how much more natural than is usual in its film the judge finds the mouth, below 0 where less.
        dark: (N,) float32, share of what shows between the lips that is dark, see `core.own_mouth.visible_gap`.
        smear: (N,) float32, how far the lips move while the shutter is open, in local units; 0 where it is not known.
        slit_below: (7,) how far below the landmarks' slit this person's lips really meet, in local units, at the
            corners and columns of `core.own_mouth.visible_gap`.
        open_share: (T,) float32, for each track the share of a frame's time that its film's shutter is open.
        rejected: frames of the tracks that were seen and not taken.
        usual_natural: what the judge of naturalness usually says of this person's own mouths in the first film.
        colours_tell: lips and what is between them are told apart by colour; not on statues, in bad light, under a beard.
    """

    track: np.ndarray
    frame: np.ndarray
    row: np.ndarray
    shape: np.ndarray
    degrees: np.ndarray
    expression: np.ndarray
    scale: np.ndarray
    gap: np.ndarray
    mesh_gap: np.ndarray
    texture: np.ndarray
    light: np.ndarray
    sharpness: np.ndarray
    natural: np.ndarray
    dark: np.ndarray
    smear: np.ndarray
    slit_below: np.ndarray
    open_share: np.ndarray
    rejected: int
    colours_tell: bool = False
    usual_natural: float = 0.0

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def shut_gap(self) -> float:
        """The `gap` of this person's shut mouth; of one who is never seen shut, the most that it can be."""
        return min(float(np.quantile(self.gap, SHUT_QUANTILE)), MOST_SHUT_GAP) if len(self) else 0.0


def build_library(
    footage: Sequence[Footage], model: ShapeModel, *, cache: Path | None = None
) -> MouthLibrary:
    """The library of the person seen in all of `footage`; an empty one (length 0) when no frame is usable.

    Args:
        footage: films with the person's tracks; `MouthLibrary.track` counts through all tracks in this order.
        model: the mouth-shape model.
        cache: folder in which what was seen of films with an id is kept.
    """
    seen = [mouth_features_of(each, model, cache) for each in footage]
    first_track = np.cumsum([0, *(len(each.tracks) for each in footage)])

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(each, name) for each in seen])

    owner = np.concatenate([each.track + first for each, first in zip(seen, first_track, strict=False)])
    frame, shape, degrees, gap = (joined(name) for name in ("frame", "shape", "degrees", "gap"))
    picked = np.arange(len(frame))
    if len(picked) > mouth_features.MAX_FRAMES:
        picked = thinned(picked, shape, degrees, owner, frame)
    mesh_gap = lip_gap(shape[picked]).astype(np.float32)
    seen_gap = gap[picked]
    shutter = np.repeat([float(each.open_share[0]) for each in seen], np.diff(first_track)).astype(np.float32)
    natural = [each.natural - np.median(each.natural) for each in seen if len(each)]
    own_detail = next((each.detail for each in seen if len(each)), np.ones(1, np.float32))
    return MouthLibrary(
        track=owner[picked].astype(np.int32),
        frame=frame[picked],
        row=joined("row")[picked],
        shape=shape[picked],
        degrees=degrees[picked],
        expression=joined("expression")[picked],
        scale=joined("scale")[picked],
        gap=fuse_gaps(mesh_gap, seen_gap),
        mesh_gap=mesh_gap,
        texture=_principal(even_light(joined("thumb")[picked])),
        light=joined("light")[picked],
        sharpness=joined("detail")[picked] / max(float(np.median(own_detail)), 1e-6),
        natural=np.concatenate([*natural, np.zeros(0, np.float32)])[picked].astype(np.float32),
        dark=joined("dark")[picked],
        smear=_smear(shape[picked], owner[picked], frame[picked], shutter),
        open_share=shutter,
        slit_below=_slit_below(joined("below")[picked]),
        rejected=int(joined("rejected").sum()) + len(frame) - len(picked),
        colours_tell=_agreement(mesh_gap, seen_gap) >= _COLOURS_TELL,
        usual_natural=next((float(np.median(each.natural)) for each in seen if len(each)), 0.0),
    )


def lip_speed(shape: np.ndarray) -> np.ndarray:
    """(F,) how far lips of successive mouths (F, P, 3) move within a frame's time, RMS in local units.

    The mean of the way there and the way on: a mouth that opens for one frame is smeared, though it is back where it was.
    """
    if len(shape) < 2:
        return np.zeros(len(shape), np.float32)
    steps = np.sqrt((np.diff(shape[:, LIP_ROWS, :2], axis=0) ** 2).sum(axis=-1).mean(axis=-1))
    return ((np.append(steps[:1], steps) + np.append(steps, steps[-1:])) / 2).astype(np.float32)


def _smear(shape: np.ndarray, owner: np.ndarray, frame: np.ndarray, open_share: np.ndarray) -> np.ndarray:
    smear = np.zeros(len(frame), np.float32)
    breaks = np.flatnonzero((np.diff(frame) != 1) | (np.diff(owner) != 0)) + 1
    for run in np.split(np.arange(len(frame)), breaks):
        if len(run):
            smear[run] = lip_speed(shape[run]) * open_share[owner[run[0]]]
    return smear


def _slit_below(below: np.ndarray) -> np.ndarray:
    """(7,) medians over the frames (N, 7) that show something between the lips; 0 where too few do."""
    shift = np.zeros(below.shape[1])
    for column, values in enumerate(below.T):
        known = values[np.isfinite(values)]
        if len(known) >= max(5, 0.1 * len(values)):
            shift[column] = np.clip(np.median(known), -_MOST_SLIT_SHIFT, _MOST_SLIT_SHIFT)
    return shift


def _principal(thumbs: np.ndarray) -> np.ndarray:
    """(N, TEXTURE_DIMENSIONS) float32 principal components, each in units of the whole's standard deviation."""
    rows = thumbs.reshape(len(thumbs), int(np.prod(thumbs.shape[1:])))
    texture = np.zeros((len(rows), TEXTURE_DIMENSIONS), np.float32)
    if len(rows) < 2:
        return texture
    centred = (rows - rows.mean(axis=0)).astype(np.float64)
    u, values, _ = np.linalg.svd(centred, full_matrices=False)
    kept = min(TEXTURE_DIMENSIONS, len(values))
    total = np.sqrt((values**2).sum() / len(rows)) or 1.0
    texture[:, :kept] = u[:, :kept] * values[:kept] / total
    return texture


def _agreement(mesh: np.ndarray, seen: np.ndarray) -> float:
    """Correlation of the mesh's and the visible openings (N,); 0 where either never changes or there are too few."""
    if len(mesh) < 8 or np.ptp(seen) < 1e-4 or np.ptp(mesh) < 1e-4:
        return 0.0
    return float(np.corrcoef(mesh, seen)[0, 1])


def fuse_gaps(mesh: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(N,) float32 openings from the mesh's and the visible ones, in the mesh's scale.

    The visible gap is brought to the mesh's distribution by rank, since neither is true to scale, and counts as far as
    both agree on the whole: on statues, beards over the lips and bad light colours tell nothing.
    """
    agreement = _agreement(mesh, seen)
    if agreement == 0:
        return mesh.astype(np.float32)
    ranks = np.linspace(0, 1, 33)
    as_mesh = np.interp(seen, np.quantile(seen, ranks) + np.arange(33) * 1e-7, np.quantile(mesh, ranks))
    trust = _COLOUR_TRUST * np.clip((agreement - 0.4) / 0.4, 0, 1)
    return (mesh + trust * (as_mesh - mesh)).astype(np.float32)
