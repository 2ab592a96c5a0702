"""Sync curves of films and of takes, as they are made.

A take is judged by its pictures: its landmarks are measured again on the finished frames, never taken from what the lip
engine meant to do.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from threading import Lock, local

import numpy as np

from core.appearance.landmarks import resting_face
from core.base.errors import MediaError
from core.base.stages import stage
from core.compositing.settings import MaskSettings
from core.face_geometry.track import FaceTrack
from core.faces.mesh import FaceMesh, MeshResult, Roi, roi_from_landmarks
from core.faces.smoothing import smooth_landmarks
from core.jobs.cancel import CancelToken
from core.jobs.events import ChunkReady, Done, Event, JobId, ScoreReady
from core.media.picture import frame_to_rgb
from core.media.planes import Box, clip_box
from core.media.reader import DecodedFrame, VideoReader, rgb_part
from core.planning.requests import ScoreRequest, TakeRequest
from core.scorer.agreement import REACH_FRAMES
from core.scorer.config import FRAME_STEP
from core.scorer.curve import SyncCurve
from core.scorer.embeddings import FaceEmbeddings, SpeechEmbeddings
from core.scorer.score import SyncScorer, Which
from core.takes.chunk_cache import ChunkCache
from core.takes.compositor import Compositor, Layer
from core.takes.film import Film
from core.takes.takes import PlannedPiece, TakeMaker
from core.takes.voices import mapped_voice, stretch

_KEPT: OrderedDict[tuple[str | int, ...], FaceEmbeddings] = OrderedDict()
_MOST_KEPT = 50_000  # frames, a kilobyte each: half an hour of one face
_MOST_PART_BYTES = 256 * 2**20
_PART_REACH = 0.9  # of the mesh's square to each side: holds it turned, and the scorer's crop


@dataclass(frozen=True, slots=True, eq=False)
class ResultPictures:
    """A take's finished pictures, as a `FrameSource`: what a film holds that they are written into.

    Attributes:
        source: the film's own pictures.
        compositor: lays the take in.
        held: frames that are finished already, for whoever wants them meanwhile.
    """

    source: VideoReader
    compositor: Compositor
    held: dict[int, DecodedFrame] = field(default_factory=dict)

    @property
    def frame_count(self) -> int:
        """Number of frames in the film."""
        return self.source.frame_count

    def rgb(self, frame: int) -> np.ndarray:
        """The upright picture with the take laid in."""
        video = self.compositor.video
        return frame_to_rgb(self._finished(frame).frame, video.colour, video.rotation)

    def rgb_rect(self, frame: int, box: Box) -> tuple[np.ndarray, tuple[int, int]]:
        """The part of it inside `box`, and where its first pixel lies; see `VideoReader.rgb_rect`."""
        return rgb_part(self._finished(frame).frame, self.compositor.video, box)

    def _finished(self, frame: int) -> DecodedFrame:
        held = self.held.get(frame)
        return held if held is not None else self.compositor.frame(self.source.frame(frame))


class FaceParts:
    """The part of a take's pictures around one face: decoded and put together once for all who look at it.

    Args:
        pictures: the take's.
        track: the face.
        most_bytes: parts are kept up to this much; beyond it they are made again.
    """

    def __init__(
        self, pictures: ResultPictures, track: FaceTrack, most_bytes: int = _MOST_PART_BYTES
    ) -> None:
        self._pictures, self._track, self._most_bytes = pictures, track, most_bytes
        self._kept: dict[int, tuple[np.ndarray, tuple[int, int]]] = {}
        self._bytes = 0
        self._found: dict[int, MeshResult] = {}
        self._lock = Lock()

    @property
    def frame_count(self) -> int:
        """Number of frames in the film."""
        return self._pictures.frame_count

    def rgb(self, frame: int) -> np.ndarray:
        """The whole picture."""
        return self._pictures.rgb(frame)

    def rgb_rect(self, frame: int, box: Box) -> tuple[np.ndarray, tuple[int, int]]:
        """The part of `frame` inside `box`, and where its first pixel lies (x, y)."""
        part, origin = self.face(frame)
        width, height = self._pictures.compositor.video.upright_size
        asked = clip_box(box, width, height)
        left, top = origin
        if (
            asked[0] < left
            or asked[1] < top
            or asked[2] > left + part.shape[1]
            or asked[3] > top + part.shape[0]
        ):
            return self._pictures.rgb_rect(frame, box)
        return _cut(part, origin, asked)

    def face(self, frame: int) -> tuple[np.ndarray, tuple[int, int]]:
        """The part of `frame` around the face, and where its first pixel lies (x, y)."""
        if frame not in self._kept:
            roi = self._roi(frame)
            reach = _PART_REACH * roi.size
            left, top = round(roi.x - reach), round(roi.y - reach)
            box = left, top, left + round(2 * reach), top + round(2 * reach)
            found = self._pictures.rgb_rect(frame, box)
            with self._lock:
                if self._bytes + found[0].nbytes > self._most_bytes:
                    return found
                self._kept[frame] = found
                self._bytes += found[0].nbytes
        return self._kept[frame]

    def measured(self, frame: int, mesh: FaceMesh) -> MeshResult:
        """The mesh of the face as `frame` shows it, in the whole picture's pixels; looked for once."""
        if frame not in self._found:
            self._found[frame] = self._measured(frame, mesh)
        return self._found[frame]

    @stage("measuring the result")
    def _measured(self, frame: int, mesh: FaceMesh) -> MeshResult:
        part, (x, y) = self.face(frame)
        roi = self._roi(frame)
        found = mesh(part, replace(roi, x=roi.x - x, y=roi.y - y))
        return replace(found, landmarks=found.landmarks + np.array([x, y, 0], found.landmarks.dtype))

    def _roi(self, frame: int) -> Roi:
        return roi_from_landmarks(np.asarray(self._track.landmarks[self._track.index_of(frame)]))


