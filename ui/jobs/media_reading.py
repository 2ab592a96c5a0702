"""What is read from media files on the pool: facts, thumbnails, waveforms, faces. No Qt objects but `QImage`.

Results lie in the disk cache under the file's quick hash, shared by all projects.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage

from core.base.sealed import DamagedError, discard, read_sealed, touch, write_sealed
from core.face_geometry.track import FaceTrack
from core.project.media_facts import found
from core.project.media_items import MediaFacts, MediaItem, MediaKind
from ui.base.painting import to_qimage
from ui.state.library import PersonFacts, Waveform

if TYPE_CHECKING:
    from core.faces.analysis import Analysis
    from core.media.frame_index import FrameIndex
    from core.media.info import MediaInfo

THUMBNAIL_HEIGHT = 96  # twice the lane's height at 100 %, for screens at 200 %
PEAKS_PER_SECOND = 100
PORTRAIT_SIZE = 160
_MAX_SCANS = 8


@dataclass(frozen=True, slots=True)
class Probed:
    """A file that can be put into the bin."""

    path: Path
    kind: MediaKind
    facts: MediaFacts
    size: int
    quick_hash: str


class ScanCache:
    """The frame index of the last few films, so that each thumbnail does not read all packets again. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._scans: OrderedDict[tuple[Path, int], tuple[MediaInfo, FrameIndex | None]] = OrderedDict()

    def scan(self, path: Path) -> "tuple[MediaInfo, FrameIndex | None]":
        """What `core.media.probe.scan` gives.

        Raises:
            MediaError: not a media file.
        """
        from core.media.probe import (
            scan,
        )  # brings in the decoder's library, which the window's start does not need

        key = (path, path.stat().st_mtime_ns if path.exists() else 0)
        with self._lock:
            if key in self._scans:
                self._scans.move_to_end(key)
                return self._scans[key]
        found = scan(path)
        with self._lock:
            self._scans[key] = found
            while len(self._scans) > _MAX_SCANS:
                self._scans.popitem(last=False)
        return found


def probe_file(path: Path, scans: ScanCache) -> Probed:
    """What a file is.

    Raises:
        MediaError: not a media file.
    """
    info, _ = scans.scan(path)
    told = found(path, info)
    return Probed(path, told.kind, told.facts, told.size, told.quick_hash)


def read_thumbnails(
    medium: MediaItem,
    times: tuple[Fraction, ...],
    cache: Path,
    scans: ScanCache,
    is_cancelled: Callable[[], bool],
) -> Iterator[tuple[Fraction, QImage]]:
    """The pictures at `times` (rising), as they come.

    Raises:
        MediaError: the film cannot be read.
    """
    folder = cache / "thumbnails" / file_key(medium)
    missing = []
    for time in times:
        path = _thumbnail_path(folder, time)
        image = QImage.fromData(QByteArray(_kept(path)))
        if image.isNull():
            missing.append(time)
        else:
            yield time, image
    if not missing or is_cancelled():
        return
    from core.media.reader import VideoReader

    folder.mkdir(parents=True, exist_ok=True)
    info, index = scans.scan(Path(medium.path))
    with VideoReader(medium.path, info=info, index=index, threads=1) as reader:
        for time in missing:
            if is_cancelled():
                return
            number = min(max(reader.index.number_at(time), 0), reader.frame_count - 1)
            picture = reader.rgb(number, fast=True)
            height, width = picture.shape[:2]
            shown_width = max(
                1, round(THUMBNAIL_HEIGHT * (medium.facts.width or width) / (medium.facts.height or height))
            )
            small = cv2.resize(picture, (shown_width, THUMBNAIL_HEIGHT), interpolation=cv2.INTER_AREA)
            write_sealed(_thumbnail_path(folder, time), cv2.imencode(".jpg", small[:, :, ::-1])[1].tobytes())
            yield time, to_qimage(small).copy()


