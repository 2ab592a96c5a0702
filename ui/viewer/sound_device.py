"""The computer's sound device by miniaudio: asks for samples on a thread of its own and knows which of them were heard."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence

import miniaudio
import numpy as np

from ui.viewer.sound_format import CHANNELS, RATE

logger = logging.getLogger(__name__)

# Three periods of 50 ms lie ready in the device: as long may Python be busy without a gap. What is asked for is heard two periods
# later: measured with PulseAudio's own recorder, the clock is then 11 to 28 ms behind the sound.
_PERIOD_MS, _PERIODS = 50, 3
_LATENCY_MS = 2 * _PERIOD_MS
REAL = tuple(backend for backend in miniaudio.Backend if backend != miniaudio.Backend.NULL)


def has_device(backends: Sequence[miniaudio.Backend] = REAL) -> bool:
    """Whether the system has something to play sound on."""
    try:
        return bool(miniaudio.Devices(list(backends)).get_playbacks())
    except miniaudio.MiniaudioError:
        return False


class SoundDevice:
    """Plays what `take` hands out, and silence while it has nothing.

    Args:
        take: at most so many samples, (n, 2) int16; None when nothing is ready. Called on the device's thread.
        volume: linear.
        backends: ways to a device, the first that works is taken.

    Raises:
        miniaudio.MiniaudioError: no device can be opened.
    """

    def __init__(
        self,
        take: Callable[[int], np.ndarray | None],
        volume: float,
        backends: Sequence[miniaudio.Backend] = REAL,
    ) -> None:
        self.volume = volume
        self._take = take
        self._lock = threading.Lock()
        self._asked = self._given = self._heard = 0  # samples: with silence, without, and without those still to be played
        self._underway: deque[tuple[int, int]] = deque()  # asked and given after each call that may not be heard yet
        self._device = miniaudio.PlaybackDevice(
            miniaudio.SampleFormat.SIGNED16, CHANNELS, RATE, _PERIOD_MS, callback_periods=_PERIODS,
            backends=list(backends), app_name="UniSync Studio",
        )  # fmt: skip
        self._latency = _LATENCY_MS * RATE // 1000
        source = self._samples()
        next(source)
        self._device.start(source)

    def played_us(self) -> int:
        """How much of what was handed out has been heard, in microseconds."""
        with self._lock:
            return self._heard * 1_000_000 // RATE

    def close(self) -> None:
        """Silence; the device's thread is joined."""
        self._device.close()

    def _samples(self) -> Generator[bytes, int, None]:
        wanted = yield b""
        while True:
            wanted = yield self._block(wanted).tobytes()

    def _block(self, wanted: int) -> np.ndarray:
        block = np.zeros((wanted, CHANNELS), np.int16)
        filled = 0
        while filled < wanted and (piece := self._take(wanted - filled)) is not None:
            block[filled : filled + len(piece)] = piece
            filled += len(piece)
        with self._lock:
            self._asked += wanted
            self._given += filled
            self._underway.append((self._asked, self._given))
            while self._underway and self._underway[0][0] <= self._asked - self._latency:
                self._heard = self._underway.popleft()[1]
        return block if self.volume == 1 else (block * np.float32(self.volume)).astype(np.int16)
