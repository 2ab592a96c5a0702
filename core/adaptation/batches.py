"""What one training step sees: which clips, which stretch, which version of them as the source, at which noise level."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from core.adaptation import flow
from core.adaptation.clips import GeneratorClip
from core.base.errors import SettingsError
from core.face_geometry.measures import eye_distance
from core.generator.crop_region import CropRegion
from core.generator.recipes import GeneratorRecipe
from core.generator.references import ANCHORS, pick_references
from core.generator.style import UNTOLD, style_of
from core.own_mouth.naturalness import patch_affine

_AHEAD = 3  # batches drawn while the network works
_NEAR = 6  # frames around the target that are too much like it to serve as reference
_ELSEWHERE = (
    0.5  # share of clips whose references come from another clip of the person: other light, another pose
)
_WHITE = 0.8  # how far the white balance wanders beside the exposure
_OTHER_LIGHT = 0.2  # and how far references wander by themselves
_SELDOM = 0.25  # odds of a source that nobody doubts beside one that is doubted for certain

Damage = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]
"""Breaks the mouths of (T, S, S, 3) uint8 crops; (T, 468, 2) float32 landmarks in their pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """B clips of T frames, pictures cut to the region.

    Attributes:
        target: (B, T, V, V, 3) uint8, the untouched clip.
        source: the same with another mouth, or another moment of it.
        pose, geometry: (B, T, V, V, 3) uint8 videos.
        references: (B, K, 1, V, V, 3) uint8, other moments of the person; a rival's one is (B, 1, T, V, V, 3), any other.
        lips: (B, T, P, 2) float32, the target's anchors (`core.generator.references`) in pixels of the region.
        reference_lips: (B, K, P, 2) float32, the references'; no rival has any.
        surroundings: (B, T, S, S, 3) uint8, the whole crops, for losses that look beyond the region.
        corner: (B, 2) int64, x and y in them of the region's upper left pixel.
        patches: (B, T, 2, 3) float32 from the pixels of the whole crops to what the judge of naturalness sees.
        speech: (B, T, W, D) float32.
        voices: B int16 mono 16 kHz.
        times: (B, T) float64 seconds on each voice's clock.
        mouth: (B, T, V, V) float32 0..1.
        style: (B,) int64, how lively the mouth is, see `core.generator.style`; the last one is “not told”.
        sigmas: (B,) float32.
        silent, unguided: (B,) bool: trained without speech, without geometry.
        noise_seed: of the step's noise.
    """

    target: np.ndarray
    source: np.ndarray
    pose: np.ndarray
    geometry: np.ndarray
    references: np.ndarray
    lips: np.ndarray
    reference_lips: np.ndarray
    surroundings: np.ndarray
    corner: np.ndarray
    patches: np.ndarray
    speech: np.ndarray
    voices: tuple[np.ndarray, ...]
    times: np.ndarray
    mouth: np.ndarray
    style: np.ndarray
    sigmas: np.ndarray
    silent: np.ndarray
    unguided: np.ndarray
    noise_seed: int


def trainable(clips: Sequence[GeneratorClip], frames: int) -> tuple[GeneratorClip, ...]:
    """The clips that may be trained on and are long enough.

    Raises:
        SettingsError: there is none.
    """
    usable = tuple(clip for clip in clips if clip.may_train and len(clip) >= frames)
    if not usable:
        raise SettingsError(f"None of {len(clips)} clips may be trained on and has {frames} frames.")
    return usable


def draw_batch(
    clips: Sequence[GeneratorClip],
    recipe: GeneratorRecipe,
    rng: np.random.Generator,
    batch: int | None = None,
    *,
    damage: Damage | None = None,
    doubts: Sequence[np.ndarray] | None = None,
) -> Batch:
    """A batch out of `clips`, each with an altered version and as long as ``recipe.frames``.

    Args:
        clips: to draw from.
        recipe: how.
        rng: of everything random.
        batch: how many; the recipe's by default.
        damage: what breaks the ``recipe.broken_share`` of the sources; none is broken without.
        doubts: per clip (versions, T) in 0..1, how unnatural each altered frame looks: what is doubted is drawn more often.
    """
    count, size = batch or recipe.batch, recipe.frames
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    sigmas = flow.sample_sigmas(count, generator, mean=recipe.sigma_mean, shift=recipe.sigma_shift).numpy()
    sigmas = np.where(rng.random(count) < (1.0 if recipe.one_step else recipe.pure_share), 1, sigmas)
    sigmas = sigmas.astype(np.float32)
    by_person: dict[str, list[int]] = {}
    for number, clip in enumerate(clips):
        by_person.setdefault(clip.person, []).append(number)
    people = sorted(by_person)
    # The square root of a person's footage: many people count more than much of one.
    odds = np.sqrt([len(by_person[person]) for person in people])
    items = []
    for sigma in sigmas.tolist():
        own = by_person[people[rng.choice(len(people), p=odds / odds.sum())]]
        if doubts is None:
            number = own[rng.integers(len(own))]
            version = _version(clips[number], recipe, rng)
            start = int(rng.integers(len(clips[number]) - size + 1))
        else:
            number = own[_drawn([float(doubts[i].mean()) for i in own], rng)]
            version = _version(clips[number], recipe, rng)
            windows = np.lib.stride_tricks.sliding_window_view(doubts[number][version], size)
            start = _drawn(windows.mean(axis=1), rng)
        frames = range(start, start + size)
        broken = damage if damage is not None and rng.random() < recipe.broken_share else None
        items.append(
            _item(clips[number], version, frames, sigma, recipe, rng, [clips[i] for i in own], broken)
        )
    stacked = {name: np.stack([item[name] for item in items]) for name in items[0] if name != "voice"}
    return Batch(
        **stacked,
        voices=tuple(item["voice"] for item in items),
        sigmas=sigmas,
        silent=rng.random(count) < recipe.speech_dropout,
        unguided=rng.random(count) < recipe.geometry_dropout,
        noise_seed=int(rng.integers(2**31)),
    )


