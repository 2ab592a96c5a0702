"""What can be done to everything but the items' places: media, people, settings, takes, markers, marks. All pure.

An edit of something that is not there is refused (`EditRefused`), as is what each edit names under Raises.
"""

from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction

from core.base.keyframes import Curve
from core.base.timing import TimeRange
from core.face_geometry.track import PersonId
from core.lip_engine import LipSettings
from core.project.changes import Changes, Edited
from core.project.ids import ItemId, LaneId, MarkerId, MediaId, TakeId
from core.project.media_items import MediaFacts, MediaItem, MediaKind
from core.project.model import LaneSound, Marker, MarkerColour, Person, Project
from core.project.placing import EditRefused, place, require_items, require_segment
from core.project.segments import DubSegment, FaceIdentity, FilmFace, Pin, Take, TakeChoice, TakePiece

PERSON_COLOURS = ("#4fa3ff", "#ff8a5c", "#6fd08c", "#d07cff", "#ffd15c", "#5ce1e6", "#ff6f91", "#b8c26f")


# --- media -----------------------------------------------------------------------------------------------------------


def add_media(
    project: Project,
    kind: MediaKind,
    path: str,
    name: str,
    facts: MediaFacts,
    *,
    size: int = 0,
    quick_hash: str = "",
) -> Edited:
    """A file put into the bin; its id is ``m<next_number>``.

    Raises:
        EditRefused: the same file is already there.
    """
    if any(medium.path == path for medium in project.media):
        raise EditRefused(f"“{name}” is already in the media bin.")
    medium = MediaItem(
        MediaId(f"m{project.next_number}"), kind, name, path, facts, size=size, quick_hash=quick_hash
    )
    added = replace(project, media=(*project.media, medium), next_number=project.next_number + 1)
    return Edited(added, Changes(media=frozenset({medium.id})))


def remove_media(project: Project, media: Collection[MediaId]) -> Edited:
    """Files taken out of the bin together with everything on the timeline that uses them."""
    gone = set(media)
    items = [item.id for item in project.items if item.media in gone]
    kept = replace(
        project,
        media=tuple(each for each in project.media if each.id not in gone),
        placed=tuple(each for each in project.placed if each.film not in gone),
    )
    people = tuple(
        replace(person, faces=tuple(face for face in person.faces if face.film not in gone))
        for person in project.people
    )
    touched = frozenset(new.id for new, old in zip(people, project.people, strict=True) if new != old)
    return place(
        replace(kept, people=people), removed=items, other=Changes(media=frozenset(gone), people=touched)
    )


def exchange_film(project: Project, old: MediaId, new: MediaId) -> Edited:
    """A film's clips showing another file of the same pictures, e.g. a converted copy; each time shows what it did.

    Takes stay with the film they were made from, so they are not seen any more; the old film stays in the bin while there
    are any. Cards that only the old film's analysis made, and that nothing uses, go with it.

    Raises:
        EditRefused: either is not in the bin, or the new one is too short.
    """
    if project.medium(old) is None or project.medium(new) is None:
        raise EditRefused("There is no such film in the bin.")
    moved = [replace(clip, media=new) for clip in project.clips if clip.media == old]
    is_used = any(piece.film == old for s in project.segments for take in s.takes for piece in take.pieces)
    kept = project
    touched: frozenset[PersonId] = frozenset()
    if not is_used:
        speaking = {segment.person for segment in project.segments}
        people = tuple(
            replace(person, faces=tuple(face for face in person.faces if face.film != old))
            for person in project.people
        )
        gone = {
            before.id
            for before, after in zip(project.people, people, strict=True)
            if before.faces and not after.faces and before.id not in speaking
        }
        touched = frozenset(
            before.id for before, after in zip(project.people, people, strict=True) if before != after
        )
        kept = replace(
            project,
            media=tuple(medium for medium in project.media if medium.id != old),
            placed=tuple(each for each in project.placed if each.film != old),
            people=tuple(person for person in people if person.id not in gone),
        )
    other = Changes(media=frozenset({old, new}), people=touched, layout=True)
    return place(kept, moved, other=other)


