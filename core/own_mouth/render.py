"""Renders one frame: the film's own lower face moved to the wanted jaw and lip outline, and a borrowed mouth set into it.

Two smooth fields are built per frame. The first moves this frame's own skin, jaw edge and neck, so that nothing around
the mouth comes from elsewhere. The second brings the borrowed frame's lips and inner mouth onto the same outline. Only
the lips, what is between them and a narrow rim of skin are taken from the borrowed frame.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

from core.base.stages import stage
from core.face_geometry.landmark_sets import CHIN_TIP, EYE_OUTER_CORNERS, NEXT_TO_LIPS, NOSE_BASE, OUTER_LIP
from core.face_geometry.measures import eye_distance
from core.own_mouth import blend, motion_blur, teeth
from core.own_mouth.borrowed_mouth import (
    BorrowedMouth,
    MouthShare,
    light_between,
    lip_colour,
    seen_opening,
    with_seen_edges,
    with_true_edges,
    with_true_slit,
)
from core.own_mouth.head import Plane
from core.own_mouth.regions import (
    HELD,
    JAW_EDGE,
    LOWER_BORROWED,
    LOWER_INNER,
    NOSE_AND_CHEEKS,
    SKIN_AND_RIM,
    UPPER_BORROWED,
    UPPER_INNER,
)
from core.own_mouth.unfolded import borne_share
from core.own_mouth.warp import Window, cut, displacement_field, node_field, sample

CROP_SPAN = 2.5  # crop side in eye-corner distances: the lower face, the neck below it and some air
CROP_ABOVE = 0.3  # share of the crop above the middle of nose and cheeks
MOUTH_SPAN = 1.15  # side of the borrowed square: lips wide open plus the blended rim
_NECK_REACH = 0.34  # eye-corner distances below the jaw from which on the film is left as it is
_NECK_STRETCH, _MOST_NECK_REACH = (
    1.7,
    0.6,
)  # by how much the neck is drawn out below a rising chin, and how far down at most
_REACH_FALL = 0.15  # eye-corner distances over which what is left of a movement comes to rest
_BORDER = 0.06  # of the crop's side, likewise
_MASK_CORE, _MASK_FEATHER = 0.035, 0.15
_LIGHT_REACH = 0.16
_CORNER_SOFTNESS = 0.04
_CURVE_STEPS, _CURVE_EASE = (
    41,
    0.6,
)  # points of the line where lips meet; points of the mesh over which it is eased
_MEETING_SOFTNESS, _LEAST_SOFTNESS = (
    0.005,
    0.75,
)  # eye-corner distances; pixels, below which an edge has steps
_PARTED = 0.01  # eye-corner distances (0.9 mm): lips nearer than this show their own slit
_LEAST_INSIDE, _INSIDE_SOFTNESS = 0.006, 0.009  # eye-corner distances
_DISSOLVE_FROM = 0.012  # detail finer than this is taken from one frame: two grains averaged are half a grain
_MOST_MORPH = 0.03  # teeth and lip edges of alike mouths on one outline are no farther apart
_SHADE_NEAR, _SHADE_FAR, _SHADE_FINE = 0.14, 0.34, 0.045  # eye-corner distances
_FIELD_NODES, _MOUTH_NODES = 44, 36
_BOUND_NODES = 3 * _FIELD_NODES
# Of a source pixel, what one pixel of the moved face shows at least: no fold beside the lips, where borrowed skin lies over it;
# skin drawn out by 2.5 elsewhere, beyond which it smears into stripes and the jaw's edge into a fringe.
_LEAST_SCALE = (0.12, 0.4)
_FIELD_SMOOTHING, _MOUTH_SMOOTHING = 2e-5, 2e-6  # of the landmarks' noise; hardly bends the fit on real clips


@dataclass(frozen=True, slots=True)
class Rendering:
    """Parts of the rendering, each of which the benchmark can leave out.

    Attributes:
        teeth: what is between the lips moves with the jaws, not with the lips.
        move_face: the film's own lower face follows the new jaw; else only the mouth is pasted.
        fit_shape: the borrowed mouth is warped onto the wanted shape; else only turned, sized and placed.
        light: slow shading is matched.
        bands: blended octave by octave; else by one mask.
        dissolve: joins dissolve over three frames.
        morph: what dissolves is moved together along the optical flow.
        shade: folds and shadows around the lips come with the borrowed mouth.
        contact: lips that must touch are closed over what is between them.
        interiors: what is between the lips is borrowed once for each opening of the mouth; else with the lips.
        blur: the borrowed mouth is smeared as far as the film's moving head is.
        judge: what looks unnatural is doubted, and made again with the interior that came with the lips.
        detail: the borrowed skin gets the grain and sharpness of the film's own at this moment.
    """

    move_face: bool = True
    fit_shape: bool = True
    light: bool = True
    bands: bool = True
    dissolve: bool = True
    morph: bool = True
    shade: bool = True
    contact: bool = True
    interiors: bool = True
    blur: bool = True
    detail: bool = True
    judge: bool = True
    teeth: bool = True


def crop_window(landmarks: np.ndarray, size: int) -> Window:
    """The square of `size` pixels around the lower face with `landmarks` (468, 2+), at whole pixels.

    Of a head that stands upside down the lower face lies above.
    """
    x, y = landmarks[list(NOSE_AND_CHEEKS), :2].mean(axis=0)  # still under speech, so the crop does not bob
    upright = landmarks[CHIN_TIP, 1] >= landmarks[list(EYE_OUTER_CORNERS), 1].mean()
    above = CROP_ABOVE if upright else 1 - CROP_ABOVE
    return Window(round(float(x) - size / 2), round(float(y) - size * above), size)


@dataclass(frozen=True, slots=True)
class Forced:
    """What a frame could not be given as it was borrowed, or filmed.

    Attributes:
        jaw: share of the jaw's movement that the picture bore, 0..1.
        painted: how much is seen to be painted between the lips, see `core.own_mouth.teeth.set_in`.
        relit: grey levels by which the borrowed mouth and the skin around it were brought into this moment's light.
    """

    jaw: float = 1.0
    painted: float = 0.0
    relit: float = 0.0


@stage("making lips")
def render_frame(  # noqa: PLR0913 - the facts of one picture
    picture: np.ndarray,
    old: np.ndarray,
    new: np.ndarray,
    scale: float,
    mouth_shares: tuple[MouthShare, ...],
    plane: Plane,
    window: Window,
    rendering: Rendering,
    *,
    contact: float = 0.0,
    interiors: tuple[MouthShare, ...] = (),
    movement: np.ndarray | None = None,
) -> tuple[np.ndarray, Forced]:
    """The finished crop (S, S, 3) uint8, and what was forced for it.

    Args:
        picture: the film's frame, (H, W, 3).
        old: (468, 2) float32, its landmarks.
        new: (468, 2) float32, where they shall be; points that do not move equal `old`.
        scale: source pixels per eye-corner distance.
        mouth_shares: at least one borrowed mouth.
        plane: of the film's head.
        window: the crop.
        rendering: what is done.
        contact: 0..1, how surely the lips touch.
        interiors: mouths of which only what is between the lips is borrowed, and their shares; `mouth_shares`' own by default.
        movement: (2,) pixels by which the head moves while the shutter is open; none by default.
    """
    base, jaw, relit = cut(picture, window), 1.0, 0.0
    if rendering.move_face:
        base, jaw = _move_lower_face(picture, old, new, scale, window)
    side = min(int(np.ceil(MOUTH_SPAN * scale)), window.size)
    middle = new[list(OUTER_LIP)].mean(axis=0)
    inner = Window(
        int(np.clip(round(float(middle[0]) - side / 2), window.x, window.x + window.size - side)),
        int(np.clip(round(float(middle[1]) - side / 2), window.y, window.y + window.size - side)),
        side,
    )
    top, left = inner.y - window.y, inner.x - window.x
    region = base[top : top + side, left : left + side].astype(np.float32)
    outline = new[list(OUTER_LIP)] - (inner.x, inner.y)
    weight, ring = blend.lip_mask(outline, side, core=_MASK_CORE * scale, feather=_MASK_FEATHER * scale)
    touch = contact if rendering.contact else 0.0
    lips = [_borrow(part.mouth, new, scale, plane, inner, touch, rendering) for part in mouth_shares]
    painted = max(each for _, each in lips)
    mouth = blend.dissolve(
        [(picture, part.share) for (picture, _), part in zip(lips, mouth_shares, strict=True)],
        coarse=_DISSOLVE_FROM * scale,
        morph=_MOST_MORPH * scale if rendering.morph else 0.0,
    )
    if interiors and rendering.interiors and rendering.teeth:
        mouth, painted = _between_lips(
            (mouth, painted), interiors, mouth_shares, new, scale, plane, inner, touch
        )
    if rendering.blur and movement is not None:
        leading = max(mouth_shares, key=lambda part: part.share).mouth
        borrowed_movement = leading.movement * np.float32(scale / eye_distance(leading.landmarks))
        mouth = motion_blur.match_blur(mouth, movement, borrowed_movement)
    if rendering.shade:
        region = blend.shade(
            region, mouth, outline, near=_SHADE_NEAR * scale, far=_SHADE_FAR * scale, fine=_SHADE_FINE * scale
        )
    if rendering.light:
        borrowed = mouth
        mouth = blend.match_light(borrowed, region, ring, reach=_LIGHT_REACH * scale)
        relit = float(cv2.absdiff(mouth, borrowed).mean())
    if rendering.detail:
        before = _skin_detail(picture, old, scale)
        mouth = blend.match_detail(mouth, ring, before)
    if rendering.bands:
        merged = blend.multiband(mouth, region, weight)
    else:
        merged = region + weight[..., None] * (mouth - region)
    base[top : top + side, left : left + side] = np.clip(merged + 0.5, 0, 255).astype(np.uint8)
    return base, Forced(jaw, painted, relit)


def _move_lower_face(
    picture: np.ndarray, old: np.ndarray, new: np.ndarray, scale: float, window: Window
) -> tuple[np.ndarray, float]:
    field, share = face_field(old, new, scale, window)
    return sample(picture, field, window), share


def face_field(old: np.ndarray, new: np.ndarray, scale: float, window: Window) -> tuple[np.ndarray, float]:
    """(S, S, 2) float32: from where each pixel of the moved lower face is taken; and the share of the jaw's movement that is done.

    It nowhere folds, nor stretches skin beyond belief.

    A chin that rises uncovers neck that this frame does not show. Its own neck is drawn out over the gap, over a longer way
    the farther the chin rises; where that is not enough, the jaw goes only as far as the picture allows, and the lips do
    the rest.
    """
    moving, held = list(SKIN_AND_RIM), list(HELD)
    way = (old - new)[moving]
    down = new[CHIN_TIP] - new[NOSE_BASE]
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    rise = float((old - new)[CHIN_TIP] @ down) / scale
    reach = float(np.clip(rise / (1 - 1 / _NECK_STRETCH), _NECK_REACH, _MOST_NECK_REACH))
    rim, neck = _rim(window), _neck(new, scale, reach)
    at = np.concatenate([new[moving], new[held], neck, rim])
    lips: np.ndarray
    jaw: np.ndarray
    lips, jaw = np.zeros((2, len(at), 2))
    with_lips = len(OUTER_LIP) + len(NEXT_TO_LIPS)
    lips[:with_lips] = way[:with_lips]
    jaw[with_lips : len(moving)] = way[with_lips:]
    both = node_field(
        at, np.concatenate([lips, jaw], axis=1), window, nodes=_FIELD_NODES, smoothing=_FIELD_SMOOTHING
    )
    both *= _face_reach(new, scale, window, reach)[..., None]
    # Looked at between the nodes, too, where cubic interpolation can fold what is whole at them.
    fine = cv2.resize(both, (_BOUND_NODES, _BOUND_NODES), interpolation=cv2.INTER_CUBIC)
    fine *= _still_border(_BOUND_NODES)[..., None]
    lips, jaw, spacing = fine[..., :2], fine[..., 2:], window.size / _BOUND_NODES
    # With the jaw held still the lips alone would fold what is between both: they go together before they are held back.
    least = _least_scales(new[list(OUTER_LIP)], scale, window)
    share, whole = borne_share(lips, jaw, spacing, least), 1.0
    if share == 0:
        share, whole = 1.0, borne_share(np.zeros_like(lips), lips + jaw, spacing, least)
    moved = whole * (both[..., :2] + share * both[..., 2:])
    field = cv2.resize(moved, (window.size, window.size), interpolation=cv2.INTER_CUBIC)
    return field * _still_border(window.size)[..., None], share * whole


def _borrow(
    mouth: BorrowedMouth,
    new: np.ndarray,
    scale: float,
    plane: Plane,
    inner: Window,
    contact: float,
    rendering: Rendering,
) -> tuple[np.ndarray, float]:
    """The borrowed mouth on the outline `new`, (S, S, 3) float32, and how much of it is painted.

    Upper and lower lip follow fields of their own that part where the lips meet. One field for both would squeeze teeth
    and tongue between closing lips; two let the lips close over them, as lips do.
    """
    opened = seen_opening(mouth, new, contact, scale)
    new = with_true_slit(new, mouth.slit_below * scale)
    borrowed = with_true_edges(mouth, new, contact)
    fields = [
        displacement_field(
            new[points], borrowed[points] - new[points], inner, nodes=_MOUTH_NODES, smoothing=_MOUTH_SMOOTHING
        )
        for points in (UPPER_BORROWED, LOWER_BORROWED)
    ]
    made, painted = _meeting(mouth, fields, new, scale, inner), 0.0
    if rendering.teeth:
        made, painted = _interior_of(mouth, made, new, opened, scale, plane, inner, contact)
    return _with_inside(made, mouth, new, scale, inner), painted


def _interior_of(  # noqa: PLR0913 - the facts of one picture
    mouth: BorrowedMouth,
    made: np.ndarray,
    new: np.ndarray,
    opened: np.ndarray | None,
    scale: float,
    plane: Plane,
    inner: Window,
    contact: float,
    gain: np.ndarray | None = None,
) -> tuple[np.ndarray, float]:
    """`made` with the inside of `mouth`, times `gain` (3,) if it is not the lips' own, and how much of that is painted.

    It goes between the edges `opened` (468, 2) that the lips are seen to have, and between those of `new` (468, 2), whose
    slit is the true one, where they are not seen.
    """
    shut, own = mouth.shut_gap / scale, float(eye_distance(mouth.landmarks))
    if mouth.edges is not None:
        shown = teeth.Opening.of(with_seen_edges(mouth), mouth.plane, wider=0.0)
    else:
        points = with_true_slit(mouth.landmarks, mouth.slit_below * own)
        shown = teeth.Opening.of(points, mouth.plane, wider=mouth.unseen_gap / own - shut)
    if opened is not None:
        wanted = teeth.Opening.of(opened, plane, wider=0.0)
    else:
        touching = _touching(contact) * max(_height(new) / scale - shut, 0)
        wanted = teeth.Opening.of(new, plane, wider=-shut - touching)
    return teeth.set_in(
        made,
        mouth.picture,
        mouth.origin,
        (wanted, plane),
        (shown, mouth.plane),
        inner,
        lips=lip_colour(mouth) * (1 if gain is None else gain),
        gain=gain,
    )


def _between_lips(
    lips: tuple[np.ndarray, float],
    interiors: tuple[MouthShare, ...],
    mouth_shares: tuple[MouthShare, ...],
    new: np.ndarray,
    scale: float,
    plane: Plane,
    inner: Window,
    contact: float,
) -> tuple[np.ndarray, float]:
    """The picture of `lips` with what is between them from `interiors`, in the light that the lips' own donor is in; and how much is painted.

    `lips` says how much is painted in that picture.
    """
    made, painted = lips
    leading = max(mouth_shares, key=lambda part: part.share).mouth
    # Nearly shut lips show their own slit: what is seen through a hair's breadth cannot change visibly.
    parted = max(_height(new) - leading.shut_gap, 0) / scale * (1 - _touching(contact))
    shown = np.float32(np.clip(parted / _PARTED - 1, 0, 1))
    if shown <= 0:
        return lips
    opened = seen_opening(leading, new, contact, scale)
    pictures, paint = [], [painted * (1 - float(shown))]
    for part in interiors:
        slit = with_true_slit(new, part.mouth.slit_below * scale)
        gain = light_between(part.mouth, leading)
        picture, painted = _interior_of(
            part.mouth, made.copy(), slit, opened, scale, plane, inner, contact, gain
        )
        pictures.append((picture, part.share))
        paint.append(painted * float(shown))
    mixture = blend.dissolve(pictures, coarse=_DISSOLVE_FROM * scale, morph=_MOST_MORPH * scale)
    return made + shown * (mixture - made), max(paint)


def _with_inside(
    made: np.ndarray, mouth: BorrowedMouth, new: np.ndarray, scale: float, inner: Window
) -> np.ndarray:
    """`made` with the inside that `mouth` was given, where the borrowed one was too shut to have one."""
    if mouth.inside is None:
        return made
    wanted = _height(new) - mouth.shut_gap
    shown = max(_height(mouth.landmarks) + mouth.unseen_gap - mouth.shut_gap, 0.0)
    least = _LEAST_INSIDE * scale
    lacking = float(np.clip((wanted - mouth.stretch * shown - least) / max(0.5 * wanted, least), 0, 1))
    if lacking <= 0:
        return made
    corner = np.array([inner.x, inner.y])
    # It grows from the slit as lips part, rather than showing through them.
    middle, half = (new[UPPER_INNER] + new[LOWER_INNER]) / 2, (new[LOWER_INNER] - new[UPPER_INNER]) / 2
    open_share = max(1 - mouth.shut_gap / max(_height(new), 1e-6), 0.0)
    outline = np.concatenate([middle - open_share * half, (middle + open_share * half)[::-1]]) - corner
    mask = np.zeros((inner.size, inner.size), np.uint8)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=4)
    weight = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), _INSIDE_SOFTNESS * scale)[..., None]
    # Two rows of teeth, one in the other, are worse than a jump.
    return made + min(8 * lacking, 1.0) * weight * (mouth.inside(inner) - made)


def _touching(contact: float) -> float:
    """How far lips are shut, 0..1, that touch with a probability of `contact`: more likely than not is sure."""
    return min(2 * contact, 1.0)


def _height(points: np.ndarray) -> float:
    """Mean height in pixels of the inner lips' middle."""
    return float(np.linalg.norm(points[UPPER_INNER] - points[LOWER_INNER], axis=1)[4:7].mean())


