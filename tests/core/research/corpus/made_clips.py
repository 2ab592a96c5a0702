"""Clips without pictures of anybody."""

import numpy as np

from core.research.corpus.clips import Clip


def clip(
    clip_id: str, person: str, *, frames: int = 20, size: int = 16, pose_seed: int = 0, take: str = ""
) -> Clip:
    number = sum(map(ord, clip_id)) % 200
    return Clip(
        clip_id,
        person,
        "head",
        np.full((frames, size, size, 3), number, np.uint8)
        + np.arange(frames, dtype=np.uint8)[:, None, None, None],
        np.arange(frames) / 25,
        np.zeros((frames, 468, 3), np.float32),
        np.random.default_rng(pose_seed).normal(0, 1, (frames, 3)).astype(np.float32),
        np.zeros((frames, 11), np.float32),
        np.zeros((frames, size, size), np.uint8),
        np.zeros((frames, size, size), np.uint8),
        np.arange(frames * 640, dtype=np.float32),
        (),
        "",
        {"take": take},
    )
