"""Builds a corpus folder: the same preset and seed give the same bytes, whatever was there before."""

import dataclasses
import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.base.errors import SettingsError
from core.research.corpus.clips import FPS, SOUND_RATE, Clip, HeadActor, speech_of
from core.research.corpus.occluders import OCCLUDERS, occlude
from core.research.corpus.performance import perform
from core.research.corpus.reenacted import TrackedFile, reenacted_clips, tracked_files
from core.research.corpus.scenes import Scene, make_scene
from core.research.corpus.splits import Item
from core.research.corpus.store import (
    INDEX_NAME,
    RENDERED_LICENCE,
    SCENES,
    StoredItem,
    read_index,
    write_json,
    write_shard,
)
from core.research.corpus.stylised import DRAWN, REDRAWN, draw_character
from core.research.corpus.visemes import viseme_curves

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Preset:
    """How much of what.

    Attributes:
        heads: people with an exact pair each.
        occluded: people with something before the mouth.
        stylised: drawn and redrawn characters.
        reenacted: people of tracked stills and films, half of each; none without tracked footage.
        scenes: conversations of several people.
        frames: of a clip.
        scene_frames: of a scene.
        size: side of a clip's picture; a scene's is 16:9 and as high.
        per_shard: people, or scenes, in one file.
    """

    heads: int
    occluded: int
    stylised: int
    frames: int
    size: int
    per_shard: int
    reenacted: int = 0
    scenes: int = 0
    scene_frames: int = 100


PRESETS = {
    # for trying out
    "tiny": Preset(1, 1, 2, frames=6, size=96, per_shard=2, reenacted=2, scenes=1, scene_frames=8),
    "small": Preset(32, 8, 30, frames=50, size=160, per_shard=5, reenacted=20, scenes=6),
    "full": Preset(
        320, 80, 100, frames=1500, size=256, per_shard=4, reenacted=120, scenes=120, scene_frames=500
    ),
}


@dataclass(frozen=True, slots=True)
class Job:
    """One person's clips or one scene: `kind` is "head", "occluded", "reenacted", "scene" or a style's name."""

    kind: str
    person_seed: int
    source: TrackedFile | None = None


def plan(preset: Preset, seed: int, tracked: Sequence[TrackedFile] = ()) -> tuple[Job, ...]:
    """Everything to be built, in order; person seeds never repeat between kinds, scenes come last."""
    first = 1 + seed * 10_000
    styles = (*DRAWN, *REDRAWN)
    jobs = [Job("head", first + i) for i in range(preset.heads)]
    jobs += [Job("occluded", first + 4000 + i) for i in range(preset.occluded)]
    jobs += [Job(styles[i % len(styles)], first + 7000 + i) for i in range(preset.stylised)]
    for number, source in enumerate(chosen_files(tracked, preset.reenacted, seed)):
        jobs.append(Job("reenacted", first + 8000 + number, source))
    jobs += [Job("scene", first + 9000 + i) for i in range(preset.scenes)]
    return tuple(jobs)


