"""Only what changed: the new mouths as a film with alpha, to be laid over the camera original in an editing program."""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.codec import CodecContext
from av.video.codeccontext import VideoCodecContext
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
from core.media.sound_track import audio_frame
from core.planning.requests import PatchFormat, PatchSettings
from core.takes.compositor import Compositor, Patch
from core.takes.film import Film

SUFFIXES: dict[PatchFormat, str] = {"prores4444": ".mov", "ffv1": ".mkv", "png": "", "exr": ""}
NUMBERED: tuple[PatchFormat, ...] = ("png", "exr")  # a file a picture, in a folder of its own
PATCH_VERSION = 1
SOUND_SUFFIX = ".dub.wav"
_JOINED_ACROSS = 12  # unchanged frames between two changes that do not end a stretch
_CODECS = {
    "prores4444": ("prores_ks", "yuva444p10le", {"profile": "4444", "vendor": "apl0", "alpha_bits": "16"}),
    "ffv1": ("ffv1", "bgra", {"level": "3", "slicecrc": "1", "g": "1"}),
}


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of a film on the track below the patch.

    Attributes:
        film: its path.
        first_frame: of the timeline.
        frames: how many.
        film_frame: the film's own frame that is seen first, counted from its first one.
        film_frames: how many the film has.
        start_timecode: of the film's first frame.
        has_sound: whether the film has sound of its own.
    """

    film: str
    first_frame: int
    frames: int
    film_frame: int
    film_frames: int
    start_timecode: str
    has_sound: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """One clip of the patch.

    Attributes:
        file: its name in the patch's folder; a folder of pictures for ``png``.
        first_frame: of the timeline, which is the film's own where the film is not cut; handles included.
        frames: how many.
        timecode: of the first one, as the film below counts.
        changed: first and last frame of the timeline that really change.
        box: left, top, width and height of the clip in the film's picture; all of it unless it was cropped.
    """

    file: str
    first_frame: int
    frames: int
    timecode: str
    changed: tuple[int, int]
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Cover:
    """What one clip of the patch is to cover.

    Attributes:
        frames: of the film, handles included.
        changed: of the film, those that really change.
        first_frame: of the timeline, where `frames` begin.
    """

    frames: range
    changed: range
    first_frame: int


@dataclass(frozen=True, slots=True)
class PatchFacts:
    """What ``patch.json`` says of a patch; `PATCH_VERSION` rises when a name changes its meaning.

    `frames`, `start_timecode` and `drop_frame` are the timeline's: the film's own where it is not cut. `film` is the first cut's. `pixel_aspect` is the
    width of a pixel over its height.
    """

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
    cuts: tuple[Cut, ...]
    cropped: bool = False
    pixel_aspect: str = "1"
    version: int = PATCH_VERSION

    @property
    def name(self) -> str:
        """What the patch's files are called by."""
        return self.sound.removesuffix(SOUND_SUFFIX)

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


def covers(
    compositor: Compositor, frames: Sequence[int], seen: range, handles: int, first_frame: int = 0
) -> list[Cover]:
    """The stretches of a film that change, each with handles.

    Args:
        compositor: of the film.
        frames: those that may change.
        seen: the frames of the film that are on the timeline; none else is covered.
        handles: frames more at both ends.
        first_frame: of the timeline, where `seen` begins.
    """
    changed = [number for number in sorted(set(frames)) if number in seen and compositor.boxes(number)]
    if not changed:
        return []
    ends = [n for n, following in pairwise(changed) if following - n > _JOINED_ACROSS + 2 * handles] + [
        changed[-1]
    ]
    found, first = [], changed[0]
    for end in ends:
        covered = range(max(seen.start, first - handles), min(seen.stop, end + 1 + handles))
        found.append(Cover(covered, range(first, end + 1), first_frame + covered.start - seen.start))
        first = next((number for number in changed if number > end), first)
    return found


def write_clips(
    film: Film,
    compositor: Compositor,
    found: Sequence[Cover],
    folder: Path,
    names: Iterator[str],
    settings: PatchSettings,
    job: JobId,
    token: CancelToken,
) -> Generator[Event, None, tuple[Stretch, ...]]:
    """Writes one clip a stretch into `folder`; yields progress, returns what was written.

    Args:
        film: whose mouths.
        compositor: of the film.
        found: what to cover.
        folder: where to.
        names: of the clips, without suffix.
        settings: of which kind, and whether no larger than the mouths of the stretch.
        job: whose progress it is.
        token: to cancel.

    Raises:
        MediaError: a clip cannot be written; those before it stay, each whole.
    """
    total = sum(len(cover.frames) for cover in found)
    eta, done, written = Eta(total), 0, []
    kind = settings.format
    with film.reader() as reader:
        for cover in found:
            timecode = timecode_of(film.video, cover.frames.start)
            name = f"{next(names)}{SUFFIXES[kind]}"
            box = _around(compositor, cover.frames, film.video.upright_size) if settings.crop else None
            box = box or (0, 0, *film.video.upright_size)
            pictures = _pictures(reader.frames(cover.frames.start, cover.frames.stop), compositor, box)
            clip = _numbered if kind in NUMBERED else _movie
            for _ in clip(folder / name, pictures, box[2:], film.video, timecode, kind):
                token.check()
                eta.advance(1)
                done += 1
                yield Progress(job, "patch", done, total, eta.seconds_left())
            shift = cover.first_frame - cover.frames.start
            ends = (cover.changed.start + shift, cover.changed.stop - 1 + shift)
            written.append(Stretch(name, cover.first_frame, len(cover.frames), timecode, ends, box))
    return tuple(written)


