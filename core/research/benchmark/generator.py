"""``unisync lab benchmark generator``: exact pairs of people nobody trained on, against their ground truth.

Prepared clips (`core.research.corpus.generator_clips`) hold the true pictures, the same frames with other words, and the same words made
by the own-mouth engine out of other footage. So every way of making the lips can be laid beside what was really filmed:
doing nothing, own-mouth told the true motion, and a generator on top of either. All is compared at the crop's own size.
"""

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from skimage.metrics import structural_similarity

from core.adaptation.batches import far_from, mouth_masks, reference_pictures
from core.adaptation.clips import GeneratorClip, Words, load_clip
from core.base.errors import SettingsError
from core.base.precision import processor
from core.face_geometry.measures import eye_distance
from core.generator.engine import default_sampler
from core.generator.export import load_generator
from core.generator.paste_back import Layer, edited, faded
from core.generator.pipeline import LipSyncPipeline, SamplerSettings, WindowInputs
from core.generator.recipes import GeneratorRecipe
from core.generator.references import ANCHORS, light_of, lit
from core.generator.windows import WindowGrid
from core.motion.shape import MEASURES, ShapeModel, shape_model
from core.research.benchmark.lip_measures import closure_recall, correlation, look_again

logger = logging.getLogger(__name__)

_MESH_SIDE = 256  # the mesh wants faces no smaller
_SHEET, _CELL = 7, 240  # frames of a sheet, and pixels of their mouths
_PREWITT = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]], np.float32) / 3
_GMSD_CONSTANT = 170.0  # of grey levels 0…255, from the paper


@dataclass(frozen=True, slots=True)
class PairFigures:
    """One way of making one clip's lips, beside the truth.

    Attributes:
        l1: mean absolute difference in the mouth, grey levels.
        psnr: dB in the mouth.
        ssim: structural similarity of the mouth's square.
        gmsd: gradient magnitude similarity deviation of it (Xue et al. 2014), 0 for equal pictures; near to how people judge.
        lmd: mean distance of the lips' re-tracked landmarks from the true picture's, percent of the eye distance.
        opening: correlation of the opening with the true one.
        leak: correlation of the opening with that of the version with other words.
        closure: share of the true closures at which the lips close (nan without any).
        sharpness: detail of the mouth over the truth's.
        flicker: mean change from frame to frame over the truth's.
    """

    l1: float
    psnr: float
    ssim: float
    gmsd: float
    lmd: float
    opening: float
    leak: float
    closure: float
    sharpness: float
    flicker: float


@dataclass(frozen=True, slots=True)
class PairRow:
    """One clip, one way."""

    clip: str
    way: str
    figures: PairFigures


Way = Callable[[GeneratorClip], np.ndarray]
"""Makes (T, S, S, 3) uint8 crops of a clip's frames."""


def version(words: Words) -> Way:
    """The clip's stored version with these words."""
    return lambda clip: clip.pictures(range(len(clip)), altered=clip.words.index(words))


@dataclass(frozen=True, slots=True)
class Told:
    """What a generator is told, and how its region is laid back (ablations of both papers at work)."""

    geometry: bool = True
    pose: bool = True
    speech: bool = True
    references: bool = True
    aligned: bool = True  # references lie over the wanted mouth, as their landmarks say
    smooth: bool = True  # the region's border fades, as in the engine; else it is pasted


