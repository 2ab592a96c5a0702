from pathlib import Path

from pytestqt.qtbot import QtBot

from app.lab.editor_figures import measure_drag, measure_editor, measure_paint
from core.research.benchmark.editor import long_project

SMALL = long_project(segments=30, seconds=300, shots=3)


def test_painting_is_measured_at_every_zoom(qtbot: QtBot) -> None:
    found = measure_paint(SMALL, rounds=2)
    assert len(found) == 5
    assert all(each.wall.count == 2 for each in found)


def test_a_film_is_sought_stepped_and_played(clips, qtbot: QtBot) -> None:
    figures = measure_editor(Path(clips("long_gop")), seconds=0.6, seeks=3, project=SMALL)
    assert [each.wall.count for each in figures.seeks] == [3, 3, 6]
    assert figures.playback is not None
    assert figures.playback.shown > 0
    assert figures.baseline is not None
    text = figures.table()
    assert "plain decode loop" in text
    assert "paint all lanes" in text


def test_dragging_is_measured(qtbot: QtBot) -> None:
    found = measure_drag(SMALL, rounds=2)
    assert [each.wall.count for each in found] == [2, 2]
