import numpy as np
import pytest

from core.lip_engine import DOUBTFUL
from core.own_mouth.doubts import Strain, seam_of


def test_each_measure_alone_can_cast_the_doubt():
    assert Strain(1.0, 2.0).doubt(0.01, 0.01) < DOUBTFUL
    assert Strain(0.3, 2.0).doubt(0.01, 0.01) >= DOUBTFUL
    assert Strain(1.0, 30.0).doubt(0.01, 0.01) >= DOUBTFUL
    assert Strain(1.0, 2.0).doubt(0.2, 0.01) >= DOUBTFUL
    assert Strain(1.0, 2.0).doubt(0.01, -0.2) >= DOUBTFUL
    assert Strain(0.0, 500.0).doubt(9.0, 9.0) == 1.0


def test_a_seam_is_the_step_of_light_in_the_ring_and_grain_is_none():
    rng = np.random.default_rng(0)
    face = np.full((96, 96, 3), 120, np.float32)
    ring = np.zeros((96, 96), np.float32)
    ring[60:80] = 1
    grain = face + rng.normal(0, 8, (96, 96, 1)).astype(np.float32)
    assert seam_of(grain, face, ring) < 4
    brighter = face.copy()
    brighter[50:] += 20
    assert seam_of(brighter, face, ring) == pytest.approx(20, abs=1)
    elsewhere = face.copy()
    elsewhere[:40] += 20
    assert seam_of(elsewhere, face, ring) == pytest.approx(0, abs=1e-4)
