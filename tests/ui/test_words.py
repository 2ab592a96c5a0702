"""Words of a dub in the window: lines written down and found, weak words named; read by a Whisper that was never trained."""

from fractions import Fraction as F

import numpy as np
import pytest

from app.main import main
from core.base.timing import TimeRange
from core.project import content_edits, edits, line_edits
from core.project.line_edits import LineDraft
from core.project.media_facts import probe_media
from core.speech.words import Spoken, Word
from tests.core.speech.tiny_whisper import write_tiny_whisper
from tests.talking import cut_dub


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return write_tiny_whisper(tmp_path_factory.mktemp("whisper"))


@pytest.fixture
def dubbed(window, tmp_path):
    """A real dub of 2.4 s, placed a second late, with a segment of Anna's."""
    voice = cut_dub(tmp_path / "dub.flac", 2.4)
    told = probe_media(voice)
    project = content_edits.add_media(
        window.document.project,
        "audio",
        str(voice),
        voice.name,
        told.facts,
        size=told.size,
        quick_hash=told.quick_hash,
    ).project
    project = content_edits.add_person(project, "Anna").project
    project = edits.add_clip(project, project.media[0].id, F(1), lane="A2").project
    draft = edits.SegmentDraft(TimeRange(F(1), F(3)), project.media[0].id, F(0), project.people[0].id)
    window.document.replace(edits.add_segments(project, [draft]).project, None)
    return window


def heard(window, text):
    """What a recogniser that knows its words would have said of the dub."""
    medium = window.document.project.media[0]
    words = tuple(Word(f" {word}", 0.2 + 0.3 * i, 0.5 + 0.3 * i) for i, word in enumerate(text.split()))
    window.workshop.words._read[medium.path, medium.quick_hash] = Spoken("de", words)


def told(window, text):
    return any(text in each for each in window.stack.texts)


def test_without_the_model_the_window_says_how_to_get_it(dubbed, qtbot):
    dubbed.actions["file.write_lines"].trigger()
    qtbot.waitUntil(lambda: told(dubbed, "Whisper base (reading words) is not installed"), timeout=60_000)
    assert dubbed.document.project.lines == ()


def test_the_engine_reads_a_dub_and_its_words_become_lines(weights, dubbed, qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))
    assert main([
        "models", "install", "whisper-base", "--from", str(weights), "--other-weights", "--accept-licence",
    ]) == 0  # fmt: skip

    dubbed.actions["file.write_lines"].trigger()

    qtbot.waitUntil(
        lambda: bool(dubbed.document.project.lines) or told(dubbed, "Nobody speaks"), timeout=120_000
    )
    lines = dubbed.document.project.lines
    assert lines
    assert all(F(1) <= line.range.start < line.range.end <= F(17, 5) for line in lines)
    assert lines[0].character == "Anna"


def test_lines_are_written_once_and_say_their_language(dubbed):
    heard(dubbed, "Guten Morgen Herr Nachbar")
    dubbed.actions["file.write_lines"].trigger()

    (line,) = dubbed.document.project.lines
    assert (line.text, line.character) == ("Guten Morgen Herr Nachbar", "Anna")
    assert float(line.range.start) == pytest.approx(1.2, abs=0.02)
    assert told(dubbed, "1 lines written down; the dub speaks Deutsch.")

    dubbed.actions["file.write_lines"].trigger()
    assert told(dubbed, "The project has lines already.")
    dubbed.document.undo()
    assert dubbed.document.project.lines == ()


def test_lines_of_a_script_are_found_where_the_dub_says_them(dubbed):
    drafts = [LineDraft("Anna", "Guten Morgen, Herr Nachbar!"), LineDraft("Ben", "Wie war die Reise?")]
    dubbed.document.apply("script", line_edits.set_script, drafts)
    heard(dubbed, "guten morgen her nachbar")

    dubbed.actions["file.find_lines"].trigger()

    first, second = dubbed.document.project.lines
    assert (float(first.range.start), float(first.range.end)) == pytest.approx((1.2, 2.4), abs=0.03)
    assert second.range is None
    assert told(dubbed, "1 lines found in the dub, 1 not.")


def test_the_words_of_a_weak_stretch_are_named_when_one_goes_there(dubbed):
    heard(dubbed, "Guten Morgen Herr Nachbar")
    dubbed.document.session.set_playhead(F(8, 5))
    dubbed.actions["segment.next_weak"].trigger()
    assert told(dubbed, "Here the dub says “Morgen Herr Nachbar”.")
    assert np.isclose(float(dubbed.document.session.playhead), 1.6)


def test_a_project_without_a_dub_has_no_words(window):
    window.actions["file.write_lines"].trigger()
    assert told(window, "There is no dub whose words could be read.")
