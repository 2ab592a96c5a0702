"""A finished film put together from stretches of films.

The rule, in the words of the export's notes: at each tick of the finished film the frame is shown that its film shows at
that time. Films of the finished film's rate thereby give each frame once; others are re-timed by repeating frames or
leaving some out, never by blending. When all stretches are of one film with a variable rate, every frame keeps its own time.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil
from pathlib import Path

from av.video.frame import VideoFrame

from core.base.errors import MediaError, SettingsError
from core.base.timing import FrameRate, TimeRange
from core.delivery.credentials import LipChange, record_of
from core.delivery.encoding import encoded_as, encoder_options, fields_notes, leading
from core.delivery.export import (
    Made,
    check_output,
    lip_changes,
    pieces_laid_in,
    read_by_takes,
    sealing,
    verified,
)
from core.delivery.loudness import level
from core.delivery.soundtrack import Soundtrack
from core.jobs.cancel import CancelToken
from core.jobs.events import Event, JobId, Note, Progress
from core.jobs.progress import Eta
from core.jobs.results import Levelling
from core.media.audio import AudioSource
from core.media.companions import CompanionPlan, left_out_by_cutting, tags_of
from core.media.conform import Conformer, black_frame, is_same_frame
from core.media.deinterlace import whole_pictures
from core.media.frame_index import FrameIndex
from core.media.info import Chapter, MediaInfo, PicturePreset, VideoStreamInfo
from core.media.picture_notes import picture_notes
from core.media.presets import check_container, find_preset
from core.media.probe import scan
from core.media.reader import DecodedFrame, VideoReader
from core.media.writer import MediaWriter
from core.planning.requests import FilmCut, TimelineRequest
from core.takes.chunk_cache import ChunkCache
from core.takes.compositor import Compositor
from core.takes.film import Film
from core.takes.lost import again_when_lost

_PROGRESS_EVERY = 5  # frames
_FINEST_TICK = 12000  # ticks a second at least: a container's clock, fine enough for any player


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """A film whose stretches are used; `film` only where lips are laid in."""

    info: MediaInfo
    index: FrameIndex
    film: Film | None = None

    @property
    def video(self) -> VideoStreamInfo:
        if self.info.video is None:
            raise MediaError(f"“{self.info.path}” has no video stream.", hint="Choose a file with a picture.")
        return self.info.video

    def frame_at(self, time: Fraction) -> int:
        """The frame shown at a time; on the exact grid where the rate is constant, as the viewer counts."""
        if self.video.is_vfr:
            return self.index.number_at(time)
        return min(max(self.video.rate.frame_at(time), 0), len(self.index) - 1)


@dataclass(slots=True)
class _Tally:
    """What became of one film's frames."""

    used: int = 0
    repeated: int = 0
    left_out: int = 0
    bad: list[int] = field(default_factory=list)


def check_timeline(request: TimelineRequest) -> None:
    """Refuses, before any work is done, what could not be written in the end.

    Raises:
        AppError: see `core.delivery.export.check_output`; or nothing is to be shown.
    """
    if not request.cuts or request.duration <= 0:
        raise SettingsError("There is no film in what is to be exported.", hint="Mark another range.")
    inputs = [cut.video for cut in request.cuts]
    inputs += [path for cut in request.cuts for path in read_by_takes(cut.takes)]
    inputs += [part.path for part in request.sound if part.path is not None]
    check_output(request.output, inputs, request.picture, request.device, request.encoding)


def export_timeline(
    request: TimelineRequest,
    films: dict[Path, Film],
    cache: ChunkCache,
    job: JobId,
    token: CancelToken,
) -> Iterator[Event]:
    """Renders it; yields progress, then `FilmWritten` with what reading the file back found.

    Args:
        request: what to render.
        films: the opened films of those cuts that have takes.
        cache: where chunks lie.
        job: for the events.
        token: to cancel.

    Raises:
        AppError: see `check_timeline`, `MediaWriter` and `TakeMaker`; nothing is left half-written.
    """
    check_timeline(request)
    yield from again_when_lost(lambda: _export_timeline(request, films, cache, job, token))


