"""All faces of a film: shots, tracks, people. Made once, kept in a folder, read back memory-mapped.

The folder holds ``analysis.json``, ``times.npy`` and five or six ``.npy`` files per track; nothing in memory grows with the film but
a few bytes per frame and face.
"""

import hashlib
import json
import logging
import math
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from core.base.content_hash import quick_hash
from core.base.errors import Cancelled, MediaError
from core.base.models import user_data_dir
from core.base.sealed import DamagedError, cache_errors, check_folder, discard, reserve, sealing_folder, touch
from core.base.stages import stage
from core.base.timing import TimeRange
from core.base.whole_file import is_ended
from core.face_geometry.cover import Cover, steadied
from core.face_geometry.pose import head_pose
from core.face_geometry.track import FaceTrack, PersonId, TrackId
from core.faces.backend import FaceBackend, open_backend
from core.faces.false_cuts import without_false_cuts
from core.faces.identity import Describer, group_people
from core.faces.occluders import OccluderFinder
from core.faces.part_of_film import frames_about
from core.faces.shots import Shot, ShotFinder
from core.faces.smoothing import BLOCK, smooth_landmarks
from core.faces.tracker import FaceTracker, RawTrack
from core.jobs.spread import spread
from core.media.picture import frame_to_rgb
from core.media.reader import DecodedFrame, VideoReader

logger = logging.getLogger(__name__)

ANALYSIS_VERSION = 11  # raise whenever the same film gave other tracks or covers (so with another network)
SHORTEST_TRACK = Fraction(1, 4)  # seconds; less is a false alarm, or nothing one could re-sync
_FILLED, _SHORTEST_FILLED = 0.8, 3  # of a shot's frames; frames
_MOST_AHEAD_BYTES = 64 * 2**20  # of pictures that wait for their turn
ARRAYS = ("boxes", "landmarks", "pose", "quality")

Progress = Callable[[int, int], None]
IsCancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """The faces of one film.

    Attributes:
        key: of the file's content and of everything else the result depends on.
        frame_count: number of frames in the film, F.
        times: (F,) float64 seconds since the first frame.
        width: of the upright picture in pixels.
        height: of the upright picture in pixels.
        shots: cover all frames of `looked_at` in order.
        tracks: by first frame; arrays are memory-mapped.
        backend: name of the backend used.
        folder: where it lies.
        looked_at: the frames in which faces were looked for; all of them, or those about a part of a long film.
    """

    key: str
    frame_count: int
    times: np.ndarray
    width: int
    height: int
    shots: tuple[Shot, ...]
    tracks: tuple[FaceTrack, ...]
    backend: str
    folder: Path
    looked_at: range

    def tracks_at(self, frame: int) -> tuple[FaceTrack, ...]:
        """The faces visible in `frame`."""
        return tuple(track for track in self.tracks if frame in track.frames)

    def tracks_of(self, person: str) -> tuple[FaceTrack, ...]:
        """All tracks of one person."""
        return tuple(track for track in self.tracks if track.person == person)

    def frames_with_face(self) -> int:
        """How many frames show at least one face."""
        seen = np.zeros(self.frame_count, dtype=bool)
        for track in self.tracks:
            seen[track.first_frame : track.end_frame] = True
        return int(seen.sum())


def analyse(
    path: str | os.PathLike[str],
    *,
    backend: str = "auto",
    cache: Path | None = None,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
    around: TimeRange | None = None,
) -> Analysis:
    """The faces of the film at `path`, from the cache when they are there.

    Args:
        path: the film.
        backend: as in `open_backend`.
        cache: folder of analyses; the user's by default.
        progress: called with (frames done, frames in all that are looked at).
        is_cancelled: asked before each frame.
        around: seconds after the first frame; of a long film no more is looked at than what lies about them (see
            `core.faces.part_of_film`), unless all of it was looked at before.

    Raises:
        MediaError: the film cannot be read.
        ModelError: the backend's models are missing.
        Cancelled: `is_cancelled` said so; nothing is left behind.
    """
    cache = user_data_dir() / "cache" / "faces" if cache is None else cache
    networks = open_backend(backend)
    key = analysis_key(Path(path), networks.name)
    kept = _kept(cache / key)
    if kept is not None:
        return kept
    with VideoReader(path) as reader:
        frames = range(reader.frame_count)
        if around is not None:
            frames = frames_about(around, reader.index.seconds(), _parts_before(cache, key))
        if len(frames) < reader.frame_count:
            key = f"{key}-{frames.start}-{frames.stop}"
            kept = _kept(cache / key)
            if kept is not None:
                return kept
        with cache_errors(cache):
            cache.mkdir(parents=True, exist_ok=True)
            _clear_leftovers(cache)
            with sealing_folder(cache / key) as work:
                _analyse_into(work, reader, frames, key, networks, progress, is_cancelled)
    return load_analysis(cache / key)


