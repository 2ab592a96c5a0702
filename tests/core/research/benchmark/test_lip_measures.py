import math
from dataclasses import replace

import numpy as np
import pytest

from core.face_geometry.canonical_face import canonical_face
from core.motion.shape import MEASURES
from core.research.benchmark.feasibility import choose_frames
from core.research.benchmark.lip_measures import (
    LipFigures,
    Seen,
    closure_recall,
    correlation,
    figures,
    flaps,
    jitter,
    lip_speed,
    seal,
)
from core.research.benchmark.lips import Row, table


def seen_with(opening, patches, gaps=None):
    shown = np.zeros((len(opening), len(MEASURES)))
    shown[:, 0] = opening
    gaps = np.asarray(opening) if gaps is None else gaps
    face = np.array([1.0, 0.0])
    return Seen(shown, patches, np.zeros((len(opening), 468, 3)), gaps, {0: face}, {0: 5.0})


@pytest.fixture
def talk():
    time = np.arange(120) / 25
    return 0.08 + 0.07 * np.sin(2 * np.pi * 2.1 * time), 0.08 + 0.07 * np.sin(2 * np.pi * 1.3 * time + 1)


@pytest.fixture
def patches():
    rng = np.random.default_rng(0)
    return np.repeat(rng.integers(60, 200, (1, 96, 96, 3), dtype=np.uint8), 120, axis=0)


def judged(got, wanted, old, patches, film_patches=None):
    film = seen_with(old, patches if film_patches is None else film_patches)
    asked = np.zeros((len(wanted), len(MEASURES)))
    asked[:, 0] = wanted
    everything = np.ones(len(wanted), bool)
    return figures(
        seen_with(got, patches), film, asked, everything, sync=(0.5, 0.0), synthesised=0.0, fps=1.0
    )


def test_lips_that_follow_the_wanted_motion_score_full_and_leak_nothing(talk, patches):
    wanted, old = talk
    row = judged(wanted, wanted, old, patches)
    assert row.opening == pytest.approx(1)
    assert row.leak == pytest.approx(0)
    assert row.closure == 1


def test_the_unchanged_film_leaks_wholly(talk, patches):
    wanted, old = talk
    row = judged(old, wanted, old, patches)
    assert row.opening == pytest.approx(correlation(old, wanted))
    assert row.leak == pytest.approx(1 - correlation(old, wanted))
    assert row.velocity == pytest.approx(1)


def test_lips_that_never_close_miss_every_closure(talk):
    wanted, old = talk
    assert closure_recall(np.maximum(wanted, 0.06), wanted, old) == 0
    assert math.isnan(closure_recall(wanted, np.full(120, 0.15), old - 0.2))


def test_trembling_pictures_show_as_flicker_and_blur_as_lost_sharpness(talk, patches):
    import cv2

    wanted, old = talk
    smooth = cv2.GaussianBlur(patches[0], (0, 0), 2)
    patches = np.repeat(smooth[None], 120, axis=0)
    moving = np.stack([np.roll(patch, n % 3, axis=1) for n, patch in enumerate(patches)])
    trembling = np.stack([np.roll(patch, 5 * (n % 2), axis=1) for n, patch in enumerate(patches)])
    blurred = np.stack([cv2.GaussianBlur(patch, (0, 0), 4) for patch in moving])
    assert judged(wanted, wanted, old, trembling, moving).flicker > 1.5
    assert judged(wanted, wanted, old, blurred, moving).sharpness < 0.6


def test_to_and_fro_is_jitter_and_steady_movement_is_not():
    ramp = np.tile(np.linspace(20, 200, 96).astype(np.uint8)[None, :, None], (96, 1, 3))
    steady = np.stack([np.clip(ramp.astype(int) + n, 0, 255).astype(np.uint8) for n in range(40)])
    trembling = np.stack(
        [np.clip(ramp.astype(int) + 6 * (n % 2), 0, 255).astype(np.uint8) for n in range(40)]
    )
    assert jitter(steady) < 0.5
    assert jitter(trembling) > 10


def test_a_change_of_skin_colour_is_measured_in_grey_levels(talk, patches):
    wanted, old = talk
    row = judged(wanted, wanted, old, patches + 7, patches)
    assert row.ring_colour == pytest.approx(7)


