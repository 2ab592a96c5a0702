"""The picture that goes with a report: mouths before and after, and the sync curves."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from core.base.whole_file import written_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BACKGROUND, TEXT, GRID = "#1b1d21", "#d7dae0", "#3a3f47"
DOUBTED = "#e5c07b"
CURVE_COLOURS = {"source": "#9aa0a6", "source + dub": "#e06c75", "result + dub": "#61c77b"}
COLUMNS = 8


@dataclass(frozen=True, slots=True, eq=False)
class MouthPair:
    """The same place of the same frame before and after: (h, w, 3) uint8 RGB each; `is_doubted` by the engine that made it."""

    seconds: float
    before: np.ndarray
    after: np.ndarray
    is_doubted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class NamedCurve:
    """p_sync over time; NaN where unknown."""

    name: str
    times: np.ndarray
    p: np.ndarray


def write_sheet(path: Path, title: str, pairs: Sequence[MouthPair], curves: Sequence[NamedCurve]) -> None:
    """Writes the picture as PNG, whole or not at all.

    Raises:
        MediaError: the disk is full, or it cannot be written.
    """
    from matplotlib.figure import Figure  # takes a second to import, and most dubs are made without a sheet

    from core.base.lettering import lettering

    rows = max(1, -(-len(pairs) // COLUMNS))
    height = 1.0 + rows * 3.4 + (3.2 if curves else 0)
    figure = Figure(figsize=(16, height), dpi=100, facecolor=BACKGROUND, layout="constrained")
    drawn, families = lettering(title)
    figure.suptitle(drawn, color=TEXT, fontsize=15, family=families, parse_math=False)
    parts = figure.subfigures(
        2 if curves else 1, 1, height_ratios=[rows * 3.4, 3.2] if curves else None, squeeze=False
    )
    _draw_pairs(parts[0, 0].subplots(rows * 2, COLUMNS, squeeze=False), pairs)
    for part in parts[:, 0]:
        part.set_facecolor(BACKGROUND)
    if curves:
        _draw_curves(parts[1, 0].subplots(), curves)
    with written_whole(path, "The sheet") as beside:
        figure.savefig(beside, format="png", facecolor=BACKGROUND)


def _draw_pairs(axes: np.ndarray, pairs: Sequence[MouthPair]) -> None:
    for each in axes.flat:
        each.axis("off")
    for i, pair in enumerate(pairs):
        row, column = divmod(i, COLUMNS)
        for offset, picture, label in (
            (0, pair.before, f"{pair.seconds:.2f} s  source"),
            (1, pair.after, "result: look again" if pair.is_doubted else "result"),
        ):
            axis: Axes = axes[row * 2 + offset, column]
            side = 256
            axis.imshow(
                cv2.resize(
                    picture,
                    (side, side),
                    interpolation=cv2.INTER_AREA if picture.shape[0] > side else cv2.INTER_CUBIC,
                )
            )
            axis.set_title(label, color=DOUBTED if "again" in label else TEXT, fontsize=9, pad=3)


def _draw_curves(axis: "Axes", curves: Sequence[NamedCurve]) -> None:
    axis.set_facecolor(BACKGROUND)
    for curve in curves:
        known = np.isfinite(curve.p)
        mean = f"{curve.p[known].mean():.2f}" if known.any() else "unknown"
        axis.plot(
            curve.times,
            curve.p,
            color=CURVE_COLOURS.get(curve.name),
            linewidth=1.6,
            label=f"{curve.name}: mean {mean}",
        )
    axis.axhline(0.5, color=TEXT, linewidth=0.8, linestyle="--")
    axis.set_ylim(0, 1)
    axis.set_xlabel("seconds", color=TEXT)
    axis.set_ylabel("sync (p_sync)", color=TEXT)
    axis.tick_params(colors=TEXT)
    axis.grid(color=GRID, linewidth=0.5)
    for spine in axis.spines.values():
        spine.set_color(GRID)
    axis.legend(facecolor=BACKGROUND, labelcolor=TEXT, edgecolor=GRID, loc="lower right", ncols=len(curves))
