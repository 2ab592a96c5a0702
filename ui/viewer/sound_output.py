"""What is heard of a run: the sound thread mixes it, the sound device takes it from there and is the clock of playback."""

import logging
from fractions import Fraction
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from core.project.model import Project
from core.project.sound import sound_parts
from ui.viewer.clocks import RunClock, SinkClock
from ui.viewer.play_plan import PlayPlan
from ui.viewer.sound_format import LAYOUT, RATE

if TYPE_CHECKING:
    from core.delivery.mix import Mix
    from ui.viewer.sound_device import SoundDevice
    from ui.viewer.sound_thread import SoundThread

logger = logging.getLogger(__name__)


def load_sound_backend() -> None:
    """Loads the library for sound, from any thread: the main one would wait for it later."""
    import ui.viewer.sound_device  # noqa: F401


class SoundOutput(QObject):
    """Plays a run's sound when there is a device for it; does nothing, quietly, when there is none."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: SoundThread | None = None
        self._device: SoundDevice | None = None
        self._has_device: bool | None = None
        self._volume = 1.0
        self._is_prepared = False

    @property
    def has_device(self) -> bool:
        """Whether sound can be heard; asks the system at the first call."""
        if self._has_device is None:
            from ui.viewer import sound_device  # not at import: the window is to be there before it

            self._has_device = sound_device.has_device()
            if not self._has_device:
                logger.info("there is no sound device; playback is timed by the system clock")
        return self._has_device

    @property
    def volume(self) -> float:
        """0..1, as the slider stands (not linear in power)."""
        return self._volume

    def set_volume(self, volume: float) -> None:
        """Sets the volume; heard at once."""
        self._volume = volume
        if self._device is not None:
            self._device.volume = _level(volume)

    def prepare(self, project: Project, side: str, plan: PlayPlan | None) -> None:
        """Begins to mix the sound of a run; None for runs without sound (other speeds)."""
        self.stop()
        if plan is None or not self.has_device:
            return
        self._sound_thread().play(self._mixer(project, side), plan)
        self._is_prepared = True

    def start(self) -> RunClock | None:
        """Starts the device; returns its clock, or None when this run has no sound."""
        if not self._is_prepared:
            return None
        self._open()
        return SinkClock(self._device.played_us) if self._device is not None else None

    def scrub(self, project: Project, side: str, t: Fraction) -> None:
        """Lets 80 ms at `t` be heard."""
        if not self.has_device:
            return
        self.stop()
        thread = self._sound_thread()
        thread.scrub(self._mixer(project, side), t)
        self._open()

    def stop(self) -> None:
        """Silence."""
        self._is_prepared = False
        if self._thread is not None:
            self._thread.stop()
        if self._device is not None:
            self._device.close()
            self._device = None

    def close(self) -> None:
        """Stops and joins the thread."""
        self.stop()
        if self._thread is not None:
            self._thread.close()
            self._thread = None

    def _open(self) -> None:
        import miniaudio

        from ui.viewer.sound_device import SoundDevice

        try:
            self._device = SoundDevice(self._sound_thread().take, _level(self._volume))
        except miniaudio.MiniaudioError as error:
            logger.warning("the sound device cannot be opened: %s", error)

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


def _level(volume: float) -> float:
    return volume**2  # equal steps of the slider then sound about equal
