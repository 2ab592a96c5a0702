"""A film opened for engine work: its facts, its frames' times, its faces, its own voice."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from core.base.content_hash import quick_hash
from core.base.errors import MediaError
from core.base.timing import TimeRange
from core.faces.analysis import Analysis, analyse
from core.jobs.cancel import CancelToken
from core.media.frame_index import FrameIndex
from core.media.info import MediaInfo, VideoStreamInfo
from core.media.probe import scan
from core.media.reader import VideoReader
from core.takes.voices import mapped_voice

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Film:
    """One source film.

    Attributes:
        info: what probing found; it has a picture.
        index: the frames' timestamps.
        analysis: shots, tracks and people.
    """

    info: MediaInfo
    index: FrameIndex
    analysis: Analysis

    @property
    def video(self) -> VideoStreamInfo:
        """The picture stream."""
        if self.info.video is None:
            raise MediaError(f"“{self.info.path}” has no video stream.", hint="Choose a file with a picture.")
        return self.info.video

    @cached_property
    def times(self) -> np.ndarray:
        """(F,) float64 seconds of each frame after the first."""
        return self.index.seconds()

    @cached_property
    def content_hash(self) -> str:
        """Identity of the file's content."""
        return quick_hash(self.info.path)

    @cached_property
    def voice(self) -> np.ndarray | None:
        """(N,) float32 16 kHz mono of the film's own sound, sample 0 at the first frame, memory-mapped; None if silent."""
        return mapped_voice(self.info.path) if self.info.has_audio else None

    def reader(self) -> VideoReader:
        """A new reader of its pictures; the caller closes it."""
        return VideoReader(self.info.path, info=self.info, index=self.index)


def open_film(
    path: Path, token: CancelToken, progress: Progress | None = None, around: TimeRange | None = None
) -> Film:
    """Opens a film and finds its faces, from the cache when they are known; of a long film those `around` a part of it.

    Raises:
        MediaError: it cannot be read or has no picture.
        ModelError: the face models are missing.
        Cancelled: `token` said so.
    """
    info, index = scan(path, need_video=True)
    if index is None:
        raise MediaError(f"“{path}” has no video stream.", hint="Choose a file with a picture.")
    analysis = analyse(path, progress=progress, is_cancelled=lambda: token.is_cancelled, around=around)
    return Film(info, index, analysis)
