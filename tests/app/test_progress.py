"""Progress where the output is not a terminal: lines, not a bar, every few seconds."""

import io

from app.progress import StageProgress, show_progress
from core.jobs.events import JobId, Note, Progress

JOB = JobId("dub")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_line_at_the_start_every_five_seconds_and_at_the_end():
    now = [0.0]
    out = io.StringIO()
    with StageProgress("Making lips", out, lambda: now[0]) as stage:
        for done in range(101):
            stage.update(done, 100)
            now[0] += 0.125
    lines = out.getvalue().splitlines()
    assert lines == [
        "Making lips: 0 of 100 (0 %)",
        "Making lips: 40 of 100 (40 %), 0:08 left",
        "Making lips: 80 of 100 (80 %), 0:02 left",
        "Making lips: 100 of 100 (100 %)",
    ]


def test_what_comes_to_it_on_the_way_takes_its_time_too():
    """A download's size grows file by file."""
    now = [0.0]
    out = io.StringIO()
    with StageProgress("Fetching", out, lambda: now[0]) as stage:
        for done, total in ((0, 100), (50, 100), (100, 400), (200, 400), (400, 400)):
            stage.update(done, total)
            now[0] += 10
    assert out.getvalue().splitlines() == [
        "Fetching: 0 of 100 (0 %)",
        "Fetching: 50 of 100 (50 %), 0:10 left",
        "Fetching: 100 of 400 (25 %), 1:00 left",
        "Fetching: 200 of 400 (50 %), 0:30 left",
        "Fetching: 400 of 400 (100 %)",
    ]


def test_each_stage_and_each_note_is_told():
    out = io.StringIO()

    def events():
        yield Note(JOB, "The subtitles are left out.")
        yield Progress(JOB, "faces", 0, 2)
        yield Progress(JOB, "faces", 1, 2)
        yield Progress(JOB, "export", 0, 3)
        yield Progress(JOB, "export", 3, 3)
        return "done"

    assert show_progress(events(), out) == "done"
    assert out.getvalue().splitlines() == [
        "Note: The subtitles are left out.",
        "Finding faces: 0 of 2 (0 %)",
        "Finding faces: 1 of 2 (50 %), 0:00 left",
        "Writing the film: 0 of 3 (0 %)",
        "Writing the film: 3 of 3 (100 %)",
    ]


def test_what_has_no_end_is_told_by_its_name():
    out = io.StringIO()

    def events():
        yield Progress(JOB, "fetch", 100, 100)
        yield Progress(JOB, "unpack", 0, 0)
        yield Progress(JOB, "fetch", 105, 200)

    show_progress(events(), out)
    assert out.getvalue().splitlines() == [
        "Fetching: 100 of 100 (100 %)", "Unpacking …", "Fetching: 105 of 200 (52 %)",
    ]  # fmt: skip


def test_a_terminal_has_a_bar():
    out = Terminal()
    with StageProgress("Making lips", out) as stage:
        stage.update(1, 2)
        stage.update(2, 2)
    assert "\r" in out.getvalue()
    assert "Making lips" in out.getvalue()
