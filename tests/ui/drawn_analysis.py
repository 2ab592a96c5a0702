"""A finished face analysis on disk, as the engine leaves it, of made-up faces."""

import json
from pathlib import Path

import numpy as np

from core.base.sealed import seal_folder
from core.faces.analysis import load_analysis


def write_analysis(folder: Path, people: dict[str, int], frames: int = 50, rate: float = 25.0) -> None:
    """`people`: analysis name → frames on screen from the film's start; each has a face of their own."""
    folder.mkdir(parents=True)
    rows = []
    for number, (person, seen) in enumerate(people.items()):
        arrays = {
            "boxes": np.tile(np.array([60 + 120 * number, 40, 140 + 120 * number, 140], np.float32), (seen, 1)),
            "landmarks": np.full((seen, 468, 3), 90, np.float32),
            "pose": np.zeros((seen, 3), np.float32),
            "quality": np.ones(seen, np.float32),
        }
        for name, values in arrays.items():
            np.save(folder / f"{number}.{name}.npy", values)
        rows.append({"id": number, "person": person, "shot": 0, "first_frame": 0})
    np.save(folder / "times.npy", np.arange(frames) / rate)
    facts = {
        "key": folder.name, "frame_count": frames, "width": 320, "height": 240, "backend": "drawn",
        "shots": [{"index": 0, "first_frame": 0, "end_frame": frames, "opening": "start"}], "tracks": rows,
    }  # fmt: skip
    (folder / "analysis.json").write_text(json.dumps(facts), encoding="utf-8")
    seal_folder(folder)
    load_analysis(folder)
