"""The clips of the suites as files: cut from footage, rendered, drawn or set in motion, and spoiled, before the program sees them."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from core.adaptation.altered import Footage, Stretch, shrunk
from core.base.errors import MediaError, SettingsError
from core.faces.analysis import analyse
from core.faces.detector import FaceDetector
from core.faces.mesh import FaceMesh
from core.media.audio import read_analysis
from core.media.info import VideoStreamInfo
from core.media.probe import probe
from core.media.reader import VideoReader
from core.research.benchmark.suite_cases import Case
from core.research.corpus.clips import FPS, SOUND_RATE, HeadActor, speech_of
from core.research.corpus.conditions import CONDITIONS
from core.research.corpus.performance import perform, smooth_noise
from core.research.corpus.reenact import Performer, still_in_motion
from core.research.corpus.speech import VOICES, Speech
from core.research.corpus.stylised import draw_character
from core.research.corpus.visemes import viseme_curves

_SIDE = 512  # pixels of rendered and drawn pictures
_STILL_EYES = 110.0  # eye-corner distance in pixels to which stills are shrunk at most
_FIRST_SEED = 4000  # of the suites' rendered people, away from every training corpus
_SPEAKERS = tuple(voice for voice in VOICES if voice.id.startswith("espeak"))  # what the program itself needs


@dataclass(frozen=True, slots=True, eq=False)
class _Shot:
    """Pictures one after another with their face's landmarks (F, 468, 3), their rate and sound (N,) at 16 kHz."""

    pictures: Iterable[np.ndarray]
    landmarks: np.ndarray
    rate: Fraction
    sound: np.ndarray


def case_film(case: Case, media: Path, folder: Path, cache: Path | None = None) -> Path:
    """The file of a case in `folder`, made if it is not there.

    Args:
        case: which.
        media: the folder with ``test``, ``stills`` and ``voices``.
        folder: finished clips are kept here.
        cache: folder of face analyses; the user's by default.

    Raises:
        SettingsError: the media folder lacks a file.
        MediaError: a file cannot be read, or a still shows no face.
    """
    target = folder / f"{case.name}.mkv"
    if target.is_file():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    shot = _shot_of(case, media, cache)
    pictures = shot.pictures
    if case.spoil:
        pictures = CONDITIONS[case.spoil](pictures, shot.landmarks)
    write_clip(target, pictures, shot.rate, shot.sound if len(shot.sound) else None)
    return target


def voice_of(case: Case, media: Path) -> np.ndarray:
    """(N,) float32 16 kHz of the case's dub."""
    return read_analysis(_file(media, f"voices/{case.voice}"))


def _file(media: Path, name: str) -> Path:
    path = media / name
    if not path.is_file():
        raise SettingsError(
            f"The media folder {media} has no “{name}”, which the suite's list names.",
            hint="Name the folder that holds test, stills and voices with --media.",
        )
    return path


def _shot_of(case: Case, media: Path, cache: Path | None) -> _Shot:
    kind, _, rest = case.footage.partition(":")
    if kind == "head":
        seed, _, yaw = rest.partition(":")
        return _head(int(seed), float(yaw or 0), case.seconds)
    if kind == "drawn":
        style, _, seed = rest.partition(":")
        return _drawn(style, int(seed), case.seconds)
    path = _file(media, case.footage)
    if path.suffix in (".jpg", ".png"):
        return _animal(path, case) if case.placed is not None else _still(path, case)
    return _cut(path, case, cache)


def _cut(path: Path, case: Case, cache: Path | None) -> _Shot:
    """A stretch of a film."""
    info = probe(path)
    video: VideoStreamInfo | None = info.video
    if video is None:
        raise MediaError(f"“{path}” has no video stream.")
    analysis = analyse(path, cache=cache)
    first = int(np.searchsorted(analysis.times, case.start - 1e-6))
    count = int(np.searchsorted(analysis.times, case.start + case.seconds - 1e-6)) - first
    frames = range(first, first + count)
    tracks = [t for t in analysis.tracks if t.first_frame <= first and t.end_frame >= frames.stop]
    landmarks = np.zeros((count, 468, 3), np.float32)
    if tracks:
        track = max(tracks, key=lambda t: float(np.median(t.boxes[:, 3] - t.boxes[:, 1])))
        landmarks = np.asarray(track.landmarks[track.index_of(first) : track.index_of(frames[-1]) + 1])
    elif case.spoil:
        raise MediaError(
            f"No face goes through seconds {case.start:g} to {case.start + case.seconds:g} of {path}."
        )
    sound = np.zeros(0, np.float32)
    if info.has_audio:
        begin = round(float(analysis.times[first]) * SOUND_RATE)
        sound = read_analysis(path)[begin : begin + round(case.seconds * SOUND_RATE)]

    def pictures() -> Iterator[np.ndarray]:
        with VideoReader(path) as reader:
            for frame in frames:
                yield reader.rgb(frame)

    interval = float(np.median(np.diff(analysis.times[first : frames.stop])))
    return _Shot(pictures(), landmarks, Fraction(round(1000 / interval), 1000), sound)


