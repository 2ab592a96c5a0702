"""What each of the papers' means is worth at work: one trained generator, one thing changed at a time."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

from core.base.precision import processor
from core.generator.engine import default_sampler
from core.generator.export import load_generator
from core.generator.pipeline import SamplerSettings
from core.research.benchmark.generator import Told, Way, generated, version

EngineName = Literal["hybrid", "diffusion"]
# Several steps with everything on: what the single changes below are measured against.
FULL = SamplerSettings(steps=10, tau=0.92, guidance_peak=1.0, injection_ratio=0.8)


def sweep_ways(description: Path, engine: EngineName) -> dict[str, Way]:
    """Rows of the sweep of `engine`; of one that works in one step, only what it is told can be changed."""
    recipe, pipeline = load_generator(description, place=processor())
    words = "own" if engine == "hybrid" else "other"
    ways: dict[str, Way] = {"unchanged": version(words)}
    usual = default_sampler(recipe, engine)
    changes = [("as shipped", usual, Told()), *_inputs(usual)]
    if not recipe.one_step:
        changes += _sampling(engine, usual)
    for label, sampler, told in changes:
        ways[label] = generated(recipe, pipeline, words, sampler=sampler, told=told)
    return ways


def _sampling(engine: EngineName, usual: SamplerSettings) -> Iterator[tuple[str, SamplerSettings, Told]]:
    told = Told()
    full = replace(FULL, tau=usual.tau if engine == "hybrid" else FULL.tau)
    for tau in (0.2, 0.35, 0.5, 0.7, 0.8, 0.92, 1.0):
        yield f"tau {tau:g}, 10 steps", replace(full, tau=tau), told
    for steps in (1, 2, 4, 8, 20, 50):
        yield f"from tau 1, {steps} steps", replace(full, tau=1.0, steps=steps), told
    for label, peak, base in (
        ("no", 0.0, 1.0),
        ("low static", 0.5, 1.0),
        ("high static", 3.0, 1.0),
        ("DS", 3.0, 0.2),
    ):
        yield f"{label} guidance", replace(full, guidance_peak=peak, guidance_base=base), told
    for ratio in (0.0, 0.2, 0.4, 0.6, 1.0):
        yield f"injection {ratio:g}", replace(full, injection_ratio=ratio), told


def _inputs(usual: SamplerSettings) -> Iterator[tuple[str, SamplerSettings, Told]]:
    told = Told()
    for label, without in (
        ("without pose anchors", replace(told, pose=False)),
        ("without geometry", replace(told, geometry=False)),
        ("without references", replace(told, references=False)),
        ("references not laid", replace(told, aligned=False)),
        ("without speech", replace(told, speech=False)),
        ("without smooth border", replace(told, smooth=False)),
    ):
        yield label, usual, without
