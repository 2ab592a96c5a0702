"""Measures the editor's widgets: timeline painting, seeking, playback, memory. Needs no display.

Each figure comes with the processor time it took beside the time on the wall: on a busy machine only the first says
something about the program.
"""

import gc
import logging
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import psutil
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication

from core.media.probe import probe
from core.project import content_edits, edits
from core.project.media_items import MediaFacts
from core.project.model import Project, TimelineItem
from core.research.benchmark.editor import DUB, FILM, DecodeBaseline, Spread, decode_baseline, long_project
from ui.base.theme import theme
from ui.state.document import Document
from ui.state.library import CurveKey, SyncCurve, TakeState, Waveform
from ui.timeline.lanes import Lane
from ui.timeline.timeline_view import TimelineView
from ui.viewer.rendering import Rendered
from ui.viewer.viewer import Viewer

logger = logging.getLogger(__name__)

_TIMEOUT_S = 30.0
_ZOOMS_S = (10.0, 60.0, 600.0, 10_800.0)  # seconds in view


@dataclass(frozen=True, slots=True)
class Timed:
    """One thing measured: on the wall, and in processor time of this process."""

    name: str
    wall: Spread
    cpu: Spread


@dataclass(frozen=True, slots=True)
class PlaybackFigures:
    """A run of playback.

    Attributes:
        seconds: how long it played.
        wanted: pictures the film has in that stretch.
        shown, dropped: pictures painted, and left out because they were late.
        cpu_share: processor time over wall time; 1 is one whole core.
        memory_growth_mib: resident memory at the end minus after the first second.
    """

    seconds: float
    wanted: int
    shown: int
    dropped: int
    cpu_share: float
    memory_growth_mib: float


@dataclass(frozen=True, slots=True)
class EditorFigures:
    """Everything `measure_editor` found."""

    load: float
    paints: tuple[Timed, ...]
    seeks: tuple[Timed, ...]
    playback: PlaybackFigures | None
    baseline: DecodeBaseline | None

    def table(self) -> str:
        """The figures as text."""
        lines = [f"system load {self.load:.1f} on {os.cpu_count()} cores", ""]
        lines += [
            f"{each.name:44} wall {each.wall}\n{'':44} cpu  {each.cpu}"
            for each in (*self.paints, *self.seeks)
        ]
        if self.playback is not None:
            p = self.playback
            lines += [
                "",
                f"playback {p.seconds:.1f} s: {p.shown} of {p.wanted} pictures shown, {p.dropped} left out, "
                f"{p.cpu_share:.2f} cores, memory {p.memory_growth_mib:+.1f} MiB",
            ]
        if self.baseline is not None:
            b = self.baseline
            lines += [
                "",
                f"plain decode loop: {b.frames_per_second:.1f} frames/s; random frame {b.random}; near frame {b.near}",
            ]
        return "\n".join(lines)


def measure_editor(
    film: Path | None, *, seconds: float = 10.0, seeks: int = 40, project: Project | None = None
) -> EditorFigures:
    """Measures painting `project` (2,000 segments over three hours), and playing and seeking `film` when given.

    Raises:
        MediaError: the film cannot be read.
    """
    if QApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        application = QApplication([])
        theme().apply(application, "dark")
    paints = (*measure_paint(project or long_project()), *measure_drag(project or long_project()))
    if film is None:
        return EditorFigures(os.getloadavg()[0], paints, (), None, None)
    document = Document(film_project(film))
    viewer = Viewer(document)
    viewer.resize(960, 600)
    viewer.show()
    try:
        _wait(lambda: viewer.canvas.rendered is not None and viewer.canvas.rendered.image is not None)
        found = measure_seeks(document, viewer, seeks)
        playback = measure_playback(document, viewer, seconds)
    finally:
        viewer.close_media()
        viewer.close()
    return EditorFigures(os.getloadavg()[0], paints, found, playback, decode_baseline(film, seeks=seeks))


