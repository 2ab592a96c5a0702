"""What a project keeps of a media file, from what probing it told."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.base.errors import SettingsError
from core.base.timing import parse_timecode
from core.project.media_items import MediaFacts, MediaKind
from core.project.relink import stored_hash

if TYPE_CHECKING:
    from core.media.info import MediaInfo


@dataclass(frozen=True, slots=True)
class Found:
    """A file that can be put into a project."""

    kind: MediaKind
    facts: MediaFacts
    size: int = 0
    quick_hash: str = ""


def found(path: Path, info: "MediaInfo") -> Found:
    """What probing `path` told, as a project keeps it.

    Raises:
        OSError: it cannot be read any more.
    """
    video = info.video
    sound = info.audio[0] if info.audio else None
    start_timecode, is_drop_frame = None, False
    if video is not None and video.timecode is not None:
        try:
            start_timecode = parse_timecode(video.timecode, video.rate)
            is_drop_frame = ";" in video.timecode
        except SettingsError:
            start_timecode = None  # a tag that is no timecode at this rate: the film starts at 0
    facts = MediaFacts(
        duration=video.duration if video is not None else info.duration,
        width=video.display_size[0] if video is not None else 0,
        height=video.display_size[1] if video is not None else 0,
        rate=video.rate if video is not None else None,
        frame_count=video.frame_count if video is not None else 0,
        is_variable_rate=video.is_vfr if video is not None else False,
        audio_channels=sound.channels if sound is not None else 0,
        sample_rate=sound.rate if sound is not None else 0,
        colour=str(video.pixel_format) if video is not None else "",
        start_timecode=start_timecode,
        is_drop_frame=is_drop_frame,
    )
    return Found("video" if video is not None else "audio", facts, info.size, stored_hash(path))


def probe_media(path: Path) -> Found:
    """What a file is.

    Raises:
        MediaError: it is no film and no sound that can be read.
    """
    from core.media.probe import scan  # brings in the decoder's library

    return found(path, scan(path)[0])
