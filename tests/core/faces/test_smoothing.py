import numpy as np

from core.face_geometry.canonical_face import canonical_face
from core.faces import smoothing
from core.faces.smoothing import adaptive_smooth, noise_level, smooth_landmarks
from tests.core.faces.drawn_face import face_points


def test_straight_lines_and_parabolas_pass_unchanged():
    t = np.arange(40.0)[:, None, None]
    values = np.concatenate([3 + 0.5 * t, 0.02 * t**2 - t], axis=2)
    assert np.allclose(adaptive_smooth(values, (5, 9, 17)), values, atol=1e-9)


def test_noise_level_is_that_of_the_noise_not_of_the_motion():
    generator = np.random.default_rng(0)
    t = np.arange(400.0)
    values = (20 * np.sin(t / 12) + generator.normal(0, 0.3, 400))[:, None, None]
    assert abs(noise_level(values)[0, 0] - 0.3) < 0.06


def test_noise_falls_and_nothing_comes_late():
    generator = np.random.default_rng(1)
    t = np.arange(300.0)
    truth = (8 * np.sin(t / 8))[:, None, None]
    noisy = truth + generator.normal(0, 0.4, truth.shape)
    smooth = adaptive_smooth(noisy, smoothing.RIGID_WINDOWS)
    assert np.std(smooth - truth) < 0.75 * np.std(noisy - truth)
    speed = np.gradient(truth[:, 0, 0])
    lag = -((smooth - truth)[:, 0, 0] @ speed) / (speed @ speed)
    assert abs(lag) < 0.03


def test_a_quick_closure_keeps_its_depth():
    generator = np.random.default_rng(2)
    opening = np.full(60, 10.0)
    opening[30:32] = 0.0  # two frames: a short “b” at 25 frames a second
    noisy = opening + generator.normal(0, 0.2, 60)
    smooth = adaptive_smooth(noisy[:, None, None], smoothing.LIP_WINDOWS)[:, 0, 0]
    assert smooth[30:32].max() < 1.0
    assert np.delete(smooth, [28, 29, 30, 31, 32, 33]).min() > 9.0


def test_a_trembling_head_is_steadied_and_stays_in_place():
    generator = np.random.default_rng(3)
    truth = np.stack(
        [face_points((300 + 4 * np.sin(n / 10), 200), 90, yaw=8 * np.sin(n / 15)) for n in range(80)]
    )
    noisy = (truth + generator.normal(0, 0.4, truth.shape)).astype(np.float32)
    smooth = smooth_landmarks(noisy)
    before, after = np.diff(noisy - truth, axis=0).std(), np.diff(smooth - truth, axis=0).std()
    assert after < 0.5 * before
    assert np.abs((smooth - truth).mean(axis=(0, 1))).max() < 0.05


def test_long_tracks_are_the_same_when_worked_on_in_blocks(monkeypatch):
    generator = np.random.default_rng(4)
    track = np.stack([face_points((300 + n, 200), 90) for n in range(120)])
    track = (track + generator.normal(0, 0.3, track.shape)).astype(np.float32)
    whole = smooth_landmarks(track, template=canonical_face().points)
    monkeypatch.setattr(smoothing, "BLOCK", 50)
    blocks = smooth_landmarks(track, template=canonical_face().points)
    # Noise is estimated per block, so a few points choose another window: they differ by less than the noise itself.
    assert np.quantile(np.abs(whole - blocks), 0.999) < 0.3
    assert np.abs(whole - blocks).mean() < 0.03


def test_the_shortest_tracks_come_back_as_they_are():
    track = np.stack([face_points((300, 200), 90)] * 3).astype(np.float32)
    assert np.array_equal(smooth_landmarks(track), track)
