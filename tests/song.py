"""A song without a singer: sung vowels over chords and a drum, made of nothing but arithmetic."""

import numpy as np

RATE = 16000
_VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))  # formants, Hz
_BAND = 90  # width of a formant, Hz
_SCALE = (0, 2, 4, 5, 7, 9, 11, 12)  # semitones


def sung(seconds: float, seed: int, *, band: float = 0.3) -> np.ndarray:
    """(N,) float32 at 16 kHz: notes of 0.25 to 0.8 s with vibrato, one vowel each, and `band` times an accompaniment."""
    random = np.random.default_rng(seed)
    times = np.arange(round(seconds * RATE)) / RATE
    voice = np.zeros(len(times))
    start, base = 0.0, random.uniform(110, 220)
    while start < seconds:
        length = random.choice((0.25, 0.4, 0.5, 0.8))
        pitch = base * 2 ** (random.choice(_SCALE) / 12)
        formants = _VOWELS[random.integers(len(_VOWELS))]
        here = (times >= start) & (times < start + 0.92 * length)
        t = times[here] - start
        phase = 2 * np.pi * pitch * (t + 0.012 / 5.5 * np.sin(2 * np.pi * 5.5 * t))
        note = np.zeros(len(t))
        for harmonic in range(1, int(4000 / pitch)):
            frequency = harmonic * pitch
            gain = sum(1 / (1 + ((frequency - formant) / _BAND) ** 2) for formant in formants)
            note += gain / harmonic**0.5 * np.sin(harmonic * phase)
        voice[here] += note * np.minimum(t / 0.04, 1) * np.minimum((0.92 * length - t) / 0.06, 1)
        start += length
    music = np.zeros(len(times))
    for beat, at in enumerate(np.arange(0, seconds, 0.5)):
        since = times - at
        heard = (since >= 0) & (since < 0.5)
        root = base / 2 * 2 ** (_SCALE[(beat // 4 * 3) % 7] / 12)
        for step in (1, 1.26, 1.5):
            music[heard] += np.sin(2 * np.pi * root * step * since[heard]) * np.exp(-3 * since[heard])
        music[heard] += 0.6 * random.normal(size=int(heard.sum())) * np.exp(-40 * since[heard])
    song = voice / np.abs(voice).max() + band * music / np.abs(music).max()
    return (0.4 * song / np.abs(song).max()).astype(np.float32)