def chosen_files(tracked: Sequence[TrackedFile], count: int, seed: int) -> tuple[TrackedFile, ...]:
    """`count` of the files, one of each person, stills and films in turn while there are both."""
    rng = np.random.default_rng([seed, 704])
    kinds: dict[bool, list[TrackedFile]] = {True: [], False: []}
    people: set[str] = set()
    for i in rng.permutation(len(tracked)):
        file = tracked[i]
        if file.item.person not in people:
            people.add(file.item.person)
            kinds[file.is_still].append(file)
    stills, films = kinds[True], kinds[False]
    half = min(len(stills), max(count - count // 2, count - len(films)))
    return (*stills[:half], *films[: count - half])


def make_clips(job: Job, preset: Preset) -> Iterator[tuple[Clip, Item]]:
    """The clips of one person, with their rights."""
    if job.source is not None:
        yield from reenacted_clips(job.source, job.person_seed, preset.frames, preset.size)
        return
    for clip in _rendered_clips(job, preset):
        yield clip, rendered_item(clip)


def _rendered_clips(job: Job, preset: Preset) -> Iterator[Clip]:
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
    folder: Path,
    preset_name: str,
    seed: int,
    on_progress: Callable[[int, int], None] | None = None,
    tracked: Path | None = None,
) -> tuple[StoredItem, ...]:
    """Builds the corpus in `folder` and returns its index. Finished shards of the same build are kept.

    Args:
        folder: where; made when missing.
        preset_name: one of `PRESETS`.
        seed: another seed gives other people.
        on_progress: is told how many people and scenes of how many are done.
        tracked: footage to re-enact, as `core.research.corpus.real` makes it; without it that family is left out.

    Raises:
        MediaError: `tracked` holds nothing that may be re-enacted.
        SettingsError: there is no such preset, or the folder holds another build.
    """
    if preset_name not in PRESETS:
        raise SettingsError(
            f"There is no corpus preset “{preset_name}”.", hint=f"Choose one of {', '.join(PRESETS)}."
        )
    preset = PRESETS[preset_name]
    sources = () if tracked is None else tracked_files(tracked)
    folder.mkdir(parents=True, exist_ok=True)
    _claim(folder, preset_name, seed, sources)
    jobs = plan(preset, seed, sources)
    scenes = [job for job in jobs if job.kind == "scene"]
    clips = [job for job in jobs if job.kind != "scene"]
    batches = [(f"{preset_name}-{n:04d}.tar", batch) for n, batch in _batches(clips, preset.per_shard)]
    batches += [(f"{SCENES}-{n:04d}.tar", batch) for n, batch in _batches(scenes, preset.per_shard)]
    stored: list[StoredItem] = []
    done = 0
    for name, batch in batches:
        shard = folder / name
        lines = folder / f"{shard.stem}.lines.json"
        if shard.exists() and lines.exists():
            stored += read_index(lines)
        else:
            made = write_shard(shard, (sample for job in batch for sample in _samples_of(job, preset)))
            write_json(lines, [dataclasses.asdict(line) for line in made])
            stored += made
        done += len(batch)
        logger.info("corpus: %d of %d people and scenes", done, len(jobs))
        if on_progress is not None:
            on_progress(done, len(jobs))
    write_json(folder / INDEX_NAME, [dataclasses.asdict(line) for line in stored])
    return tuple(stored)


def _batches(jobs: Sequence[Job], size: int) -> Iterator[tuple[int, Sequence[Job]]]:
    for number, start in enumerate(range(0, len(jobs), size)):
        yield number, jobs[start : start + size]


def _samples_of(job: Job, preset: Preset) -> Iterator[tuple[Clip | Scene, Item]]:
    if job.kind != "scene":
        yield from make_clips(job, preset)
        return
    people = 2 + job.person_seed % 2
    scene = make_scene(job.person_seed, preset.scene_frames, people=people, height=preset.size)
    # A scene is one item: its people appear together, so they share its split.
    yield scene, Item(scene.id, scene.id, RENDERED_LICENCE, training_allowed=True)


def rendered_item(clip: Clip) -> Item:
    """The rights of a rendered clip: nobody's likeness, so training is allowed."""
    return Item(clip.id, clip.person, RENDERED_LICENCE, training_allowed=True)


def _claim(folder: Path, preset_name: str, seed: int, sources: Sequence[TrackedFile]) -> None:
    mark = folder / "build.json"
    wanted: dict[str, object] = {"preset": preset_name, "seed": seed}
    if sources:
        digest = hashlib.sha256()
        for source in sources:
            digest.update(source.path.name.encode() + source.path.read_bytes())
        wanted["footage"] = digest.hexdigest()
    if mark.exists():
        found = json.loads(mark.read_text())
        if found != wanted:
            raise SettingsError(
                f"{folder} holds another corpus: “{found['preset']}” with seed {found['seed']}"
                f"{' and re-enacted footage' if 'footage' in found else ''}.",
                hint="Choose another folder with --out.",
            )
    else:
        write_json(mark, wanted)
