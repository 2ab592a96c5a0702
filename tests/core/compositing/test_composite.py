from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.base.errors import SettingsError
from core.compositing.composite import blend, composite_rgb, mouth_box, mouth_mask, placed_crop, prepared
from core.compositing.settings import MaskSettings
from core.face_geometry.landmark_sets import LIPS_OUTER
from core.face_geometry.mouth_masks import upright_mouth_width
from tests.core.faces.drawn_face import background, draw_face, face_points

SIZE = (640, 480)
PLAIN = MaskSettings(colour_match=False)


def scene(unit=90, *, opening=0.0, **pose):
    picture = background(*SIZE)
    points = face_points((320, 200), unit, opening=opening, **pose)
    draw_face(picture, points)
    return picture, points.astype(np.float32)


def shift(x, y):
    return np.array([[1, 0, x], [0, 1, y]], np.float32)


def cut(picture, box):
    x0, y0, x1, y1 = box
    return np.ascontiguousarray(picture[y0:y1, x0:x1])


def test_the_mask_is_whole_on_both_mouths_and_gone_at_the_box_s_edge():
    _, closed = scene()
    _, opened = scene(opening=0.35)
    settings = MaskSettings()
    box = mouth_box(closed, opened, settings, SIZE)
    mask = mouth_mask(closed, opened, box, settings)
    assert mask.shape == (box[3] - box[1], box[2] - box[0])
    assert mask.dtype == np.float32
    for points in (closed, opened):
        for x, y in points[list(LIPS_OUTER), :2].round().astype(int):
            assert mask[y - box[1], x - box[0]] > 0.75
    edge = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    assert edge.max() == 0
    assert (mask.min(), mask.max()) == (0, pytest.approx(1, abs=0.01))


def test_the_box_is_even_and_inside_the_picture():
    for x in (-40, 0, 300, 620, 650):
        _, points = scene()
        points = points + np.array([x - 320, 0, 0], np.float32)
        x0, y0, x1, y1 = mouth_box(points, points, MaskSettings(), SIZE)
        assert 0 <= x0 <= x1 <= SIZE[0]
        assert 0 <= y0 <= y1 <= SIZE[1]
        assert all(value % 2 == 0 for value in (x0, y0, x1, y1))


def test_a_mouth_outside_the_picture_has_an_empty_box_and_mask():
    _, points = scene()
    points = points + np.array([5000, 0, 0], np.float32)
    x0, y0, x1, y1 = box = mouth_box(points, points, MaskSettings(), SIZE)
    assert x1 <= x0
    assert mouth_mask(points, points, box, MaskSettings()).shape == (y1 - y0, max(x1 - x0, 0))


@pytest.mark.parametrize("box", [(5, 5, 5, 9), (5, 5, 9, 5), (7, 9, 5, 5)])
def test_a_box_without_pixels_has_a_mask_without_pixels(box):
    _, points = scene()
    x0, y0, x1, y1 = box
    assert mouth_mask(points, points, box, MaskSettings()).shape == (max(y1 - y0, 0), max(x1 - x0, 0))


def test_settings_mean_the_same_at_every_size():
    masks = []
    for unit in (60, 120, 240):
        points = face_points((400, 300), unit).astype(np.float32)
        settings = MaskSettings(grow=0.12, feather=0.1)
        box = mouth_box(points, points, settings, (4000, 4000))
        mask = mouth_mask(points, points, box, settings)
        masks.append((mask.sum() / upright_mouth_width(points) ** 2, (mask > 0.5).sum() / upright_mouth_width(points) ** 2))
    assert np.ptp([m[0] for m in masks]) < 0.02 * masks[0][0]
    assert np.ptp([m[1] for m in masks]) < 0.02 * masks[0][1]


# Tight around the lips, where each edge can be told apart.
NARROW = MaskSettings(grow=0.08, feather=0.08, chin=0.0)


