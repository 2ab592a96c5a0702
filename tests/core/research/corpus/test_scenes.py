import itertools

import numpy as np
import pytest

from core.research.corpus.scenes import NOBODY, draw_shots, make_scene, tracks_of
from tests import needs

pytestmark = [needs.voices, pytest.mark.slow]


@pytest.fixture(scope="module")
def scene(offscreen_opengl):
    return make_scene(3, 40, people=2, height=54, mutter=False)


def test_one_person_speaks_at_a_time_and_only_their_mouth_moves(scene):
    assert set(scene.speaks) <= {NOBODY, 0, 1}
    assert (scene.speaks != NOBODY).sum() > 10
    opening = scene.visemes[:, :, 1]
    speaker = int(np.bincount(scene.speaks[scene.speaks != NOBODY]).argmax())
    during = scene.speaks == speaker
    assert opening[speaker, during].max() > 0.2
    assert opening[1 - speaker, during].mean() < 0.25 * opening[speaker, during].mean()
    assert len(scene.voice) == 40 / 25 * 16000
    assert np.abs(scene.voice).max() > 0.01


def test_shots_cover_the_scene_and_only_their_cast_is_shown(scene):
    assert scene.shots[0].first == 0
    assert scene.shots[-1].stop == len(scene.frames)
    for before, after in itertools.pairwise(scene.shots):
        assert before.stop == after.first
    for shot in scene.shots:
        for person in range(2):
            seen = np.isfinite(scene.landmarks[person, shot.first : shot.stop]).all(axis=(1, 2))
            assert (seen == (person in shot.cast)).all()


def test_tracks_lie_inside_one_shot_and_say_who_is_heard(scene):
    tracks = tracks_of(scene)
    assert tracks
    for found in tracks:
        shot = scene.shots[found.track.shot]
        assert shot.first <= found.track.first_frame
        assert found.track.end_frame <= shot.stop
        rows = slice(found.track.first_frame, found.track.end_frame)
        assert np.array_equal(found.speaks, scene.speaks[rows] == found.person)
        assert np.isfinite(found.track.landmarks).all()
        assert np.abs(found.track.pose[:, 0]).max() < 75


def test_every_framing_comes_and_neighbouring_shots_differ():
    shots = draw_shots(3000, 3, np.random.default_rng(0))
    assert {shot.framing for shot in shots} == {"all", "small", "single", "close", "edge"}
    for before, after in itertools.pairwise(shots):
        assert (before.framing, before.cast) != (after.framing, after.cast)
        assert after.stop - after.first >= 12