def _export_timeline(
    request: TimelineRequest,
    films: dict[Path, Film],
    cache: ChunkCache,
    job: JobId,
    token: CancelToken,
) -> Generator[Event, None, None]:
    layers = []
    lips: list[LipChange] = []
    for cut in request.cuts:
        film = films.get(cut.video)
        pieces = yield from pieces_laid_in(cut.takes, film, cache, request.device, job, token)
        found = [layer for _, layer in pieces]
        layers.append(tuple(found))
        if film is not None:
            lips += lip_changes(found, film, cut.span, cut.at)
    record = record_of([cut.video for cut in request.cuts], lips, [part.path for part in request.sound])
    seal, credentials = sealing(request.output, record, wanted=request.credentials)
    sources = {cut.video: _opened(cut.video, films.get(cut.video)) for cut in request.cuts}
    encoding = request.encoding
    like = encoded_as(finished_like(request, [sources[cut.video].info for cut in request.cuts]), encoding)
    video = like.video
    assert video is not None
    sound: AudioSource | None = (
        Soundtrack(request.sound, request.sound_like, layout=encoding.audio_layout)
        if request.sound and request.sound_like
        else None
    )
    levelling: Levelling | None = None
    if sound is not None:
        sound, levelling = level(sound, request.loudness, token.check)
    tallies = {path: _Tally() for path in sources}
    companions, lost = _companions(request.output, request.picture, list(sources), video)
    preset = find_preset(request.picture)
    lost = (
        *(
            note
            for path, source in sources.items()
            for note in fields_notes(source.video, video, preset, path.name, encoding)
        ),
        *lost,
    )
    for note in lost:
        yield Note(job, note)
    total = 0
    expected = _frame_count(request, sources)
    eta = Eta(expected)
    with MediaWriter(
        request.output,
        like=like,
        preset=request.picture,
        audio=sound,
        audio_codec=encoding.audio_codec,
        options=encoder_options(request.picture, encoding),
        seal=seal,
        companions=companions,
    ) as writer:

        def put(picture: VideoFrame, at: Fraction) -> None:
            nonlocal total
            writer.write(DecodedFrame(total, round(at / video.time_base), at, picture, is_stand_in=False))
            total += 1

        position = Fraction(0)
        for cut, cut_layers in zip(request.cuts, layers, strict=True):
            _put_black(put, position, cut.at, request, video)
            source, tally = sources[cut.video], tallies[cut.video]
            compositor = Compositor(source.video, cut_layers, cache, is_finished=True)
            conformer = None if is_same_frame(source.video, video) else Conformer(source.video, video)
            reader = VideoReader(source.info.path, info=source.info, index=source.index)
            with reader:
                frames: Frames = reader.frames
                laid_in: Callable[[DecodedFrame], DecodedFrame] = compositor.frame
                if encoding.deinterlace and source.video.is_interlaced:
                    frames, laid_in = _whole_pictures(source.video, frames, laid_in), _as_it_is
                for decoded, times in _shown(cut, source, frames, request.rate, tally):
                    token.check()
                    picture = laid_in(decoded).frame
                    picture = conformer.frame(picture) if conformer is not None else picture
                    for at in times:
                        put(picture, at)
                        eta.advance(1)
                        if total % _PROGRESS_EVERY == 0:
                            yield Progress(job, "export", total, expected, eta.seconds_left())
                tally.bad += reader.bad_frames
            position = cut.at + cut.span.duration
        _put_black(put, position, request.duration, request, video)
        encoder = writer.encoder
    bad = sorted({number for tally in tallies.values() for number in tally.bad})
    notes = [*_notes(request, sources, tallies, video), *lost]
    yield verified(request.output, total, Made(encoder, tuple(bad), credentials, tuple(notes), loudness=levelling), job)


def _companions(
    output: Path, picture: PicturePreset, films: Sequence[Path], like: VideoStreamInfo
) -> tuple[CompanionPlan | None, tuple[str, ...]]:
    """What of the films goes along beside picture and sound, and sentences about what is not kept as it is."""
    preset = find_preset(picture)
    muxer = check_container(output, preset, None)
    pictures = picture_notes(like, preset, muxer)
    if len(films) == 1:
        plan = tags_of(films[0], muxer)
        return plan, (*pictures, *plan.notes)
    return None, (*pictures, *(note for film in films for note in left_out_by_cutting(film)))


def finished_like(request: TimelineRequest, infos: Sequence[MediaInfo]) -> MediaInfo:
    """What the finished film is like: the first film, in SDR when any film is, with the timeline's own clock.

    Raises:
        SettingsError: HDR films of two kinds, of which neither can become the other.
    """
    videos = [info.video for info in infos if info.video is not None]
    plain = [info for info in infos if info.video is not None and not info.video.colour.is_hdr]
    if not plain and len({video.colour.transfer for video in videos}) > 1:
        raise SettingsError(
            "PQ and HLG films cannot be put into one film.", hint="Convert one of them first."
        )
    first = leading(infos)
    video = first.video
    assert video is not None
    rate = request.rate or video.rate
    if request.rate is None:
        time_base = video.time_base
    else:
        numerator = rate.value.numerator
        time_base = Fraction(1, numerator * ceil(Fraction(_FINEST_TICK, numerator)))
    is_one_film = len({info.path for info in infos}) == 1
    clock = replace(
        video,
        rate=rate,
        is_vfr=request.rate is None and video.is_vfr,
        time_base=time_base,
        start=Fraction(0),
        duration=request.duration,
        timecode=request.start_timecode,
    )
    return replace(
        first,
        video=clock,
        audio=(),
        duration=request.duration,
        title=first.title if is_one_film else None,
        chapters=_chapters(request, first, video.start) if is_one_film else (),
    )


def _opened(path: Path, film: Film | None) -> _Source:
    if film is not None:
        return _Source(film.info, film.index, film)
    info, index = scan(path, need_video=True)
    if index is None:
        raise MediaError(f"“{path}” has no video stream.", hint="Choose a file with a picture.")
    return _Source(info, index)


