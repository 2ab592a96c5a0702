"""Only what changed: the new mouths as a film with alpha, to be laid over the camera original in an editing program."""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from core.base.errors import MediaError, SettingsError
from core.base.timing import FrameRate, format_timecode, parse_timecode
from core.base.whole_file import written_whole
from core.jobs.cancel import CancelToken
from core.jobs.events import Event, JobId, Progress
from core.jobs.progress import Eta
from core.media.audio import AudioSource
from core.media.colour import RANGE_FULL, RANGE_LIMITED, ColourTags
from core.media.frame_format import convert_frame
from core.media.info import VideoStreamInfo
from core.media.writer import audio_frame
from core.takes.compositor import Compositor, Patch
from core.takes.film import Film

PatchFormat = Literal["prores4444", "ffv1", "png"]
SUFFIXES = {"prores4444": ".mov", "ffv1": ".mkv", "png": ""}
PATCH_VERSION = 1
_JOINED_ACROSS = 12  # unchanged frames between two changes that do not end a stretch
_CODECS = {
    "prores4444": ("prores_ks", "yuva444p10le", {"profile": "4444", "vendor": "apl0", "alpha_bits": "16"}),
    "ffv1": ("ffv1", "bgra", {"level": "3", "slicecrc": "1", "g": "1"}),
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """One clip of the patch.

    Attributes:
        file: its name in the patch's folder; a folder of pictures for ``png``.
        first_frame: of the film, handles included.
        frames: how many.
        timecode: of the first one, as the film counts.
        changed: first and last frame of the film that really changes.
    """

    file: str
    first_frame: int
    frames: int
    timecode: str
    changed: tuple[int, int]


@dataclass(frozen=True, slots=True)
class PatchFacts:
    """What ``patch.json`` says of a patch; `PATCH_VERSION` rises when a name changes its meaning."""

    film: str
    width: int
    height: int
    rate: str
    frames: int
    start_timecode: str
    drop_frame: bool
    sound: str
    format: PatchFormat
    stretches: tuple[Stretch, ...]
    version: int = PATCH_VERSION

    def write(self, path: Path, more: Mapping[str, object]) -> None:
        """Writes it as JSON together with `more`, whole or not at all."""
        with written_whole(path, "The description") as part:
            part.write_text(
                json.dumps({**asdict(self), **more}, indent=2, ensure_ascii=False) + "\n", "utf-8"
            )


def check_patchable(film: VideoStreamInfo, name: str) -> FrameRate:
    """The film's rate, when a patch of it can lie on a timeline.

    Raises:
        SettingsError: its frames have no constant rate, so that no timeline can place a clip on them.
    """
    if film.is_vfr:
        raise SettingsError(
            f"The frames of “{name}” come at varying times, so no editing program could lay a patch over them.",
            hint="Convert the film to a constant rate first, or use “unisync dub”.",
        )
    return film.rate


def timecode_of(film: VideoStreamInfo, frame: int) -> str:
    """Timecode of a frame as the film counts, from 00:00:00:00 where it carries none."""
    start = film.timecode or "00:00:00:00"
    drop_frame = ";" in start
    return format_timecode(parse_timecode(start, film.rate) + frame, film.rate, drop_frame=drop_frame)


def stretches(
    compositor: Compositor, frames: Sequence[int], total: int, handles: int
) -> list[tuple[range, range]]:
    """Stretches of the film to be covered, each with handles, and what of it changes; `frames` are those that may."""
    changed = [number for number in sorted(set(frames)) if compositor.boxes(number)]
    if not changed:
        return []
    ends = [n for n, following in pairwise(changed) if following - n > _JOINED_ACROSS + 2 * handles] + [
        changed[-1]
    ]
    found, first = [], changed[0]
    for end in ends:
        inside = range(first, end + 1)
        found.append((range(max(0, first - handles), min(total, end + 1 + handles)), inside))
        first = next((number for number in changed if number > end), first)
    return found


def write_clips(
    film: Film,
    compositor: Compositor,
    covered: Sequence[tuple[range, range]],
    folder: Path,
    kind: PatchFormat,
    token: CancelToken,
) -> Generator[Event, None, tuple[Stretch, ...]]:
    """Writes one clip a stretch into `folder`; yields progress, returns what was written.

    Raises:
        MediaError: a clip cannot be written; those before it stay, each whole.
    """
    total = sum(len(frames) for frames, _ in covered)
    eta, done, written = Eta(total), 0, []
    with film.reader() as reader:
        for number, (frames, changed) in enumerate(covered, 1):
            timecode = timecode_of(film.video, frames.start)
            name = f"{film.info.path.stem}.patch{number:02d}{SUFFIXES[kind]}"
            pictures = _pictures(film, reader.frames(frames.start, frames.stop), compositor)
            clip = _png if kind == "png" else _movie
            for _ in clip(folder / name, pictures, film.video, timecode, kind):
                token.check()
                eta.advance(1)
                done += 1
                yield Progress(JobId("dub"), "patch", done, total, eta.seconds_left())
            ends = (changed.start, changed.stop - 1)
            written.append(Stretch(name, frames.start, len(frames), timecode, ends))
    return tuple(written)


def _pictures(film: Film, frames: Iterator, compositor: Compositor) -> Iterator[np.ndarray]:
    """(H, W, 4) uint8 RGBA, straight alpha, of each frame, upright."""
    width, height = film.video.upright_size
    for decoded in frames:
        yield laid_out(compositor.patch(decoded), width, height)


def laid_out(patch: Patch | None, width: int, height: int) -> np.ndarray:
    """(H, W, 4) uint8 RGBA of a whole frame; all zero where there is no patch."""
    picture = np.zeros((height, width, 4), np.uint8)
    if patch is not None:
        x0, y0, x1, y1 = patch.box
        alpha = np.rint(np.clip(patch.alpha, 0, 1) * 255).astype(np.uint8)
        picture[y0:y1, x0:x1, :3] = np.where(alpha[..., None] > 0, patch.picture, 0)
        picture[y0:y1, x0:x1, 3] = alpha
    return picture


def _movie(
    path: Path, pictures: Iterator[np.ndarray], like: VideoStreamInfo, timecode: str, kind: PatchFormat
) -> Iterator[None]:
    encoder, pixel_format, options = _CODECS[kind]
    with written_whole(path, "The patch") as part:
        try:
            with av.open(str(part), "w", format="mov" if path.suffix == ".mov" else "matroska") as out:
                width, height = like.upright_size
                stream = out.add_stream(
                    encoder, rate=like.rate.value, options=options, width=width, height=height
                )
                assert isinstance(stream, VideoStream)
                stream.pix_fmt = pixel_format
                context = stream.codec_context
                context.time_base = 1 / like.rate.value
                is_rgb = pixel_format == "bgra"
                tags = ColourTags(
                    like.colour.primaries, like.colour.transfer, like.colour.matrix, RANGE_LIMITED
                )
                context.color_primaries, context.color_trc = tags.primaries, tags.transfer
                context.colorspace = 0 if is_rgb else tags.matrix
                context.color_range = RANGE_FULL if is_rgb else RANGE_LIMITED
                holder = out.metadata if path.suffix == ".mkv" else stream.metadata
                holder["timecode"] = timecode
                for number, picture in enumerate(pictures):
                    frame = VideoFrame.from_ndarray(picture, "rgba")
                    if is_rgb:
                        frame = VideoFrame.from_ndarray(
                            np.ascontiguousarray(picture[..., [2, 1, 0, 3]]), "bgra"
                        )
                    else:
                        frame = convert_frame(frame, pixel_format, like.colour, to=tags)
                    frame.pts, frame.time_base = number, context.time_base
                    out.mux(stream.encode(frame))
                    yield
                out.mux(stream.encode(None))
        except (ValueError, av.error.FFmpegError) as error:
            raise MediaError(f"The patch “{path}” cannot be written: {error}.") from error


def _png(
    path: Path, pictures: Iterator[np.ndarray], like: VideoStreamInfo, timecode: str, kind: PatchFormat
) -> Iterator[None]:
    """Pictures numbered by the film's frames, counted in timecode frames from its start."""
    path.mkdir(exist_ok=True)
    first = parse_timecode(timecode, like.rate)
    for number, picture in enumerate(pictures, first):
        with written_whole(path / f"{path.name}.{number:07d}.png", "The patch") as part:
            good, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA))
            if not good:
                raise MediaError(f"The patch “{path}” cannot be written.")
            part.write_bytes(data.tobytes())
        yield


