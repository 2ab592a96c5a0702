"""Rendered clips with their exact ground truth, and exact pairs: the same take with other words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from core.research.corpus.finish import add_grain, to_srgb8
from core.research.corpus.head_renderer import HeadRenderer, Lighting
from core.research.corpus.heads import Head
from core.research.corpus.identities import SceneSheet, draw_identity, draw_scene
from core.research.corpus.performance import perform, smooth_noise
from core.research.corpus.phones import Phone
from core.research.corpus.sentences import text_of_length
from core.research.corpus.speech import VOICES, SpeakingStyle, Speech, Voice, padded, speak
from core.research.corpus.visemes import VisemeCurves, viseme_curves

FPS = 25
SOUND_RATE = 16_000
OVERSAMPLING = 1.25
STRANDS = 0.2  # share of a full head of hair: enough at 256 pixels


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A rendered clip.

    Attributes:
        id: unique, e.g. ``head-00012-0``.
        person: the identity; splits go by it.
        style: "head" or the name of a stylised family.
        frames: (F, S, S, 3) uint8 RGB at 25 fps.
        times: (F,) float64 seconds of each frame on the voice's clock.
        landmarks: (F, 468, 3) float32 in pixels, exact.
        pose: (F, 3) float32 yaw, pitch, roll in degrees.
        visemes: (F, 11) float32, columns as in `core.research.corpus.visemes.PARAMETERS`.
        mouth_masks: (F, S, S) uint8 0/255, lips and what is between them.
        occluder_masks: (F, S, S) uint8 0/255, what covers the face; all 0 where nothing does.
        voice: (N,) float32 mono 16 kHz.
        phones: with times on the voice's clock.
        text: what is said.
        facts: of the sheet, for statistics.
    """

    id: str
    person: str
    style: str
    frames: np.ndarray
    times: np.ndarray
    landmarks: np.ndarray
    pose: np.ndarray
    visemes: np.ndarray
    mouth_masks: np.ndarray
    occluder_masks: np.ndarray
    voice: np.ndarray
    phones: tuple[Phone, ...]
    text: str
    facts: dict[str, float | int | str]


@cache
def shared_renderer(width: int, height: int) -> HeadRenderer:
    """One renderer per picture size for the whole process: contexts are costly."""
    return HeadRenderer(width, height, samples=0)


def speech_of(seed: int, take: int, seconds: float, speakers: Sequence[Voice] = VOICES) -> Speech:
    """What a person of `seed` says in `take`: at least `seconds` at 16 kHz, cut or padded by whole frames later."""
    speaker = speakers[np.random.default_rng([seed, 303]).integers(len(speakers))]
    rng = np.random.default_rng([seed, take, 304])
    style = SpeakingStyle(
        speed=float(rng.uniform(0.85, 1.2)),
        pitch=float(rng.uniform(0.8, 1.25)),
        pitch_range=float(rng.uniform(0.6, 1.4)),
        gap=float(rng.choice([0.0, 0.0, 0.05])),
    )
    said = speak(text_of_length(speaker.language, seconds, rng), speaker, style).at_rate(SOUND_RATE)
    return padded(said, float(rng.uniform(0.05, 0.4)), max(0.0, seconds - said.duration) + 0.1)


def mouth_mask(landmarks: np.ndarray, size: int) -> np.ndarray:
    """(size, size) uint8 0/255: the outer lips' outline of (468, 3) landmarks, filled."""
    from core.face_geometry.landmark_sets import LIPS_OUTER

    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [np.round(landmarks[list(LIPS_OUTER), :2] * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return ((mask > 127) * 255).astype(np.uint8)


def degraded(rgb: np.ndarray, scene: SceneSheet, rng: np.random.Generator) -> np.ndarray:
    """`rgb` uint8 after the scene's lens, film and codec."""
    size = rgb.shape[0]
    if scene.blur > 0:
        rgb = cv2.GaussianBlur(rgb, (0, 0), scene.blur * size / 256)
    rgb = add_grain(rgb, scene.grain, rng)
    if scene.quality < 100:
        coded = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, scene.quality])[1]
        rgb = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return rgb


