import numpy as np
import pytest

from core.scorer.segments import interpolated, mel_windows, nearest_rows, picture_times, point_windows


def test_pictures_of_a_segment_are_40_ms_apart_at_any_frame_rate():
    times = np.arange(60) / 29.97

    rows = nearest_rows(times, picture_times(np.array([1.0])))

    assert np.abs(times[rows] - (1.0 + np.arange(-2, 3) * 0.04)).max() <= 0.5 / 29.97 + 1e-9


def test_points_are_interpolated_between_frames():
    times = np.array([0.0, 0.1, 0.2])
    values = np.array([[0.0], [1.0], [4.0]])

    assert interpolated(times, values, np.array([0.05, 0.15, 9.0]))[:, 0].tolist() == pytest.approx(
        [0.5, 2.5, 4.0]
    )


def test_mel_window_is_centred_and_silent_outside_the_voice():
    mel = np.repeat(np.arange(160, dtype=np.float32)[:, None], 80, axis=1)

    windows = mel_windows(mel, np.array([1.0, -5.0]))

    assert windows.shape == (2, 1, 80, 16)
    assert windows[0, 0, 0].tolist() == pytest.approx(list(80 + np.arange(16) - 7.5))
    assert (windows[1] == -4.0).all()


def test_point_windows_have_one_channel_per_coordinate():
    points = np.zeros((10, 80, 3), np.float32)
    points[:, 7, 1] = np.arange(10)

    windows = point_windows(np.arange(10) * 0.04, points, np.array([0.16]))

    assert windows.shape == (1, 3, 80, 5)
    assert windows[0, 1, 7].tolist() == pytest.approx([2, 3, 4, 5, 6], abs=1e-4)
