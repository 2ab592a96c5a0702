"""InsightFace's model pack (buffalo_l and its like) as a backend, when the user has installed it.

Its detector (SCRFD) and identity network (ArcFace) replace the built-in ones; its 106 points check the mesh's mouth. The
468 landmarks still come from the face mesh: everything after the face stage speaks its order. The networks run through
onnxruntime with the preprocessing of the insightface package (MIT); the weights are licensed for non-commercial research.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.base.errors import ModelError
from core.base.models import user_data_dir
from core.faces.detector import Detection, suppress_overlaps
from core.faces.mesh import FaceMesh, MeshResult, Roi, roi_from_landmarks

PACK_LICENCE = "InsightFace model pack: non-commercial research only"
DETECTOR_SIDE = 640
STRIDES = (8, 16, 32)
ANCHORS_PER_CELL = 2
SCORE_THRESHOLD = 0.5  # the package's own default
ARCFACE_SIDE = 112
# Where ArcFace wants eyes, nose tip and mouth corners in its 112 × 112 picture (insightface/utils/face_align.py).
ARCFACE_POINTS = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
MESH_EYES = ((33, 133), (362, 263))
MESH_NOSE, MESH_MOUTH = 4, (61, 291)
OUTLINE_SIDE, OUTLINE_SCALE = 192, 1.5
# Of the 106 points: the mouth's corners.
OUTLINE_MOUTH = (52, 61)
# Distance of the mouths over the mouth's width from which the mesh is believed less.
LEAST_AGREEMENT = 0.35
LEAST_TRUST = 0.6  # the second opinion lowers the quality but never ends a track by itself


@dataclass(frozen=True, slots=True)
class InsightFacePack:
    """Paths of the pack's networks; `outline` (106 points) is optional."""

    detector: Path
    identity: Path
    outline: Path | None


def find_pack(folder: Path | None = None) -> InsightFacePack | None:
    """The pack in `folder` (by default the program's, then insightface's own), or None."""
    candidates = (
        [folder]
        if folder is not None
        else [
            user_data_dir() / "models" / "insightface",
            Path.home() / ".insightface" / "models" / "buffalo_l",
        ]
    )
    for place in candidates:
        detector = _first(place, ("det_10g.onnx", "det_2.5g.onnx", "det_500m.onnx", "scrfd*.onnx"))
        identity = _first(place, ("w600k_r50.onnx", "w600k_mbf.onnx", "glintr100.onnx"))
        if detector is not None and identity is not None:
            return InsightFacePack(detector, identity, _first(place, ("2d106det.onnx",)))
    return None


def _first(folder: Path, patterns: tuple[str, ...]) -> Path | None:
    return next((path for pattern in patterns for path in sorted(folder.glob(pattern))), None)