def _meeting(
    mouth: BorrowedMouth, fields: list[np.ndarray], new: np.ndarray, scale: float, inner: Window
) -> np.ndarray:
    """(S, S, 3) float32: the upper lip by the first of `fields`, the lower by the second, as far as the line where they meet.

    Between the corners the two pictures meet along a curve without steps: mixed fields would show there what lies between both
    lips in the borrowed frame. Beside the corners, where there is but one skin, the fields go over into each other.
    """
    above, beside, soft = _meeting_line(new, scale, inner)
    mixed = fields[1] + soft * (fields[0] - fields[1])
    upper, lower = (field + beside * (mixed - field) for field in fields)
    crossed = np.flatnonzero((above > 0).any(axis=(1, 2)) & (above < 1).any(axis=(1, 2)))
    first, stop = (int(crossed[0]), int(crossed[-1]) + 1) if len(crossed) else (0, inner.size)
    # Above and below the rows that the line crosses one lip shows alone: a third of the pixels is sampled twice, not all.
    is_upright = float(above[0].mean()) >= 0.5
    before, after = (upper, lower) if is_upright else (lower, upper)
    share = above[first:stop] if is_upright else 1 - above[first:stop]
    made = sample(mouth.picture, np.concatenate([before[:stop], after[stop:]]), inner, origin=mouth.origin)
    other = sample(mouth.picture, after[first:stop], inner, origin=mouth.origin, first_row=first)
    made = made.astype(np.float32)
    made[first:stop] = other + share * (made[first:stop] - other)
    return made


