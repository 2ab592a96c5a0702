"""What can be done to keyframes. All pure; times are the timeline's, kept on the dub's clock so that keys stay with the words."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from core.base.keyframes import Curve, Ease, Keyframe, curve_of
from core.project.changes import Changes, Edited
from core.project.ids import ItemId
from core.project.model import Project
from core.project.parameters import MOVABLE
from core.project.placing import EditRefused, require_segment
from core.project.segments import DubSegment


def setting_at(segment: DubSegment, setting: str, t: Fraction) -> float:
    """The value of a movable setting at timeline time `t`."""
    curve = curve_of(segment.curves, setting)
    if curve is not None:
        return round(float(curve.at(float(segment.media_time(t)))[0]), 6)
    holder = segment.lips if MOVABLE[setting].group == "lips" else segment.blend
    return float(getattr(holder, setting))


def key_at(project: Project, segment: DubSegment, setting: str, t: Fraction) -> Keyframe | None:
    """The keyframe of a setting within half a frame of `t`."""
    curve = curve_of(segment.curves, setting)
    if curve is None:
        return None
    dub_time, reach = segment.media_time(t), project.sequence.rate.frame_duration / 2
    return next((key for key in curve.keys if abs(key.time - dub_time) < reach), None)


def set_key(
    project: Project, items: Collection[ItemId], setting: str, t: Fraction, value: float, ease: Ease | None = None
) -> Edited:
    """Segments in which `setting` has `value` at `t`; a keyframe is made where there is none.

    A new one goes on as the one before it does. Segments that `t` lies outside of get theirs at the nearer end.
    """
    wanted = MOVABLE.get(setting)
    if wanted is None:
        raise EditRefused(f"“{setting}” cannot have keyframes.")
    value = min(max(value, wanted.minimum), wanted.maximum)
    changed = []
    for segment in (require_segment(project, item) for item in items):
        last = segment.range.end - project.sequence.rate.frame_duration
        at = max(segment.range.start, min(t, last))
        old = key_at(project, segment, setting, at)
        time = old.time if old is not None else segment.media_time(at)
        curve = curve_of(segment.curves, setting)
        before = [key for key in curve.keys if key.time < time] if curve is not None else []
        usual: Ease = old.ease if old is not None else before[-1].ease if before else "linear"
        key = Keyframe(time, value, ease or usual, old.extra if old is not None else ())
        others = tuple(each for each in curve.keys if each.time != time) if curve is not None else ()
        changed.append(_with_keys(segment, setting, (*others, key)))
    return _replaced(project, changed, setting)


def remove_key(project: Project, items: Collection[ItemId], setting: str, t: Fraction) -> Edited:
    """Segments without their keyframe of `setting` at `t`; without any left the setting is that key's value throughout."""
    changed = []
    for segment in (require_segment(project, item) for item in items):
        gone, curve = key_at(project, segment, setting, t), curve_of(segment.curves, setting)
        if gone is None or curve is None:
            continue
        kept = tuple(key for key in curve.keys if key is not gone)
        changed.append(_with_keys(segment, setting, kept) if kept else _still(segment, setting, gone.value))
    if not changed:
        raise EditRefused("There is no keyframe here.")
    return _replaced(project, changed, setting)


def clear_keys(project: Project, items: Collection[ItemId], setting: str, t: Fraction) -> Edited:
    """Segments whose `setting` does not move any more, but stays what it is at `t`."""
    changed = [
        _still(segment, setting, setting_at(segment, setting, t))
        for segment in (require_segment(project, item) for item in items)
        if curve_of(segment.curves, setting) is not None
    ]
    if not changed:
        raise EditRefused("There are no keyframes.")
    return _replaced(project, changed, setting)