def set_medium(project: Project, media: MediaId, **values: object) -> Edited:
    """A medium with other values: a new name, or the path, size, hash and facts found by relinking."""
    if project.medium(media) is None:
        raise EditRefused(f"There is no medium “{media}” in the bin.")
    changed = tuple(replace(each, **values) if each.id == media else each for each in project.media)  # type: ignore[arg-type]
    return Edited(replace(project, media=changed), Changes(media=frozenset({media})))


# --- people ----------------------------------------------------------------------------------------------------------


def add_person(project: Project, name: str, faces: tuple[FaceIdentity, ...] = ()) -> Edited:
    """A person with the next free colour; its id is ``p<next_number>``."""
    colour = next_colour(project)
    person = Person(PersonId(f"p{project.next_number}"), name, colour, faces)
    added = replace(project, people=(*project.people, person), next_number=project.next_number + 1)
    return Edited(added, Changes(people=frozenset({person.id}), layout=True))


def next_colour(project: Project) -> str:
    """The first of the people's colours that nobody has."""
    used = {person.colour for person in project.people}
    free = [colour for colour in PERSON_COLOURS if colour not in used]
    return free[0] if free else PERSON_COLOURS[len(project.people) % len(PERSON_COLOURS)]


def add_found_person(
    project: Project, film: MediaId, analysis_person: PersonId, name: str, colour: str
) -> Edited:
    """A person whom the analysis of a film found; the id follows from the film, so it is the same in every state.

    Raises:
        EditRefused: the film is not in the project, or the person is known already.
    """
    person = PersonId(f"{film}.{analysis_person}")
    if project.medium(film) is None:
        raise EditRefused(f"There is no medium “{film}” in the bin.")
    if project.person(person) is not None or project.person_of(film, analysis_person) is not None:
        raise EditRefused(f"{name} is known already.")
    found = Person(person, name, colour, (FaceIdentity(film, analysis_person),))
    return Edited(
        replace(project, people=(*project.people, found)), Changes(people=frozenset({person}), layout=True)
    )


def set_person(project: Project, person: PersonId, **values: object) -> Edited:
    """A person with another name, colour, faces, or hidden."""
    if project.person(person) is None:
        raise EditRefused(f"There is no person “{person}”.")
    changed = tuple(replace(each, **values) if each.id == person else each for each in project.people)  # type: ignore[arg-type]
    return Edited(replace(project, people=changed), Changes(people=frozenset({person}), layout=True))


def merge_people(project: Project, keep: PersonId, gone: PersonId) -> Edited:
    """Two cards that are one person become one: faces and segments of `gone` go to `keep`.

    Raises:
        EditRefused: segments of the two overlap.
    """
    kept, other = project.person(keep), project.person(gone)
    if kept is None or other is None or keep == gone:
        raise EditRefused("Choose two different people to merge.")
    moved = [replace(each, person=keep) for each in project.segments if each.person == gone]
    people = tuple(
        replace(
            each,
            faces=(*kept.faces, *other.faces),
            adaptation=kept.adaptation or other.adaptation,
        )
        if each.id == keep
        else each
        for each in project.people
        if each.id != gone
    )
    return place(
        replace(project, people=people), moved, other=Changes(people=frozenset({keep, gone}), layout=True)
    )


def remove_person(project: Project, person: PersonId) -> Edited:
    """A card taken away; the person's segments stay, spoken by nobody.

    Raises:
        EditRefused: they would lie over others that nobody speaks.
    """
    if project.person(person) is None:
        raise EditRefused(f"There is no person “{person}”.")
    orphans = [replace(each, person=None) for each in project.segments if each.person == person]
    rest = replace(project, people=tuple(each for each in project.people if each.id != person))
    return place(rest, orphans, other=Changes(people=frozenset({person}), layout=True))


