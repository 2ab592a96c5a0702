"""Rectangles of frames in their own pixel format: right colours inside, identical samples outside."""

import numpy as np
import pytest
from av.video.frame import VideoFrame

from core.base.errors import MediaError
from core.media.colour import ColourTags
from core.media.pixel_layout import pixel_layout
from core.media.planes import clip_box, copy_frame, rect_rgb, replace_rect
from core.media.reader import VideoReader
from tests.clips import CLIPS, ClipStore

FORMATS = [
    "yuv420p", "yuvj420p", "nv12", "nv21", "p010le", "yuv420p10le", "yuv422p", "yuv422p10le", "yuv444p", "yuv444p12le",
    "yuv440p", "yuv411p", "yuva420p", "uyvy422", "yuyv422", "gray", "gray10le", "rgb24", "bgra", "gbrp", "gbrp10le",
    "rgb48le",
]  # fmt: skip
BT709 = ColourTags(1, 1, 1, 1)


def _noise_frame(pixel_format: str, width: int = 66, height: int = 50, seed: int = 0) -> VideoFrame:
    frame = VideoFrame(width, height, pixel_format)
    chance = np.random.default_rng(seed)
    for plane in frame.planes:
        np.frombuffer(plane, np.uint8)[:] = 0
    layout = pixel_layout(pixel_format)
    low, high = (16, 236) if layout.kind == "yuv" else (0, 256)
    for number in range(len(layout.components)):
        view = layout.view(frame, number)
        values = chance.integers(low << (layout.bits - 8), high << (layout.bits - 8), view.shape)
        view[...] = (values << layout.shift).astype(layout.dtype)
    frame.pts = 7
    return frame


def _samples(frame: VideoFrame) -> list[np.ndarray]:
    layout = pixel_layout(frame.format.name)
    return [layout.view(frame, n).copy() for n in range(len(layout.components))]


