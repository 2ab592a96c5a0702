"""Finished pictures: what lies before a face stays in front of new lips, whichever engine made them."""

from dataclasses import replace

import numpy as np
import pytest

from core.compositing.settings import MaskSettings
from core.face_geometry.cover import PIXELS, RECORD, Cover, record_of
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
