"""Small films made on the spot, each frame with its number in the picture, for every test that needs one.

``clips("vfr")`` (a fixture of the whole test run) gives the path of a film, made on first use. The number is drawn in
digits for people, and as a row of black and white cells along the upper edge for `number_in`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

_BITS = 12
SOUND_RATE = 48000
CLICKS_PER_SECOND = 2  # one sample at full scale every half second, the first at 0.25 s


@dataclass(frozen=True)
class Clip:
    """How to make a film. `size` is the upright picture's; times are seconds."""

    suffix: str = ".mp4"
    frames: int = 50
    rate: Fraction = Fraction(25)
    size: tuple[int, int] = (160, 120)
    codec: str | None = "libx264"
    pixel_format: str = "yuv420p"
    gop: int = 12
    b_frames: int = 2
    options: tuple[tuple[str, str], ...] = ()
    rotation: int = 0
    pixel_aspect: Fraction = Fraction(1)
    colour: tuple[int, int, int, int] = (1, 1, 1, 1)  # primaries, transfer, matrix, range (H.273)
    irregular: bool = False
    start: Fraction = Fraction(0)
    timecode: str | None = None
    chapters: tuple[tuple[str, Fraction, Fraction], ...] = ()
    sound: str | None = "stereo"
    sound_codec: str = "aac"
    sound_rate: int = SOUND_RATE
    sound_start: Fraction = Fraction(0)
    sound_seconds: Fraction | None = None
    time_base: Fraction | None = None

    def pts(self, number: int) -> int:
        """Timestamp of a frame, in ticks of `ticks`."""
        ticks = number / self.rate / self.ticks
        if self.irregular:  # like a telephone's: late by up to half a frame, and one frame missing every ten
            ticks = (number + number // 10 + Fraction((number * 7) % 5, 10)) / self.rate / self.ticks
        return round(ticks + self.start / self.ticks)

    @property
    def ticks(self) -> Fraction:
        """Seconds of one timestamp tick."""
        return self.time_base or Fraction(1, self.rate.numerator * (600 if self.irregular else 1))

    def times(self) -> list[Fraction]:
        """When each frame is shown, relative to the first one."""
        return [(self.pts(n) - self.pts(0)) * self.ticks for n in range(self.frames)]


_CFR = Clip()
CLIPS: dict[str, Clip] = {
    "cfr25": _CFR,
    "cfr23976": replace(_CFR, rate=Fraction(24000, 1001)),
    "cfr2997": replace(_CFR, rate=Fraction(30000, 1001)),
    "cfr5994": replace(_CFR, rate=Fraction(60000, 1001), frames=90),
    "vfr": replace(_CFR, irregular=True),
    "intra": replace(_CFR, gop=1, b_frames=0),
    "long_gop": replace(
        _CFR, frames=200, gop=250, b_frames=3, options=(("b-pyramid", "normal"), ("sc_threshold", "0"))
    ),
    "open_gop": replace(
        _CFR, frames=100, options=(("x264-params", "open-gop=1:keyint=20"),), gop=20, b_frames=3
    ),
    "matroska": replace(_CFR, suffix=".mkv", rate=Fraction(24000, 1001)),
    "transport_stream": replace(_CFR, suffix=".ts", b_frames=2),
    "avi": replace(_CFR, suffix=".avi", codec="mpeg4", b_frames=0, sound_codec="pcm_s16le"),
    "rotated": replace(_CFR, rotation=90, size=(120, 160)),
    "upside_down": replace(_CFR, rotation=180),
    "rotated270": replace(_CFR, rotation=270, size=(120, 160)),
    "wide_pixels": replace(_CFR, pixel_aspect=Fraction(64, 45)),
    "ten_bit_422": replace(
        _CFR, suffix=".mov", codec="prores_ks", pixel_format="yuv422p10le", sound_codec="pcm_s24le"
    ),
    "ten_bit_420": replace(
        _CFR, codec="libx265", pixel_format="yuv420p10le", options=(("x265-params", "log-level=none"),)
    ),
    "full_chroma": replace(_CFR, pixel_format="yuv444p"),
    "packed_422": replace(
        _CFR, suffix=".mov", codec="rawvideo", pixel_format="uyvy422", sound_codec="pcm_s16le"
    ),
    "full_range": replace(_CFR, pixel_format="yuvj420p", colour=(1, 1, 1, 2)),
    "bt601": replace(_CFR, colour=(6, 6, 6, 1)),
    "bt2020": replace(_CFR, pixel_format="yuv420p10le", colour=(9, 14, 9, 1)),
    "untagged": replace(_CFR, colour=(2, 2, 2, 0)),
    "hdr_pq": replace(_CFR, pixel_format="yuv420p10le", colour=(9, 16, 9, 1)),
    "rgb": replace(
        _CFR, suffix=".mkv", codec="ffv1", pixel_format="bgr0", colour=(1, 13, 0, 2), sound_codec="flac"
    ),
    "lossless": replace(_CFR, suffix=".mkv", codec="ffv1", sound_codec="flac"),
    "odd_size": replace(_CFR, suffix=".mkv", codec="ffv1", size=(161, 121), sound_codec="flac"),
    "timecode": replace(_CFR, rate=Fraction(30000, 1001), suffix=".mov", timecode="01:00:00;02"),
    "chapters": replace(
        _CFR, chapters=(("One", Fraction(0), Fraction(1)), ("Two", Fraction(1), Fraction(2)))
    ),
    "late_picture": replace(_CFR, start=Fraction(2, 5)),
    "late_sound": replace(_CFR, sound_start=Fraction(2, 5)),
    "silent": replace(_CFR, sound=None),
    "mono44": replace(_CFR, sound="mono", sound_rate=44100),
    "surround": replace(_CFR, suffix=".mkv", sound="5.1", sound_codec="flac"),
    "sound_only": replace(_CFR, suffix=".m4a", codec=None),
    "sound_wav": replace(_CFR, suffix=".wav", codec=None, sound_codec="pcm_s16le"),
    "sound_wav24": replace(_CFR, suffix=".wav", codec=None, sound_codec="pcm_s24le"),
    "one_frame": replace(_CFR, frames=1, sound=None),
}


class ClipStore:
    """Makes clips in a folder and remembers them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, name: str) -> Path:
        """The path of a clip of `CLIPS`, or one that is broken.

        ``truncated`` and ``truncated_mkv`` stop after 60 %, ``no_index`` as well and is an MP4 without its index;
        ``damaged`` has rubbish for frames 17 and 18, each of which stands alone; in ``damaged_gop`` others need them.
        """
        special: dict[str, tuple[str, Callable[[Path], Path]]] = {
            "truncated": ("long_gop", lambda path: _cut(_index_first(path), 0.6)),
            "truncated_mkv": ("matroska", lambda path: _cut(path, 0.6)),
            "no_index": ("cfr25", lambda path: _cut(path, 0.6)),
            "damaged": ("intra", lambda path: damage_frames(path, {17, 18})),
            "damaged_gop": ("cfr25", lambda path: damage_frames(path, {17, 18})),
        }
        if name in special:
            base, make = special[name]
            source = self(base)
            path = self.folder / f"{name}{source.suffix}"
            if not path.exists():
                make(source).rename(path)
            return path
        clip = CLIPS[name]
        path = self.folder / f"{name}{clip.suffix}"
        if not path.exists():
            make_clip(path, clip)
        return path


def make_clip(path: Path, clip: Clip) -> Path:
    """Writes the film `clip` describes."""
    options = {"movie_timescale": "48000"} if path.suffix in (".mp4", ".mov", ".m4a") else {}
    if path.suffix in (".mp4", ".mov") and clip.ticks.numerator == 1:
        options["video_track_timescale"] = str(clip.ticks.denominator)
    with av.open(str(path), "w", container_options=options) as output:
        video = _add_video(output, clip) if clip.codec else None
        sound = None
        if clip.sound:
            sound = output.add_stream(clip.sound_codec, rate=clip.sound_rate)
            sound.layout = clip.sound
            sound.time_base = Fraction(1, clip.sound_rate)
            if clip.sound_codec == "aac":
                sound.bit_rate = 256_000
        if clip.chapters:
            output.set_chapters(
                [
                    {
                        "id": n,
                        "start": int(start * 1000),
                        "end": int(end * 1000),
                        "time_base": Fraction(1, 1000),
                        "metadata": {"title": title},
                    }
                    for n, (title, start, end) in enumerate(clip.chapters)
                ]
            )
        if video is not None:
            for number in range(clip.frames):
                output.mux(video.encode(_coded_frame(clip, number)))
            output.mux(video.encode(None))
        if sound is not None:
            samples = sound_samples(clip)
            offset = round(clip.sound_start * clip.sound_rate)
            for first in range(0, len(samples), 4800):
                part = np.ascontiguousarray(samples[first : first + 4800])
                frame = AudioFrame.from_ndarray(part.reshape(1, -1), format="s16", layout=clip.sound)
                frame.sample_rate = clip.sound_rate
                frame.pts, frame.time_base = offset + first, Fraction(1, clip.sound_rate)
                output.mux(sound.encode(frame))
            output.mux(sound.encode(None))
    return path


def sound_samples(clip: Clip) -> np.ndarray:
    """(n, channels) int16: silence with a click every half second, from 0.25 s on; each channel a little weaker."""
    channels = {"mono": 1, "stereo": 2, "5.1": 6}[clip.sound or "mono"]
    seconds = clip.sound_seconds if clip.sound_seconds is not None else clip.frames / clip.rate
    samples = np.zeros((round(seconds * clip.sound_rate), channels), np.int16)
    for time in click_times(float(seconds)):
        samples[round(time * clip.sound_rate)] = [30000 - 3000 * channel for channel in range(channels)]
    return samples


def click_times(seconds: float) -> list[float]:
    """When the clicks of a sound of that length are, from its own start."""
    return [0.25 + n / CLICKS_PER_SECOND for n in range(int((seconds - 0.25 - 1e-9) * CLICKS_PER_SECOND) + 1)]


def heard_clicks(sound: np.ndarray, rate: int) -> list[float]:
    """Times in seconds of the clicks in a (n,) float sound."""
    loud = np.abs(sound)
    peaks = []
    level = loud.max() * 0.4
    position = 0
    while position < len(loud):
        if loud[position] > level:
            part = loud[position : position + rate // 20]
            peaks.append((position + int(part.argmax())) / rate)
            position += rate // 10
        position += 1
    return peaks


def picture(number: int, size: tuple[int, int]) -> np.ndarray:
    """(H, W, 3) uint8 RGB, upright: a moving pattern with the number in cells along the upper edge and in digits."""
    width, height = size
    x = np.arange(width)[None, :]
    y = np.arange(height)[:, None]
    red = 60 + 130 * ((x + 3 * number) % width) / width + 0 * y
    green = 60 + 130 * y / height + 0 * x
    blue = 90 + 60 * np.sin((x + y + 5 * number) / 17)
    image = np.dstack([red, green, blue]).astype(np.uint8)
    for bit in range(_BITS):
        value = 235 if number >> bit & 1 else 20
        image[: height // 6, width * bit // _BITS : width * (bit + 1) // _BITS] = value
    scale = height / 120
    cv2.putText(
        image, str(number), (width // 8, height * 3 // 4), cv2.FONT_HERSHEY_SIMPLEX, scale, (255,) * 3, 2
    )
    return image


def number_in(image: np.ndarray) -> int:
    """The number `picture` put into an upright (H, W, 3) or (H, W) picture."""
    height, width = image.shape[:2]
    cell_height = height // 6
    grey = image if image.ndim == 2 else image.mean(axis=2)
    top = 255 if grey.max() <= 255 else grey.max()
    number = 0
    for bit in range(_BITS):
        left, right = width * bit // _BITS, width * (bit + 1) // _BITS
        edge = max(1, (right - left) // 4)
        cell = grey[cell_height // 4 : cell_height * 3 // 4, left + edge : right - edge]
        number |= int(cell.mean() > top / 2) << bit
    return number


def damage_frames(path: Path, numbers: set[int]) -> Path:
    """A copy of a film whose packets of these frames (in the order they are shown) are rubbish."""
    with av.open(str(path)) as source:
        packets = [(p.pts, p.pos, p.size) for p in source.demux(video=0) if p.size]
    packets.sort()
    data = bytearray(path.read_bytes())
    rubbish = np.random.default_rng(5)
    for number in numbers:
        _, position, size = packets[number]
        data[position : position + size] = rubbish.integers(0, 256, size, np.uint8).tobytes()
    damaged = path.with_name(f"damaged-{path.name}")
    damaged.write_bytes(data)
    return damaged


def _cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    cut = path.with_name(f"cut-{path.name}")
    cut.write_bytes(data[: int(len(data) * share)])
    return cut


def _index_first(path: Path) -> Path:
    moved = path.with_name(f"index-first-{path.name}")
    with (
        av.open(str(path)) as source,
        av.open(str(moved), "w", container_options={"movflags": "faststart"}) as output,
    ):
        streams = {
            s.index: output.add_stream_from_template(s)
            for s in source.streams
            if s.type in ("video", "audio")
        }
        for packet in source.demux():
            if packet.dts is not None and packet.stream_index in streams:
                packet.stream = streams[packet.stream_index]
                output.mux(packet)
    return moved


def _add_video(output: av.container.OutputContainer, clip: Clip) -> av.VideoStream:
    width, height = clip.size if clip.rotation in (0, 180) else clip.size[::-1]
    options = dict(clip.options)
    if clip.codec == "libx264":
        options.setdefault("preset", "veryfast")
        options.setdefault("crf", "12")
        options["bf"] = str(clip.b_frames)
    stream = output.add_stream(clip.codec, rate=clip.rate, width=width, height=height, options=options)
    stream.pix_fmt = clip.pixel_format
    context = stream.codec_context
    context.time_base = clip.ticks
    context.gop_size = clip.gop
    context.sample_aspect_ratio = clip.pixel_aspect
    context.color_primaries, context.color_trc, context.colorspace, context.color_range = clip.colour
    if clip.rotation:
        stream.set_display_rotation(-clip.rotation)
    if clip.timecode:
        stream.metadata["timecode"] = clip.timecode
    return stream


def _coded_frame(clip: Clip, number: int) -> VideoFrame:
    upright = picture(number, clip.size)
    stored = np.ascontiguousarray(np.rot90(upright, clip.rotation // 90))
    frame = VideoFrame.from_ndarray(stored, format="rgb24")
    if not clip.pixel_format.startswith("bgr"):
        matrix = {2: 5, 6: 5, 14: 9}.get(clip.colour[2], clip.colour[2])
        frame = frame.reformat(
            format=clip.pixel_format.replace("yuvj", "yuv"),
            dst_colorspace=matrix,
            dst_color_range=clip.colour[3] or 1,
            interpolation="BICUBIC",
        )
        if clip.pixel_format.startswith("yuvj"):
            frame = frame.reformat(format=clip.pixel_format, src_color_range=2, dst_color_range=2)
    else:
        frame = frame.reformat(format=clip.pixel_format)
    frame.pts, frame.time_base = clip.pts(number), clip.ticks
    return frame
