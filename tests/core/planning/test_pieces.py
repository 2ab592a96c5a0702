from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from core.base.timing import TimeRange
from core.face_geometry.track import FaceTrack
from core.lip_engine import LipSettings, Provenance
from core.planning.pieces import SegmentSpec, piece_key, plan_pieces

OWN_MOUTH = Provenance("own-mouth", "1")
TIMES = np.arange(100) / 25.0


def track(number, person, first, count):
    zeros = np.zeros
    return FaceTrack(
        number, person, 0, first, zeros((count, 4)), zeros((count, 468, 3)), zeros((count, 3)), np.ones(count)
    )


TRACKS = (track(1, "P1", 0, 40), track(2, "P2", 0, 100), track(3, "P1", 50, 50))


def spec(**changes):
    base = SegmentSpec(Path("v.mp4"), Path("a.wav"), TimeRange(Fraction(1), Fraction(3)), Fraction(0), "P1")
    return replace(base, **changes)


def test_a_segment_is_cut_at_the_ends_of_tracks_and_of_its_range():
    pieces = plan_pieces(spec(), TRACKS, TIMES)
    assert [(p.track.id, p.frames) for p in pieces] == [(1, range(25, 40)), (3, range(50, 75))]


def test_only_the_chosen_tracks_are_used():
    pieces = plan_pieces(spec(tracks=(3,)), TRACKS, TIMES)
    assert [p.track.id for p in pieces] == [3]


def test_the_key_changes_with_everything_the_pixels_depend_on():
    def key(a_spec, provenance=OWN_MOUTH, voice_hash="v"):
        piece = plan_pieces(a_spec, TRACKS, TIMES)[0]
        return piece_key(a_spec, piece, provenance, video_hash="f", voice_hash=voice_hash, analysis_key="a")

    keys = {
        key(spec()),
        key(spec(voice_start=Fraction(1))),
        key(spec(lips=LipSettings(seed=1))),
        key(spec(range=TimeRange(Fraction(1), Fraction(7, 5)))),
        key(spec(), Provenance("own-mouth", "2")),
        key(spec(), Provenance("own-mouth", "1", {"motion": "abc"})),
        key(spec(), voice_hash="w"),
    }
    assert len(keys) == 7
    assert key(spec()) in keys
