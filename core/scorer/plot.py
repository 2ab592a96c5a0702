"""The curve as a picture an editor understands: green fits, red does not, grey is unknown."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from core.base.lettering import lettering
from core.base.whole_file import written_whole
from core.scorer.curve import SyncCurve

_GOOD, _MIDDLE, _BAD = "#2e9e5b", "#d9a21b", "#c8453c"


def draw_curves(
    curves: Sequence[SyncCurve],
    names: Sequence[str],
    path: Path,
    *,
    title: str = "",
    own: Sequence[float | None] = (),
) -> None:
    """Draws one row per curve into the PNG at `path`, which appears only when it is complete.

    `own` are the means of the faces' own original voices, which the bands then count from; see `bands_for`.
    """
    matplotlib.use("Agg")
    figure = Figure(figsize=(11, 0.6 + 1.9 * len(curves)), dpi=100, layout="constrained")
    axes = figure.subplots(len(curves), 1, squeeze=False)[:, 0]
    for axis, curve, name, mean_of_own in zip(axes, curves, names, own or [None] * len(curves), strict=True):
        draw_curve(axis, curve, mean_of_own)
        mean = "—" if np.isnan(curve.mean) else f"{curve.mean:.2f}"
        axis.set_title(f"{name}    mean {mean}    {curve.sentence()}", fontsize=9, loc="left")
    axes[-1].set_xlabel("seconds")
    if title:
        drawn, families = lettering(title)
        figure.suptitle(drawn, fontsize=11, family=families, parse_math=False)
    with written_whole(path, "The plot") as beside:
        figure.savefig(beside, format="png")


def bands_for(own: float | None) -> tuple[float, float]:
    """Where doubtful and good begin: 35 % and 65 % of what the face scores with its own original voice.

    An own voice below one half says more about the film than about the face (its sound is dubbed or lost); it and an
    unknown one count as 1.
    """
    reference = own if own is not None and np.isfinite(own) and own >= 0.5 else 1.0
    return 0.35 * reference, 0.65 * reference


def draw_curve(axis: "matplotlib.axes.Axes", curve: SyncCurve, own: float | None = None) -> None:
    """Draws one curve into `axis`: bars by band, grey where unknown, the offset of each sure 2 s on top.

    Args:
        axis: where to.
        curve: what.
        own: mean of the face with its own original voice, drawn as a line that the bands count from; None if unknown.
    """
    times, p = curve.times, curve.p
    if len(times) == 0:
        return
    width = np.diff(times, append=times[-1] + (times[-1] - times[-2] if len(times) > 1 else 0.04))
    unknown = ~np.isfinite(p)
    axis.fill_between(times, 0, 1, where=unknown, color="#e3e3e3", step="post", linewidth=0)
    doubtful, good = bands_for(own)
    for low, high, colour in ((0.0, doubtful, _BAD), (doubtful, good, _MIDDLE), (good, 1.01, _GOOD)):
        inside = np.isfinite(p) & (p >= low) & (p < high)
        axis.bar(times[inside], p[inside], width=width[inside], color=colour, linewidth=0, align="edge")
    axis.axhline(0.5, color="#888888", linewidth=0.6, linestyle="--")
    if own is not None and np.isfinite(own):
        axis.axhline(own, color="#3a6ea5", linewidth=0.8)
        axis.text(float(times[0]), own, " own voice", color="#3a6ea5", fontsize=6.5, va="bottom")
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
