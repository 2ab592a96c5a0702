"""How a speaker moves while speaking: head pose, nods on stress, blinks, brows and gaze, from one seed."""

from collections.abc import Sequence

import numpy as np

from core.research.corpus.head_rig import Expression
from core.research.corpus.heads import Moment
from core.research.corpus.phones import SILENCE, Phone

_BLINK_S = (0.07, 0.04, 0.15)  # closing, shut, opening: a spontaneous blink takes about a quarter of a second
_LID_AT_REST = 0.10


def smooth_noise(rng: np.random.Generator, times: np.ndarray, hertz: float) -> np.ndarray:
    """(F,) zero-mean noise of about unit size that wanders `hertz` times a second."""
    knots = np.arange(times[0] - 2 / hertz, times[-1] + 3 / hertz, 1 / hertz)
    values = rng.normal(0, 1, len(knots))
    from scipy.interpolate import CubicSpline  # slow to import

    return CubicSpline(knots, values)(times)


def blink_curve(starts: Sequence[float], times: np.ndarray) -> np.ndarray:
    """(F,) lid closure 0..1 of blinks beginning at `starts`."""
    down, shut, up = _BLINK_S
    curve = np.zeros(len(times))
    for start in starts:
        x = times - start
        lid = np.interp(x, [0, down, down + shut, down + shut + up], [0, 1, 1, 0], left=0, right=0)
        curve = np.maximum(curve, lid * lid * (3 - 2 * lid))
    return curve


def stress_pulses(phones: Sequence[Phone], times: np.ndarray) -> np.ndarray:
    """(F,) 0..1, a soft pulse on each long vowel: speakers nod and lift their brows there."""
    pulse = np.zeros(len(times))
    for phone in phones:
        if phone.ipa != SILENCE and phone.duration > 0.11 and any(c in phone.ipa for c in "aɑæɔoeɛʌɜɝ"):
            middle = (phone.start + phone.end) / 2
            pulse = np.maximum(pulse, np.exp(-(((times - middle) / 0.16) ** 2)))
    return pulse


def perform(
    phones: Sequence[Phone],
    times: np.ndarray,
    seed: int,
    *,
    yaw: float = 0.0,
    pitch: float = 0.0,
    liveliness: float = 1.0,
) -> tuple[Moment, ...]:
    """One `Moment` for each of `times` ((F,) seconds), wandering about the given pose in degrees."""
    rng = np.random.default_rng(seed)
    pulse = stress_pulses(phones, times)
    wander = [smooth_noise(rng, times, hertz) for hertz in (0.55, 0.7, 0.5, 0.35, 0.45, 0.3, 0.8)]
    yaws = yaw + liveliness * 5.0 * wander[0]
    pitches = pitch + liveliness * (2.2 * wander[1] - 2.2 * pulse)
    rolls = liveliness * 2.0 * wander[2]
    shifts = 0.035 * liveliness * np.stack(wander[3:6], axis=1)
    starts, at = [], float(times[0]) + rng.uniform(0.4, 1.6)
    while at < times[-1]:
        starts.append(at)
        at += rng.uniform(1.6, 4.2)
    lids = np.maximum(_LID_AT_REST, blink_curve(starts, times))
    brows = liveliness * (0.30 * pulse + 0.14 * wander[6])
    # Gaze rests and jumps; it does not drift.
    jumps = np.floor((times - times[0]) / 1.1).astype(int)
    looks = rng.normal(0, 1, (jumps.max() + 1, 2)) * (2.2, 1.2)
    return tuple(
        Moment(
            float(yaws[i]),
            float(pitches[i]),
            float(rolls[i]),
            tuple(float(v) for v in shifts[i]),
            (float(looks[jumps[i], 0]), float(looks[jumps[i], 1])),
            Expression((float(lids[i]), float(lids[i])), float(brows[i]), 0.12),
        )
        for i in range(len(times))
    )
