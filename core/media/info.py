"""What a media file holds, as `core.media.probe` finds it."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from core.base.timing import FrameRate
from core.media.colour import ColourTags

AudioCodecName = Literal["aac", "pcm", "flac"]  # in which a film's sound is written
PicturePreset = Literal["h264", "hevc", "prores", "prores4444", "dnxhr", "ffv1"]
"""What pictures can be encoded as, see `core.media.presets`."""
LoudnessRule = Literal["off", "measure", "ebu", "atsc", "streaming"]
"""How loud a sound is written: as it is; as it is but measured; EBU R128 (-23 LUFS); ATSC A/85 (-24); -27."""
SoundRule = Literal["replace", "add", "only-dub"]  # what becomes of a film's own sounds beside a new one


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter mark, in seconds on the container's clock."""

    start: Fraction
    end: Fraction
    title: str


@dataclass(frozen=True, slots=True)
class VideoStreamInfo:
    """The picture stream.

    Attributes:
        index: the stream's index in the container.
        codec: decoder name, e.g. ``h264``.
        width: coded width in samples.
        height: coded height in samples.
        rotation: degrees clockwise that make the coded picture upright: 0, 90, 180 or 270.
        pixel_aspect: width of a coded sample over its height.
        rate: frames a second; exact when the stream is constant, the exact average when `is_vfr`.
        is_vfr: whether the frames do not lie on a regular grid of `rate` (to within the container's own clock tick).
        time_base: seconds per container tick.
        start: time of the first frame on the container's clock.
        duration: from the first frame's start to the last one's end, in seconds.
        frame_count: frames that can be shown, counted packet by packet.
        declared_frame_count: what the container's header promises, or None; more than `frame_count` in a file cut short.
        pixel_format: FFmpeg's name, e.g. ``yuv420p10le``.
        bit_depth: bits of a sample.
        colour: primaries, transfer, matrix and range as tagged.
        is_interlaced: whether the frames are made of two fields.
        timecode: the timecode of the first frame as text (``HH:MM:SS:FF``, ``;`` when drop-frame), or None.
        bit_rate: average bits a second, or None.
        is_bottom_first: of interlaced pictures, whether the lower field is shown first.
        mastering: the HDR10 mastering display as x265 writes it (``G(…)B(…)R(…)WP(…)L(…)``), or "".
        light: HDR10 content light level (brightest pixel, brightest frame on average) in cd/m², or None.
        dynamic_hdr: name of what HDR metadata change from picture to picture, or "".
        has_captions: whether closed captions (CEA-608, CEA-708) lie inside the picture.
    """

    index: int
    codec: str
    width: int
    height: int
    rotation: int
    pixel_aspect: Fraction
    rate: FrameRate
    is_vfr: bool
    time_base: Fraction
    start: Fraction
    duration: Fraction
    frame_count: int
    declared_frame_count: int | None
    pixel_format: str
    bit_depth: int
    colour: ColourTags
    is_interlaced: bool
    timecode: str | None
    bit_rate: int | None
    is_bottom_first: bool = False
    mastering: str = ""
    light: tuple[int, int] | None = None
    dynamic_hdr: str = ""
    has_captions: bool = False

    @property
    def upright_size(self) -> tuple[int, int]:
        """(width, height) of the pictures readers give: rotation applied, samples not stretched."""
        return (self.height, self.width) if self.rotation in (90, 270) else (self.width, self.height)

    @property
    def upright_pixel_aspect(self) -> Fraction:
        """Width over height of one pixel of the upright picture."""
        return 1 / self.pixel_aspect if self.rotation in (90, 270) else self.pixel_aspect

    @property
    def display_size(self) -> tuple[int, int]:
        """(width, height) of the upright picture in square pixels, its height kept."""
        width, height = self.upright_size
        return round(width * self.upright_pixel_aspect), height


@dataclass(frozen=True, slots=True)
class AudioStreamInfo:
    """One sound stream.

    Attributes:
        index: the stream's index in the container.
        codec: decoder name, e.g. ``aac``.
        rate: samples a second.
        channels: number of channels.
        layout: FFmpeg's name of the layout, e.g. ``stereo``.
        sample_format: FFmpeg's name of the decoded sample format, e.g. ``fltp``.
        bits: significant bits of a sample, where the codec says (PCM, FLAC), else 0.
        start: time of the first stored sample on the container's clock (priming included where the container says so).
        duration: seconds, as the container says.
        language: three-letter code, or None.
    """

    index: int
    codec: str
    rate: int
    channels: int
    layout: str
    sample_format: str
    bits: int
    start: Fraction
    duration: Fraction
    language: str | None


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """One media file.

    Attributes:
        path: absolute path.
        container: FFmpeg's name of the container format.
        size: bytes.
        video: the picture stream, or None (cover pictures do not count).
        audio: the sound streams, in file order.
        duration: seconds of the longer of picture and sound.
        chapters: chapter marks.
        title: the file's title tag, or None.
        unreadable_sound: how many more sound streams there are that cannot be decoded here.
    """

    path: Path
    container: str
    size: int
    video: VideoStreamInfo | None
    audio: tuple[AudioStreamInfo, ...]
    duration: Fraction
    chapters: tuple[Chapter, ...] = ()
    title: str | None = None
    unreadable_sound: int = 0

    @property
    def has_audio(self) -> bool:
        """Whether there is any sound that can be decoded."""
        return bool(self.audio)


_SMOOTH_SAMPLES = 1920 * 1088 * 30.1  # pixels a second


def is_heavy(width: int, height: int, rate: FrameRate) -> bool:
    """Whether a film is likely to play with frames left out on an ordinary computer: more than 1080p at 30 frames a second."""
    return width * height * rate.value > _SMOOTH_SAMPLES
