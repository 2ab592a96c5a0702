"""What pocketsphinx's phones say of the mouths of finished dubs, and of the same dubs made before a change.

The films are results of ``unisync dub`` with English voices; nothing is made here, only tracked and compared.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from core.base.errors import SettingsError
from core.motion.shape import MEASURES, shape_model
from core.research.benchmark.lip_clips import LipClip, open_clip
from core.research.benchmark.phone_witness import draw_strip, parted
from core.research.training.motion.phone_rule import TimedPhone, recognise_phones


@dataclass(frozen=True, slots=True)
class Witnessed:
    """`core.research.benchmark.phone_witness.parted` of a dub and of the one beside it (NaN where there is none)."""

    film: str
    now: float
    before: float


def run_witness(
    films: Sequence[Path],
    output: Path,
    *,
    before: Sequence[Path] = (),
    frames: int = 250,
    cache: Path | None = None,
) -> list[Witnessed]:
    """Tracks the dubs; writes ``witness.md``, ``witness.json`` and, with `before`, a strip of each pair into `output`.

    Args:
        films: dubs with English sound.
        output: made if it is not there.
        before: the same dubs with the same sound, made differently, in the same order.
        frames: how many of each at most.
        cache: folder of face analyses; the user's by default.

    Raises:
        SettingsError: not as many before as now, or a film shows no face or has no sound.
    """
    if before and len(before) != len(films):
        raise SettingsError(
            f"{len(films)} dubs and {len(before)} to compare them with make no pairs.",
            hint="Give as many of each, in the same order.",
        )
    output.mkdir(parents=True, exist_ok=True)
    rows: list[Witnessed] = []
    for number, path in enumerate(films):
        dub = open_clip(path, shape_model(), frames, cache)
        if dub.voice is None:
            raise SettingsError(f"{path.name} has no sound that its lips could follow.")
        phones = recognise_phones(dub.voice)
        earlier = open_clip(before[number], shape_model(), frames, cache) if before else None
        rows.append(
            Witnessed(
                path.stem,
                _followed(dub, phones),
                float("nan") if earlier is None else _followed(earlier, phones),
            )
        )
        if earlier is not None:
            count = min(dub.film.frame_count, earlier.film.frame_count)
            draw_strip(
                output / f"{path.stem}.jpg",
                {"before": _pictures(earlier, count), "now": _pictures(dub, count)},
                dub.film.track.landmarks[:count],
                dub.clock[:count],
                phones,
                max(count // 2 - 14, 0),
            )
        (output / "witness.md").write_text(table(rows), encoding="utf-8")
        (output / "witness.json").write_text(
            json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8"
        )
    return rows


def _followed(clip: LipClip, phones: Sequence[TimedPhone]) -> float:
    return parted(clip.seen.shown[:, MEASURES.index("opening")], clip.clock, phones)


def _pictures(clip: LipClip, count: int) -> list[np.ndarray]:
    return [clip.film.rgb(frame) for frame in range(count)]


def table(rows: Sequence[Witnessed]) -> str:
    """Markdown: each dub, the means, and in how many the mouth follows the phones better than before."""
    now, before = (np.array([getattr(row, name) for row in rows]) for name in ("now", "before"))
    lines = ["| dub | before | now |", "|---|---:|---:|"]
    lines += [f"| {row.film} | {row.before:.2f} | {row.now:.2f} |" for row in rows]
    both = np.isfinite(now) & np.isfinite(before)
    means = [values[both].mean() if both.any() else float("nan") for values in (before, now)]
    lines.append(f"| **mean of {int(both.sum())} with both** | {means[0]:.3f} | {means[1]:.3f} |")
    better, same = (int(np.sum(is_so[both])) for is_so in (now > before, now == before))
    lines.append(f"\nBetter than before in {better}, the same in {same} of {int(both.sum())}.")
    return "\n".join(lines) + "\n"