def reach(settings, direction):
    _, points = scene()
    box = (100, 100, 540, 440)
    rows, columns = np.nonzero(mouth_mask(points, points, box, settings) > 0.5)
    return {"up": -rows.min(), "down": rows.max(), "side": columns.max()}[direction]


def test_each_slider_moves_its_own_edge():
    width = upright_mouth_width(scene()[1])
    rest = NARROW
    for direction in ("up", "down", "side"):
        moved = reach(replace(NARROW, grow=0.28), direction) - reach(rest, direction)
        assert moved == pytest.approx(0.2 * width, abs=0.06 * width)
    lower = reach(replace(NARROW, chin=0.3), "down") - reach(rest, "down")
    assert lower == pytest.approx(0.3 * width, abs=0.08 * width)
    assert reach(replace(NARROW, chin=-0.3), "down") < reach(rest, "down") - 0.15 * width
    assert reach(replace(NARROW, chin=0.3), "up") == reach(rest, "up")
    upper = reach(replace(NARROW, upper_lip=0.2), "up") - reach(rest, "up")
    assert upper == pytest.approx(0.2 * width, abs=0.06 * width)
    assert reach(replace(NARROW, upper_lip=0.2), "down") == reach(rest, "down")


def test_edges_pulled_in_as_far_as_they_go_still_leave_the_lips():
    _, points = scene()
    settings = MaskSettings(chin=-0.6, upper_lip=-0.4)
    box = mouth_box(points, points, settings, SIZE)
    mask = mouth_mask(points, points, box, settings)
    for x, y in points[list(LIPS_OUTER), :2].round().astype(int):
        assert mask[y - box[1], x - box[0]] > 0.7


def test_a_wider_feather_is_softer():
    _, points = scene()
    box = (100, 100, 540, 440)
    steep, soft = (
        np.abs(np.diff(mouth_mask(points, points, box, MaskSettings(feather=f)), axis=1)).max()
        for f in (0.03, 0.2)
    )
    assert soft < 0.3 * steep
    assert np.isin(mouth_mask(points, points, box, MaskSettings(feather=0.0)), (0, 1)).mean() > 0.98


@pytest.mark.parametrize("feather", [0.0, 0.12, 0.3, 0.5])
@pytest.mark.parametrize("edges", [{}, {"grow": 0.0, "chin": 0.0}, {"chin": -0.6, "upper_lip": -0.4}])
def test_no_old_lip_shines_through_at_any_feather(feather, edges):
    _, closed = scene()
    _, opened = scene(opening=0.35)
    settings = MaskSettings(feather=feather, **edges)
    box = mouth_box(closed, opened, settings, SIZE)
    mask = mouth_mask(closed, opened, box, settings)
    lips = np.zeros(mask.shape, np.uint8)
    for points in (closed, opened):
        cv2.fillPoly(lips, [(points[list(LIPS_OUTER), :2] - box[:2]).round().astype(np.int32)], 1)
    inner = cv2.erode(lips, np.ones((3, 3), np.uint8)) > 0  # edges of the polygon lie between pixels
    assert mask[inner].min() > 0.99
    if feather:
        assert np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).max() == 0
        assert np.abs(np.diff(mask, axis=0)).max() < 0.2


def test_a_wide_feather_makes_the_mask_whole_over_the_lips_and_no_further():
    _, points = scene()
    settings = MaskSettings(feather=0.3, grow=0.4)
    box = mouth_box(points, points, settings, SIZE)
    mask = mouth_mask(points, points, box, settings)
    lips = np.zeros(mask.shape, np.uint8)
    cv2.fillPoly(lips, [(points[list(LIPS_OUTER), :2] - box[:2]).round().astype(np.int32)], 1)
    assert mask[lips > 0].min() > 0.98
    # The lips' region has skin around it; were it whole as far as `grow` goes, it would be fourteen times the lips.
    assert (mask > 0.999).sum() < 6 * lips.sum()


