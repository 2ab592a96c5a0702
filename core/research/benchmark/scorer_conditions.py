"""Hard films for the scorers: real clips made dark, small or covered, and heads rendered turned away or in any language.

Every film is spoiled first and tracked afterwards: spoiling prepared crops would leave the landmarks as they were measured
on the clean picture, and flatter every scorer that sees landmarks. Films stay in a folder, so that a second run is quick.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from core.face_geometry.pose import head_pose
from core.research.corpus.occluders import occlude
from core.research.corpus.real import SPEECH_RATE, ClipTracker, frames_of
from core.research.training.scorer.clips import Clip, load_clip, read_offsets
from core.research.training.scorer.prepare import prepare_clip

logger = logging.getLogger(__name__)

SECONDS = 5.0
"""Of each real clip."""
RENDERED_FRAMES = 75
_SIDE = 2.4  # of the square around the face, in face widths
Spoil = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


def dark(frames: np.ndarray, landmarks: np.ndarray, seed: int) -> np.ndarray:
    """A tenth of the light, and a sensor's noise."""
    random = np.random.default_rng(seed)
    linear = (frames / 255.0) ** 2.2 * 0.1
    coded = 255 * linear ** (1 / 2.2)
    return np.clip(coded + random.normal(0, 5, frames.shape), 0, 255).astype(np.uint8)


def small(frames: np.ndarray, landmarks: np.ndarray, seed: int) -> np.ndarray:
    """The face as in a 360p film of a whole person: 60 pixels wide, strongly compressed."""
    side = round(60 * _SIDE / 2) * 2
    shrunk = [cv2.resize(frame, (side, side), interpolation=cv2.INTER_AREA) for frame in frames]
    coded = [cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 45])[1] for frame in shrunk]
    return np.stack([cv2.imdecode(data, cv2.IMREAD_COLOR) for data in coded])


def covered(frames: np.ndarray, landmarks: np.ndarray, seed: int) -> np.ndarray:
    """A microphone or a hand drifting near the mouth."""
    return occlude(frames, landmarks, ("microphone", "hand")[seed % 2], seed)[0]


def untouched(frames: np.ndarray, landmarks: np.ndarray, seed: int) -> np.ndarray:
    """The same square, coded and tracked like the others."""
    return frames


REAL: dict[str, Spoil] = {
    "as it is": untouched,
    "low light": dark,
    "360p": small,
    "partly covered": covered,
}
RENDERED = {"rendered, frontal": 0.0, "rendered, yaw +45°": 45.0, "rendered, yaw −45°": -45.0}


def real_conditions(tracked: Sequence[Path], offsets_of: Path, work: Path) -> dict[str, list[Clip]]:
    """The clips of each condition of `REAL`, made from tracked clips.

    Args:
        tracked: tracked clips' ``.npz`` (made by `core.research.corpus.real`).
        offsets_of: folder of the same clips prepared, for their known sound offsets.
        work: films and prepared clips are kept here.
    """
    offsets = read_offsets(offsets_of)
    tracker = ClipTracker()
    found: dict[str, list[Clip]] = {name: [] for name in REAL}
    for number, source in enumerate(tracked):
        offset = offsets.get(source.stem, 0.0)
        if offset is None:
            continue
        missing = [name for name in REAL if not (work / f"{_file(source.stem, name)}.npz").is_file()]
        if missing:
            frames, landmarks, times, voice = _square(source)
            for name in missing:
                spoiled = REAL[name](frames, landmarks, number)
                _keep(work, _file(source.stem, name), spoiled, times, voice, tracker)
        for name in REAL:
            path = work / f"{_file(source.stem, name)}.npz"
            if path.is_file():
                found[name].append(load_clip(path, offset))
    return found


