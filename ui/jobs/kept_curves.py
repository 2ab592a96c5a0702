"""Sync curves of takes on disk, so that an opened project shows how well they fit without judging them again."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.base.models import MODELS
from core.project.model import TakePiece
from ui.state.library import SyncCurve


def save_curve(folder: Path, pieces: Sequence[TakePiece], curve: SyncCurve) -> None:
    """Keeps the curve of the take made of `pieces`; atomic. For the pool's threads.

    Raises:
        OSError: the disk is full or may not be written.
    """
    path = _path(folder, pieces)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.stem}.{os.getpid()}.npy")
    try:
        np.save(beside, np.stack([curve.times, curve.p_sync, curve.offset_ms]))
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def load_curve(folder: Path, pieces: Sequence[TakePiece]) -> SyncCurve | None:
    """The kept curve of the take made of `pieces`, or None when there is none or it cannot be read."""
    try:
        times, p_sync, offset_ms = np.load(_path(folder, pieces))
    except (OSError, ValueError):
        return None
    return SyncCurve(pieces[0].film, times, p_sync.astype(np.float32), offset_ms.astype(np.float32))


def _path(folder: Path, pieces: Sequence[TakePiece]) -> Path:
    """By what the pieces' pixels depend on and by the scorer, so that projects share it and no other take gets it."""
    keys = "\n".join(
        [*(sha256 for _, sha256 in MODELS["sync-scorer-a"].files), *(piece.key for piece in pieces)]
    )
    return folder / f"{hashlib.sha256(keys.encode()).hexdigest()[:32]}.npy"