def _meeting_line(new: np.ndarray, scale: float, inner: Window) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(S, S, 1) float32 each: 1 above the line where the lips meet; 1 beside the corners; the first, far softer."""
    corner = np.array([inner.x, inner.y])
    points = (new[UPPER_INNER] + new[LOWER_INNER]) / 2 - corner
    at = np.linspace(0, len(points) - 1, _CURVE_STEPS)
    # Eleven points are a polygon; what lips close along is a curve.
    line: np.ndarray = CubicSpline(
        np.arange(len(points)), gaussian_filter1d(points, _CURVE_EASE, axis=0, mode="nearest")
    )(at)
    line += np.linspace(0, 1, _CURVE_STEPS)[:, None] * (points[-1] - line[-1])
    line += np.linspace(1, 0, _CURVE_STEPS)[:, None] * (points[0] - line[0])
    along = line[-1] - line[0]
    along = along / max(float(np.linalg.norm(along)), 1e-6)
    up = np.array([along[1], -along[0]])
    middle, half = (line[0] + line[-1]) / 2, float(np.linalg.norm(line[-1] - line[0])) / 2
    axis = np.arange(inner.size, dtype=np.float32)
    across, down = axis[None] - np.float32(middle[0]), axis[:, None] - np.float32(middle[1])
    place = across * np.float32(along[0]) + down * np.float32(along[1])
    height = across * np.float32(up[0]) + down * np.float32(up[1])
    line = (line - middle) @ np.stack([along, up], axis=1)
    # The curve's height at every pixel, looked up in steps of an eighth of one.
    low, steps = float(place.min()), int(8 * float(np.ptp(place))) + 2
    table = np.interp(low + np.arange(steps) / 8, np.maximum.accumulate(line[:, 0]), line[:, 1])
    height -= table.astype(np.float32)[(8 * (place - np.float32(low))).astype(np.int32)]
    edge, soft = (
        np.clip(0.5 + height * np.float32(0.5 / wide), 0, 1)
        for wide in (max(_MEETING_SOFTNESS * scale, _LEAST_SOFTNESS), _CORNER_SOFTNESS * scale)
    )
    beside = np.clip((np.abs(place) - half) * np.float32(1 / (_CORNER_SOFTNESS * scale)) + 0.5, 0, 1)
    return edge[..., None], beside[..., None], soft[..., None]


def _skin_detail(picture: np.ndarray, old: np.ndarray, scale: float) -> float:
    """How much fine detail the film's own skin around the lips has in this frame, as it was shot."""
    side = int(np.ceil(MOUTH_SPAN * scale))
    outline = old[list(OUTER_LIP)]
    x, y = (round(float(v) - side / 2) for v in outline.mean(axis=0))
    _, ring = blend.lip_mask(
        outline - np.array([x, y]), side, core=_MASK_CORE * scale, feather=_MASK_FEATHER * scale
    )
    return blend.detail(cut(picture, Window(x, y, side)).astype(np.float32), ring)


