"""``unisync lab benchmark scorer``: the tables and plots of the shipped scorers, made by one command."""

import hashlib
import json
import logging
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from core.base.models import MODELS
from core.research.benchmark.scorer import (
    CONTEXTS,
    EmbeddedClip,
    ScorerRow,
    embed_clip,
    estimated_offset,
    measure,
    score_clips,
    table_of,
)
from core.research.benchmark.scorer_conditions import (
    by_language,
    real_conditions,
    rendered_conditions,
    sound_conditions,
)
from core.research.benchmark.scorer_curves import draw_curve_page
from core.research.benchmark.scorer_scenes import (
    Tally,
    conversations,
    real_conversations,
    rendered_scenes,
    side_by_side,
)
from core.research.benchmark.step_cache import StepCache
from core.research.corpus.held_out import may_calibrate, person_of, split_clips
from core.research.training.scorer.calibrate import (
    CalibrationPair,
    Reliability,
    Sureness,
    calibration_set,
    reliability,
    sureness,
)
from core.research.training.scorer.clips import Clip, load_clips
from core.scorer.curve import evidence, gather, lag_table, probabilities
from core.scorer.score import MODEL_IDS, SyncScorer

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

    What is measured is kept below `output` for as long as the scorer's weights are the same, so that a run that was cut off goes on.

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
    loaded = {which: SyncScorer.load(which, threads=1) for which in scorers}  # type: ignore[arg-type]
    steps = {which: StepCache(output / "kept", f"{which}-{state_of(which)}") for which in scorers}

    @cache
    def people() -> tuple[Clip, ...]:
        return load_clips(data, held_out)

    @cache
    def spoiled() -> dict[str, Sequence[Clip]]:
        sources = (
            [tracked / f"{name}.npz" for name in held_out if name.startswith("single")] if tracked else []
        )
        return _picture_conditions(sources, data, output / "conditions") if tracked else {}

    figures = {
        which: steps[which]("people", lambda scorer=scorer: _people_figures(scorer, people()))
        for which, scorer in loaded.items()
    }
    hard: list[ScorerRow] = []
    if with_conditions:
        for which, scorer in loaded.items():
            hard += steps[which]("sounds", lambda scorer=scorer: _sound_rows(scorer, people()))
            if tracked is not None:
                hard += steps[which]("pictures", lambda scorer=scorer: _rows(scorer, spoiled()))
    conversed: dict[str, tuple[Tally, Tally]] = {}
    if scenes:
        both = StepCache(output / "kept", "-".join(each.state for each in steps.values()))
        conversed = both(
            f"{scenes} conversations", lambda: rendered_scenes(list(loaded.values()), conversations(scenes))
        )
    test_lines: dict[str, dict[str, tuple[float, float]]] = {}
    parts = [item.speed for item in figures.values()]
    if tests is not None:
        test_clips = load_clips(tests)
        for which, scorer in loaded.items():
            seen = [embed_clip(scorer, clip) for clip in test_clips]
            test_lines[which] = {clip.name: estimated_offset(clip) for clip in seen}
            parts += [
                f"Who speaks in {film.removeprefix('single__')}, by {which}: {tally}."
                for film, tally in real_conversations(scorer, test_clips, seen).items()
            ]
            if which == "A":
                named = [name for name in held_out if any(word in name for word in PAGE)]
                pages = [embed_clip(scorer, clip) for clip in load_clips(data, named)] if named else []
                pages += [clip for clip in seen if any(word in clip.name for word in PAGE)]
                if len(pages) > 1:
                    draw_curve_page(scorer, pages, output / "curves.png")
    rows = [row for item in figures.values() for row in item.rows]
    steady = {
        (which, title): value for which, item in figures.items() for title, value in item.steady.items()
    }
    reliabilities = {which: item.reliability for which, item in figures.items()}
    _plot_shifts(rows, output / "shifts.png")
    _plot_reliability(reliabilities, output / "reliability.png")
    sections = {
        "Held-out people": table_of(rows),
        "Sensitivity of p": _steady_table(steady),
        "Calibration": _reliability_table(reliabilities),
        "Sureness": _sureness_table({which: item.sure for which, item in figures.items()}),
        "Conditions": table_of(hard) if hard else "",
        "Who speaks": _speaking_table({which: item.beside for which, item in figures.items()}, conversed),
        "Test clips": _test_table(test_lines) if test_lines else "",
        "More": "\n\n".join(parts),
    }
    text = "\n\n".join(f"### {title}\n\n{body}" for title, body in sections.items() if body)
    _write(output / "scorer.md", text + "\n")
    _write(output / "scorer.json", json.dumps([_plain(row) for row in (*rows, *hard)], indent=1))
    return text


