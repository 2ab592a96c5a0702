"""Windows killed while keyframes, strokes, pins, mouths, sound and lines are edited.

Two kills here; `UNISYNC_KILLS=20` in the environment asks for as many as that.
"""

import os

import pytest

from tests.ui.kill_editor import MOST_LOST_SECONDS, kill_once

KILLS = int(os.environ.get("UNISYNC_KILLS", "2"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, KILLS + 1))
def test_a_killed_window_loses_at_most_the_last_seconds(tmp_path, seed):
    assert kill_once(tmp_path, seed, autosave_seconds=1.0) <= MOST_LOST_SECONDS
