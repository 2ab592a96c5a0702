"""How surely an eye would send a made frame back.

What had to be forced for it is known before the picture is made; how the picture looks a small network says.
"""

from dataclasses import dataclass

import numpy as np

from core.own_mouth.naturalness import NATURAL

_LEAST_JAW = 0.6  # two of 100 frames in dubs of six people have less
# A logistic model of the signs, fitted to one eye's verdicts on 248 frames of ten films, 49 sent back. It is 0.5 where two of
# 100 frames lie that the eye passed. The opening is no fault, but shut lips seldom have one.
_OPENING, _LACK, _SHAPE, _TEXTURE = 5.18, 18.98, 30.61, 0.44
_LIMIT = 2.07


@dataclass(frozen=True, slots=True)
class Signs:
    """What was forced for one frame, in eye-corner distances where nothing else is said.

    Attributes:
        opening: how far the mouth is opened beyond the person's shut one.
        lack: by how much less of that shows between the lips of the frame that lends the inside.
        shape_error: of `core.own_mouth.choice.Plan`: how unlike what was wanted the borrowed lips were.
        texture: how unlike each other the frames that lend lips and inside look, see `core.own_mouth.library`.
        jaw: share of the jaw's movement that the picture bore, 0..1.
    """

    opening: float = 0.0
    lack: float = 0.0
    shape_error: float = 0.0
    texture: float = 0.0
    jaw: float = 1.0

    def doubt(self, natural: float) -> float:
        """How surely an eye would send the frame back, 0..1; `natural` is what `core.own_mouth.naturalness` says of the picture."""
        forced = (
            _OPENING * self.opening
            + _LACK * self.lack
            + _SHAPE * self.shape_error
            + _TEXTURE * self.texture
            - _LIMIT
        )
        held_back = (1 - self.jaw) / (1 - _LEAST_JAW) / 2
        unnatural = 1 - natural if natural < NATURAL else 0.0
        return float(np.clip(max(1 / (1 + np.exp(-forced)), held_back, unnatural), 0, 1))
