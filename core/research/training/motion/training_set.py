"""Training examples of one length: log-mel windows with whatever is known of the mouth at each step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import minimum_filter1d

from core.motion.shape import MEASURES
from core.motion.viseme import (
    LIP_GOALS,
    VISEME_COUNT,
    TimedViseme,
    Viseme,
    dominance_curves,
    dominance_weights,
    viseme_track,
)
from core.research.training.motion.hearing import OWN, Hearing
from core.research.training.motion.phone_corpus import PhoneUtterance
from core.research.training.motion.real_speech import RealClip, on_steps
from core.speech.mel import SAMPLE_RATE
from core.speech.voice_activity import speech_probability

WINDOW_STEPS = 120  # 2.4 s: longer than the network's reach, short enough to mix many voices in a batch
UNKNOWN = -1
_TEMPO = (0.88, 1.14)
_SHORTEST_WITH_PAUSE_S = 2.0
_EDGE_STEPS = 6  # near a clip's cut ends the network lacks the sound that moved the mouth
_REST_AFTER_STEPS = 8  # 0.16 s after the last sound the lips of the phone rule are together
_CONTACT_SHARE = (
    0.12  # of a person's opening range: below, lips touch (the mesh never reports exactly nothing)
)


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """One utterance on the ear's clock, S steps of 1/50 s.

    Attributes:
        sound: (R S, W) float16 or float32, what the network hears: R rows a step (`Hearing`).
        coefs: (S, K) person-free shapes; valid where `seen`.
        seen: (S,) float32, weight of the shape target (1 real, less for rule-made ones, 0 unknown).
        visemes: (S,) int64, −1 unknown.
        curves: (S, 3) rule curves; valid where visemes are known and exact.
        curves_known: (S,) float32.
        speech: (S,) float32 0..1.
        contact: (S,) float32: 1 lips touch, 0 apart, −1 unknown.

    """

    sound: np.ndarray
    coefs: np.ndarray
    seen: np.ndarray
    visemes: np.ndarray
    curves: np.ndarray
    curves_known: np.ndarray
    speech: np.ndarray
    contact: np.ndarray


def label_real(
    clip: RealClip,
    phones: tuple[TimedViseme, ...] | None,
    *,
    sound_late: float = 0.0,
    hearing: Hearing = OWN,
    recording: np.ndarray | None = None,
    tempo: float = 1.0,
) -> Labelled:
    """A tracked clip.

    Args:
        clip: picture and sound.
        phones: what sounds when, if it is known.
        sound_late: seconds by which its sound lags its picture.
        hearing: the ear that listens.
        recording: another recording of its sound that is heard instead.
        tempo: how many times faster that one is said.
    """
    voice = clip.voice if recording is None else recording
    sound = heard_by(hearing, voice)
    steps = len(sound) // hearing.rows
    times = (clip.times + sound_late) / tempo - hearing.first_s
    if phones:
        phones = tuple(TimedViseme(each.viseme, each.start / tempo, each.end / tempo) for each in phones)
    coefs, valid = on_steps(times, clip.coefs, clip.valid, steps)
    opening, _ = on_steps(times, clip.shown[:, :1], clip.valid, steps)
    low, high = (limit[MEASURES.index("opening")] for limit in (clip.range.low, clip.range.high))
    relative = (opening[:, 0] - low) / max(high - low, 1e-3)
    valid[:_EDGE_STEPS] = False
    valid[-_EDGE_STEPS:] = False
    contact = np.where(valid, (relative < _CONTACT_SHARE).astype(np.float32), -1.0)
    # The level rule finds its noise floor in a pause; short clips are cut from running speech and have none.
    is_short = len(clip.voice) < _SHORTEST_WITH_PAUSE_S * SAMPLE_RATE
    heard = np.ones(len(clip.voice) // 160 + 1) if is_short else speech_probability(clip.voice)
    at = hearing.times(steps)
    return Labelled(
        sound,
        coefs,
        valid.astype(np.float32),
        viseme_track(phones, at) if phones else np.full(steps, UNKNOWN),
        np.zeros((steps, 3), np.float32),
        np.zeros(steps, np.float32),
        np.interp(at * tempo, np.arange(len(heard)) / 100, heard).astype(np.float32),
        contact.astype(np.float32),
    )


def heard_by(hearing: Hearing, voice: np.ndarray) -> np.ndarray:
    """What an ear makes of a whole voice, in half precision where it is not our own mel."""
    sound = hearing.hear(voice)
    return sound if hearing.name == "own" else sound.astype(np.float16)


def label_synthetic(
    utterance: PhoneUtterance,
    viseme_shapes: np.ndarray | None,
    shape_size: int,
    hearing: Hearing = OWN,
    recording: np.ndarray | None = None,
) -> Labelled:
    """Synthetic speech: exact visemes and rule curves; shapes too when each viseme's mean shape (V, K) is known.

    `recording` is what is heard instead of the utterance's own voice, its words at the same times.
    """
    sound = heard_by(hearing, utterance.voice if recording is None else recording)
    steps = len(sound) // hearing.rows
    at = hearing.times(steps)
    visemes = viseme_track(utterance.visemes, at)
    coefs, seen = np.zeros((steps, shape_size), np.float32), np.zeros(steps, np.float32)
    if viseme_shapes is not None:
        coefs = shapes_of_visemes(utterance.visemes, at, viseme_shapes)
        seen[:] = 0.15  # a rule's word against a camera's
    contact = np.full(steps, -1.0, np.float32)
    contact[visemes == Viseme.BILABIAL] = 1.0
    contact[np.isin(visemes, (Viseme.OPEN, Viseme.MID_FRONT, Viseme.MID_ROUND))] = 0.0
    if hearing.name != "own":
        quiet = minimum_filter1d(visemes == Viseme.REST, 2 * _REST_AFTER_STEPS + 1, mode="nearest")
        coefs[quiet], contact[quiet] = 0.0, 1.0
    speech = (visemes != Viseme.REST).astype(np.float32)
    return Labelled(
        sound,
        coefs,
        seen,
        visemes,
        dominance_curves(utterance.visemes, at),
        np.ones(steps, np.float32),
        speech,
        contact,
    )


def in_silence(utterance: PhoneUtterance, rng: np.random.Generator) -> PhoneUtterance:
    """`utterance` with 0.1–1.5 s of silence or hiss before and after it: where the mouth rests, and how it comes and goes."""
    before, after = (int(rng.uniform(0.1, 1.5) * SAMPLE_RATE) for _ in range(2))
    level = 10 ** (rng.uniform(-90, -45) / 20) if rng.random() < 0.7 else 0.0
    voice = level * rng.normal(0, 1, before + len(utterance.voice) + after)
    voice[before : before + len(utterance.voice)] += utterance.voice
    late = before / SAMPLE_RATE
    end = utterance.visemes[-1].end + late
    timed = [TimedViseme(each.viseme, each.start + late, each.end + late) for each in utterance.visemes]
    rests = TimedViseme(Viseme.REST, 0.0, late), TimedViseme(Viseme.REST, end, len(voice) / SAMPLE_RATE)
    return PhoneUtterance(voice.astype(np.float32), (rests[0], *timed, rests[1]), utterance.language)


def silences(count: int, shape_size: int, seed: int, hearing: Hearing = OWN) -> list[Labelled]:
    """Pauses of 0.3–1.6 s, digital or with the hiss of a room: the mouth rests, lips together, and nobody speaks."""
    rng = np.random.default_rng(seed)
    items = []
    for _ in range(count):
        steps = int(rng.integers(15, 80))
        level = 10 ** (rng.uniform(-95, -45) / 20) if rng.random() < 0.7 else 0.0
        hiss = level * rng.normal(0, 1, steps * 320).astype(np.float32)
        hiss = np.convolve(hiss, rng.dirichlet(np.ones(5)), mode="same").astype(np.float32)
        nothing = np.zeros(steps, np.float32)
        items.append(
            Labelled(
                heard_by(hearing, hiss)[: hearing.rows * steps],
                np.zeros((steps, shape_size), np.float32),
                np.full(steps, 0.15, np.float32),
                np.full(steps, int(Viseme.REST)),
                np.tile(np.array([0.0, 0.4, 0.0], np.float32), (steps, 1)),
                nothing,
                nothing,
                np.full(steps, -1.0 if hearing.name == "own" else 1.0, np.float32),
            )
        )
    return items


def _lip_dominance() -> np.ndarray:
    return np.array([max(LIP_GOALS[v].opening_dominance, LIP_GOALS[v].lips_dominance) for v in Viseme])


def shapes_of_visemes(
    timed: tuple[TimedViseme, ...], times: np.ndarray, viseme_shapes: np.ndarray
) -> np.ndarray:
    """The dominance model's trajectory (F, K) through each viseme's own shape (VISEME_COUNT, K)."""
    return (dominance_weights(timed, times, dominance=_lip_dominance()) @ viseme_shapes).astype(np.float32)


def fit_viseme_shapes(
    clips: Sequence[RealClip], phones: Mapping[str, tuple[TimedViseme, ...]], ridge: float = 20.0
) -> np.ndarray:
    """Each viseme's mean person-free shape, (VISEME_COUNT, K), by ridge regression of real mouths on dominance weights."""
    size = clips[0].coefs.shape[1]
    gram, moment = ridge * np.eye(VISEME_COUNT), np.zeros((VISEME_COUNT, size))
    for clip in clips:
        timed = phones.get(clip.name)
        if timed:
            weights = dominance_weights(timed, clip.times, dominance=_lip_dominance())[clip.valid]
            gram += weights.T @ weights
            moment += weights.T @ clip.coefs[clip.valid]
    return np.linalg.solve(gram, moment).astype(np.float32)