def measure_paint(project: Project, *, rounds: int = 60) -> tuple[Timed, ...]:
    """What painting the timeline costs: everything at several zooms, and the playhead alone."""
    document = Document(project)
    _fill(document)
    view = TimelineView(document)
    view.resize(1920, 460)
    view.show()
    QCoreApplication.processEvents()
    found = []
    for span in _ZOOMS_S:
        view.axis.set_range(0.0, span)
        if span < _ZOOMS_S[-1]:
            view.axis.scroll_to(600.0)

        def paint_all() -> None:
            view.axis.scroll_by_pixels(7)
            view.canvas.invalidate()
            view.canvas.repaint()

        found.append(_timed(f"paint all lanes, {span:g} s in view", paint_all, rounds))
    view.axis.set_range(600.0, 660.0)
    frame = Fraction(1, 25)

    def move_playhead() -> None:
        document.session.set_playhead(document.session.playhead + frame)
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    document.session.set_playhead(Fraction(610))
    QCoreApplication.processEvents()
    found.append(_timed("move the playhead by a frame", move_playhead, rounds))
    view.close()
    return tuple(found)


def measure_drag(project: Project, *, rounds: int = 120, seconds_in_view: float = 60.0) -> tuple[Timed, ...]:
    """What a frame of dragging costs: the mouse is moved, the edit is shown and everything that changed is painted."""
    document = Document(project)
    _fill(document)
    view = TimelineView(document)
    view.resize(1920, 460)
    view.show()
    found = []
    for span in (seconds_in_view, _ZOOMS_S[-1]):
        view.axis.set_range(0.0, span)
        if span < _ZOOMS_S[-1]:
            view.axis.scroll_to(600.0)
        QCoreApplication.processEvents()
        lane, item = _widest_visible(view)
        y = lane.top + lane.height / 2
        x = (view.axis.to_x(item.range.start) + view.axis.to_x(item.range.end)) / 2
        _mouse(view, QEvent.Type.MouseButtonPress, x, y)
        ways = iter(range(1, rounds + 7))

        def drag(x: float = x, y: float = y, ways: Iterator[int] = ways) -> None:
            step = next(ways)
            _mouse(view, QEvent.Type.MouseMove, x + (step if step % 60 < 30 else 60 - step % 60), y)
            QCoreApplication.processEvents()

        for _ in range(6):
            drag()
        found.append(_timed(f"drag a segment, {span:g} s in view", drag, rounds))
        _mouse(view, QEvent.Type.MouseButtonRelease, x + 12, y)
    view.close()
    return tuple(found)


def _widest_visible(view: TimelineView) -> tuple[Lane, TimelineItem]:
    """The longest wholly visible segment and its lane."""
    start, end = view.axis.start, view.axis.to_seconds(view.canvas.width())
    candidates = [
        (item.range.duration, lane, item)
        for lane in view.scene.lanes.lanes
        if lane.kind == "person" and lane.bottom < view.canvas.height()
        for item in (lane.items[index] for index in lane.visible(start, end))
        if item.range.start > start and item.range.end < end
    ]
    _, lane, item = max(candidates, key=lambda each: each[0])
    return lane, item


def _mouse(view: TimelineView, kind: QEvent.Type, x: float, y: float) -> None:
    position = QPointF(x, y)
    none, left = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
    button = none if kind == QEvent.Type.MouseMove else left
    held = none if kind == QEvent.Type.MouseButtonRelease else left
    modifiers = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(kind, position, QPointF(view.canvas.mapToGlobal(position)), button, held, modifiers)
    QCoreApplication.sendEvent(view.canvas, event)


