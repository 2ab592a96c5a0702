"""Which faces are in a picture, and who they are in this project. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from core.face_geometry.landmark_sets import MOUTH_CORNERS, OUTER_LIP_MIDDLES
from core.face_geometry.track import FaceTrack, PersonId
from core.project.ids import MediaId
from core.project.model import Project

# Enough for where the mouth is and how wide.
(_MOUTH_LEFT, _MOUTH_RIGHT), (_MOUTH_TOP, _MOUTH_BOTTOM) = MOUTH_CORNERS, OUTER_LIP_MIDDLES
_MOUTH_VIEW = 3.2  # mouth widths across the view when zoomed to the mouth


@dataclass(frozen=True, slots=True)
class FaceInPicture:
    """One face.

    Attributes:
        box: in samples of the upright picture.
        mouth: the region to zoom to, in the same unit.
        person: who it is in the project; None for identities without a card.
        name: the card's name, or the analysis's.
        colour: the card's, ``#rrggbb``, or empty.
    """

    box: QRectF
    mouth: QRectF
    person: PersonId | None
    name: str
    colour: str


def faces_at(
    project: Project, film: MediaId, tracks: Sequence[FaceTrack], frame: int
) -> tuple[FaceInPicture, ...]:
    """The faces of frame `frame`, largest first; those of hidden people are left out."""
    found = []
    for track in tracks:
        if not track.first_frame <= frame < track.end_frame:
            continue
        row = frame - track.first_frame
        person = project.person_of(film, track.person)
        if person is not None and person.is_hidden:
            continue
        x0, y0, x1, y1 = (float(value) for value in track.boxes[row])
        found.append(
            FaceInPicture(
                QRectF(x0, y0, x1 - x0, y1 - y0),
                _mouth(track, row),
                person.id if person is not None else None,
                person.name if person is not None else str(track.person),
                person.colour if person is not None else "",
            )
        )
    return tuple(sorted(found, key=lambda face: face.box.width() * face.box.height(), reverse=True))


def face_under(faces: Sequence[FaceInPicture], point: QPointF) -> FaceInPicture | None:
    """The smallest face whose box holds `point`: a face in front of a larger one can be picked."""
    return next((face for face in reversed(faces) if face.box.contains(point)), None)


def _mouth(track: FaceTrack, row: int) -> QRectF:
    points = track.landmarks[row]
    left, right = points[_MOUTH_LEFT, :2], points[_MOUTH_RIGHT, :2]
    middle = (points[_MOUTH_TOP, :2] + points[_MOUTH_BOTTOM, :2] + left + right) / 4
    width = max(float(abs(right - left).max()), 4.0) * _MOUTH_VIEW
    height = width * 0.75
    return QRectF(float(middle[0]) - width / 2, float(middle[1]) - height / 2, width, height)
