"""The inspector's page on how new lips are laid into the picture: of a segment, of all of a person, or of the project."""

from typing import Literal

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from core.face_geometry.track import PersonId
from core.project import default_edits
from core.project.segments import DubSegment
from ui.inspector.controls import shrink
from ui.inspector.moving import MovingSettings
from ui.inspector.sections import Page, labelled
from ui.inspector.setting_rows import SettingRows
from ui.inspector.sharing import Sharing
from ui.state.document import Document

Scope = Literal["segment", "person", "project"]


class BlendPage(Page):
    """The blend settings, and for whom a change is.

    Signals:
        moved: a setting was changed by hand: the mask may be shown for a moment.
    """

    moved = Signal()

    def __init__(
        self, document: Document, moving: MovingSettings, sharing: Sharing, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._segments: tuple[DubSegment, ...] = ()
        self._person: PersonId | None = None
        self.scope = QComboBox()
        self.scope.setAccessibleName(self.tr("Changes are for"))
        for scope in ("segment", "person", "project"):
            self.scope.addItem("", scope)
        self.scope.activated.connect(self._show)
        shrink(self.scope)
        self.note = QLabel()
        self.note.setProperty("role", "faint")
        self.note.setWordWrap(True)
        self.settings = SettingRows("blend", document, moving, sharing, self, self._write)
        self.column.addWidget(labelled(self.tr("Changes are for"), self.scope, sharing.button("blend"), is_short=True))
        self.column.addWidget(self.note)
        self.settings.add_to(self.column)
        self.column.addStretch(1)

    def show_segments(self, segments: tuple[DubSegment, ...]) -> None:
        """Shows how the lips of these segments are laid in; with none of them, what a person or the project has."""
        self._segments = segments
        people = {segment.person for segment in segments} if segments else {self._document.session.person}
        self._person = people.pop() if len(people) == 1 else None
        self._show()

    def show_values(self) -> None:
        """Shows the settings again: the playhead may stand elsewhere."""
        if self._chosen == "segment":
            if self._segments:
                self.settings.show_values(self._segments)
            return
        person = self._meant_person
        meant = default_edits.meant_segments(self._document.project, person)
        begun = default_edits.defaults_for(self._document.project, person).blend
        here = self._segments[0] if self._segments else None
        for name, row in self.settings.rows.items():
            still = [each for each in meant if all(curve.setting != name for curve in each.curves)]
            values = [getattr(each.blend, name) for each in still] or [getattr(begun, name)]
            shown = getattr(here.blend, name) if here in still else values[0]
            row.show_keys(moves=len(still) < len(meant), on_key=False)
            row.show_value(shown, mixed=any(value != values[0] for value in values))

    @property
    def _chosen(self) -> Scope:
        chosen: Scope = self.scope.currentData()
        return chosen

    @property
    def _meant_person(self) -> PersonId | None:
        """Whose settings change; None for the project's."""
        return self._person if self._chosen == "person" else None

    def _show(self, _index: int = 0) -> None:
        self._name_scopes()
        is_wide = self._chosen != "segment"
        for row in self.settings.rows.values():
            row.setEnabled(is_wide or bool(self._segments))
            row.let_keys(possible=not is_wide)
        self.note.setText(self._told())
        self.note.setVisible(bool(self.note.text()))
        self.show_values()

    def _name_scopes(self) -> None:
        person = self._document.project.person(self._person) if self._person is not None else None
        count = len(self._segments)
        texts = (
            self.tr("{count} segments").format(count=count) if count > 1 else self.tr("This segment"),
            self.tr("All of {name}").format(name=person.name) if person is not None else self.tr("One person"),
            self.tr("The whole project"),
        )
        rows = self.scope.model()
        assert isinstance(rows, QStandardItemModel)
        with QSignalBlocker(self.scope):
            for index, text in enumerate(texts):
                self.scope.setItemText(index, text)
            rows.item(1).setEnabled(person is not None)
            if person is None and self._chosen == "person":
                self.scope.setCurrentIndex(0)  # narrower than what was asked for, never wider

    def _told(self) -> str:
        if self._chosen == "segment":
            if self._segments:
                return ""
            return self.tr("No segment is selected, and none is under the playhead. A person or the project can be set all the same.")
        project = self._document.project
        meant = default_edits.meant_segments(project, self._meant_person)
        told = self.tr("Segments that change: {count}. New ones begin this way.").format(count=len(meant))
        moving = sum(any(curve.setting in self.settings.rows for curve in each.curves) for each in meant)
        return f"{told} {self.tr('Keyframes stay as they are.')}" if moving else told

    def _write(self, name: str, value: object, label: str) -> None:
        if self._chosen == "segment":
            self.settings.write(name, value, label)
        else:
            person = self._meant_person
            key = f"{name}:{self._chosen}:{person}"
            self._document.apply_merged(key, label, default_edits.blend_for_all, person, **{name: value})
        self.moved.emit()