def read_waveform(medium: MediaItem, cache: Path) -> Waveform:
    """The peaks of a medium's sound.

    Raises:
        MediaError: it has no sound or cannot be read.
    """
    path = cache / "waveforms" / f"{file_key(medium)}.peaks"
    kept = np.frombuffer(_kept(path), np.float32)
    if len(kept):
        peaks = kept.reshape(2, -1)
        return Waveform(PEAKS_PER_SECOND, peaks[0], peaks[1])
    from core.media.audio import analysis_blocks

    step = 16000 // PEAKS_PER_SECOND
    rest = np.zeros(0, np.float32)
    low, high = [], []
    for block in analysis_blocks(medium.path):
        samples = np.concatenate([rest, block])
        whole = len(samples) // step * step
        pieces = samples[:whole].reshape(-1, step)
        low.append(pieces.min(axis=1))
        high.append(pieces.max(axis=1))
        rest = samples[whole:]
    empty = np.zeros(0, np.float32)
    peaks = np.stack([np.concatenate([empty, *low]), np.concatenate([empty, *high])]).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_sealed(path, peaks.tobytes())
    return Waveform(PEAKS_PER_SECOND, peaks[0], peaks[1])


def load_faces(folder: Path) -> "Analysis":
    """A finished face analysis."""
    from core.faces.analysis import load_analysis

    return load_analysis(folder)


def people_facts(film: MediaItem, analysis: "Analysis", scans: ScanCache) -> tuple[PersonFacts, ...]:
    """Who is in a film, the longest on screen first, each with a portrait from the best frame.

    Raises:
        MediaError: the film cannot be read.
    """
    from core.media.reader import VideoReader

    people: dict[str, list[FaceTrack]] = {}
    for track in analysis.tracks:
        people.setdefault(track.person, []).append(track)
    frame_seconds = _frame_seconds(analysis.times)
    found = []
    info, index = scans.scan(Path(film.path))
    with VideoReader(film.path, info=info, index=index, threads=1) as reader:
        for tracks in people.values():
            seconds = sum(float(frame_seconds[t.first_frame : t.end_frame].sum()) for t in tracks)
            portrait = _portrait(reader.rgb, tracks)
            found.append(PersonFacts(film.id, tracks[0].person, seconds, None, portrait))
    return tuple(sorted(found, key=lambda each: -each.seconds_on_screen))


def _portrait(rgb: Callable[[int], np.ndarray], tracks: list[FaceTrack]) -> QImage | None:
    best: tuple[float, FaceTrack, int] | None = None
    for track in tracks:
        size = np.sqrt(
            np.maximum(0, (track.boxes[:, 2] - track.boxes[:, 0]) * (track.boxes[:, 3] - track.boxes[:, 1]))
        )
        # Large, sure and turned to the camera: a face half turned away counts half.
        worth = size * track.quality * np.cos(np.radians(np.clip(np.abs(track.pose[:, 0]), 0, 90)))
        row = int(np.argmax(worth))
        if best is None or worth[row] > best[0]:
            best = (float(worth[row]), track, row)
    if best is None:
        return None
    _, track, row = best
    picture = rgb(track.first_frame + row)
    x0, y0, x1, y1 = (float(value) for value in track.boxes[row])
    half = 0.75 * max(x1 - x0, y1 - y0)
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2 - 0.1 * (y1 - y0)
    corners = np.array([[cx - half, cy - half], [cx + half, cy - half], [cx - half, cy + half]], np.float32)
    size = PORTRAIT_SIZE
    target = np.array([[0, 0], [size, 0], [0, size]], np.float32)
    crop = cv2.warpAffine(
        picture,
        cv2.getAffineTransform(corners, target),
        (size, size),
        flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return to_qimage(crop).copy()


def _frame_seconds(times: np.ndarray) -> np.ndarray:
    """How long each frame is shown; the last as long as the one before."""
    if len(times) < 2:
        return np.zeros(len(times))
    lengths = np.diff(times)
    return np.append(lengths, lengths[-1])


def file_key(medium: MediaItem) -> str:
    """What names a medium's content in the disk cache."""
    return medium.quick_hash or hashlib.sha256(medium.path.encode()).hexdigest()


def _thumbnail_path(folder: Path, time: Fraction) -> Path:
    return folder / f"{round(time * 1000):010d}.thumb"


def _kept(path: Path) -> bytes:
    """What the cache has at `path`; empty where there is nothing, or nothing whole."""
    try:
        content = bytes(read_sealed(path))
    except OSError:
        return b""
    except DamagedError:
        discard(path, "A picture of a film or its sound")
        return b""
    touch(path)
    touch(path.parent)
    return content
