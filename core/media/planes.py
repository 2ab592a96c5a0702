"""A rectangle of a frame read and written in the frame's own pixel format.

Only the samples under the rectangle are converted, and only those under the mask change: everything else reaches the
encoder as it was decoded. A chroma sample that several pixels share changes only where all of them are under the mask,
so that no pixel outside it changes colour.
"""

import cv2
import numpy as np
from av.video.frame import VideoFrame

from core.media.colour import ColourTags, YuvSpace, is_full_range, resolve_matrix
from core.media.picture import coded, coded_box, upright
from core.media.pixel_layout import PixelLayout, pixel_layout, plane_values
from core.media.tone_map import hdr_to_sdr, sdr_to_hdr

Box = tuple[int, int, int, int]


def frame_colour(frame: VideoFrame) -> ColourTags:
    """The tags a frame itself carries; the stream's are better where `core.media.probe` has been asked."""
    return ColourTags(frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range)


def clip_box(box: Box, width: int, height: int) -> Box:
    """The part of (x0, y0, x1, y1) that lies in a picture of this size; empty boxes have x1 <= x0 or y1 <= y0."""
    x0, y0, x1, y1 = box
    return max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)


def copy_frame(frame: VideoFrame) -> VideoFrame:
    """The same picture in memory of its own, with timestamp and colour tags."""
    copy = VideoFrame(frame.width, frame.height, frame.format.name)
    for source, target in zip(frame.planes, copy.planes, strict=True):
        if source.line_size == target.line_size:
            plane_values(target)[:] = plane_values(source)
            continue
        rows = plane_values(source).reshape(-1, abs(source.line_size))
        rows = rows[::-1] if source.line_size < 0 else rows
        used = min(abs(source.line_size), abs(target.line_size))
        plane_values(target).reshape(-1, abs(target.line_size))[:, :used] = rows[:, :used]
    copy_tags(frame, copy)
    return copy


def copy_tags(source: VideoFrame, target: VideoFrame) -> None:
    """Gives `target` the timestamp, duration and colour tags of `source`."""
    target.pts = source.pts
    target.duration = source.duration
    if source.time_base is not None:
        target.time_base = source.time_base
    target.colorspace = source.colorspace
    target.color_range = source.color_range
    target.color_primaries = source.color_primaries
    target.color_trc = source.color_trc


def rect_rgb(
    frame: VideoFrame,
    box: Box,
    *,
    colour: ColourTags | None = None,
    rotation: int = 0,
    as_float: bool = False,
) -> np.ndarray:
    """The pixels of `box`, upright, (h, w, 3) RGB for an SDR screen: uint8, or float32 in 0..255.

    Args:
        frame: a decoded frame.
        box: x0, y0, x1, y1 in the upright picture, inside it.
        colour: the stream's tags; None takes the frame's own.
        rotation: degrees clockwise that make the frame upright.
        as_float: keep fractions instead of rounding.

    Raises:
        MediaError: the pixel format cannot be taken apart.
    """
    colour = colour or frame_colour(frame)
    layout = pixel_layout(frame.format.name)
    area = _checked_area(frame, box, rotation)
    rgb = _area_rgb(frame, layout, area, colour)
    if colour.is_hdr:
        rgb = hdr_to_sdr(rgb, colour.transfer)
    rgb = np.clip(rgb * np.float32(255), 0, 255)
    rgb = rgb if as_float else np.rint(rgb).astype(np.uint8)
    return upright(rgb, rotation)


def rect_frame(frame: VideoFrame, area: Box) -> tuple[VideoFrame, tuple[int, int]]:
    """A copy of the part of `frame` around the coded rectangle `area`, and where its first sample lies (x, y).

    It may begin a sample or two before the area and end later, since chroma samples are not divided.

    Raises:
        MediaError: the pixel format cannot be taken apart.
    """
    layout = pixel_layout(frame.format.name)
    across, down = layout.chroma_shift
    x0, y0 = area[0] >> across << across, area[1] >> down << down
    x1, y1 = (
        min(-(-area[2] >> across << across), frame.width),
        min(-(-area[3] >> down << down), frame.height),
    )
    part = VideoFrame(x1 - x0, y1 - y0, frame.format.name)
    for number in range(len(layout.components)):
        is_chroma = layout.kind == "yuv" and number > 0
        right, bottom = (across, down) if is_chroma else (0, 0)
        target = layout.view(part, number)
        left, top = x0 >> right, y0 >> bottom
        target[...] = layout.view(frame, number)[top : top + target.shape[0], left : left + target.shape[1]]
    copy_tags(frame, part)
    return part, (x0, y0)


