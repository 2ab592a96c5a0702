"""Gives an average mouth's movement to one person: their rest and range, articulation, silence, pins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.lip_engine import MouthPin, SilenceRule
from core.motion.motion import MotionTrajectory
from core.motion.shape import MEASURES, PersonRange, ShapeModel, measures
from core.motion.style import PersonStyle

# The mouth leaves rest before the sound (lips prepare 80–150 ms ahead of a phrase) and returns to it slower than it left
# (settling takes 200–300 ms); shorter gaps than both together never reach rest.
_OPENING_EASE_S, _CLOSING_EASE_S = 0.12, 0.25
_SURE_OF_SILENCE, _SURE_OF_SPEECH = 0.25, 0.6
# Probability above which the lips are drawn together, and at which they touch. Of a p, b, m, f or v more likely than not is enough. Lip
# contact as such is taught threefold, and so expected too often: with these limits the lips of eight people, and of eight
# others, are held shut in 27 and 22 of 100 frames (24 and 26 are), with the former in 39 and 36.
_PHONE_LIMITS, _CONTACT_LIMITS = (0.3, 0.5), (0.5, 0.7)
_BREATH_PAUSE_S, _BREATH_S = (
    0.35,
    0.4,
)  # a shorter pause leaves no time; an inhalation between phrases takes 0.3–0.5 s
_BREATH_OPENING = 0.35  # share of the person's opening range
_LABIODENTAL_OPENING = (
    0.12  # share of the person's opening range (the feasibility recipe's value for f and v)
)


@dataclass(frozen=True, slots=True, eq=False)
class TargetMotion:
    """What a person's mouth is to do, frame by frame.

    Attributes:
        times: (F,) float64 seconds.
        coefs: (F, K) float32 in the space of `ShapeModel.encode` of this person's frames.
        opening: (F,) float32 inner-lip gap in outer-eye-corner distances, as `measures` of this person's frames.
        width: (F,) float32 likewise.
        rounding: (F,) float32 likewise.
        contact: (F,) float32 in 0..1: how surely the lips must touch here.
        weight: (F,) float32 in 0..1: how far the voice rules the mouth (1 speech … 0 silence), eased.

    """

    times: np.ndarray
    coefs: np.ndarray
    opening: np.ndarray
    width: np.ndarray
    rounding: np.ndarray
    contact: np.ndarray
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
    return _shifted(own, -np.maximum(_gap(own, person, shapes) - goal, 0.0) * amount, shapes)


def _open_to(
    own: np.ndarray, amount: np.ndarray, goal: float, person: PersonRange, shapes: ShapeModel
) -> np.ndarray:
    """The same towards a wider gap, never closing."""
    return _shifted(own, np.maximum(goal - _gap(own, person, shapes), 0.0) * amount, shapes)


def _drawn_to(
    own: np.ndarray, amount: np.ndarray, goal: float, person: PersonRange, shapes: ShapeModel
) -> np.ndarray:
    """The same towards exactly this gap."""
    return _shifted(own, (goal - _gap(own, person, shapes)) * amount, shapes)


def _gap(own: np.ndarray, person: PersonRange, shapes: ShapeModel) -> np.ndarray:
    resting = float(measures(shapes.decode(person.neutral[None]))[0, MEASURES.index("opening")])
    return resting + (own - person.neutral) @ shapes.opening_axis


def _shifted(own: np.ndarray, by: np.ndarray, shapes: ShapeModel) -> np.ndarray:
    """`own` (F, K) opened `by` (F,) eye-corner distances, by the smallest movement of the mouth that does so."""
    axis = shapes.opening_axis
    return own + by[:, None] * axis / float(axis @ axis)


def breath_amount(times: np.ndarray, speech: np.ndarray) -> np.ndarray:
    """(F,) in 0..1: where a speaker takes breath, before each phrase that follows a pause long enough for it.

    People inhale through the mouth in the last few hundred milliseconds before they speak on.
    """
    amount = np.zeros(len(times))
    speaks = speech > _SURE_OF_SPEECH
    onsets = np.flatnonzero(speaks[1:] & ~speaks[:-1]) + 1
    for onset in onsets:
        before = np.flatnonzero(speaks[:onset])
        silent_since = times[before[-1]] if len(before) else times[0]
        if times[onset] - silent_since < _BREATH_PAUSE_S:
            continue
        ahead = (times[onset] - times) / _BREATH_S
        amount = np.maximum(amount, np.where((ahead >= 0) & (ahead <= 1), np.sin(np.pi * ahead), 0.0) ** 2)
    return amount


def _sureness(probability: np.ndarray, limits: tuple[float, float] = _PHONE_LIMITS) -> np.ndarray:
    return np.clip((probability - limits[0]) / (limits[1] - limits[0]), 0.0, 1.0)


def closing_amount(trajectory: MotionTrajectory) -> np.ndarray:
    """(F,) in 0..1: how far the lips must be drawn together, 1 = they touch."""
    contact = _sureness(trajectory.closure * trajectory.speech, _CONTACT_LIMITS)
    return np.maximum(contact, _sureness(trajectory.bilabial))


def retarget(
    trajectory: MotionTrajectory,
    person: PersonRange,
    shapes: ShapeModel,
    *,
    articulation: float | np.ndarray = 1.0,
    silence: SilenceRule = "close",
    pins: Sequence[MouthPin] = (),
    style: PersonStyle | None = None,
    breath: float = 0.0,
) -> TargetMotion:
    """`trajectory` as this person's mouth would do it.

    Args:
        trajectory: from `MotionModel.predict`.
        person: the person's rest and range (`ShapeModel.person_range` of their frames).
        shapes: the basis both are in.
        articulation: strength of movement away from rest, 0.5..1.5, one or (F,) of each frame; closures stay closures.
        silence: ``close`` eases to rest where nobody speaks; ``original`` and ``model`` leave the network's shape, and
            ``weight`` tells the engine where to fade to the film's own mouth.
        pins: openings the user fixed; the rest of the mouth follows as it usually does with that opening.
        style: the person's manner, learnt from their own speech.
        breath: 0..1, how far the lips part for a breath before a phrase.

    """
    styled = style.apply(trajectory.coefs) if style is not None else trajectory.coefs
    coefs = styled * np.asarray(articulation, np.float32).reshape(-1, 1)
    closing = closing_amount(trajectory)
    labiodental = _sureness(trajectory.labiodental)
    weight = speech_weight(trajectory.times, trajectory.speech)
    at_rest: np.ndarray = np.zeros(len(weight), np.float32)  # where lips touch because nobody speaks
    if silence == "close":
        coefs = coefs * weight[:, None]
        at_rest = 1 - weight
    own = person.undo(coefs)
    closed, open_wide = (float(limit[MEASURES.index("opening")]) for limit in (person.low, person.high))
    if breath > 0:
        parted = closed + breath * _BREATH_OPENING * (open_wide - closed)
        amount = breath_amount(trajectory.times, trajectory.speech)
        own = _open_to(own, amount, parted, person, shapes)
        at_rest = at_rest * (1 - amount)
    for pin in pins:
        distance = np.clip(np.abs(trajectory.times - pin.time) / max(pin.reach, 1e-6), 0.0, 1.0)
        share = 0.5 + 0.5 * np.cos(np.pi * distance)
        goal = closed + pin.opening * (open_wide - closed)
        own = _drawn_to(own, share, goal, person, shapes)
        closing, labiodental, at_rest = closing * distance, labiodental * distance, at_rest * distance
        if pin.opening <= 0:
            closing = np.maximum(closing, _sureness(share))
    own = _draw_closed(own, labiodental, closed + _LABIODENTAL_OPENING * (open_wide - closed), person, shapes)
    own = _draw_closed(own, closing, closed, person, shapes).astype(np.float32)
    shown = measures(shapes.decode(own))
    opening, width, rounding = (shown[:, MEASURES.index(name)] for name in ("opening", "width", "rounding"))
    contact = np.maximum(closing, at_rest).astype(np.float32)
    return TargetMotion(trajectory.times, own, opening, width, rounding, contact, weight)
