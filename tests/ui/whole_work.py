"""A day's work in the real window with real X events: script, two people with two voices, keyframes, strokes, a mouth
placed by hand, two takes, pins, export. A screenshot of every step.

``xvfb-run -s "-screen 0 1280x720x24" python -m tests.ui.whole_work FOLDER`` with ``xdotool`` installed. The film is made
from the sample: one drawn person at the left, the mirror image at the right, and a creature without a face between them.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from PySide6.QtCore import QEventLoop, QPoint, QPointF, QTimer
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QWidget

from app.window import begin_background_work, build_application, build_window
from core.base.models import user_data_dir
from core.media.reader import VideoReader
from core.project.file import save_project
from tests.core.takes.test_mouth_points import Creature
from tests.talking import SAMPLES, cut_dub
from ui.dialogs.export import ExportDialog
from ui.lines.import_dialog import ScriptDialog
from ui.shell.main_window import MainWindow
from ui.timeline.key_marks import HALF

Wait = Callable[[], object]
FRAMES, RATE = 40, 25
TIMEOUT_S = 600.0
SCRIPT = """1
00:00:00,000 --> 00:00:00,800
Person 1: The ship left at noon.

2
00:00:00,800 --> 00:00:01,600
Person 2: Nobody told me.
"""


def write_film(path: Path) -> Path:
    """The drawn person, a creature and the person's mirror image in one picture of 960 × 360, with the sample's sound."""
    creature = Creature()
    with VideoReader(SAMPLES / "sample.mp4") as reader, av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE, options={"crf": "12", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 960, 360, "yuv420p"
        for number in range(FRAMES):
            source = reader.rgb(number)
            height, width = source.shape[:2]
            person = cv2.resize(source, (round(width * 360 / height), 360), interpolation=cv2.INTER_AREA)
            left = (person.shape[1] - 320) // 2
            person = person[:, left : left + 320]
            middle = cv2.resize(creature.rgb(number), (320, 360))
            picture = np.hstack([person, middle, person[:, ::-1]])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")))
        out.mux(stream.encode(None))
    return path


class WholeWork:
    """Drives one window with xdotool."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        self.window, self.folder = window, folder
        self.output = folder / "finished.mp4"
        self.film = write_film(folder / "film.mp4")
        self.voices = [cut_dub(folder / f"voice{n}.flac", FRAMES / RATE, start) for n, start in enumerate((0.3, 2.0), 1)]
        self.script = folder / "script.srt"
        self.script.write_text(SCRIPT, encoding="utf-8")
        self.label, self._shots = "", 0

    # --- hands -------------------------------------------------------------------------------------------------------

    def _x(self, *arguments: object) -> None:
        process = subprocess.Popen(["xdotool", *map(str, arguments)])
        while process.poll() is None:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 10)
        for _ in range(5):
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 10)
            time.sleep(0.01)

    def _on_screen(self, widget: QWidget, place: QPoint) -> tuple[int, int]:
        at = widget.mapToGlobal(place)
        ratio = widget.devicePixelRatioF()
        return round(at.x() * ratio), round(at.y() * ratio)

    def click(self, widget: QWidget, place: QPoint | None = None, button: int = 1) -> None:
        """A real click in the middle of a widget, or at a place of it."""
        self._x("mousemove", *self._on_screen(widget, place or widget.rect().center()), "click", button)

    def drag(self, widget: QWidget, way: list[QPoint]) -> None:
        """A real drag along a way."""
        self._x("mousemove", *self._on_screen(widget, way[0]), "mousedown", 1)
        for place in way[1:]:
            self._x("mousemove", *self._on_screen(widget, place))
        self._x("mouseup", 1)

    def key(self, *keys: str) -> None:
        """Real keys, as xdotool calls them."""
        self._x("key", *keys)

    def write(self, text: str) -> None:
        """Real typing."""
        self._x("type", "--delay", 2, text)

    def shot(self, name: str) -> None:
        """Keeps what the screen shows."""
        self._shots += 1
        for _ in range(3):
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        self.window.screen().grabWindow(0).save(str(self.folder / f"{self._shots:02}-{name}.png"))

    def picture(self, x: float, y: float) -> QPoint:
        """Where on the viewer's canvas a sample of the film lies."""
        return self.window.viewer.canvas._to_view(QPointF(float(x), float(y))).toPoint()

    def pause(self, seconds: float) -> Wait:
        """True after a while."""
        until = time.perf_counter() + seconds
        return lambda: time.perf_counter() >= until

    def dialog(self, kind: type) -> QWidget | None:
        """The dialog of a kind that is open."""
        return next((each for each in self.window.findChildren(kind) if each.isVisible()), None)

    def come_back(self) -> Iterator[Wait]:
        """After a dialog: on a screen without a window manager nobody else gives the window the keyboard."""
        self.window.activateWindow()
        yield self.pause(0.2)
        yield self.window.isActiveWindow

    def accept(self, dialog: QWidget) -> None:
        """Clicks the dialog's accepting button."""
        box = dialog.findChild(QDialogButtonBox)
        button = next(b for b in box.buttons() if box.buttonRole(b) == QDialogButtonBox.ButtonRole.AcceptRole)
        self.click(button)

    def choose_file(self, path: Path) -> Iterator[Wait]:
        """Types a path into the file dialog that is open."""
        yield lambda: self.dialog(QFileDialog) is not None
        yield self.pause(0.3)
        self.write(str(path))
        self.key("Return")
        yield lambda: self.dialog(QFileDialog) is None

    # --- the day -----------------------------------------------------------------------------------------------------

    def steps(self) -> Iterator[Wait]:
        """Every step; yields what has to be true before the next one."""
        window, document = self.window, self.window.document
        canvas, session = window.viewer.canvas, document.session

        self.label = "first page"
        window.activateWindow()
        yield window.isActiveWindow
        yield self.pause(0.5)
        self.shot("first-page")

        self.label = "add the film"
        self.key("ctrl+i")
        yield from self.choose_file(self.film)
        yield from self.come_back()
        yield lambda: document.project.video_clips and canvas.rendered is not None and canvas.rendered.image is not None
        yield lambda: len(document.project.people) == 2
        yield self.pause(0.5)
        self.shot("film-with-two-people")

        self.label = "add two voices"
        for number, voice in enumerate(self.voices, start=2):
            self.key("ctrl+i")
            yield from self.choose_file(voice)
            yield lambda number=number: len(document.project.media) == number
            yield from self.come_back()
        yield self.pause(0.5)
        self.shot("voices")
        yield lambda: not window.board.active
        session.select([segment.id for segment in document.project.segments])  # proposed: the script says it better
        window.timeline.setFocus()
        self.key("Delete")
        yield lambda: not document.project.segments

        self.label = "import the script"
        self.key("ctrl+shift+i")
        yield from self.choose_file(self.script)
        yield lambda: self.dialog(ScriptDialog) is not None
        yield self.pause(0.4)
        self.shot("script-preview")
        self.accept(self.dialog(ScriptDialog))
        yield lambda: len(document.project.lines) == 2
        yield from self.come_back()
        window.docks["lines"].raise_()
        yield self.pause(0.5)
        self.shot("lines")
        if not document.project.segments:
            self.click(window.lines.make)
        yield lambda: bool(document.project.segments)
        yield self.pause(0.5)
        self.shot("segments")

        self.label = "settings"
        first = document.project.segments[0]
        session.select([first.id])
        session.set_playhead(first.range.start + Fraction(2, RATE))
        yield self.pause(0.5)
        row = window.inspector.row("strength")
        scroll = row.parentWidget().parentWidget().parentWidget()
        scroll.ensureWidgetVisible(row)
        yield self.pause(0.3)

        self.label = "keyframes"
        self.click(row._key)
        yield lambda: bool(document.project.segments[0].curves)
        session.set_playhead(first.range.start + Fraction(8, RATE))
        yield self.pause(0.2)
        self.click(row._number)
        self.key("ctrl+a")
        self.write("60")
        self.key("Return")
        yield lambda: len(document.project.segments[0].curves[0].keys) == 2
        yield self.pause(0.4)
        self.shot("keyframes")
        assert HALF > 0

        self.label = "generate"
        window.viewer.setFocus()
        self.key("g")
        yield lambda: bool(document.project.segments[0].takes)
        yield self.pause(1.0)
        self.shot("generating")
        yield lambda: not window.workshop.takes.is_busy
        yield self.pause(0.8)
        self.shot("generated")

        self.label = "strokes"
        track = next(t for t in document.library.tracks("m1") if document.project.person_of("m1", t.person).id == first.person)
        frame = canvas.rendered.picture.frame
        points = track.landmarks[frame - track.first_frame]
        window.viewer.setFocus()
        self.key("shift+d")
        yield lambda: session.viewer_tool == "exclude"
        way = [self.picture(*points[n, :2]) for n in (61, 146, 91, 181)]
        self.drag(canvas, way)
        yield lambda: bool(document.project.segments[0].strokes)
        yield self.pause(0.5)
        self.shot("stroke")
        self.key("Escape")
        self.key("Escape")

        self.label = "a mouth by hand"
        session.set_playhead(Fraction(0))
        yield self.pause(0.5)
        session.set_person(None)
        self.key("q")
        yield lambda: session.viewer_tool == "mouth"
        for number, (x, y) in enumerate(Creature().marks(0)):
            self.click(canvas, self.picture(320 + x, y * 1.5))
            if number == 1:
                self.shot("placing-a-mouth")
            yield self.pause(0.7)  # two quick clicks would be a double click to the window system
        yield lambda: len(document.project.placed) == 1
        yield lambda: any(str(track.person).startswith("M") for track in document.library.tracks("m1"))
        yield self.pause(0.4)
        self.shot("mouth-placed")
        session.set_playhead(Fraction(20, RATE))
        yield self.pause(0.6)
        self.shot("mouth-followed")
        self.key("h")

        self.label = "two takes"
        session.select([first.id])
        session.set_playhead(first.range.start + Fraction(10, RATE))
        window.viewer.setFocus()
        self.key("g")
        yield lambda: len(document.project.segments[0].takes) == 2
        yield lambda: not window.workshop.takes.is_busy
        yield self.pause(0.8)
        self.key("a")
        yield lambda: session.is_rival_shown
        self.key("alt+6")
        yield lambda: session.view_mode == "side"
        yield self.pause(0.6)
        self.shot("side-by-side")
        self.key("alt+3")
        yield self.pause(0.6)
        self.shot("wipe-of-two-takes")
        self.key("alt+1")
        self.key("a")
        yield self.pause(0.3)
        window.inspector.strip.parentWidget().parentWidget().parentWidget().ensureWidgetVisible(window.inspector.strip)
        yield self.pause(0.3)
        self.shot("takes-strip")

        self.label = "a pin"
        window.docks["graph"].raise_()
        if window.docks.titles["graph"].is_folded:
            self.click(window.docks.titles["graph"]._fold)
        yield self.pause(0.4)
        plot = window.sync_graph.plot.viewport()
        self.click(plot, QPoint(round(window.timeline.axis.to_x(session.playhead)), plot.height() // 3), button=3)
        yield lambda: QApplication.activePopupWidget() is not None
        yield self.pause(0.3)
        self.shot("graph-menu")
        self.key("Down", "Down", "Down", "Return")
        yield lambda: bool(document.project.segments[0].pins)
        yield self.pause(0.4)
        self.shot("pin")

        self.label = "export"
        save_project(document.project, self.folder / "whole-work.unisync")
        self.key("ctrl+e")
        yield lambda: self.dialog(ExportDialog) is not None
        yield self.pause(0.5)
        dialog = self.dialog(ExportDialog)
        dialog.choose(self.output, "h264")
        yield self.pause(0.3)
        self.shot("export-dialog")
        self.accept(dialog)
        yield self.output.is_file
        yield self.pause(0.5)
        self.shot("exported")


def drive(work: WholeWork) -> None:
    """Runs the steps inside the application's own event loop; raises when one never comes true."""
    steps = work.steps()
    wait: Wait = lambda: True  # noqa: E731 - the first is true at once
    since = time.perf_counter()
    while True:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 10)
        time.sleep(0.005)
        if wait():
            try:
                wait, since = next(steps), time.perf_counter()
            except StopIteration:
                return
        elif time.perf_counter() - since > TIMEOUT_S:
            work.shot("stuck")
            raise TimeoutError(f"stuck at “{work.label}”: {work.window.stack.texts}")


def main(arguments: list[str] | None = None) -> int:
    """Runs the day and checks the finished film."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="screenshots, the project and the finished film go here")
    folder = parser.parse_args(arguments).folder.absolute()
    home = folder / "home"
    home.mkdir(parents=True)
    (home / "models").symlink_to(user_data_dir() / "models")  # what the user has installed
    os.environ["UNISYNC_HOME"] = str(home)
    app = build_application(["whole-work"])
    window = build_window(app, {}, home)
    window.showMaximized()
    window.setGeometry(window.screen().availableGeometry())
    begin_background_work(window)
    keep = QTimer()
    keep.start(20)  # so that the loop wakes up also while nothing happens
    try:
        drive(WholeWork(window, folder))
    finally:
        window.close_now()
        window.log.remove()
    with VideoReader(folder / "finished.mp4") as made, VideoReader(folder / "film.mp4") as source:
        assert made.frame_count == source.frame_count == FRAMES
        change = [np.abs(made.rgb(n).astype(int) - source.rgb(n)).max() for n in range(FRAMES)]
    print(f"{FRAMES} frames; the most any pixel changed: {max(change)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
