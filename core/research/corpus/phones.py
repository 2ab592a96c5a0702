"""Timed phones in IPA, and what the mouth does for each: the articulation table behind the viseme curves.

The vowels' targets follow from three features (open, back, rounded); the consonants' from place and manner. The
numbers are our own judgement, ordered after the viseme classes of Jeffers & Barley, "Speechreading", 1971: what has to
be right is the order and the hard contacts (lips closed for p b m, lower lip on the teeth for f v).
"""

import unicodedata
from dataclasses import dataclass
from typing import Literal

SILENCE = "_"

Contact = Literal["none", "lips", "lip_teeth", "rest"]


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone (IPA, or ``_`` for silence) and when it sounds, in seconds [start, end)."""

    ipa: str
    start: float
    end: float

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Articulation:
    """What the visible mouth aims at for one phone. All 0..1 unless said otherwise.

    Attributes:
        jaw: jaw opening.
        opening: lip aperture, 1 = widest in loud speech.
        width: −1 narrow … 1 spread, without rounding.
        rounding: lips pursed and pushed forward.
        press: lips pressed together.
        upper_raise: upper lip lifted off the upper teeth.
        lower_raise: −1 lower lip drawn down … 1 pushed up.
        tuck: lower lip drawn in against the upper teeth.
        tongue: tongue tip raised towards the ridge.
        tongue_out: tongue tip between the teeth.
        teeth: how much of the teeth is bared.
        strength: dominance over the neighbours.
        lip_strength: dominance of the lip shape (width, rounding) over the neighbours.
        contact: a contact that must happen whatever the neighbours are.
    """

    jaw: float
    opening: float
    width: float = 0.0
    rounding: float = 0.0
    press: float = 0.0
    upper_raise: float = 0.0
    lower_raise: float = 0.0
    tuck: float = 0.0
    tongue: float = 0.0
    tongue_out: float = 0.0
    teeth: float = 0.0
    strength: float = 1.0
    lip_strength: float = 1.0
    contact: Contact = "none"


# open 0..1, back 0..1, rounded 0..1
_VOWELS: dict[str, tuple[float, float, float]] = {
    "i": (0.0, 0.0, 0.0), "ɪ": (0.2, 0.15, 0.0), "e": (0.35, 0.0, 0.0), "ɛ": (0.6, 0.05, 0.0), "æ": (0.85, 0.1, 0.0),
    "a": (1.0, 0.3, 0.0), "ɐ": (0.8, 0.5, 0.0), "ä": (1.0, 0.5, 0.0), "ɑ": (1.0, 0.9, 0.0), "ɒ": (0.85, 1.0, 0.45),
    "ɔ": (0.65, 1.0, 0.65), "o": (0.4, 1.0, 0.85), "ʊ": (0.2, 0.85, 0.7), "u": (0.0, 1.0, 1.0), "ʌ": (0.7, 0.7, 0.0),
    "ə": (0.4, 0.5, 0.0), "ɚ": (0.35, 0.5, 0.35), "ɜ": (0.5, 0.5, 0.15), "ɝ": (0.45, 0.5, 0.4), "ᵻ": (0.2, 0.3, 0.0),
    "y": (0.0, 0.0, 1.0), "ʏ": (0.2, 0.15, 0.8), "ø": (0.35, 0.0, 0.85), "œ": (0.6, 0.0, 0.65), "ɶ": (0.9, 0.1, 0.5),
    "ɨ": (0.05, 0.5, 0.0), "ʉ": (0.05, 0.5, 0.9), "ɯ": (0.05, 1.0, 0.1), "ɤ": (0.35, 1.0, 0.0), "ɘ": (0.3, 0.5, 0.0),
    "ɵ": (0.35, 0.5, 0.8), "ɞ": (0.55, 0.5, 0.55),
}  # fmt: skip

_LIPS = Articulation(0.06, 0.0, press=0.45, lower_raise=0.25, strength=0.7, lip_strength=0.25, contact="lips")
_LIP_TEETH = Articulation(
    0.1,
    0.07,
    width=0.15,
    upper_raise=0.35,
    tuck=1.0,
    teeth=0.35,
    strength=0.8,
    lip_strength=0.35,
    contact="lip_teeth",
)
_DENTAL = Articulation(
    0.2, 0.3, width=0.15, tongue=0.35, tongue_out=0.85, teeth=0.4, strength=0.9, lip_strength=0.4
)
_ALVEOLAR = Articulation(0.14, 0.24, width=0.2, tongue=0.85, teeth=0.45, strength=0.55, lip_strength=0.25)
_SIBILANT = Articulation(
    0.06,
    0.2,
    width=0.4,
    upper_raise=0.3,
    lower_raise=-0.35,
    tongue=0.55,
    teeth=0.95,
    strength=1.0,
    lip_strength=0.5,
)
_HUSHING = Articulation(
    0.07,
    0.28,
    rounding=0.6,
    upper_raise=0.5,
    lower_raise=-0.5,
    tongue=0.5,
    teeth=0.85,
    strength=1.05,
    lip_strength=1.2,
)
_LATERAL = Articulation(0.24, 0.34, width=0.1, tongue=1.0, teeth=0.4, strength=0.75, lip_strength=0.25)
_RHOTIC = Articulation(0.14, 0.2, rounding=0.5, tongue=0.3, teeth=0.35, strength=0.9, lip_strength=0.9)
_TAP = Articulation(0.18, 0.26, tongue=0.9, teeth=0.35, strength=0.5, lip_strength=0.15)
_PALATAL = Articulation(0.1, 0.2, width=0.45, tongue=0.3, teeth=0.45, strength=0.6, lip_strength=0.45)
_BACK = Articulation(0.2, 0.28, tongue=0.05, teeth=0.25, strength=0.35, lip_strength=0.12)
_GLOTTAL = Articulation(0.25, 0.32, teeth=0.2, strength=0.12, lip_strength=0.05)
_GLIDE_W = Articulation(0.08, 0.1, rounding=1.0, strength=1.2, lip_strength=1.4)
_REST = Articulation(0.0, 0.0, press=0.1, strength=1.1, lip_strength=0.7, contact="rest")

_CONSONANTS: dict[str, Articulation] = {
    **dict.fromkeys("pbmɓ", _LIPS),
    **dict.fromkeys("fvɱⱱʋ", _LIP_TEETH),
    **dict.fromkeys("ɸβ", Articulation(0.1, 0.06, rounding=0.15, strength=1.3, lip_strength=0.4)),
    **dict.fromkeys("θð", _DENTAL),
    **dict.fromkeys("tdnʈɖɳɗ", _ALVEOLAR),
    **dict.fromkeys("sz", _SIBILANT),
    **dict.fromkeys("ʃʒɕʑʂʐɬɮɧ", _HUSHING),
    **dict.fromkeys("lɫɭʎɺ", _LATERAL),
    **dict.fromkeys("ɹɻ", _RHOTIC),
    **dict.fromkeys("rɾɽ", _TAP),
    **dict.fromkeys("jçʝɲcɟ", _PALATAL),
    **dict.fromkeys("kɡgŋxɣɰqɢɴχʁʀ", _BACK),
    **dict.fromkeys("hɦʔħʕ", _GLOTTAL),
    **dict.fromkeys("wɥʍ", _GLIDE_W),
}


def _vowel(features: tuple[float, float, float]) -> Articulation:
    open_, back, rounded = features
    spread = (1 - rounded) * (1 - back) * (1 - 0.55 * open_)
    return Articulation(
        jaw=0.1 + 0.8 * open_,
        opening=(0.26 + 0.7 * open_) * (1 - 0.42 * rounded),
        width=0.75 * spread - 0.12 * open_ * (1 - rounded),
        rounding=rounded * (1 - 0.4 * open_),
        upper_raise=0.18 * (1 - rounded) * (0.4 + 0.6 * open_),
        lower_raise=-0.2 * (1 - rounded) * open_,
        tongue=0.1 * (1 - open_) * (1 - back),
        teeth=(1 - 0.8 * rounded) * (0.35 + 0.3 * spread),
        strength=1.0,
        lip_strength=0.55 + 0.75 * rounded + 0.25 * spread,
    )


# Modifiers without a visible effect; a nasal, long or aspirated phone looks like the plain one.
_IGNORED = frozenset("\u0327ːˑˈˌʰʱʲˠˤ˞ʷⁿˡ̃̈̆̊͡‿.-'|^*\"̩̯̪̺̻̝̞̘̙̥̬̹̜̟̠̤̰ˀ˥˦˧˨˩0123456789 ")


def parts(ipa: str) -> tuple[Articulation, ...]:
    """The articulations a phone passes through: one, or two for a diphthong or an affricate.

    A symbol that no language of ours uses is taken for a weak velar, which lets its neighbours speak.
    """
    if ipa in (SILENCE, ""):
        return (_REST,)
    found = []
    for symbol in unicodedata.normalize("NFD", ipa):
        if symbol in _IGNORED:
            continue
        if symbol in _VOWELS:
            found.append(_vowel(_VOWELS[symbol]))
        elif symbol in _CONSONANTS:
            found.append(_CONSONANTS[symbol])
        else:
            found.append(_BACK)
    return tuple(found) or (_GLOTTAL,)


# CMU radio phones (flite, festival) → IPA as spoken by the American voices.
CMU_TO_IPA: dict[str, str] = {
    "pau": SILENCE, "h#": SILENCE, "brth": SILENCE, "sil": SILENCE, "ssil": SILENCE,
    "aa": "ɑː", "ae": "æ", "ah": "ʌ", "ao": "ɔː", "aw": "aʊ", "ax": "ə", "axr": "ɚ", "ay": "aɪ", "eh": "ɛ",
    "er": "ɝ", "ey": "eɪ", "ih": "ɪ", "ix": "ɨ", "iy": "iː", "ow": "oʊ", "oy": "ɔɪ", "uh": "ʊ", "uw": "uː",
    "b": "b", "ch": "tʃ", "d": "d", "dh": "ð", "dx": "ɾ", "el": "əl", "em": "m", "en": "ən", "f": "f", "g": "ɡ",
    "hh": "h", "hv": "h", "jh": "dʒ", "k": "k", "l": "l", "m": "m", "n": "n", "nx": "n", "ng": "ŋ", "p": "p",
    "r": "ɹ", "s": "s", "sh": "ʃ", "t": "t", "th": "θ", "v": "v", "w": "w", "y": "j", "z": "z", "zh": "ʒ",
}  # fmt: skip
