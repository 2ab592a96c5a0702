"""What a frame cost its picture, and how surely an eye would send it back for it.

What the rendering had to force is known while it is done; how the picture looks a small network says.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from core.own_mouth.naturalness import NATURAL

_SMALL = 32
# Beyond what 98 of 100 frames show, of 450 in dubs of six people; not yet held against an eye's own verdicts.
_LEAST_JAW = 0.6
_MOST_SEAM = 10.5
_MOST_SHAPE, _MOST_GAP = 0.045, 0.05


@dataclass(frozen=True, slots=True)
class Strain:
    """What it took to make one frame.

    Attributes:
        jaw: share of the jaw's movement that the picture bore, 0..1.
        seam: mean grey levels between the borrowed mouth and the film's own face in the skin where one goes over into the other.
    """

    jaw: float
    seam: float

    def doubt(self, shape_error: float, gap_error: float, natural: float) -> float:
        """How surely an eye would send the frame back, 0..1; 0.5 where one of the measures reaches its limit.

        Args:
            shape_error: of `core.own_mouth.choice.Plan`: how unlike what was wanted the borrowed mouth was.
            gap_error: likewise.
            natural: what `core.own_mouth.naturalness` says of the picture.
        """
        worst = max(
            (1 - self.jaw) / (1 - _LEAST_JAW),
            self.seam / _MOST_SEAM,
            shape_error / _MOST_SHAPE,
            abs(gap_error) / _MOST_GAP,
        )
        unnatural = 2 * (1 - natural) if natural < NATURAL else 0.0
        return float(np.clip(max(worst, unnatural) / 2, 0, 1))


def seam_of(mouth: np.ndarray, face: np.ndarray, ring: np.ndarray) -> float:
    """Mean difference in brightness of `mouth` and `face` (S, S, 3) float32 in the `ring` (S, S) of skin, grain left out."""
    difference = cv2.resize(
        cv2.subtract(mouth, face).mean(axis=2), (_SMALL, _SMALL), interpolation=cv2.INTER_AREA
    )
    weight = cv2.resize(ring, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA)
    return float((np.abs(difference) * weight).sum() / max(float(weight.sum()), 1e-6))
