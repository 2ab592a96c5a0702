"""Reads off natural footage what a result may look like: ``python -m core.research.benchmark.natural TRACKED``.

TRACKED is what `core.research.corpus.real` makes of footage that may be trained on; the people of the tests are not in it. Each film's
neighbouring stretches of three seconds, as long as most clips of the suites, are compared as the benchmark compares a result
with its film. It writes ``resources/benchmark/natural.json``.
"""

import argparse
import itertools
import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from core.face_geometry.measures import eye_distance
from core.face_geometry.pose import head_pose
from core.face_geometry.track import FaceTrack, PersonId, TrackId
from core.faces.smoothing import smooth_landmarks
from core.motion.shape import ShapeModel, shape_model
from core.research.benchmark.lip_measures import (
    Seen,
    changes,
    correlation,
    detail,
    jitter,
    likeness,
    look_again,
    referee,
    ring_colour,
    spike,
)
from core.research.benchmark.lips import replace_text
from core.research.benchmark.success import LIMITS_FILE, SPEECH_S, NaturalLimits, quantile_limits
from core.research.corpus.held_out import is_held_out
from core.research.corpus.real import frames_of

logger = logging.getLogger(__name__)

SECONDS = 3.0  # of a stretch
_STRETCHES = 4  # of a film at most
_STRANGERS = 5  # whose voices each face is given
_LEAST_EYES = 30.0  # pixels
_MOST_YAW = 40.0


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    seen: Seen
    track: FaceTrack
    times: np.ndarray
    voice: np.ndarray


def measure_natural(tracked: Path, most: int | None = None) -> NaturalLimits:
    """The limits that the films of ``tracked/train`` set; of the first `most` films where given."""
    model = shape_model()
    paths = _films(tracked)[:most]
    read = {path: film for path in paths if len(film := list(_stretches(path, model))) > 1}
    films = list(read.values())
    pairs: dict[str, list[float]] = {}
    for film in films:
        for stretch in film:
            later = max(round(SPEECH_S / float(np.median(np.diff(stretch.times)))), 1)
            patches = stretch.seen.patches
            pairs.setdefault("ring_colour", []).append(ring_colour(patches[later:], patches[:-later]))
        for a, b in itertools.pairwise(film):
            for one, other in ((a.seen, b.seen), (b.seen, a.seen)):
                for name, value in _compared(one, other).items():
                    pairs.setdefault(name, []).append(value)
    chance, strangers, own = [], [], []
    for number, film in enumerate(films):
        for stretch in film:
            for shift in (1, 2):
                stranger = films[(number + shift) % len(films)][0]
                count = min(len(stretch.times), len(stranger.times))
                chance.append(correlation(stretch.seen.shown[:count, 0], stranger.seen.shown[:count, 0]))
    # The referee knows the others: whom it was trained on it parts too well from strangers.
    heard = [film for path, film in read.items() if is_held_out(path.stem)] or films
    for number, film in enumerate(heard):
        for stretch in film:
            own.append(referee(stretch.seen, stretch.track, stretch.times, stretch.voice)[0])
            for shift in range(1, _STRANGERS + 1):
                stranger = heard[(number + shift) % len(heard)][0]
                # The stranger's stretch begins with the first frame.
                moved = stretch.times - stretch.times[0] + stranger.times[0]
                strangers.append(referee(stretch.seen, stretch.track, moved, stranger.voice)[0])
        logger.info("%d of %d films heard", number + 1, len(heard))
    return quantile_limits(
        clips=len(films),
        stretches=sum(map(len, films)),
        chance=np.array(chance),
        strangers=np.array(strangers),
        own=np.array(own),
        pairs={name: np.array(values) for name, values in pairs.items()},
    )


def _films(tracked: Path) -> list[Path]:
    paths = sorted((tracked / "train").glob("single__*__0.npz"))
    return [path for path in paths if "generated" not in path.stem]  # talking pictures are not natural


def _compared(seen: Seen, film: Seen) -> dict[str, float]:
    change, natural = changes(seen.patches), changes(film.patches)
    faces = zip(seen.faces.values(), film.faces.values(), strict=False)
    cosines = [likeness({0: a}, {0: b}) for a, b in faces]
    return {
        "sharpness": detail(seen.patches) / max(detail(film.patches), 1e-9),
        "jitter": jitter(seen.patches) / max(jitter(film.patches), 1e-9),
        "spikes": spike(change) / max(spike(natural), 1e-9),
        "identity": float(np.mean(cosines)),
    }


def _stretches(path: Path, model: ShapeModel) -> Iterator[_Stretch]:
    with np.load(path) as data:
        numbers, times, raw = data["frame_numbers"], data["times"], data["landmarks"]
        quality, voice = data["quality"], data["audio"].astype(np.float32) / 32768
        video, allowed = Path(str(data["video_path"])), bool(data["allowed"])
    if not allowed or len(times) < 3:
        return
    landmarks = smooth_landmarks(raw).astype(np.float32)
    eyes = float(np.median(eye_distance(raw)))
    length = round(SECONDS / float(np.median(np.diff(times))))
    if eyes < _LEAST_EYES or float(np.median(np.abs(head_pose(raw)[:, 0]))) > _MOST_YAW:
        return
    starts = range(0, min(len(times) - length + 1, _STRETCHES * length), length)
    wanted = {int(n) for start in starts for n in numbers[start : start + length]}
    if not wanted:
        return
    pictures: dict[int, np.ndarray] = {}
    for number, (_, picture) in enumerate(frames_of(video)):
        if number in wanted:
            pictures[number] = picture
        if number >= max(wanted):
            break
    for start in starts:
        rows = slice(start, start + length)
        marks = landmarks[rows]
        shown = [pictures[int(n)] for n in numbers[rows] if int(n) in pictures]
        if len(shown) < length:
            return
        track = FaceTrack(
            TrackId(0),
            PersonId("P1"),
            0,
            0,
            np.concatenate([marks[:, :, :2].min(1), marks[:, :, :2].max(1)], axis=1),
            marks,
            head_pose(marks),
            quality[rows],
        )
        yield _Stretch(look_again(shown, marks, model), track, times[rows], voice)
    logger.info("%s", path.stem)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tracked", type=Path)
    logging.basicConfig(level=logging.INFO)
    limits = measure_natural(parser.parse_args().tracked)
    LIMITS_FILE.parent.mkdir(parents=True, exist_ok=True)
    replace_text(LIMITS_FILE, json.dumps(asdict(limits), indent=1) + "\n")


if __name__ == "__main__":
    main()
