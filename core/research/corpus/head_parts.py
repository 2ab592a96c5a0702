"""What the head's skin does not cover: teeth, gums, tongue, eyeballs, ears, neck, clothes.

Every part is a function from shape numbers to a `Part` in canonical face axes (see `core.research.corpus.head_mesh`).
"""

import itertools
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Vertices (N, 3) and triangles (T, 3), anticlockwise from outside."""

    vertices: np.ndarray
    triangles: np.ndarray


def grid_triangles(rows: int, columns: int, *, closed: bool = False) -> np.ndarray:
    """Triangles of a rows × columns grid of vertices; `closed` joins the last column to the first."""
    made = []
    for r in range(rows - 1):
        for c in range(columns if closed else columns - 1):
            d = (c + 1) % columns
            a, b, e, f = r * columns + c, r * columns + d, (r + 1) * columns + c, (r + 1) * columns + d
            made += [(a, e, b), (b, e, f)]
    return np.array(made, dtype=np.int32)


def merged(parts: list[Part]) -> Part:
    """All parts as one."""
    offsets = np.cumsum([0, *(len(part.vertices) for part in parts[:-1])])
    return Part(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.triangles + offset for part, offset in zip(parts, offsets, strict=True)]),
    )


# Crown width and height in mm of central and lateral incisor, canine, two premolars, molar (Wheeler's Dental Anatomy).
_UPPER_TEETH = ((8.5, 10.3), (6.6, 9.2), (7.6, 10.0), (7.0, 8.5), (6.8, 8.2), (9.5, 7.6))
_LOWER_TEETH = ((5.2, 8.8), (5.7, 9.2), (6.9, 10.2), (7.0, 8.6), (7.1, 8.0), (10.5, 7.4))
_MM = 1 / 92


def _arch(x: np.ndarray, curve: float) -> np.ndarray:
    """Depth behind the front of the dental arch at `x`: flat at the incisors, parabolic at the sides."""
    return curve * x**2 + 2.2 * x**4


def teeth(*, upper: bool, scale: float, crooked: np.random.Generator, amount: float) -> Part:
    """One row of 12 teeth; the front's edge at the origin (y 0 the biting edge), x across, z back into the mouth."""
    sizes = _UPPER_TEETH if upper else _LOWER_TEETH
    grow = -1.0 if upper else 1.0  # crowns rise (y negative) from the upper row's edge, sink from the lower's
    parts = []
    for side in (-1, 1):
        at = 0.0
        for i, (width_mm, height_mm) in enumerate(sizes):
            w, h = width_mm * _MM * scale, height_mm * _MM * scale * 1.12
            middle = at + w / 2
            # A tooth's width lies along the arch: its share of x shrinks as the arch turns back.
            slope = 2 * 1.35 * middle + 8.8 * middle**3
            run = w / np.hypot(1, slope)
            centre_x = at + run / 2
            turn = np.arctan(2 * 1.35 * centre_x + 8.8 * centre_x**3)
            at += run * 1.005
            tilt = amount * crooked.normal(0, 0.10, 3)
            edge = amount * crooked.normal(0, 0.006) + (0.008 if i == 1 and upper else 0.0) * scale
            parts.append(
                _tooth(
                    (side * centre_x, float(_arch(np.array(centre_x), 1.35)), side * turn),
                    w * 0.99,
                    h,
                    grow,
                    edge,
                    tilt,
                    pointed=0.35 if i == 2 else 0.08,
                )
            )
    return merged(parts)


