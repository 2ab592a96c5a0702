from fractions import Fraction as F

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication

from core.project import content_edits
from core.project.parameters import PARAMETERS
from core.project.segments import FaceIdentity, TakePiece
from tests.ui.conftest import project_with
from ui.jobs.job_board import JobBoard
from ui.jobs.jobs_panel import JobsPanel, time_left_text
from ui.state.library import CurveKey, PersonFacts, SyncCurve
from ui.timeline.drops import dropped_from


@pytest.fixture
def dubbed(window):
    window.document.replace(project_with((1, 3), (4, 5)), None)
    return window


def select(window, *indices):
    window.document.session.select([window.document.project.segments[i].id for i in indices])


def test_inspector_shows_the_selection(dubbed):
    inspector = dubbed.inspector
    select(dubbed, 0)
    assert inspector.tabs.isVisible()
    assert "00:00:01:00 – 00:00:03:00" in inspector.place.text()
    assert inspector.lips.person.currentText() == "Anna"
    select(dubbed, 0, 1)
    assert inspector.title.text() == "2 segments"


def test_no_title_is_cut(dubbed):
    select(dubbed, 0)
    for parameter in PARAMETERS:
        label = dubbed.inspector.row(parameter.name)._label
        assert label.width() >= label.sizeHint().width(), label.text()


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.name)
def test_every_control_changes_its_setting_marks_it_and_resets(dubbed, parameter):
    select(dubbed, 0)
    row = dubbed.inspector.row(parameter.name)
    assert not row.is_marked_changed

    def value():
        segment = dubbed.document.project.segments[0]
        return getattr(segment.lips if parameter.group == "lips" else segment.blend, parameter.name)

    match parameter.kind:
        case "slider":
            row._slider.setValue(row._slider.maximum())
            assert value() == pytest.approx(parameter.maximum)
            row._number.setValue(parameter.minimum * parameter.scale)
            assert value() == pytest.approx(parameter.minimum)
            if parameter.default == parameter.minimum:
                row._slider.setValue(row._slider.maximum())
        case "seed":
            row._on_dice()
            assert value() == 1
        case "choice":
            others = [choice for choice, _ in parameter.choices if choice != parameter.default]
            row._choice.setCurrentIndex(row._choice.findData(others[0]))
            row._choice.activated.emit(row._choice.currentIndex())
            assert value() == others[0]
        case _:
            row._flag.click()
            assert value() is False
    assert row.is_marked_changed
    row._reset.click()
    assert value() == parameter.default
    assert not row.is_marked_changed
    while dubbed.document.undo_label:
        dubbed.document.undo()
    assert value() == parameter.default


def test_a_slider_drag_is_one_undo_step(dubbed):
    select(dubbed, 0, 1)
    slider = dubbed.inspector.row("feather")._slider
    slider.setSliderDown(True)
    for position in (12, 20, 30):
        slider.setValue(position)
    slider.setSliderDown(False)
    assert [s.blend.feather for s in dubbed.document.project.segments] == [0.3, 0.3]
    dubbed.document.undo()
    assert dubbed.document.undo_label is None


def test_person_of_a_segment_can_be_changed_and_refusal_keeps_the_list_true(dubbed):
    select(dubbed, 0)
    box = dubbed.inspector.lips.person
    box.setCurrentIndex(box.findText("Ben"))
    box.activated.emit(box.currentIndex())
    ben = dubbed.document.project.people[1].id
    assert dubbed.document.segment(dubbed.document.project.segments[-1].id).person == ben


def test_score_card_speaks_in_words(dubbed):
    document = dubbed.document
    segment = document.project.segments[0]
    film = document.project.media[0].id
    piece = TakePiece(film, segment.range, segment.offset, 25, 75, 0, "key")
    document.apply("Take", content_edits.add_take, segment.id, "auto", segment.lips, (piece,))
    take = document.project.segments[0].takes[0]
    select(dubbed, 0)
    assert "Not known" in dubbed.inspector.lips.score.words
    for value, words in ((0.9, "Fits well"), (0.55, "weak stretches"), (0.2, "Does not fit")):
        curve = SyncCurve(
            film, np.array([1.0, 2.0]), np.array([value, np.nan], np.float32), np.zeros(2, np.float32)
        )
        document.library.put_curve(CurveKey("take", take.id), curve)
        assert words in dubbed.inspector.lips.score.words
    times = np.arange(1, 1.8, 0.2)
    short = SyncCurve(film, times, np.full(len(times), 0.9, np.float32), np.zeros(len(times), np.float32))
    document.library.put_curve(CurveKey("take", take.id), short)
    assert "Too short" in dubbed.inspector.lips.score.words, "it was generated, and there is nothing to wait for"


