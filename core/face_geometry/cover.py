"""Where something lies before one tracked face, frame by frame: found while the film is analysed, used wherever the face is changed."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.face_geometry.landmark_sets import LIPS_OUTER

PIXELS = 128  # side of the upright crop in which covers are kept
RECORD = np.dtype([("row", "<i4"), ("affine", "<f4", (2, 3)), ("bits", "u1", (PIXELS, PIXELS // 8))])
"""One covered frame: its row in the track, source pixels to crop pixels, and the packed mask."""

HIDDEN = 0.9  # share of a mouth from which nothing of it is seen
_SOFT = 0.8  # crop pixels, standard deviation: the steps of the mask vanish
_FROM, _FULL = (
    0.15,
    0.6,
)  # of the softened mask: where a cover begins and where it is whole; a thing's own soft edge belongs to it
_NEAR = 5  # crop pixels that a cover moves at most from frame to frame, seen from the face
_SUPPORT = 2  # of the four neighbouring frames that must show it, too


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """The covers of a track.

    Attributes:
        records: (K,) of `RECORD`, by rising row; may be memory-mapped. Frames without a record are uncovered.
        first_row: row of the records that is the track's row 0.
        shift: (2,) the pixel of the records' picture that is the track's (0, 0).
    """

    records: np.ndarray
    first_row: int = 0
    shift: tuple[int, int] = (0, 0)

    def part(self, first_row: int, shift: tuple[int, int] = (0, 0)) -> "Cover":
        """As seen by a track that begins `first_row` rows later in pictures that begin at pixel `shift`."""
        x, y = self.shift
        return replace(self, first_row=self.first_row + first_row, shift=(x + shift[0], y + shift[1]))

    def mask(self, row: int, box: tuple[int, int, int, int]) -> np.ndarray | None:
        """(h, w) float32 in 0..1 for `box` (x0, y0, x1, y1): 1 where something lies before the face; None where nothing does."""
        record = self._record(row)
        if record is None:
            return None
        x0, y0, x1, y1 = box
        soft = cv2.GaussianBlur(unpacked(record["bits"]).astype(np.float32), (0, 0), _SOFT)
        to_crop = record["affine"].astype(np.float64)
        to_crop[:, 2] += to_crop[:, :2] @ (np.array([x0, y0]) + self.shift)
        seen = cv2.warpAffine(
            soft, to_crop, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        alpha = np.clip((seen - _FROM) / (_FULL - _FROM), 0, 1)
        return alpha if alpha.any() else None

    def share(self, row: int, outline: np.ndarray) -> float:
        """How much of the area within `outline` (P, 2), source pixels, is covered, 0..1."""
        record = self._record(row)
        if record is None:
            return 0.0
        points = (outline + self.shift) @ record["affine"][:, :2].T + record["affine"][:, 2]
        area = np.zeros((PIXELS, PIXELS), np.uint8)
        cv2.fillPoly(area, [np.round(np.clip(points, -2000, 2000) * 16).astype(np.int32)], 1, shift=4)
        return float((area & unpacked(record["bits"])).sum()) / max(int(area.sum()), 1)

    def mouth_share(self, row: int, landmarks: np.ndarray, *, grow: float = 1.0) -> float:
        """How much of the mouth of `landmarks` (468, 2+) is covered, its outline `grow` times as large."""
        lips = landmarks[list(LIPS_OUTER), :2].astype(np.float64)
        middle = lips.mean(axis=0)
        return self.share(row, middle + grow * (lips - middle))

    def _record(self, row: int) -> np.ndarray | None:
        rows = self.records["row"]
        at = int(np.searchsorted(rows, row + self.first_row))
        return self.records[at] if at < len(rows) and rows[at] == row + self.first_row else None


def unpacked(bits: np.ndarray) -> np.ndarray:
    """(PIXELS, PIXELS) uint8 0/1 of a record's bits."""
    return np.unpackbits(bits, axis=-1)


def record_of(row: int, affine: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """One record, a scalar of `RECORD`; `mask` (PIXELS, PIXELS) bool."""
    record = np.zeros((), RECORD)
    record["row"], record["affine"], record["bits"] = row, affine, np.packbits(mask, axis=-1)
    return record


def steadied(records: np.ndarray) -> np.ndarray:
    """`records`, by rising row, without what flashes up in one or two frames, and with gaps of one frame closed.

    Nothing that people hold is before a face for a tenth of a second only; a network's error is.
    """
    if not len(records):
        return records
    place = {int(row): n for n, row in enumerate(records["row"])}
    near = np.ones((2 * _NEAR + 1, 2 * _NEAR + 1), np.uint8)
    kept: list[np.ndarray] = []
    masks: dict[int, np.ndarray] = {}
    wide: dict[int, np.ndarray] = {}
    empty = np.zeros((PIXELS, PIXELS), np.uint8)

    def found(row: int) -> np.ndarray:
        return unpacked(records[place[row]]["bits"]) if row in place else empty

    def closed(row: int) -> np.ndarray:
        if row not in masks:
            masks[row] = found(row) | found(row - 1) & found(row + 1)
        return masks[row]

    def grown(row: int) -> np.ndarray:
        if row not in wide:
            mask = closed(row)
            wide[row] = cv2.dilate(mask, near) if mask.any() else empty
        return wide[row]

    for row in sorted({*place, *(r + 1 for r in place)}):
        for known in (masks, wide):
            for old in [r for r in known if r < row - 2]:
                del known[old]
        around = [grown(row + step) for step in (-2, -1, 1, 2)]
        steady = closed(row) & (np.sum(around, axis=0) >= _SUPPORT).astype(np.uint8)
        if steady.any():
            nearest = place.get(row, place.get(row - 1))
            kept.append(record_of(row, records[nearest]["affine"], steady > 0))
    return np.array(kept, RECORD) if kept else np.zeros(0, RECORD)
