from dataclasses import replace

import numpy as np
import pytest

from core.base.content_hash import content_key
from core.base.errors import AppError
from core.lip_engine import LipChunk
from core.takes.chunk_cache import ChunkCache


def chunk(first, count, seed=0, size=16):
    rng = np.random.default_rng(seed)
    return LipChunk(
        first,
        rng.integers(0, 256, (count, size, size, 3), np.uint8),
        rng.normal(size=(count, 2, 3)).astype(np.float32),
        rng.normal(size=(count, 468, 2)).astype(np.float32),
        rng.random(count).astype(np.float32),
        rng.random(count) > 0.5,
    )


def test_a_chunk_comes_back_bit_for_bit(tmp_path):
    cache, made = ChunkCache(tmp_path), chunk(10, 3)
    cache.write("k" * 64, made)
    for n in range(3):
        frame = ChunkCache(tmp_path).frame("k" * 64, 10 + n)
        assert (frame.crop == made.crops[n]).all()
        assert (frame.affine == made.affines[n]).all()
        assert (frame.landmarks == made.landmarks[n]).all()
        assert frame.weight == made.weights[n]
        assert frame.synthesised == made.synthesised[n]


def test_resuming_starts_at_the_first_gap(tmp_path):
    cache = ChunkCache(tmp_path)
    for first in (0, 4, 12):
        cache.write("key", chunk(first, 4))
    assert cache.done_until("key", 0) == 8
    assert cache.done_until("key", 12) == 16
    assert cache.done_until("other", 5) == 5
    assert cache.frame("key", 9) is None


def test_synthesised_frames_are_counted_within_a_range(tmp_path):
    cache = ChunkCache(tmp_path)
    chunks = [chunk(first, 4, seed=first) for first in (4, 8)]
    for each in chunks:
        cache.write("key", each)
    made = np.concatenate([each.synthesised for each in chunks])
    assert cache.synthesised("key", range(4, 12)) == made.sum()
    assert cache.synthesised("key", range(6, 9)) == made[2:5].sum()
    assert cache.synthesised("other", range(4, 12)) == 0


def test_doubtful_stretches_and_steps_are_told_across_chunks(tmp_path):
    cache = ChunkCache(tmp_path)
    doubts = np.float32([0, 0.6, 0.9, 0.5, 0.7, 0.1, 0, 1])
    steps = np.uint8([0, 1, 1, 0, 3, 0, 0, 2])
    for first in (4, 8):
        part = slice(first - 4, first)
        cache.write("key", replace(chunk(first, 4), doubts=doubts[part], milder=steps[part]))
    assert cache.doubtful("key", range(4, 12)) == (range(5, 9), range(11, 12))
    assert cache.doubtful("key", range(6, 8)) == (range(6, 8),)
    assert cache.milder("key", range(4, 12)) == (4, 2, 1, 1, 0, 0)
    assert cache.milder("key", range(6, 9)) == (1, 1, 0, 1, 0, 0)
    np.testing.assert_array_equal(cache.chunk("key", 8).doubts, doubts[4:])


def test_an_engine_that_does_not_judge_itself_doubts_nothing(tmp_path):
    cache = ChunkCache(tmp_path)
    cache.write("key", chunk(0, 4))
    assert cache.doubtful("key", range(4)) == ()
    assert cache.milder("key", range(4)) == (4, 0, 0, 0, 0, 0)


def test_a_half_written_chunk_does_not_count(tmp_path):
    cache = ChunkCache(tmp_path)
    cache.write("key", chunk(0, 2))
    path = next(tmp_path.rglob("*.chunk"))
    path.rename(path.with_suffix(".part123"))
    assert cache.done_until("key", 0) == 0


def test_an_unwritable_cache_says_what_to_do(tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    with pytest.raises(AppError, match="cannot be written") as caught:
        ChunkCache(blocker).write("key", chunk(0, 1))
    assert caught.value.hint


def test_eviction_drops_the_longest_unused_and_keeps_what_is_pinned(tmp_path):
    cache = ChunkCache(tmp_path, budget_bytes=0)
    for key in ("aa1", "bb2"):
        cache.write(key, chunk(0, 1))
    assert cache.evict(keep=frozenset({"bb2"})) > 0
    assert cache.frame("bb2", 0) is not None
    assert ChunkCache(tmp_path).frame("aa1", 0) is None


def test_keys_do_not_depend_on_the_order_of_facts():
    assert content_key({"a": 1, "b": [2]}) == content_key({"b": [2], "a": 1})
    assert content_key({"a": 1}) != content_key({"a": 2})
