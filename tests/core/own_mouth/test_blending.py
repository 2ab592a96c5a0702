import cv2
import numpy as np
import pytest

from core.own_mouth.blend import dissolve, lip_mask, match_light, multiband, shade

SIZE = 128
_turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
OUTLINE = np.stack([64 + 30 * np.cos(_turn), 64 + 14 * np.sin(_turn)], axis=1)


@pytest.fixture
def skin():
    rng = np.random.default_rng(5)
    noise = cv2.GaussianBlur(rng.normal(0, 40, (SIZE, SIZE, 3)).astype(np.float32), (0, 0), 1.0)
    return 130 + noise


def test_mask_is_whole_on_the_lips_and_gone_beyond_the_feather():
    weight, ring = lip_mask(OUTLINE, SIZE, core=4, feather=12)
    assert weight[64, 64] == 1
    assert weight[64 + 14 + 3, 64] == 1
    assert weight[64 + 14 + 18, 64] == 0
    assert ring[64, 64] == 0
    assert ring[64 + 14 + 8, 64] == 1


def test_light_of_another_take_is_matched_inside_the_mouth_too(skin):
    columns = np.linspace(0.65, 0.95, SIZE, dtype=np.float32)[None, :, None]
    darker = skin * columns * np.array([1.0, 0.9, 1.1], np.float32)
    _, ring = lip_mask(OUTLINE, SIZE, core=4, feather=12)
    matched = match_light(darker, skin, ring, reach=14)
    before = np.abs(darker - skin)[58:70, 44:84].mean()
    after = np.abs(matched - skin)[58:70, 44:84].mean()
    assert after < 0.2 * before


def test_blending_a_picture_with_itself_changes_nothing(skin):
    weight, _ = lip_mask(OUTLINE, SIZE, core=4, feather=12)
    assert np.abs(multiband(skin.copy(), skin, weight) - skin).max() < 1e-2


def test_blending_leaves_the_far_surroundings_and_takes_the_lips(skin):
    weight, _ = lip_mask(OUTLINE, SIZE, core=4, feather=12)
    lips = skin[:, ::-1].copy()
    mixed = multiband(lips, skin, weight)
    assert np.abs(mixed - skin)[:4, :4].max() < 1.0
    assert np.abs(mixed - lips)[60:68, 54:74].mean() < 0.15 * np.abs(skin - lips)[60:68, 54:74].mean()


def test_a_join_shows_a_moved_edge_once_and_half_way():
    def picture(edge):
        columns = np.arange(64, dtype=np.float32)[None].repeat(64, 0)
        rows = np.arange(64, dtype=np.float32)[:, None]
        grey = 60 + 130 / (1 + np.exp(-(columns - edge))) + 8 * np.sin(rows * 0.7)
        return np.repeat(grey[..., None], 3, axis=2).astype(np.float32)

    shares = [(picture(29.0), 0.5), (picture(35.0), 0.5)]
    flat, glided = (dissolve(shares, coarse=0.5, morph=m) for m in (0.0, 12.0))
    truth = picture(32.0)
    middle = np.s_[10:-10, 15:-15]
    assert np.abs(glided - truth)[middle].mean() < 0.35 * np.abs(flat - truth)[middle].mean()


def test_a_fold_of_the_borrowed_face_is_carried_over_and_the_light_is_not(skin):
    rows, columns = np.mgrid[0:96, 0:96].astype(np.float32)
    fold = 1 - 0.15 * np.exp(-(((columns - 24) / 4) ** 2) - ((rows - 48) / 14) ** 2)
    light = 0.8 + 0.3 * columns / 96
    base = cv2.resize(skin, (96, 96))
    lips = np.array([[36, 48], [48, 42], [60, 48], [48, 54]], np.float32)
    shaded = shade(base, base * (fold * light)[..., None], lips, near=20, far=40, fine=3)
    ratio = cv2.GaussianBlur(shaded / base, (0, 0), 1.5).mean(axis=2)
    assert ratio[48, 24] < 0.93
    assert abs(ratio[48, 74] - 1) < 0.03
    np.testing.assert_allclose(ratio[:4], 1, atol=0.02)
