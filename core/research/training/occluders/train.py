"""Trains the occluder network: gathers faces, draws things before them, runs, checkpoints, validates on unseen people."""

import json
import logging
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from core.base.precision import fast_dtype
from core.faces.occluders import CROP_PIXELS
from core.research.training.occluders.faces import gather
from core.research.training.occluders.network import OccluderNetwork
from core.research.training.occluders.scenes import COVERED, Bank, Example, example
from core.research.training.occluders.validation import Finder, judged, trials, validate
from core.research.training.training_curve import append_row

logger = logging.getLogger(__name__)

_WARM_UP_STEPS = 60
_EMA = 0.995
_OUTSIDE = 0.2  # weight of what lies away from the face, where nothing moves
_OPSET = 17
# Clips in which something is before or at the chin that nobody has marked.
LEAVE_OUT = frozenset({"SkyworkAI_SkyReels-A1_assets_driving_video_2"})


@dataclass(frozen=True, slots=True)
class OccluderTraining:
    """One run.

    Attributes:
        tracked: folder of tracked clips (`core.research.corpus.real`).
        out: checkpoint, curve and weights go here; gathered faces beside it.
        minutes: how long to train, gathering and validating not counted.
        clock: what they count; the processor's is fair on a shared machine.
        stills: folder of tracked stills, or None.
        heads: rendered people.
        things: drawn ahead.
        batch: examples of a step.
        trials: of each kind, in validation.
        learning_rate: at its highest.
        weight_decay: of AdamW.
        seed: of everything drawn.
        most_steps: stop there even if minutes are left.
    """

    tracked: str
    out: str
    minutes: float = 12.0
    clock: Literal["wall", "processor"] = "wall"
    stills: str | None = None
    heads: int = 50
    things: int = 4000
    batch: int = 32
    trials: int = 160
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    seed: int = 0
    most_steps: int | None = None


