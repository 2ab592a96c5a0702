"""Where the samples of each pixel format lie in its planes."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane

from core.base.errors import MediaError

# (offset, step) in samples of each of R, G, B inside its row, for packed RGB.
_PACKED_RGB = {
    "rgb24": (0, 1, 2, 3), "bgr24": (2, 1, 0, 3), "rgba": (0, 1, 2, 4), "bgra": (2, 1, 0, 4), "argb": (1, 2, 3, 4),
    "abgr": (3, 2, 1, 4), "rgb0": (0, 1, 2, 4), "bgr0": (2, 1, 0, 4), "0rgb": (1, 2, 3, 4), "0bgr": (3, 2, 1, 4),
    "rgb48le": (0, 1, 2, 3), "bgr48le": (2, 1, 0, 3), "rgb48be": (0, 1, 2, 3), "rgba64le": (0, 1, 2, 4),
    "bgra64le": (2, 1, 0, 4), "rgba64be": (0, 1, 2, 4),
}  # fmt: skip
# U's and V's offset in the shared plane of semi-planar formats.
_SEMI_PLANAR = (
    "nv12",
    "nv16",
    "nv20",
    "nv24",
    "p010",
    "p012",
    "p016",
    "p210",
    "p212",
    "p216",
    "p410",
    "p412",
    "p416",
)
# (Y, U, V) offsets in a row of packed 4:2:2; Y every 2 samples, chroma every 4.
_PACKED_YUV = {"yuyv422": (0, 1, 3), "uyvy422": (1, 0, 2), "yvyu422": (0, 3, 1)}


_BYTES = np.dtype(np.uint8)


@dataclass(frozen=True, slots=True)
class Component:
    """Where one component's samples lie: in `plane`, every `step` samples from `offset`."""

    plane: int
    offset: int
    step: int


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """How a pixel format stores its picture.

    Attributes:
        kind: ``yuv``, ``rgb`` or ``gray``.
        components: Y U V, or R G B, or Y.
        dtype: sample type, byte order included.
        bits: significant bits of a sample.
        shift: bits a stored sample is shifted up by (P010 and its like).
        chroma_shift: log2 of how many luma samples one chroma sample spans, (across, down).
        is_centre_sited: chroma lies between luma columns (JPEG) instead of on the even ones (MPEG).
    """

    kind: str
    components: tuple[Component, ...]
    dtype: np.dtype
    bits: int
    shift: int
    chroma_shift: tuple[int, int]
    is_centre_sited: bool

    def view(self, frame: VideoFrame, number: int) -> np.ndarray:
        """Component `number` of the whole frame, (h, w), a view into the frame's memory."""
        component = self.components[number]
        plane = frame.planes[component.plane]
        stride = abs(plane.line_size) // self.dtype.itemsize
        rows = plane_values(plane, self.dtype).reshape(-1, stride)
        if plane.line_size < 0:
            rows = rows[::-1]
        width, height = frame.width, frame.height
        if self.kind == "yuv" and number > 0:
            width, height = -(-width >> self.chroma_shift[0]), -(-height >> self.chroma_shift[1])
        return rows[
            :height, component.offset : component.offset + (width - 1) * component.step + 1 : component.step
        ]


def plane_values(plane: VideoPlane, dtype: np.dtype = _BYTES) -> np.ndarray:
    """(n,) everything in a plane's memory, padding at the ends of lines included: a view, not a copy."""
    return np.frombuffer(plane, dtype)  # type: ignore[call-overload]  # numpy's types know no buffers of others


@lru_cache(maxsize=64)
def pixel_layout(name: str) -> PixelLayout:
    """The layout of the format FFmpeg calls `name`.

    Raises:
        MediaError: a format we cannot take apart (palettes, Bayer, bit streams).
    """
    form = VideoFormat(name, 64, 64)
    bits = max(component.bits for component in form.components)
    order = ">" if form.is_big_endian else "<"
    dtype = np.dtype("u1") if bits <= 8 else np.dtype(f"{order}u2")
    base = name.removesuffix("le").removesuffix("be")
    components: tuple[Component, ...]
    shift = 0
    kind = "yuv"
    if base in _SEMI_PLANAR or base in ("nv21", "nv42"):
        swap = base in ("nv21", "nv42")
        components = (Component(0, 0, 1), Component(1, int(swap), 2), Component(1, int(not swap), 2))
        shift = 16 - bits if base.startswith("p") else 0
    elif base in _PACKED_YUV:
        y, u, v = _PACKED_YUV[base]
        components = (Component(0, y, 2), Component(0, u, 4), Component(0, v, 4))
    elif name in _PACKED_RGB:
        *offsets, step = _PACKED_RGB[name]
        kind, components = "rgb", tuple(Component(0, offset, step) for offset in offsets)
    elif base.startswith("gbr") and not base.endswith(("f16", "f32")):
        kind, components = "rgb", (Component(2, 0, 1), Component(0, 0, 1), Component(1, 0, 1))
    elif base.startswith("gray") and not base.endswith(("f16", "f32")):
        kind, components = "gray", (Component(0, 0, 1),)
    elif base.startswith("yuv") and form.is_planar:
        components = (Component(0, 0, 1), Component(1, 0, 1), Component(2, 0, 1))
    else:
        raise MediaError(
            f"Pictures stored as {name} cannot be changed in place.",
            hint="Convert the film, for example to ProRes.",
        )
    across = (64 // form.chroma_width(64)).bit_length() - 1 if kind == "yuv" else 0
    down = (64 // form.chroma_height(64)).bit_length() - 1 if kind == "yuv" else 0
    return PixelLayout(kind, components, dtype, bits, shift, (across, down), name.startswith("yuvj"))


def is_transparent(pixel_format: str) -> bool:
    """Whether pictures of that format have a transparency of their own."""
    plain = pixel_format.removesuffix("le").removesuffix("be")
    return plain.startswith(("yuva", "gbrap", "ya")) or plain in (
        "rgba", "bgra", "argb", "abgr", "rgba64", "bgra64", "pal8",
    )  # fmt: skip
