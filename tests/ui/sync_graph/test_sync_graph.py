"""The sync graph: what it draws, what it says, and that it fills while results arrive."""

from fractions import Fraction

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.project import edits
from core.project.ids import TakeId
from core.research.benchmark.editor import FILM, long_project
from ui.base.colours import Bands
from ui.state.document import Document
from ui.state.library import CurveKey, SyncCurve
from ui.sync_graph.curve_lines import (
    CurveLine,
    connections,
    joined,
    on_timeline,
    thinned,
    unknown_spans,
)
from ui.sync_graph.graph_words import Reading, explain
from ui.sync_graph.sync_graph import SyncGraph
from ui.timeline.time_axis import TimeAxis

NAN = float("nan")


def curve(values: list[float], start: float = 0.0, offset: float = 0.0) -> SyncCurve:
    times = start + 0.1 + 0.2 * np.arange(len(values))
    offsets = np.where(np.isnan(values), NAN, offset).astype(np.float32)
    return SyncCurve(FILM, times, np.array(values, np.float32), offsets)


def line(values: list[float], start: float = 0.0) -> CurveLine:
    found = curve(values, start)
    return CurveLine(found.times, found.p_sync, found.offset_ms)


@pytest.fixture
def document() -> Document:
    return Document(long_project(segments=10, seconds=100, shots=1, people=1))


@pytest.fixture
def graph(document: Document, qtbot: QtBot) -> SyncGraph:
    axis = TimeAxis()
    axis.set_width(1000)
    axis.set_length(100)
    widget = SyncGraph(document, axis)
    axis.setParent(widget)
    qtbot.addWidget(widget)
    widget.resize(1124, 200)
    widget.show()
    qtbot.waitExposed(widget)
    axis.set_range(0, 50)
    return widget


def scored(document: Document) -> tuple[object, TakeId]:
    segment = next(s for s in document.project.segments if s.takes and float(s.range.start) < 40)
    assert segment.chosen is not None
    return segment, segment.chosen


def test_curves_follow_a_clip_that_is_moved_and_trimmed() -> None:
    project = long_project(segments=1, seconds=60, shots=1)
    clip = project.video_clips[0]
    trimmed = edits.trim_start(project, clip.id, Fraction(10)).project
    moved = edits.move_items(trimmed, [clip.id], Fraction(5)).project.video_clips[0]
    found = on_timeline(curve([0.5] * 300), moved)
    assert found.times[0] == pytest.approx(15.1)
    assert len(found) == 250


def test_lines_are_broken_between_clips_and_over_missing_windows() -> None:
    whole = joined([line([0.5] * 5, 10), line([0.6] * 5, 0)])
    assert list(whole.times) == sorted(whole.times)
    assert np.isnan(whole.p_sync).sum() == 1
    assert connections(whole.p_sync).sum() == 8
    assert unknown_spans(whole) == []


def test_unknown_windows_become_spans_and_break_the_line() -> None:
    found = line([0.5, 0.5, NAN, NAN, 0.5])
    assert unknown_spans(found) == [(pytest.approx(0.4), pytest.approx(0.8))]
    assert list(connections(found.p_sync)) == [1, 0, 0, 0, 0]


def test_thinning_keeps_the_weakest_moment() -> None:
    values = np.full(10_000, 0.8, np.float32)
    values[5432] = 0.1
    values[100:200] = np.nan
    found = thinned(np.arange(10_000) * 0.2, values, 500)
    assert len(found.times) <= 500
    assert not found.is_exact
    assert np.nanmin(found.low) == pytest.approx(0.1)
    assert np.nanmax(found.high) == pytest.approx(0.8)
    assert np.isnan(found.mean).any()


def test_the_graph_fills_while_chunks_land(graph: SyncGraph, document: Document, qtbot: QtBot) -> None:
    segment, take = scored(document)
    start = float(segment.range.start)
    document.library.put_curve(CurveKey("take", take), curve([0.7] * 3, start))
    qtbot.waitUntil(lambda: len(graph.chosen_line) == 3)
    document.library.put_curve(CurveKey("take", take), curve([0.7, 0.7, 0.7, 0.2, NAN, 0.6], start))
    qtbot.waitUntil(lambda: len(graph.chosen_line) == 6)
    assert len(graph.hatched) == 1


def test_a_click_seeks_to_the_frame_and_the_axis_is_shared(graph: SyncGraph, document: Document) -> None:
    x = round(graph.axis.to_x(20))
    QTest.mouseClick(graph.plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, 40))
    rate = document.project.sequence.rate
    assert document.session.playhead == rate.time_of(rate.frame_at(graph.axis.to_time(x)))
    low, high = graph.plot.ci.getItem(0, 0).viewRange()[0]
    assert low == pytest.approx(graph.axis.start)
    assert (high - low) * graph.axis.pixels_per_second == pytest.approx(graph.plot.width())
    graph.axis.set_range(30, 40)
    low, _ = graph.plot.ci.getItem(0, 0).viewRange()[0]
    assert low == pytest.approx(30)


def test_hovering_explains_in_words(graph: SyncGraph, document: Document, qtbot: QtBot) -> None:
    segment, take = scored(document)
    start = float(segment.range.start)
    document.library.put_curve(CurveKey("source", FILM), curve([0.8] * 500))
    document.library.put_curve(CurveKey("take", take), curve([0.3] * 10, start, offset=-90))
    qtbot.waitUntil(lambda: len(graph.chosen_line) == 10)
    words = graph.words_at(segment.range.start + Fraction(1, 2))
    assert "0.30" in words
    assert "weak" in words
    assert "90 ms early" in words
    assert "take 1" in words
    assert "not judged" in graph.words_at(Fraction(99_000))


def test_unknown_is_never_a_number() -> None:
    text = explain("00:00:01:00", [Reading("Anna", NAN, NAN)], Bands())
    assert "nan" not in text
    assert "not known" in text


def test_bands_are_judged_by_the_films_own_voice() -> None:
    assert Bands(0.5, 0.9).good_from == pytest.approx(0.7)
    assert Bands(0.5, 0.6).good_from == pytest.approx(0.55)
    assert Bands(0.5, 0.4).good_from == pytest.approx(0.7)
    bands = Bands(0.5, 0.9)
    assert [bands.band(v) for v in (0.2, 0.5, 0.7, NAN, None)] == [
        "weak",
        "fair",
        "good",
        "unknown",
        "unknown",
    ]