def _cut(part: np.ndarray, origin: tuple[int, int], box: Box) -> tuple[np.ndarray, tuple[int, int]]:
    """What `box` holds of `part`, whose first pixel lies at `origin`."""
    left, top = origin
    x0, y0 = max(box[0], left), max(box[1], top)
    return part[y0 - top : max(box[3] - top, 0), x0 - left : max(box[2] - left, 0)], (x0, y0)


def part_of(track: FaceTrack, frames: range) -> FaceTrack:
    """The rows of `track` for `frames`, which it covers."""
    rows = slice(track.index_of(frames.start), track.index_of(frames.stop - 1) + 1)
    return replace(
        track,
        first_frame=frames.start,
        boxes=track.boxes[rows],
        landmarks=track.landmarks[rows],
        pose=track.pose[rows],
        quality=track.quality[rows],
    )


def measured_again(track: FaceTrack, frames: range, parts: FaceParts, mesh: FaceMesh) -> FaceTrack:
    """`track` over `frames` with the landmarks and quality that the pictures really show."""
    part = part_of(track, frames)
    found = [parts.measured(n, mesh) for n in frames]
    landmarks = np.stack([result.landmarks for result in found])
    quality = np.minimum(part.quality, np.array([result.presence for result in found], np.float32))
    return replace(part, landmarks=smooth_landmarks(landmarks), quality=quality)


class TakeScorer:
    """Scores a take with scorer `which` while its chunks arrive.

    Args:
        film: whose mouths.
        planned: the pieces that are scored.
        layers: all that is laid into the film.
        cache: of chunks.
        which: see `SyncScorer`.
    """

    def __init__(
        self,
        film: Film,
        planned: Sequence[PlannedPiece],
        layers: Sequence[Layer],
        cache: ChunkCache,
        *,
        which: Which = "A",
    ) -> None:
        self._film, self._planned = film, tuple(planned)
        self._source = film.reader()
        self._pictures = ResultPictures(self._source, Compositor(film.video, tuple(layers), cache))
        self._here = local()
        self._parts: dict[str, FaceParts] = {}  # of pieces whose frames are looked at as they are finished
        self._scorer = SyncScorer.load(which)
        step = float(np.median(np.diff(film.times))) if len(film.times) > 1 else FRAME_STEP
        self._reach = int(np.ceil(REACH_FRAMES * FRAME_STEP / max(step, 1e-3)))
        self._faces: dict[str, FaceEmbeddings] = {}
        self._speech: dict[str, SpeechEmbeddings] = {}

    def close(self) -> None:
        """Closes the film's reader."""
        self._source.close()

    def look(self, finished: DecodedFrame) -> None:
        """Measures the faces of a frame that has its lips, before its piece is added. Thread-safe."""
        frame = finished.number
        for planned in self._planned:
            if frame in planned.piece.frames:
                parts = self._parts.setdefault(planned.key, self._parts_of(planned))
                self._pictures.held[frame] = finished
                parts.measured(frame, self._mesh)
                del self._pictures.held[frame]

    def add(self, key: str, frames: range) -> SyncCurve:
        """The curve of piece `key` as far as it is known, after `frames` of it were finished."""
        planned = next(p for p in self._planned if p.key == key)
        known = self._faces.get(key)
        # The last frames of what came before saw the film's own pictures after them.
        first = frames.start if known is None else max(frames.start - self._reach, known.first_frame)
        chunk = self._embed(planned, range(first, frames.stop))
        self._faces[key] = chunk if known is None else known.with_chunk(chunk)
        return self._scorer.score(self._faces[key], self._voice(planned))

    def curves(self) -> tuple[SyncCurve, ...]:
        """The curves of all pieces scored so far."""
        return tuple(
            self._scorer.score(self._faces[p.key], self._voice(p))
            for p in self._planned
            if p.key in self._faces
        )

    def _embed(self, planned: PlannedPiece, frames: range) -> FaceEmbeddings:
        piece = planned.piece
        reach = self._reach + 1
        wide = range(
            max(frames.start - reach, piece.frames.start), min(frames.stop + reach, piece.frames.stop)
        )
        parts = self._parts.pop(planned.key, None) or self._parts_of(planned)
        track = measured_again(piece.track, wide, parts, self._mesh)
        times = self._film.times[wide.start : wide.stop]
        rest = resting_face(np.asarray(piece.track.landmarks))
        return self._scorer.embed_faces(parts, track, times, start=frames.start, stop=frames.stop, rest=rest)

    @property
    def _mesh(self) -> FaceMesh:
        """Of this thread."""
        if not hasattr(self._here, "mesh"):
            self._here.mesh = FaceMesh()
        mesh: FaceMesh = self._here.mesh
        return mesh

    def _parts_of(self, planned: PlannedPiece) -> FaceParts:
        most_bytes = _MOST_PART_BYTES if self._scorer.sees_pictures else 0
        return FaceParts(self._pictures, planned.piece.track, most_bytes)

    def _voice(self, planned: PlannedPiece) -> SpeechEmbeddings:
        if planned.key not in self._speech:
            request = planned.request
            start = float(self._film.times[request.frames.start] - request.times[0])
            self._speech[planned.key] = self._scorer.embed_speech(request.voice, start=start)
        return self._speech[planned.key]


