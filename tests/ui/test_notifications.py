"""What the desktop is told, seen by a notification service on a bus of the test's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ui.base.notifications import Notifier

pytestmark = pytest.mark.skipif(
    shutil.which("dbus-daemon") is None or not any(map(shutil.which, ("notify-send", "gdbus"))),
    reason="needs dbus-daemon, and notify-send or gdbus",
)
SERVICE = """
from PySide6.QtCore import ClassInfo, QCoreApplication, QObject, QTimer, Slot
from PySide6.QtDBus import QDBusConnection

app = QCoreApplication([])


@ClassInfo({"D-Bus Interface": "org.freedesktop.Notifications"})
class Service(QObject):
    @Slot(str, "uint", str, str, str, "QStringList", "QVariantMap", int, result="uint")
    def Notify(self, name, replaces, icon, title, text, actions, hints, shown_ms):
        print(repr((name, title, text)), flush=True)
        QTimer.singleShot(0, app.quit)
        return 1

    @Slot(result="QStringList")
    def GetCapabilities(self):
        return ["body"]


service, bus = Service(), QDBusConnection.sessionBus()
assert bus.registerObject("/org/freedesktop/Notifications", service, QDBusConnection.RegisterOption.ExportAllSlots)
assert bus.registerService("org.freedesktop.Notifications")
print("ready", flush=True)
app.exec()
"""


@pytest.fixture
def desktop(tmp_path, monkeypatch):
    """A session bus and a service on it that prints what it is told."""
    bus = subprocess.Popen(
        [
            "dbus-daemon",
            "--session",
            "--nofork",
            "--print-address=1",
            f"--address=unix:tmpdir={_short(tmp_path)}",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.stdout.readline().strip())
        service = subprocess.Popen([sys.executable, "-c", SERVICE], stdout=subprocess.PIPE, text=True)
        try:
            assert service.stdout.readline().strip() == "ready"
            yield service
        finally:
            service.kill()
            service.communicate(timeout=300)
    finally:
        bus.kill()
        bus.communicate(timeout=300)


def _short(folder: Path) -> str:
    """Sockets have short names."""
    return str(folder) if len(str(folder)) < 70 else "/tmp"


@pytest.mark.parametrize("command", ["notify-send", "gdbus"])
@pytest.mark.parametrize(
    ("title", "text"),
    [("3 films exported", "The exports are finished."), ("7", "It's “done” — C:\\films\\a.mov [x] {y}")],
)
def test_the_desktop_is_told(qtbot, desktop, tmp_path, monkeypatch, command, title, text):
    found = shutil.which(command)
    if found is None:
        pytest.skip(f"{command} is not here")
    (tmp_path / "bin").mkdir()
    os.symlink(found, tmp_path / "bin" / command)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))  # this way and no other
    notifier = Notifier()
    with qtbot.waitSignal(notifier.told) as told:
        notifier.tell(title, text)
    assert told.args == [title, text, command]
    assert desktop.stdout.readline().strip() == repr(("UniSync Studio", title, text))


def test_without_a_way_to_the_desktop_the_window_alone_is_used(qtbot, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    notifier = Notifier()
    with qtbot.waitSignal(notifier.told) as told:
        notifier.tell("a", "b")
    assert told.args == ["a", "b", "window"]
