"""A whole training of a generator: clips from a folder, the autoencoder where there is one, the transformer, the export."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from core.adaptation.clips import GeneratorClip, load_clip
from core.adaptation.losses import SyncLoss
from core.base.errors import DeviceError, SettingsError
from core.base.precision import fast_dtype
from core.generator.autoencoder import FaceAutoencoder
from core.generator.export import export_generator
from core.generator.recipes import Codec, GeneratorRecipe
from core.research.training.generator.broken_sources import broken_sources
from core.research.training.generator.naturalness_loss import NaturalnessJudgement
from core.research.training.generator.processes import Processes
from core.research.training.generator.train import train_autoencoder, train_transformer
from core.research.training.generator.training_loop import Clock, TrainingSettings
from core.research.training.generator.warm_start import start_from

logger = logging.getLogger(__name__)

_HELD_OUT = 16  # clips of the curve


@dataclass(frozen=True, slots=True)
class RunSettings:
    """One run.

    Attributes:
        data: prepared clips, see `core.research.corpus.generator_clips`.
        folder: checkpoints, curves and weights go here.
        minutes: how long this call may train, both networks together.
        autoencoder_minutes: of them for the autoencoder, where the recipe has one that is not trained yet.
        most_steps: each network stops there even if minutes are left.
        clock: what the minutes count, see `TrainingSettings`.
        device: torch device.
        workers: threads that draw batches.
        seed: of everything random.
        initial: description of a trained generator of the same recipe to start from; it may hear with another ear.
    """

    data: Path
    folder: Path
    minutes: float
    autoencoder_minutes: float = 10.0
    most_steps: int | None = None
    clock: Clock = "wall"
    device: str = "cpu"
    workers: int = 0
    seed: int = 0
    initial: Path | None = None


def read_clips(folder: Path, size: int) -> list[GeneratorClip]:
    """The prepared clips of one split.

    Raises:
        SettingsError: their crops are not `size` pixels wide.
    """
    clips = [load_clip(path) for path in sorted(folder.glob("*.npz"))]
    for clip in clips:
        if clip.size != size:
            raise SettingsError(
                f"The clips in {folder} are {clip.size} pixels wide; the recipe wants {size}.",
                hint=f"Prepare them with --size {size}.",
            )
    return clips


def train_generator(
    recipe: GeneratorRecipe,
    settings: RunSettings,
    *,
    sync: Callable[[str], SyncLoss] | None = None,
    resume: bool = False,
    export: Path | None = None,
) -> list[Path]:
    """Trains and writes ``folder/{autoencoder,transformer}``; returns the exported files, none without `export`.

    `sync` loads scorer A's loss onto a device. Started by ``torchrun`` or ``accelerate launch``, all processes train one network, each with
    batches of its own, and the first one writes.

    Raises:
        SettingsError: there are no clips, or they do not fit the recipe.
        DeviceError: torch does not know the device or cannot use it.
    """
    try:
        torch.zeros(1, device=settings.device)
    except (RuntimeError, AssertionError) as error:  # torch without CUDA asserts
        raise DeviceError(
            f"The device {settings.device} cannot be used: {error}.", hint="Use --device cpu."
        ) from error
    processes = Processes(settings.device)
    settings = replace(settings, device=processes.device)
    clips = read_clips(settings.data / "train", recipe.size)
    if not clips:
        raise SettingsError(
            f"{settings.data} holds no prepared clips.", hint="Prepare them with --prepare, or --unpack them."
        )
    held_out = read_clips(settings.data / "val", recipe.size)
    # Evenly over the held-out people, whose clips lie one after another.
    held_out = held_out[:: max(len(held_out) // _HELD_OUT, 1)][:_HELD_OUT]
    logger.info(
        "%d clips of %d people, %d held out", len(clips), len({clip.person for clip in clips}), len(held_out)
    )

    def run(folder: str, minutes: float) -> TrainingSettings:
        return TrainingSettings(
            settings.folder / folder,
            minutes,
            clock=settings.clock,
            most_steps=settings.most_steps,
            device=settings.device,
            workers=settings.workers,
            bf16=fast_dtype(settings.device) == torch.bfloat16,
            seed=settings.seed,
        )

    torch.manual_seed(settings.seed)
    codec: Codec = recipe.make_codec()
    minutes = settings.minutes
    if isinstance(codec, FaceAutoencoder):
        done = settings.folder / "autoencoder" / "autoencoder"
        if resume and done.is_dir():
            codec = FaceAutoencoder.from_pretrained(done)
        else:
            share = min(settings.autoencoder_minutes, minutes)
            codec = train_autoencoder(codec, clips, recipe, run("autoencoder", share), resume=resume)
            minutes -= share
    transformer = recipe.make_transformer(codec, clips[0].speech.shape[1])
    if settings.initial is not None:
        start_from(transformer, settings.initial)
    judge = NaturalnessJudgement.load(settings.device) if recipe.naturalness_weight else None
    transformer = train_transformer(
        transformer,
        codec,
        clips,
        recipe,
        run("transformer", minutes),
        held_out=held_out,
        sync=sync(settings.device) if sync is not None else None,
        judge=judge,
        damage=broken_sources if recipe.broken_share else None,
        doubts=judge.doubts if judge is not None else None,
        resume=resume,
    )
    if export is None or not processes.is_main:
        return []
    return export_generator(recipe, codec, transformer, export)