def _around(compositor: Compositor, frames: range, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Left, top, width and height of all that changes, to even numbers, which every codec and every colour plane takes."""
    boxes = [box for number in frames for box in compositor.boxes(number)]
    if not boxes:
        return None
    x0, y0 = (min(box[axis] for box in boxes) // 2 * 2 for axis in (0, 1))
    x1, y1 = (min(-(-max(box[axis + 2] for box in boxes) // 2) * 2, size[axis]) for axis in (0, 1))
    return x0, y0, x1 - x0, y1 - y0


def _pictures(
    frames: Iterator, compositor: Compositor, box: tuple[int, int, int, int]
) -> Iterator[np.ndarray]:
    """(h, w, 4) uint8 RGBA, straight alpha, of `box` in each frame, upright."""
    for decoded in frames:
        yield laid_out(compositor.patch(decoded), box)


def laid_out(patch: Patch | None, box: tuple[int, int, int, int]) -> np.ndarray:
    """(h, w, 4) uint8 RGBA of `box` (left, top, width, height), which holds all of `patch`; zero where there is no patch."""
    left, top, width, height = box
    picture = np.zeros((height, width, 4), np.uint8)
    if patch is not None:
        x0, y0, x1, y1 = patch.box
        area = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
        alpha = np.rint(np.clip(patch.alpha, 0, 1) * 255).astype(np.uint8)
        picture[area][..., :3] = np.where(alpha[..., None] > 0, patch.picture, 0)
        picture[area][..., 3] = alpha
    return picture


def _movie(
    path: Path,
    pictures: Iterator[np.ndarray],
    size: tuple[int, int],
    like: VideoStreamInfo,
    timecode: str,
    kind: PatchFormat,
) -> Iterator[None]:
    encoder, pixel_format, options = _CODECS[kind]
    with written_whole(path, "The patch") as part:
        try:
            with av.open(str(part), "w", format="mov" if path.suffix == ".mov" else "matroska") as out:
                width, height = size
                stream = out.add_stream(
                    encoder, rate=like.rate.value, options=options, width=width, height=height
                )
                assert isinstance(stream, VideoStream)
                stream.pix_fmt = pixel_format
                context = stream.codec_context
                context.time_base = 1 / like.rate.value
                context.sample_aspect_ratio = like.upright_pixel_aspect
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


def _numbered(
    path: Path,
    pictures: Iterator[np.ndarray],
    _size: tuple[int, int],
    like: VideoStreamInfo,
    timecode: str,
    kind: PatchFormat,
) -> Iterator[None]:
    """Pictures numbered by the film's frames, counted in timecode frames from its start."""
    path.mkdir(exist_ok=True)
    first = parse_timecode(timecode, like.rate)
    as_file = _exr if kind == "exr" else _png
    for number, picture in enumerate(pictures, first):
        with written_whole(path / f"{path.name}.{number:07d}.{kind}", "The patch") as part:
            part.write_bytes(as_file(picture, like))
        yield


def _png(picture: np.ndarray, _like: VideoStreamInfo) -> bytes:
    good, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA))
    assert good, "every picture of bytes is a PNG"
    return data.tobytes()


def _exr(picture: np.ndarray, like: VideoStreamInfo) -> bytes:
    """Half floats, 1.0 for 255, in the film's own curve and with straight alpha, as in the other formats.

    Not scene-linear and not multiplied by alpha, as EXR mostly is: each program has a curve of its own for a film, and only what is given
    the same one as the film meets it; and only straight colours can be brought from curve to curve.
    """
    height, width = picture.shape[:2]
    # The file's whole content is one packet; with threads it would come later than its picture.
    encoder = CodecContext.create("exr", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "gbrapf32le"
    encoder.time_base, encoder.thread_count = 1 / like.rate.value, 1
    encoder.sample_aspect_ratio = like.upright_pixel_aspect
    encoder.options = {"format": "half", "compression": "zip16"}
    frame = VideoFrame.from_ndarray((picture / np.float32(255)).astype(np.float32), "gbrapf32le")
    (packet,) = encoder.encode(frame)
    return bytes(packet)


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
