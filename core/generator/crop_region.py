"""The part of an aligned crop that is generated: the whole face, or the lower face where the network is small."""

from dataclasses import dataclass

import numpy as np

_NOSE_BASE = 0.56  # of a crop's side, see `core.appearance.crops`
_CHEEKS = ((0.28, 0.72), (0.42, 0.56))  # from left to right, from below the eyes to the base of the nose


@dataclass(frozen=True, slots=True)
class CropRegion:
    """A square of a square crop, in shares of its side."""

    left: float
    top: float
    extent: float

    def pixels(self, size: int) -> tuple[int, int, int]:
        """Left, top and side in the pixels of a crop of `size`."""
        return round(self.left * size), round(self.top * size), round(self.extent * size)

    def shifted(self, right: int, down: int, size: int) -> "CropRegion":
        """The region moved by pixels of a crop of `size`, as far as the crop reaches."""
        furthest = 1 - self.extent
        left, top = self.left + right / size, self.top + down / size
        return CropRegion(min(max(left, 0.0), furthest), min(max(top, 0.0), furthest), self.extent)

    def cut(self, pictures: np.ndarray) -> np.ndarray:
        """(…, V, V, C): what lies in the region, of (…, S, S, C) pictures."""
        x, y, side = self.pixels(pictures.shape[-2])
        return pictures[..., y : y + side, x : x + side, :]

    def masked(self, pictures: np.ndarray, size: int) -> np.ndarray:
        """Cut (…, V, V, C) uint8 pictures of a crop of `size`, grey from the base of the nose downwards."""
        _, top, _ = self.pixels(size)
        hidden = pictures.copy()
        hidden[..., max(round(_NOSE_BASE * size) - top, 0) :, :, :] = 128
        return hidden

    def skin(self, size: int) -> tuple[slice, slice]:
        """Rows and columns of cut pictures that show nose and cheeks whatever the mouth does."""
        left, top, _ = self.pixels(size)
        (x0, x1), (y0, y1) = ([round(share * size) for share in ends] for ends in _CHEEKS)
        return slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)

    def moved(self, places: np.ndarray, size: int) -> np.ndarray:
        """(T, 3) x, y and width in pixels of a crop of `size`, in the region's own pixels."""
        x, y, _ = self.pixels(size)
        return (places - np.array([x, y, 0])).astype(np.float32)

    def placed(self, points: np.ndarray, size: int) -> np.ndarray:
        """(…, 2) float32 points in pixels of a crop of `size`, in the region's own pixels."""
        x, y, _ = self.pixels(size)
        return (points - np.array([x, y])).astype(np.float32)


CROP_REGIONS = {
    "face": CropRegion(0.0, 0.0, 1.0),
    "lower-face": CropRegion(0.1875, 0.375, 0.625),
    "mouth": CropRegion(0.2, 0.4, 0.6),  # 96 of 160 pixels
}