def _kept(folder: Path) -> Analysis | None:
    if folder.is_dir():
        try:
            return load_analysis(folder)
        except DamagedError:
            discard(folder, "The analysis of a film")
    return None


def _parts_before(cache: Path, key: str) -> list[range]:
    """The parts of the film called `key` that were looked at before; their folders' names say which."""
    names = (folder.name.split("-")[1:] for folder in cache.glob(f"{key}-*"))
    return [range(int(name[0]), int(name[1])) for name in names if len(name) == 2 and "".join(name).isdigit()]


def _clear_leftovers(cache: Path) -> None:
    """Removes the unfinished work of processes that were killed; a working folder names the process that made it."""
    for folder in cache.glob("*.*-*"):
        process = folder.name.split(".")[1].split("-")[0]
        if process.isdigit() and is_ended(int(process), since=folder.stat().st_mtime):
            shutil.rmtree(folder, ignore_errors=True)


def analysis_key(path: Path, backend: str) -> str:
    """What names the analysis of this file's content; raises MediaError when it cannot be read."""
    try:
        content = quick_hash(path)
    except OSError as error:
        raise MediaError(f"“{path}” cannot be read: {error.strerror}.", hint="Check the path.") from error
    return hashlib.sha256(f"{ANALYSIS_VERSION} {backend} {content}".encode()).hexdigest()[:24]


def load_analysis(folder: Path) -> Analysis:
    """The analysis in `folder`, its arrays memory-mapped.

    Raises:
        DamagedError: a file in it is missing or not what was written.
    """
    check_folder(folder)
    touch(folder)
    facts = json.loads((folder / "analysis.json").read_text("utf-8"))
    tracks = tuple(
        FaceTrack(
            id=TrackId(row["id"]),
            person=PersonId(row["person"]),
            shot=row["shot"],
            first_frame=row["first_frame"],
            **{name: np.load(folder / f"{row['id']}.{name}.npy", mmap_mode="r") for name in ARRAYS},
            cover=_load_cover(folder / f"{row['id']}.cover.npy"),
        )
        for row in facts["tracks"]
    )
    return Analysis(
        key=facts["key"],
        frame_count=facts["frame_count"],
        times=np.load(folder / "times.npy", mmap_mode="r"),
        width=facts["width"],
        height=facts["height"],
        shots=tuple(Shot(**row) for row in facts["shots"]),
        tracks=tracks,
        backend=facts["backend"],
        folder=folder,
        looked_at=range(*facts.get("looked_at", (0, facts["frame_count"]))),
    )


def _load_cover(path: Path) -> Cover | None:
    return Cover(np.load(path, mmap_mode="r")) if path.is_file() else None


