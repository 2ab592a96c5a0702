"""Our own speech encoder: 50 features a second that know which phone sounds, a drop-in for HuBERT. No torch.

Step i covers mel frames 2 i and 2 i + 1 and is centred on `step_times`. A feature depends on ± `REACH_STEPS` steps of sound
only, and a voice is always worked off in the same blocks counted from its first sample, so that the features of a step are
bit for bit the same whichever steps are asked for.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from core.base.errors import ModelError
from core.base.models import user_data_dir
from core.base.onnx_network import open_network
from core.speech.mel import FINE_MEL, frame_count, mel_frames

ENCODER_FILE = "speech-encoder.onnx"
STEP_RATE = 50
"""Steps per second."""
REACH_STEPS = 21
"""Steps on either side that a feature hears."""
BLOCK_STEPS = 512
"""Steps worked off at once (10.24 s)."""
NETWORK_THREADS = 2
"""For each network that hears or moves."""

_MELS_PER_STEP = 2
_CENTRE_S = 0.005  # the middle of two mel frames 10 ms apart


def step_count(samples: int) -> int:
    """Steps of a voice of so many samples at 16 kHz."""
    return frame_count(samples, FINE_MEL) // _MELS_PER_STEP


def step_times(count: int) -> np.ndarray:
    """(count,) float64 seconds at which the steps are centred, on the voice's clock."""
    return np.arange(count) / STEP_RATE + _CENTRE_S


def mel_of_steps(voice: np.ndarray, first: int, count: int) -> np.ndarray:
    """The encoder's input for steps first … first + count − 1, which may lie outside the voice: (2 count, 80)."""
    return mel_frames(voice, first * _MELS_PER_STEP, count * _MELS_PER_STEP, FINE_MEL)


def sample_at(times: np.ndarray, values: np.ndarray, first_s: float = _CENTRE_S) -> np.ndarray:
    """Step values (S, D) at `times` ((F,) seconds), cubic between steps, held beyond the ends: (F, D) float32.

    Step 0 is centred on `first_s` (by default where this module's encoder has it).

    Lips move below 12 Hz and steps come at 50 Hz, so Catmull-Rom between them loses nothing that was there.
    """
    if len(values) == 0:
        return np.zeros((len(times), values.shape[1]), np.float32)
    position = np.clip((np.asarray(times, np.float64) - first_s) * STEP_RATE, 0, len(values) - 1)
    index = np.minimum(position.astype(int), max(len(values) - 2, 0))
    share = (position - index)[:, None]
    before, here, after, beyond = (
        values[np.clip(index + offset, 0, len(values) - 1)] for offset in (-1, 0, 1, 2)
    )
    cubic = (
        here
        + 0.5 * share * (after - before)
        + 0.5 * share**2 * (2 * before - 5 * here + 4 * after - beyond)
        + 0.5 * share**3 * (3 * here - before - 3 * after + beyond)
    )
    return cubic.astype(np.float32)


class SpeechEncoder:
    """The trained encoder, ready to listen."""

    block_steps = BLOCK_STEPS
    first_s = _CENTRE_S

    def __init__(self, path: Path) -> None:
        self._session = open_network(path, threads=NETWORK_THREADS)
        self.width = int(self._session.get_outputs()[0].shape[2])
        self.classes = int(self._session.get_outputs()[1].shape[2])

    def block(self, voice: np.ndarray, first: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Features (count, width) and viseme logits (count, classes) of any run of steps, silence outside the voice."""
        return self.of_mel(mel_of_steps(voice, first - REACH_STEPS, count + 2 * REACH_STEPS))

    def of_mel(self, mel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features and viseme logits of the steps that `mel` (2 (S + 2 `REACH_STEPS`), 80) has the whole reach of: S of each."""
        features, logits = self._session.run(None, {"mel": mel[None]})
        inner = slice(REACH_STEPS, features.shape[1] - REACH_STEPS)
        return features[0, inner], logits[0, inner]

    def heard(self, voice: np.ndarray, number: int, reach: int) -> dict[str, np.ndarray]:
        """What the motion network takes for block `number` and `reach` steps on either side, by input: (1, S, …) each."""
        features, logits = self.block(voice, number * BLOCK_STEPS - reach, BLOCK_STEPS + 2 * reach)
        return {"features": features[None], "visemes": logits[None]}

    def blocks(self, voice: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Features and viseme logits of the whole voice in order, `BLOCK_STEPS` at a time, the last one shorter."""
        total = step_count(len(voice))
        for first in range(0, total, BLOCK_STEPS):
            features, logits = self.block(voice, first, BLOCK_STEPS)
            keep = min(BLOCK_STEPS, total - first)
            yield features[:keep], logits[:keep]

    def features(self, voice: np.ndarray) -> np.ndarray:
        """The features of a voice ((N,) float32 mono 16 kHz): (step_count(N), width) float32, 50 a second."""
        parts = [features for features, _ in self.blocks(voice)]
        return np.concatenate(parts) if parts else np.zeros((0, self.width), np.float32)

    def visemes(self, voice: np.ndarray) -> np.ndarray:
        """Probability of each viseme class (`core.motion.viseme.Viseme`) at each step: (step_count(N), classes)."""
        parts = [logits for _, logits in self.blocks(voice)]
        logits = np.concatenate(parts) if parts else np.zeros((0, self.classes), np.float32)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
        return (powers / powers.sum(1, keepdims=True)).astype(np.float32)


def open_encoder(path: Path) -> SpeechEncoder:
    """The encoder in an ONNX file that a motion training with `"ear": "own"` exported.

    Raises:
        ModelError: it is missing.
    """
    if not path.is_file():
        raise ModelError(
            f"Our own speech encoder does not come with the program, and {path} is missing.",
            hint='Train one: “unisync lab train motion” with "ear": "own" writes it beside its network.',
        )
    return SpeechEncoder(path)


@cache
def speech_encoder() -> SpeechEncoder:
    """The user's encoder, which scorers of the kind ``…-own`` hear with.

    Raises:
        ModelError: there is none.

    """
    return open_encoder(user_data_dir() / "models" / ENCODER_FILE)
