"""How loud each lane is at a moment: the peak of its recordings there, after gains and fades."""

from fractions import Fraction

import numpy as np
from PySide6.QtCore import QObject

from core.project.changes import Changes
from core.project.ids import LaneId
from core.project.sound import SoundStretch, level_at, sound_plan
from ui.state.document import Document

_SPAN = 0.04  # seconds that are looked at: a picture at 25 a second


class LaneMeters(QObject):
    """Reads levels off the waveforms that the timeline shows, so that they are there while paused, too."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._plan: tuple[SoundStretch, ...] | None = None
        self._starts = self._ends = np.zeros(0)
        document.changed.connect(self._on_changed)

    def peaks(self, t: Fraction) -> dict[LaneId, float]:
        """Lane → its loudest sample around timeline time `t`, 1 at full scale, more where it is passed; lanes without sound there are left out."""
        if self._plan is None:
            self._plan = sound_plan(self._document.project)
            self._starts = np.array([float(each.range.start) for each in self._plan])
            self._ends = np.array([float(each.range.end) for each in self._plan])
        peaks: dict[LaneId, float] = {}
        now = float(t)
        for number in np.flatnonzero((self._starts <= now) & (now < self._ends)):
            stretch = self._plan[number]
            waveform = self._document.library.waveform(stretch.media)
            if waveform is None:
                continue
            at = float(stretch.offset + (t - stretch.range.start))
            first = max(int(at * waveform.per_second), 0)
            stop = max(int((at + _SPAN) * waveform.per_second), first + 1)
            low, high = waveform.low[first:stop], waveform.high[first:stop]
            if not len(low):
                continue
            peak = max(-float(low.min()), float(high.max())) * level_at(stretch, t)
            peaks[stretch.lane] = peaks.get(stretch.lane, 0.0) + peak
        return peaks

    def _on_changed(self, changes: Changes) -> None:
        if changes.everything or changes.sound or changes.layout or changes.items or changes.media:
            self._plan = None
