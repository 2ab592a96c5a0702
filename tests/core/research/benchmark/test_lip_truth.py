import numpy as np
import pytest

from core.base.errors import SettingsError
from core.motion.shape import shape_model
from core.research.benchmark.lip_engines import ENGINES
from core.research.benchmark.lip_truth import run_truth, truth_rows, truth_table
from core.research.benchmark.lips import run_lips
from core.research.corpus.clips import HeadActor


@pytest.fixture(scope="module")
def head():
    actor = HeadActor(3, size=128, max_yaw=10)
    return actor.play(0, 14)


def test_dubbing_a_head_with_its_own_words_is_nearer_to_them_than_doing_nothing_elsewhere(head):
    other = type(head)(
        **{name: getattr(head, name) for name in head.__slots__} | {"frames": head.frames[::-1]}
    )
    engines = {"own-mouth": lambda motion: ENGINES["own-mouth"](motion, None)}
    same, pictures = truth_rows(head, head, engines, shape_model())["own-mouth"]
    assert pictures.shape == head.frames.shape
    assert same.film_lips == same.film_skin == 0
    assert same.lips < 6
    wrong = truth_rows(head, other, engines, shape_model())["own-mouth"][0]
    assert wrong.film_lips > 0
    assert np.isfinite(wrong.seam)
    assert "| own-mouth |" in truth_table([("own-mouth", same)])


def test_engines_and_pairs_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(SettingsError, match="no engine “magic”"):
        run_truth([1], tmp_path, engines=["magic"])
    with pytest.raises(SettingsError, match="make no pairs"):
        run_lips([tmp_path / "a.mp4"], [], tmp_path, pairs=True)