def test_person_cards_show_who_was_found_and_are_picked(dubbed, qtbot):
    document = dubbed.document
    film = document.project.media[0].id
    anna = document.project.people[0].id
    document.apply("Face", content_edits.set_person, anna, faces=(FaceIdentity(film, "P1"),))
    portrait = QImage(8, 8, QImage.Format.Format_RGB32)
    facts = PersonFacts(film, "P1", 90.0, 0.4, portrait)
    document.library.put_faces(film, (), np.zeros(0), (facts,))
    card = dubbed.people.cards[0]
    texts = " ".join(label.text() for label in card.findChildren(type(dubbed.inspector.title)))
    assert "Anna" in texts
    assert "1.5 min on screen" in texts
    assert "speaks 40% of the time" in texts
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert document.session.person == anna
    qtbot.mouseClick(dubbed.people.cards[0], Qt.MouseButton.LeftButton)
    assert document.session.person is None


def test_people_are_renamed_merged_hidden_and_shown_again(dubbed):
    people, document = dubbed.people, dubbed.document
    anna, ben = (person.id for person in document.project.people)
    people.rename(anna, "  Anne ")
    assert document.project.people[0].name == "Anne"
    people._set("Hide", ben, is_hidden=True)
    assert len(people.cards) == 1
    people._show_hidden()
    assert len(people.cards) == 2
    people.merge(anna, ben)
    assert [person.id for person in document.project.people] == [anna]
    titles = [action.text() for action in people.build_menu(anna).actions()]
    assert "Same person as" not in titles


def test_media_can_be_dragged_to_the_timeline(dubbed):
    listed = dubbed.bin._list
    data = listed.mimeData([listed.item(0)])
    dropped = dropped_from(data, dubbed.document.project)
    assert dropped.media == (dubbed.document.project.media[0].id,)
    assert data.urls()[0].toLocalFile() == "/nowhere/film.mp4"


def test_bin_says_what_a_file_is(dubbed):
    assert dubbed.bin.titles[0].startswith("film.mp4\n")
    assert "640×360" in dubbed.bin.titles[0]
    dubbed.document.library.set_missing(dubbed.document.project.media[0].id, missing=True)
    assert "file not found" in dubbed.bin.titles[0]


def drop_on(widget, paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    enter = QDragEnterEvent(
        QPoint(10, 10),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    event = QDropEvent(
        QPointF(10, 10),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_a_film_dropped_on_the_first_page_is_taken(window, qtbot, clips):
    assert drop_on(window.welcome, [clips("cfr25")])
    qtbot.waitUntil(lambda: bool(window.document.project.video_clips))


def test_a_project_dropped_on_the_window_is_opened(window, qtbot, tmp_path):
    from core.project.file import save_project

    save_project(project_with((1, 2)), tmp_path / "a.unisync")
    assert drop_on(window, [tmp_path / "a.unisync"])
    assert window.document.path == tmp_path / "a.unisync"


def test_jobs_panel_follows_the_board(qtbot):
    board = JobBoard()
    panel = JobsPanel(board)
    qtbot.addWidget(panel)
    panel.show()
    pressed = []
    number = board.add(
        "take",
        "Lips",
        state="running",
        cancel=lambda: pressed.append("cancel"),
        pause=lambda: pressed.append("pause"),
        retry=lambda: pressed.append("retry"),
    )
    row = panel._rows[number]
    board.update(number, progress=0.5, stage="making lips", seconds_left=90.0)
    assert row._state.text() == "making lips · 50% · about 2 min left"
    row._pause.click()
    row._cancel.click()
    board.update(number, state="failed", message="No room.")
    assert row._state.text() == "No room."
    assert not row._retry.isHidden()
    row._retry.click()
    assert pressed == ["pause", "cancel", "retry"]
    assert board.jobs == ()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (5, "5 s left"), (130, "about 2 min left"), (7500, "about 2 h 5 min left")],
)
def test_time_left_in_words(seconds, text):
    assert time_left_text(seconds) == text


def test_a_finished_job_does_not_change_any_more():
    board = JobBoard()
    number = board.add("score", "Fit")
    board.update(number, state="done")
    board.update(number, state="running", progress=0.1)
    assert board.job(number).state == "done"


def test_new_segment_takes_the_marked_range_and_the_picked_person(dubbed):
    document = dubbed.document
    document.session.set_person(document.project.people[1].id)
    document.apply("In", content_edits.set_in, F(10))
    document.apply("Out", content_edits.set_out, F(12))
    dubbed.actions["segment.new"].trigger()
    (segment,) = document.selected_segments
    assert (segment.range.start, segment.range.end, segment.person) == (10, 12, document.project.people[1].id)


def test_keep_original_and_mute_by_key(dubbed):
    select(dubbed, 0)
    dubbed.actions["segment.keep"].trigger()
    assert dubbed.document.project.segments[0].keep_original
    dubbed.actions["segment.mute"].trigger()
    assert dubbed.document.project.segments[0].muted
    dubbed.actions["segment.keep"].trigger()
    assert not dubbed.document.project.segments[0].keep_original


def test_context_menus_of_the_bin(dubbed):
    media = dubbed.document.project.media
    menu = dubbed.bin.build_menu(media[0].id)
    assert "Find faces" in [action.text() for action in menu.actions()]
    menu.actions()[-1].trigger()
    assert [each.id for each in dubbed.document.project.media] == [media[1].id]
    assert dubbed.document.project.video_clips == ()
