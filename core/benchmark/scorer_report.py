"""``unisync benchmark scorer``: the tables and plots of the shipped scorers, made by one command."""

import json
import logging
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from core.benchmark.scorer import (
    CONTEXTS,
    EmbeddedClip,
    ScorerRow,
    embed_clip,
    estimated_offset,
    measure,
    score_clips,
    table_of,
)
from core.benchmark.scorer_conditions import (
    by_language,
    real_conditions,
    rendered_conditions,
    sound_conditions,
)
from core.benchmark.scorer_curves import draw_curve_page
from core.benchmark.scorer_scenes import (
    Tally,
    conversations,
    real_conversations,
    rendered_scenes,
    side_by_side,
)
from core.corpus.held_out import split_clips
from core.scorer.calibrate import CalibrationPair, Reliability, calibration_set, reliability
from core.scorer.clips import Clip, load_clips
from core.scorer.curve import evidence, gather, lag_table, probabilities
from core.scorer.score import SyncScorer

logger = logging.getLogger(__name__)

RENDERED_PEOPLE = 3
LANGUAGES = ("en", "fr")
"""Of the rendered heads' ten languages, those that the shipped scorers heard in training (Arabic is none of the ten)."""
PAGE = ("german_speaker", "s17_main", "podium_man", "selfie_closeup", "official_in_suit")
"""Clips of the page of curves: two of them test footage."""
KINDS = {"grid": "GRID, s4 and s33", "lrw_ar": "LRW-AR, 4 clusters", "single": "single clips, 11 people"}


def run_scorer_benchmark(
    data: Path,
    output: Path,
    *,
    scorers: Sequence[str] = ("A", "B"),
    tests: Path | None = None,
    tracked: Path | None = None,
    scenes: int = 0,
    with_conditions: bool = True,
) -> str:
    """Measures the shipped scorers on held-out people and returns the report's Markdown, also written to `output`.

    Args:
        data: folder of prepared training clips; only its held-out people are used.
        output: folder for ``scorer.md``, ``scorer.json`` and the plots; spoiled films are kept below it.
        scorers: which of A and B.
        tests: folder of prepared test clips whose offsets are listed, or None.
        tracked: the tracked clips that `data` was prepared from, for the conditions that spoil pictures, or None.
        scenes: how many rendered conversations to tell the speakers of; 0 for none.
        with_conditions: also the robustness tables.
    """
    output.mkdir(parents=True, exist_ok=True)
    names = [path.stem for path in data.glob("*.npz") if not path.name.startswith(".")]
    held_out = split_clips(names).validation
    clips = load_clips(data, held_out)
    test_clips = load_clips(tests) if tests is not None else ()
    loaded = {which: SyncScorer.load(which, threads=1) for which in scorers}  # type: ignore[arg-type]
    conditions: dict[str, Sequence[Clip]] = {}
    if with_conditions and tracked is not None:
        sources = [tracked / f"{name}.npz" for name in held_out if name.startswith("single")]
        conditions = _picture_conditions(sources, data, output / "conditions")
    rows, hard, parts, reliabilities, steady = [], [], [], {}, {}
    test_lines: dict[str, dict[str, tuple[float, float]]] = {}
    beside: dict[str, list[Tally]] = {}
    for which, scorer in loaded.items():
        started = time.process_time()
        embedded = [embed_clip(scorer, clip) for clip in clips]
        spent = time.process_time() - started
        seconds = sum(clip.seconds for clip in clips)
        parts.append(
            f"Scorer {which} embeds {seconds:.0f} s of prepared crops and voice in {spent:.1f} s of one core: {seconds / spent:.0f} × real time."
        )
        for kind, title in KINDS.items():
            chosen = [clip for clip in embedded if clip.name.startswith(kind)]
            if len(chosen) > 1:
                rows.append(measure(which, title, score_clips(chosen)))
                steady[which, title] = falls_in_p(scorer, chosen)
        reliabilities[which] = _reliability(scorer, embedded)
        if with_conditions:
            hard += _conditions(scorer, clips, conditions)
        if tests is not None:
            seen = [embed_clip(scorer, clip) for clip in test_clips]
            test_lines[which] = {clip.name: estimated_offset(clip) for clip in seen}
            parts += [
                f"Who speaks in {film.removeprefix('single__')}, by {which}: {tally}."
                for film, tally in real_conversations(scorer, test_clips, seen).items()
            ]
            pages = [clip for clip in embedded if any(word in clip.name for word in PAGE)]
            pages += [clip for clip in seen if any(word in clip.name for word in PAGE)]
            if which == "A" and len(pages) > 1:
                draw_curve_page(scorer, pages, output / "curves.png")
        long = [clip for clip in embedded if not clip.name.startswith("lrw_ar")]
        beside[which] = [side_by_side(scorer, long, 2), side_by_side(scorer, long, 3)]
    conversed = rendered_scenes(list(loaded.values()), conversations(scenes)) if scenes else {}
    _plot_shifts(rows, output / "shifts.png")
    _plot_reliability(reliabilities, output / "reliability.png")
    text = "\n\n".join(
        [
            table_of(rows),
            _steady_table(steady),
            _reliability_table(reliabilities),
            table_of(hard) if hard else "",
            _speaking_table(beside, conversed),
            _test_table(test_lines) if test_lines else "",
            *parts,
        ]
    )
    _write(output / "scorer.md", text + "\n")
    _write(output / "scorer.json", json.dumps([_plain(row) for row in (*rows, *hard)], indent=1))
    return text


