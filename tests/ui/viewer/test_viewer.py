"""The viewer widget: modes, mask, faces, zoom, keys, typed timecode, drops."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.lab.editor_figures import film_project
from core.base.errors import SettingsError
from core.base.timing import FrameRate
from core.face_geometry.track import FaceTrack, PersonId, TrackId
from core.project import content_edits
from core.project.ids import ItemId, TakeId
from core.project.model import Project, Sequence
from core.project.segments import FaceIdentity
from ui.state.document import Document
from ui.state.pictures import Picture
from ui.viewer.rendering import outline
from ui.viewer.timecode_edit import typed_time
from ui.viewer.view_transform import ViewTransform
from ui.viewer.viewer import Viewer


class Inverted:
    """A result whose lower half is inverted, and a mask of that half."""

    def __init__(self) -> None:
        self.level = 255

    def result_rgb(
        self, picture: Picture, source: np.ndarray, *, rivals: bool = False
    ) -> np.ndarray | None:
        if rivals:
            return 255 - source
        if picture.frame >= 40:
            return None
        result = source.copy()
        result[source.shape[0] // 2 :] = 255 - result[source.shape[0] // 2 :]
        return result

    def mask(self, picture: Picture, source: np.ndarray) -> np.ndarray | None:
        mask = np.zeros(source.shape[:2], np.uint8)
        mask[source.shape[0] // 2 :] = self.level
        return mask


def colour_at(viewer: Viewer, x: float, y: float) -> tuple[int, int, int]:
    """The colour at a share of the picture's width and height, as painted."""
    rect = viewer.canvas.transform.rect
    image = viewer.canvas.grab().toImage()
    ratio = image.devicePixelRatio()
    found = image.pixelColor(
        round((rect.left() + rect.width() * x) * ratio), round((rect.top() + rect.height() * y) * ratio)
    )
    return found.red(), found.green(), found.blue()


def close(a: tuple[int, int, int], b: tuple[int, int, int], tolerance: int = 14) -> bool:
    return all(abs(one - other) <= tolerance for one, other in zip(a, b, strict=True))


@pytest.fixture
def project(clips) -> Project:
    return film_project(Path(clips("cfr25")))


@pytest.fixture
def viewer(project: Project, qtbot: QtBot) -> Iterator[Viewer]:
    document = Document(project)
    widget = Viewer(document)
    widget.resize(640, 520)
    widget.show()
    qtbot.waitExposed(widget)
    qtbot.waitUntil(lambda: widget.canvas.rendered is not None and widget.canvas.rendered.image is not None)
    yield widget
    widget.close_media()
    widget.deleteLater()


def wait_for(viewer: Viewer, qtbot: QtBot, act) -> None:
    """Does `act` and waits for a picture made after it."""
    before = viewer.canvas.rendered
    act()
    qtbot.waitUntil(lambda: viewer.canvas.rendered is not before and viewer.canvas.rendered.image is not None)


def test_result_source_difference_mask_and_wipe_show_what_they_say(viewer: Viewer, qtbot: QtBot) -> None:
    document = viewer._document
    session = document.session
    viewer.canvas.shows_faces = False
    wait_for(viewer, qtbot, lambda: session.set_view_mode("source"))
    source_top, source_low = colour_at(viewer, 0.9, 0.3), colour_at(viewer, 0.9, 0.9)
    wait_for(viewer, qtbot, lambda: viewer.set_results(Inverted()))
    wait_for(viewer, qtbot, lambda: session.set_view_mode("result"))
    assert viewer.canvas.rendered.has_result
    inverted = tuple(255 - value for value in source_low)
    assert close(colour_at(viewer, 0.9, 0.9), inverted)
    assert close(colour_at(viewer, 0.9, 0.3), source_top)
    wait_for(viewer, qtbot, lambda: session.set_view_mode("wipe"))
    viewer.canvas.set_wipe(0.5)
    assert close(colour_at(viewer, 0.9, 0.9), inverted)
    left_source = colour_at(viewer, 0.1, 0.9)
    viewer.canvas.set_wipe(0.0)
    assert close(colour_at(viewer, 0.1, 0.9), tuple(255 - value for value in left_source))
    wait_for(viewer, qtbot, lambda: session.set_view_mode("mask"))
    assert close(colour_at(viewer, 0.9, 0.9), (255, 255, 255))
    assert close(colour_at(viewer, 0.9, 0.3), (0, 0, 0))
    wait_for(viewer, qtbot, lambda: session.set_view_mode("difference"))
    assert close(colour_at(viewer, 0.9, 0.3), (0, 0, 0))
    wanted = tuple(min(4 * abs(255 - 2 * value), 255) for value in source_low)
    assert close(colour_at(viewer, 0.9, 0.9), wanted, 60)


