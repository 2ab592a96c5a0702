"""Takes the manual's pictures and writes its page of keys: ``python docs/manual/make.py`` from the program's folder.

With ``--language de`` the German ones, in a folder of their own. The English run takes the README's picture, too. The real window is driven through a first dub of the sample film, which is drawn: no real person is in any picture. Needs a
few minutes, since faces are found and lips are made.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

LANGUAGES = ("en", "de")
SIZE = (1280, 800)
MOST_BYTES = 150_000
README_PICTURE = HERE.parent / "images" / "window.png"
README_SIZE, README_BYTES = (1440, 900), 400_000
# What `shoot` takes, in its order; each is shown by one page or more.
PICTURES = (
    "welcome", "faces", "segments", "generated", "blend", "mouth", "sound", "audio-page", "export", "queue", "caches", "palette",
)  # fmt: skip
TIMEOUT_S = 1800


KEYS_WORDS = {
    "en": ("# Keys", "Every key can be changed: Help, Shortcuts. Every action can be found by name: Ctrl+Shift+P.", "action", "keys"),
    "de": (
        "# Tasten",
        "Jede Taste lässt sich ändern: Hilfe, Tastenkürzel. Jede Aktion findet sich auch nach ihrem Namen: Strg+Umschalt+P.",
        "Aktion",
        "Tasten",
    ),
}


def folder(language: str) -> Path:
    """Where a language's pages lie."""
    return HERE if language == "en" else HERE / language


def keys_page(language: str = "en") -> str:
    """The page of keys, from the window's own table; of another language than English, in the one that is installed."""
    from PySide6.QtGui import QKeySequence

    from ui.base.actions import ACTIONS, MENU_TITLES, translated

    form = QKeySequence.SequenceFormat
    title, words, action, keys_title = KEYS_WORDS[language]
    lines = [title, "", words]
    for menu, title in MENU_TITLES.items():
        rows = [
            (translated(spec.text).format(number=spec.id[-1]), spec.shortcuts)
            for spec in ACTIONS
            if spec.menu == menu and spec.shortcuts
        ]
        if rows:
            lines += ["", f"## {translated(title).replace('&', '')}", "", f"| {action} | {keys_title} |", "|---|---|"]
            for text, shortcuts in rows:
                keys = ", ".join(
                    QKeySequence(key).toString(form.PortableText if language == "en" else form.NativeText) for key in shortcuts
                )
                lines.append(f"| {text} | {keys} |")
    return "\n".join(lines) + "\n"


