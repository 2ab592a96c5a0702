"""Generation success: what must be true of a result, by limits that natural footage sets.

The papers count a clip as generated when people find it in sync and whole. Here a rule says so: a face was found, the lips follow the
dub and not the old words, nothing outside the mask changed, and the mouth differs from the film's by no more than natural footage
differs from itself three seconds later, its colours by no more than speech itself changes them; the mouth moves as much as this
person's does, opens for no single frame, has lips without ragged edges and skin that is not folded, looks natural to a judge that never saw this person, and is shut where nobody speaks. The limits are read off footage of
people that nobody is tested on (`core.research.benchmark.natural`); no result of ours had a part in them. NIQE is reported and judges
nobody: natural films differ from themselves by more than any engine differs from its film.
"""

import json
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.base.models import PROGRAM_ROOT
from core.research.benchmark.lip_measures import LipFigures

LIMITS_FILE = PROGRAM_ROOT / "resources" / "benchmark" / "natural.json"
SPEECH_S = 0.2  # seconds in which a mouth changes and light does not
_LEAST_SHUT = 0.9  # share of silent frames with shut lips
_LEAST_FOUND = 0.9  # share of frames in which the mouth was changed


@dataclass(frozen=True, slots=True)
class NaturalLimits:
    """What natural footage shows.

    Attributes:
        clips, stretches: how many it was read off.
        chance: correlation of openings that one in a hundred pairs of unrelated speech exceeds.
        sync: the referee's probability that one in ten faces with a stranger's voice exceeds.
        own_voices: share of faces with their own voice that exceed it.
        sharpness: ratio between two stretches of a clip that one in a hundred falls below.
        ring_colour: grey levels by which the skin beside the mouth changes in `SPEECH_S` in one of a hundred stretches.
        jitter, spikes: ratios that one in a hundred exceeds.
        identity: cosine that one in a hundred falls below.
        floating: ratio of the speeds of upper lip and corners that one in twenty halves of 13 tracked clips exceeds.
        flaps: most openings of a single frame in a hundred frames of the same clips.
        natural: share of frames that the judge finds natural; of 13 people it was not taught with the oddest film has 0.92.
        ragged: share of frames with a rough lip's edge; the roughest of 28 tracked clips has 0.13, all of them 0.03.
        folded: share of frames whose skin is folded; beside the frame a fifth of a second before 29 of 30 tracked clips have
            0.06 at most, and the one whose head leaps 0.21.
    """

    clips: int
    stretches: int
    chance: float
    sync: float
    own_voices: float
    sharpness: float
    ring_colour: float
    jitter: float
    spikes: float
    identity: float
    floating: float = 1.7
    flaps: float = 1.0
    natural: float = 0.9
    ragged: float = 0.13
    folded: float = 0.1


@cache
def natural_limits() -> NaturalLimits:
    """The limits this version of the program ships."""
    return NaturalLimits(**json.loads(LIMITS_FILE.read_text("utf-8")))


def reasons_of_failure(found: LipFigures, limits: NaturalLimits) -> tuple[str, ...]:
    """Why a result is no success, in a few words each; empty for a success. What could not be measured is left out."""
    tests = (
        (found.changed < _LEAST_FOUND, f"face followed in only {100 * found.changed:.0f} % of frames"),
        (found.opening <= limits.chance, f"lips do not follow the dub (r {found.opening:.2f})"),
        (found.sync <= limits.sync, f"not in sync by the referee (p {found.sync:.2f})"),
        (found.leak > limits.chance, f"old words remain (r {found.leak:.2f})"),
        (found.outside > 0, f"{100 * found.outside:.2f} % of pixels outside the mask changed"),
        (found.sharpness < limits.sharpness, f"mouth blurred ({found.sharpness:.2f} of the film's detail)"),
        (found.ring_colour > limits.ring_colour, f"colours differ ({found.ring_colour:.1f} grey levels)"),
        (found.jitter > limits.jitter, f"trembles ({found.jitter:.2f} times the film)"),
        (found.spikes > limits.spikes, f"jumps ({found.spikes:.2f} times the film)"),
        (
            found.silence_closed < _LEAST_SHUT,
            f"open in silence ({100 * found.silence_closed:.0f} % of frames shut)",
        ),
        (found.floating > limits.floating, f"the whole mouth floats ({found.floating:.2f} times the film)"),
        (found.flaps > limits.flaps, f"flaps open for a frame ({found.flaps:.1f} in a hundred frames)"),
        (
            found.natural < limits.natural,
            f"looks made ({100 * (1 - found.natural):.0f} % of frames unnatural to the judge)",
        ),
        (
            found.ragged > limits.ragged,
            f"lips have ragged edges ({100 * found.ragged:.0f} % of frames)",
        ),
        (found.folded > limits.folded, f"skin is folded ({100 * found.folded:.0f} % of frames)"),
        (found.identity < limits.identity, f"another person (cosine {found.identity:.2f})"),
    )
    return tuple(reason for failed, reason in tests if failed)


def quantile_limits(
    *,
    clips: int,
    stretches: int,
    chance: np.ndarray,
    strangers: np.ndarray,
    own: np.ndarray,
    pairs: dict[str, np.ndarray],
) -> NaturalLimits:
    """Limits from what was measured; see `NaturalLimits`. `pairs` holds each figure of the pairs of stretches."""

    def above(name: str) -> float:
        return float(np.nanquantile(pairs[name], 0.99))

    def below(name: str) -> float:
        return float(np.nanquantile(pairs[name], 0.01))

    sync = float(np.quantile(strangers, 0.9))
    return NaturalLimits(
        clips,
        stretches,
        float(np.quantile(chance, 0.99)),
        sync,
        float((own > sync).mean()),
        below("sharpness"),
        above("ring_colour"),
        above("jitter"),
        above("spikes"),
        below("identity"),
    )