def _rim(window: Window) -> np.ndarray:
    """Points on the crop's border, where nothing moves."""
    steps = np.linspace(0, window.size - 1, 7)[:-1]
    low, high = np.zeros(6), np.full(6, window.size - 1.0)
    ring = np.concatenate(
        [
            np.stack(p, axis=1)
            for p in ((steps, low), (high, steps), (high - steps, high), (low, high - steps))
        ]
    )
    return ring + np.array([window.x, window.y])


def _neck(points: np.ndarray, scale: float, reach: float) -> np.ndarray:
    """Points below and beside the jaw, `reach` eye-corner distances from it, at which the film is left alone."""
    jaw = points[list(JAW_EDGE)]
    centre = points[[1, 2, 164]].mean(axis=0)
    ray = jaw - centre
    return jaw + ray / np.linalg.norm(ray, axis=1, keepdims=True) * reach * scale


def _face_reach(new: np.ndarray, scale: float, window: Window, neck: float) -> np.ndarray:
    """(N, N) float32 on the field's nodes: 1 up to `neck` eye-corner distances from the face, then falling to 0.

    So collar and background stand still. It falls where the spline has come to rest already: the product of two falls would
    be steeper than either, and fold.
    """
    step = window.size / _FIELD_NODES
    face = (new[list(JAW_EDGE + HELD)] - np.array([window.x, window.y]) + 0.5) / step - 0.5
    outside = np.full((_FIELD_NODES, _FIELD_NODES), 255, np.uint8)
    cv2.fillConvexPoly(outside, cv2.convexHull(np.round(face * 16).astype(np.int32)), 0, shift=4)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) * (step / scale)
    ramp = np.clip(1 - (distance - neck) / _REACH_FALL, 0, 1)
    return (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)


def _least_scales(outline: np.ndarray, scale: float, window: Window) -> np.ndarray:
    """(N, N) what the face's map may shrink to: anything under the borrowed lips, little where their skin fades, less beyond."""
    step = window.size / _BOUND_NODES
    mask = np.full((_BOUND_NODES, _BOUND_NODES), 255, np.uint8)
    points = (outline - np.array([window.x, window.y]) + 0.5) / step - 0.5
    cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], 0, lineType=cv2.LINE_8, shift=4)
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) * (step / scale)
    share = np.clip((distance - _MASK_CORE) / _MASK_FEATHER, 0, 1)
    least = _LEAST_SCALE[0] + share * (_LEAST_SCALE[1] - _LEAST_SCALE[0])
    return np.where(mask == 0, -np.inf, least)


@cache
def _still_border(size: int) -> np.ndarray:
    """(S, S) float32: 1 inside, 0 on the crop's border, where crop and film must meet."""
    edge = np.minimum(np.arange(size), np.arange(size)[::-1]) / (_BORDER * size)
    ramp = np.clip(np.minimum(edge[:, None], edge[None]), 0, 1)
    return (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)
