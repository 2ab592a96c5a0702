"""How an item is heard: its gain and its fades."""

from fractions import Fraction

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from core.base.settings import Setting
from core.project import content_edits
from core.project.ids import VIDEO_LANE
from core.project.model import Clip, TimelineItem
from core.project.parameters import Parameter
from ui.base.words import QT_TRANSLATE_NOOP
from ui.inspector.controls import ParameterRow, shrink
from ui.inspector.sections import Page
from ui.state.document import Document

_N = QT_TRANSLATE_NOOP
LONGEST_FADE = 10.0  # seconds a slider goes to


def _sound_parameter(setting: Setting) -> Parameter:
    return Parameter(**{name: getattr(setting, name) for name in Setting.__dataclass_fields__})


SOUND = (
    _sound_parameter(
        Setting(
            "slider", 0.0, _N("Parameters", "Gain"), _N("Parameters", "How much louder or quieter it is heard."),
            unit="dB", minimum=-48.0, maximum=24.0, step=0.5, decimals=1, name="gain_db",
        )
    ),
    _sound_parameter(
        Setting(
            "slider", 0.0, _N("Parameters", "Fade in"), _N("Parameters", "How long the sound takes to come."),
            unit="s", minimum=0.0, maximum=LONGEST_FADE, step=0.05, decimals=2, name="fade_in",
        )
    ),
    _sound_parameter(
        Setting(
            "slider", 0.0, _N("Parameters", "Fade out"), _N("Parameters", "How long the sound takes to go."),
            unit="s", minimum=0.0, maximum=LONGEST_FADE, step=0.05, decimals=2, name="fade_out",
        )
    ),
)  # fmt: skip


class SoundRows(QWidget):
    """Gain and fades of some items, as rows.

    Signals:
        edited: something was changed here.
    """

    edited = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._items: tuple[TimelineItem, ...] = ()
        self.rows = {each.name: ParameterRow(each) for each in SOUND}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for row in self.rows.values():
            row.edited.connect(self._on_edited)
            row.settled.connect(document.end_merging)
            column.addWidget(row)

    def show_items(self, items: "tuple[TimelineItem, ...]") -> None:
        """Shows how they are heard; changes go to all of them."""
        self._items = items
        for name, row in self.rows.items():
            values = [float(getattr(item, name)) for item in items]
            row.show_value(values[0], mixed=any(value != values[0] for value in values))

    def _on_edited(self, name: str, value: object) -> None:
        assert isinstance(value, int | float)
        exact = float(value) if name == "gain_db" else Fraction(str(round(value, 2)))
        ids = [item.id for item in self._items]
        label = self.tr("Set {name}").format(name=QCoreApplication.translate("Parameters", self.rows[name].parameter.title))
        key = f"{name}:{','.join(ids)}"
        self._document.apply_merged(key, label, content_edits.set_sound, ids, **{name: exact})
        self.edited.emit()


class AudioPage(Page):
    """The inspector's page on sound: of segments, of a film, of a dub, or of music and effects."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._clips: tuple[Clip, ...] = ()
        self.rows = SoundRows(document)
        self._role_label = QLabel(self.tr("Its lane is"))
        self.role = QComboBox()
        self.role.setAccessibleName(self.tr("Its lane is"))
        self.role.addItem(self.tr("Dub: segments are made from it"), "dub")
        self.role.addItem(self.tr("Background: music and effects, always heard"), "background")
        self.role.activated.connect(self._on_role)
        shrink(self.role)
        self._under_label = QLabel(self.tr("Film's sound under the dub"))
        self.under = QComboBox()
        self.under.setAccessibleName(self.tr("Film's sound under the dub"))
        self.under.addItem(self.tr("Not heard"), None)
        for gain in (-6.0, -12.0, -18.0, -24.0):
            self.under.addItem(self.tr("Lowered by {gain} dB").format(gain=f"{-gain:g}"), gain)
        self.under.addItem(self.tr("As loud as elsewhere"), 0.0)
        self.under.activated.connect(self._on_under)
        shrink(self.under)
        for widget in (self.rows, self._role_label, self.role, self._under_label, self.under):
            self.column.addWidget(widget)
        self.column.addStretch(1)

    def show_items(self, items: tuple[TimelineItem, ...]) -> None:
        """Shows how these are heard: segments or clips."""
        clips = self._clips = tuple(item for item in items if isinstance(item, Clip))
        project = self._document.project
        self.rows.show_items(items)
        is_film = bool(clips) and all(clip.lane == VIDEO_LANE for clip in clips)
        is_sound = bool(clips) and all(clip.lane != VIDEO_LANE for clip in clips)
        roles = {project.lane_sound(clip.lane).role for clip in clips}
        for widget in (self._role_label, self.role):
            widget.setVisible(is_sound)
        for widget in (self._under_label, self.under):
            widget.setVisible(is_film)
        self.role.setCurrentIndex(self.role.findData(roles.pop()) if len(roles) == 1 else -1)
        self.under.setCurrentIndex(_index_of(self.under, project.settings.under_dub_db))

    def _on_role(self, _index: int) -> None:
        lanes = sorted({clip.lane for clip in self._clips})
        with self._document.group(self.tr("Set what a lane is")):
            for lane in lanes:
                self._document.apply(
                    self.tr("Set what a lane is"), content_edits.set_lane_sound, lane, role=self.role.currentData()
                )

    def _on_under(self, _index: int) -> None:
        self._document.apply(
            self.tr("Film's sound under the dub"), content_edits.set_under_dub, self.under.currentData()
        )


def _index_of(choice: QComboBox, value: float | None) -> int:
    """Where a value stands; a project file may hold one that is not offered, which is then the nearest."""
    if value is None:
        return 0
    rest = range(1, choice.count())
    return min(rest, key=lambda index: abs(choice.itemData(index) - value))
