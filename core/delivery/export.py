"""The finished film: source frames with the lips laid in, the new soundtrack, everything else as it was."""

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from core.base.device import resolve_device
from core.base.errors import MediaError
from core.base.outputs import check_outputs
from core.base.timing import TimeRange
from core.compositing.strokes import strokes_at
from core.delivery.credentials import SIGNED, FilmRecord, LipChange, record_of, sign
from core.delivery.encoding import check_encoding, encoded_as, encoder_options, what_goes_along
from core.delivery.loudness import level
from core.delivery.soundtrack import SoundPart, Soundtrack
from core.jobs.cancel import CancelToken
from core.jobs.events import Event, JobId, Note, Progress
from core.jobs.progress import Eta
from core.jobs.results import FilmWritten, Levelling, SoundWritten
from core.media.audio import AudioReader, AudioSource
from core.media.companions import CompanionPlan
from core.media.conform import Conformer, is_same_frame
from core.media.deinterlace import whole_pictures
from core.media.info import PicturePreset
from core.media.probe import probe
from core.media.reader import DecodedFrame, VideoReader
from core.media.untouched import CannotCopyError, Groups, Stretch, copied_groups
from core.media.writer import MediaWriter
from core.planning.pieces import frames_in
from core.planning.requests import Encoding, ExportRequest, PlacedTake
from core.takes.chunk_cache import ChunkCache
from core.takes.compositor import Compositor, Layer
from core.takes.film import Film
from core.takes.finished import FinishedFrames
from core.takes.lost import again_when_lost
from core.takes.takes import PlannedPiece, TakeMaker

logger = logging.getLogger(__name__)

_PROGRESS_EVERY = 5  # frames


def export(
    request: ExportRequest, film: Film, cache: ChunkCache, job: JobId, token: CancelToken
) -> Iterator[Event]:
    """Renders a film; yields progress, then `FilmWritten` with what was verified by reading the file back.

    Raises:
        AppError: see `check_export`, `MediaWriter` and `TakeMaker`; nothing is left half-written.
    """
    check_export(request)

    for note in _goes_along(request, film)[1]:
        yield Note(job, note)

    def made() -> Generator[Event, None, None]:
        pieces = yield from pieces_laid_in(request.takes, film, cache, request.device, job, token)
        layers = [layer for _, layer in pieces]
        compositor = Compositor(film.video, tuple(layers), cache, is_finished=True)
        yield from render(request, film, layers, FinishedFrames(compositor), job, token)

    yield from again_when_lost(made)


def pieces_laid_in(
    takes: Sequence[PlacedTake],
    film: Film | None,
    cache: ChunkCache,
    device: str,
    job: JobId,
    token: CancelToken,
) -> Generator[Event, None, list[tuple[PlannedPiece, Layer]]]:
    """Makes what is missing of the takes of one film; returns their pieces with how each is laid in."""
    made: list[tuple[PlannedPiece, Layer]] = []
    for placed in takes:
        assert film is not None, "a film with takes is opened"
        maker = TakeMaker(film, placed.spec, cache, device=device)
        try:
            yield from maker.make(job, token)
            made += [(p, _moving(_shown(p.layer(placed.mask), placed, film), placed, film)) for p in maker.pieces]
        finally:
            maker.close()
    return made


def _shown(layer: Layer, placed: PlacedTake, film: Film) -> Layer:
    """The layer where it is to be seen."""
    if placed.shown is None:
        return layer
    frames = frames_in(placed.shown, film.times)
    start, stop = max(layer.frames.start, frames.start), min(layer.frames.stop, frames.stop)
    return replace(layer, frames=range(start, max(start, stop)))


def _moving(layer: Layer, placed: PlacedTake, film: Film) -> Layer:
    """The layer with the settings that keyframes change and the strokes that hold, frame by frame."""
    if not placed.curves and not placed.strokes:
        return layer
    start = float(placed.spec.voice_start)
    times = {n: float(film.times[n]) - start for n in layer.frames}
    moving = {n: placed.mask.at(t, placed.curves) for n, t in times.items()} if placed.curves else {}
    strokes = {n: held for n, t in times.items() if (held := strokes_at(placed.strokes, t))}
    return replace(layer, moving=moving, strokes=strokes)


