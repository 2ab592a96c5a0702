"""A witness of what a mouth says that shares nothing with what drives it: pocketsphinx's phones of an English voice.

It hears other features than Whisper, was trained on other speech, and knows no mouths. The strips are for the eye.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from core.motion.viseme import Viseme, visemes_of_arpabet
from core.research.training.motion.phone_rule import TimedPhone

_NEAR_S = 0.06  # lips may close this much before or after the sound
_OPEN = (Viseme.OPEN, Viseme.MID_FRONT, Viseme.MID_ROUND)
_TILE = 132
_COLUMNS = 14


def parted(opening: np.ndarray, times: np.ndarray, phones: Sequence[TimedPhone]) -> float:
    """The chance that the mouth is wider at an open vowel than at p, b or m: .5 knows nothing, NaN without both.

    Args:
        opening: (F,) in any unit.
        times: (F,) seconds on the voice's clock.
        phones: what sounds when.
    """
    wide: list[float] = []
    shut: list[float] = []
    for phone in phones:
        viseme, middle = visemes_of_arpabet(phone.phone)[0], (phone.start + phone.end) / 2
        if not times[0] <= middle <= times[-1]:
            continue
        if viseme == Viseme.BILABIAL:
            near = (times >= phone.start - _NEAR_S) & (times <= phone.end + _NEAR_S)
            shut.append(float(opening[near].min(initial=np.interp(middle, times, opening))))
        elif viseme in _OPEN:
            wide.append(float(np.interp(middle, times, opening)))
    if not wide or not shut:
        return float("nan")
    by = np.subtract.outer(wide, shut)
    return float(np.mean((by > 0) + 0.5 * (by == 0)))


def draw_strip(
    path: Path,
    rows: Mapping[str, Sequence[np.ndarray]],
    landmarks: np.ndarray,
    times: np.ndarray,
    phones: Sequence[TimedPhone],
    first: int,
) -> None:
    """Writes frames from `first` on, the mouths of each row below each other, what sounds written underneath.

    Args:
        path: the picture.
        rows: name → the film's F pictures (H, W, 3) RGB, made anew or not.
        landmarks: (F, 468, ≥2) pixels, where the mouth lies.
        times: (F,) seconds on the voice's clock.
        phones: what sounds when.
        first: frame number; every other frame is shown, so that a strip holds about a second.
    """
    picked = [frame for frame in range(first, first + 2 * _COLUMNS, 2) if frame < len(times)]
    lines = [[_mouth(pictures[frame], landmarks[frame]) for frame in picked] for pictures in rows.values()]
    labels = np.full((26, _TILE * len(picked), 3), 255, np.uint8)
    for column, frame in enumerate(picked):
        said = next((phone.phone for phone in phones if phone.start <= times[frame] < phone.end), "")
        cv2.putText(
            labels, said, (column * _TILE + 50, 19), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0, 0, 0), 1, cv2.LINE_AA
        )
    sheet = np.concatenate([*(np.concatenate(line, axis=1) for line in lines), labels])
    for row, name in enumerate(rows):
        for colour, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
            cv2.putText(
                sheet, name, (4, row * _TILE + 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, width, cv2.LINE_AA
            )
    _, coded = cv2.imencode(".jpg", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])
    path.write_bytes(coded.tobytes())


def _mouth(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    corners = points[[61, 291], :2]
    x, y = corners.mean(axis=0)
    side = 1.9 * float(np.linalg.norm(corners[1] - corners[0]))
    scale = _TILE / max(side, 1.0)
    matrix = np.array([[scale, 0, _TILE / 2 - scale * x], [0, scale, _TILE / 2 - scale * y]])
    return cv2.warpAffine(
        picture, matrix, (_TILE, _TILE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
