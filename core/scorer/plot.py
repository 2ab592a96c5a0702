"""The curve as a picture an editor understands: green fits, red does not, grey is unknown."""

import os
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from core.scorer.curve import SyncCurve

_GOOD, _MIDDLE, _BAD = "#2e9e5b", "#d9a21b", "#c8453c"


def draw_curves(curves: Sequence[SyncCurve], names: Sequence[str], path: Path, *, title: str = "") -> None:
    """Draws one row per curve into the PNG at `path`, which appears only when it is complete."""
    matplotlib.use("Agg")
    figure = Figure(figsize=(11, 0.6 + 1.9 * len(curves)), dpi=100, layout="constrained")
    axes = figure.subplots(len(curves), 1, squeeze=False)[:, 0]
    for axis, curve, name in zip(axes, curves, names, strict=True):
        draw_curve(axis, curve)
        mean = "—" if np.isnan(curve.mean) else f"{curve.mean:.2f}"
        axis.set_title(f"{name}    mean {mean}    {curve.sentence()}", fontsize=9, loc="left")
    axes[-1].set_xlabel("seconds")
    if title:
        figure.suptitle(title, fontsize=11)
    temporary = path.with_name(f".{path.name}.part.png")
    figure.savefig(temporary)
    os.replace(temporary, path)


def draw_curve(axis: "matplotlib.axes.Axes", curve: SyncCurve) -> None:
    """Draws one curve into `axis`: bars by band, grey where unknown, the offset of each sure 2 s on top."""
    times, p = curve.times, curve.p
    if len(times) == 0:
        return
    width = np.diff(times, append=times[-1] + (times[-1] - times[-2] if len(times) > 1 else 0.04))
    unknown = ~np.isfinite(p)
    axis.fill_between(times, 0, 1, where=unknown, color="#e3e3e3", step="post", linewidth=0)
    for low, high, colour in ((0.0, 0.35, _BAD), (0.35, 0.65, _MIDDLE), (0.65, 1.01, _GOOD)):
        inside = np.isfinite(p) & (p >= low) & (p < high)
        axis.bar(times[inside], p[inside], width=width[inside], color=colour, linewidth=0, align="edge")
    axis.axhline(0.5, color="#888888", linewidth=0.6, linestyle="--")
    axis.set_ylim(0, 1)
    axis.set_xlim(float(times[0]), float(times[-1] + width[-1]))
    axis.set_ylabel("in sync", fontsize=8)
    axis.tick_params(labelsize=8)
    span, last = float(times[-1] - times[0]), -np.inf
    for item in curve.offsets:
        # Words of neighbouring windows must not run into each other.
        if item.confidence > 0.5 and item.time - last >= span / 8:
            last = item.time
            axis.text(item.time, 0.93, f"{item.offset_ms:+.0f} ms", ha="center", va="top", fontsize=7)
