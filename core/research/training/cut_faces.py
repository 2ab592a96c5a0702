"""Pictures of faces, or of parts of them, cut out of tracked footage once and kept: what small networks are taught with."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from core.base.errors import SettingsError

Row = tuple[np.ndarray, np.ndarray, str, str, bool]  # one of each attribute of `CutFaces`, in their order


@dataclass(frozen=True, slots=True, eq=False)
class CutFaces:
    """N pictures, upright.

    Attributes:
        rgb: (N, S, S, 3) uint8.
        points: (N, 468, 2) float32 landmarks in their pixels.
        person: (N,) str.
        clip: (N,) str.
        held_out: (N,) bool: never trained on.
    """

    rgb: np.ndarray
    points: np.ndarray
    person: np.ndarray
    clip: np.ndarray
    held_out: np.ndarray

    def __len__(self) -> int:
        return len(self.rgb)

    def select(self, rows: np.ndarray) -> "CutFaces":
        """Those of `rows`."""
        return CutFaces(*(getattr(self, field.name)[rows] for field in fields(self)))


def gathered(cache: Path, make: Callable[[], Iterable[Row]], tracked: Path) -> CutFaces:
    """What `make` cuts out of `tracked`, kept in `cache` for the next time.

    Raises:
        SettingsError: there is nothing to train on.
    """
    names = [field.name for field in fields(CutFaces)]
    if cache.is_file():
        with np.load(cache) as kept:
            if set(names) <= set(kept.files):  # else it is of another version
                return CutFaces(**{name: kept[name] for name in names})
    rows = list(make())
    if all(held_out for *_, held_out in rows):
        raise SettingsError(
            f"The folder {tracked} holds no tracked clips that may be trained on.",
            hint="Make them with python -m core.research.corpus.real.",
        )
    columns = list(zip(*rows, strict=True))
    faces = CutFaces(*(np.stack(column) if n < 2 else np.array(column) for n, column in enumerate(columns)))
    cache.parent.mkdir(parents=True, exist_ok=True)
    beside = cache.with_suffix(".part")
    with beside.open("wb") as file:
        np.savez(file, **{name: getattr(faces, name) for name in names})
    os.replace(beside, cache)
    return faces


def fair_chances(person: np.ndarray) -> np.ndarray:
    """(N,) that sum to 1: how often each picture is taken; people with many more often, but not as often as they have pictures."""
    _, owner, counts = np.unique(person, return_inverse=True, return_counts=True)
    weight = 1 / np.sqrt(counts[owner])
    return weight / weight.sum()