# --- segments --------------------------------------------------------------------------------------------------------


def assign_person(project: Project, items: Collection[ItemId], person: PersonId | None) -> Edited:
    """Segments given to another person, or to nobody.

    Raises:
        EditRefused: they would lie over others of that person.
    """
    return place(project, [replace(segment, person=person) for segment in _segments(project, items)])


def set_segments(project: Project, items: Collection[ItemId], **values: object) -> Edited:
    """Segments with other values of `engine`, `gain_db`, `keep_original`, `muted` or `note`."""
    allowed = {"engine", "gain_db", "keep_original", "muted", "note"}
    if not set(values) <= allowed:
        raise ValueError(f"{sorted(set(values) - allowed)} are not set this way")
    return _replaced(project, [replace(s, **values) for s in _segments(project, items)])  # type: ignore[arg-type]


def set_lips(project: Project, items: Collection[ItemId], **values: object) -> Edited:
    """Segments with other lip settings (`LipSettings` fields); takes already made stay as they are."""
    return _replaced(
        project,
        [replace(s, lips=replace(s.lips, **values)) for s in _segments(project, items)],  # type: ignore[arg-type]
    )


def set_blend(project: Project, items: Collection[ItemId], **values: object) -> Edited:
    """Segments with other blend settings (`BlendSettings` fields)."""
    segments = _segments(project, items)
    edited = _replaced(project, [replace(s, blend=replace(s.blend, **values)) for s in segments])  # type: ignore[arg-type]
    return Edited(edited.project, edited.changes | Changes(blend=frozenset(s.id for s in segments)))


# --- sound -----------------------------------------------------------------------------------------------------------


def set_sound(project: Project, items: Collection[ItemId], **values: object) -> Edited:
    """Clips and segments with another `gain_db` (dB), `fade_in` or `fade_out` (exact seconds)."""
    if not set(values) <= {"gain_db", "fade_in", "fade_out"}:
        raise ValueError(f"{sorted(values)} are not set this way")
    changed = {item.id: replace(item, **values) for item in require_items(project, items)}  # type: ignore[arg-type]
    edited = replace(
        project,
        clips=tuple(changed.get(clip.id, clip) for clip in project.clips),  # type: ignore[misc]
        segments=tuple(changed.get(segment.id, segment) for segment in project.segments),  # type: ignore[misc]
    )
    return Edited(edited, Changes(items=frozenset(changed), sound=True))


def set_lane_sound(project: Project, lane: LaneId, **values: object) -> Edited:
    """A lane with another `gain_db`, `muted`, `solo` or `role` (`LaneSound` fields)."""
    sound: LaneSound = replace(project.lane_sound(lane), **values)  # type: ignore[arg-type]
    others = [each for each in project.lane_sounds if each.lane != lane]
    kept = sorted([*others, sound] if sound != LaneSound(lane) else others, key=lambda each: each.lane)
    return Edited(replace(project, lane_sounds=tuple(kept)), Changes(sound=True))


def set_under_dub(project: Project, gain_db: float | None) -> Edited:
    """How much of the film's own sound is left under the dub, in dB; None for nothing."""
    settings = replace(project.settings, under_dub_db=gain_db)
    return Edited(replace(project, settings=settings), Changes(settings=True, sound=True))


# --- takes -----------------------------------------------------------------------------------------------------------


