"""Puts one picture of a mouth into another picture of the same face without a seam of light, colour or sharpness."""

import cv2
import numpy as np

_LEVELS = 4
_SHADING_RANGE = (
    0.35  # log ratio: light on one face changes by less than 40 % across the mouth between two frames
)
_DETAIL_LIMITS = (0.6, 1.5)  # weaker or stronger would show as plastic skin or as ringing
_SHADE_LIMIT = 0.16  # log: folds and shadows that come and go with speech change skin by less
_SHADE_NOISE = 0.015  # log: what grain leaves after smoothing; let through, it would flicker
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
    mouth (normalised convolution, Knutsson and Westin 1993). Where one of them shows something else than skin in the ring
    (a microphone before the chin), the ratio there is no light, and is left out.
    """
    size = mouth.shape[0]
    ring = ring * _agreement(mouth, base, ring)
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


def _agreement(mouth: np.ndarray, base: np.ndarray, ring: np.ndarray) -> np.ndarray:
    """(S, S) float32 in 0..1: where the ratio of both pictures is near its median in the ring, as shading of one skin is."""
    sigma = max(mouth.shape[0] / 64, 1.0)  # single pixels differ by their texture
    ratio = np.log(cv2.GaussianBlur(base.mean(axis=2), (0, 0), sigma) + 4) - np.log(
        cv2.GaussianBlur(mouth.mean(axis=2), (0, 0), sigma) + 4
    )
    inside = ring > 0.5
    if not inside.any():
        return np.ones_like(ring)
    away = np.abs(ratio - np.median(ratio[inside]))
    return np.clip(2 - away / _SHADING_RANGE, 0, 1).astype(np.float32)


def dissolve(pictures: list[tuple[np.ndarray, float]], *, coarse: float, morph: float = 0.0) -> np.ndarray:
    """The mixture of pictures (S, S, 3) float32 by their shares, detail finer than `coarse` pixels from the largest.

    What they show at different places is first moved to where it is on the average, by up to `morph` pixels, so that lips
    and teeth glide over a join instead of showing twice.
    """
    if len(pictures) == 1:
        return pictures[0][0]
    pictures = sorted(pictures, key=lambda pair: -pair[1])
    if morph > 0:
        pictures = _meeting(pictures, morph)
    leading = pictures[0][0]
    mixture = np.sum([picture * np.float32(share) for picture, share in pictures], axis=0)
    width = max(coarse, 0.5)
    return leading + cv2.GaussianBlur(mixture - leading, (0, 0), width)


def _meeting(pictures: list[tuple[np.ndarray, float]], limit: float) -> list[tuple[np.ndarray, float]]:
    """`pictures` moved along the optical flow to their average geometry (DIS flow, Kroeger et al., ECCV 2016)."""
    greys = [cv2.cvtColor(np.clip(p, 0, 255).astype(np.uint8), cv2.COLOR_RGB2GRAY) for p, _ in pictures]
    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flows = [np.zeros((*greys[0].shape, 2), np.float32)]
    for grey in greys[1:]:
        flow = cv2.GaussianBlur(
            finder.calc(greys[0], grey, np.zeros((*grey.shape, 2), np.float32)), (0, 0), max(limit / 2, 0.8)
        )
        length = np.linalg.norm(flow, axis=2, keepdims=True)
        # A longer way is no movement but another content, which only a dissolve can bridge.
        flows.append(flow * np.clip(2 - length / limit, 0, 1))
    mean = np.sum(
        [flow * np.float32(share) for flow, (_, share) in zip(flows, pictures, strict=True)], axis=0
    )
    rows, columns = np.indices(greys[0].shape, dtype=np.float32)
    moved = []
    for flow, (picture, share) in zip(flows, pictures, strict=True):
        way = flow - mean
        at = cv2.remap(
            picture,
            columns + way[..., 0],
            rows + way[..., 1],
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        moved.append((at, share))
    return moved


def shade(
    base: np.ndarray, mouth: np.ndarray, lips: np.ndarray, *, near: float, far: float, fine: float
) -> np.ndarray:
    """`base` (S, S, 3) float32 with the folds and shadows around the lips that the borrowed `mouth` picture has.

    The log ratio of both pictures, smoothed over `fine` pixels, without its linear part (the two moments' light), is
    carried over at full strength up to `near` pixels from the lips and not at all from `far` on.

    Args:
        base: the film's own moved face.
        mouth: (S, S, 3) float32, the borrowed face on the same outline.
        lips: (N, 2) closed polygon of the outer lips.
        near: pixels.
        far: pixels.
        fine: pixels; finer folds stay the film's own.
    """
    size = base.shape[0]
    small = max(24, int(size / max(fine, 1.0) * 2))
    step = size / small
    grey = [
        np.log(cv2.resize(picture.mean(axis=2), (small, small), interpolation=cv2.INTER_AREA) + 6.0)
        for picture in (mouth, base)
    ]
    ratio = cv2.GaussianBlur(grey[0] - grey[1], (0, 0), 1.0)
    outside = np.full((small, small), 255, np.uint8)
    cv2.fillPoly(outside, [np.round(((lips + 0.5) / step - 0.5) * 16).astype(np.int32)], 0, shift=4)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) * step
    skin = (distance > 0.25 * near) & (distance < far)
    if not skin.any():
        return base
    rows, columns = (axis.astype(np.float32) / small - 0.5 for axis in np.indices((small, small)))
    plane = np.stack([np.ones_like(rows), rows, columns], axis=-1)
    values = np.clip(ratio, *np.quantile(ratio[skin], [0.1, 0.9]))  # a hand or a microphone is no light
    linear, *_ = np.linalg.lstsq(plane[skin], values[skin], rcond=None)
    local = ratio - plane @ linear.astype(np.float32)
    # Hair or background in one of them is no shadow, nor is the soft edge beside it.
    unlike = cv2.dilate(np.abs(local).astype(np.float32), np.ones((5, 5), np.uint8))
    seen_alike = np.clip(2 - unlike / (1.2 * _SHADE_LIMIT), 0, 1)
    local = np.sign(local) * np.maximum(np.abs(local) - _SHADE_NOISE, 0) * seen_alike
    local = _SHADE_LIMIT * np.tanh(local / _SHADE_LIMIT)
    fall = np.clip((far - distance) / max(far - near, 1e-3), 0, 1)
    local *= fall * fall * (3 - 2 * fall)
    gain = np.exp(cv2.resize(local.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC))
    return base * gain[..., None]


def detail(picture: np.ndarray, where: np.ndarray) -> float:
    """RMS of what a 1-pixel Gaussian takes from the brightness of `picture` (S, S, 3) `where` (S, S) is 1."""
    grey = picture.mean(axis=2)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 1.0)
    return float(np.sqrt((fine**2 * where).sum() / max(float(where.sum()), 1.0)))


def match_detail(mouth: np.ndarray, ring: np.ndarray, wanted: float) -> np.ndarray:
    """`mouth` (S, S, 3) float32 with its finest detail strengthened or weakened so that the `ring` has `wanted` of it."""
    gain = np.clip(wanted / max(detail(mouth, ring), 1e-3), *_DETAIL_LIMITS)
    return mouth + np.float32(gain - 1) * (mouth - cv2.GaussianBlur(mouth, (0, 0), 1.0))


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
