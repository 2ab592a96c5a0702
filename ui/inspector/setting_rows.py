"""The rows of all settings of one kind, of the segments that are worked on."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QVBoxLayout

from core.project import content_edits
from core.project.parameters import PARAMETERS, Group
from core.project.segments import DubSegment
from ui.inspector.controls import ParameterRow
from ui.inspector.moving import MovingSettings, can_move
from ui.inspector.sharing import Sharing
from ui.state.document import Document

Write = Callable[[str, object, str], None]  # a setting's name, its value, and what the step is called


class SettingRows(QObject):
    """One row a setting, with its keyframes and its menu."""

    def __init__(
        self,
        group: Group,
        document: Document,
        moving: MovingSettings,
        sharing: Sharing,
        parent: QObject,
        write: Write | None = None,
    ) -> None:
        super().__init__(parent)
        self._group, self._document, self._moving, self._sharing = group, document, moving, sharing
        self._write = write or self.write
        self.rows = {each.name: self._row(ParameterRow(each)) for each in PARAMETERS if each.group == group}

    def add_to(self, column: QVBoxLayout) -> None:
        """Puts the rows below what is there."""
        for row in self.rows.values():
            column.addWidget(row)

    def show_values(self, segments: tuple[DubSegment, ...]) -> None:
        """Shows what the segments' settings are at the playhead."""
        for name, row in self.rows.items():
            if can_move(name):
                values: list[object] = [self._moving.value(each, name) for each in segments]
                moves = self._moving.moves(segments, name)
                row.show_keys(moves=moves, on_key=self._moving.is_on_key(segments, name))
            else:
                values = [getattr(each.lips if self._group == "lips" else each.blend, name) for each in segments]
            row.show_value(values[0], mixed=any(value != values[0] for value in values))

    def write(self, name: str, value: object, label: str) -> None:
        """Sets a setting of the segments that are worked on: at the playhead where it moves."""
        segments = self._document.worked_segments
        still = [segment.id for segment in segments if not self._moving.moves((segment,), name)]
        moving = tuple(segment for segment in segments if segment.id not in still)
        if moving and isinstance(value, int | float):
            self._moving.set_value(moving, name, float(value), label)
        if still:
            edit = content_edits.set_lips if self._group == "lips" else content_edits.set_blend
            self._document.apply_merged(f"{name}:{','.join(still)}", label, edit, still, **{name: value})

    def _row(self, row: ParameterRow) -> ParameterRow:
        name = row.parameter.name
        row.edited.connect(self._on_edited)
        row.settled.connect(self._document.end_merging)
        row.key_clicked.connect(lambda name: self._moving.toggle(self._document.worked_segments, name))
        row.key_menu_asked.connect(
            lambda name, at: self._moving.show_menu(self._document.worked_segments, name, at, row)
        )
        row.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        row.customContextMenuRequested.connect(
            lambda at: self._sharing.show_menu((name,), row.mapToGlobal(at), row)
        )
        return row

    def _on_edited(self, name: str, value: object) -> None:
        self._write(name, value, self.tr("Set {name}").format(name=self.rows[name].parameter.title))
