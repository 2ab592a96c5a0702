"""Takes are judged by their pictures, each of them decoded once."""

from fractions import Fraction

import numpy as np
import pytest

from core.base.timing import TimeRange
from core.compositing.settings import MaskSettings
from core.faces.mesh import FaceMesh, roi_from_landmarks
from core.jobs.cancel import CancelToken
from core.jobs.events import JobId
from core.media.picture import frame_to_rgb
from core.planning.pieces import SegmentSpec
from core.scorer.score import SyncScorer
from core.takes.chunk_cache import ChunkCache
from core.takes.compositor import Compositor
from core.takes.film import open_film
from core.takes.scoring import FaceParts, ResultPictures, film_faces, measured_again, source_curve
from core.takes.takes import TakeMaker
from tests.talking import cut_dub, cut_film


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


@pytest.fixture(scope="module")
def take(tmp_path_factory):
    """(film, its one take's layers, cache)"""
    folder = tmp_path_factory.mktemp("take")
    film = open_film(cut_film(folder / "film.mp4", 30), CancelToken())
    cache = ChunkCache(folder / "chunks")
    spec = SegmentSpec(
        film.info.path,
        cut_dub(folder / "dub.flac", 1.2),
        TimeRange(Fraction(0), Fraction(6, 5)),
        Fraction(0),
        "P1",
    )
    maker = TakeMaker(film, spec, cache)
    list(maker.make(JobId("x"), CancelToken()))
    maker.close()
    return film, tuple(p.layer(MaskSettings()) for p in maker.pieces), cache


@pytest.mark.parametrize("most_bytes", [0, 2**28])
def test_a_faces_part_is_what_the_whole_picture_shows(take, most_bytes):
    film, layers, cache = take
    track = layers[0].track
    with film.reader() as reader:
        pictures = ResultPictures(reader, Compositor(film.video, layers, cache))
        parts = FaceParts(pictures, track, most_bytes)
        height, width = pictures.rgb(0).shape[:2]
        for frame in (0, 7, 8):
            own = reader.rgb(frame, fast=True)
            laid_in = pictures.compositor.frame(reader.frame(frame)).frame  # as a film holds it that is written
            whole = frame_to_rgb(laid_in, film.video.colour, 0, fast=True).astype(int)
            assert np.abs(whole - own).max() > 20  # lips were laid in
            x0, y0, x1, y1 = pictures.compositor.boxes(frame)[0]
            # all of the patch, a part of it, and a part beyond what is kept of the face
            for box in (
                (x0 - 9, y0 - 5, x1 + 4, y1 + 7),
                (x0 + 3, y0 - 30, x1 - 20, y1 - 9),
                (-20, y0, width + 20, y1),
            ):
                part, (x, y) = parts.rgb_rect(frame, box)
                assert (x, y) == (max(box[0], 0), max(box[1], 0))
                assert part.shape[:2] == (min(box[3], height) - y, min(box[2], width) - x)
                there = whole[y : y + part.shape[0], x : x + part.shape[1]]
                assert np.abs(part - there).max() <= 2
            seen = parts.measured(frame, FaceMesh()).landmarks
            roi = roi_from_landmarks(track.landmarks[track.index_of(frame)])
            assert np.abs(seen - FaceMesh()(pictures.rgb(frame), roi).landmarks).max() < 0.5


def test_a_take_is_decoded_once_for_all_who_look_at_it(take, monkeypatch):
    film, layers, cache = take
    made = []
    original = ResultPictures.rgb_rect
    monkeypatch.setattr(
        ResultPictures, "rgb_rect", lambda self, frame, box: made.append(frame) or original(self, frame, box)
    )
    track = layers[0].track
    with film.reader() as reader:
        parts = FaceParts(ResultPictures(reader, Compositor(film.video, layers, cache)), track)
        measured = measured_again(track, range(5, 20), parts, FaceMesh())
        SyncScorer.load("A").embed_faces(parts, measured, film.times[5:20], start=7, stop=18)
    assert made == list(range(5, 20))