class HeadActor:
    """One identity in one scene, ready to play any number of takes with the same head motion and light."""

    def __init__(self, seed: int, *, size: int = 256, max_yaw: float = 75.0) -> None:
        self.seed, self.size = seed, size
        self._pixels = round(size * OVERSAMPLING)
        self.scene = draw_scene(seed, max_yaw=max_yaw)
        self.head = Head(
            draw_identity(seed), shared_renderer(self._pixels, self._pixels), levels=2, strands=STRANDS
        )
        self._camera = self.scene.camera(self._pixels)
        self._backdrop = self.scene.backdrop(self._pixels)

    def play(self, take: int, frames: int) -> Clip:
        """Take number `take`, `frames` long. Takes differ in their words only: pose, light, grain are the same."""
        voice = speech_of(self.seed, take, frames / FPS)
        return self.perform(voice, frames, f"head-{self.seed:05d}-{take}")

    def perform(self, voice: Speech, frames: int, clip_id: str) -> Clip:
        """The clip of any speech, `frames` long."""
        times = (np.arange(frames) + 0.5) / FPS
        curves = viseme_curves(voice.phones, times, articulation=self._articulation())
        pictures, landmarks, poses = [], [], []
        for picture, points, pose in self._pictures(curves):
            pictures.append(picture)
            landmarks.append(points)
            poses.append(pose)
        points = np.stack(landmarks)
        end = round(frames / FPS * SOUND_RATE)
        sheet, scene = self.head.sheet, self.scene
        facts = {
            "light": scene.light_kind,
            "yaw": scene.yaw,
            "pitch": scene.pitch,
            "tone": sheet.skin.tone,
            "hair": sheet.hair.style,
            "beard": sheet.beard,
            "glasses": sheet.glasses,
            "voice": voice.voice.id,
            "language": voice.voice.language,
            "blur": scene.blur,
            "grain": scene.grain,
        }
        return Clip(
            clip_id,
            f"head-{self.seed:05d}",
            "head",
            np.stack(pictures),
            times,
            points,
            np.stack(poses),
            curves.values,
            np.stack([mouth_mask(p, self.size) for p in points]),
            np.zeros((frames, self.size, self.size), np.uint8),
            voice.samples[:end],
            tuple(p for p in voice.phones if p.start < frames / FPS),
            voice.text,
            facts,
        )

    def _articulation(self) -> float:
        return float(np.random.default_rng([self.seed, 305]).uniform(0.8, 1.3))

    def _pictures(self, curves: VisemeCurves) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        scene, times = self.scene, curves.times
        # No words enter the performance: nods on stress would make the pose of two takes differ.
        moments = perform((), times, self.seed, yaw=scene.yaw, pitch=scene.pitch, liveliness=scene.liveliness)
        flicker = 1 + scene.flicker * smooth_noise(np.random.default_rng([self.seed, 306]), times, 9.0)
        shrink = self.size / self._pixels
        for i, moment in enumerate(moments):
            light = Lighting(
                scene.lighting.directions,
                scene.lighting.colours * flicker[i],
                scene.lighting.sky,
                scene.lighting.ground,
                scene.lighting.softness,
            )
            drawn = self.head.draw(curves.values[i], moment, self._camera, light, self._backdrop)
            small = cv2.resize(
                to_srgb8(drawn.rgb, exposure=scene.exposure),
                (self.size, self.size),
                interpolation=cv2.INTER_AREA,
            )
            points = drawn.landmarks.copy()
            points[:, :2] = (points[:, :2] + 0.5) * shrink - 0.5
            points[:, 2] *= shrink
            pose = np.array([moment.yaw, moment.pitch, moment.roll], np.float32)
            yield degraded(small, scene, np.random.default_rng([self.seed, i, 307])), points, pose


def exact_pair(seed: int, frames: int, *, size: int = 256, max_yaw: float = 75.0) -> tuple[Clip, Clip]:
    """Two takes of one person: same head motion, light, camera, grain; other words."""
    actor = HeadActor(seed, size=size, max_yaw=max_yaw)
    return actor.play(0, frames), actor.play(1, frames)
