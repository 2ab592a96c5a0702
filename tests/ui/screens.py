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
    "narrow-german": (1920, 1080, 2, "dark", "de", "segment"),
    "graph-light": (1920, 1080, 1, "light", "en", "graph"),
    "band-german": (1280, 720, 1, "light", "de", "band"),
    "blend-of-a-person-german": (1280, 720, 1, "dark", "de", "blend"),
    "clip-under-the-playhead": (1920, 1080, 2, "dark", "en", "clip"),
    "preferences-german": (1280, 720, 1, "dark", "de", "preferences"),
    "export-narrow-german": (1920, 1080, 2, "dark", "de", "export"),
    "preferences-narrow": (1920, 1080, 2, "light", "en", "preferences"),
    "welcome-narrow-german": (1920, 1080, 2, "dark", "de", "empty"),
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
            chosen = {"segment": project.segments[0].id, "blend": project.segments[0].id, "clip": None}
            window.document.session.select([each for each in (chosen.get(front, project.clips[1].id),) if each])
        if front == "blend":
            window.inspector.tabs.setCurrentIndex(1)
            window.inspector.blend.scope.setCurrentIndex(1)
            window.inspector.blend.scope.activated.emit(1)
        for card in list(window.stack._cards):
            card.closed.emit()
        if front in ("graph", "band"):
            show_script_and_curves(window)
            window.options.set_value("playback.rythmo", front == "band")
        if front == "export":
            window.actions["file.export"].trigger()
            QTest.qWait(600)
            shown = next(each for each in window.children() if type(each).__name__ == "ExportDialog")
        if front == "preferences":
            window.actions["file.preferences"].trigger()
            QTest.qWait(600)
            shown = next(each for each in window.children() if type(each).__name__ == "PreferencesDialog")
        if front == "queue" and hasattr(window, "show_exports"):
            from core.project.export_order import ExportOrder

            for film in ("episode 1", "episode 2", "trailer"):
                window.workshop.exports.enqueue(ExportOrder(Path(home) / f"{film}.mp4", "h264"))
            window.show_exports()
        QTest.qWait(600)
        for card in list(window.stack._cards):  # files that are missing are told late
            card.closed.emit()
        QTest.qWait(100)
        shown.grab().save(str(target / f"{name}.png"))
        window.close_now()
        window.log.remove()


def show_script_and_curves(window) -> None:
    """Lines of a script, and curves with weak stretches, as after a day's work."""
    from fractions import Fraction

    import numpy as np

    from core.base.timing import TimeRange
    from core.project import line_edits
    from core.project.line_edits import LineDraft
    from ui.state.library import CurveKey, SyncCurve

    document = window.document
    words = (("Anna", "The ship left at noon, and nobody told me.", 1, 4), ("Ben", "You never asked!", 3, 5))
    drafts = [LineDraft(who, text, TimeRange(Fraction(a), Fraction(b))) for who, text, a, b in words]
    document.apply("Script", line_edits.set_script, drafts)
    for name, person in zip(("Anna", "Ben"), document.project.people, strict=True):
        document.apply("Cast", line_edits.cast_character, name, person.id)
    times = np.arange(0, 60, 0.2)
    values = (0.62 + 0.38 * np.sin(times / 2)).astype(np.float32)
    film = document.project.media[0].id
    for segment in document.project.segments:
        curve = SyncCurve(film, times, values, np.full(len(times), 20, np.float32))
        document.library.put_curve(CurveKey("dub", segment.id), curve)
    document.session.set_playhead(Fraction(2))


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
        command = [sys.executable, "-m", "tests.ui.screens", str(target), name]
        subprocess.run(command, env=environment, check=True, timeout=300)
    return 0


if __name__ == "__main__":
    sys.exit(main())