def replace_rect(
    frame: VideoFrame,
    box: Box,
    rgb: np.ndarray,
    mask: np.ndarray,
    *,
    colour: ColourTags | None = None,
    rotation: int = 0,
) -> VideoFrame:
    """A copy of `frame` with `rgb` blended over `box` by `mask`; every sample the mask leaves out is bit-identical.

    Args:
        frame: a decoded frame; not changed.
        box: x0, y0, x1, y1 in the upright picture, inside it.
        rgb: (h, w, 3) uint8, or float in 0..255.
        mask: (h, w) float in 0..1, 1 where `rgb` replaces the picture.
        colour: the stream's tags; None takes the frame's own.
        rotation: degrees clockwise that make the frame upright.

    Raises:
        MediaError: the pixel format cannot be taken apart.
    """
    changed = copy_frame(frame)
    replace_rect_inplace(changed, box, rgb, mask, colour=colour, rotation=rotation)
    return changed


def replace_rect_inplace(
    frame: VideoFrame,
    box: Box,
    rgb: np.ndarray,
    mask: np.ndarray,
    *,
    colour: ColourTags | None = None,
    rotation: int = 0,
) -> None:
    """As `replace_rect`, into a frame that nobody else holds (one that `copy_frame` gave)."""
    colour = colour or frame_colour(frame)
    layout = pixel_layout(frame.format.name)
    x0, y0, x1, y1 = area = _checked_area(frame, box, rotation)
    size = (box[3] - box[1], box[2] - box[0])
    if rgb.shape != (*size, 3) or mask.shape != size:
        raise ValueError(f"rgb {rgb.shape} and mask {mask.shape} do not fit the box of {size}")
    values = coded(np.asarray(rgb, np.float32), rotation) * np.float32(1 / 255)
    weight = coded(np.ascontiguousarray(mask, np.float32), rotation)
    if colour.is_hdr:
        values = sdr_to_hdr(values, colour.transfer)
    top = (1 << layout.bits) - 1
    if layout.kind == "rgb":
        for number in range(3):
            _blend(
                layout, layout.view(frame, number)[y0:y1, x0:x1], values[..., number] * top * weight, weight
            )
        return
    yuv = cv2.transform(values, _space(colour, layout, frame).to_yuv_transform())
    _blend(layout, layout.view(frame, 0)[y0:y1, x0:x1], yuv[..., 0] * weight, weight)
    if layout.kind == "gray":
        return
    if layout.chroma_shift == (0, 0):
        for number in (1, 2):
            _blend(layout, layout.view(frame, number)[y0:y1, x0:x1], yuv[..., number] * weight, weight)
        return
    across, down = layout.chroma_shift
    chroma, chroma_weight = _shrink_chroma(yuv[..., 1:], weight, area, layout, frame.width, frame.height)
    rows = slice(y0 >> down, (y0 >> down) + chroma_weight.shape[0])
    columns = slice(x0 >> across, (x0 >> across) + chroma_weight.shape[1])
    for number in (1, 2):
        _blend(layout, layout.view(frame, number)[rows, columns], chroma[..., number - 1], chroma_weight)


def _space(colour: ColourTags, layout: PixelLayout, frame: VideoFrame) -> YuvSpace:
    full = is_full_range(colour, frame.format.name)
    return YuvSpace(resolve_matrix(colour, frame.width, frame.height), full, layout.bits)


def _checked_area(frame: VideoFrame, box: Box, rotation: int) -> Box:
    area = coded_box(box, rotation, frame.width, frame.height)
    if not (0 <= area[0] < area[2] <= frame.width and 0 <= area[1] < area[3] <= frame.height):
        raise ValueError(f"box {box} does not lie in the picture")
    return area


def _area_rgb(frame: VideoFrame, layout: PixelLayout, area: Box, colour: ColourTags) -> np.ndarray:
    """(h, w, 3) float32 R'G'B' in 0..1 of the coded rectangle, as the file codes it (HDR not yet mapped)."""
    x0, y0, x1, y1 = area
    if layout.kind == "rgb":
        parts = [_samples(layout, layout.view(frame, n)[y0:y1, x0:x1]) for n in range(3)]
        return cv2.merge(parts) * np.float32(1 / ((1 << layout.bits) - 1))
    luma = _samples(layout, layout.view(frame, 0)[y0:y1, x0:x1])
    transform = _space(colour, layout, frame).to_rgb_transform()
    if layout.kind == "gray":
        return np.repeat((luma * transform[0, 0] + transform[0, 3])[..., None], 3, axis=2)
    parts = [luma, *(_grown_chroma(layout, layout.view(frame, n), area) for n in (1, 2))]
    return cv2.transform(cv2.merge(parts), transform)


