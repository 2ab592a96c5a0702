import numpy as np

from core.face_geometry.track import TrackId
from core.scorer.curve import Calibration
from core.scorer.embeddings import SPEECH_RATE, FaceEmbeddings, SpeechEmbeddings
from core.scorer.speaking import voice_stretches, who_speaks

CALIBRATION = Calibration(context_s=0.4, lag_blur_s=0.0, weights=(0.0, 10.0, 10.0), bias=-1.0, sharpness=20.0)


def _features(times, seed):
    knots = np.random.default_rng(seed).random((200, 64))
    position = np.clip(times * 10 + 10, 0, 198)
    low = position.astype(int)
    part = (position - low)[:, None]
    values = knots[low] * (1 - part) + knots[low + 1] * part
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def _dialogue():
    """Two faces, eight seconds: the first speaks 0–3 s, the second 4–6 s, somebody unseen 7–8 s."""
    times = np.arange(200) / 25
    sound_times = np.arange(8 * SPEECH_RATE) / SPEECH_RATE
    sound = _features(sound_times, 9)
    speaks = np.zeros(len(sound_times), np.float32)
    for start, end, seed in ((0, 3, 1), (4, 6, 2), (7, 8, 3)):
        rows = (sound_times >= start) & (sound_times < end)
        sound[rows] = _features(sound_times[rows], seed)
        speaks[rows] = 1.0
    faces = {
        TrackId(number): FaceEmbeddings(
            0, times, _features(times, seed).astype(np.float16), np.zeros(200, np.uint8)
        )
        for number, seed in ((0, 1), (1, 2))
    }
    return faces, SpeechEmbeddings(0.0, sound.astype(np.float16), speaks)


def test_each_stretch_is_given_to_the_face_that_fits_or_to_nobody():
    faces, speech = _dialogue()

    result = who_speaks(faces, speech, CALIBRATION)

    assert [stretch.speaker for stretch in result.stretches] == [0, 1, None]
    assert abs(result.shares[TrackId(0)] - 3 / 6) < 0.02
    assert abs(result.shares[TrackId(1)] - 2 / 6) < 0.02


def test_known_turns_are_taken_as_they_are():
    faces, speech = _dialogue()

    result = who_speaks(faces, speech, CALIBRATION, [(0.5, 2.0), (4.5, 5.5)])

    assert [(stretch.start, stretch.speaker) for stretch in result.stretches] == [(0.5, 0), (4.5, 1)]


def test_a_face_that_cannot_be_seen_is_no_candidate():
    faces, speech = _dialogue()
    hidden = FaceEmbeddings(0, faces[TrackId(0)].times, faces[TrackId(0)].vectors, np.full(200, 2, np.uint8))

    result = who_speaks({TrackId(0): hidden, TrackId(1): faces[TrackId(1)]}, speech, CALIBRATION)

    assert TrackId(0) not in result.stretches[0].scores
    assert result.shares[TrackId(0)] == 0


def test_long_voices_are_judged_in_pieces():
    speech = SpeechEmbeddings(1.0, np.zeros((500, 4), np.float16), np.ones(500, np.float32))

    pieces = voice_stretches(speech)

    assert len(pieces) == 3
    assert pieces[0][0] == 1.0
    assert abs(pieces[-1][1] - 11.0) < 1e-6


def test_a_face_that_fits_in_place_comes_before_one_that_fits_better_elsewhere():
    times, sound_times = np.arange(200) / 25, np.arange(8 * SPEECH_RATE) / SPEECH_RATE
    speech = SpeechEmbeddings(
        0.0, _features(sound_times, 1).astype(np.float16), np.ones(len(sound_times), np.float32)
    )
    blurry = _features(times, 1) + np.random.default_rng(0).normal(0, 0.01, (200, 64))
    blurry /= np.linalg.norm(blurry, axis=1, keepdims=True)
    seen = np.zeros(200, np.uint8)
    faces = {
        TrackId(0): FaceEmbeddings(0, times, blurry.astype(np.float16), seen),
        TrackId(1): FaceEmbeddings(0, times, _features(times + 0.3, 1).astype(np.float16), seen),
    }

    result = who_speaks(faces, speech, CALIBRATION)

    assert {stretch.speaker for stretch in result.stretches} == {TrackId(0)}
    # Alone, the other face shows that the film's sound is off, and is then right.
    late = who_speaks({TrackId(1): faces[TrackId(1)]}, speech, CALIBRATION)
    assert {stretch.speaker for stretch in late.stretches} == {TrackId(1)}
