"""Trains the occluder network: gathers faces, draws things before them, runs, checkpoints, validates on unseen people."""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from core.base.precision import fast_dtype
from core.faces.occluders import CROP_PIXELS
from core.research.training.averaged_run import AveragedRun, Clock, Schedule
from core.research.training.cut_faces import fair_chances
from core.research.training.occluders.faces import gather
from core.research.training.occluders.network import OccluderNetwork
from core.research.training.occluders.scenes import COVERED, Bank, Example, example
from core.research.training.occluders.validation import Finder, judged, trials, validate
from core.research.training.shipped_files import round_to_half, write_onnx, write_weights

logger = logging.getLogger(__name__)

_WARM_UP_STEPS = 60
_EMA = 0.995
_OUTSIDE = 0.2  # weight of what lies away from the face, where nothing moves
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
    clock: Clock = "wall"
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

    `resume` goes on from the checkpoint (`core.research.training.averaged_run`).

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
    chances = fair_chances(own.person)
    bank = Bank(config.things, own.rgb, config.seed)
    logger.info(
        "%d faces of %d people, %d held out", len(own), len(set(own.person)), int(faces.held_out.sum())
    )
    network = OccluderNetwork()
    run = AveragedRun(
        network,
        torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay),
        out,
        Schedule(config.minutes, config.most_steps, config.learning_rate, _WARM_UP_STEPS, _EMA, config.clock),
        lambda network: validate(finder(network), made),
        resume=resume,
    )
    rng = np.random.default_rng([config.seed, run.step, 73])
    is_fast = fast_dtype("cpu") == torch.bfloat16
    for _ in run.steps():
        batch = [
            example(own, int(i), bank, rng, covered=bool(rng.random() < COVERED))
            for i in rng.choice(len(own), config.batch, p=chances)
        ]
        pictures, truth, weight = _tensors(batch)
        with torch.autocast("cpu", torch.bfloat16, enabled=is_fast):
            logits = network(pictures)
        run.learn(_loss(logits.float(), truth, weight))
    return run.write("occluders")


def load_network(path: Path) -> OccluderNetwork:
    """The network stored by `train` or `export`, ready for use."""
    network = OccluderNetwork()
    network.load_state_dict({name: value.float() for name, value in load_file(path).items()}, strict=False)
    return network.eval()


def export(weights: Path, folder: Path) -> list[Path]:
    """Writes ``occluders.safetensors`` (fp16) and ``occluders.onnx`` (fp32, same numbers) into `folder`; returns both."""
    network = load_network(weights)
    round_to_half(network)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "occluders.safetensors", folder / "occluders.onnx"]
    write_weights(network.state_dict(), paths[0])
    write_onnx(
        torch.nn.Sequential(network, torch.nn.Sigmoid()),
        (torch.zeros(1, 4, CROP_PIXELS, CROP_PIXELS),),
        paths[1],
        (["pictures"], ["covered"]),
        {"pictures": {0: "batch"}, "covered": {0: "batch"}},
    )
    return paths


def finder(network: OccluderNetwork) -> Finder:
    """`network` as validation asks it."""

    def find(rgb: np.ndarray, face: np.ndarray) -> np.ndarray:
        with (
            torch.inference_mode(),
            torch.autocast("cpu", torch.bfloat16, enabled=fast_dtype("cpu") == torch.bfloat16),
        ):
            return torch.sigmoid(network(_pictures(rgb, face)).float())[:, 0].numpy()

    return find


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
