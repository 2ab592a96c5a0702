"""What can be done to the script's lines. All pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from core.base.timing import TimeRange
from core.face_geometry.track import PersonId
from core.project.changes import Changes, Edited
from core.project.edits import SegmentDraft
from core.project.ids import VIDEO_LANE, ItemId, LineId, MediaId
from core.project.model import Clip, Line, Project, Role
from core.project.placing import EditRefused


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line to be added; its fields are those of `Line`."""

    character: str
    text: str
    range: TimeRange | None = None
    note: str = ""
    on_screen: bool | None = None
    closures: tuple[Fraction, ...] = ()


def set_script(project: Project, drafts: Collection[LineDraft]) -> Edited:
    """The project with these lines instead of those it had; characters named as people are cast as them.

    Lines are kept in order of time, those without times last.
    """
    number = project.next_number
    lines = []
    for draft in drafts:
        span = draft.range
        if span is not None:
            start, end = (max(Fraction(0), project.sequence.snap(t)) for t in (span.start, span.end))
            span = TimeRange(start, end) if end > start else None
        lines.append(
            Line(
                LineId(f"l{number}"), draft.character, draft.text, span, draft.note, draft.on_screen,
                tuple(sorted(draft.closures)),
            )
        )  # fmt: skip
        number += 1
    by_name = {person.name.casefold(): person.id for person in project.people}
    cast = list(project.cast)
    for character in dict.fromkeys(line.character for line in lines if line.character):
        person = by_name.get(character.casefold())
        if person is not None and project.player_of(character) is None:
            cast.append(Role(character, person))
    changed = replace(project, lines=_ordered(lines), cast=tuple(cast), next_number=number)
    return Edited(changed, Changes(lines=True))


def set_line(project: Project, line: LineId, **values: object) -> Edited:
    """A line with another character, text, range, note or place of the mouth.

    Raises:
        EditRefused: there is no such line, or its end would not lie behind its start.
    """
    found = next((each for each in project.lines if each.id == line), None)
    if found is None:
        raise EditRefused("There is no such line.")
    changed = replace(found, **values)  # type: ignore[arg-type]
    span = changed.range
    if span is not None and (span.duration <= 0 or span.start < 0):
        raise EditRefused("A line ends behind its start.")
    lines = [changed if each.id == line else each for each in project.lines]
    return Edited(replace(project, lines=_ordered(lines)), Changes(lines=True))


def time_lines(project: Project, found: Mapping[LineId, TimeRange]) -> Edited:
    """The script with times for some lines, to the frame; a stretch shorter than one is left out."""
    lines = []
    for line in project.lines:
        if line.id in found:
            start, end = (
                max(Fraction(0), project.sequence.snap(t)) for t in (found[line.id].start, found[line.id].end)
            )
            line = replace(line, range=TimeRange(start, end)) if end > start else line
        lines.append(line)
    return Edited(replace(project, lines=_ordered(lines)), Changes(lines=True))


def remove_lines(project: Project, lines: Collection[LineId]) -> Edited:
    """The script without some lines."""
    kept = tuple(each for each in project.lines if each.id not in set(lines))
    return Edited(replace(project, lines=kept), Changes(lines=True))


def cast_character(project: Project, character: str, person: PersonId | None) -> Edited:
    """A character played by a person of the film, or by nobody yet.

    Raises:
        EditRefused: there is no such person.
    """
    if person is not None and project.person(person) is None:
        raise EditRefused(f"There is no person “{person}”.")
    cast = tuple(role for role in project.cast if role.character != character)
    if person is not None:
        cast = (*cast, Role(character, person))
    return Edited(replace(project, cast=cast), Changes(lines=True))


def segment_drafts(
    project: Project, lines: Collection[LineId], loudness: Mapping[ItemId, Mapping[LineId, float]]
) -> tuple[SegmentDraft, ...]:
    """Segments for lines whose character is cast and where a dub lies, labelled with the line's words.

    Args:
        project: the project.
        lines: which.
        loudness: for each dub clip how loud it is during a line: of several dubs the loudest speaks it.

    Lines that a segment of their person covers already are left out.
    """
    drafts: list[SegmentDraft] = []
    taken = {(segment.person, segment.range) for segment in project.segments}
    dubs = [clip for clip in project.clips if clip.lane != VIDEO_LANE]
    for line in project.lines:
        person = project.player_of(line.character)
        if line.id not in set(lines) or line.range is None or person is None:
            continue
        heard = [clip for clip in dubs if clip.range.overlaps(line.range)]
        if not heard:
            continue
        clip = max(heard, key=lambda each: loudness.get(each.id, {}).get(line.id, 0.0))
        span = line.range.intersection(clip.range)
        if span is None or any(who == person and other.overlaps(span) for who, other in taken):
            continue
        taken.add((person, span))
        drafts.append(_draft(clip, span, person, line))
    return tuple(drafts)


def _draft(clip: Clip, span: TimeRange, person: PersonId, line: Line) -> SegmentDraft:
    dub: MediaId = clip.media
    inside = tuple(t for t in line.closures if t in span)
    return SegmentDraft(span, dub, clip.media_time(span.start), person, line.text, closures=inside)


def _ordered(lines: Collection[Line]) -> tuple[Line, ...]:
    timed = sorted((line for line in lines if line.range is not None), key=lambda line: (line.range, line.id))
    return (*timed, *(line for line in lines if line.range is None))
