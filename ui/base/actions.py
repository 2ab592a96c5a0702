"""Every action of the window, as a table: text, menu, shortcut, icon. Shortcuts can be remapped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from ui.base.options import Options
from ui.base.theme import icon, theme
from ui.base.words import QT_TRANSLATE_NOOP

Menu = Literal["file", "edit", "segment", "play", "view", "help"]


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action.

    Attributes:
        id: stable name, in the shortcut settings.
        text: untranslated, context "Actions".
        shortcuts: the defaults, in Qt's portable text.
        icon: Material Design name, or "".
        is_checkable: it is on or off.
        starts_group: a line above it in its menu.
    """

    id: str
    menu: Menu
    text: str
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    is_checkable: bool = False
    starts_group: bool = False


def _a(
    id_: str, menu: Menu, text: str, *shortcuts: str, icon: str = "", check: bool = False, line: bool = False
) -> ActionSpec:
    return ActionSpec(id_, menu, text, shortcuts, icon, check, line)


_N = QT_TRANSLATE_NOOP
ACTIONS: tuple[ActionSpec, ...] = (
    _a("file.new", "file", _N("Actions", "New project"), "Ctrl+N", icon="file-outline"),
    _a("file.open", "file", _N("Actions", "Open project…"), "Ctrl+O", icon="folder-open-outline"),
    _a("file.sample", "file", _N("Actions", "Open the sample project"), icon="movie-open-star-outline"),
    _a("file.save", "file", _N("Actions", "Save"), "Ctrl+S", icon="content-save-outline", line=True),
    _a("file.save_as", "file", _N("Actions", "Save as…"), "Ctrl+Shift+S"),
    _a("file.save_template", "file", _N("Actions", "Save as template…")),
    _a("file.backups", "file", _N("Actions", "Backups…"), icon="history"),
    _a("file.import", "file", _N("Actions", "Add media…"), "Ctrl+I", icon="plus", line=True),
    _a("file.relink", "file", _N("Actions", "Find missing media…"), icon="link-variant"),
    _a("file.export", "file", _N("Actions", "Export…"), "Ctrl+E", icon="export-variant", line=True),
    _a("file.exports", "file", _N("Actions", "Export queue"), "Ctrl+Shift+E", icon="playlist-play"),
    _a("file.import_timeline", "file", _N("Actions", "Import a timeline…"), icon="import"),
    _a("file.export_timeline", "file", _N("Actions", "Export the timeline…"), icon="export"),
    _a("file.import_script", "file", _N("Actions", "Import a script…"), "Ctrl+Shift+I", icon="import", line=True),
    _a("file.export_script", "file", _N("Actions", "Export the lines…"), icon="export"),
    _a("file.write_lines", "file", _N("Actions", "Write down what the dub says")),
    _a("file.find_lines", "file", _N("Actions", "Find the script’s lines in the dub")),
    _a("file.preferences", "file", _N("Actions", "Preferences…"), "Ctrl+,", icon="cog-outline", line=True),
    _a("file.quit", "file", _N("Actions", "Quit"), "Ctrl+Q"),
    _a("edit.undo", "edit", _N("Actions", "Undo"), "Ctrl+Z", icon="undo"),
    _a("edit.redo", "edit", _N("Actions", "Redo"), "Ctrl+Shift+Z", "Ctrl+Y", icon="redo"),
    _a("edit.cut", "edit", _N("Actions", "Cut"), "Ctrl+X", line=True),
    _a("edit.copy", "edit", _N("Actions", "Copy"), "Ctrl+C", icon="content-copy"),
    _a("edit.paste", "edit", _N("Actions", "Paste"), "Ctrl+V", icon="content-paste"),
    _a("edit.delete", "edit", _N("Actions", "Delete"), "Del", "Backspace", icon="trash-can-outline"),
    _a("edit.ripple_delete", "edit", _N("Actions", "Delete and close the gap"), "Shift+Del"),
    _a("edit.select_all", "edit", _N("Actions", "Select all"), "Ctrl+A", line=True),
    _a("edit.select_none", "edit", _N("Actions", "Select nothing"), "Ctrl+Shift+A"),
    _a("edit.split", "edit", _N("Actions", "Split at the playhead"), "S", icon="content-cut", line=True),
    _a("edit.mark_in", "edit", _N("Actions", "Mark in"), "I", icon="contain-start", line=True),
    _a("edit.mark_out", "edit", _N("Actions", "Mark out"), "O", icon="contain-end"),
    _a("edit.clear_marks", "edit", _N("Actions", "Clear in and out"), "Alt+X"),
    _a("edit.marker", "edit", _N("Actions", "Add marker"), "Shift+M", icon="map-marker-outline"),
    _a("tool.select", "edit", _N("Actions", "Tool: select and move"), "V", icon="cursor-default", line=True),
    _a("tool.ripple", "edit", _N("Actions", "Tool: ripple"), "R", icon="arrow-expand-horizontal"),
    _a("tool.roll", "edit", _N("Actions", "Tool: roll"), "T", icon="arrow-split-vertical"),
    _a("tool.slip", "edit", _N("Actions", "Tool: slip"), "Y", icon="swap-horizontal"),
    _a("tool.razor", "edit", _N("Actions", "Tool: razor"), "C", icon="content-cut"),
    _a(
        "edit.snapping",
        "edit",
        _N("Actions", "Snapping"),
        "Ctrl+Shift+N",
        icon="magnet",
        check=True,
        line=True,
    ),
    _a("segment.generate", "segment", _N("Actions", "Generate lips"), "G", icon="creation-outline"),
    _a(
        "segment.generate_range",
        "segment",
        _N("Actions", "Regenerate the marked range"),
        "Shift+G",
        icon="refresh",
    ),
    _a("segment.generate_all", "segment", _N("Actions", "Generate all segments"), "Ctrl+G"),
    _a(
        "segment.best",
        "segment",
        _N("Actions", "Best of several takes"),
        "Ctrl+Shift+G",
        icon="trophy-outline",
    ),
    _a("segment.choose_best", "segment", _N("Actions", "Choose the best take"), "Alt+0"),
    _a("segment.cancel", "segment", _N("Actions", "Cancel generating"), "Ctrl+."),
    _a(
        "segment.next_weak",
        "segment",
        _N("Actions", "Next weak or doubtful stretch"),
        "N",
        icon="skip-next-outline",
        line=True,
    ),
    _a(
        "segment.previous_weak",
        "segment",
        _N("Actions", "Previous weak or doubtful stretch"),
        "Shift+N",
        icon="skip-previous-outline",
    ),
    _a(
        "segment.propose",
        "segment",
        _N("Actions", "Propose segments from the dub"),
        "Ctrl+Shift+D",
        icon="auto-fix",
        line=True,
    ),
    _a("segment.new", "segment", _N("Actions", "New segment from the marked range"), "Ctrl+Return"),
    _a(
        "segment.adapt",
        "segment",
        _N("Actions", "Adapt the generator to this person"),
        icon="account-cog-outline",
        line=True,
    ),
    _a("segment.keep", "segment", _N("Actions", "Keep original lips"), "Shift+K", check=True, line=True),
    _a("segment.mute", "segment", _N("Actions", "Mute segment"), "Shift+U", check=True),
    _a("segment.fit", "segment", _N("Actions", "Fit the line in time…"), "Shift+F", icon="arrow-left-right", line=True),
    _a("segment.nudge_back", "segment", _N("Actions", "Nudge a frame earlier"), "Alt+Left"),
    _a("segment.nudge_on", "segment", _N("Actions", "Nudge a frame later"), "Alt+Right"),
    _a("picture.view", "segment", _N("Actions", "Picture tool: look and pick"), "H", icon="cursor-default", line=True),
    _a("picture.mouth", "segment", _N("Actions", "Picture tool: place a mouth"), "Q", icon="vector-polygon"),
    _a("picture.face", "segment", _N("Actions", "Picture tool: draw a face’s box"), "F", icon="face-recognition"),
    _a("picture.pin", "segment", _N("Actions", "Picture tool: pin the mouth"), "P", icon="pin-outline"),
    _a("picture.include", "segment", _N("Actions", "Picture tool: paint in"), "D", icon="brush"),
    _a("picture.exclude", "segment", _N("Actions", "Picture tool: paint out"), "Shift+D", icon="brush-off"),
    _a("picture.erase", "segment", _N("Actions", "Picture tool: wipe strokes away"), "X", icon="eraser"),
    _a("segment.film", "segment", _N("Actions", "Use the film, no take"), "0", line=True),
    *(
        _a(f"segment.take_{n}", "segment", _N("Actions", "Use take {number}"), str(n), line=False)
        for n in range(1, 10)
    ),
    _a("play.toggle", "play", _N("Actions", "Play or pause"), "Space", icon="play"),
    _a("play.backward", "play", _N("Actions", "Play backwards"), "J"),
    _a("play.stop", "play", _N("Actions", "Stop"), "K"),
    _a("play.forward", "play", _N("Actions", "Play forwards"), "L"),
    _a("play.frame_back", "play", _N("Actions", "One frame back"), "Left", line=True),
    _a("play.frame_on", "play", _N("Actions", "One frame on"), "Right"),
    _a("play.second_back", "play", _N("Actions", "One second back"), "Shift+Left"),
    _a("play.second_on", "play", _N("Actions", "One second on"), "Shift+Right"),
    _a("play.previous_cut", "play", _N("Actions", "Previous cut"), "Up"),
    _a("play.next_cut", "play", _N("Actions", "Next cut"), "Down"),
    _a("play.start", "play", _N("Actions", "To the start"), "Home"),
    _a("play.end", "play", _N("Actions", "To the end"), "End"),
    _a(
        "play.loop",
        "play",
        _N("Actions", "Loop the marked range"),
        "Ctrl+L",
        icon="repeat",
        check=True,
        line=True,
    ),
    _a(
        "play.sound",
        "play",
        _N("Actions", "Hear the original sound"),
        "Shift+B",
        icon="volume-high",
        check=True,
    ),
    _a("view.result", "view", _N("Actions", "Result"), "Alt+1"),
    _a("view.source", "view", _N("Actions", "Source"), "Alt+2"),
    _a("view.wipe", "view", _N("Actions", "Split wipe"), "Alt+3"),
    _a("view.side", "view", _N("Actions", "Side by side"), "Alt+6"),
    _a("view.mask", "view", _N("Actions", "Mask view"), "Alt+4"),
    _a("view.difference", "view", _N("Actions", "Difference"), "Alt+5"),
    _a("view.before_after", "view", _N("Actions", "Before / after"), "B", icon="compare", line=True),
    _a("view.take_ab", "view", _N("Actions", "This take / the other take"), "A", icon="compare-horizontal"),
    _a("view.mask_overlay", "view", _N("Actions", "Show the mask"), "M", icon="texture-box", check=True),
    _a(
        "view.mouth", "view", _N("Actions", "Zoom to the mouth"), "Z", icon="magnify-plus-outline", check=True
    ),
    _a("view.zoom_in", "view", _N("Actions", "Zoom in"), "+", "=", icon="plus-box-outline", line=True),
    _a("view.zoom_out", "view", _N("Actions", "Zoom out"), "-", icon="minus-box-outline"),
    _a("view.fit", "view", _N("Actions", "Fit the timeline"), "Shift+Z", icon="fit-to-page-outline"),
    _a("view.fit_selection", "view", _N("Actions", "Fit the selection"), "Alt+Z"),
    _a("view.proxies", "view", _N("Actions", "Play proxies"), "Shift+P", check=True, line=True),
    _a("view.follow", "view", _N("Actions", "Follow the playhead"), check=True),
    _a("view.rythmo", "view", _N("Actions", "Rythmo band"), "Shift+R", check=True),
    _a("view.palette", "view", _N("Actions", "Find an action…"), "Ctrl+Shift+P", icon="magnify", line=True),
    _a("view.full_screen", "view", _N("Actions", "Full screen"), "F11", check=True),
    _a("help.welcome", "help", _N("Actions", "First steps")),
    _a("help.manual", "help", _N("Actions", "Manual"), "F1", icon="book-open-outline"),
    _a("help.shortcuts", "help", _N("Actions", "Shortcuts…"), "Ctrl+F1", icon="keyboard-outline"),
    _a("help.log", "help", _N("Actions", "Log…"), icon="text-box-outline", line=True),
    _a("help.update", "help", _N("Actions", "Look for a newer version…"), icon="cloud-search-outline"),
    _a("help.about", "help", _N("Actions", "About UniSync Studio"), icon="information-outline"),
)