def _samples(layout: PixelLayout, view: np.ndarray) -> np.ndarray:
    values = view.astype(np.float32)
    return values if layout.shift == 0 else values * np.float32(1 / (1 << layout.shift))


def _grown_chroma(layout: PixelLayout, plane: np.ndarray, area: Box) -> np.ndarray:
    """A chroma component at luma size over `area`, (h, w) float32, interpolated from where its samples lie."""
    x0, y0, x1, y1 = area
    across, down = layout.chroma_shift
    if (across, down) == (0, 0):
        return _samples(layout, plane[y0:y1, x0:x1])
    left, top = max((x0 >> across) - 1, 0), max((y0 >> down) - 1, 0)
    part = _samples(layout, plane[top : (y1 >> down) + 2, left : (x1 >> across) + 2])
    scale_x, scale_y = 1 / (1 << across), 1 / (1 << down)
    shift_x = (scale_x - 1) / 2 if layout.is_centre_sited else 0.0
    shift_y = (scale_y - 1) / 2
    to_source = np.array(
        [[scale_x, 0, x0 * scale_x + shift_x - left], [0, scale_y, y0 * scale_y + shift_y - top]], np.float32
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(part, to_source, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _shrink_chroma(
    chroma: np.ndarray, weight: np.ndarray, area: Box, layout: PixelLayout, width: int, height: int
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted chroma (h', w', 2) and its weight (h', w') on the chroma grid, for the samples `area` touches."""
    x0, y0, x1, y1 = area
    across, down = layout.chroma_shift
    step_x, step_y = 1 << across, 1 << down
    # Whole chroma samples: pixels of the rim outside the box have weight 0, those outside the picture repeat its edge.
    pads = (y0 % step_y, -y1 % step_y, x0 % step_x, -x1 % step_x)
    weight = _padded(weight, pads, y1 == height, x1 == width)
    chroma = _padded(chroma, pads, y1 == height, x1 == width)
    is_left_sited = across == 1 and not layout.is_centre_sited
    parts = [
        _shrunk(values, step_x, step_y, is_left_sited=is_left_sited)
        for values in (chroma[..., 0] * weight, chroma[..., 1] * weight, weight)
    ]
    least = weight[::step_y, ::step_x]
    for row in range(step_y):
        for column in range(step_x):
            least = np.minimum(least, weight[row::step_y, column::step_x])
    shrunk = cv2.merge(parts) * (least > 0)[..., None]
    return shrunk[..., :2], shrunk[..., 2]


def _shrunk(values: np.ndarray, step_x: int, step_y: int, *, is_left_sited: bool) -> np.ndarray:
    """(h, w) values averaged onto the chroma grid; whole steps in both directions."""
    rows = values[::step_y]
    for row in range(1, step_y):
        rows = rows + values[row::step_y]
    if is_left_sited:  # weights 1 2 1 around the even columns, where the chroma lies
        even, odd = rows[:, ::2], rows[:, 1::2]
        total = 2 * even + odd
        total[:, 1:] += odd[:, :-1]
        total[:, 0] += even[:, 0]
        return total * np.float32(0.25 / step_y)
    columns = rows[:, ::step_x]
    for column in range(1, step_x):
        columns = columns + rows[:, column::step_x]
    return columns * np.float32(1 / (step_x * step_y))


def _padded(
    values: np.ndarray, pads: tuple[int, int, int, int], at_bottom: bool, at_right: bool
) -> np.ndarray:
    top, bottom, left, right = pads
    if not any(pads):
        return values
    values = cv2.copyMakeBorder(values, top, 0, left, 0, cv2.BORDER_CONSTANT, value=0)
    edge = cv2.BORDER_REPLICATE
    values = cv2.copyMakeBorder(values, 0, bottom, 0, 0, edge if at_bottom else cv2.BORDER_CONSTANT, value=0)
    return cv2.copyMakeBorder(values, 0, 0, 0, right, edge if at_right else cv2.BORDER_CONSTANT, value=0)


def _blend(layout: PixelLayout, view: np.ndarray, weighted: np.ndarray, weight: np.ndarray) -> None:
    """Stores view (1 - weight) + weighted into `view`; exact where the weight is 0."""
    old = _samples(layout, view)
    new = np.clip(np.rint(old - old * weight + weighted), 0, (1 << layout.bits) - 1)
    stored = new.astype(np.uint16) << layout.shift if layout.shift else new
    view[...] = stored.astype(layout.dtype)
