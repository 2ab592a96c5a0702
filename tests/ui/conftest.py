"""The real window on an offscreen screen, with everything it keeps in a temporary folder."""

import threading
from fractions import Fraction
from functools import partial

import pytest
from PySide6.QtCore import QEvent, QTranslator

from core.base.timing import FrameRate, TimeRange
from core.project import content_edits, edits
from core.project.edits import SegmentDraft
from core.project.media_items import MediaFacts
from core.project.model import Project


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The user's folder for this test."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("UNISYNC_HOME", str(folder))
    return folder


_PATIENCE = 60_000  # milliseconds until something that has not happened is taken for one that never will


@pytest.fixture
def qtbot(qtbot, qapp):
    """The usual one, but what is waited for may take as long as a busy machine needs; no window outlives its test."""
    for name in ("waitUntil", "waitSignal", "waitSignals"):
        setattr(qtbot, name, partial(getattr(qtbot, name), timeout=_PATIENCE))
    yield qtbot
    # Outside an event loop nobody deletes: windows would pile up, and each new one would style all of them anew.
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def open_window(qtbot, qapp, home):
    """Makes windows as the program does, and closes them well at the end."""
    from app.window import build_window

    windows = []
    before = set(threading.enumerate())

    def make(values=None, engine_target=None):
        kept = {"engine.analyse_on_import": False, **(values or {})}
        window = build_window(qapp, kept, home, engine_target)
        windows.append(window)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield make
    for window in windows:
        window.close_now()
        window.log.remove()
        window.deleteLater()
    for translator in qapp.findChildren(QTranslator):  # the next window may speak another language
        qapp.removeTranslator(translator)
        translator.deleteLater()
    qapp.processEvents()
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive(), f"the window left the thread {thread.name} behind"


@pytest.fixture
def window(open_window):
    """One window with an empty project."""
    return open_window()


def project_with(*ranges, rate=Fraction(25), seconds=60):
    """A project with one film, one dub, two people and segments of the first person; its files do not exist."""
    picture = {"width": 640, "height": 360, "rate": FrameRate(rate), "frame_count": int(seconds * rate)}
    project = Project(name="Test")
    film = MediaFacts(Fraction(seconds), audio_channels=2, sample_rate=48000, **picture)
    dub = MediaFacts(Fraction(seconds), audio_channels=1, sample_rate=48000)
    project = content_edits.add_media(project, "video", "/nowhere/film.mp4", "film.mp4", film).project
    project = content_edits.add_media(project, "audio", "/nowhere/dub.wav", "dub.wav", dub).project
    project = content_edits.add_person(project, "Anna").project
    project = content_edits.add_person(project, "Ben").project
    project = edits.add_clip(project, project.media[0].id, Fraction(0)).project
    project = edits.add_clip(project, project.media[1].id, Fraction(0), lane="A2").project
    drafts = [
        SegmentDraft(
            TimeRange(Fraction(a), Fraction(b)), project.media[1].id, Fraction(a), project.people[0].id
        )
        for a, b in ranges
    ]
    return edits.add_segments(project, drafts).project if drafts else project
