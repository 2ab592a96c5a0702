"""Curves as a table for other programs: one row for each judged moment."""

import csv
import io
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from core.project.file import write_atomically
from core.project.model import Sequence
from core.project.timecodes import timecode
from ui.sync_graph.curve_lines import CurveLine

HEADINGS = ("timecode", "seconds", "curve", "person", "sync", "offset_ms")


@dataclass(frozen=True, slots=True, eq=False)
class CurveTable:
    """One curve over the timeline and what it is called."""

    name: str
    person: str
    line: CurveLine


def write_table(tables: list[CurveTable], sequence: Sequence, path: Path) -> None:
    """Writes CSV (UTF-8, commas); what is not known stays empty.

    Raises:
        ProjectError: the file cannot be written.
    """
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(HEADINGS)
    for table in tables:
        line = table.line
        for t, p, offset in zip(line.times.tolist(), line.p_sync.tolist(), line.offset_ms.tolist(), strict=True):
            at = Fraction(t).limit_denominator(1000)
            rows.writerow(
                (timecode(sequence, at), f"{t:.3f}", table.name, table.person, _known(p, 4), _known(offset, 1))
            )
    write_atomically(path, text.getvalue())


def _known(value: float, decimals: int) -> str:
    return "" if value != value else f"{value:.{decimals}f}"  # NaN is unequal to itself