def test_the_mask_overlay_tints_only_the_mask(viewer: Viewer, qtbot: QtBot) -> None:
    wait_for(viewer, qtbot, lambda: viewer.set_results(Inverted()))
    plain_top, plain_low = colour_at(viewer, 0.9, 0.3), colour_at(viewer, 0.9, 0.9)
    wait_for(viewer, qtbot, lambda: viewer._document.session.set_mask_shown(True))
    assert colour_at(viewer, 0.9, 0.3) == plain_top
    assert colour_at(viewer, 0.9, 0.9)[0] > plain_low[0]


def test_a_blend_change_shows_the_mask_for_a_moment_and_composites_again(
    viewer: Viewer, qtbot: QtBot
) -> None:
    results = Inverted()
    wait_for(viewer, qtbot, lambda: viewer.set_results(results))
    assert viewer.canvas.rendered.overlay is None
    wait_for(viewer, qtbot, viewer.show_mask_for_a_moment)
    assert viewer.canvas.rendered.overlay is not None
    qtbot.waitUntil(lambda: viewer.canvas.rendered.overlay is None)


def test_where_nothing_was_generated_the_source_passes_through(viewer: Viewer, qtbot: QtBot) -> None:
    wait_for(viewer, qtbot, lambda: viewer.set_results(Inverted()))
    wait_for(viewer, qtbot, lambda: viewer._document.session.set_playhead(Fraction(45, 25)))
    assert not viewer.canvas.rendered.has_result


def face(person: str, box: tuple[float, float, float, float], frames: int = 50) -> FaceTrack:
    boxes = np.tile(np.array(box, np.float32), (frames, 1))
    landmarks = np.zeros((frames, 468, 3), np.float32)
    x, y, width = (box[0] + box[2]) / 2, box[1] + (box[3] - box[1]) * 0.75, (box[2] - box[0]) * 0.3
    landmarks[:, 61, :2], landmarks[:, 291, :2] = (x - width / 2, y), (x + width / 2, y)
    landmarks[:, 0, :2], landmarks[:, 17, :2] = (x, y - width / 4), (x, y + width / 4)
    pose, quality = np.zeros((frames, 3), np.float32), np.ones(frames, np.float32)
    return FaceTrack(TrackId(0), PersonId(person), 0, 0, boxes, landmarks, pose, quality)


def add_faces(viewer: Viewer) -> PersonId:
    """A person with a card (identity P1) and somebody without one (P2)."""
    document = viewer._document
    film = document.project.media[0].id
    document.apply("Add", content_edits.add_person, "Anna", (FaceIdentity(film, PersonId("P1")),))
    tracks = (face("P1", (20, 30, 70, 100)), face("P2", (100, 30, 150, 100)))
    document.library.put_faces(film, tracks, np.arange(50) / 25, ())
    return document.project.people[0].id


def film_point(viewer: Viewer, x: float, y: float) -> QPoint:
    return viewer.canvas.transform.to_view(QPointF(x, y)).toPoint()


def test_clicking_a_face_picks_the_person(viewer: Viewer, qtbot: QtBot) -> None:
    anna = add_faces(viewer)
    with qtbot.waitSignal(viewer.person_picked) as picked:
        QTest.mouseClick(viewer.canvas, Qt.MouseButton.LeftButton, pos=film_point(viewer, 45, 65))
    assert picked.args == [anna]
    assert viewer._document.session.person == anna
    with qtbot.waitSignal(viewer.face_picked) as found:
        QTest.mouseClick(viewer.canvas, Qt.MouseButton.LeftButton, pos=film_point(viewer, 125, 65))
    assert found.args == [viewer._document.project.media[0].id, "P2"]


