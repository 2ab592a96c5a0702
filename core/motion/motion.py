"""Speech → the movement of an average mouth, at any timestamps. Runs without torch.

`core.motion.retarget` gives the result to a particular person.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core.base.models import model_files
from core.motion.shape import MEASURES, ShapeModel, measures, shape_model
from core.motion.viseme import Viseme
from core.speech.encoder import (
    BLOCK_STEPS,
    SpeechEncoder,
    open_session,
    sample_at,
    speech_encoder,
    step_count,
)

DECODER_REACH = 20
"""Steps on either side that the motion decoder sees of the encoder's features."""


@dataclass(frozen=True, slots=True, eq=False)
class MotionTrajectory:
    """How an average person's mouth says something.

    Attributes:
        times: (F,) float64 seconds on the voice's clock.
        coefs: (F, K) float32 person-free shape coefficients, 0 = at rest.
        opening: (F,) float32, 0 closed … 1 as wide as the average speaker opens (4th to 97th percentile of speech).
        width: (F,) float32, likewise from narrow to spread.
        rounding: (F,) float32, likewise from flat to round.
        closure: (F,) float32 in 0..1, probability that the lips touch (p, b, m, or at rest between words).
        bilabial: (F,) float32 in 0..1, probability that a p, b or m sounds.
        labiodental: (F,) float32 in 0..1, probability that an f or v sounds.
        speech: (F,) float32 in 0..1, probability that there is speech.

    """

    times: np.ndarray
    coefs: np.ndarray
    opening: np.ndarray
    width: np.ndarray
    rounding: np.ndarray
    closure: np.ndarray
    bilabial: np.ndarray
    labiodental: np.ndarray
    speech: np.ndarray


class MotionModel:
    """The trained motion network behind its speech encoder."""

    def __init__(self, encoder: SpeechEncoder, path: Path, shapes: ShapeModel) -> None:
        self._encoder = encoder
        self._session = open_session(path)
        self.shapes = shapes
        facts: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
        # 4th and 97th percentile of each measure over speech of the training people, played on the average face, and what
        # brings each coefficient's movement to its natural size
        self._low, self._high, self._gain = (
            np.array(json.loads(facts[name]), np.float32) for name in ("low", "high", "gain")
        )

    def steps(self, voice: np.ndarray, first: int, stop: int) -> np.ndarray:
        """The network's outputs for the blocks that hold steps `first` … `stop` − 1: (stop − first, K + 4).

        Columns: K coefficients, then probabilities of speech, contact, bilabial and labiodental.
        """
        parts = []
        for block in range(first // BLOCK_STEPS, max(stop - 1, first) // BLOCK_STEPS + 1):
            start = block * BLOCK_STEPS
            features, logits = self._encoder.block(
                voice, start - DECODER_REACH, BLOCK_STEPS + 2 * DECODER_REACH
            )
            coefs, speech, contact = self._session.run(
                None, {"features": features[None], "visemes": logits[None]}
            )
            powers = np.exp(logits - logits.max(1, keepdims=True))
            visemes = powers / powers.sum(1, keepdims=True)
            columns = [
                coefs[0] * self._gain,
                _sigmoid(speech[0])[:, None],
                _sigmoid(contact[0])[:, None],
                visemes[:, [Viseme.BILABIAL, Viseme.LABIODENTAL]],
            ]
            inner = np.concatenate(columns, axis=1)[DECODER_REACH : DECODER_REACH + BLOCK_STEPS]
            parts.append(inner[max(first - start, 0) : min(stop - start, BLOCK_STEPS)])
        return np.concatenate(parts).astype(np.float32)

    def predict(self, voice: np.ndarray, times: np.ndarray) -> MotionTrajectory:
        """The mouth's movement at `times` while `voice` is said.

        Args:
            voice: (N,) float32 mono 16 kHz; sample 0 is time 0.
            times: (F,) rising seconds, at any rate and as few as wanted: a time's result does not depend on the others.
                Beyond the voice the mouth is as in silence.

        """
        times = np.asarray(times, np.float64)
        size = self.shapes.size
        if len(times) == 0:
            return self._trajectory(times, np.zeros((0, size + 4), np.float32))
        total = max(step_count(len(voice)), 1)
        # Two steps more than needed on either side for the cubic between steps.
        first = int(np.clip(np.floor(times[0] * 50) - 2, 0, total - 1))
        stop = int(np.clip(np.ceil(times[-1] * 50) + 3, first + 1, total))
        values = self.steps(voice, first, stop)
        return self._trajectory(times, sample_at(times - first / 50, values))

    def _trajectory(self, times: np.ndarray, values: np.ndarray) -> MotionTrajectory:
        size = self.shapes.size
        coefs = values[:, :size]
        shown = (measures(self.shapes.decode(coefs)) - self._low) / (self._high - self._low)
        opening, width, rounding = (
            np.clip(shown[:, MEASURES.index(name)], 0.0, 1.0) for name in ("opening", "width", "rounding")
        )
        speech, closure, bilabial, labiodental = np.clip(values[:, size:].T, 0.0, 1.0)
        return MotionTrajectory(
            times, coefs, opening, width, rounding, closure, bilabial, labiodental, speech
        )


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -30, 30)))


@cache
def motion_model() -> MotionModel:
    """The shipped model with the shipped encoder and shape basis.

    Raises:
        ModelError: a file is missing or damaged.

    """
    path = next(path for path in model_files("motion") if path.suffix == ".onnx")
    return MotionModel(speech_encoder(), path, shape_model())
