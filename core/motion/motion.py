"""Speech → the movement of an average mouth, at any timestamps. Runs without torch.

`core.motion.retarget` gives the result to a particular person.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np

from core.base.errors import ModelError
from core.base.models import model_files
from core.base.onnx_network import open_network
from core.motion.shape import MEASURES, ShapeModel, measures, shape_model
from core.motion.viseme import Viseme
from core.speech.encoder import ENCODER_FILE, NETWORK_THREADS, STEP_RATE, open_encoder, sample_at
from core.speech.mel import SAMPLE_RATE
from core.speech.whisper import whisper_ear

REACH_STEPS = 24
"""Steps on either side that the motion network sees of the ear's features, at most."""
_TO_REST_S = 0.2  # beyond either end of the voice the mouth is at rest after so long


class Ear(Protocol):
    """What the motion network hears with, in fixed blocks counted from the voice's first sample."""

    block_steps: int
    first_s: float

    def heard(self, voice: np.ndarray, number: int, reach: int) -> Mapping[str, np.ndarray]:
        """The network's inputs for a block of steps of 1/50 s and `reach` steps on either side, by name."""


_HEARD = (
    (Viseme.BILABIAL,),
    (Viseme.LABIODENTAL,),
    (Viseme.DENTAL,),
    (Viseme.ALVEOLAR,),
    (Viseme.SIBILANT, Viseme.POSTALVEOLAR),
)
_PROBABILITIES, _CONTACT = 2 + len(_HEARD), 1


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
        dental: (F,) float32 in 0..1, probability of a th: the tongue between the teeth.
        alveolar: (F,) float32 in 0..1, probability of t, d, n or l: the tongue behind the upper teeth.
        sibilant: (F,) float32 in 0..1, probability of s, z, sh and the like: the teeth nearly shut.

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
    dental: np.ndarray
    alveolar: np.ndarray
    sibilant: np.ndarray


