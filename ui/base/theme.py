"""Colours, fonts, icons and the style sheet: dark and light. Every colour of the window is named here."""

from dataclasses import dataclass, fields
from functools import cache
from typing import Literal

import qtawesome
from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from core.base.models import PROGRAM_ROOT

ICONS = PROGRAM_ROOT / "resources" / "icons"
ThemeName = Literal["dark", "light"]


@dataclass(frozen=True, slots=True)
class Colours:
    """The named colours, as ``#rrggbb``."""

    window: str
    panel: str
    raised: str
    sunken: str
    border: str
    hover: str
    pressed: str
    text: str
    dim_text: str
    faint_text: str
    accent: str
    accent_text: str
    good: str
    fair: str
    poor: str
    unknown: str
    warning: str
    error: str
    playhead: str
    waveform: str
    viewer: str


DARK = Colours(
    window="#17191d", panel="#1e2126", raised="#2a2e35", sunken="#131518", border="#33383f", hover="#343a43",
    pressed="#3d4550", text="#e4e7eb", dim_text="#acb3bc", faint_text="#9da5ae", accent="#5ca6ff",
    accent_text="#071322", good="#43c07f", fair="#e0b341", poor="#f1857d", unknown="#79828d", warning="#e0a53a",
    error="#f2847d", playhead="#ff5c5c", waveform="#5b86b8", viewer="#0c0d0f",
)  # fmt: skip
LIGHT = Colours(
    window="#eceef1", panel="#f7f8fa", raised="#ffffff", sunken="#e3e6ea", border="#c9cfd6", hover="#e4e9f0",
    pressed="#d5dde8", text="#1c2127", dim_text="#56606b", faint_text="#5f6770", accent="#1663c7",
    accent_text="#ffffff", good="#197445", fair="#835f06", poor="#bb352a", unknown="#8b939c", warning="#8d5b00",
    error="#bd3329", playhead="#d92f2f", waveform="#5a82ad", viewer="#2b2e33",
)  # fmt: skip
THEMES: dict[ThemeName, Colours] = {"dark": DARK, "light": LIGHT}


class Theme(QObject):
    """The theme in use.

    Signals:
        changed: colours and icons differ; custom-painted widgets repaint.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name: ThemeName = "dark"

    @property
    def name(self) -> ThemeName:
        """Which theme."""
        return self._name

    @property
    def colours(self) -> Colours:
        """Its colours."""
        return THEMES[self._name]

    def apply(self, app: QApplication, name: ThemeName) -> None:
        """Puts the theme onto the whole program."""
        self._name = name
        app.setStyle("Fusion")
        app.setPalette(_palette(self.colours))
        app.setStyleSheet(style_sheet(self.colours))
        qtawesome.set_defaults(color=self.colours.dim_text, color_active=self.colours.text,
                               color_disabled=self.colours.faint_text, color_selected=self.colours.accent)  # fmt: skip
        self.changed.emit()


def icon(name: str, colour: str | None = None) -> QIcon:
    """An icon by its Material Design name, e.g. ``"play"``, in the theme's colour or another."""
    options = {"color": colour, "color_active": colour} if colour is not None else {}
    return qtawesome.icon(f"mdi6.{name}", **options)


def icon_size() -> QSize:
    """The size of icons in tool bars and cards, in device-independent pixels."""
    return QSize(18, 18)


def score_colour(colours: Colours, p_sync: float | None, threshold: float) -> QColor:
    """The band of a sync score: good above the threshold by a margin, fair around it, poor below, grey unknown."""
    if p_sync is None or p_sync != p_sync:  # NaN is unequal to itself
        return QColor(colours.unknown)
    if p_sync >= min(1.0, threshold + 0.15):
        return QColor(colours.good)
    return QColor(colours.fair if p_sync >= threshold else colours.poor)


