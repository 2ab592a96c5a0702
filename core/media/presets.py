"""What a film can be exported as: encoders, their settings, the containers that take them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType

import av

from core.base.errors import SettingsError
from core.media.colour import MATRIX_BT709
from core.media.info import AudioCodecName, PicturePreset
from core.media.pixel_layout import is_transparent, pixel_layout

_CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}


@dataclass(frozen=True, slots=True)
class VideoPreset:
    """One way to encode the picture.

    Attributes:
        name: what the user chooses.
        title: what the user reads.
        encoder: FFmpeg's software encoder.
        hardware: hardware encoders that may stand in for it, best first.
        containers: muxers that take it; the first is the usual one.
        pixel_format: the only format it is made for, or None to keep the source's where the encoder can.
        options: the encoder's settings.
        matrices: the colour matrices its bit stream can name, or None for all.
        is_limited_range: whether its pictures are always of limited range.
        smallest: the least (width, height) it can encode.
        default_audio: the sound codec that goes with it, per muxer.
    """

    name: PicturePreset
    title: str
    encoder: str
    hardware: tuple[str, ...]
    containers: tuple[str, ...]
    pixel_format: str | None
    options: Mapping[str, str]
    matrices: tuple[int, ...] | None
    is_limited_range: bool
    smallest: tuple[int, int]
    default_audio: Mapping[str, AudioCodecName]


# crf 16 and 18 are what x264's and x265's authors call visually lossless at these presets; the film has been through one
# encoder already, so the second one must not show.
PRESETS: Mapping[str, VideoPreset] = MappingProxyType(
    {
        "h264": VideoPreset(
            "h264",
            "H.264",
            "libx264",
            ("h264_nvenc", "h264_videotoolbox", "h264_qsv", "h264_amf"),
            ("mp4", "mov", "matroska"),
            None,
            {"preset": "medium", "crf": "16"},
            None,
            False,
            (16, 16),
            {"mp4": "aac", "mov": "aac", "matroska": "aac"},
        ),
        "hevc": VideoPreset(
            "hevc",
            "HEVC (H.265)",
            "libx265",
            ("hevc_nvenc", "hevc_videotoolbox", "hevc_qsv", "hevc_amf"),
            ("mp4", "mov", "matroska"),
            None,
            {"preset": "medium", "crf": "18", "x265-params": "log-level=none"},
            None,
            False,
            (16, 16),
            {"mp4": "aac", "mov": "aac", "matroska": "aac"},
        ),
        "prores": VideoPreset(
            "prores",
            "ProRes 422 HQ",
            "prores_ks",
            (),
            ("mov", "matroska"),
            "yuv422p10le",
            {"profile": "hq", "vendor": "apl0"},
            None,
            True,
            (16, 16),
            {"mov": "pcm", "matroska": "pcm"},
        ),
        "prores4444": VideoPreset(
            "prores4444",
            "ProRes 4444",
            "prores_ks",
            (),
            ("mov", "matroska"),
            None,
            {"profile": "4444", "vendor": "apl0", "alpha_bits": "16"},
            None,
            True,
            (16, 16),
            {"mov": "pcm", "matroska": "pcm"},
        ),
        "dnxhr": VideoPreset(
            "dnxhr",
            "DNxHR HQX",
            "dnxhd",
            (),
            ("mov",),
            "yuv422p10le",
            {"profile": "dnxhr_hqx"},
            (MATRIX_BT709,),  # decoders take any other for it
            True,
            (256, 120),
            {"mov": "pcm"},
        ),
        "ffv1": VideoPreset(
            "ffv1",
            "FFV1 (lossless)",
            "ffv1",
            (),
            ("matroska",),
            None,
            {"level": "3", "slicecrc": "1", "g": "1"},
            None,
            False,
            (1, 1),
            {"matroska": "flac"},
        ),
    }
)

# Where each sound codec may go. PCM in MP4 is standardised but few players know it.
_AUDIO_CONTAINERS: Mapping[str, tuple[str, ...]] = {
    "aac": ("mp4", "mov", "matroska"),
    "pcm": ("mov", "matroska"),
    "flac": ("mp4", "matroska"),
}
_SUFFIX_OF = {"mp4": ".mp4", "mov": ".mov", "matroska": ".mkv"}


def find_preset(name: str) -> VideoPreset:
    """The preset of that name.

    Raises:
        SettingsError: there is none.
    """
    if name not in PRESETS:
        raise SettingsError(
            f"There is no export preset “{name}”.", hint=f"Choose one of {', '.join(PRESETS)}."
        )
    return PRESETS[name]


def suffix_for(name: str, like: str) -> str:
    """How a film of the preset of that name ends: as `like` where the preset goes into such files, else as is usual for it.

    Raises:
        SettingsError: there is no such preset.
    """
    preset = find_preset(name)
    return like if _CONTAINERS.get(like.lower()) in preset.containers else _SUFFIX_OF[preset.containers[0]]


def check_container(path: PurePath, preset: VideoPreset, audio_codec: AudioCodecName | None) -> str:
    """FFmpeg's muxer for `path`, once it is sure that it takes this picture and sound.

    Raises:
        SettingsError: an unknown ending, or one that does not fit the codecs; says which ones do.
    """
    muxer = _CONTAINERS.get(path.suffix.lower())
    if muxer is None:
        raise SettingsError(
            f"“{path.name}” does not end in a film format.",
            hint=f"Name it {' or '.join(sorted(set(_SUFFIX_OF.values())))}.",
        )
    if muxer not in preset.containers:
        raise SettingsError(
            f"{preset.title} does not go into {path.suffix} files.",
            hint=f"Name the file {_choice(preset.containers)}.",
        )
    if audio_codec is not None and muxer not in _AUDIO_CONTAINERS[audio_codec]:
        raise SettingsError(
            f"{audio_codec.upper()} sound does not go into {path.suffix} files.",
            hint=f"Name the file {_choice(_AUDIO_CONTAINERS[audio_codec])}, or choose another sound codec.",
        )
    return muxer


def output_pixel_format(preset: VideoPreset, encoder: str, source: str, *, is_hdr: bool = False) -> str:
    """The pixel format to encode in.

    H.264 and HEVC films are for players, which want 4:2:0, in 8 bits or (HEVC, and HDR in either) in 10. ProRes 4444 is
    always 4:4:4 in 10 bits. The others keep the source's own where the encoder has it, else the nearest that loses least.
    """
    if preset.pixel_format is not None:
        return preset.pixel_format
    if preset.name in ("h264", "hevc"):
        is_deep = pixel_layout(source).bits > 8 and (preset.name == "hevc" or is_hdr)
        source = "yuv420p10le" if is_deep else "yuv420p"
    if preset.name == "prores4444":
        return "yuva444p10le" if is_transparent(source) else "yuv444p10le"
    formats = [f.name for f in av.codec.Codec(encoder, "w").video_formats or ()]
    plain = source.replace("yuvj", "yuv")  # the same samples; the range is a tag of its own
    if plain in formats:
        return plain
    wanted = pixel_layout(source)
    lossless = preset.name == "ffv1"
    if wanted.kind == "rgb" and not lossless:
        return "yuv444p10le" if wanted.bits > 8 and "yuv444p10le" in formats else "yuv444p"

    def loss(name: str) -> tuple[int, ...]:
        have = pixel_layout(name)
        chroma = sum(max(0, h - w) for h, w in zip(have.chroma_shift, wanted.chroma_shift, strict=True))
        finer = sum(max(0, w - h) for h, w in zip(have.chroma_shift, wanted.chroma_shift, strict=True))
        return (
            is_transparent(source) != is_transparent(name),
            have.kind != wanted.kind,
            max(0, wanted.bits - have.bits),
            chroma,
            have.bits - wanted.bits,
            finer,
            "a" in name.removeprefix("gray").removeprefix("yuv")[:1],
        )

    usable = [name for name in formats if _is_usable(name)]
    return min(usable, key=loss)


def _is_usable(name: str) -> bool:
    return name.startswith(
        ("yuv4", "gray", "bgr0", "bgra", "gbrp", "gbrap", "yuva4", "nv12", "p010")
    ) and not (name.endswith(("f16le", "f32le")) or name.startswith("yuvj"))


def _choice(muxers: tuple[str, ...]) -> str:
    return " or ".join(_SUFFIX_OF[m] for m in muxers)
