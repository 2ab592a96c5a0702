"""The phone-rule baseline: a phone recogniser, one opening per phone, a smoothing window. Nothing is learnt.

It repeats the recipe of the feasibility trial so that benchmarks can say how far ahead of it an engine is. The
recogniser (pocketsphinx, English phones) is a development tool and is imported only when asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.base.errors import ModelError
from core.speech.mel import SAMPLE_RATE

SILENCE = "SIL"
BILABIALS = frozenset({"P", "B", "M"})
LABIODENTALS = frozenset({"F", "V"})

_OPENING = {
    **dict.fromkeys(("AA",), 1.0),
    **dict.fromkeys(("AE", "AW"), 0.95),
    "AY": 0.9,
    "AO": 0.85,
    "EH": 0.7,
    **dict.fromkeys(("AH", "OY"), 0.65),
    **dict.fromkeys(("EY", "OW"), 0.6),
    "HH": 0.5,
    **dict.fromkeys(("ER", "IH", "L"), 0.45),
    **dict.fromkeys(("IY", "UH"), 0.4),
    **dict.fromkeys(("R", "Y"), 0.35),
    "UW": 0.3,
    "W": 0.2,
    **dict.fromkeys(LABIODENTALS, 0.12),
    **dict.fromkeys(BILABIALS, 0.0),
    SILENCE: 0.0,
}
_OTHER_OPENING = 0.3
_SMOOTHING_S = 0.13  # length of the Hann window
_GRID_HZ = 200


@dataclass(frozen=True, slots=True)
class TimedPhone:
    """One phone (ARPAbet without stress, or SIL) and when it sounds, in seconds [start, end)."""

    phone: str
    start: float
    end: float


def recognise_phones(voice: np.ndarray) -> tuple[TimedPhone, ...]:
    """The phones pocketsphinx hears in `voice` ((N,) float32 mono 16 kHz), in order and without gaps.

    Raises:
        ModelError: pocketsphinx is not installed.
    """
    try:
        import pocketsphinx  # development only: the shipped engine does not use it
    except ImportError as error:
        raise ModelError(
            "The phone-rule baseline needs the package pocketsphinx, which is not installed.",
            hint="Install the program with its “train” extra.",
        ) from error
    models = Path(pocketsphinx.get_model_path("en-us"))
    decoder = pocketsphinx.Decoder(
        hmm=str(models / "en-us"),
        allphone=str(models / "en-us-phone.lm.bin"),
        lw=2.0,
        beam=1e-20,
        pbeam=1e-20,
        samprate=float(SAMPLE_RATE),
        loglevel="FATAL",
    )
    decoder.start_utt()
    decoder.process_raw(
        (np.clip(voice, -1, 1) * 32767).astype(np.int16).tobytes(), no_search=False, full_utt=True
    )
    decoder.end_utt()
    # Frames are 10 ms; end_frame is the last frame of the phone.
    return tuple(
        TimedPhone(_plain(item.word), item.start_frame / 100, (item.end_frame + 1) / 100)
        for item in decoder.seg()
    )


def _plain(word: str) -> str:
    return SILENCE if word.startswith(("SIL", "+", "<")) else word.rstrip("0123456789")


def wanted_opening(phones: Sequence[TimedPhone], times: np.ndarray) -> np.ndarray:
    """The rule's mouth opening at `times` ((F,) seconds): (F,) float32, 0 closed … 1 wide open."""
    if len(times) == 0:
        return np.zeros(0, np.float32)
    end = max([float(times[-1]), *(phone.end for phone in phones)]) + _SMOOTHING_S
    grid = np.zeros(int(end * _GRID_HZ) + 2)
    for phone in phones:
        span = slice(round(phone.start * _GRID_HZ), round(phone.end * _GRID_HZ))
        grid[span] = _OPENING.get(phone.phone, _OTHER_OPENING)
    window = np.hanning(round(_SMOOTHING_S * _GRID_HZ) | 1)
    smooth = np.convolve(grid, window / window.sum(), mode="same")
    return np.interp(times, np.arange(len(grid)) / _GRID_HZ, smooth).astype(np.float32)