def _head(seed: int, yaw: float, seconds: float) -> _Shot:
    """A rendered head that speaks, turned by `yaw` degrees."""
    frames = round(seconds * FPS)
    actor = HeadActor(_FIRST_SEED + seed, size=_SIDE, max_yaw=0.0)
    actor.scene = replace(actor.scene, yaw=yaw)
    clip = actor.perform(_speech(seed, seconds), frames, f"head-{seed}")
    return _Shot(clip.frames, clip.landmarks, Fraction(FPS), clip.voice)


def _drawn(style: str, seed: int, seconds: float) -> _Shot:
    """A drawn character that speaks; it has no landmarks."""
    frames = round(seconds * FPS)
    times = (np.arange(frames) + 0.5) / FPS
    said = _speech(seed, seconds)
    curves = viseme_curves(said.phones, times, articulation=1.1).values
    moments = perform((), times, seed, liveliness=0.6)
    pictures = [draw_character(style, seed, v, m, _SIDE) for v, m in zip(curves, moments, strict=True)]
    return _Shot(
        pictures, np.zeros((frames, 468, 3), np.float32), Fraction(FPS), _first(said.samples, seconds)
    )


def _still(path: Path, case: Case) -> _Shot:
    """A portrait set in motion that speaks."""
    picture = _read(path)
    found = FaceDetector()(picture)
    if not found:
        raise MediaError(f"No face was found in {path}.")
    marks = FaceMesh().first(picture, found[0]).landmarks[None].astype(np.float32)
    nothing = np.zeros(0, np.float32)
    still = shrunk(Stretch([picture], marks, np.ones(1, np.float32), np.zeros(1), nothing), _STILL_EYES)
    frames, seed = round(case.seconds * FPS), sum(map(ord, path.stem))
    moving = still_in_motion(still.pictures[0], still.landmarks[0], frames, seed)
    said = _speech(seed, case.seconds)
    curves = viseme_curves(said.phones, (np.arange(frames) + 0.5) / FPS)
    pictures, points = Performer(Footage([moving]), seed).play(0, curves.values)
    return _Shot(pictures, points, Fraction(FPS), _first(said.samples, case.seconds))


def _animal(path: Path, case: Case) -> _Shot:
    """A picture without a human face under a camera that sways a little; nothing in it speaks."""
    picture = _read(path)
    scale = min(_SIDE / min(picture.shape[:2]), 1.0)
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    frames = round(case.seconds * FPS)
    times = (np.arange(frames) + 0.5) / FPS
    rng = np.random.default_rng([sum(map(ord, path.stem)), 803])
    height, width = picture.shape[:2]
    x, y, turn = (amount * smooth_noise(rng, times, 0.4) for amount in (0.006, 0.006, 0.5))
    x, y, turn = (
        x - x[0],
        y - y[0],
        turn - turn[0],
    )  # the mouth is placed in the first frame, which is the picture

    def pictures() -> Iterator[np.ndarray]:
        for i in range(frames):
            matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(turn[i]), 1.0)
            matrix[:, 2] += (x[i] * width, y[i] * width)
            yield cv2.warpAffine(
                picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
            )

    return _Shot(pictures(), np.zeros((frames, 468, 3), np.float32), Fraction(FPS), np.zeros(0, np.float32))


def _read(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB."""
    picture = cv2.imread(str(path))
    if picture is None:
        raise MediaError(f"The picture {path} cannot be read.")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def _speech(seed: int, seconds: float) -> Speech:
    return speech_of(_FIRST_SEED + seed, 0, seconds, _SPEAKERS)


def _first(samples: np.ndarray, seconds: float) -> np.ndarray:
    return samples[: round(seconds * SOUND_RATE)]


def write_clip(
    path: Path,
    pictures: Iterable[np.ndarray],
    rate: Fraction = Fraction(FPS),
    sound: np.ndarray | None = None,
) -> None:
    """Writes (H, W, 3) pictures as H.264 near to lossless beside uncompressed sound; the file appears when it is whole."""
    beside = path.with_name(path.stem + ".part.mkv")
    with av.open(str(beside), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "14", "preset": "veryfast"})
        stream.pix_fmt = "yuv420p"
        voice = (
            container.add_stream("pcm_s16le", rate=SOUND_RATE, layout="mono") if sound is not None else None
        )
        for number, picture in enumerate(pictures):
            height, width = (side // 2 * 2 for side in picture.shape[:2])
            if number == 0:
                stream.height, stream.width = height, width
            even = np.ascontiguousarray(picture[:height, :width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        container.mux(stream.encode(None))
        if voice is not None and sound is not None:
            samples = np.rint(np.clip(sound, -1, 1) * 32767).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.rate = SOUND_RATE
            container.mux(voice.encode(frame))
            container.mux(voice.encode(None))
    os.replace(beside, path)