def write_sound(path: Path, sound: AudioSource, start_seconds: Fraction) -> None:
    """The film's new sound as a Broadcast Wave file whose time stamp is the film's first frame on its own clock.

    Args:
        path: the .wav file.
        sound: sample 0 with the film's first frame.
        start_seconds: the film's start timecode in seconds after midnight.

    Raises:
        MediaError: it cannot be written.
    """
    if sound.bits == 0:
        codec, kind = "pcm_f32le", "flt"
    else:
        codec, kind = ("pcm_s16le", "s16") if sound.bits <= 16 else ("pcm_s24le", "s32")
    with written_whole(path, "The sound") as part:
        try:
            with av.open(str(part), "w", format="wav", options={"write_bext": "1"}) as out:
                out.metadata["time_reference"] = str(round(start_seconds * sound.rate))
                out.metadata["originator"] = "UniSync Studio"
                stream = out.add_stream(codec, rate=sound.rate)
                assert isinstance(stream, AudioStream)
                stream.layout, stream.format = sound.layout, kind
                at = 0
                for block in sound.blocks():
                    frame = audio_frame(block, sound.layout, sound.rate)
                    frame.pts, frame.time_base = at, Fraction(1, sound.rate)
                    at += len(block)
                    out.mux(stream.encode(frame))
                out.mux(stream.encode(None))
        except (ValueError, av.error.FFmpegError) as error:
            raise MediaError(f"The sound “{path}” cannot be written: {error}.") from error
