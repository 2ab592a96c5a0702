"""What shows between the lips, moved as jaws move: upper teeth with the head, lower teeth with the chin.

The lips' own warp would stretch and squeeze teeth as if they were lip. Here each column of the open mouth is looked up
along a path that runs at the borrowed picture's own size at both ends; what is too much or too little is taken up in its middle,
where there is mostly dark or tongue. What no stretching would make believable is the dark of the mouth and the tongue in it, in
the light that the lips are in: teeth are never drawn larger than they are.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from core.own_mouth.darkest_line import darkest_line
from core.own_mouth.head import Plane
from core.own_mouth.regions import LOWER_INNER, UPPER_INNER
from core.own_mouth.visible_gap import DARKER, PALER, light_and_red
from core.own_mouth.warp import Window

_CHIN = (152, 175, 199)
_STRETCH = 1.1  # teeth rather move by a millimetre with the lips than be drawn out by more
_EDGE = 0.006  # eye-corner distances over which lips go over into what is behind them
_BORROWED_EDGE = 0.011  # the same where lips and inside come from two frames
_STEPS, _DARK_RANGE = 24, 0.08  # log brightness
_SEAM_COLUMNS = 24
_LINE = 0.006  # eye-corner distances: lower half of the dark line between the rows, which stays with the upper one
_BEND = 0.03  # log brightness: a line bends by a step, a 24th of the height, for no less
_LIP_SHADOW = 0.22  # of the way down: so far the upper lip's shadow reaches
_ZONE = 0.2  # of the borrowed opening's height
_BEARABLE = 0.3  # of the same: what is missing beyond it is painted, wholly from twice as much on
_INTO_LIP = 0.03  # eye-corner distances
_ALL_DARK = 0.6  # log brightness below the lip's: no teeth there
_EVEN_DARK, _SPOTTED = -0.6, -0.3  # log brightness to the lip's, of the line's brightest fifth
_CORNERS = (
    0.22,
    0.1,
)  # of the mouth's width from its middle: where its corners begin, and within how much more
_INMOST = 0.2  # of the mouth's width to either side of its middle
_SOFT = 0.012  # eye-corner distances (1 mm) over which teeth go over into the dark
_DARK = np.array(
    (0.24, 0.16, 0.16), np.float32
)  # of the lower lip's colour: the depth of a mouth in the lips' light
_TONGUE = np.array((0.5, 0.38, 0.4), np.float32)  # of the same: it lies in the lips' shadow
_TONGUE_FROM, _TONGUE_FULL = 0.4, 0.95  # of the way down the opening
_LEAST_OPEN = 0.004  # eye-corner distances: a slit narrower than this shows no teeth


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """The open part of a mouth in its head's lip plane, in eye-corner distances.

    Attributes:
        x: (11,) from corner to corner, rising.
        upper, lower: (11,) its edges, y down.
        chin: height of the chin.
    """

    x: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    chin: float

    @classmethod
    def of(cls, points: np.ndarray, plane: Plane, *, wider: float) -> "Opening":
        """The opening of landmarks (468, 2) in pixels; `wider` eye-corner distances more than the inner lips show."""
        upper, lower = plane.local(points[UPPER_INNER]), plane.local(points[LOWER_INNER])
        x = np.maximum.accumulate((upper[:, 0] + lower[:, 0]) / 2)
        middle, half = (upper[:, 1] + lower[:, 1]) / 2, (lower[:, 1] - upper[:, 1]) / 2
        bulge = np.sin(np.linspace(0, np.pi, len(x)))  # nothing at the corners
        half = np.maximum(half + wider / 2 * bulge, 0)
        return cls(x, middle - half, middle + half, float(plane.local(points[list(_CHIN)])[:, 1].mean()))


def set_in(
    made: np.ndarray,
    picture: np.ndarray,
    origin: tuple[int, int],
    new: tuple[Opening, Plane],
    borrowed: tuple[Opening, Plane],
    inner: Window,
    *,
    lips: np.ndarray,
    gain: np.ndarray | None = None,
) -> tuple[np.ndarray, float]:
    """`made` (S, S, 3) float32 with the inside of the borrowed mouth between the new lips, and how much of that is seen to be painted.

    That is the change the paint makes to what lay there, 1 for white made black, summed over an area in squared eye-corner
    distances: dark over dark is nothing.

    Args:
        made: the lips, already where they belong.
        picture: (M, M, 3) uint8, the borrowed mouth.
        origin: the source pixel at which it begins.
        new: the opening wanted, and its head.
        borrowed: the opening that the borrowed picture shows, and its head.
        inner: the window that `made` shows.
        lips: (3,) the lower lip's colour in `made`.
        gain: (3,) what the borrowed inside is multiplied with, 1 by default.
    """
    (opening, plane), (shown, borrowed_plane) = new, borrowed
    if float((opening.lower - opening.upper).max()) < _LEAST_OPEN:
        return made, 0.0
    corner = np.array([inner.x, inner.y])
    outline = np.concatenate(
        [np.stack([opening.x, opening.upper], 1), np.stack([opening.x, opening.lower], 1)[::-1]]
    )
    polygon = plane.pixels(outline) - corner
    low = np.clip(np.floor(polygon.min(0)).astype(int) - 3, 0, inner.size - 1)
    high = np.clip(np.ceil(polygon.max(0)).astype(int) + 4, low + 1, inner.size)
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
    cv2.fillPoly(mask, [np.round((polygon - low) * 16).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=4)
    columns, rows = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
    places = plane.local(np.stack([columns, rows], -1).reshape(-1, 2) + corner)
    parting = _parting(picture, origin, shown, borrowed_plane)
    found, beyond, share, painted, down = _paths(places, opening, shown, parting, 1 / plane.scale)

    def seen(at: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        x, y = (borrowed_plane.pixels(at) - origin).astype(np.float32).T.reshape(2, *shape)
        return cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)

    inside = seen(found, mask.shape)
    cut = np.flatnonzero(share)
    if len(cut):
        flat = inside.reshape(-1, 3)
        flat[cut] += share[cut, None] * (seen(beyond[cut], (1, len(cut)))[0] - flat[cut])
    weight: np.ndarray = mask.astype(np.float32) / 255
    if gain is not None:
        along = (places[:, 0] - opening.x[0]) / max(float(opening.x[-1] - opening.x[0]), 1e-6)
        weight *= 1 - _lip_at_corners(inside, lips / gain, along.reshape(mask.shape))
        inside = inside * gain
    edge = _EDGE if gain is None else _BORROWED_EDGE
    weight = cv2.GaussianBlur(weight, (0, 0), max(edge * plane.scale, 0.4))
    weight = weight[..., None].astype(np.float32)
    painted, down = painted.reshape(*mask.shape, 1), down.reshape(*mask.shape, 1)
    paint = painted * (lips * (_DARK + down * (_TONGUE - _DARK)) - inside)
    region = made[low[1] : high[1], low[0] : high[0]]
    region += weight * (inside + paint - region)
    return made, float((weight * np.abs(paint)).sum() / (3 * 255 * plane.scale**2))


def _lip_at_corners(inside: np.ndarray, lips: np.ndarray, along: np.ndarray) -> np.ndarray:
    """(H, W) float32 in 0..1: how surely a borrowed `inside` (H, W, 3) shows lip where a wider mouth has its corners.

    The mesh puts the inner corners of a rounded mouth into its lips. `lips` (3,) is the lower lip's colour there, `along` (H, W)
    goes from the first corner, 0, to the second, 1.
    """
    (light, red), (lip_light, lip_red) = light_and_red(inside), light_and_red(lips)
    is_lip = (light > lip_light - DARKER) & (red > lip_red - PALER)
    beside = np.clip((np.abs(along - 0.5) - _CORNERS[0]) / _CORNERS[1], 0, 1)
    return (is_lip * beside).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Parting:
    """Where in the open mouth rows of teeth part, or end.

    Attributes:
        share: (_SEAM_COLUMNS,) how far down the opening, 0..1, from the first corner to the second.
        dark: (_SEAM_COLUMNS,) 0..1, how surely it is the dark there; teeth are not drawn out, the dark may be.
        spotted: 0..1, how surely it is no line but gaps between teeth: drawn out alone, each would be a blot.
    """

    share: np.ndarray
    dark: np.ndarray
    spotted: float


def _parting(picture: np.ndarray, origin: tuple[int, int], shown: Opening, plane: Plane) -> _Parting:
    """The darkest line from corner to corner: a row of teeth is an arc, and one straight cut through it leaves fangs.

    The shadow of the upper lip on its teeth is no such line. Where teeth fill the mouth it is the lower lip's edge: a row of
    teeth is not parted in its middle.
    """
    share = (np.arange(_STEPS) + 0.5) / _STEPS
    along = (np.arange(_SEAM_COLUMNS) + 0.5) / _SEAM_COLUMNS
    x = shown.x[0] + along * (shown.x[-1] - shown.x[0])
    upper, lower = np.interp(x, shown.x, shown.upper), np.interp(x, shown.x, shown.lower)
    y = upper[:, None] + (lower - upper)[:, None] * share
    places = plane.pixels(np.stack([np.repeat(x[:, None], _STEPS, 1), y], -1).reshape(-1, 2)) - origin
    at = places.astype(np.float32).reshape(*y.shape, 2)
    lines = cv2.remap(picture, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    light = cv2.blur(np.log(lines.mean(axis=2) + 8.0).astype(np.float32), (3, 1))[:, 1:-1]
    share = share[1:-1]
    below = share > _LIP_SHADOW
    light, share = light[:, below], share[below]
    middle = light[_SEAM_COLUMNS // 4 : -_SEAM_COLUMNS // 4].mean(axis=0)
    dark = float(np.clip((float(np.median(middle)) - float(middle.min())) / _DARK_RANGE - 1, 0, 1))
    filled = float(middle[share < 0.5].mean() - middle[share >= 0.5].mean()) < _DARK_RANGE
    # Along the whole line the way down changes by no more than a step a column: a canine tooth, not a stair.
    line = share[darkest_line(light, _BEND)]
    # Where a tooth reaches across the line, its column is not drawn out: it would be a rib.
    here = np.array([np.interp(at, share, row) for at, row in zip(line, light, strict=True)])
    column = np.clip((np.median(light, axis=1) - here) / _DARK_RANGE, 0, 1)
    lip = _lip_light(picture, origin, shown, plane)
    brightest = float(np.quantile(here[_SEAM_COLUMNS // 4 : -_SEAM_COLUMNS // 4], 0.8)) - lip
    spotted = float(np.clip((brightest - _EVEN_DARK) / (_SPOTTED - _EVEN_DARK), 0, 1))
    if float(np.quantile(middle, 0.85)) < lip - _ALL_DARK:
        column[:] = 1  # nothing but dark
    column = cv2.erode(column[None].astype(np.float32), np.ones((1, 3), np.uint8))[0]
    column, line = (
        cv2.GaussianBlur(each[None].astype(np.float32), (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE)[0]
        for each in (column, line)
    )
    if filled:
        return _Parting(1 + dark * (line - 1), dark * column, dark * spotted)
    return _Parting(line, column, spotted)


def _lip_light(picture: np.ndarray, origin: tuple[int, int], shown: Opening, plane: Plane) -> float:
    """Log brightness of the lower lip below the opening's middle."""
    at = np.stack([shown.x[3:8], shown.lower[3:8] + _INTO_LIP], 1)
    column, row = np.rint(plane.pixels(at) - origin).astype(int).T
    height, width = picture.shape[:2]
    lip = picture[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]
    return float(np.median(np.log(lip.mean(axis=1) + 8.0)))


