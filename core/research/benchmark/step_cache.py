"""Steps of a long benchmark that are not done twice: one file per step and per state of what it measures."""

import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class StepCache:
    """Results in `folder` (the benchmark's own, never somebody else's: they are pickles) of one `state`, e.g. a model's hash."""

    folder: Path
    state: str

    def __call__(self, step: str, make: Callable[[], Result]) -> Result:
        """What `make` returned for `step` the last time, or returns now."""
        word = "".join(letter if letter.isalnum() else "-" for letter in step)
        path = self.folder / f"{self.state}-{word}.pickle"
        if path.is_file():
            return pickle.loads(path.read_bytes())
        result = make()
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        partial.write_bytes(pickle.dumps(result))
        os.replace(partial, path)
        return result
