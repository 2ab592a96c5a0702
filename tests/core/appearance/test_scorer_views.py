import numpy as np

from core.appearance.crops import STABLE_POINTS, box_under, crop_affines, to_crop, warp_crop
from core.appearance.landmarks import SYNC_POINTS, articulation, mirrored_rows, mouth_shape, resting_face
from core.appearance.morphable import COEFFICIENTS, morphable_model
from core.appearance.parsing import CLASSES, label_map, one_hot
from core.face_geometry.canonical_face import canonical_face


def _faces(count=20, scale=80.0, turn=0.0, opening=None):
    points = np.repeat(canonical_face().points[None], count, axis=0)
    if opening is not None:
        row = np.isin(np.arange(468), [14, 87, 317, 178, 402, 17, 152])
        points[:, row, 1] += opening[:, None]
    cos, sin = np.cos(turn), np.sin(turn)
    rotation = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    return (scale * points @ rotation.T + [300, 200, 0]).astype(np.float32)


def test_crops_put_turned_and_scaled_faces_on_the_same_place():
    small = to_crop(_faces(scale=60), crop_affines(_faces(scale=60), 96))
    large = to_crop(_faces(scale=200, turn=0.4), crop_affines(_faces(scale=200, turn=0.4), 96))

    assert np.abs(small - large).max() < 0.1
    assert 40 < small[0, STABLE_POINTS, 0].mean() < 56
    assert small[0, 13, 1] > 48  # the mouth lies in the lower half


def test_a_crop_from_the_part_under_it_is_the_crop_from_the_whole():
    picture = np.random.default_rng(0).integers(0, 255, (400, 600, 3)).astype(np.uint8)
    for scale in (60, 220):
        affine = crop_affines(_faces(scale=scale, turn=0.2), 112)[0]
        box = box_under(affine, 112)
        x0, y0 = max(box[0], 0), max(box[1], 0)

        part = warp_crop(
            np.ascontiguousarray(picture[y0 : box[3], x0 : box[2]]), affine, 112, origin=(x0, y0)
        )

        assert np.array_equal(part, warp_crop(picture, affine, 112))


def test_an_opening_mouth_does_not_move_the_crop():
    opening = np.linspace(0, 0.3, 20)

    affines = crop_affines(_faces(opening=opening), 96)

    assert np.abs(affines - affines[0]).max() < 1e-3


def test_warping_takes_the_right_pixels_also_when_it_shrinks():
    y, x = np.mgrid[0:800, 0:1000]
    picture = np.stack([x // 4, y // 4, x * 0], axis=-1).astype(np.uint8)
    for scale in (0.12, 0.4, 1.0):
        affine = np.array([[scale, 0, -300 * scale], [0, scale, -200 * scale]], np.float32)
        crop = warp_crop(picture, affine, 40)
        assert abs(int(crop[20, 20, 0]) - (300 + 20 / scale) / 4) <= 2
        assert abs(int(crop[20, 20, 1]) - (200 + 20 / scale) / 4) <= 2


def test_articulation_is_free_of_pose_and_measures_opening():
    opening = np.abs(np.sin(np.arange(20) / 3)) * 0.1

    straight = articulation(_faces(opening=opening))
    turned = articulation(_faces(scale=150, turn=0.5, opening=opening))

    assert straight.shape == (20, 80, 3)
    assert np.abs(straight - turned).max() < 1e-2
    assert np.corrcoef(mouth_shape(straight)[:, 0], opening)[0, 1] > 0.999


def test_a_piece_of_a_track_counts_from_the_whole_tracks_rest():
    faces = _faces(opening=np.r_[np.zeros(15), np.full(5, 0.2)])

    piece = articulation(faces[15:], resting_face(faces))

    assert np.allclose(piece, articulation(faces)[15:], atol=1e-3)
    assert np.abs(piece).max() > 1
    assert np.abs(articulation(faces[15:])).max() < 1e-3


def test_mirrored_rows_pair_left_and_right():
    rows = mirrored_rows()

    assert (rows[rows] == np.arange(80)).all()
    assert SYNC_POINTS[rows[list(SYNC_POINTS).index(61)]] == 291


def test_parsing_maps_show_lips_around_an_open_mouth():
    face = _faces(1, opening=np.array([0.15]))[0]
    points = (face[:, :2] - face[:, :2].min(axis=0)) / np.ptp(face[:, 1]) * 90 + 3

    labels = label_map(points, 96, 96)

    def at(point):
        return labels[tuple(np.round(point[::-1]).astype(int))]

    assert at((points[13] + points[14]) / 2) == 1 + CLASSES.index("inner mouth")
    assert at((points[0] + points[13]) / 2) == 1 + CLASSES.index("lips")
    assert at(points[4]) == 1 + CLASSES.index("nose")
    assert labels[0, 0] == 0
    maps = one_hot(labels)
    assert maps.shape == (6, 96, 96)
    assert (maps.max(axis=0) == 1).sum() == (labels > 0).sum()


def test_shipped_morphable_model_rebuilds_an_open_mouth():
    faces = _faces(opening=np.abs(np.sin(np.arange(20) / 3)) * 0.1, turn=0.3)
    model = morphable_model()

    coefficients = model.coefficients(faces)
    rebuilt = model.faces(coefficients)

    assert coefficients.shape == (20, COEFFICIENTS)
    opening = rebuilt[:, 14, 1] - rebuilt[:, 13, 1]
    true = faces[:, 14] - faces[:, 13]
    assert np.corrcoef(opening, np.linalg.norm(true, axis=1))[0, 1] > 0.98
