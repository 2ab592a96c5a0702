"""The panel of the script's lines."""

from fractions import Fraction

from PySide6.QtCore import QModelIndex, QPoint, QSortFilterProxyModel, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.face_geometry.track import PersonId
from core.project import line_edits
from core.project.changes import Changes
from core.project.ids import LineId
from ui.base.more_bar import MoreBar
from ui.base.theme import icon
from ui.lines.line_table import COLUMNS, SORT_ROLE, LineTable
from ui.state.document import Document

_RELOAD_MS = 60


class LinesPanel(QWidget):
    """Table of the lines with filter, casting, and buttons.

    Signals:
        import_clicked, export_clicked: the buttons.
        segments_asked: (tuple[LineId, ...]) segments are wanted for these lines.
    """

    import_clicked = Signal()
    export_clicked = Signal()
    segments_asked = Signal(object)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.table = LineTable(document, self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.table)
        self._sorted.setSortRole(SORT_ROLE)
        self._sorted.setFilterKeyColumn(-1)
        self._sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.view = QTableView()
        self.view.setModel(self._sorted)
        self.view.setSortingEnabled(True)
        self.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(24)
        self.view.setAccessibleName(self.tr("Lines of the script"))
        self.view.setMinimumHeight(1)
        header = self.view.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for number, width in enumerate((44, 100, 100, 96, 90, 260, 215, 52, 72, 90)):
            header.resizeSection(number, max(width, header.sectionSizeHint(number)))  # other languages have longer words
        header.setSectionResizeMode(COLUMNS.index("text"), QHeaderView.ResizeMode.Stretch)
        self.view.clicked.connect(self._on_clicked)
        self.delete = QAction(self.tr("Delete lines"), self.view)
        self.delete.triggered.connect(self._on_delete)
        self.view.addAction(self.delete)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter lines"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._sorted.setFilterFixedString)
        self.cast = QPushButton(icon("account-multiple-outline"), self.tr("Characters"))
        self.cast.setToolTip(self.tr("Which person of the film plays which character of the script"))
        self.cast.clicked.connect(self._show_cast)
        self.make = QPushButton(icon("auto-fix"), self.tr("Make segments"))
        self.make.setToolTip(self.tr("Segments for the selected lines, or for all, where a dub lies"))
        self.make.clicked.connect(self._on_make)
        export = QPushButton(icon("export"), self.tr("Export…"))
        export.clicked.connect(self.export_clicked)
        bring = QPushButton(icon("import"), self.tr("Import a script…"))
        bring.clicked.connect(self.import_clicked)
        self.filter.setMinimumWidth(90)
        bar = self.bar = MoreBar()  # what does not fit goes into its menu, so that the panel may be narrow
        for widget in (self.filter, self.cast, self.make, bring, export):
            bar.addWidget(widget)
        self._shown = QStackedWidget()
        self._shown.addWidget(self._empty_page())
        self._shown.addWidget(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self._shown, 1)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_RELOAD_MS)
        self._later.timeout.connect(self.reload)
        document.changed.connect(self._on_changed)
        document.library.take_changed.connect(self._schedule)
        document.library.curve_changed.connect(self._schedule)
        document.session.playhead_moved.connect(self._on_playhead_moved)
        self.reload()

    @property
    def selected(self) -> tuple[LineId, ...]:
        """The selected lines."""
        rows = self.view.selectionModel().selectedRows()
        return tuple(self.table.line(self._sorted.mapToSource(index).row()).id for index in rows)

    def reload(self) -> None:
        """Shows the project as it is now; the selection stays."""
        kept = set(self.selected)
        self.table.reload()
        has_lines = self.table.rowCount() > 0
        self._shown.setCurrentIndex(1 if has_lines else 0)
        for button in (self.cast, self.make, self.filter):
            button.setEnabled(has_lines)
        for row in range(self.table.rowCount()):
            if self.table.line(row).id in kept:
                index = self._sorted.mapFromSource(self.table.index(row, 0))
                flag = self.view.selectionModel().SelectionFlag
                self.view.selectionModel().select(index, flag.Select | flag.Rows)

    def build_cast_menu(self) -> QMenu:
        """One submenu for each character with the people of the film."""
        project = self._document.project
        menu = QMenu(self)
        for character in dict.fromkeys(line.character for line in project.lines if line.character):
            playing = project.player_of(character)
            person = project.person(playing) if playing is not None else None
            title = f"{character} — {person.name if person is not None else self.tr('nobody yet')}"
            inner = menu.addMenu(title.replace("&", "&&"))
            choices: list[tuple[PersonId | None, str]] = [(each.id, each.name) for each in project.people]
            for who, name in [*choices, (None, self.tr("Nobody yet"))]:
                action = inner.addAction(name.replace("&", "&&"))
                action.setCheckable(True)
                action.setChecked(who == playing)
                action.triggered.connect(
                    lambda _=False, character=character, who=who: self._document.apply(
                        self.tr("Cast {name}").format(name=character), line_edits.cast_character, character, who
                    )
                )
        return menu

    def _empty_page(self) -> QWidget:
        page = QLabel(self.tr("Import a script, or drop one here:\nsubtitles, a table, DAPT, DetX, Pro Tools or plain text."))
        page.setProperty("role", "dim")
        page.setAlignment(Qt.AlignmentFlag.AlignCenter)
        page.setMinimumHeight(1)
        return page

    def _show_cast(self) -> None:
        menu = self.build_cast_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.cast.mapToGlobal(QPoint(0, self.cast.height())))

    def _on_make(self) -> None:
        self.segments_asked.emit(self.selected or tuple(line.id for line in self._document.project.lines))

    def _on_delete(self) -> None:
        if self.selected:
            self._document.apply(self.tr("Delete lines"), line_edits.remove_lines, self.selected)

    def _on_clicked(self, index: QModelIndex) -> None:
        row = self._sorted.mapToSource(index).row()
        line, segment = self.table.line(row), self.table.segment(row)
        if line.range is not None:
            self._document.session.set_playhead(line.range.start)
        self._document.session.select([segment.id] if segment is not None else [])

    def _on_changed(self, changes: Changes) -> None:
        if changes.is_only_blend:
            return
        if changes.everything or changes.lines or changes.people or changes.layout or changes.takes or changes.items:
            self._schedule()

    def _schedule(self, _what: object = None) -> None:
        if self._document.project.lines or self.table.rowCount():
            self._later.start()

    def _on_playhead_moved(self, t: Fraction) -> None:
        row = self.table.show_time(t)
        if row is not None and self._document.session.is_playing:
            self.view.scrollTo(self._sorted.mapFromSource(self.table.index(row, 0)))
