"""The same clip with other lips: the own-mouth engine as a maker of conditions for the generator.

A generator that is shown the untouched clip learns to copy it, as EditYourself and SyncAnyone report. Shown a clip whose mouth this
engine has changed, with the untouched one as its target, it has to make the mouth, and artefacts stay on the input's side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.adaptation.clips import GeneratorClip, Words, encode_pictures
from core.appearance.crops import crop_affines, to_crop, warp_crop
from core.face_geometry.canonical_face import normalise
from core.face_geometry.measures import eye_distance
from core.face_geometry.pose import head_pose
from core.face_geometry.track import FaceTrack, PersonId, TrackId
from core.lip_engine import LipChunk, LipEngine, LipRequest, LipSettings
from core.motion.shape import PersonRange, ShapeModel
from core.motion.style import PersonStyle
from core.own_mouth.target import OwnSpeech, Voiced
from core.speech.whisper import whisper_ear

EYES_IN_CROP = 0.6  # eye-corner distance over a crop's side, see `core.appearance.crops`
_RATE = 16000


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Consecutive frames of one person, one of several that are laid one after another into a `Footage`.

    Attributes:
        pictures: F pictures (H, W, 3) uint8 RGB.
        landmarks: (F, 468, 3) float32 in their pixels, smoothed.
        quality: (F,) float32.
        times: (F,) float64 seconds on the clock of `voice`.
        voice: (N,) float32 mono 16 kHz, what is said in it.
    """

    pictures: Sequence[np.ndarray]
    landmarks: np.ndarray
    quality: np.ndarray
    times: np.ndarray
    voice: np.ndarray


class Footage:
    """Stretches of one person as one film in memory: the `FrameSource` and tracks the own-mouth engine works on."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self.stretches = tuple(stretches)
        self._pictures = [picture for stretch in stretches for picture in stretch.pictures]
        self.tracks: list[FaceTrack] = []
        first = 0
        for number, stretch in enumerate(stretches):
            points = stretch.landmarks
            self.tracks.append(
                FaceTrack(
                    TrackId(number),
                    PersonId("P1"),
                    number,
                    first,
                    np.concatenate([points[:, :, :2].min(1), points[:, :, :2].max(1)], axis=1),
                    points,
                    head_pose(points),
                    stretch.quality,
                )
            )
            first += len(stretch.pictures)

    @property
    def frame_count(self) -> int:
        """Frames of all stretches."""
        return len(self._pictures)

    def rgb(self, frame: int) -> np.ndarray:
        """See `FrameSource`."""
        return self._pictures[frame]

    def with_words_of(self, engine: LipEngine, number: int, voice: np.ndarray, seed: int) -> list[np.ndarray]:
        """Stretch `number` saying `voice` ((N,) float32 mono 16 kHz from its first frame on); any frame may lend."""
        times = self.stretches[number].times
        return self._rendered(engine, number, range(len(self.tracks)), times - times[0], voice, seed)

    def with_own_words(self, engine: LipEngine, number: int, seed: int) -> list[np.ndarray]:
        """Stretch `number` made anew out of the *other* stretches; `engine` must know its true motion (`OwnWords`)."""
        others = [i for i in range(len(self.tracks)) if i != number]
        stretch = self.stretches[number]
        return self._rendered(engine, number, others, stretch.times, stretch.voice, seed)

    def _rendered(
        self,
        engine: LipEngine,
        number: int,
        donors: Sequence[int],
        times: np.ndarray,
        voice: np.ndarray,
        seed: int,
    ) -> list[np.ndarray]:
        track = self.tracks[number]
        request = LipRequest(
            source=self,
            track=track,
            library=tuple(self.tracks[i] for i in donors),
            frames=track.frames,
            times=times,
            library_times=tuple(self.stretches[i].times for i in donors),
            voice=voice,
            original_voice=None,
            settings=LipSettings(silence="model", seed=seed),
        )
        return [
            picture for chunk in engine.render(request, track.first_frame) for picture in laid_in(self, chunk)
        ]


class OwnWords:
    """`MotionSource`: the true motion of one stretch, so that an engine makes again what was really said."""

    id = "own-words"

    def __init__(self, stretch: Stretch, model: ShapeModel) -> None:
        self._times = stretch.times
        self._coefs = model.encode(stretch.landmarks)

    def voiced(self, request: LipRequest, person: PersonRange, style: PersonStyle | None = None) -> Voiced:
        """See `MotionSource`; the true motion has its contacts in itself."""
        times = request.times
        rows = np.stack([np.interp(times, self._times, column) for column in self._coefs.T], axis=1)
        return Voiced(
            rows.astype(np.float32), np.ones(len(times), np.float32), np.zeros(len(times), np.float32)
        )

    def style(self, speech: OwnSpeech, person: PersonRange) -> None:
        """None: this is the person's own motion already."""


