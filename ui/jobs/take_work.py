"""Generate: takes asked from the engine, playable as they grow."""

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.base.errors import AppError
from core.base.timing import TimeRange
from core.engine.client import Priority
from core.jobs.events import ChunkReady, Done, Event, Failed, JobId, Note, Progress, ScoreReady, Stopped
from core.planning.requests import TakeRequest
from core.project import content_edits
from core.project.changes import Changes
from core.project.export_plan import takes_shown
from core.project.ids import ItemId, MediaId, TakeId
from core.project.rendering import SegmentJob, film_time, segment_jobs, take_pieces
from core.project.segments import DubSegment, FaceIdentity, TakePiece
from core.project.timecodes import span_text
from core.takes.adaptations import known_adaptation
from core.takes.lips import uses_generator
from ui.base.bridge import Bridge, Ticket
from ui.base.messages import Message, Messages
from ui.base.options import Options
from ui.jobs.curve_gatherer import CurveGatherer
from ui.jobs.engine_jobs import EngineJobs
from ui.jobs.kept_curves import save_curve
from ui.jobs.made_takes import FoundTake, TakeFacts, find_takes, open_chunks, take_facts
from ui.state.document import Document
from ui.state.library import CurveKey, TakeState
from ui.state.take_fit import take_fit

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Making:
    """A take on its way; it may be several requests, one for each film clip under the segment."""

    take: TakeId
    segment: ItemId
    pieces: tuple[TakePiece, ...]
    jobs: dict[JobId, float] = field(default_factory=dict)
    ended: set[JobId] = field(default_factory=set)
    ready: list[tuple[MediaId, TimeRange]] = field(default_factory=list)
    curves: dict[str, ScoreReady] = field(default_factory=dict)
    failure: str = ""
    is_stopped: bool = False
    span: TimeRange | None = None  # where it competes with what is shown; None when it is shown already


