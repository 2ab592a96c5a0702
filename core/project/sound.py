"""What is heard: one rule for playback and for export.

* Where a segment lies, its piece of the dub is heard (unless muted), and nothing of the film.
* Elsewhere the dub lanes are heard, except what a segment uses of the same file somewhere: nobody speaks a line twice.
* Background lanes (music and effects) are heard all the time, over the film's sound and under the dub.
* Where no dub is heard at all, the film's own sound is, when the project keeps it. Under the dub it is silent, or lowered
  by so many decibels where the project says so; then only segments lower it where a recording has segments, since the
  rest of the recording is the silence between them.
* Every item has its gain and fades, every lane its gain, mute and solo.

Stretches of one time may overlap (two people speak at once); they are mixed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from core.base.timing import TimeRange
from core.planning.sound_parts import SoundPart
from core.project.ids import FILM_SOUND_LANE, VIDEO_LANE, LaneId, MediaId
from core.project.model import Clip, Project
from core.project.segments import DubSegment

_DUCK_SECONDS = Fraction(1, 5)  # how long before a voice the film's own sound begins to go down, and after it to come back

Levels = tuple[tuple[Fraction, float], ...]


@dataclass(frozen=True, slots=True)
class SoundStretch:
    """`media` is heard during `range` of the timeline, from `offset` of its own clock on.

    Attributes:
        gain_db: all along.
        levels: beside it, (timeline time, factor) as in `core.planning.sound_parts.SoundPart`.
        lane: whose sound it is.
    """

    range: TimeRange
    media: MediaId
    offset: Fraction
    gain_db: float = 0.0
    levels: Levels = ()
    lane: LaneId = FILM_SOUND_LANE


def sound_plan(project: Project) -> tuple[SoundStretch, ...]:
    """Everything that is heard with the dub switched on, in order of time."""
    occupied = [segment.range for segment in project.segments]
    heard = []
    lowering = []  # where something of the dub lets the film's own sound go down
    for segment in project.segments:
        if not segment.muted and project.is_heard(segment.lane):
            gain = segment.gain_db + project.lane_sound(segment.lane).gain_db
            heard.append(
                SoundStretch(segment.range, segment.dub, segment.offset, gain, _fades(segment), segment.lane)
            )
            lowering.append(segment.range)
    dubbed = list(occupied)
    for clip in project.clips:
        if clip.lane == VIDEO_LANE:
            continue
        sound = project.lane_sound(clip.lane)
        is_background = sound.role == "background"
        if not is_background:
            dubbed.append(clip.range)
        if not project.is_heard(clip.lane):
            continue
        used = [
            TimeRange(clip.timeline_time(s.media_range.start), clip.timeline_time(s.media_range.end))
            for s in project.segments
            if s.dub == clip.media
        ]
        taken = [] if is_background else [*occupied, *used]
        if not is_background and not used:
            lowering += _without(clip.range, taken)
        heard.extend(
            SoundStretch(
                free, clip.media, clip.media_time(free.start), clip.gain_db + sound.gain_db, _fades(clip), clip.lane
            )
            for free in _without(clip.range, taken)
        )
    settings = project.settings
    if settings.keep_original_sound and project.is_heard(FILM_SOUND_LANE):
        gain = settings.original_gain_db + project.lane_sound(FILM_SOUND_LANE).gain_db
        if settings.under_dub_db is None:
            heard += _film_sound(project, dubbed, gain)
        else:
            ducked = _ducked(lowering, settings.under_dub_db)
            heard += [
                replace(each, levels=_product(each.levels, _within(ducked, each.range)))
                for each in _film_sound(project, [], gain)
            ]
    return tuple(sorted(heard, key=lambda stretch: (stretch.range.start, stretch.media)))


def original_sound(project: Project) -> tuple[SoundStretch, ...]:
    """The film's own sound everywhere, for the other side of A/B."""
    return tuple(replace(each, gain_db=0.0, levels=()) for each in _film_sound(project, [], 0.0))


def sound_parts(
    project: Project, span: TimeRange | None = None, *, original: bool = False
) -> tuple[SoundPart, ...]:
    """What is heard in `span` of the timeline, on a clock that begins with it; None for all, on the timeline's.

    Args:
        project: the project.
        span: which part.
        original: the film's own sound everywhere instead.
    """
    plan = original_sound(project) if original else sound_plan(project)
    if span is None:
        span = TimeRange(Fraction(0), max((each.range.end for each in plan), default=Fraction(0)))
    stretches = _joined(
        [
            replace(each, range=shared, offset=each.offset + shared.start - each.range.start)
            for each in plan
            if (shared := each.range.intersection(span)) is not None
        ]
    )
    parts = []
    for stretch in stretches:
        medium = project.medium(stretch.media)
        if medium is None:
            continue
        # A recording that is heard alone passes as it is; one that is cut out of the middle would click.
        is_cut = stretch.offset > 0 or stretch.offset + stretch.range.duration < medium.facts.duration
        parts.append(
            SoundPart(
                stretch.range.shifted(-span.start),
                Path(medium.path),
                stretch.offset,
                _factor(stretch.gain_db),
                fades=is_cut and len(stretches) > 1,
                levels=tuple((time - span.start, factor) for time, factor in stretch.levels),
            )
        )
    return tuple(parts)