def test_the_mouth_zoom_follows_the_picked_persons_mouth(viewer: Viewer) -> None:
    anna = add_faces(viewer)
    viewer._document.session.set_person(anna)
    viewer._document.session.set_mouth_zoomed(True)
    middle = viewer.canvas.transform.to_film(QPointF(viewer.canvas.width() / 2, viewer.canvas.height() / 2))
    assert (middle.x(), middle.y()) == pytest.approx((45, 82.5), abs=1)
    assert viewer.canvas.zoom > 3
    viewer._document.session.set_mouth_zoomed(False)
    assert viewer.canvas.transform.is_fitted


def test_shuttle_keys_speed_up_slow_down_and_turn_round(viewer: Viewer) -> None:
    speeds = []
    for act in (
        viewer.play_forward,
        viewer.play_forward,
        viewer.play_forward,
        viewer.play_backward,
        viewer.play_backward,
        viewer.play_backward,
    ):
        act()
        speeds.append(viewer.player.speed)
    viewer.stop()
    assert speeds == [1, 2, 4, 2, 1, -1]
    assert viewer.player.speed == 0
    assert not viewer._document.session.is_playing


def test_k_held_with_l_or_j_steps(viewer: Viewer) -> None:
    viewer.setFocus()
    QTest.keyPress(viewer, Qt.Key.Key_K)
    viewer.play_forward()
    viewer.play_forward()
    viewer.play_backward()
    QTest.keyRelease(viewer, Qt.Key.Key_K)
    assert viewer._document.session.playhead == Fraction(1, 25)
    assert not viewer.player.is_playing


def test_home_and_end_go_to_the_first_and_last_picture(viewer: Viewer) -> None:
    viewer.go_to_end()
    assert viewer._document.session.playhead == Fraction(49, 25)
    viewer.go_to_start()
    assert viewer._document.session.playhead == 0


def test_a_typed_timecode_moves_the_playhead_and_nonsense_is_refused(viewer: Viewer, qtbot: QtBot) -> None:
    field = viewer.bar.timecode
    field.setText("00:00:01:05")
    field.setModified(True)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert viewer._document.session.playhead == Fraction(30, 25)
    field.setText("soon")
    with qtbot.waitSignal(viewer.message) as told:
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert isinstance(told.args[0], SettingsError)
    assert field.text() == "00:00:01:05"


@pytest.mark.parametrize(
    ("text", "here", "frame"),
    [
        ("00:00:02:10", 0, 60),
        ("210", 0, 60),
        ("10", 0, 10),
        ("+12", 5, 17),
        ("-100", 60, 35),
        ("-500", 60, 0),
        ("1:00:00:00", 0, 90_000),
    ],
)
def test_typed_times(text: str, here: int, frame: int) -> None:
    rate = FrameRate(Fraction(25))
    assert typed_time(text, Sequence(rate), rate.time_of(here)) == rate.time_of(frame)


def test_typed_times_are_drop_frame_on_a_drop_frame_timeline() -> None:
    rate = FrameRate(Fraction(30000, 1001))
    sequence = Sequence(rate, drop_frame=True, start_frame=0)
    assert typed_time("00:01:00:02", sequence, Fraction(0)) == rate.time_of(1800)
    with pytest.raises(SettingsError):
        typed_time("00:01:00:00", sequence, Fraction(0))


def test_zoom_keeps_the_point_under_the_pointer_and_pan_cannot_lose_the_picture() -> None:
    transform = ViewTransform(QSizeF(800, 600), QSizeF(1920, 1080))
    assert transform.rect.width() == pytest.approx(800)
    anchor = QPointF(300, 250)
    held = transform.to_film(anchor)
    zoomed = transform.zoomed(2.0, anchor)
    assert zoomed.to_film(anchor).x() == pytest.approx(held.x())
    assert zoomed.to_film(anchor).y() == pytest.approx(held.y())
    lost = zoomed.panned(QPointF(1e6, 1e6))
    assert lost.rect.intersects(QRectF(0, 0, 800, 600))


def test_wide_pixels_and_rotation_are_shown_in_the_right_shape(clips, qtbot: QtBot) -> None:
    for name in ("wide_pixels", "rotated"):
        project = film_project(Path(clips(name)))
        widget = Viewer(Document(project))
        widget.resize(640, 520)
        widget.show()
        qtbot.waitUntil(
            lambda w=widget: w.canvas.rendered is not None and w.canvas.rendered.image is not None
        )
        facts = project.media[0].facts
        rect = widget.canvas.transform.rect
        assert rect.width() / rect.height() == pytest.approx(facts.width / facts.height)
        widget.close_media()
        widget.deleteLater()