def generated(
    recipe: GeneratorRecipe,
    pipeline: LipSyncPipeline,
    words: Words,
    *,
    sampler: SamplerSettings,
    told: Told = Told(),
) -> Way:
    """The generator on the clip's version with these words; the lips it is told are the true ones.

    References of a rival are the frames it fills.
    """
    masked = recipe.condition == "masked"

    def make(clip: GeneratorClip) -> np.ndarray:
        made = version(words)(clip)
        middle = len(clip) // 2
        for part in (range(middle), range(middle, len(clip))):
            # As at work references are the same for a whole stretch, and as in training none is like what is made.
            reference = reference_pictures(
                clip, far_from(part, len(clip)), recipe.region, max(recipe.references, 1)
            )
            _make_part(made, clip, part, reference)
        return made

    def _make_part(
        made: np.ndarray, clip: GeneratorClip, part: range, reference: Mapping[str, np.ndarray]
    ) -> None:
        """Makes the frames of `part` in place."""
        region, source = recipe.region, made[part.start : part.stop].copy()
        grid = WindowGrid(recipe.frames, min(recipe.overlap, recipe.frames // 2))
        x, y, side = region.pixels(clip.size)
        hears = clip.speech.shape[1] == pipeline.transformer.config.speech_dim
        step = float(np.median(np.diff(clip.times)))

        def light(crops: np.ndarray) -> np.ndarray:
            return light_of(reference["references"][:, 0], crops, region.skin(clip.size))

        def inputs(window: range) -> WindowInputs:
            rows = [min(max(frame, part.start), part.stop - 1) for frame in window]
            whole = range(rows[0], rows[-1] + 1)
            pick = [row - rows[0] for row in rows]
            crops, pose = region.cut(source[np.array(rows) - part.start]), region.cut(clip.pose(whole)[pick])
            speech = clip.speech_windows(whole)[pick] if told.speech and hears else None
            references = crops[None] if masked else lit(reference["references"], light(crops))
            return WindowInputs(
                crops=region.masked(crops, clip.size) if masked else crops,
                pose=pose if told.pose else np.zeros_like(pose),
                speech=speech,
                times=clip.times[rows[0]] + np.arange(len(rows)) * step,
                mouth=region.moved(clip.mouth(whole)[pick], clip.size),
                geometry=region.cut(clip.geometry(whole)[pick]) if told.geometry else None,
                references=references if told.references else None,
                lips=region.placed(clip.landmarks[rows][:, ANCHORS], clip.size) if told.geometry else None,
                reference_lips=reference["reference_lips"] if told.aligned and not masked else None,
            )

        if recipe.edits:
            in_place, inside = np.eye(2, 3), np.array([[1.0, 0, x], [0, 1, y]])
            for frame, edit in pipeline.edits(part, inputs, grid, sampler.style):
                below = source[frame - part.start]
                lights = light(region.cut(below)[None])[:, 0]
                layers = [Layer(below, inside)] * (
                    1 + len(lights)
                )  # whoever is given no reference has the source alone
                if told.references:
                    layers[1:] = map(Layer, reference["references"][:, 0], [in_place] * len(lights), lights)
                made[frame] = edited(below, inside, edit, layers, smooth=told.smooth)
            return
        share = faded(side)[..., None] if told.smooth else 1.0
        for frame, picture in pipeline(part, inputs, grid, sampler):
            below = made[frame, y : y + side, x : x + side].astype(np.float32)
            made[frame, y : y + side, x : x + side] = below + share * (picture - below) + 0.5

    return make


def standard_ways(descriptions: Sequence[Path] = ()) -> dict[str, Way]:
    """Source and own-mouth, and what each generator makes; its name stands before its rows where there are several."""
    ways: dict[str, Way] = {
        "other words, unchanged": version("other"),
        "own-mouth, true motion": version("own"),
    }
    for description in descriptions:
        recipe, pipeline = load_generator(description, place=processor())
        prefix = f"{recipe.name}: " if len(descriptions) > 1 else ""
        hybrid, diffusion = default_sampler(recipe, "hybrid"), default_sampler(recipe, "diffusion")
        if recipe.condition == "masked":
            ways[recipe.name] = generated(recipe, pipeline, "other", sampler=diffusion)
            continue
        ways[f"{prefix}hybrid, true motion"] = generated(recipe, pipeline, "own", sampler=hybrid)
        ways[f"{prefix}diffusion, true motion"] = generated(recipe, pipeline, "other", sampler=diffusion)
        ways[f"{prefix}diffusion, speech alone"] = generated(
            recipe, pipeline, "other", sampler=diffusion, told=Told(geometry=False)
        )
    return ways


def run_pairs(
    folder: Path, output: Path, ways: Mapping[str, Way], *, most: int = 12, split: str = "val", kind: str = ""
) -> list[PairRow]:
    """Measures `ways` on up to `most` clips of ``folder/split``, people in turn; writes tables and sheets.

    Only clips whose file's name begins with `kind` count.

    Raises:
        SettingsError: no clip there has both versions.
    """
    paths = sorted((folder / split).glob(f"{kind}*.npz"))
    usable = [path for path in paths if {"own", "other"} <= set(load_clip(path).words)]
    if not usable:
        raise SettingsError(f"{folder / split} holds no clip with both other words and its own made again.")
    people: dict[str, list[Path]] = {}
    for path in usable:
        people.setdefault(load_clip(path).person, []).append(path)
    turns = [
        path
        for round_ in range(max(map(len, people.values())))
        for own in people.values()
        for path in own[round_ : round_ + 1]
    ]
    model = shape_model()
    output.mkdir(parents=True, exist_ok=True)
    rows: list[PairRow] = []
    for path in turns[:most]:
        clip = load_clip(path)
        made = {name: way(clip) for name, way in ways.items()}
        rows += [PairRow(path.stem, name, f) for name, f in measure(clip, made, model).items()]
        _sheet(output / f"{path.stem}.png", clip, made)
        _replace(output / "generator.json", json.dumps([asdict(row) for row in rows], indent=1))
        _replace(output / "generator.md", table(rows))
        logger.info("%s", path.stem)
    return rows


def measure(clip: GeneratorClip, made: dict[str, np.ndarray], model: ShapeModel) -> dict[str, PairFigures]:
    """The figures of each entry of `made` ((T, S, S, 3) uint8)."""
    truth = clip.pictures(range(len(clip)))
    points = np.concatenate([clip.landmarks, np.zeros((*clip.landmarks.shape[:2], 1), np.float32)], axis=2)

    larger = max(1, round(_MESH_SIDE / clip.size))

    def seen(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        large = [cv2.resize(p, None, fx=larger, fy=larger, interpolation=cv2.INTER_CUBIC) for p in pictures]
        found = look_again(large, points * larger, model)
        return found.shown[:, MEASURES.index("opening")], found.landmarks[:, _LIPS, :2] / larger

    true_opening, true_lips = seen(truth)
    other_opening, _ = seen(version("other")(clip))
    eyes = eye_distance(clip.landmarks)[:, None]
    masks = mouth_masks(clip.mouth(range(len(clip))), clip.size).numpy()[..., None]
    results = {}
    for name, pictures in made.items():
        opening, lips = seen(pictures)
        difference = pictures.astype(np.float32) - truth
        squared = float((masks * difference**2).sum() / (3 * masks.sum()))
        results[name] = PairFigures(
            l1=float((masks * np.abs(difference)).sum() / (3 * masks.sum())),
            psnr=10 * float(np.log10(255**2 / max(squared, 1e-9))),
            ssim=_similarity(pictures, truth, clip),
            gmsd=_gradient_deviation(pictures, truth, clip),
            lmd=100 * float((np.linalg.norm(lips - true_lips, axis=2) / eyes).mean()),
            opening=correlation(opening, true_opening),
            leak=correlation(opening, other_opening),
            closure=closure_recall(opening, true_opening, true_opening),
            sharpness=_detail(pictures, masks) / max(_detail(truth, masks), 1e-9),
            flicker=_change(pictures, masks) / max(_change(truth, masks), 1e-9),
        )
    return results


_LIPS = sorted(
    {
        61,
        185,
        40,
        39,
        37,
        0,
        267,
        269,
        270,
        409,
        291,
        375,
        321,
        405,
        314,
        17,
        84,
        181,
        91,
        146,
        78,
        13,
        308,
        14,
    }
)


def _mouth_square(clip: GeneratorClip, frame: int) -> tuple[slice, slice]:
    x, y, width = clip.mouth(range(frame, frame + 1))[0]
    half = max(int(0.8 * width), 8)
    top, left = max(int(y) - half, 0), max(int(x) - half, 0)
    return slice(top, min(int(y) + half, clip.size)), slice(left, min(int(x) + half, clip.size))


def _similarity(pictures: np.ndarray, truth: np.ndarray, clip: GeneratorClip) -> float:
    values = []
    for frame in range(len(clip)):
        rows, columns = _mouth_square(clip, frame)
        values.append(
            structural_similarity(pictures[frame][rows, columns], truth[frame][rows, columns], channel_axis=2)
        )
    return float(np.mean(values))


def _gradient_deviation(pictures: np.ndarray, truth: np.ndarray, clip: GeneratorClip) -> float:
    values = []
    for frame in range(len(clip)):
        rows, columns = _mouth_square(clip, frame)
        strength = []
        for picture in (pictures[frame][rows, columns], truth[frame][rows, columns]):
            grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
            strength.append(np.hypot(*(cv2.filter2D(grey, -1, kernel) for kernel in (_PREWITT, _PREWITT.T))))
        made, true = strength
        alike = (2 * made * true + _GMSD_CONSTANT) / (made**2 + true**2 + _GMSD_CONSTANT)
        values.append(float(alike.std()))
    return float(np.mean(values))


def _detail(pictures: np.ndarray, masks: np.ndarray) -> float:
    grey = pictures.mean(axis=3)
    fine = np.stack([np.abs(cv2.Laplacian(picture, cv2.CV_64F)) for picture in grey])
    return float((fine * masks[..., 0]).sum() / masks.sum())


def _change(pictures: np.ndarray, masks: np.ndarray) -> float:
    change = np.abs(np.diff(pictures.astype(np.float32), axis=0)).mean(axis=3)
    return float((change * masks[1:, ..., 0]).sum() / masks[1:].sum())


def _sheet(path: Path, clip: GeneratorClip, made: dict[str, np.ndarray]) -> None:
    """Truth above, then every way, at evenly spaced frames: the mouth, enlarged."""
    picks = np.linspace(2, len(clip) - 3, _SHEET).round().astype(int)
    rows = []
    for name, pictures in {"filmed": clip.pictures(range(len(clip))), **made}.items():
        cells = []
        for i in picks:
            square = pictures[i][_mouth_square(clip, int(i))]
            cells.append(cv2.resize(square, (_CELL, _CELL), interpolation=cv2.INTER_CUBIC))
        row = np.hstack(cells)
        cv2.putText(row, name, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 3, cv2.LINE_AA)
        cv2.putText(row, name, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA)
        rows.append(row)
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


def table(rows: Sequence[PairRow]) -> str:
    """A Markdown table of means over the clips."""
    columns = [field.name for field in fields(PairFigures)]
    clips = len({row.clip for row in rows})
    lines = [
        f"Means over {clips} clips.\n\n| way | "
        + " | ".join(columns)
        + " |\n|---|"
        + "---:|" * len(columns)
        + "\n"
    ]
    for way in dict.fromkeys(row.way for row in rows):
        mine = [row.figures for row in rows if row.way == way]
        means = [float(np.nanmean([getattr(f, c) for f in mine])) for c in columns]
        lines.append(
            f"| {way} | "
            + " | ".join(
                f"{value:.{3 if c == 'gmsd' else 2}f}" for c, value in zip(columns, means, strict=True)
            )
            + " |\n"
        )
    return "".join(lines)


def _replace(path: Path, text: str) -> None:
    beside = path.with_suffix(path.suffix + ".part")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)
