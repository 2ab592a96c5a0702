from dataclasses import replace

import numpy as np
import pytest

from core.delivery.report import CurveFacts
from core.research.training.scorer.calibrate import CalibrationPair, belonging_set, fit_belonging, sureness
from core.scorer.curve import (
    LAGS_S,
    Calibration,
    best_lag,
    blurred,
    drift_of,
    gather,
    lag_table,
    load_calibration,
    save_calibration,
    sync_curve,
)
from core.scorer.embeddings import SPEECH_RATE, WHY_UNKNOWN, FaceEmbeddings, SpeechEmbeddings

CALIBRATION = Calibration(context_s=0.4, lag_blur_s=0.0, weights=(0.0, 10.0, 10.0), bias=-1.0, sharpness=20.0)


def _talk(seconds=12.0, late=0.0, rate=25.0, drift_ms_per_min=0.0, seed=0):
    """A face and a voice that share random smooth features; the sound is `late` seconds late."""
    random = np.random.default_rng(seed)
    knots = random.random((int(seconds * 10) + 40, 64)).astype(np.float32)

    def features(times):
        position = np.clip(times * 10 + 10, 0, len(knots) - 2)
        low = position.astype(int)
        part = (position - low)[:, None]
        values = knots[low] * (1 - part) + knots[low + 1] * part
        return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float16)

    times = np.arange(int(seconds * rate)) / rate
    sound_times = np.arange(int(seconds * SPEECH_RATE)) / SPEECH_RATE
    true_times = sound_times - late - drift_ms_per_min / 60000.0 * sound_times
    faces = FaceEmbeddings(0, times, features(times), np.zeros(len(times), np.uint8))
    return faces, SpeechEmbeddings(0.0, features(true_times), np.ones(len(sound_times), np.float32))


@pytest.mark.parametrize("rate", [23.976, 25.0, 29.97, 50.0])
@pytest.mark.parametrize("late", [0.0, 0.12, -0.2])
def test_offset_is_found_at_any_frame_rate_and_positive_when_sound_is_late(late, rate):
    curve = sync_curve(*_talk(late=late, rate=rate), CALIBRATION)

    assert curve.offset_ms == pytest.approx(late * 1000, abs=12)
    assert curve.offset_confidence > 0.8
    assert all(abs(item.offset_ms - late * 1000) < 25 for item in curve.offsets)


def test_in_sync_shifted_and_strange_voices_are_told_apart():
    fit = sync_curve(*_talk(), CALIBRATION)
    late = sync_curve(*_talk(late=0.2), CALIBRATION)
    stranger = sync_curve(_talk()[0], _talk(seed=5)[1], CALIBRATION)

    assert fit.mean > 0.7 > 0.4 > late.mean
    assert fit.share_above_half > 0.9
    assert stranger.mean < 0.4
    assert stranger.offset_confidence < 0.5
    assert "may not belong" in stranger.sentence()
    assert late.sentence() == "The sound is 200 ms late."
    assert np.isfinite(fit.p[5:-5]).all()


def test_silence_profiles_and_lost_faces_are_unknown_and_named():
    faces, speech = _talk()
    reasons = faces.reasons.copy()
    reasons[50:60] = WHY_UNKNOWN.index("profile")
    reasons[60:70] = WHY_UNKNOWN.index("no face")
    speaks = speech.speaks.copy()
    speaks[300:350] = 0.0  # 6 … 7 s

    curve = sync_curve(
        FaceEmbeddings(0, faces.times, faces.vectors, reasons),
        SpeechEmbeddings(0.0, speech.vectors, speaks),
        CALIBRATION,
    )

    assert set(curve.why_unknown[50:60]) == {"profile"}
    assert set(curve.why_unknown[60:70]) == {"no face"}
    assert set(curve.why_unknown[151:174]) == {"silence"}
    assert np.isnan(curve.p[50:70]).all()
    assert np.isnan(curve.p[151:174]).all()
    entries = curve.to_json()["curve"]
    assert entries[55] == {"t": 2.2, "p": None, "why_unknown": "profile"}
    assert entries[20]["why_unknown"] == ""


def test_nothing_known_gives_no_made_up_number():
    faces, speech = _talk()

    curve = sync_curve(
        faces, SpeechEmbeddings(0.0, speech.vectors, np.zeros_like(speech.speaks)), CALIBRATION
    )

    plain = curve.to_json()
    assert plain["mean"] is None
    assert plain["offset_ms"] is None
    assert plain["offset_confidence"] == 0.0
    assert plain["drift_ms_per_min"] is None
    assert "Nothing to judge" in curve.sentence()


@pytest.mark.parametrize("drift", [600.0, -300.0])
def test_drift_is_found(drift):
    faces, speech = _talk(seconds=40.0, drift_ms_per_min=drift)

    table = lag_table(faces, speech)

    assert drift_of(faces.times, table, np.ones(len(faces.times), bool), 20.0) == pytest.approx(
        drift, rel=0.2
    )


def test_steady_sound_has_no_drift():
    faces, speech = _talk(seconds=40.0, late=0.1)

    assert abs(drift_of(faces.times, lag_table(faces, speech), np.ones(len(faces.times), bool), 20.0)) < 15


def test_lag_table_is_unknown_outside_the_voice():
    faces, speech = _talk(seconds=3.0)

    table = lag_table(faces, speech)

    assert table.shape == (75, len(LAGS_S))
    assert np.isnan(table[0, 0])
    assert np.isfinite(table[0, 30:]).all()


