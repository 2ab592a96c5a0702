"""What the timeline shows: states, scores, cuts, waveforms, and that a three-hour film costs only what is visible."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from core.base.timing import FrameRate
from core.project import content_edits, edits
from core.project.media_items import MediaFacts
from core.project.model import Project
from core.research.benchmark.editor import DUB, FILM, long_project
from ui.base.colours import shades
from ui.state.document import Document
from ui.state.library import CurveKey, SyncCurve, TakeState, Waveform
from ui.timeline.block_painter import colour_row
from ui.timeline.filmstrip_painter import thumbnail_step
from ui.timeline.hit import hit_at
from ui.timeline.item_painter import ItemPainter
from ui.timeline.lanes import LaneStack
from ui.timeline.menus import item_menu, ruler_menu
from ui.timeline.score_strip import band_codes
from ui.timeline.segment_look import segment_look, state_text
from ui.timeline.timeline_view import TimelineView
from ui.timeline.tooltips import lane_tooltip
from ui.timeline.waveform_painter import WaveformLevels


@pytest.fixture
def view(qtbot: QtBot) -> TimelineView:
    document = Document(long_project(segments=12, seconds=120, shots=3, people=2))
    return shown(document, qtbot)


def shown(document: Document, qtbot: QtBot) -> TimelineView:
    timeline = TimelineView(document)
    qtbot.addWidget(timeline)
    timeline.resize(124 + 1000 + 12, 480)
    timeline.show()
    qtbot.waitExposed(timeline)
    return timeline


def picture(view: TimelineView) -> QImage:
    return view.canvas.grab().toImage()


def colours_of(view: TimelineView, lane: str, seconds: float, height: float = 0.5) -> QColor:
    row = next(each for each in view._scene.lanes.lanes if each.id == lane)
    image = picture(view)
    ratio = image.devicePixelRatio()
    x, y = view.axis.to_x(seconds), row.top - view._scene.top + row.height * height
    return image.pixelColor(round(x * ratio), round(y * ratio))


def distance(one: QColor, other: QColor) -> int:
    return abs(one.red() - other.red()) + abs(one.green() - other.green()) + abs(one.blue() - other.blue())


def scored(project: Project, mean: float | None) -> Project:
    """The project with its first segment's take scored `mean`."""
    segment = next(each for each in project.segments if each.takes)
    return content_edits.set_take(project, segment.takes[0].id, mean_sync=mean).project


@pytest.mark.parametrize(("mean", "band"), [(0.9, "good"), (0.55, "fair"), (0.2, "weak"), (None, "unknown")])
def test_a_generated_segment_is_tinted_by_its_score(mean: float | None, band: str, qtbot: QtBot) -> None:
    document = Document(scored(long_project(segments=6, seconds=60, shots=1, people=1), mean))
    segment = next(each for each in document.project.segments if each.takes)
    document.library.put_take_state(segment.takes[0].id, TakeState("done"))
    view = shown(document, qtbot)
    view.axis.set_range(float(segment.range.start) - 1, float(segment.range.end) + 1)
    found = colours_of(view, segment.lane, float(segment.range.end) - 0.2, 0.7)
    wanted = {name: QColor(shades().band(name)) for name in ("good", "fair", "weak", "unknown")}
    assert min(wanted, key=lambda name: abs(wanted[name].hslHue() - found.hslHue())) == band


def test_each_state_of_a_segment_looks_and_reads_differently() -> None:
    document = Document(long_project(segments=6, seconds=60, shots=1, people=1))
    segment = next(each for each in document.project.segments if each.takes)
    take, bands, library = segment.takes[0].id, shades_bands(), document.library
    looks = {}
    for status in ("none", "queued", "running", "paused", "done", "failed"):
        library.put_take_state(take, TakeState(status, progress=0.4, message="no memory"))
        looks[status] = segment_look(segment, library, bands)
    looks["muted"] = segment_look(replace(segment, muted=True), library, bands)
    looks["original"] = segment_look(replace(segment, keep_original=True), library, bands)
    looks["empty"] = segment_look(replace(segment, takes=(), chosen=None), library, bands)
    texts = {name: state_text(look) for name, look in looks.items()}
    assert len(set(texts.values())) == len(texts)
    assert "40%" in texts["running"]
    assert "no memory" in texts["failed"]
    assert "press G" in texts["empty"]


