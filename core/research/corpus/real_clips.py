"""Tracked footage as clips of the corpus: measured, judged by stated rules, cut to aligned crops at 25 fps.

The originals stay where they are, at their own rate and size; each clip names its file, its hash and its frames.
"""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from core.appearance.crops import crop_affines, warp_crop
from core.base.content_hash import quick_hash
from core.base.errors import MediaError
from core.face_geometry.measures import eye_distance
from core.face_geometry.track import FaceTrack, PersonId, TrackId
from core.faces.smoothing import smooth_landmarks
from core.research.corpus.clips import FPS, SOUND_RATE, Clip, mouth_mask
from core.research.corpus.real import frames_of
from core.research.corpus.reenacted import rows_at_25
from core.research.corpus.splits import Item
from core.research.corpus.store import INDEX_NAME, StoredItem, write_json, write_shard
from core.research.corpus.visemes import PARAMETERS
from core.scorer.score import SyncScorer
from core.speech.voice_activity import speech_probability

logger = logging.getLogger(__name__)

CLIP_FRAMES = 250  # ten seconds: longer tracks become several clips
_FILES_PER_SHARD = 16
_MARGIN = 0.15  # of the crop: hair, chin and neck around the aligned face


@dataclass(frozen=True, slots=True)
class Rules:
    """What a clip must have. Every refusal names one of these.

    Attributes:
        frames: at 25 fps.
        eyes: pixels between the outer eye corners.
        yaw: degrees, median of the turn to either side.
        quality: the mesh's confidence, median.
        sharpness: see `sharpness_of`.
        speech: share of the time in which somebody is heard.
        sync: confidence of the scorer that the voice fits these lips at the offset it found.
        most_shift_ms: farther apart than this, the fit is more likely a chance one with somebody else's voice.
        shift_ms: sound later or earlier than this is moved; less is within what the scorer can tell.
    """

    frames: int = 25
    eyes: float = 32.0
    yaw: float = 50.0
    quality: float = 0.5
    sharpness: float = 0.02
    speech: float = 0.2
    sync: float = 0.5
    most_shift_ms: float = 320.0
    shift_ms: float = 30.0


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of one track; `offset_ms` is positive when the sound is late, NaN when nothing could be told."""

    frames: int
    eyes: float
    yaw: float
    quality: float
    sharpness: float
    speech: float
    offset_ms: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """`refused`: why the clip is left out, empty when it is taken; `shift_ms`: how much earlier its sound is made."""

    refused: str
    shift_ms: float = 0.0


def judge(measures: Measures, rules: Rules) -> Verdict:
    """The rules, in order; the first that is broken is the reason."""
    for broken, reason in (
        (measures.frames < rules.frames, "too short"),
        (measures.eyes < rules.eyes, "face too small"),
        (measures.yaw > rules.yaw, "turned too far"),
        (measures.quality < rules.quality, "not surely a face"),
        (measures.sharpness < rules.sharpness, "blurred"),
        (measures.speech < rules.speech, "hardly any speech"),
        (not measures.confidence >= rules.sync, "voice does not fit the lips"),
        (abs(measures.offset_ms) > rules.most_shift_ms, "sound too far from the lips"),
    ):
        if broken:
            return Verdict(reason)
    return Verdict("", measures.offset_ms if abs(measures.offset_ms) >= rules.shift_ms else 0.0)


def sharpness_of(crops: np.ndarray) -> float:
    """Median over frames of the crops' (F, S, S, 3) finest contrast: mean |Laplacian| over mean brightness."""
    values = []
    for crop in crops:
        grey = crop.mean(axis=2).astype(np.float32)
        values.append(float(np.abs(cv2.Laplacian(grey, cv2.CV_32F)).mean() / (grey.mean() + 4)))
    return float(np.median(values))


class _Held:
    """The pictures of one track in memory, as the scorer reads them."""

    def __init__(self, pictures: list[np.ndarray]) -> None:
        self._pictures = pictures

    @property
    def frame_count(self) -> int:
        return len(self._pictures)

    def rgb(self, frame: int) -> np.ndarray:
        return self._pictures[frame]


