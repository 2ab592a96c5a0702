"""How well takes fit over a stretch of the timeline, from the curves that are known."""

import numpy as np

from core.base.timing import TimeRange
from core.project.export_plan import takes_shown
from core.project.segments import DubSegment, Take
from ui.state.document import Document
from ui.state.library import CurveKey

_LEAST_JUDGED_S = 1.0  # as the scorer's own: fewer seconds of speech say nothing of a whole voice


def mean_judged(times: np.ndarray, p: np.ndarray) -> float | None:
    """The mean of the known `p`; None where they are too few seconds of speech to tell."""
    known = np.isfinite(p)
    if len(times) < 2 or known.sum() * float(np.median(np.diff(times))) < _LEAST_JUDGED_S - 1e-6:
        return None
    return float(p[known].mean())


def take_fit(document: Document, segment: DubSegment, take: Take, span: TimeRange) -> float | None:
    """Mean p_sync of a take in `span` of the timeline; None where it is not known."""
    found = _values(document, take, [span])
    if found is None:  # an opened project keeps a take's mean, and its curve only while the cache does
        return take.mean_sync if span == segment.range else None
    known = found[1][np.isfinite(found[1])]
    return float(known.mean()) if len(known) else None


def shown_fit(document: Document, segment: DubSegment) -> float | None:
    """Mean p_sync of what is seen of a segment: of each take only where it is chosen. None where it is not known."""
    parts: dict[str, tuple[Take, list[TimeRange]]] = {}
    for take, span in takes_shown(document.project, segment, segment.range):
        parts.setdefault(take.id, (take, []))[1].append(span)
    times, values = [], []
    for take, spans in parts.values():
        found = _values(document, take, spans)
        if found is None:
            return take.mean_sync if len(parts) == 1 else None
        times.append(found[0])
        values.append(found[1])
    return mean_judged(np.concatenate(times), np.concatenate(values)) if parts else None


def _values(document: Document, take: Take, spans: list[TimeRange]) -> tuple[np.ndarray, np.ndarray] | None:
    """(times, p_sync) of a take's curve in timeline stretches; None without a curve."""
    curve = document.library.curve(CurveKey("take", take.id))
    if curve is None:
        return None
    inside = np.zeros(len(curve.times), bool)
    for clip in document.project.video_clips:
        if clip.media != curve.film:
            continue
        for span in spans:
            shared = clip.range.intersection(span)
            if shared is not None:
                start, end = float(clip.media_time(shared.start)), float(clip.media_time(shared.end))
                inside |= (curve.times >= start) & (curve.times < end)
    return curve.times[inside], curve.p_sync[inside]
