"""The whole way through the real window on a real clip: minutes, so only when asked for with UNISYNC_WHOLE_WAY=1."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MEDIA = ROOT.parent / "shared" / "media"
FILM, VOICE = MEDIA / "test" / "official_in_suit.mp4", MEDIA / "voices" / "fr_fayu.flac"
OWN_BLOCK_MS = 100


@pytest.mark.slow
@pytest.mark.media
@pytest.mark.skipif("UNISYNC_WHOLE_WAY" not in os.environ, reason="takes minutes; set UNISYNC_WHOLE_WAY=1")
def test_a_first_dub_from_drop_to_export_with_the_engine_killed_three_times(tmp_path):
    folder = tmp_path / "way"
    command = [sys.executable, "-m", "tests.ui.first_dub", "--compare", str(FILM), str(VOICE), str(folder)]
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=3600)
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads((folder / "report.json").read_text())
    assert [what for what, _ in report["engine_kills"]] == ["analysis", "take", "export"]
    assert report["longest_own_block_ms"] <= OWN_BLOCK_MS, report["worst"][:3]
    assert report["slider_pictures"] > 10
    compared = json.loads(done.stdout.splitlines()[-1])
    assert compared["compared_frames"] > 50
    assert compared["differing_frames"] == 0
