"""Trains the judge of naturalness: gathers mouths, breaks them, runs, checkpoints, validates on people left out."""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from core.base.precision import fast_dtype
from core.own_mouth.naturalness import PIXELS
from core.research.training.averaged_run import AveragedRun, Schedule
from core.research.training.cut_faces import CutFaces, fair_chances
from core.research.training.naturalness.broken import EYES, broken
from core.research.training.naturalness.composites import LookedAt, load_composites, verdicts
from core.research.training.naturalness.mouths import SIZE, gather
from core.research.training.naturalness.network import JudgeNetwork
from core.research.training.shipped_files import round_to_half, write_onnx, write_weights

logger = logging.getLogger(__name__)

_WARM_UP_STEPS = 100
_EMA = 0.995
_SURE = 0.98  # of a real mouth being natural, and of a broken one not
# Broken versions of each mouth that are drawn ahead: to draw one costs as much as to learn from four.
_POOL = 3
_UNSEEN_SURE = 0.85  # of a made mouth that nobody looked at being natural
_SENT_BACK_OFTEN = 4.0  # times as often as others: they are few, and what it is all about
NATURAL_FLAGGED = 0.02  # share of natural mouths that may be doubted


@dataclass(frozen=True, slots=True)
class JudgeTraining:
    """One run.

    Attributes:
        tracked: folder of tracked clips (`core.research.corpus.real`).
        out: checkpoint, curve and weights go here; gathered mouths beside it.
        composites: folder of made mouths (`core.research.benchmark.judge_composites`); none by default.
        verdicts: which of them an eye sent back (`composites.verdicts`).
        minutes: of the processor, how long to train; gathering and validating not counted.
        batch: examples of a step, each mouth whole and broken.
        learning_rate: at its highest.
        weight_decay: of AdamW.
        seed: of everything drawn.
        most_steps: stop there even if minutes are left.
    """

    tracked: str
    out: str
    composites: str | None = None
    verdicts: str | None = None
    minutes: float = 20.0
    batch: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    seed: int = 0
    most_steps: int | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A picture to judge: what is wrong with it, empty for nothing, and who it shows."""

    rgb: np.ndarray
    fault: str
    person: str


def train(config: JudgeTraining, *, resume: bool = False) -> Path:
    """Runs until the minutes are used up; returns the path of the weights (``naturalness.safetensors`` in ``config.out``).

    Raises:
        SettingsError: there are no clips to train on.
    """
    torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    out = Path(config.out)
    mouths = gather(Path(config.tracked), out.parent / "mouths.npz")
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(asdict(config), indent=1), "utf-8")
    own = mouths.select(np.flatnonzero(~mouths.held_out))
    left_out = trials(mouths.select(np.flatnonzero(mouths.held_out)), config.seed)
    made = _looked_at(config)
    looked = None
    if made is not None:
        held = np.flatnonzero(made.composites.held_out & (made.sent_back >= 0))
        looked = made.select(held)
        made = made.select(np.flatnonzero(~made.composites.held_out))
    logger.info("%d mouths of %d people, %d trials", len(own), len(set(own.person)), len(left_out))
    network = JudgeNetwork().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    run = AveragedRun(
        network,
        torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay),
        out,
        Schedule(config.minutes, config.most_steps, config.learning_rate, _WARM_UP_STEPS, _EMA, "processor"),
        lambda network: _figures(network, left_out, looked),
        resume=resume,
    )
    rng = np.random.default_rng([config.seed, run.step, 71])
    pool = _Pool.of(own, made, rng)
    is_fast = fast_dtype("cpu") == torch.bfloat16
    for _ in run.steps():
        pictures, truth = _batch(pool, config.batch, rng)
        with torch.autocast("cpu", torch.bfloat16, enabled=is_fast):
            logits = network(pictures)
        run.learn({"loss": torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), truth)})
    return run.write("naturalness")


def load_network(path: Path) -> JudgeNetwork:
    """The network stored by `train` or `export`, ready for use."""
    network = JudgeNetwork()
    network.load_state_dict({name: value.float() for name, value in load_file(path).items()}, strict=False)
    return network.eval()


def export(weights: Path, folder: Path) -> list[Path]:
    """Writes ``naturalness.safetensors`` (fp16) and ``naturalness.onnx`` (fp32, same numbers) into `folder`; returns both."""
    network = load_network(weights)
    round_to_half(network)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "naturalness.safetensors", folder / "naturalness.onnx"]
    write_weights(network.state_dict(), paths[0])
    pictures = torch.zeros(1, 3, PIXELS, PIXELS)
    axes = {"pictures": {0: "batch"}, "natural": {0: "batch"}}
    write_onnx(network, (pictures,), paths[1], (["pictures"], ["natural"]), axes)
    return paths


def trials(mouths: CutFaces, seed: int) -> list[Trial]:
    """Each of `mouths` as it is and broken once, the same for the same seed."""
    rng = np.random.default_rng([seed, 5])
    found = []
    for row in range(len(mouths)):
        picture, points, person = mouths.rgb[row], mouths.points[row], str(mouths.person[row])
        spoilt, fault = broken(picture, points, mouths.rgb[_another(mouths, row, rng)], rng)
        found.append(Trial(_middle(picture), "", person))
        found.append(Trial(_middle(spoilt), fault, person))
    return found


def answers(network: JudgeNetwork, pictures: np.ndarray) -> np.ndarray:
    """(N,) logits for pictures (N, PIXELS, PIXELS, 3) uint8."""
    with torch.inference_mode():
        return np.concatenate(
            [network(_tensor(pictures[a : a + 64])).numpy() for a in range(0, len(pictures), 64)]
        )


def validate(network: JudgeNetwork, given: list[Trial]) -> dict[str, float]:
    """Area under the curve, share of broken mouths found where `NATURAL_FLAGGED` of the natural ones are, and of each fault.

    Each answer is taken below the median one of the same person's natural mouths, and each person counts the same; `limit` is
    where `NATURAL_FLAGGED` of the natural mouths lie.
    """
    said = answers(network, np.stack([trial.rgb for trial in given]))
    faults, person = (np.array(values) for values in zip(*((t.fault, t.person) for t in given), strict=True))
    weight = np.zeros(len(said))
    for name in set(person):
        own = person == name
        said[own] -= np.median(said[own & (faults == "")])
        weight[own] = 1 / own.sum()
    natural, spoilt = faults == "", faults != ""
    order = np.argsort(said[natural])
    below = np.cumsum(weight[natural][order]) / weight[natural].sum()
    limit = float(said[natural][order][min(int(np.searchsorted(below, NATURAL_FLAGGED)), len(order) - 1)])
    beaten = np.concatenate([[0], below])[np.searchsorted(said[natural][order], said[spoilt])]

    def found(rows: np.ndarray) -> float:
        return round(float(np.average(said[rows] < limit, weights=weight[rows])), 3)

    row = {
        "auc": round(float(1 - np.average(beaten, weights=weight[spoilt])), 4),
        "limit": round(limit, 3),
        "found": found(spoilt),
    }
    return row | {str(fault): found(faults == fault) for fault in sorted(set(faults) - {""})}


def against_an_eye(network: JudgeNetwork, looked: LookedAt) -> dict[str, float]:
    """Of made mouths that an eye sent back, what share is found where `NATURAL_FLAGGED` of their films' own frames are, and of the others.

    Each answer is taken below the median of the film's own frames.
    """
    made = looked.composites
    said = answers(network, np.stack([_middle(picture) for picture in made.rgb]))
    film = answers(network, np.stack([_middle(picture) for picture in made.film]))
    for clip in set(made.clip):
        own = made.clip == clip
        usual = np.median(film[own])
        said[own] -= usual
        film[own] -= usual
    limit = float(np.quantile(film, NATURAL_FLAGGED))
    bad, good = said[looked.sent_back == 1], said[looked.sent_back == 0]
    return {
        "eye_limit": round(limit, 3),
        "eye_found": round(float((bad < limit).mean()), 3) if len(bad) else 0.0,
        "eye_passed": round(float((good < limit).mean()), 3),
        "eye_auc": round(float((bad[:, None] < good[None]).mean()), 3) if len(bad) else 0.0,
    }


def _another(mouths: CutFaces, row: int, rng: np.random.Generator) -> int:
    same = np.flatnonzero(mouths.clip == mouths.clip[row])
    return int(rng.choice(same))


def _looked_at(config: JudgeTraining) -> LookedAt | None:
    if config.composites is None:
        return None
    made = load_composites(Path(config.composites))
    if config.verdicts is None:
        return LookedAt(made, np.full(len(made), -1, np.int8))
    return LookedAt(made, verdicts(made, Path(config.verdicts)))


@dataclass(frozen=True, slots=True, eq=False)
class _Pool:
    """CutFaces, each as it is and broken in `_POOL` ways (N, `_POOL`, SIZE, SIZE, 3).

    Of a made mouth that an eye sent back the film's own frame is the whole one. `sure` (N,) says how surely the whole one is
    natural; `chances` rise to 1.
    """

    whole: np.ndarray
    spoilt: np.ndarray
    sure: np.ndarray
    chances: np.ndarray

    @classmethod
    def of(cls, mouths: CutFaces, made: LookedAt | None, rng: np.random.Generator) -> "_Pool":
        whole, points, clip, person = mouths.rgb, mouths.points, mouths.clip, mouths.person
        sent_back, sure = np.zeros(len(mouths), bool), np.full(len(mouths), _SURE)
        if made is not None:
            each, sent = made.composites, made.sent_back == 1
            whole = np.concatenate([whole, np.where(sent[:, None, None, None], each.film, each.rgb)])
            points, clip = np.concatenate([points, each.points]), np.concatenate([clip, each.clip])
            person, sent_back = np.concatenate([person, each.person]), np.concatenate([sent_back, sent])
            sure = np.concatenate([sure, np.where(made.sent_back < 0, _UNSEEN_SURE, _SURE)])
        spoilt = np.empty((len(whole), _POOL, *whole.shape[1:]), np.uint8)
        for row in range(len(whole)):
            if sent_back[row]:
                assert made is not None
                spoilt[row] = made.composites.rgb[row - len(mouths)]
                continue
            same = np.flatnonzero(clip == clip[row])
            for n in range(_POOL):
                spoilt[row, n], _ = broken(whole[row], points[row], whole[int(rng.choice(same))], rng)
        weight = np.where(sent_back, _SENT_BACK_OFTEN, 1.0)
        return cls(whole, spoilt, sure, _chances(person, weight))


def _batch(own: _Pool, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    pictures: list[np.ndarray] = []
    truth: list[float] = []
    for _ in range(count // 2):
        row = min(int(np.searchsorted(own.chances, rng.random())), len(own.whole) - 1)
        # Both in the same camera, light and file: nothing but the damage tells them apart.
        seed = int(rng.integers(2**32))
        both = (own.whole[row], own.spoilt[row, rng.integers(_POOL)])
        pictures += [varied(picture, np.random.default_rng(seed)) for picture in both]
        truth += [float(own.sure[row]), 1 - _SURE]
    return _tensor(np.stack(pictures)), torch.tensor(truth)


def varied(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(PIXELS, PIXELS, 3) uint8: what the judge might see of `picture` (SIZE, SIZE, 3), in another camera, light and file."""
    unit = PIXELS / SIZE * 1.25 * rng.uniform(0.92, 1.1)
    turn = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), rng.normal(0, 4), unit)
    turn[:, 2] += (PIXELS - SIZE) / 2 + rng.normal(0, 0.02 * EYES, 2)
    if rng.random() < 0.5:
        turn[0] *= -1
        turn[0, 2] += PIXELS - 1
    seen = cv2.warpAffine(
        picture, turn, (PIXELS,) * 2, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    if rng.random() < 0.35:
        small = int(PIXELS * rng.uniform(0.4, 0.9))
        seen = cv2.resize(cv2.resize(seen, (small,) * 2, interpolation=cv2.INTER_AREA), (PIXELS,) * 2)
    elif rng.random() < 0.3:
        soft = cv2.GaussianBlur(seen, (0, 0), 1.0)
        seen = cv2.addWeighted(seen, 1.6, soft, -0.6, 0)
    light = seen.astype(np.float32) * np.exp(rng.normal(0, 0.12, 3) + rng.normal(0, 0.25))
    light = 255 * (np.clip(light, 0, 255) / 255) ** np.exp(rng.normal(0, 0.2))
    if rng.random() < 0.15:
        light = np.repeat(light.mean(axis=2, keepdims=True), 3, axis=2)
    light += rng.normal(0, rng.uniform(0, 5), light.shape)
    seen = np.clip(light, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        _, packed = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 90))])
        seen = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return seen


def _middle(picture: np.ndarray) -> np.ndarray:
    unit = PIXELS / SIZE * 1.25
    turn = np.array([[unit, 0, 0], [0, unit, 0]])
    turn[:, 2] = (PIXELS - 1) / 2 - unit * (SIZE - 1) / 2
    return cv2.warpAffine(picture, turn, (PIXELS,) * 2, flags=cv2.INTER_LINEAR)


def _chances(person: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(N,) rising to 1: `fair_chances`, times `weight`."""
    chances = weight * fair_chances(person)
    return np.cumsum(chances / chances.sum())


def _tensor(pictures: np.ndarray) -> Tensor:
    pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    return pixels.contiguous(memory_format=torch.channels_last)


def _figures(network: JudgeNetwork, left_out: list[Trial], looked: LookedAt | None) -> dict[str, float]:
    row = validate(network, left_out) if left_out else {}
    if looked is not None and len(looked.sent_back):
        row |= against_an_eye(network, looked)
    return row
