"""A window that edits at random until it is killed: ``python -m tests.ui.killed_editor HOME LOG SEED SECONDS``.

Writes a line ``time name`` after each edit; the name counts the edits, so the recovered project tells which state it is.
"""

import random
import sys
import time
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QTimer

from app.window import build_application, build_window
from core.project import content_edits, edits
from core.project.placing import EditRefused
from tests.ui.conftest import project_with


def main(home: Path, log: Path, seed: int, autosave_seconds: float) -> None:
    app = build_application(["killed-editor"])
    window = build_window(
        app, {"saving.autosave_seconds": autosave_seconds, "engine.analyse_on_import": False}, home
    )
    document = window.document
    document.replace(project_with((1, 3), (5, 8), (10, 20)), None)
    window.show()
    chance = random.Random(seed)
    lines = log.open("a", buffering=1)
    count = 0

    def edit() -> None:
        nonlocal count
        ids = [segment.id for segment in document.project.segments]
        one, t = chance.choice(ids), Fraction(chance.randrange(0, 1500), 25)
        try:
            match chance.randrange(5):
                case 0:
                    document.apply("Move", edits.move_items, [one], t - 30)
                case 1:
                    document.apply("Split", edits.split_items, ids, t)
                case 2:
                    document.apply("Trim", edits.trim_end, one, t)
                case 3:
                    document.undo()
                case _:
                    document.apply("Marker", content_edits.add_marker, t)
        except EditRefused:
            pass
        count += 1
        document.apply("Name", content_edits.set_project, name=str(count))
        lines.write(f"{time.time():.3f} {count} {len(document.project.segments)}\n")

    timer = QTimer(window)
    timer.timeout.connect(edit)
    timer.start(15)
    app.exec()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