def measure_seeks(document: Document, viewer: Viewer, count: int) -> tuple[Timed, ...]:
    """From moving the playhead to the picture on the screen: anywhere in the film, and one frame on or back.

    Anywhere in the film also until the first picture of the new place, the key frame the way to the wanted one begins at.
    """
    chance = random.Random(1)
    length = document.project.video_clips[0].range.end
    rate = document.project.sequence.rate
    last = rate.frame_at(length) - 1

    def seek(frame: int) -> None:
        t = rate.time_of(frame)
        document.session.set_playhead(t)
        _wait(lambda: _shows(viewer.canvas.rendered, t))
        viewer.canvas.repaint()

    first_wall: list[float] = []
    first_cpu: list[float] = []
    begun = (0.0, 0.0)

    def note_first(_rendered: Rendered) -> None:
        if len(first_wall) < len(started):
            first_wall.append(time.perf_counter() - begun[0])
            first_cpu.append(time.process_time() - begun[1])

    started: list[int] = []

    def seek_far() -> None:
        nonlocal begun
        begun = (time.perf_counter(), time.process_time())
        started.append(chance.randrange(last))
        seek(started[-1])

    viewer.player.shown.connect(note_first)
    viewer.player.near_shown.connect(note_first)
    found = [_timed("seek to a random frame", seek_far, count)]
    viewer.player.shown.disconnect(note_first)
    viewer.player.near_shown.disconnect(note_first)
    found.append(Timed("  until its key frame or it is seen", Spread.of(first_wall), Spread.of(first_cpu)))
    seek(last // 2)
    steps = iter([last // 2 + n for n in (*range(1, count + 1), *range(count, -1, -1))])
    found.append(_timed("step one frame on or back", lambda: seek(next(steps)), 2 * count))
    return tuple(found)


def measure_playback(document: Document, viewer: Viewer, seconds: float) -> PlaybackFigures:
    """Plays from the start in a loop for `seconds`."""
    process = psutil.Process()
    document.session.set_looping(True)
    document.session.set_playhead(Fraction(0))
    viewer.player.play()
    _wait(lambda: viewer.player.shown_count >= 1)
    _pause(1.0)
    gc.collect()
    memory = process.memory_info().rss
    shown, dropped = viewer.player.shown_count, viewer.player.dropped_count
    cpu, wall = time.process_time(), time.perf_counter()
    _pause(seconds)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    gc.collect()
    growth = (process.memory_info().rss - memory) / 2**20
    shown, dropped = viewer.player.shown_count - shown, viewer.player.dropped_count - dropped
    viewer.stop()
    document.session.set_looping(False)
    wanted = round(wall * float(document.project.sequence.rate.value))
    return PlaybackFigures(wall, wanted, shown, dropped, cpu / wall, growth)


def film_project(film: Path) -> Project:
    """A project with one film on V1.

    Raises:
        MediaError: the film cannot be read.
    """
    info = probe(film, need_video=True)
    video = info.video
    if video is None:
        return Project()
    sound = info.audio[0] if info.audio else None
    facts = MediaFacts(
        video.duration,
        *video.display_size,
        video.rate,
        video.frame_count,
        video.is_vfr,
        audio_channels=sound.channels if sound is not None else 0,
        sample_rate=sound.rate if sound is not None else 0,
    )
    project = content_edits.add_media(Project(), "video", str(film), film.name, facts).project
    return edits.add_clip(project, project.media[-1].id, Fraction(0)).project


def _fill(document: Document) -> None:
    """Waveforms, cuts, thumbnails and curves, as a project in the middle of work has them."""
    chance = np.random.default_rng(0)
    library = document.library
    length = float(document.project.duration)
    peaks = np.abs(chance.standard_normal(int(length * 100))).astype(np.float32).clip(0, 3) / 3
    for media in (FILM, DUB):
        library.put_waveform(media, Waveform(100, -peaks, peaks))
    cuts = np.unique(chance.integers(1, int(length), int(length) // 8))
    library.put_cuts(FILM, tuple(Fraction(int(cut)) for cut in cuts))
    picture = QImage(110, 62, QImage.Format.Format_RGB32)
    picture.fill(0x405060)
    library.thumbnail_wanted.connect(lambda media, t: library.put_thumbnail(media, t, picture))
    for segment in document.project.segments:
        for take in segment.takes:
            times = np.arange(float(segment.range.start), float(segment.range.end), 0.2)
            values = chance.random(len(times)).astype(np.float32)
            library.put_curve(CurveKey("take", take.id), SyncCurve(FILM, times, values, values * 0))
            library.put_take_state(take.id, TakeState("done", ((FILM, segment.range),), 1.0))


def _timed(name: str, work: Callable[[], object], rounds: int) -> Timed:
    wall, cpu = [], []
    for _ in range(rounds):
        begin, begin_cpu = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - begin)
        cpu.append(time.process_time() - begin_cpu)
    return Timed(name, Spread.of(wall), Spread.of(cpu))


def _shows(rendered: Rendered | None, t: Fraction) -> bool:
    return (
        rendered is not None
        and rendered.time == t
        and (rendered.image is not None or rendered.error is not None)
    )


def _wait(is_done: Callable[[], bool]) -> None:
    """Runs the event loop until `is_done`, looked at every millisecond: the loop must sleep, or it takes the decoder's time."""
    loop = QEventLoop()
    begin = time.perf_counter()

    def look() -> None:
        if is_done() or time.perf_counter() - begin > _TIMEOUT_S:
            loop.quit()

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(1)
    timer.timeout.connect(look)
    timer.start()
    loop.exec()
    timer.stop()
    if not is_done():
        raise TimeoutError("the viewer did not answer")


def _pause(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()
