import dataclasses
import json

import numpy as np
import pytest

from core.research.corpus.build import rendered_item
from core.research.corpus.scenes import Scene, Shot
from core.research.corpus.show import show_corpus
from core.research.corpus.splits import Item
from core.research.corpus.store import INDEX_NAME, write_json, write_shard
from tests.core.research.corpus.made_clips import clip

pytest.importorskip("webdataset")


def test_the_page_shows_every_family_licence_and_the_plots(tmp_path):
    real = dataclasses.replace(
        clip("r0", "r"),
        style="real",
        visemes=np.full((20, 11), np.nan, np.float32),
        facts={"offset_ms": 80.0, "eyes": 70.0, "light": "photograph", "language": "unknown"},
    )
    lines = write_shard(
        tmp_path / "toy-0000.tar",
        [(clip("a0", "a"), rendered_item(clip("a0", "a"))), (real, Item("r0", "r", "MIT", True))],
    )
    scene = Scene(
        "scene-1",
        ("a", "b"),
        np.full((8, 32, 64, 3), 90, np.uint8),
        (Shot(0, 8, "all", (0, 1)),),
        np.full((2, 8, 468, 3), 12, np.float32),
        np.zeros((2, 8, 11), np.float32),
        np.ones((2, 8), bool),
        np.zeros(8, np.int16),
        np.zeros(8 * 640, np.float32),
        (),
        {"light": "soft", "language": "mixed"},
    )
    lines += write_shard(tmp_path / "scenes-0000.tar", [(scene, Item("scene-1", "scene-1", "MIT", True))])
    write_json(tmp_path / INDEX_NAME, [json.loads(json.dumps(dataclasses.asdict(line))) for line in lines])
    page = show_corpus(tmp_path).read_text("utf-8")
    for name in ("sheet_head.jpg", "sheet_real.jpg", "sheet_scene.jpg", "statistics.png"):
        assert name in page
        assert (tmp_path / "show" / name).stat().st_size > 500
    assert "3 clips, 3 people" in page
    assert "MIT (2)" in page
