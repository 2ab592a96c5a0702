"""Preferences → Models on the real window with the real engine process, and the engines one may then choose."""

import subprocess
import sys

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from core.model_store import store
from core.model_store.catalogue import ENGINES, MODELS
from tests.core.foreign_generators.toys import write_musetalk
from tests.ui.conftest import project_with
from tests.ui.toy_models_engine import main as toy_engine
from ui.dialogs.models import ModelsPage

WAIT = 120_000


@pytest.fixture(scope="module")
def toys(tmp_path_factory):
    return write_musetalk(tmp_path_factory.mktemp("toys") / "musetalk")


@pytest.fixture
def window(open_window, toys, monkeypatch):
    monkeypatch.setenv("UNISYNC_TOYS", str(toys))
    return open_window(engine_target=toy_engine)


@pytest.fixture
def card(window, qtbot):
    """MuseTalk's card on the page that the menu opens."""
    window.actions["file.preferences"].trigger()
    (page,) = [widget for widget in QApplication.allWidgets() if isinstance(widget, ModelsPage)]
    yield page.cards["musetalk-1.5"]
    page.window().close()


@pytest.fixture
def told(window):
    """What the window has told."""
    texts = []
    window.messages.posted.connect(lambda message: texts.append(message.text))
    return texts


def answer(text, seen):
    """Presses the button called `text` in the question that comes next, and keeps what it said."""

    def press():
        box = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible())
        seen.append(f"{box.text()} {box.informativeText()}")
        button = next(b for b in box.buttons() if b.text().replace("&", "") == text)
        button.click()

    QTimer.singleShot(0, press)


def press(qtbot, button):
    assert not button.isHidden()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_model_is_installed_from_a_folder_verified_and_removed(
    window, card, toys, told, qtbot, monkeypatch
):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(toys))
    assert card.state.text() == "Not installed"
    assert card.verify.isHidden()
    seen = []
    answer("Cancel", seen)
    press(qtbot, card.from_folder)
    assert "CreativeML OpenRAIL-M" in seen[0]
    assert MODELS["musetalk-1.5"].licence.address in seen[0]
    assert card.state.text() == "Not installed"
    answer("Accept", seen)
    press(qtbot, card.from_folder)
    assert card.state.text() == "Being installed"
    assert not card.install.isEnabled()
    qtbot.waitUntil(lambda: card.state.text() == "Installed", timeout=WAIT)
    assert store.stored("musetalk-1.5").is_published
    assert any(job.title == "Install MuseTalk 1.5" and job.state == "done" for job in window.board.jobs)

    press(qtbot, card.verify)
    qtbot.waitUntil(lambda: any("is as it was installed" in text for text in told), timeout=WAIT)
    (store.model_folder("musetalk-1.5") / "vae.safetensors").write_bytes(b"damaged")
    press(qtbot, card.verify)
    qtbot.waitUntil(lambda: any("is damaged" in text for text in told), timeout=WAIT)

    answer("No", seen)
    press(qtbot, card.remove)
    assert store.is_installed("musetalk-1.5")
    answer("Yes", seen)
    press(qtbot, card.remove)
    qtbot.waitUntil(lambda: card.state.text() == "Not installed", timeout=WAIT)
    assert not store.model_folder("musetalk-1.5").exists()


def test_files_that_are_not_the_published_ones_are_refused_in_the_window(
    window, card, told, tmp_path, qtbot, monkeypatch
):
    given = write_musetalk(tmp_path / "given")
    unet = given / "musetalkV15" / "unet.pth"
    content = bytearray(unet.read_bytes())
    content[-300] ^= 1
    unet.write_bytes(content)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(given))
    store.accept(MODELS["musetalk-1.5"].licence)
    press(qtbot, card.from_folder)
    qtbot.waitUntil(lambda: any("is not the published" in text for text in told), timeout=WAIT)
    assert card.state.text() == "Not installed"
    assert card.from_folder.isEnabled()


def test_published_engines_can_be_chosen_once_they_are_installed(window):
    window.document.replace(project_with((1, 3)), None)
    window.document.session.select([window.document.project.segments[0].id])
    box = window.inspector.lips.engine
    rows = {box.itemData(row): row for row in range(box.count())}
    assert set(ENGINES) <= set(rows)
    row = rows["musetalk-1.5"]
    assert not box.model().item(row).isEnabled()
    assert "Preferences" in box.itemData(row, Qt.ItemDataRole.ToolTipRole)
    folder = store.model_folder("musetalk-1.5")
    folder.mkdir(parents=True)
    (folder / store.DESCRIPTION).write_text("{}")
    window.document.session.select([])
    window.document.session.select([window.document.project.segments[0].id])
    assert box.model().item(row).isEnabled()
    box.activated.emit(row)
    assert window.document.project.segments[0].engine == "musetalk-1.5"
    assert "4 GB" in box.itemData(row, Qt.ItemDataRole.ToolTipRole)


def test_what_a_published_engine_takes_here_is_told_before_it_is_used(window, qtbot):
    folder = store.model_folder("musetalk-1.5")
    folder.mkdir(parents=True)
    (folder / store.DESCRIPTION).write_text("{}")
    window.document.replace(project_with((1, 3)), None)
    segment = window.document.project.segments[0].id
    window.document.session.select([segment])
    told, box = window.inspector.lips.cost, window.inspector.lips.engine
    assert told.isHidden()
    row = box.findData("musetalk-1.5")
    box.setCurrentIndex(row)
    box.activated.emit(row)
    assert window.document.project.segments[0].engine == "musetalk-1.5"
    qtbot.waitUntil(lambda: not told.isHidden(), timeout=WAIT)
    assert "for each second of film here" in told.text()
    assert "GB of memory" in told.text()
    row = box.findData("own-mouth")
    box.setCurrentIndex(row)
    box.activated.emit(row)
    assert told.isHidden()
    assert not window.board.jobs  # nobody asked for it in words


def test_the_window_needs_no_torch():
    code = "import sys, ui.dialogs.models, ui.inspector.inspector, ui.jobs.workshop; print('torch' in sys.modules, 'diffusers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.split() == ["False", "False"]