def _analyse_into(
    work: Path,
    reader: VideoReader,
    frames: range,
    key: str,
    backend: FaceBackend,
    progress: Progress | None,
    is_cancelled: IsCancelled | None,
) -> None:
    video = reader.video
    times = reader.index.seconds()
    rate = _mean_rate(times)
    describer = Describer(backend)
    finder = ShotFinder(rate)
    tracker = FaceTracker(backend, work, rate, describer, OccluderFinder(), first_frame=frames.start)
    width = height = 0
    try:
        decode_ahead = max(_MOST_AHEAD_BYTES // max(3 * video.width * video.height, 1), 1)

        def seen(decoded: DecodedFrame) -> tuple[DecodedFrame, np.ndarray]:
            return decoded, frame_to_rgb(decoded.frame, video.colour, video.rotation, fast=True)

        for decoded, rgb in spread(seen, reader.frames(frames.start, frames.stop), most=decode_ahead):
            if is_cancelled is not None and is_cancelled():
                raise Cancelled
            height, width = rgb.shape[:2]
            frame = decoded.frame
            tracker.add(
                rgb,
                may_be_new_shot=finder.add(rgb),
                # The frame as it was decoded takes half of the memory.
                recall=partial(frame_to_rgb, frame, video.colour, video.rotation, fast=True),
                recall_bytes=sum(plane.buffer_size for plane in frame.planes),
            )
            if progress is not None:
                progress(decoded.number + 1 - frames.start, len(frames))
        raw_tracks = tracker.finish()
    finally:
        tracker.close()
    shots = without_false_cuts(
        tuple(shot.shifted(frames.start) for shot in finder.finish()), raw_tracks
    )
    pieces = _split_at_shots(raw_tracks, shots, max(round(SHORTEST_TRACK * rate), 3))
    people = group_people(
        [(piece.start, piece.end, piece.descriptors()) for piece in pieces], describer.same_person_distance
    )
    rows = []
    for number, (piece, person) in enumerate(zip(pieces, people, strict=True)):
        _write_track(work, number, piece)
        rows.append({"id": number, "person": person, "shot": piece.shot, "first_frame": piece.start})
    for raw in raw_tracks:
        raw.path.unlink()
        raw.cover_path.unlink(missing_ok=True)
    np.save(work / "times.npy", times)
    facts = {
        "key": key,
        "frame_count": len(times),
        "width": width,
        "height": height,
        "backend": backend.name,
        "looked_at": [frames.start, frames.stop],
        "shots": [asdict(shot) for shot in shots],
        "tracks": rows,
    }
    (work / "analysis.json").write_text(json.dumps(facts, indent=1), "utf-8")
    logger.info(
        "%d frames, %d shots, %d tracks, %d people", len(times), len(shots), len(rows), len(set(people))
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """The part [start, end) of a raw track that lies in one shot."""

    raw: RawTrack
    shot: int
    start: int
    end: int

    def descriptors(self) -> np.ndarray:
        """(S, D) identity descriptors sampled inside."""
        inside = [vector for frame, vector in self.raw.samples if self.start <= frame < self.end]
        return np.stack(inside) if inside else np.zeros((0, 0), np.float32)

    def covers(self) -> np.ndarray:
        """(K,) of `core.face_geometry.cover.RECORD`, rows counted from `start`, steadied over time."""
        records = self.raw.covers()
        records = records[(records["row"] >= self.start) & (records["row"] < self.end)]
        records["row"] -= self.start
        return steadied(records[np.argsort(records["row"])])


def _split_at_shots(raw_tracks: list[RawTrack], shots: tuple[Shot, ...], shortest: int) -> list[_Piece]:
    pieces = []
    for raw in raw_tracks:
        quality = np.array(raw.quality)
        for shot in shots:
            start, end = max(raw.first_frame, shot.first_frame), min(raw.end_frame, shot.end_frame)
            if start >= end:
                continue
            seen = np.flatnonzero(quality[start - raw.first_frame : end - raw.first_frame] > 0)
            if len(seen) == 0:
                continue
            start, end = start + int(seen[0]), start + int(seen[-1]) + 1  # no bridged frames at the ends
            # A shot may be shorter than what would elsewhere be a false alarm: in one that shows a face to its end, it is none.
            fills = end - start >= _FILLED * (shot.end_frame - shot.first_frame)
            if end - start >= (_SHORTEST_FILLED if fills else shortest):
                pieces.append(_Piece(raw, shot.index, start, end))
    return sorted(pieces, key=lambda piece: (piece.start, piece.raw.id))


@stage("smoothing faces")
def _write_track(work: Path, number: int, piece: _Piece) -> None:
    first = piece.raw.first_frame
    raw = piece.raw.landmarks()[piece.start - first : piece.end - first]
    landmarks = _new_array(work / f"{number}.landmarks.npy", raw.shape)
    smooth_landmarks(raw, out=landmarks)
    pose, boxes = [], []
    for start in range(0, len(raw), BLOCK):
        part = landmarks[start : start + BLOCK]
        pose.append(head_pose(part))
        boxes.append(np.concatenate([part[:, :, :2].min(axis=1), part[:, :, :2].max(axis=1)], axis=1))
    landmarks.flush()
    covers = piece.covers()
    if len(covers):
        np.save(work / f"{number}.cover.npy", covers)
    np.save(work / f"{number}.pose.npy", np.concatenate(pose))
    np.save(work / f"{number}.boxes.npy", np.concatenate(boxes).astype(np.float32))
    np.save(
        work / f"{number}.quality.npy",
        np.array(piece.raw.quality[piece.start - first : piece.end - first], np.float32),
    )


def _new_array(path: Path, shape: tuple[int, ...]) -> np.memmap:
    """A float32 array in a new file, memory-mapped; the disk has room for all of it."""
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        reserve(file, file.tell() + 4 * math.prod(shape))
    return np.lib.format.open_memmap(path, mode="r+")


def _mean_rate(times: np.ndarray) -> Fraction:
    if len(times) < 2 or times[-1] <= times[0]:
        return Fraction(25)
    return Fraction((len(times) - 1) / float(times[-1] - times[0])).limit_denominator(1001)