def _between(values: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Rows of `values` at fractional `position`s, linearly."""
    low = np.clip(position.astype(int), 0, len(values) - 2)
    share = (position - low)[:, None].astype(np.float32)
    return (values[low] * (1 - share) + values[low + 1] * share).astype(np.float32)


class WindowSampler:
    """Draws batches of windows from labelled utterances at slightly changed tempos; short ones fill a window together."""

    def __init__(self, labelled: Sequence[Labelled], weights: Sequence[float], seed: int) -> None:
        self._labelled = labelled
        self._chances = np.asarray(weights, np.float64) / np.sum(weights)
        self._rng = np.random.default_rng(seed)

    def batch(self, size: int) -> dict[str, np.ndarray]:
        """`size` windows stacked, by attribute of `Labelled`, plus ``piece``: (B, S) int64, which clip a step is of."""
        windows = [self._window() for _ in range(size)]
        return {name: np.stack([window[name] for window in windows]) for name in windows[0]}

    def _window(self) -> dict[str, np.ndarray]:
        parts: dict[str, list[np.ndarray]] = {name: [] for name in (*Labelled.__slots__, "piece")}
        missing, piece = WINDOW_STEPS, 0
        while missing > 0:
            item = self._labelled[self._rng.choice(len(self._labelled), p=self._chances)]
            tempo = float(self._rng.uniform(*_TEMPO))
            take = min(missing, int((len(item.seen) - 1) / tempo))
            start = float(self._rng.uniform(0, len(item.seen) - 1 - take * tempo + 1e-9))
            position = start + np.arange(take) * tempo
            rows = len(item.sound) // len(item.seen)
            sound_position = rows * start + np.arange(rows * take) * tempo
            for name in Labelled.__slots__:
                values = getattr(item, name)
                if name == "sound":
                    parts[name].append(_between(values, sound_position))
                elif name in ("coefs", "curves"):
                    parts[name].append(_between(values, position))
                else:
                    parts[name].append(values[np.rint(position).astype(int)])
            parts["piece"].append(np.full(take, piece))
            missing, piece = missing - take, piece + 1
        return {name: np.concatenate(values) for name, values in parts.items()}
