"""The curve of a training: a CSV file that grows by a row at a time and goes on after a resume."""

import csv
from collections.abc import Mapping
from pathlib import Path


def append_row(curve: Path, row: Mapping[str, object]) -> None:
    """Adds `row` to the file `curve`, which begins with the names of its columns."""
    is_new = not curve.is_file()
    with curve.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if is_new:
            writer.writeheader()
        writer.writerow(row)
