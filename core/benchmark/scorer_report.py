"""``unisync benchmark scorer``: the tables and plots of the shipped scorers, made by one command."""

import json
import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from core.benchmark.scorer import (
    CONTEXTS,
    EmbeddedClip,
    ScorerRow,
    conditions,
    embed_clip,
    estimated_offset,
    measure,
    pair_figures,
    score_clips,
    table_of,
)
from core.scorer.calibrate import CalibrationPair, Reliability, calibration_set, reliability
from core.scorer.clips import Clip, load_clips, split_clips
from core.scorer.score import SyncScorer

logger = logging.getLogger(__name__)

KINDS = {"grid": "GRID, speaker s4", "lrw_ar": "LRW-AR, last 12 %", "single": "single clips, 10 people"}


def run_scorer_benchmark(
    data: Path,
    output: Path,
    *,
    scorers: Sequence[str] = ("A", "B"),
    tests: Path | None = None,
    with_conditions: bool = True,
) -> str:
    """Measures the shipped scorers on held-out people and returns the report's Markdown, also written to `output`.

    Args:
        data: folder of prepared training clips; only its held-out people are used.
        output: folder for ``scorer.md``, ``scorer.json`` and the plots.
        scorers: which of A and B.
        tests: folder of prepared test clips whose offsets are listed, or None.
        with_conditions: also the robustness table.
    """
    output.mkdir(parents=True, exist_ok=True)
    names = [path.stem for path in data.glob("*.npz") if not path.name.startswith(".")]
    clips = load_clips(data, split_clips(names).validation)
    rows, parts, reliabilities = [], [], {}
    robust: dict[str, dict[str, float]] = {}
    test_lines: dict[str, dict[str, tuple[float, float]]] = {}
    for which in scorers:
        scorer = SyncScorer.load(which, threads=1)
        started = time.process_time()
        embedded = [embed_clip(scorer, clip) for clip in clips]
        spent = time.process_time() - started
        seconds = sum(clip.seconds for clip in clips)
        parts.append(
            f"Scorer {which} embeds {seconds:.0f} s of prepared crops and voice in {spent:.1f} s of one core: {seconds / spent:.0f} × real time."
        )
        for kind, title in KINDS.items():
            chosen = [clip for clip in embedded if clip.name.startswith(kind)]
            if chosen:
                rows.append(measure(which, title, score_clips(chosen)))
        reliabilities[which] = _reliability(scorer, embedded)
        if with_conditions:
            robust[which] = _robustness(scorer, clips, embedded)
        if tests is not None:
            test_lines[which] = {
                clip.name: estimated_offset(embed_clip(scorer, clip)) for clip in load_clips(tests)
            }
    _plot_shifts(rows, output / "shifts.png")
    _plot_reliability(reliabilities, output / "reliability.png")
    text = "\n\n".join(
        [
            table_of(rows),
            _reliability_table(reliabilities),
            _robust_table(robust) if robust else "",
            _test_table(test_lines) if test_lines else "",
            *parts,
        ]
    )
    _write(output / "scorer.md", text + "\n")
    _write(output / "scorer.json", json.dumps([_plain(row) for row in rows], indent=1))
    return text


def _reliability(scorer: SyncScorer, clips: Sequence[EmbeddedClip]) -> Reliability:
    pairs = [CalibrationPair(clip.faces, clip.speech, clip.name.split("__")[0]) for clip in clips]
    calibration = scorer.calibration
    return reliability(calibration_set(pairs, calibration.context_s, calibration.bias_ms), calibration)


def _robustness(
    scorer: SyncScorer, clips: Sequence[Clip], embedded: Sequence[EmbeddedClip]
) -> dict[str, float]:
    # Every third clip: each condition is embedded anew.
    some = clips[::3]
    figures = {"as it is": pair_figures(score_clips(embedded[::3])).auc}
    random = np.random.default_rng(0)
    for name, spoil in conditions().items():
        figures[name] = pair_figures(
            score_clips([embed_clip(scorer, spoil(clip, random)) for clip in some])
        ).auc
    turned = [clip for clip, source in zip(embedded, clips, strict=True) if np.abs(source.yaw).mean() > 15]
    if len(turned) > 1:
        figures[f"turned by more than 15° ({len(turned)} clips)"] = pair_figures(score_clips(turned)).auc
    return figures


def _reliability_table(figures: dict[str, Reliability]) -> str:
    lines = ["| scorer | frame accuracy of p at 0.5 | AUC of p | calibration error |", "|---|---|---|---|"]
    lines += [
        f"| {which} | {100 * item.accuracy:.1f} % | {item.auc:.3f} | {item.error:.3f} |"
        for which, item in figures.items()
    ]
    return "\n".join(lines)


def _robust_table(robust: dict[str, dict[str, float]]) -> str:
    names = list(next(iter(robust.values())))
    lines = ["| pair AUC | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    lines += [
        f"| {which} | " + " | ".join(f"{values[name]:.3f}" for name in names) + " |"
        for which, values in robust.items()
    ]
    return "\n".join(lines)


def _test_table(tests: dict[str, dict[str, tuple[float, float]]]) -> str:
    lines = [
        "| test clip | " + " | ".join(f"{which}: sound late by, contrast" for which in tests) + " |",
        "|---|" + "---|" * len(tests),
    ]
    for name in next(iter(tests.values())):
        cells = " | ".join(f"{values[name][0]:+.0f} ms, {values[name][1]:.1f}" for values in tests.values())
        lines.append(f"| {name.removeprefix('single__')} | {cells} |")
    return "\n".join(lines)


def _plot_shifts(rows: Sequence[ScorerRow], path: Path) -> None:
    figure = Figure(figsize=(7, 4), layout="constrained")
    axis = figure.subplots()
    for row in rows:
        axis.plot(np.arange(-15, 16), row.shifts.mean_p, label=f"{row.scorer}: {row.footage}")
    axis.set_xlabel("sound moved by frames of 40 ms")
    axis.set_ylabel("mean cosine of 0.2 s")
    axis.legend(fontsize=7)
    _save(figure, path)


def _plot_reliability(figures: dict[str, Reliability], path: Path) -> None:
    figure = Figure(figsize=(4.5, 4), layout="constrained")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color="#888888", linestyle="--", linewidth=0.8)
    for which, item in figures.items():
        shown = item.share > 0.005
        axis.plot(
            item.predicted[shown], item.actual[shown], marker="o", label=f"{which} (error {item.error:.3f})"
        )
    axis.set_xlabel("p said")
    axis.set_ylabel("share really in sync")
    axis.legend()
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    temporary = path.with_name(f".{path.name}.part.png")
    figure.savefig(temporary, dpi=100)
    os.replace(temporary, path)


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def _plain(row: ScorerRow) -> dict[str, object]:
    return {
        "scorer": row.scorer,
        "footage": row.footage,
        "clips": row.clips,
        "pair_accuracy_at_half": row.pairs.at_half,
        "pair_accuracy_best": row.pairs.best,
        "auc": row.pairs.auc,
        "offset_accuracy": dict(zip(map(str, CONTEXTS), row.offsets, strict=True)),
        "peak_within_one": row.shifts.peak_within_one,
        "falls": row.shifts.falls,
        "mean_by_shift": [round(float(value), 4) for value in row.shifts.mean_p],
    }
