"""Lines made longer and shorter: the length is exact, the pitch stays."""

from fractions import Fraction as F

import av
import numpy as np
import pytest

from core.base.errors import SettingsError
from core.base.timing import TimeRange
from core.media.alignment import align
from core.media.audio import AudioReader
from core.media.stretch import stretch_sound

RATE = 48000


def tone(path, hertz=440.0, seconds=2.0):
    wave = 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)
    stereo = np.stack([wave, 0.5 * wave], axis=1)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=RATE)
        stream.layout = "stereo"
        values = np.rint(stereo * 32767).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(values, "s16", "stereo")
        frame.sample_rate = RATE
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def samples(path):
    with AudioReader(path) as reader:
        return np.concatenate(list(reader.blocks(as_float=True)))


def pitch(wave):
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    return float(np.fft.rfftfreq(len(wave), 1 / RATE)[spectrum.argmax()])


@pytest.mark.parametrize("tempo", [F(10, 11), F(1), F(11, 10)])
def test_a_line_gets_its_length_and_keeps_its_pitch_and_channels(tmp_path, tempo):
    source, target = tone(tmp_path / "tone.wav"), tmp_path / "stretched.wav"
    stretch_sound(source, target, TimeRange(F(1, 2), F(3, 2)), tempo)
    made = samples(target)
    assert made.shape == (round(RATE / tempo), 2)
    middle = made[RATE // 4 : -RATE // 4]
    assert pitch(middle[:, 0]) == pytest.approx(440, abs=4)
    assert np.abs(middle[:, 1]).max() == pytest.approx(0.25, abs=0.05)
    assert np.abs(middle[:, 0]).max() == pytest.approx(0.5, abs=0.08)


def test_more_than_fifteen_percent_is_refused_and_nothing_written(tmp_path):
    with pytest.raises(SettingsError, match="cannot be spoken"):
        stretch_sound(tone(tmp_path / "t.wav"), tmp_path / "o.wav", TimeRange(F(0), F(1)), F(13, 10))
    assert not (tmp_path / "o.wav").exists()


def words(pattern):
    random = np.random.default_rng(1)
    level = np.repeat([float(c) for c in pattern], 1600)
    return (level * random.normal(0, 0.1, len(level))).astype(np.float32)


def test_a_line_is_put_where_the_films_own_voice_is_loud():
    line = words("0110010111")
    film = np.concatenate([words("0000000"), words("0220020222"), words("0000000000000")])
    found = align(line, film, 1.0)
    assert found.later == pytest.approx(-0.3, abs=0.02)
    assert found.likeness > 0.8


def test_silence_and_noise_tell_nothing():
    line = words("0110010111")
    assert align(line, np.zeros(len(line) + 32000, np.float32), 1.0) is None
    assert align(np.zeros_like(line), words("1" * 30), 1.0) is None
