"""Where the viewer's pictures come from. Everything in here is called on the decoder thread only."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.errors import MediaError
from core.project.model import MediaId
from ui.viewer.pictures import ConstantClock, FilmClock, Picture

if TYPE_CHECKING:
    from core.media.frame_index import FrameIndex
    from core.media.info import MediaInfo
    from core.media.reader import VideoReader

    Scan = Callable[[Path], tuple[MediaInfo, FrameIndex | None]]

logger = logging.getLogger(__name__)

_OPEN_READERS = 3


@dataclass(frozen=True, slots=True, eq=False)
class FilmFacts:
    """What opening a film told.

    Attributes:
        clock: when each of its frames appears, exact.
        size: (width, height) of its upright samples.
        is_hdr: the picture is tone-mapped to be shown.
        colour: for the badge's tooltip, e.g. ``"bt2020 smpte2084 limited"``.
    """

    clock: FilmClock
    size: tuple[int, int]
    is_hdr: bool
    colour: str


class ResultProvider(Protocol):
    """What the engine side plugs in with `Viewer.set_results`: the generated lips, composited into a source picture.

    Both are asked for with `source`, the decoded picture, so that nothing is decoded twice. They must be quick (a
    cached crop and one composite); what is not there yet is None.
    """

    def result_rgb(self, picture: Picture, source: np.ndarray) -> np.ndarray | None:
        """(H, W, 3) uint8 with the chosen takes of `picture.start` laid in, or None where the source passes through."""

    def mask(self, picture: Picture, source: np.ndarray) -> np.ndarray | None:
        """(H, W) uint8, 255 where the result replaces the source, or None without one."""


class FrameProvider(Protocol):
    """Pictures by their place on the timeline."""

    def source_rgb(self, picture: Picture) -> np.ndarray:
        """(H, W, 3) uint8, upright, read-only; raises AppError."""

    def result_rgb(self, picture: Picture) -> np.ndarray | None:
        """The same with the generated lips, or None where the source passes through."""

    def mask(self, picture: Picture) -> np.ndarray | None:
        """(H, W) uint8 of what was replaced, or None."""

    def facts(self, film: MediaId) -> FilmFacts:
        """Opens the film if need be; raises AppError."""

    def close(self) -> None:
        """Ends every decoder."""


class MediaFrames:
    """The provider that reads the project's files and asks a `ResultProvider` for results.

    Keeps the readers of the last few films open. `set_paths` and `set_results` may be called from any thread: they
    replace one reference, and take effect with the next picture.
    """

    def __init__(self, paths: Mapping[MediaId, str] | None = None) -> None:
        self._paths: Mapping[MediaId, str] = dict(paths or {})
        self._results: ResultProvider | None = None
        self._scan: Scan | None = None
        self._readers: OrderedDict[MediaId, tuple[str, VideoReader]] = OrderedDict()

    def set_paths(self, paths: Mapping[MediaId, str]) -> None:
        """Where each film lies now."""
        self._paths = dict(paths)

    def set_results(self, results: ResultProvider | None) -> None:
        """Who knows the generated lips."""
        self._results = results

    def set_scan(self, scan: "Scan") -> None:
        """Who may know a film's packets already, so that they are not all read again."""
        self._scan = scan

    def source_rgb(self, picture: Picture) -> np.ndarray:
        """The decoded picture."""
        return self._reader(picture.film).rgb(picture.frame, fast=True)

    def result_rgb(self, picture: Picture) -> np.ndarray | None:
        """The picture with the chosen takes."""
        results = self._results
        return results.result_rgb(picture, self.source_rgb(picture)) if results is not None else None

    def mask(self, picture: Picture) -> np.ndarray | None:
        """What the takes replace."""
        results = self._results
        return results.mask(picture, self.source_rgb(picture)) if results is not None else None

    def facts(self, film: MediaId) -> FilmFacts:
        """What the opened file says."""
        reader = self._reader(film)
        video = reader.info.video
        if video is None:
            raise MediaError(f"“{reader.info.path}” has no picture.")
        clock = reader.index if video.is_vfr else ConstantClock(video.rate, reader.frame_count)
        tags = video.colour
        colour = " ".join((tags.primaries_name, tags.transfer_name, tags.range_name))
        return FilmFacts(clock, video.upright_size, tags.is_hdr, colour)

    def close(self) -> None:
        """Closes every reader."""
        while self._readers:
            _, (_, reader) = self._readers.popitem()
            reader.close()

    def _reader(self, film: MediaId) -> "VideoReader":
        path = self._paths.get(film)
        if path is None:
            raise MediaError(f"The film “{film}” is not in the media bin.")
        opened = self._readers.get(film)
        if opened is not None and opened[0] == path:
            self._readers.move_to_end(film)
            return opened[1]
        if opened is not None:  # relinked: the old file is not the film any more
            self._readers.pop(film)[1].close()
        from core.media.reader import (
            VideoReader,
        )  # brings in the decoder's library: not at the program's start

        info, index = self._scan(Path(path)) if self._scan is not None else (None, None)
        reader = VideoReader(path, info=info, index=index)
        self._readers[film] = (path, reader)
        while len(self._readers) > _OPEN_READERS:
            _, (_, oldest) = self._readers.popitem(last=False)
            oldest.close()
        return reader
