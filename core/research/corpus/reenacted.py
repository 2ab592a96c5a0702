"""The re-enacted family: clips of tracked stills and films that may be trained on, saying words with known times.

A still gives an exact pair of takes: other words, everything else the same. A film gives the pair and two more clips: as
it was shot, with its own voice, and with the mouth shut; condition and target of the mouth-altered pairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.adaptation.altered import Footage, Stretch, shrunk
from core.base.errors import MediaError
from core.face_geometry.measures import eye_distance
from core.face_geometry.pose import head_pose
from core.faces.smoothing import smooth_landmarks
from core.research.corpus.clips import FPS, SOUND_RATE, Clip, mouth_mask, speech_of
from core.research.corpus.real import frames_of
from core.research.corpus.reenact import Performer, still_in_motion
from core.research.corpus.splits import Item, is_open
from core.research.corpus.visemes import PARAMETERS, viseme_curves

EYES_IN_CROP = 0.29  # outer eye corners' distance over the side of a clip's picture
_SPARE = 1.3  # the film is worked on this much finer than the clip needs
_MOST_YAW = 40.0
_LEAST_QUALITY = 0.5
_BORROWED_FRAMES = 200  # of the same film after the clip: eight seconds show most of a person's mouths
_LEAST_EYES = 40.0  # pixels between the outer eye corners: smaller mouths have no shape to keep


@dataclass(frozen=True, slots=True)
class TrackedFile:
    """One face tracked by `core.research.corpus.real`: its file and its rights."""

    path: Path
    item: Item
    is_still: bool


def tracked_files(folder: Path) -> tuple[TrackedFile, ...]:
    """What of ``folder/{stills,train}`` may be re-enacted: allowed, under an open licence, large and frontal enough.

    Raises:
        MediaError: the folder holds nothing of it.
    """
    found = []
    for path in sorted([*(folder / "stills").glob("*__0.npz"), *(folder / "train").glob("single__*__0.npz")]):
        with np.load(path) as data:
            landmarks, pose = data["landmarks"], data["pose"]
            licence, person = str(data["licence"]), str(data["person"])
            allowed = bool(data["allowed"]) and is_open(licence)
            quality = float(np.median(data["quality"]))
        eyes = float(np.median(eye_distance(landmarks)))
        frontal = float(np.median(np.abs(pose[:, 0]))) <= _MOST_YAW
        if allowed and frontal and eyes >= _LEAST_EYES and quality >= _LEAST_QUALITY:
            item = Item(path.stem, person, licence, training_allowed=True)
            found.append(TrackedFile(path, item, path.stem.startswith("stills")))
    if not found:
        raise MediaError(
            f"{folder} holds no tracked footage to re-enact.",
            hint="Make it with “python -m core.research.corpus.real MEDIA OUT”.",
        )
    return tuple(found)


def reenacted_clips(source: TrackedFile, seed: int, frames: int, size: int) -> Iterator[tuple[Clip, Item]]:
    """The clips of one person, at most `frames` long: takes 0 and 1, and of a film also ``shut`` and ``true``."""
    stretch, donor, own_voice = _stretches(source, seed, frames, size)
    footage = Footage([stretch, *donor])
    performer = Performer(footage, seed)
    count = len(stretch.pictures)
    times = (np.arange(count) + 0.5) / FPS
    window = _crop_of(stretch.landmarks, stretch.pictures[0], size)
    articulation = float(np.random.default_rng([seed, 703]).uniform(0.8, 1.15))

    def clip(take: str, made: tuple[list[np.ndarray], np.ndarray], **of_take: object) -> tuple[Clip, Item]:
        pictures, points = made
        points = points.copy()
        points[..., :2] = points[..., :2] @ window[:, :2].T + window[:, 2]
        points[..., 2] *= window[0, 0]
        cut = np.stack([_cropped(picture, window, size) for picture in pictures])
        name = f"reenacted-{source.path.stem.partition('__')[2].removesuffix('__0')}-{take}".replace(".", "_")
        voice, facts = of_take["voice"], {"light": "photograph", "yaw": float(np.median(pose[:, 0]))}
        made_clip = Clip(
            name,
            source.item.person,
            "reenacted",
            cut,
            times,
            points,
            pose,
            of_take["visemes"],
            np.stack([mouth_mask(p, size) for p in points]),
            np.zeros((count, size, size), np.uint8),
            voice,
            of_take["phones"],
            of_take["text"],
            {**facts, **of_take["facts"]},
        )
        return made_clip, Item(name, source.item.person, source.item.licence, source.item.training_allowed)

    pose = head_pose(stretch.landmarks)
    for take in (0, 1):
        said = speech_of(seed, take, count / FPS)
        curves = viseme_curves(said.phones, times, articulation=articulation)
        yield clip(
            str(take),
            performer.play(0, curves.values, seed=0),
            voice=said.samples[: round(count / FPS * SOUND_RATE)],
            phones=tuple(p for p in said.phones if p.start < count / FPS),
            text=said.text,
            visemes=curves.values,
            facts={"voice": said.voice.id, "language": said.voice.language, "take": str(take)},
        )
    if source.is_still:
        return
    nothing = {"phones": (), "text": ""}
    shut = np.zeros((count, len(PARAMETERS)), np.float32)
    silence = np.zeros(round(count / FPS * SOUND_RATE), np.float32)
    yield clip(
        "shut",
        performer.play(0, shut),
        voice=silence,
        visemes=shut,
        facts={"language": "none", "take": "shut"},
        **nothing,
    )
    unknown = np.full_like(shut, np.nan)
    yield clip(
        "true",
        (list(stretch.pictures), stretch.landmarks),
        voice=own_voice,
        visemes=unknown,
        facts={"language": "unknown", "take": "true"},
        **nothing,
    )


def _stretches(
    source: TrackedFile, seed: int, frames: int, size: int
) -> tuple[Stretch, list[Stretch], np.ndarray]:
    """The footage at 25 fps and about the clip's size, more of it that lends mouths, and its voice (N,) at 16 kHz."""
    eyes = _SPARE * EYES_IN_CROP * size
    with np.load(source.path) as data:
        video = Path(str(data["video_path"]))
        numbers, times = data["frame_numbers"], data["times"]
        landmarks, quality, sound = data["landmarks"], data["quality"], data["audio"]
    silent = np.zeros(0, np.float32)
    if source.is_still:
        picture = next(frames_of(video))[1]
        still = shrunk(Stretch([picture], landmarks[:1], quality[:1], np.zeros(1), silent), eyes)
        return still_in_motion(still.pictures[0], still.landmarks[0], frames, seed), [], silent
    smooth = smooth_landmarks(landmarks)
    rows = rows_at_25(times)
    shown, borrowed = rows[:frames], rows[frames : frames + _BORROWED_FRAMES]
    wanted = {int(numbers[row]) for row in (*shown, *borrowed)}
    decoded: dict[int, np.ndarray] = {}
    for number, (_, rgb) in enumerate(frames_of(video)):
        if number in wanted:
            decoded[number] = rgb
        if number >= max(wanted):
            break

    def stretch(of: np.ndarray) -> Stretch:
        pictures = [decoded[int(numbers[row])] for row in of]
        clock = (np.arange(len(of)) + 0.5) / FPS
        return shrunk(Stretch(pictures, smooth[of], quality[of], clock, silent), eyes)

    own = np.zeros(round(len(shown) / FPS * SOUND_RATE), np.float32)
    first = round(float(times[shown[0]]) * SOUND_RATE)
    part = sound[first : first + len(own)].astype(np.float32) / 32768
    own[: len(part)] = part
    return stretch(shown), [stretch(borrowed)] if len(borrowed) else [], own


