"""Making the lips of a segment, piece by piece, chunk by chunk, into the cache."""

import gc
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction

import numpy as np

from core.base.content_hash import quick_hash
from core.base.device import CPU, Device, resolve_device
from core.base.errors import DeviceError, SettingsError
from core.base.memory import is_out_of_memory
from core.base.settings import check
from core.compositing.settings import MaskSettings
from core.face_geometry.track import FaceTrack
from core.jobs.cancel import CancelToken
from core.jobs.events import ChunkReady, Event, JobId, Note, Progress
from core.jobs.progress import Eta
from core.lip_engine import LipChunk, LipEngine, LipRequest, LipSettings, Provenance
from core.planning.pieces import Piece, SegmentSpec, piece_key, plan_pieces
from core.takes.adaptations import adapted_engine
from core.takes.chunk_cache import ChunkCache
from core.takes.compositor import Layer
from core.takes.donors import open_donors
from core.takes.film import Film
from core.takes.lips import load_engine, uses_generator, uses_torch
from core.takes.placed_faces import with_placed
from core.takes.voices import mapped_voice, stretch


@dataclass(frozen=True, slots=True, eq=False)
class PlannedPiece:
    """A piece with the key its chunks lie under and what makes them."""

    piece: Piece
    key: str
    request: LipRequest
    provenance: Provenance

    def layer(self, mask: MaskSettings) -> Layer:
        """The piece as the compositor takes it."""
        piece, made_by = self.piece, f"{self.provenance.engine} {self.provenance.version}"
        return Layer(self.key, piece.track, piece.frames, mask, made_by)


def _engine_of(spec: SegmentSpec, device: Device) -> LipEngine:
    if spec.adaptation and uses_generator(spec.engine):
        return adapted_engine(spec.engine, load_engine("own-mouth", device), device, spec.adaptation)
    return load_engine(spec.engine, device)


