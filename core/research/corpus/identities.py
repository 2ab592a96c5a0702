"""One seed → one identity, one seed → one scene: the parameter sheets of the family of heads."""

from dataclasses import dataclass

import numpy as np

from core.research.corpus.finish import blurred_room
from core.research.corpus.hair import HairSheet
from core.research.corpus.head_renderer import Camera, Lighting
from core.research.corpus.heads import HeadSheet
from core.research.corpus.skin import SkinSheet

_HAIR_COLOURS = np.array(
    [
        (0.006, 0.005, 0.005), (0.02, 0.012, 0.008), (0.05, 0.024, 0.012), (0.09, 0.045, 0.02), (0.16, 0.09, 0.04),
        (0.32, 0.22, 0.10), (0.45, 0.34, 0.18), (0.17, 0.05, 0.018), (0.35, 0.34, 0.33), (0.6, 0.6, 0.6),
    ]
)  # fmt: skip
_IRISES = (
    (0.10, 0.17, 0.20),
    (0.06, 0.03, 0.015),
    (0.12, 0.07, 0.03),
    (0.08, 0.11, 0.05),
    (0.13, 0.15, 0.16),
)
LIGHT_KINDS = ("soft", "hard", "side", "coloured", "dark", "flat")


@dataclass(frozen=True, slots=True, eq=False)
class SceneSheet:
    """What is around a head: light, camera, and what lens, film and codec do.

    Attributes:
        lighting: lights on the head.
        light_kind: one of `LIGHT_KINDS`.
        yaw: mean head yaw in degrees.
        pitch: mean head pitch in degrees.
        zoom: head size: face units across the picture's width.
        centre: where the head lies, in picture widths.
        exposure: gain before the tone curve.
        flicker: relative size of the light's flicker.
        blur: lens blur, sigma in pixels of a 256-pixel picture.
        grain: grey levels, standard deviation.
        quality: JPEG quality of the degradation, 100 for none.
        backdrop_seed: of the room behind.
        liveliness: of head motion.
    """

    lighting: Lighting
    light_kind: str
    yaw: float
    pitch: float
    zoom: float
    centre: tuple[float, float]
    exposure: float
    flicker: float
    blur: float
    grain: float
    quality: int
    backdrop_seed: int
    liveliness: float

    def camera(self, size: int) -> Camera:
        """The camera of a square picture of `size` pixels."""
        return Camera(size, size, size / self.zoom, (self.centre[0] * size, self.centre[1] * size))

    def backdrop(self, size: int) -> np.ndarray:
        """(size, size, 3) float32 linear."""
        rng = np.random.default_rng(self.backdrop_seed)
        return blurred_room(
            size, size, self.backdrop_seed, warmth=rng.uniform(), level=float(rng.uniform(0.5, 1.6))
        )


def draw_identity(seed: int) -> HeadSheet:
    """The identity of a seed ≥ 1: proportions, skin, hair, beard, glasses, age."""
    rng = np.random.default_rng([seed, 101])
    tone = float(rng.uniform(0.08, 1.0))
    bearded = rng.uniform() < 0.42
    old = float(rng.beta(1.3, 2.0))
    dark = tone > 0.55
    colour = _HAIR_COLOURS[rng.integers(0, 4) if dark else rng.integers(0, 8)]
    if old > 0.6:
        colour = _HAIR_COLOURS[rng.integers(8, 10)] * rng.uniform(0.5, 1.0)
    styles = (
        ("crop", "crop", "back", "bald", "parted")
        if bearded
        else ("parted", "parted", "back", "crop", "parted")
    )
    style = str(rng.choice(styles))
    length = {"parted": rng.uniform(1.1, 2.3), "crop": rng.uniform(0.06, 0.35), "back": rng.uniform(0.6, 1.2)}
    hair = HairSheet(
        style=style,
        rgb=tuple(float(v) for v in colour * np.exp(rng.normal(0, 0.15))),
        length=float(length.get(style, 0.5)),
        volume=float(rng.uniform(0.07, 0.22) * (0.6 if style != "parted" else 1.0)),
        parting=float(rng.choice([-0.3, -0.15, 0.0, 0.15, 0.3])),
        curl=float(rng.choice([0.05, 0.15, 0.4, 0.8])),
        hairline=float(rng.uniform(-0.04, 0.25 if bearded else 0.05)),
        seed=seed,
    )
    lip = np.array([0.40, 0.10, 0.095]) * np.exp(rng.normal(0, 0.2, 3) * (1, 1.2, 1.2))
    made_up = not bearded and rng.uniform() < 0.4
    skin = SkinSheet(
        tone=tone,
        redness=float(rng.uniform(0.1, 0.9)),
        lip=float(rng.uniform(0.75, 1.0) if made_up else rng.uniform(0.15, 0.7)),
        stubble=float(rng.uniform(0.25, 1.0)) if bearded else 0.0,
        age=old,
        lip_tint=tuple(float(v) for v in np.clip(lip, 0.02, 0.9)),
    )
    brow = np.minimum(colour * 0.6, 0.12)
    return HeadSheet(
        skin=skin,
        hair=hair,
        iris=_IRISES[rng.integers(1, 3) if dark else rng.integers(len(_IRISES))],
        brow_rgb=tuple(float(v) for v in brow),
        brow_strength=float(rng.uniform(0.4, 1.3)),
        lash_strength=float(rng.uniform(0.7, 1.2) if made_up else rng.uniform(0.3, 0.6)),
        cloth_rgb=tuple(float(v) for v in rng.uniform(0.01, 0.25, 3) ** 1.3),
        neck=float(rng.uniform(0.52, 0.60) if bearded else rng.uniform(0.45, 0.52)),
        tooth_rgb=tuple(
            float(v) for v in np.array([0.86, 0.78, 0.62]) * rng.uniform((0.9, 0.85, 0.7), (1.0, 1.02, 1.1))
        ),
        tooth_scale=float(rng.uniform(0.92, 1.06)),
        crooked=float(rng.beta(1.2, 3.0)),
        shape_seed=seed,
        jaw_width=float(rng.normal(0.03 if bearded else -0.04, 0.04)),
        lip_fullness=float(rng.uniform(-0.2, 0.35)),
        eye_size=float(rng.normal(0.03, 0.06)),
        beard=float(rng.uniform(0.3, 1.0)) if bearded and rng.uniform() < 0.6 else 0.0,
        glasses=int(rng.integers(1, 4)) if rng.uniform() < 0.28 else 0,
    )


