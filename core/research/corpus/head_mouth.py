"""What is behind the lips: teeth, gums and tongue, in a rendered head or by themselves in somebody's photograph."""

from functools import cache

import cv2
import numpy as np

from core.face_geometry.landmark_sets import INNER_LIP
from core.own_mouth.warp import Window
from core.research.corpus import head_parts
from core.research.corpus.head_renderer import Camera, HeadRenderer, Lighting, MouthLight, Surface, to_world
from core.research.corpus.head_rig import Expression, Rig
from core.research.corpus.subdivision import vertex_normals

_FLIP = np.diag([1.0, -1.0, -1.0])
_JAW_JOINT = np.array([0.0, 0.25, 0.55])
_GUM_RGB, _TONGUE_RGB = np.array([0.50, 0.16, 0.15]), np.array([0.52, 0.17, 0.16])
_PIXELS = 256  # side of the picture an inside is drawn in, whatever size it is wanted in
_INNER = INNER_LIP
_SOFTNESS = 0.008  # face units: teeth behind lips are a little out of focus in any film
_TEETH_BEHIND, _LIT = 0.05, 0.07
_SHADOW, _SHADOW_REACH = 0.6, 0.02
_FRONT_TOOTH = 0.5  # linear light that comes back from a front tooth under `_FRONT_LIGHT`
_UPPER_BEHIND = 0.018  # face units: the upper row lies higher than in the rendered heads
# Of the opening: before a camera the lower lip hides more of its teeth than the rig alone would.
_LOWER_DROP = 0.55
_FAR = 40.0  # face units from which a photograph's mouth is drawn: the tracker's mesh knows no perspective either
# A mouth in ordinary front light: most comes from above and before, some back from the face below.
_FRONT_LIGHT = Lighting(
    np.array([[0.15, 0.45, 0.9], [-0.5, 0.1, 0.8]]),
    np.array([[0.62, 0.60, 0.58], [0.2, 0.2, 0.21]]),
    np.array([0.22, 0.22, 0.22]),
    np.array([0.16, 0.14, 0.13]),
    0.15,
)


def plain_surface(
    kind: str, part: head_parts.Part, albedo: np.ndarray, material: tuple[float, float, float]
) -> Surface:
    """A part of one colour; `material` is roughness, specular strength, subsurface."""
    points = to_world(part.vertices).astype(np.float32)
    data = np.empty((len(points), 16), np.float32)
    data[:, 0:3] = points
    data[:, 3:6] = vertex_normals(points, part.triangles)
    data[:, 6:9] = albedo
    data[:, 9:12] = material
    data[:, 12] = 1.0
    data[:, 13:16] = points
    return Surface(kind, data, part.triangles)


class MouthParts:
    """Teeth, gums and tongue of one identity, placed behind the lips of its face at rest (468, 3)."""

    def __init__(
        self, rest: np.ndarray, scale: float, rng: np.random.Generator, *, crooked: float, rgb: np.ndarray
    ) -> None:
        middle = (rest[13] + rest[14]) / 2
        self._upper_origin = middle + np.array([0.0, 0.040, 0.088])
        self._lower_origin = middle + np.array([0.0, 0.030, 0.122])
        self._scale = scale
        tooth, gum = (0.22, 1.1, 0.35), (0.3, 1.0, 0.6)
        upper, lower = (
            head_parts.teeth(upper=side, scale=scale, crooked=rng, amount=crooked) for side in (True, False)
        )
        self._upper = (
            plain_surface("tooth", upper, rgb, tooth),
            plain_surface("wet", head_parts.gum(upper=True, scale=scale), _GUM_RGB, gum),
        )
        self._lower = (
            plain_surface("tooth", lower, rgb * 0.95, tooth),
            plain_surface("wet", head_parts.gum(upper=False, scale=scale), _GUM_RGB, gum),
        )

    def surfaces(self, visemes: np.ndarray, chin: float, head: np.ndarray) -> list[Surface]:
        """The parts for one moment: `chin` is how far the chin has dropped, `head` (4, 4) the head's place."""
        reach = np.linalg.norm((self._lower_origin - _JAW_JOINT)[1:])
        angle = chin / reach
        # Dropping the jaw turns it about the ear: the chin goes down (+y) and back (+z).
        swing = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
        jaw = np.eye(4)
        jaw[:3, :3] = _FLIP @ swing @ _FLIP
        jaw[:3, 3] = to_world(_JAW_JOINT) - jaw[:3, :3] @ to_world(_JAW_JOINT)
        lower = head @ jaw @ _at(self._lower_origin)
        upper = head @ _at(self._upper_origin)
        made = [
            Surface(part.kind, part.data, part.triangles, model)
            for parts, model in ((self._upper, upper), (self._lower, lower))
            for part in parts
        ]
        tongue = head_parts.tongue(float(visemes[8]), float(visemes[9]), scale=self._scale)
        surface = plain_surface("wet", tongue, _TONGUE_RGB, (0.32, 0.8, 0.8))
        return [*made, Surface("wet", surface.data, surface.triangles, lower)]


