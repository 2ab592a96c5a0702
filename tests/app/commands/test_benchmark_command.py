"""``unisync benchmark engines`` as users run it, with toy weights."""

import shutil

import pytest

from app.main import main
from core.base.models import user_data_dir
from core.engine import measuring
from tests.core.foreign_generators.toys import write_musetalk
from tests.talking import cut_dub, cut_film

pytestmark = pytest.mark.slow

HEAD = "| engine | s for a second of film | as a draft | processor s | frames a second | memory | where | figures from |"


@pytest.fixture
def clip(tmp_path, monkeypatch):
    """A film and a voice, and a folder of models of this test's own."""
    shutil.copytree(user_data_dir() / "models", tmp_path / "home" / "models")
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))
    return str(cut_film(tmp_path / "film.mp4", 12)), str(cut_dub(tmp_path / "dub.flac", 0.4))


def test_engines_are_measured_beside_each_other(clip, tmp_path, capsys):
    toy = write_musetalk(tmp_path / "toy")
    install = ["models", "install", "musetalk-1.5", "--from", str(toy), "--other-weights", "--size", "64"]
    assert main([*install, "--accept-licence"]) == 0
    capsys.readouterr()
    assert (
        main(
            [
                "benchmark",
                "engines",
                *clip,
                "--engines",
                "own-mouth",
                "hybrid",
                "musetalk-1.5",
                "--device",
                "cpu",
            ]
        )
        == 0
    )
    head, _, *rows = capsys.readouterr().out.splitlines()
    assert head == HEAD
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert [row[0] for row in cells] == ["own-mouth", "hybrid", "musetalk-1.5"]
    for row in cells:
        seconds, draft, processor, rate = map(float, row[1:5])
        assert seconds > 0
        assert draft > 0
        assert processor > 0
        assert rate == pytest.approx(25 / seconds, rel=0.02)
        assert float(row[5].removesuffix(" GB")) >= 0.1
        assert row[6].startswith("cpu")
    assert cells[0][7] == "this film"
    assert cells[2][7] == "its own weights"
    assert cells[2][1] == cells[2][2]  # one pass, whatever is asked


def test_what_cannot_be_dubbed_is_refused_before_anything_is_measured(clip, capsys):
    film, voice = clip
    assert main(["benchmark", "engines", voice, film]) == 2
    assert "has no picture" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["benchmark", "engines", film, voice, "--engines", "wav2lip"])


def test_an_engine_too_large_for_the_memory_is_reckoned(monkeypatch):
    """In the engine process's own function, for the command runs it in another one."""
    monkeypatch.setattr(measuring, "free_memory", lambda: 10**9)
    row = measuring.published("latentsync-1.6", "cpu")
    assert row.how == "reckoned from one kernel: not enough memory"
    assert row.final > row.draft > 1
    assert row.memory > 2.7e9  # its weights alone in half precision
