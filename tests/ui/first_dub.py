"""The way of a first dub through the real window, with mouse and keys, and a screenshot of every step.

``python -m tests.ui.first_dub FILM VOICE FOLDER`` under Xvfb (or offscreen). The engine process is killed three times
on the way: while it analyses, while it makes lips, while it exports. Prints how long the event loop was ever blocked.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSlider, QWidget

from app.window import begin_background_work, build_application, build_window
from core.base.models import user_data_dir
from core.jobs.results import FilmWritten
from tests.ui.loop_probe import LoopProbe
from ui.dialogs.export import ExportDialog
from ui.shell.main_window import MainWindow

Wait = Callable[[], object]
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
TIMEOUT_S = 500.0


class FirstDub:
    """Drives the window; `report` holds what was seen."""

    def __init__(
        self,
        window: MainWindow,
        film: Path,
        voice: Path,
        folder: Path,
        kills: int = 3,
        with_stacks: bool = False,
    ) -> None:
        self.window = window
        self.film, self.voice, self.folder = film, voice, folder
        self.output = folder / "dubbed.mkv"
        self.kills = kills
        self.killed: list[tuple[str, int]] = []
        self.composited_ms: list[float] = []
        self.exported: FilmWritten | None = None
        self.probe = LoopProbe(stacks=folder / "stacks.txt" if with_stacks else None, parent=window)
        self._shots = 0
        self._shown_at = 0.0
        window.viewer.player.shown.connect(self._on_shown)
        window.workshop.exports.finished.connect(self._on_exported)

    # --- the way ---------------------------------------------------------------------------------------------------

    def steps(self) -> Iterator[Wait]:
        """Every step; yields what has to be true before the next one."""
        window, document, board = self.window, self.window.document, self.window.board
        viewer, timeline, library = window.viewer, window.timeline, window.document.library
        begun = self.begin("the first page")
        window.activateWindow()  # nobody else does it on a bare screen
        yield window.isActiveWindow
        yield self.pause(0.3)
        self.shot("first-page")

        self.begin("drop the film")
        self.drop(window.welcome, window.welcome.rect().center(), self.film)
        yield lambda: document.project.video_clips and viewer.canvas.rendered and viewer.canvas.rendered.image
        yield lambda: any(job.kind == "analysis" and job.progress for job in board.active)
        self.shot("film-dropped")
        self.kill("analysis")
        yield self.engine_is_back
        yield self.pause(1.0)
        self.shot("engine-back")

        self.begin("work while it is analysed")
        timeline.setFocus()
        for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
            self.key(key)
            yield self.pause(0.1)
        self.key(Qt.Key.Key_Space)
        yield self.pause(2.0)
        self.key(Qt.Key.Key_Space)
        yield lambda: bool(document.project.people)
        self.begin("faces are known")
        self.key(Qt.Key.Key_Home)
        yield lambda: bool(viewer.canvas.faces)
        yield self.pause(0.5)
        self.shot("faces-found")

        self.begin("pick a face")
        face = max(viewer.canvas.faces, key=lambda each: each.box.width())
        across, down = viewer.canvas._stretch()
        centre = face.box.center()
        on_screen = viewer.canvas.transform.to_view(QPointF(centre.x() * across, centre.y() * down))
        self.click(viewer.canvas, on_screen.toPoint())
        yield lambda: document.session.person is not None
        self.shot("face-picked")

        self.begin("drop the voice")
        lanes = {lane.id: lane for lane in timeline._scene.lanes.lanes}
        where = QPoint(round(timeline.axis.to_x(0)) + 2, lanes["A2"].top + 20)
        self.drop(timeline, timeline.canvas.mapTo(timeline, where), self.voice)
        yield lambda: bool(document.project.segments)
        yield self.pause(0.5)
        self.shot("segments-proposed")

        self.begin("listen to the fit of the film")
        yield lambda: not [job for job in board.active if job.kind == "score"]
        yield self.pause(0.5)
        self.shot("film-judged")

        self.begin("select all and generate")
        timeline.setFocus()
        self.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        yield lambda: bool(document.session.selection)
        self.key(Qt.Key.Key_G)
        yield lambda: self.take_share() > 0.02
        self.shot("generating")
        self.kill("take")
        yield self.engine_is_back
        share = self.take_share()
        yield lambda: self.take_share() > max(share, 0.1) or not window.workshop.takes.is_busy
        self.shot("generating-again")

        self.begin("pause and go on")
        window.show_jobs()
        yield self.pause(0.2)
        rows = [row for row in window.jobs_panel.findChildren(QWidget, "") if type(row).__name__ == "JobRow"]
        running = [row for row in rows if row._pause.isVisible()]
        if running:
            self.click(running[0]._pause, running[0]._pause.rect().center())
            yield self.pause(0.6)
            self.shot("paused")
            self.click(running[0]._pause, running[0]._pause.rect().center())
        self.begin("play what is there already")
        self.key(Qt.Key.Key_Home)
        self.key(Qt.Key.Key_Space)
        yield self.pause(3.0)
        self.shot("playing-while-generating")
        self.key(Qt.Key.Key_K)
        yield lambda: not window.workshop.takes.is_busy
        yield lambda: not board.active
        window.docks["inspector"].raise_()
        yield self.pause(0.5)
        self.shot("generated")

        self.begin("click in the graph")
        plot = window.sync_graph.plot
        viewport = plot.viewport()
        self.click(viewport, QPoint(viewport.width() * 2 // 3, viewport.height() // 3))
        yield self.pause(0.4)
        self.shot("sought-in-the-graph")

        self.begin("pick a segment and move the mask's sliders")
        segment = document.project.segments[0]
        middle = (segment.range.start + segment.range.end) / 2
        lane = next(lane for lane in timeline._scene.lanes.lanes if lane.id == segment.lane)
        at = QPoint(round(timeline.axis.to_x(middle)), lane.top - timeline._scene.top + lane.height // 2)
        self.click(timeline.canvas, at)
        document.session.set_playhead(document.project.sequence.snap(middle))
        yield lambda: document.selected_segments == (document.segment(segment.id),)
        yield lambda: viewer.canvas.rendered.has_result
        jobs = len(board.jobs)
        self.click(window.inspector.tabs, window.inspector.tabs.tabRect(1).center())
        yield self.pause(0.2)
        for name in ("grow", "feather", "chin", "upper_lip", "strength"):
            slider = window.inspector.row(name)._slider
            self.reveal(slider)
            yield self.pause(0.15)
            yield from self.drag_slider(slider, name)
            self.shot(f"mask-{name}")
            self.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
            yield self.pause(0.2)
        assert len(board.jobs) == jobs, "a blend slider asked the engine"
        flag = window.inspector.row("colour_match")._flag
        self.reveal(flag)
        yield self.pause(0.1)
        self.click(flag, QPoint(8, flag.height() // 2))
        yield self.pause(0.3)
        self.click(flag, QPoint(8, flag.height() // 2))
        yield self.pause(0.3)

        self.begin("look at it in every way")
        timeline.setFocus()
        self.key(Qt.Key.Key_Z)
        yield self.pause(0.4)
        self.shot("mouth")
        self.key(Qt.Key.Key_Z)
        views = ("result", "source", "wipe", "mask", "difference")
        for number, mode in enumerate(views):
            self.key(Qt.Key(Qt.Key.Key_1 + number), Qt.KeyboardModifier.AltModifier)
            yield lambda mode=mode: document.session.view_mode == mode
            yield self.pause(0.4)
            self.shot(f"view-{mode}")
        self.key(Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
        self.key(Qt.Key.Key_M)
        yield self.pause(0.4)
        self.shot("mask-overlay")
        self.key(Qt.Key.Key_M)

        self.begin("zoom, scroll and play")
        for _ in range(6):
            self.key(Qt.Key.Key_Plus)
            yield self.pause(0.05)
        self.shot("zoomed")
        self.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ShiftModifier)
        self.key(Qt.Key.Key_Home)
        self.key(Qt.Key.Key_Space)
        yield self.pause(4.0)
        self.key(Qt.Key.Key_Space)
        yield self.pause(0.2)

        self.begin("export")
        self.key(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
        yield lambda: bool(self.dialogs())
        (dialog,) = self.dialogs()
        dialog.choose(self.output, "ffv1")
        yield self.pause(0.3)
        self.shot("export-dialog")
        QTest.keyClick(dialog, Qt.Key.Key_Return)
        yield lambda: any(job.kind == "export" and job.progress for job in board.active)
        self.kill("export")
        yield self.engine_is_back
        yield self.pause(0.5)
        self.shot("exporting")
        yield lambda: self.exported is not None
        yield self.pause(0.4)
        self.shot("exported")

        self.begin("save")
        window.keeper.save_as(self.folder / "first-dub.unisync")
        yield lambda: not document.is_modified
        self.seconds = time.perf_counter() - begun
        self.library_facts = {
            "people": len(document.project.people),
            "segments": len(document.project.segments),
            "curves": sum(library.curve(key) is not None for key in library.curve_keys())
            if hasattr(library, "curve_keys")
            else None,
        }

    # --- hands -----------------------------------------------------------------------------------------------------

    def begin(self, label: str) -> float:
        """Names the step for the probe."""
        self.probe.label = label
        print(f"{time.strftime('%X')} {label}", flush=True)
        return time.perf_counter()

    def pause(self, seconds: float) -> Wait:
        """True after so long."""
        end = time.perf_counter() + seconds
        return lambda: time.perf_counter() >= end

    def shot(self, name: str) -> None:
        """Keeps a picture of the window; the time it takes is not the window's."""
        self._shots += 1
        self.window.grab().save(str(self.folder / f"{self._shots:02d}-{name}.png"))
        for number, dialog in enumerate(self.dialogs()):
            dialog.grab().save(str(self.folder / f"{self._shots:02d}-{name}-dialog{number or ''}.png"))
        self.probe.forgive()

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """A key on the timeline."""
        QTest.keyClick(self.window.timeline, key, modifiers)

    def click(self, widget: QWidget, at: QPoint) -> None:
        """A click of the left button."""
        QTest.mouseMove(widget, at)
        QTest.mouseClick(widget, LEFT, NONE, at)

    def drop(self, widget: QWidget, at: QPoint, file: Path) -> None:
        """A file dragged in from the file manager."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(file))])
        copy = Qt.DropAction.CopyAction
        for event in (
            QDragEnterEvent(at, copy, data, LEFT, NONE),
            QDragMoveEvent(at, copy, data, LEFT, NONE),
            QDropEvent(QPointF(at), copy, data, LEFT, NONE, QEvent.Type.Drop),
        ):
            QApplication.sendEvent(widget, event)

    def reveal(self, widget: QWidget) -> None:
        """Scrolls the inspector to a control."""
        parent = widget.parentWidget()
        while parent is not None and not hasattr(parent, "ensureWidgetVisible"):
            parent = parent.parentWidget()
        if parent is not None:
            parent.ensureWidgetVisible(widget)

    def drag_slider(self, slider: QSlider, name: str) -> Iterator[Wait]:
        """Pulls a slider's handle through its range; notes how long each composited picture took."""
        del name
        y = slider.height() // 2
        share = (slider.value() - slider.minimum()) / (slider.maximum() - slider.minimum())
        x = round(8 + share * (slider.width() - 16))
        QTest.mousePress(slider, LEFT, NONE, QPoint(x, y))
        for step in range(12):
            target = x + (step + 1) * (6 if x < slider.width() / 2 else -6)
            before, value = time.perf_counter(), slider.value()
            QTest.mouseMove(slider, QPoint(target, y))
            if slider.value() != value:
                yield lambda before=before: self._shown_at > before
                self.composited_ms.append((self._shown_at - before) * 1000)
            yield self.pause(0.02)
        QTest.mouseRelease(slider, LEFT, NONE, QPoint(target, y))

    def kill(self, what: str) -> None:
        """Kills the engine process as the system does when memory runs out."""
        process = self.window.bridge.engine_process
        if len(self.killed) < self.kills and process is not None:
            self.killed.append((what, process))
            os.kill(process, signal.SIGKILL)

    def engine_is_back(self) -> bool:
        """Whether another process took the place of the killed one."""
        process = self.window.bridge.engine_process
        return not self.killed or (process is not None and process != self.killed[-1][1])

    def take_share(self) -> float:
        """How far the takes are."""
        document = self.window.document
        takes = [take for segment in document.project.segments for take in segment.takes]
        states = [document.library.take_state(take.id) for take in takes]
        return sum(state.progress for state in states) / max(1, len(states))

    def dialogs(self) -> list[ExportDialog]:
        """Open export dialogs."""
        return [each for each in self.window.findChildren(ExportDialog) if each.isVisible()]

    def _on_shown(self, _rendered: object) -> None:
        self._shown_at = time.perf_counter()

    def _on_exported(self, _output: Path, written: FilmWritten) -> None:
        self.exported = written

    # --- what was seen ---------------------------------------------------------------------------------------------

    def report(self) -> dict[str, object]:
        """The figures."""
        blocks = sorted(self.probe.blocks, key=lambda block: -block.own)
        times = sorted(self.composited_ms)
        return {
            "engine_kills": self.killed,
            "exported": self.exported.facts() if self.exported is not None else {},
            "beats": self.probe.beats,
            "longest_block_ms": round(max((b.wall for b in blocks), default=0) * 1000),
            "longest_own_block_ms": round(max((b.own for b in blocks), default=0) * 1000),
            "longest_computed_ms": round(max((b.computed for b in blocks), default=0) * 1000),
            "blocks_over_100_ms": sum(b.wall > 0.1 for b in blocks),
            "own_blocks_over_100_ms": sum(b.own > 0.1 for b in blocks),
            "slider_pictures": len(times),
            "slider_ms_median": round(times[len(times) // 2], 1) if times else None,
            "slider_ms_p95": round(times[int(len(times) * 0.95)], 1) if times else None,
            "segments": len(self.window.document.project.segments),
            "worst": [
                {"own": round(b.own * 1e3), "wall": round(b.wall * 1e3), "computed": round(b.computed * 1e3),
                 "queued": round(b.queued * 1e3), "others_queued": round(b.others_queued * 1e3),
                 "stolen": round(b.stolen * 1e3), "step": b.label, "stack": b.stack.splitlines()}
                for b in blocks[:14]
            ],
        }  # fmt: skip


def drive(way: FirstDub) -> None:
    """Runs the steps inside the application's own event loop; raises when one never comes true."""
    steps = way.steps()
    state: dict[str, object] = {"wait": lambda: True, "since": time.perf_counter(), "error": None}
    loop = QEventLoop()
    timer = QTimer(way.window)
    timer.setInterval(10)

    def look() -> None:
        try:
            if state["wait"]():
                state["wait"], state["since"] = next(steps), time.perf_counter()
            elif time.perf_counter() - state["since"] > TIMEOUT_S:
                way.shot("stuck")
                jobs = [(job.kind, job.state, job.progress, job.message) for job in way.window.board.jobs]
                raise TimeoutError(f"stuck at “{way.probe.label}”: {jobs}, {way.window.stack.texts}")
        except StopIteration:
            timer.stop()
            loop.quit()
        except BaseException as error:  # noqa: BLE001 - raised again outside the event loop
            state["error"] = error
            timer.stop()
            loop.quit()

    timer.timeout.connect(look)
    timer.start()
    loop.exec()
    way.probe.stop()
    if state["error"] is not None:
        raise state["error"]


def compare_with_dub(film: Path, voice: Path, folder: Path) -> dict[str, int]:
    """Dubs each segment again as `unisync dub` does, lips included, and compares its frames with the exported film's."""
    # Not before: the window's process is to be seen as it is, without the engine's libraries.
    from core.engine.dub import DubJob, dub
    from core.engine.runner import Engine
    from core.jobs.cancel import CancelToken
    from core.media.reader import VideoReader
    from core.project.file import load_project
    from core.project.rendering import mask_settings
    from core.takes.chunk_cache import ChunkCache

    differing = compared = 0
    for segment in load_project(folder / "first-dub.unisync").segments:
        take = segment.take(segment.chosen)
        output = folder / f"{segment.id}.mkv"
        job = DubJob(
            film, voice, output, span=segment.range, dub_start=segment.timeline_time(Fraction(0)), longer="cut",
            face=str(segment.person).rpartition(".")[2], lips=take.settings, mask=mask_settings(segment.blend),
            picture="ffv1",
        )  # fmt: skip
        for _ in dub(job, Engine(ChunkCache(folder / "chunks")), CancelToken()):
            pass
        with VideoReader(folder / "dubbed.mkv") as ours, VideoReader(output) as theirs:
            assert ours.frame_count == theirs.frame_count
            for piece in take.pieces:
                for number in range(piece.first_frame, piece.end_frame):
                    one, other = (reader.frame(number).frame.to_ndarray() for reader in (ours, theirs))
                    compared += 1
                    differing += not np.array_equal(one, other)
    return {"compared_frames": compared, "differing_frames": differing}


def main(arguments: list[str] | None = None) -> int:
    """Runs the way and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path)
    parser.add_argument("voice", type=Path)
    parser.add_argument("folder", type=Path, help="screenshots, the exported film and report.json go here")
    parser.add_argument("--size", default="1600x940")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument(
        "--compare", action="store_true", help="dub once more without a window, compare frames"
    )
    parser.add_argument("--stacks", action="store_true", help="look at every thread during a block")
    options = parser.parse_args(arguments)
    folder = options.folder.absolute()
    home = folder / "home"
    home.mkdir(parents=True)
    (home / "models").symlink_to(user_data_dir() / "models")  # what the user has installed
    os.environ["UNISYNC_HOME"] = str(home)
    app = build_application(["first-dub"])
    window = build_window(app, {}, home)
    window.resize(*map(int, options.size.split("x")))
    window.show()
    way = FirstDub(
        window, options.film.absolute(), options.voice.absolute(), folder, options.kills, options.stacks
    )
    begin_background_work(window)
    try:
        drive(way)
    finally:
        report = way.report()
        (folder / "report.json").write_text(json.dumps(report, indent=1))
        print(json.dumps({key: value for key, value in report.items() if key != "worst"}, indent=1))
        window.close_now()
        window.log.remove()
    if options.compare:
        print(json.dumps(compare_with_dub(options.film.absolute(), options.voice.absolute(), folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