def test_a_turned_head_s_mask_stays_on_the_face():
    _, points = scene(yaw=55)
    box = mouth_box(points, points, NARROW, SIZE)
    mask = mouth_mask(points, points, box, NARROW)
    lips = points[list(LIPS_OUTER), :2]
    beyond = int(lips[:, 0].max() + 0.35 * upright_mouth_width(points)) - box[0]
    assert mask[:, beyond:].max(initial=0) < 0.05


def test_a_moving_face_moves_the_mask_by_parts_of_a_pixel():
    _, points = scene()
    box = (100, 100, 540, 440)
    columns = np.arange(box[2] - box[0])
    centres = []
    for step in range(5):
        moved = points + np.array([step * 0.25, 0, 0], np.float32)
        mask = mouth_mask(moved, moved, box, MaskSettings())
        centres.append((mask.sum(axis=0) @ columns) / mask.sum())
    assert np.diff(centres) == pytest.approx([0.25] * 4, abs=0.06)


def test_pixels_outside_the_mask_are_exactly_the_source_s():
    source, points = scene()
    new = np.random.default_rng(0).integers(0, 256, source.shape).astype(np.uint8)
    box = mouth_box(points, points, MaskSettings(), SIZE)
    mask = mouth_mask(points, points, box, MaskSettings())
    area = cut(source, box)
    result = composite_rgb(area, new, shift(0, 0), mask, MaskSettings(), box=box)
    assert np.array_equal(result[mask == 0], area[mask == 0])
    assert not np.array_equal(result[mask > 0.9], area[mask > 0.9])


def test_a_whole_pixel_translation_takes_the_crop_s_own_pixels():
    source, points = scene()
    crop = np.random.default_rng(1).integers(0, 256, (400, 400, 3)).astype(np.uint8)
    box = mouth_box(points, points, PLAIN, SIZE)
    mask = mouth_mask(points, points, box, PLAIN)
    result = composite_rgb(cut(source, box), crop, shift(120, 60), mask, PLAIN, box=box)
    x0, y0, x1, y1 = box
    whole = mask >= 1 - 1e-3
    assert whole.sum() > 500
    expected = crop[y0 - 60 : y1 - 60, x0 - 120 : x1 - 120]
    assert np.array_equal(result[whole], expected[whole])


def test_the_source_s_own_face_changes_nothing():
    source, points = scene(opening=0.2)
    box = mouth_box(points, points, MaskSettings(), SIZE)
    mask = mouth_mask(points, points, box, MaskSettings())
    result = composite_rgb(cut(source, box), source, shift(0, 0), mask, MaskSettings(), box=box)
    assert np.array_equal(result, cut(source, box))