def check_export(request: ExportRequest) -> None:
    """`check_output` for everything `request` reads."""
    inputs = [request.video, *read_by_takes(request.takes), *_heard(request.sound)]
    check_output(request.output, inputs, request.picture, request.device, request.encoding)


def read_by_takes(takes: Sequence[PlacedTake]) -> list[Path]:
    """The recordings and further films that takes are made of."""
    specs = [placed.spec for placed in takes]
    return [spec.voice for spec in specs] + [other.video for spec in specs for other in spec.footage]


def _heard(sound: Sequence[SoundPart]) -> list[Path]:
    return [part.path for part in sound if part.path is not None]


def check_output(
    output: Path,
    inputs: Sequence[Path],
    picture: PicturePreset,
    device: str,
    encoding: Encoding = Encoding(),
) -> None:
    """Refuses, before any work is done, what could not be written in the end.

    Raises:
        AppError: see `core.base.outputs.check_outputs`.
        SettingsError: see `core.delivery.encoding.check_encoding`.
        DeviceError: the device is not here.
    """
    check_outputs([("The output", output)], inputs)
    check_encoding(output, picture, encoding)
    if device != "auto":  # which never fails, and need not be looked for before something runs there
        resolve_device(device)


def _goes_along(request: ExportRequest, film: Film) -> tuple[CompanionPlan, tuple[str, ...]]:
    return what_goes_along(
        film.info,
        request.output,
        request.picture,
        request.audio_tracks,
        request.encoding,
    )


def render(
    request: ExportRequest,
    film: Film,
    layers: Sequence[Layer],
    finished: FinishedFrames,
    job: JobId,
    token: CancelToken,
) -> Iterator[Event]:
    """Writes the film; `finished` lays its `layers` in."""
    total, eta = len(film.index), Eta(len(film.index))
    encoding = request.encoding
    sound: AudioSource | None = (
        Soundtrack(request.sound, request.sound_like, layout=encoding.audio_layout)
        if request.sound and request.sound_like
        else _own_sound(film, encoding.audio_layout)
    )
    like = encoded_as(film.info, encoding)
    assert like.video is not None
    conformer = None if is_same_frame(film.video, like.video) else Conformer(film.video, like.video)
    lips = lip_changes(layers, film, TimeRange(Fraction(0), film.index.duration), Fraction(0))
    levelling: Levelling | None = None
    if sound is not None:
        sound, levelling = level(sound, request.loudness, token.check)
    record = record_of((request.made_from or request.video,), lips, [part.path for part in request.sound])
    seal, credentials = sealing(request.output, record, wanted=request.credentials)
    companions, notes = _goes_along(request, film)
    own = None if request.sound or not film.info.audio else film.info.audio[0].language
    touched = [layer.frames for layer in layers]
    is_as_usual = encoding.quality is None and encoding.bit_rate is None and conformer is None
    groups = (
        copied_groups(film.info, film.index, touched, request.output, request.picture) if is_as_usual else None
    )

    def pictures(reader: VideoReader, frames: range) -> Iterator[DecodedFrame]:
        found = finished.of(reader.frames(frames.start, frames.stop))
        return whole_pictures(film.video, found) if encoding.deinterlace and film.video.is_interlaced else found

    def written(groups: Groups | None) -> Generator[Event, None, tuple[str, tuple[int, ...]]]:
        stretches = groups.stretches if groups else (Stretch(range(total), is_copied=False),)
        with (
            film.reader() as reader,
            MediaWriter(
                request.output,
                like=like,
                preset=request.picture,
                audio=sound,
                audio_codec=encoding.audio_codec,
                options=encoder_options(request.picture, encoding),
                seal=seal,
                companions=companions,
                language=request.language or own,
                groups=groups,
            ) as writer,
        ):
            for stretch in stretches:
                numbers = (
                    writer.copy(stretch.frames)
                    if stretch.is_copied
                    else _encoded(pictures(reader, stretch.frames), conformer, writer)
                )
                for number in numbers:
                    token.check()
                    yield from finished.told()
                    eta.advance(1)
                    if number % _PROGRESS_EVERY == 0 and finished.is_made:
                        yield Progress(job, "export", number + 1, total, eta.seconds_left())
            yield Progress(job, "export", total, total, 0.0)
            return writer.encoder, reader.bad_frames

    try:
        encoder, bad_frames = yield from written(groups)
    except CannotCopyError:
        groups, eta = None, Eta(total)
        encoder, bad_frames = yield from written(None)
    made = Made(encoder, tuple(bad_frames), credentials, notes, groups.copied if groups else 0, levelling)
    yield verified(request.output, total, made, job)