class InsightFaceBackend:
    """SCRFD for detection and ArcFace for identity, MediaPipe's mesh for landmarks. Not thread-safe."""

    name = "insightface"
    licence = PACK_LICENCE
    smallest_face = (
        12 / DETECTOR_SIDE
    )  # its anchors begin at 16 pixels; a mesh is about 3/4 as wide as its box

    def __init__(self, pack: InsightFacePack, *, threads: int = 1) -> None:
        self._detector = _Network(pack.detector, threads)
        self._identity = _Network(pack.identity, threads)
        self._outline = _Network(pack.outline, threads) if pack.outline is not None else None
        if len(self._detector.outputs) != 3 * len(STRIDES):
            raise ModelError(
                f"{pack.detector} is not an SCRFD detector with five key points: it has {len(self._detector.outputs)} outputs.",
                hint="Use det_10g.onnx of the buffalo_l pack.",
            )
        cells = [ANCHORS_PER_CELL * (DETECTOR_SIDE // stride) ** 2 for stride in STRIDES]
        self._detector.check(DETECTOR_SIDE, [n * count for n in (1, 4, 10) for count in cells])
        self._identity.check(ARCFACE_SIDE, [512])
        if self._outline is not None:
            self._outline.check(OUTLINE_SIDE, [212])
        self._mesh = FaceMesh(threads=threads)

    def detect(self, rgb: np.ndarray) -> list[Detection]:
        """As `FaceBackend.detect`."""
        scale = DETECTOR_SIDE / max(rgb.shape[:2])
        columns, rows = max(round(rgb.shape[1] * scale), 1), max(round(rgb.shape[0] * scale), 1)
        picture = np.zeros((DETECTOR_SIDE, DETECTOR_SIDE, 3), np.uint8)
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        picture[:rows, :columns] = cv2.resize(rgb, (columns, rows), interpolation=interpolation)
        outputs = self._detector(_blob(picture, 127.5, 128.0))
        found = []
        for level, stride in enumerate(STRIDES):
            cells = DETECTOR_SIDE // stride
            y, x = np.mgrid[:cells, :cells] * stride
            anchors = np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), ANCHORS_PER_CELL, axis=0)
            scores = outputs[level].reshape(-1)
            kept = np.flatnonzero(scores >= SCORE_THRESHOLD)
            sides = outputs[level + 3].reshape(-1, 4)[kept] * stride
            points = outputs[level + 6].reshape(-1, 5, 2)[kept] * stride + anchors[kept, None]
            boxes = np.concatenate([anchors[kept] - sides[:, :2], anchors[kept] + sides[:, 2:]], axis=1)
            found += [
                Detection(box / scale, keypoints / scale, float(score))
                for box, keypoints, score in zip(boxes, points, scores[kept], strict=True)
            ]
        return suppress_overlaps(found)

    def mesh(self, rgb: np.ndarray, roi: Roi) -> MeshResult:
        """As `FaceBackend.mesh`; the presence falls where the 106 points see the mouth elsewhere."""
        result = self._mesh(rgb, roi)
        if self._outline is None:
            return result
        corners = self._outline_points(self._outline, rgb, result.landmarks)[list(OUTLINE_MOUTH)]
        mesh_corners = result.landmarks[list(MESH_MOUTH), :2]
        width = max(float(np.linalg.norm(mesh_corners[1] - mesh_corners[0])), 1e-3)
        apart = float(np.linalg.norm(corners.mean(axis=0) - mesh_corners.mean(axis=0))) / width
        agreement = float(np.clip(2 - apart / LEAST_AGREEMENT, LEAST_TRUST, 1))
        return MeshResult(result.landmarks, result.presence * agreement)

    def embed(self, rgb: np.ndarray, landmarks: np.ndarray) -> np.ndarray | None:
        """As `FaceBackend.embed`: ArcFace's unit vector."""
        points = np.stack(
            [
                landmarks[list(MESH_EYES[0]), :2].mean(axis=0),
                landmarks[list(MESH_EYES[1]), :2].mean(axis=0),
                landmarks[MESH_NOSE, :2],
                *landmarks[list(MESH_MOUTH), :2],
            ]
        ).astype(np.float64)
        affine, _ = cv2.estimateAffinePartial2D(points, ARCFACE_POINTS, method=cv2.LMEDS)
        if affine is None:
            return None
        aligned = cv2.warpAffine(rgb, affine, (ARCFACE_SIDE, ARCFACE_SIDE), flags=cv2.INTER_LINEAR)
        vector = self._identity(_blob(aligned, 127.5, 127.5))[0].reshape(-1)
        norm = float(np.linalg.norm(vector))
        return (vector / norm).astype(np.float32) if norm > 0 else None

    @staticmethod
    def _outline_points(network: "_Network", rgb: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """(106, 2) source pixels."""
        square = roi_from_landmarks(landmarks)  # the package cuts 1.5 × the face's box as well, but upright
        upright = Roi(square.x, square.y, square.size * OUTLINE_SCALE / 1.5, 0.0)
        to_source = upright.to_source(OUTLINE_SIDE)
        picture = cv2.warpAffine(
            rgb, to_source, (OUTLINE_SIDE, OUTLINE_SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        # The pack's network brings its own normalisation: it takes plain 0..255.
        points = (network(_blob(picture, 0.0, 1.0))[0].reshape(-1, 2) + 1) * (OUTLINE_SIDE / 2)
        return points @ to_source[:, :2].T + to_source[:, 2]


class _Network:
    """An ONNX network with one input, on the CPU."""

    def __init__(self, path: Path, threads: int) -> None:
        import onnxruntime  # heavy; only when the pack is there

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ModelError(
                f"{path} is not a usable ONNX network: {error}", hint="Install the model pack again."
            ) from error
        self._path = path
        self._input = self._session.get_inputs()[0].name
        self.outputs = [output.name for output in self._session.get_outputs()]

    def check(self, side: int, sizes: list[int]) -> None:
        """Tries it on black pictures of `side`: what it gives must be `sizes` numbers.

        Raises:
            ModelError: it is a network for something else.
        """
        try:
            given = [output.size for output in self(np.zeros((1, 3, side, side), np.float32))]
        except Exception as error:
            raise ModelError(
                f"{self._path} does not take pictures of {side} pixels.", hint="Install the model pack again."
            ) from error
        if given != sizes:
            raise ModelError(
                f"{self._path} gives {given[:9]} numbers; {sizes} are expected.",
                hint="Install the model pack again.",
            )

    def __call__(self, blob: np.ndarray) -> list[np.ndarray]:
        return self._session.run(self.outputs, {self._input: blob})


def _blob(picture: np.ndarray, mean: float, deviation: float) -> np.ndarray:
    """(1, 3, H, W) float32 RGB."""
    return np.ascontiguousarray(((picture.astype(np.float32) - mean) / deviation).transpose(2, 0, 1)[None])
