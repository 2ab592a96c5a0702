"""From a segment the user made to the pieces a lip engine can work on, one per face track."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from core.base.content_hash import content_key
from core.base.keyframes import Curve
from core.base.timing import TimeRange
from core.face_geometry.track import FaceTrack, PersonId, TrackId
from core.lip_engine import LipSettings, MouthPin, Provenance
from core.planning.placed_faces import PlacedFace

# Raise it when chunks made by an older program must not be used again.
CACHE_VERSION = 2


@dataclass(frozen=True, slots=True)
class OtherFilm:
    """Another film of a person, whose mouths may be borrowed.

    Attributes:
        video: the film.
        person: who in it is meant; None looks for whoever is the only face or looks alike.
        is_optional: left out, not refused, where it cannot be read or shows that person no more.
    """

    video: Path
    person: PersonId | None = None
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class SegmentSpec:
    """What to dub: picklable, complete, and independent of any project.

    Attributes:
        video: the film.
        voice: the dub recording.
        range: which part of the film, in seconds after its first frame.
        voice_start: film time at which the recording's first sample plays; may be negative.
        person: whose lips.
        tracks: only these tracks of the person, or None for all.
        engine: name of a lip engine.
        lips: its settings.
        footage: more film of the same person that may lend mouths.
        pins: where the user fixed the mouth, in seconds after the film's first frame.
        adaptation: hash of the adaptation to the person that a generator is to use, or "".
        curves: lip settings that change with time, on the recording's clock.
        placed: faces of the person that were placed by hand.
    """

    video: Path
    voice: Path
    range: TimeRange
    voice_start: Fraction
    person: PersonId
    tracks: tuple[TrackId, ...] | None = None
    engine: str = "own-mouth"
    lips: LipSettings = LipSettings()
    pins: tuple[MouthPin, ...] = ()
    footage: tuple[OtherFilm, ...] = ()
    adaptation: str = ""
    curves: tuple[Curve, ...] = ()
    placed: tuple[PlacedFace, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """The frames of a segment that lie on one track."""

    track: FaceTrack
    frames: range


def frames_in(span: TimeRange, times: np.ndarray) -> range:
    """The frames of a film that begin in `span`, given when each of them does, (F,) float64 seconds."""
    # Half a microsecond absorbs the rounding of float64 times.
    first, end = np.searchsorted(times, [float(span.start) - 5e-7, float(span.end) - 5e-7])
    return range(int(first), int(end))


def plan_pieces(spec: SegmentSpec, tracks: Sequence[FaceTrack], times: np.ndarray) -> tuple[Piece, ...]:
    """The pieces of a segment, in order of time.

    Args:
        spec: the segment.
        tracks: all tracks of the film.
        times: (frames of the film,) float64, presentation time of each in seconds after the first.
    """
    inside = frames_in(spec.range, times)
    pieces = []
    for track in tracks:
        if track.person != spec.person or (spec.tracks is not None and track.id not in spec.tracks):
            continue
        frames = range(max(inside.start, track.first_frame), min(inside.stop, track.end_frame))
        if len(frames):
            pieces.append(Piece(track, frames))
    return tuple(sorted(pieces, key=lambda piece: piece.frames.start))


def piece_key(
    spec: SegmentSpec,
    piece: Piece,
    provenance: Provenance,
    *,
    video_hash: str,
    voice_hash: str,
    analysis_key: str,
    donors: Sequence[str] = (),
) -> str:
    """The cache key of a piece: everything its pixels depend on. `donors` name the content of the films that lend mouths."""
    facts: Mapping[str, object] = {
        "version": CACHE_VERSION,
        "video": video_hash,
        "voice": voice_hash,
        "voice_start": str(spec.voice_start),
        "analysis": analysis_key,
        "track": int(piece.track.id),
        "frames": [piece.frames.start, piece.frames.stop],
        "lips": asdict(spec.lips),
        "pins": [asdict(pin) for pin in spec.pins],
        "engine": [provenance.engine, provenance.version, sorted(provenance.models.items())],
    }
    if donors:
        facts = {**facts, "lenders": list(donors)}
    if spec.curves:
        facts = {**facts, "curves": [curve.fingerprint() for curve in spec.curves]}
    return content_key(facts)
