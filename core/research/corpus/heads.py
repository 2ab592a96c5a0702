"""Heads in 3-D: one parameter sheet is one identity, one call is one picture with its exact ground truth."""

from dataclasses import dataclass, field

import numpy as np

from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.landmark_sets import LEFT_EYE, RIGHT_EYE
from core.research.corpus import head_parts
from core.research.corpus.hair import Brows, HairSheet, beard, brows, grow_hair, lashes
from core.research.corpus.head_mesh import control_points, head_surface, head_topology
from core.research.corpus.head_mouth import MouthParts, plain_surface
from core.research.corpus.head_renderer import (
    Camera,
    HeadRenderer,
    Lighting,
    MouthLight,
    Strands,
    Surface,
    to_world,
)
from core.research.corpus.head_rig import EYE_RADIUS, Expression, Rig, make_rig
from core.research.corpus.skin import Paint, SkinSheet, paint_head, skin_tone
from core.research.corpus.subdivision import vertex_normals

_PIVOT = np.array([0.0, 0.75, 0.70])  # the joint of skull and neck
_FIT_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class HeadSheet:
    """Everything that makes one identity. `shape_seed` draws the face's proportions; 0 is the mean face."""

    skin: SkinSheet = field(default_factory=SkinSheet)
    hair: HairSheet = field(default_factory=HairSheet)
    iris: tuple[float, float, float] = (0.10, 0.17, 0.20)
    brow_rgb: tuple[float, float, float] = (0.035, 0.02, 0.012)
    brow_strength: float = 1.0
    lash_strength: float = 1.0
    cloth_rgb: tuple[float, float, float] = (0.02, 0.045, 0.09)
    neck: float = 0.43
    tooth_rgb: tuple[float, float, float] = (0.86, 0.78, 0.62)
    tooth_scale: float = 1.0
    crooked: float = 0.3
    shape_seed: int = 0
    shape_amount: float = 1.0
    jaw_width: float = 0.0  # −0.1 narrow … 0.1 wide
    lip_fullness: float = 0.0  # −0.3 thin … 0.5 full
    eye_size: float = 0.0  # −0.1 … 0.2
    beard: float = 0.0  # length of a beard, 0 none … 1
    glasses: int = 0  # 0 none, 1 round, 2 square, 3 rimless below


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant: pose in degrees (signs as in `FaceTrack.pose`), a shift of the head, gaze and upper face."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gaze: tuple[float, float] = (0.0, 0.0)  # degrees right and up, beyond looking at the camera
    expression: Expression = field(default_factory=Expression)


@dataclass(frozen=True, slots=True, eq=False)
class HeadPicture:
    """`rgb` (H, W, 3) float32 linear light, and the `landmarks` (468, 3) in its pixels."""

    rgb: np.ndarray
    landmarks: np.ndarray


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """(3, 3) in face axes: pitch first, then yaw, then roll."""
    a, b, c = np.radians([yaw, pitch, roll])
    # Turning to the picture's right takes the nose (−z) towards +x.
    turn = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    # Raising the face takes the nose (−z) towards −y.
    nod = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    lean = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return lean @ turn @ nod


