"""Settings of one segment made those of a person or of the whole project: of the segments that are there, and of new ones."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Literal

from core.base.keyframes import Curve
from core.face_geometry.track import PersonId
from core.project.changes import Changes, Edited
from core.project.ids import ItemId
from core.project.key_edits import copied_keys
from core.project.model import Project
from core.project.parameters import PARAMETERS
from core.project.placing import EditRefused, require_segment
from core.project.segments import DubSegment, SegmentDefaults

Scope = Literal["person", "project"]
_GROUPS = {parameter.name: parameter.group for parameter in PARAMETERS}


def defaults_for(project: Project, person: PersonId | None) -> SegmentDefaults:
    """What a new segment of a person starts from: the person's own, else the project's."""
    known = project.person(person) if person is not None else None
    return known.defaults if known is not None and known.defaults is not None else project.settings.defaults


def use_for_all(project: Project, item: ItemId, settings: Collection[str], scope: Scope) -> Edited:
    """A segment's values and keyframes of `settings` for all segments of its person or of the project, and for new ones.

    Keyframes are counted from each segment's beginning. What is made for the project holds for every person, too; other
    settings of theirs stay.

    Raises:
        EditRefused: there is no such segment, or nobody speaks it.
    """
    source = require_segment(project, item)
    if scope == "person" and source.person is None:
        raise EditRefused("Nobody speaks this segment yet.", hint="Choose its person first.")
    keys = tuple(curve for curve in copied_keys(source) if curve.setting in settings)
    is_meant = {
        segment.id for segment in project.segments if scope == "project" or segment.person == source.person
    }
    segments = tuple(
        _like(segment, source, settings, keys) if segment.id in is_meant and segment.id != source.id else segment
        for segment in project.segments
    )
    touched = frozenset(before.id for before, after in zip(project.segments, segments, strict=True) if before != after)
    people = tuple(
        replace(
            person, defaults=_with(person.defaults or project.settings.defaults, source, settings, keys)
        )
        if (scope == "person" and person.id == source.person) or (scope == "project" and person.defaults is not None)
        else person
        for person in project.people
    )
    kept = project.settings
    if scope == "project":
        made = _with(kept.defaults, source, settings, keys)
        kept = replace(kept, lips=made.lips, blend=made.blend, curves=made.curves)
    changes = Changes(
        items=touched,
        blend=touched if any(_GROUPS[name] == "blend" for name in settings) else frozenset(),
        keys=touched,
        defaults=people != project.people or kept != project.settings,
    )
    return Edited(replace(project, segments=segments, people=people, settings=kept), changes)


def meant_segments(project: Project, person: PersonId | None) -> tuple[DubSegment, ...]:
    """A person's segments; all of the project for None."""
    return tuple(segment for segment in project.segments if person is None or segment.person == person)


def blend_for_all(project: Project, person: PersonId | None, **values: object) -> Edited:
    """Blend settings for a person's segments and new ones of theirs, or for the whole project (`person` None).

    A segment's own keyframes of a setting stay: such a segment is left as it is. New segments begin without.

    Raises:
        EditRefused: there is no such person.
    """
    if person is not None and project.person(person) is None:
        raise EditRefused("There is no such person.")
    names = frozenset(values)
    changed = {
        segment.id: replace(segment, blend=replace(segment.blend, **_still(segment, values)))
        for segment in meant_segments(project, person)
    }
    touched = frozenset(each.id for each in project.segments if changed.get(each.id, each) != each)

    def begun(defaults: SegmentDefaults) -> SegmentDefaults:
        curves = tuple(curve for curve in defaults.curves if curve.setting not in names)
        return replace(defaults, blend=replace(defaults.blend, **values), curves=curves)  # type: ignore[arg-type]

    people = tuple(
        replace(each, defaults=begun(each.defaults or project.settings.defaults))
        if each.id == person or (person is None and each.defaults is not None)
        else each
        for each in project.people
    )
    kept = project.settings
    if person is None:
        made = begun(kept.defaults)
        kept = replace(kept, blend=made.blend, curves=made.curves)
    changes = Changes(
        items=touched,
        blend=touched,
        defaults=people != project.people or kept != project.settings,
    )
    segments = tuple(changed.get(each.id, each) for each in project.segments)
    return Edited(replace(project, segments=segments, people=people, settings=kept), changes)


def _still(segment: DubSegment, values: dict[str, object]) -> dict[str, Any]:
    """Those of the values that have no keyframes in a segment."""
    moving = {curve.setting for curve in segment.curves}
    return {name: value for name, value in values.items() if name not in moving}


def _values(source: DubSegment, settings: Collection[str], group: str) -> dict[str, Any]:
    holder = source.lips if group == "lips" else source.blend
    return {name: getattr(holder, name) for name in settings if _GROUPS[name] == group}


def _like(segment: DubSegment, source: DubSegment, settings: Collection[str], keys: tuple[Curve, ...]) -> DubSegment:
    return replace(
        segment,
        lips=replace(segment.lips, **_values(source, settings, "lips")),
        blend=replace(segment.blend, **_values(source, settings, "blend")),
        curves=(
            *(curve for curve in segment.curves if curve.setting not in settings),
            *(curve.shifted(segment.offset) for curve in keys),
        ),
    )


def _with(
    defaults: SegmentDefaults, source: DubSegment, settings: Collection[str], keys: tuple[Curve, ...]
) -> SegmentDefaults:
    return replace(
        defaults,
        lips=replace(defaults.lips, **_values(source, settings, "lips")),
        blend=replace(defaults.blend, **_values(source, settings, "blend")),
        curves=(*(curve for curve in defaults.curves if curve.setting not in settings), *keys),
    )
