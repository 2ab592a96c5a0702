"""The window: docks around the viewer, menus, tool bar. Puts the parts together and decides nothing about the project."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QMenu,
    QStackedWidget,
    QTabWidget,
)

from core.project.changes import Changes
from core.project.segments import DubSegment
from ui.base.actions import ACTIONS, MENU_TITLES, Actions, translated
from ui.base.bridge import Bridge
from ui.base.messages import Messages, MessageStack
from ui.base.options import Options
from ui.base.theme import theme
from ui.dialogs.log_viewer import LogKeeper
from ui.faces.person_cards import PersonCards
from ui.inspector.inspector import Inspector
from ui.jobs.exports_panel import ExportsPanel
from ui.jobs.job_board import JobBoard
from ui.jobs.jobs_panel import JobsPanel
from ui.jobs.workshop import Workshop
from ui.lines.lines_panel import LinesPanel
from ui.media_bin.media_bin import MediaBin, dropped_files
from ui.shell.commands import Commands
from ui.shell.docks import Docks
from ui.shell.first_paint import FirstPaint
from ui.shell.line_commands import LineCommands
from ui.shell.segment_commands import SegmentCommands
from ui.shell.status_bar import StatusLine
from ui.shell.tool_bar import ToolBar
from ui.shell.update_commands import UpdateCommands
from ui.shell.welcome import WelcomePage
from ui.shell.window_parts import Folders, WindowParts
from ui.shell.words_commands import WordsCommands
from ui.state.document import Document
from ui.state.project_keeper import ProjectKeeper
from ui.sync_graph.sync_graph import SyncGraph
from ui.timeline.timeline_view import TimelineView
from ui.timeline.tools import TOOLS
from ui.viewer.viewer import Viewer

logger = logging.getLogger(__name__)


class MainWindow(QMainWindow):
    """One window on one project."""

    actions: Actions  # type: ignore[assignment]  # the window's own table, not the few that Qt's method of this name lists

    def __init__(
        self,
        options: Options,
        folders: Folders,
        log: LogKeeper | None = None,
        engine_target: Callable[..., None] | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.options = options
        self.folders = folders
        self.document = Document(parent=self)
        self.messages = Messages(self)
        self.bridge = Bridge(self, engine_target)
        self.board = JobBoard(self)
        self.log = log if log is not None else LogKeeper(self)
        self.actions = Actions(options, self)
        self.keeper = ProjectKeeper(self.document, self.bridge, options, self.messages, folders.home, self)
        self.workshop = Workshop(
            self.document, self.bridge, self.board, options, self.messages, folders.cache, folders.home, self
        )
        self._worked: tuple[DubSegment, ...] = ()
        self._may_close = False
        self._was_shown = False
        self._keeps_unsaved = False

        self.viewer = Viewer(self.document)
        self.timeline = TimelineView(self.document)
        self.sync_graph = SyncGraph(self.document, self.timeline.axis)
        self.bin = MediaBin(self.document)
        self.people = PersonCards(self.document, self.workshop.adapt)
        self.inspector = Inspector(self.document)
        self.lines = LinesPanel(self.document)
        self.jobs_panel = JobsPanel(self.board)
        self.exports_panel = ExportsPanel(self.workshop.exports)
        self.welcome = WelcomePage()
        self.centre = QStackedWidget()
        self.centre.addWidget(self.welcome)
        self.centre.addWidget(self.viewer)
        self.setCentralWidget(self.centre)
        self.docks = Docks(
            self,
            (
                ("media", self.tr("Media"), self.bin),
                ("people", self.tr("People"), self.people),
                ("inspector", self.tr("Inspector"), self.inspector),
                ("jobs", self.tr("Jobs"), self.jobs_panel),
                ("exports", self.tr("Exports"), self.exports_panel),
                ("graph", self.tr("Sync graph"), self.sync_graph),
                ("lines", self.tr("Lines"), self.lines),
                ("timeline", self.tr("Timeline"), self.timeline),
            ),
            options,
        )
        self.status = StatusLine(self.board, self.bridge)
        self.status.jobs_clicked.connect(self.show_jobs)
        self.setStatusBar(self.status)
        self.stack = MessageStack(self.messages, self, self.centre)

        parts = WindowParts(
            window=self,
            folders=folders,
            options=options,
            document=self.document,
            messages=self.messages,
            bridge=self.bridge,
            log=self.log,
            actions=self.actions,
            keeper=self.keeper,
            workshop=self.workshop,
            viewer=self.viewer,
            timeline=self.timeline.commands,
        )
        self.commands = Commands(parts, self.close_now)
        self.segment_commands = SegmentCommands(parts)
        self.line_commands = LineCommands(parts, self.lines)
        WordsCommands(parts)
        UpdateCommands(parts)  # the window is its parent and keeps it
        self.commands.script_dropped.connect(self.line_commands.read)
        self.line_commands.imported.connect(self.show_lines)
        self.actions.connect({"help.welcome": self.show_welcome, "file.exports": self.show_exports})
        self.actions.connect({f"tool.{tool}": partial(self.timeline.set_tool, tool) for tool in TOOLS})
        self._menus: dict[str, QMenu] = {}
        self._build_menus()
        self.tool_bar = ToolBar(self.actions, self)
        self.addToolBar(self.tool_bar)
        self._connect()
        self.viewer.set_results(self.workshop.pictures)
        self.viewer.set_scan(self.workshop.media.scans.scan)
        self.docks.restore()
        self._on_changed(Changes(everything=True))

    # --- what the window is asked ------------------------------------------------------------------------------------

    def show_jobs(self) -> None:
        """Brings the jobs panel to the front."""
        self.docks.bring_forward("jobs")

    def show_exports(self) -> None:
        """Brings the export queue to the front."""
        self.docks.bring_forward("exports")

    def show_lines(self) -> None:
        """Brings the script's lines to the front."""
        self.docks.bring_forward("lines")

    def show_welcome(self) -> None:
        """The first-steps page, also over a project; asked for again, the project."""
        is_over_project = self.centre.currentWidget() is self.welcome and bool(self.document.project.media)
        self.centre.setCurrentWidget(self.viewer if is_over_project else self.welcome)

    def close_now(self) -> None:
        """Closes without asking about unsaved work (it was saved, or is not wanted)."""
        self._may_close = True
        self.close()

    def close_for_later(self) -> None:
        """Closes at once; what is unsaved is offered at the next start."""
        self._keeps_unsaved = True
        self.close_now()

    # --- building ----------------------------------------------------------------------------------------------------

    def _build_menus(self) -> None:
        for menu_id, title in MENU_TITLES.items():
            menu = self.menuBar().addMenu(translated(title))
            self._menus[menu_id] = menu
            for spec in ACTIONS:
                if spec.menu != menu_id:
                    continue
                if spec.starts_group:
                    menu.addSeparator()
                if spec.id.startswith("segment.take_"):
                    takes = self._menus.get("takes")
                    if takes is None:
                        takes = menu.addMenu(self.tr("Takes"))
                        self._menus["takes"] = takes
                    takes.addAction(self.actions[spec.id])
                else:
                    menu.addAction(self.actions[spec.id])
        self._recent_menu = QMenu(self.tr("Recent projects"), self)
        self._menus["file"].insertMenu(self.actions["file.sample"], self._recent_menu)
        self._template_menu = QMenu(self.tr("New from template"), self)
        self._menus["file"].insertMenu(self.actions["file.open"], self._template_menu)
        panels = QMenu(self.tr("Panels"), self)
        for dock in self.docks.all.values():
            panels.addAction(dock.toggleViewAction())
        self._menus["view"].insertMenu(self.actions["view.palette"], panels)
        self._menus["view"].insertMenu(self.actions["view.palette"], self.docks.workspaces.menu)
        for action in self.actions.all.values():
            self.addAction(action)  # so that shortcuts work whatever the menus show

    def _connect(self) -> None:
        document, workshop = self.document, self.workshop
        document.changed.connect(self._on_changed)
        document.refused.connect(self.messages.refuse)
        document.history_changed.connect(self._show_title)
        document.path_changed.connect(self._show_title)
        document.session.selection_changed.connect(self._update_actions)
        document.session.person_changed.connect(self._update_actions)
        document.session.playhead_moved.connect(self._on_playhead_moved)
        self.board.added.connect(self._update_actions)
        self.board.changed.connect(self._update_actions)
        self.exports_panel.export_asked.connect(self.commands.exports.show_export)
        self.exports_panel.project_asked.connect(self.commands.exports.ask_exported_project)
        self.commands.exports.queue_shown.connect(self.show_exports)
        self.welcome.files_dropped.connect(self.commands.import_files)
        self.welcome.add_clicked.connect(self.commands.ask_media)
        self.welcome.open_clicked.connect(self.commands.ask_project)
        self.welcome.sample_clicked.connect(self.commands.open_sample)
        self.welcome.recent_clicked.connect(self.commands.open_project)
        self.welcome.set_sample_available(available=bool(self.commands.sample_files))
        self.bin.add_clicked.connect(self.commands.ask_media)
        self.bin.place_asked.connect(workshop.media.place)
        self.bin.analyse_asked.connect(workshop.films.analyse)
        self.bin.relink_asked.connect(lambda _media: self.commands.show_relink())
        self.bin.proxy_asked.connect(workshop.proxies.ask)
        self.bin.convert_asked.connect(workshop.convert.convert)
        self.inspector.lips.lengthen_asked.connect(workshop.length.lengthen)
        self.people.analyse_clicked.connect(workshop.analyse_all)
        self.people.adapt_asked.connect(self.segment_commands.ask_adapt)
        self.bin.files_dropped.connect(self.commands.import_to_bin)
        self.inspector.generate_clicked.connect(self.segment_commands.generate)
        self.inspector.blend.moved.connect(self.viewer.show_mask_for_a_moment)
        self.inspector.lips.cost_wanted.connect(self.workshop.costs.ask)
        self.workshop.costs.told.connect(self.inspector.lips.show_cost)
        self.inspector.generate_range_clicked.connect(self.segment_commands.generate_range)
        self.inspector.best_clicked.connect(self.segment_commands.best_of)
        self.inspector.lips.take_chosen.connect(self.segment_commands.use_take)
        self.inspector.lips.strip.play_asked.connect(self.segment_commands.play_take)
        self.timeline.commands.best_requested.connect(self.segment_commands.best_of)
        self.timeline.files_dropped.connect(self._on_timeline_files)
        self.timeline.commands.generate_requested.connect(self.segment_commands.generate)
        self.timeline.commands.regenerate_requested.connect(self.segment_commands.generate_range)
        self.timeline.scrubbed.connect(self.viewer.scrub)
        self.sync_graph.scrubbed.connect(self.viewer.scrub)
        self.sync_graph.list_button.setChecked(self.options.state("weak_list") is not False)
        self.sync_graph.list_toggled.connect(partial(self.options.set_state, "weak_list"))
        self.sync_graph.weak_asked.connect(self.segment_commands.go_to_weak)
        self.sync_graph.table_asked.connect(self.commands.exports.ask_curve_table)
        self.sync_graph.picture_asked.connect(self.commands.exports.ask_curve_picture)
        self.viewer.player.counted.connect(self.status.show_dropped)
        self.viewer.unreadable.connect(self.keeper.check_media_again)
        self.viewer.files_dropped.connect(self._on_viewer_files)
        self.viewer.message.connect(self.messages.refuse)
        self.viewer.person_picked.connect(document.session.set_person)
        self.viewer.face_picked.connect(workshop.films.add_person)
        self.keeper.recent_changed.connect(self._show_recent)
        self.keeper.media_missing.connect(self.commands.tell_missing)
        self.keeper.locked.connect(self.commands.tell_locked)
        self.bridge.bug_found.connect(self.commands.show_bug)
        self.options.changed.connect(self._on_option)
        theme().changed.connect(self.update)
        self._describe_buttons()
        self._show_recent()

    def _describe_buttons(self) -> None:
        """Tool tips of buttons outside the tool bar name the keys that do the same, also when those are remapped."""
        described = [(self.inspector.buttons[id_], id_) for id_ in self.inspector.buttons]
        described += [(self.timeline.bar.buttons[id_], id_) for id_ in self.timeline.bar.buttons]
        described += [(self.viewer.bar.buttons[id_], id_) for id_ in self.viewer.bar.buttons]
        described += [(button, id_) for id_, button in self.viewer.strip.buttons.items()]
        for button, id_ in described:
            self.actions.describe(button, id_)

    # --- keeping up --------------------------------------------------------------------------------------------------

    def _on_changed(self, changes: Changes) -> None:
        if changes.everything or changes.media or changes.layout:
            project = self.document.project
            is_empty = not project.media and not project.clips
            self.centre.setCurrentWidget(self.welcome if is_empty else self.viewer)
        self._update_actions()
        self._show_title()

    def _on_playhead_moved(self, _t: object) -> None:
        if not self.document.session.selection and self.document.worked_segments != self._worked:
            self._update_actions()

    def _update_actions(self, _what: object = None) -> None:
        actions, document = self.actions, self.document
        segments = self._worked = document.worked_segments
        has_items = bool(document.session.selection)
        has_film = bool(document.project.video_clips)
        for id_, enabled in {
            "edit.undo": document.undo_label is not None,
            "edit.redo": document.redo_label is not None,
            "edit.cut": has_items,
            "edit.copy": has_items,
            "edit.delete": has_items,
            "edit.ripple_delete": has_items,
            "segment.generate": bool(segments),
            "segment.generate_range": bool(segments),
            "segment.best": bool(segments),
            "segment.choose_best": any(len(segment.takes) > 1 for segment in segments),
            "segment.generate_all": bool(document.project.segments),
            "segment.cancel": self.workshop.takes.is_busy,
            "segment.propose": bool(document.project.dub_lanes) and has_film,
            "segment.adapt": self._can_adapt,
            "segment.keep": bool(segments),
            "segment.mute": bool(segments),
            "segment.film": bool(segments),
            "file.export": has_film,
            "file.export_script": bool(document.project.lines),
            "file.export_timeline": has_film,
            "file.backups": document.path is not None,
        }.items():
            actions[id_].setEnabled(enabled)
        actions["segment.keep"].setChecked(bool(segments) and all(s.keep_original for s in segments))
        actions["segment.mute"].setChecked(bool(segments) and all(s.muted for s in segments))
        for number in range(1, 10):
            has_take = any(take.number == number for s in segments for take in s.takes)
            actions[f"segment.take_{number}"].setEnabled(has_take)
        undo, redo = translated("Undo"), translated("Redo")
        actions["edit.undo"].setText(f"{undo}: {document.undo_label}" if document.undo_label else undo)
        actions["edit.redo"].setText(f"{redo}: {document.redo_label}" if document.redo_label else redo)

    @property
    def _can_adapt(self) -> bool:
        person = self.segment_commands.person
        return person is not None and not self.workshop.adapt.refusal(person)

    def _show_title(self) -> None:
        document = self.document
        name = document.project.name or self.tr("Untitled")
        self.setWindowTitle(f"{name}[*] — UniSync Studio")
        self.setWindowModified(document.is_modified)
        self.setWindowFilePath(str(document.path) if document.path is not None else "")
        self.tool_bar.show_read_only(is_read_only=document.is_read_only)
        self._update_actions()

    def _show_recent(self) -> None:
        recent = self.keeper.recent
        self.welcome.show_recent(recent)
        self._recent_menu.clear()
        self._recent_menu.setEnabled(bool(recent))
        for path in recent:
            action = self._recent_menu.addAction(path.stem)
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, path=path: self.commands.open_project(path))
        self._template_menu.clear()
        templates = self.keeper.templates
        self._template_menu.setEnabled(bool(templates))
        for path in templates:
            action = self._template_menu.addAction(path.stem)
            action.triggered.connect(lambda _=False, path=path: self.commands.new_from_template(path))

    def _on_option(self, key: str) -> None:
        if key == "engine.device":
            self.status.check_device(self.options.text(key))
        elif key == "timeline.snapping":
            self.timeline.set_snapping(self.options.flag(key))
        elif key == "timeline.follow_playhead":
            self.timeline.set_following(self.options.flag(key))

    def _on_timeline_files(self, paths: list[str], t: object, lane: str) -> None:
        self.commands.import_files(tuple(Path(each) for each in paths), at=t, lane=lane)

    def _on_viewer_files(self, paths: list[str]) -> None:
        self.commands.import_files(tuple(Path(each) for each in paths))

    # --- window ------------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files anywhere in the window."""
        if dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A project is opened, media are added."""
        files = dropped_files(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.commands.import_files(files)

    def showEvent(self, event: QShowEvent) -> None:
        """Begins with the middle."""
        super().showEvent(event)
        if not self._was_shown:
            self._was_shown = True
            FirstPaint(self.centre, self.docks.all.values())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the messages in their corner."""
        super().resizeEvent(event)
        self.stack.place()

    def changeEvent(self, event: QEvent) -> None:
        """Keeps the full-screen action true."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.keeper.check_media_again()  # a disk may have come or gone meanwhile
        if event.type() == QEvent.Type.WindowStateChange:
            self.actions["view.full_screen"].setChecked(self.isFullScreen())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks about unsaved work first; then ends every thread and process."""
        if self.document.is_modified and not self._may_close:
            event.ignore()
            self.commands.ask_before_leaving(self.close_now)
            return
        self.docks.keep()
        self.workshop.close()
        self.viewer.close_media()
        self.bridge.close()
        self.keeper.close(keep_unsaved=self._keeps_unsaved)
        event.accept()
