import pytest

from tests.ui.kill_editor import MOST_LOST_SECONDS, kill_once


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_window_loses_at_most_the_last_seconds(tmp_path, seed):
    assert kill_once(tmp_path, seed, autosave_seconds=1.0) <= MOST_LOST_SECONDS
