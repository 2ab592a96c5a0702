import subprocess
import sys

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QPushButton, QScrollArea, QSlider

from tests.ui.conftest import project_with
from ui.base.actions import ACTIONS, conflicts
from ui.base.options import OPTIONS
from ui.dialogs.command_palette import CommandPalette, match_rank
from ui.dialogs.preferences import PreferencesDialog
from ui.dialogs.shortcuts import ShortcutsDialog
from ui.inspector.controls import ParameterRow


def test_the_window_starts_without_the_generators_libraries():
    code = (
        "import os, sys; os.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "import app.window, tempfile, pathlib\n"
        "a = app.window.build_application(['x'])\n"
        "w = app.window.build_window(a, {}, pathlib.Path(tempfile.mkdtemp()))\n"
        "w.show(); a.processEvents(); w.close_now()\n"
        "heavy = {'torch', 'diffusers', 'transformers', 'onnxruntime', 'ai_edge_litert', 'matplotlib', 'scipy', 'av'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert "heavy: []" in done.stdout


def test_default_shortcuts_do_not_clash():
    assert conflicts({spec.id: spec.shortcuts for spec in ACTIONS}) == {}


def test_every_action_does_something(window):
    """Every action is connected to a handler."""
    for id_, action in window.actions.all.items():
        assert action.receivers("2triggered(bool)") > 0, id_


def test_palette_finds_by_words_and_letters(window, qtbot):
    palette = CommandPalette(window.actions, window)
    qtbot.addWidget(palette)
    palette.open_over(window)
    qtbot.keyClicks(palette._line, "add marker")
    assert palette.shown[0] == "edit.marker"
    qtbot.keyClick(palette._line, Qt.Key.Key_Return)
    assert len(window.document.project.markers) == 1
    assert not palette.isVisible()


@pytest.mark.parametrize(
    ("query", "text", "rank"),
    [
        ("exp", "Export…", 0),
        ("proj", "Open project…", 1),
        ("rker", "Add marker", 2),
        ("amk", "Add marker", 3),
        ("zz", "Export", None),
    ],
)
def test_palette_ranks(query, text, rank):
    assert match_rank(query, text) == rank


def test_remapped_shortcut_works_and_is_kept(window, open_window, qtbot):
    dialog = ShortcutsDialog(window.actions, window)
    qtbot.addWidget(dialog)
    dialog.set_key("edit.marker", "Ctrl+Alt+K")
    dialog.accept()
    assert window.actions["edit.marker"].shortcut() == QKeySequence("Ctrl+Alt+K")
    qtbot.keyClick(
        window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    )
    assert len(window.document.project.markers) == 1


def test_clashing_shortcuts_cannot_be_accepted(window, qtbot):
    dialog = ShortcutsDialog(window.actions, window)
    qtbot.addWidget(dialog)
    dialog.set_key("edit.marker", "Ctrl+S")
    assert "Save" in dialog.problem
    with pytest.raises(ValueError, match="twice"):
        dialog.accept()
    dialog.set_key("edit.marker", "")
    assert dialog.problem == ""


def test_preferences_search_and_take_effect(window, qtbot):
    dialog = PreferencesDialog(window.options, window)
    qtbot.addWidget(dialog)
    assert set(dialog.shown) == {option.key for option in OPTIONS}
    dialog.search("snap")
    assert dialog.shown == ("timeline.snapping",)
    assert window.timeline.is_snapping
    dialog.editor("timeline.snapping").click()
    assert not window.timeline.is_snapping
    assert not window.actions["edit.snapping"].isChecked()


def test_wrong_kept_values_fall_back_to_the_defaults(open_window):
    window = open_window(
        {"saving.autosave_seconds": 9000, "general.theme": "pink", "timeline.snapping": "yes"}
    )
    assert window.options.number("saving.autosave_seconds") == 5
    assert window.options.text("general.theme") == "dark"
    assert window.options.flag("timeline.snapping") is True


def test_theme_switches_at_once(window, qapp):
    from ui.base.theme import DARK, LIGHT, theme

    assert theme().colours is DARK
    window.options.set_value("general.theme", "light")
    assert theme().colours is LIGHT
    assert LIGHT.panel in qapp.styleSheet()
    window.options.set_value("general.theme", "dark")


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_style_sheet_has_every_colour_it_names(name):
    from ui.base.theme import THEMES, style_sheet

    assert "@" not in style_sheet(THEMES[name])


def test_docks_are_remembered(open_window):
    first = open_window()
    first.docks["people"].hide()
    first.close_now()
    kept = {key: first.options._values[key] for key in first.options._values}
    second = open_window(kept)
    assert not second.docks["people"].isVisible()
    assert second.docks["media"].isVisible()


def test_workspaces_are_kept_and_used(window):
    window.docks["graph"].hide()
    window.docks.workspaces.keep("mine")
    window.docks.workspaces.use("dub")
    assert window.docks["graph"].isVisible()
    window.docks.workspaces.use("mine")
    assert not window.docks["graph"].isVisible()


def test_empty_project_shows_the_first_steps_and_a_film_the_viewer(window):
    assert window.centre.currentWidget() is window.welcome
    window.document.replace(project_with(), None)
    assert window.centre.currentWidget() is window.viewer


def test_messages_go_away_and_repeat_once(window, qtbot):
    window.messages.info("Hello.")
    window.messages.info("Hello.")
    window.messages.warn("Careful.")
    assert window.stack.texts == ("Hello.", "Careful.")
    for text in ("a", "b", "c"):
        window.messages.info(text)
    assert window.stack.texts == ("a", "b", "c")


def test_a_bug_shows_a_report_and_keeps_the_work(window, qtbot):
    from core.project import content_edits
    from ui.dialogs.crash_report import CrashReport

    window.document.apply("Name", content_edits.set_project, name="Kept")

    def broken(_ticket):
        raise RuntimeError("our fault")

    with qtbot.captureExceptions():
        window.bridge.run(broken, lambda _: None)
        qtbot.waitUntil(lambda: bool(window.findChildren(CrashReport)))
    report = window.findChildren(CrashReport)[0]
    assert "our fault" in report.report
    assert "PySide6" in report.report
    qtbot.waitUntil(lambda: window.keeper._autosaves.own_path.is_file())
    report.reject()


def test_log_shows_what_was_told_and_filters(window, qtbot):
    from ui.dialogs.log_viewer import LogViewer

    window.messages.info("Something harmless.")
    window.messages.warn("Something odd.")
    qtbot.waitUntil(lambda: any("odd" in line for _, line in window.log.lines))
    viewer = LogViewer(window.log, window)
    qtbot.addWidget(viewer)
    assert "harmless" in viewer.text
    viewer._level.setCurrentIndex(2)
    viewer._fill()
    assert "harmless" not in viewer.text
    assert "odd" in viewer.text


def test_about_lists_libraries_with_licences(window, qtbot):
    from importlib.metadata import distributions

    from core.base.models import PROGRAM_ROOT
    from ui.dialogs.about import INCLUDED, AboutDialog

    dialog = AboutDialog(window)
    qtbot.addWidget(dialog)
    assert dialog.library_count > 30
    dialog.choose("numpy")
    assert "Redistribution and use" in dialog.shown_licence
    packages = {each.metadata["Name"] for each in distributions()}
    for work, licence, where in INCLUDED:
        assert licence, work
        assert where in packages or (PROGRAM_ROOT / where).is_dir(), work


@pytest.mark.parametrize(
    "action",
    [
        "file.export",
        "file.preferences",
        "file.backups",
        "file.relink",
        "help.shortcuts",
        "help.about",
        "help.log",
    ],
)
def test_dialogs_open_and_close(window, qtbot, action):
    window.document.replace(project_with((1, 2)), None)
    window.actions[action].setEnabled(True)
    window.actions[action].trigger()
    dialogs = [each for each in window.findChildren(QDialog) if each.isVisible()]
    assert len(dialogs) == 1
    dialogs[0].close()


def test_closing_with_unsaved_work_asks(window, qtbot):
    from PySide6.QtWidgets import QMessageBox

    from core.project import content_edits

    window.document.apply("Name", content_edits.set_project, name="Unsaved")
    window.close()
    assert window.isVisible()
    (box,) = window.findChildren(QMessageBox)
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert window.isVisible()


def test_what_a_window_finds_out_when_shown_loads_no_inference_library():
    code = (
        "import os, sys; os.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "import app.window, tempfile, pathlib\n"
        "from PySide6.QtCore import QEventLoop, QTimer\n"
        "if __name__ == '__main__':\n"
        "    a = app.window.build_application(['x'])\n"
        "    w = app.window.build_window(a, {}, pathlib.Path(tempfile.mkdtemp()))\n"
        "    w.show(); app.window.begin_background_work(w)\n"
        "    loop, timer = QEventLoop(), QTimer()\n"
        "    timer.timeout.connect(lambda: loop.quit() if w.bridge.is_idle else None)\n"
        "    timer.start(20); loop.exec(); a.processEvents()\n"
        "    print('device:', w.status.device.text())\n"
        "    w.close_now()\n"
        "    print('heavy:', sorted({'torch', 'onnx', 'onnxruntime', 'scipy'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert "heavy: []" in done.stdout
    assert "checking" not in done.stdout


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("width", "height"), [(1280, 690), (1280, 720), (960, 540)])
@pytest.mark.parametrize("has_recent", [False, True])
def test_the_first_page_shows_its_buttons_without_scrolling(open_window, qtbot, tmp_path, language, width, height, has_recent):
    window = open_window({"general.language": language})
    window.resize(width, height)
    window.welcome.show_recent((tmp_path / "last.unisync",) if has_recent else ())
    qtbot.wait(200)
    page = window.welcome
    seen = page.viewport().rect()
    buttons = [each for each in page.findChildren(QPushButton) if each.isVisible()]
    assert len(buttons) >= 3
    for button in buttons:
        place = QRect(button.mapTo(page.viewport(), QPoint(0, 0)), button.size())
        assert seen.contains(place), (button.text(), place, seen)
        assert button.height() >= button.sizeHint().height()


@pytest.mark.parametrize("height", [20, 70, 300])
def test_the_empty_bins_words_lie_on_nothing(open_window, qtbot, height):
    bin_ = open_window({}).bin
    page = bin_._pages.currentWidget()
    page.setParent(None)
    qtbot.addWidget(page)
    page.resize(260, height)
    page.show()
    assert page.sign.isVisible() == (height == 300)
    if page.sign.isVisible():
        assert page.sign.geometry().bottom() < page.text.geometry().top()


def test_the_first_picture_is_made_panel_by_panel(qapp, home, qtbot):
    from app.window import build_window

    window = build_window(qapp, {"engine.analyse_on_import": False}, home)
    docks = list(window.docks.all.values())
    painted = []  # of each painting of a dock: which others were still held back

    class Watch(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Paint:
                painted.append((watched, sum(not dock.updatesEnabled() for dock in docks)))
            return False

    watch = Watch()
    window.resize(1500, 950)
    for each in (window.centre, *docks):
        each.installEventFilter(watch)
    window.show()
    qtbot.waitUntil(lambda: {each for each, _ in painted} >= {window.docks["timeline"], window.docks["media"]})
    qtbot.waitUntil(lambda: all(dock.updatesEnabled() for dock in docks))
    assert painted[0][0] is window.centre
    first = {}
    for each, waiting in painted:
        first.setdefault(each, waiting)
    left = list(first.values())
    assert left == sorted(left, reverse=True)
    assert len(set(left)) == len(left), "two panels were painted for the first time at one stretch"
    window.close_now()
    window.log.remove()
    window.deleteLater()


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_inspector_is_not_cut_in_the_narrowest_window(open_window, qtbot, language):
    window = open_window({"general.language": language})
    window.resize(960, 540)
    window.document.replace(project_with((1, 9)), None)
    window.document.session.select([window.document.project.segments[0].id])
    qtbot.wait(200)
    assert window.width() == 960, "half of a full HD screen at 200 %"
    for row in window.inspector.findChildren(ParameterRow):
        area = row.parentWidget()
        while not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if row.isVisible():
            assert row.mapTo(area.viewport(), row.rect().bottomRight()).x() <= area.viewport().width()
            if row.parameter.kind == "slider":
                assert row.findChild(QSlider).width() >= 24
