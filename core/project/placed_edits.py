"""What can be done to faces and mouths placed by hand. All pure."""

from collections.abc import Iterable
from dataclasses import replace

from core.face_geometry.track import PersonId
from core.planning.placed_faces import FaceMark, PlacedFace, PlacedKind, placed_errors
from core.project import content_edits
from core.project.changes import Changes, Edited
from core.project.ids import MediaId
from core.project.model import Project
from core.project.placing import EditRefused
from core.project.segments import FaceIdentity, FilmFace

Points = tuple[tuple[float, float], ...]


def place_face(
    project: Project,
    film: MediaId,
    kind: PlacedKind,
    frame: int,
    points: Points,
    *,
    person: PersonId | None,
    name: str = "",
) -> Edited:
    """A face or mouth placed on a frame: a new one, or where the same person's is on that frame.

    Args:
        project: the project.
        film: which film.
        kind: what was placed.
        frame: of the film.
        points: see `FaceMark`.
        person: whose it is; None makes a new person.
        name: of the new person.

    Raises:
        EditRefused: there is no such film or person, or the points make nothing.
    """
    medium = project.medium(film)
    if medium is None or medium.kind != "video":
        raise EditRefused("There is no such film in the bin.")
    known = project.person(person) if person is not None else None
    if person is not None and known is None:
        raise EditRefused(f"There is no person “{person}”.")
    identity = next((face.analysis_person for face in known.faces if face.film == film), None) if known else None
    changes = Changes(placed=True)
    if identity is None:
        identity = _new_identity(project, film)
        face = FaceIdentity(film, identity)
        if known is None:
            added = content_edits.add_person(project, name, (face,))
        else:
            added = content_edits.set_person(project, known.id, faces=(*known.faces, face))
        project, changes = added.project, changes | added.changes
    mark = FaceMark(frame, tuple((float(x), float(y)) for x, y in points))
    old = next((each for each in project.placed_of(film, identity) if each.face.kind == kind), None)
    others = tuple(each for each in (old.face.marks if old is not None else ()) if each.frame != frame)
    marks = tuple(sorted((*others, mark), key=lambda each: each.frame))
    placed = FilmFace(film, PlacedFace(identity, kind, marks))
    if wrong := placed_errors(placed.face):
        raise EditRefused(f"This cannot be placed: {wrong[0]}.")
    return Edited(replace(project, placed=_exchanged(project.placed, old, placed)), changes)


def remove_mark(project: Project, film: MediaId, identity: PersonId, frame: int) -> Edited:
    """Without what was placed for somebody on a frame; what was placed on other frames is followed from there.

    Raises:
        EditRefused: nothing was.
    """
    for old in project.placed_of(film, identity):
        marks = tuple(mark for mark in old.face.marks if mark.frame != frame)
        if len(marks) < len(old.face.marks):
            new = replace(old, face=replace(old.face, marks=marks)) if marks else None
            return Edited(replace(project, placed=_exchanged(project.placed, old, new)), Changes(placed=True))
    raise EditRefused("Nothing was placed by hand on this frame.")


def remove_placed(project: Project, film: MediaId, identity: PersonId) -> Edited:
    """Without all that was placed for somebody in a film.

    Raises:
        EditRefused: nothing was.
    """
    gone = project.placed_of(film, identity)
    if not gone:
        raise EditRefused("Nothing was placed by hand for this person.")
    kept = tuple(each for each in project.placed if each not in gone)
    return Edited(replace(project, placed=kept), Changes(placed=True))


def split_person(project: Project, person: PersonId, names: Iterable[str]) -> Edited:
    """Somebody who is several identities becomes one person each: the first keeps the card and the segments.

    Raises:
        EditRefused: it is one identity only.
    """
    known = project.person(person)
    if known is None or len(known.faces) < 2:
        raise EditRefused("This person was found as one only; there is nothing to split.")
    edited = content_edits.set_person(project, person, faces=known.faces[:1])
    for face, name in zip(known.faces[1:], names, strict=True):
        one = content_edits.add_person(edited.project, name, (face,))
        edited = Edited(one.project, edited.changes | one.changes)
    return edited


def _new_identity(project: Project, film: MediaId) -> PersonId:
    used = {face.analysis_person for person in project.people for face in person.faces if face.film == film}
    used |= {each.face.person for each in project.placed if each.film == film}
    return PersonId(next(f"M{n}" for n in range(1, len(used) + 2) if f"M{n}" not in used))


def _exchanged(
    placed: tuple[FilmFace, ...], old: FilmFace | None, new: FilmFace | None
) -> tuple[FilmFace, ...]:
    kept = tuple(each for each in placed if each is not old)
    return (*kept, new) if new is not None else kept
