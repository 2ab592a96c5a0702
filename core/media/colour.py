"""Colour tags as files carry them (ITU-T H.273 code points) and what they mean for conversion to RGB."""

from dataclasses import dataclass

import numpy as np

UNSPECIFIED = 2
RANGE_UNSPECIFIED, RANGE_LIMITED, RANGE_FULL = 0, 1, 2
MATRIX_BT709, MATRIX_SMPTE170M, MATRIX_BT2020 = 1, 6, 9
TRANSFER_PQ, TRANSFER_HLG = 16, 18
PRIMARIES_BT2020 = 9

_PRIMARIES = {
    1: "bt709", 2: "unspecified", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film",
    9: "bt2020", 10: "smpte428", 11: "smpte431", 12: "smpte432", 22: "ebu3213",
}  # fmt: skip
_TRANSFERS = {
    1: "bt709", 2: "unspecified", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear",
    9: "log100", 10: "log316", 11: "iec61966-2-4", 12: "bt1361e", 13: "iec61966-2-1", 14: "bt2020-10",
    15: "bt2020-12", 16: "smpte2084", 17: "smpte428", 18: "arib-std-b67",
}  # fmt: skip
_MATRICES = {
    0: "rgb", 1: "bt709", 2: "unspecified", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco",
    9: "bt2020nc", 10: "bt2020c", 14: "ictcp",
}  # fmt: skip
_RANGES = {0: "unspecified", 1: "limited", 2: "full"}

# Kr and Kb of each matrix (H.273 table 4). BT.2020 constant luminance (10) is read as 2020 non-constant: no decoder we
# feed makes use of it, and the difference is below what a face shows.
_LUMA_WEIGHTS = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}


@dataclass(frozen=True, slots=True)
class ColourTags:
    """The four H.273 code points of a stream, as the file has them: 2 (range: 0) means it does not say."""

    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    matrix: int = UNSPECIFIED
    range: int = RANGE_UNSPECIFIED

    @property
    def primaries_name(self) -> str:
        """E.g. ``bt709``."""
        return _PRIMARIES.get(self.primaries, str(self.primaries))

    @property
    def transfer_name(self) -> str:
        """E.g. ``smpte2084``."""
        return _TRANSFERS.get(self.transfer, str(self.transfer))

    @property
    def matrix_name(self) -> str:
        """E.g. ``bt709``."""
        return _MATRICES.get(self.matrix, str(self.matrix))

    @property
    def range_name(self) -> str:
        """``limited``, ``full`` or ``unspecified``."""
        return _RANGES.get(self.range, str(self.range))

    @property
    def is_hdr(self) -> bool:
        """Whether the picture is PQ or HLG and must be tone-mapped to be shown."""
        return self.transfer in (TRANSFER_PQ, TRANSFER_HLG)


@dataclass(frozen=True, slots=True)
class YuvSpace:
    """How the numbers of a YUV frame become R'G'B': tags with every gap filled.

    Attributes:
        matrix: H.273 matrix with weights known to us, never unspecified.
        is_full_range: whether luma uses the whole of its bits.
        bit_depth: bits of a sample.
    """

    matrix: int
    is_full_range: bool
    bit_depth: int

    def to_rgb_transform(self) -> np.ndarray:
        """(3, 4) float32: R'G'B' in 0..1 = transform @ (Y, Cb, Cr, 1) of the frame's own integers."""
        red, blue = _LUMA_WEIGHTS[self.matrix]
        green = 1 - red - blue
        to_rgb = np.array(
            [
                [1, 0, 2 * (1 - red)],
                [1, -2 * blue * (1 - blue) / green, -2 * red * (1 - red) / green],
                [1, 2 * (1 - blue), 0],
            ]
        )
        scale, offset = self._scale_offset()
        return np.concatenate([to_rgb / scale, (-to_rgb @ (offset / scale))[:, None]], axis=1).astype(
            np.float32
        )

    def to_yuv_transform(self) -> np.ndarray:
        """(3, 4) float32: the inverse of `to_rgb_transform`."""
        red, blue = _LUMA_WEIGHTS[self.matrix]
        green = 1 - red - blue
        to_yuv = np.array(
            [
                [red, green, blue],
                [-red / (2 * (1 - blue)), -green / (2 * (1 - blue)), 0.5],
                [0.5, -green / (2 * (1 - red)), -blue / (2 * (1 - red))],
            ]
        )
        scale, offset = self._scale_offset()
        return np.concatenate([to_yuv * scale[:, None], offset[:, None]], axis=1).astype(np.float32)

    def _scale_offset(self) -> tuple[np.ndarray, np.ndarray]:
        unit = 1 << (self.bit_depth - 8)
        if self.is_full_range:
            top = (1 << self.bit_depth) - 1
            return np.array([top, top, top], float), np.array([0, 128 * unit, 128 * unit], float)
        return np.array([219, 224, 224], float) * unit, np.array([16, 128, 128], float) * unit


def resolve_matrix(tags: ColourTags, width: int, height: int) -> int:
    """The matrix to convert with: the tagged one, or what players assume when the file does not say.

    Untagged pictures of high-definition size are BT.709, smaller ones BT.601 (the rule mpv and others use).
    """
    if tags.matrix in _LUMA_WEIGHTS:
        return tags.matrix
    if tags.primaries == PRIMARIES_BT2020:
        return MATRIX_BT2020
    return MATRIX_BT709 if width >= 1280 or height > 576 else MATRIX_SMPTE170M


def is_full_range(tags: ColourTags, pixel_format: str) -> bool:
    """Whether samples span all their bits; YUV is limited unless the file says otherwise."""
    return tags.range == RANGE_FULL or pixel_format.startswith("yuvj")
