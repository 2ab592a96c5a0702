"""Real talking people as training data: landmarks of every clip in a folder of footage, beside its sound.

One ``.npz`` per clip and face, with raw (unsmoothed) landmarks, so that every user of it can choose its own smoothing.
Run ``python -m core.research.corpus.real MEDIA OUT`` to make or complete the folder.
"""

import argparse
import json
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import cv2
import numpy as np

from core.base.errors import MediaError
from core.face_geometry.pose import head_pose
from core.faces.detector import FaceDetector, box_iou
from core.faces.mesh import PRESENCE_THRESHOLD, FaceMesh, roi_from_landmarks
from core.media.audio import read_analysis
from core.media.probe import probe

logger = logging.getLogger(__name__)

VIDEO_SUFFIXES = (".mp4", ".avi", ".webm", ".mov", ".mkv")
SPEECH_RATE = 16000
REDETECT_EVERY = 25  # frames between looks for faces that came in
CUT_DIFFERENCE = 30.0  # mean grey-level change between neighbouring frames that only a cut makes
SHORTEST_TRACK = 10  # frames
MOST_FACES = 4


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip and what may be done with it. `group` is the folder part of the name (``grid``, ``lrw_ar``, ``single``, ``stills``)."""

    path: Path
    group: str
    person: str
    licence: str
    training_allowed: bool


@dataclass(slots=True)
class _OpenTrack:
    landmarks: list[np.ndarray] = field(default_factory=list)
    quality: list[float] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


def clips_of(media: Path, part: str) -> list[Clip]:
    """The clips of ``media/part`` (`train`, `test` or `stills`), with persons and licences, singles first."""
    licences = _licences(media / "MEDIA.md")
    clips = []
    suffixes = (".jpg", ".png") if part == "stills" else VIDEO_SUFFIXES
    for path in sorted((media / part).rglob("*")):
        if path.suffix.lower() not in suffixes:
            continue
        group = path.parent.name if path.parent.name != part else {"stills": "stills"}.get(part, "single")
        person = path.stem.split("_")[0] if group == "grid" else f"{group}:{path.stem}"
        if path.stem.startswith("news_reader_"):
            person = (
                f"{group}:news_reader"  # one woman in all of them (pairwise identity distances below 0.4)
            )
        licence = {"grid": "CC BY 4.0 (verify)", "lrw_ar": "internal training only"}.get(
            group, licences.get((part, path.name), "unknown")
        )
        clips.append(Clip(path, group, person, licence, part != "test"))
    return sorted(clips, key=lambda clip: ({"single": 0, "grid": 1}.get(clip.group, 2), clip.path))


def _licences(table: Path) -> dict[tuple[str, str], str]:
    found = {}
    for line in table.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) >= 4:
            found[(cells[0], cells[1])] = cells[-1]
    return found


def read_speech(path: Path) -> np.ndarray:
    """The clip's sound as (N,) int16 mono 16 kHz, sample 0 with the first frame; empty when it has none."""
    if not probe(path).has_audio:
        return np.zeros(0, np.int16)
    return np.rint(np.clip(read_analysis(path), -1, 1) * 32767).astype(np.int16)


def frames_of(path: Path) -> Iterator[tuple[float, np.ndarray]]:
    """(container seconds, upright RGB picture) of each frame of a clip or a still."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        for frame in container.decode(stream):
            rgb = frame.to_ndarray(format="rgb24")
            turns = round((frame.rotation or 0) / 90) % 4
            yield frame.time or 0.0, np.ascontiguousarray(np.rot90(rgb, turns)) if turns else rgb


class ClipTracker:
    """Follows up to four faces through a clip, with the mesh's own square from frame to frame."""

    def __init__(self) -> None:
        self._detector = FaceDetector()
        self._mesh = FaceMesh()

    def __call__(self, path: Path) -> tuple[np.ndarray, list[_OpenTrack]]:
        """Frame times in seconds (F,) on the container's clock, and the tracks found."""
        times: list[float] = []
        open_tracks: list[_OpenTrack] = []
        finished: list[_OpenTrack] = []
        thumbnail: np.ndarray | None = None
        for number, (time, rgb) in enumerate(frames_of(path)):
            times.append(time)
            small = cv2.resize(rgb[:, :, 1], (64, 36), interpolation=cv2.INTER_AREA).astype(np.float32)
            is_cut = thumbnail is not None and float(np.abs(small - thumbnail).mean()) > CUT_DIFFERENCE
            thumbnail = small
            if is_cut:
                finished += open_tracks
                open_tracks = []
            still_open = []
            for track in open_tracks:
                result = self._mesh(rgb, roi_from_landmarks(track.landmarks[-1]))
                boxes = [_box(other.landmarks[-1]) for other in still_open]
                is_double = bool(boxes) and box_iou(_box(result.landmarks), np.stack(boxes)).max() > 0.5
                if result.presence < PRESENCE_THRESHOLD or is_double:
                    finished.append(track)
                    continue
                _append(track, number, result.landmarks, result.presence)
                still_open.append(track)
            lost = len(still_open) < len(open_tracks)
            open_tracks = still_open
            if is_cut or lost or number % (REDETECT_EVERY if open_tracks else 2) == 0:
                self._admit(rgb, number, open_tracks)
        finished += open_tracks
        finished = [track for track in finished if len(track.numbers) >= min(SHORTEST_TRACK, len(times))]
        return np.array(times), sorted(finished, key=lambda track: -len(track.numbers))

    def _admit(self, rgb: np.ndarray, number: int, open_tracks: list[_OpenTrack]) -> None:
        for detection in self._detector(rgb):
            boxes = [_box(track.landmarks[-1]) for track in open_tracks]
            if len(boxes) >= MOST_FACES or (boxes and box_iou(detection.box, np.stack(boxes)).max() > 0.2):
                continue
            result = self._mesh.first(rgb, detection)
            if result.presence >= PRESENCE_THRESHOLD:
                track = _OpenTrack()
                _append(track, number, result.landmarks, result.presence)
                open_tracks.append(track)


