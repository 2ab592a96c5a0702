"""What lies before the lower face: hands, microphones, cups, banners. Found by a small network, frame by frame.

The network sees the lower face upright and always at the same size, and beside it where face and lips are; it was trained
on drawn things before real and rendered faces (`core.research.training.occluders`).
"""

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np

from core.base.models import model_files
from core.base.onnx_network import open_network
from core.base.stages import stage
from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.cover import PIXELS, record_of
from core.face_geometry.landmark_sets import EYE_OUTER_CORNERS, FACE_OVAL, LIPS_OUTER
from core.face_geometry.mouth_masks import LOWER_FACE_FROM
from core.faces.letters import letters

CROP_PIXELS = PIXELS
CROP_SPAN = (
    2.3  # side of what the network sees, in eye-corner distances: the lower face and the neck below it
)
_CROP_BELOW = 0.12  # of the same: how far the crop's middle lies below the lower face's
CERTAIN = 0.4  # probability from which something counts as covered; on training people, 0.5 missed 3 % more and 0.35 took more skin
_ZONE = 10  # crop pixels around the face: what lies wholly beyond is background
_LINE = 3  # crop pixels around a stroke that count as writing
_FRAME = 3  # crop pixels at its edge, where nothing is an outline
_LETTERED = 0.5  # share of a find from which it is writing
_SEEN_TWICE = 0.5  # share of a find that has to be found in the mirrored picture, too
# A face far out of focus looks to the network as things before a face do. Of 184 blurred faces, false finds had nearly all less
# detail and a weaker outline than this, real things in pictures half as soft hardly any.
_BLURRED = 0.013  # mean of the Laplacian over the face, in shares of its brightness
_OUTLINE = 0.08  # mean contrast at a find's border, in shares of the picture's brightness
_LEAST = 24  # crop pixels of the zone (a quarter of a fingertip): smaller finds are errors
FACE_LEVEL, LIPS_LEVEL = 110, 255  # of the picture in which face and lips are drawn


@cache
def _lower_face_rows() -> np.ndarray:
    return np.flatnonzero(canonical_face().points[:, 1] > LOWER_FACE_FROM)


def crop_affine(landmarks: np.ndarray, size: int = CROP_PIXELS, span: float = CROP_SPAN) -> np.ndarray:
    """(2, 3) float64 from source pixels to an upright crop of `size` pixels that shows `span`; `landmarks` (468, 3)."""
    points = landmarks.astype(np.float64)
    right, left = EYE_OUTER_CORNERS
    unit = max(
        float(np.linalg.norm(points[right] - points[left])), 1e-3
    )  # in space: a turned head does not shrink
    down = points[152, :2] - points[10, :2]
    down /= max(float(np.linalg.norm(down)), 1e-6)
    middle = points[_lower_face_rows(), :2].mean(axis=0) + _CROP_BELOW * unit * down
    linear = np.array([[down[1], -down[0]], [down[0], down[1]]]) * (size / (span * unit))
    return np.column_stack([linear, (size - 1) / 2 - linear @ middle])


def drawn_face(points: np.ndarray, size: int = CROP_PIXELS) -> np.ndarray:
    """(size, size) uint8: where face and lips are; `points` (468, 2) in crop pixels."""
    canvas = np.zeros((size, size), np.uint8)
    for rows, level in ((FACE_OVAL, FACE_LEVEL), (LIPS_OUTER, LIPS_LEVEL)):
        outline = np.round(np.clip(points[list(rows)], -2000, 2000) * 16).astype(np.int32)
        cv2.fillPoly(canvas, [outline], level, cv2.LINE_AA, 4)
    return canvas