def _palette(c: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for which, colour in {
        role.Window: c.panel,
        role.WindowText: c.text,
        role.Base: c.sunken,
        role.AlternateBase: c.panel,
        role.Text: c.text,
        role.Button: c.raised,
        role.ButtonText: c.text,
        role.BrightText: c.error,
        role.ToolTipBase: c.raised,
        role.ToolTipText: c.text,
        role.PlaceholderText: c.faint_text,
        role.Highlight: c.accent,
        role.HighlightedText: c.accent_text,
        role.Link: c.accent,
        role.Mid: c.border,
        role.Light: c.hover,
        role.Dark: c.sunken,
    }.items():
        palette.setColor(which, QColor(colour))
    for which in (role.Text, role.ButtonText, role.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(c.faint_text))
    return palette


def style_sheet(colours: Colours) -> str:
    """The program's style sheet in `colours`."""
    sheet = _SHEET
    for each in fields(Colours):
        sheet = sheet.replace(f"@{each.name};", f"{getattr(colours, each.name)};")
        sheet = sheet.replace(f"@{each.name} ", f"{getattr(colours, each.name)} ")
    tick = ICONS / ("check_dark.svg" if colours is DARK else "check_light.svg")
    chevron = ICONS / ("chevron_dark.svg" if colours is DARK else "chevron_light.svg")
    return sheet.replace("@check;", tick.as_posix()).replace("@chevron;", chevron.as_posix())


_SHEET = """
QMainWindow, QDialog { background: @window; color: @text; }
QMainWindow::separator { background: @window; width: 5px; height: 5px; }
QMainWindow::separator:hover { background: @accent; }
QWidget { font-size: 10pt; }
QToolTip { background: @raised; color: @text; border: 1px solid @border; padding: 4px 6px; }

QMenuBar { background: @window; color: @text; padding: 2px 4px; }
QMenuBar::item { padding: 4px 9px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: @hover; }
QMenu { background: @raised; color: @text; border: 1px solid @border; padding: 5px; border-radius: 6px; }
QMenu::item { padding: 5px 26px 5px 12px; border-radius: 4px; }
QMenu::icon { padding-left: 8px; }
QMenu::item:selected { background: @accent; color: @accent_text; }
QMenu::item:disabled { color: @faint_text; background: transparent; }
QMenu::separator { height: 1px; background: @border; margin: 5px 8px; }

QToolBar { background: @window; border: none; spacing: 2px; padding: 3px 6px; }
QToolBar::separator { background: @border; width: 1px; margin: 5px 6px; }
QToolButton { color: @text; background: transparent; border: 1px solid transparent; border-radius: 5px; padding: 4px; }
QToolButton:hover { background: @hover; }
QToolButton:pressed, QToolButton:checked { background: @pressed; }
QToolButton:checked { border-color: @accent; }
QToolButton:focus { border-color: @accent; }
QToolButton::menu-indicator { image: none; }
QToolButton[popupMode="1"] { padding-right: 20px; border-color: @border; }
QToolButton::menu-button { border: none; border-left: 1px solid @border; width: 16px; border-top-right-radius: 5px; border-bottom-right-radius: 5px; }
QToolButton::menu-button:hover { background: @hover; }
QToolButton::menu-arrow { image: url(@chevron;); width: 10px; height: 10px; }

QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QDockWidget { color: @dim_text; font-weight: 600; }
QDockWidget::title { background: @panel; padding: 3px 10px 0px 10px; border-bottom: 1px solid @border; text-align: left; }
QDockWidget > QWidget { background: @panel; }
QTabBar { background: @window; }
QTabBar::tab { background: transparent; color: @dim_text; padding: 5px 12px; border: none; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: @text; border-bottom-color: @accent; }
QTabBar::tab:hover { color: @text; }
QTabBar::tab:disabled { color: @border; }
QTabWidget::pane { border: 1px solid @border; border-radius: 6px; background: @panel; }

QPushButton { background: @raised; color: @text; border: 1px solid @border; border-radius: 6px; padding: 6px 14px; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @pressed; }
QPushButton:focus { border-color: @accent; }
QPushButton:disabled { color: @faint_text; background: @panel; }
QPushButton[flat="true"]:focus { border-color: @accent; }
QPushButton:default, QPushButton[primary="true"] { background: @accent; color: @accent_text; border-color: @accent; }
QPushButton[primary="true"]:disabled, QPushButton:default:disabled { background: @raised; color: @faint_text; border-color: @border; }
QPushButton[flat="true"] { background: transparent; border-color: transparent; color: @accent; padding: 4px 6px; }

QPushButton:default:focus, QPushButton[primary="true"]:focus { border: 2px solid @text; padding: 5px 13px; }

QLineEdit, QPlainTextEdit, QTextEdit, QTextBrowser, QSpinBox, QDoubleSpinBox, QComboBox, QKeySequenceEdit {
    background: @sunken; color: @text; border: 1px solid @border; border-radius: 5px; padding: 4px 7px;
    selection-background-color: @accent; selection-color: @accent_text; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QTextBrowser:focus, QKeySequenceEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus { border-color: @accent; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled { color: @faint_text; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button { width: 0; border: none; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url(@chevron;); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: @raised; color: @text; border: 1px solid @border; selection-background-color: @accent; selection-color: @accent_text; outline: none; }

QSlider { min-height: 18px; }
QSlider::groove:horizontal { height: 4px; background: @border; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; }
QSlider::handle:horizontal { background: @text; width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: @accent; }
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled { background: @faint_text; }

QCheckBox { color: @text; spacing: 7px; }
QCheckBox:disabled { color: @faint_text; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid @faint_text; border-radius: 3px; background: @sunken; }
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: @accent; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent; image: url(@check;); }
QCheckBox::indicator:indeterminate { background: @faint_text; }
QRadioButton { color: @text; spacing: 7px; }
QProgressBar { background: @sunken; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; text-align: center; color: transparent; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }

QListView, QTreeView, QTableView { background: @panel; color: @text; border: 1px solid transparent; outline: none; alternate-background-color: @sunken; }
QListView:focus, QTreeView:focus, QTableView:focus { border-color: @accent; }
QListView::item, QTreeView::item { padding: 4px; border-radius: 5px; }
QListView::item:hover, QTreeView::item:hover { background: @hover; }
QListView::item:selected, QTreeView::item:selected { background: @pressed; color: @text; }
QHeaderView::section { background: @panel; color: @dim_text; border: none; border-bottom: 1px solid @border; padding: 5px 8px; }
QScrollArea, QScrollArea > QWidget > QWidget { background: @panel; border: none; }
QScrollArea[plain="true"], QScrollArea[plain="true"] > QWidget > QWidget { background: @window; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle { background: @border; border-radius: 4px; margin: 2px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: @faint_text; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QStatusBar { background: @window; color: @dim_text; border-top: 1px solid @border; }
QStatusBar::item { border: none; }
QGroupBox { border: none; margin-top: 20px; font-weight: 600; color: @text; }
QGroupBox::title { subcontrol-origin: margin; left: 0; padding: 0; }
QLabel { color: @text; background: transparent; }
QLabel[role="dim"] { color: @dim_text; }
QLabel[role="faint"] { color: @faint_text; font-size: 9pt; }
QLabel[role="title"] { font-size: 17pt; font-weight: 600; }
QLabel[role="heading"] { font-size: 11pt; font-weight: 600; }
QLabel[role="error"] { color: @error; }
QLabel[role="badge"] { background: @raised; border: 1px solid @border; border-radius: 8px; padding: 1px 8px; color: @dim_text; font-size: 9pt; }
QLabel[role="badge"][level="warning"] { color: @warning; border-color: @warning; }
QFrame[role="card"] { background: @raised; border: 1px solid @border; border-radius: 8px; }
QFrame[role="card"]:hover { border-color: @faint_text; }
QFrame[role="card"][selected="true"] { border-color: @accent; background: @hover; }
QFrame[role="drop"] { border: 2px dashed @border; border-radius: 12px; background: @panel; }
QFrame[role="line"] { background: @border; max-height: 1px; border: none; }
QFrame[role="message"] { background: @raised; border: 1px solid @border; border-left: 4px solid @accent; border-radius: 6px; }
QFrame[role="message"][level="warning"] { border-left-color: @warning; }
QFrame[role="message"][level="error"] { border-left-color: @error; }
QFrame[role="message"][level="done"] { border-left-color: @good; }
"""


@cache
def theme() -> Theme:
    """The program's one theme (main thread only)."""
    return Theme()
