"""``unisync words`` with a whole Whisper that was never trained: what comes out is nonsense, in its place and form."""

import json

import numpy as np
import pytest

from app.main import main
from core.model_store import store
from core.speech.voice_activity import speech_segments
from core.speech.words import WordReader
from tests.core.speech.tiny_whisper import LANGUAGES, write_tiny_whisper
from tests.talking import SAMPLES

FILM = SAMPLES / "sample.mp4"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return write_tiny_whisper(tmp_path_factory.mktemp("whisper"))


@pytest.fixture
def installed(published, tmp_path, monkeypatch):
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))
    command = ["models", "install", "whisper-base", "--from", str(published), "--other-weights"]
    assert main([*command, "--accept-licence"]) == 0
    return store.model_folder("whisper-base")


def test_words_come_in_order_within_the_sound_and_in_its_language(installed, tmp_path, capsys):
    out = tmp_path / "words.json"
    assert main(["words", str(FILM), "-o", str(out)]) == 0
    found = json.loads(out.read_text("utf-8"))

    assert found["language"] in LANGUAGES
    times = [(word["start"], word["end"]) for word in found["words"]]
    assert times
    assert times == sorted(times)
    assert all(0 <= start <= end <= 60 for start, end in times)
    capsys.readouterr()
    assert main(["words", str(FILM), "--language", "de"]) == 0
    assert json.loads(capsys.readouterr().out)["language"] == "de"


def test_without_the_model_one_sentence_says_how_to_get_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path))
    assert main(["words", str(FILM), "-o", str(tmp_path / "words.json")]) == 2
    said = capsys.readouterr().err
    assert "is not installed" in said
    assert "unisync models install whisper-base" in said
    assert not (tmp_path / "words.json").exists()


def test_a_language_whisper_does_not_know_and_a_damaged_model_are_refused(installed, capsys):
    assert main(["words", str(FILM), "--language", "tlh"]) == 2
    assert "It knows ar, de, en" in capsys.readouterr().err
    weights = installed / "model.safetensors"
    weights.write_bytes(bytes(weights.stat().st_size))
    assert main(["words", str(FILM)]) == 2
    assert "models install whisper-base” again" in capsys.readouterr().err


def test_silence_has_no_words_and_words_keep_out_of_pauses(published):
    reader = WordReader(published)
    assert reader.read(np.zeros(32000, np.float32)).words == ()
    rng = np.random.default_rng(0)
    burst = (
        0.3 * np.sin(np.arange(24000) * 2 * np.pi * 180 / 16000) * (1 + rng.normal(0, 0.3, 24000))
    ).astype(np.float32)
    voice = np.concatenate([np.zeros(48000, np.float32), burst, np.zeros(64000, np.float32), burst])
    spans = [(float(s.range.start) - 0.16, float(s.range.end) + 0.16) for s in speech_segments(voice)]
    shares = []

    words = reader.read(voice, on_progress=shares.append).words

    assert words
    assert all(any(low <= word.start <= word.end <= high for low, high in spans) for word in words)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert len(shares) == 3
