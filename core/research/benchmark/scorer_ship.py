"""Turns trained runs into the files of a shipped scorer: towers, weights, and the calibration on held-out people.

python -m core.research.benchmark.scorer_ship a CLIPS OUT morphable=RUN rgb=RUN
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from core.research.benchmark.scorer import embed_clip
from core.research.corpus.held_out import may_calibrate
from core.research.training.scorer.calibrate import (
    CalibrationPair,
    calibration_set,
    fit_belonging,
    fit_logistic,
    fit_sharpness,
    systematic_lag_ms,
)
from core.research.training.scorer.clips import load_clips
from core.research.training.scorer.export import export_scorer, load_run
from core.scorer.curve import Calibration, save_calibration
from core.scorer.score import open_scorer

logger = logging.getLogger(__name__)


def ship(letter: str, data: Path, output: Path, runs: dict[str, Path], movement: float = 0.0) -> Calibration:
    """Writes the files of scorer `letter` into `output` and returns its calibration.

    Args:
        letter: "a" or "b".
        data: prepared clips, whose held-out people with an open licence calibrate it.
        output: folder for the files.
        runs: folder of the finished training of each visual representation; the first one's audio tower is the scorer's.
        movement: weight of the agreement of expected and seen movement beside the towers' cosine.
    """
    name = f"sync-scorer-{letter}"
    files: list[Path] = []
    for number, (visual, run) in enumerate(runs.items()):
        written = export_scorer(load_run(run), output, f"{name}-{visual}")
        if number > 0:  # trained against the first one's audio tower
            audio = next(path for path in written if path.name.endswith("-audio.onnx"))
            audio.unlink()
            written = tuple(path for path in written if path != audio)
        files += written
    calibration = output / f"{name}-calibration.json"
    save_calibration(calibration, Calibration(movement=movement))
    scorer = open_scorer(letter.upper(), [*files, calibration], threads=1)
    names = [path.stem for path in data.glob("*.npz") if not path.name.startswith(".")]
    embedded = [
        embed_clip(scorer, clip) for clip in load_clips(data, [name for name in names if may_calibrate(name)])
    ]
    pairs = [CalibrationPair(clip.faces, clip.speech, clip.name.split("__")[0]) for clip in embedded]
    fitted = Calibration(bias_ms=round(systematic_lag_ms(pairs), 1), movement=movement)
    fitted = fit_logistic(calibration_set(pairs, fitted), fitted)
    fitted = fit_belonging(pairs, fit_sharpness(pairs, fitted))
    save_calibration(calibration, fitted)
    return fitted


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of ``python -m core.research.benchmark.scorer_ship``."""
    parser = argparse.ArgumentParser(description=ship.__doc__)
    parser.add_argument("letter", choices=("a", "b"))
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("runs", nargs="+", metavar="VISUAL=RUN")
    parser.add_argument(
        "--movement",
        type=float,
        default=0.0,
        help="weight of the agreement of expected and seen movement (0)",
    )
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO)
    runs = dict(run.split("=", 1) for run in args.runs)
    fitted = ship(
        args.letter,
        args.data,
        args.output,
        {visual: Path(run) for visual, run in runs.items()},
        args.movement,
    )
    logger.info("calibration: %s", fitted)


if __name__ == "__main__":
    main()