def state_of(which: str) -> str:
    """A short hash of the shipped scorer's files: figures are kept for these weights only."""
    files = MODELS[MODEL_IDS[which]].files  # type: ignore[index]
    return hashlib.sha256("".join(digest for _, digest in files).encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True, eq=False)
class PeopleFigures:
    """What one scorer does with all held-out people.

    Attributes:
        rows: both protocols, one row per kind of footage.
        steady: `falls_in_p` by kind of footage.
        reliability: of p over those with an open licence, as the calibration saw them.
        sure: by kind of footage.
        beside: who speaks of two and of three real faces side by side.
        speed: a sentence.
    """

    rows: tuple[ScorerRow, ...]
    steady: Mapping[str, float]
    reliability: Reliability
    sure: Mapping[str, Sureness]
    beside: tuple[Tally, ...]
    speed: str


def _people_figures(scorer: SyncScorer, clips: Sequence[Clip]) -> PeopleFigures:
    started = time.process_time()
    embedded = [embed_clip(scorer, clip) for clip in clips]
    spent = time.process_time() - started
    seconds = sum(clip.seconds for clip in clips)
    kinds = {
        title: chosen
        for kind, title in KINDS.items()
        if len(chosen := [clip for clip in embedded if clip.name.startswith(kind)]) > 1
    }
    long = [clip for clip in embedded if not clip.name.startswith("lrw_ar")]
    return PeopleFigures(
        tuple(measure(scorer.which, title, score_clips(chosen)) for title, chosen in kinds.items()),
        {title: falls_in_p(scorer, chosen) for title, chosen in kinds.items()},
        _reliability(scorer, embedded),
        _sureness(scorer, embedded),
        tuple(side_by_side(scorer, long, faces) for faces in (2, 3)),
        f"Scorer {scorer.which} embeds {seconds:.0f} s of prepared crops and voice in {spent:.1f} s of one core: "
        f"{seconds / spent:.0f} × real time.",
    )


def _picture_conditions(sources: Sequence[Path], data: Path, work: Path) -> dict[str, Sequence[Clip]]:
    found: dict[str, Sequence[Clip]] = dict(real_conditions(sources, data, work))
    rendered = rendered_conditions(work, RENDERED_PEOPLE)
    return found | rendered | by_language(rendered["rendered, frontal"], LANGUAGES)


def _sound_rows(scorer: SyncScorer, clips: Sequence[Clip]) -> list[ScorerRow]:
    """A row per spoiled voice of every third held-out clip, and one for the language of its own among them."""
    random = np.random.default_rng(0)
    some = clips[::3]
    sets: dict[str, Sequence[Clip]] = {"every third clip, as it is": some}
    sets |= {name: [spoil(clip, random) for clip in some] for name, spoil in sound_conditions().items()}
    german = {
        f"German, {clip.name.removeprefix('single__')}": [clip] for clip in clips if "german" in clip.name
    }
    return _rows(scorer, sets | german)


def _rows(scorer: SyncScorer, sets: Mapping[str, Sequence[Clip]]) -> list[ScorerRow]:
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
            gathered = gather(clip.faces.times, lag_table(clip.faces, speech), known, calibration)
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


def _pairs(clips: Sequence[EmbeddedClip]) -> list[CalibrationPair]:
    return [CalibrationPair(clip.faces, clip.speech, clip.name.split("__")[0]) for clip in clips]


def _reliability(scorer: SyncScorer, clips: Sequence[EmbeddedClip]) -> Reliability:
    pairs = _pairs([clip for clip in clips if may_calibrate(clip.name)])
    calibration = scorer.calibration
    return reliability(calibration_set(pairs, calibration), calibration)


def _sureness(scorer: SyncScorer, clips: Sequence[EmbeddedClip]) -> dict[str, Sureness]:
    people = [person_of(clip.name) for clip in clips]
    teaches = [may_calibrate(clip.name) for clip in clips]
    found = sureness(_pairs(clips), people, teaches, scorer.calibration)
    return {title: found[kind] for kind, title in KINDS.items() if kind in found}


def _reliability_table(figures: dict[str, Reliability]) -> str:
    lines = ["| scorer | frame accuracy of p at 0.5 | AUC of p | calibration error |", "|---|---|---|---|"]
    lines += [
        f"| {which} | {100 * item.accuracy:.1f} % | {item.auc:.3f} | {item.error:.3f} |"
        for which, item in figures.items()
    ]
    return "\n".join(lines)


def _sureness_table(figures: Mapping[str, Mapping[str, Sureness]]) -> str:
    lines = ["| scorer | footage | sure of the own voice | sure of a stranger's |", "|---|---|---|---|"]
    lines += [
        f"| {which} | {title} | {100 * item.own:.0f} % | {100 * item.strangers:.0f} % |"
        for which, kinds in figures.items()
        for title, item in kinds.items()
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