def _ticks(start: Fraction, end: Fraction, rate: FrameRate) -> range:
    """The ticks of `rate` in [start, end)."""
    return range(ceil(start * rate.value), ceil(end * rate.value))


def _own_frames(cut: FilmCut, source: _Source) -> range:
    first = source.index.number_at(cut.span.start)
    last = source.index.number_at(cut.span.end)
    return range(first, last + (source.index.time(last) < cut.span.end))


def _frame_count(request: TimelineRequest, sources: dict[Path, _Source]) -> int:
    if request.rate is not None:
        return len(_ticks(Fraction(0), request.duration, request.rate))
    return sum(len(_own_frames(cut, sources[cut.video])) for cut in request.cuts)


def _shown(
    cut: FilmCut, source: _Source, frames: "Frames", rate: FrameRate | None, tally: _Tally
) -> Iterator[tuple[DecodedFrame, list[Fraction]]]:
    """Each frame of a cut that is seen, with the times in the finished film at which it is."""
    end = cut.at + cut.span.duration
    if rate is None:
        own = _own_frames(cut, source)
        for decoded in frames(own.start, own.stop):
            # A film cut in the middle of a frame begins with the rest of it.
            tally.used += 1
            yield decoded, [cut.at + max(source.index.time(decoded.number) - cut.span.start, Fraction(0))]
        return
    ticks = _ticks(cut.at, end, rate)
    numbers = (source.frame_at(cut.span.start + rate.time_of(tick) - cut.at) for tick in ticks)
    groups = _grouped(zip(numbers, ticks, strict=True))
    group = next(groups, None)
    if group is None:
        return
    last = source.frame_at(cut.span.start + rate.time_of(ticks[-1]) - cut.at)
    for decoded in frames(group[0], last + 1):
        if group is None or decoded.number < group[0]:
            tally.left_out += 1
            continue
        tally.used += 1
        tally.repeated += len(group[1]) - 1
        yield decoded, [rate.time_of(tick) for tick in group[1]]
        group = next(groups, None)


Frames = Callable[[int, int], Iterator[DecodedFrame]]


def _whole_pictures(
    video: VideoStreamInfo, frames: Frames, laid_in: Callable[[DecodedFrame], DecodedFrame]
) -> Frames:
    """`frames` of an interlaced film with its lips, deinterlaced: each field needs those around it, seen or not."""
    return lambda start, stop: whole_pictures(video, map(laid_in, frames(start, stop)))


def _as_it_is(frame: DecodedFrame) -> DecodedFrame:
    return frame


def _grouped(pairs: Iterator[tuple[int, int]]) -> Iterator[tuple[int, list[int]]]:
    """Consecutive ticks of one frame together."""
    number = -1
    ticks: list[int] = []
    for each, tick in pairs:
        if each != number and ticks:
            yield number, ticks
            ticks = []
        number = each
        ticks.append(tick)
    if ticks:
        yield number, ticks


def _put_black(
    put: Callable[[VideoFrame, Fraction], None],
    start: Fraction,
    end: Fraction,
    request: TimelineRequest,
    video: VideoStreamInfo,
) -> None:
    if end <= start:
        return
    black = black_frame(video)
    if request.rate is not None:
        for tick in _ticks(start, end, request.rate):
            put(black, request.rate.time_of(tick))
        return
    for number in range(ceil((end - start) * video.rate.value)):
        put(black, start + video.rate.time_of(number))


def _chapters(request: TimelineRequest, info: MediaInfo, film_start: Fraction) -> tuple[Chapter, ...]:
    """The film's chapter marks where its stretches lie now."""
    found = []
    for cut in request.cuts:
        for mark in info.chapters:
            shared = TimeRange(mark.start - film_start, max(mark.end, mark.start) - film_start).intersection(
                cut.span
            )
            if shared is not None:
                moved = shared.shifted(cut.at - cut.span.start)
                found.append(Chapter(moved.start, moved.end, mark.title))
    return tuple(found)


def _notes(
    request: TimelineRequest,
    sources: dict[Path, _Source],
    tallies: dict[Path, _Tally],
    like: VideoStreamInfo,
) -> list[str]:
    """What happened to each film's pictures, where anything did."""
    notes = []
    for path, source in sources.items():
        video, tally = source.video, tallies[path]
        if request.rate is not None and (tally.repeated or tally.left_out):
            rate = "a variable rate" if video.is_vfr else f"{video.rate} frames a second"
            notes.append(
                f"{path.name} has {rate} and was re-timed to {request.rate}: {tally.repeated} frames are shown "
                f"again, {tally.left_out} are left out."
            )
        if not is_same_frame(video, like):
            size = f"{like.upright_size[0]}x{like.upright_size[1]}"
            what = "tone-mapped to SDR and " if video.colour.is_hdr and not like.colour.is_hdr else ""
            notes.append(f"{path.name} was {what}fitted into the finished film's picture ({size}).")
        if tally.bad:
            notes.append(
                f"{len(tally.bad)} frames of {path.name} could not be decoded; the picture before each stands in."
            )
    return notes