def _drawn(doubts: Sequence[float] | np.ndarray, rng: np.random.Generator) -> int:
    """One of them, the doubted ones more often."""
    odds = _SELDOM + (1 - _SELDOM) * np.asarray(doubts, np.float64)
    return int(rng.choice(len(odds), p=odds / odds.sum()))


def _version(clip: GeneratorClip, recipe: GeneratorRecipe, rng: np.random.Generator) -> int:
    """Which of the clip's altered versions is the source."""
    wanted = "own" if rng.random() < recipe.own_share else "other"
    versions = [i for i, words in enumerate(clip.words) if words == wanted] or list(range(len(clip.altered)))
    return versions[rng.integers(len(versions))]


def _item(
    clip: GeneratorClip,
    version: int,
    frames: range,
    sigma: float,
    recipe: GeneratorRecipe,
    rng: np.random.Generator,
    own: Sequence[GeneratorClip],
    damage: Damage | None,
) -> dict[str, np.ndarray]:
    right, down = rng.integers(-recipe.jitter, recipe.jitter + 1, 2).tolist()
    region = recipe.region.shifted(right, down, recipe.size)
    source = frames
    if flow.pair_kind(sigma) == "arbitrary" and rng.random() < recipe.arbitrary_share:
        begin = int(rng.integers(len(clip) - len(frames) + 1))
        source = range(begin, begin + len(frames))
    surroundings = clip.pictures(frames)
    mouth = region.moved(clip.mouth(frames), clip.size)
    points = clip.landmarks[frames.start : frames.stop]
    shown = clip.pictures(source, altered=version)
    if damage is not None:
        shown = damage(shown, clip.landmarks[source.start : source.stop], rng)
    item: dict[str, Any] = {
        "surroundings": surroundings,
        "target": region.cut(surroundings),
        "source": region.cut(shown),
        "pose": region.cut(clip.pose(frames)),
        "geometry": region.cut(clip.geometry(frames)),
        **_references(clip, frames, region, recipe, rng, own),
        "lips": region.placed(points[:, ANCHORS], clip.size),
        "mouth": mouth_masks(mouth, region.pixels(clip.size)[2]).numpy(),
    }
    if recipe.condition == "masked":
        item["source"] = region.masked(item["target"], clip.size)
    if recipe.tone:
        curve = tone_curve(rng, recipe.tone)
        for name in ("surroundings", "target", "source", "references"):
            item[name] = _toned(item[name], curve)
        item["references"] = _toned(item["references"], tone_curve(rng, _OTHER_LIGHT * recipe.tone))
    x, y, side = region.pixels(clip.size)
    if rng.random() < 0.5:
        x = clip.size - side - x
        points = points * np.array([-1, 1], np.float32) + np.array([clip.size - 1, 0], np.float32)
        for name, value in item.items():
            item[name] = (
                value * np.array([-1, 1], np.float32) + np.array([side - 1, 0], np.float32)
                if name in ("lips", "reference_lips")
                else np.flip(value, axis=2 if name == "mouth" else -2)
            )
    item["corner"] = np.array([x, y])
    scale = float(np.median(eye_distance(points)))
    item["patches"] = np.stack([patch_affine(face, scale) for face in points]).astype(np.float32)
    item["speech"] = clip.speech_windows(frames)
    item["times"] = clip.times[frames.start : frames.stop]
    item["style"] = UNTOLD if rng.random() < recipe.style_dropout else style_of(clip.landmarks)
    item["voice"] = clip.voice
    return item