def _rigid(turn: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """(4, 4) in world axes of turning about the neck and moving by `shift`, both given in face axes."""
    flip = np.diag([1.0, -1.0, -1.0])
    pivot = to_world(_PIVOT)
    matrix = np.eye(4)
    matrix[:3, :3] = flip @ turn @ flip
    matrix[:3, 3] = pivot - matrix[:3, :3] @ pivot + to_world(shift)
    return matrix


def face_shape(seed: int, amount: float) -> np.ndarray:
    """(468, 3) a face with its own proportions: smooth, symmetric changes of the mean face; seed 0 changes nothing."""
    face = canonical_face().points.copy()
    if seed == 0:
        return face
    rng = np.random.default_rng(seed)
    x, y, _z = face.T

    def bump(cx: float, cy: float, sx: float, sy: float) -> np.ndarray:
        return np.exp(-(((np.abs(x) - cx) / sx) ** 2) - ((y - cy) / sy) ** 2)

    draw = lambda spread: amount * rng.normal(0, spread)  # noqa: E731
    moved = face.copy()
    lower = np.clip((y - 0.1) / 1.2, 0, 1)
    moved[:, 0] *= 1 + draw(0.035) + draw(0.06) * lower
    moved[:, 1] += draw(0.06) * lower * lower + draw(0.03) * np.clip(-y / 0.6, 0, 1)
    nose = bump(0, 0.33, 0.16, 0.22)
    moved[:, 2] += draw(0.05) * nose
    moved[:, 0] *= 1 + draw(0.12) * bump(0, 0.42, 0.2, 0.12)
    moved[:, 1] += draw(0.03) * bump(0, 0.42, 0.2, 0.16)
    moved[:, 2] += draw(0.035) * bump(0, 1.2, 0.25, 0.2)
    moved[:, 2] += draw(0.03) * bump(0.5, 0.35, 0.2, 0.2)
    moved[:, 0] += np.sign(x) * draw(0.025) * bump(0.55, 0.9, 0.2, 0.3)
    mouth = bump(0, 0.78, 0.34, 0.15)
    moved[:, 0] *= 1 + draw(0.07) * mouth
    thick = np.exp(-(((y - 0.77) / 0.14) ** 2)) * bump(0, 0.78, 0.3, 0.2)
    moved[:, 1] += draw(0.16) * thick * (y - 0.77)
    moved[:, 1] += draw(0.02) * bump(0.35, -0.25, 0.3, 0.1)
    return moved


def with_features(face: np.ndarray, sheet: HeadSheet) -> np.ndarray:
    """`face` (468, 3) with the sheet's jaw, lips and eyes."""
    moved = face.copy()
    lower = np.clip((face[:, 1] - 0.35) / 0.8, 0, 1)
    moved[:, 0] *= 1 + sheet.jaw_width * lower
    line = (face[13, 1] + face[14, 1]) / 2
    offset = face[:, 1] - line
    on_lips = np.exp(-((np.abs(face[:, 0]) / 0.30) ** 4) - (np.abs(offset) / 0.16) ** 4) * (face[:, 2] < 0.1)
    moved[:, 1] += sheet.lip_fullness * on_lips * offset * np.exp(-((offset / 0.12) ** 2))
    moved[:, 2] -= 0.10 * sheet.lip_fullness * on_lips * np.exp(-((offset / 0.10) ** 2))
    for loop in (RIGHT_EYE, LEFT_EYE):
        centre = face[list(loop)].mean(axis=0)
        away = face - centre
        near = np.exp(-((away[:, 0] / 0.22) ** 4) - (away[:, 1] / 0.13) ** 4)
        moved[:, 1] += sheet.eye_size * 1.6 * near * away[:, 1]
        moved[:, 0] += sheet.eye_size * 0.25 * near * away[:, 0]
    return moved


class Head:
    """One identity, ready to be drawn. Building takes a second or two; drawing is what the renderer costs."""

    def __init__(
        self, sheet: HeadSheet, renderer: HeadRenderer, *, levels: int = 2, strands: float = 1.0
    ) -> None:
        self.sheet = sheet
        self._renderer = renderer
        self._topology = head_topology()
        self._surface = head_surface(levels)
        face = with_features(face_shape(sheet.shape_seed, sheet.shape_amount), sheet)
        self.rig: Rig = make_rig(face)
        self._matrix = self._surface.matrix
        self._face_rows = self._matrix[:468]
        control = self._fitted(self.rig.rest)
        fine = self._matrix @ control
        self._rest = to_world(fine).astype(np.float32)
        brow = np.array(sheet.brow_rgb)
        scalp = None if sheet.hair.style == "bald" else np.array(sheet.hair.rgb)
        self._paint: Paint = paint_head(
            fine, self.rig.rest, self._matrix, self._topology, sheet.skin, brow, scalp, sheet.hair.hairline
        )
        self._make_parts(np.random.default_rng(sheet.shape_seed + 1))
        rest_normals = vertex_normals(self._rest, self._surface.triangles)
        self._strands = grow_hair(sheet.hair, fine, to_world(rest_normals), strands)
        if sheet.beard > 0:
            self._beard = beard(self.rig.rest, fine, to_world(rest_normals), brow * 1.5, sheet.beard, strands)
        self._brows = brows(self.rig.rest, fine, to_world(rest_normals), brow, sheet.brow_strength, strands)
        self._shade_once(rest_normals)

    def _fitted(self, face: np.ndarray) -> np.ndarray:
        """Control points whose subdivided surface passes through `face`: Loop's rule alone would round it off."""
        target, aim = face, face.copy()
        for _ in range(_FIT_ROUNDS):
            control = control_points(aim, self._topology)
            aim = aim + 0.9 * (target - self._face_rows @ control)
        return control_points(aim, self._topology)

    def _make_parts(self, rng: np.random.Generator) -> None:
        sheet, rest = self.sheet, self.rig.rest
        self._mouth = MouthParts(
            rest,
            sheet.tooth_scale * self.rig.mouth_scale,
            rng,
            crooked=sheet.crooked,
            rgb=np.array(sheet.tooth_rgb),
        )
        make = head_parts
        self._eyeball = make.eyeball(EYE_RADIUS)
        self._neck, self._neck_follow = make.neck(sheet.neck)
        self._torso = make.torso(sheet.neck, collar=0.28)
        ears = []
        for side, anchor in ((-1.0, 234), (1.0, 454)):
            part = make.ear(side)
            place = rest[anchor] + np.array([side * -0.012, -0.12, 0.035])
            ears.append(head_parts.Part(part.vertices + place, part.triangles))
        self._ears = make.merged(ears)
        self._static: dict[str, Surface] = {}

    def _shade_once(self, rest_normals: np.ndarray) -> None:
        """Occlusion at rest, once per identity."""
        tone = skin_tone(self.sheet.skin.tone)
        skin = self._skin_surface(self._rest, rest_normals)
        ears = plain_surface("skin", self._ears, tone * np.array([1.0, 0.86, 0.84]), (0.5, 0.7, 1.0))
        neck = plain_surface("skin", self._neck, tone, (0.5, 0.6, 0.7))
        torso = plain_surface("cloth", self._torso, np.array(self.sheet.cloth_rgb), (0.85, 0.3, 0.0))
        hair = list(self._strands)
        everything = [skin, ears, neck, torso, *hair]
        parts = (skin, ears, neck, torso)
        points = np.concatenate([part.data[:, 0:3] for part in parts])
        normals = np.concatenate([part.data[:, 3:6] for part in parts])
        seen = self._renderer.occlusion(points, normals, everything)
        shares = np.split(seen, np.cumsum([len(part.data) for part in parts])[:-1])
        self._occlusion = np.clip(0.25 + 0.85 * shares[0], 0, 1)
        for surface, share in zip(parts[1:], shares[1:], strict=True):
            surface.data[:, 12] = np.clip(0.15 + 0.95 * share, 0, 1)
        self._static = {"ears": ears, "neck": neck, "torso": torso}
        if self.sheet.glasses:
            frame = head_parts.glasses(self.sheet.glasses, self.rig.rest, self.rig.eyes)
            self._static["glasses"] = plain_surface(
                "plain", frame, np.array([0.012, 0.011, 0.012]), (0.3, 1.0, 0.0)
            )
        eye = plain_surface("eye", self._eyeball, np.array([0.7, 0.7, 0.7]), (0.15, 1.0, 0.2))
        eye.data[:, 13:16] = eye.data[:, 0:3] / EYE_RADIUS
        self._static["eye"] = eye

    def _skin_surface(self, points: np.ndarray, normals: np.ndarray) -> Surface:
        data = np.empty((len(points), 16), np.float32)
        data[:, 0:3], data[:, 3:6] = points, normals
        data[:, 6:9], data[:, 9:13] = self._paint.albedo, self._paint.material
        data[:, 13:16] = self._rest
        if hasattr(self, "_occlusion"):
            data[:, 12] *= self._occlusion
        return Surface("skin", data, self._surface.triangles)

    def draw(
        self, visemes: np.ndarray, moment: Moment, camera: Camera, lighting: Lighting, backdrop: np.ndarray
    ) -> HeadPicture:
        """The picture of one moment, `visemes` (11,) as in `core.research.corpus.visemes.PARAMETERS`."""
        face = self.rig.face(visemes, moment.expression)
        control = self._fitted(face)
        fine = to_world(self._matrix @ control).astype(np.float32)
        normals = vertex_normals(fine, self._surface.triangles)
        turn = rotation(moment.yaw, moment.pitch, moment.roll)
        shift = np.array(moment.shift)
        head = _rigid(turn, shift)
        body = _rigid(rotation(0.12 * moment.yaw, 0.0, 0.1 * moment.roll), 0.35 * shift)

        def placed(name: str, model: np.ndarray, *, shadow: bool = True) -> Surface:
            part = self._static[name]
            return Surface(part.kind, part.data, part.triangles, model, shadow)

        skin = self._skin_surface(fine, normals)
        surfaces = [
            Surface("skin", skin.data, skin.triangles, head),
            placed("ears", head),
            placed("torso", body),
        ]
        surfaces.append(self._moved_neck(head, body))
        chin = self.rig.chin_drop(visemes) * self.rig.mouth_scale
        surfaces += self._mouth.surfaces(visemes, chin, head)
        surfaces += self._eyes(moment, turn, head)
        strands = [
            Strands(s.data, s.triangles, s.width, s.gloss, head, s.casts_shadow) for s in self._strands
        ]
        strands.append(self._follow(self._brows, fine, head))
        if self.sheet.beard > 0:
            strands.append(self._follow(self._beard, fine, head))
        if self.sheet.glasses:
            surfaces.append(placed("glasses", head))
        strands.append(lashes(face, self.rig.eyes, self.sheet.lash_strength, head))
        inside = self._inside(face, head)
        rgb = self._renderer.draw(surfaces, strands, camera, lighting, inside, backdrop)
        world = (head[:3, :3] @ to_world(face).T).T + head[:3, 3]
        return HeadPicture(rgb, camera.project(world).astype(np.float32))

    def _moved_neck(self, head: np.ndarray, body: np.ndarray) -> Surface:
        part = self._static["neck"]
        data = part.data.copy()
        follow = self._neck_follow[:, None]
        for place, point in ((slice(0, 3), True), (slice(3, 6), False)):
            values = part.data[:, place]
            moved = [values @ m[:3, :3].T + (m[:3, 3] if point else 0) for m in (head, body)]
            data[:, place] = follow * moved[0] + (1 - follow) * moved[1]
        data[:, 3:6] /= np.linalg.norm(data[:, 3:6], axis=1, keepdims=True)
        return Surface("skin", data, part.triangles)

    def _eyes(self, moment: Moment, turn: np.ndarray, head: np.ndarray) -> list[Surface]:
        part = self._static["eye"]
        made = []
        flip = np.diag([1.0, -1.0, -1.0])
        # The eyes counter the head's turn, so that they keep looking at the camera.
        look = np.clip([-moment.yaw, -moment.pitch], -28, 28) + np.array(moment.gaze)
        for side, centre in enumerate(self.rig.eyes):
            inward = (1.6, -1.6)[side]
            local = np.eye(4)
            local[:3, :3] = flip @ rotation(look[0] + inward, look[1], 0.0) @ flip
            local[:3, 3] = to_world(centre)
            made.append(Surface("eye", part.data, part.triangles, head @ local))
        return made

    @staticmethod
    def _follow(strands: Brows, fine: np.ndarray, head: np.ndarray) -> Strands:
        data = strands.data.copy()
        data[:, 0:3] = strands.offsets + fine[strands.roots]
        return Strands(data, strands.triangles, strands.width, 0.5, head, casts_shadow=False)

    def _inside(self, face: np.ndarray, head: np.ndarray) -> MouthLight:
        def place(point: np.ndarray) -> np.ndarray:
            return head[:3, :3] @ to_world(point) + head[:3, 3]

        lids = np.zeros((2, 4))
        for side, loop in enumerate((RIGHT_EYE, LEFT_EYE)):
            edge = face[list(loop)]
            lids[side, :3] = place(np.array([edge[:, 0].mean(), edge[[4, 12], 1].mean(), edge[:, 2].mean()]))
            lids[side, 3] = max(np.ptp(edge[:, 1]) / 2, 0.002)
        middle = place((face[13] + face[14]) / 2)
        half_height = max(float(face[14, 1] - face[13, 1]) / 2, 0.0)
        half_width = max(float(face[308, 0] - face[78, 0]) / 2, 0.02)
        return MouthLight(middle, half_height, half_width, lids, np.array(self.sheet.iris), 0.19)
