"""Runs one small TensorFlow Lite network on the CPU through LiteRT."""

from pathlib import Path

import numpy as np


class LiteRtNetwork:
    """A network with one picture input. Not thread-safe: give each thread its own.

    Attributes:
        input_size: width and height of the input picture in pixels.
    """

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        from ai_edge_litert.interpreter import Interpreter  # heavy; only when a network is really wanted

        self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [detail["index"] for detail in self._interpreter.get_output_details()]
        _, height, width, _ = self._interpreter.get_input_details()[0]["shape"]
        self.input_size = (int(width), int(height))

    def __call__(self, picture: np.ndarray) -> list[np.ndarray]:
        """The outputs, in the file's order, for a (H, W, 3) float32 picture."""
        self._interpreter.set_tensor(self._input, picture[None])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]
