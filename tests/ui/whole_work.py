"""A day's work in the real window with real X events: script, two people with two voices, keyframes, strokes, a mouth
placed by hand, two takes, pins, export. A screenshot of every step.

``python -m tests.ui.whole_work FOLDER`` with ``xvfb-run`` and ``xdotool`` installed, and the face models; ``--screen 3840x2160
--scale 2`` for a doubled one. The film is made from the sample: one drawn person at the left, the mirror image at the right, and
a creature without a face between them. The finished film is read back: every frame and its time, every sample of both voices,
every pixel outside the speaking face. The window's thread is watched all the while.
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
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QFileDialog,
    QPushButton,
    QScrollArea,
    QTabBar,
    QWidget,
)

from app.window import begin_background_work, build_application, build_window
from core.base.models import user_data_dir
from core.face_geometry.track import FaceTrack
from core.media.audio import AudioReader
from core.media.reader import VideoReader
from core.project.file import load_project
from core.project.ids import FILM_SOUND_LANE
from tests.core.takes.test_mouth_points import Creature
from tests.talking import SAMPLES, cut_dub
from tests.ui.loop_probe import LoopProbe
from ui.dialogs.export import ExportDialog
from ui.lines.import_dialog import ScriptDialog
from ui.shell.main_window import MainWindow
from ui.timeline.lane_headers import places

Wait = Callable[[], object]
FRAMES, RATE = 40, 25
TIMEOUT_S = 600.0
LIMIT_S = 0.05  # the window's thread computes no longer at a stretch
_AROUND = 0.2  # of a face: how far beyond its landmarks the grown and softened mask may reach
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
        self.output, self.project = folder / "finished.mkv", folder / "whole-work.unisync"
        self.faces: dict[str, FaceTrack] = {}
        self.film = write_film(folder / "film.mp4")
        self.voices = [cut_dub(folder / f"voice{n}.flac", FRAMES / RATE, start) for n, start in enumerate((0.3, 2.0), 1)]
        self.script = folder / "script.srt"
        self.script.write_text(SCRIPT, encoding="utf-8")
        self.label, self._shots = "", 0
        self.probe = LoopProbe(parent=window)  # last: writing the film is the script's own work

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
        self._x("type", "--delay", 2, "--", text)

    def shot(self, name: str) -> None:
        """Keeps what the screen shows."""
        self._shots += 1
        for _ in range(3):
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        self.window.screen().grabWindow(0).save(str(self.folder / f"{self._shots:02}-{name}.png"))
        self.probe.forgive()

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
        self.dialog(QFileDialog).activateWindow()  # without a window manager nobody else gives it the keyboard
        yield lambda: self.dialog(QFileDialog).isActiveWindow()
        self.write(str(path))
        self.key("Return")
        yield lambda: self.dialog(QFileDialog) is None

    def click_segment(self, number: int) -> None:
        """Clicks a segment on its lane."""
        segment = self.window.document.project.segments[number]
        timeline = self.window.timeline
        lane = timeline.scene.lanes.lane(segment.lane)
        middle = segment.range.start + segment.range.duration * 4 / 5  # keyframes lie at its beginning
        place = QPoint(round(timeline.axis.to_x(middle)), round(lane.top - timeline.scene.top + lane.height / 3))
        self.click(timeline.canvas, place)

    def go_to(self, frame: int) -> None:
        """Types a timecode into the bar under the picture."""
        edit = self.window.viewer.bar.timecode
        self.click(edit)
        self.key("ctrl+a")
        self.write(f"00:00:{frame // RATE:02}:{frame % RATE:02}")
        self.key("Return")

    def open_tab(self, title: str) -> None:
        """Clicks the tab of a panel."""
        for bar in self.window.findChildren(QTabBar):
            for number in range(bar.count()):
                place = bar.tabRect(number).center()
                is_there = bar.isVisible() and self.window.rect().contains(bar.mapTo(self.window, place))  # not a spare one
                if bar.tabText(number) == title and is_there:
                    self.click(bar, place)
                    return
        raise LookupError(f"there is no tab “{title}”")

    def bring_in_sight(self, row: QWidget) -> Iterator[Wait]:
        """Opens the inspector's page with a row, and turns the wheel over it until the row is seen."""
        inspector = self.window.inspector
        number = next(n for n in range(inspector.tabs.count()) if inspector._pages.widget(n).isAncestorOf(row))
        if inspector.tabs.currentIndex() != number:
            self.click(inspector.tabs, inspector.tabs.tabRect(number).center())
            yield row.isVisible
        area = row
        while not isinstance(area, QScrollArea):
            area = area.parentWidget()
        for _ in range(60):
            top = row.mapTo(area.viewport(), QPoint(0, 0)).y()
            if 0 <= top <= area.viewport().height() - row.height():
                return
            self.click(area, QPoint(8, area.height() // 2), 5 if top > 0 else 4)  # its margin: no slider turns
            yield self.pause(0.05)
        raise LookupError("the row cannot be scrolled to")

    def set_row(self, row: QWidget, text: str) -> Iterator[Wait]:
        """Types a value into a row of the inspector."""
        yield from self.bring_in_sight(row)
        self.click(row._number)
        self.key("ctrl+a")
        self.write(text)
        self.key("Return")

    # --- the day -----------------------------------------------------------------------------------------------------

    def steps(self) -> Iterator[Wait]:
        """Every step; yields what has to be true before the next one."""
        for part in (self._open, self._read_script, self._move_a_setting, self._make, self._paint, self._place_a_mouth,
                     self._compare, self._pin, self._mix, self._export):  # fmt: skip
            yield from part()

    def _open(self) -> Iterator[Wait]:
        window, document, canvas = self.window, self.window.document, self.window.viewer.canvas
        self.begin("first page")
        window.activateWindow()
        yield window.isActiveWindow
        yield self.pause(0.5)
        self.shot("first-page")

        self.begin("add the film")
        choose = next(each for each in window.welcome.findChildren(QPushButton) if each.property("primary"))
        self.click(choose)
        yield from self.choose_file(self.film)
        yield from self.come_back()
        yield lambda: document.project.video_clips and canvas.rendered is not None and canvas.rendered.image is not None
        yield lambda: len(document.project.people) == 2
        yield self.pause(0.5)
        self.shot("film-with-two-people")

        self.begin("add two voices")
        for number, voice in enumerate(self.voices, start=2):
            self.key("ctrl+i")
            yield from self.choose_file(voice)
            yield lambda number=number: len(document.project.media) == number
            yield from self.come_back()
        yield self.pause(0.5)
        yield lambda: not window.board.active
        self.shot("voices")
        if document.project.segments:  # proposed: the script says it better
            window.timeline.setFocus()
            self.click_segment(0)
            self.key("ctrl+a")
            yield self.pause(0.2)
            for clip in document.project.clips:
                assert clip.id in document.session.selection
            for segment in list(document.project.segments):
                self.click_segment(0)
                yield lambda segment=segment: document.session.selection == {segment.id}
                self.key("Delete")
                yield lambda segment=segment: document.project.segment(segment.id) is None

    def _read_script(self) -> Iterator[Wait]:
        window, document = self.window, self.window.document
        self.begin("import the script")
        self.key("ctrl+shift+i")
        yield from self.choose_file(self.script)
        yield lambda: self.dialog(ScriptDialog) is not None
        yield self.pause(0.4)
        self.shot("script-preview")
        self.accept(self.dialog(ScriptDialog))
        yield lambda: len(document.project.lines) == 2
        yield from self.come_back()
        yield self.pause(0.5)
        if not document.project.segments:
            if not window.lines.make.isVisible():  # it waits behind the sign for what a narrow bar has no room for
                self.click(window.lines.bar.more)
                yield window.lines.make.isVisible
                yield self.pause(0.4)
            self.click(window.lines.make)
        yield lambda: len(document.project.segments) == 2
        self.key("shift+r")
        yield lambda: window.viewer.band.isVisible()
        yield self.pause(0.5)
        self.shot("lines-and-rythmo-band")
        self.key("shift+r")
        yield lambda: not window.viewer.band.isVisible()

    def _move_a_setting(self) -> Iterator[Wait]:
        window, document = self.window, self.window.document
        self.begin("keyframes")
        self.click_segment(0)
        yield lambda: document.session.selection == {document.project.segments[0].id}
        self.go_to(2)
        yield lambda: document.session.playhead == Fraction(2, RATE)
        row = window.inspector.row("strength")
        yield from self.bring_in_sight(row)
        self.click(row._key)
        yield lambda: bool(document.project.segments[0].curves)
        self.go_to(8)
        yield lambda: document.session.playhead == Fraction(8, RATE)
        yield from self.set_row(row, "60")
        yield lambda: len(document.project.segments[0].curves[0].keys) == 2
        yield self.pause(0.4)
        self.shot("keyframes")

    def _make(self) -> Iterator[Wait]:
        window, document = self.window, self.window.document
        self.begin("generate")
        for number in (0, 1):
            self.click_segment(number)
            yield lambda number=number: document.session.selection == {document.project.segments[number].id}
            self.key("g")
            yield lambda number=number: bool(document.project.segments[number].takes)
            if number == 0:
                yield self.pause(1.0)
                self.shot("generating")
            yield lambda: not window.workshop.takes.is_busy
        yield self.pause(0.8)
        self.shot("both-generated")

    def _paint(self) -> Iterator[Wait]:
        document, canvas = self.window.document, self.window.viewer.canvas
        self.begin("strokes")
        self.click_segment(0)
        self.go_to(8)
        yield lambda: document.session.playhead == Fraction(8, RATE)
        yield self.pause(0.5)
        frame = canvas.rendered.picture.frame
        track = self.track_of(document.project.segments[0].person)
        points = track.landmarks[frame - track.first_frame]
        self.key("shift+d")
        yield lambda: document.session.viewer_tool == "exclude"
        self.drag(canvas, [self.picture(*points[n, :2]) for n in (61, 146, 91, 181)])
        yield lambda: bool(document.project.segments[0].strokes)
        yield self.pause(0.5)
        self.shot("stroke")
        self.key("Escape")
        self.key("Escape")
        yield lambda: document.session.viewer_tool == "view"

    def _place_a_mouth(self) -> Iterator[Wait]:
        document, canvas = self.window.document, self.window.viewer.canvas
        self.begin("a mouth by hand")
        self.go_to(0)
        yield lambda: document.session.playhead == 0
        yield self.pause(0.5)
        self.key("q")
        yield lambda: document.session.viewer_tool == "mouth"
        for number, (x, y) in enumerate(Creature().marks(0)):
            self.click(canvas, self.picture(320 + x, y * 1.5))
            if number == 1:
                self.shot("placing-a-mouth")
            yield self.pause(0.7)  # two quick clicks would be a double click to the window system
        yield lambda: len(document.project.placed) == 1
        yield lambda: any(str(track.person).startswith("M") for track in document.library.tracks("m1"))
        yield self.pause(0.4)
        self.shot("mouth-placed")
        self.go_to(20)
        yield self.pause(0.6)
        self.shot("mouth-followed")
        self.key("h")

    def _compare(self) -> Iterator[Wait]:
        window, document, session = self.window, self.window.document, self.window.document.session
        self.begin("two takes")
        self.click_segment(0)
        yield lambda: session.selection == {document.project.segments[0].id}
        self.go_to(10)
        yield lambda: session.playhead == Fraction(10, RATE)
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
        yield lambda: session.view_mode == "wipe"
        yield self.pause(0.6)
        self.shot("wipe-of-two-takes")
        self.key("alt+1")
        self.key("a")
        yield lambda: not session.is_rival_shown
        yield from self.bring_in_sight(window.inspector.lips.strip)
        yield self.pause(0.3)
        self.shot("takes-strip")

    def _pin(self) -> Iterator[Wait]:
        window, document = self.window, self.window.document
        self.begin("a pin")
        self.open_tab(window.docks.all["graph"].windowTitle())
        if window.docks.titles["graph"].is_folded:
            self.click(window.docks.titles["graph"]._fold)
        yield self.pause(0.4)
        plot = window.sync_graph.plot.viewport()
        here = QPoint(round(window.timeline.axis.to_x(document.session.playhead)), plot.height() // 3)
        self.click(plot, here, button=3)
        yield lambda: QApplication.activePopupWidget() is not None
        yield self.pause(0.3)
        self.shot("graph-menu")
        self.key("Down", "Down", "Down", "Return")
        yield lambda: bool(document.project.segments[0].pins)
        yield self.pause(0.4)
        self.shot("pin")

    def _mix(self) -> Iterator[Wait]:
        window, document = self.window, self.window.document
        self.begin("mix")
        self.click_segment(0)
        yield lambda: document.session.selection == {document.project.segments[0].id}
        yield from self.set_row(window.inspector.audio.rows.rows["gain_db"], "-6")
        yield lambda: document.project.segments[0].gain_db == -6
        timeline = window.timeline
        film_lane = timeline.scene.lanes.lane(FILM_SOUND_LANE)
        mute = places(film_lane, timeline.scene.top, timeline.headers.width()).mute
        self.click(timeline.headers, mute.center().toPoint())
        yield lambda: document.project.lane_sound(FILM_SOUND_LANE).muted
        yield self.pause(0.4)
        self.shot("mix")
        self.begin("play")
        self.go_to(0)
        self.key("space")
        yield lambda: document.session.is_playing
        yield lambda: not document.session.is_playing
        self.shot("played")

    def _export(self) -> Iterator[Wait]:
        window, document = self.window, self.window.document
        self.begin("save")
        self.key("ctrl+s")
        yield from self.choose_file(self.project)
        yield from self.come_back()
        yield self.project.is_file
        self.begin("export")
        self.key("ctrl+e")
        yield lambda: self.dialog(ExportDialog) is not None
        yield self.pause(0.5)
        dialog = self.dialog(ExportDialog)
        self.click(dialog._preset)
        self.key("Home", *["Down"] * dialog._preset.findData("ffv1"), "Return")
        yield lambda: dialog.order.picture == "ffv1" and dialog.order.patch is None
        self.click(dialog._path)
        self.key("ctrl+a")
        self.write(str(self.output))
        yield lambda: dialog.order.output == self.output
        yield self.pause(0.3)
        self.shot("export-dialog")
        self.accept(dialog)
        yield self.output.is_file
        yield lambda: not window.board.active
        yield self.pause(0.5)
        self.shot("exported")
        self.faces = {
            segment.id: self.track_of(segment.person) for segment in document.project.segments
        }

    def track_of(self, person: object) -> FaceTrack:
        """The face of a person in the film."""
        document = self.window.document
        return next(t for t in document.library.tracks("m1") if document.project.person_of("m1", t.person).id == person)

    def begin(self, label: str) -> None:
        """Names what comes, for messages and for the probe."""
        self.label = self.probe.label = label


def verify(work: WholeWork) -> list[str]:
    """What the finished film was checked for; raises where it is not so.

    Raises:
        AssertionError: frames, sound or pixels outside the faces are not as they have to be.
    """
    project = load_project(work.project)
    told = []
    with VideoReader(work.output) as made, VideoReader(work.film) as source:
        assert made.frame_count == source.frame_count == FRAMES
        times = [(made.index.time(n), source.index.time(n)) for n in range(FRAMES)]
        assert all(abs(a - b) <= Fraction(1, 1000) for a, b in times), "Matroska counts milliseconds"
        told.append(f"{FRAMES} of {FRAMES} frames, each at its time")
        new = {segment.id: 0 for segment in project.segments}
        for number in range(FRAMES):
            old, now = (planes(reader.frame(number).frame.to_ndarray()) for reader in (source, made))
            inside = np.zeros(old.shape[:2], bool)
            for segment in project.segments:
                track = work.faces[segment.id]
                if source.index.time(number) in segment.range:
                    face = track.landmarks[number - track.first_frame][:, :2]
                    low, high = face.min(axis=0), face.max(axis=0)
                    (x0, y0), (x1, y1) = low - (high - low) * _AROUND, high + (high - low) * _AROUND
                    box = (slice(max(int(y0), 0), int(y1) + 2), slice(max(int(x0), 0), int(x1) + 2))
                    new[segment.id] += bool(np.any(old[box] != now[box]))
                    inside[box] = True
            assert np.array_equal(old[~inside], now[~inside]), f"frame {number}: a pixel outside the speaking face changed"
        for segment in project.segments:
            frames = round(segment.range.duration * RATE)
            assert new[segment.id] >= frames * 0.8, f"{segment.note}: new lips in {new[segment.id]} of {frames} frames only"
            told.append(f"new lips in {new[segment.id]} of {frames} frames of “{segment.note}”, not one other pixel changed")
    with AudioReader(work.output) as reader:
        sound, rate = np.concatenate(list(reader.blocks(as_float=True)))[:, 0], reader.rate
    for segment in project.segments:
        with AudioReader(Path(project.medium(segment.dub).path)) as reader:
            voice, own_rate = np.concatenate(list(reader.blocks(as_float=True)))[:, 0], reader.rate
        assert rate == own_rate
        margin = rate // 50  # its ends are softened
        first, last = (round(t * rate) for t in (segment.range.start, segment.range.end))
        heard = sound[first + margin : last - margin]
        spoken = voice[round(segment.offset * rate) + margin :][: len(heard)] * 10 ** (segment.gain_db / 20)
        error = float(np.abs(heard[: len(spoken)] - spoken).max())
        assert error < 2 / 32768, f"{segment.note}: the sound is off by {error}"
        told.append(f"“{segment.note}” is heard at {segment.gain_db:g} dB, at most {error * 32768:.2f} steps of 16 bit off")
    return told


def planes(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) of a 4:2:0 picture, its colours as large as its light."""
    height = picture.shape[0] * 2 // 3
    width = picture.shape[1]
    colours = picture[height:].reshape(2, height // 2, width // 2)
    return np.dstack([picture[:height], *(np.repeat(np.repeat(each, 2, 0), 2, 1) for each in colours)])


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


def report(work: WholeWork) -> list[str]:
    """How long the window's thread computed at a stretch."""
    blocks = sorted(work.probe.blocks, key=lambda block: -block.computed)
    over = sum(block.computed > LIMIT_S for block in blocks)
    return [
        f"{work.probe.beats} beats; {over} stretches over {LIMIT_S * 1000:.0f} ms of the window's own computing; the longest:",
        *(
            f"  {block.computed * 1000:4.0f} ms computed, {block.wall * 1000:4.0f} ms on the clock, at “{block.label}”"
            for block in blocks[:8]
        ),
    ]


def under_xvfb(args: argparse.Namespace) -> int:
    """The same on a screen of its own."""
    environment = {**os.environ, "QT_SCALE_FACTOR": str(args.scale), "QT_QPA_PLATFORM": "xcb"}
    command = ["xvfb-run", "-a", "-s", f"-screen 0 {args.screen}x24", sys.executable, "-m", "tests.ui.whole_work"]
    more = ["--theme", args.theme, "--language", args.language, "--here", str(args.folder)]
    return subprocess.run([*command, *more], env=environment, check=False, timeout=3600).returncode


def main(arguments: list[str] | None = None) -> int:
    """Runs the day and checks the finished film."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="screenshots, the project and the finished film go here; must not exist")
    parser.add_argument("--screen", default="1280x720", help="in its own pixels (default 1280x720)")
    parser.add_argument("--scale", type=float, default=1, help="of the window, e.g. 2 (default 1)")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--language", choices=("en", "de"), default="en")
    parser.add_argument("--here", action="store_true", help="on the screen that is there")
    args = parser.parse_args(arguments)
    args.folder = args.folder.absolute()
    if not args.here:
        return under_xvfb(args)
    folder = args.folder
    home = folder / "home"
    home.mkdir(parents=True)
    (home / "models").symlink_to(user_data_dir() / "models")  # what the user has installed
    os.environ["UNISYNC_HOME"] = str(home)
    app = build_application(["whole-work"])
    window = build_window(app, {"general.theme": args.theme, "general.language": args.language}, home)
    window.showMaximized()
    window.setGeometry(window.screen().availableGeometry())
    begin_background_work(window)
    keep = QTimer()
    keep.start(20)  # so that the loop wakes up also while nothing happens
    work = WholeWork(window, folder)
    try:
        drive(work)
    finally:
        work.probe.stop()
        window.close_now()
        window.log.remove()
    told = [*verify(work), *report(work)]
    (folder / "report.txt").write_text("\n".join(told) + "\n", encoding="utf-8")
    print("\n".join(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
