"""Gaussian smooth compositing: new lips into the film's picture, within one box around the mouth.

UniSync 2026, section 3.4: a mask tight around the mouth → dilation → Gaussian blur → blend, in pixel space. All functions are
pure; the box keeps the cost independent of the frame's size. `core.media.planes` puts the box back into the source's own
pixel format.
"""

import math

import cv2
import numpy as np

from core.compositing.colour_match import match_colours, ring_statistics
from core.compositing.settings import MaskSettings
from core.face_geometry.mouth_masks import (
    fill,
    lip_region,
    lower_face_silhouette,
    mouth_region,
    upright_mouth_width,
)

__all__ = ["Box", "MaskSettings", "blend", "composite_rgb", "mouth_box", "mouth_mask", "placed_crop"]

Box = tuple[int, int, int, int]

REACH = 3.0  # standard deviations after which the Gaussian counts as 0 (0.1 %)
WORK_WIDTH = (
    96.0  # pixels the mouth is wide where masks are made: rounding stays the same from frame to frame
)
LARGEST_ENLARGEMENT = 4.0  # of mouths so small that whole pixels would be coarse steps
SHARPEST = 2.0  # the Gaussian's standard deviation in working pixels below which masks are made at full size


def mouth_box(
    landmarks_source: np.ndarray,
    landmarks_new: np.ndarray,
    settings: MaskSettings,
    frame_size: tuple[int, int],
) -> Box:
    """The box x0 y0 x1 y1 that holds the whole mask; even numbers (for shared chroma), inside (width, height).

    Empty (x1 <= x0 or y1 <= y0) when the mouth lies outside the picture.
    """
    regions = _regions(landmarks_source, landmarks_new, settings)
    margin = _mouth_width(landmarks_source, landmarks_new) * (settings.grow + REACH * settings.feather) + 2
    low = np.min([region.min(axis=0) for region in regions], axis=0) - margin
    high = np.max([region.max(axis=0) for region in regions], axis=0) + margin
    width, height = frame_size
    x0, y0 = max(int(low[0]) // 2 * 2, 0), max(int(low[1]) // 2 * 2, 0)
    x1, y1 = min(-(-math.ceil(high[0]) // 2) * 2, width), min(-(-math.ceil(high[1]) // 2) * 2, height)
    return x0, y0, max(x1, x0), max(y1, y0)


def mouth_mask(
    landmarks_source: np.ndarray, landmarks_new: np.ndarray, box: Box, settings: MaskSettings
) -> np.ndarray:
    """(h, w) float32 in 0..1 for `box`: 1 over the lips of both faces at any feather, running out to 0 around the mouth.

    Landmarks are (468, 2 or 3) in source pixels. `strength` is not in it (see `blend`).
    """
    x0, y0, x1, y1 = box
    if x1 <= x0 or y1 <= y0:
        return np.zeros((max(y1 - y0, 0), max(x1 - x0, 0)), np.float32)
    width = _mouth_width(landmarks_source, landmarks_new)
    scale = 1.0
    if settings.feather * WORK_WIDTH >= SHARPEST:
        scale = min(WORK_WIDTH / width, LARGEST_ENLARGEMENT)
    rows, columns = math.ceil((y1 - y0) * scale), math.ceil((x1 - x0) * scale)
    tight = np.zeros((rows, columns), np.uint8)
    face = np.zeros((rows, columns), np.uint8)
    for region in _regions(landmarks_source, landmarks_new, settings):
        fill((region - (x0, y0) + 0.5) * scale - 0.5, tight.shape, into=tight)
    for landmarks in (landmarks_source, landmarks_new):
        lower_face_silhouette((landmarks[:, :2] - (x0, y0) + 0.5) * scale - 0.5, face.shape, into=face)
    if settings.chin <= 0:  # a lower edge below the chin is asked for on purpose
        np.minimum(tight, face, out=tight)  # beside a turned head's lips there is background, not skin
    radius = settings.grow * width * scale
    grown = _dilated(tight, radius)
    mask: np.ndarray = grown.astype(np.float32) * np.float32(1 / 255)
    sigma = settings.feather * width * scale
    if sigma > 0.1:
        mask = cv2.GaussianBlur(mask, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    # What the Gaussian's tail leaves is below one code value; cut off, the pixels there stay untouched.
    mask -= np.float32(1 / 512)
    np.clip(mask * np.float32(512 / 511), 0, 1, out=mask)
    if sigma > 0.1:
        lips = np.zeros(tight.shape, np.uint8)
        for landmarks in (landmarks_source, landmarks_new):
            fill((lip_region(landmarks) - (x0, y0) + 0.5) * scale - 0.5, lips.shape, into=lips)
        mask = _whole_over(lips, grown, mask)
    if scale != 1.0:
        to_work = np.array([[scale, 0, scale / 2 - 0.5], [0, scale, scale / 2 - 0.5]])
        mask = cv2.warpAffine(
            mask,
            to_work,
            (x1 - x0, y1 - y0),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return mask


def placed_crop(
    crop: np.ndarray, affine: np.ndarray, box: Box, *, edge: float = 4.0
) -> tuple[np.ndarray, np.ndarray]:
    """`crop` (S, T, 3) uint8 as it lies over `box`: picture (h, w, 3) uint8 and coverage (h, w) float32 in 0..1.

    `affine` (2, 3) takes crop pixels to source pixels. A whole-pixel translation copies pixels unchanged. The coverage runs
    out over `edge` source pixels inside the crop's border, so that a crop that is too small never shows its edge.
    """
    x0, y0, x1, y1 = box
    rows, columns = crop.shape[:2]
    matrix = np.asarray(affine, dtype=np.float64)
    shift = matrix[:, 2]
    is_copy = bool(np.array_equal(matrix[:, :2], np.eye(2)) and np.array_equal(shift, np.round(shift)))
    if is_copy:
        left, top = int(shift[0]) - x0, int(shift[1]) - y0
        u0, v0 = max(-left, 0), max(-top, 0)
        u1, v1 = min(columns, x1 - x0 - left), min(rows, y1 - y0 - top)
        if (u0, v0, left + u0, top + v0, left + u1, top + v1) == (u0, v0, 0, 0, x1 - x0, y1 - y0):
            picture = crop[v0:v1, u0:u1]
        else:
            picture = np.zeros((y1 - y0, x1 - x0, 3), np.uint8)
            if u1 > u0 and v1 > v0:
                picture[top + v0 : top + v1, left + u0 : left + u1] = crop[v0:v1, u0:u1]
    else:
        to_box = matrix.copy()
        to_box[:, 2] -= (x0, y0)
        scale = math.hypot(matrix[0, 0], matrix[1, 0])
        if scale < 0.75:  # warping alone would skip pixels
            crop = cv2.resize(
                crop, (round(columns * scale), round(rows * scale)), interpolation=cv2.INTER_AREA
            )
            factors = np.array([columns / crop.shape[1], rows / crop.shape[0]])
            to_box[:, 2] += to_box[:, :2] @ ((factors - 1) / 2)
            to_box[:, :2] *= factors
        picture = cv2.warpAffine(
            crop,
            to_box,
            (x1 - x0, y1 - y0),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return picture, _coverage(matrix, (columns, rows), box, edge)


def blend(source: np.ndarray, picture: np.ndarray, mask: np.ndarray, *, strength: float = 1.0) -> np.ndarray:
    """(h, w, 3) uint8: ``mask · strength`` of `picture` over `source`; pixels whose mask is 0 are exactly the source's."""
    weight = (mask * np.float32(strength))[:, :, None]
    mixed = source + weight * (picture.astype(np.float32) - source)
    return np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)


def composite_rgb(
    source: np.ndarray,
    crop: np.ndarray,
    affine: np.ndarray,
    mask: np.ndarray,
    settings: MaskSettings,
    *,
    box: Box,
    occlusion: np.ndarray | None = None,
    weight: float = 1.0,
) -> np.ndarray:
    """The finished box (h, w, 3) uint8 RGB.

    Args:
        source: (h, w, 3) uint8 RGB of `box`.
        crop: (S, S, 3) uint8 RGB of the new face, and
        affine: where it lies, crop to source pixels (2, 3).
        mask: (h, w) float32 of `mouth_mask`.
        settings: strength, colour match and occlusion guard are heeded here.
        box: in source pixels.
        occlusion: (h, w) float32 of `core.face_geometry.cover`, 1 where something stands before the face.
        weight: confidence in the crop itself, 0..1 (`LipChunk.weights`).
    """
    picture, alpha = prepared(
        source,
        crop,
        affine,
        mask,
        settings,
        box=box,
        occlusion=occlusion,
        weight=weight,
    )
    return blend(source, picture, alpha)


def prepared(
    source: np.ndarray,
    crop: np.ndarray,
    affine: np.ndarray,
    mask: np.ndarray,
    settings: MaskSettings,
    *,
    box: Box,
    occlusion: np.ndarray | None = None,
    weight: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """As `composite_rgb`, but before the blend: picture (h, w, 3) uint8 and alpha (h, w) float32.

    For `core.media.planes.replace_rect`, which blends in the source's own pixel format.
    """
    picture, coverage = placed_crop(crop, affine, box)
    alpha = mask * coverage
    if occlusion is not None and settings.occlusion_guard:
        alpha *= 1 - occlusion
    if settings.colour_match:
        picture = match_colours(picture, ring_statistics(source, picture, alpha))
    return picture, alpha * np.float32(settings.strength * weight)


def _regions(source: np.ndarray, new: np.ndarray, settings: MaskSettings) -> list[np.ndarray]:
    return [
        mouth_region(landmarks, chin=settings.chin, upper_lip=settings.upper_lip)
        for landmarks in (source, new)
    ]


def _mouth_width(source: np.ndarray, new: np.ndarray) -> float:
    return max(upright_mouth_width(source), upright_mouth_width(new))


def _dilated(mask: np.ndarray, radius: float) -> np.ndarray:
    pixels = round(radius)
    if pixels < 1:
        return mask
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return cv2.dilate(mask, kernel)


def _whole_over(lips: np.ndarray, grown: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`mask` grown outwards as far as it takes to be 1 over the lips: a wide feather would let old lips shine through.

    Dividing by the lowest value over the lips keeps the slope smooth everywhere and 0 where it was 0.
    """
    inside = mask[(lips > 0) & (grown == 255)]  # not where a turned head's silhouette cut the lips off
    lowest = float(inside.min()) if inside.size else 1.0
    return np.minimum(mask / np.float32(max(lowest, 1e-3)), 1) if lowest < 1 else mask


def _coverage(affine: np.ndarray, size: tuple[int, int], box: Box, edge: float) -> np.ndarray:
    """How far inside the crop each pixel of the box lies, over `edge`, limited to 0..1."""
    x0, y0, x1, y1 = box
    inverse = cv2.invertAffineTransform(affine)
    unit = edge * math.hypot(inverse[0, 0], inverse[1, 0])  # crop pixels
    corners = inverse @ np.array([[x0, x1 - 1, x0, x1 - 1], [y0, y0, y1 - 1, y1 - 1], [1, 1, 1, 1]])
    inside = min(corners.min(), size[0] - 1 - corners[0].max(), size[1] - 1 - corners[1].max())
    if inside >= unit:
        return np.ones((y1 - y0, x1 - x0), np.float32)
    x = np.arange(x0, x1, dtype=np.float32)[None, :]
    y = np.arange(y0, y1, dtype=np.float32)[:, None]
    result = np.ones((y1 - y0, x1 - x0), np.float32)
    for row, length in zip(inverse, size, strict=True):
        place = np.float32(row[0]) * x + np.float32(row[1]) * y + np.float32(row[2])
        np.minimum(result, np.clip(np.minimum(place, length - 1 - place) / unit, 0, 1), out=result)
    return result