def move_keys(project: Project, item: ItemId, dub_time: Fraction, by: Fraction) -> Edited:
    """All keyframes of a segment at `dub_time` moved `by` seconds, over none of their neighbours and not out of the segment."""
    segment = require_segment(project, item)
    frame = project.sequence.rate.frame_duration
    low, high = segment.media_range.start, segment.media_range.end - frame
    moving = [curve for curve in segment.curves if any(key.time == dub_time for key in curve.keys)]
    if not moving:
        raise EditRefused("There is no keyframe here.")
    for curve in moving:
        low = max([low, *(key.time + frame for key in curve.keys if key.time < dub_time)])
        high = min([high, *(key.time - frame for key in curve.keys if key.time > dub_time)])
    to = min(max(dub_time + by, low), max(high, low))
    curves = tuple(
        replace(curve, keys=tuple(replace(key, time=to) if key.time == dub_time else key for key in curve.keys))
        for curve in segment.curves
    )
    return _replaced(project, [replace(segment, curves=curves)], *(curve.setting for curve in moving))


def ease_keys(project: Project, item: ItemId, dub_time: Fraction, ease: Ease) -> Edited:
    """All keyframes of a segment at `dub_time` go on to their next ones in another way."""
    segment = require_segment(project, item)
    curves = tuple(
        replace(curve, keys=tuple(replace(key, ease=ease) if key.time == dub_time else key for key in curve.keys))
        for curve in segment.curves
    )
    return _replaced(project, [replace(segment, curves=curves)], *(curve.setting for curve in curves))


def delete_keys(project: Project, item: ItemId, dub_time: Fraction) -> Edited:
    """A segment without any of its keyframes at `dub_time`."""
    segment = require_segment(project, item)
    settings = [curve.setting for curve in segment.curves if any(key.time == dub_time for key in curve.keys)]
    edited = Edited(project, Changes())
    for setting in settings:
        one = remove_key(edited.project, [item], setting, segment.timeline_time(dub_time))
        edited = Edited(one.project, edited.changes | one.changes)
    if not settings:
        raise EditRefused("There is no keyframe here.")
    return edited


def copied_keys(segment: DubSegment, setting: str | None = None) -> tuple[Curve, ...]:
    """The keyframes of a segment (of one setting) counted from its beginning, to be pasted."""
    return tuple(
        curve.shifted(-segment.offset) for curve in segment.curves if setting is None or curve.setting == setting
    )


def paste_keys(project: Project, items: Collection[ItemId], copied: Sequence[Curve]) -> Edited:
    """Segments with copied keyframes, counted from their own beginnings; those of the same settings go."""
    if not copied:
        raise EditRefused("There are no keyframes to paste.")
    names = {curve.setting for curve in copied}
    changed = [
        replace(
            segment,
            curves=(
                *(curve for curve in segment.curves if curve.setting not in names),
                *(curve.shifted(segment.offset) for curve in copied),
            ),
        )
        for segment in (require_segment(project, item) for item in items)
    ]
    return _replaced(project, changed, *names)


def key_times(segment: DubSegment) -> tuple[Fraction, ...]:
    """Timeline times of all keyframes that lie in a segment, in order."""
    times = {segment.timeline_time(key.time) for curve in segment.curves for key in curve.keys}
    return tuple(sorted(t for t in times if t in segment.range))


def _with_keys(segment: DubSegment, setting: str, keys: tuple[Keyframe, ...]) -> DubSegment:
    ordered = tuple(sorted(keys, key=lambda key: key.time))
    old = curve_of(segment.curves, setting)
    if old is None:
        return replace(segment, curves=(*segment.curves, Curve(setting, ordered)))
    return replace(
        segment, curves=tuple(replace(c, keys=ordered) if c.setting == setting else c for c in segment.curves)
    )


def _still(segment: DubSegment, setting: str, value: float) -> DubSegment:
    curves = tuple(curve for curve in segment.curves if curve.setting != setting)
    if MOVABLE[setting].group == "lips":
        return replace(segment, curves=curves, lips=replace(segment.lips, **{setting: value}))  # type: ignore[arg-type]
    return replace(segment, curves=curves, blend=replace(segment.blend, **{setting: value}))  # type: ignore[arg-type]


def _replaced(project: Project, segments: Sequence[DubSegment], *settings: str) -> Edited:
    new = {segment.id: segment for segment in segments}
    changed = tuple(new.get(segment.id, segment) for segment in project.segments)
    is_blend = any(MOVABLE[setting].group == "blend" for setting in settings)
    touched = frozenset(new)
    changes = Changes(items=touched, blend=touched if is_blend else frozenset(), keys=touched)
    return Edited(replace(project, segments=changed), changes)