def rows_at_25(times: np.ndarray) -> np.ndarray:
    """Rows of a track whose frames are shown when 25 pictures a second, the first one's middle at 20 ms, are taken."""
    if len(times) < 2:
        return np.zeros(1, int)
    interval = float(np.median(np.diff(times)))
    count = max(int((times[-1] - times[0] + interval) * FPS), 1)
    moments = times[0] + (np.arange(count) + 0.5) / FPS - 1e-6
    return np.clip(np.searchsorted(times, moments, side="right") - 1, 0, len(times) - 1)


def _crop_of(landmarks: np.ndarray, picture: np.ndarray, size: int) -> np.ndarray:
    """(2, 3) float32 picture → clip: one square inside the picture for the whole clip, so the head moves as it did."""
    height, width = picture.shape[:2]
    eyes = float(np.median(eye_distance(landmarks)))
    low, high = landmarks[..., :2].min(axis=(0, 1)), landmarks[..., :2].max(axis=(0, 1))
    side = min(max(eyes / EYES_IN_CROP, float(np.max(high - low)) * 1.15), width - 2.0, height - 2.0)
    scale = size / side
    half, limit = side / 2, np.array([width, height]) - 1.0
    centre = np.clip((low + high) / 2 - np.array([0.0, 0.04 * side]), half, limit - half)
    shift = size / 2 - scale * (centre + 0.5)
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)


def _cropped(picture: np.ndarray, window: np.ndarray, size: int) -> np.ndarray:
    """(size, size, 3); shrinking by more than the filter sees is done by area first."""
    softened = picture
    if window[0, 0] < 0.9:
        softened = cv2.GaussianBlur(picture, (0, 0), 0.42 * (1 / float(window[0, 0]) - 0.5))
    return cv2.warpAffine(
        softened, window, (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