@dataclass(frozen=True, slots=True)
class Refused:
    """A clip that was left out, why, and what was measured of it."""

    name: str
    reason: str
    measures: Measures


def real_clips(
    path: Path, size: int, scorer: SyncScorer, rules: Rules | None = None
) -> Iterator[tuple[Clip, Item] | Refused]:
    """The clips of one file of `core.research.corpus.real`, taken or refused."""
    rules = rules or Rules()
    with np.load(path) as data:
        video, numbers = Path(str(data["video_path"])), data["frame_numbers"]
        landmarks, quality, pose = smooth_landmarks(data["landmarks"]), data["quality"], data["pose"]
        times, sound = data["times"], data["audio"].astype(np.float32) / 32768
        person, licence, allowed = str(data["person"]), str(data["licence"]), bool(data["allowed"])
    rows = rows_at_25(times)
    for part, first in enumerate(range(0, len(rows), CLIP_FRAMES)):
        chosen = rows[first : first + CLIP_FRAMES]
        name = f"real-{path.stem}-{part}".replace(".", "_")
        pictures = _pictures(video, numbers[chosen])
        points = landmarks[chosen]
        affines = crop_affines(points, round(size * (1 - 2 * _MARGIN)), margin=round(size * _MARGIN))
        crops = np.stack([warp_crop(p, a, size) for p, a in zip(pictures, affines, strict=True)])
        start = float(times[chosen[0]])
        voice = _heard(sound, start, len(chosen))
        measures = _measured(crops, pictures, points, quality[chosen], pose[chosen], voice, scorer)
        verdict = judge(measures, rules)
        if verdict.refused:
            yield Refused(name, verdict.refused, measures)
            continue
        if verdict.shift_ms:
            voice = _heard(sound, start + verdict.shift_ms / 1000, len(chosen))
        placed = np.concatenate(
            [
                np.einsum("fij,fnj->fni", affines[:, :, :2], points[..., :2]) + affines[:, None, :, 2],
                points[..., 2:] * np.linalg.norm(affines[:, 0, :2], axis=1)[:, None, None],
            ],
            axis=2,
        ).astype(np.float32)
        nothing = np.zeros((len(chosen), size, size), np.uint8)
        clip = Clip(
            name,
            person,
            "real",
            crops,
            (np.arange(len(chosen)) + 0.5) / FPS,
            placed,
            pose[chosen].astype(np.float32),
            np.full((len(chosen), len(PARAMETERS)), np.nan, np.float32),
            np.stack([mouth_mask(p, size) for p in placed]),
            nothing,
            voice,
            (),
            "",
            {
                "light": "photograph",
                "language": "unknown",
                "yaw": float(np.median(pose[chosen, 0])),
                "eyes": round(measures.eyes, 1),
                "sharpness": round(measures.sharpness, 4),
                "offset_ms": round(measures.offset_ms, 1),
                "confidence": round(measures.confidence, 3),
                "shifted_ms": round(verdict.shift_ms, 1),
                "original": video.name,
                "original_hash": quick_hash(video),
                "original_first": int(numbers[chosen[0]]),
                "original_last": int(numbers[chosen[-1]]),
                "original_fps": round(1 / max(float(np.median(np.diff(times))), 1e-3), 3),
            },
        )
        yield clip, Item(name, person, licence, allowed)


def _pictures(video: Path, numbers: np.ndarray) -> list[np.ndarray]:
    wanted, found = set(numbers.tolist()), {}
    for number, (_, rgb) in enumerate(frames_of(video)):
        if number in wanted:
            found[number] = rgb
        if number >= numbers[-1]:
            break
    return [found[int(number)] for number in numbers]


def _heard(sound: np.ndarray, start: float, frames: int) -> np.ndarray:
    """(N,) float32: the sound from `start` seconds on over `frames` at 25 fps, silence where there is none."""
    voice = np.zeros(round(frames / FPS * SOUND_RATE), np.float32)
    first = round(start * SOUND_RATE)
    part = sound[max(first, 0) : max(first + len(voice), 0)]
    voice[max(-first, 0) : max(-first, 0) + len(part)] = part
    return voice


