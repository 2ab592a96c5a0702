"""A network in training: optimiser, averaged weights, the discriminator beside it, curve, checkpoints, the best weights so far."""

import json
import logging
import os
import time
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from core.adaptation.batches import mouth_places
from core.research.training.generator.adversary import (
    MouthDiscriminator,
    discriminator_loss,
    generator_loss,
    mouth_squares,
)
from core.research.training.generator.processes import Processes

logger = logging.getLogger(__name__)

_WARM_UP = 100  # steps over which the rate rises
_JUDGED_SIDE = 96  # pixels of the square around the mouth that the discriminator sees
_COOL_DOWN = 0.25  # share of the minutes over which it falls again

Clock = Literal["wall", "processor"]


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """One run of either network.

    Attributes:
        folder: checkpoint, curve and weights go here.
        minutes: how long this call may train.
        ema: decay of the averaged weights per step.
        checkpoint_minutes: between two checkpoints, by the clock on the wall.
        clock: what `minutes` counts; the processor's is fair on a shared machine.
        most_steps: stop there even if minutes are left; those before a resumption count.
        device: torch device.
        workers: threads that draw batches; 0 draws between steps.
        bf16: bfloat16 autocast; see `core.base.precision`.
        seed: of everything random.
    """

    folder: Path
    minutes: float
    ema: float = 0.999
    checkpoint_minutes: float = 4.0
    clock: Clock = "wall"
    most_steps: int | None = None
    device: str = "cpu"
    workers: int = 0
    bf16: bool = False
    seed: int = 0


class Run:
    """A network in training with optimiser, averaged weights, curve and checkpoint."""

    def __init__(
        self,
        network: nn.Module,
        settings: TrainingSettings,
        rate: float,
        *,
        resume: bool,
        adversarial: bool = False,
    ) -> None:
        self.processes = Processes(settings.device)
        self.network = network.to(settings.device).train()
        self.processes.make_equal(self.network)
        self.average = deepcopy(self.network).eval().requires_grad_(False)
        self.settings = settings
        self.optimiser = torch.optim.AdamW(self.network.parameters(), rate, weight_decay=0.01, fused=True)
        self.adversary = Adversary(settings.device, self.processes) if adversarial else None
        self._rate = rate
        self.step = 0
        settings.folder.mkdir(parents=True, exist_ok=True)
        if resume and self._checkpoint.is_file():
            state = torch.load(self._checkpoint, map_location=settings.device, weights_only=True)
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step = state["step"]
            if self.adversary is not None and "adversary" in state:
                self.adversary.load_state_dict(state["adversary"])
        self._first = self.step
        self._saved = time.monotonic()
        self._now = time.process_time if settings.clock == "processor" else time.monotonic
        self._started = self._now()
        self._losses: list[float] = []
        self._left = 1.0
        self.is_due = False
        self._best = float("inf")
        if resume and self._best_weights.is_file():
            self._best = torch.load(self._best_weights, weights_only=True)["error"]

    def goes_on(self) -> bool:
        """Whether there is time for a step; asked once before each. Sets `is_due`, whether it ends with a checkpoint."""
        spent = (self._now() - self._started) / max(60 * self.settings.minutes, 1e-9)
        if self.settings.most_steps is not None:
            left = self.settings.most_steps - self._first
            spent = max(spent, (self.step - self._first) / left if left > 0 else 1.0)
        waited = time.monotonic() - self._saved
        self._left, due = self.processes.agreed([1 - spent, waited - 60 * self.settings.checkpoint_minutes])
        self.is_due = due >= 0
        return self._left > 0

    def random(self, step: int) -> np.random.Generator:
        """Randomness of a step: the same whether or not the run was interrupted, another in every process."""
        return np.random.default_rng((self.settings.seed, step, self.processes.index))

    def update(self, loss: Tensor) -> None:
        """One step down the gradient; saves now and then."""
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate * min(
                (self.step + 1) / _WARM_UP, max(self._left / _COOL_DOWN, 0.05), 1.0
            )
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.processes.average_gradients(self.network)
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        decay = min(self.settings.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():  # else the average would keep every step's graph
            torch._foreach_lerp_(
                list(self.average.parameters()), list(self.network.parameters()), weight=1 - decay
            )
        self._losses.append(loss.item())

    def save(self, error: float | None = None, **figures: float) -> None:
        """Writes the checkpoint and a line of the curve with further `figures`, and keeps weights of the lowest `error`."""
        line = {"step": self.step, "loss": float(np.mean(self._losses)) if self._losses else None, **figures}
        is_better = error is not None and error < self._best
        if is_better:
            self._best = error
        if self.processes.is_main:
            self._write(line, is_better)
        self._losses.clear()
        self._saved = time.monotonic()

    def _write(self, line: dict[str, float | None], is_better: bool) -> None:
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        if self.adversary is not None:
            state["adversary"] = self.adversary.state_dict()
        _replace(self._checkpoint, state)
        if is_better:
            best = {"average": state["average"], "step": self.step, "error": self._best}
            _replace(self._best_weights, best)
        with (self.settings.folder / "curve.jsonl").open("a", encoding="utf-8") as curve:
            curve.write(json.dumps(line) + "\n")
        logger.info("%s", line)

    def best(self) -> nn.Module:
        """The averaged weights: those of the lowest error told to `save`, or the last ones where none was told."""
        self.processes.wait()  # for the main one, which may be writing them
        if np.isfinite(self._best):
            stored = torch.load(self._best_weights, map_location=self.settings.device, weights_only=True)
            logger.info("best of all: step %d, error %.3f", stored["step"], stored["error"])
            self.average.load_state_dict(stored["average"])
        return self.average

    @property
    def _checkpoint(self) -> Path:
        return self.settings.folder / "checkpoint.pt"

    @property
    def _best_weights(self) -> Path:
        return self.settings.folder / "best.pt"


def _replace(path: Path, state: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


class Adversary:
    """The discriminator in training."""

    def __init__(self, device: str, processes: Processes) -> None:
        self.network = MouthDiscriminator().to(device)
        self._processes = processes
        processes.make_equal(self.network)
        self._optimiser = torch.optim.AdamW(self.network.parameters(), 2e-4, betas=(0.0, 0.99), fused=True)

    def loss(self, real: Tensor, made: Tensor, mouth: Tensor) -> Tensor:
        """See `core.adaptation.losses.AdversaryLoss`."""
        side = min(_JUDGED_SIDE, made.shape[-1])
        places = mouth_places(mouth)
        return self.judge(mouth_squares(real, places, side), mouth_squares(made, places, side))

    def judge(self, real: Tensor, made: Tensor) -> Tensor:
        """Learns from (N, 3, H, W) mouths one step further, then says what the made ones lack."""
        self._optimiser.zero_grad(set_to_none=True)
        discriminator_loss(self.network, real, made).backward()
        self._processes.average_gradients(self.network)
        self._optimiser.step()
        self.network.requires_grad_(False)
        lacking = generator_loss(self.network, real, made)
        self.network.requires_grad_(True)
        return lacking

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"network": self.network.state_dict(), "optimiser": self._optimiser.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from a checkpoint."""
        self.network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
