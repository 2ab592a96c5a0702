"""Adapting a generator to a person from the window, with a stand-in for the engine's side."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox

from core.base.blobs import BlobStore
from core.project import content_edits
from core.project.file import load_project, save_project
from core.project.segments import FaceIdentity
from core.takes.lips import generator_folder
from tests.ui import fake_engine
from tests.ui.conftest import project_with


@pytest.fixture
def generator(home):
    generator_folder().mkdir(parents=True)
    (generator_folder() / "toy.json").write_text("{}")


@pytest.fixture
def window(open_window):
    return with_anna(open_window)


def with_anna(open_window, values=None):
    window = open_window(values, fake_engine.main)
    project = project_with((1, 3))
    film = Path(os.environ["UNISYNC_HOME"]) / "film.mp4"
    film.touch()
    project = replace(project, media=(replace(project.media[0], path=str(film)), *project.media[1:]))
    faces = (FaceIdentity(project.media[0].id, "P1"),)
    project = content_edits.set_person(project, project.people[0].id, faces=faces).project
    window.document.replace(project, None)
    return window


def card_of(window, number=0):
    return window.people.cards[number]


def anna(window):
    return window.document.project.people[0]


def agree(window):
    (box,) = [each for each in window.findChildren(QMessageBox) if each.isVisible()]
    next(each for each in box.buttons() if each.text() == "Adapt").click()


def learnt(window, qtbot):
    card_of(window).adapt.click()
    agree(window)
    qtbot.waitUntil(lambda: not window.workshop.jobs.jobs)


def test_without_a_generator_nobody_can_be_learnt_and_the_reason_is_told(no_shipped_generator, window):
    button = card_of(window).adapt
    assert not button.isEnabled()
    assert "No generator is installed" in button.toolTip()
    window.document.session.set_person(anna(window).id)
    assert not window.actions["segment.adapt"].isEnabled()


def test_who_is_in_no_film_cannot_be_learnt(generator, window):
    assert "in no film" in card_of(window, 1).adapt.toolTip()
    assert not card_of(window, 1).adapt.isEnabled()


def test_a_person_is_learnt_kept_in_the_project_and_forgotten(generator, window, qtbot, tmp_path):
    learnt(window, qtbot)
    (job,) = [job for job in window.board.jobs if job.kind == "adapt"]
    assert job.title == "Adapt to Anna"
    assert job.state == "done"
    digest = anna(window).adaptation
    assert BlobStore().find(digest) is not None
    assert "adapted, mouth 25 % nearer" in texts(card_of(window))
    save_project(window.document.project, tmp_path / "p.unisync")
    assert load_project(tmp_path / "p.unisync").people[0].adaptation == digest
    labels = [action.text() for action in window.people.build_menu(anna(window).id).actions()]
    assert "Remove the adaptation" in labels
    window.document.undo()
    assert anna(window).adaptation == ""
    window.document.redo()
    window.workshop.adapt.forget(anna(window).id)
    assert anna(window).adaptation == ""


def test_a_blob_that_is_not_here_and_another_generator_are_states(generator, window, qtbot):
    learnt(window, qtbot)
    digest = anna(window).adaptation
    (generator_folder() / "toy.json").write_text(json.dumps({"other": 1}))
    window.workshop.adapt.changed.emit()
    assert "adapted to another generator" in texts(card_of(window))
    BlobStore().find(digest).unlink()
    window.workshop.adapt.changed.emit()
    assert "adaptation is not on this computer" in texts(card_of(window))


def test_takes_of_a_generator_use_it_and_others_do_not(generator, window, qtbot):
    learnt(window, qtbot)
    segment = window.document.project.segments[0]
    work = window.workshop.takes
    assert work._adaptation(segment) == ""
    window.document.apply("engine", content_edits.set_segments, (segment.id,), engine="hybrid")
    segment = window.document.project.segments[0]
    assert work._adaptation(segment) == anna(window).adaptation
    BlobStore().find(anna(window).adaptation).unlink()
    assert work._adaptation(segment) == ""


def test_what_gained_nothing_is_not_kept(generator, open_window, qtbot):
    window = with_anna(open_window, {"engine.adapt_minutes": 1})
    learnt(window, qtbot)
    assert anna(window).adaptation == ""
    assert any("gained nothing" in text for text in window.stack.texts)


def test_learning_is_paused_resumed_and_cancelled(generator, window, qtbot, home):
    (home / "learn on").touch()
    window.document.session.set_person(anna(window).id)
    assert window.actions["segment.adapt"].isEnabled()
    window.actions["segment.adapt"].trigger()
    agree(window)

    def job():
        return next(each for each in window.board.jobs if each.kind == "adapt")

    qtbot.waitUntil(lambda: job().stage == "learning" and job().progress == 0.8)
    assert "is being learnt" in card_of(window).adapt.toolTip()
    job().pause()
    assert job().state == "paused"
    job().resume()
    qtbot.waitUntil(lambda: job().state == "running")
    job().cancel()
    qtbot.waitUntil(lambda: job().state == "cancelled")
    assert card_of(window).adapt.isEnabled()
    assert anna(window).adaptation == ""


def texts(card):
    QApplication.processEvents()
    return "\n".join(label.text() for label in card.findChildren(QLabel))
