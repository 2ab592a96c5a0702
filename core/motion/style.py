"""A person's way of speaking, learnt from their own film: what their mouth did against what the network expected of it."""

from dataclasses import dataclass

import numpy as np

from core.motion.motion import MotionTrajectory
from core.motion.shape import PersonRange

# Frames' worth of belief that a person moves as the network says. 300 (12 s) was the best of 30, 100, 300 and 1000 on the
# second halves of 12 clips of unseen people, styles learnt from the first halves (4–11 s each).
_PRIOR_FRAMES = 300.0
_FEWEST_FRAMES = 50
# Correlation of heard and seen opening below which the sound is not this mouth's (a voice-over, a dub, sound out of sync):
# films whose sound is another's reach 0.2 by chance, people in sync 0.4–0.7.
_LEAST_AGREEMENT = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class PersonStyle:
    """A linear change of person-free coefficients.

    Attributes:
        mix: (K, K) float32; ``coefs @ mix + shift`` is this person's manner.
        shift: (K,) float32.

    """

    mix: np.ndarray
    shift: np.ndarray

    def apply(self, coefs: np.ndarray) -> np.ndarray:
        """The network's coefficients (F, K) in this person's manner."""
        return (coefs @ self.mix + self.shift).astype(np.float32)

    def faded(self, strength: float) -> "PersonStyle":
        """The same manner at `strength` 0 (none) … 1."""
        plain = np.eye(len(self.mix), dtype=np.float32)
        return PersonStyle(
            plain + np.float32(strength) * (self.mix - plain), np.float32(strength) * self.shift
        )


def learn_style(
    expected: MotionTrajectory,
    own: np.ndarray,
    person: PersonRange,
    quality: np.ndarray,
    opening_axis: np.ndarray,
) -> PersonStyle | None:
    """The manner of a person whose film says something the network can hear; None when there is too little of it.

    None, too, when what is heard and what is seen do not go together: the sound is not theirs.

    Ridge regression towards “no manner at all”, over well-tracked frames in which the person's voice speaks.

    Args:
        expected: `MotionModel.predict` of the film's own voice at its frames' times.
        own: (F, K) `ShapeModel.encode` of the same frames.
        person: the person's range.
        quality: (F,) the mesh's confidence.
        opening_axis: (K,) `ShapeModel.opening_axis`.

    """
    usable = (quality > 0.5) & (expected.speech > 0.5)
    if usable.sum() < _FEWEST_FRAMES:
        return None
    said, done = expected.coefs[usable].astype(np.float64), person.apply(own)[usable].astype(np.float64)
    heard, seen = said @ opening_axis, done @ opening_axis
    heard, seen = heard - heard.mean(), seen - seen.mean()
    if heard @ seen < _LEAST_AGREEMENT * np.sqrt((heard @ heard) * (seen @ seen)) + 1e-9:
        return None
    said_mean, done_mean = said.mean(0), done.mean(0)
    said, done = said - said_mean, done - done_mean
    prior = _PRIOR_FRAMES * np.eye(said.shape[1])
    mix = np.linalg.solve(said.T @ said + prior, said.T @ done + prior)
    believed = usable.sum() / (usable.sum() + _PRIOR_FRAMES)
    shift = believed * (done_mean - said_mean @ mix)
    return PersonStyle(mix.astype(np.float32), shift.astype(np.float32))
