"""The take that fits best: judged by the scorer, over a whole segment or a stretch of it."""

from PySide6.QtCore import QObject

from core.base.timing import TimeRange
from core.project import content_edits
from core.project.changes import Changes
from core.project.ids import ItemId, TakeId
from core.project.segments import DubSegment, Take
from ui.base.messages import Messages
from ui.jobs.take_work import TakeWork
from ui.state.document import Document
from ui.state.take_fit import take_fit


class BestTakes(QObject):
    """Lets takes compete."""

    def __init__(self, document: Document, takes: TakeWork, messages: Messages, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._takes = takes
        self._messages = messages
        self._contests: dict[ItemId, tuple[set[TakeId], TimeRange | None]] = {}
        takes.ended.connect(self._on_ended)
        document.changed.connect(self._on_changed)

    def generate(
        self, segments: tuple[DubSegment, ...], count: int, *, within: TimeRange | None = None
    ) -> None:
        """Makes `count` new takes of each segment, each from another seed; when the last is judged the best is used."""
        for segment in segments:
            made: set[TakeId] = set()
            with self._document.group(self.tr("Best of {count}").format(count=count)):
                for _ in range(count):
                    known = self._document.segment(segment.id)
                    if known is None:
                        break
                    new = self._takes.generate(
                        (known,), within=within, new_seed=bool(known.takes), decides=False
                    )
                    if not new:
                        break  # and a message said why
                    made.update(new)
            if made:
                self._contests[segment.id] = (made, within)

    def choose(self, segment: DubSegment, *, within: TimeRange | None = None) -> bool:
        """Uses the best of the takes a segment has; False (and a message) when none could be judged."""
        span = segment.range if within is None else segment.range.intersection(within)
        if span is None:
            return False
        judged = self._judged(segment, span)
        if not judged:
            self._messages.info(
                self.tr("No take could be judged here."),
                self.tr("A fit is known once a take is finished, where the person speaks and is seen."),
            )
            return False
        best, value = max(judged, key=lambda each: each[1])
        dub_range = None
        if span != segment.range:
            dub_range = TimeRange(segment.media_time(span.start), segment.media_time(span.end))
        self._document.apply(
            self.tr("Choose the best take"),
            content_edits.choose_take,
            segment.id,
            best.id,
            dub_range=dub_range,
        )
        self._messages.done(
            self.tr("Take {number} fits best: {value}.").format(number=best.number, value=f"{value:.2f}"),
            self.tr("Compared with {others}.").format(
                others=", ".join(
                    self.tr("take {number} ({value})").format(number=take.number, value=f"{v:.2f}")
                    for take, v in judged
                    if take is not best
                )
            )
            if len(judged) > 1
            else "",
        )
        return True

    def _judged(self, segment: DubSegment, span: TimeRange) -> list[tuple[Take, float]]:
        """The takes that cover `span` as far as any does, each with its mean p_sync there."""
        covered = {
            take.id: sum(
                float(shared.duration)
                for each in self._document.take_coverage(segment, take)
                if (shared := each.intersection(span)) is not None
            )
            for take in segment.takes
        }
        most = max(covered.values(), default=0.0)
        judged = []
        for take in segment.takes:
            value = take_fit(self._document, segment, take, span)
            if value is not None and most > 0 and covered[take.id] >= most - 1e-6:
                judged.append((take, value))
        return judged

    def _on_ended(self, take: TakeId) -> None:
        for segment, (waiting, within) in list(self._contests.items()):
            waiting.discard(take)
            if waiting:
                continue
            del self._contests[segment]
            known = self._document.segment(segment)
            if known is not None and known.takes:
                self.choose(known, within=within)

    def _on_changed(self, changes: Changes) -> None:
        if changes.everything:
            self._contests.clear()
