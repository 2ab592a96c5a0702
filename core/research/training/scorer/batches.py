"""Draws training batches: moments of many clips, their sounds, other sounds of the same clips, all augmented."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from core.appearance.landmarks import mirrored_rows
from core.appearance.morphable import morphable_model
from core.face_geometry.canonical_face import canonical_face
from core.research.training.motion.augment import augment
from core.research.training.motion.recordings import another_recording
from core.research.training.scorer.clips import Clip
from core.research.training.scorer.mel_changes import changed_windows
from core.scorer.config import ScorerConfig
from core.scorer.listening import Ear, Heard, OwnEar, WhisperFeatures, ear_of
from core.scorer.pictures import parsing_input, view_matrix
from core.scorer.segments import interpolated, mel_windows, nearest_rows, picture_times, point_windows
from core.speech.encoder import REACH_STEPS, mel_of_steps, speech_encoder, step_count, step_times
from core.speech.whisper import whisper_ear


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """How a batch is drawn.

    Attributes:
        clips: clips in a batch.
        moments: visual segments of each clip, each with its own sound.
        others: further sounds of each clip at small shifts of the moments (hard negatives).
        speaking_share: share of the moments drawn where the voice is active.
        augment: change pictures, points and sounds as other cameras, rooms and speakers would.
        hearings: changed copies of each voice that Whisper or our own speech encoder listens to, once, where batches are augmented.
    """

    clips: int = 40
    moments: int = 6
    others: int = 4
    speaking_share: float = 0.9
    augment: bool = True
    hearings: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """N visual and M audio segments; clip and person numbers and the audio-clock times tell what pairs with what."""

    visual: np.ndarray  # (N, C, H, W) float32, or (N, 5, H, W, 3) uint8 pictures not yet scaled
    audio: np.ndarray  # (M, C, H, W) float32
    visual_clip: np.ndarray
    audio_clip: np.ndarray
    visual_person: np.ndarray
    audio_person: np.ndarray
    visual_time: np.ndarray
    audio_time: np.ndarray
    shape: np.ndarray  # (N, 6)
    audio_shape: np.ndarray  # (M, 6)
    gain: np.ndarray  # (N, 3) float32 colour gains for uint8 pictures in -1 … 1
    bias: np.ndarray  # (N,) float32


class BatchDrawer:
    """An endless, seeded source of batches from clips in memory."""

    def __init__(
        self,
        clips: Sequence[Clip],
        config: ScorerConfig,
        settings: BatchSettings,
        seed: int,
        ear: Ear | None = None,
    ) -> None:
        self._clips = clips
        self._config = config
        self._settings = settings
        self._random = np.random.default_rng(seed)
        people = {person: number for number, person in enumerate(sorted({clip.person for clip in clips}))}
        self._person = np.array([people[clip.person] for clip in clips])
        # Long clips weigh more, up to half a minute: beyond it their seconds resemble each other.
        weights = np.array([min(clip.seconds, 30.0) for clip in clips])
        self._weights = weights / weights.sum()
        self._mirror = mirrored_rows()
        # Mels are stored with the clips; other features are heard once, here.
        copies = settings.hearings if settings.augment else 0
        self._heard = [] if config.audio == "mel" else _all_heard(clips, ear or ear_of(config), copies, seed)
        self._coefficients: list[tuple[np.ndarray, np.ndarray]] = []
        if config.visual == "morphable":
            self._coefficients = [_coefficients_both_ways(clip) for clip in clips]

    def draw(self) -> Batch:
        """The next batch."""
        settings, random = self._settings, self._random
        chosen = random.choice(len(self._clips), settings.clips, p=self._weights)
        visual, audio, shapes, audio_shapes, times, audio_times = [], [], [], [], [], []
        gain, bias = np.ones((settings.clips, 3), np.float32), np.zeros(settings.clips, np.float32)
        if settings.augment:
            gain[:] = random.uniform(0.7, 1.3, (settings.clips, 1)) * random.uniform(
                0.9, 1.1, (settings.clips, 3)
            )
            bias[:] = random.uniform(-0.25, 0.25, settings.clips)
        for index in chosen:
            clip = self._clips[index]
            centres = self._centres(clip)
            sounds = np.concatenate([centres, self._other_sounds(clip, centres)])
            stretch = float(random.uniform(0.9, 1.1)) if settings.augment else 1.0
            mirrored = settings.augment and random.random() < 0.5
            visual.append(self._see(int(index), centres, stretch, mirrored=mirrored))
            audio.append(self._hear(int(index), sounds, stretch))
            shapes.append(interpolated(clip.times, clip.shape, centres))
            audio_shapes.append(interpolated(clip.times, clip.shape, sounds))
            times.append(centres)
            audio_times.append(sounds)
        moments, sounds_each = settings.moments, settings.moments + settings.others
        # The same clip drawn twice must count as one, hence its own number and not the place in the batch.
        return Batch(
            visual=np.concatenate(visual),
            audio=np.concatenate(audio),
            visual_clip=np.repeat(chosen, moments),
            audio_clip=np.repeat(chosen, sounds_each),
            visual_person=np.repeat(self._person[chosen], moments),
            audio_person=np.repeat(self._person[chosen], sounds_each),
            visual_time=np.concatenate(times),
            audio_time=np.concatenate(audio_times),
            shape=np.concatenate(shapes),
            audio_shape=np.concatenate(audio_shapes),
            gain=np.repeat(gain, moments, axis=0),
            bias=np.repeat(bias, moments),
        )

    def _centres(self, clip: Clip) -> np.ndarray:
        random, count = self._random, self._settings.moments
        low, high = clip.times[0] + 0.06, clip.times[-1] - 0.06
        speaking = np.flatnonzero(clip.speaks)
        rows = np.where(
            random.random(count) < self._settings.speaking_share,
            random.choice(speaking, count),
            random.integers(0, len(clip.times), count),
        )
        jitter = random.uniform(-0.02, 0.02, count) if self._settings.augment else 0.0
        return np.clip(clip.times[rows] + jitter, low, high)

    def _other_sounds(self, clip: Clip, centres: np.ndarray) -> np.ndarray:
        random, count = self._random, self._settings.others
        if count == 0:
            return np.zeros(0)
        base = random.choice(centres, count)
        # Half within 0.08 … 0.24 s, where sounds still overlap or touch the true ones, half up to 0.6 s.
        size = np.where(
            random.random(count) < 0.5, random.uniform(0.08, 0.24, count), random.uniform(0.24, 0.6, count)
        )
        shifted = base + size * random.choice([-1.0, 1.0], count)
        return np.clip(shifted, -0.05, len(clip.mel) / 80.0 + 0.05)

    def _see(self, index: int, centres: np.ndarray, stretch: float, *, mirrored: bool) -> np.ndarray:
        random, augment = self._random, self._settings.augment
        clip = self._clips[index]
        if self._config.visual == "landmarks":
            points = point_windows(clip.times, clip.points, centres, stretch)  # (n, 3, 80, 5)
            if mirrored:
                points = points[:, :, self._mirror]
                points[:, 0] *= -1
            if augment:
                points = points * np.float32(random.uniform(0.8, 1.25))
                points = points + random.normal(0, 0.25, (1, 3, 1, 1)).astype(np.float32)
                points = points + random.normal(0, 0.08, (1, 3, points.shape[2], 1)).astype(np.float32)
                points = points + random.normal(0, 0.08, points.shape).astype(np.float32)
            return points
        if self._config.visual == "morphable":
            values = point_windows(clip.times, self._coefficients[index][int(mirrored)], centres, stretch)
            if augment:
                values = values * np.float32(random.uniform(0.8, 1.25))
                values = values + random.normal(0, 0.3, (1, 1, values.shape[2], 1)).astype(np.float32)
                values = values + random.normal(0, 0.1, values.shape).astype(np.float32)
            return values
        rows = nearest_rows(clip.times, picture_times(centres, stretch))  # (n, 5)
        matrix = self._view(mirrored=mirrored)
        if self._config.visual == "parsing":
            return parsing_input(self._config, clip.landmarks, clip.affines, rows, matrix)
        return self._crops(clip, rows, matrix)

    def _view(self, *, mirrored: bool) -> np.ndarray:
        height, width = self._config.visual_shape[1:]
        matrix = view_matrix(self._config)
        random = self._random
        if self._settings.augment:
            angle, scale = np.radians(random.uniform(-6, 6)), random.uniform(0.9, 1.12)
            turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            centre = np.array([width / 2, height / 2])
            matrix = turn @ matrix
            matrix[:, 2] += centre - turn @ centre + random.uniform(-4, 4, 2)
        if mirrored:
            matrix[0] = -matrix[0]
            matrix[0, 2] += width - 1
        return matrix

    def _crops(self, clip: Clip, rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        random = self._random
        height, width = self._config.visual_shape[1:]
        is_coarse = (
            self._settings.augment and random.random() < 0.2
        )  # small faces, old film, strong compression
        is_grey = self._settings.augment and random.random() < 0.15
        pictures = {}
        for row in np.unique(rows):
            picture = cv2.warpAffine(
                clip.crops[row],
                matrix,
                (width, height),
                flags=cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
            if is_coarse:
                small = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
                picture = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
            if is_grey:
                picture = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
            pictures[row] = picture
        return np.stack([pictures[row] for row in rows.ravel()]).reshape(*rows.shape, height, width, 3)

    def _hear(self, index: int, sounds: np.ndarray, stretch: float) -> np.ndarray:
        random, clip = self._random, self._clips[index]
        if self._heard:
            hearings = self._heard[index]
            windows = hearings[int(random.integers(len(hearings)))].windows(sounds, stretch)
            if self._settings.augment:
                windows = windows * np.float32(random.uniform(0.9, 1.1))
                windows = windows + random.normal(0, 0.1 * windows.std() + 1e-6, windows.shape).astype(
                    np.float32
                )
            return windows
        windows = mel_windows(clip.mel, sounds, stretch)  # (m, 1, 80, 16), 12.5 dB a unit
        if not self._settings.augment:
            return windows
        return changed_windows(windows, random, self._other_windows)

    def _other_windows(self, count: int) -> np.ndarray:
        other = self._clips[int(self._random.integers(len(self._clips)))]
        return mel_windows(other.mel, self._random.uniform(0, len(other.mel) / 80.0, count))


def _coefficients_both_ways(clip: Clip) -> tuple[np.ndarray, np.ndarray]:
    """(F, 40) of the clip as it is and mirrored; somebody else's coefficients cannot be mirrored and stay."""
    if clip.coefficients is not None:
        return clip.coefficients, clip.coefficients
    model, mirror = morphable_model(), canonical_face().mirror
    flip = np.array([-1, 1, 1], np.float32)
    return model.coefficients(clip.landmarks), model.coefficients(clip.landmarks[:, mirror] * flip)


