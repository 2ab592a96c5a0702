"""Where the viewer's pictures come from. Everything in here is called on the decoder thread only."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.base.errors import AppError, MediaError
from core.project.ids import MediaId
from ui.state.pictures import ConstantClock, FilmClock, Picture

if TYPE_CHECKING:
    from core.media.frame_index import FrameIndex
    from core.media.info import MediaInfo
    from core.media.reader import VideoReader

    Scan = Callable[[Path], tuple[MediaInfo, FrameIndex | None]]

logger = logging.getLogger(__name__)

_OPEN_READERS = 3
Passing = Callable[[Callable[[], np.ndarray]], bool]


@dataclass(frozen=True, slots=True, eq=False)
class FilmFacts:
    """What opening a film told.

    Attributes:
        clock: when each of its frames appears, exact.
        size: (width, height) of its upright samples.
        is_hdr: the picture is tone-mapped to be shown.
        colour: for the badge's tooltip, e.g. ``"bt2020 smpte2084 limited"``.
        is_proxy: its pictures are read from a light copy.
    """

    clock: FilmClock
    size: tuple[int, int]
    is_hdr: bool
    colour: str
    is_proxy: bool = False


class ResultProvider(Protocol):
    """What the engine side plugs in with `Viewer.set_results`: the generated lips, composited into a source picture.

    Both are asked for with `source`, the decoded picture, so that nothing is decoded twice. They must be quick (a
    cached crop and one composite); what is not there yet is None.
    """

    def result_rgb(
        self, picture: Picture, source: np.ndarray, *, rivals: bool = False
    ) -> np.ndarray | None:
        """(H, W, 3) uint8 with the chosen takes of `picture.start` laid in, or None where the source passes through.

        With `rivals` those they are compared with, where there are any.
        """

    def mask(self, picture: Picture, source: np.ndarray) -> np.ndarray | None:
        """(H, W) uint8, 255 where the result replaces the source, or None without one."""


class FrameProvider(Protocol):
    """Pictures by their place on the timeline."""

    def approach(self, picture: Picture, passing: "Passing") -> bool:
        """Makes `source_rgb` quick; False when `passing` broke off. It gets ways to make pictures passed on the way."""

    def source_rgb(self, picture: Picture) -> np.ndarray:
        """(H, W, 3) uint8, upright, read-only; raises AppError."""

    def result_rgb(self, picture: Picture, *, rivals: bool = False) -> np.ndarray | None:
        """The same with the generated lips (or their rivals), or None where the source passes through."""

    def mask(self, picture: Picture) -> np.ndarray | None:
        """(H, W) uint8 of what was replaced, or None."""

    def facts(self, film: MediaId) -> FilmFacts:
        """Opens the film if need be; raises AppError."""

    def close(self) -> None:
        """Ends every decoder."""


class MediaFrames:
    """The provider that reads the project's files and asks a `ResultProvider` for results.

    Where a film has a proxy its pictures are read from there and made as large as the film's own, so that faces and lips
    lie where they lie in the film. Keeps the readers of the last few films open. `set_paths`, `set_proxies` and `set_results` may be called from any thread: they
    replace one reference, and take effect with the next picture.
    """

    def __init__(self, paths: Mapping[MediaId, str] | None = None) -> None:
        self._paths: Mapping[MediaId, str] = dict(paths or {})
        self._proxies: Mapping[MediaId, str] = {}
        self._full_sizes: dict[tuple[MediaId, str], tuple[int, int]] = {}
        self._enlarged: tuple[MediaId, str, int, np.ndarray] | None = None
        self._results: ResultProvider | None = None
        self._scan: Scan | None = None
        self._readers: OrderedDict[MediaId, tuple[str, VideoReader]] = OrderedDict()

    def set_paths(self, paths: Mapping[MediaId, str]) -> None:
        """Where each film lies now."""
        self._paths = dict(paths)

    def set_proxies(self, proxies: Mapping[MediaId, str]) -> None:
        """Which light copies are to be read instead of the films."""
        self._proxies = dict(proxies)

    def set_results(self, results: ResultProvider | None) -> None:
        """Who knows the generated lips."""
        self._results = results

    def set_scan(self, scan: "Scan") -> None:
        """Who may know a film's packets already, so that they are not all read again."""
        self._scan = scan

    def approach(self, picture: Picture, passing: "Passing") -> bool:
        """Decodes up to the picture."""
        from core.media.picture import frame_to_rgb

        reader = self._reader(picture.film)
        video = reader.info.video
        if video is None:
            return True
        return reader.approach(
            picture.frame,
            lambda near: passing(lambda: frame_to_rgb(near.frame, video.colour, video.rotation, fast=True)),
        )

    def source_rgb(self, picture: Picture) -> np.ndarray:
        """The decoded picture, at the film's own size."""
        rgb = self._reader(picture.film).rgb(picture.frame, fast=True)
        path = self._proxies.get(picture.film)
        if path is None:
            return rgb
        width, height = self._full_size(picture.film, path, rgb)
        if rgb.shape[:2] == (height, width):
            return rgb
        if self._enlarged is not None and self._enlarged[:3] == (picture.film, path, picture.frame):
            return self._enlarged[3]
        import cv2

        large = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_LINEAR)
        large.flags.writeable = False
        self._enlarged = (picture.film, path, picture.frame, large)
        return large

    def result_rgb(self, picture: Picture, *, rivals: bool = False) -> np.ndarray | None:
        """The picture with the chosen takes, or their rivals."""
        results = self._results
        return results.result_rgb(picture, self.source_rgb(picture), rivals=rivals) if results is not None else None

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
        proxy = self._proxies.get(film)
        size = video.upright_size
        if proxy is not None:
            size = self._full_size(film, proxy, np.empty((size[1], size[0], 0)))
        return FilmFacts(clock, size, tags.is_hdr, colour, proxy is not None)

    def close(self) -> None:
        """Closes every reader."""
        while self._readers:
            _, (_, reader) = self._readers.popitem()
            reader.close()

    def _full_size(self, film: MediaId, proxy: str, small: np.ndarray) -> tuple[int, int]:
        """(width, height) of the film a proxy stands for; the proxy's own when the film itself cannot be read."""
        known = self._full_sizes.get((film, proxy))
        if known is not None:
            return known
        size = (small.shape[1], small.shape[0])
        try:
            if self._scan is not None:
                video = self._scan(Path(self._paths[film]))[0].video
                size = video.upright_size if video is not None else size
        except (AppError, KeyError, OSError) as error:
            logger.info("the size of %s is not known: %s", film, error)
        self._full_sizes[film, proxy] = size
        return size

    def _reader(self, film: MediaId) -> "VideoReader":
        path = self._proxies.get(film) or self._paths.get(film)
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