def _references(
    clip: GeneratorClip,
    frames: range,
    region: CropRegion,
    recipe: GeneratorRecipe,
    rng: np.random.Generator,
    own: Sequence[GeneratorClip],
) -> dict[str, np.ndarray]:
    """The item's `references` and `reference_lips`; `own` are all clips of the person."""
    if recipe.condition == "masked":
        begin = int(rng.integers(len(clip) - len(frames) + 1))
        shown = region.cut(clip.pictures(range(begin, begin + len(frames))))[None]
        return {"references": shown, "reference_lips": np.zeros((0, len(ANCHORS), 2), np.float32)}
    others = [other for other in own if other is not clip]
    if others and rng.random() < _ELSEWHERE:
        donor = others[rng.integers(len(others))]
        far = np.ones(len(donor), bool)
    else:
        donor, far = clip, far_from(frames, len(clip))
    # Half of the frames at a time, so that not every step of a clip sees the same ones.
    count = max(recipe.references, 1)  # a batch always has some, looked at or not
    return reference_pictures(donor, far & (rng.random(len(donor)) < 0.5), region, count)


def far_from(frames: range, count: int) -> np.ndarray:
    """(count,) bool: the frames of a clip that are not like `frames`."""
    far = np.ones(count, bool)
    far[max(frames.start - _NEAR, 0) : frames.stop + _NEAR] = False
    return far


def reference_pictures(
    clip: GeneratorClip, allowed: np.ndarray, region: CropRegion, count: int
) -> dict[str, np.ndarray]:
    """``references`` (K, 1, V, V, 3) uint8 and ``reference_lips`` (K, P, 2) float32: `count` of the `allowed` frames of `clip`."""
    picks = pick_references(clip.landmarks, allowed, count)
    pictures = np.stack([region.cut(clip.pictures(range(i, i + 1))) for i in picks])
    return {
        "references": pictures,
        "reference_lips": region.placed(clip.landmarks[list(picks)][:, ANCHORS], clip.size),
    }


def _toned(pictures: np.ndarray, curve: np.ndarray) -> np.ndarray:
    flat = pictures.reshape(-1, *pictures.shape[-2:])  # a lookup table takes one picture of any height
    return cv2.LUT(np.ascontiguousarray(flat.reshape(-1, flat.shape[-2], 3)), curve).reshape(pictures.shape)


def tone_curve(rng: np.random.Generator, strength: float) -> np.ndarray:
    """(1, 256, 3) uint8 lookup: another exposure, contrast and white balance."""
    gain = np.exp(rng.uniform(-strength, strength, 3) * _WHITE + rng.uniform(-strength, strength))
    gamma = np.exp(rng.uniform(-strength, strength))
    levels = (np.arange(256) / 255)[:, None] ** gamma * gain
    return np.rint(np.clip(255 * levels, 0, 255)).astype(np.uint8)[None]


def mouth_masks(places: np.ndarray, size: int) -> Tensor:
    """(T, size, size) float32 soft discs over mouth and chin; `places` (T, 3) as `GeneratorClip.mouth` gives them."""
    x, y, width = torch.from_numpy(np.asarray(places, np.float32)).unbind(1)
    rows = torch.arange(size)[None, :, None] - (y + 0.25 * width)[:, None, None]
    columns = torch.arange(size)[None, None, :] - x[:, None, None]
    return torch.exp(-0.5 * (rows**2 + columns**2) / (0.7 * width)[:, None, None] ** 2)


def mouth_places(masks: Tensor) -> Tensor:
    """(B, T, 2) x and y of the middle of (B, 1, T, V, V) masks as `mouth_masks` makes them."""
    mass = masks[:, 0] / masks[:, 0].sum(dim=(2, 3), keepdim=True).clamp_min(1e-6)
    places = torch.arange(masks.shape[-1], device=masks.device, dtype=masks.dtype)
    return torch.stack([(mass.sum(2) * places).sum(2), (mass.sum(3) * places).sum(2)], dim=2)


def to_clips(pictures: np.ndarray, device: str) -> Tensor:
    """(B, 3, T, H, W) float32 in -1..1 of (B, T, H, W, 3) uint8."""
    moved = torch.from_numpy(np.ascontiguousarray(pictures)).to(device).permute(0, 4, 1, 2, 3)
    return moved.float() / 127.5 - 1


def laid_into(made: Tensor, surroundings: Tensor, corner: np.ndarray) -> Tensor:
    """(B, 3, T, S, S): `made` (B, 3, T, V, V) where each item's `corner` (B, 2) is in `surroundings`; differentiable in `made`."""
    side, whole = made.shape[-1], surroundings.clone()
    for item, (x, y) in enumerate(corner.tolist()):
        whole[item, ..., y : y + side, x : x + side] = made[item]
    return whole


def ahead(draw: Callable[[int], Batch], first: int, workers: int) -> Generator[Batch, None, None]:
    """``draw(first)``, ``draw(first + 1)`` …, drawn by `workers` threads while the last one is worked on; 0 draws at once."""
    if workers == 0:
        step = first
        while True:
            yield draw(step)
            step += 1
    with ThreadPoolExecutor(workers) as pool:
        waiting = [pool.submit(draw, first + i) for i in range(workers + _AHEAD)]
        step = first + len(waiting)
        try:
            while True:
                yield waiting.pop(0).result()
                waiting.append(pool.submit(draw, step))
                step += 1
        finally:
            for future in waiting:
                future.cancel()
