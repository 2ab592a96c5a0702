"""The colours of a head: skin zones, lips, brows, stubble, eye rims, painted on the control points and subdivided."""

from dataclasses import dataclass

import numpy as np

from core.face_geometry.landmark_sets import LEFT_EYE, LIPS_INNER, LIPS_OUTER, RIGHT_EYE
from core.research.corpus.head_mesh import HeadTopology

# Linear albedo of skin from palest to darkest (measured skin reflectance spectra lie on such a curve; the steps are ours).
_TONES = np.array(
    [
        [0.78, 0.55, 0.44],
        [0.68, 0.44, 0.33],
        [0.55, 0.335, 0.235],
        [0.38, 0.21, 0.135],
        [0.22, 0.115, 0.07],
        [0.11, 0.055, 0.034],
    ]
)
_MIDDLE_LIPS = (
    *(76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 408, 304, 303, 302, 11, 72, 73, 74, 184),
    *(62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 407, 272, 271, 268, 12, 38, 41, 42, 183),
)
_BROW_LINES = ((70, 63, 105, 66, 107), (46, 53, 52, 65, 55))  # upper and lower edge of the right brow
_NOSTRILS = ((79, 166, 60, 20, 238, 239), (309, 392, 290, 250, 458, 459))


@dataclass(frozen=True, slots=True)
class SkinSheet:
    """One identity's skin: `tone` 0 palest … 1 darkest, redness, lip colour strength, stubble, freckles, age 0..1."""

    tone: float = 0.24
    redness: float = 0.6
    lip: float = 0.5
    stubble: float = 0.0
    age: float = 0.2
    lip_tint: tuple[float, float, float] = (0.40, 0.10, 0.095)


def skin_tone(tone: float) -> np.ndarray:
    """(3,) linear albedo of plain skin."""
    at = np.clip(tone, 0, 1) * (len(_TONES) - 1)
    return np.array([np.interp(at, np.arange(len(_TONES)), _TONES[:, c]) for c in range(3)])


@dataclass(frozen=True, slots=True, eq=False)
class Paint:
    """Per fine vertex: `albedo` (N, 3) linear, `material` (N, 4) roughness, specular, subsurface, occlusion = 1."""

    albedo: np.ndarray
    material: np.ndarray


def _step(x: np.ndarray, low: float, high: float) -> np.ndarray:
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def paint_head(
    fine: np.ndarray,
    control: np.ndarray,
    matrix: object,
    topology: HeadTopology,
    sheet: SkinSheet,
    brow_rgb: np.ndarray,
    scalp_rgb: np.ndarray | None,
    hairline: float,
) -> Paint:
    """Colours of the fine vertices `fine` (N, 3) of a head at rest, all in face axes."""
    count = len(fine)

    def mask(ids: np.ndarray | tuple[int, ...], value: float = 1.0) -> np.ndarray:
        coarse = np.zeros(topology.count)
        coarse[np.asarray(ids)] = value
        return matrix @ coarse

    def blob(where: np.ndarray, radius: float | np.ndarray) -> np.ndarray:
        return np.exp(-(((fine - where) / radius) ** 2).sum(axis=1))

    tone = skin_tone(sheet.tone)
    albedo = np.tile(tone, (count, 1))
    material = np.tile(np.array([0.48, 0.75, 1.0, 1.0]), (count, 1))
    red = np.array([1.0, 0.72, 0.70])

    def redden(amount: np.ndarray) -> None:
        nonlocal albedo
        albedo = albedo * (1 - amount[:, None] * (1 - red))

    for left, right in ((50, 280), (205, 425)):
        for i in (left, right):
            redden(
                sheet.redness * 0.75 * blob(control[i] + np.array([0, -0.02, 0]), np.array([0.20, 0.17, 0.3]))
            )
    redden(sheet.redness * 0.7 * blob(control[1], np.array([0.13, 0.12, 0.14])))
    redden(sheet.redness * 0.35 * blob(control[152], np.array([0.2, 0.12, 0.3])))
    # Forehead a little more yellow, the sides of the face a little darker.
    brow_zone = np.exp(-(((fine[:, 1] + 0.45) / 0.25) ** 2))
    albedo *= 1 + brow_zone[:, None] * np.array([0.0, 0.015, -0.03])
    for loop in (RIGHT_EYE, LEFT_EYE):
        eye = control[list(loop)]
        middle = eye.mean(axis=0)
        under = blob(middle + np.array([0, 0.10, 0]), np.array([0.19, 0.07, 0.3]))
        over = blob(middle + np.array([0, -0.085, 0]), np.array([0.21, 0.055, 0.3]))
        shadow = (0.16 + 0.2 * sheet.age) * under + 0.20 * over
        albedo *= 1 - shadow[:, None] * np.array([0.45, 0.75, 0.75])

    lips = np.concatenate([_MIDDLE_LIPS, LIPS_INNER, topology.mouth[:, 0]])
    lip = _step(mask(lips) + mask(np.array(LIPS_OUTER), 0.34), 0.30, 0.62)
    lip_rgb = tone * 0.25 + np.array(sheet.lip_tint) * (0.3 + 0.7 * tone.mean() / 0.5)
    strength = (0.45 + 0.55 * sheet.lip) * lip
    albedo = albedo * (1 - strength[:, None]) + lip_rgb * strength[:, None]
    inner_line = _step(mask(np.array(LIPS_INNER)) + mask(topology.mouth[:, 0]), 0.3, 0.9) * lip
    albedo *= 1 - 0.35 * inner_line[:, None] * np.array([0.7, 1.0, 1.0])
    material[:, 0] -= 0.10 * lip
    material[:, 1] -= 0.15 * lip

    cavity = _step(mask(np.concatenate([topology.mouth[:, 1:].ravel(), [topology.throat]])), 0.2, 0.8)
    albedo = albedo * (1 - cavity[:, None]) + np.array([0.16, 0.035, 0.03]) * cavity[:, None]
    deep = _step(mask(np.concatenate([topology.mouth[:, 2:].ravel(), [topology.throat]])), 0.2, 0.8)
    albedo *= 1 - 0.92 * deep[:, None]
    material[:, 3] *= 1 - 0.85 * cavity
    material[:, 1] *= 1 - 0.9 * deep

    for loop, ids in zip((RIGHT_EYE, LEFT_EYE), topology.lids, strict=True):
        rim = _step(mask(ids[:, 0]), 0.25, 0.7)
        albedo = albedo * (1 - 0.6 * rim[:, None]) + tone * np.array([0.85, 0.55, 0.52]) * 0.6 * rim[:, None]
        material[:, 0] -= 0.15 * rim
        hidden = _step(mask(ids[:, 1]), 0.3, 0.8)
        albedo *= 1 - 0.7 * hidden[:, None]
        upper = np.array([loop[i] for i in range(9, 16)])
        line = _step(mask(upper), 0.35, 0.8)  # the shade the lashes cast on the lid's edge
        albedo *= 1 - 0.55 * line[:, None]
    for ring in _NOSTRILS:
        hole = blob(
            control[list(ring)].mean(axis=0) + np.array([0, 0.012, 0.02]), np.array([0.042, 0.030, 0.05])
        )
        albedo *= 1 - np.clip(1.25 * hole, 0, 0.94)[:, None]
        material[:, 1] *= 1 - np.clip(1.3 * hole, 0, 1)

    if scalp_rgb is not None:  # short hair between the strands keeps the scalp from shining through
        scalp = 0.96 * scalp_weight(fine, hairline)
        albedo = albedo * (1 - scalp[:, None]) + 0.4 * scalp_rgb * scalp[:, None]
        material[:, 1] *= 1 - scalp
    brow = brow_density(fine, control)
    albedo = albedo * (1 - 0.6 * brow[:, None]) + brow_rgb * 0.6 * brow[:, None]
    if sheet.stubble > 0:
        shadow = sheet.stubble * beard_zone(fine, control) * (1 - lip)
        albedo = (
            albedo * (1 - 0.55 * shadow[:, None]) + (0.35 * brow_rgb + 0.1 * tone) * 0.55 * shadow[:, None]
        )
    material[:, 1] *= 1 - 0.25 * _step(fine[:, 2], 0.1, 0.5)  # the sides of a face are drier than its middle
    shiny = blob(control[1], np.array([0.12, 0.16, 0.2])) + blob(control[151], np.array([0.4, 0.2, 0.3]))
    material[:, 0] -= 0.06 * np.clip(shiny, 0, 1)
    return Paint(np.clip(albedo, 0.002, 1), np.clip(material, 0.02, 2))