def add_take(  # noqa: PLR0913 - most by name
    project: Project,
    item: ItemId,
    engine: str,
    settings: LipSettings,
    pieces: tuple[TakePiece, ...],
    *,
    dub_range: TimeRange | None = None,
    note: str = "",
    donors: tuple[FaceIdentity, ...] = (),
    adaptation: str = "",
    curves: tuple[Curve, ...] = (),
    placed: tuple[FilmFace, ...] = (),
    pins: tuple[Pin, ...] = (),
    choose: bool = True,
) -> Edited:
    """A segment with one more take, chosen at once for `dub_range` (a part, on the dub's clock) or for all of it.

    Without `choose` what is shown stays as it is.
    """
    segment = require_segment(project, item)
    number = max((take.number for take in segment.takes), default=0) + 1
    take = Take(
        TakeId(f"t{project.next_number}"),
        number,
        engine,
        settings,
        pieces,
        note=note,
        donors=donors,
        adaptation=adaptation,
        curves=curves,
        placed=placed,
        pins=pins,
    )
    longer = replace(segment, takes=(*segment.takes, take))
    counted = replace(project, next_number=project.next_number + 1)
    return _with_takes(counted, _choosing(longer, take.id, dub_range) if choose else longer)


def choose_take(
    project: Project, item: ItemId, take: TakeId | None, *, dub_range: TimeRange | None = None
) -> Edited:
    """A segment that uses `take`, everywhere or for `dub_range`; None shows the film (everywhere only)."""
    segment = require_segment(project, item)
    if take is not None and segment.take(take) is None:
        raise EditRefused("That take does not belong to this segment.")
    return _with_takes(project, _choosing(segment, take, dub_range))


def choose_take_in_marks(project: Project, item: ItemId, take: TakeId | None) -> Edited:
    """As `choose_take`, between the in and the out mark where both are set and lie over a part of the segment."""
    segment = require_segment(project, item)
    shared = None
    if take is not None and project.in_point is not None and project.out_point is not None:
        shared = segment.range.intersection(project.in_out)
    if shared is None:
        return choose_take(project, item, take)
    dub_range = TimeRange(segment.media_time(shared.start), segment.media_time(shared.end))
    return choose_take(project, item, take, dub_range=dub_range)


def set_take(project: Project, take: TakeId, **values: object) -> Edited:
    """A take with another `mean_sync`, `note` or `pieces`, in every segment that shares it.

    Args:
        project: the project.
        take: which.
        values: fields of `Take`.

    Raises:
        EditRefused: no segment has that take.
    """
    sharing = [segment for segment in project.segments if segment.take(take) is not None]
    if not sharing:
        raise EditRefused("That take does not belong to any segment.")
    changed = [
        replace(s, takes=tuple(replace(t, **values) if t.id == take else t for t in s.takes))  # type: ignore[arg-type]
        for s in sharing
    ]
    edited = _replaced(project, changed)
    return Edited(edited.project, edited.changes | Changes(takes=frozenset(s.id for s in changed)))


def remove_take(project: Project, item: ItemId, take: TakeId) -> Edited:
    """A segment without one of its takes; the newest other one is used where it was."""
    segment = require_segment(project, item)
    takes = tuple(each for each in segment.takes if each.id != take)
    if len(takes) == len(segment.takes):
        raise EditRefused("That take does not belong to this segment.")
    chosen = segment.chosen if segment.chosen != take else (takes[-1].id if takes else None)
    choices = tuple(choice for choice in segment.choices if choice.take != take)
    return _with_takes(project, replace(segment, takes=takes, chosen=chosen, choices=choices))


# --- markers, marks, sequence, settings ------------------------------------------------------------------------------


def add_marker(project: Project, time: Fraction, colour: MarkerColour = "blue", note: str = "") -> Edited:
    """A marker on the ruler; its id is ``k<next_number>``."""
    time = project.sequence.snap(time)
    if time < 0:
        raise EditRefused("Nothing can lie before the start of the timeline.")
    marker = Marker(MarkerId(f"k{project.next_number}"), time, colour, note)
    markers = tuple(sorted((*project.markers, marker), key=lambda each: (each.time, each.id)))
    added = replace(project, markers=markers, next_number=project.next_number + 1)
    return Edited(added, Changes(markers=True))