def _at(origin: np.ndarray) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, 3] = to_world(origin)
    return matrix


@cache
def _renderer() -> HeadRenderer:
    return HeadRenderer(_PIXELS, _PIXELS, samples=4)


class InnerMouth:
    """A rendered inside for the mouth of a real or drawn face.

    Args:
        rig: of the face.
        seed: draws the teeth.
        colour: 1 as in life … 0 grey, as in a statue.
    """

    def __init__(self, rig: Rig, seed: int, *, colour: float = 1.0) -> None:
        self._rig, self._colour = rig, colour
        rng = np.random.default_rng([seed, 701])
        rgb = np.array([0.84, 0.77, 0.64]) * rng.uniform((0.92, 0.9, 0.82), 1.0)
        self._parts = MouthParts(
            rig.rest - np.array([0.0, _UPPER_BEHIND, 0.0]),
            rig.mouth_scale * float(rng.uniform(0.95, 1.05)),
            rng,
            crooked=0.25,
            rgb=rgb,
        )

    def draw(
        self, visemes: np.ndarray, turn: np.ndarray, lips: np.ndarray, light: np.ndarray, window: Window
    ) -> np.ndarray:
        """The inside under the lips of a picture, (S, S, 3) float32 in 0..255, to be seen between the lips only.

        Args:
            visemes: (11,), what the mouth does.
            turn: (3, 3), from the mean face's axes to the picture's.
            lips: (468, 2) the picture's landmarks.
            light: (3,) linear light that a white front of a tooth sends back.
            window: the square of the picture that is wanted.
        """
        face = self._rig.face(visemes, Expression())
        head = np.eye(4)
        head[:3, :3] = _FLIP @ turn @ _FLIP
        world = (head[:3, :3] @ to_world(face[list(_INNER)]).T).T
        inner = lips[list(_INNER)] - (window.x, window.y)
        flat = np.stack([world[:, 0], -world[:, 1]], axis=1)
        # The picture's own lips say how large and where the mouth is.
        matrix, _ = cv2.estimateAffinePartial2D(
            flat.astype(np.float32), inner.astype(np.float32), method=cv2.LMEDS
        )
        zoom = float(np.hypot(matrix[0, 0], matrix[1, 0])) if matrix is not None else window.size / 1.15
        drawn_zoom = _PIXELS / window.size * zoom
        middle = flat.mean(axis=0)
        half = (_PIXELS - 1) / 2
        camera = Camera(_PIXELS, _PIXELS, drawn_zoom, tuple(half - drawn_zoom * middle), _FAR)
        opening = max(float(face[14, 1] - face[13, 1]) / 2, 0.0)
        # Its front teeth are lit as in a mouth well open: `light` says how bright they are, the shadow how far lips hide them.
        front = world[[_INNER.index(13), _INNER.index(14)]].mean(axis=0) - np.array([0, 0, _TEETH_BEHIND])
        inside = MouthLight(
            front,
            opening + _LIT,
            max(float(face[308, 0] - face[78, 0]) / 2, 0.1) * 1.2,
            np.zeros((2, 4)),
            np.zeros(3),
            0.2,
        )
        drop = self._rig.chin_drop(visemes) * self._rig.mouth_scale + _LOWER_DROP * 2 * opening
        parts = self._parts.surfaces(visemes, drop, head)
        backdrop = np.full((_PIXELS, _PIXELS, 3), (0.018, 0.006, 0.005), np.float32)
        linear = _renderer().draw(parts, [], camera, _FRONT_LIGHT, inside, backdrop)
        soft = cv2.GaussianBlur(linear, (0, 0), _SOFTNESS * drawn_zoom)
        value = soft * (light / _FRONT_TOOTH).astype(np.float32)
        value = value / (1 + np.maximum(value - 0.5, 0))  # highlights roll off, as a camera's do
        grey = value.mean(axis=2, keepdims=True)
        value = grey + self._colour * (value - grey)
        size = window.size
        small = cv2.resize(value.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)
        shift = inner.mean(axis=0) - (size - 1) / 2
        place = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
        value = cv2.warpAffine(small, place, (size, size), borderMode=cv2.BORDER_REPLICATE)
        value = value * _lip_shadow(inner, size, zoom)[..., None]
        encoded = np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055) * 255
        return encoded.astype(np.float32)


def _lip_shadow(inner: np.ndarray, size: int, zoom: float) -> np.ndarray:
    """(S, S) float32: lips keep light from what lies close behind their edge."""
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [np.round(inner * 16).astype(np.int32)], 255, lineType=cv2.LINE_8, shift=4)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) / (_SHADOW_REACH * zoom)
    return (1 - _SHADOW * np.exp(-depth)).astype(np.float32)
