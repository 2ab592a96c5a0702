"""How faces move with their mouths: ``python -m core.research.corpus.mouth_motion TRACKED -o resources/face/mouth_motion.npz``.

Six numbers of each tracked frame (the lips' gap, the mouth's width, the chin's drop, the upper lip's lift, the corners'
height, the lower lip's thickness) are regressed on the movement of all 468 points from the person's own rest, over many
people, mirrored. The result holds nobody's face: only how skin follows lips on average.
"""

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.face_geometry.canonical_face import canonical_face, normalise, person_template
from core.face_geometry.landmark_sets import STABLE
from core.research.corpus.held_out import is_licensed

MOVEMENTS = ("gap", "width", "chin", "ulraise", "corner_y", "ll_thick")
_MIN_QUALITY, _MAX_YAW, _MIN_FRAMES, _MAX_FRAMES = 0.8, 22.0, 60, 3000
_REST_SHARE = 0.15  # of a person's frames with the smallest gap are taken for rest


def movement_numbers(displacement: np.ndarray) -> np.ndarray:
    """(F, 6) the numbers of `MOVEMENTS` of displacements from rest (F, 468, 3)."""
    d = displacement
    return np.stack(
        [
            d[:, 14, 1] - d[:, 13, 1],
            d[:, 291, 0] - d[:, 61, 0],
            d[:, 152, 1],
            -d[:, 0, 1],
            (d[:, 61, 1] + d[:, 291, 1]) / 2,
            d[:, 17, 1] - d[:, 14, 1],
        ],
        axis=1,
    )


def fit_movements(displacements: Sequence[np.ndarray]) -> np.ndarray:
    """(6, 468, 3): movement of every point per unit of each number, from people's displacements (F, 468, 3)."""
    mirror = canonical_face().mirror
    both = np.concatenate([part for d in displacements for part in (d, d[:, mirror] * np.array([-1, 1, 1]))])
    fitted = np.linalg.lstsq(movement_numbers(both), both.reshape(len(both), -1), rcond=None)[0]
    movements = fitted.reshape(len(MOVEMENTS), -1, 3)
    movements[:, list(STABLE)] = 0  # what follows the skull does not move with the mouth
    return movements


def displacements_of(landmarks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(F, 468, 3) float32 displacements from rest of one person's tracked landmarks, without head motion."""
    if len(landmarks) > _MAX_FRAMES:
        landmarks = landmarks[rng.permutation(len(landmarks))[:_MAX_FRAMES]]
    local = normalise(landmarks, template=person_template(landmarks)).local
    gap = local[:, 14, 1] - local[:, 13, 1]
    rest = np.median(local[gap <= np.quantile(gap, _REST_SHARE)], axis=0)
    return (local - rest).astype(np.float32)


def make_mouth_motion(tracked: Sequence[Path], out: Path) -> int:
    """Writes the movements fitted on tracked clips (``.npz`` of `core.research.corpus.real`); returns how many people they show.

    Only clips that may be trained on are used.
    """
    people: dict[str, list[np.ndarray]] = defaultdict(list)
    for path in tracked:
        with np.load(path) as data:
            if not bool(data["allowed"]) or not is_licensed(path.stem):
                continue
            good = (data["quality"] > _MIN_QUALITY) & (np.abs(data["pose"][:, 0]) < _MAX_YAW)
            people[str(data["person"])].append(data["landmarks"][good])
    rng = np.random.default_rng(0)
    gathered = [np.concatenate(parts) for parts in people.values()]
    displacements = [displacements_of(points, rng) for points in gathered if len(points) >= _MIN_FRAMES]
    beside = out.with_name(out.name + ".part.npz")
    np.savez_compressed(
        beside, movements=fit_movements(displacements).astype(np.float16), names=np.array(MOVEMENTS)
    )
    os.replace(beside, out)
    return len(displacements)


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tracked", type=Path, help="folder of tracked clips")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="NPZ")
    args = parser.parse_args(argv)
    people = make_mouth_motion(sorted(args.tracked.glob("*.npz")), args.output)
    sys.stdout.write(f"{people} people\n")


if __name__ == "__main__":
    main()
