"""How late the sound of each prepared clip is, so that training and measuring can take it away first.

Single clips from the web are rarely in sync to the frame. Both shipped scorers measure each; a clip on which they do not
agree within a frame, or see no clear peak, is left out of training and measuring altogether.
"""

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.research.benchmark.scorer import embed_clip, estimated_offset
from core.research.training.scorer.clips import load_clips
from core.scorer.score import SyncScorer

logger = logging.getLogger(__name__)

AGREEMENT_MS = 45.0
CLEAR = 2.0
"""Standard deviations by which the best of ± 30 lags must stand out of their median."""


def measure_offsets(folder: Path, prefixes: Sequence[str] = ("single__",)) -> dict[str, float | None]:
    """Offsets in ms of the prepared clips whose names begin with one of `prefixes`; None: leave this clip out.

    Positive when the sound is late. Written to ``offsets.json`` in `folder`, where `core.research.training.scorer.clips.load_clips` finds it.
    """
    target = folder / "offsets.json"
    target.unlink(missing_ok=True)  # measure what the files hold, not what is left after an earlier measure
    names = [path.stem for path in folder.glob("*.npz") if path.name.startswith(tuple(prefixes))]
    clips = load_clips(folder, names)
    scorers = [SyncScorer.load(which, threads=1) for which in ("A", "B")]
    offsets: dict[str, float | None] = {}
    for clip in clips:
        found = []
        for scorer in scorers:
            lag, contrast = estimated_offset(embed_clip(scorer, clip))
            found.append((lag - scorer.calibration.bias_ms, contrast))
        apart = abs(found[0][0] - found[1][0])
        clear = float(np.mean([value[1] for value in found]))
        offsets[clip.name] = (
            round(float(np.mean([value[0] for value in found])), 1)
            if apart <= AGREEMENT_MS and clear >= CLEAR
            else None
        )
        logger.info("%s: %s", clip.name, found)
    temporary = folder / ".offsets.part"
    temporary.write_text(json.dumps(offsets, indent=1), encoding="utf-8")
    os.replace(temporary, target)
    return offsets
