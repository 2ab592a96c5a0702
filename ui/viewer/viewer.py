"""The viewer: picture, transport and player put together, and the commands that keys and menus call."""

from fractions import Fraction
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from core.base.timing import format_timecode
from core.compositing.strokes import StrokeKind
from core.project.changes import Changes
from ui.state.document import Document
from ui.state.session import ViewerTool
from ui.viewer.brush import BrushTool
from ui.viewer.canvas import ViewerCanvas
from ui.viewer.frame_provider import ResultProvider
from ui.viewer.pin_tool import PinTool
from ui.viewer.player import Player
from ui.viewer.rendering import Rendered, RenderSpec
from ui.viewer.rythmo_band import RythmoBand
from ui.viewer.tool_strip import ToolStrip
from ui.viewer.tools import CanvasTool, FaceBoxTool, MouthTool
from ui.viewer.transport_bar import TransportBar

if TYPE_CHECKING:
    from ui.viewer.frame_provider import Scan

BRUSHES: tuple[StrokeKind, ...] = ("include", "exclude", "erase")
_BRACKETS = {Qt.Key.Key_BracketLeft: False, Qt.Key.Key_BraceLeft: False, Qt.Key.Key_BracketRight: True, Qt.Key.Key_BraceRight: True}
_MASK_LINGERS_MS = 700  # after a blend slider was let go, so that one sees what one set