def _tooth(
    place: tuple[float, float, float],
    w: float,
    h: float,
    grow: float,
    edge: float,
    tilt: np.ndarray,
    *,
    pointed: float,
) -> Part:
    x, z, turn = place
    rows, columns = 9, 14
    t = np.linspace(0, 1, rows)[:, None]  # 0 biting edge … 1 under the gum
    a = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    taper = (1 - 0.22 * t**1.5) * np.minimum(
        1, np.sqrt(np.maximum(1 - (1 - t / 0.16) ** 2 * (t < 0.16) * 0.35, 0))
    )
    power = 0.55
    across = np.sign(np.cos(a)) * np.abs(np.cos(a)) ** power
    through = np.sign(np.sin(a)) * np.abs(np.sin(a)) ** power
    thickness = (0.16 + 0.34 * np.sqrt(t)) * w
    local_x = 0.5 * w * taper * across
    local_z = -thickness * through * 0.5 - 0.10 * w * np.sin(np.pi * np.clip(t, 0, 1)) + thickness * 0.5
    local_z = local_z + 0.25 * w * across**2 * 0.35  # the face of a tooth is round
    local_y = grow * h * t + 0 * a
    local_y = local_y + grow * h * pointed * 0.35 * np.abs(across) * (1 - t) ** 2 + grow * edge * (1 - t)
    local_x = local_x + tilt[0] * 0.25 * local_y
    c, s = np.cos(turn + tilt[1]), np.sin(turn + tilt[1])
    points = np.stack(
        [c * local_x - s * local_z + x, local_y, s * local_x + c * local_z + z], axis=-1
    ).reshape(-1, 3)
    cap = np.array([[x, grow * edge + grow * 0.002, z + 0.08 * w]])
    triangles = grid_triangles(rows, columns, closed=True)
    lid = [(rows * columns, c, (c + 1) % columns) for c in range(columns)]
    triangles = np.concatenate([triangles, np.array(lid, dtype=np.int32)])
    return Part(np.concatenate([points, cap]), triangles if grow > 0 else triangles[:, [0, 2, 1]])


def gum(*, upper: bool, scale: float) -> Part:
    """The gum over one row's roots, in the row's own axes, scalloped between the teeth."""
    sizes = _UPPER_TEETH if upper else _LOWER_TEETH
    grow = -1.0 if upper else 1.0
    columns, rows = 121, 7
    x = np.linspace(-0.36, 0.36, columns) * scale
    edges, at = [0.0], 0.0
    for width_mm, _ in sizes:
        w = width_mm * _MM * scale
        slope = 2 * 1.35 * (at + w / 2) + 8.8 * (at + w / 2) ** 3
        at += w / np.hypot(1, slope) * 1.005
        edges.append(at)
    phase = np.interp(np.abs(x), edges, np.arange(len(edges)))
    height = np.interp(np.abs(x), [(a + b) / 2 for a, b in itertools.pairwise(edges)], [h for _, h in sizes])
    dip = np.abs(np.sin(np.pi * phase))  # 0 between two teeth, where the gum reaches down
    start = height * _MM * scale * (0.72 + 0.2 * dip)
    t = np.linspace(0, 1, rows)[:, None]
    y = grow * (start[None] + t * 0.14 * scale)
    z = (
        _arch(x, 1.35)[None]
        - 0.012 * scale * np.sin(np.pi * np.clip(t * 1.2, 0, 1)) * np.ones_like(x)
        + 0.004
        - 0.02 * t * 0
    )
    points = np.stack([np.broadcast_to(x, y.shape), y, np.broadcast_to(z, y.shape)], axis=-1).reshape(-1, 3)
    triangles = grid_triangles(rows, columns)
    return Part(points, triangles if grow < 0 else triangles[:, [0, 2, 1]])


def tongue(raised: float, out: float, *, scale: float = 1.0) -> Part:
    """The tongue in the lower row's axes: `raised` lifts the tip towards the ridge, `out` puts it between the teeth."""
    rows, columns = 26, 28
    u = np.linspace(0, 1, rows)[:, None]  # 0 tip … 1 root
    a = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    half = 0.235 * scale * np.sqrt(np.clip(1 - (1 - np.clip(u / 0.55, 0, 1)) ** 2.2, 0, 1)) * np.ones_like(a)
    thick = 0.075 * scale * np.sqrt(np.clip(1 - (1 - np.clip(u / 0.4, 0, 1)) ** 2, 0, 1)) * np.ones_like(a)
    x = half * np.cos(a)
    y = -thick * np.sin(a)
    groove = (
        0.03
        * scale
        * np.exp(-((x / (0.05 * scale)) ** 2))
        * (np.sin(a) > 0)
        * np.sin(np.pi * np.clip(u, 0, 1))
    )
    y = y + groove
    z = 0.075 * scale + u * 0.62 * scale - 0.16 * out * (1 - u) ** 0.8
    bend = np.exp(-((u / 0.42) ** 2))
    y = y + 0.055 - 0.16 * raised * bend - 0.10 * out * bend - 0.02 * np.sin(np.pi * u)
    points = np.stack([x, y, np.broadcast_to(z, x.shape)], axis=-1).reshape(-1, 3)
    return Part(points, grid_triangles(rows, columns, closed=True))


