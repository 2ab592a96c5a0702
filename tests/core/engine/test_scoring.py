import numpy as np

from core.engine.cancel import CancelToken
from core.engine.film import open_film
from core.engine.scoring import film_faces, source_curve
from core.scorer.score import SyncScorer
from tests.talking import cut_film


def test_another_voice_costs_only_its_own_sound(tmp_path, monkeypatch):
    film = open_film(cut_film(tmp_path / "film.mp4", 30), CancelToken())
    track = film.analysis.tracks[0]
    voice = np.random.default_rng(0).normal(0, 0.1, 32000).astype(np.float32)

    own = source_curve(film, track, track.frames, film.voice, 0.0)
    faces = film_faces(film, track, track.frames, SyncScorer.load("A"))
    monkeypatch.setattr("core.media.reader.VideoReader.frame", None)  # no picture may be read again
    other = source_curve(film, track, track.frames, voice, 0.0)

    assert film_faces(film, track, track.frames, SyncScorer.load("A")) is faces
    assert len(own.p) == len(other.p) == track.frame_count
    assert not np.array_equal(own.raw, other.raw)
