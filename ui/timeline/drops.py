"""Dragging things onto the timeline: media from the bin, files from the file manager."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QMimeData

from core.project.ids import FIRST_DUB_LANE, VIDEO_LANE, LaneId, MediaId
from core.project.model import Project
from ui.base.media_mime import MEDIA_MIME
from ui.timeline.lanes import ORIGINAL_LANE, Lane


@dataclass(frozen=True, slots=True)
class Dropped:
    """What is being dragged.

    Attributes:
        media: media of the bin, in order.
        paths: files from outside.
        duration: seconds of the first one; 0 when not known yet.
        name: for the picture of it.
        is_sound: whether the first one has no picture, as far as that is known.
    """

    media: tuple[MediaId, ...]
    paths: tuple[str, ...]
    duration: Fraction
    name: str
    is_sound: bool


_SOUND_SUFFIXES = {".wav", ".mp3", ".flac", ".m4a", ".aac", ".ogg", ".opus", ".aif", ".aiff", ".wma"}


def dropped_from(data: QMimeData, project: Project) -> Dropped | None:
    """What `data` holds for the timeline, or None."""
    if data.hasFormat(MEDIA_MIME):
        ids = bytes(data.data(MEDIA_MIME).data()).decode().splitlines()
        media = [medium for each in ids if (medium := project.medium(MediaId(each))) is not None]
        if not media:
            return None
        first = media[0]
        return Dropped(
            tuple(m.id for m in media), (), first.facts.duration, first.name, first.kind == "audio"
        )
    paths = tuple(url.toLocalFile() for url in data.urls() if url.isLocalFile()) if data.hasUrls() else ()
    if not paths:
        return None
    first_path = Path(paths[0])
    return Dropped((), paths, Fraction(0), first_path.name, first_path.suffix.lower() in _SOUND_SUFFIXES)


def lane_for(dropped: Dropped, lane: Lane | None) -> LaneId:
    """Where it will lie when dropped over `lane`: pictures on V1, sound on the sound lane pointed at, or the first."""
    if not dropped.is_sound:
        return VIDEO_LANE
    if lane is not None and lane.kind == "dub" and lane.id != ORIGINAL_LANE:
        return lane.id
    return FIRST_DUB_LANE