class MotionModel:
    """The trained motion network behind the ear it was trained with."""

    def __init__(self, ear: Ear, path: Path, shapes: ShapeModel) -> None:
        self._ear = ear
        self._session = open_network(path, threads=NETWORK_THREADS)
        self._outputs = [output.name for output in self._session.get_outputs()]
        self.shapes = shapes
        facts: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
        # 4th and 97th percentile of each measure over speech of the training people, played on the average face, and what
        # brings each coefficient's movement to its natural size
        self._low, self._high, self._gain = (
            np.array(json.loads(facts[name]), np.float32) for name in ("low", "high", "gain")
        )

        self._late = int(facts.get("late_steps", "0"))  # by which the training footage moves after its sound
        size = shapes.size
        average = json.loads(facts.get("average", "[]")) or [0.0] * size
        self.average_speech = np.array(average, np.float32)
        """(K,) coefficients of the average mouth of speech, as this network says it."""
        self._rest = np.zeros(size + _PROBABILITIES, np.float32)
        self._rest[size + _CONTACT] = 1.0

    def steps(self, voice: np.ndarray, first: int, stop: int) -> np.ndarray:
        """The network's outputs for steps `first` … `stop` − 1, which may lie outside the voice: (stop − first, K + 7).

        Columns: K coefficients, then probabilities of speech, contact and of the visemes in `_HEARD`. Beyond either end
        of the voice the mouth goes to rest, lips together, within `_TO_REST_S`.
        """
        ends = -self._ear.first_s, len(voice) / SAMPLE_RATE - self._ear.first_s
        at = np.arange(first, stop) / STEP_RATE
        beyond = np.maximum(np.maximum(ends[0] - at, at - ends[1]), 0.0) / _TO_REST_S
        values = np.tile(self._rest, (stop - first, 1))
        some = np.flatnonzero(beyond < 1)
        if len(some) and len(voice):
            low, high = first + int(some[0]), first + int(some[-1]) + 1
            spoken = self._spoken(voice, low + self._late, high + self._late)
            share = (0.5 + 0.5 * np.cos(np.pi * np.minimum(beyond, 1.0)))[low - first : high - first, None]
            values[low - first : high - first] = self._rest + share * (spoken - self._rest)
        return values.astype(np.float32)

    def _spoken(self, voice: np.ndarray, first: int, stop: int) -> np.ndarray:
        parts, block_steps = [], self._ear.block_steps
        for block in range(first // block_steps, (stop - 1) // block_steps + 1):
            start = block * block_steps
            inputs = dict(self._ear.heard(voice, block, REACH_STEPS))
            found = inputs | dict(zip(self._outputs, self._session.run(None, inputs), strict=True))
            logits = found["visemes"][0]
            powers = np.exp(logits - logits.max(1, keepdims=True))
            visemes = powers / powers.sum(1, keepdims=True)
            columns = [
                found["coefs"][0] * self._gain,
                _sigmoid(found["speech"][0])[:, None],
                _sigmoid(found["contact"][0])[:, None],
                *(visemes[:, list(heard)].sum(1, keepdims=True) for heard in _HEARD),
            ]
            inner = np.concatenate(columns, axis=1)[REACH_STEPS : REACH_STEPS + block_steps]
            parts.append(inner[max(first - start, 0) : min(stop - start, block_steps)])
        return np.concatenate(parts)

    def predict(self, voice: np.ndarray, times: np.ndarray) -> MotionTrajectory:
        """The mouth's movement at `times` while `voice` is said.

        Args:
            voice: (N,) float32 mono 16 kHz; sample 0 is time 0.
            times: (F,) rising seconds, at any rate and as few as wanted: a time's result does not depend on the others.
                Beyond either end of the voice the mouth goes to rest within 0.2 s.

        """
        times = np.asarray(times, np.float64)
        if len(times) == 0:
            return self._trajectory(times, np.zeros((0, len(self._rest)), np.float32))
        # Two steps more than needed on either side for the cubic between steps.
        first = int(np.floor((times[0] - self._ear.first_s) * STEP_RATE)) - 2
        stop = int(np.ceil((times[-1] - self._ear.first_s) * STEP_RATE)) + 3
        values = self.steps(voice, first, stop)
        return self._trajectory(times, sample_at(times - first / STEP_RATE, values, self._ear.first_s))

    def _trajectory(self, times: np.ndarray, values: np.ndarray) -> MotionTrajectory:
        size = self.shapes.size
        coefs = values[:, :size]
        shown = (measures(self.shapes.decode(coefs)) - self._low) / (self._high - self._low)
        opening, width, rounding = (
            np.clip(shown[:, MEASURES.index(name)], 0.0, 1.0) for name in ("opening", "width", "rounding")
        )
        speech, closure, bilabial, labiodental, *behind_the_lips = np.clip(values[:, size:].T, 0.0, 1.0)
        return MotionTrajectory(
            times, coefs, opening, width, rounding, closure, bilabial, labiodental, speech, *behind_the_lips
        )


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -30, 30)))


EARS: Mapping[str, Callable[[Path], Ear]] = {
    "whisper": lambda _: whisper_ear(),
    "own": lambda path: open_encoder(path.with_name(ENCODER_FILE)),
}
"""What the motion network in a file can hear with, by the name that the file gives: our own encoder lies beside it."""


def open_motion(path: Path, shapes: ShapeModel) -> MotionModel:
    """The motion network in an ONNX file with the ear that it names.

    Raises:
        ModelError: the ear's file is missing or damaged, or the network hears with an ear that there is not.
    """
    facts = open_network(path, threads=NETWORK_THREADS).get_modelmeta().custom_metadata_map
    ear = EARS.get(facts.get("ear", "own"))
    if ear is None:
        raise ModelError(
            f"The motion network {path} hears with “{facts['ear']}”, which this version has not."
        )
    return MotionModel(ear(path), path, shapes)


@cache
def motion_model() -> MotionModel:
    """The shipped model with the shipped ear and shape basis.

    Raises:
        ModelError: a file is missing or damaged.

    """
    return open_motion(next(path for path in model_files("motion") if path.suffix == ".onnx"), shape_model())
