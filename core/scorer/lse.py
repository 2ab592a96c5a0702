"""LSE-D, LSE-C and offset with the arithmetic of syncnet_python (Chung and Zisserman, “Out of time”, 2016).

Per frame i: L2 distances of the lip embedding i to the sound embeddings i − 15 … i + 15, zero vectors beyond the ends;
mean over frames per shift; LSE-D = the least mean, LSE-C = the median minus the least, offset = 15 − its index.
Figures made with other weights than SyncNet's own are not comparable with published ones.
"""

from dataclasses import dataclass

import numpy as np

from core.scorer.embeddings import FaceEmbeddings, SpeechEmbeddings

REACH = 15


@dataclass(frozen=True, slots=True)
class LseFigures:
    """LSE-D (lower is better), LSE-C (higher is better), and the offset in frames of 40 ms (positive: sound early)."""

    distance: float
    confidence: float
    offset: int


def lse(lips: np.ndarray, sounds: np.ndarray, reach: int = REACH) -> LseFigures:
    """The figures of one clip.

    Args:
        lips: (N, D) lip embeddings, one per frame at 25 fps.
        sounds: (N, D) sound embeddings at the same frames.
        reach: frames of shift to either side.

    Raises:
        ValueError: the two differ in number, or there are none.
    """
    if lips.shape != sounds.shape or len(lips) == 0:
        raise ValueError(f"{lips.shape} lip and {sounds.shape} sound embeddings cannot be compared")
    lips, sounds = lips.astype(np.float64), sounds.astype(np.float64)
    padded = np.pad(sounds, ((reach, reach), (0, 0)))
    # torch's pairwise_distance adds 1e-6 to each difference; the published figures contain it.
    distances = np.stack(
        [
            np.linalg.norm(lips - padded[shift : shift + len(lips)] + 1e-6, axis=1)
            for shift in range(2 * reach + 1)
        ]
    )  # (31, N)
    means = distances.mean(axis=1)
    best = int(means.argmin())
    # torch.median of an odd count is the middle value, as numpy's.
    return LseFigures(float(means[best]), float(np.median(means) - means[best]), reach - best)


def usable_frames(pictures: int, samples: int) -> int:
    """How many frames syncnet_python evaluates: 5-frame windows inside both streams, 640 samples a frame."""
    return max(0, min(pictures, samples // 640) - 5)


def lse_of_scorer(faces: FaceEmbeddings, speech: SpeechEmbeddings) -> LseFigures:
    """The same arithmetic on one of our scorers' embeddings at 25 fps.

    Not comparable with published figures: embeddings of length one lie at most √2 apart, SyncNet's about 15.
    """
    times = np.arange(faces.times[0], faces.times[-1] + 1e-9, 0.04)
    rows = np.clip(np.searchsorted(faces.times, times - 0.02), 0, len(faces.times) - 1)
    heard = speech.rows_at(times)
    inside = heard >= 0
    return lse(faces.vectors[rows[inside]], speech.vectors[heard[inside]])
