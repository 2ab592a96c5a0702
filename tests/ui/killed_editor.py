"""A window that edits at random until it is killed: ``python -m tests.ui.killed_editor HOME LOG SEED SECONDS``.

Writes a line ``time digest`` at each change, so that a recovered project tells which state it is, to the last keyframe.
"""

import contextlib
import hashlib
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QTimer

from app.window import build_application, build_window
from core.base.timing import TimeRange
from core.compositing.strokes import Stroke
from core.project import content_edits, edits, key_edits, line_edits, pin_edits, placed_edits, stroke_edits
from core.project.file import dumps
from core.project.ids import LaneId
from core.project.invariants import within_ranges
from core.project.line_edits import LineDraft
from core.project.model import Project
from core.project.placing import EditRefused
from tests.ui.conftest import project_with
from ui.state.document import Document

MOVED = ("strength", "grow", "feather", "chin", "upper_lip", "articulation", "max_yaw")


def digest(project: Project) -> str:
    """What tells two states of a project apart; where it lies does not, nor a fade that a cut left longer than its clip, which reading shortens."""
    project = within_ranges(project)
    here = tuple(replace(medium, relative_path=None) for medium in project.media)
    return hashlib.sha256(dumps(replace(project, media=here)).encode()).hexdigest()[:16]


def edits_of(document: Document, chance: random.Random) -> list[Callable[[], object]]:
    """One of each kind of edit that a day's work is made of, at places drawn by chance."""
    project = document.project
    segment = chance.choice(project.segments)
    one, t = segment.id, Fraction(chance.randrange(0, 1500), 25)
    inside = segment.range.start + Fraction(chance.randrange(0, max(int(segment.range.duration * 25), 1)), 25)
    film = project.media[0].id
    points = tuple((round(chance.uniform(-1, 1), 3), round(chance.uniform(-1, 1), 3)) for _ in range(30))
    stroke = Stroke(chance.choice(("include", "exclude", "erase")), points, 0.3, 0.5)
    lanes = [LaneId("A1"), LaneId("A2"), segment.lane]
    mouth = tuple((100.0 + chance.uniform(0, 50) + dx, 200.0 + dy) for dx, dy in ((-30, 0), (30, 0), (0, -9), (0, 9)))

    def drag() -> None:  # as the mouse does: many states, one step
        moving = document.drag("Move pin")
        for _ in range(3):
            moving.update(pin_edits.set_pin, one, inside, round(chance.random(), 3))
        moving.commit()

    return [
        lambda: document.apply("Move", edits.move_items, [one], t - 30),
        lambda: document.apply("Split", edits.split_items, [each.id for each in project.segments], t),
        lambda: document.apply("Trim", edits.trim_end, one, t),
        document.undo,
        lambda: document.apply("Marker", content_edits.add_marker, t),
        lambda: document.apply("Key", key_edits.set_key, [one], chance.choice(MOVED), inside, round(chance.uniform(0, 0.6), 3)),
        lambda: document.apply("Stroke", stroke_edits.add_stroke, one, stroke),
        lambda: document.apply("Softer", stroke_edits.soften_strokes, one, 0.1),
        drag,
        lambda: document.apply("Mouth", placed_edits.place_face, film, "mouth", chance.randrange(200), mouth, person=project.people[1].id),
        lambda: document.apply_merged("gain", "Gain", content_edits.set_sound, [one], gain_db=round(chance.uniform(-20, 6), 1)),
        lambda: document.apply("Fade", content_edits.set_sound, [one], fade_in=Fraction(chance.randrange(0, 10), 25)),
        lambda: document.apply("Lane", content_edits.set_lane_sound, chance.choice(lanes), muted=chance.random() < 0.5),
        lambda: document.apply("Line", line_edits.set_line, chance.choice(project.lines).id, text=f"words {chance.random()}"),
        lambda: document.apply("Marks", content_edits.set_marks, t, t + 1),
    ]


def main(home: Path, log: Path, seed: int, autosave_seconds: float) -> None:
    app = build_application(["killed-editor"])
    window = build_window(
        app, {"saving.autosave_seconds": autosave_seconds, "engine.analyse_on_import": False}, home
    )
    document = window.document
    project = project_with((1, 3), (5, 8), (10, 20))
    drafts = [LineDraft("Anna", f"Line {n}", TimeRange(Fraction(n), Fraction(n + 1))) for n in range(20)]
    document.replace(line_edits.set_script(project, drafts).project, None)
    window.show()
    chance = random.Random(seed)
    lines = log.open("a", buffering=1)

    def tell(_changes: object = None) -> None:
        lines.write(f"{time.time():.3f} {digest(document.project)}\n")

    def edit() -> None:
        with contextlib.suppress(EditRefused):
            chance.choice(edits_of(document, chance))()

    tell()
    document.changed.connect(tell)
    timer = QTimer(window)
    timer.timeout.connect(edit)
    timer.start(15)
    app.exec()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
