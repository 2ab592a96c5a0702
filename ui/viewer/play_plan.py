"""The order of pictures in one run of playback, each with the moment it is due. Pure and exact: nothing can drift."""

from dataclasses import dataclass
from fractions import Fraction

from core.base.timing import TimeRange
from ui.state.pictures import Picture, PictureList


@dataclass(frozen=True, slots=True)
class Due:
    """`picture` (None: a gap, shown black) is to be shown from `elapsed` seconds after the start of the run on."""

    elapsed: Fraction
    time: Fraction
    picture: Picture | None


class PlayPlan:
    """One run of playback from `start` at `speed` (negative: backwards), repeating `loop` when given.

    Positions are computed from the time elapsed, never summed up. A start outside the loop begins at the loop's near
    end. Not shared between threads: `position` is pure, `next` and `skip_to` belong to the decoder.
    """

    def __init__(
        self,
        pictures: PictureList,
        start: Fraction,
        speed: Fraction,
        *,
        end: Fraction,
        loop: TimeRange | None = None,
        min_interval: Fraction = Fraction(1, 60),
    ) -> None:
        if speed == 0:
            raise ValueError("a run of playback needs a speed other than 0")
        self._pictures = pictures
        self._loop = loop if loop is not None and loop.duration > 0 else None
        if self._loop is not None and not self._loop.start <= start <= self._loop.end:
            start = self._loop.start if speed > 0 else self._loop.end
        self._bounds = self._loop or TimeRange(Fraction(0), max(end, start))
        self.start = start
        self.speed = speed
        self._min_interval = min_interval
        self._next: Fraction | None = Fraction(0)  # elapsed at which the next picture is due

    @property
    def finish(self) -> Fraction | None:
        """Elapsed seconds at which the run comes to its end; None when it loops for ever."""
        if self._loop is not None:
            return None
        limit = self._bounds.end if self.speed > 0 else self._bounds.start
        return (limit - self.start) / self.speed

    @property
    def loop_end(self) -> Fraction | None:
        """Where a loop jumps back; None without one."""
        return self._loop.end if self._loop is not None else None

    def position(self, elapsed: Fraction) -> Fraction:
        """Timeline time after `elapsed` seconds, in the loop or held at the end."""
        t = self.start + elapsed * self.speed
        low, high = self._bounds.start, self._bounds.end
        if self._loop is None:
            return min(max(t, low), high)
        if self.speed > 0:
            return low + (t - low) % (high - low)
        return high - (high - t) % (high - low)

    def next(self) -> Due | None:
        """The next picture in order, or None at the end of the run."""
        if self._next is None:
            return None
        elapsed = self._next
        finish = self.finish
        if finish is not None and elapsed >= finish:
            self._next = None
            return None
        t = self.position(elapsed)
        shown = self._shown_at(t)
        following = elapsed + self._until_change(t)
        if following - elapsed < self._min_interval:  # faster than a screen can show: leave pictures out
            following = elapsed + self._min_interval
        self._next = following
        return Due(elapsed, t, shown)

    def skip_to(self, elapsed: Fraction) -> int:
        """Leaves out pictures that would be over before `elapsed`; returns how many were left out."""
        skipped = 0
        while self._next is not None:
            t = self.position(self._next)
            after = self._next + max(self._until_change(t), self._min_interval)
            if after > elapsed:
                break
            self._next = after
            skipped += 1
        return skipped

    def _shown_at(self, t: Fraction) -> Picture | None:
        if self.speed < 0:  # going backwards, a boundary belongs to the picture before it
            before = self._pictures.boundary_before(t)
            return self._pictures.at(before) if before is not None else self._pictures.at(t)
        return self._pictures.at(t)

    def _until_change(self, t: Fraction) -> Fraction:
        """Elapsed seconds from position `t` until another picture is due."""
        if self.speed > 0:
            boundary = self._pictures.boundary_after(t)
            boundary = self._bounds.end if boundary is None else min(boundary, self._bounds.end)
            if boundary <= t:
                boundary = self._bounds.end if t < self._bounds.end else t + self._min_interval * self.speed
        else:
            before = self._pictures.boundary_before(t)
            boundary = self._bounds.start if before is None else max(before, self._bounds.start)
            if boundary >= t:
                boundary = t + self._min_interval * self.speed
        return (boundary - t) / self.speed
