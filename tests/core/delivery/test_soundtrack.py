import wave
from fractions import Fraction

import av
import numpy as np
import pytest

from core.base.errors import MediaError
from core.base.timing import TimeRange
from core.delivery.soundtrack import Soundtrack
from core.media.audio import channel_levels
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


def surround(path, rate=44100, seconds=4):
    """A film's sound in 5.1, each channel another noise."""
    noise = np.random.default_rng(1).integers(-9000, 9000, (seconds * rate, 6)).astype(np.int16)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=rate)
        stream.layout = "5.1"
        frame = av.AudioFrame.from_ndarray(noise.reshape(1, -1), "s16", "5.1")
        frame.sample_rate = rate
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path, noise


def test_outside_a_range_not_one_sample_of_the_films_sound_changes(tmp_path):
    film, noise = surround(tmp_path / "film.mkv")
    seconds = np.arange(16000 * 3) / 16000
    voice = write_wav(tmp_path / "voice.wav", 9000 * np.sin(2 * np.pi * 300 * seconds)[:, None], 16000)
    parts = [
        SoundPart(span(0, 1), film, blends=True),
        SoundPart(span(1, 2), voice, fades_out=True),
        SoundPart(span(2, 4), film, Fraction(2), blends=True),
    ]
    track = Soundtrack(parts, film)
    sound = heard(track)
    assert (track.rate, track.layout) == (44100, "5.1")
    assert sound.shape == (4 * 44100, 6)
    own = noise.astype(np.float32) / 32768
    assert (sound[:44100] == own[:44100]).all()
    assert (sound[88200:] == own[88200:]).all()
    inside = sound[44100 + 300 : 88200 - 300]
    assert abs(np.abs(inside[:, 2]).max() - 9000 / 32768) < 1e-3  # on the centre, as loud as it was
    assert not np.delete(inside, 2, axis=1).any()
    steps = np.abs(np.diff(sound[88200 - 400 : 88200, 2])).max()
    assert steps < 0.5  # the voice ends softly


@pytest.mark.parametrize(
    ("source", "target", "levels"),
    [
        ("mono", "stereo", [[1, 1]]),
        ("stereo", "mono", [[0.5], [0.5]]),
        ("stereo", "5.1", [[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0]]),
        ("5.1", "stereo", [[1, 0], [0, 1], [0.7071, 0.7071], [0, 0], [0.7071, 0], [0, 0.7071]]),
        ("5.1(side)", "5.1", np.eye(6)),
        ("mono", "7.1", [[0, 0, 1, 0, 0, 0, 0, 0]]),
    ],
)
def test_a_voice_finds_its_speakers(source, target, levels):
    assert np.allclose(channel_levels(source, target), levels)


def test_gain_is_applied(dub):
    path, samples = dub
    sound = heard(Soundtrack([SoundPart(span(0, 1), path, gain=0.5)], path))
    assert np.allclose(sound, samples / 65536, atol=1e-6)


def test_a_file_without_sound_is_refused(tmp_path):
    path = tmp_path / "text.wav"
    path.write_text("no sound")
    with pytest.raises(MediaError):
        Soundtrack([SoundPart(span(0, 1), path)], path)
