"""The sound device: fed from the main thread with what the sound thread mixed; the clock of playback while it runs."""

import logging
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QIODevice, QLibrary, QLibraryInfo, QObject, QTimer

from core.project.model import Project
from core.project.sound import sound_parts
from ui.viewer.clocks import RunClock, SinkClock
from ui.viewer.play_plan import PlayPlan
from ui.viewer.sound_format import CHANNELS, LAYOUT, RATE

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QAudioDevice, QAudioSink

    from core.delivery.mix import Mix
    from ui.viewer.sound_thread import SoundThread

logger = logging.getLogger(__name__)

_BUFFER_BYTES = RATE * CHANNELS * 2 // 5  # 200 ms: the main thread may be busy for that long without a gap
_SAMPLE_BYTES = CHANNELS * 2


def load_sound_backend() -> None:
    """Loads Qt's libraries for sound, from any thread: the main one would stand still for a tenth of a second later."""
    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "multimedia"
    for plugin in sorted(folder.glob("*ffmpegmediaplugin*")):
        if not QLibrary(str(plugin)).load():
            logger.info("%s cannot be loaded ahead", plugin.name)


class SoundOutput(QObject):
    """Plays a run's sound when there is a device for it; does nothing, quietly, when there is none."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: SoundThread | None = None
        self._sink: QAudioSink | None = None
        self._stream: QIODevice | None = None
        self._device: QAudioDevice | None = None
        self._was_asked = False
        self._volume = 1.0
        self._is_prepared = False
        self._scrub_timer = QTimer(self)
        self._scrub_timer.setInterval(10)
        self._scrub_timer.timeout.connect(self._on_scrub)

    @property
    def has_device(self) -> bool:
        """Whether sound can be heard; asks the system at the first call."""
        if not self._was_asked:
            # Not at import: Qt Multimedia takes a tenth of a second, and the window is to be there before it.
            from PySide6.QtMultimedia import QMediaDevices

            self._was_asked = True
            device = QMediaDevices.defaultAudioOutput()
            self._device = device if not device.isNull() else None
            if self._device is None:
                logger.info("there is no sound device; playback is timed by the system clock")
        return self._device is not None

    @property
    def volume(self) -> float:
        """0..1, as the slider stands (not linear in power)."""
        return self._volume

    def set_volume(self, volume: float) -> None:
        """Sets the volume; heard at once."""
        self._volume = volume
        if self._sink is not None:
            self._sink.setVolume(volume**2)  # equal steps of the slider then sound about equal

    def prepare(self, project: Project, side: str, plan: PlayPlan | None) -> None:
        """Begins to mix the sound of a run; None for runs without sound (other speeds)."""
        self.stop()
        if plan is None or not self.has_device:
            return
        self._sound_thread().play(self._mixer(project, side), plan)
        self._is_prepared = True

    def start(self) -> RunClock | None:
        """Starts the device; returns its clock, or None when this run has no sound."""
        if not self._is_prepared or self._device is None:
            return None
        self._open()
        if self._sink is None or self._stream is None:
            return None
        self.feed()
        return SinkClock(self._sink.processedUSecs)

    def feed(self) -> None:
        """Hands the device what it has room for. Called every few milliseconds while playing."""
        if self._sink is None or self._stream is None or self._thread is None:
            return
        while (block := self._thread.take(self._sink.bytesFree() // _SAMPLE_BYTES)) is not None:
            self._stream.write(block.tobytes())

    def scrub(self, project: Project, side: str, t: Fraction) -> None:
        """Lets 80 ms at `t` be heard."""
        if not self.has_device:
            return
        self.stop()
        thread = self._sound_thread()
        thread.scrub(self._mixer(project, side), t)
        self._open()
        self._scrub_timer.start()

    def stop(self) -> None:
        """Silence."""
        self._scrub_timer.stop()
        self._is_prepared = False
        if self._thread is not None:
            self._thread.stop()
        if self._sink is not None:
            self._sink.reset()
            self._sink.deleteLater()
            self._sink, self._stream = None, None

    def close(self) -> None:
        """Stops and joins the thread."""
        self.stop()
        if self._thread is not None:
            self._thread.close()
            self._thread = None

    def _on_scrub(self) -> None:
        self.feed()
        if self._thread is None or (self._thread.is_finished and self._thread.queued == 0):
            self._scrub_timer.stop()

    def _open(self) -> None:
        from PySide6.QtMultimedia import QAudioFormat, QAudioSink

        if self._device is None:
            return
        kind = QAudioFormat()
        kind.setSampleRate(RATE)
        kind.setChannelCount(CHANNELS)
        kind.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        self._sink = QAudioSink(self._device, kind, self)
        self._sink.setBufferSize(_BUFFER_BYTES)
        self._sink.setVolume(self._volume**2)
        self._stream = self._sink.start()
        if self._stream is None:
            logger.warning("the sound device “%s” cannot be opened", self._device.description())
            self._sink.deleteLater()
            self._sink = None

    def _mixer(self, project: Project, side: str) -> "Mix":
        from core.delivery.mix import Mix

        return Mix(sound_parts(project, original=side == "original"), RATE, LAYOUT, skips_broken=True)

    def _sound_thread(self) -> "SoundThread":
        if self._thread is None:
            from ui.viewer.sound_thread import (
                SoundThread,
            )  # brings in the decoder's library: not at the start

            self._thread = SoundThread()
        return self._thread