def make_and_score(
    request: TakeRequest, film: Film, cache: ChunkCache, job: JobId, token: CancelToken
) -> Iterator[Event]:
    """Makes a take; a curve follows each chunk when asked for. Ends with `Done`."""
    maker = TakeMaker(film, request.spec, cache, device=request.device)
    layers = [piece.layer(MaskSettings()) for piece in maker.pieces]
    scorer = TakeScorer(film, maker.pieces, layers, cache) if request.score else None
    try:
        for event in maker.make(job, token):
            yield event
            if isinstance(event, ChunkReady) and scorer is not None:
                yield score_event(
                    job, event.key, scorer.add(event.key, range(event.first_frame, event.end_frame))
                )
        yield Done(job)
    finally:
        maker.close()
        if scorer is not None:
            scorer.close()


def score_film(request: ScoreRequest, film: Film, job: JobId, token: CancelToken) -> Iterator[Event]:
    """Scores the film's pictures against its own sound or another voice, track by track; ends with `Done`.

    Raises:
        MediaError: there is no sound to score against.
        Cancelled: `token` said so.
    """
    voice = film.voice if request.voice is None else mapped_voice(request.voice)
    if voice is None:
        raise MediaError(f"“{film.info.path}” has no sound to score.", hint="Score it against a dub.")
    start = Fraction(0) if request.voice is None else request.voice_start
    name = "source" if request.voice is None else "dub"
    for track in film.analysis.tracks:
        if request.person is None or track.person == request.person:
            token.check()
            curve = source_curve(film, track, track.frames, voice, float(start))
            yield score_event(job, f"{name}:{track.id}", curve)
    yield Done(job)


def source_curve(
    film: Film, track: FaceTrack, frames: range, voice: np.ndarray, voice_start: float, *, which: Which = "A"
) -> SyncCurve:
    """The curve of the film's own pictures of `track` in `frames` against `voice`, heard from `voice_start` s on."""
    scorer = SyncScorer.load(which)
    first, last = film.times[frames.start] - voice_start, film.times[frames.stop - 1] - voice_start
    heard, heard_from = stretch(voice, float(first), float(last))
    faces = film_faces(film, track, frames, scorer)
    return scorer.score(faces, scorer.embed_speech(heard, start=voice_start + heard_from))


def film_faces(film: Film, track: FaceTrack, frames: range, scorer: SyncScorer) -> FaceEmbeddings:
    """The film's own face in `frames`; kept in memory, so that another voice costs only its own sound."""
    key = (film.content_hash, film.analysis.key, int(track.id), frames.start, frames.stop, scorer.which)
    if key not in _KEPT:
        with film.reader() as reader:
            times = film.times[track.first_frame : track.end_frame]
            _KEPT[key] = scorer.embed_faces(reader, track, times, start=frames.start, stop=frames.stop)
        while sum(faces.frame_count for faces in _KEPT.values()) > _MOST_KEPT and len(_KEPT) > 1:
            _KEPT.popitem(last=False)
    _KEPT.move_to_end(key)
    return _KEPT[key]


def score_event(job: JobId, name: str, curve: SyncCurve) -> ScoreReady:
    """A curve as an event."""
    return ScoreReady(job, name, tuple(map(float, curve.times)), tuple(map(float, curve.p)))
