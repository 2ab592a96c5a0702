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
from core.research.training.motion.phone_rule import TimedPhone, recognise_phones, wanted_opening
from core.research.training.motion.validation import correlation

MOST_LAG_S = 0.12
"""Mouths are ahead of the sound, and people differ in how far."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """How a dub, and the one beside it, follow the phones; NaN where there is none beside it.

    Attributes:
        film: its name.
        now, before: `core.research.benchmark.phone_witness.parted`: open vowels against p, b and m.
        rule_now, rule_before: correlation of the opening with the one that a rule makes of the phones, at the lag within
            `MOST_LAG_S` that fits best.
    """

    film: str
    now: float
    before: float
    rule_now: float = float("nan")
    rule_before: float = float("nan")


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
        (now, rule_now), (was, rule_was) = (_followed(each, phones) for each in (dub, earlier))
        rows.append(Witnessed(path.stem, now, was, rule_now, rule_was))
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


def _followed(clip: LipClip | None, phones: Sequence[TimedPhone]) -> tuple[float, float]:
    if clip is None or not phones:
        return float("nan"), float("nan")
    opening = clip.seen.shown[:, MEASURES.index("opening")]
    lags = np.arange(-MOST_LAG_S, MOST_LAG_S + 0.001, 0.02)
    fits = [correlation(wanted_opening(phones, np.maximum(clip.clock + lag, 0)), opening) for lag in lags]
    return parted(opening, clip.clock, phones), float(np.max(fits))


def _pictures(clip: LipClip, count: int) -> list[np.ndarray]:
    return [clip.film.rgb(frame) for frame in range(count)]


def table(rows: Sequence[Witnessed]) -> str:
    """Markdown: each dub, the means, and in how many the mouth follows the phones better than before."""
    lines = [
        "| dub | vowels from closures: before | now | the rule's opening: before | now |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row.film} | {row.before:.2f} | {row.now:.2f} | {row.rule_before:.2f} | {row.rule_now:.2f} |"
        for row in rows
    ]
    said = []
    means: list[str] = []
    for what, names in (("vowels", ("before", "now")), ("rule", ("rule_before", "rule_now"))):
        before, now = (np.array([getattr(row, name) for row in rows]) for name in names)
        both = np.isfinite(now) & np.isfinite(before)
        means += [f"{values[both].mean():.3f}" if both.any() else "–" for values in (before, now)]
        better, same = (int(np.sum(is_so[both])) for is_so in (now > before, now == before))
        said.append(f"By the {what} better than before in {better}, the same in {same} of {int(both.sum())}.")
    lines.append(f"| **mean of those with both** | {' | '.join(means)} |")
    return "\n".join([*lines, "", *said]) + "\n"
