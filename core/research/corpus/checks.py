"""Whether the program's own face tracker sees rendered heads as it sees people, and where their landmarks say they are.

Run ``python -m core.research.corpus.checks --people 60 --out FOLDER``: heads turned by up to 45° are stored as films, analysed like
any film, and compared with the ground truth. Frames without a face are written to FOLDER to be looked at.
"""

import argparse
import json
import logging
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from core.face_geometry.landmark_sets import EYE_OUTER_CORNERS
from core.face_geometry.measures import lip_gap
from core.faces.analysis import analyse
from core.research.corpus.clips import Clip, HeadActor
from core.research.corpus.store import encode_video, write_json
from core.research.corpus.visemes import PARAMETERS

logger = logging.getLogger(__name__)

MOST_YAW = 45.0


@dataclass(frozen=True, slots=True)
class HeadCheck:
    """One rendered person under the tracker.

    Attributes:
        seed: of the person.
        light: kind of the scene's light.
        frames: with the head turned by at most `MOST_YAW`.
        found: of these, those with a face.
        error: median over frames and points of the distance from tracked to true landmarks over eye distance; NaN when no face was found.
        opening: correlation of the tracked lips' gap with the intended curve; NaN without a face or movement.
    """

    seed: int
    light: str
    frames: int
    found: int
    error: float
    opening: float


def check_clip(clip: Clip, seed: int, folder: Path) -> tuple[HeadCheck, np.ndarray]:
    """The check of one rendered clip and the numbers of the frames in which no face was found."""
    film = folder / "film.mp4"
    film.write_bytes(encode_video(clip.frames))
    analysis = analyse(film, cache=folder)
    count = len(clip.frames)
    seen = np.full((count, 468, 2), np.nan, np.float32)
    for track in analysis.tracks:
        rows = slice(track.first_frame, min(track.end_frame, count))
        points = np.array(track.landmarks[: rows.stop - rows.start, :, :2])
        points[track.quality[: len(points)] <= 0] = np.nan
        seen[rows] = points
    wanted = np.abs(clip.pose[:, 0]) <= MOST_YAW
    has_face = ~np.isnan(seen).any(axis=(1, 2))
    good = wanted & has_face
    error = opening = float("nan")
    if good.any():
        true = clip.landmarks[good, :, :2]
        # In space, not in the picture: a turned head's eyes are no nearer to each other.
        right, left = EYE_OUTER_CORNERS
        eyes = np.linalg.norm(clip.landmarks[good, right] - clip.landmarks[good, left], axis=1)
        error = float(np.median(np.linalg.norm(seen[good] - true, axis=2) / eyes[:, None]))
        gap = lip_gap(seen[good]) / eyes
        asked = clip.visemes[good, PARAMETERS.index("opening")]
        if np.ptp(asked) > 0.1 and good.sum() > 5:
            opening = float(np.corrcoef(gap, asked)[0, 1])
    check = HeadCheck(
        seed, str(clip.facts["light"]), int(wanted.sum()), int((wanted & has_face).sum()), error, opening
    )
    return check, np.flatnonzero(wanted & ~has_face)


def summary(checks: Sequence[HeadCheck]) -> str:
    """The figures of all checks in one line."""
    frames = sum(check.frames for check in checks)
    found = sum(check.found for check in checks)
    return (
        f"{len(checks)} people, {frames} frames at most {MOST_YAW:.0f}° aside: a face in "
        f"{100 * found / max(frames, 1):.1f} %, landmarks off by {100 * np.nanmedian([c.error for c in checks]):.1f} % "
        f"of eye distance, opening r {np.nanmedian([c.opening for c in checks]):.2f} (medians over people)"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of ``python -m core.research.corpus.checks``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--first", type=int, default=1, help="seed of the first person")
    parser.add_argument("--frames", type=int, default=25)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    args.out.mkdir(parents=True, exist_ok=True)
    checks: list[HeadCheck] = []
    for seed in range(args.first, args.first + args.people):
        note = args.out / f"{seed:05d}.json"
        if not note.exists():
            clip = HeadActor(seed, size=args.size, max_yaw=MOST_YAW).play(0, args.frames)
            with tempfile.TemporaryDirectory() as folder:
                check, missed = check_clip(clip, seed, Path(folder))
            if len(missed):
                picture = np.concatenate(
                    [clip.frames[i] for i in missed[:: max(len(missed) // 4, 1)][:4]], axis=1
                )
                cv2.imwrite(str(args.out / f"missed_{seed:05d}.png"), picture[..., ::-1])
            write_json(note, asdict(check))
        checks.append(HeadCheck(**json.loads(note.read_text("utf-8"))))
    logger.info(summary(checks))


if __name__ == "__main__":
    main()
