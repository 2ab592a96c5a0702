"""Exact pairs as training clips of the generator: two takes of rendered heads and of re-enacted stills, all but the words alike."""

from collections.abc import Sequence

import numpy as np

from core.adaptation.altered import Footage, OwnWords, Stretch, aligned_clip
from core.adaptation.clips import GeneratorClip, Words
from core.motion.shape import shape_model
from core.own_mouth.engine import OwnMouthEngine
from core.research.corpus.clips import Clip, HeadActor
from core.research.corpus.reenacted import TrackedFile, reenacted_clips

_MOST_YAW = 30.0
_HEAD_SPAN = 1.5  # a rendered picture's side over the crop's
_STILL_SPAN = 2.0  # re-enacted pictures show more of the person than the crop does


def rendered_pair(seed: int, size: int, frames: int) -> tuple[GeneratorClip, GeneratorClip]:
    """Both takes of one rendered person: pose, light and grain are the same, so each is the other's exact pair."""
    actor = HeadActor(seed, size=round(size * _HEAD_SPAN), max_yaw=_MOST_YAW)
    return _pair([actor.play(take, frames) for take in (0, 1)], size, seed)


def still_pair(source: TrackedFile, seed: int, size: int, frames: int) -> tuple[GeneratorClip, GeneratorClip]:
    """Both takes of a re-enacted still."""
    takes = [clip for clip, _ in reenacted_clips(source, seed, frames, round(size * _STILL_SPAN))]
    return _pair(takes, size, seed)


def _pair(takes: Sequence[Clip], size: int, seed: int) -> tuple[GeneratorClip, GeneratorClip]:
    model = shape_model()
    footage = Footage([_stretch(take) for take in takes])
    made = []
    for number, take in enumerate(takes):
        stretch = footage.stretches[number]
        engine = OwnMouthEngine(motion=OwnWords(stretch, model))
        versions: list[tuple[Words, Sequence[np.ndarray]]] = [
            ("other", footage.stretches[1 - number].pictures),
            ("own", footage.with_own_words(engine, number, seed)),
        ]
        made.append(aligned_clip(stretch, versions, take.person, size))
    return made[0], made[1]


def _stretch(clip: Clip) -> Stretch:
    count = len(clip.frames)
    return Stretch(list(clip.frames), clip.landmarks, np.ones(count, np.float32), clip.times, clip.voice)
