"""Borders between shots over which a face goes on as if nothing were: a banner that fades, a flash, an exposure that jumps.

Such a border would cut one take of a face in two, and of a piece that is too short its old lips would stay.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.face_geometry.landmark_sets import EYE_OUTER_CORNERS, STABLE
from core.faces.shots import Shot
from core.faces.tracker import RawTrack

_AROUND = 8  # frames on either side whose movement is the measure, and over which a dissolve mixes
_STILL = 0.02  # of the eye corners' distance: the mesh's own trembling from frame to frame
_MOST_TIMES = 3.0  # the usual movement; heads speed up, but no head jumps
_SURE = 0.5  # presence of the face


def without_false_cuts(shots: tuple[Shot, ...], tracks: Sequence[RawTrack]) -> tuple[Shot, ...]:
    """`shots` joined where some face of `tracks` goes on over their border without a jump."""
    kept: list[Shot] = []
    for shot in shots:
        if kept and any(_goes_on(track, shot) for track in tracks):
            kept[-1] = replace(kept[-1], end_frame=shot.end_frame)
        else:
            kept.append(replace(shot, index=len(kept)))
    return tuple(kept)


def _goes_on(track: RawTrack, shot: Shot) -> bool:
    border = shot.first_frame
    if not track.first_frame < border < track.end_frame:
        return False
    first = max(border - 1 - _AROUND, track.first_frame)
    rows = slice(first - track.first_frame, border + 1 + _AROUND - track.first_frame)
    points = track.landmarks()[rows][:, list(STABLE), :2].astype(np.float64)
    presence = np.array(track.quality[rows])
    left, right = (list(STABLE).index(point) for point in EYE_OUTER_CORNERS)
    eyes = max(float(np.median(np.linalg.norm(points[:, left] - points[:, right], axis=1))), 1e-6)
    moved = np.linalg.norm(np.diff(points, axis=0), axis=2).mean(axis=1) / eyes
    at = border - 1 - first
    # A cut is between two frames; a dissolve mixes both pictures for a while, and any of its steps may jump.
    steps = slice(at, at + 1) if shot.opening == "cut" else slice(None)
    seen = presence[at : at + 2] if shot.opening == "cut" else presence
    usual = float(np.median(np.delete(moved, at))) if len(moved) > 1 else 0.0
    return bool(seen.min() > _SURE and moved[steps].max() <= _STILL + _MOST_TIMES * usual)