def laid_in(source: Footage, chunk: LipChunk) -> list[np.ndarray]:
    """The whole pictures of `chunk` with its crops in them; these lie on whole pixels and equal the film at their edge."""
    made = []
    for i, (crop, affine) in enumerate(zip(chunk.crops, chunk.affines, strict=True)):
        picture = source.rgb(chunk.first_frame + i).copy()
        x, y = round(float(affine[0, 2])), round(float(affine[1, 2]))
        x0, y0 = max(x, 0), max(y, 0)
        x1, y1 = min(x + crop.shape[1], picture.shape[1]), min(y + crop.shape[0], picture.shape[0])
        old = picture[y0:y1, x0:x1].astype(np.float32)
        new = crop[y0 - y : y1 - y, x0 - x : x1 - x]
        picture[y0:y1, x0:x1] = np.clip(old + chunk.weights[i] * (new - old) + 0.5, 0, 255)
        made.append(picture)
    return made


def shrunk(stretch: Stretch, eyes_apart: float) -> Stretch:
    """`stretch` cut around its face and made smaller until the outer eye corners are at most `eyes_apart` pixels apart.

    Work and memory then depend on the crops that are wanted, not on the film.
    """
    points = stretch.landmarks
    eyes = float(np.median(eye_distance(points)))
    low, high = points[:, :, :2].min(axis=(0, 1)), points[:, :, :2].max(axis=(0, 1))
    margin = 0.6 * float(np.max(points[:, :, 1].max(1) - points[:, :, 1].min(1)))
    x0, y0 = (max(int(v - margin), 0) for v in low)
    x1, y1 = (int(v + margin) for v in high)
    factor = min(1.0, eyes_apart / max(eyes, 1e-6))
    pictures = []
    for picture in stretch.pictures:
        part = picture[y0:y1, x0:x1]
        if factor < 1:
            size = (max(round(part.shape[1] * factor), 1), max(round(part.shape[0] * factor), 1))
            part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        pictures.append(np.ascontiguousarray(part))
    moved = points - np.array([x0, y0, 0], np.float32)
    if factor < 1:  # pixel centres lie at integers
        moved = moved * np.float32(factor)
        moved[:, :, :2] += np.float32((factor - 1) / 2)
    return replace(stretch, pictures=pictures, landmarks=moved.astype(np.float32))


def aligned_clip(
    stretch: Stretch, versions: Sequence[tuple[Words, Sequence[np.ndarray]]], person: str, size: int
) -> GeneratorClip:
    """The clip of `stretch`, its pictures and those of its `versions` cut alike."""
    step = float(np.median(np.diff(stretch.times)))
    affines = crop_affines(stretch.landmarks, size, frame_seconds=step)

    def crops(pictures: Sequence[np.ndarray]) -> tuple[bytes, ...]:
        return encode_pictures([warp_crop(p, a, size) for p, a in zip(pictures, affines, strict=True)])

    # Sound is kept from half a second before to half a second after, on a clock of its own.
    start = max(float(stretch.times[0]) - 0.5, 0.0)
    voice = stretch.voice[round(start * _RATE) : round((float(stretch.times[-1]) + 0.5) * _RATE)]
    return GeneratorClip(
        person=person,
        may_train=True,
        times=stretch.times - start,
        crops=crops(stretch.pictures),
        altered=tuple(crops(pictures) for _, pictures in versions),
        words=tuple(words for words, _ in versions),
        landmarks=to_crop(stretch.landmarks, affines),
        rotation=crop_rotations(stretch.landmarks, affines),
        speech=whisper_ear().features(voice).astype(np.float16),
        voice=np.rint(np.clip(voice, -1, 1) * 32767).astype(np.int16),
        size=size,
    )


def crop_rotations(landmarks: np.ndarray, affines: np.ndarray) -> np.ndarray:
    """(F, 3, 3) float32 from the mean face's axes to the crop's, of (F, 468, 3) landmarks and their crops' affines."""
    turn = np.tile(np.eye(3), (len(affines), 1, 1))
    turn[:, :2, :2] = affines[:, :, :2] / np.linalg.norm(affines[:, 0, :2], axis=1)[:, None, None]
    return (turn @ normalise(landmarks).rotation).astype(np.float32)
