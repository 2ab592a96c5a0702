"""Decoded clips beside a corpus, so that training reads five-frame samples without a decoder.

Each shard is decoded once into one array file, which is memory-mapped; a sample is a copy of a few frames of it.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.base.errors import MediaError
from core.research.corpus.clips import FPS, SOUND_RATE
from core.research.corpus.splits import Split, split_of
from core.research.corpus.store import SCENES, read_shard


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Consecutive frames of one clip with their sound.

    Attributes:
        clip: the clip's id.
        frames: (n, S, S, 3) uint8 RGB.
        voice: (n · 640,) float32 mono 16 kHz, over just these frames.
        visemes: (n, 11) float32; NaN for real speech.
    """

    clip: str
    frames: np.ndarray
    voice: np.ndarray
    visemes: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class _Clip:
    id: str
    frames: np.ndarray
    voice: np.ndarray
    visemes: np.ndarray


class FrameCache:
    """All clips of a corpus folder, or of one split, ready to be sampled.

    Args:
        corpus: the folder that ``unisync lab corpus build`` made.
        cache: where decoded shards are kept; those already there are used.
        split: one split only.
        length: frames of a sample.

    Raises:
        MediaError: `corpus` holds no corpus.
    """

    def __init__(self, corpus: Path, cache: Path, *, split: Split | None = None, length: int = 5) -> None:
        self.length = length
        cache.mkdir(parents=True, exist_ok=True)
        shards = sorted(path for path in corpus.glob("*.tar") if not path.name.startswith(SCENES))
        if not shards:
            raise MediaError(f"{corpus} holds no corpus.", hint="Build one with “unisync lab corpus build”.")
        self._clips: list[_Clip] = []
        for shard in shards:
            self._clips += _decoded(shard, cache, split)
        starts = [max(len(clip.frames) - length + 1, 0) for clip in self._clips]
        self._ends = np.cumsum(starts)

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def __getitem__(self, index: int) -> Sample:
        """The sample that begins at the `index`-th of all possible places."""
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        number = int(np.searchsorted(self._ends, index, side="right"))
        clip = self._clips[number]
        first = index - (int(self._ends[number - 1]) if number else 0)
        stop = first + self.length
        step = SOUND_RATE // FPS
        sound = clip.voice[first * step : stop * step].astype(np.float32) / 32767
        voice = np.zeros(self.length * step, np.float32)
        voice[: len(sound)] = sound
        return Sample(clip.id, np.array(clip.frames[first:stop]), voice, np.array(clip.visemes[first:stop]))


def _decoded(shard: Path, cache: Path, split: Split | None) -> list[_Clip]:
    """The clips of one shard, decoded now unless the cache has them for this very file."""
    stamp = f"{shard.stem}-{shard.stat().st_size}-{shard.stat().st_mtime_ns}"
    frames_file, rest_file = cache / f"{stamp}.npy", cache / f"{stamp}.json"
    if not rest_file.exists():
        _decode(shard, frames_file, rest_file)
    about = json.loads(rest_file.read_text("utf-8"))
    frames = np.load(frames_file, mmap_mode="r")
    with np.load(frames_file.with_suffix(".npz")) as stored:
        voices, visemes = stored["voices"], stored["visemes"]
    clips, sound_at = [], 0
    for name, clip_split, first, stop, sound_stop in about:
        if split is None or clip_split == split:
            clips.append(_Clip(name, frames[first:stop], voices[sound_at:sound_stop], visemes[first:stop]))
        sound_at = sound_stop
    return clips


def _decode(shard: Path, frames_file: Path, rest_file: Path) -> None:
    frames, voices, visemes, about = [], [], [], []
    first = sound = 0
    for clip, item in read_shard(shard):
        frames.append(clip.frames)
        voices.append((np.clip(clip.voice, -1, 1) * 32767).astype(np.int16))
        visemes.append(clip.visemes)
        stop, sound = first + len(clip.frames), sound + len(clip.voice)
        about.append([clip.id, split_of(item), first, stop, sound])
        first = stop
    part = frames_file.with_suffix(".part.npy")
    np.save(part, np.concatenate(frames))
    os.replace(part, frames_file)
    part = frames_file.with_suffix(".part.npz")
    np.savez(part, voices=np.concatenate(voices), visemes=np.concatenate(visemes).astype(np.float32))
    os.replace(part, frames_file.with_suffix(".npz"))
    part = rest_file.with_suffix(".part")
    part.write_text(json.dumps(about), "utf-8")
    os.replace(part, rest_file)
