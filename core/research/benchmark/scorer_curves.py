"""A page of curves: the same clips in sync, with late sound, and with a stranger's voice, as an editor would see them."""

import os
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from core.research.benchmark.scorer import EmbeddedClip
from core.scorer.curve import sync_curve
from core.scorer.embeddings import SpeechEmbeddings
from core.scorer.plot import draw_curve
from core.scorer.score import SyncScorer

LATE_S = 0.12


def draw_curve_page(scorer: SyncScorer, clips: Sequence[EmbeddedClip], path: Path) -> None:
    """Draws a row per clip; its stranger is the longest other voice, so that it covers the clip where it can."""
    figure = Figure(figsize=(12, 1.45 * len(clips)), dpi=100, layout="constrained")
    cells = figure.subplots(len(clips), 3, squeeze=False, sharey=True)
    for row, clip in zip(cells, clips, strict=True):
        # What is left of the clip's own offset, as `scorer` sees it, would blur the comparison.
        lag = sync_curve(clip.faces, clip.speech, scorer.calibration).offset_ms / 1000
        own = clip.speech.shifted(-lag)
        others = [other.speech for other in clips if other is not clip]
        strange = max(others, key=lambda speech: len(speech.vectors))
        voices = {
            "in sync": own,
            f"sound {1000 * LATE_S:.0f} ms late": own.shifted(LATE_S),
            "a stranger's voice": SpeechEmbeddings(clip.faces.times[0], strange.vectors, strange.speaks),
        }
        for axis, (title, voice) in zip(row, voices.items(), strict=True):
            curve = sync_curve(clip.faces, voice, scorer.calibration)
            draw_curve(axis, curve)
            name = clip.name.removeprefix("single__")[-18:]
            axis.set_title(
                f"{name}, {title}: mean {curve.mean:.2f}. {curve.sentence().split(':')[0]}", fontsize=6.5
            )
    partial = path.with_name(f".{path.name}.part.png")
    figure.savefig(partial)
    os.replace(partial, path)
