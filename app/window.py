"""Starts the window: settings, language, theme, log, crash reports, recovery."""

import faulthandler
import logging
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QLibraryInfo, QLocale, QObject, QTimer, QTranslator, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from app.settings import load_settings, save_settings, settings_path
from core.base.models import PROGRAM_ROOT, user_data_dir
from ui.base.bridge import Bug
from ui.base.options import Options
from ui.base.theme import theme
from ui.dialogs.log_viewer import LogKeeper
from ui.shell.main_window import MainWindow
from ui.shell.window_parts import Folders
from ui.viewer.sound_output import load_sound_backend

logger = logging.getLogger(__name__)

TRANSLATIONS = PROGRAM_ROOT / "resources" / "translations"


class FileOpener(QObject):
    """Opens what the desktop hands to the running program: a double click on macOS comes as an event, not as an argument."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Takes files to be opened."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self._window.commands.import_files((Path(event.file()),))
            return True
        return super().eventFilter(watched, event)


class CrashNet(QObject):
    """Catches what nobody caught, on any thread.

    Signals:
        caught: (Bug) on the main thread.
    """

    caught = Signal(object)

    def install(self) -> None:
        """Becomes the hook for uncaught exceptions."""
        sys.excepthook = self._on_exception

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        logger.error("uncaught: %s", text)
        self.caught.emit(Bug(error, text))


def build_application(arguments: list[str]) -> QApplication:
    """The one application object, named for settings and desktop files."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(arguments)
    app.setApplicationName("UniSync Studio")
    app.setDesktopFileName("unisync-studio")
    return app


def install_language(app: QApplication, wanted: str) -> str:
    """Loads the translation for a language code (``system`` for the user's); returns the code in use."""
    code = QLocale.system().name()[:2] if wanted == "system" else wanted
    own = TRANSLATIONS / f"unisync_{code}.qm"
    if code == "en" or not own.is_file():
        return "en"
    for folder, name in (
        (QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath), f"qtbase_{code}.qm"),
        (str(TRANSLATIONS), own.name),
    ):
        translator = QTranslator(app)
        if translator.load(name, folder):
            app.installTranslator(translator)
    return code


def build_window(
    app: QApplication,
    values: Mapping[str, object] | None = None,
    home: Path | None = None,
    engine_target: Callable[..., None] | None = None,
) -> MainWindow:
    """The window, not yet shown.

    Args:
        app: the application.
        values: settings to use instead of the user's (tests).
        home: where to keep things instead of the user's folder (tests).
        engine_target: what the engine process runs instead of the engine (tests).
    """
    folder = home if home is not None else user_data_dir()
    path = folder / "settings.json" if home is not None else settings_path()
    kept = dict(values) if values is not None else load_settings(path)
    options = Options(kept, lambda changed: save_settings(path, changed))
    install_language(app, options.text("general.language"))
    theme().apply(app, "light" if options.text("general.theme") == "light" else "dark")
    log = LogKeeper()
    log.install()
    folders = Folders(folder, folder / "cache", PROGRAM_ROOT / "resources" / "samples")
    window = MainWindow(options, folders, log, engine_target)
    options.setParent(window)
    log.setParent(window)
    return window


def begin_background_work(window: MainWindow) -> None:
    """What a shown window finds out and loads while nobody waits for it."""
    window.bridge.run(lambda _ticket: load_sound_backend(), lambda _nothing: None)
    window.status.check_device(window.options.text("engine.device"))


def run_window(files: tuple[Path, ...] = ()) -> int:
    """Opens the window and stays until it is closed; returns the exit code."""
    faulthandler.enable()
    app = build_application(sys.argv[:1])
    window = build_window(app)
    net = CrashNet(window)
    net.caught.connect(window.commands.show_bug)
    net.install()
    FileOpener(window)
    window.show()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Python runs this between two events; the status line's timer makes sure that there are some.
        signal.signal(number, lambda _number, _frame: QTimer.singleShot(0, window, window.close_for_later))

    def begin() -> None:
        if files:
            window.commands.import_files(files)
        else:
            window.commands.offer_recovery()
        window.workshop.exports.offer_to_go_on()
        begin_background_work(window)

    QTimer.singleShot(0, window, begin)
    code = app.exec()
    sys.excepthook = sys.__excepthook__
    window.log.remove()
    return code
