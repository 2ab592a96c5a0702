"""Hair, brows and lashes as ribbons grown on the head's surface."""

from dataclasses import dataclass

import numpy as np

from core.face_geometry.landmark_sets import LEFT_EYE, LIPS_INNER, LIPS_OUTER, RIGHT_EYE
from core.research.corpus.head_mesh import SKULL_CENTRE, SKULL_RADII
from core.research.corpus.head_renderer import Strands, to_world
from core.research.corpus.skin import beard_zone, brow_density, scalp_weight


@dataclass(frozen=True, slots=True)
class HairSheet:
    """How the hair grows.

    Attributes:
        style: "bald", "crop" (short all over), "back" (combed back), "parted" (long, from a parting).
        rgb: linear colour of a strand.
        length: in face units.
        volume: how far the hair stands off the skull.
        parting: x of the parting line.
        curl: 0 straight … 1 curly.
        hairline: shifts the hairline up (positive) or down.
    """

    style: str = "parted"
    rgb: tuple[float, float, float] = (0.07, 0.032, 0.015)
    length: float = 1.9
    volume: float = 0.16
    parting: float = 0.22
    curl: float = 0.15
    hairline: float = 0.0
    seed: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Brows:
    """Ribbons that ride on the skin: `offsets` (N, 3) from fine vertex `roots` (N,), both in world axes."""

    data: np.ndarray
    triangles: np.ndarray
    offsets: np.ndarray
    roots: np.ndarray
    width: float


def ribbons(
    paths: np.ndarray, colours: np.ndarray, occlusion: np.ndarray, widths: np.ndarray, *, tip: float = 0.25
) -> tuple[np.ndarray, np.ndarray]:
    """Ribbon data (S·K·2, 13) and triangles from paths (S, K, 3) in world axes; colours (S, 3), the rest (S, K)."""
    count, steps = paths.shape[:2]
    tangents = np.gradient(paths, axis=1)
    tangents /= np.maximum(np.linalg.norm(tangents, axis=-1, keepdims=True), 1e-9)
    along = np.linspace(0, 1, steps)
    taper = 1 - (1 - tip) * along**2.5
    data = np.zeros((count, steps, 2, 13), np.float32)
    data[..., 0:3] = paths[:, :, None]
    data[..., 3:6] = tangents[:, :, None]
    data[..., 0, 6], data[..., 1, 6] = -1, 1
    data[..., 7] = (widths * taper)[:, :, None]
    data[..., 8] = occlusion[:, :, None]
    data[..., 9] = along[None, :, None]
    data[..., 10:13] = colours[:, None, None]
    base = (np.arange(count)[:, None] * steps + np.arange(steps - 1)[None]) * 2  # (S, K−1)
    quads = np.stack([base, base + 1, base + 2, base + 1, base + 3, base + 2], axis=-1)
    return data.reshape(-1, 13), quads.reshape(-1, 3).astype(np.int32)


def _skull_level(points: np.ndarray) -> np.ndarray:
    """1 on the skull's ellipsoid, more outside."""
    return np.linalg.norm((points - SKULL_CENTRE) / SKULL_RADII, axis=-1)


def grow_hair(sheet: HairSheet, fine: np.ndarray, normals: np.ndarray, amount: float) -> tuple[Strands, ...]:
    """The hair of a head whose surface at rest is `fine` (N, 3) with outward `normals`, in face axes."""
    if sheet.style == "bald":
        return ()
    rng = np.random.default_rng(sheet.seed)
    weight = scalp_weight(fine, sheet.hairline)
    spread = weight / weight.sum()
    count = int(18000 * amount)
    roots = rng.choice(len(fine), count, p=spread)
    start = fine[roots] + rng.normal(0, 0.008, (count, 3))
    normal = normals[roots]
    steps = 18
    length = sheet.length * (1 + rng.normal(0, 0.08, count))
    if sheet.style == "parted":
        paths = _grow_parted(sheet, start, normal, length, steps, rng)
    else:
        paths = _grow_combed(sheet, start, normal, length, steps, rng)
    for _ in range(3):  # no kinks where a strand was lifted off the skull
        paths[:, 1:-1] = 0.5 * paths[:, 1:-1] + 0.25 * (paths[:, :-2] + paths[:, 2:])
    tone = np.array(sheet.rgb) * np.exp(rng.normal(0, 0.22, (count, 1)))
    # Strands near the skull are hidden by those above them.
    level = (_skull_level(paths) - 1) / max(sheet.volume, 0.02)
    occlusion = np.clip(0.30 + 0.75 * level, 0.22, 1.0)
    occlusion *= 0.55 + 0.45 * np.clip(np.linspace(0, 1, steps) / 0.12, 0, 1)
    widths = (0.0040 / max(amount, 0.03) ** 0.5) * np.ones((count, steps)) * rng.uniform(0.7, 1.3, (count, 1))
    data, triangles = ribbons(to_world(paths), tone, occlusion, widths)
    return (Strands(data, triangles, 1.0),)