def _direction(azimuth: float, height: float) -> np.ndarray:
    a, h = np.radians([azimuth, height])
    return np.array([np.sin(a) * np.cos(h), np.sin(h), np.cos(a) * np.cos(h)])


def draw_scene(seed: int, *, max_yaw: float = 75.0) -> SceneSheet:
    """The scene of a seed: light from flat to one hard spot, pose up to ±`max_yaw` degrees, lens and film."""
    rng = np.random.default_rng([seed, 202])
    kind = str(rng.choice(LIGHT_KINDS, p=(0.3, 0.15, 0.15, 0.15, 0.1, 0.15)))
    warm = np.exp(rng.normal(0, 0.12) * np.array([1, 0.1, -1]))
    key = _direction(rng.uniform(-60, 60), rng.uniform(10, 55))
    fill = _direction(rng.uniform(-90, 90), rng.uniform(-10, 30))
    rim = _direction(rng.choice([-1, 1]) * rng.uniform(110, 160), rng.uniform(10, 40))
    strength = {"soft": 0.95, "hard": 1.35, "side": 1.25, "coloured": 0.9, "dark": 0.3, "flat": 0.35}[kind]
    fills = {"soft": 0.25, "hard": 0.06, "side": 0.08, "coloured": 0.3, "dark": 0.05, "flat": 0.4}[kind]
    sky = {"soft": 0.21, "hard": 0.07, "side": 0.08, "coloured": 0.13, "dark": 0.03, "flat": 0.42}[kind]
    if kind == "side":
        key = _direction(rng.choice([-1, 1]) * rng.uniform(65, 95), rng.uniform(0, 35))
    tint = np.ones(3)
    if kind == "coloured":
        tint = np.exp(rng.normal(0, 0.5, 3))
        tint /= tint.mean()
    colours = np.stack(
        [
            strength * warm * tint,
            fills * np.ones(3) / (warm * (tint if kind == "coloured" else 1)),
            rng.uniform(0, 0.9) * strength * np.ones(3),
        ]
    )
    lighting = Lighting(
        np.stack([key, fill, rim]),
        colours,
        sky * np.array([0.95, 1.0, 1.1]),
        sky * 0.6 * np.array([1.1, 1.0, 0.9]),
        float(rng.uniform(0.01, 0.03) if kind == "hard" else rng.uniform(0.06, 0.16)),
    )
    spread = min(max_yaw, 75.0)
    yaw = float(np.clip(rng.normal(0, 0.45 * spread), -spread, spread))
    return SceneSheet(
        lighting=lighting,
        light_kind=kind,
        yaw=yaw,
        pitch=float(np.clip(rng.normal(0, 7), -20, 20)),
        # Closer than this the full-range detector, made for faces in a wider picture, misses half of them.
        zoom=float(rng.uniform(4.0, 5.6)),
        centre=(float(rng.uniform(0.44, 0.56)), float(rng.uniform(0.38, 0.48))),
        exposure=float(np.exp(rng.normal(0, 0.18)) * (1.25 if kind == "dark" else 1.0)),
        flicker=float(rng.choice([0.0, 0.0, 0.0, 0.06])),
        blur=float(rng.choice([0.0, 0.0, 0.4, 0.8])),
        grain=float(rng.choice([0.0, 1.0, 2.0, 4.0])),
        quality=int(rng.choice([100, 100, 90, 70, 50])),
        backdrop_seed=int(rng.integers(1 << 30)),
        liveliness=float(rng.uniform(0.5, 1.5)),
    )
