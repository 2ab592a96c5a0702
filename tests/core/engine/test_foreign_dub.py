"""A real face dubbed by published engines in toy sizes, from the command line: what the output must be."""

import contextlib
import io
import json
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from app.main import main
from core.base.models import user_data_dir
from core.compositing.settings import MaskSettings
from core.media.reader import VideoReader
from core.takes.chunk_cache import ChunkCache
from core.takes.compositor import Compositor
from core.takes.takes import TakeMaker
from tests.core.foreign_generators.conftest import toy_home  # noqa: F401  a fixture
from tests.talking import cut_dub, cut_film

pytestmark = pytest.mark.slow

FRAMES = 34


@pytest.fixture(scope="module")
def home(toy_home):  # noqa: F811
    """The toys' data folder, with the face models that every dub needs."""
    for path in (user_data_dir() / "models").iterdir():
        place = toy_home / "models" / path.name
        if not place.exists():
            place.symlink_to(path)
    return toy_home


@pytest.fixture(scope="module")
def talking(tmp_path_factory):
    folder = tmp_path_factory.mktemp("talking")
    return cut_film(folder / "film.mp4", FRAMES), cut_dub(folder / "dub.flac", FRAMES / 25)


def command(talking, output, engine, *more):
    film, voice = talking
    return [
        "dub", str(film), "--audio", str(voice), "-o", str(output), "--export", "ffv1",
        "--engine", engine, "--preset", "draft", "--report", str(output.with_suffix(".json")), *more,
    ]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def in_that_home(home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNISYNC_HOME", str(home))
        yield


def chunks(home):
    """Finished ones."""
    return [path for path in home.rglob("*.chunk") if not path.name.startswith(".")]


def planes(path):
    with VideoReader(path) as reader:
        frames = [
            np.concatenate([np.frombuffer(p, np.uint8) for p in d.frame.planes]) for d in reader.frames()
        ]
        return frames, [reader.index.time(n) for n in range(reader.frame_count)]


@pytest.fixture(scope="module")
def killed_and_done(talking, home, tmp_path_factory):
    """A dub that was killed with its first chunk made, and finished by the same command; and one in one go."""
    folder = tmp_path_factory.mktemp("dubs")
    made = {}
    line = command(talking, folder / "killed.mkv", "musetalk-1.5")
    process = subprocess.Popen([sys.executable, "-m", "app.main", *line], stderr=subprocess.DEVNULL)
    while not chunks(home):
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=300)
    made["kept"] = {path: path.stat().st_mtime_ns for path in chunks(home)}
    assert not (folder / "killed.mkv").exists()
    with contextlib.redirect_stderr(io.StringIO()) as told:
        assert main(line) == 0
    made["told"] = told.getvalue()
    made["stamps"] = {path: path.stat().st_mtime_ns for path in made["kept"]}
    made["killed"] = folder / "killed.mkv"
    for path in chunks(home):
        path.unlink()
    assert main(command(talking, folder / "whole.mkv", "musetalk-1.5")) == 0
    made["whole"] = folder / "whole.mkv"
    return made


def test_frames_and_times_are_the_films_and_the_mouth_is_another(talking, killed_and_done):
    (source, times), (result, result_times) = planes(talking[0]), planes(killed_and_done["whole"])
    assert len(result) == len(source) == FRAMES
    assert result_times == times
    assert sum((a != b).any() for a, b in zip(source, result, strict=True)) > FRAMES * 0.9
    report = json.loads(killed_and_done["whole"].with_suffix(".json").read_text())["segments"][0]
    assert report["engine"] == "musetalk-1.5"
    assert set(report["models"]) == {f"musetalk-1.5/{n}.safetensors" for n in ("unet", "vae", "whisper")}


def test_what_it_takes_here_is_told_before_anything_is_made(killed_and_done):
    told = killed_and_done["told"]
    sentence = re.search(
        r"MuseTalk 1\.5 will take about [\d.]+ (s|min|h) for each second of film on this computer", told
    )
    assert sentence is not None
    assert "GB of memory" in told
    assert sentence.start() < told.index("Making lips")


def test_after_a_kill_the_chunks_that_were_made_are_used_and_the_film_is_the_same(killed_and_done):
    assert killed_and_done["kept"]
    assert killed_and_done["stamps"] == killed_and_done["kept"]
    ours, wanted = planes(killed_and_done["killed"])[0], planes(killed_and_done["whole"])[0]
    assert all((a == b).all() for a, b in zip(ours, wanted, strict=True))


def test_outside_the_mask_no_pixel_changes(talking, killed_and_done, home):
    from fractions import Fraction

    from core.base.timing import TimeRange
    from core.jobs.cancel import CancelToken
    from core.lip_engine import LipSettings
    from core.planning.pieces import SegmentSpec
    from core.takes.film import open_film

    film = open_film(talking[0], CancelToken())
    span = TimeRange(Fraction(0), film.index.duration)
    spec = SegmentSpec(
        talking[0],
        talking[1],
        span,
        Fraction(0),
        "P1",
        engine="musetalk-1.5",
        lips=LipSettings(preset="draft"),
    )
    cache = ChunkCache(home / "cache" / "chunks")
    maker = TakeMaker(film, spec, cache, device="auto")
    assert cache.done_until(maker.pieces[0].key, 0) == FRAMES  # the command's own chunks
    compositor = Compositor(film.video, tuple(p.layer(MaskSettings()) for p in maker.pieces), cache)
    with VideoReader(talking[0]) as source, VideoReader(killed_and_done["whole"]) as result:
        for n, (a, b) in enumerate(zip(source.frames(), result.frames(), strict=True)):
            height, width = a.frame.height, a.frame.width
            luma = [f.frame.to_ndarray().ravel()[: height * width].reshape(height, width) for f in (a, b)]
            outside = compositor.mask(n) == 0
            assert outside.mean() > 0.6
            assert (luma[0][outside] == luma[1][outside]).all(), n
    maker.close()


def test_the_second_of_two_halves_is_what_the_whole_shows(talking, killed_and_done, tmp_path):
    """Cut in two in the timeline: away from the cut every pixel is the same."""
    half = tmp_path / "half.mkv"
    span = ["--range", "00:00:00.4-00:00:01.36", "--audio-start", "0"]
    assert main(command(talking, half, "musetalk-1.5", *span)) == 0
    half, whole = planes(half)[0], planes(killed_and_done["whole"])[0]
    source = planes(talking[0])[0]
    assert all((half[n] == source[n]).all() for n in range(10))
    changed = [np.abs(half[n].astype(int) - whole[n]).max() for n in range(22, FRAMES)]
    assert max(changed) <= 2


def test_latentsync_dubs_too(talking, tmp_path):
    span = ["--range", "00:00:00.0-00:00:00.4"]
    assert main(command(talking, tmp_path / "out.mkv", "latentsync-1.6", *span)) == 0
    source, result = planes(talking[0])[0], planes(tmp_path / "out.mkv")[0]
    assert len(result) == FRAMES
    assert any((a != b).any() for a, b in zip(source[:10], result[:10], strict=True))
    assert all((a == b).all() for a, b in zip(source[10:], result[10:], strict=True))
