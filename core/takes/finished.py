"""Frames with their lips laid in, in order, several at a time; while the later lips are still being made, if need be."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from core.jobs.cancel import CancelToken
from core.jobs.events import ChunkReady, Event, JobId, Note, Progress
from core.jobs.spread import spread
from core.jobs.steps import stepwise
from core.media.reader import DecodedFrame
from core.takes.compositor import Compositor, Layer
from core.takes.takes import TakeMaker

_AHEAD = 8  # events by which lips may be ahead of those who lay them in: about three chunks

Look = Callable[[DecodedFrame], None]


class FinishedFrames:
    """Lays lips that are all made into frames.

    Args:
        compositor: does it.
        look: is given each finished frame, on any thread.
    """

    def __init__(self, compositor: Compositor, look: Look | None = None) -> None:
        self._compositor, self._look = compositor, look

    def of(self, frames: Iterable[DecodedFrame]) -> Iterator[DecodedFrame]:
        """`frames` with their lips, in the same order."""
        return spread(self._finish, frames)

    @property
    def is_made(self) -> bool:
        """Whether no lips are waited for any more."""
        return True

    def told(self) -> Iterator[Event]:
        """How far the lips are, where that was not told yet."""
        yield from ()

    def _finish(self, decoded: DecodedFrame) -> DecodedFrame:
        finished = self._compositor.frame(decoded)
        if self._look is not None:
            self._look(finished)
        return finished


class FramesUnderWay(FinishedFrames):
    """Lays lips into frames while they are being made on a thread of their own. Close it.

    Args:
        compositor: see `FinishedFrames`.
        maker: makes the lips.
        layers: of its pieces.
        job: for its events.
        token: cancels it.
        look: see `FinishedFrames`.
    """

    def __init__(
        self,
        compositor: Compositor,
        maker: TakeMaker,
        layers: Sequence[Layer],
        job: JobId,
        token: CancelToken,
        look: Look | None = None,
    ) -> None:
        super().__init__(compositor, look)
        self._layers = layers
        self._ready: dict[str, int] = {}  # one past the last frame that is made, by key
        self._events: deque[Event] = deque()
        self._began = self._ended = time.monotonic()

        def make(stop: CancelToken, tell: Callable[[Event], None]) -> None:
            for event in maker.make(job, token):
                self._ended = time.monotonic()
                tell(event)
                stop.check()

        self._making = stepwise("make-lips", make, ahead=_AHEAD)

    def close(self) -> None:
        """Ends the making."""
        self._making.close()

    def of(self, frames: Iterable[DecodedFrame]) -> Iterator[DecodedFrame]:
        """`frames` with their lips, in the same order; waits for lips that are not made yet."""
        return super().of(self._waited_for(frames))

    @property
    def is_made(self) -> bool:
        """Whether no lips are waited for any more."""
        return all(self._ready.get(layer.key, 0) >= layer.frames.stop for layer in self._layers)

    @property
    def seconds(self) -> float:
        """How long the lips took."""
        return self._ended - self._began

    def told(self) -> Iterator[Event]:
        """How far the lips are, where that was not told yet."""
        while self._events:
            yield self._events.popleft()

    def finish(self) -> Iterator[Event]:
        """Waits for the last lips; tells how far they are unless that is known."""
        is_known = self.is_made
        while self._next():
            told = list(self.told())
            yield from () if is_known else told

    def _next(self) -> bool:
        """Waits for the next event; False when there is none."""
        event = next(self._making, None)
        if isinstance(event, ChunkReady):
            self._ready[event.key] = event.end_frame
        elif isinstance(event, Progress | Note):
            self._events.append(event)
        return event is not None

    def _waited_for(self, frames: Iterable[DecodedFrame]) -> Iterator[DecodedFrame]:
        for decoded in frames:
            while any(
                decoded.number in layer.frames and self._ready.get(layer.key, 0) <= decoded.number
                for layer in self._layers
            ):
                if not self._next():
                    break  # what is missing is found to be lost
            yield decoded