def _grow_parted(
    sheet: HairSheet,
    start: np.ndarray,
    normal: np.ndarray,
    length: np.ndarray,
    steps: int,
    rng: np.random.Generator,
) -> np.ndarray:
    count = len(start)
    side = np.where(
        start[:, 0] + rng.normal(0, 0.02, count) > sheet.parting + 0.06 * np.sin(5 * start[:, 2]), 1.0, -1.0
    )
    paths = np.empty((count, steps, 3))
    point = start.copy()
    step = (length / (steps - 1))[:, None]
    layer = rng.uniform(0.15, 1.0, count) ** 0.7  # which layer of the hair a strand lies in
    phase = rng.uniform(0, 2 * np.pi, count)
    lock = np.round(start[:, 2] * 9) + 37 * np.round(start[:, 0] * 9)
    lock_phase = (lock * 2.399) % (2 * np.pi)
    for k in range(steps):
        paths[:, k] = point
        t = k / (steps - 1)
        q = (point - SKULL_CENTRE) / SKULL_RADII**2
        outward = q / np.linalg.norm(q, axis=1, keepdims=True)
        down = np.array([0.0, 1.0, 0.0])
        # From the parting over the side of the head, swept back from the face, then down.
        want = np.stack([side * 1.0, 0.55 + 1.9 * t + 0 * side, 0.55 - 0.5 * t + 0 * side], axis=1)
        want[:, 2] += 0.9 * np.clip(0.35 - point[:, 2], 0, 1) * (point[:, 1] < 0.3)
        want[:, 0] *= np.clip(1.2 - 1.6 * t, -0.12, 1)
        tangent = want - (want * outward).sum(axis=1, keepdims=True) * outward * np.clip(
            1.2 - 1.1 * t, 0.2, 1
        )
        tangent += down * (0.6 * t)
        tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
        wave = sheet.curl * 0.35 * np.sin(9 * t + lock_phase + 0.3 * phase)[:, None]
        sideways = np.cross(tangent, outward)
        point = point + step * (
            tangent + wave * sideways * min(1.0, 2 * t) + 0.02 * rng.normal(0, 1, (count, 3))
        )
        point = _keep_off(point, sheet.volume * layer * min(1.0, 0.05 + 2.4 * t), t)
    return paths


def _keep_off(point: np.ndarray, height: np.ndarray, t: float) -> np.ndarray:
    """Lifts points to at least `height` over the skull, the cheeks' sides and the shoulders."""
    q = (point - SKULL_CENTRE) / SKULL_RADII
    level = np.linalg.norm(q, axis=1)
    wanted = 1 + height
    low = level < wanted
    q[low] *= (wanted[low] / level[low])[:, None]
    lifted = SKULL_CENTRE + q * SKULL_RADII
    # Below the ears hair hangs outside the jaw and the neck.
    below = lifted[:, 1] > 0.1
    radius = np.hypot(lifted[:, 0], (lifted[:, 2] - 0.75) * 0.8)
    keep = np.interp(lifted[:, 1], [0.1, 0.6, 1.1, 1.5, 2.2], [0.80, 0.78, 0.70, 0.66, 0.75]) + 0.6 * height
    push = below & (radius < keep)
    factor = np.where(push, keep / np.maximum(radius, 1e-6), 1.0)
    lifted[:, 0] *= factor
    lifted[:, 2] = 0.75 + (lifted[:, 2] - 0.75) * factor
    # Nothing hangs before the face.
    front = np.interp(lifted[:, 1], [-0.9, -0.3, 0.2, 1.2, 2.2], [-0.5, 0.12, 0.35, 0.30, 0.15])
    lifted[:, 2] = np.maximum(lifted[:, 2], front)
    return lifted


