"""The generator as a `LipEngine`: `diffusion` edits the film's own mouths, `hybrid` another engine's result.

Both work on aligned crops of a fixed size in overlapping windows that lie on absolute frame numbers, so a frame's pixels
depend on the request alone. What was made is then brought back over the film's own pixels:

- `diffusion` replaces the region with what was generated, enlarged to the film's size. A guide, where there is one, says
  where the lips go; none of its pixels are used.
- `hybrid` starts from the other engine's composite, is told its lips, and adds only the *difference* it made. Detail finer
  than the network's pixels stays the composite's, so that a small network does not soften a large film.

A network that moves and mixes pixels (`core.generator.fetching`) is asked for its edit instead, and that is done to the film's
own pixels at their own size (`core.generator.paste_back`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from core.appearance.crops import crop_affines, to_crop, warp_crop
from core.base.memory import is_out_of_memory
from core.face_geometry.canonical_face import normalise
from core.face_geometry.landmark_sets import MOUTH_CORNERS
from core.generator.base_frames import BaseFrame, EngineFrames, FilmFrames, reference_frames
from core.generator.confidence import confidence
from core.generator.fetching import Edit
from core.generator.geometry import draw_geometry
from core.generator.memory_ladder import MemoryLadder, Rung
from core.generator.paste_back import Layer, edited, faded
from core.generator.pipeline import LipSyncPipeline, SamplerSettings, WindowInputs
from core.generator.pose_anchors import draw_pose
from core.generator.recipes import GeneratorRecipe
from core.generator.references import ANCHORS, light_of, lit
from core.generator.speech_windows import speech_windows
from core.generator.style import style_for
from core.generator.windows import WindowGrid
from core.lip_engine import LipChunk, LipEngine, LipRequest, Provenance
from core.speech.whisper import whisper_ear

VERSION = "5"  # raise whenever the same request would give other pixels
CHUNK_FRAMES = 25
_SMALLEST_WINDOW = 2
_SMOOTHED = 25  # frames on either side that smooth an aligned crop

EngineName = Literal["diffusion", "hybrid"]


class GeneratorEngine:
    """`LipEngine` around a trained generator. Not thread-safe.

    Args:
        recipe: of the generator.
        pipeline: its networks.
        models: ids and digests of its files, for provenance.
        sampler: how to sample; seed and articulation come from the request.
        name: `hybrid` begins from the guide's result, `diffusion` from the film.
        guide: the engine that knows where the lips go; `hybrid` needs one.
        may_use_cpu: whether the processor may take over when a graphics card is too small.
    """

    def __init__(
        self,
        recipe: GeneratorRecipe,
        pipeline: LipSyncPipeline,
        models: Mapping[str, str],
        *,
        name: EngineName,
        guide: LipEngine | None = None,
        sampler: SamplerSettings | None = None,
        may_use_cpu: bool = True,
    ) -> None:
        if name == "hybrid" and guide is None:
            raise ValueError("hybrid needs an engine to begin from")
        self.name: EngineName = name
        self._recipe, self._pipeline, self._models = recipe, pipeline, dict(models)
        self._sampler = default_sampler(recipe, self.name) if sampler is None else sampler
        self._guide = guide
        self._ladder = MemoryLadder(
            name,
            "windows of {} frames",
            Rung(recipe.frames, pipeline.place),
            smallest=_SMALLEST_WINDOW,
            may_use_processor=may_use_cpu,
        )

    def provenance(self, request: LipRequest) -> Provenance:
        """See `LipEngine`; models and version are the guide's as well."""
        version, models = VERSION, dict(self._models)
        facts: dict[str, float | int | str] = {
            "sampler": repr(self._sampling(request)),
            "recipe": self._recipe.name,
            "precision": self._pipeline.place.precision,
        }
        if self._guide is not None:
            below = self._guide.provenance(request)
            version = f"{VERSION}+{below.engine}-{below.version}"
            models |= below.models
            facts |= {f"{below.engine} {key}": value for key, value in below.facts.items()}
        return Provenance(self.name, version, models, facts)

    def render(self, request: LipRequest, start: int) -> Iterator[LipChunk]:
        """Chunks of finished crops from frame `start` on; see `LipEngine`.

        Raises:
            DeviceError: there is not enough memory even for the smallest windows.
        """
        while True:
            try:
                for chunk in self._rendered(request, start, self._ladder.rung.size):
                    yield replace(chunk, notes=self._ladder.take_notes())
                    start = chunk.first_frame + len(chunk.crops)
                return
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                rung = self._ladder.step_down(error)
            if rung.place != self._pipeline.place:
                self._pipeline = LipSyncPipeline(
                    self._pipeline.autoencoder, self._pipeline.transformer, place=rung.place
                )

    def _heard(self, voice: np.ndarray) -> np.ndarray | None:
        """(S, D) what the network hears of `voice`; None where it was taught by another ear than the program has."""
        ear = whisper_ear()
        return ear.features(voice) if self._pipeline.transformer.config.speech_dim == ear.width else None

    def _sampling(self, request: LipRequest) -> SamplerSettings:
        articulation = float(request.values("articulation").mean())  # a window is made as a whole
        peak = self._sampler.guidance_peak * articulation
        steps = self._sampler.steps
        if request.settings.preset == "draft":
            steps = max(1, steps // 2)
        style = style_for(articulation) if self._recipe.has_styles else None
        return replace(
            self._sampler, seed=request.settings.seed, guidance_peak=peak, steps=steps, style=style
        )

    def _rendered(self, request: LipRequest, start: int, length: int) -> Iterator[LipChunk]:
        grid = WindowGrid(length, min(self._recipe.overlap, length // 2))
        job = _Job.of(request, self._recipe, self._heard(request.voice))
        frames = range(start, request.frames.stop)
        if not frames:
            return
        first = max(next(grid.over(frames)).start, request.frames.start)
        guided = None if self._guide is None else EngineFrames(request, self._guide, first)
        adds = self.name == "hybrid"
        base_frames = guided if adds and guided is not None else FilmFrames(request, guided)
        sources: dict[int, np.ndarray] = {}

        def inputs(window: range) -> WindowInputs:
            inside = [min(max(frame, request.frames.start), request.frames.stop - 1) for frame in window]
            parts = []
            for frame in inside:
                if frame not in sources:
                    sources[frame] = job.region_of(base_frames.at(frame), frame)
                parts.append(sources[frame])
            for frame in [frame for frame in sources if frame < inside[0]]:
                del sources[frame]
            landmarks = None
            if self._guide is not None:
                landmarks = np.stack([base_frames.at(frame).landmarks for frame in inside])
            return job.inputs(inside, np.stack(parts), landmarks)

        weights = confidence(request) if self._guide is None else None
        results: list[tuple[BaseFrame, np.ndarray, float]] = []
        sampling = self._sampling(request)

        def crops() -> Iterator[tuple[int, np.ndarray]]:
            if self._recipe.edits:
                for frame, edit in self._pipeline.edits(frames, inputs, grid, sampling.style):
                    yield frame, job.edited(base_frames.at(frame), edit, sources[frame], frame)
            else:
                for frame, picture in self._pipeline(frames, inputs, grid, sampling):
                    yield frame, job.pasted(base_frames.at(frame), picture, sources[frame], frame, adds=adds)

        for frame, crop in crops():
            base = base_frames.at(frame)
            weight = base.weight if weights is None else float(weights[frame - request.frames.start])
            results.append((base, crop, weight))
            # Chunks end at absolute multiples, so that they are the same wherever rendering begins.
            if (frame + 1) % CHUNK_FRAMES == 0 or frame == frames[-1]:
                yield _chunk(frame + 1 - len(results), results)
                results = []


def _chunk(first: int, results: list[tuple[BaseFrame, np.ndarray, float]]) -> LipChunk:
    base_frames = [base for base, _, _ in results]
    return LipChunk(
        first,
        np.stack([crop for _, crop, _ in results]),
        np.stack([base.affine for base in base_frames]),
        np.stack([base.landmarks for base in base_frames]),
        np.array([weight for _, _, weight in results], np.float32),
        np.array([base.synthesised for base in base_frames]),
    )


def default_sampler(recipe: GeneratorRecipe, name: EngineName) -> SamplerSettings:
    """How a generator is sampled unless somebody says otherwise."""
    if recipe.one_step:
        return SamplerSettings(steps=1, tau=1.0, noise=0.0, guidance_peak=0.0, injection_ratio=0.0)
    if recipe.condition == "masked":  # LatentSync: 20 steps from pure noise, static guidance of 1.5
        return SamplerSettings(steps=20, tau=1.0, guidance_peak=0.5, guidance_base=1.0, injection_ratio=0.0)
    if name == "hybrid":
        return SamplerSettings(steps=20, tau=0.5, guidance_peak=0.0)
    return SamplerSettings()


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """What is known of a request's frames before any is made; rows count from the request's first frame."""

    request: LipRequest
    recipe: GeneratorRecipe
    affines: np.ndarray
    rotation: np.ndarray
    landmarks: np.ndarray
    speech: np.ndarray | None
    references: "_References | None"

    @classmethod
    def of(cls, request: LipRequest, recipe: GeneratorRecipe, speech: np.ndarray | None) -> "_Job":
        track, times = request.track, request.times
        rows = slice(track.index_of(request.frames[0]), track.index_of(request.frames[-1]) + 1)
        landmarks = np.asarray(track.landmarks[rows])
        step = float(np.median(np.diff(times))) if len(times) > 1 else 0.04
        affines = crop_affines(landmarks, recipe.size, frame_seconds=step)
        turn = np.tile(np.eye(3), (len(affines), 1, 1))
        turn[:, :2, :2] = affines[:, :, :2] / np.linalg.norm(affines[:, 0, :2], axis=1)[:, None, None]
        rotation = (turn @ normalise(landmarks).rotation).astype(np.float32)
        masked = recipe.condition == "masked"  # its frames are their own references, as in LatentSync
        references = None
        if recipe.references and not masked:
            references = _References.of(request, recipe, step)
        return cls(request, recipe, affines, rotation, landmarks, speech, references)

    def row(self, frame: int) -> int:
        return frame - self.request.frames.start

    def region_of(self, base: BaseFrame, frame: int) -> np.ndarray:
        """(V, V, 3) uint8: the region of the base's aligned crop."""
        crop = warp_crop(base.picture, self.affines[self.row(frame)], self.recipe.size)
        return self.recipe.region.cut(crop)

    def inputs(self, frames: list[int], parts: np.ndarray, wanted: np.ndarray | None) -> WindowInputs:
        """A window's inputs; `wanted` (T, 468, 2) landmarks in source pixels are drawn as geometry."""
        rows = [self.row(frame) for frame in frames]
        size, region = self.recipe.size, self.recipe.region
        affines = self.affines[rows]
        points = to_crop(self.landmarks[rows], affines)
        in_place = np.array([[1.0, 0, 0], [0, 1, 0]])
        pose = np.stack(
            [draw_pose(p, in_place, r, size) for p, r in zip(points, self.rotation[rows], strict=True)]
        )
        geometry = lips = None
        if wanted is not None:
            lips = to_crop(wanted, affines)
            geometry = region.cut(np.stack([draw_geometry(p, size) for p in lips]))
            lips = region.placed(lips[:, ANCHORS], size)
        reference = self.references
        references = None if reference is None else lit(reference.parts, reference.light(parts, self.recipe))
        if self.recipe.condition == "masked":
            parts, references = region.masked(parts, size), parts[None]
        corners = points[:, list(MOUTH_CORNERS)]
        width = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
        mouth = np.concatenate([corners.mean(axis=1), width[:, None]], axis=1)
        times = self.request.times[rows]
        # Repeated frames at the ends would stand at one moment; the network wants rising times.
        step = float(np.median(np.diff(self.request.times))) if len(self.request.times) > 1 else 0.04
        clock = times[0] + np.arange(len(times)) * step if (np.diff(times) <= 0).any() else times
        return WindowInputs(
            crops=parts,
            pose=region.cut(pose),
            speech=None if self.speech is None else speech_windows(self.speech, times),
            times=clock,
            mouth=region.moved(mouth, size),
            geometry=geometry,
            references=references,
            lips=lips,
            reference_lips=None if reference is None else reference.lips,
        )

    def pasted(
        self, base: BaseFrame, made: np.ndarray, source: np.ndarray, frame: int, *, adds: bool
    ) -> np.ndarray:
        """The base's crop (S, S, 3) uint8 with the generated region `made` (V, V, 3) over it."""
        side = self.recipe.region.pixels(self.recipe.size)[2]
        matrix = self._region_to_crop(base, frame)
        extent = (base.crop.shape[1], base.crop.shape[0])
        fade = faded(side)[..., None]

        def enlarged(picture: np.ndarray) -> np.ndarray:
            return cv2.warpAffine(picture, matrix, extent, flags=cv2.INTER_CUBIC)

        below = base.crop.astype(np.float32)
        if adds:
            result = below + enlarged(fade * (made.astype(np.float32) - source))
        else:
            share = np.clip(enlarged(fade), 0, 1)[..., None]
            result = below + share * (enlarged(made.astype(np.float32)) - below)
        return np.clip(result + 0.5, 0, 255).astype(np.uint8)

    def edited(self, base: BaseFrame, edit: Edit, source: np.ndarray, frame: int) -> np.ndarray:
        """The base's crop (S, S, 3) uint8 with `edit`, N = 1, done to the pixels of the base's picture and of the references.

        `source` (V, V, 3) is the base's region, whose light the references take on.
        """
        layers = [Layer(base.picture, _from_region(self.affines[self.row(frame)], self.recipe))]
        if self.references is not None:
            light = self.references.light(source[None], self.recipe)[:, 0]
            layers += [
                replace(layer, light=own) for layer, own in zip(self.references.layers, light, strict=True)
            ]
        return edited(base.crop, self._region_to_crop(base, frame), edit, layers)

    def _region_to_crop(self, base: BaseFrame, frame: int) -> np.ndarray:
        """(2, 3) from the region's pixels to those of the base's crop."""
        matrix = _from_region(self.affines[self.row(frame)], self.recipe)
        matrix[:, 2] -= base.affine[:, 2]  # which is a whole-pixel translation
        return matrix


@dataclass(frozen=True, slots=True, eq=False)
class _References:
    """Other moments of the person: (K, 1, V, V, 3) uint8 parts, their (K, P, 2) anchors, and their own pictures."""

    parts: np.ndarray
    lips: np.ndarray
    layers: tuple[Layer, ...]

    @classmethod
    def of(cls, request: LipRequest, recipe: GeneratorRecipe, step: float) -> "_References":
        parts, lips, layers = [], [], []
        for frame in reference_frames(request, recipe.references):
            row = request.track.index_of(frame)
            around = slice(max(row - _SMOOTHED, 0), row + _SMOOTHED + 1)
            points = np.asarray(request.track.landmarks[around])
            affine = crop_affines(points, recipe.size, frame_seconds=step)[row - around.start]
            picture = request.source.rgb(frame)
            parts.append(recipe.region.cut(warp_crop(picture, affine, recipe.size))[None])
            own = to_crop(points[row - around.start][None], affine[None])[0]
            lips.append(recipe.region.placed(own[list(ANCHORS)], recipe.size))
            layers.append(Layer(picture, _from_region(affine, recipe)))
        return cls(np.stack(parts), np.stack(lips), tuple(layers))

    def light(self, pictures: np.ndarray, recipe: GeneratorRecipe) -> np.ndarray:
        """(K, T, 3): see `core.generator.references.light_of`; `pictures` are (T, V, V, 3)."""
        return light_of(self.parts[:, 0], pictures, recipe.region.skin(recipe.size))


def _from_region(affine: np.ndarray, recipe: GeneratorRecipe) -> np.ndarray:
    """(2, 3) float64 from the region's pixels to the picture's, for the `affine` of an aligned crop."""
    x, y, _ = recipe.region.pixels(recipe.size)
    back: np.ndarray = cv2.invertAffineTransform(affine.astype(np.float64))
    back[:, 2] += back[:, :2] @ np.array([x, y], np.float64)
    return back
