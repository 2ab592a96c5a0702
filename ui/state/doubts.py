"""Where the engine doubts its own pictures, on the timeline: only of what is shown."""

from core.base.timing import TimeRange
from core.project.export_plan import takes_shown
from core.project.segments import DubSegment
from ui.state.document import Document


def doubtful_spans(document: Document, segment: DubSegment) -> tuple[TimeRange, ...]:
    """Timeline ranges of a segment whose shown frames may not pass for real, in order."""
    if not any(document.library.take_state(take.id).doubtful for take in segment.takes):
        return ()
    found = []
    for take, seen in takes_shown(document.project, segment, segment.range):
        for film, span in document.library.take_state(take.id).doubtful:
            for clip in document.project.video_clips:
                if clip.media != film:
                    continue
                start = clip.timeline_time(span.start)
                shown = TimeRange(start, start + span.duration).intersection(seen)
                shared = shown.intersection(clip.range) if shown is not None else None
                if shared is not None:
                    found.append(shared)
    return tuple(sorted(found))
