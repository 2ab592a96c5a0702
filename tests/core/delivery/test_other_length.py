"""Films of another length, frame by frame, by the numbers drawn in them."""

from fractions import Fraction as F

import numpy as np
import pytest

from core.base.errors import SettingsError
from core.engine.runner import Engine
from core.jobs.cancel import CancelToken
from core.jobs.events import JobId
from core.jobs.results import FilmWritten
from core.media.audio import AudioReader
from core.media.probe import probe, scan
from core.media.reader import VideoReader
from core.planning.requests import LengthRequest
from core.takes.chunk_cache import ChunkCache
from tests.clips import number_in


@pytest.fixture
def write(tmp_path):
    def run(film, rule, duration, name="out.mkv"):
        output = tmp_path / name
        engine = Engine(ChunkCache(tmp_path / "chunks"))
        *_, last = engine.run(LengthRequest(film, output, F(duration), rule, "ffv1"), JobId("x"), CancelToken())
        assert isinstance(last, FilmWritten)
        return output

    return run


def seen(path):
    """The number in each frame, and when each is shown."""
    with VideoReader(path) as reader:
        numbers = [number_in(reader.rgb(n)) for n in range(reader.frame_count)]
        return numbers, [reader.index.time(n) for n in range(reader.frame_count)]


@pytest.mark.parametrize("name", ["cfr25", "cfr2997"])
@pytest.mark.parametrize("rule", ["hold", "loop", "pingpong"])
def test_each_frame_after_the_end_is_the_one_asked_for(clips, write, name, rule):
    film = clips(name)
    _, index = scan(film)
    count, frame = len(index), index.duration / len(index)
    more = 2 * count + 5
    numbers, times = seen(write(film, rule, index.duration + more * frame))
    own = list(range(count))
    assert numbers[:count] == own
    after = {
        "hold": [count - 1] * more,
        "loop": (own * 3)[:more],
        "pingpong": [*own[-2::-1], *own[1:], *own[-2::-1]][:more],
    }[rule]
    assert numbers[count:] == after
    assert all(abs(t - n * frame) < F(1, 1000) for n, t in enumerate(times))


def test_frames_of_a_variable_rate_keep_how_long_they_are_seen(clips, write):
    film = clips("vfr")
    _, index = scan(film)
    lasts = np.diff([*(float(index.time(n)) for n in range(len(index))), float(index.duration)])
    numbers, times = seen(write(film, "pingpong", index.duration * 2))
    shown = np.diff([float(t) for t in times])
    assert numbers[: len(index)] == list(range(len(index)))
    assert numbers[len(index) : len(index) + 3] == [len(index) - 2, len(index) - 3, len(index) - 4]
    assert np.allclose(shown, lasts[numbers[:-1]], atol=2e-3)


def test_a_film_is_cut_off_before_the_first_frame_that_begins_later(clips, write):
    numbers, _ = seen(write(clips("cfr25"), "cut", "0.41"))
    assert numbers == list(range(11))


def test_the_films_own_sound_ends_in_silence(clips, write):
    film = clips("cfr25")
    own = probe(film).audio[0]
    path = write(film, "loop", own.duration + 1)
    with AudioReader(path) as reader:
        sound = np.concatenate(list(reader.blocks(as_float=True)))
        rate = reader.rate
    with AudioReader(film) as reader:
        before = np.concatenate(list(reader.blocks(as_float=True)))
    assert len(sound) == pytest.approx(float(own.duration + 1) * rate, abs=2)
    assert np.abs(sound[: len(before) - rate // 100] - before[: len(before) - rate // 100]).max() < 1e-3
    assert not np.any(sound[len(before) + rate // 100 :])


def test_what_cannot_be_is_refused(clips, write, tmp_path):
    with pytest.raises(SettingsError, match="cannot be made"):
        write(clips("cfr25"), "cut", 1000)
    assert not list(tmp_path.glob("out*"))
