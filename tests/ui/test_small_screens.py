"""What gives way where there is little room: words in the tool bar, and dialogs that are as high as the screen at most."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt

from tests.ui.conftest import project_with
from ui.shell.tool_bar import SHOWN

WORDS, SIGNS = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
ROOT = Path(__file__).resolve().parents[2]

# The offscreen screen has 800 × 800 pixels of its own.
DIALOGS = """
import sys
from pathlib import Path
from app.window import build_application, build_window
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QDialogButtonBox
from tests.ui.conftest import project_with
home = Path(sys.argv[1])
app = build_application(["small"])
window = build_window(app, {"engine.analyse_on_import": False, "general.language": "de"}, home)
window.show()
window.document.replace(project_with((1, 3)), None)
for action in ("file.preferences", "file.export", "help.shortcuts"):
    window.actions[action].trigger()
    QTest.qWait(100)
    for dialog in (each for each in window.findChildren(QDialog) if each.isVisible()):
        room = dialog.screen().availableSize()
        lowest = max(b.mapTo(dialog, b.rect().bottomRight()).y() for box in dialog.findChildren(QDialogButtonBox) for b in box.buttons())
        print(type(dialog).__name__, dialog.height() < room.height(), lowest < dialog.height(), flush=True)
        dialog.close()
window.close_now()
"""


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_button_of_the_tool_bar_is_seen_in_a_narrow_window(open_window, qtbot, language):
    window = open_window({"general.language": language})
    window.resize(960, 540)
    qtbot.wait(50)
    assert window.width() == 960
    bar = window.tool_bar
    for id_ in filter(None, SHOWN):
        button = bar.buttons[id_]
        assert button.isVisible(), id_
        assert bar.rect().contains(button.rect().translated(button.mapTo(bar, QPoint(0, 0)))), id_
    assert bar.buttons["file.export"].toolButtonStyle() == WORDS, "what all of it leads to keeps its name"
    assert bar.buttons["segment.propose"].toolButtonStyle() == SIGNS
    window.resize(1500, 900)
    qtbot.wait(50)
    assert bar.buttons["segment.propose"].toolButtonStyle() == WORDS


def test_the_button_for_what_does_not_fit_can_be_seen(window):
    for bar in (window.tool_bar, window.lines.bar):
        picture = bar.more.icon().pixmap(16, 16).toImage()
        drawn = [picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height())]
        assert any(each.lightness() > 120 for each in drawn if each.alpha())


def test_no_dialog_is_higher_than_its_screen(tmp_path):
    environment = {**__import__("os").environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "2", "UNISYNC_HOME": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-c", DIALOGS, str(tmp_path)], env=environment, cwd=ROOT, capture_output=True, text=True,
        timeout=300, check=True,
    ).stdout  # fmt: skip
    lines = [line for line in told.splitlines() if "Dialog" in line]
    assert len({line.split()[0] for line in lines}) == 3, told
    assert all(line.endswith("True True") for line in lines), told


def test_the_empty_bin_says_less_rather_than_half_a_line(open_window, qtbot):
    window = open_window({"general.language": "de"})
    page = window.bin._pages.widget(0)
    for height, words in ((540, page.words.partition("\n")[0]), (950, page.words)):
        window.resize(960, height)
        window.docks.arrange_at_first()  # as if it had begun so
        window.resize(960, height)
        qtbot.wait(50)
        assert window.height() == height
        assert page.text.text() == words
        assert page.text.height() >= page.text.heightForWidth(page.text.width())


def test_nothing_is_called_not_weak_before_anything_is_known(window):
    window.document.replace(project_with((1, 3)), None)
    window.sync_graph.list_spots()
    assert window.sync_graph.list_button.isHidden()
