"""Where a dub needs a look: stretches that fit badly, and frames that may not pass for real, on the timeline."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from core.base.timing import TimeRange
from core.face_geometry.track import PersonId
from core.project.ids import ItemId
from core.project.model import Clip
from core.project.segments import DubSegment
from ui.state.document import Document
from ui.state.doubts import doubtful_spans
from ui.state.library import CurveKey, SyncCurve

_HALF_WINDOW = Fraction(1, 10)  # a judged window is 0.2 s long


@dataclass(frozen=True, slots=True, order=True)
class WeakSpot:
    """A stretch to look at.

    Attributes:
        start, end: on the timeline, `start` on a frame.
        lowest: the lowest p_sync in it; None where the picture is doubted, not the fit.
    """

    start: Fraction
    end: Fraction
    segment: ItemId
    person: PersonId | None
    lowest: float | None


def weak_spots(document: Document, known: Collection[CurveKey] | None = None) -> list[WeakSpot]:
    """Everything that is known to need a look, in order of time.

    Args:
        document: what is shown.
        known: only these curves are read; None asks for those that are not known yet.
    """
    found: list[WeakSpot] = []
    clips = document.project.video_clips
    for segment in document.project.segments:
        snap = document.project.sequence.snap
        found += [
            WeakSpot(snap(span.start), span.end, segment.id, segment.person, None)
            for span in doubtful_spans(document, segment)
        ]
        take = segment.take_at(segment.range.start)
        key = CurveKey("take", take.id) if take is not None else CurveKey("dub", segment.id)
        curve = document.library.curve(key) if known is None or key in known else None
        if curve is None:
            continue
        for clip in clips:
            if clip.media == curve.film and clip.range.overlaps(segment.range):
                for span, lowest in _low_stretches(curve, clip, segment, document.project.settings.sync_threshold):
                    found.append(WeakSpot(snap(span.start), span.end, segment.id, segment.person, lowest))
    return sorted(found, key=lambda spot: (spot.start, spot.end, spot.segment))


def _low_stretches(
    curve: SyncCurve, clip: Clip, segment: DubSegment, threshold: float
) -> Iterator[tuple[TimeRange, float]]:
    """Where a curve lies below the threshold within a segment; unknown values (NaN) end a stretch."""
    shared = clip.range.intersection(segment.range)
    if shared is None:
        return
    shift = float(clip.range.start - clip.offset)
    first, last = np.searchsorted(curve.times, [float(shared.start) - shift, float(shared.end) - shift])
    times, values = curve.times[first:last] + shift, curve.p_sync[first:last]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (values < threshold).astype(np.int8), [0]])))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        start = _exact(float(times[begin]))
        stop = max(min(_exact(float(times[end - 1])) + _HALF_WINDOW, shared.end), start)
        yield TimeRange(start, stop), float(values[begin:end].min())


def _exact(seconds: float) -> Fraction:
    return Fraction(seconds).limit_denominator(100_000)
