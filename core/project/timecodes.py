"""Timeline times as people read them."""

from fractions import Fraction

from core.base.timing import TimeRange, format_timecode
from core.project.model import Sequence


def timecode(sequence: Sequence, t: Fraction) -> str:
    """The timecode of the frame boundary nearest to timeline time `t`."""
    frame = round(t * sequence.rate.value) + sequence.start_frame
    return format_timecode(frame, sequence.rate, drop_frame=sequence.drop_frame)


def span_text(sequence: Sequence, span: TimeRange) -> str:
    """A range as in and out."""
    return f"{timecode(sequence, span.start)} – {timecode(sequence, span.end)}"