def test_an_hdr_film_says_that_it_is_tone_mapped(clips, qtbot: QtBot) -> None:
    widget = Viewer(Document(film_project(Path(clips("hdr_pq")))))
    widget.show()
    qtbot.waitUntil(lambda: widget.canvas.rendered is not None and widget.canvas.rendered.image is not None)
    assert ("HDR → SDR") in [text for text, _ in widget.canvas._badges(widget.canvas.rendered)]
    widget.close_media()
    widget.deleteLater()


def test_closing_joins_every_thread(project: Project, qtbot: QtBot) -> None:
    import threading

    before = set(threading.enumerate())
    widget = Viewer(Document(project))
    widget.player.play()
    qtbot.waitUntil(lambda: widget.player.shown_count >= 2)
    widget.close_media()
    widget.close_media()
    assert [t for t in set(threading.enumerate()) - before if t.name.startswith("viewer")] == []
    widget.deleteLater()


def test_a_narrow_transport_bar_leaves_out_what_would_overlap(viewer: Viewer) -> None:
    bar = viewer.bar
    for width in (430, 520, 600, 700, 780, 960):
        viewer.resize(width, 520)
        QTest.qWait(20)
        shown = [bar._row.itemAt(n).widget() for n in range(bar._row.count())]
        places = [each.geometry() for each in shown if each is not None and each.isVisible()]
        for left, right in pairwise(places):
            assert left.right() <= right.left(), width
        assert places[-1].right() < bar.width()
    assert bar._length.isVisible()


def test_wipe_and_side_by_side_compare_takes_where_one_is_named(viewer: Viewer, qtbot: QtBot) -> None:
    session = viewer._document.session
    viewer.canvas.shows_faces = False
    viewer.set_results(Inverted())
    wait_for(viewer, qtbot, lambda: session.set_view_mode("source"))
    source = colour_at(viewer, 0.25, 0.25)
    inverted = (255 - source[0], 255 - source[1], 255 - source[2])
    wait_for(viewer, qtbot, lambda: session.set_view_mode("wipe"))
    assert close(colour_at(viewer, 0.25, 0.25), source)  # with nothing to compare with, the source
    wait_for(viewer, qtbot, lambda: session.set_rival(ItemId("s1"), TakeId("t1")))
    assert close(colour_at(viewer, 0.25, 0.25), inverted)
    wait_for(viewer, qtbot, lambda: session.set_rival_shown(True))
    assert close(colour_at(viewer, 0.25, 0.25), source)  # the sides have changed places
    wait_for(viewer, qtbot, lambda: session.set_rival_shown(False))
    wait_for(viewer, qtbot, lambda: session.set_view_mode("side"))
    image = viewer.canvas.grab().toImage()
    half = viewer.canvas._half().rect
    at = (half.left() + half.width() * 0.25, half.top() + half.height() * 0.25)
    left = image.pixelColor(round(at[0]), round(at[1]))
    right = image.pixelColor(round(at[0] + viewer.canvas.width() / 2 + 1), round(at[1]))
    assert close(left.getRgb()[:3], inverted)
    assert close(right.getRgb()[:3], source)
    session.forget_rivals()
    assert not session.is_rival_shown


def test_while_a_slider_moves_the_mask_is_a_line_and_skin_stays_visible() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 60
    mask[15:25, 15:25] = 255
    line = outline(mask)
    assert line[15, 20] == 255  # where the mask is half
    assert 0 < line[10, 20] < 255  # where it ends
    assert line[20, 20] == line[12, 20] == line[5, 5] == 0


def test_the_overlay_is_a_line_only_while_a_slider_moves(viewer: Viewer, qtbot: QtBot) -> None:
    viewer.set_results(Inverted())
    wait_for(viewer, qtbot, viewer.show_mask_for_a_moment)
    moving = viewer.canvas.rendered.overlay
    assert moving.pixelColor(moving.width() // 2, moving.height() - 8).alpha() == 0
    wait_for(viewer, qtbot, lambda: viewer._document.session.set_mask_shown(True))
    kept = viewer.canvas.rendered.overlay
    assert kept.pixelColor(kept.width() // 2, kept.height() - 8).alpha() > 60