def _grow_combed(
    sheet: HairSheet,
    start: np.ndarray,
    normal: np.ndarray,
    length: np.ndarray,
    steps: int,
    rng: np.random.Generator,
) -> np.ndarray:
    count = len(start)
    point = start.copy()
    paths = np.empty((count, steps, 3))
    top = np.clip((-0.45 - start[:, 1]) / 0.4, 0, 1)
    if sheet.style == "crop":
        length = length * (0.35 + 0.65 * top)  # shorter at the sides
    step = (length / (steps - 1))[:, None]
    layer = rng.uniform(0.1, 1.0, count)
    lock = (np.round(start[:, 2] * 12) + 37 * np.round(start[:, 0] * 12)) * 2.399
    side = np.sign(start[:, 0] - sheet.parting)
    for k in range(steps):
        paths[:, k] = point
        t = k / (steps - 1)
        q = (point - SKULL_CENTRE) / SKULL_RADII**2
        outward = q / np.linalg.norm(q, axis=1, keepdims=True)
        if sheet.style == "crop":
            want = np.stack(
                [0.55 * side * top + 0.2 * np.sin(lock), 0.9 - 1.1 * top, 0.35 - 0.1 * top], axis=1
            )
            lift = 0.55 * top + 0.12
        else:
            want = np.stack([0.12 * np.sin(lock), 0.25 - 0.3 * top, np.ones(count)], axis=1)
            lift = 0.25 * (1 - t) * np.ones(count)
        tangent = want - (want * outward).sum(axis=1, keepdims=True) * outward
        tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-6)
        bend = sheet.curl * np.sin(12 * t + lock)[:, None] * np.cross(tangent, outward)
        direction = (
            tangent + lift[:, None] * outward * (1 - t) + 0.5 * bend + 0.06 * rng.normal(0, 1, (count, 3))
        )
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        point = point + step * direction
        q = (point - SKULL_CENTRE) / SKULL_RADII
        level = np.linalg.norm(q, axis=1)
        wanted = np.clip(level, 1 + 0.02 + 0 * level, 1 + sheet.volume * (0.2 + layer))
        point = SKULL_CENTRE + q * (wanted / level)[:, None] * SKULL_RADII
    return paths


def brows(
    control: np.ndarray,
    fine: np.ndarray,
    normals: np.ndarray,
    rgb: np.ndarray,
    strength: float,
    amount: float,
) -> Brows:
    """Both brows of a face at rest, in world axes."""
    rng = np.random.default_rng(3)
    density = brow_density(fine, control)
    count = int(1500 * strength * min(1.0, amount * 2))
    roots = rng.choice(len(fine), count, p=density / density.sum())
    start = fine[roots] + rng.normal(0, 0.006, (count, 3)) * (1, 1, 0.2)
    steps = 6
    inner = np.clip(1 - (np.abs(start[:, 0]) - 0.13) / 0.12, 0, 1)
    above = (control[105, 1] + control[52, 1]) / 2 - start[:, 1]
    direction = np.stack(
        [
            np.sign(start[:, 0]) * (1 - 0.5 * inner),
            -0.12 - 0.75 * inner - 1.2 * np.clip(-above, -0.05, 0.06),
            0.35 * (1 - inner),
        ],
        axis=1,
    )
    direction += rng.normal(0, 0.13, (count, 3))
    normal = normals[roots]
    direction -= (direction * normal).sum(axis=1, keepdims=True) * normal
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    length = 0.048 * rng.uniform(0.6, 1.2, count)
    t = np.linspace(0, 1, steps)[None, :, None]
    paths = start[:, None] + length[:, None, None] * (
        direction[:, None] * t + normal[:, None] * (0.28 * np.sin(np.pi * t * 0.8))
    )
    paths = paths + 0.004 * normal[:, None]
    colours = rgb * np.exp(rng.normal(0, 0.25, (count, 1)))
    widths = np.full((count, steps), 0.0017)
    data, triangles = ribbons(to_world(paths), colours, np.ones((count, steps)), widths)
    vertex_roots = np.repeat(roots, steps * 2)
    offsets = data[:, 0:3] - to_world(fine[vertex_roots])
    return Brows(data, triangles, offsets.astype(np.float32), vertex_roots, 1.0)


