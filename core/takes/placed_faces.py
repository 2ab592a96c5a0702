"""Faces and mouths placed by hand, followed through their shots and kept beside the film's analysis.

A mouth is followed by `core.takes.mouth_points`; a face by its own mesh, frame by frame from its box. Where it is placed
again later in a shot, mouths run from one placing into the next, and faces start anew.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from json import dumps
from pathlib import Path

import numpy as np

from core.base.errors import SettingsError
from core.base.sealed import DamagedError, cache_errors, discard, sealing_folder
from core.face_geometry.giving_way import given_way
from core.face_geometry.pose import head_pose
from core.face_geometry.track import FaceTrack, PersonId, TrackId
from core.faces.analysis import ARRAYS, Analysis, load_analysis
from core.faces.mesh import PRESENCE_THRESHOLD, ROI_SCALE, FaceMesh, Roi, roi_from_landmarks
from core.faces.shots import Shot
from core.faces.smoothing import smooth_landmarks
from core.lip_engine import FrameSource
from core.planning.placed_faces import FaceMark, PlacedFace
from core.takes.film import Film
from core.takes.mouth_points import MouthPoints, check_mouth, follow_mouth

VERSION = 2  # raise whenever the same placing gave other tracks
_LOST_FRAMES = 12  # after which a face that is not seen any more is not looked for
_FIRST_ID = 1 << 20  # of tracks placed by hand; an analysis never has so many

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Followed:
    landmarks: np.ndarray  # (F, 468, 3)
    quality: np.ndarray  # (F,)
    first_frame: int


def with_placed(film: Film, placed: Sequence[PlacedFace]) -> Film:
    """`film` with faces placed by hand among its own; its own tracks of the same people give way to them.

    Raises:
        SettingsError: see `follow`.
    """
    if not placed:
        return film
    tracks = tuple(track for face in placed for track in follow(film, face).tracks)
    keys = " ".join(face.key() for face in placed)
    analysis = replace(
        film.analysis,
        tracks=given_way(film.analysis.tracks, tracks),
        key=f"{film.analysis.key} placed {VERSION} {keys}",
    )
    return replace(film, analysis=analysis)


def follow(film: Film, face: PlacedFace, progress: Progress | None = None) -> Analysis:
    """The tracks of a placed face, one for each shot it was placed in, from the cache when they are known.

    Raises:
        SettingsError: a frame is not in the film, the points make no mouth, or no face is in the box.
    """
    cache = film.analysis.folder.parent
    folder = cache / f"{film.analysis.key}-placed{VERSION}-{face.key()}"
    if folder.is_dir():
        try:
            return load_analysis(folder)
        except DamagedError:
            discard(folder, "A face placed by hand")
    tracks = tuple(_tracks(film, face, progress))
    with cache_errors(cache), sealing_folder(folder) as work:
        _write(work, film.analysis, tracks)
    return load_analysis(folder)


def _write(work: Path, analysis: Analysis, tracks: Sequence[FaceTrack]) -> None:
    rows = []
    for track in tracks:
        for name in ARRAYS:
            np.save(work / f"{track.id}.{name}.npy", np.asarray(getattr(track, name), np.float32))
        rows.append(
            {"id": int(track.id), "person": track.person, "shot": track.shot, "first_frame": track.first_frame}
        )
    np.save(work / "times.npy", analysis.times)
    facts = {
        "key": work.name.partition(".")[0],
        "frame_count": analysis.frame_count,
        "width": analysis.width,
        "height": analysis.height,
        "backend": analysis.backend,
        "looked_at": [analysis.looked_at.start, analysis.looked_at.stop],
        "shots": [asdict(shot) for shot in analysis.shots],
        "tracks": rows,
    }
    (work / "analysis.json").write_text(dumps(facts, indent=1), "utf-8")


def _tracks(film: Film, face: PlacedFace, progress: Progress | None) -> Iterator[FaceTrack]:
    analysis = film.analysis
    for mark in face.marks:
        if not 0 <= mark.frame < len(film.times):
            raise SettingsError(f"Frame {mark.frame} is not in the film, which has {len(film.times)} frames.")
        if face.kind == "mouth":
            check_mouth(np.asarray(mark.points, np.float32), analysis.width, analysis.height)
    shots = [shot for shot in analysis.shots if any(_is_in(mark, shot) for mark in face.marks)]
    with film.reader() as reader:
        for number, shot in enumerate(shots):
            if progress is not None:
                progress(number, len(shots))
            marks = [mark for mark in face.marks if _is_in(mark, shot)]
            frames = range(shot.first_frame, shot.end_frame)
            identity = TrackId(_FIRST_ID + int(face.key()[:6], 16) * 4096 % (1 << 30) + shot.index % 4096)
            if face.kind == "mouth":
                placed = [MouthPoints(mark.frame, mark.points) for mark in marks]
                track = follow_mouth(reader, frames, *placed)
                yield replace(track, id=identity, person=face.person, shot=shot.index)
            else:
                yield _face_track(_follow_face(reader, frames, marks), identity, face.person, shot.index)


def _is_in(mark: FaceMark, shot: Shot) -> bool:
    return shot.first_frame <= mark.frame < shot.end_frame


def _face_track(found: _Followed, identity: TrackId, person: PersonId, shot: int) -> FaceTrack:
    landmarks = np.empty_like(found.landmarks)
    smooth_landmarks(found.landmarks, out=landmarks)
    flat = landmarks[:, :, :2]
    boxes = np.concatenate([flat.min(axis=1), flat.max(axis=1)], axis=1).astype(np.float32)
    pose = head_pose(landmarks)
    return FaceTrack(identity, person, shot, found.first_frame, boxes, landmarks, pose, found.quality)


def _follow_face(source: FrameSource, frames: range, marks: Sequence[FaceMark]) -> _Followed:
    """The face from its first mark on: backwards and forwards as long as its mesh is seen, anew at each later mark."""
    mesh = FaceMesh()
    found: dict[int, tuple[np.ndarray, float]] = {}
    ends = [mark.frame for mark in marks[1:]] + [frames.stop]
    for mark, end in zip(marks, ends, strict=True):
        start = _first_face(mesh, source, mark)
        found.update(_followed(mesh, source, range(mark.frame, end), start))
        if mark is marks[0]:
            found.update(_followed(mesh, source, range(mark.frame, frames.start - 1, -1), start))
    first, last = min(found), max(found)
    landmarks, quality = [], []
    before = found[first][0]
    for frame in range(first, last + 1):
        points, trust = found.get(frame, (before, 0.0))  # between two marks it was lost
        landmarks.append(points)
        quality.append(trust)
        before = points
    return _Followed(np.stack(landmarks).astype(np.float32), np.array(quality, np.float32), first)


def _first_face(mesh: FaceMesh, source: FrameSource, mark: FaceMark) -> np.ndarray:
    """(468, 3) of the face in the box.

    Raises:
        SettingsError: there is none.
    """
    (x0, y0), (x1, y1) = mark.points
    picture = source.rgb(mark.frame)
    side = max(abs(x1 - x0), abs(y1 - y0))
    tried = [Roi((x0 + x1) / 2, (y0 + y1) / 2, scale * side, 0.0) for scale in (ROI_SCALE, 1.2, 2.0) if side > 0]
    results = [mesh(picture, roi) for roi in tried]
    best = max(results, key=lambda each: each.presence, default=None)
    if best is not None and best.presence >= PRESENCE_THRESHOLD:
        best = mesh(picture, roi_from_landmarks(best.landmarks))
    if best is None or best.presence < PRESENCE_THRESHOLD:
        raise SettingsError(
            f"No face is seen in the box on frame {mark.frame}.",
            hint="Draw it closely around the whole face, or place the mouth by its four points instead.",
        )
    return best.landmarks


def _followed(
    mesh: FaceMesh, source: FrameSource, frames: range, start: np.ndarray
) -> dict[int, tuple[np.ndarray, float]]:
    """Frame → landmarks and trust, until the face is not seen for `_LOST_FRAMES`; frames it was only bridged over have trust 0."""
    found = {frames[0]: (start, 1.0)} if len(frames) else {}
    landmarks, lost = start, []
    for frame in frames[1:]:
        result = mesh(source.rgb(frame), roi_from_landmarks(landmarks))
        if result.presence < PRESENCE_THRESHOLD:
            lost.append(frame)
            if len(lost) > _LOST_FRAMES:
                break
            continue
        for step, between in enumerate(lost, start=1):
            share = np.float32(step / (len(lost) + 1))
            found[between] = (landmarks + share * (result.landmarks - landmarks), 0.0)
        lost, landmarks = [], result.landmarks
        found[frame] = (landmarks, result.presence)
    return found