def shades_bands():
    from ui.base.colours import Bands

    return Bands()


def test_the_score_strip_changes_colour_where_the_score_does() -> None:
    curve = SyncCurve(
        FILM,
        np.arange(5) * 0.2 + 0.1,
        np.array([0.9, 0.6, 0.2, np.nan, 0.9], np.float32),
        np.zeros(5, np.float32),
    )
    codes = band_codes(curve, np.array([0.1, 0.3, 0.5, 0.7, 0.9, 5.0]), shades_bands())
    assert list(codes) == [4, 3, 2, 1, 4, 0]


def test_film_cuts_are_drawn_where_they_are(view: TimelineView) -> None:
    view.axis.set_range(0, 20)
    before = colours_of(view, "V1", 7.0, 0.6)
    view.document.library.put_cuts(FILM, (Fraction(7),))
    assert distance(colours_of(view, "V1", 7.0, 0.6), before) > 30


def test_the_waveform_is_loud_where_the_sound_is(view: TimelineView) -> None:
    peaks = np.zeros(12_000, np.float32)
    peaks[500:600] = 0.95
    view.document.library.put_waveform(DUB, Waveform(100, -peaks, peaks))
    view.axis.set_range(0, 20)
    assert distance(colours_of(view, "A2", 5.5, 0.8), colours_of(view, "A2", 8.0, 0.8)) > 60


@pytest.mark.parametrize(
    ("start", "end"), [(0.0, 108_00.0), (3.3, 3.9), (5000.0, 5100.0), (10_790.0, 10_900.0)]
)
def test_no_peak_is_lost_at_any_zoom(start: float, end: float) -> None:
    chance = np.random.default_rng(0)
    peaks = chance.random(10_800 * 100).astype(np.float32) * 0.2
    peaks[[350, 500_123, 1_079_999]] = 1.0
    levels = WaveformLevels(Waveform(100, -peaks, peaks))
    low, high = levels.peaks_per_pixel(start, end, 900)
    for loud in (3.5, 5001.23, 10_799.99):
        if start <= loud < end:
            column = int((loud - start) / (end - start) * 900)
            assert high[max(column - 1, 0) : column + 2].max() == 1
            assert low[max(column - 1, 0) : column + 2].min() == -1
    outside = int((10_800 - start) / (end - start) * 900) + 1
    assert np.all(high[min(outside, 900) :] == 0)


def test_narrow_items_become_columns_of_their_colours() -> None:
    row = colour_row(
        np.array([-3.0, 2.2, 2.6, 8.0]), np.array([1.0, 2.5, 5.0, 12.0]), np.array([1, 2, 3, 4]), 10
    )
    assert list(row[0]) == [1, 0, 3, 3, 3, 0, 0, 0, 4, 4]


def test_thumbnails_are_asked_for_on_a_grid_and_only_where_one_looks(
    view: TimelineView, qtbot: QtBot
) -> None:
    asked: list[Fraction] = []
    view.document.library.thumbnail_wanted.connect(lambda _media, t: asked.append(t))
    view.axis.set_range(60, 70)
    picture(view)
    assert asked
    assert all(55 <= t <= 75 for t in asked)
    step = thumbnail_step(80, view.axis.pixels_per_second)
    assert all(t % step == 0 for t in asked)
    count = len(asked)
    view.axis.scroll_by_pixels(3)
    picture(view)
    assert len(asked) <= count + 1


def test_a_three_hour_film_looks_only_at_visible_segments(qtbot: QtBot, monkeypatch) -> None:
    document = Document(long_project())
    view = shown(document, qtbot)
    view.axis.set_range(3600, 3660)
    picture(view)
    looked: set[str] = set()
    original = ItemPainter.look

    def look(self, segment, context):
        looked.add(segment.id)
        return original(self, segment, context)

    monkeypatch.setattr(ItemPainter, "look", look)
    view.canvas.invalidate()
    picture(view)
    assert 0 < len(looked) < 30


