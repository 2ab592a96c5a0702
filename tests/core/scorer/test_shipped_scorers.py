import numpy as np
import pytest

from core.appearance.landmarks import resting_face
from core.base.models import model_files
from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.landmark_sets import LIPS_INNER
from core.face_geometry.track import FaceTrack, PersonId, TrackId
from core.media.audio import read_analysis
from core.scorer.score import SyncScorer
from tests.talking import SAMPLES


class _Pictures:
    """A film of noise with a dark mouth that opens and closes."""

    frame_count = 90

    def __init__(self, opening):
        self._opening = opening
        self._noise = np.random.default_rng(0).integers(80, 200, (360, 480, 3)).astype(np.uint8)

    def rgb(self, frame):
        picture = self._noise.copy()
        picture[250 : 252 + int(20 * self._opening[frame]), 220:260] = 10
        return picture


@pytest.fixture(scope="module")
def film():
    times = 4.0 + np.arange(90) / 29.97
    opening = 0.5 + 0.5 * np.sin(times * 11)
    lower = [point for point in LIPS_INNER if canonical_face().points[point, 1] > 0.77]
    points = np.repeat(canonical_face().points[None] * 110 + [240, 160, 0], 90, axis=0)
    points[:, lower, 1] += 12 * opening[:, None]
    track = FaceTrack(
        TrackId(0), PersonId("P1"), 0, 0,
        np.tile(np.float32([140, 100, 340, 320]), (90, 1)), points.astype(np.float32),
        np.zeros((90, 3), np.float32), np.ones(90, np.float32),
    )  # fmt: skip
    loud = np.interp(np.arange(16000 * 8) / 16000, times, opening)
    voice = (loud * np.random.default_rng(1).normal(0, 0.1, 16000 * 8)).astype(np.float32)
    return _Pictures(opening), track, times, voice


@pytest.mark.parametrize("which", ["A", "B"])
def test_shipped_scorer_gives_a_curve_at_the_films_own_frame_times(film, which):
    pictures, track, times, voice = film
    scorer = SyncScorer.load(which, threads=1)

    curve = scorer.score(scorer.embed_faces(pictures, track, times), scorer.embed_speech(voice))

    assert (curve.times == times).all()
    known = np.isfinite(curve.p)
    assert known.sum() > 45
    assert ((curve.p[known] >= 0) & (curve.p[known] <= 1)).all()
    assert all(bool(why) != bool(is_known) for why, is_known in zip(curve.why_unknown, known, strict=True))
    assert set(curve.to_json()) >= {
        "mean",
        "share_above_half",
        "offset_ms",
        "offset_confidence",
        "drift_ms_per_min",
        "curve",
    }


@pytest.mark.parametrize("which", ["A", "B"])
def test_a_take_scored_chunk_by_chunk_equals_the_whole(film, which):
    pictures, track, times, _ = film
    scorer = SyncScorer.load(which, threads=1)

    whole = scorer.embed_faces(pictures, track, times)
    parts = scorer.embed_faces(pictures, track, times, stop=40, rest=resting_face(track.landmarks))
    for start in (38, 70):
        chunk = scorer.embed_faces(pictures, track, times, start=start, stop=start + 34)
        parts = parts.with_chunk(chunk)

    assert parts.frame_count == whole.frame_count
    assert np.abs(parts.vectors.astype(np.float32) - whole.vectors.astype(np.float32)).max() < 5e-3


def test_the_same_words_later_give_much_the_same_embeddings_later():
    voice = read_analysis(SAMPLES / "dub.wav")[: 16000 * 5]
    scorer = SyncScorer.load("A", threads=1)

    early = scorer.embed_speech(voice).vectors[20:230].astype(np.float32)
    late = scorer.embed_speech(np.concatenate([np.zeros(3200, np.float32), voice])).vectors.astype(np.float32)

    # Whisper hears a whole block, in which the words now lie elsewhere; but nowhere do they fit as well as where they are.
    likeness = [float((early * late[lag : lag + len(early)]).sum(axis=1).mean()) for lag in range(10, 51)]
    assert int(np.argmax(likeness)) + 10 == 30
    assert max(likeness) > 0.85
    assert scorer.embed_speech(voice, start=0.2).start == 0.2


def test_the_two_scorers_share_nothing_they_could_agree_by(film):
    a, b = SyncScorer.load("A", threads=1), SyncScorer.load("B", threads=1)

    # The own-mouth engine's lips are driven by Whisper's ear and the motion network, so the referee must use neither.
    assert (a.audio_config.audio, b.audio_config.audio) == ("whisper", "mel")
    assert a.calibration.movement > 0 == b.calibration.movement
    shared = {file.name for file in model_files("sync-scorer-a")} & {
        file.name for file in model_files("sync-scorer-b")
    }
    assert not shared


