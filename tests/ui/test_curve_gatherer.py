import math

import numpy as np

from core.jobs.events import JobId, ScoreReady
from core.project.ids import MediaId
from ui.jobs.curve_gatherer import CurveGatherer


def test_where_two_faces_were_judged_the_better_fit_counts_and_unknown_never_hides_known():
    gatherer = CurveGatherer(MediaId("m1"))
    gatherer.add(ScoreReady(JobId("j"), "source:0", (0.0, 0.2, 0.4, 0.8), (0.3, math.nan, 0.9, math.nan)))
    curve = gatherer.add(ScoreReady(JobId("j"), "source:1", (0.2, 0.4, 0.6), (0.5, math.nan, 0.1)))
    np.testing.assert_allclose(curve.times, [0.0, 0.2, 0.4, 0.6, 0.8])
    np.testing.assert_allclose(curve.p_sync, [0.3, 0.5, 0.9, 0.1, math.nan], rtol=1e-6)
