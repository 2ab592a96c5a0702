"""What the window says about people, places and errors, driven as a user drives it."""

from fractions import Fraction as F

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QEnterEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QMessageBox

from core.base.errors import AppError
from core.base.timing import TimeRange
from core.face_geometry.track import FaceTrack
from core.project import content_edits
from core.project.edits import SegmentDraft, add_segments
from core.project.segments import FaceIdentity
from tests.ui.conftest import project_with
from tests.ui.drops import drop_files
from ui.state.library import PersonFacts

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def two(window):
    """Anna speaks from 1 s, Ben from 4 s; both were found in the film."""
    project = project_with((1, 3))
    anna, ben = project.people
    film, dub = (medium.id for medium in project.media)
    for person, name in ((anna, "P1"), (ben, "P2")):
        project = content_edits.set_person(project, person.id, faces=(FaceIdentity(film, name),)).project
    project = add_segments(project, [SegmentDraft(TimeRange(F(4), F(6)), dub, F(4), ben.id)]).project
    window.document.replace(project, None)
    tracks = tuple(face(number, f"P{number + 1}", 100 + 300 * number) for number in range(2))
    facts = tuple(PersonFacts(film, track.person, 60.0, None, None) for track in tracks)
    window.document.library.put_faces(film, tracks, np.arange(1500) / 25, facts)
    window.timeline.axis.set_range(0, 10)
    return window


def face(number, person, left, frames=1500):
    boxes = np.tile(np.array([left, 100, left + 100 + 20 * (1 - number), 200], np.float32), (frames, 1))
    landmarks = np.full((frames, 468, 3), 150, np.float32)
    landmarks[:, :, 0] = left + 50
    landmarks[:, 61, 0], landmarks[:, 291, 0] = left + 35, left + 65
    zeros, ones = np.zeros((frames, 3), np.float32), np.ones(frames, np.float32)
    return FaceTrack(number, person, 0, 0, boxes, landmarks, zeros, ones)


def ruler_click(window, t):
    ruler = window.timeline.ruler
    QTest.mouseClick(ruler, LEFT, NONE, QPoint(round(window.timeline.axis.to_x(F(t))), 10))


def test_the_inspector_stays_with_the_work_when_seeking(two):
    window = two
    film = window.document.project.media[0].name
    assert window.inspector.title.text() == film, "nothing is spoken yet"
    ruler_click(window, 2)
    assert window.inspector.lips.person.currentText() == "Anna"
    ruler_click(window, 5)
    assert window.inspector.lips.person.currentText() == "Ben"
    assert window.actions["segment.generate"].isEnabled()
    window.document.session.select([window.document.project.segments[0].id])
    ruler_click(window, 5)
    assert window.inspector.lips.person.currentText() == "Anna", "what is selected stays"
    window.document.session.select(())
    ruler_click(window, F(7, 2))
    assert window.inspector.title.text() == film
    assert not window.actions["segment.generate"].isEnabled()


def test_z_zooms_to_the_mouth_of_the_selected_segment(two, qtbot):
    window = two
    canvas = window.viewer.canvas
    tracks = window.document.library.tracks(window.document.project.media[0].id)
    from ui.viewer.faces import faces_at

    canvas._faces = faces_at(window.document.project, window.document.project.media[0].id, tracks, 30)
    window.document.session.select([window.document.project.segments[1].id])
    QTest.keyClick(window.timeline, Qt.Key.Key_Z)
    assert canvas.transform.to_film(QPointF(canvas.rect().center())).x() == pytest.approx(450, abs=12)
    window.document.session.select([window.document.project.segments[0].id])
    assert canvas.transform.to_film(QPointF(canvas.rect().center())).x() == pytest.approx(150, abs=12)


