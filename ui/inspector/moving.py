"""Keyframes from the inspector: the diamond beside a setting, what it shows at the playhead, and its menu."""

from fractions import Fraction

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from core.base.keyframes import Curve, Ease, curve_of
from core.project import key_edits
from core.project.ids import ItemId
from core.project.parameters import MOVABLE
from core.project.segments import DubSegment
from ui.base.theme import theme
from ui.state.document import Document

KEY_WIDTH = 20


class KeyButton(QToolButton):
    """A diamond: filled on a keyframe, outlined and coloured where the setting moves, pale where it does not."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(KEY_WIDTH)
        self._look = ("", "")
        self.show_state(moves=False, on_key=False)

    def show_state(self, *, moves: bool, on_key: bool) -> None:
        """Shows whether the setting moves and whether the playhead stands on a keyframe."""
        sign = "◆" if on_key else "◇"
        tint = theme().colours.accent if moves else theme().colours.faint_text
        if (sign, tint) != self._look:
            self._look = (sign, tint)
            self.setText(sign)
            self.setStyleSheet(f"color: {tint}; padding: 0;")
        self.setToolTip(
            self.tr("Remove the keyframe at the playhead. Right-click for more.")
            if on_key
            else self.tr("Set a keyframe at the playhead. Right-click for more.")
        )


class MovingSettings(QObject):
    """What the inspector's rows ask about settings that may move, and do to them."""

    def __init__(self, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._copied: tuple[Curve, ...] = ()

    def moves(self, segments: tuple[DubSegment, ...], name: str) -> bool:
        """Whether a setting has keyframes in any of the segments."""
        return any(curve_of(segment.curves, name) is not None for segment in segments)

    def is_on_key(self, segments: tuple[DubSegment, ...], name: str) -> bool:
        """Whether the playhead stands on a keyframe of the setting."""
        t, project = self._document.session.playhead, self._document.project
        return any(
            t in segment.range and key_edits.key_at(project, segment, name, t) is not None for segment in segments
        )

    def value(self, segment: DubSegment, name: str) -> float:
        """What the setting is at the playhead, or at the segment's nearer end."""
        return key_edits.setting_at(segment, name, self._here(segment))

    def set_value(self, segments: tuple[DubSegment, ...], name: str, value: float, label: str) -> None:
        """A moving setting was changed by hand: a keyframe at the playhead has this value."""
        ids = [segment.id for segment in segments]
        t = self._document.session.playhead
        key = f"key {name}:{t}:{','.join(ids)}"
        self._document.apply_merged(key, label, key_edits.set_key, ids, name, t, value)

    def toggle(self, segments: tuple[DubSegment, ...], name: str) -> None:
        """Sets a keyframe at the playhead, or removes the one that is there."""
        t = self._document.session.playhead
        ids = [segment.id for segment in segments]
        if self.is_on_key(segments, name):
            self._document.apply(self.tr("Remove keyframe"), key_edits.remove_key, ids, name, t)
        else:
            value = self.value(segments[0], name)
            self._document.apply(self.tr("Set keyframe"), key_edits.set_key, ids, name, t, value)

    def menu(self, segments: tuple[DubSegment, ...], name: str, parent: QWidget) -> QMenu:
        """What else can be done to a setting's keyframes."""
        menu = QMenu(parent)
        moves, on_key = self.moves(segments, name), self.is_on_key(segments, name)
        ids = [segment.id for segment in segments]
        before, after = self._neighbours(segments, name)
        for text, t in ((self.tr("Previous keyframe"), before), (self.tr("Next keyframe"), after)):
            entry = menu.addAction(text)
            entry.setEnabled(t is not None)
            if t is not None:
                entry.triggered.connect(lambda _=False, t=t: self._document.session.set_playhead(t))
        menu.addSeparator()
        for text, ease in ((self.tr("Linear from here"), "linear"), (self.tr("Smooth from here"), "smooth")):
            entry = menu.addAction(text)
            entry.setEnabled(on_key)
            entry.triggered.connect(lambda _=False, ease=ease: self._ease(ids, name, ease))
        menu.addSeparator()
        copy = menu.addAction(self.tr("Copy keyframes"))
        copy.setEnabled(moves and len(segments) == 1)
        copy.triggered.connect(lambda: self._copy(segments[0], name))
        everything = menu.addAction(self.tr("Copy keyframes of all settings"))
        everything.setEnabled(len(segments) == 1 and bool(segments[0].curves))
        everything.triggered.connect(lambda: self._copy(segments[0], None))
        paste = menu.addAction(self.tr("Paste keyframes"))
        paste.setEnabled(bool(self._copied))
        paste.triggered.connect(
            lambda: self._document.apply(
                self.tr("Paste keyframes"), key_edits.paste_keys, ids, self._copied
            )
        )
        menu.addSeparator()
        clear = menu.addAction(self.tr("Remove all keyframes of this setting"))
        clear.setEnabled(moves)
        clear.triggered.connect(
            lambda: self._document.apply(
                self.tr("Remove keyframes"), key_edits.clear_keys, ids, name, self._document.session.playhead
            )
        )
        return menu

    def show_menu(self, segments: tuple[DubSegment, ...], name: str, at: QPoint, parent: QWidget) -> None:
        """Shows `menu` at a place of the screen."""
        menu = self.menu(segments, name, parent)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _ease(self, ids: list[ItemId], name: str, ease: Ease) -> None:
        t = self._document.session.playhead
        segment = self._document.segment(ids[0])
        if segment is not None:
            value = self.value(segment, name)
            label = self.tr("Smooth keyframe") if ease == "smooth" else self.tr("Linear keyframe")
            self._document.apply(label, key_edits.set_key, ids, name, t, value, ease)

    def _copy(self, segment: DubSegment, name: str | None) -> None:
        self._copied = key_edits.copied_keys(segment, name)

    def _here(self, segment: DubSegment) -> Fraction:
        span = segment.range
        return min(max(self._document.session.playhead, span.start), span.end)

    def _neighbours(
        self, segments: tuple[DubSegment, ...], name: str
    ) -> tuple[Fraction | None, Fraction | None]:
        """The keyframes of a setting before and after the playhead, on the timeline."""
        sequence, here = self._document.project.sequence, self._document.session.playhead
        times = [
            sequence.snap(segment.timeline_time(key.time))
            for segment in segments
            for curve in segment.curves
            if curve.setting == name
            for key in curve.keys
        ]
        before, after = [t for t in times if t < here], [t for t in times if t > here]
        return max(before, default=None), min(after, default=None)


def can_move(name: str) -> bool:
    """Whether a setting may have keyframes."""
    return name in MOVABLE