def test_confidence_tells_own_voices_from_strangers_at_their_best_lag():
    pairs = []
    for seed in range(8):
        faces, speech = _talk(seconds=6.0, seed=seed)
        noise = np.random.default_rng(seed).normal(0, 0.03, faces.vectors.shape).astype(np.float16)
        pairs.append(CalibrationPair(replace(faces, vectors=faces.vectors + noise), speech, "toy"))

    data = belonging_set(pairs, CALIBRATION)
    fitted = fit_belonging(pairs, CALIBRATION)

    assert data.values.shape[1] == 3
    assert data.truth.mean() == pytest.approx(1 / 11, abs=0.02)  # one own voice beside ten strangers'
    assert data.weight[data.truth].sum() == pytest.approx(data.weight[~data.truth].sum(), rel=0.1)
    own, strange = (sync_curve(pairs[0].faces, pairs[n].speech, fitted).offset_confidence for n in (0, 3))
    assert own > 0.8 > 0.4 > strange
    assert min(fitted.fit_weights) >= 0


def test_sureness_is_judged_by_a_fit_that_did_not_see_the_person():
    pairs = []
    for seed in range(6):
        faces, speech = _talk(seconds=6.0, seed=seed)
        pairs.append(CalibrationPair(faces, speech, "toy"))
    people = [f"p{number}" for number in range(6)]

    found = sureness(pairs, people, [True] * 6, CALIBRATION)["toy"]

    assert found.own == 1.0
    assert found.strangers < 0.2
    # The last face never fits its voice: a fit to it alone would call nothing sure, and it is left out when the others are judged.
    spoilt = [*pairs[:5], CalibrationPair(pairs[5].faces, pairs[0].speech, "other")]
    judged = sureness(spoilt, people, [True] * 5 + [False], CALIBRATION)
    assert judged["toy"].own == 1.0
    assert judged["other"].own == 0.0


def test_gathering_ignores_unknown_rows():
    times = np.arange(50) * 0.04
    table = np.ones((50, 61), np.float32)
    table[20:30] = 0.0
    known = np.ones(50, bool)
    known[20:30] = False

    assert np.allclose(gather(times, table, known, CALIBRATION), 1.0)


def test_lags_are_evened_out_among_themselves_and_unknown_ones_stay_unknown():
    values = np.zeros((2, 61), np.float32)
    values[0, 30] = 1.0
    values[1] = 0.7
    values[1, 40:] = np.nan

    even = blurred(values, 0.06)

    assert (np.diff(even[0, 30:45]) <= 0).all()
    assert even[0, 30] < 0.2 < 5 * even[0, 32]
    assert np.allclose(even[1, :40], 0.7)
    assert np.isnan(even[1, 40:]).all()
    assert blurred(values, 0.0) is values


def test_with_evened_lags_a_repeating_syllable_makes_no_second_peak():
    faces, _ = _talk(seconds=4.0)
    table = np.full((100, 61), 0.3, np.float32)
    table[:, 30] = table[:, 34] = 0.6  # fits at 0 and again 80 ms later, but not between

    def level(lag, blur):
        calibration = Calibration(lag_blur_s=blur)
        return gather(faces.times, table, np.ones(100, bool), calibration)[50, lag]

    assert level(32, 0.0) < level(34, 0.0) - 0.1
    assert abs(level(32, 0.06) - level(34, 0.06)) < 0.02


def test_chunks_replace_and_extend_a_face():
    faces, _ = _talk(seconds=4.0)

    joined = faces.part(0, 60).with_chunk(faces.part(50, 100))

    assert joined.frame_count == 100
    assert (joined.vectors == faces.vectors).all()
    with pytest.raises(ValueError, match="does not touch"):
        faces.part(0, 10).with_chunk(faces.part(20, 30))


def test_calibration_survives_its_file(tmp_path):
    path = tmp_path / "calibration.json"

    save_calibration(path, CALIBRATION)

    assert load_calibration(path) == CALIBRATION


@pytest.mark.parametrize(("seconds", "is_enough"), [(0.44, False), (0.92, False), (1.2, True)])
def test_less_than_a_second_of_speech_is_too_little_to_tell(seconds, is_enough):
    faces, speech = _talk()
    speaks = np.zeros_like(speech.speaks)
    speaks[200 : 200 + round(seconds * SPEECH_RATE)] = 1
    curve = sync_curve(faces, replace(speech, speaks=speaks), CALIBRATION)

    assert curve.judged_s == pytest.approx(seconds, abs=0.05)
    assert np.isfinite(curve.mean) == np.isfinite(curve.offset_ms) == is_enough
    assert curve.sentence().startswith("Too little to tell") != is_enough
    assert curve.to_json()["judged_seconds"] == pytest.approx(seconds, abs=0.05)
    assert CurveFacts.of([curve]).mean_p_sync is not None or not is_enough
    # Two shots of too little each are enough together.
    assert (CurveFacts.of([curve, curve]).mean_p_sync is not None) == (2 * seconds >= 1)


def test_the_same_fit_counts_the_more_the_longer_it_was_heard():
    """By the square root of the time, up to four seconds; the lag's own share grows by itself."""
    row = 0.3 - 0.2 * np.minimum(np.abs(LAGS_S - 0.08), 0.3) + 0.02 * np.cos(LAGS_S * 40)

    def evidence_of(seconds):
        frames = round(seconds * 25)
        found = best_lag(np.tile(row, (frames, 1)), np.ones(frames, bool), 0.04, Calibration(sharpness=20.0))
        return found[1]

    short, long, longer = (evidence_of(seconds) for seconds in (1.0, 4.0, 20.0))

    np.testing.assert_allclose(long[1:], 2 * short[1:])
    np.testing.assert_allclose(longer[1:], long[1:])
    assert longer[0] > long[0] > short[0]