def set_marker(project: Project, marker: MarkerId, **values: object) -> Edited:
    """A marker moved (`time`), recoloured (`colour`) or annotated (`note`)."""
    found = next((each for each in project.markers if each.id == marker), None)
    if found is None:
        raise EditRefused(f"There is no marker “{marker}”.")
    changed = replace(found, **values)  # type: ignore[arg-type]
    changed = replace(changed, time=max(Fraction(0), project.sequence.snap(changed.time)))
    markers = (*(each for each in project.markers if each.id != marker), changed)
    ordered = tuple(sorted(markers, key=lambda each: (each.time, each.id)))
    return Edited(replace(project, markers=ordered), Changes(markers=True))


def remove_markers(project: Project, markers: Collection[MarkerId]) -> Edited:
    """The ruler without those markers."""
    kept = tuple(each for each in project.markers if each.id not in set(markers))
    return Edited(replace(project, markers=kept), Changes(markers=True))


def set_in(project: Project, time: Fraction | None) -> Edited:
    """The in mark at `time`, or none; an out mark that would not lie behind it is taken away."""
    time = max(Fraction(0), project.sequence.snap(time)) if time is not None else None
    out = project.out_point
    keep = time is None or out is None or out > time
    return Edited(replace(project, in_point=time, out_point=out if keep else None), Changes(in_out=True))


def set_out(project: Project, time: Fraction | None) -> Edited:
    """The out mark at `time`, or none; an in mark that would not lie before it is taken away."""
    time = project.sequence.snap(time) if time is not None else None
    if time is not None and time <= 0:
        raise EditRefused("The out mark must lie behind the start of the timeline.")
    start = project.in_point
    keep = time is None or start is None or start < time
    return Edited(replace(project, out_point=time, in_point=start if keep else None), Changes(in_out=True))


def set_marks(project: Project, start: Fraction, end: Fraction) -> Edited:
    """The in mark at the earlier of two times and the out mark at the later one, at least a frame apart."""
    snap, frame = project.sequence.snap, project.sequence.rate.frame_duration
    first, last = max(Fraction(0), snap(min(start, end))), snap(max(start, end))
    return Edited(replace(project, in_point=first, out_point=max(last, first + frame)), Changes(in_out=True))


def set_project(project: Project, **values: object) -> Edited:
    """The project with another `name`."""
    return Edited(replace(project, **values), Changes(settings=True))  # type: ignore[arg-type]


def _segments(project: Project, items: Collection[ItemId]) -> list[DubSegment]:
    found = [item for item in require_items(project, items) if isinstance(item, DubSegment)]
    if not found:
        raise EditRefused("No dub segment is selected.", hint="Select a segment on a person's lane.")
    return found


def _replaced(project: Project, segments: list[DubSegment]) -> Edited:
    """Segments with other values but the same place, which needs no check."""
    new = {segment.id: segment for segment in segments}
    changed = tuple(new.get(segment.id, segment) for segment in project.segments)
    return Edited(replace(project, segments=changed), Changes(items=frozenset(new)))


def _with_takes(project: Project, segment: DubSegment) -> Edited:
    edited = _replaced(project, [segment])
    return Edited(edited.project, edited.changes | Changes(takes=frozenset({segment.id})))


def _choosing(segment: DubSegment, take: TakeId | None, dub_range: TimeRange | None) -> DubSegment:
    if dub_range is None or dub_range == segment.media_range or take is None:
        return replace(segment, chosen=take, choices=())
    if dub_range.duration <= 0:
        raise EditRefused("The range for that take is empty.")
    pieces: list[TakeChoice] = [TakeChoice(dub_range, take)]
    for choice in segment.choices:
        span = choice.dub_range
        if span.start < dub_range.start:
            pieces.append(replace(choice, dub_range=TimeRange(span.start, min(span.end, dub_range.start))))
        if span.end > dub_range.end:
            pieces.append(replace(choice, dub_range=TimeRange(max(span.start, dub_range.end), span.end)))
    ordered = sorted(pieces, key=lambda piece: piece.dub_range)
    return replace(segment, choices=tuple(ordered))
