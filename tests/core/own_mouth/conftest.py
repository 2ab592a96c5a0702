"""A drawn person: the mean face speaking with known shapes, so that every answer can be computed."""

from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.landmark_sets import INNER_LIP, OUTER_LIP
from core.face_geometry.track import FaceTrack
from core.lip_engine import LipRequest, LipSettings
from core.motion.shape import POSE_POINTS, SHAPE_POINTS, PersonRange, ShapeModel
from core.own_mouth.engine import OwnMouthEngine
from core.own_mouth.target import Voiced, at_rest_in_silence

SCALE, WIDTH, HEIGHT, RATE = 80.0, 320, 300, 25.0


def toy_model() -> ShapeModel:
    """Two movements: the lower lip and jaw drop; the corners draw apart."""
    face = canonical_face().points
    points = face[list(SHAPE_POINTS)].astype(np.float64)
    line = points[[SHAPE_POINTS.index(13), SHAPE_POINTS.index(14)], 1].mean()
    below = points[:, 1] > line + 1e-6
    drop = np.zeros_like(points)
    drop[below, 1] = 0.08 * np.exp(-((points[below, 0] / 0.35) ** 2))
    spread = np.zeros_like(points)
    spread[:40, 0] = 0.1 * points[:40, 0]
    basis = np.stack([drop, spread])
    flat = basis.reshape(2, -1)
    analysis = (np.linalg.inv(flat @ flat.T) @ flat).reshape(basis.shape)
    return ShapeModel.from_arrays(
        {
            "head": face[list(POSE_POINTS)],
            "mean": points,
            "basis": basis,
            "analysis": analysis,
            "opening_axis": np.array([0.08, 0.0]),
        }
    )


@dataclass
class DrawnFilm:
    """Pictures of the drawn person; counts how often each frame is read."""

    pictures: list[np.ndarray]
    reads: list[int] = field(default_factory=list)

    @property
    def frame_count(self) -> int:
        return len(self.pictures)

    def rgb(self, frame: int) -> np.ndarray:
        self.reads.append(frame)
        return self.pictures[frame]


def draw(landmarks: np.ndarray, light: float = 1.0) -> np.ndarray:
    """A picture of one face (468, 3): textured skin, red lips, a dark inside."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    nose = landmarks[4, :2]
    grain = 12 * np.sin((columns - nose[0]) * 0.9) * np.sin((rows - nose[1]) * 0.8)
    picture = np.stack([185 + grain, 145 + grain, 125 + grain], axis=-1)
    for ring, colour in ((OUTER_LIP, (170, 70, 75)), (INNER_LIP, (30, 12, 12))):
        polygon = np.round(landmarks[list(ring), :2] * 16).astype(np.int32)
        cv2.fillPoly(picture, [polygon], colour, lineType=cv2.LINE_AA, shift=4)
    return np.clip(picture * light, 0, 255).astype(np.uint8)


def face_at(local: np.ndarray, x: float, y: float) -> np.ndarray:
    """(468, 3) float32 landmarks of the face with moving points `local`, eyes' middle at (x, y)."""
    face = canonical_face().points.copy()
    face[list(SHAPE_POINTS)] = local
    return (face * SCALE + (x, y, 0)).astype(np.float32)


@dataclass(frozen=True)
class DrawnPerson:
    """The film, its track, its times and the true coefficients."""

    film: DrawnFilm
    track: FaceTrack
    times: np.ndarray
    coefs: np.ndarray
    model: ShapeModel

    def request(self, *, frames: range | None = None, seconds: float = 4.0, **settings: object) -> LipRequest:
        frames = self.track.frames if frames is None else frames
        voice = np.random.default_rng(1).normal(0, 0.1, int(16000 * seconds)).astype(np.float32)
        return LipRequest(
            source=self.film,
            track=self.track,
            library=(self.track,),
            frames=frames,
            times=np.asarray(frames) / RATE,
            library_times=(self.times,),
            voice=voice,
            original_voice=None,
            settings=LipSettings(**{"silence": "model", **settings}),
        )

    def engine(self, coefs: np.ndarray) -> OwnMouthEngine:
        return OwnMouthEngine(motion=GivenMotion(coefs), model=self.model)


@dataclass(frozen=True)
class GivenMotion:
    """Motion that is known beforehand: row n is the mouth at n / RATE seconds."""

    rows: np.ndarray
    id: str = "given"

    def voiced(self, request: LipRequest, person: PersonRange, style: object = None) -> Voiced:
        rows = self.rows[np.round(request.times * RATE).astype(int)]
        return at_rest_in_silence(rows, request, person)

    def style(self, speech: object, person: PersonRange) -> None:
        return None


@pytest.fixture(scope="session")
def drawn_person() -> DrawnPerson:
    """60 frames of a swaying head that opens and spreads its mouth at two unrelated rates."""
    model = toy_model()
    beat = np.arange(60) / 60 * 2 * np.pi
    coefs = np.stack([1 + np.cos(3 * beat), np.sin(2 * beat)], axis=1).astype(np.float32)
    landmarks = np.stack(
        [
            face_at(shape, WIDTH / 2 + 6 * np.sin(b), 95 + 3 * np.cos(b))
            for shape, b in zip(model.decode(coefs), beat, strict=True)
        ]
    )
    film = DrawnFilm([draw(points) for points in landmarks])
    boxes = np.concatenate([landmarks[:, :, :2].min(1), landmarks[:, :, :2].max(1)], axis=1)
    track = FaceTrack(0, "P1", 0, 0, boxes, landmarks, np.zeros((60, 3), np.float32), np.ones(60, np.float32))
    return DrawnPerson(film, track, np.arange(60) / RATE, coefs, model)
