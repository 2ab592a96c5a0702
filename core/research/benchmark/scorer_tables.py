"""The trials of `core.research.benchmark.scorer_trials` as the tables and plots of UniSync 2025, with the paper's figures beside them."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from core.research.benchmark.scorer import CONTEXTS
from core.research.benchmark.scorer_trials import (
    AUDIOS,
    MARGINS,
    REACHED,
    SEGMENTS_A_STEP,
    SHARES,
    VISUALS,
    all_trials,
    folder_of,
    method_trials,
    paper_size_seconds,
)
from core.research.training.scorer.baselines import build_network
from core.research.training.scorer.networks import multiply_adds, parameter_count
from core.research.training.scorer.recipes import recipe

Result = Mapping[str, object]

# LRS2 accuracy, parameters in millions and G multiply-adds as UniSync 2025 prints them (tables II and III).
PUBLISHED = {
    "SyncNet-type": ("75.8", "–", "–"),
    "Wav2Lip's expert": ("90.7", "16.4", "1.22"),
    "VocaLiST-type": ("92.8", "80.1", "20.17"),
    "UniSync, the paper's loss": ("91.77", "16.3", "1.73"),
    "UniSync, our recipe, mel": ("91.77", "16.3", "1.73"),
    "UniSync, our recipe, Whisper's ear": ("94.27 (HuBERT)", "16.3", "1.73"),
}
PAPER_SIZE = {
    "Wav2Lip's expert": "expert-rgb-mel",
    "VocaLiST-type": "vocalist-rgb-mel",
    "UniSync, RGB + mel": "paper-rgb-mel",
    "UniSync, RGB + HuBERT": "paper-rgb-hubert",
}
# Table IV, mean accuracy, HuBERT in the place of Whisper's first layers.
PUBLISHED_PAIRS = {
    "rgb + whisper": 90.09, "morphable + whisper": 89.11, "rgb + mel": 87.23, "morphable + mel": 85.93,
    "landmarks + whisper": 85.26, "landmarks + mel": 82.39, "parsing + whisper": 82.50, "parsing + mel": 79.72,
}  # fmt: skip
PUBLISHED_SHARES = {("mel", 0.0): 88.96, ("mel", 0.2): 89.23, ("mel", 0.5): 88.93,
                    ("whisper", 0.0): 91.79, ("whisper", 0.2): 92.18, ("whisper", 0.5): 91.96}  # fmt: skip
PUBLISHED_MARGINS = {("mel", 0): 91.22, ("mel", 1): 91.77, ("mel", 2): 91.50,
                     ("whisper", 0): 93.62, ("whisper", 1): 93.99, ("whisper", 2): 94.27}  # fmt: skip


def read_results(output: Path) -> dict[str, Result]:
    """The results of the trials that have been run, by name."""
    found = {}
    for trial in all_trials():
        path = output / folder_of(trial.name) / "result.json"
        if path.is_file():
            found[trial.name] = json.loads(path.read_text(encoding="utf-8"))
    return found


def tables(output: Path, epoch: int) -> str:
    """Tables II to V as Markdown; draws ``trials.png`` into `output`.

    Args:
        output: folder of the trials.
        epoch: true pairs in one pass over the training clips.
    """
    results = read_results(output)
    _plot(results, output / "trials.png")
    parts = [
        "### Methods (table II)", _methods(results), "### Cost (table III)", _cost(results, epoch), _paper_cost(epoch),
        "### Combinations (table IV)", _combinations(results), "### Shares and margins (table V)", _settings(results),
    ]  # fmt: skip
    text = "\n\n".join(parts)
    partial = output / ".trials.md.part"
    partial.write_text(text + "\n", encoding="utf-8")
    os.replace(partial, output / "trials.md")
    return text


def _percent(value: object) -> str:
    return f"{100 * float(value):.1f}"  # type: ignore[arg-type]


def _row(name: str, result: Result, more: str) -> str:
    offsets = " | ".join(_percent(value) for value in result["offset_accuracy"])  # type: ignore[attr-defined]
    auc = float(result["auc"])  # type: ignore[arg-type]
    return f"| {name} | {_percent(result['accuracy'])} | {auc:.3f} | {offsets} | {more} |"


def _heading(first: str, last: str) -> list[str]:
    contexts = " | ".join(f"±1 at {context}" for context in CONTEXTS)
    return [
        f"| {first} | pairs | AUC | {contexts} | {last} |",
        "|---|---|---|" + "---|" * (len(CONTEXTS) + 1),
    ]


def _methods(results: Mapping[str, Result]) -> str:
    lines = _heading("method (RGB)", "published on LRS2")
    names = [trial.name for trial in method_trials()]
    lines += [_row(name, results[name], PUBLISHED[name][0]) for name in names if name in results]
    return "\n".join(lines)


def _cost(results: Mapping[str, Result], epoch: int) -> str:
    lines = [
        f"| narrow, as trained | parameters, M | M multiply-adds | steps | epoch, processor s | s to AUC {REACHED:g} |",
        "|---|---|---|---|---|---|",
    ]
    for trial in method_trials():
        if trial.name in results:
            result = results[trial.name]
            step = result["step_seconds"]
            per_epoch = "–" if step is None else f"{float(step) * epoch / SEGMENTS_A_STEP:.0f}"  # type: ignore[arg-type]
            reached = result["seconds_to_reach"]
            lines.append(
                f"| {trial.name} | {float(result['parameters']) / 1e6:.2f} "  # type: ignore[arg-type]
                f"| {float(result['multiply_adds']) / 1e6:.0f} | {result['steps']} | {per_epoch} "  # type: ignore[arg-type]
                f"| {'not reached' if reached is None else reached} |"
            )
    return "\n".join(lines)


def _paper_cost(epoch: int) -> str:
    lines = [
        "| paper's size | parameters, M | G multiply-adds | epoch, processor hours | published: M, G |",
        "|---|---|---|---|---|",
    ]
    published = ("16.4, 1.22", "80.1, 20.17", "16.3, 1.73", "16.3, 1.73")
    for (title, name), figures in zip(PAPER_SIZE.items(), published, strict=False):
        config = recipe(name)
        network = build_network(config)
        products = multiply_adds(network, config.visual_shape, config.audio_shape)
        hours = paper_size_seconds(config) * epoch / 3600
        lines.append(
            f"| {title} | {parameter_count(network) / 1e6:.2f} | {products / 1e9:.2f} | {hours:.1f} | {figures} |"
        )
    return "\n".join(lines)


def _combinations(results: Mapping[str, Result]) -> str:
    lines = _heading("sight + sound", "published mean (whisper: HuBERT)")
    for audio in AUDIOS:
        for visual in VISUALS:
            name = f"{visual} + {audio}"
            if name in results:
                lines.append(_row(name, results[name], f"{PUBLISHED_PAIRS[name]:.2f}"))
    return "\n".join(lines)


def _settings(results: Mapping[str, Result]) -> str:
    lines = _heading("landmarks", "published (whisper: HuBERT)")
    for audio in AUDIOS:
        for share in SHARES:
            _add(lines, results, f"share {share:g}, {audio}", PUBLISHED_SHARES[audio, share])
    for audio in AUDIOS:
        for number, (same, cross) in enumerate(MARGINS):
            name = f"margins {same:g} {cross:g}, {audio}"
            # The recipe's own margins were trained as the row of the usual share.
            known = name if name in results else f"share 0.2, {audio}"
            _add(lines, results, known, PUBLISHED_MARGINS[audio, number], shown=name)
    return "\n".join(lines)


def _add(
    lines: list[str], results: Mapping[str, Result], name: str, published: float, shown: str = ""
) -> None:
    if name in results:
        lines.append(_row(shown or name, results[name], f"{published:.2f}"))


def _plot(results: Mapping[str, Result], path: Path) -> None:
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    _lines(left, results, [trial.name for trial in method_trials()], "methods, RGB")
    _lines(right, results, [f"{visual} + {audio}" for audio in AUDIOS for visual in VISUALS], "combinations")
    left.set_ylabel("offset right within one frame, %")
    partial = path.with_name(f".{path.name}.part.png")
    figure.savefig(partial, dpi=100)
    os.replace(partial, path)


def _lines(axis: Axes, results: Mapping[str, Result], names: Sequence[str], title: str) -> None:
    for name in names:
        if name in results:
            values = [100 * float(value) for value in results[name]["offset_accuracy"]]  # type: ignore[attr-defined]
            axis.plot(CONTEXTS, values, marker="o", markersize=3, label=name)
    axis.axhline(100 * 3 / 31, color="#888888", linestyle="--", linewidth=0.8, label="chance")
    axis.set_xlabel("frames of context")
    axis.set_title(title, fontsize=10)
    axis.legend(fontsize=7)
