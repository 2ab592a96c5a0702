"""Which ear the motion network hears with: our own encoder's mel, trained along, or a pretrained Whisper's features."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.base.errors import SettingsError
from core.speech.encoder import STEP_RATE, mel_of_steps, step_count, step_times

EarName = Literal["own", "whisper"]


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """What training feeds the network with.

    Attributes:
        name: of the ear.
        width: of one row; 0 where the encoder is trained along.
        rows: per step of 1/50 s.
        first_s: seconds at which step 0 is centred.
        hear: (N,) float32 mono 16 kHz → (rows · S, width) float32.
    """

    name: EarName
    width: int
    rows: int
    first_s: float
    hear: Callable[[np.ndarray], np.ndarray]

    def times(self, count: int) -> np.ndarray:
        """(count,) float64 seconds at which the steps are centred."""
        return np.arange(count) / STEP_RATE + self.first_s


def _mel(voice: np.ndarray) -> np.ndarray:
    return mel_of_steps(voice, 0, step_count(len(voice)))


OWN = Hearing("own", 0, 2, float(step_times(1)[0]), _mel)


def hearing_of(name: str) -> Hearing:
    """The ear called so.

    Raises:
        SettingsError: there is none.
        ModelError: its weights are missing or damaged.
    """
    if name == "own":
        return OWN
    if name == "whisper":
        from core.speech.whisper import whisper_ear

        ear = whisper_ear()
        return Hearing("whisper", ear.width, 1, 0.0, ear.features_of_short)
    raise SettingsError(f"There is no ear “{name}”.", hint="Use own or whisper.")
