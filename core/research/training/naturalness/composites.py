"""Mouths as the own-mouth engine makes them, to teach the judge with, beside the film's own frames and an eye's verdicts.

`core.research.benchmark.judge_composites` makes them.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from core.base.errors import SettingsError


@dataclass(frozen=True, slots=True, eq=False)
class Composites:
    """N made mouths, upright, as `mouths.gather` cuts them.

    Attributes:
        rgb: (N, SIZE, SIZE, 3) uint8.
        film: (N, SIZE, SIZE, 3) uint8, the film's own frame.
        points: (N, 468, 2) float32 in the pixels of `rgb`.
        person, clip: (N,) str; `clip` names the articulation, too.
        frame: (N,) int32.
        doubt: (N,) float32, what the engine said itself.
        held_out: (N,) bool: never trained on.
    """

    rgb: np.ndarray
    film: np.ndarray
    points: np.ndarray
    person: np.ndarray
    clip: np.ndarray
    frame: np.ndarray
    doubt: np.ndarray
    held_out: np.ndarray

    def __len__(self) -> int:
        return len(self.rgb)

    def select(self, rows: np.ndarray) -> "Composites":
        """Those of `rows`."""
        return Composites(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class LookedAt:
    """Made mouths and whether an eye sent each back: 1, 0, or -1 where none looked."""

    composites: Composites
    sent_back: np.ndarray

    def select(self, rows: np.ndarray) -> "LookedAt":
        """Those of `rows`."""
        return LookedAt(self.composites.select(rows), self.sent_back[rows])


def load_composites(folder: Path) -> Composites:
    """All that `make_composites` left in `folder`.

    Raises:
        SettingsError: there is none.
    """
    parts = [dict(np.load(path)) for path in sorted(folder.glob("*.npz"))]
    parts = [part for part in parts if len(part["rgb"])]
    if not parts:
        raise SettingsError(
            f"The folder {folder} holds no made mouths.", hint="Make them with --make-composites first."
        )
    return Composites(*(np.concatenate([part[field.name] for part in parts]) for field in fields(Composites)))


def verdicts(composites: Composites, path: Path) -> np.ndarray:
    """(N,) int8: 1 where an eye sent the made mouth back, 0 where it passed it, -1 where none looked.

    `path` is JSON: for each clip that was looked at the frames that were ``sent back`` and those that ``passed``.
    """
    seen = json.loads(path.read_text("utf-8"))
    found = np.full(len(composites), -1, np.int8)
    for clip, frames in seen.items():
        own = composites.clip == clip
        for verdict, name in enumerate(("passed", "sent back")):
            found[own & np.isin(composites.frame, frames[name])] = verdict
    return found
