"""Fitting a line in time: offered places, nudging, stretching; through the window with real recordings."""

from fractions import Fraction as F

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.base.timing import TimeRange
from core.project import content_edits, edits
from core.project.media_facts import probe_media
from tests.talking import cut_dub
from ui.lines.fit_dialog import FitDialog
from ui.state.library import CurveKey, SyncCurve

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def line(window, tmp_path):
    """A film whose own voice says the dub's words 0.2 s later than the segment does."""
    window.resize(1500, 950)
    voice, own = cut_dub(tmp_path / "dub.flac", 2.4), cut_dub(tmp_path / "own.flac", 2.4, 0.1)
    project = window.document.project
    film_path = _film_with(tmp_path / "film.mkv", own)
    for kind, path in (("video", film_path), ("audio", voice)):
        told = probe_media(path)
        project = content_edits.add_media(
            project, kind, str(path), path.name, told.facts, size=told.size, quick_hash=told.quick_hash
        ).project
    film, dub = project.media
    project = content_edits.add_person(project, "Anna").project
    project = edits.add_clip(project, film.id, F(0)).project
    draft = edits.SegmentDraft(TimeRange(F(2, 5), F(8, 5)), dub.id, F(2, 5), project.people[0].id)
    project = edits.add_segments(project, [draft]).project
    window.document.replace(project, None)
    window.document.session.select([project.segments[0].id])
    return window


def _film_with(path, sound):
    """A grey film of 2.4 s with that sound."""
    import av

    from core.media.audio import read_analysis

    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        track = out.add_stream("pcm_s16le", rate=16000)
        track.layout = "mono"
        for _ in range(60):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((64, 64, 3), 90, np.uint8), "rgb24")))
        out.mux(stream.encode(None))
        values = np.clip(read_analysis(sound) * 32767, -32768, 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(values[None], "s16", "mono")
        frame.sample_rate = 16000
        out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return path


def segment(window):
    return window.document.project.segments[0]


def opened(window, qtbot):
    window.actions["segment.fit"].trigger()
    dialog = next(each for each in window.findChildren(FitDialog) if each.isVisible())
    qtbot.waitUntil(lambda: dialog.voice.text() != "Listening…", timeout=30_000)
    return dialog


def test_the_films_own_voice_says_where_a_line_belongs_and_nothing_is_moved_unasked(line, qtbot):
    before = segment(line).range
    dialog = opened(line, qtbot)
    assert dialog.voice.text().startswith("5 frames later")
    assert dialog.lips.text() == "cannot be told"
    assert not dialog.lips.isEnabled()
    assert segment(line).range == before
    QTest.mouseClick(dialog.voice, LEFT)
    assert segment(line).range.start == before.start + F(5, 25)
    assert segment(line).offset == F(2, 5)
    line.document.undo()
    assert segment(line).range == before


def test_the_lips_offer_what_the_scorer_reads(line, qtbot):
    film = line.document.project.media[0].id
    curve = SyncCurve(film, np.arange(5) * 0.2, np.full(5, 0.6, np.float32), np.full(5, 80.0, np.float32))
    line.document.library.put_curve(CurveKey("dub", segment(line).id), curve)
    dialog = opened(line, qtbot)
    assert dialog.lips.text() == "2 frames earlier"
    QTest.mouseClick(dialog.lips, LEFT)
    assert segment(line).range.start == F(2, 5) - F(2, 25)


def test_a_line_is_made_longer_as_one_step(line, qtbot):
    dialog = opened(line, qtbot)
    assert not dialog.stretch.isEnabled()
    dialog.percent.setValue(10)
    assert "1.20 s becomes 1.32 s" in dialog._length.text()
    QTest.mouseClick(dialog.stretch, LEFT)
    qtbot.waitUntil(lambda: segment(line).range.duration != F(6, 5), timeout=30_000)
    assert segment(line).range == TimeRange(F(2, 5), F(2, 5) + F(33, 25))
    assert len(line.document.project.media) == 3
    assert line.document.project.medium(segment(line).dub).facts.duration == F(132, 100)
    line.document.undo()
    assert segment(line).range.duration == F(6, 5)
    assert len(line.document.project.media) == 2


def test_keys_nudge_a_line_by_frames(line):
    line.timeline.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(line, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert segment(line).range.start == F(2, 5) + F(2, 25)
    QTest.keyClick(line, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert segment(line).range.start == F(2, 5) + F(1, 25)
    assert segment(line).offset == F(2, 5)
