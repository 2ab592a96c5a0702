"""A job's progress in the terminal."""

import sys
from collections.abc import Generator
from typing import TypeVar

from tqdm import tqdm

from core.jobs.events import Event, Progress

T = TypeVar("T")
STAGES = {
    "faces": "Finding faces",
    "lips": "Making lips",
    "score": "Scoring",
    "export": "Writing the film",
    "fetch": "Fetching",
    "check": "Checking",
    "convert": "Converting",
}


def show_progress(events: Generator[Event, None, T]) -> T:
    """Runs `events` to its end, showing a bar with time left per stage; returns what it returns."""
    bar: tqdm | None = None
    stage = ""
    try:
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                return end.value
            if not isinstance(event, Progress):
                continue
            if event.stage != stage or event.done < (bar.n if bar is not None else 0):
                if bar is not None:
                    bar.close()
                stage = event.stage
                bar = tqdm(
                    total=event.total,
                    desc=STAGES.get(stage, stage),
                    file=sys.stderr,
                    disable=not sys.stderr.isatty(),
                    initial=event.done,
                )
            elif bar is not None:
                bar.update(event.done - bar.n)
    finally:
        if bar is not None:
            bar.close()
