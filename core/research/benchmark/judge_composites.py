"""Dubs of tracked footage, mouth by mouth, beside the film's own frames: what the judge of naturalness learns from."""

import os
from dataclasses import fields
from pathlib import Path

import numpy as np

from core.face_geometry.track import FaceTrack, PersonId, TrackId
from core.faces.smoothing import smooth_landmarks
from core.lip_engine import LipRequest, LipSettings
from core.own_mouth.engine import OwnMouthEngine
from core.research.benchmark.lip_clips import FaceFilm, LipClip, composited
from core.research.corpus.held_out import NOT_LICENSED_SINGLES, clip_group, is_held_out, may_train, person_of
from core.research.corpus.real import frames_of
from core.research.corpus.splits import is_open
from core.research.training.naturalness.composites import Composites
from core.research.training.naturalness.mouths import cut

_LOOKED_AT = 250  # frames of a clip from which mouths are borrowed
_MADE, _EVERY = 100, 2  # frames of a clip that are made, and which of them are kept
_ARTICULATION = (1.0, 1.5)  # as it is by default, and so strong that more has to be forced
_CLIPS_OF = {"grid": 2, "news_reader": 2}  # at most, of one person; of others all
_LEAST_EYES = 45.0  # pixels between the outer eye corners: less is no picture to judge


def make_composites(tracked: Path, folder: Path) -> None:
    """Dubs the tracked clips of `tracked` (`core.research.corpus.real`) into `folder`, one file a clip; what is there is kept."""
    chosen = _clips(tracked)
    if chosen:
        folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(chosen):
        for strength, articulation in enumerate(_ARTICULATION):
            name = f"{path.stem.split('__')[1]}@{articulation:g}"
            target = folder / f"{name}.npz"
            if target.is_file():
                continue
            voice = chosen[(number + 7 * (strength + 1)) % len(chosen)]
            made = _composites_of(path, voice, articulation, name)
            beside = target.with_suffix(".part")
            with beside.open("wb") as file:
                np.savez(file, **made)
            os.replace(beside, target)


def _clips(tracked: Path) -> list[Path]:
    taken: dict[str, int] = {}
    chosen = []
    for path in sorted(tracked.glob("*__0.npz")):
        group, clip, person = clip_group(path.stem), path.stem.split("__")[1], person_of(path.stem)
        usable = may_train(path.stem) or (is_held_out(path.stem) and clip not in NOT_LICENSED_SINGLES)
        if group not in ("single", "grid") or not usable:
            continue
        most = _CLIPS_OF.get(group if group == "grid" else person, 1)
        if taken.get(person, 0) >= most:
            continue
        with np.load(path) as data:
            eyes = np.linalg.norm(data["landmarks"][:, 33] - data["landmarks"][:, 263], axis=1)
            if not (bool(data["allowed"]) and is_open(str(data["licence"]))) or np.median(eyes) < _LEAST_EYES:
                continue
        taken[person] = taken.get(person, 0) + 1
        chosen.append(path)
    return chosen


def _composites_of(path: Path, voice: Path, articulation: float, name: str) -> dict[str, np.ndarray]:
    with np.load(path) as data:
        numbers, landmarks, times = data["frame_numbers"], data["landmarks"], data["times"]
        quality, pose, boxes, video = (
            data["quality"],
            data["pose"],
            data["boxes"],
            Path(str(data["video_path"])),
        )
    breaks = np.flatnonzero(np.diff(numbers) != 1)
    count = min(int(breaks[0]) + 1 if len(breaks) else len(numbers), _LOOKED_AT)
    wanted, pictures = set(numbers[:count].tolist()), []
    for number, (_, picture) in enumerate(frames_of(video)):
        if number in wanted:
            pictures.append(picture)
        if len(pictures) == count:
            break
    smooth = smooth_landmarks(landmarks[:count].astype(np.float32))
    track = FaceTrack(
        TrackId(0), PersonId("P1"), 0, 0, boxes[:count].astype(np.float32), smooth,
        pose[:count].astype(np.float32), quality[:count].astype(np.float32),
    )  # fmt: skip
    film = FaceFilm(pictures, track)
    clock = times[:count] - times[0]
    with np.load(voice) as data:
        sound = data["audio"].astype(np.float32)
    frames = range(min(_MADE, count, max(int(np.searchsorted(clock, len(sound) / 16000)), 2)))
    request = LipRequest(
        source=film,
        track=track,
        library=(track,),
        frames=frames,
        times=clock[: len(frames)],
        library_times=(clock,),
        voice=sound,
        original_voice=None,
        settings=LipSettings(articulation=articulation),
    )
    chunks = list(OwnMouthEngine().render(request, 0))
    clip = LipClip(name, film, clock, None, None)  # type: ignore[arg-type]  # nothing is measured of it
    doubts = np.concatenate([chunk.doubts for chunk in chunks])
    weights = np.concatenate([chunk.weights for chunk in chunks])
    new = np.concatenate([chunk.landmarks for chunk in chunks])
    rows = []
    for index, (picture, _) in enumerate(composited(clip, chunks)):
        if index % _EVERY or weights[index] < 1:
            continue
        rgb, points = cut(picture, np.column_stack([new[index], smooth[index, :, 2]]))
        own, _ = cut(pictures[index], np.column_stack([new[index], smooth[index, :, 2]]))
        rows.append(
            (rgb, own, points, person_of(path.stem), name, index, doubts[index], is_held_out(path.stem))
        )
    columns = list(zip(*rows, strict=True)) if rows else [()] * 8
    types = (np.uint8, np.uint8, np.float32, None, None, np.int32, np.float32, bool)
    return {
        field.name: np.array(column, kind)
        for field, column, kind in zip(fields(Composites), columns, types, strict=True)
    }
