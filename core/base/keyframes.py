"""Settings that change with time: values at moments, and what lies between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

Ease = Literal["linear", "smooth"]


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A setting has this value at this time.

    Attributes:
        time: seconds; on which clock, whoever holds the curve says.
        value: of the setting.
        ease: how it goes on to the next one: evenly, or starting and ending slowly.
    """

    time: Fraction
    value: float
    ease: Ease = "linear"
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """A setting over time: at least one keyframe, in order, no two at one time. `setting` is the field's name."""

    setting: str
    keys: tuple[Keyframe, ...]
    extra: tuple[tuple[str, str], ...] = ()

    def at(self, times: float | np.ndarray) -> np.ndarray:
        """Values (F,) float64 at `times` (F,) seconds; before the first key its value, after the last one that one's."""
        at = np.atleast_1d(np.asarray(times, np.float64))
        moments = np.array([float(key.time) for key in self.keys])
        values = np.array([key.value for key in self.keys])
        if len(self.keys) == 1:
            return np.full(at.shape, values[0])
        before = np.clip(np.searchsorted(moments, at, side="right") - 1, 0, len(moments) - 2)
        share = np.clip((at - moments[before]) / (moments[before + 1] - moments[before]), 0.0, 1.0)
        is_smooth = np.array([key.ease == "smooth" for key in self.keys])[before]
        share = np.where(is_smooth, share * share * (3 - 2 * share), share)
        return values[before] + share * (values[before + 1] - values[before])

    def shifted(self, by: Fraction) -> "Curve":
        """The same curve `by` seconds later."""
        return replace(self, keys=tuple(replace(key, time=key.time + by) for key in self.keys))

    def fingerprint(self) -> list[object]:
        """What the values depend on, as JSON has it."""
        return [self.setting, [[str(key.time), key.value, key.ease] for key in self.keys]]


def curve_of(curves: Sequence[Curve], setting: str) -> Curve | None:
    """The curve of a setting, or None where it does not change."""
    return next((curve for curve in curves if curve.setting == setting), None)
