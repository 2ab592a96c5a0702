"""Finished pictures: what lies before a face stays in front of new lips, whichever engine made them."""

from dataclasses import replace

import numpy as np
import pytest

from core.compositing.settings import MaskSettings
from core.compositing.strokes import Stroke
from core.face_geometry.cover import PIXELS, RECORD, Cover, record_of
from core.face_geometry.face_plane import to_face
from core.face_geometry.track import FaceTrack
from core.faces.occluders import crop_affine
from core.lip_engine import LipChunk
from core.takes.chunk_cache import ChunkCache
from core.takes.compositor import Compositor, Layer
from tests.core.faces.drawn_face import background, face_points


class _Video:
    upright_size = (320, 240)


@pytest.fixture
def scene(tmp_path):
    landmarks = face_points((160, 90), 80)[None].astype(np.float32)
    boxes = np.concatenate([landmarks[:, :, :2].min(1), landmarks[:, :, :2].max(1)], axis=1)
    mask = np.zeros((PIXELS, PIXELS), bool)
    mask[:, : PIXELS // 2] = True  # all to the picture's left of the nose
    cover = Cover(np.array([record_of(0, crop_affine(landmarks[0]), mask)], RECORD))
    track = FaceTrack(
        0, "P1", 0, 0, boxes, landmarks, np.zeros((1, 3), np.float32), np.ones(1, np.float32), cover
    )
    white = np.full((1, 240, 320, 3), 255, np.uint8)
    chunk = LipChunk(
        0,
        white,
        np.array([[[1, 0, 0], [0, 1, 0]]], np.float32),
        landmarks[:, :, :2],
        np.ones(1, np.float32),
        np.zeros(1, bool),
    )
    cache = ChunkCache(tmp_path)
    cache.write("key", chunk)
    return track, cache, background(320, 240)


def shown(scene, track=None, **mask):
    own, cache, picture = scene
    layer = Layer("key", track or own, range(1), MaskSettings(colour_match=False, **mask))
    return Compositor(_Video(), (layer,), cache).picture(0, picture)


def test_new_lips_appear_only_where_nothing_lies_before_them(scene):
    track, _, picture = scene
    mouth = track.landmarks[0, [13, 14], :2].mean(axis=0).round().astype(int)
    made = shown(scene)
    left, right = made[mouth[1], mouth[0] - 14], made[mouth[1], mouth[0] + 14]
    assert np.array_equal(left, picture[mouth[1], mouth[0] - 14])
    assert (right > 240).all()


def test_without_the_guard_or_a_cover_they_appear_everywhere(scene):
    track, _, _ = scene
    mouth = track.landmarks[0, [13, 14], :2].mean(axis=0).round().astype(int)
    for made in (shown(scene, occlusion_guard=False), shown(scene, replace(track, cover=None))):
        assert (made[mouth[1], [mouth[0] - 14, mouth[0] + 14]] > 240).all()


def painted(scene, *strokes, **mask):
    track, cache, picture = scene
    settings = MaskSettings(colour_match=False, **mask)
    layer = Layer("key", replace(track, cover=None), range(1), settings, strokes={0: strokes})
    made = Compositor(_Video(), (layer,), cache)
    return made.picture(0, picture), made.mask(0)


def stroke_at(scene, kind, *pixels, **values):
    places = to_face(np.array(pixels, float), scene[0].landmarks[0])
    return Stroke(kind, tuple(map(tuple, places)), **{"width": 0.3, "softness": 0.0, **values})


def test_strokes_put_in_keep_out_and_take_back(scene):
    track, _, picture = scene
    mouth = track.landmarks[0, [13, 14], :2].mean(axis=0).round().astype(int)
    cheek = (mouth[0] + 45, mouth[1] - 36)
    put = stroke_at(scene, "include", cheek)
    out = stroke_at(scene, "exclude", mouth)
    plain, plain_mask = painted(scene)
    assert np.array_equal(plain[cheek[1], cheek[0]], picture[cheek[1], cheek[0]])
    made, mask = painted(scene, put, out)
    assert (made[cheek[1], cheek[0]] == 255).all()
    assert mask[cheek[1], cheek[0]] == 1
    assert np.array_equal(made[mouth[1], mouth[0]], picture[mouth[1], mouth[0]])
    assert mask[mouth[1], mouth[0]] == 0
    _, back = painted(scene, put, out, stroke_at(scene, "erase", cheek, mouth, width=0.6))
    np.testing.assert_allclose(back, plain_mask, atol=0.03)  # it is made in a larger box
    again, _ = painted(scene, out, stroke_at(scene, "include", mouth))
    assert (again[mouth[1], mouth[0]] == 255).all()


def test_a_softer_stroke_runs_out_inside_the_brush(scene):
    mouth = scene[0].landmarks[0, [13, 14], :2].mean(axis=0).round().astype(int)
    cheek = (mouth[0] + 45, mouth[1] - 36)
    _, hard = painted(scene, stroke_at(scene, "include", cheek, width=0.5))
    _, soft = painted(scene, stroke_at(scene, "include", cheek, width=0.5, softness=1.0))
    around = np.s_[cheek[1] - 14 : cheek[1] + 15, cheek[0] - 14 : cheek[0] + 15]
    assert soft[cheek[1], cheek[0]] > 0.9
    assert len(np.unique(hard[around].round(2))) < len(np.unique(soft[around].round(2)))
    assert soft[around].sum() < hard[around].sum()


def test_what_was_put_in_by_hand_is_stronger_than_the_guard(scene):
    track, cache, picture = scene
    mouth = track.landmarks[0, [13, 14], :2].mean(axis=0).round().astype(int)
    left = (mouth[0] - 14, mouth[1])
    layer = Layer(
        "key", track, range(1), MaskSettings(colour_match=False),
        strokes={0: (stroke_at(scene, "include", left),)},
    )  # fmt: skip
    made = Compositor(_Video(), (layer,), cache).picture(0, picture)
    assert (made[left[1], left[0]] == 255).all()
