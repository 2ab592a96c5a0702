"""The caches in the preferences: counted, shown with their limits, emptied one by one and all."""

from PySide6.QtCore import Qt

from core.base.cache_folders import KINDS
from ui.dialogs.caches import TITLES, size_text
from ui.dialogs.preferences import PreferencesDialog


def fill(cache):
    for name, entry, size in (("waveforms", "a.npz", 300_000), ("thumbnails", "b", 2_500_000)):
        (cache / name).mkdir(parents=True, exist_ok=True)
        (cache / name / entry).write_bytes(b"x" * size)
    (cache / "chunks" / "ab").mkdir(parents=True, exist_ok=True)
    (cache / "chunks" / "ab" / "abc").mkdir()
    (cache / "chunks" / "ab" / "abc" / "0.chunk").write_bytes(b"x" * 1_000_000)


def page_of(window):
    window.actions["file.preferences"].trigger()
    (dialog,) = [each for each in window.findChildren(PreferencesDialog) if each.isVisible()]
    page = dialog.caches
    dialog.pages.setCurrentWidget(page)
    return dialog, page


def test_sizes_and_limits_are_shown_and_one_cache_is_emptied(window, qtbot):
    cache = window.folders.cache
    fill(cache)
    dialog, page = page_of(window)
    qtbot.waitUntil(lambda: page.total.text() == "4 MB in all")
    assert page.sizes["waveforms"].text() == "300 kB of 537 MB"
    assert page.sizes["thumbnails"].text() == "2 MB of 1.1 GB"
    assert not page.buttons["curves"].isEnabled()
    qtbot.mouseClick(page.buttons["thumbnails"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.total.text() == "1 MB in all")
    assert not (cache / "thumbnails" / "b").exists()
    assert (cache / "waveforms" / "a.npz").exists()
    dialog.close()


def test_all_are_emptied_at_once(window, qtbot):
    fill(window.folders.cache)
    dialog, page = page_of(window)
    qtbot.waitUntil(page.everything.isEnabled)
    qtbot.mouseClick(page.everything, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.total.text() == "0 B in all")
    assert not any(path.is_file() for path in window.folders.cache.rglob("*"))
    assert not page.everything.isEnabled()
    dialog.close()


def test_every_cache_has_words_of_its_own():
    assert {kind.name for kind in KINDS} == set(TITLES)
    assert [size_text(n) for n in (0, 999, 12_345, 5_000_000, 2_500_000_000)] == ["0 B", "999 B", "12 kB", "5 MB", "2.5 GB"]
