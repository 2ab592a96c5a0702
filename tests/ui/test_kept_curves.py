"""Curves of takes on disk."""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from core.base.models import MODELS
from core.base.timing import TimeRange
from core.project.ids import MediaId
from core.project.segments import TakePiece
from ui.jobs.kept_curves import load_curve, save_curve
from ui.state.library import SyncCurve

PIECE = TakePiece(MediaId("m1"), TimeRange(Fraction(0), Fraction(2)), Fraction(0), 0, 50, 0, "abc")
CURVE = SyncCurve(
    PIECE.film,
    np.arange(3.0),
    np.array([0.2, np.nan, 0.9], np.float32),
    np.array([40, np.nan, 0], np.float32),
)


def test_a_curve_comes_back_for_its_own_take_only(tmp_path):
    save_curve(tmp_path, [PIECE], CURVE)

    kept = load_curve(tmp_path, [PIECE])

    assert kept is not None
    assert np.array_equal(kept.p_sync, CURVE.p_sync, equal_nan=True)
    assert load_curve(tmp_path, [replace(PIECE, key="other")]) is None


def test_another_scorers_curve_is_not_shown_as_this_ones(tmp_path, monkeypatch):
    save_curve(tmp_path, [PIECE], CURVE)
    spec = MODELS["sync-scorer-a"]
    monkeypatch.setitem(MODELS, "sync-scorer-a", replace(spec, files=(("a.onnx", "0" * 64),)))

    assert load_curve(tmp_path, [PIECE]) is None
