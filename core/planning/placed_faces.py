"""Faces and mouths that the user placed by hand, as values: where, on which frames, and whose they are."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from core.face_geometry.track import PersonId

PlacedKind = Literal["mouth", "face"]
_COUNT = {"mouth": 4, "face": 2}


@dataclass(frozen=True, slots=True)
class FaceMark:
    """Where it is in one frame.

    Attributes:
        frame: number of the frame.
        points: (x, y) in upright source pixels. Of a mouth: its corner at the picture's left, that at its right, the upper
            edge of the upper lip, the lower edge of the lower lip. Of a face: its box's upper left and lower right corner.
    """

    frame: int
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class PlacedFace:
    """A face or a mouth placed on one or more frames, followed through their shots from there.

    Attributes:
        person: who it is in the film's analysis: somebody that was found, whose own tracks give way where this one is, or
            somebody new.
        kind: a mouth without a face to be found (a cartoon, an animal), or a face that was not found or lost.
        marks: in order of their frames, one for each.
    """

    person: PersonId
    kind: PlacedKind
    marks: tuple[FaceMark, ...]
    extra: tuple[tuple[str, str], ...] = ()

    def key(self) -> str:
        """Names what is followed; another one for other marks."""
        facts = repr((self.person, self.kind, [(mark.frame, mark.points) for mark in self.marks]))
        return hashlib.sha256(facts.encode()).hexdigest()[:24]


def placed_errors(face: PlacedFace) -> tuple[str, ...]:
    """What is wrong with a placed face; empty where nothing is."""
    frames = [mark.frame for mark in face.marks]
    if not frames or frames != sorted(set(frames)) or frames[0] < 0:
        return (f"the frames of {str(face.person)[:20]!a}, placed by hand, are none, or not in order",)
    if any(
        len(mark.points) != _COUNT[face.kind] or any(abs(v) > 1e6 for point in mark.points for v in point)
        for mark in face.marks
    ):
        return (f"the points of {str(face.person)[:20]!a}, placed by hand, make no {face.kind}",)
    return ()
