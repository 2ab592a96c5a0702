import numpy as np
import pytest

from core.speech.mel import (
    FINE_MEL,
    WAV2LIP_MEL,
    MelSettings,
    frame_count,
    log_mel,
    mel_filters,
    mel_frames,
)

RNG = np.random.default_rng(0)
SETTINGS = pytest.mark.parametrize("settings", [WAV2LIP_MEL, FINE_MEL], ids=["wav2lip", "fine"])


@SETTINGS
@pytest.mark.parametrize("samples", [0, 1, 199, 200, 201, 16000, 16001])
def test_one_frame_per_hop_centred_within_the_sound(settings: MelSettings, samples: int):
    mel = log_mel(np.zeros(samples, np.float32), settings)
    assert mel.shape == (frame_count(samples, settings), 80)
    assert frame_count(samples, settings) == len(range(0, samples, settings.hop))
    assert (mel == -4).all()


@SETTINGS
def test_frames_asked_for_singly_equal_the_whole_and_are_silent_outside(settings: MelSettings):
    voice = RNG.normal(0, 0.1, 16000).astype(np.float32)
    whole = log_mel(voice, settings)
    np.testing.assert_allclose(mel_frames(voice, 20, 30, settings), whole[20:50], atol=2e-4)
    around = mel_frames(voice, -10, len(whole) + 20, settings)
    np.testing.assert_allclose(around[10:-10], whole, atol=2e-4)
    assert (around[:5] == -4).all()
    assert (around[-5:] == -4).all()


def test_click_is_seen_at_its_own_time():
    voice = np.zeros(16000, np.float32)
    voice[8000] = 1.0
    for settings in (WAV2LIP_MEL, FINE_MEL):
        assert log_mel(voice, settings).mean(1).argmax() == 8000 // settings.hop


def test_tone_lies_in_its_band():
    time = np.arange(16000) / 16000
    centres = mel_filters(WAV2LIP_MEL) @ np.linspace(0, 8000, 401) / mel_filters(WAV2LIP_MEL).sum(1)
    for hz in (300.0, 1000.0, 4000.0):
        loudest = log_mel(np.sin(2 * np.pi * hz * time).astype(np.float32))[40].argmax()
        assert abs(centres[loudest] - hz) < 0.06 * hz


def test_level_follows_decibels():
    voice = RNG.normal(0, 0.3, 16000).astype(np.float32)  # so loud that no band of a tenth reaches the floor
    difference = log_mel(voice)[20:60] - log_mel(voice / 10)[20:60]
    np.testing.assert_allclose(difference, 1.6, atol=1e-3)  # 20 dB of a 100 dB range spread over 8 units
