"""How surely an eye would send a made frame back.

What had to be forced for it is known before the picture is made, or while it is; how the picture looks a small network says.
"""

from dataclasses import dataclass

import numpy as np

from core.own_mouth.naturalness import below_usual

_LEAST_JAW = 0.6  # two of 100 frames in dubs of six people have less
# A logistic model of the signs, fitted to one eye's verdicts on 1,448 frames of 39 people, 221 sent back. It is 0.5 where two of
# 100 frames lie that the eye passed in dubs made as they ship. The opening is no fault, but shut lips seldom have one.
_OPENING, _LACK, _SHAPE, _PAINTED, _RELIT, _BELOW_USUAL = 4.10, 22.81, 20.23, 34.05, 0.215, 0.317
_LIMIT = 3.10
_MOST_BELOW = 6.0  # of the judge's answer: farther below is no worse


@dataclass(frozen=True, slots=True)
class Signs:
    """What was forced for one frame, in eye-corner distances where nothing else is said.

    Attributes:
        opening: how far the mouth is opened beyond the person's shut one.
        lack: by how much less of that shows between the lips of the frame that lends the inside.
        shape_error: of `core.own_mouth.choice.Plan`: how unlike what was wanted the borrowed lips were.
        jaw: share of the jaw's movement that the picture bore, 0..1.
        painted: how much is seen to be painted between the lips, see `core.own_mouth.render.Forced`.
        relit: grey levels by which the borrowed mouth was brought into another light, likewise.
    """

    opening: float = 0.0
    lack: float = 0.0
    shape_error: float = 0.0
    jaw: float = 1.0
    painted: float = 0.0
    relit: float = 0.0

    def doubt(self, natural: float) -> float:
        """How surely an eye would send the frame back, 0..1; `natural` is what `core.own_mouth.naturalness` says of the picture."""
        forced = (
            _OPENING * self.opening
            + _LACK * self.lack
            + _SHAPE * self.shape_error
            + _PAINTED * np.sqrt(self.painted)
            + _RELIT * self.relit
            + _BELOW_USUAL * np.clip(below_usual(natural), 0, _MOST_BELOW)
            - _LIMIT
        )
        held_back = (1 - self.jaw) / (1 - _LEAST_JAW) / 2
        return float(np.clip(max(1 / (1 + np.exp(-forced)), held_back), 0, 1))
