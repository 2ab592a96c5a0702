"""How a finished film is encoded where the user asked for something else than is usual: checked, and told beforehand."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from core.base.errors import SettingsError
from core.media.companions import CompanionPlan, plan_companions
from core.media.conform import is_same_frame
from core.media.info import MediaInfo, PicturePreset, SoundRule, VideoStreamInfo
from core.media.output_format import keeps_fields
from core.media.picture_notes import picture_notes
from core.media.presets import VideoPreset, check_container, find_preset
from core.media.probe import probe
from core.planning.requests import Encoding

QUALITIES = (0, 51)
BIT_RATES = (100, 400_000)  # kbit/s
HEIGHTS = (16, 8192)


def check_encoding(output: Path, picture: PicturePreset, encoding: Encoding) -> None:
    """Refuses what could not be encoded so.

    Raises:
        SettingsError: the ending does not fit the codecs, or the picture codec has no such setting.
    """
    preset = find_preset(picture)
    check_container(output, preset, encoding.audio_codec)
    if (encoding.quality is not None or encoding.bit_rate is not None) and "crf" not in preset.options:
        raise SettingsError(
            f"{preset.title} has one quality only.", hint="Choose H.264 or HEVC to set a quality or a bit rate."
        )
    if encoding.quality is not None and encoding.bit_rate is not None:
        raise SettingsError("Either a quality or a bit rate can be asked for.", hint="Leave one of them out.")
    for what, value, (low, high) in (
        ("quality", encoding.quality, QUALITIES),
        ("bit rate", encoding.bit_rate, BIT_RATES),
        ("height", encoding.height, HEIGHTS),
    ):
        if value is not None and not low <= value <= high:
            raise SettingsError(f"The {what} is {value}; it must lie between {low} and {high}.")


def encoder_options(picture: PicturePreset, encoding: Encoding) -> dict[str, str] | None:
    """The picture encoder's settings, None for the usual ones."""
    usual = dict(find_preset(picture).options)
    if encoding.quality is not None:
        return {**usual, "crf": str(encoding.quality)}
    if encoding.bit_rate is not None:
        del usual["crf"]
        return {**usual, "b": str(encoding.bit_rate * 1000)}
    return None


def encoded_as(info: MediaInfo, encoding: Encoding) -> MediaInfo:
    """`info` as `encoding` wants its picture: without fields, of so many lines when it stands upright; shape kept, both sides even."""
    if info.video is not None and encoding.deinterlace:
        info = replace(info, video=replace(info.video, is_interlaced=False))
    video, height = info.video, encoding.height
    if video is None or height is None or height == video.upright_size[1]:
        return info
    width, old = video.upright_size
    upright = (max(2, round(Fraction(width * height, old * 2)) * 2), max(2, height // 2 * 2))
    wide, high = upright if video.rotation in (0, 180) else upright[::-1]
    return replace(info, video=replace(video, width=wide, height=high))


def leading(infos: Sequence[MediaInfo]) -> MediaInfo:
    """The film whose picture a film that is cut from `infos` has: the first that is not HDR, else the first."""
    return next((i for i in infos if i.video is not None and not i.video.colour.is_hdr), infos[0])


def what_goes_along(
    film: MediaInfo,
    output: Path,
    picture: PicturePreset,
    rule: SoundRule,
    encoding: Encoding = Encoding(),
) -> tuple[CompanionPlan, tuple[str, ...]]:
    """What of a film is carried into `output` beside picture and sound, and sentences about all that is not kept as it is.

    Raises:
        SettingsError: see `check_encoding`.
        MediaError: the film cannot be read.
    """
    check_encoding(output, picture, encoding)
    preset = find_preset(picture)
    muxer = check_container(output, preset, encoding.audio_codec)
    plan = plan_companions(film.path, muxer, rule)
    assert film.video is not None
    like = encoded_as(film, encoding).video
    assert like is not None
    notes = [
        *_size_notes(film.video, like),
        *_fields_told(film, film, picture, encoding),
        *picture_notes(like, preset, muxer),
        *_sound_notes(film, encoding),
    ]
    return plan, (*notes, *plan.notes)


def fields_notes(
    video: VideoStreamInfo, like: VideoStreamInfo, preset: VideoPreset, name: str, encoding: Encoding
) -> list[str]:
    """What becomes of the fields of a film's pictures in a film like `like`, where they are not kept.

    Args:
        video: the film.
        like: the finished film.
        preset: its codec.
        name: of the film.
        encoding: what was asked for.
    """
    if encoding.deinterlace:
        if video.is_interlaced:
            return [f"“{name}” is deinterlaced: a whole picture is made of the first field of each."]
        return [f"“{name}” is not marked as interlaced: nothing in it is deinterlaced."]
    if not video.is_interlaced or (is_same_frame(video, like) and like.is_interlaced and keeps_fields(like, preset)):
        return []
    why = (
        f"{preset.title} cannot say so here"
        if is_same_frame(video, like)
        else "its pictures are fitted into others"
    )
    return [
        f"“{name}” is interlaced and {why}: its fields are written as whole pictures, in which edges that move are combs. "
        "Deinterlace it (--deinterlace; “Deinterlace” in the export dialog), or choose ProRes or FFV1 at the film's own size."
    ]


def _fields_told(film: MediaInfo, other: MediaInfo, picture: PicturePreset, encoding: Encoding) -> list[str]:
    like = encoded_as(other, encoding).video
    assert film.video is not None
    assert like is not None
    return fields_notes(film.video, like, find_preset(picture), film.path.name, encoding)


def _size_notes(old: VideoStreamInfo, new: VideoStreamInfo) -> list[str]:
    before, after = old.upright_size, new.upright_size
    if before == after:
        return []
    word = "smaller" if after[1] < before[1] else "larger"
    return [f"The picture is made {word}: {after[0]}x{after[1]} instead of {before[0]}x{before[1]}."]


def _sound_notes(film: MediaInfo, encoding: Encoding) -> list[str]:
    layout = film.audio[0].layout if film.audio else None
    wanted = encoding.audio_layout
    if wanted is None or layout is None or _CHANNELS[wanted] >= film.audio[0].channels:
        return []
    return [f"The sound is mixed down from {layout} to {wanted}."]


_CHANNELS = {"mono": 1, "stereo": 2, "5.1": 6}


def told_beforehand(
    films: tuple[Path, ...],
    output: Path,
    picture: PicturePreset,
    rule: SoundRule,
    encoding: Encoding,
    *,
    is_whole: bool,
) -> tuple[str, ...]:
    """Sentences about all that an export of `films` does not keep; `is_whole` for one film with nothing left out.

    Raises:
        AppError: a film cannot be read, or see `check_encoding`.
    """
    notes: list[str] = []
    infos = [info for info in map(probe, films) if info.video is not None]
    for info in infos:
        film = info.path
        plan, found = what_goes_along(info, output, picture, rule, encoding)
        if is_whole:
            notes += found
            continue
        alone, among = (_fields_told(info, other, picture, encoding) for other in (info, leading(infos)))
        notes += among
        notes += [note for note in found if note not in (*plan.notes, *alone)]
        if plan.streams or plan.attachments or plan.notes:
            notes.append(
                f"Further sound tracks, subtitles and attachments of {film.name} are left out: only a film that is "
                "exported whole keeps them."
            )
    return tuple(dict.fromkeys(notes))
