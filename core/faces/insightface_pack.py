"""InsightFace's model pack (buffalo_l and its like) as a backend, when the user has installed it.

Everything is insightface's own: its detector (SCRFD), its 106 points and its identity network (ArcFace), with its preprocessing.
The points check the mesh's mouth; the 468 landmarks still come from the face mesh, for everything after the face stage speaks
its order. The package is MIT, the weights are licensed for non-commercial research.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import cv2
import numpy as np

from core.base.device import CPU, Device, resolve_device
from core.base.errors import ModelError
from core.face_geometry.landmark_sets import MOUTH_CORNERS
from core.faces.detector import Detection, suppress_overlaps
from core.faces.mesh import FaceMesh, MeshResult, Roi
from core.model_store.store import model_folder, models_folder

if TYPE_CHECKING:
    from insightface.app import FaceAnalysis

logger = logging.getLogger(__name__)
Found = TypeVar("Found")

PACK_LICENCE = "InsightFace model pack: non-commercial research only"
PACK = "insightface-buffalo_l"
DETECTOR_SIDE = 640
SCORE_THRESHOLD = 0.5  # the package's own default
MESH_EYES = ((33, 133), (362, 263))
MESH_NOSE, MESH_MOUTH = 4, MOUTH_CORNERS
# Of the 106 points: the mouth's corners.
OUTLINE_MOUTH = (52, 61)
# Distance of the mouths over the mouth's width from which the mesh is believed less.
LEAST_AGREEMENT = 0.35
LEAST_TRUST = 0.6  # the second opinion lowers the quality but never ends a track by itself


def find_pack(folder: Path | None = None) -> Path | None:
    """The folder of a pack with a detector and an identity network: `folder`, by default the program's, then insightface's own."""
    places: Sequence[Path] = (
        [folder]
        if folder is not None
        else [
            model_folder(PACK),
            models_folder() / "insightface",
            Path.home() / ".insightface" / "models" / "buffalo_l",
        ]
    )
    for place in places:
        names = [path.name for path in place.glob("*.onnx")]
        has_detector = any(name.startswith(("det_", "scrfd")) for name in names)
        if has_detector and any(name.startswith(("w600k", "glintr")) for name in names):
            return place
    return None


class InsightFaceBackend:
    """insightface's `FaceAnalysis` for detection, 106 points and identity, MediaPipe's mesh for landmarks. Not thread-safe.

    Args:
        pack: folder of the pack.
        threads: of each network on the processor.
        device: where the networks run; see `core.base.device.resolve_device`. A card that fails hands over to the processor.
    """

    name = "insightface"
    licence = PACK_LICENCE
    smallest_face = (
        12 / DETECTOR_SIDE
    )  # its anchors begin at 16 pixels; a mesh is about 3/4 as wide as its box

    def __init__(self, pack: Path, *, threads: int = 1, device: str = "auto") -> None:
        self._pack, self._threads, self._device = pack, threads, resolve_device(device)
        try:
            self._analysis = _opened(pack, threads, self._device)
        except ModelError:
            if self._device == CPU:
                raise
            self._analysis = self._on_processor()
        self._mesh = FaceMesh(threads=threads)

    def detect(self, rgb: np.ndarray) -> list[Detection]:
        """As `FaceBackend.detect`."""
        picture = _bgr(rgb)
        boxes, keypoints = self._run(
            lambda pack: pack.det_model.detect(picture, input_size=(DETECTOR_SIDE, DETECTOR_SIDE))
        )
        return suppress_overlaps(
            [
                Detection(box[:4].astype(np.float64), points.astype(np.float64), float(box[4]))
                for box, points in zip(boxes, keypoints, strict=True)
            ]
        )

    def mesh(self, rgb: np.ndarray, roi: Roi) -> MeshResult:
        """As `FaceBackend.mesh`; the presence falls where the 106 points see the mouth elsewhere."""
        from insightface.app.common import Face

        result = self._mesh(rgb, roi)
        if "landmark_2d_106" not in self._analysis.models:
            return result
        points = result.landmarks[:, :2]
        face = Face(bbox=np.concatenate([points.min(axis=0), points.max(axis=0)]))
        picture = _bgr(rgb)
        outline = self._run(lambda pack: pack.models["landmark_2d_106"].get(picture, face))
        corners = outline[list(OUTLINE_MOUTH)]
        mesh_corners = result.landmarks[list(MESH_MOUTH), :2]
        width = max(float(np.linalg.norm(mesh_corners[1] - mesh_corners[0])), 1e-3)
        apart = float(np.linalg.norm(corners.mean(axis=0) - mesh_corners.mean(axis=0))) / width
        agreement = float(np.clip(2 - apart / LEAST_AGREEMENT, LEAST_TRUST, 1))
        return MeshResult(result.landmarks, result.presence * agreement)

    def embed(self, rgb: np.ndarray, landmarks: np.ndarray) -> np.ndarray | None:
        """As `FaceBackend.embed`: ArcFace's unit vector."""
        from insightface.app.common import Face

        points = np.stack(
            [
                landmarks[list(MESH_EYES[0]), :2].mean(axis=0),
                landmarks[list(MESH_EYES[1]), :2].mean(axis=0),
                landmarks[MESH_NOSE, :2],
                *landmarks[list(MESH_MOUTH), :2],
            ]
        ).astype(np.float32)
        if not np.isfinite(points).all() or np.ptp(points, axis=0).min() < 1:
            return None
        picture = _bgr(rgb)
        vector = self._run(lambda pack: pack.models["recognition"].get(picture, Face(kps=points)))
        norm = float(np.linalg.norm(vector))
        return (vector / norm).astype(np.float32) if norm > 0 else None

    def _run(self, work: "Callable[[FaceAnalysis], Found]") -> "Found":
        """Of networks on a card that fail, of whatever, the work is done again on the processor, and all that follows."""
        try:
            return work(self._analysis)
        except Exception as error:
            if self._device == CPU:
                raise
            logger.warning("%s cannot run InsightFace's networks: %s", self._device.name, error)
            self._analysis = self._on_processor()
            return work(self._analysis)

    def _on_processor(self) -> "FaceAnalysis":
        self._device = CPU
        return _opened(self._pack, self._threads, CPU)


def _opened(pack: Path, threads: int, device: Device) -> "FaceAnalysis":
    """The pack's networks that are used, opened by insightface."""
    from insightface.app import FaceAnalysis

    from core.base.onnx_network import session_options

    hint = "Install the model pack again: “unisync models install insightface-buffalo_l”."
    try:
        analysis = FaceAnalysis(
            name=str(pack),
            allowed_modules=["detection", "recognition", "landmark_2d_106"],
            providers=list(device.providers),
            sess_options=session_options(threads),
        )
        analysis.prepare(
            ctx_id=-1 if device == CPU else 0,
            det_thresh=SCORE_THRESHOLD,
            det_size=(DETECTOR_SIDE, DETECTOR_SIDE),
        )
    except Exception as error:
        raise ModelError(f"{pack} holds no usable networks of InsightFace: {error}", hint=hint) from error
    for task in ("detection", "recognition"):
        if task not in analysis.models:
            raise ModelError(f"{pack} holds no network for {task}.", hint=hint)
    if not getattr(analysis.det_model, "use_kps", False):
        raise ModelError(f"The detector in {pack} gives no five key points.", hint=hint)
    return analysis


def _bgr(rgb: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