def level_at(stretch: SoundStretch, t: Fraction) -> float:
    """The factor by which a stretch's recording is heard at timeline time `t`; 0 outside it."""
    if t not in stretch.range:
        return 0.0
    return _factor(stretch.gain_db) * _on_line(stretch.levels, t)


def _factor(gain_db: float) -> float:
    return 1.0 if gain_db == 0 else float(10 ** (gain_db / 20))


def _fades(item: Clip | DubSegment) -> Levels:
    """The levels of an item's fades; fades longer than the item meet in the middle of what they would have been."""
    start, end, length = item.range.start, item.range.end, item.range.duration
    into, out = max(item.fade_in, Fraction(0)), max(item.fade_out, Fraction(0))
    if into + out > length:
        into, out = into * length / (into + out), out * length / (into + out)
    points: list[tuple[Fraction, float]] = []
    if into > 0:
        points += [(start, 0.0), (start + into, 1.0)]
    if out > 0:
        if not points or points[-1][0] < end - out:
            points.append((end - out, 1.0))
        points.append((end, 0.0))
    return tuple(points)


def _ducked(ranges: Sequence[TimeRange], gain_db: float) -> Levels:
    """Levels that go down to `gain_db` for each range and come back between those that lie far enough apart."""
    merged: list[TimeRange] = []
    for each in sorted(ranges):
        if merged and each.start - merged[-1].end < 2 * _DUCK_SECONDS:
            merged[-1] = TimeRange(merged[-1].start, max(merged[-1].end, each.end))
        elif each.duration > 0:
            merged.append(each)
    low = _factor(gain_db)
    return tuple(
        point
        for each in merged
        for point in (
            (each.start - _DUCK_SECONDS, 1.0), (each.start, low), (each.end, low), (each.end + _DUCK_SECONDS, 1.0),
        )
    )  # fmt: skip


def _within(levels: Levels, span: TimeRange) -> Levels:
    """The points that say something about `span`: a long film has many."""
    inside = [number for number, (time, _) in enumerate(levels) if span.start <= time <= span.end]
    if not levels:
        return ()
    if not inside:
        after = next((number for number, (time, _) in enumerate(levels) if time > span.end), len(levels))
        inside = [after - 1] if after else [0]
    kept = levels[max(inside[0] - 1, 0) : inside[-1] + 2]
    return () if all(factor == 1.0 for _, factor in kept) else kept


def _product(one: Levels, other: Levels) -> Levels:
    """Both levels together, exact at the points of either and a straight line between them."""
    if not one or not other:
        return one or other
    times = sorted({time for time, _ in (*one, *other)})
    return tuple((time, _on_line(one, time) * _on_line(other, time)) for time in times)


def _on_line(levels: Levels, t: Fraction) -> float:
    before, after = None, None
    for point in levels:
        if point[0] <= t:
            before = point
        else:
            after = point
            break
    if before is None or after is None:
        nearest = before or after
        return nearest[1] if nearest is not None else 1.0
    share = float((t - before[0]) / (after[0] - before[0]))
    return before[1] + share * (after[1] - before[1])


def _joined(stretches: list[SoundStretch]) -> list[SoundStretch]:
    """One recording cut by segments that left it where it was made whole again, so that no seam is heard."""
    joined: list[SoundStretch] = []
    # Where a recording stops → its place in `joined`.
    ends: dict[tuple[MediaId, Fraction, Fraction, float, Levels], int] = {}
    for stretch in stretches:
        length = stretch.range.duration
        key = (stretch.media, stretch.range.start, stretch.offset, stretch.gain_db, stretch.levels)
        place = ends.pop(key, len(joined))
        if place == len(joined):
            joined.append(stretch)
        else:
            before = joined[place]
            joined[place] = replace(before, range=TimeRange(before.range.start, stretch.range.end))
        ends[stretch.media, stretch.range.end, stretch.offset + length, stretch.gain_db, stretch.levels] = place
    return joined


def _film_sound(project: Project, dubbed: list[TimeRange], gain_db: float) -> list[SoundStretch]:
    heard: list[SoundStretch] = []
    for clip in project.video_clips:
        medium = project.medium(clip.media)
        if medium is None or not medium.facts.has_audio:
            continue
        heard.extend(
            SoundStretch(free, clip.media, clip.media_time(free.start), gain_db + clip.gain_db, _fades(clip))
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
