from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.face_geometry.pose import head_pose
from core.research.benchmark import scorer_offsets
from core.research.benchmark.scorer import embed_clip
from core.research.benchmark.scorer_conditions import REAL, dark, real_conditions, small, sound_conditions
from core.research.benchmark.scorer_curves import draw_curve_page
from core.research.benchmark.scorer_report import falls_in_p
from core.research.benchmark.scorer_scenes import Tally, real_conversations, side_by_side
from core.research.corpus.real import ClipTracker, frames_of
from core.research.training.scorer.clips import load_clips
from core.scorer.score import SyncScorer
from tests.prepared import write_prepared_clips

SAMPLE = Path(__file__).parents[4] / "resources" / "samples" / "sample.mp4"


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    return load_clips(write_prepared_clips(tmp_path_factory.mktemp("clips"), 4))


def test_sounds_are_spoiled_at_ten_decibels(clips):
    for name, spoil in sound_conditions().items():
        spoiled = spoil(clips[0], np.random.default_rng(0))
        own = clips[0].voice.astype(float)
        added = spoiled.voice.astype(float) - own
        assert abs(10 * np.log10(np.mean(own**2) / np.mean(added**2)) - 10) < 0.3, name


def test_pictures_are_spoiled():
    frames = np.full((3, 200, 200, 3), 180, np.uint8)

    assert dark(frames, np.zeros((3, 468, 3)), 0).mean() < 80
    assert small(frames, np.zeros((3, 468, 3)), 0).shape == (3, 144, 144, 3)


def test_spoiled_films_are_tracked_again_and_kept(tmp_path):
    pictures = []
    for _, picture in frames_of(SAMPLE):
        pictures.append(picture)
        if len(pictures) == 14:
            break
    tracker = ClipTracker()
    landmarks, roi = [], tracker._detector(pictures[0])[0]
    result = tracker._mesh.first(pictures[0], roi)
    landmarks = np.repeat(result.landmarks[None], 14, axis=0)
    random = np.random.default_rng(0)
    tracked = tmp_path / "single__sample__0.npz"
    np.savez(
        tracked, landmarks=landmarks, times=np.arange(14) / 25, frame_numbers=np.arange(14), quality=np.ones(14),
        pose=head_pose(landmarks), video_path=str(SAMPLE), person="x",
        audio=(random.normal(0, 3000, 16000) * (np.arange(16000) % 4000 > 400)).astype(np.int16),
    )  # fmt: skip

    found = real_conditions([tracked], tmp_path, tmp_path / "work")
    films = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "work").glob("*.mp4")}
    again = real_conditions([tracked], tmp_path, tmp_path / "work")

    assert set(found) == set(REAL)
    assert len(found["as it is"]) == 1
    assert found["low light"][0].crops[:].mean() < 0.6 * found["as it is"][0].crops[:].mean()
    assert len(again["360p"]) == 1
    assert films == {path.name: path.stat().st_mtime_ns for path in (tmp_path / "work").glob("*.mp4")}


def test_who_speaks_counts_and_the_page_is_drawn(clips, tmp_path):
    scorer = SyncScorer.load("B", threads=1)
    embedded = [embed_clip(scorer, clip) for clip in clips]

    tally = side_by_side(scorer, embedded)
    films = real_conversations(scorer, [replace(clips[0], name="film__0"), replace(clips[1], name="film__1"), clips[2]],
                               embedded)  # fmt: skip
    draw_curve_page(scorer, [replace(embedded[0]), embedded[1]], tmp_path / "page.png")

    assert set(films) == {"film"}
    assert 0 <= falls_in_p(scorer, embedded) <= 1
    assert tally.count == tally.right + tally.wrong + tally.nobody
    assert (tmp_path / "page.png").stat().st_size > 10_000


def test_a_tally_knows_right_from_wrong_and_nobody():
    tally = Tally()
    for said, truth in ((0, 0), (1, 0), (None, 0), (None, None)):
        tally.add(said, truth)

    assert (tally.right, tally.wrong, tally.nobody) == (2, 1, 1)
    assert str(tally).startswith("50 % of 4")


def test_offsets_both_scorers_agree_on_are_taken_away_and_others_left_out(tmp_path, monkeypatch):
    folder = write_prepared_clips(tmp_path, 3)
    found = iter([(80.0, 3.0), (100.0, 3.0), (0.0, 3.0), (200.0, 3.0), (40.0, 1.0), (40.0, 1.5)])
    monkeypatch.setattr(scorer_offsets, "estimated_offset", lambda clip: next(found))

    offsets = scorer_offsets.measure_offsets(folder)

    bias = np.mean([SyncScorer.load(which, threads=1).calibration.bias_ms for which in ("A", "B")])
    values = [offsets[name] for name in sorted(offsets)]
    assert abs(values[0] - (90 - bias)) < 0.2
    assert values[1:] == [None, None]
    (clip,) = load_clips(folder)
    assert abs(clip.times[0] - values[0] / 1000) < 1e-6
