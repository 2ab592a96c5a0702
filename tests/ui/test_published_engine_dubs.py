"""A published engine, installed in toy size, dubs a clip from the window: chosen for a segment, generated, seen, exported."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from core.base.models import user_data_dir
from core.media.reader import VideoReader
from tests.core.foreign_generators.conftest import toy_home  # noqa: F401  a fixture
from tests.talking import cut_dub, cut_film
from tests.ui.drops import drop_files
from ui.dialogs.export import ExportDialog

pytestmark = pytest.mark.slow

FRAMES = 24
WAIT = 120_000


@pytest.fixture
def models(toy_home, home):  # noqa: F811
    """The user's folder with the toys and the face models; seen before `UNISYNC_HOME` is this test's."""
    (home / "models").mkdir()
    for folder in (toy_home / "models", _face_models()):
        for path in folder.iterdir():
            place = home / "models" / path.name
            if not place.exists():
                place.symlink_to(path)


def _face_models():
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("UNISYNC_HOME")
        return user_data_dir() / "models"


def test_a_segment_is_dubbed_by_the_engine_chosen_for_it_alone(open_window, models, qtbot, tmp_path):
    film, voice = cut_film(tmp_path / "film.mp4", FRAMES), cut_dub(tmp_path / "dub.flac", FRAMES / 25)
    window = open_window({"engine.analyse_on_import": True})
    document, timeline = window.document, window.timeline
    drop_files(window.welcome, window.welcome.rect().center(), film)
    qtbot.waitUntil(lambda: bool(document.project.people), timeout=WAIT)
    document.session.set_person(document.project.people[0].id)
    lanes = {lane.id: lane for lane in timeline._scene.lanes.lanes}
    where = QPoint(round(timeline.axis.to_x(0)) + 2, lanes["A2"].top + 20)
    drop_files(timeline, timeline.canvas.mapTo(timeline, where), voice)
    qtbot.waitUntil(lambda: bool(document.project.segments), timeout=WAIT)
    document.session.select([document.project.segments[0].id])
    assert document.project.segments[0].engine == "auto"

    box = window.inspector.lips.engine
    row = box.findData("musetalk-1.5")
    box.setCurrentIndex(row)
    box.activated.emit(row)
    window.actions["segment.generate"].trigger()
    qtbot.waitUntil(lambda: bool(document.project.segments[0].takes), timeout=WAIT)
    take = document.project.segments[0].takes[0]
    qtbot.waitUntil(lambda: document.library.take_state(take.id).status in ("done", "failed"), timeout=WAIT)
    assert document.library.take_state(take.id).status == "done"
    assert take.engine == "musetalk-1.5"
    qtbot.waitUntil(lambda: not window.board.active, timeout=WAIT)

    window.actions["file.export"].trigger()
    (dialog,) = [each for each in window.findChildren(ExportDialog) if each.isVisible()]
    output, written = tmp_path / "dubbed.mkv", []
    window.workshop.exports.finished.connect(lambda path, _facts: written.append(path))
    dialog.choose(output, "ffv1")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(written), timeout=WAIT)
    (source, times), (result, result_times) = frames_of(film), frames_of(output)
    assert result_times == times
    changed = [(a != b).mean() for a, b in zip(source, result, strict=True)]
    assert all(0 < share < 0.4 for share in changed[2:-2])  # the mouth, and not all of the picture


def frames_of(path):
    """Each frame as it was decoded, and when it is shown."""
    with VideoReader(path) as reader:
        frames = [
            np.concatenate([np.frombuffer(plane, np.uint8) for plane in decoded.frame.planes])
            for decoded in reader.frames()
        ]
        return frames, [reader.index.time(n) for n in range(reader.frame_count)]
