"""What holds for every project: edits keep it, and a file is only taken when it does.

Whatever else of a project's values would make a later step fail is here, too: a file may come from anybody.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from core.base.keyframes import Curve, Keyframe
from core.base.names import is_cache_key, is_sha256
from core.base.settings import limited
from core.compositing.strokes import stroke_errors
from core.planning.placed_faces import placed_errors
from core.project.ids import VIDEO_LANE, MediaId
from core.project.media_items import MediaItem
from core.project.model import Clip, Project, Sequence
from core.project.parameters import MOVABLE
from core.project.placing import overlap_on, sort_key
from core.project.segments import DubSegment, SegmentDefaults, Take

_SOUND_LANE = re.compile(r"A([2-9]|[1-9][0-9]{1,2})")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_NUMBERED = re.compile(r"[a-z]([0-9]{1,18})")
_WIDEST = 1 << 17  # pixels; no decoder makes wider pictures
_LATEST_FRAME = 1 << 40
_GAIN = (-96.0, 48.0)  # dB


def invariant_errors(project: Project) -> tuple[str, ...]:
    """What is wrong with a project; empty for every project that edits can make."""
    return tuple(_errors(project))


def _errors(project: Project) -> Iterator[str]:
    media = {medium.id: medium for medium in project.media}
    people = {person.id for person in project.people}
    for items in (project.clips, project.segments):
        if list(items) != sorted(items, key=sort_key):
            yield "items are not sorted by lane and start"
        if overlap_on(sorted(items, key=sort_key)) is not None:
            yield "two items of one lane overlap"
    ids = _ids(project)
    if len(ids) != len(set(ids)):
        yield "an id is used twice"
    for medium in project.media:
        yield from _medium_errors(medium)
    yield from _sequence_errors(project.sequence)
    for clip in project.clips:
        if clip.lane != VIDEO_LANE and not _SOUND_LANE.fullmatch(clip.lane):
            yield f"{clip.id}: there is no lane {clip.lane[:20]!a}"
        if clip.lane == VIDEO_LANE and clip.media in media and media[clip.media].kind != "video":
            yield f"{clip.id}: a sound lies among the pictures"
    yield from _item_errors(project, media)
    for segment in project.segments:
        if segment.person is not None and segment.person not in people:
            yield f"{segment.id}: no person {segment.person}"
        yield from _curve_errors(segment.id, segment.curves)
        for stroke in segment.strokes:
            yield from (f"{segment.id}: {wrong}" for wrong in stroke_errors(stroke))
        yield from _take_errors(segment)
    yield from _placed_errors(project)
    yield from _curve_errors("the project", project.settings.curves)
    for person in project.people:
        if person.defaults is not None:
            yield from _curve_errors(person.id, person.defaults.curves)
        if not _COLOUR.fullmatch(person.colour):
            yield f"{person.id}: {person.colour[:20]!a} is no colour"
        if person.adaptation and not is_sha256(person.adaptation):
            yield f"{person.id}: names an adaptation by something else than its hash"
    yield from _mark_errors(project)


def _item_errors(project: Project, media: Mapping[MediaId, MediaItem]) -> Iterator[str]:
    for item in project.items:
        if item.range.duration <= 0 or item.range.start < 0:
            yield f"{item.id}: range {item.range}"
        if item.media not in media:
            yield f"{item.id}: no medium {item.media}"
        elif item.offset < 0 or item.media_range.end > media[item.media].facts.duration:
            yield f"{item.id}: reaches outside its medium"


def _mark_errors(project: Project) -> Iterator[str]:
    if any(marker.time < 0 for marker in project.markers):
        yield "a marker lies before the beginning"
    marks = [mark for mark in (project.in_point, project.out_point) if mark is not None]
    if any(mark < 0 for mark in marks):
        yield "in or out lies before the beginning"
    if len(marks) == 2 and marks[0] >= marks[1]:
        yield "in is not before out"


def _medium_errors(medium: MediaItem) -> Iterator[str]:
    facts = medium.facts
    if not medium.path or "\0" in medium.path or "\0" in (medium.relative_path or ""):
        yield f"{medium.id}: has no path"
    if facts.duration < 0 or min(facts.frame_count, facts.audio_channels, facts.sample_rate, medium.size) < 0:
        yield f"{medium.id}: a number is below 0"
    if not (0 <= facts.width <= _WIDEST and 0 <= facts.height <= _WIDEST):
        yield f"{medium.id}: pictures of {facts.width}x{facts.height}"
    if medium.kind == "video" and facts.rate is None:
        yield f"{medium.id}: a film without a frame rate"
    if abs(facts.start_timecode or 0) > _LATEST_FRAME:
        yield f"{medium.id}: a timecode of {facts.start_timecode}"


def _sequence_errors(sequence: Sequence) -> Iterator[str]:
    if sequence.drop_frame and not sequence.rate.has_drop_frame:
        yield f"drop-frame timecode at {sequence.rate} frames a second"
    if abs(sequence.start_frame) > _LATEST_FRAME:
        yield f"a first frame of {sequence.start_frame}"


def _take_errors(segment: DubSegment) -> Iterator[str]:
    takes = {take.id for take in segment.takes}
    named = {choice.take for choice in segment.choices} | ({segment.chosen} if segment.chosen else set())
    if not named <= takes:
        yield f"{segment.id}: chooses a take it does not have"
    pins = (*segment.pins, *(pin for take in segment.takes for pin in take.pins))
    if any(not 0 <= pin.opening <= 1 for pin in pins):
        yield f"{segment.id}: a pin opens the mouth further than it goes"
    for take in segment.takes:
        yield from _curve_errors(take.id, take.curves)
        yield from _piece_errors(take)


def _placed_errors(project: Project) -> Iterator[str]:
    films = {medium.id for medium in project.media if medium.kind == "video"}
    for each in (*project.placed, *(p for s in project.segments for t in s.takes for p in t.placed)):
        yield from placed_errors(each.face)
    if any(each.film not in films for each in project.placed):
        yield "a face is placed in a film that is not there"


def _curve_errors(of: str, curves: tuple[Curve, ...]) -> Iterator[str]:
    names = [curve.setting for curve in curves]
    if len(names) != len(set(names)):
        yield f"{of}: a setting has two rows of keyframes"
    for curve in curves:
        if curve.setting not in MOVABLE:
            yield f"{of}: {curve.setting[:20]!a} cannot have keyframes"
        times = [key.time for key in curve.keys]
        if not times or any(late <= early for early, late in pairwise(times)):
            yield f"{of}: the keyframes of {curve.setting[:20]!a} are none, or not in order"


def _piece_errors(take: Take) -> Iterator[str]:
    if not take.pieces:
        yield f"{take.id}: a take without pieces"
    if take.adaptation and not is_sha256(take.adaptation):
        yield f"{take.id}: names an adaptation by something else than its hash"
    for piece in take.pieces:
        if piece.key and not is_cache_key(piece.key):
            yield f"{take.id}: {piece.key[:20]!a} is no key of the cache"
        if not 0 <= piece.first_frame <= piece.end_frame <= _LATEST_FRAME:
            yield f"{take.id}: frames {piece.first_frame} to {piece.end_frame}"


def within_ranges(project: Project) -> Project:
    """`project` with every setting inside its slider's range, and new ids above all that are used."""
    settings = replace(
        project.settings,
        lips=limited(project.settings.lips),
        blend=limited(project.settings.blend),
        curves=_limited_curves(project.settings.curves),
        sync_threshold=_between(project.settings.sync_threshold, 0.0, 1.0),
        original_gain_db=_between(project.settings.original_gain_db, *_GAIN),
        under_dub_db=(
            None if project.settings.under_dub_db is None else _between(project.settings.under_dub_db, *_GAIN)
        ),
    )
    segments = tuple(
        replace(
            segment,
            lips=limited(segment.lips),
            blend=limited(segment.blend),
            gain_db=_between(segment.gain_db, *_GAIN),
            curves=_limited_curves(segment.curves),
            takes=tuple(replace(take, curves=_limited_curves(take.curves)) for take in segment.takes),
            fade_in=_fade(segment, segment.fade_in),
            fade_out=_fade(segment, segment.fade_out),
        )
        for segment in project.segments
    )
    clips = tuple(
        replace(
            clip,
            gain_db=_between(clip.gain_db, *_GAIN),
            fade_in=_fade(clip, clip.fade_in),
            fade_out=_fade(clip, clip.fade_out),
        )
        for clip in project.clips
    )
    people = tuple(
        each if each.defaults is None else replace(each, defaults=_limited_defaults(each.defaults)) for each in project.people
    )
    lane_sounds = tuple(replace(each, gain_db=_between(each.gain_db, *_GAIN)) for each in project.lane_sounds)
    numbers = [int(match[1]) for each in _ids(project) if (match := _NUMBERED.fullmatch(each))]
    fixed = replace(
        project,
        settings=settings,
        clips=clips,
        people=people,
        segments=segments,
        lane_sounds=lane_sounds,
        next_number=max(project.next_number, max(numbers, default=0) + 1),
    )
    return project if fixed == project else fixed


def _limited_defaults(defaults: SegmentDefaults) -> SegmentDefaults:
    return replace(
        defaults,
        lips=limited(defaults.lips),
        blend=limited(defaults.blend),
        curves=_limited_curves(defaults.curves),
    )


def _limited_curves(curves: tuple[Curve, ...]) -> tuple[Curve, ...]:
    def limited_key(key: Keyframe, low: float, high: float) -> Keyframe:
        return replace(key, value=_between(key.value, low, high))

    return tuple(
        replace(
            curve,
            keys=tuple(
                limited_key(key, MOVABLE[curve.setting].minimum, MOVABLE[curve.setting].maximum)
                for key in curve.keys
            ),
        )
        for curve in curves
    )


def _ids(project: Project) -> list[str]:
    ids: list[str] = [item.id for item in project.items]
    ids += [medium.id for medium in project.media]
    ids += [marker.id for marker in project.markers]
    ids += [person.id for person in project.people]
    return ids + [take.id for segment in project.segments for take in segment.takes]


def _fade(item: Clip | DubSegment, seconds: Fraction) -> Fraction:
    return min(max(seconds, Fraction(0)), item.range.duration)


def _between(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
