"""Pairs for training: the same take with other words, a clip with its mouth altered, and two stretches of one clip."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.research.corpus.clips import Clip

PairKind = Literal["exact", "altered", "arbitrary"]
_UNSPOKEN = ("shut", "true")  # takes of the re-enacted family that are no exact ground truth of given words


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A condition and its target, frame by frame.

    Attributes:
        kind: "exact" when pose, light and identity agree frame by frame and only the words differ; "altered" when the
            target is a film as it was shot and the condition the same with another or a shut mouth; "arbitrary" for two
            stretches of one clip.
        condition: (F, S, S, 3) uint8, what the network is shown.
        target: (F, S, S, 3) uint8, what it is to make.
        voice: (N,) float32 mono 16 kHz, the target's speech, from its first frame's start on.
        condition_visemes: (F, 11) float32, ground truth of the condition's mouth.
        target_visemes: (F, 11) float32, ground truth of the target's mouth; NaN where it is a real one.
    """

    kind: PairKind
    condition: np.ndarray
    target: np.ndarray
    voice: np.ndarray
    condition_visemes: np.ndarray
    target_visemes: np.ndarray


def exact_pairs(clips: Iterable[Clip]) -> Iterator[Pair]:
    """Both directions of every two takes of one rendered person that follow each other in `clips`."""
    before: Clip | None = None
    for clip in clips:
        if clip.facts.get("take") in _UNSPOKEN:
            continue
        if before is not None and _is_same_take(before, clip):
            yield _pair("exact", before, clip)
            yield _pair("exact", clip, before)
        before = clip


def altered_pairs(clips: Iterable[Clip]) -> Iterator[Pair]:
    """Every altered version of a real film's clip as the condition of the untouched one, in the order of `clips`.

    The versions of one film follow each other, the untouched one last, as `core.research.corpus.reenacted` makes them.
    """
    versions: list[Clip] = []
    for clip in clips:
        versions = [version for version in versions if _is_same_take(version, clip)]
        if clip.facts.get("take") == "true":
            for version in versions:
                yield _pair("altered", version, clip)
        else:
            versions.append(clip)


def _is_same_take(a: Clip, b: Clip) -> bool:
    return a.person == b.person and np.array_equal(a.pose, b.pose)


def _pair(kind: PairKind, condition: Clip, target: Clip) -> Pair:
    return Pair(kind, condition.frames, target.frames, target.voice, condition.visemes, target.visemes)


def arbitrary_pair(
    clip: Clip, frames: int, rng: np.random.Generator, *, sound_rate: int = 16_000, fps: int = 25
) -> Pair:
    """Two stretches of `frames` frames of one clip, not overlapping where the clip is long enough.

    Raises:
        ValueError: the clip is shorter than `frames`.
    """
    count = len(clip.frames)
    if count < frames:
        raise ValueError(f"clip {clip.id} has {count} frames, fewer than {frames}")
    first = int(rng.integers(0, count - frames + 1))
    free = [start for start in range(count - frames + 1) if abs(start - first) >= frames]
    second = int(rng.choice(free)) if free else int(rng.integers(0, count - frames + 1))
    a, b = slice(first, first + frames), slice(second, second + frames)
    sound = slice(round(second / fps * sound_rate), round((second + frames) / fps * sound_rate))
    return Pair(
        "arbitrary", clip.frames[a], clip.frames[b], clip.voice[sound], clip.visemes[a], clip.visemes[b]
    )