class Viewer(QWidget):
    """Shows and plays a document's timeline.

    Call `close_media` before the program ends: it joins the decoder and sound threads (the widget's own closing and the
    application's end do it too).

    Signals:
        person_picked: (PersonId) a face with a card was clicked.
        face_picked: (MediaId, str) a face nobody has a card for was clicked: the film and the analysis's name of it.
        files_dropped: (list[str] paths) to be imported and put at the playhead.
        unreadable: a film cannot be shown; its file may be gone.
        message: (AppError) something typed was not possible.
    """

    person_picked = Signal(str)
    face_picked = Signal(str, str)
    files_dropped = Signal(list)
    unreadable = Signal()
    message = Signal(object)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._session = document.session
        self.canvas = ViewerCanvas(document, self)
        self.bar = TransportBar(self)
        self.player = Player(document, self)
        self._tools: dict[str, CanvasTool] = {
            "mouth": MouthTool(document, self._name_of_new),
            "face": FaceBoxTool(document, self._name_of_new),
            "pin": PinTool(document),
            **{kind: BrushTool(document, kind) for kind in BRUSHES},
        }
        self._held_k = False
        self._before_after = "result"
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.strip = ToolStrip(self)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.strip)
        row.addWidget(self.canvas, 1)
        column.addLayout(row, 1)
        self.band = RythmoBand(document)
        self.band.hide()
        column.addWidget(self.band)
        column.addWidget(self.bar)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("Viewer"))
        self._mask_timer = QTimer(self)
        self._mask_timer.setSingleShot(True)
        self._mask_timer.setInterval(_MASK_LINGERS_MS)
        self._mask_timer.timeout.connect(self._update_spec)
        self._overlays = self._overlay_actions()
        self._connect()
        self._on_changed(Changes(everything=True))
        self._update_spec()
        self._show_state()

    # Commands

    def set_results(self, results: ResultProvider | None) -> None:
        """Plugs in who composites the generated lips (see `ResultProvider`); called on the decoder thread."""
        self.player.set_results(results)

    def set_scan(self, scan: "Scan") -> None:
        """Who may know a film's packets already, e.g. ``ScanCache().scan``: opening a long film is then instant."""
        self.player.set_scan(scan)

    def refresh(self) -> None:
        """Composites the paused picture again, after its blend settings or crops changed."""
        self.player.refresh()

    def show_mask_for_a_moment(self) -> None:
        """Lays the mask over the picture while a blend slider moves, and a little longer."""
        self._mask_timer.start()
        self._update_spec()

    def toggle(self) -> None:
        """Plays or stops."""
        self.player.toggle()

    def play_forward(self) -> None:
        """L; with K held, one picture on."""
        if self._held_k:
            self.player.step(1)
        else:
            self.player.shuttle(1)

    def play_backward(self) -> None:
        """J; with K held, one picture back."""
        if self._held_k:
            self.player.step(-1)
        else:
            self.player.shuttle(-1)

    def stop(self) -> None:
        """K."""
        self.player.stop()

    def step(self, pictures: int) -> None:
        """Moves by whole pictures."""
        self.player.step(pictures)

    def step_seconds(self, seconds: int) -> None:
        """Moves by seconds."""
        self.player.step_seconds(seconds)

    def go_to_start(self) -> None:
        """To the first picture."""
        self.player.stop()
        self._session.set_playhead(Fraction(0))

    def go_to_end(self) -> None:
        """To the last picture."""
        self.player.stop()
        end = self.player.pictures.end or self._document.project.duration
        before = self.player.pictures.boundary_before(end)
        self._session.set_playhead(before if before is not None else Fraction(0))

    def scrub(self, t: Fraction) -> None:
        """Moves the playhead with a moment of sound; for dragging on the ruler."""
        self.player.scrub(t)

    def toggle_before_after(self) -> None:
        """Source and result in turn (B)."""
        is_source = self._session.view_mode == "source"
        if not is_source:
            self._before_after = self._session.view_mode
        self._session.set_view_mode(self._before_after if is_source else "source")  # type: ignore[arg-type]

    def fit(self) -> None:
        """The whole picture."""
        self._session.set_mouth_zoomed(False)
        self.canvas.set_fit()

    def set_zoom(self, zoom: float) -> None:
        """1.0 is pixel for pixel; 0 fits."""
        self._session.set_mouth_zoomed(False)
        if zoom > 0:
            self.canvas.set_zoom(zoom)
        else:
            self.canvas.set_fit()

    def close_media(self) -> None:
        """Stops playback and joins the threads; may be called twice."""
        self.player.close()

    # Events

    def event(self, event: QEvent) -> bool:
        """K is also a modifier: held with J or L it steps. Seen here even when the key is a shortcut of an action."""
        is_press = event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
        if is_press and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_K:
            self._held_k = True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape takes back what a tool began, then lays the tool down."""
        tool = self._tools.get(self._session.viewer_tool)
        if event.key() == Qt.Key.Key_Escape and tool is not None:
            if not tool.cancel():
                self._session.set_viewer_tool("view")
            self.canvas.update()
            return
        if isinstance(tool, BrushTool) and event.key() in _BRACKETS:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            tool.resize(larger=_BRACKETS[Qt.Key(event.key())], softness=shift)
            self.canvas.update()
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """K was let go."""
        if event.key() == Qt.Key.Key_K and not event.isAutoRepeat():
            self._held_k = False
        super().keyReleaseEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Hands files to the importer."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.files_dropped.emit(paths)

    # Parts

    def _connect(self) -> None:
        player, bar, canvas, session = self.player, self.bar, self.canvas, self._session
        player.shown.connect(self._on_shown)
        player.near_shown.connect(canvas.show_near_picture)
        player.state_changed.connect(self._show_state)
        player.films_changed.connect(self._on_films_changed)
        bar.command.connect(self._on_command)
        bar.loop_toggled.connect(session.set_looping)
        bar.view_chosen.connect(session.set_view_mode)
        bar.zoom_chosen.connect(self.set_zoom)
        bar.sound_chosen.connect(session.set_sound)
        bar.volume_changed.connect(player.sound.set_volume)
        bar.time_entered.connect(self._on_time_entered)
        bar.timecode.refused.connect(self.message)
        self.band.scrubbed.connect(self.scrub)
        canvas.person_picked.connect(self.person_picked)
        canvas.face_picked.connect(self.face_picked)
        canvas.zoom_changed.connect(self._on_zoom_changed)
        canvas.menu_requested.connect(self._on_menu)
        session.playhead_moved.connect(self._on_playhead_moved)
        session.rivals_changed.connect(self._on_rivals_changed)
        session.viewer_tool_changed.connect(self._on_tool_changed)
        self.strip.chosen.connect(session.set_viewer_tool)
        session.view_mode_changed.connect(self._on_view_changed)
        session.mask_shown_changed.connect(self._on_view_changed)
        session.mouth_zoom_changed.connect(self._on_mouth_zoom_changed)
        session.loop_changed.connect(bar.show_loop)
        session.sound_changed.connect(bar.show_sound)
        self._document.changed.connect(self._on_changed)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close_media)
        # Not a method of self: when `destroyed` is sent the widget's own methods are gone already.
        self.destroyed.connect(player.close)

    def _overlay_actions(self) -> dict[str, QAction]:
        actions: dict[str, QAction] = {}
        for name, text, shown in (
            ("faces", self.tr("Face boxes and names"), True),
            ("safe", self.tr("Safe areas"), False),
            ("histogram", self.tr("Histogram"), False),
        ):
            action = QAction(text, self)
            action.setCheckable(True)
            action.setChecked(shown)
            action.toggled.connect(self._on_overlays_changed)
            actions[name] = action
        menu = self.bar.more.menu()
        if menu is not None:
            menu.addActions(list(actions.values()))
        return actions

    def _update_spec(self) -> None:
        width, height = self.canvas.wanted_size()
        paints = self._session.viewer_tool in BRUSHES
        with_mask = self._session.is_mask_shown or self._mask_timer.isActive() or paints
        self.player.set_spec(
            RenderSpec(
                self._session.view_mode,
                with_mask,
                self.canvas.shows_histogram,
                (width, height),
                outlines_mask=not (self._session.is_mask_shown or paints),
                has_rivals=bool(self._session.rivals),
                shows_rivals=self._session.is_rival_shown,
            )
        )

    def _show_state(self) -> None:
        self.bar.show_playing(self.player.speed)
        self.bar.show_loop(self._session.is_looping)
        self.bar.show_view(self._session.view_mode)
        self.bar.show_sound(self._session.sound)
        self.bar.show_zoom(self.canvas.zoom, fitted=self.canvas.transform.is_fitted)

    def _on_shown(self, rendered: Rendered) -> None:
        if self.canvas.shows_histogram:
            self.canvas.set_histogram(rendered.histogram)
        picture = rendered.picture
        facts = self.player.film_facts(picture.film) if picture is not None else None
        self.canvas.set_hdr(facts is not None and facts.is_hdr)
        self.canvas.set_proxy(facts is not None and facts.is_proxy)
        self.canvas.show_picture(rendered)
        if rendered.error is not None:
            self.unreadable.emit()

    def _on_command(self, command: str) -> None:
        {
            "start": self.go_to_start,
            "back": lambda: self.step(-1),
            "toggle": self.toggle,
            "on": lambda: self.step(1),
            "end": self.go_to_end,
        }[command]()

    def _on_menu(self, position: QPoint) -> None:
        menu = QMenu(self)
        self.canvas.add_tool_entries(menu)
        menu.addAction(self.tr("Fit")).triggered.connect(self.fit)
        menu.addAction(self.tr("100 %")).triggered.connect(lambda: self.set_zoom(1.0))
        menu.addSeparator()
        menu.addActions(list(self._overlays.values()))
        menu.popup(position)

    def _on_overlays_changed(self, _shown: bool) -> None:
        self.canvas.shows_faces = self._overlays["faces"].isChecked()
        self.canvas.shows_safe_areas = self._overlays["safe"].isChecked()
        self.canvas.shows_histogram = self._overlays["histogram"].isChecked()
        self._update_spec()
        self.canvas.update()

    def _on_time_entered(self, t: Fraction) -> None:
        self.player.stop()
        self._session.set_playhead(t)
        self.setFocus()

    def _on_playhead_moved(self, t: Fraction) -> None:
        self.bar.timecode.show_time(t, self._document.project.sequence)

    def _on_zoom_changed(self) -> None:
        self._update_spec()
        self.bar.show_zoom(self.canvas.zoom, fitted=self.canvas.transform.is_fitted)

    def _on_rivals_changed(self) -> None:
        self._update_spec()
        self.refresh()

    def _on_tool_changed(self, tool: ViewerTool) -> None:
        if tool != "view":
            self.player.stop()  # a mark belongs to one frame
        self.canvas.set_tool(self._tools.get(tool))
        self._update_spec()
        self.strip.show_tool(tool)
        self.setFocus()

    def _name_of_new(self) -> str:
        names = {person.name for person in self._document.project.people}
        return next(
            name
            for n in range(1, len(names) + 2)
            if (name := self.tr("Person {n}").format(n=n)) not in names
        )

    def _on_view_changed(self, _value: object) -> None:
        self._update_spec()
        self.bar.show_view(self._session.view_mode)

    def _on_mouth_zoom_changed(self, zoomed: bool) -> None:
        self.canvas.zoom_to_mouth(zoomed=zoomed)

    def _on_films_changed(self) -> None:
        self.canvas.update()

    def _on_changed(self, changes: Changes) -> None:
        if changes.everything or changes.layout or changes.sequence:
            project = self._document.project
            sequence = project.sequence
            frames = round(project.duration * sequence.rate.value)
            self.bar.show_length(format_timecode(frames, sequence.rate, drop_frame=sequence.drop_frame))
            self.bar.timecode.show_time(self._session.playhead, sequence)
        if changes.blend and not changes.layout and not changes.everything:
            self.show_mask_for_a_moment()
        self.canvas.update()
