"""Clips of a square that opens as loudly as its speech says."""

import numpy as np

from core.adaptation.clips import GeneratorClip, encode_pictures
from core.face_geometry.canonical_face import canonical_face

SIZE, FRAMES = 32, 8


def clip(seed=0, *, may_train=True, altered=1):
    """A square that opens as loudly as the speech says; the altered version's does not."""
    rng = np.random.default_rng(seed)
    opening = rng.random(FRAMES)
    times = np.arange(FRAMES) / 25

    def pictures(openings):
        made = np.full((FRAMES, SIZE, SIZE, 3), 120, np.uint8)
        for picture, value in zip(made, openings, strict=True):
            picture[20 : 21 + int(8 * value), 10:22] = (200, 40, 40)
        return made

    speech = np.zeros((40, 4), np.float16)
    speech[:, 0] = np.interp(np.arange(40) * 0.02, times, opening)
    landmarks = canonical_face().points[None, :, :2] * 12 + (16, 12)
    return GeneratorClip(
        f"p{seed}",
        may_train,
        times,
        encode_pictures(pictures(opening)),
        tuple(encode_pictures(pictures(rng.random(FRAMES))) for _ in range(altered)),
        ("other",) * altered,
        np.repeat(landmarks, FRAMES, 0).astype(np.float32),
        np.tile(np.eye(3, dtype=np.float32), (FRAMES, 1, 1)),
        speech,
        (rng.normal(0, 2000, 12800)).astype(np.int16),
        SIZE,
    )
