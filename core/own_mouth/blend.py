"""Puts one picture of a mouth into another picture of the same face without a seam of light, colour or sharpness."""

import cv2
import numpy as np

_LEVELS = 4
_GAIN_LIMIT = 1.8  # a stronger change of light than this is a different place, not a shading difference


def lip_mask(outline: np.ndarray, size: int, *, core: float, feather: float) -> tuple[np.ndarray, np.ndarray]:
    """Blend weight and the skin ring where light is compared, both (S, S) float32 in 0..1.

    Args:
        outline: (N, 2) closed polygon of the outer lips, in pixels of the square.
        size: S.
        core: pixels beyond the outline that are wholly taken over.
        feather: pixels over which the weight then falls to 0.
    """
    outside = np.full((size, size), 255, np.uint8)
    cv2.fillPoly(outside, [np.round(outline * 16).astype(np.int32)], 0, lineType=cv2.LINE_8, shift=4)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    fall = np.clip((distance - core) / max(feather, 1e-3), 0, 1)
    weight = 1 - fall * fall * (3 - 2 * fall)
    ring = ((distance > core) & (distance < core + 1.5 * feather)).astype(np.float32)
    return weight.astype(np.float32), ring


def match_light(mouth: np.ndarray, base: np.ndarray, ring: np.ndarray, *, reach: float) -> np.ndarray:
    """`mouth` (S, S, 3) float32 with the slow shading and colour that `base` has in the `ring` (S, S) around it.

    The gain per channel is the ratio of both pictures smoothed over `reach` pixels inside the ring, carried on into the
    mouth (normalised convolution, Knutsson and Westin 1993).
    """
    size = mouth.shape[0]
    step = max(1, int(reach / 6))
    small = max(8, size // step)
    inside = cv2.resize(ring, (small, small), interpolation=cv2.INTER_AREA)[..., None]
    over = cv2.resize(base * ring[..., None], (small, small), interpolation=cv2.INTER_AREA)
    under = cv2.resize(mouth * ring[..., None], (small, small), interpolation=cv2.INTER_AREA)
    sigma = max(reach * small / size, 0.8)
    floor = 2.0  # grey levels; keeps black regions from ruling the ratio

    def smooth(values: np.ndarray, width: float) -> np.ndarray:
        return cv2.GaussianBlur(values, (0, 0), width, borderType=cv2.BORDER_REFLECT)

    # The wide term fills the middle of a mouth that the narrow one does not reach.
    top = smooth(over + floor * inside, sigma) + 0.02 * smooth(over + floor * inside, 4 * sigma)
    bottom = smooth(under + floor * inside, sigma) + 0.02 * smooth(under + floor * inside, 4 * sigma)
    gain = np.clip(top / np.maximum(bottom, 1e-3), 1 / _GAIN_LIMIT, _GAIN_LIMIT)
    return mouth * cv2.resize(gain.astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR)


def multiband(mouth: np.ndarray, base: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """`mouth` over `base` ((S, S, 3) float32 each) by `weight` (S, S), each octave of detail over its own width.

    Burt and Adelson, "A multiresolution spline", ACM ToG 1983. Where the weight is 0 over a wide neighbourhood the
    result equals `base`.
    """
    difference = mouth - base
    pyramid = [(difference, weight)]
    for _ in range(_LEVELS):
        values, mask = pyramid[-1]
        if min(mask.shape) < 16:
            break
        pyramid.append((cv2.pyrDown(values), cv2.pyrDown(mask)))
    result = pyramid[-1][0] * pyramid[-1][1][..., None]
    for (values, mask), (coarse, _) in zip(pyramid[-2::-1], pyramid[:0:-1], strict=True):
        height, width = mask.shape
        detail = values - cv2.pyrUp(coarse, dstsize=(width, height))
        result = cv2.pyrUp(result, dstsize=(width, height)) + detail * mask[..., None]
    return base + result
