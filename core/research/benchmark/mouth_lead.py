"""How far mouths move before the phones of what they say: ``python -m core.research.benchmark.mouth_lead TRACKED -o CORPUS``.

Nothing that was trained on mouths has a say: the phones are pocketsphinx's (aligned to the words where they are known), each shape
counts as open as it is on average. So corpora can be compared whose sound and picture may be apart by different amounts.
"""

import argparse
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from core.motion.shape import MEASURES, ShapeModel, measures, shape_model
from core.motion.viseme import TimedViseme, Viseme
from core.research.corpus.held_out import may_train, person_of
from core.research.training.motion.real_speech import RealClip
from core.research.training.motion.train import gather
from core.research.training.motion.training_set import fit_viseme_shapes
from core.research.training.motion.validation import correlation

logger = logging.getLogger(__name__)

LAGS_S = np.round(np.arange(-0.2, 0.2001, 0.01), 3)
_FEWEST_PHONES = 7
_STEP_S, _BLUR_STEPS = 0.01, 15  # lips take about 0.1 s from one shape to the next
_OPENING = MEASURES.index("opening")


def leads(
    clips: Sequence[RealClip], phones: Mapping[str, Sequence[TimedViseme]], shapes: ShapeModel
) -> dict[tuple[str, str], np.ndarray]:
    """Per group and person (len(LAGS_S),): how well the true opening follows the phones that sound later by each of `LAGS_S`.

    Clips of one person are averaged; those in which hardly anything was recognised say nothing.
    """
    spoken = [clip for clip in clips if len(phones.get(clip.name, ())) >= _FEWEST_PHONES]
    openings = measures(shapes.decode(fit_viseme_shapes(spoken, phones)))[:, _OPENING]
    found: dict[tuple[str, str], list[np.ndarray]] = defaultdict(list)
    for clip in spoken:
        times, wanted = _wanted(phones[clip.name], openings, float(clip.times[-1]))
        true = clip.shown[clip.valid, _OPENING]
        fits = [correlation(np.interp(clip.times[clip.valid] + lag, times, wanted), true) for lag in LAGS_S]
        found[clip.group, person_of(clip.name)].append(np.array(fits))
    return {who: np.nanmean(fits, axis=0) for who, fits in found.items()}


def _wanted(
    phones: Sequence[TimedViseme], openings: np.ndarray, end: float
) -> tuple[np.ndarray, np.ndarray]:
    times = np.arange(LAGS_S[0], end + LAGS_S[-1] + _STEP_S, _STEP_S)
    wanted = np.full(len(times), openings[Viseme.REST])
    for phone in phones:
        wanted[(times >= phone.start) & (times < phone.end)] = openings[phone.viseme]
    window = np.hanning(_BLUR_STEPS + 2)
    return times, np.convolve(np.pad(wanted, _BLUR_STEPS // 2, "edge"), window[1:-1] / window.sum(), "valid")


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of ``python -m core.research.benchmark.mouth_lead``."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tracked", type=Path, help="tracked clips, see core.research.corpus.real")
    parser.add_argument("-o", "--corpus", type=Path, required=True, help="keeps the recognised phones")
    args = parser.parse_args(argv)
    shapes = shape_model()
    corpus = gather(args.tracked, shapes, args.corpus)
    clips = [
        clip for clip in corpus.clips if may_train(clip.name) and clip.group in ("grid", "single")
    ]
    best: dict[str, list[float]] = defaultdict(list)
    for (group, person), fits in sorted(leads(clips, corpus.phones, shapes).items()):
        lag = float(LAGS_S[int(np.nanargmax(fits))])
        logger.info("%s %s: %+.0f ms, %.2f", group, person, 1000 * lag, np.nanmax(fits))
        if np.nanmax(fits) >= 0.25:  # below, the lag that fits best is chance
            best[group].append(lag)
    for group, found in best.items():
        logger.info("%s: the median of %d people is %+.0f ms", group, len(found), 1000 * np.median(found))


if __name__ == "__main__":
    main()
