import gc

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from ui.base.painting import to_indexed_image, to_qimage, to_tinted_image


def pixel(image: QImage, x: int, y: int) -> tuple[int, int, int, int]:
    colour = image.pixelColor(x, y)
    return colour.red(), colour.green(), colour.blue(), colour.alpha()


@pytest.mark.parametrize("width", [1, 3, 5, 17, 161])
def test_rows_are_not_sheared_at_odd_widths(width: int) -> None:
    array = np.random.default_rng(0).integers(0, 256, (7, width, 3), np.uint8)
    image = to_qimage(array)
    for y in range(7):
        for x in range(width):
            assert pixel(image, x, y)[:3] == tuple(array[y, x])


def test_a_crop_of_a_larger_picture_is_shown_without_copying() -> None:
    array = np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)
    crop = array[10:30, 7:29]
    image = to_qimage(crop)
    assert (image.width(), image.height()) == (22, 20)
    assert pixel(image, 21, 19)[:3] == tuple(array[29, 28])
    assert np.shares_memory(image.array, array)


@pytest.mark.parametrize("view", [lambda a: a[:, ::-1], lambda a: a[::-1], lambda a: a.transpose(1, 0, 2)])
def test_flipped_and_transposed_pictures_are_right(view) -> None:
    array = view(np.random.default_rng(2).integers(0, 256, (6, 9, 3), np.uint8))
    image = to_qimage(array)
    assert pixel(image, 2, 4)[:3] == tuple(array[4, 2])


def test_grey_and_alpha_pictures() -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert pixel(to_qimage(grey), 3, 2)[:3] == (11, 11, 11)
    rgba = np.full((2, 2, 4), (10, 20, 30, 128), np.uint8)
    assert pixel(to_qimage(rgba), 1, 1) == (10, 20, 30, 128)


def test_the_image_keeps_the_pixels_alive() -> None:
    image = to_qimage(np.full((50, 50, 3), 200, np.uint8))
    gc.collect()
    _ = [np.zeros((50, 50, 3), np.uint8) for _ in range(50)]
    assert pixel(image, 49, 49)[:3] == (200, 200, 200)


@pytest.mark.parametrize("bad", [np.zeros((2, 2, 3)), np.zeros((2, 2, 2), np.uint8), np.zeros(4, np.uint8)])
def test_other_arrays_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="cannot be shown"):
        to_qimage(bad)


def test_a_tinted_image_has_one_colour_and_the_given_opacity() -> None:
    alpha = np.array([[0, 128, 255]], np.uint8)
    image = to_tinted_image(alpha, QColor(255, 64, 96, 128))
    assert [pixel(image, x, 0)[3] for x in range(3)] == [0, 64, 128]
    assert pixel(image, 2, 0)[:3] == (255, 64, 96)


def test_an_indexed_image_shows_the_colour_of_each_code() -> None:
    image = to_indexed_image(np.array([[0, 1], [1, 0]], np.uint8), [QColor("#102030"), QColor("#aabbcc")])
    assert pixel(image, 1, 0)[:3] == (0xAA, 0xBB, 0xCC)
    assert pixel(image, 1, 1)[:3] == (0x10, 0x20, 0x30)
