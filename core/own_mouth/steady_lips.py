"""Lips without the mesh's slips: outlines that no mouth has, as they come with pressed, smeared and turned lips.

A dent in the outline of a borrowed mouth would be ironed out of its picture, and with it the lip: it hangs in a drip or is cut
off. What the shape model cannot say of a ring is believed only as far as it is one broad sweep around it. Of what is finer
(harmonics from the third on) hardly half lasts for a third of a second in the footage of 26 people, and what does is the
person's own and so small (below 0.001 eye-corner distances) that no movement between two of their mouths needs it.
"""

import numpy as np

from core.face_geometry.landmark_sets import INNER_LIP, NEXT_TO_LIPS, OUTER_LIP
from core.motion.shape import SLOT, ShapeModel

_HARMONICS = 3  # of a ring: place, tilt and size, and an ellipse
_RINGS = tuple([SLOT[point] for point in ring] for ring in (OUTER_LIP, INNER_LIP, NEXT_TO_LIPS))


def steady_lips(local: np.ndarray, model: ShapeModel) -> np.ndarray:
    """(F, P, 3) float32 `local` shape points (F, P, 3), pose-free, whose lips have no dents."""
    spoken = model.decode(model.encode_local(local))
    steady = local.astype(np.float32, copy=True)
    for ring in _RINGS:
        waves = np.fft.rfft(local[:, ring] - spoken[:, ring], axis=1)
        waves[:, _HARMONICS:] = 0
        steady[:, ring] = spoken[:, ring] + np.fft.irfft(waves, len(ring), axis=1)
    return steady