def _encoded(
    frames: Iterator[DecodedFrame], conformer: Conformer | None, writer: MediaWriter
) -> Iterator[int]:
    """Writes `frames`; yields the number of each that is done."""
    for decoded in frames:
        shown = decoded
        if conformer is not None:
            shown = replace(decoded, frame=conformer.frame(decoded.frame))
        writer.write(shown)
        yield decoded.number


def lip_changes(layers: Sequence[Layer], film: Film, span: TimeRange, at: Fraction) -> tuple[LipChange, ...]:
    """What `layers` change of the part `span` of `film`, which begins at `at` in the finished film."""
    changes = []
    for layer in layers:
        if not layer.frames:
            continue
        index, stop = film.index, layer.frames.stop
        end = index.time(stop) if stop < len(index) else index.duration
        shared = TimeRange(index.time(layer.frames.start), end).intersection(span)
        if shared is not None:
            moved = shared.shifted(at - span.start)
            changes.append(LipChange(float(moved.start), float(moved.end), layer.track.person, layer.made_by))
    return tuple(changes)


def sealing(output: Path, record: FilmRecord, *, wanted: bool) -> tuple[Callable[[Path], None] | None, str]:
    """What signs the finished file, None where nothing does, and the words for the report."""
    if not record.lips:
        return None, "none: no lips were made"
    if not wanted:
        return None, "none: not wanted"
    if output.suffix.lower() not in SIGNED:
        return None, f"none: {output.suffix} files have no place for content credentials"
    return (lambda finished: sign(finished, record, title=output.name)), "signed"


@dataclass(frozen=True, slots=True)
class Made:
    """How a film was made; see `FilmWritten`."""

    encoder: str
    bad_frames: tuple[int, ...]
    credentials: str
    notes: tuple[str, ...]
    copied_frames: int = 0
    loudness: Levelling | None = None


def verified(output: Path, frames: int, made: Made, job: JobId) -> FilmWritten:
    """How the job ends: `made`, with facts of the file just written, read back from it.

    Raises:
        MediaError: it does not have as many frames as were to be written.
    """
    written = probe(output)
    if written.video is None or written.video.frame_count != frames:
        found = written.video.frame_count if written.video else 0
        raise MediaError(
            f"{output} has {found} frames after writing, but should have {frames}.",
            hint="Try another export preset, and report this.",
        )
    return FilmWritten(
        job,
        frames=frames,
        duration=float(written.duration),
        bytes=written.size,
        codec=written.video.codec,
        pixel_format=written.video.pixel_format,
        audio=tuple(SoundWritten(sound.codec, sound.rate, sound.layout) for sound in written.audio),
        encoder=made.encoder,
        bad_frames=made.bad_frames,
        credentials=made.credentials,
        notes=made.notes,
        copied_frames=made.copied_frames,
        loudness=made.loudness,
    )


class _FilmSound:
    """The film's own first sound track as it is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with AudioReader(path) as reader:
            self.rate, self.layout, self.bits = reader.rate, reader.layout, reader.bits

    def blocks(self) -> Iterator:
        """Consecutive (n, channels) blocks."""
        with AudioReader(self._path) as reader:
            yield from reader.blocks()


def _own_sound(film: Film, layout: str | None) -> AudioSource | None:
    if not film.info.has_audio:
        return None
    path = film.info.path
    if layout is None or layout == film.info.audio[0].layout:
        return _FilmSound(path)
    whole = TimeRange(Fraction(0), film.info.audio[0].duration or film.index.duration)
    return Soundtrack((SoundPart(whole, path),), path, layout=layout)
