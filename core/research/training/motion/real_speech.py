"""Real speakers as motion targets: tracked clips → voice, and person-free mouth shapes on the speech encoder's clock."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

from core.motion.shape import PersonRange, ShapeModel, measures
from core.motion.viseme import TimedViseme, timed_visemes, visemes_of_arpabet
from core.research.corpus.held_out import clip_group, is_held_out
from core.research.training.motion.phone_rule import TimedPhone, recognise_phones
from core.speech.encoder import STEP_RATE
from core.speech.mel import SAMPLE_RATE

logger = logging.getLogger(__name__)

_SOUNDLESS = ("cnn_speaker", "head_poses")
_LARGEST_YAW = 35.0

_GRID_WORDS = (
    {"b": "bin", "l": "lay", "p": "place", "s": "set"},
    {"b": "blue", "g": "green", "r": "red", "w": "white"},
    {"a": "at", "b": "by", "i": "in", "w": "with"},
    {letter: letter for letter in "abcdefghijklmnopqrstuvwxyz"},
    dict(
        zip(
            "z123456789",
            ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            strict=True,
        )
    ),
    {"a": "again", "n": "now", "p": "please", "s": "soon"},
)


@dataclass(frozen=True, slots=True, eq=False)
class RealClip:
    """One talking face.

    Attributes:
        name: file stem.
        group: ``grid``, ``lrw_ar``, ``single`` or ``generated``.
        held_out: whether only validation may use it.
        voice: (N,) float32 mono 16 kHz.
        times: (F,) float64 seconds of each video frame on the voice's clock.
        coefs: (F, K) float32 person-free shapes at `times`.
        shown: (F, len(MEASURES)) float32 measures at `times`.
        valid: (F,) bool: tracked well enough.
        range: the person's rest and range in this clip.

    """

    name: str
    group: str
    held_out: bool
    voice: np.ndarray
    times: np.ndarray
    coefs: np.ndarray
    shown: np.ndarray
    valid: np.ndarray
    range: PersonRange


def training_files(folder: Path) -> list[Path]:
    """The main face of each usable clip in the real corpus's folder, sorted by name."""
    return [
        path for path in sorted(folder.glob("*__0.npz")) if not any(name in path.stem for name in _SOUNDLESS)
    ]


def read_clip(path: Path, model: ShapeModel) -> RealClip | None:
    """One file as a motion target, or None when it has no sound or no well-tracked second."""
    with np.load(path) as arrays:
        voice = arrays["audio"].astype(np.float32) / 32768
        landmarks, times = arrays["landmarks"], arrays["times"]
        quality, yaw = arrays["quality"], arrays["pose"][:, 0]
    if len(voice) < SAMPLE_RATE // 2 or float(np.abs(voice).max(initial=0.0)) < 1e-3:
        return None
    valid = (quality > 0.5) & (np.abs(yaw) < _LARGEST_YAW)
    if valid.sum() < 20:
        return None
    local = model.local(landmarks)
    person_range = model.person_range_of_local(local, np.where(valid, quality, 0.0))
    coefs = person_range.apply(model.encode_local(local))
    return RealClip(
        path.stem,
        clip_group(path.stem),
        is_held_out(path.stem),
        voice,
        times,
        coefs,
        measures(local),
        valid,
        person_range,
    )


def on_steps(
    times: np.ndarray, values: np.ndarray, valid: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """`values` (F, K) at `times` resampled to `count` steps of 1/50 s: (count, K) float32 and (count,) bool validity."""
    steps = np.arange(count) / STEP_RATE
    good = np.flatnonzero(valid)
    inside = (steps >= times[good[0]]) & (steps <= times[good[-1]])
    nearest = np.abs(steps[:, None] - times[good][None]).min(1) if len(good) else np.full(count, np.inf)
    spline = CubicSpline(times[good], values[good], axis=0, extrapolate=False)
    return np.nan_to_num(spline(steps)).astype(np.float32), inside & (nearest < 0.05)


def grid_words(stem: str) -> str | None:
    """The six words of a GRID sentence from its file name, or None."""
    match = re.search(r"_([blps][bgrw][abiw][a-z][z1-9][anps])(?:_|$)", stem)
    return (
        " ".join(table[letter] for table, letter in zip(_GRID_WORDS, match[1], strict=True))
        if match
        else None
    )


def phones_of(clip: RealClip) -> tuple[TimedViseme, ...]:
    """What sounds when in an English clip, by pocketsphinx: aligned to the known words of GRID, else free recognition."""
    words = grid_words(clip.name)
    phones = (align_phones(clip.voice, words) if words else ()) or recognise_phones(clip.voice)
    return timed_visemes([(visemes_of_arpabet(item.phone), item.start, item.end) for item in phones])


def align_phones(voice: np.ndarray, words: str) -> tuple[TimedPhone, ...]:
    """The phones of `words` where pocketsphinx finds them in `voice`; empty when they do not fit."""
    import pocketsphinx

    samples = (np.clip(voice, -1, 1) * 32767).astype(np.int16).tobytes()
    decoder = pocketsphinx.Decoder(samprate=float(SAMPLE_RATE), loglevel="FATAL")
    decoder.set_align_text(words)

    def decode() -> None:
        decoder.start_utt()
        decoder.process_raw(samples, full_utt=True)
        decoder.end_utt()

    try:
        decode()
        if decoder.hyp() is None:
            return ()
        decoder.set_alignment()
        decode()
    except RuntimeError as error:  # pocketsphinx's way of saying that the words do not fit the sound
        logger.info("no alignment for “%s”: %s", words, error)
        return ()
    alignment = decoder.get_alignment()
    if alignment is None:
        return ()
    return tuple(
        TimedPhone(
            "SIL" if phone.name.startswith(("SIL", "+")) else phone.name.rstrip("0123456789"),
            phone.start / 100,
            (phone.start + phone.duration) / 100,
        )
        for word in alignment
        for phone in word
    )
