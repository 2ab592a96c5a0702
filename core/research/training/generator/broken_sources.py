"""Sources whose mouths are broken on purpose, as engines break them: what the generator then has to mend."""

import cv2
import numpy as np

from core.face_geometry.measures import eye_distance
from core.own_mouth.naturalness import SPAN, patch_affine
from core.research.training.naturalness.broken import broken
from core.research.training.naturalness.mouths import SIZE, SPARE

_LASTING = 0.5  # share of the damages that are the same in all frames; the others come and go
_EACH = 0.6  # share of the frames that those hit


def broken_sources(pictures: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`pictures` (T, S, S, 3) uint8 with broken mouths; see `core.research.training.naturalness.broken`.

    Args:
        pictures: crops of one person.
        landmarks: (T, 468, 2) in their pixels.
        rng: what is drawn with.
    """
    lasting = rng.random() < _LASTING
    seeds = (
        np.full(len(pictures), rng.integers(2**31)) if lasting else rng.integers(2**31, size=len(pictures))
    )
    hit = np.ones(len(pictures), bool) if lasting else rng.random(len(pictures)) < _EACH
    eyes = np.maximum(eye_distance(landmarks), 1e-3)
    views = [
        patch_affine(face, float(scale), SIZE, SPAN * SPARE)
        for face, scale in zip(landmarks, eyes, strict=True)
    ]
    mouths = [
        cv2.warpAffine(p, view, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for p, view in zip(pictures, views, strict=True)
    ]
    made = pictures.copy()
    for i in np.flatnonzero(hit):
        points = landmarks[i] @ views[i][:, :2].T + views[i][:, 2]
        other = mouths[(i + len(mouths) // 2) % len(mouths)]
        worse, _ = broken(mouths[i], points.astype(np.float32), other, np.random.default_rng(seeds[i]))
        # Only what was broken is laid back: the rest of the crop keeps its own pixels.
        change = cv2.warpAffine(
            worse.astype(np.float32) - mouths[i],
            views[i],
            pictures.shape[2:0:-1],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        )
        made[i] = np.clip(pictures[i] + change + 0.5, 0, 255)
    return made
