from core.project.invariants import invariant_errors
from core.research.benchmark.editor import Spread, decode_baseline, long_project


def test_the_long_project_is_a_valid_project_of_the_asked_size() -> None:
    project = long_project(segments=300, seconds=1800, shots=20, people=3)
    assert invariant_errors(project) == ()
    assert len(project.segments) == 300
    assert len(project.video_clips) <= 20
    assert project.duration == 1800
    assert long_project(segments=300, seconds=1800, shots=20, people=3) == project


def test_the_baseline_decodes_every_frame_it_counts(clips) -> None:
    found = decode_baseline(clips("cfr25"), frames=20, seeks=5)
    assert found.frames_per_second > 0
    assert found.random.count == 5
    assert found.near.count == 60
    assert found.random.median_ms <= found.random.p95_ms <= found.random.worst_ms


def test_a_spread_of_known_times() -> None:
    spread = Spread.of([0.001, 0.002, 0.003])
    assert (spread.count, spread.worst_ms) == (3, 3.0)
    assert spread.median_ms == 2.0
