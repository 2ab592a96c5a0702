"""Teaches an audio tower to hear phones before it meets lips: synthetic voices whose phones are known to the millisecond.

A scorer's own footage holds few voices. Which phone sounds can be learnt from any number of them, and nothing about how a
mouth moves is said here, so that what counts as a fit still comes from filmed people alone.
"""

import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from core.base.errors import SettingsError
from core.base.precision import fast_dtype
from core.motion.viseme import VISEME_COUNT, viseme_track
from core.research.training.motion.phone_corpus import utterances
from core.research.training.scorer.mel_changes import changed_windows
from core.research.training.scorer.networks import Tower
from core.scorer.config import ScorerConfig
from core.scorer.segments import mel_windows
from core.speech.mel import SAMPLE_RATE, log_mel

logger = logging.getLogger(__name__)

ASKED_AT_S = (-0.08, -0.04, 0.0, 0.04, 0.08)
"""Moments of a 0.2 s window, from its middle, whose phone class the tower has to tell."""
UTTERANCES = 800
"""About 40 minutes of speech, which espeak-ng speaks in a minute or two."""
_VOICES_A_BATCH = 32
_WINDOWS_A_VOICE = 12
_CLASS_RATE = 100


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """One utterance: its log-mel (M, 80) and the viseme class (S,) int64 of each of its centiseconds."""

    mel: np.ndarray
    classes: np.ndarray


def lessons(count: int, seed: int) -> list[Lesson]:
    """`count` synthetic utterances of many languages and voices.

    Raises:
        ModelError: espeak-ng is not installed.
    """
    taught = []
    for item in islice(utterances(seed), count):
        times = np.arange(len(item.voice) * _CLASS_RATE // SAMPLE_RATE) / _CLASS_RATE
        taught.append(Lesson(log_mel(item.voice), viseme_track(item.visemes, times)))
    return taught


def teach_by_synthetic_voices(config: ScorerConfig, output: Path, minutes: float, *, seed: int = 1) -> Path:
    """As `teach_phones`, with lessons that `seed` makes.

    Raises:
        SettingsError: the recipe does not hear log-mel.
        ModelError: espeak-ng is not installed.
    """
    _require_mel(config)
    return teach_phones(config, lessons(UTTERANCES, seed), output, minutes, seed=seed)


def _require_mel(config: ScorerConfig) -> None:
    if config.audio != "mel":
        raise SettingsError(f"The scorer “{config.name}” does not hear log-mel, and cannot be taught phones.")


def teach_phones(
    config: ScorerConfig,
    taught: Sequence[Lesson],
    output: Path,
    minutes: float,
    *,
    most_steps: int | None = None,
    seed: int = 1,
    log_every: int = 200,
) -> Path:
    """Trains the audio tower of `config` for processor `minutes`; the file starts a training as `TrainSettings.initial`.

    After `most_steps` it stops even if minutes are left, so that a run is the same on any computer.

    Raises:
        SettingsError: the recipe does not hear log-mel.
    """
    _require_mel(config)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    tower = Tower(config.audio_shape, config.audio_tower, config.embedding, config.dropout)
    head = nn.Linear(config.audio_tower.trunk[-1].channels, VISEME_COUNT * len(ASKED_AT_S))
    tower = tower.to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam([*tower.parameters(), *head.parameters()], 1e-3, betas=(0.5, 0.999))
    started, step, right = time.process_time(), 0, 0.0

    def share_done() -> float:
        by_steps = step / most_steps if most_steps else 0.0
        return max((time.process_time() - started) / (60 * minutes), by_steps)

    while (used := share_done()) < 1:
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * (1 - 0.95 * used)
        windows, truth = _drawn(taught, random)
        sound = torch.from_numpy(windows).contiguous(memory_format=torch.channels_last)
        wanted = torch.from_numpy(truth)
        with torch.autocast("cpu", torch.bfloat16, enabled=fast_dtype(torch.device("cpu")) == torch.bfloat16):
            features = tower.features(sound)
        logits = head(features.float()).reshape(-1, VISEME_COUNT)
        loss = functional.cross_entropy(logits, wanted.reshape(-1))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        step += 1
        right += 0.02 * (float((logits.argmax(dim=1) == wanted.reshape(-1)).float().mean()) - right)
        if step % log_every == 0:
            logger.info("phones, step %d: %.0f %% right", step, 100 * right)
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = output.with_suffix(".tmp")
    torch.save({f"audio.{key}": value for key, value in tower.state_dict().items()}, temporary)
    os.replace(temporary, output)
    return output


def _drawn(taught: Sequence[Lesson], random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Windows (n, 1, 80, 16) of some voices, each voice changed in its own way, and the classes (n, moments) in them."""

    def other(count: int) -> np.ndarray:
        lesson = taught[int(random.integers(len(taught)))]
        return mel_windows(lesson.mel, random.uniform(0, len(lesson.classes) / _CLASS_RATE, count))

    windows, classes = [], []
    for index in random.integers(0, len(taught), _VOICES_A_BATCH):
        lesson = taught[int(index)]
        centres = random.uniform(0.0, len(lesson.classes) / _CLASS_RATE, _WINDOWS_A_VOICE)
        windows.append(changed_windows(mel_windows(lesson.mel, centres), random, other))
        asked = np.round((centres[:, None] + np.array(ASKED_AT_S)) * _CLASS_RATE).astype(int)
        classes.append(lesson.classes[np.clip(asked, 0, len(lesson.classes) - 1)])
    return np.concatenate(windows), np.concatenate(classes)
