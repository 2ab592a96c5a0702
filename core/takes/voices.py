"""Sound as the analysis hears it, kept on disk and memory-mapped: an hour of film costs no memory."""

import os
from pathlib import Path

import numpy as np

from core.base.content_hash import quick_hash
from core.base.errors import AppError
from core.base.models import user_data_dir
from core.media.audio import ANALYSIS_RATE, analysis_blocks

_VERSION = 1  # raise whenever the same file would give other samples
_MARGIN_SECONDS = 3  # of sound around a stretch that speech features and motion may look at


def mapped_voice(path: Path) -> np.ndarray:
    """(N,) float32 mono 16 kHz of a file's sound, read-only and memory-mapped; see `core.media.audio.read_analysis`.

    Raises:
        MediaError: the file cannot be read or has no sound.
        AppError: the cache folder cannot be written.
    """
    folder = user_data_dir() / "cache" / "voices"
    kept = folder / f"{quick_hash(path)}-{_VERSION}.f32"
    if not kept.is_file():
        part = kept.with_suffix(f".part{os.getpid()}")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                for block in analysis_blocks(path):
                    file.write(np.ascontiguousarray(block, np.float32).tobytes())
            os.replace(part, kept)
        except OSError as exc:
            raise AppError(
                f"The cache folder {folder} cannot be written: {exc.strerror}.", hint="Free some space."
            ) from exc
        finally:
            part.unlink(missing_ok=True)
    if kept.stat().st_size == 0:
        return np.zeros(0, np.float32)
    return np.memmap(kept, np.float32, mode="r")


def stretch(voice: np.ndarray, start: float, end: float) -> tuple[np.ndarray, float]:
    """The part of `voice` around `start`…`end` seconds with a margin, in memory, and the time of its first sample."""
    first = min(max(round((start - _MARGIN_SECONDS) * ANALYSIS_RATE), 0), len(voice))
    last = min(max(round((end + _MARGIN_SECONDS) * ANALYSIS_RATE), first), len(voice))
    return np.array(voice[first:last]), first / ANALYSIS_RATE