def _measured(
    crops: np.ndarray,
    pictures: list[np.ndarray],
    points: np.ndarray,
    quality: np.ndarray,
    pose: np.ndarray,
    voice: np.ndarray,
    scorer: SyncScorer,
) -> Measures:
    flat = points[..., :2]
    track = FaceTrack(
        TrackId(0),
        PersonId("P1"),
        0,
        0,
        np.concatenate([flat.min(axis=1), flat.max(axis=1)], axis=1),
        points,
        pose.astype(np.float32),
        quality.astype(np.float32),
    )
    offset, confidence = float("nan"), 0.0
    probability = speech_probability(voice)
    speech = float((probability > 0.5).mean()) if len(probability) else 0.0
    if speech > 0 and len(points) >= FPS:
        faces = scorer.embed_faces(_Held(pictures), track, np.arange(len(points)) / FPS)
        curve = scorer.score(faces, scorer.embed_speech(voice))
        if np.isfinite(curve.offset_ms):
            offset, confidence = float(curve.offset_ms), float(curve.offset_confidence)
    eyes = eye_distance(points)
    return Measures(
        len(points),
        float(np.median(eyes)),
        float(np.median(np.abs(pose[:, 0]))),
        float(np.median(quality)),
        sharpness_of(crops),
        speech,
        offset,
        confidence,
    )


def import_footage(
    tracked: Path,
    out: Path,
    *,
    size: int = 256,
    rules: Rules | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[tuple[StoredItem, ...], tuple[Refused, ...]]:
    """Makes ``out/real-*.tar``, ``out/corpus.json`` and ``out/refused.json`` of tracked films.

    Args:
        tracked: as `core.research.corpus.real` makes it; its ``train`` and ``test`` parts are read.
        out: made when missing; finished shards are kept.
        size: side of the crops in pixels.
        rules: what a clip must have.
        on_progress: is told how many files of how many are done.

    Raises:
        MediaError: there are no tracked films.
    """
    files = sorted([*(tracked / "train").glob("*.npz"), *(tracked / "test").glob("*.npz")])
    if not files:
        raise MediaError(
            f"{tracked} holds no tracked films.", hint="Give “unisync lab corpus import” a media folder."
        )
    out.mkdir(parents=True, exist_ok=True)
    scorer = SyncScorer.load("A")
    stored: list[StoredItem] = []
    refused: list[Refused] = []
    for number, first in enumerate(range(0, len(files), _FILES_PER_SHARD)):
        shard = out / f"real-{number:04d}.tar"
        note = out / f"real-{number:04d}.lines.json"
        if not (shard.exists() and note.exists()):
            left_out: list[Refused] = []
            batch = files[first : first + _FILES_PER_SHARD]
            lines = write_shard(shard, _taken(batch, size, scorer, rules, left_out))
            write_json(note, {"lines": [asdict(x) for x in lines], "refused": [asdict(x) for x in left_out]})
        about = json.loads(note.read_text("utf-8"))
        stored += [StoredItem(**{**line, "item": Item(**line["item"])}) for line in about["lines"]]
        refused += [Refused(x["name"], x["reason"], Measures(**x["measures"])) for x in about["refused"]]
        if on_progress is not None:
            on_progress(min(first + _FILES_PER_SHARD, len(files)), len(files))
    write_json(out / INDEX_NAME, [asdict(line) for line in stored])
    write_json(out / "refused.json", [asdict(line) for line in refused])
    return tuple(stored), tuple(refused)


def _taken(
    files: Sequence[Path], size: int, scorer: SyncScorer, rules: Rules | None, left_out: list[Refused]
) -> Iterator[tuple[Clip, Item]]:
    for path in files:
        for made in real_clips(path, size, scorer, rules):
            if isinstance(made, Refused):
                left_out.append(made)
                logger.info("%s left out: %s", made.name, made.reason)
            else:
                yield made
