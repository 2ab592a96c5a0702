"""The manual: F1 opens it, its pictures are those its script takes, and its keys are the window's."""

import importlib.util
import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from ui.dialogs.manual import MANUAL, ManualDialog, pages

MOST_BYTES = 150_000


@pytest.fixture(scope="module")
def make():
    spec = importlib.util.spec_from_file_location("manual_make", MANUAL / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shown_pictures(path: Path) -> list[str]:
    return re.findall(r"!\[[^\]]+\]\(images/([a-z-]+)\.png\)", path.read_text("utf-8"))


@pytest.mark.parametrize("language", ["en", "de"])
def test_pages_show_exactly_the_pictures_that_the_script_takes(make, language):
    folder = make.folder(language)
    shown = [name for file in pages(folder) for name in shown_pictures(folder / file)]
    assert sorted(shown) == sorted(make.PICTURES)
    there = {path.stem: path.stat().st_size for path in (folder / "images").iterdir()}
    assert sorted(there) == sorted(make.PICTURES)
    assert max(there.values()) <= MOST_BYTES


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_is_in_the_contents(make, language):
    folder = make.folder(language)
    assert {path.name for path in folder.glob("*.md")} == {*pages(folder), "README.md"}
    assert list(pages(folder)) == list(pages()), "the languages have the same pages"


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_of_keys_is_the_windows_own(make, open_window, language):
    open_window({"general.language": language})
    written = (make.folder(language) / "keys.md").read_text("utf-8")
    assert written == make.keys_page(language), f"run python docs/manual/make.py --keys --language {language}"


def test_f1_opens_the_manual_in_the_windows_language(open_window, qtbot):
    window = open_window({"general.language": "de"})
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: any(each.isVisible() for each in window.findChildren(ManualDialog)))
    (dialog,) = [each for each in window.findChildren(ManualDialog) if each.isVisible()]
    assert dialog.contents.item(0).text() == "Die erste Synchronfassung"
    assert "Ziehen Sie einen Film" in dialog.page.toPlainText()
    image = dialog.page.loadResource(2, dialog.page.source().resolved("images/welcome.png"))
    assert image.width() > 100
    dialog.close()


def test_f1_opens_the_manual_with_its_pictures(window, qtbot):
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: any(each.isVisible() for each in window.findChildren(ManualDialog)))
    (dialog,) = [each for each in window.findChildren(ManualDialog) if each.isVisible()]
    titles = [dialog.contents.item(row).text() for row in range(dialog.contents.count())]
    assert titles == list(pages().values())
    assert "A first dub" in dialog.page.toPlainText()
    for row, file in enumerate(pages()):
        dialog.contents.setCurrentRow(row)
        for name in shown_pictures(MANUAL / file):
            image = dialog.page.loadResource(2, dialog.page.source().resolved(f"images/{name}.png"))
            assert image.width() > 100, name
    dialog.close()


def test_a_link_turns_the_page(window, qtbot):
    window.actions["help.manual"].trigger()
    (dialog,) = [each for each in window.findChildren(ManualDialog) if each.isVisible()]
    from PySide6.QtCore import QUrl

    dialog.page.anchorClicked.emit(QUrl("export.md"))
    assert dialog.contents.currentItem().text() == "Export"
    dialog.close()