def scalp_weight(points: np.ndarray, hairline: float) -> np.ndarray:
    """(N,) 0..1 in face axes: where hair grows on the skull; `hairline` moves its edge back."""
    y, z = points[:, 1], points[:, 2]
    # The hairline seen from the side: from the forehead back over the temple, down before the ear, around its back.
    edge_z = np.interp(
        y,
        [-1.3, -0.80, -0.66, -0.50, -0.30, -0.10, 0.10, 0.25],
        [-0.8, -0.35, -0.02, 0.22, 0.34, 0.43, 0.52, 0.80],
    )
    behind = 1 - np.clip((y - 0.55) / 0.12, 0, 1)
    return np.clip((z - edge_z - 0.5 * hairline) / 0.07, 0, 1) * behind * (z > -0.5)


def brow_density(points: np.ndarray, control: np.ndarray) -> np.ndarray:
    """(N,) 0..1: how much brow grows at each point; both brows."""
    density = np.zeros(len(points))
    for side in (1, -1):
        upper, lower = (control[list(line)] * (side, 1, 1) if side == 1 else None for line in _BROW_LINES)
        if side == -1:
            upper, lower = (control[list(line)] * (-1, 1, 1) for line in _BROW_LINES)
        x = points[:, 0]
        order = np.argsort(upper[:, 0])
        top = np.interp(x, upper[order, 0], upper[order, 1])
        order = np.argsort(lower[:, 0])
        bottom = np.interp(x, lower[order, 0], lower[order, 1])
        middle, half = (top + bottom) / 2 - 0.005, np.abs(bottom - top) / 2 * 0.8 + 0.008
        inner, outer = sorted((upper[0, 0], upper[-1, 0]), key=abs)
        along = (x - outer) / (inner - outer)
        body = np.exp(-(((points[:, 1] - middle) / half) ** 4))
        ends = _step(along, -0.04, 0.18) * (1 - _step(along, 0.9, 1.04))
        density += body * ends * (points[:, 2] < 0.2)
    return np.clip(density, 0, 1)


def beard_zone(points: np.ndarray, control: np.ndarray) -> np.ndarray:
    """(N,) 0..1: where a beard grows: upper lip, chin, jaw, under the jaw."""
    x, y = np.abs(points[:, 0]), points[:, 1]
    cheek_edge = np.interp(x, [0.0, 0.2, 0.32, 0.5, 0.62, 0.76], [0.54, 0.56, 0.68, 0.66, 0.45, 0.05])
    below = _step(y, 0, 1) * 0 + _step(y - cheek_edge, -0.03, 0.07)
    sides = 1 - _step(points[:, 2], 0.52, 0.64)
    return below * sides
