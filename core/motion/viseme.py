"""Mouth classes of the world's phones, and how strongly each asks for a lip shape.

The classes are articulatory, so that one table serves every language espeak-ng speaks and the English recogniser too.
`dominance_curves` blends neighbouring phones by their dominance (Cohen and Massaro 1993, “Modeling coarticulation in
synthetic visual speech”): lips that must close do, whatever stands beside them; a /k/ takes the shape of its vowels.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


class Viseme(enum.IntEnum):
    """A class of phones that look alike. Values index the network's outputs and must not be reordered."""

    REST = 0
    BILABIAL = 1  # p b m
    LABIODENTAL = 2  # f v
    ROUND_GLIDE = 3  # w
    DENTAL = 4  # th
    SIBILANT = 5  # s z ts: teeth nearly shut, lips spread
    ALVEOLAR = 6  # t d n l
    POSTALVEOLAR = 7  # sh zh ch j: lips pushed forward
    RHOTIC = 8
    BACK = 9  # k g ng h, uvulars, glottal: lips free
    PALATAL = 10  # y as in yes, palatal consonants
    OPEN = 11  # a
    MID_FRONT = 12  # e
    CLOSE_FRONT = 13  # i
    MID_ROUND = 14  # o
    CLOSE_ROUND = 15  # u, front rounded vowels
    CENTRAL = 16  # schwa and unrounded back vowels


VISEME_COUNT = len(Viseme)

_IPA_CLASSES: tuple[tuple[str, Viseme], ...] = (
    ("pbmɓʘ", Viseme.BILABIAL),
    ("fvɱⱱʋ", Viseme.LABIODENTAL),
    ("wʍɥβɸ", Viseme.ROUND_GLIDE),
    ("θð", Viseme.DENTAL),
    ("szʦʣ", Viseme.SIBILANT),
    ("tdnlɗɫʈɖɳɭɬɮ", Viseme.ALVEOLAR),
    ("ʃʒʂʐɕʑʧʤɧ", Viseme.POSTALVEOLAR),
    ("rɹɾɻɽʀʁɺ", Viseme.RHOTIC),
    ("kgɡŋxɣqɢχħʕhɦʔɴɠʡʜʢɰ", Viseme.BACK),
    ("jçʝɟcɲʎ", Viseme.PALATAL),
    ("aɑæɐäɶ", Viseme.OPEN),
    ("eɛ", Viseme.MID_FRONT),
    ("iɪ", Viseme.CLOSE_FRONT),
    ("ɔoɒ", Viseme.MID_ROUND),
    ("uyʊøœʏʉɵ", Viseme.CLOSE_ROUND),
    ("əʌɜɚɝɘɨɯɤᵊᵻɞ", Viseme.CENTRAL),
)
_BY_SYMBOL = {symbol: viseme for symbols, viseme in _IPA_CLASSES for symbol in symbols}

_ARPABET: dict[str, tuple[Viseme, ...]] = {
    **dict.fromkeys(("P", "B", "M"), (Viseme.BILABIAL,)),
    **dict.fromkeys(("F", "V"), (Viseme.LABIODENTAL,)),
    "W": (Viseme.ROUND_GLIDE,),
    **dict.fromkeys(("TH", "DH"), (Viseme.DENTAL,)),
    **dict.fromkeys(("S", "Z"), (Viseme.SIBILANT,)),
    **dict.fromkeys(("T", "D", "N", "L"), (Viseme.ALVEOLAR,)),
    **dict.fromkeys(("SH", "ZH", "CH", "JH"), (Viseme.POSTALVEOLAR,)),
    "R": (Viseme.RHOTIC,),
    **dict.fromkeys(("K", "G", "NG", "HH"), (Viseme.BACK,)),
    "Y": (Viseme.PALATAL,),
    **dict.fromkeys(("AA", "AE"), (Viseme.OPEN,)),
    "AY": (Viseme.OPEN, Viseme.CLOSE_FRONT),
    "AW": (Viseme.OPEN, Viseme.CLOSE_ROUND),
    "EH": (Viseme.MID_FRONT,),
    "EY": (Viseme.MID_FRONT, Viseme.CLOSE_FRONT),
    **dict.fromkeys(("IY", "IH"), (Viseme.CLOSE_FRONT,)),
    "AO": (Viseme.MID_ROUND,),
    "OW": (Viseme.MID_ROUND, Viseme.CLOSE_ROUND),
    "OY": (Viseme.MID_ROUND, Viseme.CLOSE_FRONT),
    **dict.fromkeys(("UW", "UH"), (Viseme.CLOSE_ROUND,)),
    **dict.fromkeys(("AH", "ER"), (Viseme.CENTRAL,)),
    "SIL": (Viseme.REST,),
}


@dataclass(frozen=True, slots=True)
class LipGoal:
    """What a viseme asks of the lips: values in 0..1, and dominances (0 = does not care, 1 = insists)."""

    opening: float
    spread: float
    rounding: float
    opening_dominance: float
    lips_dominance: float


