"""Sound as the analysis hears it, kept on disk and memory-mapped: an hour of film costs no memory."""

from pathlib import Path

import numpy as np

from core.base.content_hash import quick_hash
from core.base.errors import AppError
from core.base.models import user_data_dir
from core.base.sealed import DamagedError, cache_errors, checked_length, discard, sealing, touch
from core.media.audio import ANALYSIS_RATE, analysis_blocks

_VERSION = 2  # raise whenever the same file would give other samples
_MARGIN_SECONDS = 3  # of sound around a stretch that speech features and motion may look at


def mapped_voice(path: Path) -> np.ndarray:
    """(N,) float32 mono 16 kHz of a file's sound, read-only and memory-mapped; see `core.media.audio.read_analysis`.

    Raises:
        MediaError: the file cannot be read or has no sound.
        AppError: the cache folder cannot be written.
    """
    folder = user_data_dir() / "cache" / "voices"
    kept = folder / f"{quick_hash(path)}-{_VERSION}.f32"
    samples = _kept_samples(kept)
    if samples is None:
        with cache_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with sealing(kept) as file:
                for block in analysis_blocks(path):
                    file.write(np.ascontiguousarray(block, np.float32).data.cast("B"))
        samples = _kept_samples(kept)
        if samples is None:
            raise AppError(
                f"What was written into the cache folder {folder} does not come back as it was.",
                hint="Check the disk.",
            )
    return samples


def _kept_samples(kept: Path) -> np.ndarray | None:
    """The samples in a cached file; None where it is not there or is damaged (then it is gone)."""
    try:
        length = checked_length(kept)
    except OSError:
        return None
    except DamagedError:
        discard(kept, "A voice")
        return None
    touch(kept)
    return np.memmap(kept, np.float32, "r", shape=(length // 4,)) if length else np.zeros(0, np.float32)


def stretch(voice: np.ndarray, start: float, end: float) -> tuple[np.ndarray, float]:
    """The part of `voice` around `start`…`end` seconds with a margin, in memory, and the time of its first sample."""
    first = min(max(round((start - _MARGIN_SECONDS) * ANALYSIS_RATE), 0), len(voice))
    last = min(max(round((end + _MARGIN_SECONDS) * ANALYSIS_RATE), first), len(voice))
    return np.array(voice[first:last]), first / ANALYSIS_RATE
