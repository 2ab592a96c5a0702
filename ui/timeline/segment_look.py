"""What a segment looks like: its state and its score, put into a colour and into words."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication

from core.project.segments import DubSegment
from ui.base.colours import Band, Bands, mixed, shades
from ui.state.library import Library

SegmentState = Literal[
    "original", "muted", "empty", "queued", "running", "paused", "cached", "partial", "failed"
]


@dataclass(frozen=True, slots=True)
class SegmentLook:
    """How to paint one segment.

    Attributes:
        state: see `SegmentState`; "cached" is finished, "partial" needs generating again where film and dub moved.
        band: of the chosen take's mean score.
        score: that mean, or None.
        fill: body colour.
        progress: 0..1 while running.
        message: why it failed.
    """

    state: SegmentState
    band: Band
    score: float | None
    fill: str
    progress: float = 0.0
    message: str = ""


def segment_look(segment: DubSegment, library: Library, bands: Bands) -> SegmentLook:
    """The look of a segment as it is now."""
    if segment.muted:
        return SegmentLook("muted", "unknown", None, shades().pending)
    if segment.keep_original:
        return SegmentLook("original", "unknown", None, mixed(shades().pending, shades().source_curve, 0.35))
    take = segment.take(segment.chosen) if segment.chosen is not None else None
    newest = segment.takes[-1] if segment.takes else None
    working = library.take_state(newest.id) if newest is not None else None
    if working is not None and working.status in ("queued", "running", "paused"):
        state: SegmentState = {"queued": "queued", "running": "running"}.get(working.status, "paused")  # type: ignore[assignment]
        return SegmentLook(
            state, "unknown", None, mixed(shades().pending, shades().running, 0.25), working.progress
        )
    if take is None:
        return SegmentLook("empty", "unknown", None, shades().pending)
    status = library.take_state(take.id)
    band = bands.band(take.mean_sync)
    fill = mixed(shades().ground, shades().band(band), 0.55 if band != "unknown" else 0.4)
    if status.status == "failed":
        return SegmentLook(
            "failed", "unknown", None, mixed(shades().pending, shades().failed, 0.3), 0.0, status.message
        )
    if status.status == "done":
        return SegmentLook("cached", band, take.mean_sync, fill)
    return SegmentLook("partial", band, take.mean_sync, mixed(fill, shades().pending, 0.5), status.progress)


def state_text(look: SegmentLook) -> str:
    """The state in plain words."""
    words = {
        "original": QCoreApplication.translate("SegmentLook", "Keeps the original lips"),
        "muted": QCoreApplication.translate("SegmentLook", "Muted: not heard, lips unchanged"),
        "empty": QCoreApplication.translate("SegmentLook", "Not generated yet — press G"),
        "queued": QCoreApplication.translate("SegmentLook", "Waiting to be generated"),
        "running": QCoreApplication.translate("SegmentLook", "Being generated"),
        "paused": QCoreApplication.translate("SegmentLook", "Paused"),
        "cached": QCoreApplication.translate("SegmentLook", "Generated"),
        "partial": QCoreApplication.translate("SegmentLook", "Partly generated — press G to go on"),
        "failed": QCoreApplication.translate("SegmentLook", "Failed"),
    }
    text = words[look.state]
    if look.state in ("running", "paused", "partial") and look.progress > 0:
        text += f", {look.progress:.0%}"
    return f"{text}: {look.message}" if look.message else text


def band_text(band: Band) -> str:
    """A score's band in plain words."""
    return {
        "good": QCoreApplication.translate("SegmentLook", "fits well"),
        "fair": QCoreApplication.translate("SegmentLook", "acceptable"),
        "weak": QCoreApplication.translate("SegmentLook", "weak: the lips do not follow the voice"),
        "unknown": QCoreApplication.translate("SegmentLook", "not known (silence, no face, or in profile)"),
    }[band]
