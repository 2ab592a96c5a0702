"""Segments proposed for a dropped dub: where the dub speaks × who is to be seen (or heard) speaking there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from core.base.timing import TimeRange
from core.face_geometry.track import FaceTrack, PersonId
from core.project.edits import SegmentDraft
from core.project.ids import MediaId
from core.project.model import Clip, Project

# A pause shorter than this is a breath inside a line, not the end of one; measured pauses between sentences of read
# speech are longer.
LINE_PAUSE = Fraction(2, 5)
# Lips begin to move before the sound and close after it.
LEAD, TAIL = Fraction(3, 25), Fraction(4, 25)
SHORTEST = Fraction(1, 4)


@dataclass(frozen=True, slots=True, eq=False)
class FilmFaces:
    """What is known about the people of one film.

    Attributes:
        tracks: its faces.
        times: (F,) float64 seconds of each frame.
        cuts: film times at which a new shot begins.
        speaking: for each person of the analysis, (F,) float32, how likely that person speaks at each frame; a
            person or all may be missing when it was not judged.
    """

    tracks: tuple[FaceTrack, ...]
    times: np.ndarray
    cuts: tuple[Fraction, ...]
    speaking: Mapping[PersonId, np.ndarray]


def propose_segments(
    project: Project, dub_clip: Clip, speech: Sequence[TimeRange], faces: Mapping[MediaId, FilmFaces]
) -> tuple[SegmentDraft, ...]:
    """Drafts for the lines of `dub_clip`; where nobody is to be seen there is nothing to propose.

    Args:
        project: for its film clips, people and what their lanes already hold.
        dub_clip: the dub on its sound lane.
        speech: where it speaks, on its own clock.
        faces: by film.
    """
    drafts: list[SegmentDraft] = []
    for line in lines_of(speech, dub_clip.media_range):
        for clip in project.video_clips:
            on_timeline = TimeRange(dub_clip.timeline_time(line.start), dub_clip.timeline_time(line.end))
            shared = on_timeline.intersection(clip.range)
            if shared is None or clip.media not in faces:
                continue
            for part, analysis_person in _parts(clip, shared, faces[clip.media]):
                person = (
                    project.person_of(clip.media, analysis_person) if analysis_person is not None else None
                )
                if person is None or part.duration < SHORTEST:
                    continue
                drafts.append(SegmentDraft(part, dub_clip.media, dub_clip.media_time(part.start), person.id))
    return tuple(_free(project, _snapped(project, drafts)))


def lines_of(speech: Sequence[TimeRange], within: TimeRange) -> tuple[TimeRange, ...]:
    """Stretches of speech joined over short pauses and given room for the lips, never overlapping."""
    joined: list[TimeRange] = []
    for stretch in sorted(speech):
        inside = stretch.intersection(within)
        if inside is None:
            continue
        if joined and inside.start - joined[-1].end < LINE_PAUSE:
            joined[-1] = TimeRange(joined[-1].start, max(joined[-1].end, inside.end))
        else:
            joined.append(inside)
    return tuple(
        TimeRange(max(within.start, line.start - LEAD), min(within.end, line.end + TAIL)) for line in joined
    )


def _parts(clip: Clip, shared: TimeRange, film: FilmFaces) -> list[tuple[TimeRange, PersonId | None]]:
    """A line cut at the shot cuts where the speaker changes, each part with who speaks."""
    start, end = clip.media_time(shared.start), clip.media_time(shared.end)
    edges = [start, *(cut for cut in film.cuts if start < cut < end), end]
    parts: list[tuple[TimeRange, PersonId | None]] = []
    for low, high in pairwise(edges):
        person = _speaker(film, low, high)
        if parts and parts[-1][1] == person:
            parts[-1] = (TimeRange(parts[-1][0].start, clip.timeline_time(high)), person)
        else:
            parts.append((TimeRange(clip.timeline_time(low), clip.timeline_time(high)), person))
    return parts


def _speaker(film: FilmFaces, start: Fraction, end: Fraction) -> PersonId | None:
    """Who most likely speaks in a stretch: the judged likelihood where it is known, else who is largest on screen."""
    first, last = np.searchsorted(film.times, [float(start), float(end)])
    if last <= first:
        return None
    weight: dict[PersonId, float] = {}
    for track in film.tracks:
        low, high = max(int(first), track.first_frame), min(int(last), track.end_frame)
        if low >= high:
            continue
        boxes = track.boxes[low - track.first_frame : high - track.first_frame]
        size = float(np.sqrt(np.maximum(0, (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))).sum())
        judged = film.speaking.get(track.person)
        if judged is not None:
            known = judged[low:high][np.isfinite(judged[low:high])]
            if len(known):
                size *= (
                    float(known.mean()) ** 2
                )  # a mouth that moves with the voice beats a larger silent face
        weight[track.person] = weight.get(track.person, 0.0) + size
    return max(weight, key=lambda person: weight[person]) if weight else None


def _snapped(project: Project, drafts: list[SegmentDraft]) -> list[SegmentDraft]:
    """Drafts on frame boundaries, each person's in order and apart."""
    snap = project.sequence.snap
    result: list[SegmentDraft] = []
    ends: dict[PersonId | None, Fraction] = {}
    for draft in sorted(drafts, key=lambda each: each.range):
        start = max(snap(draft.range.start), ends.get(draft.person, Fraction(0)))
        end = snap(draft.range.end)
        medium = project.medium(draft.dub)
        limit = medium.facts.duration if medium is not None else end
        offset = draft.offset + (start - draft.range.start)
        while offset < 0:  # snapping went before the dub's first sample
            start, offset = (
                start + project.sequence.rate.frame_duration,
                offset + project.sequence.rate.frame_duration,
            )
        while end > start and offset + (end - start) > limit:
            end -= project.sequence.rate.frame_duration
        if end - start >= SHORTEST:
            result.append(SegmentDraft(TimeRange(start, end), draft.dub, offset, draft.person))
            ends[draft.person] = end
    return result


def _free(project: Project, drafts: list[SegmentDraft]) -> list[SegmentDraft]:
    """Without those that would lie over a segment somebody already made."""
    return [
        draft
        for draft in drafts
        if not any(s.person == draft.person and s.range.overlaps(draft.range) for s in project.segments)
    ]
