"""The networks a face analysis runs on, behind one protocol."""

from typing import Protocol

import numpy as np

from core.base.errors import ModelError, SettingsError
from core.faces.detector import Detection, FaceDetector
from core.faces.mesh import FaceMesh, MeshResult, Roi


class FaceBackend(Protocol):
    """Finds faces, their landmarks and who they are. Not thread-safe.

    Attributes:
        name: for settings, reports and the analysis' cache key.
        licence: one line to show beside the name.
        smallest_face: the smallest face width that is found reliably, as a share of the picture's longer side.
    """

    name: str
    licence: str
    smallest_face: float

    def detect(self, rgb: np.ndarray) -> list[Detection]:
        """Faces in a (H, W, 3) uint8 RGB picture, best first, in one look at the whole of it."""

    def mesh(self, rgb: np.ndarray, roi: Roi) -> MeshResult:
        """The 468-point mesh of the face inside `roi`."""

    def embed(self, rgb: np.ndarray, landmarks: np.ndarray) -> np.ndarray | None:
        """A unit vector that is alike for one person's faces, or None when this backend has no identity network."""


class MediaPipeBackend:
    """The default: MediaPipe's full-range detector and face mesh through LiteRT; needs no further download."""

    name = "mediapipe"
    licence = "Apache-2.0"
    # Measured on 23 portraits shrunk step by step: 96 % are found at a mesh width of 12 of 192 pixels, 74 % at 8.
    smallest_face = 12 / 192

    def __init__(self, *, threads: int = 1) -> None:
        self._detector = FaceDetector(threads=threads)
        self._mesh = FaceMesh(threads=threads)

    def detect(self, rgb: np.ndarray) -> list[Detection]:
        """As `FaceBackend.detect`."""
        return self._detector(rgb)

    def mesh(self, rgb: np.ndarray, roi: Roi) -> MeshResult:
        """As `FaceBackend.mesh`."""
        return self._mesh(rgb, roi)

    def embed(self, rgb: np.ndarray, landmarks: np.ndarray) -> np.ndarray | None:
        """None: identity is told by `core.faces.identity`."""
        return None


def open_backend(name: str = "auto", *, threads: int = 1) -> FaceBackend:
    """The backend called `name`; ``auto`` is insightface's pack when the user has installed it, else the default.

    Raises:
        SettingsError: there is no such backend.
        ModelError: its model files are missing.
    """
    from core.faces.insightface_pack import InsightFaceBackend, find_pack

    if name == "mediapipe":
        return MediaPipeBackend(threads=threads)
    if name not in ("auto", "insightface"):
        raise SettingsError(f"There is no face backend “{name}”.", hint="Use auto, mediapipe or insightface.")
    pack = find_pack()
    if pack is not None:
        return InsightFaceBackend(pack, threads=threads)
    if name == "insightface":
        raise ModelError(
            "InsightFace's model pack is not installed.",
            hint="Install it: “unisync models install insightface-buffalo_l”, or Preferences, Models.",
        )
    return MediaPipeBackend(threads=threads)


def backend_licence(name: str) -> str:
    """The licence line of the backend called `name`."""
    from core.faces.insightface_pack import PACK_LICENCE

    return PACK_LICENCE if name == "insightface" else MediaPipeBackend.licence
