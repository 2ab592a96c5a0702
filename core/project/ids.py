"""Names of what a project holds, and its lanes."""

from typing import NewType

from core.face_geometry.track import PersonId

MediaId = NewType("MediaId", str)
ItemId = NewType("ItemId", str)  # of a clip or a dub segment: everything that lies on the timeline
TakeId = NewType("TakeId", str)
MarkerId = NewType("MarkerId", str)
LineId = NewType("LineId", str)
LaneId = NewType("LaneId", str)

Extra = tuple[tuple[str, str], ...]  # (key, canonical JSON text of its value)

VIDEO_LANE = LaneId("V1")
FILM_SOUND_LANE = LaneId("A1")
FIRST_DUB_LANE = LaneId("A2")  # A1 is the film's own sound: it follows V1 and holds no items of its own
UNASSIGNED_LANE = LaneId("P:")


def person_lane(person: PersonId | None) -> LaneId:
    """The dub lane of a person; None is the lane of segments that nobody speaks yet."""
    return LaneId(f"P:{person}") if person is not None else UNASSIGNED_LANE
