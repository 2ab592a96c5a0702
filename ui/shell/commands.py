"""What each action does. The window's hands: dialogs, session, timeline, workshop."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog

from core.base.errors import AppError
from core.project import content_edits
from core.project.file import SUFFIX
from core.project.ids import VIDEO_LANE, LaneId, MediaId
from core.project.lock import Holder
from core.project.relink import find_siblings, is_same_file
from core.timelines.formats import is_timeline
from ui.base.bridge import Bug, Ticket
from ui.base.messages import Message
from ui.base.theme import theme
from ui.dialogs.project_dialogs import BackupsDialog, RecoveryDialog, RelinkDialog, ask_locked, ask_unsaved
from ui.shell.export_commands import ExportCommands
from ui.shell.interchange_commands import READ_ENDINGS, InterchangeCommands
from ui.shell.line_commands import DROPPED_SCRIPTS
from ui.shell.window_parts import WindowParts, open_dialog
from ui.state.session import VIEW_MODES, VIEWER_TOOLS

MEDIA_FILTER = "*.mp4 *.mov *.mkv *.avi *.m4v *.webm *.mxf *.mts *.ts *.wav *.mp3 *.flac *.m4a *.aac *.ogg *.opus *.aif *.aiff"


class Commands(QObject):
    """The actions' handlers for one window.

    Args:
        parts: of the window.
        close_now: closes it without asking about unsaved work.

    Signals:
        script_dropped: (Path) a script shall be imported.
    """

    script_dropped = Signal(object)

    def __init__(self, parts: WindowParts, close_now: Callable[[], None]) -> None:
        super().__init__(parts.window)
        self._parts, self._window = parts, parts.window
        self._close_now = close_now
        self._document = parts.document
        self._relink: RelinkDialog | None = None
        self.exports = ExportCommands(parts)
        self.interchange = InterchangeCommands(parts, self.ask_before_leaving)
        timeline, session, viewer = parts.timeline, parts.document.session, parts.viewer
        parts.actions.connect(
            {
                "file.new": self.new_project,
                "file.open": self.ask_project,
                "file.sample": self.open_sample,
                "file.save": self.save,
                "file.save_as": self.ask_save_as,
                "file.save_template": self.ask_template_name,
                "file.backups": self.show_backups,
                "file.import": self.ask_media,
                "file.relink": self.show_relink,
                "file.export": self.exports.show_export,
                "file.import_timeline": self.interchange.ask_import,
                "file.export_timeline": self.interchange.ask_export,
                "file.preferences": self.show_preferences,
                "file.quit": parts.window.close,
                "edit.undo": self._document.undo,
                "edit.redo": self._document.redo,
                "edit.cut": timeline.cut_selection,
                "edit.copy": timeline.copy_selection,
                "edit.paste": timeline.paste,
                "edit.delete": timeline.delete_selection,
                "edit.ripple_delete": timeline.ripple_delete_selection,
                "edit.select_all": timeline.select_all,
                "edit.select_none": lambda: session.select(()),
                "edit.split": timeline.split_at_playhead,
                "edit.mark_in": timeline.set_in,
                "edit.mark_out": timeline.set_out,
                "edit.clear_marks": timeline.clear_in_out,
                "edit.marker": timeline.add_marker,
                "play.toggle": viewer.toggle,
                "play.backward": viewer.play_backward,
                "play.stop": viewer.stop,
                "play.forward": viewer.play_forward,
                "play.frame_back": lambda: viewer.step(-1),
                "play.frame_on": lambda: viewer.step(1),
                "play.second_back": lambda: viewer.step_seconds(-1),
                "play.second_on": lambda: viewer.step_seconds(1),
                "play.previous_cut": lambda: timeline.go_to_edge(-1),
                "play.next_cut": lambda: timeline.go_to_edge(1),
                "play.start": viewer.go_to_start,
                "play.end": viewer.go_to_end,
                "view.before_after": viewer.toggle_before_after,
                **{f"view.{mode}": partial(session.set_view_mode, mode) for mode in VIEW_MODES},
                **{f"picture.{tool}": partial(session.set_viewer_tool, tool) for tool in VIEWER_TOOLS},
                "view.zoom_in": timeline.zoom_in,
                "view.zoom_out": timeline.zoom_out,
                "view.fit": timeline.zoom_to_fit,
                "view.fit_selection": timeline.zoom_to_selection,
                "view.palette": self.show_palette,
                "help.manual": self.show_manual,
                "help.shortcuts": self.show_shortcuts,
                "help.log": self.show_log,
                "help.about": self.show_about,
            }
        )
        actions, options = parts.actions, parts.options
        actions["edit.snapping"].triggered.connect(lambda on: options.set_value("timeline.snapping", on))
        actions["view.follow"].triggered.connect(lambda on: options.set_value("timeline.follow_playhead", on))
        actions["view.proxies"].triggered.connect(lambda on: options.set_value("playback.use_proxies", on))
        actions["view.rythmo"].triggered.connect(lambda on: options.set_value("playback.rythmo", on))
        actions["view.full_screen"].triggered.connect(self._on_full_screen)
        for id_, setter, signal, value in (
            ("play.loop", session.set_looping, session.loop_changed, session.is_looping),
            ("view.mask_overlay", session.set_mask_shown, session.mask_shown_changed, session.is_mask_shown),
            ("view.mouth", session.set_mouth_zoomed, session.mouth_zoom_changed, session.is_mouth_zoomed),
        ):
            actions[id_].triggered.connect(setter)
            signal.connect(actions[id_].setChecked)
            actions[id_].setChecked(value)
        actions["play.sound"].triggered.connect(lambda on: session.set_sound("original" if on else "dub"))
        session.sound_changed.connect(lambda sound: actions["play.sound"].setChecked(sound == "original"))
        options.changed.connect(self._show_options)
        self._show_options()

    # --- projects ----------------------------------------------------------------------------------------------------

    def new_project(self) -> None:
        """An empty project, after asking about unsaved work."""
        self.ask_before_leaving(self._parts.keeper.new)

    def new_from_template(self, path: Path) -> None:
        """A new project with a template's people and settings."""
        self.ask_before_leaving(lambda: self._parts.keeper.open_copy(path, self.tr("Untitled")))

    def ask_project(self) -> None:
        """Lets the user choose a project, or a timeline of another program."""
        dialog = QFileDialog(
            self._window,
            self.tr("Open project"),
            filter=f"{self.tr('Projects and timelines')} (*{SUFFIX} {READ_ENDINGS})",
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self._open(Path(name)))
        open_dialog(dialog)

    def open_project(self, path: Path) -> None:
        """Opens a project, after asking about unsaved work."""
        self.ask_before_leaving(lambda: self._parts.keeper.open(path))

    def _open(self, path: Path) -> None:
        if path.suffix == SUFFIX:
            self.open_project(path)
        else:
            self.interchange.read(path)

    @property
    def sample_files(self) -> tuple[Path, ...]:
        """The sample's film and dub, as far as they were shipped."""
        folder = self._parts.folders.samples
        return tuple(path for name in ("sample.mp4", "dub.wav") if (path := folder / name).is_file())

    def open_sample(self) -> None:
        """A new project with the sample's film and dub."""
        if not self.sample_files:
            self._parts.messages.info(self.tr("The sample was not installed."))
            return
        self.ask_before_leaving(self._begin_sample)

    def save(self) -> None:
        """Saves, or asks where."""
        if not self._parts.keeper.save():
            self.ask_save_as()

    def ask_save_as(self, then: Callable[[], object] | None = None) -> None:
        """Lets the user choose a file to save to."""
        name = self._document.project.name or self.tr("Untitled")
        dialog = QFileDialog(self._window, self.tr("Save as"), filter=f"{self.tr('Projects')} (*{SUFFIX})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        dialog.selectFile(f"{name}{SUFFIX}")
        dialog.fileSelected.connect(lambda name: self._parts.keeper.save_as(Path(name), then))
        open_dialog(dialog)

    def ask_before_leaving(self, go_on: Callable[[], object]) -> None:
        """Asks about unsaved work when there is any, then goes on."""
        if not self._document.is_modified:
            go_on()
            return
        keeper = self._parts.keeper

        def save() -> None:
            if not keeper.save(then=lambda: go_on()):
                self.ask_save_as(then=lambda: go_on())

        ask_unsaved(self._window, self._document.project.name or self.tr("Untitled"), save, lambda: go_on())

    def ask_template_name(self) -> None:
        """Lets the user name a template."""
        self._ask_text(self.tr("Save as template"), self.tr("Name"), self._save_template)

    def show_backups(self) -> None:
        """The earlier states of this project."""
        dialog = BackupsDialog(self._parts.keeper.backups, self._window)
        name = self._document.project.name
        dialog.chosen.connect(
            lambda path: self.ask_before_leaving(
                lambda: self._parts.keeper.open_copy(path, self.tr("{name} (backup)").format(name=name))
            )
        )
        open_dialog(dialog)

    def offer_recovery(self) -> None:
        """Offers what crashed windows left unsaved."""
        found = self._parts.keeper.recoverable
        if not found or not self._parts.options.flag("general.ask_recover"):
            return
        dialog = RecoveryDialog(found, self._window)
        dialog.recovered.connect(self._parts.keeper.recover)
        dialog.declined.connect(self._parts.keeper.decline)
        open_dialog(dialog)

    def tell_locked(self, path: Path, _holder: Holder) -> None:
        """Another window has the project."""
        ask_locked(self._window, path, lambda: self._parts.keeper.open(path, steal=True))

    # --- media -------------------------------------------------------------------------------------------------------

    def ask_media(self) -> None:
        """Lets the user choose media."""
        dialog = QFileDialog(self._window, self.tr("Add media"))
        dialog.setNameFilters(
            [f"{self.tr('Films and sound')} ({MEDIA_FILTER})", f"{self.tr('All files')} (*)"]
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self.import_files(tuple(Path(name) for name in names)))
        open_dialog(dialog)

    def import_files(self, files: tuple[Path, ...], *, at: object = None, lane: str | None = None) -> None:
        """Opens a dropped project or timeline, shows a dropped script, adds dropped media."""
        if self._opened(files):
            return
        scripts = [file for file in files if file.suffix.lower() in DROPPED_SCRIPTS]
        if scripts:
            self.script_dropped.emit(scripts[0])
            files = tuple(file for file in files if file not in scripts)
        place = cast("Fraction | None", at)
        target = LaneId(lane) if lane is not None and lane != VIDEO_LANE else None
        self._parts.workshop.media.add_files(files, at=place, lane=target)

    def import_to_bin(self, files: tuple[Path, ...]) -> None:
        """Files dropped on the bin lie there and nowhere else; a project or timeline is opened."""
        if not self._opened(files):
            self._parts.workshop.media.add_files(files, place=False)

    def _opened(self, files: tuple[Path, ...]) -> bool:
        """Whether a project or a timeline was among the files; the first one is opened."""
        found = [file for file in files if file.suffix == SUFFIX or is_timeline(file)]
        if found:
            self._open(found[0])
        return bool(found)

    def tell_missing(self, count: int) -> None:
        """Some media were not found."""
        self._parts.messages.post(
            Message(
                "warning",
                self.tr("{count} files of this project were not found.").format(count=count),
                self.tr("You can go on without them, or show where they are now."),
                (self.tr("Find them…"), self.show_relink),
            )
        )

    def show_relink(self) -> None:
        """The missing media."""
        dialog = RelinkDialog(self._window)
        dialog.file_chosen.connect(self.relink)
        dialog.show_missing(self._missing())
        self._relink = dialog
        dialog.destroyed.connect(self._forget_relink)
        open_dialog(dialog)

    def relink(self, media: MediaId, path: Path) -> None:
        """Uses `path` for a missing medium, and finds the others that lie beside it."""
        project = self._document.project
        medium = project.medium(media)
        if medium is None:
            return
        missing = self._missing()

        def work(_ticket: Ticket[tuple[bool, dict[MediaId, Path]]]) -> tuple[bool, dict[MediaId, Path]]:
            return is_same_file(medium, path), find_siblings(missing, medium, path)

        def done(result: tuple[bool, dict[MediaId, Path]]) -> None:
            same, siblings = result
            if not same:
                self._parts.messages.warn(
                    self.tr("{name} is not the same file as before.").format(name=path.name),
                    self.tr("It is used all the same; check the places of your segments."),
                )
            with self._document.group(self.tr("Find media")):
                for each, place in {media: path, **siblings}.items():
                    self._document.apply(
                        self.tr("Find media"), content_edits.set_medium, each, path=str(place)
                    )
                    self._document.library.set_missing(each, missing=False)
            if self._relink is not None:
                self._relink.show_missing(self._missing())

        self._parts.bridge.run(work, self._document.while_open(done), self._parts.messages.fail)

    # --- view and help -----------------------------------------------------------------------------------------------

    def show_preferences(self) -> None:
        """The preferences."""
        from ui.dialogs.caches import CachesPage
        from ui.dialogs.models import ModelsPage
        from ui.dialogs.preferences import PreferencesDialog

        models = ModelsPage(self._parts.workshop.models)
        caches = CachesPage(self._parts.bridge, self._parts.folders.cache)
        open_dialog(PreferencesDialog(self._parts.options, self._window, models, caches))

    def show_palette(self) -> None:
        """The command palette."""
        from ui.dialogs.command_palette import CommandPalette

        palette = CommandPalette(self._parts.actions, self._window)
        palette.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        palette.open_over(self._window)

    def show_manual(self) -> None:
        """The manual, beside the window: one works along it."""
        from ui.dialogs.manual import ManualDialog

        dialog = ManualDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def show_shortcuts(self) -> None:
        """The shortcuts."""
        from ui.dialogs.shortcuts import ShortcutsDialog

        open_dialog(ShortcutsDialog(self._parts.actions, self._window))

    def show_log(self) -> None:
        """The log."""
        from ui.dialogs.log_viewer import LogViewer

        dialog = LogViewer(self._parts.log, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def show_about(self) -> None:
        """About the program."""
        from ui.dialogs.about import AboutDialog

        open_dialog(AboutDialog(self._window))

    def show_bug(self, bug: Bug) -> None:
        """The crash report; the unsaved state is kept first."""
        from ui.dialogs.crash_report import CrashReport

        self._parts.keeper.autosave()
        dialog = CrashReport(bug.traceback, self._parts.log.tail(80), self._window)
        dialog.quit_asked.connect(self._save_and_close)
        open_dialog(dialog)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _ask_text(self, title: str, label: str, use: Callable[[str], object]) -> None:
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(title)
        dialog.setLabelText(label)
        dialog.textValueSelected.connect(lambda text: use(text.strip()) if text.strip() else None)
        open_dialog(dialog)

    def _save_template(self, name: str) -> None:
        try:
            self._parts.keeper.save_template(name)
        except AppError as error:
            self._parts.messages.fail(error)
            return
        self._parts.messages.done(self.tr("Template “{name}” saved.").format(name=name))
        self._parts.keeper.recent_changed.emit()

    def _save_and_close(self) -> None:
        if not self._parts.keeper.save(then=self._close_now):
            self.ask_save_as(then=self._close_now)

    def _begin_sample(self) -> None:
        self._parts.keeper.new()
        self._document.apply(self.tr("Sample"), content_edits.set_project, name=self.tr("Sample"))
        self.import_files(self.sample_files)

    def _missing(self) -> tuple:
        library = self._document.library
        return tuple(medium for medium in self._document.project.media if library.is_missing(medium.id))

    def _forget_relink(self) -> None:
        self._relink = None

    def _on_full_screen(self, on: bool) -> None:
        if on:
            self._window.showFullScreen()
        else:
            self._window.showNormal()

    def _show_options(self, key: str = "") -> None:
        options, actions = self._parts.options, self._parts.actions
        actions["edit.snapping"].setChecked(options.flag("timeline.snapping"))
        actions["view.follow"].setChecked(options.flag("timeline.follow_playhead"))
        actions["view.rythmo"].setChecked(options.flag("playback.rythmo"))
        self._parts.viewer.band.setVisible(options.flag("playback.rythmo"))
        actions["view.proxies"].setChecked(options.flag("playback.use_proxies"))
        self._document.session.set_proxies_used(options.flag("playback.use_proxies"))
        app = QApplication.instance()
        if key == "general.theme" and isinstance(app, QApplication):
            theme().apply(app, "light" if options.text("general.theme") == "light" else "dark")
