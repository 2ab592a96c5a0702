"""One training of one network in one process: how large its steps are, the average of its weights, checkpoints and the curve."""

import copy
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from core.research.training.training_curve import append_row

logger = logging.getLogger(__name__)

_CHECKPOINT_SECONDS = 120
_MOST_GRADIENT = 2.0

Network = TypeVar("Network", bound=nn.Module)
Validate = Callable[[Network], Mapping[str, float]]
Clock = Literal["wall", "processor"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long, and how large the steps are: a linear rise, then half a cosine down to a fiftieth of the highest.

    Attributes:
        minutes: how long to train; validating is not counted.
        most_steps: stop there even if minutes are left.
        learning_rate: at its highest.
        warm_up_steps: of the rise.
        average: share of its old value that the average of the weights keeps in a step, once it is under way.
        clock: what the minutes count; the processor's is fair on a shared machine.
    """

    minutes: float
    most_steps: int | None
    learning_rate: float
    warm_up_steps: int
    average: float
    clock: Clock = "wall"

    def share_done(self, step: int, seconds: float) -> float:
        """How much of the run is done, 0..1 and beyond."""
        by_steps = step / self.most_steps if self.most_steps else 0.0
        return max(seconds / (self.minutes * 60), by_steps)

    def rate(self, step: int, done: float) -> float:
        """The learning rate of the next step."""
        rise = min(1.0, (step + 1) / self.warm_up_steps)
        return float(self.learning_rate * rise * (0.02 + 0.49 * (1 + np.cos(np.pi * done))))


class AveragedRun(Generic[Network]):
    """Trains `network` in ``for _ in run.steps(): …; run.learn(terms)``; what is validated and kept is the average of its weights.

    Every two minutes, and at the end, a checkpoint (``last.pt``) and a row of ``curve.csv`` are written.

    Args:
        network: in training mode from the first step on.
        optimizer: of its parameters.
        out: folder of checkpoint, curve and weights; exists.
        schedule: how long.
        validate: figures of a network in evaluation mode, for the curve.
        resume: goes on from the checkpoint in `out` where there is one, its minutes counted.
    """

    def __init__(
        self,
        network: Network,
        optimizer: torch.optim.Optimizer,
        out: Path,
        schedule: Schedule,
        validate: Validate[Network],
        *,
        resume: bool,
    ) -> None:
        self.network = network
        self.step, self.seconds = 0, 0.0
        self._optimizer, self._out, self._schedule, self._validate = optimizer, out, schedule, validate
        self._average = {
            name: value.detach().clone()
            for name, value in network.state_dict().items()
            if value.is_floating_point()
        }
        self._running: dict[str, float] = {}
        if resume and self._checkpoint.is_file():
            saved = torch.load(self._checkpoint, weights_only=True)
            network.load_state_dict(saved["network"])
            optimizer.load_state_dict(saved["optimizer"])
            self._average, self.step, self.seconds = saved["average"], saved["step"], saved["spent"]

    @property
    def _checkpoint(self) -> Path:
        return self._out / "last.pt"

    def steps(self) -> Iterator[int]:
        """The number of each step, until time or steps are used up."""
        now = time.process_time if self._schedule.clock == "processor" else time.monotonic
        started, saved = now() - self.seconds, time.monotonic()
        self.network.train()
        while True:
            self.seconds = now() - started
            done = self._schedule.share_done(self.step, self.seconds)
            if done >= 1:
                break
            rate = self._schedule.rate(self.step, done)
            for group in self._optimizer.param_groups:
                group["lr"] = rate
            yield self.step
            if time.monotonic() - saved > _CHECKPOINT_SECONDS:
                self._keep()
                started = now() - self.seconds  # looking at it is not training
                saved = time.monotonic()
        self._keep()

    def learn(self, terms: Mapping[str, Tensor]) -> None:
        """A step down the sum of `terms`, each a scalar."""
        loss = torch.stack(list(terms.values())).sum()
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _MOST_GRADIENT)
        self._optimizer.step()
        self.step += 1
        keep = min(self._schedule.average, (1 + self.step) / (10 + self.step))
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                self._average[name].lerp_(value, 1 - keep)
        for name, value in terms.items():
            self._running[name] = self._running.get(name, value.item()) * 0.98 + 0.02 * value.item()

    def write(self, name: str) -> Path:
        """Writes the average of the weights into ``<name>.safetensors``."""
        path = self._out / f"{name}.safetensors"
        save_file({key: value.contiguous() for key, value in self._average.items()}, path)
        return path

    def _keep(self) -> None:
        beside = self._checkpoint.with_suffix(".part")
        torch.save(
            {
                "network": self.network.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "average": self._average,
                "step": self.step,
                "spent": self.seconds,
            },
            beside,
        )
        os.replace(beside, self._checkpoint)
        averaged = copy.deepcopy(self.network)
        averaged.load_state_dict(self._average, strict=False)
        row = {
            "step": self.step,
            "minutes": round(self.seconds / 60, 2),
            **self._validate(averaged.eval()),
            **{name: round(value, 4) for name, value in self._running.items()},
        }
        logger.info("%s", row)
        append_row(self._out / "curve.csv", row)
