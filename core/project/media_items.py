"""The media of a project: which file, and what it was found to be."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from core.base.timing import FrameRate
from core.project.ids import Extra, MediaId

MediaKind = Literal["video", "audio"]


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What probing found, so that a project whose files are missing can still be shown.

    Attributes:
        duration: seconds.
        width, height: of the upright picture in square pixels; 0 without a picture.
        rate: the average rate of the picture, None for sound.
        frame_count: pictures in the file, 0 for sound.
        is_variable_rate: the frames are not evenly spaced; `rate` is then only an average.
        audio_channels, sample_rate: of the first sound stream; 0 without one.
        colour: the picture's pixel format as FFmpeg calls it, e.g. ``yuv420p``; "" without a picture.
        start_timecode: frame number of the file's own timecode at its first frame, or None.
        is_drop_frame: that timecode is drop-frame.
    """

    duration: Fraction
    width: int = 0
    height: int = 0
    rate: FrameRate | None = None
    frame_count: int = 0
    is_variable_rate: bool = False
    audio_channels: int = 0
    sample_rate: int = 0
    colour: str = ""
    start_timecode: int | None = None
    is_drop_frame: bool = False
    extra: Extra = ()

    @property
    def has_audio(self) -> bool:
        """Whether the file holds sound."""
        return self.audio_channels > 0


@dataclass(frozen=True, slots=True)
class MediaItem:
    """One file in the bin.

    Attributes:
        path: absolute path where the file was last seen.
        relative_path: path from the project file's folder with ``/``, or None when the project was never saved.
        size: bytes.
        quick_hash: sha256 of the size and of three pieces of the content (see `core.project.relink`), or "".
    """

    id: MediaId
    kind: MediaKind
    name: str
    path: str
    facts: MediaFacts
    relative_path: str | None = None
    size: int = 0
    quick_hash: str = ""
    extra: Extra = ()
