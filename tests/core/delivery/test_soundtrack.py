import wave
from fractions import Fraction

import numpy as np
import pytest

from core.base.errors import MediaError
from core.base.timing import TimeRange
from core.delivery.soundtrack import Soundtrack
from core.planning.sound_parts import SoundPart


def write_wav(path, samples, rate):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


@pytest.fixture
def dub(tmp_path):
    noise = np.random.default_rng(0).integers(-30000, 30000, (48000, 2))
    return write_wav(tmp_path / "dub.wav", noise, 48000), noise.astype(np.int16)


@pytest.fixture
def film_sound(tmp_path):
    tone = 10000 * np.sin(2 * np.pi * 440 * np.arange(3 * 44100) / 44100)
    return write_wav(tmp_path / "film.wav", tone[:, None], 44100)


def span(start, end):
    return TimeRange(Fraction(start), Fraction(end))


def heard(soundtrack):
    return np.concatenate(list(soundtrack.blocks()))


def test_a_dub_alone_passes_bit_for_bit_and_silence_fills_the_rest(dub):
    path, samples = dub
    track = Soundtrack([SoundPart(span(1, 4), path)], path)
    sound = heard(track)
    assert (track.rate, track.layout, track.bits) == (48000, "stereo", 16)
    assert len(sound) == 4 * 48000
    assert (sound[48000:96000] == samples).all()
    assert not sound[:48000].any()
    assert not sound[96000:].any()


def test_an_offset_begins_inside_the_recording(dub):
    path, samples = dub
    sound = heard(Soundtrack([SoundPart(span(0, "1/4"), path, Fraction(1, 2))], path))
    assert (sound == samples[24000:36000]).all()


def test_the_films_own_sound_around_a_dub_is_fitted_to_the_dubs_rate_and_layout(dub, film_sound):
    path, samples = dub
    parts = [
        SoundPart(span(0, 1), film_sound, fades=True),
        SoundPart(span(1, 2), path),
        SoundPart(span(2, 3), film_sound, Fraction(2), fades=True),
    ]
    sound = heard(Soundtrack(parts, path))
    assert sound.shape == (3 * 48000, 2)
    assert np.allclose(sound[48000:96000], samples / 32768, atol=1e-6)
    middle = sound[12000:36000, 0]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert abs(np.argmax(spectrum) * 48000 / len(middle) - 440) < 3
    assert abs(np.abs(middle).max() - 10000 / 32768) < 0.01
    assert abs(sound[0]).max() < 0.01  # faded in
    assert abs(sound[47999]).max() < 0.01  # and out


def test_gain_is_applied(dub):
    path, samples = dub
    sound = heard(Soundtrack([SoundPart(span(0, 1), path, gain=0.5)], path))
    assert np.allclose(sound, samples / 65536, atol=1e-6)


def test_a_file_without_sound_is_refused(tmp_path):
    path = tmp_path / "text.wav"
    path.write_text("no sound")
    with pytest.raises(MediaError):
        Soundtrack([SoundPart(span(0, 1), path)], path)
