"""The viewer's own decoder thread: single pictures on request, and a bounded queue of them while playing.

Overflow policies, by name:

* single pictures (seeking, scrubbing): *replace* — a newer request takes the place of one not yet begun;
* the queue of a run: *wait* — the thread stops decoding while the queue is full; pictures that would be late are left
  out before they are decoded, so a slow machine shows fewer pictures but never later ones.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.base.errors import AppError, MediaError
from core.project.ids import MediaId
from ui.state.pictures import Picture
from ui.viewer.frame_provider import FrameProvider
from ui.viewer.play_plan import PlayPlan
from ui.viewer.rendering import Rendered, RenderSpec, compose, histogram

logger = logging.getLogger(__name__)

_NEAR_AFTER_S = 0.03  # a picture that comes sooner needs no other before it
_NEAR_EVERY_S = 0.12
QUEUE_PICTURES = 8
QUEUE_BYTES = 160 * 1024 * 1024  # of 4K pictures fewer than eight fit, and fewer are enough


@dataclass(frozen=True, slots=True)
class _Request:
    number: int
    time: Fraction
    picture: Picture | None
    spec: RenderSpec


@dataclass(slots=True)
class _Run:
    number: int
    plan: PlayPlan
    spec: RenderSpec
    skipped: int = 0
    is_decoded: bool = False  # the plan has come to its end


class DecoderThread(QObject):
    """Decodes on a thread of its own; `close` joins it.

    Signals (delivered on the thread that owns this object):
        rendered: (Rendered) the answer to the latest `show`.
        near_rendered: (Rendered) on the way to that answer, when it takes long: a picture from shortly before it.
        film_opened: (MediaId, FilmFacts) a film's exact clock is known.
    """

    rendered = Signal(object)
    near_rendered = Signal(object)
    film_opened = Signal(str, object)

    def __init__(self, provider: FrameProvider, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._provider = provider
        self._wake = threading.Condition()
        self._request: _Request | None = None
        self._run: _Run | None = None
        self._queue: deque[Rendered] = deque()
        self._to_open: deque[MediaId] = deque()
        self._known: set[MediaId] = set()
        self._elapsed: Callable[[], Fraction] | None = None
        self._number = 0
        self._is_closing = False
        self._thread = threading.Thread(target=self._work, name="viewer-decoder", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def open(self, film: MediaId) -> None:
        """Opens a film ahead of its first picture, so that its exact clock becomes known (`film_opened`)."""
        with self._wake:
            if film not in self._known and film not in self._to_open:
                self._to_open.append(film)
                self._wake.notify()

    def forget(self, film: MediaId) -> None:
        """The film was relinked: what is known of it does not hold any more."""
        with self._wake:
            self._known.discard(film)

    def show(self, time: Fraction, picture: Picture | None, spec: RenderSpec) -> int:
        """Asks for one picture, in place of any earlier request; returns the request's number. Ends a run."""
        with self._wake:
            self._end_run()
            self._number += 1
            self._request = _Request(self._number, time, picture, spec)
            self._wake.notify()
            return self._number

    def play(self, plan: PlayPlan, spec: RenderSpec) -> int:
        """Starts to fill the queue with a run's pictures; returns the run's number."""
        with self._wake:
            self._end_run()
            self._request = None
            self._number += 1
            self._run = _Run(self._number, plan, spec)
            self._wake.notify()
            return self._number

    def set_clock(self, elapsed: Callable[[], Fraction] | None) -> None:
        """The clock of the run, from the moment it goes; tells which pictures would come too late. Thread-safe one."""
        with self._wake:
            self._elapsed = elapsed

    def respec(self, spec: RenderSpec) -> None:
        """Pictures of the run are made ready like this from now on (those in the queue stay as they are)."""
        with self._wake:
            if self._run is not None:
                self._run.spec = spec

    def stop(self) -> None:
        """Ends the run and empties the queue."""
        with self._wake:
            self._end_run()

    def take_due(self, elapsed: Fraction) -> tuple[Rendered | None, int]:
        """(the latest queued picture due at `elapsed`, how many earlier ones had to be dropped)."""
        due: Rendered | None = None
        dropped = 0
        with self._wake:
            while self._queue and self._queue[0].elapsed is not None and self._queue[0].elapsed <= elapsed:
                dropped += due is not None
                due = self._queue.popleft()
            if due is not None:
                self._wake.notify()
        return due, dropped

    @property
    def queued(self) -> int:
        """Pictures that wait in the queue."""
        return len(self._queue)

    @property
    def skipped(self) -> int:
        """Pictures of the current run left out because they would have been late."""
        run = self._run
        return run.skipped if run is not None else 0

    @property
    def is_run_decoded(self) -> bool:
        """Whether the run's last picture is in the queue or beyond it."""
        run = self._run
        return run is not None and run.is_decoded

    def close(self) -> None:
        """Ends the thread and waits for it; may be called twice."""
        if "_wake" not in self.__dict__:
            return  # a viewer that is collected tells us after the collector has emptied us: the thread ended before
        with self._wake:
            self._is_closing = True
            self._end_run()
            self._request = None
            self._wake.notify()
        self._thread.join()

    def _end_run(self) -> None:
        self._run = None
        self._elapsed = None
        self._queue.clear()

    # Everything below runs on the decoder thread.

    def _work(self) -> None:
        try:
            while self._work_once():
                pass
        finally:
            self._provider.close()

    def _work_once(self) -> bool:
        """Does the most urgent piece of work; False when the thread is to end."""
        with self._wake:
            self._wake.wait_for(self._has_work)
            if self._is_closing:
                return False
            request, self._request = self._request, None
            film = self._to_open.popleft() if request is None and self._to_open else None
            run = self._run if request is None and film is None else None
        try:
            if request is not None:
                self._answer(request)
            elif film is not None:
                self._open(film)
            elif run is not None:
                self._advance(run)
        except Exception:
            logger.exception("a picture could not be made ready")
            with self._wake:
                if run is not None and self._run is run:
                    run.is_decoded = True
        return True

    def _has_work(self) -> bool:
        if self._is_closing or self._request is not None or self._to_open:
            return True
        return self._run is not None and not self._run.is_decoded and not self._is_full()

    def _is_full(self) -> bool:
        if len(self._queue) < 2:
            return False
        held = sum(each.image.sizeInBytes() for each in self._queue if each.image is not None)
        return len(self._queue) >= QUEUE_PICTURES or held > QUEUE_BYTES

    def _advance(self, run: _Run) -> None:
        clock = self._elapsed
        if clock is not None:
            run.skipped += run.plan.skip_to(clock())
        due = run.plan.next()
        if due is None:
            with self._wake:
                run.is_decoded = True
            return
        rendered = self._render(run.number, due.time, due.picture, run.spec, due.elapsed)
        with self._wake:
            if self._run is run:
                self._queue.append(rendered)

    def _answer(self, request: _Request) -> None:
        """Shows the way to a picture far from its key frame, and leaves it when a newer request waits."""
        picture, begun = request.picture, time.perf_counter()
        next_near = begun + _NEAR_AFTER_S

        def passing(near: Callable[[], np.ndarray]) -> bool:
            nonlocal next_near
            if request.number != self._number:
                return False
            if time.perf_counter() >= next_near and request.spec.mode in ("result", "source"):
                spec = replace(request.spec, mode="source", with_mask=False)
                image, _, _ = compose(near(), None, None, spec)
                self.near_rendered.emit(Rendered(request.number, request.time, picture, image=image))
                next_near = time.perf_counter() + _NEAR_EVERY_S
            return True

        try:
            if picture is not None and not self._provider.approach(picture, passing):
                return
        except (AppError, OSError, MemoryError, IndexError):
            pass  # said by what follows, which meets the same
        self._emit(self._render(request.number, request.time, picture, request.spec, None))

    def _render(
        self, number: int, time: Fraction, picture: Picture | None, spec: RenderSpec, elapsed: Fraction | None
    ) -> Rendered:
        if picture is None:
            return Rendered(number, time, None, elapsed)
        try:
            self._open(picture.film)
            source = self._provider.source_rgb(picture)
            result = (
                self._provider.result_rgb(picture, rivals=spec.shows_rivals) if spec.mode != "source" else None
            )
            against = (
                self._provider.result_rgb(picture, rivals=not spec.shows_rivals)
                if spec.has_rivals and spec.mode in ("wipe", "side")
                else None
            )
            needs_mask = spec.with_mask or spec.mode == "mask"
            mask = self._provider.mask(picture) if needs_mask else None
            image, under, overlay = compose(source, result, mask, spec, against)
        except AppError as error:
            return Rendered(number, time, picture, elapsed, error=error)
        except (OSError, MemoryError, IndexError) as error:
            logger.exception("picture %d of %s", picture.frame, picture.film)
            failure = MediaError(f"Frame {picture.frame} cannot be shown: {error}.")
            return Rendered(number, time, picture, elapsed, error=failure)
        size = (source.shape[1], source.shape[0])
        bins = histogram(source if result is None else result) if spec.with_histogram else None
        has_result = result is not None
        return Rendered(number, time, picture, elapsed, image, under, overlay, size, has_result, bins)

    def _open(self, film: MediaId) -> None:
        if film in self._known:
            return
        try:
            facts = self._provider.facts(film)
        except AppError as error:
            logger.info("%s cannot be opened: %s", film, error)
            return
        self._known.add(film)
        self.film_opened.emit(film, facts)

    def _emit(self, rendered: Rendered) -> None:
        with self._wake:
            is_latest = rendered.run == self._number
        if is_latest:
            self.rendered.emit(rendered)
