import dataclasses

import numpy as np
import pytest

from core.base.errors import ModelError
from core.base.models import model_files
from core.research.corpus.checks import HeadCheck, check_clip, summary
from core.research.corpus.visemes import PARAMETERS
from tests.core.faces.drawn_face import talking
from tests.core.research.corpus.made_clips import clip


def test_a_face_is_compared_with_its_ground_truth(tmp_path):
    try:
        model_files("face-mesh")
    except ModelError as error:
        pytest.skip(error.message)
    drawn = list(talking(12))
    openings = np.zeros((12, len(PARAMETERS)), np.float32)
    truth = np.stack([points for _, points in drawn]).astype(np.float32)
    pose = np.zeros((12, 3), np.float32)
    pose[9:, 0] = 60  # too far aside to count
    made = dataclasses.replace(
        clip("a0", "a", frames=12),
        frames=np.stack([picture for picture, _ in drawn]),
        landmarks=truth,
        visemes=openings,
        pose=pose,
        facts={"light": "soft"},
    )
    check, missed = check_clip(made, 1, tmp_path)
    assert check.frames == 9
    assert check.found + len(missed) == 9
    assert check.found > 0
    assert check.error < 0.2


def test_the_summary_counts_frames_and_takes_medians_over_people():
    line = summary([HeadCheck(1, "soft", 25, 25, 0.02, 0.9), HeadCheck(2, "dark", 25, 15, float("nan"), 1.0)])
    assert "80.0 %" in line
    assert "2.0 %" in line
    assert "0.95" in line
