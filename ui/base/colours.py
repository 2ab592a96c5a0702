"""The colours of timeline, viewer overlays and sync graph, by meaning."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from PySide6.QtGui import QColor

from core.project.model import MarkerColour
from ui.base.theme import Colours, theme

Band = Literal["good", "fair", "weak", "unknown"]

MARKER_COLOURS: dict[MarkerColour, str] = {
    "red": "#ef5350",
    "orange": "#ff9440",
    "yellow": "#f5d547",
    "green": "#4cc38a",
    "blue": "#4c9dff",
    "purple": "#a874f0",
    "grey": "#9aa0ac",
}


@dataclass(frozen=True, slots=True)
class Shades:
    """Colours of the painted widgets by what they are for, as ``#rrggbb``; made from the theme's."""

    ground: str
    lane: str
    lane_other: str
    header: str
    picked: str
    line: str
    line_strong: str
    text: str
    text_dim: str
    text_faint: str
    item_text: str
    playhead: str
    accent: str
    selection: str
    snap: str
    video: str
    video_edge: str
    sound: str
    sound_edge: str
    wave: str
    dub: str
    dub_edge: str
    dub_wave: str
    segment_wave: str
    pending: str
    running: str
    failed: str
    in_out: str
    source_curve: str
    good: str
    fair: str
    weak: str
    unknown: str

    def band(self, band: Band) -> str:
        """The colour of a score's band."""
        return {"good": self.good, "fair": self.fair, "weak": self.weak, "unknown": self.unknown}[band]


def shades() -> Shades:
    """The shades of the theme in use (main thread only)."""
    return _shades(theme().colours)


@cache
def _shades(c: Colours) -> Shades:
    is_dark = QColor(c.panel).lightnessF() < 0.5
    green, violet = ("#58b98a", "#9a86e8") if is_dark else ("#2f8f63", "#6b52c8")
    return Shades(
        ground=c.sunken,
        lane=mixed(c.sunken, c.panel, 0.55),
        lane_other=c.panel,
        header=c.panel,
        picked=c.hover,
        line=c.border,
        line_strong=mixed(c.border, c.dim_text, 0.35),
        text=c.text,
        text_dim=c.dim_text,
        text_faint=c.faint_text,
        item_text="#f2f4f7" if is_dark else "#12161b",
        playhead=c.playhead,
        accent=c.accent,
        selection="#ffffff" if is_dark else "#10161d",
        snap="#ffd84d" if is_dark else "#c77f00",
        video=mixed(c.panel, c.waveform, 0.30),
        video_edge=mixed(c.panel, c.waveform, 0.60),
        sound=mixed(c.panel, green, 0.20),
        sound_edge=mixed(c.panel, green, 0.45),
        wave=green,
        dub=mixed(c.panel, violet, 0.20),
        dub_edge=mixed(c.panel, violet, 0.50),
        dub_wave=violet,
        segment_wave="#ffffff" if is_dark else "#000000",
        pending=mixed(c.panel, c.faint_text, 0.35),
        running=c.accent,
        failed=c.error,
        in_out=c.accent,
        source_curve=c.dim_text,
        good=c.good,
        fair=c.fair,
        weak=c.poor,
        unknown=c.unknown,
    )


@dataclass(frozen=True, slots=True)
class Bands:
    """How a p_sync is read as a colour.

    Weak is below the project's threshold. Good is judged by the film itself: at least half-way from the threshold to
    what the film reaches with its own voice (`reference`, the median of its known stretches), because no dub can be
    asked to fit better than the original. Without a reference, a fifth of the scale above the threshold.
    """

    threshold: float = 0.5
    reference: float | None = None

    @property
    def good_from(self) -> float:
        """The least p_sync called good."""
        if self.reference is None or self.reference <= self.threshold:
            return min(self.threshold + 0.2, 1.0)
        return (self.threshold + self.reference) / 2

    def band(self, p_sync: float | None) -> Band:
        """The band of a value; None and NaN are unknown."""
        if p_sync is None or p_sync != p_sync:  # NaN
            return "unknown"
        if p_sync < self.threshold:
            return "weak"
        return "good" if p_sync >= self.good_from else "fair"


def colour(text: str, alpha: float = 1.0) -> QColor:
    """`#rrggbb` with an opacity."""
    found = QColor(text)
    found.setAlphaF(alpha)
    return found


def mixed(one: str, other: str, share: float) -> str:
    """`share` of `other` in `one`, as ``#rrggbb``."""
    a, b = QColor(one), QColor(other)
    parts = (
        round(x + (y - x) * share)
        for x, y in ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    )
    return "#{:02x}{:02x}{:02x}".format(*parts)
