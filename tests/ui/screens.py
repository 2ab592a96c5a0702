"""Pictures of the window as others see it: ``python -m tests.ui.screens FOLDER`` under an X server or offscreen.

Each is taken by a process of its own, since scaling is settled before a program has a window. A project of two people without
files is shown: what is looked at is the window, not a film.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

# name: width and height of the screen in its own pixels, scaling, theme, language, what is in front
SCREENS = {
    "small-dark": (1280, 720, 1, "dark", "en", "segment"),
    "small-light-german": (1280, 720, 1, "light", "de", "segment"),
    "full-dark": (1920, 1080, 1, "dark", "en", "segment"),
    "full-light-sound": (1920, 1080, 1, "light", "en", "sound"),
    "4k-doubled-german": (3840, 2160, 2, "dark", "de", "segment"),
    "welcome-light": (1280, 720, 1, "light", "en", "empty"),
    "export-german": (1280, 720, 1, "dark", "de", "export"),
    "queue-dark": (1280, 720, 1, "dark", "en", "queue"),
}


def take(name: str, target: Path) -> None:
    """Takes one picture in this process."""
    width, height, scale, theme, language, front = SCREENS[name]
    from PySide6.QtTest import QTest

    from app.window import build_application, build_window
    from tests.ui.conftest import project_with

    app = build_application(["screens"])
    with tempfile.TemporaryDirectory() as home:
        os.environ["UNISYNC_HOME"] = home
        values = {"general.theme": theme, "general.language": language, "engine.analyse_on_import": False}
        window = build_window(app, values, Path(home))
        window.resize(width // scale, height // scale)
        window.show()
        QTest.qWait(300)
        shown = window
        if front != "empty":
            window.document.replace(project_with((1, 9), (12, 20), (25, 40)), None)
            QTest.qWait(300)
            project = window.document.project
            chosen = [project.segments[0].id] if front == "segment" else [project.clips[1].id]
            window.document.session.select(chosen)
        for card in list(window.stack._cards):
            card.closed.emit()
        if front == "export":
            window.actions["file.export"].trigger()
            QTest.qWait(600)
            shown = next(each for each in window.children() if type(each).__name__ == "ExportDialog")
        if front == "queue" and hasattr(window, "show_exports"):
            from core.project.export_order import ExportOrder

            for film in ("episode 1", "episode 2", "trailer"):
                window.workshop.exports.enqueue(ExportOrder(Path(home) / f"{film}.mp4", "h264"))
            window.show_exports()
        QTest.qWait(600)
        shown.grab().save(str(target / f"{name}.png"))
        window.close_now()
        window.log.remove()


def main() -> int:
    """Takes all of them, or the one named."""
    target = Path(sys.argv[1]).absolute()
    target.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) > 2:
        take(sys.argv[2], target)
        return 0
    for name, (_, _, scale, *_) in SCREENS.items():
        environment = {**os.environ, "QT_SCALE_FACTOR": str(scale)}
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        subprocess.run([sys.executable, "-m", "tests.ui.screens", str(target), name], env=environment, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
