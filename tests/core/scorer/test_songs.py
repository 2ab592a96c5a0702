"""A song is no voice of a face that does not sing it, however loud its vowels are."""

import numpy as np
import pytest

from core.faces.analysis import analyse
from core.media.audio import read_analysis
from core.media.reader import VideoReader
from core.scorer.curve import SURE
from core.scorer.score import SyncScorer
from tests.song import sung
from tests.talking import cut_film

FRAMES = 150


@pytest.fixture(scope="module")
def speaker(tmp_path_factory):
    """(scorer, the embedded face of somebody who speaks for six seconds, their own voice)"""
    folder = tmp_path_factory.mktemp("speaker")
    film = cut_film(folder / "film.mp4", FRAMES, height=240)
    found = analyse(film, cache=folder / "cache")
    (track,) = found.tracks
    scorer = SyncScorer.load("A", threads=1)
    with VideoReader(film) as reader:
        faces = scorer.embed_faces(reader, track, np.asarray(found.times))
    return scorer, faces, read_analysis(film)


def test_the_face_fits_its_own_voice(speaker):
    scorer, faces, own = speaker
    curve = scorer.score(faces, scorer.embed_speech(own))
    assert curve.mean > 0.5
    assert curve.offset_confidence > SURE


@pytest.mark.parametrize(("seed", "band"), [(0, 0.0), (1, 0.3), (2, 1.0), (3, 3.0), (4, 0.3), (5, 0.3)])
def test_a_song_is_no_fit(speaker, seed, band):
    scorer, faces, _ = speaker
    curve = scorer.score(faces, scorer.embed_speech(sung(FRAMES / 25, seed, band=band)))
    assert curve.judged_s > 3  # sung vowels are heard as a voice, so it is the score that must tell
    assert curve.mean < 0.5
    assert curve.offset_confidence < SURE
    assert "fit" not in curve.sentence() or curve.sentence().startswith("No clear fit")
