import numpy as np
import pytest

from core.base.errors import MediaError
from core.research.corpus.build import rendered_item
from core.research.corpus.frame_cache import FrameCache
from core.research.corpus.store import write_shard
from tests.core.research.corpus.test_corpus_pairs import clip

pytest.importorskip("webdataset")


def test_samples_are_the_clips_frames_with_their_own_sound(tmp_path):
    clips = [clip(name, name[0], frames=frames) for name, frames in (("a0", 9), ("b0", 4), ("c0", 7))]
    write_shard(tmp_path / "toy-0000.tar", [(one, rendered_item(one)) for one in clips])
    cached = FrameCache(tmp_path, tmp_path / "cache")
    assert len(cached) == 5 + 0 + 3
    names = [cached[i].clip for i in range(len(cached))]
    assert names == ["a0"] * 5 + ["c0"] * 3
    sample = cached[6]
    assert sample.frames.shape == (5, 16, 16, 3)
    assert np.abs(sample.frames.astype(int) - clips[2].frames[1:6]).mean() < 4  # H.264
    assert sample.voice.shape == (3200,)
    with pytest.raises(IndexError):
        cached[len(cached)]
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()}
    again = FrameCache(tmp_path, tmp_path / "cache")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()} == files
    assert np.array_equal(again[6].frames, sample.frames)


def test_a_split_is_kept_to_and_an_empty_folder_refused(tmp_path):
    clips = [clip(f"{i}0", f"person {i}", frames=6) for i in range(12)]
    write_shard(tmp_path / "toy-0000.tar", [(one, rendered_item(one)) for one in clips])
    parts = [FrameCache(tmp_path, tmp_path / "cache", split=split) for split in ("train", "val", "test")]
    assert sum(len(part) for part in parts) == 24
    assert 0 < len(parts[0]) < 24
    with pytest.raises(MediaError, match="holds no corpus"):
        FrameCache(tmp_path / "cache", tmp_path / "other")
