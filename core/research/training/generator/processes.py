"""Several processes that train one network, each on a card or a machine of its own; started by ``torchrun`` or ``accelerate launch``.

Gradients are averaged by hand instead of through a wrapper around the network: the losses call it in more than one way.
"""

import atexit
from collections.abc import Sequence

import torch
from accelerate import PartialState
from accelerate.utils import broadcast, reduce
from torch import Tensor, nn


class Processes:
    """The processes of this training; one alone where it was started as usual.

    Args:
        device: torch device that was asked for; one of several processes takes its own card instead.
    """

    def __init__(self, device: str) -> None:
        on_processors = torch.device(device).type == "cpu"
        self._state = PartialState(cpu=on_processors)
        self.count = self._state.num_processes
        self.index = self._state.process_index
        if self.count > 1:  # its threads must not outlive it: one that ends with them is aborted, now and then
            atexit.register(self._state.destroy_process_group)
        self.device = device if on_processors or self.count == 1 else str(self._state.device)

    @property
    def is_main(self) -> bool:
        """Whether this is the one that writes files."""
        return self.index == 0

    def agreed(self, values: Sequence[float]) -> list[float]:
        """What the main process says of `values`; clocks differ, and all have to stop at the same step."""
        if self.count == 1:
            return list(values)
        said: Tensor = broadcast(torch.tensor(values, dtype=torch.float32, device=self.device))
        return said.tolist()

    def make_equal(self, network: nn.Module) -> None:
        """Gives `network` the main process's weights."""
        if self.count > 1:
            with torch.no_grad():
                for own in (*network.parameters(), *network.buffers()):
                    own.copy_(broadcast(own.detach().clone()))

    def average_gradients(self, network: nn.Module) -> None:
        """Gives `network` the mean of all processes' gradients."""
        if self.count == 1:
            return
        parameters = [p for p in network.parameters() if p.requires_grad]
        for p in parameters:  # what one process did not need another may have
            p.grad = torch.zeros_like(p) if p.grad is None else p.grad
        flat: Tensor = reduce(nn.utils.parameters_to_vector([p.grad for p in parameters]), "mean")
        nn.utils.vector_to_parameters(flat, [p.grad for p in parameters])

    def wait(self) -> None:
        """Until all are here."""
        self._state.wait_for_everyone()
