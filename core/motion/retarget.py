"""Gives an average mouth's movement to one person: their rest and range, articulation, silence, pins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.lip_engine import SilenceRule
from core.motion.motion import MotionTrajectory
from core.motion.shape import MEASURES, PersonRange, ShapeModel, measures
from core.motion.style import PersonStyle

# The mouth leaves rest before the sound (lips prepare 80–150 ms ahead of a phrase) and returns to it slower than it left
# (settling takes 200–300 ms); shorter gaps than both together never reach rest.
_OPENING_EASE_S, _CLOSING_EASE_S = 0.12, 0.25
_SURE_OF_SILENCE, _SURE_OF_SPEECH = 0.25, 0.6
# Closure probability above which the lips are drawn together, and at which they touch: more likely shut than not is shut.
_CLOSURE_KNEE, _CLOSURE_FULL = 0.3, 0.5
_LABIODENTAL_OPENING = (
    0.12  # share of the person's opening range (the feasibility recipe's value for f and v)
)


@dataclass(frozen=True, slots=True, eq=False)
class MouthPin:
    """The user's word on what the mouth does at a time.

    Attributes:
        time: seconds on the voice's clock.
        coefs: (K,) person-free shape, 0 = at rest.
        reach: seconds on either side over which the pin fades out.

    """

    time: float
    coefs: np.ndarray
    reach: float = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class TargetMotion:
    """What a person's mouth is to do, frame by frame.

    Attributes:
        times: (F,) float64 seconds.
        coefs: (F, K) float32 in the space of `ShapeModel.encode` of this person's frames.
        opening: (F,) float32 inner-lip gap in outer-eye-corner distances, as `measures` of this person's frames.
        width: (F,) float32 likewise.
        rounding: (F,) float32 likewise.
        closed: (F,) bool: the lips must touch here.
        weight: (F,) float32 in 0..1: how far the voice rules the mouth (1 speech … 0 silence), eased.

    """

    times: np.ndarray
    coefs: np.ndarray
    opening: np.ndarray
    width: np.ndarray
    rounding: np.ndarray
    closed: np.ndarray
    weight: np.ndarray


def speech_weight(times: np.ndarray, speech: np.ndarray) -> np.ndarray:
    """(F,) float32 in 0..1: 1 in speech, 0 in silence, with eased edges that lie outside the speech."""
    if len(times) == 0:
        return np.zeros(0, np.float32)
    sure = np.clip((speech - _SURE_OF_SILENCE) / (_SURE_OF_SPEECH - _SURE_OF_SILENCE), 0.0, 1.0)
    steps = np.diff(times, prepend=times[0])
    ahead, behind = sure.copy(), sure.copy()
    for index in range(1, len(times)):
        behind[index] = max(sure[index], behind[index - 1] - steps[index] / _CLOSING_EASE_S)
    for index in range(len(times) - 2, -1, -1):
        ahead[index] = max(sure[index], ahead[index + 1] - steps[index + 1] / _OPENING_EASE_S)
    linear = np.maximum(ahead, behind)
    return (linear * linear * (3 - 2 * linear)).astype(np.float32)


def _draw_closed(
    own: np.ndarray, amount: np.ndarray, goal: float, person: PersonRange, shapes: ShapeModel
) -> np.ndarray:
    """Moves the lips of `own` (F, K) towards a gap of `goal` (eye-corner distances) by `amount` (F,), never opening."""
    axis = shapes.opening_axis
    resting = float(measures(shapes.decode(person.neutral[None]))[0, MEASURES.index("opening")])
    gap = resting + (own - person.neutral) @ axis
    excess = np.maximum(gap - goal, 0.0) * amount
    # The smallest movement of the whole mouth that has this effect on the opening.
    return own - excess[:, None] * axis / float(axis @ axis)


def _sureness(probability: np.ndarray) -> np.ndarray:
    return np.clip((probability - _CLOSURE_KNEE) / (_CLOSURE_FULL - _CLOSURE_KNEE), 0.0, 1.0)


def closing_amount(trajectory: MotionTrajectory) -> np.ndarray:
    """(F,) in 0..1: how far the lips must be drawn together, 1 = they touch."""
    return np.maximum(_sureness(trajectory.closure * trajectory.speech), _sureness(trajectory.bilabial))


def retarget(
    trajectory: MotionTrajectory,
    person: PersonRange,
    shapes: ShapeModel,
    *,
    articulation: float = 1.0,
    silence: SilenceRule = "close",
    pins: Sequence[MouthPin] = (),
    style: PersonStyle | None = None,
) -> TargetMotion:
    """`trajectory` as this person's mouth would do it.

    Args:
        trajectory: from `MotionModel.predict`.
        person: the person's rest and range (`ShapeModel.person_range` of their frames).
        shapes: the basis both are in.
        articulation: strength of movement away from rest, 0.5..1.5; closures stay closures.
        silence: ``close`` eases to rest where nobody speaks; ``original`` and ``model`` leave the network's shape, and
            ``weight`` tells the engine where to fade to the film's own mouth.
        pins: shapes the user fixed; the nearest wins by its fade.
        style: the person's manner, learnt from their own speech.

    """
    styled = style.apply(trajectory.coefs) if style is not None else trajectory.coefs
    coefs = styled * np.float32(articulation)
    closing = closing_amount(trajectory)
    labiodental = _sureness(trajectory.labiodental)
    weight = speech_weight(trajectory.times, trajectory.speech)
    if silence == "close":
        coefs = coefs * weight[:, None]
    for pin in pins:
        distance = np.clip(np.abs(trajectory.times - pin.time) / max(pin.reach, 1e-6), 0.0, 1.0)
        share = (0.5 + 0.5 * np.cos(np.pi * distance))[:, None]
        coefs = coefs * (1 - share) + pin.coefs * share
        closing, labiodental = closing * distance, labiodental * distance
    own = person.undo(coefs)
    closed, open_wide = (float(limit[MEASURES.index("opening")]) for limit in (person.low, person.high))
    own = _draw_closed(own, labiodental, closed + _LABIODENTAL_OPENING * (open_wide - closed), person, shapes)
    own = _draw_closed(own, closing, closed, person, shapes).astype(np.float32)
    shown = measures(shapes.decode(own))
    opening, width, rounding = (shown[:, MEASURES.index(name)] for name in ("opening", "width", "rounding"))
    return TargetMotion(trajectory.times, own, opening, width, rounding, closing > 0.5, weight)