def shoot(language: str, home: Path) -> Iterator[tuple[str, object]]:
    """Drives a window; yields (name of the picture, what is to be seen) when it is."""
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from app.window import build_application, build_window
    from core.base.models import user_data_dir
    from core.project.export_order import ExportOrder
    from ui.dialogs.export import ExportDialog
    from ui.dialogs.preferences import PreferencesDialog

    (home / "models").symlink_to(user_data_dir() / "models")  # what the user has installed
    os.environ["UNISYNC_HOME"] = str(home)
    app = build_application(["manual"])
    window = build_window(app, {"general.language": language, "playback.proxies": "never"}, home)
    window.resize(*SIZE)
    window.show()

    def wait(until: Callable[[], object], least: float = 0.3) -> None:
        began = time.monotonic()
        loop = QEventLoop()
        timer = QTimer()
        timer.setInterval(20)

        def look() -> None:
            failed = [job.message for job in window.board.jobs if job.state == "failed"]
            if failed or time.monotonic() - began > TIMEOUT_S:
                sys.stderr.write(f"{failed or 'it takes too long'}\n")
                os._exit(1)  # an exception in a timer goes nowhere
            if time.monotonic() - began > least and until():
                loop.quit()

        timer.timeout.connect(look)
        timer.start()
        loop.exec()

    def nothing_runs() -> bool:
        return not window.board.active

    def calm() -> None:
        for card in list(window.stack._cards):  # noqa: SLF001 - they would go by themselves, later
            card.closed.emit()
        wait(lambda: True)

    document, session = window.document, window.document.session
    wait(window.isVisible, 1.0)
    yield "welcome", window
    window.commands.open_sample()
    wait(lambda: document.project.people and nothing_runs(), 2.0)
    calm()
    session.set_playhead(document.project.sequence.snap(document.project.duration / 3))
    wait(lambda: window.viewer.canvas.faces)
    first = document.project
    if first.segments:
        document.apply("", _without_segments)
    session.select(())
    calm()
    yield "faces", window
    if document.project is not first:
        document.undo()
    else:
        window.workshop.propose()
        wait(lambda: document.project.segments)
    calm()
    session.select([document.project.segments[0].id])
    calm()
    yield "segments", window
    window.segment_commands.generate()
    wait(lambda: not window.workshop.takes.is_busy and nothing_runs(), 2.0)
    segment = document.project.segments[0]
    session.set_playhead(document.project.sequence.snap((segment.range.start + segment.range.end) / 2))
    wait(lambda: window.viewer.canvas.rendered.has_result, 3.0)  # no longer on its way there
    calm()
    yield "generated", window
    if language == "en":
        window.resize(*README_SIZE)
        session.set_view_mode("wipe")
        calm()
        yield "window", window
        session.set_view_mode("result")
        window.resize(*SIZE)
        calm()
    session.set_mask_shown(True)
    window.inspector.tabs.setCurrentIndex(1)
    calm()
    yield "blend", window
    session.set_mask_shown(False)
    session.set_mouth_zoomed(True)
    calm()
    yield "mouth", window.viewer
    session.set_mouth_zoomed(False)
    from core.project import content_edits
    from core.project.ids import LaneId

    document.apply("", content_edits.set_under_dub, -12.0)
    document.apply("", content_edits.set_lane_sound, LaneId("A1"), gain_db=-3.0)
    document.apply("", content_edits.set_lane_sound, segment.lane, solo=False, gain_db=1.5)
    window.resize(SIZE[0], SIZE[1] + 240)
    window.timeline.scene.set_lane_scale(1.0)
    window.docks.titles["graph"].set_folded(folded=True)
    calm()
    yield "sound", window.timeline
    window.docks.titles["graph"].set_folded(folded=False)
    window.resize(*SIZE)
    dub = next(clip for clip in document.project.clips if clip.lane == "A2")
    session.select([dub.id])
    calm()
    yield "audio-page", window.inspector
    window.actions["file.export"].trigger()
    wait(lambda: any(each.isVisible() for each in window.findChildren(ExportDialog)))
    (dialog,) = [each for each in window.findChildren(ExportDialog) if each.isVisible()]
    dialog.choose(home / "sample_dubbed.mp4", "h264")
    wait(lambda: dialog.lost, 0.6)
    yield "export", dialog
    dialog.close()
    for name in ("sample_dubbed", "sample_archive"):
        codec = "ffv1" if name.endswith("archive") else "h264"
        window.workshop.exports.enqueue(ExportOrder(home / f"{name}.{'mkv' if codec == 'ffv1' else 'mp4'}", codec))
    window.show_exports()
    window.docks["exports"].resize(360, 420)
    calm()
    yield "queue", window.exports_panel
    window.docks["inspector"].raise_()
    window.actions["file.preferences"].trigger()
    wait(lambda: any(each.isVisible() for each in window.findChildren(PreferencesDialog)))
    (preferences,) = [each for each in window.findChildren(PreferencesDialog) if each.isVisible()]
    preferences.pages.setCurrentWidget(preferences.caches)
    wait(lambda: "B" in preferences.caches.total.text())  # so many bytes
    yield "caches", preferences
    preferences.close()
    window.commands.show_palette()
    wait(lambda: True)
    palette = QApplication.activeModalWidget() or next(
        each for each in window.children() if type(each).__name__ == "CommandPalette"
    )
    yield "palette", palette
    palette.close()
    window.close_now()
    window.log.remove()


def _without_segments(project: object) -> object:
    from core.project import edits

    return edits.delete_items(project, [segment.id for segment in project.segments])


def keep(widget: object, path: Path, most: int = MOST_BYTES) -> int:
    """Writes a picture of a widget in 256 colours, made smaller until it is small enough; returns its bytes."""
    from PIL import Image

    shot = path.with_suffix(".tmp.png")
    widget.grab().save(str(shot), "PNG")
    with Image.open(shot) as opened:
        picture = opened.convert("RGB")
    shot.unlink()
    scale = 1.0
    while True:
        size = (round(picture.width * scale), round(picture.height * scale))
        smaller = picture if scale == 1 else picture.resize(size, Image.Resampling.LANCZOS)
        smaller.quantize(256, dither=Image.Dither.NONE).save(path, "PNG", optimize=True)
        if path.stat().st_size <= most:
            return path.stat().st_size
        scale *= 0.9


def main() -> int:
    """Makes everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", action="store_true", help="only the page of keys, which takes no time")
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    options = parser.parse_args()
    from app.window import build_application, install_language

    app = build_application(["manual"])
    install_language(app, options.language)
    (folder(options.language) / "keys.md").write_text(keys_page(options.language), "utf-8")
    if options.keys:
        return 0
    images = folder(options.language) / "images"
    images.mkdir(exist_ok=True)
    taken = []
    with tempfile.TemporaryDirectory() as home:
        for name, widget in shoot(options.language, Path(home)):
            if name == README_PICTURE.stem:
                size = keep(widget, README_PICTURE, README_BYTES)
            else:
                taken.append(name)
                size = keep(widget, images / f"{name}.png")
            sys.stdout.write(f"{name}: {size} bytes\n")
            sys.stdout.flush()
    if tuple(taken) != PICTURES:
        raise SystemExit(f"the pictures are {taken}, not {PICTURES}")
    for path in images.glob("*.png"):
        if path.stem not in PICTURES:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
