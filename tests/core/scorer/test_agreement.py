"""Expected and seen movement as vectors in the scorer's space."""

import numpy as np

from core.motion.motion import motion_model
from core.motion.shape import POSE_POINTS, SHAPE_POINTS
from core.scorer.agreement import REACH_FRAMES, beside, expected_movement, seen_movement
from core.scorer.curve import LAGS_S, lag_table
from core.scorer.embeddings import FaceEmbeddings, SpeechEmbeddings
from tests.core.motion.test_motion import babble

VOICE = babble(6.0)
TIMES = np.arange(150) / 25


def face_saying(voice: np.ndarray) -> np.ndarray:
    """The average face's landmarks as the motion network moves them."""
    model = motion_model()
    mesh = np.zeros((len(TIMES), 468, 3), np.float32)
    mesh[:, SHAPE_POINTS] = model.shapes.decode(model.predict(voice, TIMES).coefs)
    mesh[:, POSE_POINTS] = model.shapes.head
    return mesh * 100


def test_a_face_that_moves_as_expected_agrees_at_lag_zero_and_nowhere_as_much():
    seen, heard = seen_movement(face_saying(VOICE), TIMES, slice(None)), expected_movement(VOICE, 300)
    table = lag_table(
        FaceEmbeddings(0, TIMES, seen.astype(np.float16), np.zeros(len(TIMES), np.uint8)),
        SpeechEmbeddings(0.0, heard.astype(np.float16), np.ones(300, np.float32)),
    )[20:-20]
    means = np.nanmean(table, axis=0)
    assert abs(LAGS_S[means.argmax()]) <= 0.02
    assert means.max() > 2 * means[np.abs(LAGS_S) > 0.2].max()


def test_a_still_face_agrees_with_nothing():
    still = np.repeat(face_saying(VOICE)[:1], len(TIMES), axis=0)
    assert np.abs(seen_movement(still, TIMES, slice(None))).max() < 1e-3


def test_a_part_sees_what_lies_within_its_reach():
    face = face_saying(VOICE)
    whole = seen_movement(face, TIMES, slice(None))
    cut = slice(60 - REACH_FRAMES, 70 + REACH_FRAMES)
    part = seen_movement(face[cut], TIMES[cut], slice(REACH_FRAMES, REACH_FRAMES + 10))
    np.testing.assert_allclose(part, whole[60:70], atol=1e-5)


def test_weights_mix_both_products():
    rng = np.random.default_rng(0)
    a, b, c, d = (rng.normal(0, 1, (5, size)).astype(np.float32) for size in (8, 8, 3, 3))
    mixed = (beside(a, c, 0.25).astype(np.float32) * beside(b, d, 0.25)).sum(1)
    np.testing.assert_allclose(mixed, 0.75 * (a * b).sum(1) + 0.25 * (c * d).sum(1), atol=3e-2)
