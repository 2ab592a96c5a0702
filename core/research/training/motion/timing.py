"""How late each training clip's sound is, by networks that never saw its person: ``python -m core.research.training.motion.timing``.

A clip that is off by two frames teaches that lips move two frames late. Clips published with code are often off; those of a
corpus recorded in one place are off by the same, if at all, and hold the clock that the others are set by.
"""

import argparse
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from core.motion.shape import MEASURES, ShapeModel, shape_model
from core.research.corpus.held_out import may_train, person_of
from core.research.training.motion.export import load_network
from core.research.training.motion.hearing import hearing_of
from core.research.training.motion.network import MotionNetwork
from core.research.training.motion.real_speech import RealClip
from core.research.training.motion.train import MotionTraining, gather
from core.research.training.motion.validation import correlation, person_measures, predict_at

logger = logging.getLogger(__name__)

LAGS_S = np.round(np.arange(-0.12, 0.1201, 0.01), 3)
_OF_MEASURES = {"opening": 2.0, "width": 1.0, "rounding": 1.0}
_LEAST_FIT = 0.35  # below, the lag that fits best is chance
_ANCHOR = "grid"  # recorded in one room, in sync
FILMS_AHEAD_S = 0.04
"""By how much the mouths of published films move before the anchors', against the sound.

Of people that train: 30 ms by networks that never saw them (`films_late`, the median of 21 people; their mean is 39), 50 ms by
phones and true mouths alone (`core.research.benchmark.mouth_lead`, 17 people). `MotionTraining.late_steps` takes it off.
"""
_MOST_ANCHORS = 40  # clips of one person


def fits_by_lag(played: Callable[[float], np.ndarray], true: np.ndarray) -> np.ndarray:
    """(len(LAGS_S),) how well a mouth follows `true` (F, len(MEASURES)) when its sound is later by each of `LAGS_S`.

    `played` gives the mouth's measures (F, len(MEASURES)) for a lag in seconds.
    """
    weights = np.array(list(_OF_MEASURES.values()))
    columns = [MEASURES.index(name) for name in _OF_MEASURES]
    fits = []
    for lag in LAGS_S:
        shown = played(float(lag))
        each = np.array([correlation(shown[:, column], true[:, column]) for column in columns])
        known = np.isfinite(each)
        fits.append((each * weights)[known].sum() / weights[known].sum() if known.any() else np.nan)
    return np.array(fits)


def corrected(
    offsets: Mapping[str, float], fits: Mapping[str, np.ndarray], anchors: Sequence[np.ndarray]
) -> dict[str, float]:
    """The offsets of clips by their name, each moved to where it fits best, on the anchors' clock.

    Args:
        offsets: how late each clip's sound was taken for, seconds; 0 where a clip is missing.
        fits: of the clips to move, see `fits_by_lag`; one that fits nowhere keeps its offset on the new clock.
        anchors: of the clips that are in sync as they are; their mean's best lag is what the networks' clock is off by.
    """
    clock = float(LAGS_S[int(np.nanmean(anchors, axis=0).argmax())]) if len(anchors) else 0.0
    moved = {}
    for name, fit in fits.items():
        lag = float(LAGS_S[int(np.nanargmax(fit))]) if np.nanmax(fit) >= _LEAST_FIT else 0.0
        moved[name] = round(offsets.get(name, 0.0) + lag - clock, 3)
    return moved


def films_late(offsets: Mapping[str, float], people: Mapping[str, str]) -> float:
    """Seconds by which the sound of published clips is late on the anchors' clock: the median of their people.

    Args:
        offsets: from `corrected`, of clips as they were published.
        people: the clips' people; clips of one person count once.
    """
    late: dict[str, list[float]] = defaultdict(list)
    for name, person in people.items():
        late[person].append(offsets[name])
    return float(np.median([np.median(each) for each in late.values()])) if late else 0.0


def clip_key(clip: RealClip) -> str:
    """What offsets call a clip."""
    return clip.name.split("__")[1]


def measure(runs: Sequence[Path], shapes: ShapeModel) -> dict[str, float]:
    """The offsets of the clips that train, each by the run that left its person out.

    Args:
        runs: folders of finished trainings of the same footage with different people left out.
        shapes: the basis that they were trained in.
    """
    fits: dict[str, np.ndarray] = {}
    people: dict[str, str] = {}
    anchors: list[np.ndarray] = []
    offsets: dict[str, float] = {}
    for folder in runs:
        config = MotionTraining.read(folder / "config.json")
        offsets |= config.offsets
        hearing = hearing_of(config.ear)
        network = load_network(folder / "motion.safetensors")
        taken: dict[str, int] = defaultdict(int)
        for clip in gather(Path(config.real), shapes, folder.parent / "corpus.pkl").clips:
            person = person_of(clip.name)
            if person not in config.left_out or not may_train(clip.name) or clip.group == "generated":
                continue
            taken[person] += 1
            if clip.group == _ANCHOR and taken[person] > _MOST_ANCHORS:
                continue
            late = config.offsets.get(clip_key(clip), 0.0)
            fit = fits_by_lag(
                _player(network, clip, late, hearing.hear(clip.voice), config.ear, shapes),
                clip.shown[clip.valid],
            )
            if clip.group == _ANCHOR:
                anchors.append(fit)
            else:
                fits[clip_key(clip)], people[clip_key(clip)] = fit, person
                logger.info("%s: %+.2f s, %.2f", clip.name, LAGS_S[int(np.nanargmax(fit))], np.nanmax(fit))
    timed = corrected(offsets, fits, anchors)
    logger.info("the sound of %d clips is late by %+.3f s", len(timed), films_late(timed, people))
    return offsets | timed


def _player(
    network: MotionNetwork, clip: RealClip, late: float, sound: np.ndarray, ear: str, shapes: ShapeModel
) -> Callable[[float], np.ndarray]:
    def played(lag: float) -> np.ndarray:
        coefs, _ = predict_at([network], clip, late + lag, sound, hearing_of(ear))
        return person_measures(coefs, clip, shapes)[clip.valid]

    return played


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of ``python -m core.research.training.motion.timing``."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, nargs="+", help="trainings that left different people out")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="offsets by clip, for the next training"
    )
    args = parser.parse_args(argv)
    args.output.write_text(json.dumps(measure(args.runs, shape_model()), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