class TakeWork(QObject):
    """Makes takes.

    Signals:
        finished: (TakeId) all of it was made and judged.
        ended: (TakeId) finished, failed or stopped.
    """

    finished = Signal(str)
    ended = Signal(str)

    def __init__(
        self, document: Document, bridge: Bridge, jobs: EngineJobs, options: Options, messages: Messages,
        chunks: Path, parent: QObject,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._document = document
        self._bridge = bridge
        self._jobs = jobs
        self._options = options
        self._messages = messages
        self._chunks = chunks
        self._curves = chunks.parent / "curves"
        self._making: dict[TakeId, _Making] = {}
        document.changed.connect(self._on_changed)

    @property
    def is_busy(self) -> bool:
        """Whether any take is being made."""
        return bool(self._making)

    def generate(
        self,
        segments: tuple[DubSegment, ...],
        *,
        within: TimeRange | None = None,
        new_seed: bool = False,
        decides: bool = True,
    ) -> tuple[TakeId, ...]:
        """A new take for each segment; those that cannot have one are named in a message.

        Where another take is shown already it stays shown: the new one takes its place when it is finished and fits
        better, unless `decides` is off because somebody else compares them.
        """
        made = []
        for segment in segments:
            if segment.muted or segment.keep_original:
                continue
            try:
                take = self._start(segment, within, new_seed=new_seed, decides=decides)
            except AppError as error:
                self._messages.refuse(error)
                continue
            if take is not None:
                made.append(take)
        return tuple(made)

    def cancel(self, take: TakeId) -> None:
        """Stops making a take; what is finished of it stays."""
        making = self._making.get(take)
        if making is not None:
            for job in making.jobs.keys() - making.ended:
                self._jobs.cancel(job)

    def cancel_all(self) -> None:
        """Stops every take."""
        for take in list(self._making):
            self.cancel(take)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _start(
        self, segment: DubSegment, within: TimeRange | None, *, new_seed: bool, decides: bool
    ) -> TakeId | None:
        project = self._document.project
        seed = None
        if new_seed:
            seeds = [take.settings.seed for take in segment.takes] or [segment.lips.seed]
            seed = max(*seeds, segment.lips.seed) + 1 if segment.takes else segment.lips.seed
        adaptation = self._adaptation(segment)
        jobs = segment_jobs(project, segment, within=within, seed=seed, adaptation=adaptation)
        for job in jobs:
            if any(not self._document.library.is_followed(job.clip.media, each.key()) for each in job.spec.placed):
                raise AppError(
                    "A face or mouth placed by hand is not followed yet.",
                    hint="Wait until it is, or place it anew; then generate.",
                )
        pieces: list[TakePiece] = []
        for job in jobs:
            tracks = self._document.library.tracks(job.clip.media)
            times = self._document.library.frame_times(job.clip.media)
            if times is None:
                raise AppError(
                    "The faces of the film under this segment are not known yet.",
                    hint="Wait until they are found, then generate.",
                )
            pieces.extend(take_pieces(project, segment, job, tracks, times))
        if not pieces:
            raise AppError(
                "The person is not to be seen during this segment.",
                hint="Give it to somebody who is, or choose “Keep original lips”.",
            )
        placed = tuple(
            each
            for job in jobs
            for each in project.placed_of(job.clip.media, job.spec.person)
        )
        lips = jobs[0].spec.lips
        dub_range = None
        if within is not None:
            shared = segment.range.intersection(within)
            if shared is not None and shared != segment.range and segment.takes:
                dub_range = TimeRange(segment.media_time(shared.start), segment.media_time(shared.end))
        span = segment.range if dub_range is None else segment.range.intersection(within or segment.range)
        assert span is not None, "a range that does not meet the segment is no part of it"
        rivals = any(
            ready.overlaps(seen)
            for other, seen in takes_shown(project, segment, span)
            for ready in self._document.take_coverage(segment, other)
        )
        take = TakeId(f"t{project.next_number}")
        done = self._document.apply(
            self.tr("Generate"),
            content_edits.add_take,
            segment.id,
            segment.engine,
            lips,
            tuple(pieces),
            dub_range=dub_range,
            donors=self._donors(segment),
            adaptation=adaptation,
            curves=jobs[0].spec.curves,
            placed=placed,
            pins=segment.pins,
            choose=not rivals,
        )
        if not done:
            return None
        making = _Making(take, segment.id, tuple(pieces), span=span if rivals and decides else None)
        self._making[take] = making
        self._document.library.put_take_state(take, TakeState("queued"))
        for job in jobs:
            self._submit(making, job, segment)
        return take

    def _donors(self, segment: DubSegment) -> tuple[FaceIdentity, ...]:
        person = self._document.project.person(segment.person) if segment.person is not None else None
        return person.faces if person is not None and len(person.faces) > 1 else ()

    def _adaptation(self, segment: DubSegment) -> str:
        """Hash of the person's adaptation, where the segment's engine uses one and it can be had."""
        person = self._document.project.person(segment.person) if segment.person is not None else None
        if person is None or not uses_generator(segment.engine):
            return ""
        return person.adaptation if known_adaptation(person.adaptation).state == "ready" else ""

    def _submit(self, making: _Making, job: SegmentJob, segment: DubSegment) -> None:
        person = self._document.project.person(segment.person) if segment.person is not None else None
        made = self._document.segment(segment.id)
        take = made.take(making.take) if made is not None else None
        title = self.tr("Lips of {name}, take {number}, {span}").format(
            name=person.name if person is not None else segment.id,
            number=take.number if take is not None else "",
            span=span_text(self._document.project.sequence, making.span or segment.range),
        )

        def listen(event: Event) -> None:
            self._on_event(making, job, event)

        def again() -> None:
            known = self._document.segment(segment.id)
            if known is not None:
                self.generate((known,))

        request = TakeRequest(job.spec, score=True, device=self._options.text("engine.device"))
        number = self._jobs.submit(request, Priority.TAKE, "take", title, listen, retry=again)
        making.jobs[number] = 0.0

    def _on_event(self, making: _Making, job: SegmentJob, event: Event) -> None:
        match event:
            case Progress():
                making.jobs[event.job] = event.done / event.total if event.total else 0.0
            case ChunkReady():
                self._add_chunk(making, job, event)
            case ScoreReady():
                making.curves[event.curve] = event
                self._show_curve(making, job, complete=False)
            case Note():
                self._messages.warn(event.text)
            case Done():
                making.ended.add(event.job)
            case Failed():
                making.ended.add(event.job)
                making.failure = event.message
            case Stopped():
                making.ended.add(event.job)
                making.is_stopped = True
        is_over = len(making.ended) == len(making.jobs)
        self._show_state(making, is_over=is_over)
        if is_over:
            self._finish(making, job)

    def _add_chunk(self, making: _Making, job: SegmentJob, event: ChunkReady) -> None:
        film = self._document.project.medium(job.clip.media)
        if film is None:
            return
        times = self._document.library.frame_times(film.id)
        start = film_time(film, times, event.first_frame)
        end = min(film_time(film, times, event.end_frame), film.facts.duration)
        making.ready = joined([*making.ready, (film.id, TimeRange(start, end))])
        if not any(piece.key == event.key for piece in making.pieces):
            making.pieces = tuple(
                replace(piece, key=event.key)
                if not piece.key
                and piece.film == film.id
                and piece.first_frame <= event.first_frame < piece.end_frame
                else piece
                for piece in making.pieces
            )
            self._document.amend(content_edits.set_take, making.take, pieces=making.pieces)

    def _show_state(self, making: _Making, *, is_over: bool) -> None:
        progress = sum(making.jobs.values()) / len(making.jobs)
        if not is_over:
            state = TakeState(
                "running" if making.ready or progress else "queued", tuple(making.ready), progress
            )
        elif making.failure:
            state = TakeState("failed", tuple(making.ready), progress, making.failure)
        elif making.is_stopped:
            state = TakeState("partial" if making.ready else "none", tuple(making.ready), progress)
        else:
            state = TakeState("done", tuple(making.ready), 1.0)
        self._document.library.put_take_state(making.take, state)

    def _show_curve(self, making: _Making, job: SegmentJob, *, complete: bool) -> None:
        if not making.curves:
            return
        gatherer = CurveGatherer(job.clip.media)
        for part in making.curves.values():
            gatherer.add(part)
        curve = replace(gatherer.curve, is_complete=complete)
        self._document.library.put_curve(CurveKey("take", making.take), curve)

    def _finish(self, making: _Making, job: SegmentJob) -> None:
        self._making.pop(making.take, None)
        self._show_curve(making, job, complete=True)
        known = np.concatenate(
            [np.asarray(part.p, np.float32) for part in making.curves.values()] or [np.zeros(0, np.float32)]
        )
        known = known[np.isfinite(known)]
        if len(known) and not making.failure and not making.is_stopped:
            self._document.amend(content_edits.set_take, making.take, mean_sync=round(float(known.mean()), 4))
        if not making.failure and not making.is_stopped:
            self._keep_curve(making)
            self._look_up_facts(making)
            if making.span is not None:
                self._decide(making.take, making.segment, making.span)
            self.finished.emit(making.take)
        self.ended.emit(making.take)

    def _decide(self, new: TakeId, of: ItemId, span: TimeRange) -> None:
        """Shows the new take where it fits better than what is shown; else tells that it is there."""
        segment = self._document.segment(of)
        take = segment.take(new) if segment is not None else None
        if segment is None or take is None:
            return
        dub_range = TimeRange(segment.media_time(span.start), segment.media_time(span.end))
        whole = dub_range == segment.media_range

        def use() -> None:
            self._document.apply(
                self.tr("Use take {number}").format(number=take.number),
                content_edits.choose_take,
                of,
                new,
                dub_range=None if whole else dub_range,
            )

        fit = take_fit(self._document, segment, take, span)
        before = self._fit_shown(segment, span)
        if fit is not None and before is not None and fit > before:
            use()
            self._messages.done(
                self.tr("Take {number} fits better and is shown now: {new} instead of {old}.").format(
                    number=take.number, new=f"{fit:.2f}", old=f"{before:.2f}"
                )
            )
            return
        if fit is None or before is None:
            text = self.tr("Take {number} is ready; which one fits better is not known.")
            self._messages.post(
                Message("done", text.format(number=take.number), "", (self.tr("Use it"), use))
            )
            return
        text = self.tr("Take {number} fits no better: {new}, shown is {old}.").format(
            number=take.number, new=f"{fit:.2f}", old=f"{before:.2f}"
        )
        hint = self.tr("It is kept; its number on the keyboard shows it.")
        self._messages.post(Message("info", text, hint, (self.tr("Use it"), use)))

    def _fit_shown(self, segment: DubSegment, span: TimeRange) -> float | None:
        """Mean p_sync of what is shown of a segment in `span`; None where a part is not known."""
        total, length = 0.0, 0.0
        for take, seen in takes_shown(self._document.project, segment, span):
            fit = take_fit(self._document, segment, take, seen)
            if fit is None:
                return None
            total, length = total + fit * float(seen.duration), length + float(seen.duration)
        return total / length if length else None

    def _keep_curve(self, making: _Making) -> None:
        curve, pieces = self._document.library.curve(CurveKey("take", making.take)), making.pieces
        if curve is None or not len(curve.times) or not all(piece.key for piece in pieces):
            return

        def work(_ticket: Ticket[None]) -> None:
            try:
                save_curve(self._curves, pieces, curve)
            except OSError as error:
                logger.warning("the curve of a take is not kept: %s", error)

        self._bridge.run(work, lambda _nothing: None)

    def _look_up_facts(self, making: _Making) -> None:
        def work(_ticket: Ticket[TakeFacts]) -> TakeFacts:
            return take_facts(open_chunks(self._chunks), making.pieces)

        def done(facts: TakeFacts) -> None:
            library = self._document.library
            state = library.take_state(making.take)
            if state.status == "done":
                known = replace(state, coverage=facts.coverage, doubtful=facts.doubtful)
                library.put_take_state(making.take, known)
                if facts.picture is not None:
                    library.put_take_picture(making.take, facts.picture)

        self._bridge.run(work, self._document.while_open(done))

    def _on_changed(self, changes: Changes) -> None:
        if changes.everything:
            self._making.clear()
            self._look_up_takes()
        elif changes.takes or changes.layout:
            kept = {take.id for segment in self._document.project.segments for take in segment.takes}
            for take in list(self._making):
                if take not in kept:  # undone, or its segment was deleted
                    self.cancel(take)

    def _look_up_takes(self) -> None:
        """Which takes of an opened project are still in the cache."""
        project = self._document.project
        takes = [
            take
            for segment in project.segments
            for take in segment.takes
            if any(piece.key for piece in take.pieces)
        ]
        if not takes:
            return

        def work(_ticket: Ticket[dict[TakeId, FoundTake]]) -> dict[TakeId, FoundTake]:
            return find_takes(open_chunks(self._chunks), self._curves, takes)

        def done(found: dict[TakeId, FoundTake]) -> None:
            library = self._document.library
            for take, each in found.items():
                library.put_take_state(take, each.state)
                if each.curve is not None:
                    library.put_curve(CurveKey("take", take), each.curve)
                if each.picture is not None:
                    library.put_take_picture(take, each.picture)

        self._bridge.run(work, self._document.while_open(done))


def joined(stretches: list[tuple[MediaId, TimeRange]]) -> list[tuple[MediaId, TimeRange]]:
    """Stretches in order, those that touch or overlap made one: an engine that starts anew tells of everything again."""
    result: list[tuple[MediaId, TimeRange]] = []
    for film, span in sorted(stretches):
        if result and result[-1][0] == film and span.start <= result[-1][1].end:
            last = result[-1][1]
            result[-1] = (film, TimeRange(last.start, max(last.end, span.end)))
        else:
            result.append((film, span))
    return result