def _append(track: _OpenTrack, number: int, landmarks: np.ndarray, presence: float) -> None:
    track.landmarks.append(landmarks)
    track.quality.append(presence)
    track.numbers.append(number)


def _box(landmarks: np.ndarray) -> np.ndarray:
    return np.concatenate([landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)])


def write_clip(clip: Clip, tracker: ClipTracker, folder: Path) -> list[dict[str, object]]:
    """Tracks one clip and writes one ``.npz`` per face into `folder`; returns the index rows."""
    times, tracks = tracker(clip.path)
    origin = float(times[0]) if len(times) else 0.0
    speech = np.zeros(0, np.int16) if clip.group == "stills" else read_speech(clip.path)
    rows = []
    for face, track in enumerate(tracks):
        landmarks = np.stack(track.landmarks)
        target = folder / f"{clip.group}__{clip.path.stem}__{face}.npz"
        partial = target.with_suffix(".partial")
        with partial.open("wb") as file:
            np.savez(
                file,
                landmarks=landmarks,
                times=(times - origin)[track.numbers],
                quality=np.array(track.quality, np.float32),
                pose=head_pose(landmarks),
                boxes=np.stack([_box(points) for points in landmarks]).astype(np.float32),
                frame_numbers=np.array(track.numbers, np.int64),
                video_path=str(clip.path),
                person=clip.person
                if face == 0 or clip.group not in ("single", "stills")
                else f"{clip.person}#{face}",
                audio=speech,
                licence=clip.licence,
                allowed=clip.training_allowed,
            )
        os.replace(partial, target)
        rows.append(
            {
                "file": target.name,
                "video": str(clip.path),
                "set": clip.group,
                "person": clip.person,
                "face": face,
                "frames": len(track.numbers),
                "clip_frames": len(times),
                "seconds": round(float(times[-1] - times[0]), 3),
                "audio_seconds": round(len(speech) / SPEECH_RATE, 3),
                "face_width_px": round(float(np.median(np.ptp(landmarks[:, :, 0], axis=1))), 1),
                "licence": clip.licence,
                "allowed": clip.training_allowed,
            }
        )
    return rows


def build(media: Path, out: Path, parts: Sequence[str] = ("train", "test", "stills")) -> None:
    """Makes or completes ``out/<part>/*.npz``, ``out/index.json`` and, when all is there, ``out/DONE``."""
    table = media / "MEDIA.md"
    if not table.is_file():
        raise MediaError(
            f"{table} is missing: without it nobody knows what may be done with these films.",
            hint="Write a table with the columns set, file, …, licence.",
        )
    tracker = ClipTracker()
    index: dict[str, list[dict[str, object]]] = {}
    for part in parts:
        folder = out / part
        folder.mkdir(parents=True, exist_ok=True)
        for clip in clips_of(media, part):
            row_file = folder / f"{clip.group}__{clip.path.stem}.json"
            if not row_file.exists():
                rows = write_clip(clip, tracker, folder)
                row_file.write_text(json.dumps(rows), "utf-8")
                logger.info("%s: %d face(s)", clip.path.name, len(rows))
            index.setdefault(part, []).extend(json.loads(row_file.read_text("utf-8")))
        (out / "index.json").write_text(json.dumps(index, indent=1), "utf-8")
    (out / "DONE").write_text("", "utf-8")


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of ``python -m core.research.corpus.real``."""
    parser = argparse.ArgumentParser(description=build.__doc__)
    parser.add_argument("media", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--parts", nargs="+", default=["train", "test", "stills"])
    args = parser.parse_args(argv)
    cv2.setNumThreads(1)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    build(args.media, args.out, args.parts)


if __name__ == "__main__":
    main()