def rendered_conditions(work: Path, people: int) -> dict[str, list[Clip]]:
    """Rendered heads that speak, of each condition of `RENDERED`; frontal ones of twice as many people."""
    from core.research.corpus.clips import FPS, HeadActor

    tracker = ClipTracker()
    found: dict[str, list[Clip]] = {}
    for name, yaw in RENDERED.items():
        for seed in range(1, (people if yaw else 2 * people) + 1):
            path = work / f"{_file(f'head{seed}', name)}.npz"
            language = path.with_suffix(".language")
            if not language.is_file():
                actor = HeadActor(9000 + seed, size=256, max_yaw=0.0)
                actor.scene = replace(actor.scene, yaw=yaw)
                clip = actor.play(0, RENDERED_FRAMES)
                times = np.arange(RENDERED_FRAMES) / FPS
                # The corpus' times are the middles of the frames.
                voice = np.rint(clip.voice[SPEECH_RATE // (2 * FPS) :] * 32767).astype(np.int16)
                _keep(work, path.stem, clip.frames, times, voice, tracker)
                language.write_text(str(clip.facts["language"]), encoding="utf-8")
            if path.is_file():
                found.setdefault(name, []).append(
                    replace(load_clip(path), person=language.read_text(encoding="utf-8"))
                )
    return found


def by_language(clips: Sequence[Clip], known: Sequence[str]) -> dict[str, list[Clip]]:
    """Rendered clips in the languages trained on, and in the others."""
    return {
        "rendered, languages trained on": [clip for clip in clips if clip.person in known],
        "rendered, other languages": [clip for clip in clips if clip.person not in known],
    }


def _file(stem: str, condition: str) -> str:
    signed = condition.replace("−", "minus").replace("+", "plus")  # left and right must not share their films
    word = "".join(letter for letter in signed if letter.isalnum())
    return f"{word}__{stem}"


def _square(source: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pictures (F, S, S, 3), landmarks in them, times and voice of the first seconds of a tracked clip."""
    with np.load(source) as data:
        count = int(np.searchsorted(data["times"] - data["times"][0], SECONDS))
        numbers, times = data["frame_numbers"][:count], data["times"][:count]
        landmarks, voice = data["landmarks"][:count].copy(), data["audio"]
        film = Path(str(data["video_path"]))
    flat = landmarks[..., :2].reshape(-1, 2)
    middle = (flat.min(axis=0) + flat.max(axis=0)) / 2
    side = float(np.median(np.ptp(landmarks[:, :, 0], axis=1))) * _SIDE
    side = round(max(side, float(np.ptp(flat, axis=0).max()) * 1.2) / 2) * 2
    wanted = set(numbers.tolist())
    pictures = []
    for number, (_, picture) in enumerate(frames_of(film)):
        if number in wanted:
            pictures.append(cv2.getRectSubPix(picture, (side, side), (float(middle[0]), float(middle[1]))))
        if number >= numbers[-1]:
            break
    landmarks[..., :2] -= middle - (side - 1) / 2
    landmarks = landmarks[: len(pictures)]
    frames = np.stack(pictures)
    if side > 512:  # more says nothing about the condition
        frames = np.stack([cv2.resize(frame, (512, 512), interpolation=cv2.INTER_AREA) for frame in frames])
        landmarks *= 512 / side
    return frames, landmarks, times[: len(pictures)], voice


def _keep(
    work: Path, name: str, frames: np.ndarray, times: np.ndarray, voice: np.ndarray, tracker: ClipTracker
) -> None:
    """Codes the film, tracks it, and prepares the longest face; a film in which none is found leaves nothing."""
    work.mkdir(parents=True, exist_ok=True)
    film = work / f"{name}.mp4"
    rate = Fraction(round(1000 * (len(times) - 1) / float(times[-1] - times[0])), 1000)
    _write_film(film, frames, rate)
    _, tracks = tracker(film)
    if not tracks:
        logger.warning("%s: no face found", name)
        return
    track = tracks[0]
    landmarks = np.stack(track.landmarks)
    part = work / ".tracked"
    part.mkdir(exist_ok=True)
    np.savez(
        part / f"{name}.npz",
        landmarks=landmarks,
        times=times[track.numbers],
        frame_numbers=np.array(track.numbers),
        quality=np.array(track.quality, np.float32),
        pose=head_pose(landmarks),
        video_path=str(film),
        person=name,
        audio=voice,
    )
    prepare_clip(part / f"{name}.npz", work)


def _write_film(path: Path, frames: np.ndarray, rate: Fraction) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "20", "preset": "veryfast"})
        stream.height, stream.width = (side // 2 * 2 for side in frames.shape[1:3])
        stream.pix_fmt = "yuv420p"
        for picture in _even(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def _even(frames: np.ndarray) -> Iterator[np.ndarray]:
    height, width = (side // 2 * 2 for side in frames.shape[1:3])
    for frame in frames:
        yield np.ascontiguousarray(frame[:height, :width])


def sound_conditions() -> dict[str, Callable[[Clip, np.random.Generator], Clip]]:
    """Ways to spoil a prepared clip's voice at 10 dB: white noise, four voices, and synthetic music."""

    def noise(clip: Clip, random: np.random.Generator) -> Clip:
        return _mixed(clip, random.normal(0, 1, len(clip.voice)))

    def babble(clip: Clip, random: np.random.Generator) -> Clip:
        voice = clip.voice.astype(np.float32)[::-1]
        return _mixed(clip, sum(np.roll(voice, int(at)) for at in random.integers(0, len(voice), 4)))

    def music(clip: Clip, random: np.random.Generator) -> Clip:
        return _mixed(clip, band(len(clip.voice), random))

    return {"noise 10 dB": noise, "babble 10 dB": babble, "music 10 dB": music}


def band(samples: int, random: np.random.Generator) -> np.ndarray:
    """(samples,) float of chords, bass and a hi-hat at 120 beats a minute, 16 kHz."""
    total = np.zeros(samples)
    beat = SPEECH_RATE // 2
    chords = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))
    for number, start in enumerate(range(0, samples, beat // 2)):
        length = min(beat, samples - start)
        time = np.arange(length) / SPEECH_RATE
        decay = np.exp(-4 * time)
        for note in (*chords[number // 8 % 4], -12 + chords[number // 8 % 4][0]):
            hertz = 261.6 * 2 ** (note / 12)
            for overtone in range(1, 6):
                phase = random.uniform(0, 2 * np.pi)
                total[start : start + length] += (
                    decay / overtone * np.sin(2 * np.pi * hertz * overtone * time + phase)
                )
        total[start : start + length] += 2 * np.exp(-60 * time) * random.normal(0, 1, length)
    return total


def _mixed(clip: Clip, other: np.ndarray) -> Clip:
    voice = clip.voice.astype(np.float64)
    level = np.sqrt(np.mean(voice**2) / max(float(np.mean(other**2)), 1e-12)) * 10 ** (-10 / 20)
    return replace(clip, voice=np.clip(voice + other * level, -32768, 32767).astype(np.int16))
