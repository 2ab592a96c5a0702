"""Learns the mouth-shape basis from tracked real speakers (see `core.motion.shape`).

python -m core.research.training.motion.fit_shape TRACKED -o mouth-shape.safetensors
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.landmark_sets import INNER_LIP, NEXT_TO_LIPS, OUTER_LIP
from core.motion.shape import POSE_POINTS, SHAPE_POINTS, SLOT, ShapeModel, local_landmarks, measures
from core.research.corpus.held_out import clip_group, may_train, person_of

_EYES = (POSE_POINTS.index(33), POSE_POINTS.index(263))
_LARGEST_YAW, _LARGEST_PITCH = 25.0, 25.0  # degrees: beyond, the mesh's far side is guessed
_LIP_WEIGHT, _DEPTH_WEIGHT = (
    2.0,
    0.5,
)  # lips are what is looked at; the mesh's depth is several times noisier than x, y


_MOST_CLIPS = (
    40  # of one person: a corpus with hundreds of one speaker's sentences is not that speaker's mouth
)


@dataclass(frozen=True, slots=True, eq=False)
class TrackedClip:
    """One tracked face: `landmarks` (F, 468, 3), `pose` (F, 3) degrees, `quality` (F,)."""

    landmarks: np.ndarray
    pose: np.ndarray
    quality: np.ndarray


def licensed_clips(folder: Path) -> list[Path]:
    """The tracked clips of real people that may teach what ships, at most `_MOST_CLIPS` of anybody."""
    files = [
        path
        for path in sorted(folder.glob("*.npz"))
        if may_train(path.stem) and clip_group(path.stem) != "generated"
    ]
    of_person = Counter(person_of(path.stem) for path in files)
    seen: Counter[str] = Counter()
    kept = []
    for path in files:
        person = person_of(path.stem)
        number, seen[person] = seen[person], seen[person] + 1
        # Evenly over a person's clips: the number of kept ones rises here.
        share = min(1.0, _MOST_CLIPS / of_person[person])
        if int((number + 1) * share) > int(number * share):
            kept.append(path)
    return kept


def read_tracked(paths: Sequence[Path]) -> list[TrackedClip]:
    """The clips of the files that the corpus writes (arrays ``landmarks``, ``pose`` and ``quality``)."""
    clips = []
    for path in paths:
        with np.load(path) as arrays:
            clips.append(TrackedClip(arrays["landmarks"], arrays["pose"], arrays["quality"]))
    return clips


def upright(head: np.ndarray) -> np.ndarray:
    """`head` (P, 3) turned as the canonical face looks, so that x, y and z mean the same whoever it was learnt from."""
    goal = canonical_face().points[list(POSE_POINTS)]
    u, _, vt = np.linalg.svd(head.T @ (goal - goal.mean(0)))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    return (head @ (u @ flip @ vt)).astype(np.float32)


def mean_head(rigid: np.ndarray, rounds: int = 4) -> np.ndarray:
    """Generalised Procrustes mean of (N, P, 3) rigid points, outer eye corners 1 apart, centred: (P, 3) float32."""
    mean = rigid[0] - rigid[0].mean(0)
    for _ in range(rounds):
        mean = mean / np.linalg.norm(mean[_EYES[0]] - mean[_EYES[1]])
        centred = rigid - rigid.mean(1, keepdims=True)
        u, values, vt = np.linalg.svd(np.einsum("fni,nj->fij", centred, mean))
        rotation = u @ vt
        scale = values.sum(1) / (mean**2).sum()
        mean = (np.einsum("fji,fnj->fni", rotation, centred) / scale[:, None, None]).mean(0)
    return (mean / np.linalg.norm(mean[_EYES[0]] - mean[_EYES[1]])).astype(np.float32)


def fit_shape(clips: Sequence[TrackedClip], size: int = 16) -> tuple[ShapeModel, float]:
    """The basis of `size` movements that explains most within-clip movement, and the share of it explained.

    Frames that are turned away or badly tracked are left out; every clip counts by the root of its length, so that one
    long clip does not own the basis.
    """
    frontal = []
    for clip in clips:
        good = (
            (clip.quality > 0.7)
            & (np.abs(clip.pose[:, 0]) < _LARGEST_YAW)
            & (np.abs(clip.pose[:, 1]) < _LARGEST_PITCH)
        )
        if good.sum() >= 10:
            frontal.append(clip.landmarks[good])
    first = np.stack([landmarks[len(landmarks) // 2, POSE_POINTS] for landmarks in frontal]).astype(
        np.float64
    )
    # Start from the most frontal head: the others may be turned by up to 25 degrees.
    order = np.argsort(
        np.abs(first[:, _EYES[0], 2] - first[:, _EYES[1], 2])
        / np.linalg.norm(first[:, _EYES[0]] - first[:, _EYES[1]], axis=1)
    )
    head = upright(mean_head(first[order]))
    weights = np.ones((len(SHAPE_POINTS), 3))
    weights[[SLOT[point] for point in OUTER_LIP + INNER_LIP]] *= _LIP_WEIGHT
    weights[[SLOT[point] for point in NEXT_TO_LIPS]] *= 0.5 * (1 + _LIP_WEIGHT)
    weights[:, 2] *= _DEPTH_WEIGHT
    weights = weights.reshape(-1)
    covariance = np.zeros((weights.size, weights.size))
    rests, deviations, openings = [], [], []
    for landmarks in frontal:
        local = local_landmarks(landmarks, head)
        opening = measures(local)[:, 0]
        rests.append(np.median(local[opening <= np.quantile(opening, 0.2)], axis=0))
        deviation = (local - local.mean(0)).reshape(len(local), -1)
        covariance += (deviation * weights).T @ (deviation * weights) / np.sqrt(len(local))
        deviations.append(deviation)
        openings.append(opening - opening.mean())
    values, vectors = np.linalg.eigh(covariance)
    vectors, values = vectors[:, ::-1][:, :size], values[::-1]
    explained = float(values[:size].sum() / values.sum())
    everything, opening = np.concatenate(deviations), np.concatenate(openings)
    raw = (everything * weights) @ vectors
    spread = raw.std(0)
    analysis = (vectors * weights[:, None]) / spread
    basis = (vectors / weights[:, None]) * spread
    coefs = raw / spread
    axis = np.linalg.lstsq(coefs.T @ coefs + 1e-3 * len(coefs) * np.eye(size), coefs.T @ opening, rcond=None)[
        0
    ]
    # A sign that means the same every time: opening where it moves the opening, otherwise the first lip point down.
    signs = np.where(np.abs(axis) > 1e-4, np.sign(axis), np.sign(basis[0] + 1e-12))
    shape = (size, len(SHAPE_POINTS), 3)
    model = ShapeModel.from_arrays(
        {
            "head": head,
            "mean": np.mean(rests, axis=0),
            "basis": (basis * signs).T.reshape(shape),
            "analysis": (analysis * signs).T.reshape(shape),
            "opening_axis": axis * signs,
        }
    )
    return model, explained


def main(arguments: Sequence[str] | None = None) -> None:
    """Fits the basis to a folder of tracked clips and writes it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tracked", type=Path, help="folder of core.research.corpus.real's clips")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    files = licensed_clips(options.tracked)
    if not files:
        parser.error(f"{options.tracked} holds no tracked clips that may be trained on.")
    model, explained = fit_shape(read_tracked(files))
    save_file({name: getattr(model, name) for name in ShapeModel.__slots__}, options.output)
    sys.stdout.write(f"{len(files)} clips; {explained:.2%} of their movement explained\n")


if __name__ == "__main__":
    main()
