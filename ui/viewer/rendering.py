"""From decoded pictures to what the viewer paints: view modes, the mask's tint, scaling. Runs on the decoder thread."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from PySide6.QtGui import QColor, QImage

from core.base.errors import AppError
from ui.base.painting import to_qimage, to_tinted_image
from ui.state.pictures import Picture
from ui.state.session import ViewMode

DIFFERENCE_GAIN = 4  # compositing changes are a few code values; ×4 makes one of 8 visible on a normal screen
_LINE_TINT = (255, 64, 96, 255)
_FAINT = 5  # of 255: what is mixed in less is not seen
_MASK_TINT = (255, 64, 96, 115)  # red is no colour of a face, and lets the lips below be seen


@dataclass(frozen=True, slots=True)
class RenderSpec:
    """How pictures are to be made ready.

    Attributes:
        mode: what is shown.
        with_mask: whether the mask is wanted as an overlay.
        with_histogram: whether the histogram is wanted.
        max_size: (width, height) in device pixels the picture will be shown at, or None for every pixel of it.
        outlines_mask: the mask is a line where it ends and where it is half, so that the skin's edges stay visible.
        has_rivals: takes are compared with the chosen ones: wipe and side by side show these, else the source.
        shows_rivals: the compared takes are seen where the chosen ones were.
    """

    mode: ViewMode = "result"
    with_mask: bool = False
    with_histogram: bool = False
    max_size: tuple[int, int] | None = None
    outlines_mask: bool = False
    has_rivals: bool = False
    shows_rivals: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """A picture ready to be painted.

    Attributes:
        run: number of the run or of the request that it answers.
        elapsed: when it is due in its run; None for a single picture.
        time: its timeline time.
        picture: which one; None is black.
        image: the main picture, None when black or failed.
        under: what lies to the left of the split wipe or beside the picture, else None.
        overlay: the tinted mask, else None.
        size: (width, height) of the film's upright samples, which face boxes refer to.
        has_result: whether there was a result to show.
        histogram: see `histogram`, when asked for.
        error: why there is no picture.
    """

    run: int
    time: Fraction
    picture: Picture | None
    elapsed: Fraction | None = None
    image: QImage | None = None
    under: QImage | None = None
    overlay: QImage | None = None
    size: tuple[int, int] = (0, 0)
    has_result: bool = False
    histogram: np.ndarray | None = None
    error: AppError | None = None


def compose(
    source: np.ndarray,
    result: np.ndarray | None,
    mask: np.ndarray | None,
    spec: RenderSpec,
    against: np.ndarray | None = None,
) -> tuple[QImage, QImage | None, QImage | None]:
    """(main picture, picture under the wipe, tinted mask) for `spec`.

    Args:
        source: (H, W, 3) uint8.
        result: the same shape, or None where nothing was generated.
        mask: (H, W) uint8, 255 where the result replaces the source, or None.
        spec: what is to be shown and how large.
        against: what wipe and side by side compare with; None compares with the source.
    """
    result = result if result is not None else source
    under = None
    if spec.mode == "source":
        main = _fitted(source, spec)
    elif spec.mode == "difference":
        import cv2

        change = cv2.absdiff(_fitted(result, spec), _fitted(source, spec))
        main = cv2.convertScaleAbs(change, alpha=DIFFERENCE_GAIN)
    elif spec.mode == "mask":
        main = _fitted(mask if mask is not None else np.zeros(source.shape[:2], np.uint8), spec)
    else:
        main = _fitted(result, spec)
        if spec.mode in ("wipe", "side"):
            under = _ready(_fitted(against if against is not None else source, spec))
    overlay = None
    if spec.with_mask and mask is not None and spec.mode != "mask":
        fitted = _fitted(mask, spec)
        tint = QColor(*_LINE_TINT) if spec.outlines_mask else QColor(*_MASK_TINT)
        tinted = to_tinted_image(outline(fitted) if spec.outlines_mask else fitted, tint)
        overlay = tinted.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    return _ready(main), under, overlay


def outline(mask: np.ndarray) -> np.ndarray:
    """(H, W) uint8: a strong line where `mask` (H, W) uint8 is half, a weak one where it ends."""
    import cv2

    kernel = np.ones((3, 3), np.uint8)
    half, end = (
        cv2.morphologyEx((mask >= level).astype(np.uint8) * 255, cv2.MORPH_GRADIENT, kernel)
        for level in (128, _FAINT)
    )
    return np.maximum(half, end // 2)


def _ready(picture: np.ndarray) -> QImage:
    """In the screen's own format, so that the main thread only copies it."""
    return to_qimage(picture).convertToFormat(QImage.Format.Format_RGB32)


def histogram(picture: np.ndarray) -> np.ndarray:
    """(3, 256) float32 share of pixels per code value of R, G, B, the tallest bin 1; from every fourth row."""
    import cv2

    rows = np.ascontiguousarray(picture[::4])
    bins = np.stack(
        [cv2.calcHist([rows], [channel], None, [256], [0, 256]).reshape(-1) for channel in range(3)]
    )
    return bins / max(
        float(bins[:, 1:-1].max()), 1.0
    )  # clipped black and white would flatten everything else


def _fitted(picture: np.ndarray, spec: RenderSpec) -> np.ndarray:
    """The picture scaled down to the size it is shown at; never up, which painting does for nothing."""
    if spec.max_size is None:
        return picture
    import cv2  # not at the program's start

    width, height = spec.max_size
    if width >= picture.shape[1] or height >= picture.shape[0] or width < 1 or height < 1:
        return picture
    # Halving is exact averaging and quick; what is left is less than a factor of two, where linear does not alias
    # visibly. Averaging all the way costs ten times as much (11 instead of 1 ms for 1080p).
    while picture.shape[1] >= 2 * width and picture.shape[0] >= 2 * height:
        half = (picture.shape[1] // 2, picture.shape[0] // 2)
        picture = cv2.resize(picture, half, interpolation=cv2.INTER_AREA)
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