def beard(
    control: np.ndarray, fine: np.ndarray, normals: np.ndarray, rgb: np.ndarray, length: float, amount: float
) -> Brows:
    """A beard and moustache that ride on the skin, in world axes."""
    rng = np.random.default_rng(7)
    lips = np.concatenate([control[list(LIPS_OUTER)], control[list(LIPS_INNER)]])
    low, high = lips.min(axis=0), lips.max(axis=0)
    x, y = fine[:, 0], fine[:, 1]
    middle, half = (low + high) / 2, (high - low) / 2
    mouth = ((x - middle[0]) / (half[0] * 1.02)) ** 2 + ((y - middle[1]) / (half[1] * 1.05)) ** 2 < 1
    density = beard_zone(fine, control) ** 2 * ~mouth * (fine[:, 2] < 0.62)
    outside = np.linalg.norm((fine - middle) / (1, 1, 2), axis=1) < 0.9  # not the inside of the mouth
    density = density * outside * (normals[:, 2] < 0.3)
    count = int(9000 * min(1.0, amount * 1.5))
    roots = rng.choice(len(fine), count, p=density / density.sum())
    start = fine[roots] + rng.normal(0, 0.008, (count, 3)) * (1, 1, 0.3)
    normal = normals[roots]
    steps = 5
    direction = np.stack(
        [0.35 * np.sign(start[:, 0]) * rng.uniform(0, 1, count), np.ones(count), np.zeros(count)], axis=1
    )
    direction += 0.3 * normal + rng.normal(0, 0.2, (count, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    above_lip = start[:, 1] < middle[1]
    longest = np.where(above_lip, 0.05, 0.04 + 0.16 * length * np.clip((start[:, 1] - 0.9) / 0.35, 0.15, 1))
    reach = longest * rng.uniform(0.6, 1.1, count)
    t = np.linspace(0, 1, steps)[None, :, None]
    paths = start[:, None] + reach[:, None, None] * (
        direction[:, None] * t + 0.25 * normal[:, None] * np.sin(np.pi * t)
    )
    colours = rgb * np.exp(rng.normal(0, 0.3, (count, 1)))
    widths = np.full((count, steps), 0.003 / max(amount, 0.1) ** 0.5)
    data, triangles = ribbons(to_world(paths), colours, np.full((count, steps), 0.8), widths)
    vertex_roots = np.repeat(roots, steps * 2)
    offsets = data[:, 0:3] - to_world(fine[vertex_roots])
    return Brows(data, triangles, offsets.astype(np.float32), vertex_roots, 1.0)


def lashes(face: np.ndarray, eyes: np.ndarray, strength: float, model: np.ndarray) -> Strands:
    """The lashes on the lids of `face` (468, 3), as they are at this moment."""
    rng = np.random.default_rng(5)
    paths, steps = [], 6
    t = np.linspace(0, 1, steps)[:, None]
    for side, loop in enumerate((RIGHT_EYE, LEFT_EYE)):
        sign = (-1.0, 1.0)[side]
        edge = face[list(loop)]
        for upper, ids, count, reach in ((True, range(8, 17), 80, 0.05), (False, range(9), 40, 0.02)):
            line = edge[[i % 16 for i in ids]]
            at = np.sort(rng.uniform(0.03, 0.97, int(count * strength))) * (len(line) - 1)
            base = np.stack([np.interp(at, np.arange(len(line)), line[:, c]) for c in range(3)], axis=1)
            outer = np.abs(base[:, 0] - eyes[side, 0]) * np.sign(base[:, 0] - eyes[side, 0]) * sign / 0.15
            lift = -1.0 if upper else 1.0
            for point, fan in zip(base, outer, strict=True):
                length = reach * rng.uniform(0.75, 1.15) * (1 + 0.25 * fan)
                lean = np.array([sign * (0.55 * fan + 0.1) + rng.normal(0, 0.12), 0.0, 0.0])
                out = np.array([0.0, lift * 0.25, -1.0])
                up = np.array([0.0, lift * 1.0, 0.0])
                paths.append(point + length * (out * t * (1 - 0.45 * t) + up * t**2 * 0.85 + lean * t * 0.6))
    stack = np.array(paths)
    colours = np.tile(np.array([0.006, 0.004, 0.003]), (len(stack), 1))
    widths = np.full(stack.shape[:2], 0.0015)
    data, triangles = ribbons(to_world(stack), colours, np.ones(stack.shape[:2]), widths, tip=0.1)
    return Strands(data, triangles, 1.0, 0.15, model, casts_shadow=False)
