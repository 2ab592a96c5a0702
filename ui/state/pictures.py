"""Which picture of which film is shown at a timeline time: exact, also for variable frame rates and mixed rates."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from core.base.timing import FrameRate
from core.project.ids import ItemId, MediaId
from core.project.model import Clip, Project


class FilmClock(Protocol):
    """When each frame of a film appears, on the film's clock. `core.media`'s `FrameIndex` is one."""

    def __len__(self) -> int:
        """Number of frames."""

    def time(self, number: int) -> Fraction:
        """Exact time at which frame `number` appears."""

    def number_at(self, time: Fraction) -> int:
        """The frame shown at `time`; the first or last one outside the film."""


@dataclass(frozen=True, slots=True)
class ConstantClock:
    """The clock of a film with a regular rate.

    The grid of the rate, not the container's rounded ticks, so that frame and timecode boundaries of a sequence of the
    same rate fall together exactly.
    """

    rate: FrameRate
    frame_count: int

    def __len__(self) -> int:
        return self.frame_count

    def time(self, number: int) -> Fraction:
        """Exact time at which frame `number` appears."""
        return self.rate.time_of(number)

    def number_at(self, time: Fraction) -> int:
        """The frame shown at `time`; the first or last one outside the film."""
        return min(max(self.rate.frame_at(time), 0), self.frame_count - 1)


@dataclass(frozen=True, slots=True)
class Picture:
    """One film frame in its place on the timeline: shown in [start, end) of the timeline's clock."""

    film: MediaId
    frame: int
    clip: ItemId
    start: Fraction
    end: Fraction


class PictureList:
    """The pictures of V1 in order; immutable and safe to share between threads."""

    def __init__(self, clips: tuple[Clip, ...], clocks: Mapping[MediaId, FilmClock]) -> None:
        self._clips = tuple(clip for clip in clips if len(clocks.get(clip.media, ())) > 0)
        self._starts = [clip.range.start for clip in self._clips]
        self._clocks = dict(clocks)

    @property
    def end(self) -> Fraction:
        """Where the last picture ends; 0 without any."""
        return self._clips[-1].range.end if self._clips else Fraction(0)

    def at(self, t: Fraction) -> Picture | None:
        """The picture shown at timeline time `t`, or None in a gap."""
        position = bisect_right(self._starts, t) - 1
        if position < 0 or t >= self._clips[position].range.end:
            return None
        clip = self._clips[position]
        return self._picture(clip, self._clocks[clip.media].number_at(clip.media_time(t)))

    def boundary_after(self, t: Fraction) -> Fraction | None:
        """The next time after `t` at which another picture (or none) is shown; None after the last one's end."""
        picture = self.at(t)
        if picture is not None:
            return picture.end
        position = bisect_right(self._starts, t)
        return self._starts[position] if position < len(self._starts) else None

    def boundary_before(self, t: Fraction) -> Fraction | None:
        """The latest time before `t` at which a picture (or a gap) begins; None at the very start."""
        if t <= 0:
            return None
        position = bisect_right(self._starts, t) - 1
        if position >= 0 and self._starts[position] == t:
            position -= 1
        if position < 0:
            return Fraction(0)
        clip = self._clips[position]
        if t > clip.range.end:
            return clip.range.end
        clock = self._clocks[clip.media]
        number = clock.number_at(clip.media_time(t))
        while (
            number > 0 and self._picture(clip, number).start >= t
        ):  # the one that begins at t is not before it
            number -= 1
        return self._picture(clip, number).start

    def _picture(self, clip: Clip, number: int) -> Picture:
        clock = self._clocks[clip.media]
        start = clip.timeline_time(clock.time(number)) if number > 0 else clip.range.start
        end = clip.timeline_time(clock.time(number + 1)) if number + 1 < len(clock) else clip.range.end
        return Picture(clip.media, number, clip.id, max(start, clip.range.start), min(end, clip.range.end))


def constant_clocks(project: Project) -> dict[MediaId, FilmClock]:
    """Clocks from what probing said: exact for regular films, a first guess (to be replaced) for variable ones."""
    clocks: dict[MediaId, FilmClock] = {}
    for medium in project.media:
        if medium.kind == "video" and medium.facts.rate is not None and medium.facts.frame_count > 0:
            clocks[medium.id] = ConstantClock(medium.facts.rate, medium.facts.frame_count)
    return clocks
