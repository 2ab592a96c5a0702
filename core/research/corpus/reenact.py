"""Gives real or drawn faces other words: their mouths follow exact viseme curves, in their own footage.

The person's tracked face becomes a rig of the same kind as the rendered heads'; what it does is put on top of the
person's mouth at rest, and the own-mouth engine makes the pictures: own lower face, own lips, own open mouths. What the
footage does not hold, the inside of a wider mouth above all, is rendered. A still is set in slow motion first.
"""

from collections.abc import Callable

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from core import lip_engine
from core.adaptation.altered import Footage, Stretch, laid_in
from core.base.errors import MediaError
from core.face_geometry.canonical_face import canonical_face, fit_similarity, normalise, person_template
from core.face_geometry.landmark_sets import FACE_OVAL, INNER_LIP, LEFT_EYE, RIGHT_EYE
from core.face_geometry.measures import eye_distance
from core.lip_engine import LipRequest, LipSettings
from core.motion.shape import POSE_POINTS, ShapeModel, shape_model
from core.own_mouth.choice import ChoiceWeights, choose
from core.own_mouth.engine import OwnMouthEngine, Recipe
from core.own_mouth.head import Heads, find_heads
from core.own_mouth.library import build_library
from core.own_mouth.regions import MOVING, lip_gap
from core.own_mouth.render import CROP_SPAN
from core.own_mouth.target import Target
from core.own_mouth.warp import Window, displacement_field, sample
from core.research.corpus.head_mouth import InnerMouth
from core.research.corpus.head_rig import LID_SKIN, LIDS, Expression, Rig, closed_lips, make_rig
from core.research.corpus.heads import rotation
from core.research.corpus.performance import blink_curve, smooth_noise
from core.research.corpus.visemes import PARAMETERS

_REST_SHARE = 0.1  # of the frames, those with the least opening: pauses and closures
_SHUT = 0.022  # eye-corner distances: the slit the mesh sees between lips that touch
_TOUCHING = 0.03  # openings below it are lips that touch
_OPEN = 0.08  # eye-corner distances
_LID_TRAVEL, _EYE_SPAN = 0.7, 0.62  # lids that met would fold the field between them
_BIAS_S = 0.3
_FADE_YAW = 60.0
_LEAST_LIGHT, _MOST_LIGHT = 0.05, 1.1
_FEWEST_PIXELS = 30
_GREY, _RED = 0.15, 0.35  # chroma of living lips; statues and drawings in ink have less, and no red inside
_TOOTH_TINT = np.array([1.05, 0.97, 0.9])  # light in a mouth has met lips and tongue
# The white of an eye lies in its socket's shade.
_TOOTH_TO_EYE = 1.15