def _paths(
    places: np.ndarray, new: Opening, borrowed: Opening, parting: _Parting, pixel: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Where in the borrowed head's plane each of the `places` (N, 2) of the new one is found.

    Also where it would be found on the other side of the line at which something was cut out, and (N,) how much of it is
    (`pixel` is the size of one): half of it at the line itself, so that the cut has no steps. Also (N,) float32 how far it is
    painted instead, and how far that is tongue.

    What is too much is cut out along the line `parting`, and what is too little is stretched there, where it is dark.
    """
    x, y = places.T
    along = np.clip((x - new.x[0]) / max(new.x[-1] - new.x[0], 1e-6), 0, 1)
    # Teeth keep their place in the head; at the corners, where none show, the lips' own width rules.
    beside = np.abs(2 * along - 1) ** 3
    found_x = x + beside * (borrowed.x[0] + along * (borrowed.x[-1] - borrowed.x[0]) - x)
    there = (found_x - borrowed.x[0]) / max(borrowed.x[-1] - borrowed.x[0], 1e-6)
    centres = (np.arange(_SEAM_COLUMNS) + 0.5) / _SEAM_COLUMNS
    share, dark = (np.interp(there, centres, each) for each in (parting.share, parting.dark))
    upper, lower = np.interp(x, new.x, new.upper), np.interp(x, new.x, new.lower)
    borrowed_upper, borrowed_lower = (
        np.interp(found_x, borrowed.x, borrowed.upper),
        np.interp(found_x, borrowed.x, borrowed.lower),
    )
    gap, borrowed_gap = lower - upper, np.maximum(borrowed_lower - borrowed_upper, 0)
    # A lip drawn farther off its teeth than in the borrowed picture takes them along: what was covered cannot be shown.
    up = _slide(new.x, new.upper, borrowed.x, borrowed.upper)
    down = _slide(new.x, -(new.lower + borrowed.chin - new.chin), borrowed.x, -borrowed.lower)
    spare = np.maximum(borrowed_gap - gap / _STRETCH, 0)
    hidden_above = np.clip(upper + up - borrowed_upper, 0, spare)
    hidden_below = np.clip(
        borrowed_lower - (lower + borrowed.chin - new.chin - down), 0, spare - hidden_above
    )
    first, last = borrowed_upper + hidden_above, borrowed_lower - hidden_below
    height = last - first
    excess = np.maximum(gap - height, 0)
    # A millimetre is borne anywhere: at the corners, where no height is left, it would be all of it.
    amount = np.clip((excess - _SOFT) / np.maximum(dark * _BEARABLE * height, _SOFT) - 1, 0, 1)
    # Of the borrowed picture what is stretched to `zone + excess`; teeth with gaps between them as a whole, by a little.
    zone = (_ZONE + (1 - _ZONE) * parting.spotted * (1 - amount)) * height
    begin = np.clip(share * height - zone / 2, 0, height - zone)
    dark_begin = np.clip((share - _ZONE / 2) * height, 0, (1 - _ZONE) * height)
    depth = np.clip(y - upper, 0, gap)
    stretched = begin + (depth - begin) * zone / np.maximum(zone + excess, 1e-6)
    # Without an excess both ends meet; the upper teeth stand before the lower ones and all behind them.
    front = np.clip(share * borrowed_gap + _LINE - hidden_above, 0, gap)
    above = np.where(excess > 0, depth < begin, depth < front)
    below = np.where(excess > 0, depth > begin + zone + excess, ~above)
    found_y = first + np.select([above, below], [depth, depth - gap + height], stretched)
    beyond = first + np.where(above, depth - gap + height, depth)
    share = np.where(excess > 0, 0.0, np.clip(0.5 - np.abs(depth - front) / pixel, 0, 0.5))
    # The mesh puts a corner beside the true one where a head is turned: no dark there that the middle does not have.
    inmost = amount[np.abs(along - 0.5) < _INMOST]
    most = np.minimum(amount, np.median(inmost) if len(inmost) else 0.0)
    amount = amount + np.clip((np.abs(along - 0.5) - _CORNERS[0]) / _CORNERS[1], 0, 1) * (most - amount)
    dark_zone = _ZONE * height + excess
    soft = np.minimum(_SOFT, np.maximum(dark_zone, 1e-6) / 2)
    middle = np.clip((depth - dark_begin) / soft, 0, 1)
    middle *= np.clip((dark_begin + dark_zone - depth) / soft, 0, 1)
    down = (depth / np.maximum(gap, 1e-6) - _TONGUE_FROM) / (_TONGUE_FULL - _TONGUE_FROM)
    return (
        np.stack([found_x, found_y], axis=1),
        np.stack([found_x, beyond], axis=1),
        share.astype(np.float32),
        (amount * middle).astype(np.float32),
        np.clip(down, 0, 1).astype(np.float32),
    )


def _slide(x: np.ndarray, edge: np.ndarray, borrowed_x: np.ndarray, borrowed_edge: np.ndarray) -> float:
    """How far the borrowed edge lies below the new one where it does so most, in the mouth's middle."""
    middle = slice(3, 8)
    return max(float((np.interp(x[middle], borrowed_x, borrowed_edge) - edge[middle]).max()), 0.0)