def _picture_conditions(sources: Sequence[Path], data: Path, work: Path) -> dict[str, Sequence[Clip]]:
    found: dict[str, Sequence[Clip]] = dict(real_conditions(sources, data, work))
    rendered = rendered_conditions(work, RENDERED_PEOPLE)
    return found | rendered | by_language(rendered["rendered, frontal"], LANGUAGES)


def _conditions(
    scorer: SyncScorer, clips: Sequence[Clip], spoiled: Mapping[str, Sequence[Clip]]
) -> list[ScorerRow]:
    """A row per condition: spoiled voices of every third held-out clip, then films spoiled before they were tracked."""
    random = np.random.default_rng(0)
    some = clips[::3]
    sets: dict[str, Sequence[Clip]] = {"every third clip, as it is": some}
    sets |= {name: [spoil(clip, random) for clip in some] for name, spoil in sound_conditions().items()}
    sets |= {
        f"German, {clip.name.removeprefix('single__')}": [clip] for clip in clips if "german" in clip.name
    }
    sets |= spoiled
    rows = []
    for name, chosen in sets.items():
        if chosen:
            logger.info("scorer %s: %s", scorer.which, name)
            embedded = [embed_clip(scorer, clip) for clip in chosen]
            rows.append(measure(scorer.which, name, score_clips(embedded)))
    return rows


def falls_in_p(
    scorer: SyncScorer, clips: Sequence[EmbeddedClip], reach: int = 5, rise: float = 0.01
) -> float:
    """Share of clips whose mean calibrated p peaks within a frame of 0 and never rises by more than `rise` from there to
    ± `reach` frames: the sensitivity of the curve an editor sees, where the cosines' table shows the bare 0.2 s.
    """
    calibration = scorer.calibration
    good = []
    for clip in clips:
        known = clip.usable
        if known.sum() < 10:
            continue
        means = []
        for frames in range(-reach, reach + 1):
            speech = clip.speech.shifted((frames * 40 - calibration.bias_ms) / 1000)
            gathered = gather(clip.faces.times, lag_table(clip.faces, speech), known, calibration.context_s)
            means.append(np.nanmean(probabilities(evidence(gathered), calibration)[known]))
        peak = int(np.argmax(means))
        outwards = np.concatenate([np.diff(means[peak:]), -np.diff(means[: peak + 1])])
        good.append(abs(peak - reach) <= 1 and bool((outwards <= rise).all()))
    return float(np.mean(good)) if good else float("nan")


def _steady_table(steady: Mapping[tuple[str, str], float]) -> str:
    lines = ["| scorer | footage | mean p falls within ± 5 frames |", "|---|---|---|"]
    lines += [f"| {which} | {title} | {100 * value:.0f} % |" for (which, title), value in steady.items()]
    return "\n".join(lines)


def _speaking_table(
    beside: Mapping[str, Sequence[Tally]], conversed: Mapping[str, tuple[Tally, Tally]]
) -> str:
    lines = [
        "| scorer | two real faces, both talking | three | rendered, speaker shown | rendered, speaker off screen |",
        "|---|---|---|---|---|",
    ]
    for which, (two, three) in beside.items():
        shown, off = conversed.get(which, ("–", "–"))
        lines.append(f"| {which} | {two} | {three} | {shown} | {off} |")
    return "\n".join(lines)


def _reliability(scorer: SyncScorer, clips: Sequence[EmbeddedClip]) -> Reliability:
    pairs = [CalibrationPair(clip.faces, clip.speech, clip.name.split("__")[0]) for clip in clips]
    calibration = scorer.calibration
    return reliability(calibration_set(pairs, calibration.context_s, calibration.bias_ms), calibration)


def _reliability_table(figures: dict[str, Reliability]) -> str:
    lines = ["| scorer | frame accuracy of p at 0.5 | AUC of p | calibration error |", "|---|---|---|---|"]
    lines += [
        f"| {which} | {100 * item.accuracy:.1f} % | {item.auc:.3f} | {item.error:.3f} |"
        for which, item in figures.items()
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
