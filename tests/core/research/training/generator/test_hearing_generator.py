"""A small generator that nobody tells the lips learns them from what Whisper's ear hears, and its curve tells so."""

import json
from dataclasses import replace

import numpy as np
import torch

from core.adaptation.clips import GeneratorClip, encode_pictures
from core.generator.recipes import GeneratorRecipe
from core.research.training.generator.train import train_transformer
from core.research.training.generator.training_loop import TrainingSettings
from core.speech.whisper import whisper_ear
from tests.core.adaptation.toy_clips import SIZE, clip

FRAMES, RATE = 24, 16000
RECIPE = GeneratorRecipe(
    "toy",
    size=SIZE,
    view="face",
    codec={"factor": 4},
    transformer={
        "dim": 32, "depth": 1, "heads": 2, "max_side": 8, "fusion": "channels", "prediction": "edit", "geometry": False
    },
    frames=4,
    batch=4,
    rate=3e-3,
    one_step=True,
    speech_dropout=0.2,
)  # fmt: skip


def spoken_clip(seed: int) -> GeneratorClip:
    """A square that opens as loudly as a buzzing voice says it; the altered version's opens at random."""
    rng = np.random.default_rng(seed)
    times = np.arange(FRAMES) / 25
    opening = (np.sin(2 * np.pi * (rng.uniform(1, 3) * times + rng.random())) > 0).astype(float)
    seconds = np.arange(round(FRAMES / 25 * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 130 * k * seconds) / k for k in range(1, 20))
    voice = (0.15 * buzz * (0.02 + np.interp(seconds, times, opening))).astype(np.float32)

    def pictures(openings: np.ndarray) -> tuple[bytes, ...]:
        made = np.full((FRAMES, SIZE, SIZE, 3), 120, np.uint8)
        for picture, value in zip(made, openings, strict=True):
            picture[20 : 21 + int(8 * value), 10:22] = (200, 40, 40)
        return encode_pictures(made)

    drawn = clip(seed)
    return replace(
        drawn,
        times=times,
        crops=pictures(opening),
        altered=(pictures(rng.random(FRAMES)),),
        landmarks=np.repeat(drawn.landmarks[:1], FRAMES, 0),
        rotation=np.repeat(drawn.rotation[:1], FRAMES, 0),
        speech=whisper_ear().features(voice).astype(np.float16),
        voice=(voice * 32767).astype(np.int16),
    )


def test_a_generator_that_is_told_no_lips_learns_them_from_whispers_ear(tmp_path):
    torch.manual_seed(0)
    network = RECIPE.make_transformer(RECIPE.make_codec(), whisper_ear().width)
    clips = [spoken_clip(seed) for seed in range(6)]
    settings = TrainingSettings(tmp_path, 60, most_steps=240)
    train_transformer(network, RECIPE.make_codec(), clips[:4], RECIPE, settings, held_out=clips[4:])
    curve = [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text().splitlines()]
    heard, unheard = curve[-1]["other sigma 1"], curve[-1]["other unheard"]
    assert heard < 0.75 * unheard
    assert heard < curve[-1]["other source"]
