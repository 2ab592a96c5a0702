"""What lies under a dub and how loud all of it is, through the command."""

import json
import subprocess
from fractions import Fraction

import numpy as np
import pytest

from app.main import main
from core.delivery.loudness import measure
from core.media.audio import AudioReader
from core.media.probe import probe
from tests.sample_array import SampleArray
from tests.talking import cut_dub, cut_film

FRAMES = 30
SECONDS = Fraction(FRAMES, 25)


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """A film, its dub of 1 s, music in stereo at 44.1 kHz, and the film without its sound."""
    import av

    folder = tmp_path_factory.mktemp("sound")
    film, dub, music = (
        cut_film(folder / "film.mkv", FRAMES),
        cut_dub(folder / "dub.flac", 1.0),
        folder / "music.wav",
    )
    t = np.arange(2 * 44100) / 44100
    wave = np.stack([0.05 * np.sin(2 * np.pi * 7000 * t), 0.05 * np.sin(2 * np.pi * 9000 * t)], 1)
    with av.open(str(music), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=44100)
        stream.layout = "stereo"
        frame = av.AudioFrame.from_ndarray(
            np.rint(wave * 32767).astype(np.int16).reshape(1, -1), "s16", "stereo"
        )
        frame.sample_rate = 44100
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    silent = folder / "silent.mkv"
    subprocess.run(["ffmpeg", "-v", "error", "-i", film, "-an", "-c", "copy", silent], check=True, timeout=300)
    return film, dub, music, silent


def dubbed(material, out, *options):
    """The report and (n, channels) float samples of the result."""
    film, dub, *_ = material
    report = out.with_suffix(".json")
    arguments = [
        "dub",
        str(film),
        "--audio",
        str(dub),
        "-o",
        str(out),
        "--report",
        str(report),
        "--preset",
        "draft",
    ]
    assert main([*arguments, "--export", "ffv1", *options]) == 0
    return json.loads(report.read_text("utf-8")), heard(out)


def heard(path, rate=None):
    with AudioReader(path) as reader:
        assert rate is None or reader.rate == rate
        return np.concatenate(list(reader.blocks(as_float=True)))


def level_of(samples, frequency, rate):
    """Amplitude of a sine in (n,) samples."""
    t = np.arange(len(samples)) / rate
    return 2 * np.abs(np.mean(samples * np.exp(-2j * np.pi * frequency * t)))


def test_music_lies_under_the_dub_at_its_gain_and_in_its_channels(material, tmp_path):
    alone = heard(dubbed(material, tmp_path / "alone.mkv")[0]["output"]["path"])
    report, mixed = dubbed(
        material, tmp_path / "mixed.mkv", "--background", str(material[2]), "--background-gain", "-6"
    )
    info = probe(tmp_path / "mixed.mkv")
    assert (info.audio[0].rate, info.audio[0].layout) == (44100, "stereo")
    second = mixed[:44100]
    assert level_of(second[:, 0], 7000, 44100) == pytest.approx(0.05 * 10 ** (-6 / 20), rel=0.05)
    assert level_of(second[:, 1], 9000, 44100) == pytest.approx(0.05 * 10 ** (-6 / 20), rel=0.05)
    voice = mixed.mean(axis=1)[:44100]
    import soxr

    own = soxr.resample(alone[:48000, 0], 48000, 44100)[: len(voice)]
    assert np.corrcoef(own, voice[: len(own)])[0, 1] > 0.7
    assert mixed.shape[0] == pytest.approx(float(SECONDS) * 44100, abs=2)
    assert np.abs(mixed[round(1.05 * 44100) :]).max() > 0.01  # goes on behind the dub's end
    assert report["output"]["loudness"] is None


def test_the_films_own_sound_is_kept_quieter_under_the_dub_alone(material, tmp_path):
    film = heard(material[0])[:, 0]
    _, without = dubbed(material, tmp_path / "a.mkv", "--duck", "60", "--range", "0.2-1.0")
    _, kept = dubbed(material, tmp_path / "b.mkv", "--duck", "12", "--range", "0.2-1.0")
    rate = 16000
    under = slice(round(0.25 * rate), round(0.95 * rate))
    difference = kept[under, 0] - without[under, 0]
    share = float(difference @ film[under] / (film[under] @ film[under]))
    assert share == pytest.approx(10 ** (-12 / 20) - 10 ** (-60 / 20), rel=0.02)
    outside = slice(0, round(0.19 * rate))
    assert np.allclose(kept[outside, 0], film[outside], atol=1e-3)


def test_loudness_is_brought_to_r128_and_told_and_measured_alone_changes_nothing(material, tmp_path, capsys):
    report, samples = dubbed(material, tmp_path / "ebu.mkv", "--loudness", "ebu")
    told = report["output"]["loudness"]
    measured = measure(SampleArray(samples, 48000))
    assert measured.lufs == pytest.approx(-23, abs=0.5)
    assert told["after"]["lufs"] == pytest.approx(measured.lufs, abs=0.1)
    assert told["rule"] == "ebu"
    assert "Loudness:" in capsys.readouterr().out
    plain = heard(dubbed(material, tmp_path / "plain.mkv")[0]["output"]["path"])
    report, same = dubbed(material, tmp_path / "measured.mkv", "--loudness", "measure")
    assert np.array_equal(same, plain)
    assert report["output"]["loudness"]["after"] is None
    assert report["output"]["loudness"]["before"]["lufs"] == told["before"]["lufs"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--duck", "99"], "--duck 99"),
        (["--background-gain", "3"], "has no --background"),
        (["--background", "DUB", "--background-gain", "99"], "--background-gain 99"),
        (["--background", "SILENT"], "has no sound"),
        (["--background", "NOWHERE"], "nowhere"),
        (["--background", "OUT"], "out"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(material, tmp_path, capsys, options, words):
    film, dub, *_ = material
    names = {
        "DUB": dub,
        "SILENT": material[3],
        "NOWHERE": tmp_path / "nowhere.wav",
        "OUT": tmp_path / "out.mkv",
    }
    options = [str(names.get(option, option)) for option in options]
    assert main(["dub", str(film), "--audio", str(dub), "-o", str(tmp_path / "out.mkv"), *options]) == 2
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_silent_film_has_nothing_to_be_lowered(material, tmp_path, capsys):
    arguments = [
        "dub",
        str(material[3]),
        "--audio",
        str(material[1]),
        "-o",
        str(tmp_path / "o.mkv"),
        "--duck",
        "12",
    ]
    assert main(arguments) == 2
    assert "no sound of its own" in capsys.readouterr().err
