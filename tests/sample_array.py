"""Sound held in memory, for what takes a stream of it."""

import numpy as np


class SampleArray:
    """Sound held in memory, as an `AudioSource`.

    Args:
        samples: (n,) or (n, channels) float32 in -1..1, int16 or int32.
        rate: samples a second.
        layout: channel layout; None takes the usual one for the number of channels.
    """

    def __init__(self, samples: np.ndarray, rate: int, layout: str | None = None) -> None:
        self._samples = samples.reshape(len(samples), -1)
        self.rate = rate
        self.layout = layout or {1: "mono", 2: "stereo", 6: "5.1"}[self._samples.shape[1]]
        self.bits = {"int16": 16, "int32": 32}.get(samples.dtype.name, 0)

    def blocks(self):
        """Consecutive (n, channels) blocks of about half a second."""
        step = max(1, int(self.rate / 2))
        for start in range(0, len(self._samples), step):
            yield self._samples[start : start + step]
