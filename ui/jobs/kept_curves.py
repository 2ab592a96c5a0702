"""Sync curves of takes on disk, so that an opened project shows how well they fit without judging them again."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.base.models import MODELS
from core.base.sealed import DamagedError, discard, read_sealed, touch, write_sealed
from core.project.segments import TakePiece
from ui.state.library import SyncCurve


def save_curve(folder: Path, pieces: Sequence[TakePiece], curve: SyncCurve) -> None:
    """Keeps the curve of the take made of `pieces`; atomic. For the pool's threads.

    Raises:
        OSError: the disk is full or may not be written.
    """
    path = _path(folder, pieces)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_sealed(path, np.stack([curve.times, curve.p_sync, curve.offset_ms]).astype(np.float64).tobytes())


def load_curve(folder: Path, pieces: Sequence[TakePiece]) -> SyncCurve | None:
    """The kept curve of the take made of `pieces`, or None when there is none or it cannot be read."""
    path = _path(folder, pieces)
    try:
        times, p_sync, offset_ms = np.frombuffer(read_sealed(path), np.float64).reshape(3, -1)
    except OSError:
        return None
    except (DamagedError, ValueError):
        discard(path, "A sync curve")
        return None
    touch(path)
    return SyncCurve(pieces[0].film, times, p_sync.astype(np.float32), offset_ms.astype(np.float32))


def _path(folder: Path, pieces: Sequence[TakePiece]) -> Path:
    """By what the pieces' pixels depend on and by the scorer, so that projects share it and no other take gets it."""
    keys = "\n".join(
        [*(sha256 for _, sha256 in MODELS["sync-scorer-a"].files), *(piece.key for piece in pieces)]
    )
    return folder / f"{hashlib.sha256(keys.encode()).hexdigest()[:32]}.curve"