def eyeball(radius: float) -> Part:
    """A sphere about the origin, its pole towards the viewer (−z), finest there."""
    rows, columns = 40, 48
    t = (np.linspace(0, 1, rows) ** 1.5)[:, None] * np.pi
    a = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    points = np.stack(
        [np.sin(t) * np.cos(a), np.sin(t) * np.sin(a), -np.cos(t) * np.ones_like(a)], axis=-1
    ).reshape(-1, 3)
    cornea = 0.06 * np.clip(1 - (np.sin(t) / 0.5) ** 2, 0, 1) * (t < np.pi / 2)
    points = points * (1 + np.repeat(cornea, columns, axis=1).reshape(-1, 1) * 0.6)
    return Part(points * radius, grid_triangles(rows, columns, closed=True)[:, [0, 2, 1]])


def ear(side: float, *, size: float = 1.0, out: float = 0.45) -> Part:
    """An outer ear about the origin (its front edge at the cheek), for side −1 (picture left) or 1."""
    rows, columns = 26, 64
    a = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    r = np.linspace(0, 1, rows)[:, None]
    # Egg-shaped outline: 62 mm high, 34 mm wide, narrower at the lobe.
    down = np.sin(a)
    wide = 0.19 * (1 - 0.22 * np.clip(down, 0, 1) + 0.06 * np.clip(-down, 0, 1))
    x = r * wide * np.cos(a)
    y = r * 0.335 * down
    angle = np.angle(np.exp(1j * (a - np.pi)))  # 0 at the front edge, where the ear grows from the head
    back = np.clip(np.abs(angle) / 1.1, 0, 1) ** 1.5
    rim = np.exp(-(((r - 0.92) / 0.075) ** 2)) * back * (1 - 0.75 * np.clip(down, 0, 1) ** 2)
    fold = (
        np.exp(-(((r - 0.60) / 0.10) ** 2))
        * np.clip(np.cos(a) * 0.8 + 0.35, 0, 1)
        * (1 - np.clip(down, 0, 1) ** 2)
    )
    bowl = np.exp(-(((x + 0.035) / 0.07) ** 2) - (((y - 0.03) / 0.10) ** 2))
    tragus = np.exp(-(((x + 0.13) / 0.03) ** 2) - (((y - 0.05) / 0.05) ** 2))
    lobe = np.exp(-((x / 0.1) ** 2) - (((y - 0.26) / 0.08) ** 2))
    lift = 0.05 * rim + 0.045 * fold - 0.075 * bowl + 0.035 * tragus + 0.02 * lobe - 0.03 * (r**8)
    lift = lift + 0 * a
    tilt = 0.18  # the top leans back
    along = x * np.cos(tilt) - y * np.sin(tilt)
    height = y * np.cos(tilt) + x * np.sin(tilt)
    along = along + 0.17  # from the front edge
    spread = out * along
    points = np.stack(
        [side * (spread + lift), height, along * np.sqrt(max(1 - out**2, 0.2))], axis=-1
    ).reshape(-1, 3)
    triangles = grid_triangles(rows, columns, closed=True)
    return Part(points * size, triangles if side > 0 else triangles[:, [0, 2, 1]])


def neck(width: float) -> tuple[Part, np.ndarray]:
    """A neck from inside the skull down into the clothes, and how far each vertex follows the head (N,) 0..1."""
    rows, columns = 40, 72
    t = np.linspace(0, 1, rows)[:, None]
    a = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    y = 0.55 + 1.75 * t + 0 * a
    centre_z = 0.80 + 0.28 * t
    flare = 0.32 * np.clip((t - 0.60) / 0.4, 0, 1) ** 2
    rx = width * (1.02 - 0.10 * np.sin(np.pi * np.clip(t / 0.9, 0, 1))) + 1.5 * flare
    rz = width * 0.98 + 0.35 * flare
    x = rx * np.cos(a)
    z = centre_z + rz * np.sin(a)
    front = np.clip(-np.sin(a), 0, 1)
    # The two cords that run from behind the ears to the notch between the collar bones.
    cord = np.exp(-(((np.abs(x) - (0.46 - 0.36 * t)) / 0.09) ** 2)) * front**0.5 * np.clip(t / 0.3, 0, 1)
    z = z - 0.035 * cord - 0.03 * np.exp(-((x / 0.12) ** 2)) * front * np.exp(-(((t - 0.45) / 0.16) ** 2))
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    follow = np.repeat(
        1 - np.clip(t / 0.75, 0, 1) ** 1.2 * (3 - 2 * np.clip(t / 0.75, 0, 1)), columns, axis=1
    ).ravel()
    return Part(points, grid_triangles(rows, columns, closed=True)[:, [0, 2, 1]]), np.clip(follow, 0, 1)


