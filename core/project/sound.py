"""What is heard: one rule for playback and for export.

* Where a segment lies, its piece of the dub is heard (unless muted), and nothing of the film.
* Elsewhere the dub lanes are heard, except what a segment uses of the same file somewhere: nobody speaks a line twice.
* Where no dub is heard at all, the film's own sound is, when the project keeps it.

Stretches of one time may overlap (two people speak at once); they are to be mixed.
"""

from dataclasses import dataclass
from fractions import Fraction

from core.base.timing import TimeRange
from core.project.model import VIDEO_LANE, MediaId, Project


@dataclass(frozen=True, slots=True)
class SoundStretch:
    """`media` is heard during `range` of the timeline, from `offset` of its own clock on, at `gain_db`."""

    range: TimeRange
    media: MediaId
    offset: Fraction
    gain_db: float = 0.0


def sound_plan(project: Project) -> tuple[SoundStretch, ...]:
    """Everything that is heard with the dub switched on, in order of time."""
    occupied = [segment.range for segment in project.segments]
    heard = [
        SoundStretch(segment.range, segment.dub, segment.offset, segment.gain_db)
        for segment in project.segments
        if not segment.muted
    ]
    for clip in project.clips:
        if clip.lane == VIDEO_LANE:
            continue
        used = [
            TimeRange(clip.timeline_time(s.media_range.start), clip.timeline_time(s.media_range.end))
            for s in project.segments
            if s.dub == clip.media
        ]
        heard.extend(
            SoundStretch(free, clip.media, clip.media_time(free.start))
            for free in _without(clip.range, [*occupied, *used])
        )
    if project.settings.keep_original_sound:
        dubbed = [clip.range for clip in project.clips if clip.lane != VIDEO_LANE] + occupied
        heard += _film_sound(project, dubbed, project.settings.original_gain_db)
    return tuple(sorted(heard, key=lambda stretch: (stretch.range.start, stretch.media)))


def original_sound(project: Project) -> tuple[SoundStretch, ...]:
    """The film's own sound everywhere, for the other side of A/B."""
    return tuple(_film_sound(project, [], 0.0))


def _film_sound(project: Project, dubbed: list[TimeRange], gain_db: float) -> list[SoundStretch]:
    heard: list[SoundStretch] = []
    for clip in project.video_clips:
        medium = project.medium(clip.media)
        if medium is None or not medium.facts.has_audio:
            continue
        heard.extend(
            SoundStretch(free, clip.media, clip.media_time(free.start), gain_db)
            for free in _without(clip.range, dubbed)
        )
    return heard


def _without(span: TimeRange, taken: list[TimeRange]) -> list[TimeRange]:
    """The parts of `span` that none of `taken` covers."""
    free, start = [], span.start
    for other in sorted(taken):
        if other.end <= start or other.duration == 0:
            continue
        if other.start >= span.end:
            break
        if other.start > start:
            free.append(TimeRange(start, other.start))
        start = max(start, other.end)
    if start < span.end:
        free.append(TimeRange(start, span.end))
    return free
