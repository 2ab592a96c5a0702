"""Films dubbed with their own sound, against their true mouths."""

import json

import cv2
import numpy as np
import pytest

from app.main import main
from core.lip_engine import LipRequest
from core.motion.shape import MEASURES, shape_model
from core.research.benchmark.lip_clips import open_clip
from core.research.benchmark.own_sound import compared, stretches, with_its_own_sound
from tests.talking import cut_film

FRAMES = 90


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return cut_film(tmp_path_factory.mktemp("film") / "film.mkv", FRAMES)


def test_stretches_cover_everything_once():
    for count in (3, 40, 90, 251):
        parts = stretches(count, 25.0)
        assert [frame for part in parts for frame in part] == list(range(count))
        assert len(parts) == max(round(count / 62.5), 2)


def test_no_frame_near_a_stretch_may_lend_its_mouth(film, tmp_path):
    clip = open_clip(film, shape_model(), FRAMES, tmp_path)
    asked: list[LipRequest] = []

    class Nothing:
        def render(self, request, start):
            asked.append(request)
            return iter(())

    with_its_own_sound(clip, lambda motion, recipe: Nothing())

    assert len({request.frames for request in asked}) == len(asked) > 1
    for request in asked:
        usable = request.library[0].quality > 0
        near = np.zeros(clip.film.frame_count, bool)
        near[max(request.frames.start - 12, 0) : request.frames.stop + 12] = True
        assert not usable[near].any()
        assert usable[~near].any()
        np.testing.assert_array_equal(request.track.quality, clip.film.track.quality)


def test_figures_find_the_lag_and_tell_a_copy_from_a_still_mouth():
    rng = np.random.default_rng(0)
    true = np.cumsum(rng.normal(0, 0.1, (120, len(MEASURES))), axis=0)
    same = compared(true, true, 25.0)
    assert (same.opening, same.lag, same.closed, same.false) == (pytest.approx(1), 0, 1, 0)
    assert same.velocity == pytest.approx(1)
    late = compared(np.roll(true, 3, axis=0), true, 25.0)
    assert late.lag == 3
    assert late.opening > 0.99 > late.in_place
    small = compared(true * 0.5, true, 25.0)
    assert small.opening == pytest.approx(1)
    assert small.velocity == pytest.approx(0.5, abs=0.01)


def test_the_command_needs_no_voices_and_writes_tables(film, tmp_path, capsys):
    assert main(["lab", "benchmark", "lips", "--clips", str(film), "--reconstruct", "--frames", str(FRAMES),
                 "--cache", str(tmp_path / "cache"), "-o", str(tmp_path / "out")]) == 0  # fmt: skip
    (row,) = json.loads((tmp_path / "out" / "own-sound.json").read_text())
    assert row["engine"] == "own-mouth"
    assert -1 <= row["opening"] <= 1
    assert 0 <= row["phones"] <= 1
    assert 0 <= row["phones_true"] <= 1
    assert cv2.imread(str(tmp_path / "out" / f"{film.stem}.jpg")).shape[0] == 2 * 132 + 26
    assert "| own-mouth |" in capsys.readouterr().out
    assert "own sound" in (tmp_path / "out" / "own-sound.md").read_text()
    assert main(["lab", "benchmark", "lips", "--clips", str(film), "-o", str(tmp_path / "x")]) == 2


def test_a_film_too_short_to_lend_is_refused_instead_of_left_as_it_was(film, tmp_path, capsys):
    assert main(["lab", "benchmark", "lips", "--clips", str(film), "--reconstruct", "--frames", "24",
                 "--cache", str(tmp_path / "cache"), "-o", str(tmp_path / "out")]) == 2  # fmt: skip
    assert "too short" in capsys.readouterr().err
    assert not (tmp_path / "out" / "own-sound.json").exists()