def red_columns(widget):
    """Columns whose pixels are the playhead's, from top to bottom."""
    from ui.base.colours import shades

    picture = widget.grab().toImage()
    wanted = shades().playhead
    height = picture.height()
    return [
        x
        for x in range(picture.width())
        if all(picture.pixelColor(x, y).name() == wanted for y in (height - 3, height // 2, 8))
    ]


def test_there_is_one_playhead_wherever_one_scrolls(two, qtbot):
    window = two
    axis, canvas = window.timeline.axis, window.timeline.canvas
    axis.set_range(0, 10)
    ruler_click(window, 5)
    qtbot.wait(30)
    assert len(red_columns(canvas)) == 1
    axis.scroll_to(2.0)
    qtbot.wait(30)
    QTest.keyClick(window.timeline, Qt.Key.Key_Home)
    qtbot.wait(30)
    assert axis.start == 0, "the key's target is brought into view"
    canvas.repaint()
    assert red_columns(canvas) == [0]
    layer = canvas._playhead_x
    assert layer == round(axis.to_x(F(0)))


def wheel(widget, dy, modifiers=NONE):
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at, QPointF(widget.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, dy), Qt.MouseButton.NoButton,
        modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def test_the_wheel_goes_up_and_down_and_ctrl_zooms(two):
    window = two
    timeline = window.timeline
    timeline.scene.set_lane_scale(1.8)
    timeline.axis.set_range(0, 10)
    assert timeline.scene.lanes.height > timeline.canvas.height()
    start = timeline.axis.start
    wheel(timeline.canvas, -120)
    assert timeline.scene.top > 0
    assert timeline.axis.start == start
    wheel(timeline.canvas, -120, Qt.KeyboardModifier.ShiftModifier)
    assert timeline.axis.start > start
    scale = timeline.axis.pixels_per_second
    wheel(timeline.canvas, 120, Qt.KeyboardModifier.ControlModifier)
    assert timeline.axis.pixels_per_second > scale


def test_people_say_whether_faces_are_looked_for_or_are_not_there(window):
    window.document.replace(project_with(), None)
    window.document.apply("Gone", content_edits.remove_person, window.document.project.people[0].id)
    window.document.apply("Gone", content_edits.remove_person, window.document.project.people[0].id)
    film, library = window.document.project.media[0].id, window.document.library
    assert "not looked for yet" in window.people._empty.text()
    assert not window.people._analyse.isHidden()
    library.set_looking_for_faces(film, looking=True)
    assert "looked for in the background" in window.people._empty.text()
    assert window.people._analyse.isHidden()
    library.set_looking_for_faces(film, looking=False)
    library.put_faces(film, (), np.arange(1500) / 25, ())
    assert "No face was found" in window.people._empty.text()
    assert window.people._analyse.isHidden()


def test_a_known_person_is_looked_for_before_being_said_to_be_missing(window):
    project = project_with()
    film = project.media[0].id
    project = content_edits.set_person(project, project.people[0].id, faces=(FaceIdentity(film, "P1"),)).project
    window.document.replace(project, None)
    window.document.library.set_looking_for_faces(film, looking=True)
    card = window.people.cards[0]
    assert "is looked for" in " ".join(label.text() for label in card.findChildren(type(window.people._empty)))


def test_errors_go_away_and_never_lie_over_the_buttons(two, qtbot, monkeypatch):
    window = two
    monkeypatch.setitem(__import__("ui.base.messages", fromlist=["x"]).SHOWN_MS, "error", 300)
    window.document.session.select([window.document.project.segments[0].id])
    for number in range(3):
        window.messages.fail(AppError(f"Something {number} failed in a long sentence about a file.", hint="Try again."))
    assert len(window.stack.texts) == 3
    stack = window.stack.geometry()
    for button in (window.inspector.generate, window.inspector.best):
        place = button.rect().translated(button.mapTo(window, QPoint(0, 0)))
        assert not stack.intersects(place)
    qtbot.waitUntil(lambda: not [text for text in window.stack.texts if "Something" in text])


def test_a_message_stays_while_the_pointer_rests_on_it_and_goes_when_it_is_gone(two, qtbot, monkeypatch):
    monkeypatch.setitem(__import__("ui.base.messages", fromlist=["x"]).SHOWN_MS, "info", 100)
    elsewhere = two.mapToGlobal(two.rect().bottomLeft())
    QCursor.setPos(elsewhere)

    def said(text):
        two.messages.info(text)
        return next(each for each in two.stack.findChildren(QFrame) if each.accessibleName() == text)

    card = said("Read me.")
    QCursor.setPos(card.mapToGlobal(card.rect().center()))
    qtbot.wait(500)
    assert "Read me." in two.stack.texts
    QCursor.setPos(elsewhere)
    qtbot.waitUntil(lambda: "Read me." not in two.stack.texts)
    place = QPointF(5, 5)
    # As when a dialog closes: nothing says that it leaves again.
    QApplication.sendEvent(said("And me."), QEnterEvent(place, place, place))
    qtbot.waitUntil(lambda: "And me." not in two.stack.texts)


def test_adapting_asks_first(two, monkeypatch):
    window = two
    asked = []
    monkeypatch.setattr(window.workshop.adapt, "adapt", asked.append)
    card = window.people.cards[0]
    card.adapt.setEnabled(True)
    for button, expected in (("Cancel", []), ("Adapt", [card.person])):
        QTest.mouseClick(card.adapt, LEFT, NONE, card.adapt.rect().center())
        box = [each for each in window.findChildren(QMessageBox) if each.isVisible()][-1]
        assert "Anna" in box.text()
        (wanted,) = [each for each in box.buttons() if each.text().replace("&", "") == button]
        QTest.mouseClick(wanted, LEFT, NONE, wanted.rect().center())
        assert asked == expected


@pytest.mark.parametrize(("width", "height"), [(1280, 690), (950, 510)], ids=["1280x720", "1080p at 200 %"])
def test_all_of_the_window_can_be_used_on_a_small_screen(open_window, qtbot, width, height):
    window = open_window()
    window.document.replace(project_with((1, 3)), None)
    window.resize(width, height)
    window.docks.arrange_at_first()
    assert window.docks.titles["graph"].is_folded
    window.document.session.select([window.document.project.segments[0].id])
    qtbot.wait(50)
    assert window.size().width() <= width
    assert window.size().height() <= height
    inside = window.rect()
    shown = (window.inspector.generate, window.timeline.canvas, window.viewer.canvas, window.status, window.bin)
    for widget in shown:
        place = widget.rect().translated(widget.mapTo(window, QPoint(0, 0)))
        assert widget.isVisible()
        assert inside.contains(place), widget
    lanes = window.timeline.scene.lanes
    assert [lane.title for lane in lanes.lanes if lane.bottom <= window.timeline.canvas.height()][-1] == "A2"
    inspector = window.inspector
    for page, row in ((inspector.lips, inspector.row("articulation")), (inspector.blend, inspector.row("strength"))):
        from PySide6.QtWidgets import QScrollArea

        tab = inspector._pages.indexOf(page)
        QTest.mouseClick(inspector.tabs, LEFT, NONE, inspector.tabs.tabRect(tab).center())
        area = next(each for each in window.inspector.findChildren(QScrollArea) if each.isAncestorOf(row))
        area.ensureWidgetVisible(row)
        qtbot.wait(10)
        assert row.visibleRegion().boundingRect().height() == row.height()
    title = window.docks.titles["graph"]
    QTest.mouseClick(title._fold, LEFT, NONE, title._fold.rect().center())
    qtbot.wait(30)
    assert window.sync_graph.isVisible()
    assert window.sync_graph.height() >= 58
    assert window.size().height() <= height


def test_one_icon_and_the_keys_for_the_razor(two):
    bar, actions = window_bar(two), two.actions
    assert bar.buttons["tool.razor"].toolTip() == "Razor: click to split (C)"
    assert "Ctrl+Shift+N" in bar.buttons["edit.snapping"].toolTip()
    assert two.inspector.generate.toolTip().endswith("(G)")
    assert picture(bar.buttons["tool.razor"].icon()) == picture(actions["edit.split"].icon())
    QTest.keyClick(two.timeline, Qt.Key.Key_C)
    assert two.timeline.tool == "razor"
    keys = actions.shortcuts
    actions.set_shortcuts({**keys, "segment.generate": ("F9",)})
    assert two.inspector.generate.toolTip().endswith("(F9)")


def window_bar(window):
    return window.timeline.bar


def picture(icon):
    return icon.pixmap(32, 32).toImage()


def test_what_is_dropped_on_the_bin_stays_in_the_bin(window, qtbot, clips):
    window.document.replace(project_with(), None)
    before = window.document.project.clips
    drop_files(window.bin, window.bin.rect().center(), clips("cfr25"))
    qtbot.waitUntil(lambda: len(window.document.project.media) == 3)
    assert window.document.project.clips == before
