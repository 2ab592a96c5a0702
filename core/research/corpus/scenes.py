"""Several rendered people in one picture, talking in turn, filmed in shots: who speaks is known for every frame.

A shot shows all, some or one of them: from afar, close, cut by the picture's edge, or listening to a voice off screen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from core.face_geometry.track import FaceTrack, PersonId, TrackId
from core.research.corpus.clips import (
    FPS,
    OVERSAMPLING,
    SOUND_RATE,
    STRANDS,
    degraded,
    shared_renderer,
    speech_of,
)
from core.research.corpus.finish import blurred_room, to_srgb8
from core.research.corpus.head_renderer import Camera
from core.research.corpus.heads import Head, Moment
from core.research.corpus.identities import SceneSheet, draw_identity, draw_scene
from core.research.corpus.performance import perform
from core.research.corpus.phones import Phone
from core.research.corpus.visemes import viseme_curves

Framing = Literal["all", "small", "single", "close", "edge"]
FRAMINGS: tuple[Framing, ...] = ("all", "small", "single", "close", "edge")
# Picture height in face units (about 90 mm): a person from the chest up is 5, a face that fills the picture 2.6.
_HEIGHT: dict[Framing, tuple[float, float]] = {
    "all": (4.6, 6.0),
    "small": (7.5, 11.0),
    "single": (3.6, 4.8),
    "close": (2.3, 2.9),
    "edge": (3.6, 4.6),
}
_BUST = 2.8  # face units from between the eyes to where a bust ends
_SEEN = 0.6  # share of a face's points inside the picture from which on it counts as shown
_TURN_S = (1.4, 3.0)
_SHOT_S = (1.2, 3.5)
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames [`first`, `stop`) from one camera; `cast` are the people that stand before it."""

    first: int
    stop: int
    framing: Framing
    cast: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A conversation of P people, F frames at 25 fps.

    Attributes:
        id: unique.
        people: the identities, as in `Clip.person`.
        frames: (F, H, W, 3) uint8 RGB.
        shots: in order, covering all frames.
        landmarks: (P, F, 468, 3) float32 in pixels, exact; NaN where a person is not before the camera.
        visemes: (P, F, 11) float32, also of those who move their lips without a sound.
        shown: (P, F) bool: enough of the face lies inside the picture.
        speaks: (F,) int16 index of who is heard, `NOBODY` in pauses; they may be off screen.
        voice: (N,) float32 mono 16 kHz.
        phones: of everybody's speech, in order.
        facts: for statistics.
    """

    id: str
    people: tuple[str, ...]
    frames: np.ndarray
    shots: tuple[Shot, ...]
    landmarks: np.ndarray
    visemes: np.ndarray
    shown: np.ndarray
    speaks: np.ndarray
    voice: np.ndarray
    phones: tuple[Phone, ...]
    facts: dict[str, float | int | str]


@dataclass(frozen=True, slots=True, eq=False)
class SceneTrack:
    """One face in one shot: the `track`, whose it is, and (F,) bool in which frames this person is heard."""

    track: FaceTrack
    person: int
    speaks: np.ndarray


def make_scene(
    seed: int, frames: int, *, people: int = 2, height: int = 270, mutter: bool | None = None
) -> Scene:
    """The scene of a seed.

    Args:
        seed: ≥ 1; also draws the people, who take the seeds from `100 * seed` on.
        frames: how long.
        people: 2 or more.
        height: of the picture in pixels; it is 16:9.
        mutter: whether listeners move their lips to other words without a sound, as in a crowd; by default one scene
            in three.
    """
    rng = np.random.default_rng([seed, 601])
    mutter = bool(rng.uniform() < 1 / 3) if mutter is None else mutter
    seeds = [100 * seed + i for i in range(people)]
    voice, heard, phones, speaks = _conversation(seeds, frames, rng)
    times = (np.arange(frames) + 0.5) / FPS
    curves = []
    for person, own in enumerate(heard):
        values = viseme_curves(own, times, articulation=1.1).values
        if mutter:
            silent = viseme_curves(speech_of(seeds[person], 9, frames / FPS).phones, times).values
            values = np.where((speaks == person)[:, None], values, silent)
        curves.append(values)
    visemes = np.stack(curves).astype(np.float32)
    shots = draw_shots(frames, people, rng)
    width = round(height * 16 / 9 / 2) * 2
    stage = _Stage(seed, seeds, width, height)
    pictures = np.empty((frames, height, width, 3), np.uint8)
    landmarks = np.full((people, frames, 468, 3), np.nan, np.float32)
    for number, shot in enumerate(shots):
        for at, picture, points in stage.film(shot, number, visemes, times):
            pictures[at] = picture
            landmarks[list(shot.cast), at] = points
    inside = (landmarks[..., :2] >= 0).all(-1) & (landmarks[..., :2] <= np.array([width, height]) - 1).all(-1)
    facts: dict[str, float | int | str] = {
        "people": people,
        "light": stage.scene.light_kind,
        "mutter": int(mutter),
        "language": "mixed",
    }
    return Scene(
        f"scene-{seed:05d}",
        tuple(f"head-{s:05d}" for s in seeds),
        pictures,
        shots,
        landmarks,
        visemes,
        inside.mean(axis=2) >= _SEEN,
        speaks,
        voice,
        phones,
        facts,
    )


def tracks_of(scene: Scene) -> tuple[SceneTrack, ...]:
    """The faces shown without a gap, one track for each person and shot, with exact landmarks."""
    found: list[SceneTrack] = []
    for number, shot in enumerate(scene.shots):
        for person in shot.cast:
            shown = np.flatnonzero(scene.shown[person, shot.first : shot.stop]) + shot.first
            for run in np.split(shown, np.flatnonzero(np.diff(shown) > 1) + 1):
                if len(run) == 0:
                    continue
                rows = slice(int(run[0]), int(run[-1]) + 1)
                points = scene.landmarks[person, rows]
                flat = points[..., :2]
                track = FaceTrack(
                    TrackId(len(found)),
                    PersonId(f"P{person + 1}"),
                    number,
                    rows.start,
                    np.concatenate([flat.min(axis=1), flat.max(axis=1)], axis=1),
                    points,
                    _pose(points),
                    np.ones(len(points), np.float32),
                )
                found.append(SceneTrack(track, person, scene.speaks[rows] == person))
    return tuple(found)


def _pose(points: np.ndarray) -> np.ndarray:
    from core.face_geometry.pose import head_pose

    return head_pose(points)


def _conversation(
    seeds: list[int], frames: int, rng: np.random.Generator
) -> tuple[np.ndarray, list[list[Phone]], tuple[Phone, ...], np.ndarray]:
    """Turns of speech: the sound, each person's own phones, everybody's phones, and who is heard in each frame."""
    sound = np.zeros(round(frames / FPS * SOUND_RATE), np.float32)
    heard: list[list[Phone]] = [[] for _ in seeds]
    phones: list[Phone] = []
    speaks = np.full(frames, NOBODY, np.int16)
    at, turn, person = 0.0, 0, int(rng.integers(len(seeds)))
    while at < frames / FPS - 0.3:
        length = float(rng.uniform(*_TURN_S))
        said = speech_of(seeds[person], turn, length)
        length = _word_end(said.phones, length)
        first = round(at * SOUND_RATE)
        piece = said.samples[: min(round(length * SOUND_RATE), len(sound) - first)].copy()
        fade = min(len(piece), SOUND_RATE // 50)
        piece[len(piece) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
        sound[first : first + len(piece)] += piece
        own = [
            Phone(p.ipa, p.start + at, p.end + at)
            for p in said.phones
            if p.end <= length + 1e-6 and p.start + at < frames / FPS
        ]
        heard[person] += own
        phones += own
        spoken = [p for p in own if p.ipa != "_"]
        if spoken:
            speaks[int(spoken[0].start * FPS) : int(np.ceil(spoken[-1].end * FPS))] = person
        at += length + float(rng.uniform(0.0, 0.3))
        person = int((person + rng.integers(1, len(seeds))) % len(seeds))
        turn += 1
    return sound, heard, tuple(phones), speaks


def _word_end(phones: tuple[Phone, ...], wanted: float) -> float:
    """The end of the last phone within `wanted` seconds: whoever speaks is interrupted between two sounds."""
    ends = [phone.end for phone in phones if phone.end <= wanted]
    return ends[-1] if ends else phones[0].end


def draw_shots(frames: int, people: int, rng: np.random.Generator) -> tuple[Shot, ...]:
    """Shots of one to a few seconds over `frames`; neighbours never have the same framing of the same people."""
    shots: list[Shot] = []
    first = 0
    while first < frames:
        length = round(float(rng.uniform(*_SHOT_S)) * FPS)
        stop = frames if frames - first - length < FPS // 2 else first + length
        while True:
            framing = FRAMINGS[rng.choice(len(FRAMINGS), p=(0.4, 0.15, 0.2, 0.12, 0.13))]
            cast = tuple(range(people)) if framing in ("all", "small") else (int(rng.integers(people)),)
            if not shots or (framing, cast) != (shots[-1].framing, shots[-1].cast):
                break
        shots.append(Shot(first, stop, framing, cast))
        first = stop
    return tuple(shots)


class _Stage:
    """The people of one scene before one backdrop per camera."""

    def __init__(self, seed: int, seeds: list[int], width: int, height: int) -> None:
        self.seed, self._seeds = seed, seeds
        self._size = (width, height)
        self._pixels = (round(width * OVERSAMPLING), round(height * OVERSAMPLING))
        self._renderer = shared_renderer(*self._pixels)
        self._heads = [Head(draw_identity(s), self._renderer, levels=2, strands=STRANDS) for s in seeds]
        self.scene: SceneSheet = draw_scene(seed, max_yaw=20.0)

    def film(
        self, shot: Shot, number: int, visemes: np.ndarray, times: np.ndarray
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Frame number, picture (H, W, 3) uint8 and the cast's landmarks (C, 468, 3) of each frame of `shot`."""
        rng = np.random.default_rng([self.seed, number, 602])
        width, height = self._pixels
        cameras, moments = [], []
        zoom = height / float(rng.uniform(*_HEIGHT[shot.framing]))
        for place, person in enumerate(shot.cast):
            x = (place + 0.5 + float(rng.uniform(-0.06, 0.06))) / len(shot.cast)
            if shot.framing == "single":
                x = float(rng.uniform(0.25, 0.75))
            elif shot.framing == "edge":
                x = float(rng.choice([0.04, 0.96]))
            y = max(float(rng.uniform(0.32, 0.5)), 1 - _BUST * zoom / height)  # busts end below the picture
            cameras.append(Camera(width, height, zoom, (x * width, y * height)))
            towards = np.sign(0.5 - x) * float(rng.uniform(0, 30))
            moments.append(
                perform((), times, 1000 * self._seeds[person] + number, yaw=float(towards), liveliness=1.2)
            )
        backdrop = blurred_room(
            width, height, self.scene.backdrop_seed + number, level=float(rng.uniform(0.5, 1.4))
        )
        for at in range(shot.first, shot.stop):
            here = [moment[at] for moment in moments]
            yield at, *self._picture(shot, cameras, here, visemes[:, at], backdrop, at)

    def _picture(
        self,
        shot: Shot,
        cameras: list[Camera],
        moments: list[Moment],
        visemes: np.ndarray,
        backdrop: np.ndarray,
        at: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        light, points = backdrop, []
        shrink = self._size[1] / self._pixels[1]
        for person, camera, moment in zip(shot.cast, cameras, moments, strict=True):
            # Each head is drawn before the picture so far: who comes later in the cast stands nearer.
            drawn = self._heads[person].draw(visemes[person], moment, camera, self.scene.lighting, light)
            light = drawn.rgb
            own = drawn.landmarks.copy()
            own[:, :2] = (own[:, :2] + 0.5) * shrink - 0.5
            own[:, 2] *= shrink
            points.append(own)
        rgb = to_srgb8(light, exposure=self.scene.exposure)
        small = cv2.resize(rgb, self._size, interpolation=cv2.INTER_AREA)
        grain = np.random.default_rng([self.seed, at, 603])
        return degraded(small, self.scene, grain), np.stack(points)
