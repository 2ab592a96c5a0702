import numpy as np
import pytest

from core.research.corpus.clips import Clip
from core.research.corpus.pairs import altered_pairs, arbitrary_pair, exact_pairs


def clip(
    clip_id: str, person: str, *, frames: int = 20, size: int = 16, pose_seed: int = 0, take: str = ""
) -> Clip:
    number = sum(map(ord, clip_id)) % 200
    return Clip(
        clip_id,
        person,
        "head",
        np.full((frames, size, size, 3), number, np.uint8)
        + np.arange(frames, dtype=np.uint8)[:, None, None, None],
        np.arange(frames) / 25,
        np.zeros((frames, 468, 3), np.float32),
        np.random.default_rng(pose_seed).normal(0, 1, (frames, 3)).astype(np.float32),
        np.zeros((frames, 11), np.float32),
        np.zeros((frames, size, size), np.uint8),
        np.zeros((frames, size, size), np.uint8),
        np.arange(frames * 640, dtype=np.float32),
        (),
        "",
        {"take": take},
    )


def test_exact_pairs_join_takes_of_one_person_with_one_pose_track():
    clips = [clip("a0", "a"), clip("a1", "a"), clip("b0", "b"), clip("c0", "c"), clip("c1", "c", pose_seed=1)]
    pairs = list(exact_pairs(clips))
    assert len(pairs) == 2
    assert np.array_equal(pairs[0].condition, clips[0].frames)
    assert np.array_equal(pairs[0].target, clips[1].frames)
    assert np.array_equal(pairs[0].voice, clips[1].voice)
    assert np.array_equal(pairs[1].target, clips[0].frames)


def test_altered_pairs_have_the_untouched_film_as_their_only_target():
    film = [clip(f"a{take}", "a", take=take) for take in ("0", "1", "shut", "true")]
    other = [clip("b0", "b", pose_seed=1, take="0"), clip("b1", "b", pose_seed=1, take="1")]
    pairs = list(altered_pairs([*other, *film, *other]))
    assert [pair.kind for pair in pairs] == ["altered"] * 3
    for pair, condition in zip(pairs, film[:3], strict=True):
        assert np.array_equal(pair.condition, condition.frames)
        assert np.array_equal(pair.target, film[3].frames)
    # What was really said has no known visemes, and a shut mouth no words: neither makes an exact pair.
    assert len(list(exact_pairs([*film, *other]))) == 4


def test_arbitrary_pairs_do_not_overlap_and_keep_the_targets_sound():
    source = clip("a0", "a", frames=30)
    for seed in range(20):
        pair = arbitrary_pair(source, 10, np.random.default_rng(seed))
        starts = [
            int(part[0, 0, 0, 0]) - int(source.frames[0, 0, 0, 0]) for part in (pair.condition, pair.target)
        ]
        assert abs(starts[0] - starts[1]) >= 10 or 5 < starts[0] < 15
        assert pair.voice[0] == starts[1] * 640
        assert len(pair.voice) == 6400


def test_a_clip_too_short_is_refused():
    with pytest.raises(ValueError, match="fewer than"):
        arbitrary_pair(clip("a0", "a", frames=4), 10, np.random.default_rng(0))