class OccluderFinder:
    """Looks at faces, one at a time. Costs about 3 ms of one core, as much again where something is found.

    Raises:
        ModelError: the network is missing or damaged.
    """

    def __init__(self) -> None:
        path = next(file for file in model_files("occluders") if file.suffix == ".onnx")
        self._session = open_network(path, threads=1)  # the analysis has other faces and a decoder beside it

    def probability(self, picture: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """(S, S) float32 of crops (S, S, 3) uint8 and where the face is (S, S) uint8."""
        stacked = np.concatenate([picture, drawn[:, :, None]], axis=2).transpose(2, 0, 1)[None]
        return self._session.run(None, {"pictures": stacked.astype(np.float32) / 255})[0][0, 0]

    def seen(self, picture: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """(S, S) bool: what lies before the face in a crop, letters too; see `probability`.

        A find costs a second look, at the mirrored picture: errors on turned heads and hard shadows are mostly not
        repeated there. What is found is as likely a thing as before, and is taken as the first look saw it.
        """
        shown = _in_white_light(picture, drawn)
        mask = _at_the_face(self.probability(shown, drawn) >= CERTAIN, drawn)
        if mask.any():
            again = self.probability(shown[:, ::-1], drawn[:, ::-1])[:, ::-1] >= CERTAIN
            mask = _parts(mask, lambda part: again[_in_face(part, drawn)].mean() >= _SEEN_TWICE)
        if mask.any() and _detail(picture, drawn) < _BLURRED:
            mask = _parts(mask, lambda part: _outline(part, picture, drawn) >= _OUTLINE)
        return mask

    @stage("what lies before faces")
    def __call__(self, row: int, rgb: np.ndarray, landmarks: np.ndarray) -> np.ndarray | None:
        """A `core.face_geometry.cover.RECORD` for `row`, or None where nothing lies before the face of `landmarks` (468, 3) in `rgb`."""
        height, width = rgb.shape[:2]
        if not ((landmarks[:, :2] >= 0) & (landmarks[:, :2] < (width, height))).all(axis=1).any():
            return None
        affine = crop_affine(landmarks)
        drawn = drawn_face(landmarks[:, :2] @ affine[:, :2].T + affine[:, 2])
        mask = self.seen(upright(rgb, affine), drawn)
        if mask.any():
            mask = _without_letters(mask, rgb, affine, landmarks)
        return record_of(row, affine, mask) if mask.any() else None


def upright(rgb: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8: the part of `rgb` that `crop_affine` shows."""
    unit = float(np.linalg.norm(affine[:, 0]))
    if unit > 0.7:
        return cv2.warpAffine(
            rgb, affine, (CROP_PIXELS,) * 2, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    # Warping alone would skip pixels; only the part that is shown is made smaller.
    x0, y0, x1, y1 = _shown(affine, rgb.shape[1], rgb.shape[0])
    size = max(round((x1 - x0) * unit), 1), max(round((y1 - y0) * unit), 1)
    part = cv2.resize(rgb[y0:y1, x0:x1], size, interpolation=cv2.INTER_AREA)
    scale = np.array([(x1 - x0) / size[0], (y1 - y0) / size[1]])
    there = affine.copy()
    there[:, 2] += affine[:, :2] @ (np.array([x0, y0]) + (scale - 1) / 2)
    there[:, :2] *= scale
    return cv2.warpAffine(
        part, there, (CROP_PIXELS,) * 2, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _at_the_face(mask: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """(S, S) bool: the connected parts of `mask` that reach the face or its neighbourhood."""
    if not mask.any():
        return mask
    zone = cv2.dilate((drawn > 0).astype(np.uint8), np.ones((2 * _ZONE + 1,) * 2, np.uint8)) > 0
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    inside = np.bincount(labels[zone & mask], minlength=count) >= _LEAST
    inside[0] = False
    return inside[labels]


def _in_white_light(picture: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """`picture`, as greys of its brightest colour where its face is greener or bluer than red: skin is so in coloured light alone."""
    red, green, blue = np.median(picture[drawn > 0], axis=0) if (drawn > 0).any() else (1, 0, 0)
    if red >= max(green, blue):
        return picture
    return np.repeat(picture.max(axis=2, keepdims=True), 3, axis=2)


def _parts(mask: np.ndarray, is_thing: Callable[[np.ndarray], bool]) -> np.ndarray:
    """The connected parts (S, S) bool of `mask` of which `is_thing` says so."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    kept = np.array([False, *(bool(is_thing(labels == number)) for number in range(1, count))])
    return kept[labels]


def _in_face(part: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """What of `part` lies on the face; all of it where nothing does."""
    inside = part & (drawn > 0)
    return inside if inside.any() else part


def _detail(picture: np.ndarray, drawn: np.ndarray) -> float:
    """How much the face's pixels differ from their neighbours, in shares of its brightness."""
    face = drawn > 0
    if not face.any():
        return 1.0
    grey = picture.astype(np.float32).mean(axis=2)
    return float(np.abs(cv2.Laplacian(grey, cv2.CV_32F))[face].mean() / (grey[face].mean() + 4.0))


def _outline(part: np.ndarray, picture: np.ndarray, drawn: np.ndarray) -> float:
    """Mean contrast at the border of `part` on the face, in shares of the picture's brightness; 1 where it has none there."""
    soft = cv2.GaussianBlur(picture, (0, 0), 1.0).astype(np.float32)
    across, down = (cv2.Sobel(soft, cv2.CV_32F, *axis) / 8 for axis in ((1, 0), (0, 1)))
    # The outline may lie two pixels beside what the network saw.
    contrast = cv2.dilate(np.sqrt(across**2 + down**2).max(axis=2), np.ones((5, 5), np.uint8))
    border = cv2.morphologyEx(part.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    near = cv2.dilate((drawn > 0).astype(np.uint8), np.ones((5, 5), np.uint8))
    border[:_FRAME] = border[-_FRAME:] = border[:, :_FRAME] = border[:, -_FRAME:] = 0
    on_face = (border > 0) & (near > 0)
    return float(contrast[on_face].mean() / (picture.mean() + 10.0)) if on_face.any() else 1.0


def _shown(affine: np.ndarray, width: int, height: int) -> tuple[int, int, int, int]:
    """x0, y0, x1, y1 of what the crop shows of a picture, at least 2 pixels of it."""
    inverse = cv2.invertAffineTransform(affine)
    edge = CROP_PIXELS - 1.0
    corners = np.array([[0, 0], [edge, 0], [0, edge], [edge, edge]]) @ inverse[:, :2].T + inverse[:, 2]
    x0, y0 = np.clip(np.floor(corners.min(axis=0)).astype(int) - 2, 0, (width - 2, height - 2))
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 3, (x0 + 2, y0 + 2), (width, height))
    return int(x0), int(y0), int(x1), int(y1)


def _without_letters(
    mask: np.ndarray, rgb: np.ndarray, affine: np.ndarray, landmarks: np.ndarray
) -> np.ndarray:
    """`mask` without what `core.faces.letters` finds stroke by stroke: between letters the face is seen."""
    x0, y0, x1, y1 = _shown(affine, rgb.shape[1], rgb.shape[0])
    unit = CROP_PIXELS / CROP_SPAN / float(np.linalg.norm(affine[:, 0]))
    written = letters(np.ascontiguousarray(rgb[y0:y1, x0:x1]), landmarks[:, :2] - (x0, y0), unit)
    if written is None:
        return mask
    there = affine.copy()
    there[:, 2] += affine[:, :2] @ (x0, y0)
    strokes = cv2.warpAffine(written, there, (CROP_PIXELS,) * 2, flags=cv2.INTER_LINEAR) > 0
    lines = cv2.dilate(strokes.astype(np.uint8), np.ones((2 * _LINE + 1,) * 2, np.uint8)) > 0
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    lettered = np.bincount(labels[lines], minlength=count) > _LETTERED * np.bincount(
        labels.ravel(), minlength=count
    )
    lettered[0] = True
    return ~lettered[labels]