@pytest.mark.parametrize("span", [1.0, 30.0, 900.0, 10_800.0])
def test_every_zoom_of_a_large_project_paints_something_on_each_lane(span: float, qtbot: QtBot) -> None:
    document = Document(long_project())
    view = shown(document, qtbot)
    view.axis.set_range(0, span)
    image = picture(view).convertToFormat(QImage.Format.Format_RGB32)
    assert len({image.pixel(x, 40) for x in range(0, image.width(), 5)}) > 1


def test_the_playhead_moves_without_painting_the_lanes_again(view: TimelineView, qtbot: QtBot) -> None:
    picture(view)
    layer = view.canvas._layer.cacheKey()
    view.document.session.set_playhead(Fraction(33))
    image = picture(view)
    assert view.canvas._layer.cacheKey() == layer
    x = round(view.axis.to_x(33))
    assert distance(image.pixelColor(x, 300), QColor(shades().playhead)) < 30


def test_tooltips_say_exact_times_and_mixed_rates(view: TimelineView) -> None:
    document = view.document
    clip = document.project.video_clips[0]
    lane = view._scene.lanes.lanes[0]
    x = view.axis.to_x(float(clip.range.start) + float(clip.range.duration) / 2)
    text = lane_tooltip(view._scene, hit_at(lane, x, view.axis))
    assert "00:00:00:00" in text
    facts = replace(document.project.media[0].facts, rate=FrameRate(Fraction(30000, 1001)))
    document.apply("Relink", content_edits.set_medium, FILM, facts=facts)
    assert "29.97" in lane_tooltip(view._scene, hit_at(view._scene.lanes.lanes[0], x, view.axis))
    variable = replace(facts, is_variable_rate=True)
    document.apply("Relink", content_edits.set_medium, FILM, facts=variable)
    assert "variable" in lane_tooltip(view._scene, hit_at(view._scene.lanes.lanes[0], x, view.axis))


def test_tooltips_read_drop_frame_timecode(qtbot: QtBot) -> None:
    rate = FrameRate(Fraction(30000, 1001))
    facts = MediaFacts(Fraction(1001 * 90, 30), 1280, 720, rate, 90_000, audio_channels=2, sample_rate=48000)
    project = content_edits.add_media(Project(), "video", "/nowhere/a.mov", "a.mov", facts).project
    project = edits.add_clip(project, project.media[0].id, Fraction(0)).project
    project = edits.split_items(project, [project.clips[0].id], rate.time_of(1800)).project
    view = shown(Document(project), qtbot)
    lane = view._scene.lanes.lanes[0]
    text = lane_tooltip(view._scene, hit_at(lane, view.axis.to_x(rate.time_of(3000)), view.axis))
    assert "00:01:00;02" in text


def test_menu_entries_do_what_they_say(view: TimelineView) -> None:
    document = view.document
    segment = next(each for each in document.project.segments if each.takes)
    document.session.select([segment.id])
    lane = next(each for each in view._scene.lanes.lanes if each.id == segment.lane)
    hit = hit_at(lane, view.axis.to_x(segment.range.start + segment.range.duration / 2), view.axis)
    menu = item_menu(view, view.commands, hit, segment.range.start)
    actions = {action.text().split("\t")[0]: action for action in menu.actions()}
    actions["Muted"].trigger()
    assert document.segment(segment.id).muted
    asked: list[bool] = []
    view.commands.generate_requested.connect(lambda: asked.append(True))
    actions["Generate"].trigger()
    assert asked == [True]
    people = next(action.menu() for action in menu.actions() if action.text() == "Spoken by")
    other = next(action for action in people.actions() if not action.isChecked())
    name = other.text()
    document.undo()
    other.trigger()
    person = document.project.person(document.segment(segment.id).person)
    assert document.undo_label is not None
    assert person is None or person.name == name
    takes = next(action.menu() for action in menu.actions() if action.text() == "Take")
    used = document.segment(segment.id).chosen
    next(action for action in takes.actions() if action.text() == "Remove this take").trigger()
    assert used not in [take.id for take in document.segment(segment.id).takes]
    document.undo()
    assert document.segment(segment.id).chosen == used


