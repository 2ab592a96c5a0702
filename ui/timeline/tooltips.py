"""What the timeline says about the thing under the pointer: exact times, state and score in words."""

from html import escape

from PySide6.QtCore import QCoreApplication

from core.base.timing import format_time
from core.project.segments import DubSegment
from ui.base.colours import shades
from ui.timeline.hit import Hit
from ui.timeline.scene import TimelineScene
from ui.timeline.segment_look import band_text, segment_look, state_text


def lane_tooltip(scene: TimelineScene, hit: Hit) -> str:
    """Rich text for `hit`; empty where there is nothing to say."""
    item = hit.item
    if item is None:
        return ""
    project = scene.document.project
    medium = project.medium(item.media)
    name = medium.name if medium is not None else str(item.media)
    lines = [f"<b>{escape(name)}</b>", scene.span_text(item)]
    source = QCoreApplication.translate("TimelineTooltip", "From {start} to {end} of the file")
    lines.append(
        source.format(start=format_time(item.media_range.start), end=format_time(item.media_range.end))
    )
    if isinstance(item, DubSegment):
        found = segment_look(item, scene.document.library, scene.bands)
        lines.append(escape(state_text(found)))
        if found.score is not None:
            score = QCoreApplication.translate("TimelineTooltip", "Lip sync {score}: {words}")
            text = score.format(score=f"{found.score:.2f}", words=band_text(found.band))
            lines.append(f"<span style='color:{shades().band(found.band)}'>{escape(text)}</span>")
        if item.note:
            lines.append(escape(item.note))
    elif medium is not None:
        facts = medium.facts
        if facts.rate is not None:
            rate = f"{facts.width}×{facts.height}, {facts.rate} fps"
            if facts.is_variable_rate:
                rate += " " + QCoreApplication.translate("TimelineTooltip", "(variable)")
            elif facts.rate != project.sequence.rate:
                words = QCoreApplication.translate(
                    "TimelineTooltip", "shown by time on a {rate} fps timeline"
                )
                rate += " — " + words.format(rate=project.sequence.rate)
            lines.append(rate)
        if scene.document.library.is_missing(medium.id):
            lines.append(
                QCoreApplication.translate(
                    "TimelineTooltip", "The file is missing: relink it in the media bin."
                )
            )
    return "<br>".join(lines)
