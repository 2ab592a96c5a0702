"""What a finished dub has to tell: notes, stretches in which something lies before the mouth, mouths before and after."""

from collections.abc import Iterator, Sequence

import numpy as np

from core.base.timing import format_time
from core.compositing.settings import MaskSettings
from core.delivery.sheet import MouthPair
from core.engine.runner import Engine
from core.engine.take import ScoredTake
from core.face_geometry.landmark_sets import INNER_LIP_MIDDLES, MOUTH_CORNERS
from core.face_geometry.measures import eye_distance
from core.jobs.results import FilmWritten
from core.takes.compositor import Compositor, Layer
from core.takes.film import Film
from core.takes.scoring import ResultPictures

_AROUND_LIPS = 1.5  # times the lips' outline: to the chin's upper edge
_COVERED = 0.1  # share of lips and skin around them from which old pictures beside new ones are seen
SHEET_MOUTHS = 16


def loudness_notes(written: FilmWritten) -> list[str]:
    """What could not be done about the sound's level."""
    return [written.loudness.note] if written.loudness is not None and written.loudness.note else []


def covered_stretches(film: Film, take: ScoredTake, mask: MaskSettings) -> tuple[tuple[int, int, float], ...]:
    """The stretches in which something lies before enough of the mouth that some of it stays as it was filmed."""
    if not mask.occlusion_guard:
        return ()
    found: list[tuple[int, int, float]] = []
    for piece in (planned.piece for planned in take.pieces):
        shares = piece.track.mouth_covered(piece.frames, grow=_AROUND_LIPS)
        numbers = np.asarray(piece.frames)[shares >= _COVERED]
        found += [
            (int(stretch[0]), int(stretch[-1]), round(float(film.times[stretch[0]]), 3))
            for stretch in np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
            if len(stretch)
        ]
    return tuple(sorted(found))


def part_notes(film: Film) -> list[str]:
    """That faces were looked for in a part of the film only, and in which."""
    seen, index = film.analysis.looked_at, film.index
    if len(seen) == len(index):
        return []
    end = index.time(seen.stop) if seen.stop < len(index) else index.duration
    return [
        f"Faces were looked for from {format_time(index.time(seen.start))} to {format_time(end)} of the film only, and mouths are borrowed from there; "
        "“unisync analyse” looks at all of it."
    ]


def source_notes(film: Film, written: FilmWritten) -> list[str]:
    """What the source was found to lack."""
    notes = []
    if written.bad_frames:
        notes.append(
            f"{len(written.bad_frames)} frames of the source could not be decoded; the picture before each stands in."
        )
    declared = film.video.declared_frame_count
    if declared is not None and declared > len(film.index):
        notes.append(
            f"The source is cut short: its header promises {declared} frames, it holds {len(film.index)}."
        )
    return notes


def mouth_pairs(
    film: Film, layers: Sequence[Layer], engine: Engine, doubtful: Sequence[range]
) -> Iterator[MouthPair]:
    """Mouths before and after, for the sheet: of the longest stretches that the engine doubts, and evenly spaced ones."""
    frames = [(layer, n) for layer in layers for n in layer.frames]
    if not frames:
        return
    doubted = {frame for stretch in doubtful for frame in stretch}
    longest = sorted(doubtful, key=len, reverse=True)[: SHEET_MOUTHS // 2]
    middles = {stretch[len(stretch) // 2] for stretch in longest}
    worst = [index for index, (_, n) in enumerate(frames) if n in middles]
    even = np.linspace(0, len(frames) - 1, min(SHEET_MOUTHS - len(worst), len(frames))).astype(int)
    picks = sorted({*worst, *even.tolist()})
    with film.reader() as reader:
        pictures = ResultPictures(
            reader, Compositor(film.video, tuple(layers), engine.cache, is_finished=True)
        )
        for layer, n in (frames[i] for i in picks):
            landmarks = layer.track.landmarks[layer.track.index_of(n), :, :2]
            x, y = landmarks[[*MOUTH_CORNERS, *INNER_LIP_MIDDLES]].mean(axis=0)
            half = 0.75 * float(eye_distance(landmarks))
            height, width = reader.rgb(n).shape[:2]
            rows = slice(max(int(y - half), 0), max(min(int(y + half), height), 1))
            columns = slice(max(int(x - half), 0), max(min(int(x + half), width), 1))
            before = reader.rgb(n)[rows, columns]
            if before.size:
                after = pictures.rgb(n)[rows, columns]
                yield MouthPair(float(film.times[n]), before.copy(), after.copy(), n in doubted)