def torso(neck_width: float, *, collar: float) -> Part:
    """Shoulders in a round-necked garment; `collar` is how high it stands."""
    rows, columns = 46, 120
    t = np.linspace(0, 1, rows)[:, None]
    a = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    s = np.clip(t / 0.5, 0, 1)
    out = s**0.75
    rx = neck_width * 1.16 + out * 1.72
    rz = neck_width * 1.12 + out * 0.36
    fall = np.where(t < 0.5, 0.85 * s**1.9, 0.85 + (t - 0.5) * 6)
    square = np.abs(np.cos(a)) ** 2
    y = 2.02 - collar + fall * (0.62 + 0.38 * square) + 0.30 * (1 - s) ** 2 * np.clip(-np.sin(a), 0, 1)
    y = y + 0.10 * np.clip(-np.sin(a), 0, 1) * s
    x = rx * np.sign(np.cos(a)) * np.abs(np.cos(a)) ** 0.9
    z = 1.02 + rz * np.sign(np.sin(a)) * np.abs(np.sin(a)) ** 0.9
    band = np.clip(1 - t / 0.06, 0, 1)
    rib = 0.035 * np.sin(np.pi * np.clip(t / 0.075, 0, 1)) * (t < 0.075)
    x = x * (1 + rib)
    z = 1.02 + (z - 1.02) * (1 + rib) + 0.05 * band
    points = np.stack([x, y + 0 * x, z], axis=-1).reshape(-1, 3)
    return Part(points, grid_triangles(rows, columns, closed=True)[:, [0, 2, 1]])


def _tube(path: np.ndarray, radius: float, *, closed: bool) -> Part:
    """A round tube along `path` (N, 3)."""
    sides = 8
    ahead = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0) if closed else np.gradient(path, axis=0)
    ahead = ahead / np.linalg.norm(ahead, axis=1, keepdims=True)
    up = np.cross(ahead, np.array([0.13, 0.31, 0.94]))
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    across = np.cross(ahead, up)
    a = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = np.cos(a)[None, :, None] * up[:, None] + np.sin(a)[None, :, None] * across[:, None]
    points = path[:, None] + radius * ring
    if closed:
        points = np.concatenate([points, points[:1]])
    return Part(points.reshape(-1, 3), grid_triangles(len(points), sides, closed=True))


def glasses(style: int, face: np.ndarray, eyes: np.ndarray) -> Part:
    """A frame before the eyes of a face at rest (468, 3): 1 round, 2 square, 3 thin."""
    a = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    power = {1: 1.0, 2: 0.55, 3: 0.8}[style]
    half_width, half_height = {1: (0.21, 0.20), 2: (0.235, 0.165), 3: (0.225, 0.14)}[style]
    radius = {1: 0.014, 2: 0.020, 3: 0.008}[style]
    plane = float(face[[168, 6], 2].min()) - 0.02
    parts = []
    for side, eye in zip((-1.0, 1.0), eyes, strict=True):
        x = half_width * np.sign(np.cos(a)) * np.abs(np.cos(a)) ** power
        y = half_height * np.sign(np.sin(a)) * np.abs(np.sin(a)) ** power
        bend = 0.35 * np.clip(side * x, 0, None) ** 1.5
        rim = np.stack(
            [eye[0] + side * 0.02 + x, eye[1] + 0.02 + y, np.full_like(a, plane + 0.03) + bend], axis=1
        )
        parts.append(_tube(rim, radius, closed=True))
        hinge = np.array([eye[0] + side * (0.02 + half_width), eye[1] - 0.03, plane + 0.06])
        ear = np.array([side * 0.80, eye[1] + 0.0, 0.62])
        t = np.linspace(0, 1, 14)[:, None]
        temple = hinge + (ear - hinge) * t + np.array([side * 0.06, 0, 0]) * np.sin(np.pi * t)
        parts.append(_tube(temple, radius * 0.9, closed=False))
    inner = eyes[1, 0] + 0.02 - half_width
    t = np.linspace(-1, 1, 12)
    bridge = np.stack(
        [
            inner * t,
            np.full_like(t, eyes[:, 1].mean() + 0.0) - 0.03 * (1 - t**2),
            plane + 0.03 - 0.02 * (1 - t**2),
        ],
        axis=1,
    )
    parts.append(_tube(bridge, radius, closed=False))
    return merged(parts)
