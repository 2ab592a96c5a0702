"""Two tracks of one person in one place: the one that was placed by hand stays."""

from collections.abc import Sequence
from dataclasses import replace

from core.face_geometry.track import FaceTrack

_ARRAYS = ("boxes", "landmarks", "pose", "quality")


def given_way(own: Sequence[FaceTrack], placed: Sequence[FaceTrack]) -> tuple[FaceTrack, ...]:
    """`own` and `placed` tracks, the own ones without the frames in which the same person was placed by hand.

    Of an own track that a placed one parts only the first part is left: a placed one goes on as long as it is seen.
    """
    kept: list[FaceTrack] = []
    for track in own:
        parts = [track]
        for other in placed:
            if other.person == track.person and other.shot == track.shot:
                parts = [part for whole in parts for part in _without(whole, other.frames)]
        kept += parts[:1]
    return (*kept, *placed)


def _without(track: FaceTrack, frames: range) -> list[FaceTrack]:
    """The parts of a track before and after `frames`; a cover stays with the part that begins with the track."""
    parts = []
    for start, stop in ((track.first_frame, frames.start), (frames.stop, track.end_frame)):
        start, stop = max(start, track.first_frame), min(stop, track.end_frame)
        if start < stop:
            rows = slice(start - track.first_frame, stop - track.first_frame)
            arrays = {name: getattr(track, name)[rows] for name in _ARRAYS}
            cover = track.cover if start == track.first_frame else None
            parts.append(replace(track, first_frame=start, cover=cover, **arrays))
    return parts
