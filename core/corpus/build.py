"""Builds a corpus folder: the same preset and seed give the same bytes, whatever was there before."""

import dataclasses
import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.corpus.clips import FPS, SOUND_RATE, Clip, HeadActor, speech_of
from core.corpus.occluders import OCCLUDERS, occlude
from core.corpus.performance import perform
from core.corpus.splits import Item
from core.corpus.store import INDEX_NAME, RENDERED_LICENCE, StoredItem, read_index, write_shard
from core.corpus.stylised import DRAWN, REDRAWN, draw_character
from core.corpus.visemes import viseme_curves
from core.errors import SettingsError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Preset:
    """How much of what: heads with an exact pair each, heads with something before the mouth, stylised characters."""

    heads: int
    occluded: int
    stylised: int
    frames: int
    size: int
    per_shard: int


PRESETS = {
    "tiny": Preset(heads=1, occluded=1, stylised=2, frames=6, size=96, per_shard=2),  # for trying out
    "small": Preset(heads=32, occluded=8, stylised=30, frames=50, size=160, per_shard=10),
    "full": Preset(heads=320, occluded=80, stylised=100, frames=1500, size=256, per_shard=4),
}


@dataclass(frozen=True, slots=True)
class Job:
    """One person's clips: `kind` is "head", "occluded" or a style's name."""

    kind: str
    person_seed: int


def plan(preset: Preset, seed: int) -> tuple[Job, ...]:
    """Everything to be built, in order; person seeds never repeat between kinds."""
    first = 1 + seed * 10_000
    styles = (*DRAWN, *REDRAWN)
    jobs = [Job("head", first + i) for i in range(preset.heads)]
    jobs += [Job("occluded", first + 4000 + i) for i in range(preset.occluded)]
    jobs += [Job(styles[i % len(styles)], first + 7000 + i) for i in range(preset.stylised)]
    return tuple(jobs)


def make_clips(job: Job, preset: Preset) -> Iterator[Clip]:
    """The clips of one person."""
    seed, frames, size = job.person_seed, preset.frames, preset.size
    if job.kind in DRAWN:
        yield _drawn(job.kind, seed, frames, size)
        return
    actor = HeadActor(seed, size=size)
    if job.kind == "head":
        yield actor.play(0, frames)
        yield actor.play(1, frames)  # the exact pair: all but the words is the same
        return
    clip = actor.play(0, frames)
    if job.kind == "occluded":
        kind = OCCLUDERS[seed % len(OCCLUDERS)]
        covered, masks = occlude(clip.frames, clip.landmarks, kind, seed)
        yield dataclasses.replace(
            clip, frames=covered, occluder_masks=masks, facts={**clip.facts, "occluder": kind}
        )
    else:
        redrawn = np.stack([REDRAWN[job.kind](frame) for frame in clip.frames])
        yield dataclasses.replace(
            clip,
            id=f"{job.kind}-{seed:05d}-0",
            person=f"{job.kind}-{seed:05d}",
            style=job.kind,
            frames=redrawn,
        )


def _drawn(style: str, seed: int, frames: int, size: int) -> Clip:
    voice = speech_of(seed, 0, frames / FPS)
    times = (np.arange(frames) + 0.5) / FPS
    curves = viseme_curves(voice.phones, times, articulation=1.15)
    moments = perform(voice.phones, times, seed, liveliness=1.3)
    pictures = np.stack(
        [draw_character(style, seed, v, m, size) for v, m in zip(curves.values, moments, strict=True)]
    )
    nothing = np.zeros((frames, size, size), np.uint8)
    return Clip(
        f"{style}-{seed:05d}-0",
        f"{style}-{seed:05d}",
        style,
        pictures,
        times,
        np.full((frames, 468, 3), np.nan, np.float32),  # a drawing has no mesh
        np.array([[m.yaw, m.pitch, m.roll] for m in moments], np.float32),
        curves.values,
        nothing,
        nothing,
        voice.samples[: round(frames / FPS * SOUND_RATE)],
        tuple(p for p in voice.phones if p.start < frames / FPS),
        voice.text,
        {"voice": voice.voice.id, "language": voice.voice.language, "light": "drawn", "yaw": 0.0},
    )


def build_corpus(
    folder: Path, preset_name: str, seed: int, on_progress: Callable[[int, int], None] | None = None
) -> tuple[StoredItem, ...]:
    """Builds the corpus in `folder` and returns its index. Finished shards of the same build are kept.

    Raises:
        SettingsError: there is no such preset, or the folder holds another build.
    """
    if preset_name not in PRESETS:
        raise SettingsError(
            f"There is no corpus preset “{preset_name}”.", hint=f"Choose one of {', '.join(PRESETS)}."
        )
    preset = PRESETS[preset_name]
    folder.mkdir(parents=True, exist_ok=True)
    _claim(folder, preset_name, seed)
    jobs = plan(preset, seed)
    stored: list[StoredItem] = []
    for start in range(0, len(jobs), preset.per_shard):
        batch = jobs[start : start + preset.per_shard]
        shard = folder / f"{preset_name}-{start // preset.per_shard:04d}.tar"
        lines = folder / f"{shard.stem}.lines.json"
        if shard.exists() and lines.exists():
            stored += read_index(lines)
        else:
            made = write_shard(
                shard, ((clip, rendered_item(clip)) for job in batch for clip in make_clips(job, preset))
            )
            _write_json(lines, [dataclasses.asdict(line) for line in made])
            stored += made
        logger.info("corpus: %d of %d people", min(start + preset.per_shard, len(jobs)), len(jobs))
        if on_progress is not None:
            on_progress(min(start + preset.per_shard, len(jobs)), len(jobs))
    _write_json(folder / INDEX_NAME, [dataclasses.asdict(line) for line in stored])
    return tuple(stored)


def rendered_item(clip: Clip) -> Item:
    """The rights of a rendered clip: nobody's likeness, so training is allowed."""
    return Item(clip.id, clip.person, RENDERED_LICENCE, training_allowed=True)


def _claim(folder: Path, preset_name: str, seed: int) -> None:
    mark = folder / "build.json"
    wanted = {"preset": preset_name, "seed": seed}
    if mark.exists():
        found = json.loads(mark.read_text())
        if found != wanted:
            raise SettingsError(
                f"{folder} holds the corpus “{found['preset']}” with seed {found['seed']}.",
                hint="Choose another folder with --out.",
            )
    else:
        _write_json(mark, wanted)


def _write_json(path: Path, content: object) -> None:
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True))
    os.replace(beside, path)