# Openings follow the feasibility recipe's table; bilabials and labiodentals insist on their closure, rounded vowels and
# postalveolars on protrusion, tongue consonants on little (Cohen & Massaro 1993; Löfqvist 1990 on lip targets).
LIP_GOALS: dict[Viseme, LipGoal] = {
    Viseme.REST: LipGoal(0.0, 0.4, 0.0, 0.5, 0.3),
    Viseme.BILABIAL: LipGoal(0.0, 0.4, 0.1, 1.0, 0.4),
    Viseme.LABIODENTAL: LipGoal(0.1, 0.5, 0.0, 0.9, 0.5),
    Viseme.ROUND_GLIDE: LipGoal(0.15, 0.0, 1.0, 0.7, 0.9),
    Viseme.DENTAL: LipGoal(0.3, 0.5, 0.0, 0.45, 0.3),
    Viseme.SIBILANT: LipGoal(0.22, 0.7, 0.0, 0.55, 0.4),
    Viseme.ALVEOLAR: LipGoal(0.3, 0.5, 0.0, 0.3, 0.2),
    Viseme.POSTALVEOLAR: LipGoal(0.3, 0.15, 0.7, 0.5, 0.7),
    Viseme.RHOTIC: LipGoal(0.32, 0.3, 0.3, 0.3, 0.3),
    Viseme.BACK: LipGoal(0.35, 0.5, 0.0, 0.15, 0.1),
    Viseme.PALATAL: LipGoal(0.3, 0.7, 0.0, 0.35, 0.4),
    Viseme.OPEN: LipGoal(1.0, 0.5, 0.0, 0.7, 0.4),
    Viseme.MID_FRONT: LipGoal(0.65, 0.8, 0.0, 0.6, 0.6),
    Viseme.CLOSE_FRONT: LipGoal(0.4, 1.0, 0.0, 0.55, 0.7),
    Viseme.MID_ROUND: LipGoal(0.65, 0.1, 0.7, 0.6, 0.8),
    Viseme.CLOSE_ROUND: LipGoal(0.3, 0.0, 1.0, 0.6, 0.9),
    Viseme.CENTRAL: LipGoal(0.55, 0.5, 0.0, 0.35, 0.2),
}


@dataclass(frozen=True, slots=True)
class TimedViseme:
    """One viseme and when it sounds, in seconds [start, end)."""

    viseme: Viseme
    start: float
    end: float


def visemes_of_ipa(ipa: str) -> tuple[Viseme, ...]:
    """The visemes of one espeak-ng phone, in order: two for a diphthong, an affricate's last one, REST for a pause."""
    if not ipa or ipa.startswith("("):
        return (Viseme.REST,)
    found: list[Viseme] = []
    for symbol in ipa:
        viseme = _BY_SYMBOL.get(symbol)
        if viseme is None or (found and found[-1] is viseme):
            continue
        if found and found[-1] is Viseme.ALVEOLAR and viseme in (Viseme.POSTALVEOLAR, Viseme.SIBILANT):
            found[-1] = viseme  # the affricate's lips are those of its release
        else:
            found.append(viseme)
    return tuple(found) or (Viseme.CENTRAL,)


def visemes_of_arpabet(phone: str) -> tuple[Viseme, ...]:
    """The visemes of one ARPAbet phone (REST for anything unknown)."""
    return _ARPABET.get(phone, (Viseme.REST,))


def timed_visemes(phones: Sequence[tuple[tuple[Viseme, ...], float, float]]) -> tuple[TimedViseme, ...]:
    """Spreads each (visemes, start, end) evenly over its own time."""
    timed = []
    for visemes, start, end in phones:
        step = (end - start) / len(visemes)
        timed += [
            TimedViseme(viseme, start + index * step, start + (index + 1) * step)
            for index, viseme in enumerate(visemes)
        ]
    return tuple(timed)


def viseme_track(timed: Sequence[TimedViseme], times: np.ndarray) -> np.ndarray:
    """(F,) int64: the viseme sounding at each of `times` ((F,) seconds); REST where none does."""
    track = np.full(len(times), int(Viseme.REST))
    for item in timed:
        track[np.searchsorted(times, item.start) : np.searchsorted(times, item.end)] = int(item.viseme)
    return track


def dominance_weights(
    timed: Sequence[TimedViseme], times: np.ndarray, *, dominance: np.ndarray, decay: float = 22.0
) -> np.ndarray:
    """How much of each viseme the lips show: (F, VISEME_COUNT) float32, rows sum to 1.

    Args:
        timed: what sounds when.
        times: (F,) rising seconds.
        dominance: (VISEME_COUNT,) strength of each class.
        decay: per second; lips move in anticipation over ~100 ms, so influence falls to 1/e in 45 ms beyond the phone.

    """
    weights = np.full((len(times), VISEME_COUNT), 1e-6)
    for item in timed:
        middle, half = (item.start + item.end) / 2, (item.end - item.start) / 2
        low, high = np.searchsorted(times, [item.start - 0.3, item.end + 0.3])
        beyond = np.maximum(np.abs(times[low:high] - middle) - half * 0.5, 0.0)
        strength = np.exp(4.0 * (dominance[int(item.viseme)] - 1.0)) * np.exp(-((decay * beyond) ** 1.3))
        weights[low:high, int(item.viseme)] += strength
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def dominance_curves(timed: Sequence[TimedViseme], times: np.ndarray) -> np.ndarray:
    """(F, 3) float32 in 0..1: opening, spread and rounding that `timed` asks for at `times` ((F,) rising seconds)."""
    goals = [LIP_GOALS[viseme] for viseme in Viseme]
    opening = dominance_weights(timed, times, dominance=np.array([goal.opening_dominance for goal in goals]))
    lips = dominance_weights(timed, times, dominance=np.array([goal.lips_dominance for goal in goals]))
    return np.stack(
        [
            opening @ np.array([goal.opening for goal in goals]),
            lips @ np.array([goal.spread for goal in goals]),
            lips @ np.array([goal.rounding for goal in goals]),
        ],
        axis=1,
    ).astype(np.float32)
