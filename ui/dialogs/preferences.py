"""The preferences, built from the declared options, with search."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ui.base.options import OPTIONS, Option, Options
from ui.base.screen_room import resize_within_screen
from ui.dialogs.caches import CachesPage


def translated(text: str) -> str:
    """An option's text in the user's language."""
    return QCoreApplication.translate("Options", text)


class PreferencesDialog(QDialog):
    """Every option; a change takes effect at once.

    Args:
        options: what is set.
        parent: the window.
        models: the page of published models, shown beside the options.
        caches: the page of caches.
    """

    def __init__(
        self,
        options: Options,
        parent: QWidget | None = None,
        models: QWidget | None = None,
        caches: CachesPage | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Preferences"))
        resize_within_screen(self, 600, 620)
        self._options = options
        self._rows: dict[str, QWidget] = {}
        self._headings: dict[str, QLabel] = {}
        self._editors: dict[str, QCheckBox | QComboBox | QDoubleSpinBox | QLineEdit] = {}
        self._search = QLineEdit()
        self._search.setPlaceholderText(self.tr("Search"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._on_search)
        self._nothing = QLabel(self.tr("No setting has that in its name."))
        self._nothing.setProperty("role", "dim")
        self._nothing.hide()
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setSpacing(8)
        for option in OPTIONS:
            if option.section not in self._headings:
                heading = QLabel(translated(option.section))
                heading.setProperty("role", "heading")
                self._headings[option.section] = heading
                self._column.addWidget(heading)
            row = self._row(option)
            self._rows[option.key] = row
            self._column.addWidget(row)
        self._column.addWidget(self._nothing)
        self._column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        defaults = QPushButton(self.tr("All defaults"))
        defaults.clicked.connect(self._on_defaults)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.accept)
        bottom = QHBoxLayout()
        bottom.addWidget(defaults)
        bottom.addStretch(1)
        bottom.addWidget(buttons)
        general = QWidget()
        page = QVBoxLayout(general)
        page.addWidget(self._search)
        page.addWidget(scroll, 1)
        self.pages = QTabWidget()
        self.pages.addTab(general, self.tr("General"))
        if models is not None:
            self.pages.addTab(models, self.tr("Models"))
        self.caches = caches
        if caches is not None:
            self.pages.addTab(caches, self.tr("Caches"))
            self.finished.connect(lambda _result: caches.forget())
        self.pages.tabBar().setVisible(self.pages.count() > 1)
        column = QVBoxLayout(self)
        column.addWidget(self.pages, 1)
        column.addLayout(bottom)
        options.changed.connect(self._on_changed)
        self._show_values()

    @property
    def shown(self) -> tuple[str, ...]:
        """The keys of the options not hidden by the search."""
        return tuple(key for key, row in self._rows.items() if not row.isHidden())

    def search(self, text: str) -> None:
        """Shows only options with `text` in title or help."""
        self._search.setText(text)

    def editor(self, key: str) -> QWidget:
        """The control of an option."""
        return self._editors[key]

    def _row(self, option: Option) -> QWidget:
        title = QLabel(translated(option.title))
        note = translated(option.help)
        if option.needs_restart:
            note += " " + self.tr("Takes effect at the next start.")
        details = QLabel(note)
        details.setProperty("role", "faint")
        details.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(title)
        words.addWidget(details)
        editor = self._make_editor(option)
        editor.setAccessibleName(translated(option.title))
        self._editors[option.key] = editor
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addLayout(words, 1)
        line.addWidget(editor)
        return row

    def _make_editor(self, option: Option) -> QCheckBox | QComboBox | QDoubleSpinBox | QLineEdit:
        key = option.key
        if option.kind == "flag":
            flag = QCheckBox()
            flag.clicked.connect(lambda checked: self._options.set_value(key, checked))
            return flag
        if option.kind == "choice":
            choice = QComboBox()
            choice.setMinimumWidth(150)
            for value, title in option.choices:
                choice.addItem(translated(title), value)
            choice.activated.connect(lambda index: self._options.set_value(key, choice.itemData(index)))
            return choice
        if option.kind == "number":
            number = QDoubleSpinBox()
            number.setAlignment(Qt.AlignmentFlag.AlignRight)
            number.setDecimals(0)
            number.setRange(option.minimum, option.maximum)
            number.setSuffix(f" {option.unit}")
            number.setKeyboardTracking(False)
            number.valueChanged.connect(lambda value: self._options.set_value(key, value))
            return number
        line = QLineEdit()
        line.editingFinished.connect(lambda: self._options.set_value(key, line.text()))
        return line

    def _show_values(self) -> None:
        for option in OPTIONS:
            editor = self._editors[option.key]
            editor.blockSignals(True)
            if isinstance(editor, QCheckBox):
                editor.setChecked(self._options.flag(option.key))
            elif isinstance(editor, QComboBox):
                editor.setCurrentIndex(editor.findData(self._options.text(option.key)))
            elif isinstance(editor, QDoubleSpinBox):
                editor.setValue(self._options.number(option.key))
            else:
                editor.setText(self._options.text(option.key))
            editor.blockSignals(False)

    def _on_changed(self, key: str) -> None:
        if key in self._editors:
            self._show_values()

    def _on_defaults(self) -> None:
        for option in OPTIONS:
            self._options.reset(option.key)

    def _on_search(self, text: str) -> None:
        wanted = text.casefold().strip()
        for option in OPTIONS:
            words = f"{translated(option.title)} {translated(option.help)}".casefold()
            self._rows[option.key].setVisible(wanted in words)
        for section, heading in self._headings.items():
            heading.setVisible(any(not self._rows[o.key].isHidden() for o in OPTIONS if o.section == section))
        self._nothing.setVisible(not self.shown)