def test_the_trial_recipe_picks_open_frames_for_open_vowels():
    rng = np.random.default_rng(1)
    landmarks = np.repeat(rng.uniform(0, 100, (1, 468, 3)), 50, axis=0).astype(np.float32)
    landmarks[:, 33, :2], landmarks[:, 263, :2] = (0, 0), (100, 0)
    landmarks[:, 13, :2] = (50, 60)
    landmarks[:, 14, 0] = 50
    landmarks[:, 14, 1] = 60 + np.linspace(0, 20, 50)
    wanted = np.r_[np.zeros(8), np.ones(8)]
    chosen = choose_frames(landmarks, wanted, 0)
    assert landmarks[chosen[:4], 14, 1].max() < 65
    assert landmarks[chosen[-4:], 14, 1].min() > 75


def test_the_table_means_over_clips_and_leaves_unknown_values_out():
    numbers = dict.fromkeys(LipFigures.__slots__, 0.5)
    rows = [
        Row("a", "v", "own-mouth", LipFigures(**{**numbers, "closure": 1.0})),
        Row("b", "v", "own-mouth", LipFigures(**{**numbers, "closure": math.nan})),
    ]
    mean_line = next(line for line in table(rows).splitlines() if line.startswith("| own-mouth |"))
    assert "1.00" in mean_line
    assert "nan" not in mean_line


def test_lips_between_which_teeth_show_are_not_sealed(talk, patches):
    wanted, old = talk
    contact = (wanted < 0.02).astype(float)
    film, shut = seen_with(old, patches), seen_with(wanted, patches)
    toothy = seen_with(wanted, patches, gaps=np.maximum(wanted, 0.07))
    everything = np.ones(120, bool)
    assert seal(shut, film, contact, everything) == 1
    assert seal(toothy, film, contact, everything) == 0
    assert math.isnan(seal(shut, seen_with(old, patches, gaps=-old), contact, everything))
    assert math.isnan(seal(shut, film, 0 * contact, everything))


def test_movement_is_not_compared_with_a_film_whose_mouth_never_speaks(patches):
    wanted = 0.05 + 0.05 * np.sin(np.arange(120) / 3)
    still = judged(wanted, wanted, np.full(120, 0.03), patches)
    assert all(math.isnan(getattr(still, name)) for name in ("velocity", "jitter", "spikes", "speech_range"))
    assert still.opening == pytest.approx(1)
    assert still.sharpness == pytest.approx(1)
    assert not math.isnan(judged(wanted, wanted, wanted[::-1], patches).velocity)


def test_an_inside_that_changes_more_than_the_films_is_told(talk):
    opening, _ = talk
    rng = np.random.default_rng(1)
    film = seen_with(opening, rng.integers(80, 100, (120, 96, 96, 3), dtype=np.uint8), np.full(120, 0.1))
    film = replace(film, insides=np.ones((120, 96, 96), bool))
    restless = replace(film, patches=(film.patches - 80) * 2 + 80)
    asked = np.repeat(opening[:, None], len(MEASURES), axis=1)
    row = figures(restless, film, asked, np.ones(120, bool), sync=(0.5, 0.0), synthesised=0.0, fps=1.0)
    assert (row.inside, row.inside_jumps) == (pytest.approx(2, abs=0.05), pytest.approx(2, abs=0.05))


def test_openings_of_a_single_frame_are_counted():
    opening = np.zeros(100)
    opening[[10, 30, 31, 60]] = 0.1
    assert flaps(opening, 0.0, 0.1) == 2
    assert flaps(np.full(100, 0.1), 0.0, 0.1) == 0


def test_a_head_that_moves_moves_no_lip_and_a_lip_that_moves_does():
    face = canonical_face().points * 100
    head = face[None] + np.arange(20)[:, None, None] * np.array([3.0, 1.0, 0.0])
    assert lip_speed(head) == pytest.approx(0, abs=1e-5)
    twitching = head.copy()
    twitching[::2, [0, 37, 267, 61, 291], 1] -= 4
    assert lip_speed(twitching) == pytest.approx(0.04, rel=0.05)
    assert math.isnan(lip_speed(np.zeros((5, 468, 3))))
