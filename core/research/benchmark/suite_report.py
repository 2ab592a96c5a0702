"""Tables and pictures of a suite: per condition and in total, and every failure with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np

from core.research.benchmark.lip_engines import OWN
from core.research.benchmark.lip_measures import LipFigures
from core.research.benchmark.lips import OWN_SOUND, UNCHANGED, mean_known, replace_text, shown, slug
from core.research.benchmark.success import natural_limits, reasons_of_failure
from core.research.benchmark.suite_cases import STYLISED, Case, Suite

# Figure → column and digits.
_COLUMNS: dict[str, tuple[str, int]] = {
    "sync": ("sync", 2),
    "offset_ms": ("offset ms", 0),
    "opening": ("opening", 2),
    "leak": ("leak", 2),
    "closure": ("closure", 2),
    "identity": ("identity", 2),
    "sharpness": ("sharpness", 2),
    "niqe": ("NIQE", 2),
    "ring_colour": ("ring colour", 1),
    "jitter": ("jitter", 2),
    "outside": ("outside", 2),
    "silence_open": ("LipLeak", 2),
    "silence_closed": ("silent closed", 2),
    "speech_range": ("speech range", 2),
}
_LABEL = 22  # pixels
_BEST = 6  # of the successes on the sheets of the best and the worst by the referee


@dataclass(frozen=True, slots=True)
class SuiteRow:
    """One engine on one clip.

    Attributes:
        clip, condition: of the list.
        engine: the row's name.
        figures: None where nothing could be made.
        reasons: why it is no success.
        is_placed: the mouth was placed by hand.
    """

    clip: str
    condition: str
    engine: str
    figures: LipFigures | None
    reasons: tuple[str, ...]
    is_placed: bool

    @classmethod
    def of(cls, case: Case, engine: str, found: LipFigures) -> Self:
        """The row of what was measured."""
        reasons = reasons_of_failure(found, natural_limits())
        return cls(case.name, case.condition, engine, found, reasons, case.placed is not None)

    @classmethod
    def failed(cls, case: Case, engine: str, reason: str) -> Self:
        """The row of an engine that made nothing."""
        return cls(case.name, case.condition, engine, None, (reason,), case.placed is not None)

    @classmethod
    def of_stored(cls, values: dict[str, Any]) -> Self:
        """A row from JSON, judged by the limits of this version; figures that are new since then are unknown."""
        if values["figures"] is not None:
            unknown = dict.fromkeys((field.name for field in fields(LipFigures)), float("nan"))
            values = values | {"figures": {k: values["figures"].get(k, v) for k, v in unknown.items()}}
        found = LipFigures(**values["figures"]) if values["figures"] is not None else None
        reasons = tuple(values["reasons"]) if found is None else reasons_of_failure(found, natural_limits())
        if found is not None:
            found = replace(found, success=float(not reasons))
        return cls(**values | {"figures": found, "reasons": reasons})


def write_report(suite: Suite, rows: Sequence[SuiteRow], folder: Path) -> None:
    """``report.md`` and the sheets of own-mouth's failures, best and worst in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    replace_text(folder / "report.md", report(suite, rows))
    made = [(row.figures.sync, row) for row in rows if row.engine == OWN and row.figures is not None]
    ranked = [row for _, row in sorted(made, key=lambda pair: -pair[0])]
    passed = [row for row in ranked if not row.reasons]
    _sheet(folder, "failures.jpg", [row for row in ranked if row.reasons])
    _sheet(folder, "best.jpg", passed[:_BEST])
    _sheet(folder, "worst.jpg", passed[_BEST:][-_BEST:])


