"""Learns the morphable point model that ships: ``python -m core.research.training.morphable TRACKED -o FILE``."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from core.appearance.morphable import EXPRESSION, IDENTITY, MorphableModel
from core.face_geometry.canonical_face import canonical_face, normalise
from core.research.corpus.held_out import may_train, person_of

_BLOCK = 4096
_LEAST_QUALITY = 0.5


def learn(tracks: Sequence[np.ndarray]) -> MorphableModel:
    """The bases of `tracks`, each (F, 468, 3) landmarks of one person; every track counts the same."""
    canonical = canonical_face().points.reshape(-1)
    people = []
    covariance = np.zeros((canonical.size, canonical.size))
    for landmarks in tracks:
        local = normalise(landmarks).local.reshape(len(landmarks), -1)
        median = np.median(local, axis=0)
        people.append(median - canonical)
        for start in range(0, len(local), _BLOCK):
            moved = (local[start : start + _BLOCK] - median).astype(np.float64)
            covariance += moved.T @ moved / len(local)
    variance, vectors = np.linalg.eigh(covariance / len(tracks))
    order = np.argsort(variance)[::-1][:EXPRESSION]
    _, singular, identity = np.linalg.svd(np.stack(people), full_matrices=False)
    return MorphableModel(
        identity=identity[:IDENTITY].astype(np.float32),
        expression=np.ascontiguousarray(vectors[:, order].T, dtype=np.float32),
        identity_spread=np.maximum(singular[:IDENTITY] / np.sqrt(len(people)), 1e-6).astype(np.float32),
        expression_spread=np.maximum(np.sqrt(variance[order]), 1e-6).astype(np.float32),
    )


def save_model(model: MorphableModel, path: Path) -> None:
    """Writes the bases as safetensors."""
    save_file({name: np.ascontiguousarray(getattr(model, name)) for name in MorphableModel.__slots__}, path)


def tracks_of(tracked: Path) -> list[np.ndarray]:
    """(F, 468, 3) landmarks of each person that may be trained on, of all their clips (``.npz`` of `core.research.corpus.real`)."""
    people: dict[str, list[np.ndarray]] = defaultdict(list)
    for path in sorted(tracked.glob("*.npz")):
        with np.load(path) as data:
            if bool(data["allowed"]) and may_train(path.stem):
                people[person_of(path.stem)].append(data["landmarks"][data["quality"] >= _LEAST_QUALITY])
    return [np.concatenate(parts) for parts in people.values() if sum(map(len, parts))]


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tracked", type=Path, help="folder of tracked clips")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="SAFETENSORS")
    args = parser.parse_args(argv)
    tracks = tracks_of(args.tracked)
    if len(tracks) < IDENTITY:
        parser.error(f"{args.tracked} holds {len(tracks)} people that may be trained on; {IDENTITY} are needed.")
    save_model(learn(tracks), args.output)
    sys.stdout.write(f"{len(tracks)} people\n")


if __name__ == "__main__":
    main()