def train(config: OccluderTraining, *, resume: bool = False) -> Path:
    """Runs until the minutes are used up; returns the path of the weights (``occluders.safetensors`` in ``config.out``).

    Every two minutes a checkpoint and a row of ``curve.csv`` are written; `resume` goes on from the checkpoint.

    Raises:
        SettingsError: there are no clips to train on.
    """
    torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    out = Path(config.out)
    faces = gather(
        Path(config.tracked),
        Path(config.stills) if config.stills else None,
        config.heads,
        out.parent / "faces.npz",
        LEAVE_OUT,
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(asdict(config), indent=1), "utf-8")
    made = trials(faces, config.seed, config.trials)
    own = faces.select(np.flatnonzero(~faces.held_out))
    chances = _chances(own.person)
    bank = Bank(config.things, own.rgb, config.seed)
    logger.info(
        "%d faces of %d people, %d held out", len(own), len(set(own.person)), int(faces.held_out.sum())
    )
    network = OccluderNetwork()
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    average, step, spent = _copied(network), 0, 0.0
    checkpoint = out / "last.pt"
    if resume and checkpoint.is_file():
        saved = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(saved["network"])
        optimizer.load_state_dict(saved["optimizer"])
        average, step, spent = saved["average"], saved["step"], saved["spent"]
    rng = np.random.default_rng([config.seed, step, 73])
    now = time.process_time if config.clock == "processor" else time.monotonic
    started, last_saved = now() - spent, time.monotonic()
    running: dict[str, float] = {}
    network.train()
    is_fast = fast_dtype("cpu") == torch.bfloat16
    while (done := _share_done(config, step, spent := now() - started)) < 1:
        rate = (
            config.learning_rate
            * min(1.0, (step + 1) / _WARM_UP_STEPS)
            * (0.02 + 0.49 * (1 + np.cos(np.pi * done)))
        )
        for group in optimizer.param_groups:
            group["lr"] = float(rate)  # numpy scalars would not load with weights_only
        batch = [
            example(own, int(i), bank, rng, covered=bool(rng.random() < COVERED))
            for i in rng.choice(len(own), config.batch, p=chances)
        ]
        pictures, truth, weight = _tensors(batch)
        with torch.autocast("cpu", torch.bfloat16, enabled=is_fast):
            logits = network(pictures)
        terms = _loss(logits.float(), truth, weight)
        loss = torch.stack(list(terms.values())).sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimizer.step()
        step += 1
        keep = min(_EMA, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                average[name].lerp_(value, 1 - keep)
        for name, value in terms.items():
            running[name] = running.get(name, value.item()) * 0.98 + 0.02 * value.item()
        if time.monotonic() - last_saved > 120:
            _save(checkpoint, network, optimizer, average, step, spent)
            _report(out, average, made, step, spent, running)
            started = now() - spent  # looking at it is not training
            last_saved = time.monotonic()
    _save(checkpoint, network, optimizer, average, step, spent)
    _report(out, average, made, step, spent, running)
    path = out / "occluders.safetensors"
    save_file({name: value.contiguous() for name, value in average.items()}, path)
    return path


def load_network(path: Path) -> OccluderNetwork:
    """The network stored by `train` or `export`, ready for use."""
    network = OccluderNetwork()
    network.load_state_dict({name: value.float() for name, value in load_file(path).items()}, strict=False)
    return network.eval()


def export(weights: Path, folder: Path) -> list[Path]:
    """Writes ``occluders.safetensors`` (fp16) and ``occluders.onnx`` (fp32, same numbers) into `folder`; returns both."""
    network = load_network(weights)
    for tensor in (*network.parameters(), *network.buffers()):
        if tensor.is_floating_point():
            tensor.data = tensor.data.half().float()
    folder.mkdir(parents=True, exist_ok=True)
    state = {n: v.half().contiguous() for n, v in network.state_dict().items() if v.is_floating_point()}
    beside = folder / "occluders.part"
    save_file(state, beside)
    os.replace(beside, folder / "occluders.safetensors")
    pictures = torch.zeros(1, 4, CROP_PIXELS, CROP_PIXELS)
    torch.onnx.export(
        torch.nn.Sequential(network, torch.nn.Sigmoid()),
        (pictures,),
        str(beside),
        input_names=["pictures"],
        output_names=["covered"],
        dynamic_axes={"pictures": {0: "batch"}, "covered": {0: "batch"}},
        opset_version=_OPSET,
        dynamo=False,
    )
    onnx.checker.check_model(onnx.load(beside))
    os.replace(beside, folder / "occluders.onnx")
    return [folder / "occluders.safetensors", folder / "occluders.onnx"]


def finder(network: OccluderNetwork) -> Finder:
    """`network` as validation asks it."""

    def find(rgb: np.ndarray, face: np.ndarray) -> np.ndarray:
        with (
            torch.inference_mode(),
            torch.autocast("cpu", torch.bfloat16, enabled=fast_dtype("cpu") == torch.bfloat16),
        ):
            return torch.sigmoid(network(_pictures(rgb, face)).float())[:, 0].numpy()

    return find


def _chances(person: np.ndarray) -> np.ndarray:
    """(N,) how often each face is taken: people with many frames more often, but not as often as they have frames."""
    _, owner, counts = np.unique(person, return_inverse=True, return_counts=True)
    weight = 1 / np.sqrt(counts[owner])
    return weight / weight.sum()


def _pictures(rgb: np.ndarray, face: np.ndarray) -> Tensor:
    stacked = np.concatenate([rgb, face[..., None]], axis=3)
    return (torch.from_numpy(stacked).permute(0, 3, 1, 2).float() / 255).contiguous(
        memory_format=torch.channels_last
    )


def _tensors(batch: list[Example]) -> tuple[Tensor, Tensor, Tensor]:
    pictures = _pictures(np.stack([e.rgb for e in batch]), np.stack([e.face for e in batch]))
    truth = torch.from_numpy(np.stack([e.cover for e in batch])).float()[:, None] / 255
    near = torch.from_numpy(np.stack([judged(e.face) for e in batch]))[:, None]
    return pictures, truth, torch.where(near, 1.0, _OUTSIDE)


def _loss(logits: Tensor, truth: Tensor, weight: Tensor) -> dict[str, Tensor]:
    """Cross-entropy, pixel by pixel, and the soft overlap of what is found with what is there, picture by picture."""
    entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    guess = torch.sigmoid(logits)
    both, either = (weight * guess * truth).sum((1, 2, 3)), (weight * (guess + truth)).sum((1, 2, 3))
    dice = 1 - (2 * both + 50) / (either + 50)  # a face with nothing before it is right when nothing is found
    return {"entropy": 2 * (weight * entropy).mean(), "overlap": 0.3 * dice.mean()}


def _share_done(config: OccluderTraining, step: int, spent: float) -> float:
    by_steps = step / config.most_steps if config.most_steps else 0.0
    return max(spent / (config.minutes * 60), by_steps)


def _copied(network: OccluderNetwork) -> dict[str, Tensor]:
    return {
        name: value.detach().clone()
        for name, value in network.state_dict().items()
        if value.is_floating_point()
    }


def _save(
    path: Path,
    network: OccluderNetwork,
    optimizer: torch.optim.Optimizer,
    average: dict[str, Tensor],
    step: int,
    spent: float,
) -> None:
    beside = path.with_suffix(".part")
    torch.save(
        {
            "network": network.state_dict(),
            "optimizer": optimizer.state_dict(),
            "average": average,
            "step": step,
            "spent": spent,
        },
        beside,
    )
    os.replace(beside, path)


def _report(
    out: Path,
    average: dict[str, Tensor],
    made: dict[str, list[Example]],
    step: int,
    spent: float,
    running: dict[str, float],
) -> None:
    network = OccluderNetwork()
    network.load_state_dict(average, strict=False)
    row = {
        "step": step,
        "minutes": round(spent / 60, 2),
        **validate(finder(network.eval()), made),
        **{name: round(value, 4) for name, value in running.items()},
    }
    logger.info("%s", row)
    append_row(out / "curve.csv", row)