def _disc(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    distance = np.hypot((x - width / 2) / (width / 2), (y - height / 2) / (height / 2))
    return np.clip((0.9 - distance) * 3, 0, 1).astype(np.float32)


@pytest.mark.parametrize("pixel_format", FORMATS)
@pytest.mark.parametrize("box", [(10, 8, 42, 40), (11, 9, 40, 38), (0, 0, 66, 50), (35, 21, 66, 50)])
def test_samples_outside_the_mask_are_identical(pixel_format: str, box: tuple[int, int, int, int]) -> None:
    frame = _noise_frame(pixel_format)
    before = _samples(frame)
    height, width = box[3] - box[1], box[2] - box[0]
    mask = _disc(height, width)
    rgb = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    changed = replace_rect(frame, box, rgb, mask, colour=BT709)
    layout = pixel_layout(pixel_format)
    whole = np.zeros((frame.height, frame.width), np.float32)
    whole[box[1] : box[3], box[0] : box[2]] = mask
    for number, (old, new) in enumerate(zip(before, _samples(changed), strict=True)):
        across, down = layout.chroma_shift if layout.kind == "yuv" and number else (0, 0)
        rows, columns = old.shape
        lying_under = np.zeros(old.shape, bool)  # some pixel of this sample is outside the mask
        for dy in range(1 << down):
            for dx in range(1 << across):
                y = np.minimum((np.arange(rows) << down) + dy, frame.height - 1)
                x = np.minimum((np.arange(columns) << across) + dx, frame.width - 1)
                lying_under |= whole[np.ix_(y, x)] == 0
        np.testing.assert_array_equal(new[lying_under], old[lying_under])
        assert (new != old).any()
    for old, same in zip(before, _samples(frame), strict=True):
        np.testing.assert_array_equal(old, same)  # the source frame is untouched
    assert changed.pts == 7


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_a_mask_of_nothing_changes_nothing(pixel_format: str) -> None:
    frame = _noise_frame(pixel_format)
    rgb = np.full((20, 30, 3), 255, np.uint8)
    same = replace_rect(frame, (4, 4, 34, 24), rgb, np.zeros((20, 30), np.float32), colour=BT709)
    for old, new in zip(_samples(frame), _samples(same), strict=True):
        np.testing.assert_array_equal(old, new)


# Y, Cb, Cr of 75 % colour bars in 8-bit limited range, from the tables of ITU-R BT.601 and BT.709.
BARS = {
    "bt601": (
        ColourTags(6, 6, 6, 1),
        {(191, 0, 0): (65, 100, 212), (0, 191, 0): (112, 72, 58), (0, 0, 191): (35, 212, 114)},
    ),
    "bt709": (
        ColourTags(1, 1, 1, 1),
        {(191, 0, 0): (51, 109, 212), (0, 191, 0): (133, 63, 52), (0, 0, 191): (28, 212, 120)},
    ),
}


@pytest.mark.parametrize("standard", BARS)
@pytest.mark.parametrize(
    ("pixel_format", "bits"), [("yuv420p", 8), ("yuv422p10le", 10), ("nv12", 8), ("yuv444p", 8)]
)
def test_colour_bars_have_the_standard_values(standard: str, pixel_format: str, bits: int) -> None:
    tags, bars = BARS[standard]
    for rgb, yuv in bars.items():
        frame = _noise_frame(pixel_format)
        picture = np.broadcast_to(np.array(rgb, np.uint8), (50, 66, 3))
        changed = replace_rect(frame, (0, 0, 66, 50), picture, np.ones((50, 66), np.float32), colour=tags)
        for number, expected in enumerate(yuv):
            view = pixel_layout(pixel_format).view(changed, number) >> (bits - 8)
            assert np.abs(view[4:-4, 4:-4].astype(int) - expected).max() <= 1
        shown = rect_rgb(changed, (0, 0, 66, 50), colour=tags)
        assert np.abs(shown.astype(int) - rgb).max() <= 2


@pytest.mark.parametrize(
    "name",
    [
        "cfr25",
        "ten_bit_422",
        "full_chroma",
        "full_range",
        "rotated",
        "rotated270",
        "upside_down",
        "packed_422",
        "rgb",
        "odd_size",
        "hdr_pq",
    ],
)
def test_a_rectangle_is_the_same_part_of_the_picture(clips: ClipStore, name: str) -> None:
    with VideoReader(clips(name)) as reader:
        video = reader.info.video
        assert video is not None
        width, height = CLIPS[name].size
        box = (width // 4 + 1, height // 2 + 1, width - 2, height - 3)
        part = rect_rgb(reader.frame(9).frame, box, colour=video.colour, rotation=video.rotation)
        whole = reader.rgb(9)[box[1] : box[3], box[0] : box[2]]
        assert part.shape == whole.shape
        assert np.abs(part.astype(int) - whole).mean() < 1


@pytest.mark.parametrize("name", ["cfr25", "rotated", "rotated270", "upside_down", "odd_size", "hdr_pq"])
def test_what_is_pasted_is_seen_there(clips: ClipStore, name: str) -> None:
    with VideoReader(clips(name)) as reader:
        video = reader.info.video
        assert video is not None
        frame = reader.frame(3).frame
        box = (20, 60, 60, 90)
        gradient = np.dstack(
            [*np.meshgrid(np.linspace(60, 180, 40), np.linspace(90, 150, 30)), np.full((30, 40), 99.0)]
        )
        changed = replace_rect(
            frame, box, gradient, np.ones((30, 40), np.float32), colour=video.colour, rotation=video.rotation
        )
        seen = rect_rgb(changed, box, colour=video.colour, rotation=video.rotation, as_float=True)
        assert np.abs(seen - gradient)[3:-3, 3:-3].max() < 3


def test_reading_and_writing_back_loses_no_luma() -> None:
    frame = _noise_frame("yuv420p")
    box = (0, 0, 66, 50)
    rgb = rect_rgb(frame, box, colour=ColourTags(1, 1, 1, 1), as_float=True)
    inside = (rgb > 0).all(axis=2) & (rgb < 255).all(axis=2)  # noise leaves the RGB cube in places
    same = replace_rect(frame, box, rgb, np.ones((50, 66), np.float32), colour=BT709)
    assert inside.sum() > 300
    difference = np.abs(_samples(same)[0].astype(int) - _samples(frame)[0])
    assert difference[inside].max() <= 1


def test_odd_width_chroma_of_the_last_column_changes() -> None:
    frame = _noise_frame("yuv420p", 65, 49)
    rgb = np.zeros((49, 65, 3), np.uint8)
    changed = replace_rect(frame, (0, 0, 65, 49), rgb, np.ones((49, 65), np.float32), colour=BT709)
    for number, black in enumerate((16, 128, 128)):
        assert (pixel_layout("yuv420p").view(changed, number) == black).all()


def test_boxes_outside_the_picture_are_refused() -> None:
    frame = _noise_frame("yuv420p")
    with pytest.raises(ValueError, match="does not lie"):
        rect_rgb(frame, (60, 0, 70, 10), colour=BT709)
    assert clip_box((60, -4, 70, 10), 66, 50) == (60, 0, 66, 10)


def test_formats_without_samples_are_refused() -> None:
    with pytest.raises(MediaError, match="pal8"):
        pixel_layout("pal8")


def test_a_copy_shares_nothing() -> None:
    frame = _noise_frame("yuv422p10le", 67, 33)
    frame.colorspace, frame.color_range = 9, 1
    copy = copy_frame(frame)
    for old, new in zip(_samples(frame), _samples(copy), strict=True):
        np.testing.assert_array_equal(old, new)
    np.frombuffer(copy.planes[0], np.uint8)[:] = 0
    assert _samples(frame)[0].any()
    assert (copy.pts, copy.colorspace, copy.color_range) == (7, 9, 1)
