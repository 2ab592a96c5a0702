"""The first layers of OpenAI Whisper's encoder as an ear: 50 features a second, the same however the voice is asked for.

Whisper looks at a whole recording at once. Here a voice is worked off in fixed blocks counted from its first sample, each
heard with a second of sound on either side and silence outside the voice; so a step's features depend on the sound of its
own block and that second, and on nothing else. Whisper's mel is also levelled by the loudest moment of the recording; here
by `LOUDEST`, the same for all. Runs without torch.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from core.base.models import model_files
from core.base.onnx_network import open_network
from core.base.stages import stage
from core.speech.encoder import NETWORK_THREADS
from core.speech.mel import SAMPLE_RATE, MelSettings, mel_filters

STEP_RATE = 50
"""Steps per second; step j is centred on j / 50 s."""
BLOCK_STEPS = 500
"""Steps of a block (10 s)."""
MARGIN_STEPS = 50
"""Steps heard on either side of a block."""
LOUDEST = 1.5
"""log10 of the power of speech's loudest moments: Whisper's floor lies 8 below it (median over the training people)."""

WHISPER_MEL = MelSettings(hop=160, window=400, fft=400, bands=80, lowest=0.0, highest=8000.0, preemphasis=0.0)
_MELS_PER_STEP = 2
_RANGE = 8.0
_BLOCKS_KEPT = 16  # of what was heard last, 1.2 MB each: nearly three minutes


def step_count(samples: int) -> int:
    """Steps of a voice of so many samples at 16 kHz: those centred within it."""
    return -(-samples * STEP_RATE // SAMPLE_RATE)


def whisper_mel(voice: np.ndarray, first: int, count: int) -> np.ndarray:
    """Columns first … first + count − 1 at 100 a second, which may lie outside the voice (silence there): (80, count).

    Column k is centred on sample 160 k, as in Whisper; values are Whisper's but for the loudest moment (see `LOUDEST`).
    """
    return _mel_of(_sound_of(voice, first, count))


def _sound_of(voice: np.ndarray, first: int, count: int) -> np.ndarray:
    """The samples that those columns are made of, silence outside the voice."""
    settings = WHISPER_MEL
    start = first * settings.hop - settings.window // 2
    stop = start + (count - 1) * settings.hop + settings.window
    sound = np.zeros(stop - start, np.float32)
    low, high = max(start, 0), min(stop, len(voice))
    if high > low:
        sound[low - start : high - start] = voice[low:high]
    return sound


def _mel_of(sound: np.ndarray) -> np.ndarray:
    settings = WHISPER_MEL
    windows = np.lib.stride_tricks.sliding_window_view(sound, settings.window)[:: settings.hop]
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(settings.window) / settings.window)).astype(np.float32)
    power = np.abs(np.fft.rfft(windows * hann)).astype(np.float32) ** 2
    mel = np.log10(np.maximum(power @ mel_filters(settings).T, 1e-10))
    return ((np.maximum(mel, LOUDEST - _RANGE) + 4.0) / 4.0).T.astype(np.float32)


class WhisperEar:
    """A cut Whisper encoder, ready to listen."""

    block_steps = BLOCK_STEPS
    first_s = 0.0

    def __init__(self, path: Path) -> None:
        self._session = open_network(path, threads=NETWORK_THREADS)
        self._kept: OrderedDict[bytes, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()
        self.width = int(self._session.get_outputs()[0].shape[2])

    @stage("hearing")
    def block(self, voice: np.ndarray, number: int) -> np.ndarray:
        """Features of block `number` with its margins: (`MARGIN_STEPS` + `BLOCK_STEPS` + `MARGIN_STEPS`, width) float32.

        Read-only. Row j is step ``number * BLOCK_STEPS - MARGIN_STEPS + j``, which may lie outside the voice.
        """
        first = (number * BLOCK_STEPS - MARGIN_STEPS) * _MELS_PER_STEP
        sound = _sound_of(voice, first, (BLOCK_STEPS + 2 * MARGIN_STEPS) * _MELS_PER_STEP)
        # Motion and each score ask for the same voices.
        key = hashlib.blake2b(sound.tobytes(), digest_size=16).digest()
        with self._lock:
            heard = self._kept.pop(key, None)
            if heard is None:
                heard = self._session.run(None, {"mel": _mel_of(sound)[None]})[0][0]
                heard.flags.writeable = False
            self._kept[key] = heard
            while len(self._kept) > _BLOCKS_KEPT:
                self._kept.popitem(last=False)
        return heard

    def heard(self, voice: np.ndarray, number: int, reach: int) -> dict[str, np.ndarray]:
        """What the motion network takes for block `number` and `reach` steps on either side, by input: (1, S, …) each."""
        around = self.block(voice, number)[MARGIN_STEPS - reach : MARGIN_STEPS + BLOCK_STEPS + reach]
        return {"features": around[None]}

    def features_of_short(self, voice: np.ndarray) -> np.ndarray:
        """As `features`, a last block being cut a margin after the voice ends: for many short voices, as training has them."""
        total, parts = step_count(len(voice)), []
        for first in range(0, total, BLOCK_STEPS):
            keep = min(BLOCK_STEPS, total - first)
            steps = keep + 2 * MARGIN_STEPS
            mel = whisper_mel(voice, (first - MARGIN_STEPS) * _MELS_PER_STEP, steps * _MELS_PER_STEP)
            parts.append(
                self._session.run(None, {"mel": mel[None]})[0][0, MARGIN_STEPS : MARGIN_STEPS + keep]
            )
        return np.concatenate(parts) if parts else np.zeros((0, self.width), np.float32)

    def blocks(self, voice: np.ndarray) -> Iterator[np.ndarray]:
        """The features of the whole voice in order, `BLOCK_STEPS` at a time, the last block shorter."""
        total = step_count(len(voice))
        for number in range(-(-total // BLOCK_STEPS)):
            keep = min(BLOCK_STEPS, total - number * BLOCK_STEPS)
            yield self.block(voice, number)[MARGIN_STEPS : MARGIN_STEPS + keep]

    def features(self, voice: np.ndarray) -> np.ndarray:
        """The features of a voice ((N,) float32 mono 16 kHz): (step_count(N), width) float32, 50 a second."""
        parts = list(self.blocks(voice))
        return np.concatenate(parts) if parts else np.zeros((0, self.width), np.float32)


@cache
def whisper_ear() -> WhisperEar:
    """The shipped ear.

    Raises:
        ModelError: its file is missing or damaged.
    """
    return WhisperEar(model_files("whisper-encoder")[0])