def test_the_rulers_menu_colours_and_deletes_markers(view: TimelineView) -> None:
    document = view.document
    view.commands.add_marker(Fraction(20))
    marker = next(each for each in document.project.markers if each.time == 20)
    menu = ruler_menu(view, view.commands, marker, marker.time)
    colours = next(action.menu() for action in menu.actions() if action.text() == "Colour")
    next(action for action in colours.actions() if action.text() == "Red").trigger()
    assert next(each for each in document.project.markers if each.id == marker.id).colour == "red"
    next(action for action in menu.actions() if action.text() == "Delete marker").trigger()
    assert all(each.id != marker.id for each in document.project.markers)


def test_missing_media_and_an_empty_timeline_say_so(view: TimelineView, qtbot: QtBot) -> None:
    before = colours_of(view, "V1", 3.0, 0.55)
    view.document.library.set_missing(FILM, missing=True)
    view.axis.set_range(0, 20)
    image = picture(view)
    row = view._scene.lanes.lanes[0]
    area = QRectF(0, row.top + 20, 300, 30)
    seen = {
        image.pixelColor(x, y).name()
        for x in range(int(area.left()) + 5, int(area.right()), 3)
        for y in range(int(area.top()), int(area.bottom()), 3)
    }
    assert len(seen) > 1 or before.name() not in seen
    empty = shown(Document(), qtbot)
    image = picture(empty)
    assert len({image.pixel(x, image.height() // 2) for x in range(image.width())}) > 1


def test_curves_landing_repaint_the_segment(view: TimelineView) -> None:
    segment = next(each for each in view.document.project.segments if each.takes)
    view.document.library.put_take_state(segment.chosen, TakeState("done"))
    view.axis.set_range(float(segment.range.start) - 0.5, float(segment.range.end) + 0.5)
    middle = float(segment.range.start) + 1
    row = next(each for each in view._scene.lanes.lanes if each.id == segment.lane)
    foot = 1 - 3 / row.height
    before = colours_of(view, segment.lane, middle, foot)
    times = np.arange(float(segment.range.start), float(segment.range.end), 0.2)
    values = np.full(len(times), 0.1 if segment.takes[0].mean_sync > 0.5 else 0.95, np.float32)
    view.document.library.put_curve(
        CurveKey("take", segment.chosen), SyncCurve(FILM, times, values, values * 0)
    )
    assert distance(colours_of(view, segment.lane, middle, foot), before) > 30


def painted_anew(view: TimelineView) -> QImage:
    view.canvas._layers.forget_looks()
    view.canvas.invalidate()
    return picture(view)


def test_lanes_painted_alone_look_as_painted_with_all(view: TimelineView) -> None:
    document = view.document
    document.apply("In", content_edits.set_in, Fraction(10))
    picture(view)
    first = document.project.segments[0]
    for edit, arguments in (
        (edits.trim_end, (first.id, first.range.end - Fraction(1, 5))),
        (edits.move_items, ([document.project.segments[-1].id], Fraction(2))),
        (edits.delete_items, ([document.project.segments[3].id],)),
    ):
        assert document.apply("Edit", edit, *arguments)
        assert view.canvas._stale, "an edit of items repaints everything, or nothing"
        assert picture(view) == painted_anew(view)
    document.undo()
    assert picture(view) == painted_anew(view)


def test_a_drag_repaints_only_the_lanes_it_touches(view: TimelineView) -> None:
    picture(view)
    moved = view.document.project.segments[0]
    drag = view.document.drag("Move")
    drag.update(edits.move_items, [moved.id], Fraction(1, 25))
    assert view.canvas._stale == frozenset({moved.lane})
    drag.cancel()


def test_blend_settings_change_no_look_but_the_segment(view: TimelineView) -> None:
    picture(view)
    segment = view.document.project.segments[0]
    view.document.apply("Feather", content_edits.set_blend, [segment.id], feather=0.4)
    assert view.canvas._stale == frozenset()
    lane = view.scene.lanes.lane(segment.lane)
    assert view.document.project.segments[0] in lane.items


def test_the_stack_ends_where_the_project_does() -> None:
    project = long_project(segments=12, seconds=120, shots=3, people=2)
    assert LaneStack(project).end == project.duration
    assert LaneStack(Project()).end == 0
