"""How lively a mouth is: the articulation styles the network is told in training and asked for at work."""

import numpy as np

from core.face_geometry.measures import lip_gap, mouth_width

STYLES = 3
UNTOLD = STYLES  # the style of clips whose style is withheld, and of work at ordinary strength
# Opening over mouth width, standard deviation over a clip: the thirds of the training clips (docs/generator.md).
_CALM_BELOW, _LIVELY_ABOVE = 0.045, 0.075
_FIRM = 0.1  # articulation strengths this close to 1 ask for nothing


def opening(landmarks: np.ndarray) -> np.ndarray:
    """(T,) gap between the lips over the mouth's width, of (T, 468, 2 or more) landmarks."""
    return lip_gap(landmarks) / np.maximum(mouth_width(landmarks), 1e-6)


def style_of(landmarks: np.ndarray) -> int:
    """The style, 0 calm … 2 lively, of a clip with (T, 468, 2) landmarks."""
    spread = float(opening(landmarks).std())
    return int(spread > _CALM_BELOW) + int(spread > _LIVELY_ABOVE)


def style_for(articulation: float) -> int:
    """What to ask the network for at an articulation strength, 1 being the person's own."""
    if articulation < 1 - _FIRM:
        return 0
    return STYLES - 1 if articulation > 1 + _FIRM else UNTOLD