def report(suite: Suite, rows: Sequence[SuiteRow]) -> str:
    """Markdown: all, each condition, and the failures."""
    engines = list(dict.fromkeys(row.engine for row in rows))
    clips = len({row.clip for row in rows})
    placed = len({row.clip for row in rows if row.is_placed})
    lines = [
        f"{clips} clips of “{suite}”, {placed} of them with the mouth placed by hand.\n\n",
        _head("engine"),
    ]
    lines += [_line(engine, [row for row in rows if row.engine == engine]) for engine in engines]
    lines += ["\nGeneration success rate, %.\n\n", _rate_head(engines)]
    lines += [_rates(name, rows, engines, conditions) for name, conditions in _groups(rows)]
    for engine in engines:
        if engine in (OWN_SOUND, UNCHANGED):
            continue
        lines += [f"\n{engine[:1].upper()}{engine[1:]}, by condition.\n\n", _head("condition")]
        mine = [row for row in rows if row.engine == engine]
        for condition in dict.fromkeys(row.condition for row in rows):
            lines.append(_line(condition, [row for row in mine if row.condition == condition]))
    lines += ["\nFailures.\n\n| clip | engine | reasons |\n|---|---|---|\n"]
    lines += [
        f"| {row.clip} | {row.engine} | {'; '.join(row.reasons)} |\n"
        for row in rows
        if row.reasons and row.engine not in (OWN_SOUND, UNCHANGED)
    ]
    return "".join(lines)


def _groups(rows: Sequence[SuiteRow]) -> list[tuple[str, set[str]]]:
    """Title and conditions of each line of the success table."""
    conditions = list(dict.fromkeys(row.condition for row in rows))
    groups = [(condition, {condition}) for condition in conditions]
    stylised = set(STYLISED) & set(conditions)
    if stylised:
        groups.append(("all stylised and non-human", stylised))
    return [*groups, ("**all**", set(conditions))]


def _rate_head(engines: Sequence[str]) -> str:
    names = [engine for engine in engines if engine != OWN_SOUND]
    return "| | clips | " + " | ".join(names) + " |\n|---|---:|" + "---:|" * len(names) + "\n"


def _rates(name: str, rows: Sequence[SuiteRow], engines: Sequence[str], conditions: set[str]) -> str:
    mine = [row for row in rows if row.condition in conditions]
    cells = []
    for engine in engines:
        if engine != OWN_SOUND:
            good = [not row.reasons for row in mine if row.engine == engine]
            cells.append(f"{100 * float(np.mean(good)):.0f}" if good else "–")
    return f"| {name} | {len({row.clip for row in mine})} | " + " | ".join(cells) + " |\n"


def _head(first: str) -> str:
    names = [title for title, _ in _COLUMNS.values()]
    return f"| {first} | " + " | ".join(names) + " | success % |\n|---|" + "---:|" * (len(names) + 1) + "\n"


def _line(title: str, rows: Sequence[SuiteRow]) -> str:
    known = [row.figures for row in rows if row.figures is not None]
    cells = [
        shown(mean_known([getattr(found, name) for found in known]), digits)
        for name, (_, digits) in _COLUMNS.items()
    ]
    if title != OWN_SOUND and rows:
        cells.append(f"{100 * float(np.mean([not row.reasons for row in rows])):.0f}")
    else:
        cells.append("–")
    return f"| {title} | " + " | ".join(cells) + " |\n"


def _sheet(folder: Path, name: str, rows: Sequence[SuiteRow]) -> None:
    """The strips of `rows` one below the other: film above, result below, the reasons over both."""
    parts = []
    for row in rows:
        picture = cv2.imread(str(folder / "sheets" / f"{row.clip}-{slug(row.engine)}.png"))
        if picture is None:
            continue
        label = np.full((_LABEL, picture.shape[1], 3), 32, np.uint8)
        text = f"{row.clip}: {'; '.join(row.reasons)}" if row.reasons else row.clip
        cv2.putText(label, text, (4, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (235, 235, 235), 1, cv2.LINE_AA)
        parts += [label, picture]
    if parts:
        cv2.imwrite(str(folder / name), np.vstack(parts), [cv2.IMWRITE_JPEG_QUALITY, 82])
    else:
        (folder / name).unlink(missing_ok=True)
