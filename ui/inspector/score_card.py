"""How well a segment fits, in a colour and in words; never a bare number."""

import numpy as np
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.project.segments import DubSegment
from ui.base.theme import score_colour, theme
from ui.state.document import Document
from ui.state.library import CurveKey
from ui.state.take_fit import mean_judged, shown_fit


class ScoreCard(QFrame):
    """Source, source with dub and the chosen take, each with a band and words."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setProperty("role", "card")
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._numbers = QLabel()
        self._numbers.setProperty("role", "faint")
        self._numbers.setWordWrap(True)
        self._band = QFrame()
        self._band.setFixedWidth(6)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self._words)
        column.addWidget(self._numbers)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.addWidget(self._band)
        row.addLayout(column, 1)

    @property
    def words(self) -> str:
        """What the card says."""
        return self._words.text()

    def show_segments(self, segments: tuple[DubSegment, ...]) -> None:
        """Shows the fit of one segment, or the mean of several."""
        threshold = self._document.project.settings.sync_threshold
        takes = [shown_fit(self._document, segment) for segment in segments]
        dubs = [self._dub(segment) for segment in segments]
        take, dub, source = _mean_known(takes), _mean_known(dubs), self._source(segments)
        colour = score_colour(theme().colours, take, threshold)
        self._band.setStyleSheet(f"background: {colour.name()}; border-radius: 3px;")
        if take is None and segments and all(self._is_judged(segment) for segment in segments):
            self._words.setText(self.tr("Too short to judge surely: less than a second of speech."))
        elif take is None:
            self._words.setText(self.tr("Not known yet: generate, and the fit is judged as it goes."))
        elif take >= threshold + 0.15:
            self._words.setText(self.tr("Fits well."))
        elif take >= threshold:
            self._words.setText(self.tr("Fits; look at the weak stretches (N)."))
        else:
            self._words.setText(self.tr("Does not fit yet. Try another take, or more articulation."))
        parts = []
        for title, value in (
            (self.tr("result"), take),
            (self.tr("film with the dub"), dub),
            (self.tr("film with its own voice"), source),
        ):
            parts.append(f"{title} {value:.2f}" if value is not None else f"{title} –")
        self._numbers.setText(" · ".join(parts))
        self._numbers.setVisible(any(value is not None for value in (take, dub, source)))
        self.setToolTip(
            self.tr(
                "How likely lips and voice belong together, 0 to 1, averaged over the stretches where it can be judged; "
                "“–” where they are less than a second, too little to tell. "
                "The threshold is {threshold}. Silence, turned-away and hidden faces are not counted."
            ).format(threshold=f"{threshold:.2f}")
        )

    def _is_judged(self, segment: DubSegment) -> bool:
        chosen = segment.chosen
        curve = self._document.library.curve(CurveKey("take", chosen)) if chosen is not None else None
        return curve is not None and curve.is_complete

    def _dub(self, segment: DubSegment) -> float | None:
        curve = self._document.library.curve(CurveKey("dub", segment.id))
        if curve is None or not np.isfinite(curve.p_sync).any():
            return None
        return mean_judged(curve.times, curve.p_sync)

    def _source(self, segments: tuple[DubSegment, ...]) -> float | None:
        values = []
        for segment in segments:
            clip = self._document.project.video_clip_at(segment.range.start)
            curve = self._document.library.curve(CurveKey("source", clip.media)) if clip is not None else None
            if clip is None or curve is None:
                continue
            start, end = clip.media_time(segment.range.start), clip.media_time(segment.range.end)
            inside = (curve.times >= float(start)) & (curve.times < float(end))
            values.append(mean_judged(curve.times[inside], curve.p_sync[inside]))
        return _mean_known(values)


def _mean_known(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
