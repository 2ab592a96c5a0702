from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.motion.shape import MEASURES, shape_model
from core.motion.viseme import TimedViseme, Viseme
from core.research.benchmark.motion import (
    MotionRow,
    clip_figures,
    run_motion,
    still_predictor,
    table,
    with_noise,
    write_rows,
)
from core.research.training.motion.real_speech import RealClip
from core.research.training.motion.timing import FILMS_AHEAD_S

SHAPES = shape_model()
TIMES = np.arange(100) / 25


def clip() -> RealClip:
    """A mouth that opens and closes three times a second while a buzz sounds."""
    coefs = np.outer(np.maximum(2 * np.sin(2 * np.pi * 1.5 * TIMES) + 0.5, 0), np.eye(SHAPES.size)[0])
    from core.motion.shape import measures

    local = SHAPES.decode(coefs)
    person = SHAPES.person_range_of_local(local, np.ones(100))
    time = np.arange(64000) / 16000
    voice = (0.1 * sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 20))).astype(np.float32)
    voice[::16000] = 0
    voice *= (0.55 + 0.45 * np.sin(2 * np.pi * 4 * time)).astype(np.float32)
    voice[-8000:] = 0
    return RealClip(
        "single__x__0",
        "single",
        True,
        voice,
        TIMES,
        person.apply(coefs),
        measures(local),
        np.ones(100, bool),
        person,
    )


CLIP = clip()
TRUE = CLIP.shown[:, [MEASURES.index(name) for name in ("opening", "width", "rounding")]]


def test_the_truth_scores_perfectly():
    figures = clip_figures(TRUE, CLIP, (), TIMES)
    assert figures["opening"] == pytest.approx(1)
    assert figures["closed_recall"] == 1
    assert figures["closed_false"] == 0
    assert figures["velocity"] == pytest.approx(1)
    assert figures["acceleration"] == pytest.approx(1)
    assert np.isnan(figures["bilabial_recall"])


def test_faults_are_seen():
    halved = TRUE.copy()
    halved[:, 0] = TRUE[:, 0].mean() + 0.5 * (TRUE[:, 0] - TRUE[:, 0].mean())
    figures = clip_figures(halved, CLIP, (), TIMES)
    assert figures["opening"] == pytest.approx(1)
    assert figures["velocity"] == pytest.approx(0.5)
    parted = TRUE.copy()
    parted[:, 0] += 0.4 * (CLIP.range.high[0] - CLIP.range.low[0])
    figures = clip_figures(parted, CLIP, (), TIMES)
    assert figures["opening"] == pytest.approx(1)
    assert figures["closed_recall"] == 0
    shut = TRUE.copy()
    shut[:, 0] = CLIP.range.low[0]
    figures = clip_figures(shut, CLIP, (), TIMES)
    assert figures["closed_false"] == 1
    assert np.isnan(figures["opening"])


def test_phones_are_held_to_their_times():
    real = (TRUE[:, 0] - CLIP.range.low[0]) / (CLIP.range.high[0] - CLIP.range.low[0])
    shut, wide = float(TIMES[np.argmin(real)]), float(TIMES[np.argmax(real)])
    phones = (
        TimedViseme(Viseme.BILABIAL, shut - 0.03, shut + 0.03),
        TimedViseme(Viseme.BILABIAL, wide - 0.03, wide + 0.03),
        TimedViseme(Viseme.OPEN, wide - 0.06, wide + 0.06),
    )
    figures = clip_figures(TRUE, CLIP, phones, TIMES)
    assert figures["bilabial_recall"] == 0.5
    assert figures["vowel_closed"] == 0


def test_noise_has_the_asked_level_and_is_repeatable():
    noisy = with_noise(CLIP.voice, 10.0, seed=3)
    ratio = np.mean(CLIP.voice**2) / np.mean((noisy - CLIP.voice) ** 2)
    assert 10 * np.log10(ratio) == pytest.approx(10, abs=0.1)
    np.testing.assert_array_equal(noisy, with_noise(CLIP.voice, 10.0, seed=3))
    assert with_noise(CLIP.voice, None, 0) is CLIP.voice


def test_rows_per_set_and_condition_and_a_table(tmp_path: Path):
    truth = lambda clip, voice, times: TRUE  # noqa: E731
    rows = run_motion([CLIP], {"truth": truth, "still": still_predictor()}, offsets={}, snrs=(None, 5.0))
    assert [(row.predictor, row.condition) for row in rows] == [
        ("truth", "clean"),
        ("still", "clean"),
        ("truth", "5 dB"),
        ("still", "5 dB"),
    ]
    assert rows[0].figures["opening"] == 1
    assert "opening" not in rows[1].figures
    text = table(rows)
    assert text.count("\n") == 5
    assert "| truth | single | clean | 1 | 1.00 |" in text
    write_rows([MotionRow("a", "b", "clean", 1, {"opening": 0.5})], tmp_path / "out")
    assert "0.50" in (tmp_path / "out" / "motion.md").read_text()
    assert '"opening": 0.5' in (tmp_path / "out" / "motion.json").read_text()


def test_grid_counts_at_its_own_clock_and_as_a_film(monkeypatch):
    """A mouth as early as films' is off on GRID's clock, cuts its vowels, and is in step as a film."""
    early = lambda clip, voice, times: np.stack(  # noqa: E731
        [np.interp(times + FILMS_AHEAD_S, TIMES, curve) for curve in TRUE.T], axis=1
    )
    opened = (TRUE[:, 0] - CLIP.range.low[0]) / (CLIP.range.high[0] - CLIP.range.low[0]) > 0.25
    edges = np.flatnonzero(np.diff(opened.astype(int)))
    first = next(edge for edge in edges if not opened[edge])
    last = next(edge for edge in edges if edge > first)
    vowel = TimedViseme(Viseme.OPEN, float(TIMES[first + 1]), float(TIMES[last]))
    monkeypatch.setattr("core.research.benchmark.motion.phones_of", lambda clip: (vowel,))
    grid = replace(CLIP, name="grid__s4_x__0", group="grid")

    rows = {row.group: row.figures for row in run_motion([grid], {"early": early}, offsets={})}

    assert rows["grid:films"]["opening"] == pytest.approx(1)
    assert rows["grid"]["opening"] < 0.95
    assert (rows["grid"]["vowel_closed"], rows["grid:films"]["vowel_closed"]) == (1, 0)
