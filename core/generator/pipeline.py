"""Sampling: from a source clip and new speech to new lips, window by window.

Steps, in the papers' words: progressive noise initialisation → for each window and noise level: velocity with and without
speech in one batch → dynamic spatio-temporal guidance → Euler step → latent injection around the mouth → decode.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from torch import Tensor

from core.base.errors import SettingsError
from core.base.precision import PRECISE, Place, put
from core.generator import guidance
from core.generator.fetching import Edit
from core.generator.pixels import PixelPatches
from core.generator.recipes import Codec
from core.generator.references import prior_motion
from core.generator.transformer import LipSyncTransformer
from core.generator.windows import WindowGrid, frame_noise, joined


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """How the clip is sampled; defaults are the papers' where they print one.

    Attributes:
        steps: noise levels walked through, counted from sigma 1; those above `tau` are left out.
        tau: noise level sampling starts from (OmniSync: 0.92; 1 starts from pure noise).
        guidance_peak: DS-CFG's strength at the mouth at full noise; 0 needs no second pass.
        guidance_base: its share far from the mouth.
        guidance_spread: standard deviation of its bump in mouth widths.
        injection_ratio: share of the steps after which the source is injected around the mouth (UniSync 2026: 0.8).
        shift: of the noise levels towards noise.
        noise: its standard deviation; 0 for networks that were trained to work in one step without any.
        seed: of the noise.
        style: how lively the mouth shall be, see `core.generator.style`; None leaves it to the network.
    """

    steps: int = 20
    tau: float = 0.92
    guidance_peak: float = 2.0
    guidance_base: float = 0.2
    guidance_spread: float = 0.8
    injection_ratio: float = 0.8
    shift: float = 1.0
    noise: float = 1.0
    seed: int = 0
    style: int | None = None

    def __post_init__(self) -> None:
        for name, low, high in (
            ("tau", 0.05, 1.0),
            ("injection_ratio", 0.0, 1.0),
            ("guidance_base", 0.0, 1.0),
            ("noise", 0.0, 2.0),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(
                    f"The sampler's {name.replace('_', ' ')} is {value:g}; it must lie in {low:g}…{high:g}."
                )
        if self.steps < 1:
            raise SettingsError(f"{self.steps} sampling steps are too few.", hint="Ask for one or more.")


@dataclass(frozen=True, slots=True, eq=False)
class WindowInputs:
    """What one window of T frames is made from.

    Attributes:
        crops: (T, S, S, 3) uint8 RGB, the source.
        pose: (T, S, S, 3) uint8 RGB, see `core.generator.pose_anchors`.
        speech: (T, W, D) float32 features around each frame's timestamp, or None for none.
        times: (T,) float64 seconds.
        mouth: (T, 3) float32 centre x, y and width of the mouth in crop pixels.
        start: (T, S, S, 3) uint8 RGB to begin from instead of the source (the own-mouth engine's result), or None.
        geometry: (T, S, S, 3) uint8 RGB, see `core.generator.geometry`, or None where nobody knows the lips beforehand.
        references: (K, 1 or T, S, S, 3) uint8 RGB, other moments of the person, or None.
        lips: (T, P, 2) float32 anchors of the wanted mouths in crop pixels (`core.generator.references`), or None.
        reference_lips: (K, P, 2) float32 the references' own, or None.
    """

    crops: np.ndarray
    pose: np.ndarray
    speech: np.ndarray | None
    times: np.ndarray
    mouth: np.ndarray
    start: np.ndarray | None = None
    geometry: np.ndarray | None = None
    references: np.ndarray | None = None
    lips: np.ndarray | None = None
    reference_lips: np.ndarray | None = None


class LipSyncPipeline:
    """Autoencoder, transformer and scheduler together.

    Args:
        autoencoder: pictures to latents and back: `FaceAutoencoder` or `PixelPatches`.
        transformer: predicts velocities.
        place: where they run and in which numbers; latents stay float32 between steps, and noise is drawn on the CPU.
    """

    def __init__(
        self,
        autoencoder: Codec,
        transformer: LipSyncTransformer,
        *,
        place: Place = PRECISE,
    ) -> None:
        self.autoencoder = put(autoencoder, place).eval()
        self.transformer = put(transformer, place).eval()
        self.place = place
        # Folded pixels lose nothing in float32 and would lose their last bits in less.
        self._codec_dtype = torch.float32 if isinstance(autoencoder, PixelPatches) else place.dtype

    @torch.inference_mode()
    def __call__(
        self,
        frames: range,
        inputs: Callable[[range], WindowInputs],
        grid: WindowGrid,
        settings: SamplerSettings,
        on_step: Callable[[], None] = lambda: None,
    ) -> Iterator[tuple[int, np.ndarray]]:
        """Yields (frame number, (S, S, 3) uint8 RGB) for every frame of `frames`, in order.

        Args:
            frames: absolute frame numbers.
            inputs: gives a window's inputs; where a window reaches beyond what exists it is to repeat the last frame.
            grid: where windows lie.
            settings: how to sample.
            on_step: called after each sampling step; raises to cancel.
        """

        def made(window: range) -> Tensor:
            return self.sample(inputs(window), window, settings, on_step)

        for frame, latent in joined(frames, grid, made):
            yield frame, self._picture(latent)

    @torch.inference_mode()
    def edits(
        self,
        frames: range,
        inputs: Callable[[range], WindowInputs],
        grid: WindowGrid,
        style: int | None = None,
        on_step: Callable[[], None] = lambda: None,
    ) -> Iterator[tuple[int, Edit]]:
        """As `__call__` for recipes that edit: yields what to do to each picture, painted light in -1..1.

        Whoever applies it may do so at any size, and so keeps detail finer than the network's pixels.
        """
        shape: list[Edit] = []

        def made(window: range) -> Tensor:
            edit = self.edit(inputs(window), style)
            shape[:] = [edit]
            on_step()
            return edit.packed().T  # (X, T)

        for frame, row in joined(frames, grid, made):
            yield frame, shape[0].unpacked(row[None])

    def edit(self, given: WindowInputs, style: int | None = None) -> Edit:
        """The edit of one window's T pictures, float32 on the CPU."""
        known = self._known(given, style)
        edit = self.transformer.edit(
            known.source,
            known.pose.to(self.place.dtype),
            known.speech.to(self.place.dtype),
            known.times,
            style=known.style,
            geometry=None if known.geometry is None else known.geometry.to(self.place.dtype),
            references=known.references,
            prior=known.prior,
        )
        scale = self.autoencoder.config.scale
        return Edit(edit.motion.cpu(), edit.shares.cpu(), edit.painted.cpu() / scale)

    def _known(self, given: WindowInputs, style: int | None) -> "_Known":
        network, geometry, references, prior = self.transformer, None, None, None
        if network.geometry_encoder is not None:
            drawn = np.zeros_like(given.pose) if given.geometry is None else given.geometry
            geometry = self._latents(drawn)
        if network.config.references and given.references is not None:
            references = torch.cat([self._latents(one) for one in given.references])[None]
        source = self._latents(given.crops)
        if references is not None and given.lips is not None and given.reference_lips is not None:
            lips, reference = (
                torch.from_numpy(places)[None] for places in (given.lips, given.reference_lips)
            )
            prior = prior_motion(lips, reference, given.crops.shape[2], source.shape[-1]).to(
                self.place.device
            )
        return _Known(
            source,
            self._latents(given.pose),
            self._heard(given),
            torch.from_numpy(given.times)[None].to(self.place.device),
            geometry,
            references,
            prior,
            None if style is None else torch.tensor([style], device=self.place.device),
        )

    def _heard(self, given: WindowInputs) -> Tensor:
        """(1, T, W, D) float32 speech; the network's own “nothing” where there is none, W = 1."""
        if given.speech is None:
            return self.transformer.null_speech.float().expand(1, len(given.crops), 1, -1)
        return torch.from_numpy(given.speech)[None].to(self.place.device)

    def sample(
        self, given: WindowInputs, window: range, settings: SamplerSettings, on_step: Callable[[], None]
    ) -> Tensor:
        """The finished latents of one window, (C, T, h, w) float32 on the CPU."""
        known = self._known(given, settings.style)
        source = known.source
        start = source if given.start is None else self._latents(given.start)
        channels, rows, columns = source[0, :, 0].shape
        noise = settings.noise * frame_noise(window, (channels, rows, columns), settings.seed)[None]
        noise = noise.to(self.place.device)

        scheduler = FlowMatchEulerDiscreteScheduler(shift=settings.shift)
        scheduler.set_timesteps(settings.steps, device="cpu")
        sigmas = scheduler.sigmas  # (steps + 1,), the last one 0
        first = guidance.start_step(sigmas[:-1], settings.tau)
        first = min(first, settings.steps - 1)
        scheduler.set_begin_index(first)
        latents = guidance.initial_latents(start, noise, float(sigmas[first]))
        weights, mouth = self._maps(given, source, settings)
        for step in range(first, settings.steps):
            sigma = float(sigmas[step])
            velocity = self._velocity(latents, known, sigma, weights, settings)
            latents = scheduler.step(velocity, scheduler.timesteps[step], latents).prev_sample
            if guidance.injects_at(step, settings.steps, settings.injection_ratio):
                latents = guidance.inject_source(latents, source, noise, mouth, float(sigmas[step + 1]))
            on_step()
        return latents[0].float().cpu()

    def _velocity(
        self, latents: Tensor, known: "_Known", sigma: float, weights: Tensor, settings: SamplerSettings
    ) -> Tensor:
        """(1, C, T, h, w) float32."""
        scale = guidance.guidance_scale(sigma, settings.guidance_peak)
        null = self.transformer.null_speech.float().expand_as(known.speech)
        count, speech = (1, known.speech) if scale == 0 else (2, torch.cat([null, known.speech]))

        def repeated(x: Tensor | None, dtype: torch.dtype | None = None) -> Tensor | None:
            return None if x is None else torch.cat([x] * count).to(dtype or x.dtype)

        made = self.transformer(
            torch.cat([latents] * count).to(self.place.dtype),
            torch.cat([known.source] * count),
            torch.cat([known.pose] * count).to(self.place.dtype),
            speech.to(self.place.dtype),
            torch.full((count,), sigma, device=self.place.device),
            torch.cat([known.times] * count),
            style=repeated(known.style),
            geometry=repeated(known.geometry, self.place.dtype),
            references=repeated(known.references),
            prior=repeated(known.prior),
        ).float()
        if scale == 0:
            return made
        without, with_speech = made.chunk(2)
        return guidance.guided_velocity(without, with_speech, weights, scale)

    def _latents(self, pictures: np.ndarray) -> Tensor:
        """(1, C, T, h, w) float32 of (T, S, S, 3) uint8."""
        clip = torch.from_numpy(pictures).permute(3, 0, 1, 2)[None].to(self.place.device).float() / 127.5 - 1
        return self.autoencoder.encode(clip.to(self._codec_dtype)).float()

    def _picture(self, latent: Tensor) -> np.ndarray:
        """(S, S, 3) uint8 of (C, h, w)."""
        made = self.autoencoder.decode(latent[None, :, None].to(self.place.device, self._codec_dtype))[
            0, :, 0
        ]
        return ((made.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).cpu().numpy()

    def _maps(self, given: WindowInputs, source: Tensor, settings: SamplerSettings) -> tuple[Tensor, Tensor]:
        """Guidance weights and mouth mask, (1, 1, T, h, w) each."""
        height, width = source.shape[-2:]
        factor = self.autoencoder.factor
        weights, masks = [], []
        for x, y, mouth_width in given.mouth / factor:
            weights.append(
                guidance.guidance_map(
                    height, width, (x, y), settings.guidance_spread * mouth_width, settings.guidance_base
                )
            )
            rows = torch.arange(height)[:, None] - y
            columns = torch.arange(width)[None, :] - x
            # An ellipse over lips, chin and the cheeks beside them: what speech moves.
            masks.append(
                ((columns / mouth_width) ** 2 + ((rows - 0.3 * mouth_width) / mouth_width) ** 2 <= 1).float()
            )
        guided, mouth = (torch.stack(maps)[None, None].to(self.place.device) for maps in (weights, masks))
        return guided, mouth


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """What every step of a window is told; float32."""

    source: Tensor
    pose: Tensor
    speech: Tensor
    times: Tensor
    geometry: Tensor | None
    references: Tensor | None
    prior: Tensor | None
    style: Tensor | None