@pytest.mark.parametrize("scale", [0.4, 0.8, 1.7])
def test_a_scaled_and_turned_crop_lands_in_its_place(scale):
    source, points = scene()
    box = mouth_box(points, points, PLAIN, SIZE)
    # The crop is the source seen through the inverse; put back, it must be the source again.
    angle = np.radians(8)
    a, b = scale * np.cos(angle), scale * np.sin(angle)
    side = round(420 / scale)
    affine = np.array([[a, -b, 320 - (a - b) * side / 2], [b, a, 240 - (a + b) * side / 2]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(cv2.GaussianBlur(source, (0, 0), 2), affine, (side, side), flags=flags)
    picture, coverage = placed_crop(crop, affine, box)
    expected = cut(cv2.GaussianBlur(source, (0, 0), 2), box)
    inside = coverage == 1
    assert inside.mean() > 0.5
    assert np.abs(picture[inside].astype(int) - expected[inside]).mean() < 2.0


def test_a_crop_that_is_too_small_never_shows_its_edge():
    _, points = scene()
    box = mouth_box(points, points, PLAIN, SIZE)
    middle = points[list(LIPS_OUTER), :2].mean(axis=0).astype(int)
    crop = np.full((40, 40, 3), 255, np.uint8)
    picture, coverage = placed_crop(crop, shift(*(middle - 20)), box)
    place = coverage[middle[1] - box[1], middle[0] - box[0] - 24 : middle[0] - box[0] + 24]
    assert place[:4].max() == 0
    assert place[24] == 1
    assert np.abs(np.diff(place)).max() <= 0.26
    assert picture[coverage > 0].min() == 255


@pytest.mark.parametrize("side", ["left", "top", "right", "bottom"])
@pytest.mark.parametrize("inside", [3, 4, 5])
def test_the_coverage_of_each_pixel_is_its_distance_from_the_crop_s_border(side, inside):
    """The box ends `inside` pixels before the crop does, on one side; coverage runs out over four pixels."""
    box = {"left": (inside, 10, 30, 30), "top": (10, inside, 30, 30), "right": (10, 10, 40 - inside, 30),
           "bottom": (10, 10, 30, 40 - inside)}[side]  # fmt: skip
    _, coverage = placed_crop(np.zeros((40, 40, 3), np.uint8), shift(0, 0), box)
    y, x = np.mgrid[box[1] : box[3], box[0] : box[2]]
    away = np.minimum(np.minimum(x, y), np.minimum(39 - x, 39 - y))
    assert coverage == pytest.approx(np.clip(away / 4, 0, 1))


def test_strength_and_weight_mix():
    source, points = scene()
    white = np.full_like(source, 255)
    box = mouth_box(points, points, PLAIN, SIZE)
    mask = mouth_mask(points, points, box, PLAIN)
    area = cut(source, box)
    half = MaskSettings(strength=0.5, colour_match=False)
    nothing = MaskSettings(strength=0.0, colour_match=False)
    assert np.array_equal(composite_rgb(area, white, shift(0, 0), mask, nothing, box=box), area)
    assert np.array_equal(composite_rgb(area, white, shift(0, 0), mask, PLAIN, box=box, weight=0.0), area)
    mixed = composite_rgb(area, white, shift(0, 0), mask, half, box=box)
    whole = mask > 0.999
    assert np.abs(mixed[whole] - (area[whole] + 255.0) / 2).max() <= 1


def test_what_stands_in_front_stays():
    source, points = scene()
    white = np.full_like(source, 255)
    box = mouth_box(points, points, PLAIN, SIZE)
    mask = mouth_mask(points, points, box, PLAIN)
    area = cut(source, box)
    occlusion = np.zeros_like(mask)
    occlusion[:, : mask.shape[1] // 2] = 1
    guarded = composite_rgb(area, white, shift(0, 0), mask, PLAIN, box=box, occlusion=occlusion)
    assert np.array_equal(guarded[occlusion == 1], area[occlusion == 1])
    careless = MaskSettings(colour_match=False, occlusion_guard=False)
    unguarded = composite_rgb(area, white, shift(0, 0), mask, careless, box=box, occlusion=occlusion)
    assert not np.array_equal(unguarded[occlusion == 1], area[occlusion == 1])


def test_prepared_and_blended_is_composited():
    source, points = scene()
    new, _ = scene(opening=0.3)
    box = mouth_box(points, points, MaskSettings(), SIZE)
    mask = mouth_mask(points, points, box, MaskSettings())
    area = cut(source, box)
    picture, alpha = prepared(area, new, shift(0, 0), mask, MaskSettings(), box=box)
    whole = composite_rgb(area, new, shift(0, 0), mask, MaskSettings(), box=box)
    assert np.array_equal(blend(area, picture, alpha), whole)


@pytest.mark.parametrize(
    "bad", [{"grow": -0.1}, {"feather": 0.9}, {"strength": 1.2}, {"chin": 2.0}, {"upper_lip": -1.0}]
)
def test_settings_out_of_range_are_refused_by_name(bad):
    name = next(iter(bad)).replace("_", " ")
    with pytest.raises(SettingsError, match=name):
        MaskSettings(**bad)
