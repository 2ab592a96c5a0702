from fractions import Fraction

import cv2
import numpy as np

from core.faces.shots import ShotFinder


def scenery(seed, size=(192, 108)):
    small = np.random.default_rng(seed).integers(0, 256, (7, 12, 3)).astype(np.uint8)
    return cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)


def shots_of(pictures):
    finder = ShotFinder(Fraction(25))
    hints = [n for n, picture in enumerate(pictures) if finder.add(picture)]
    return finder.finish(), hints


def mix(a, b, share):
    return np.rint(a * (1 - share) + b * share).astype(np.uint8)


def test_one_take_is_one_shot():
    shots, hints = shots_of([scenery(1)] * 40)
    assert [(s.first_frame, s.end_frame, s.opening) for s in shots] == [(0, 40, "start")]
    assert hints == []


def test_cuts_are_found_to_the_frame_and_hinted_at_once():
    shots, hints = shots_of([scenery(1)] * 20 + [scenery(2)] * 25 + [scenery(3)] * 15)
    assert [(s.first_frame, s.end_frame, s.opening) for s in shots] == [
        (0, 20, "start"),
        (20, 45, "cut"),
        (45, 60, "cut"),
    ]
    assert hints == [20, 45]


def test_a_dissolve_is_one_border_in_its_middle():
    a, b = scenery(1), scenery(2)
    pictures = [a] * 25 + [mix(a, b, (k + 1) / 19) for k in range(18)] + [b] * 25
    shots, _ = shots_of(pictures)
    assert [s.opening for s in shots] == ["start", "dissolve"]
    assert abs(shots[1].first_frame - 34) <= 2


def test_a_fade_through_black_is_a_border():
    a, b, black = scenery(1), scenery(2), np.zeros_like(scenery(1))
    fade = [mix(a, black, k / 12) for k in range(13)] + [mix(black, b, k / 12) for k in range(1, 13)]
    shots, _ = shots_of([a] * 20 + fade + [b] * 20)
    assert len(shots) in (2, 3)
    assert 20 < shots[1].first_frame < 45


def test_a_pan_is_no_dissolve():
    wide = scenery(4, (900, 108))
    shots, _ = shots_of([np.ascontiguousarray(wide[:, 3 * n : 3 * n + 192]) for n in range(100)])
    assert len(shots) == 1


def test_a_lamp_being_dimmed_is_no_dissolve():
    a = scenery(5)
    pictures = [mix(a * 0.0, a, 1 - 0.5 * min(max((n - 20) / 20, 0), 1)) for n in range(60)]
    shots, _ = shots_of(pictures)
    assert len(shots) == 1
