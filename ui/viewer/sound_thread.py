"""Reads and mixes sound ahead of playback on a thread of its own. Its queue's overflow policy is *wait*."""

import logging
import threading
from collections import deque
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from core.delivery.mix import Mix
from ui.viewer.play_plan import PlayPlan
from ui.viewer.sound_format import RATE

logger = logging.getLogger(__name__)

BLOCK = 2400  # samples, 50 ms
QUEUE_BLOCKS = 20  # one second ahead
_SCRUB_SAMPLES = 3840  # 80 ms: two frames, enough to hear which sound it is


@dataclass(slots=True)
class _Run:
    mixer: Mix
    plan: PlayPlan | None
    start: int  # timeline sample of a scrub, where there is no plan
    left: int | None  # samples still to make; None without end
    made: int = 0


class SoundThread:
    """Fills a queue of int16 stereo blocks for one run at a time; `close` joins it."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._run: _Run | None = None
        self._current: _Run | None = None  # whose files are open; of the sound thread only
        self._queue: deque[np.ndarray] = deque()
        self._is_closing = False
        self._thread = threading.Thread(target=self._work, name="viewer-sound", daemon=True)
        self._thread.start()

    def play(self, mixer: Mix, plan: PlayPlan) -> None:
        """Makes the sound of `plan`, which runs at speed 1."""
        finish = plan.finish
        self._begin(_Run(mixer, plan, 0, None if finish is None else round(finish * RATE)))

    def scrub(self, mixer: Mix, t: Fraction) -> None:
        """Makes a moment of sound at `t`."""
        self._begin(_Run(mixer, None, round(t * RATE), _SCRUB_SAMPLES))

    def stop(self) -> None:
        """Ends the run and empties the queue."""
        with self._wake:
            self._run = None
            self._queue.clear()
            self._wake.notify()

    def take(self, most_samples: int) -> np.ndarray | None:
        """(n, 2) int16, at most `most_samples` of the oldest block; None when nothing is ready."""
        with self._wake:
            if not self._queue or most_samples <= 0:
                return None
            block = self._queue.popleft()
            if len(block) > most_samples:
                self._queue.appendleft(block[most_samples:])
                block = block[:most_samples]
            self._wake.notify()
            return block

    @property
    def queued(self) -> int:
        """Blocks that wait."""
        return len(self._queue)

    @property
    def is_finished(self) -> bool:
        """Whether the run's last block was made."""
        run = self._run
        return run is None or run.left == 0

    def close(self) -> None:
        """Ends the thread and waits for it; may be called twice."""
        with self._wake:
            self._is_closing = True
            self._wake.notify()
        self._thread.join()

    def _begin(self, run: _Run) -> None:
        with self._wake:
            self._run = run
            self._queue.clear()
            self._wake.notify()

    def _work(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(self._has_work)
                run = None if self._is_closing else self._run
            if self._current is not None and self._current is not run:
                self._current.mixer.close()
            self._current = run
            if run is None:
                if self._is_closing:
                    return
                continue
            try:
                block = self._next_block(run)
            except Exception:
                logger.exception("sound could not be made")
                run.left = 0
                continue
            with self._wake:
                if self._run is run:
                    self._queue.append(block)

    def _has_work(self) -> bool:
        if self._is_closing or self._run is not self._current:
            return True
        return self._run is not None and self._run.left != 0 and len(self._queue) < QUEUE_BLOCKS

    def _next_block(self, run: _Run) -> np.ndarray:
        count = BLOCK if run.left is None else min(BLOCK, run.left)
        pieces = []
        missing = count
        while missing > 0:
            start, most = self._place(run)
            taken = min(missing, most)
            pieces.append(run.mixer.block(start, taken))
            run.made += taken
            missing -= taken
        if run.left is not None:
            run.left -= count
        return (np.concatenate(pieces) * 32767).astype(np.int16)

    def _place(self, run: _Run) -> tuple[int, int]:
        """(timeline sample of the next one to make, how many follow before a loop jumps back)."""
        if run.plan is None:
            return run.start + run.made, _SCRUB_SAMPLES
        start = round(run.plan.position(Fraction(run.made, RATE)) * RATE)
        end = run.plan.loop_end
        return start, max(round(end * RATE) - start, 1) if end is not None else BLOCK