MENU_TITLES: Mapping[Menu, str] = {
    "file": _N("Actions", "&File"),
    "edit": _N("Actions", "&Edit"),
    "segment": _N("Actions", "&Segment"),
    "play": _N("Actions", "&Playback"),
    "view": _N("Actions", "&View"),
    "help": _N("Actions", "&Help"),
}


def translated(text: str) -> str:
    """An action's or menu's text in the user's language."""
    return QCoreApplication.translate("Actions", text)


def conflicts(shortcuts: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Keys that more than one action has: key → action ids."""
    users: dict[str, list[str]] = {}
    for action, keys in shortcuts.items():
        for key in keys:
            normal = QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)
            if normal:
                users.setdefault(normal, []).append(action)
    return {key: tuple(ids) for key, ids in users.items() if len(ids) > 1}


class Actions(QObject):
    """The actions of one window, with the user's shortcuts.

    Signals:
        shortcuts_changed: some action has other keys.
    """

    shortcuts_changed = Signal()

    def __init__(self, options: Options, parent: QObject) -> None:
        super().__init__(parent)
        self._options = options
        self._specs = {spec.id: spec for spec in ACTIONS}
        self._actions: dict[str, QAction] = {}
        for spec in ACTIONS:
            text = translated(spec.text)
            action = QAction(text.format(number=spec.id[-1]) if "{number}" in text else text, parent)
            action.setObjectName(spec.id)
            action.setCheckable(spec.is_checkable)
            self._actions[spec.id] = action
        self._apply_shortcuts()
        self._set_icons()
        theme().changed.connect(self._set_icons)

    def __getitem__(self, action: str) -> QAction:
        return self._actions[action]

    @property
    def all(self) -> Mapping[str, QAction]:
        """Every action by id, in the table's order."""
        return self._actions

    def connect(self, handlers: Mapping[str, Callable[[], object]]) -> None:  # type: ignore[override]  # not a signal's
        """What triggering does; checkable actions are connected through their `toggled` or `triggered` by the caller."""
        for action, handler in handlers.items():
            self._actions[action].triggered.connect(_without_argument(handler))

    def describe(self, button: QWidget, action: str) -> None:
        """Adds the keys of `action` to the tool tip of a button that does the same, and keeps them true."""
        words = button.toolTip()

        def show() -> None:
            keys = self._actions[action].shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            button.setToolTip(f"{words} ({keys})" if keys else words)

        self.shortcuts_changed.connect(show)
        show()

    @property
    def shortcuts(self) -> dict[str, tuple[str, ...]]:
        """The keys in use by action id."""
        kept = self._options.state("shortcuts")
        changed = kept if isinstance(kept, dict) else {}
        result = {}
        for spec in ACTIONS:
            keys = changed.get(spec.id)
            is_valid = isinstance(keys, list) and all(isinstance(key, str) for key in keys)
            result[spec.id] = tuple(keys) if is_valid else spec.shortcuts  # type: ignore[arg-type]
        return result

    def set_shortcuts(self, shortcuts: Mapping[str, tuple[str, ...]]) -> None:
        """Uses other keys; only what differs from the defaults is kept.

        Raises:
            ValueError: two actions would have the same key.
        """
        clash = conflicts(shortcuts)
        if clash:
            raise ValueError(f"the same key twice: {clash}")
        self._options.set_state(
            "shortcuts",
            {id_: list(keys) for id_, keys in shortcuts.items() if keys != self._specs[id_].shortcuts},
        )
        self._apply_shortcuts()
        self.shortcuts_changed.emit()

    def _apply_shortcuts(self) -> None:
        for id_, keys in self.shortcuts.items():
            action = self._actions[id_]
            action.setShortcuts([QKeySequence(key) for key in keys])
            shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{action.text()} ({shown})" if shown else action.text())

    def _set_icons(self) -> None:
        for id_, spec in self._specs.items():
            if spec.icon:
                self._actions[id_].setIcon(icon(spec.icon))


def _without_argument(handler: Callable[[], object]) -> Callable[[bool], None]:
    """`triggered` sends whether the action is checked; most handlers take nothing."""

    def call(_checked: bool = False) -> None:
        handler()

    return call
