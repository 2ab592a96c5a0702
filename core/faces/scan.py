"""Where to look for faces in a picture: the whole of it, with a margin around it, then squares of half the size, and so on.

The margin is for extreme close-ups: the detector wants to see where a head ends.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from core.faces.backend import FaceBackend
from core.faces.detector import Detection, suppress_overlaps

SMALLEST_FACE_PIXELS = 40  # its mouth is about 15 pixels wide: below that there is nothing left to re-sync
SMALLEST_FACE_SHARE = 1 / 64  # of the longer side: in 4K, 60 pixels
MARGIN = 1 / 3  # of the picture's size, on each side
MARGIN_PICTURE = 320  # pixels along its longer side are enough to see a face that fills it
OVERLAP = 0.2  # a face too small for one level is at most 1/8 of the next level's square wide


def look_plan(width: int, height: int, smallest_face: float) -> list[tuple[int, int, int, int]]:
    """Rectangles x0 y0 x1 y1, coarse to fine, in which a detector that finds `smallest_face` sees every face."""
    longest = max(width, height)
    wanted = max(SMALLEST_FACE_PIXELS, longest * SMALLEST_FACE_SHARE)
    across, down = round(width * MARGIN), round(height * MARGIN)
    plan = [(0, 0, width, height), (-across, -down, width + across, height + down)]
    side = longest
    while side * smallest_face > wanted:
        side = -(-side // 2)
        for y0, y1 in _spans(height, side):
            plan += [(x0, y0, x1, y1) for x0, x1 in _spans(width, side)]
    return plan


def _spans(length: int, side: int) -> list[tuple[int, int]]:
    if length <= side:
        return [(0, length)]
    count = -(-(length - side) // int(side * (1 - OVERLAP))) + 1
    starts = np.linspace(0, length - side, count).round().astype(int)
    return [(int(start), int(start) + side) for start in starts]


def detect_in(
    backend: FaceBackend, rgb: np.ndarray, looks: Sequence[tuple[int, int, int, int]]
) -> list[Detection]:
    """Faces seen in any of `looks`, in the whole picture's coordinates, each once, best first."""
    found = []
    height, width = rgb.shape[:2]
    for x0, y0, x1, y1 in looks:
        if x0 < 0:
            found += _with_margin(backend, rgb, -x0, -y0)
            continue
        for seen in backend.detect(rgb[y0:y1, x0:x1]):
            shifted = seen.shifted(x0, y0)
            box = shifted.box
            # A face cut by the edge of a square is seen whole by its neighbour, or by a coarser look.
            margin = 0.02 * (x1 - x0)
            is_cut = (
                (box[0] < x0 + margin and x0 > 0)
                or (box[1] < y0 + margin and y0 > 0)
                or (box[2] > x1 - margin and x1 < width)
                or (box[3] > y1 - margin and y1 < height)
            )
            if not is_cut:
                found.append(shifted)
    return suppress_overlaps(found)


def _with_margin(backend: FaceBackend, rgb: np.ndarray, across: int, down: int) -> list[Detection]:
    """Faces in the picture with black margins; only those mostly inside it."""
    height, width = rgb.shape[:2]
    scale = min(MARGIN_PICTURE / max(height, width), 1.0)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    left, top = round(across * scale), round(down * scale)
    padded = cv2.copyMakeBorder(small, top, top, left, left, cv2.BORDER_CONSTANT)
    scales = np.array([width / size[0], height / size[1]])
    found = []
    for seen in backend.detect(padded):
        shifted = seen.shifted(-left, -top)
        box, keypoints = shifted.box * np.tile(scales, 2), shifted.keypoints * scales
        x, y = (box[:2] + box[2:]) / 2
        if 0 <= x < width and 0 <= y < height:
            found.append(Detection(box, keypoints, seen.score))
    return found
