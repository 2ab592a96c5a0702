"""The shapes of what the two networks of a scorer take, by representation."""

from core.appearance.morphable import COEFFICIENTS as MORPHABLE_COEFFICIENTS
from core.scorer.config import FEATURE_STEPS, MEL_STEPS, SEGMENT_FRAMES, Audio, Visual

LANDMARK_POINTS = 80
"""Points of the landmark representation, see `core.appearance.landmarks.SYNC_POINTS`."""
PARSING_CLASSES = 6
MEL_BINS = 80
HUBERT_SIZE = 768
OWN_SIZE = 128
WHISPER_SIZE = 512

# Shapes per representation: 5 pictures on the channel axis; point sets as (xyz · frames, points, 1)-like maps.
VISUAL_SHAPES: dict[Visual, tuple[int, int, int]] = {
    "rgb": (3 * SEGMENT_FRAMES, 96, 96),
    "parsing": (PARSING_CLASSES * SEGMENT_FRAMES, 96, 96),
    "landmarks": (3, LANDMARK_POINTS, SEGMENT_FRAMES),
    "morphable": (1, MORPHABLE_COEFFICIENTS, SEGMENT_FRAMES),
}
AUDIO_SHAPES: dict[Audio, tuple[int, int, int]] = {
    "mel": (1, MEL_BINS, MEL_STEPS),
    "hubert": (1, HUBERT_SIZE, FEATURE_STEPS),
    "own": (1, OWN_SIZE, FEATURE_STEPS),
    "whisper": (1, WHISPER_SIZE, FEATURE_STEPS),
}