class Performer:
    """One person's footage, ready to say anything.

    Args:
        footage: the stretches that may lend mouths.
        seed: draws the teeth that are rendered.

    Raises:
        MediaError: no mouth of the footage can be used.
    """

    def __init__(self, footage: Footage, seed: int) -> None:
        self.footage = footage
        self._model = shape_model()
        landmarks = np.concatenate([track.landmarks for track in footage.tracks])
        heads = find_heads(landmarks, self._model)
        gaps = lip_gap(heads.shape)
        resting = gaps <= np.quantile(gaps, _REST_SHARE)
        template = person_template(landmarks) if len(landmarks) > 5 else None
        faces = normalise(landmarks, template=template)
        rest = np.median(faces.local[resting], axis=0).astype(np.float64)
        self.rig: Rig = make_rig(rest)
        self._rest_shape = np.median(heads.shape[resting], axis=0).astype(np.float64)
        self._to_model = _canonical_to_model(self._model)
        # Lips that never shut in the footage are shut as far as the mesh sees shut lips.
        gap = float(np.median(gaps[resting]))
        closing = max(1 - _SHUT / max(gap, 1e-6), 0.0) * (closed_lips(rest) - rest)
        self._rest_shape += self._in_model(closing)
        # Where the footage has open mouths, these are kept as long as they bear it: two kinds of teeth in turn would show.
        self._stretch = 1.5 if float(np.quantile(gaps, 0.9)) > _OPEN else 1.05
        self._library = build_library([lip_engine.Footage(footage, tuple(footage.tracks))], self._model)
        if len(self._library) == 0:
            raise MediaError(
                "No mouth of this footage can be used: it is blurred, covered or turned away.",
                hint="Leave the footage out.",
            )
        lips = _around(to_linear(footage.rgb(0)), landmarks[0, 17] * 0.4 + landmarks[0, 14] * 0.6)
        self._inside = InnerMouth(
            self.rig,
            seed,
            colour=float(
                np.clip((np.ptp(lips) / max(float(lips.max()), 1e-3) - _GREY) / (_RED - _GREY), 0, 1)
            ),
        )
        # What the footage shows of teeth says most; of a mouth that never opens the white of the eyes has to tell.
        shown = np.argsort(gaps)[:: -max(len(gaps) // 12, 1)][:4]
        self._light = np.max([tooth_light(footage.rgb(int(i)), landmarks[i]) for i in shown], axis=0)

    def _in_model(self, displacement: np.ndarray) -> np.ndarray:
        """Movements (468, 3) of the mean face's axes as those of the shape model's moving points."""
        turn, scale = self._to_model
        return scale * displacement[list(MOVING)] @ turn.T

    def play(self, number: int, values: np.ndarray, *, seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
        """Stretch `number` with the mouth of `values` ((F, 11) visemes, one row a frame).

        Returns:
            F pictures like the stretch's, and the exact landmarks (F, 468, 3) of what they show.
        """
        track = self.footage.tracks[number]
        engine = _Puppet(self, values)
        times = self.footage.stretches[number].times
        request = LipRequest(
            source=self.footage,
            track=track,
            library=tuple(self.footage.tracks),
            frames=track.frames,
            times=times - times[0],
            library_times=tuple(stretch.times for stretch in self.footage.stretches),
            voice=np.zeros(0, np.float32),
            original_voice=None,
            settings=LipSettings(silence="model", max_yaw=_FADE_YAW, seed=seed),
        )
        pictures: list[np.ndarray] = []
        points = np.array(track.landmarks, np.float32)
        for chunk in engine.render(request, track.first_frame):
            pictures += laid_in(self.footage, chunk)
            rows = slice(chunk.first_frame - track.first_frame, len(pictures))
            share = chunk.weights[:, None, None]
            points[rows, :, :2] += share * (chunk.landmarks - points[rows, :, :2])
        return pictures, points

    def recipe(self, request: LipRequest, values: np.ndarray) -> Recipe:
        """What the own-mouth engine is to render: as `OwnMouthEngine.recipe`, but exactly these visemes."""
        track = request.track
        heads = find_heads(np.asarray(track.landmarks), self._model)
        own = self._model.encode_local(heads.shape)
        bias = heads.shape - self._model.decode(own)
        interval = float(np.median(np.diff(request.times))) if len(request.times) > 1 else 1.0
        # What pose and tracker add to the mouth changes as slowly as the head; the rest's own is in the rest already.
        slow = gaussian_filter1d(bias, _BIAS_S / max(interval, 1e-3), axis=0, mode="nearest")
        rest = self._rest_shape
        rest_bias = rest - self._model.decode(self._model.encode_local(rest[None].astype(np.float32)))[0]
        moved = [self.rig.face(row, Expression()) - self.rig.rest for row in values]
        shape = rest + np.stack([self._in_model(move) for move in moved]) + (slow - rest_bias)
        shape = shape.astype(np.float32)
        contact = np.clip(1 - values[:, PARAMETERS.index("opening")] / _TOUCHING, 0, 1).astype(np.float32)
        plan = choose(
            self._library,
            shape,
            heads,
            None,
            ChoiceWeights(),
            contact=contact,
            seed=request.settings.seed,
        )
        weights = np.clip((_FADE_YAW - np.abs(track.pose[:, 0])) / 6.0, 0, 1).astype(np.float32)
        weights *= (track.quality > 0).astype(np.float32)
        size = int(np.ceil(CROP_SPAN * float(heads.scale.max()) / 16)) * 16
        painter = self._painter(heads, values)
        return Recipe(
            self._library,
            heads,
            Target(own, shape, np.ones(len(values), np.float32), contact),
            plan,
            size,
            weights,
            np.zeros(len(values), bool),
            np.zeros(len(values), bool),
            painter,
            self._stretch,
        )

    def _painter(self, heads: Heads, values: np.ndarray) -> Callable[[int, np.ndarray, Window], np.ndarray]:
        turn, _ = self._to_model

        def paint(index: int, lips: np.ndarray, window: Window) -> np.ndarray:
            return self._inside.draw(values[index], heads.rotation[index] @ turn, lips, self._light, window)

        return paint


class _Puppet(OwnMouthEngine):
    """The own-mouth engine under given curves instead of a voice."""

    name = "re-enactment"

    def __init__(self, performer: Performer, values: np.ndarray) -> None:
        super().__init__()
        self._performer, self._values = performer, values

    def recipe(self, request: LipRequest) -> Recipe:
        return self._performer.recipe(request, self._values)


def _canonical_to_model(model: ShapeModel) -> tuple[np.ndarray, float]:
    """Rotation and scale that take the mean face's axes to the shape model's."""
    turn, scale, _ = fit_similarity(canonical_face().points[POSE_POINTS, :], model.head[None])
    return turn[0], float(scale[0])


def tooth_light(picture: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """(3,) linear light that a front tooth of the face with `landmarks` (468, 2+) sends back in this picture.

    Told from what is seen between the lips and from the eyes' white, whichever is brighter, within what teeth can be
    beside this skin.
    """
    linear = to_linear(picture)
    cheeks = np.array([_around(linear, landmarks[point]) for point in (50, 280, 101, 330)])
    skin = cheeks[np.argsort(cheeks.mean(axis=1))[-2:]].mean(axis=0)
    grey = float(skin.mean())
    found = [0.9 * skin]
    for loops, gain in (((INNER_LIP,), 1.0), ((LEFT_EYE, RIGHT_EYE), _TOOTH_TO_EYE)):
        mask = np.zeros(picture.shape[:2], np.uint8)
        for loop in loops:
            cv2.fillPoly(mask, [np.round(landmarks[list(loop), :2]).astype(np.int32)], 1)
        pixels = linear[mask > 0]
        if len(pixels) > _FEWEST_PIXELS:
            brightness = pixels.mean(axis=1)
            found.append(gain * pixels[brightness >= np.quantile(brightness, 0.88)].mean(axis=0))
    best = max(found, key=lambda rgb: float(rgb.mean()))
    level = float(np.clip(best.mean(), 0.6 * grey, 1.9 * grey))
    # Only part of the colour is the light's: eyes and lips are themselves red.
    colour = (0.4 + 0.6 * best / max(float(best.mean()), 1e-4)) * _TOOTH_TINT
    return np.clip(level, _LEAST_LIGHT, _MOST_LIGHT) * colour


def to_linear(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) float32 linear light 0..1, near enough to sRGB's curve for a mean."""
    return (picture.astype(np.float32) / 255) ** 2.2


def _around(linear: np.ndarray, point: np.ndarray) -> np.ndarray:
    height, width = linear.shape[:2]
    x = int(np.clip(point[0], 2, width - 3))
    y = int(np.clip(point[1], 2, height - 3))
    return linear[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).mean(axis=0)


def still_in_motion(picture: np.ndarray, landmarks: np.ndarray, frames: int, seed: int) -> Stretch:
    """A still as a stretch of `frames`: head and camera move a little and the eyes blink, as a sitter's do.

    Args:
        picture: (H, W, 3) uint8.
        landmarks: (468, 3) in its pixels.
        frames: at 25 fps.
        seed: of the movement.
    """
    rng = np.random.default_rng([seed, 702])
    times = (np.arange(frames) + 0.5) / 25
    yaw, pitch, roll = (
        amount * smooth_noise(rng, times, hertz) for amount, hertz in ((2.6, 0.45), (1.6, 0.5), (1.3, 0.35))
    )
    eyes = float(eye_distance(landmarks))
    shift = 0.03 * eyes * np.stack([smooth_noise(rng, times, 0.3), smooth_noise(rng, times, 0.35)], axis=1)
    lids = blink_curve(np.cumsum(rng.uniform(1.6, 4.2, frames // 40 + 1)), times)
    window = Window(0, 0, max(picture.shape[:2]))
    # The head turns about a joint behind the mouth; what is far from the face stands still.
    joint = landmarks[[1, 152, 234, 454]].mean(axis=0) + np.array([0, 0, 0.5 * eyes])
    pins = _pins(picture.shape[1], picture.shape[0])
    used = np.unique(np.concatenate([np.arange(0, 468, 7), _OUTLINE]))
    pictures, points = [], []
    for i in range(frames):
        turn = rotation(float(yaw[i]), float(pitch[i]), float(roll[i]))
        moved = (landmarks - joint) @ turn.T + joint
        moved[:, :2] += shift[i]
        at = np.concatenate([moved[used, :2], pins])
        displacement = np.concatenate([(landmarks - moved)[used, :2], np.zeros_like(pins)])
        field = displacement_field(at, displacement, window, nodes=40, smoothing=1e-5)
        warped = np.ascontiguousarray(sample(picture, field, window)[: picture.shape[0], : picture.shape[1]])
        for side in (0, 1):
            _blink(warped, moved, side, float(lids[i]), eyes)
        pictures.append(warped)
        points.append(moved)
    return Stretch(
        pictures,
        np.stack(points).astype(np.float32),
        np.ones(frames, np.float32),
        times,
        np.zeros(0, np.float32),
    )


def _blink(picture: np.ndarray, points: np.ndarray, side: int, amount: float, eyes: float) -> None:
    """Shuts one eye of `picture` and of its landmarks `points` (468, 3) by `amount` 0..1, both in place."""
    if amount <= 0.02:
        return
    upper, lower = (list(ids) for ids in LIDS[side])
    old = points.copy()
    across = old[lower] - old[upper]
    points[upper] += _LID_TRAVEL * amount * across
    points[lower] -= 0.05 * amount * across
    for ring, follow in zip(LID_SKIN[side], (0.45, 0.12), strict=True):
        points[list(ring)] += follow * amount * across
    used = [*upper, *lower, *(i for ring in LID_SKIN[side] for i in ring), *((33, 133), (263, 362))[side]]
    middle = old[upper + lower, :2].mean(axis=0)
    size = round(_EYE_SPAN * eyes)
    window = Window(round(float(middle[0]) - size / 2), round(float(middle[1]) - size / 2), size)
    pins = _pins(size, size) + np.array([window.x, window.y])
    at = np.concatenate([points[used, :2], pins])
    displacement = np.concatenate([(old - points)[used, :2], np.zeros_like(pins)])
    field = displacement_field(at, displacement, window, nodes=36, smoothing=1e-6)
    shut = sample(picture, field, window)
    x0, y0 = max(window.x, 0), max(window.y, 0)
    x1, y1 = min(window.x + size, picture.shape[1]), min(window.y + size, picture.shape[0])
    picture[y0:y1, x0:x1] = shut[y0 - window.y : y1 - window.y, x0 - window.x : x1 - window.x]


_OUTLINE = np.array(FACE_OVAL)


def _pins(width: int, height: int) -> np.ndarray:
    """Points on the picture's border, which stay."""
    steps = np.linspace(0, 1, 9)
    low, high = np.zeros(9), np.ones(9)
    ring = np.concatenate(
        [np.stack(p, axis=1) for p in ((steps, low), (steps, high), (low, steps), (high, steps))]
    )
    return np.unique(ring, axis=0) * np.array([width - 1.0, height - 1.0])
