"""A film made as long as a voice: its last picture held, its pictures shown again, or its end cut off."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from itertools import count

from core.base.errors import MediaError, SettingsError
from core.base.timing import TimeRange
from core.delivery.encoding import what_goes_along
from core.delivery.export import Made, verified
from core.delivery.soundtrack import Soundtrack
from core.jobs.cancel import CancelToken
from core.jobs.events import Event, JobId, Progress
from core.jobs.progress import Eta
from core.media.frame_index import FrameIndex
from core.media.probe import scan
from core.media.reader import DecodedFrame, VideoReader
from core.media.writer import MediaWriter
from core.planning.requests import LengthRequest, LengthRule
from core.planning.sound_parts import SoundPart

_BACKWARDS = 16  # frames that are decoded at once where a film is played backwards
_PROGRESS_EVERY = 5  # frames


def played_frames(index: FrameIndex, rule: LengthRule, duration: Fraction) -> Iterator[tuple[int, Fraction]]:
    """(number, when it appears) of each frame of a film that lasts `duration`, which begins as the film itself does.

    Every frame is seen as long as it is in the film. Held, the last one is shown again at the film's rate; there and back
    neither end is shown twice running.
    """
    last = len(index) - 1
    ends = [index.time(number) for number in range(1, last + 1)] + [index.duration]
    usual = index.duration / len(index)
    for number in range(last + 1):
        if index.time(number) >= duration:
            return
        yield number, index.time(number)
    if rule == "cut":
        return
    t = index.duration
    for number in _again(rule, last):
        if t >= duration:
            return
        yield number, t
        t += usual if rule == "hold" else ends[number] - index.time(number)


def _again(rule: LengthRule, last: int) -> Iterator[int]:
    """The frames after the last one, without end."""
    if rule == "hold" or last == 0:
        yield from (last for _ in count())
    while True:
        if rule == "pingpong":
            yield from range(last - 1, -1, -1)
            yield from range(1, last + 1)
        else:
            yield from range(last + 1)


def write_with_length(request: LengthRequest, job: JobId, token: CancelToken) -> Iterator[Event]:
    """Writes a film of another length; its own sound, which ends with the film, goes along, and all it holds besides.

    Raises:
        SettingsError: the length asked for is none, or its end was to be cut off and it is shorter.
        MediaError: the film cannot be read, or the copy not written; nothing is left half-written.
    """
    info, index = scan(request.video, need_video=True)
    if info.video is None or index is None:
        raise MediaError(f"“{request.video}” has no video stream.", hint="Choose a file with a picture.")
    if request.duration <= 0 or (request.rule == "cut" and request.duration > index.duration):
        raise SettingsError(
            f"{request.video.name} lasts {float(index.duration):.2f} s and cannot be made {float(request.duration):.2f} s long so.",
            hint="Choose another way to fill the time.",
        )
    frames = list(played_frames(index, request.rule, request.duration))
    video = replace(info.video, start=Fraction(0), duration=request.duration)
    like = replace(info, video=video, audio=(), duration=request.duration)
    companions, notes = what_goes_along(info, request.output, request.picture, "replace")
    eta, written = Eta(len(frames)), 0
    with ExitStack() as stack:
        reader = stack.enter_context(VideoReader(request.video, info=info, index=index))
        writer = stack.enter_context(
            MediaWriter(
                request.output,
                like=like,
                preset=request.picture,
                audio=_sound(request, info.audio[0].duration) if info.has_audio else None,
                companions=companions,
            )
        )
        for frame, at in _decoded(reader, frames):
            token.check()
            pts = round(at / video.time_base)
            writer.write(DecodedFrame(written, pts, at, frame.frame, is_stand_in=False))
            written += 1
            eta.advance(1)
            if written % _PROGRESS_EVERY == 0:
                yield Progress(job, "length", written, len(frames), eta.seconds_left())
        encoder, bad = writer.encoder, reader.bad_frames
    made = Made(encoder, bad, "none: no lips were made", tuple(notes))
    yield verified(request.output, written, made, job)


def _sound(request: LengthRequest, own: Fraction) -> Soundtrack:
    """The film's own sound, then silence."""
    heard = min(own, request.duration)
    parts = [SoundPart(TimeRange(Fraction(0), heard), request.video)]
    if heard < request.duration:
        parts.append(SoundPart(TimeRange(heard, request.duration), None))
    return Soundtrack(tuple(parts), request.video)


def _decoded(
    reader: VideoReader, frames: list[tuple[int, Fraction]]
) -> Iterator[tuple[DecodedFrame, Fraction]]:
    """Each frame's picture; runs forwards are read at once, runs backwards in blocks."""
    for run in _runs(frames):
        numbers = [number for number, _ in run]
        if len(set(numbers)) == 1:
            still = reader.frame(numbers[0])
            yield from ((still, at) for _, at in run)
        elif numbers[0] < numbers[-1]:
            pictures = reader.frames(numbers[0], numbers[-1] + 1)
            yield from zip(pictures, (at for _, at in run), strict=True)
        else:
            for begin in range(0, len(run), _BACKWARDS):
                block = run[begin : begin + _BACKWARDS]
                pictures = reversed(list(reader.frames(block[-1][0], block[0][0] + 1)))
                yield from zip(pictures, (at for _, at in block), strict=True)


def _runs(frames: list[tuple[int, Fraction]]) -> Iterator[list[tuple[int, Fraction]]]:
    """Frames in stretches that go one way: on, back, or stand still."""
    run: list[tuple[int, Fraction]] = []
    way: int | None = None
    for each in frames:
        step = each[0] - run[-1][0] if run else 0
        if run and (step not in (-1, 0, 1) or (way is not None and step != way)):
            yield run
            run, way = [], None
        elif run:
            way = step
        run.append(each)
    if run:
        yield run