class TakeMaker:
    """Makes one segment's lips. Planning is cheap; `make` does the work that is still missing.

    Attributes:
        pieces: what is made.
        donors: the other films that lend mouths.
        notes: what users are to know of how the lips were made; told as `Note`, too.
    """

    def __init__(self, film: Film, spec: SegmentSpec, cache: ChunkCache, *, device: str = "auto") -> None:
        """Opens the voice and plans the pieces.

        Raises:
            SettingsError: the person is nowhere in the range, the engine does not exist, or a setting is beyond its limits.
            MediaError: the voice cannot be read.
            DeviceError: the device is not here.
        """
        check(LipSettings, asdict(spec.lips))
        film = with_placed(film, spec.placed)
        self._film, self._spec, self._cache = film, spec, cache
        self._device = resolve_device(device) if device != "auto" or uses_torch(spec.engine) else CPU
        self._engine = _engine_of(spec, self._device)
        self.donors = open_donors(spec.footage, film, spec.person, CancelToken())
        self._source = film.reader()
        self.notes: list[str] = []
        self._told = 0
        voice = mapped_voice(spec.voice)
        voice_hash = quick_hash(spec.voice)
        library = film.analysis.tracks_of(spec.person)
        if not library:
            people = sorted({track.person for track in film.analysis.tracks})
            raise SettingsError(
                f"There is no person “{spec.person}” in {film.info.path.name}.",
                hint=f"People found: {', '.join(people)}." if people else "No face was found in it.",
            )
        self.pieces = tuple(
            self._planned(piece, library, voice, voice_hash)
            for piece in plan_pieces(spec, library, film.times)
        )

    @property
    def frame_count(self) -> int:
        """Frames in all pieces."""
        return sum(len(planned.piece.frames) for planned in self.pieces)

    def close(self) -> None:
        """Closes the films' readers."""
        self._source.close()
        for donor in self.donors:
            donor.reader.close()

    def make(self, job: JobId, token: CancelToken, stage: str = "lips") -> Iterator[Event]:
        """Makes every missing chunk; yields `Progress` and `ChunkReady`.

        Raises:
            Cancelled: `token` said so; finished chunks stay.
            AppError: the engine cannot go on, or the cache cannot be written.
        """
        done, eta = 0, Eta(self.frame_count)
        for planned in self.pieces:
            frames = planned.piece.frames
            self._cache.verify(planned.key)
            frame = frames.start
            while True:
                until = self._cache.done_until(planned.key, frame)
                if until > frame:
                    done += until - frame
                    eta.skip(until - frame)
                    yield ChunkReady(job, planned.key, frame, until)
                yield Progress(job, stage, done, self.frame_count, eta.seconds_left())
                if until >= frames.stop:
                    break
                for chunk in self._rendered(planned, until):
                    token.check()
                    self._cache.write(planned.key, chunk)
                    frame = chunk.first_frame + len(chunk.crops)
                    done += len(chunk.crops)
                    eta.advance(len(chunk.crops))
                    self.notes += chunk.notes
                    yield from self._new_notes(job)
                    yield ChunkReady(job, planned.key, chunk.first_frame, frame)
                    yield Progress(job, stage, done, self.frame_count, eta.seconds_left())
                    token.check()
                    if frame >= frames.stop or self._cache.done_until(planned.key, frame) > frame:
                        break  # what follows is there: only a damaged stretch was to be made again
                else:
                    break

    def _new_notes(self, job: JobId) -> Iterator[Note]:
        while self._told < len(self.notes):
            yield Note(job, self.notes[self._told])
            self._told += 1

    def _rendered(self, planned: PlannedPiece, frame: int) -> Iterator[LipChunk]:
        """The piece's chunks from `frame` on; short of memory, once more with nothing kept from before.

        Raises:
            DeviceError: there is not enough memory even so.
        """
        for is_second_try in (False, True):
            try:
                for chunk in self._engine.render(planned.request, frame):
                    yield chunk
                    frame = chunk.first_frame + len(chunk.crops)
            except Exception as exc:
                if not is_out_of_memory(exc):
                    raise
                if is_second_try:
                    raise DeviceError(
                        f"There is not enough memory to make the lips from frame {frame} on, also after letting go of "
                        "everything kept from before.",
                        hint="Close other programs, or dub a shorter --range.",
                    ) from exc
                self.notes.append(
                    f"Memory ran out at frame {frame}; the lips go on with nothing kept from before."
                )
                self._engine = _engine_of(self._spec, self._device)
                gc.collect()
            else:
                return

    def _planned(
        self, piece: Piece, library: tuple[FaceTrack, ...], voice: np.ndarray, voice_hash: str
    ) -> PlannedPiece:
        film, spec = self._film, self._spec
        frames = piece.frames
        times = film.times[frames.start : frames.stop] - float(spec.voice_start)
        heard, heard_from = stretch(voice, float(times[0]), float(times[-1]))
        request = LipRequest(
            source=self._source,
            track=piece.track,
            library=library,
            frames=frames,
            times=times - heard_from,
            library_times=tuple(film.times[t.first_frame : t.end_frame] for t in library),
            voice=heard,
            original_voice=film.voice,
            settings=spec.lips,
            pins=tuple(
                replace(pin, time=pin.time - float(spec.voice_start) - heard_from) for pin in spec.pins
            ),
            film_id=film.content_hash,
            curves=tuple(
                curve.shifted(Fraction(-heard_from).limit_denominator(10**6)) for curve in spec.curves
            ),
            donors=tuple(donor.footage for donor in self.donors),
        )
        provenance = self._engine.provenance(request)
        key = piece_key(
            spec,
            piece,
            provenance,
            video_hash=film.content_hash,
            voice_hash=voice_hash,
            analysis_key=film.analysis.key,
            donors=[f"{donor.film.analysis.key} {donor.person}" for donor in self.donors],
        )
        return PlannedPiece(piece, key, request, provenance)