def _all_heard(clips: Sequence[Clip], ear: Ear, copies: int, seed: int) -> list[list[Heard]]:
    heard = []
    for number, clip in enumerate(clips):
        voice = clip.voice.astype(np.float32) / 32768.0
        heard.append([ear.hear(voice)])
        if copies and isinstance(ear, OwnEar):
            heard[-1] += _heard_changed(voice, copies, seed + number)
        if copies and isinstance(ear, WhisperFeatures):
            heard[-1] += _whisper_changed(voice, copies, seed + number)
    return heard


def _heard_changed(voice: np.ndarray, copies: int, seed: int) -> list[Heard]:
    """What our own encoder makes of `voice` ((N,) float32) through other microphones, rooms and throats, and in noise."""
    steps = step_count(len(voice))
    if not steps:
        return []
    mel = torch.from_numpy(mel_of_steps(voice, -REACH_STEPS, steps + 2 * REACH_STEPS))
    changed = augment(mel[None].repeat(copies, 1, 1), torch.Generator().manual_seed(seed)).numpy()
    start = float(step_times(1)[0])
    return [Heard(speech_encoder().of_mel(one)[0], start, is_mel=False) for one in changed]


def _whisper_changed(voice: np.ndarray, copies: int, seed: int) -> list[Heard]:
    """What Whisper makes of `voice` ((N,) float32) through other microphones, rooms, codecs and throats, and in noise."""
    rng = np.random.default_rng(seed)
    changed = [another_recording(voice, rng, tempo=False)[0] for _ in range(copies)]
    return [Heard(whisper_ear().features_of_short(one), 0.0, is_mel=False) for one in changed]
