"""The peaks of a sound, as the timeline draws them: read once, kept, and found again."""

from pathlib import Path

import numpy as np
import pytest

from core.project.ids import MediaId
from core.project.media_facts import probe_media
from core.project.media_items import MediaItem
from tests.clips import ClipStore, click_times
from ui.jobs.media_reading import read_waveform


def medium(path: Path) -> MediaItem:
    found = probe_media(path)
    return MediaItem(MediaId("m1"), found.kind, path.name, str(path), found.facts, size=found.size, quick_hash=found.quick_hash)


@pytest.mark.parametrize("name", ["sound_wav", "cfr25", "mono44"])
def test_peaks_are_the_clicks(clips: ClipStore, tmp_path: Path, name: str) -> None:
    waveform = read_waveform(medium(clips(name)), tmp_path)
    assert len(waveform.high) / waveform.per_second == pytest.approx(2, abs=0.03)
    loud = np.flatnonzero(waveform.high > 0.5 * waveform.high.max()) / waveform.per_second
    assert all(np.abs(loud - click).min() <= 1 / waveform.per_second for click in click_times(2))
    assert all(np.abs(click_times(2) - peak).min() <= 2 / waveform.per_second for peak in loud)
    assert waveform.low.min() < 0 < waveform.high.max() <= 1.05


def test_a_waveform_is_read_once(clips: ClipStore, tmp_path: Path) -> None:
    film = tmp_path / "sound.wav"
    film.write_bytes(clips("sound_wav").read_bytes())
    sound = medium(film)
    first = read_waveform(sound, tmp_path / "cache")
    film.unlink()
    again = read_waveform(sound, tmp_path / "cache")
    assert np.array_equal(first.low, again.low)
    assert np.array_equal(first.high, again.high)
