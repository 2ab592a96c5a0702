"""The timeline's context menus. Each entry calls the same command as its key."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from core.base.keyframes import Ease
from core.face_geometry.track import PersonId
from core.project import content_edits, key_edits
from core.project.ids import ItemId
from core.project.model import Marker
from core.project.segments import DubSegment
from ui.base.colours import MARKER_COLOURS
from ui.timeline.hit import Hit
from ui.timeline.lane_headers import GAINS
from ui.timeline.lanes import Lane
from ui.timeline.timeline_commands import TimelineCommands

translate = QCoreApplication.translate
DUCKED = (-6.0, -12.0, -18.0, -24.0)  # dB the film's own sound can be lowered by under the dub


def item_menu(parent: QWidget, commands: TimelineCommands, hit: Hit, t: Fraction) -> QMenu:
    """For a right click on the lanes at time `t`."""
    menu = QMenu(parent)
    document = commands.document
    has_selection = bool(document.session.selection)
    segments = document.selected_segments
    if hit.key is not None and isinstance(hit.item, DubSegment):
        _add_key_entries(commands, menu, hit.item, hit.key)
        menu.addSeparator()
    if segments:
        _add(menu, translate("TimelineMenu", "Generate"), commands.generate_requested.emit, "G")
        _add(
            menu,
            translate("TimelineMenu", "Regenerate range…"),
            commands.regenerate_requested.emit,
            "Shift+G",
        )
        best = translate("TimelineMenu", "Best of several takes")
        _add(menu, best, commands.best_requested.emit, "Ctrl+Shift+G")
        menu.addSeparator()
        _add_person_menu(commands, menu, segments)
        _add_take_menu(commands, menu, segments)
        ids = [segment.id for segment in segments]
        _add_flag(
            commands, menu, translate("TimelineMenu", "Keep original lips"), ids, "keep_original", segments
        )
        _add_flag(commands, menu, translate("TimelineMenu", "Muted"), ids, "muted", segments)
        menu.addSeparator()
    if hit.item is not None or has_selection:
        _add(menu, translate("TimelineMenu", "Split at playhead"), commands.split_at_playhead, "S")
        _add(menu, translate("TimelineMenu", "Cut"), commands.cut_selection, "Ctrl+X")
        _add(menu, translate("TimelineMenu", "Copy"), commands.copy_selection, "Ctrl+C")
    paste = _add(menu, translate("TimelineMenu", "Paste here"), lambda: commands.paste_at(t), "Ctrl+V")
    paste.setEnabled(commands.can_paste)
    if has_selection:
        menu.addSeparator()
        _add(menu, translate("TimelineMenu", "Delete"), commands.delete_selection, "Del")
        _add(
            menu,
            translate("TimelineMenu", "Delete and close the gap"),
            commands.ripple_delete_selection,
            "Shift+Del",
        )
        _add(menu, translate("TimelineMenu", "Zoom to selection"), commands.zoom_to_selection, "")
    menu.addSeparator()
    _add(menu, translate("TimelineMenu", "Select all"), commands.select_all, "Ctrl+A")
    _add(menu, translate("TimelineMenu", "Add marker here"), lambda: commands.add_marker(t), "")
    return menu


def _add_key_entries(commands: TimelineCommands, menu: QMenu, segment: DubSegment, t: Fraction) -> None:
    """What can be done to the keyframes under the pointer."""
    apply, time = commands.document.apply, segment.media_time(t)
    remove = translate("TimelineMenu", "Remove keyframes")
    eases: tuple[tuple[str, Ease], ...] = (
        (translate("TimelineMenu", "Linear from here"), "linear"),
        (translate("TimelineMenu", "Smooth from here"), "smooth"),
    )
    for text, ease in eases:
        _add(menu, text, partial(apply, text, key_edits.ease_keys, segment.id, time, ease), "")
    _add(menu, remove, partial(apply, remove, key_edits.delete_keys, segment.id, time), "")


def ruler_menu(parent: QWidget, commands: TimelineCommands, marker: Marker | None, t: Fraction) -> QMenu:
    """For a right click on the ruler, on a marker or beside one."""
    menu = QMenu(parent)
    document = commands.document
    if marker is not None:
        _add(menu, translate("TimelineMenu", "Note…"), lambda: edit_note(parent, commands, marker), "")
        colours = menu.addMenu(translate("TimelineMenu", "Colour"))
        for name, tint in MARKER_COLOURS.items():
            action = colours.addAction(_swatch(tint), _colour_name(name))
            action.triggered.connect(
                lambda _checked=False, name=name: document.apply(
                    translate("TimelineMenu", "Colour marker"),
                    content_edits.set_marker,
                    marker.id,
                    colour=name,
                )
            )
        _add(
            menu,
            translate("TimelineMenu", "Delete marker"),
            lambda: document.apply(
                translate("TimelineMenu", "Delete marker"), content_edits.remove_markers, [marker.id]
            ),
            "",
        )
        menu.addSeparator()
    _add(menu, translate("TimelineMenu", "Add marker here"), lambda: commands.add_marker(t), "")
    _add(
        menu,
        translate("TimelineMenu", "Set in here"),
        lambda: document.apply(translate("TimelineMenu", "Set in"), content_edits.set_in, t),
        "I",
    )
    _add(
        menu,
        translate("TimelineMenu", "Set out here"),
        lambda: document.apply(translate("TimelineMenu", "Set out"), content_edits.set_out, t),
        "O",
    )
    clear = _add(menu, translate("TimelineMenu", "Clear in and out"), commands.clear_in_out, "")
    clear.setEnabled(document.project.in_point is not None or document.project.out_point is not None)
    menu.addSeparator()
    _add(menu, translate("TimelineMenu", "Fit everything"), commands.zoom_to_fit, "")
    return menu


def lane_menu(parent: QWidget, commands: TimelineCommands, lane: Lane) -> QMenu:
    """For a right click on a lane's header."""
    menu = QMenu(parent)
    _add(
        menu,
        translate("TimelineMenu", "Select everything on this lane"),
        lambda: commands.select_lane(lane),
        "",
    )
    menu.addSeparator()
    if lane.kind != "video":
        _add_sound(parent, commands, menu, lane)
        menu.addSeparator()
    _add(menu, translate("TimelineMenu", "Higher lanes"), lambda: commands.change_lane_height(1), "")
    _add(menu, translate("TimelineMenu", "Lower lanes"), lambda: commands.change_lane_height(-1), "")
    _add(menu, translate("TimelineMenu", "Fit the lanes into the view"), commands.fit_lanes, "")
    return menu


def _add_sound(parent: QWidget, commands: TimelineCommands, menu: QMenu, lane: Lane) -> None:
    """Mute, solo, and what a lane's sound is: the same as its header's buttons, and more."""
    document = commands.document
    sound = document.project.lane_sound(lane.id)

    def add(text: str, is_on: bool, **values: object) -> None:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(is_on)
        action.triggered.connect(
            lambda _on=False: document.apply(text, content_edits.set_lane_sound, lane.id, **values)
        )

    add(translate("TimelineMenu", "Mute lane"), sound.muted, muted=not sound.muted)
    add(translate("TimelineMenu", "Solo lane"), sound.solo, solo=not sound.solo)
    _add(menu, translate("TimelineMenu", "Gain…"), lambda: ask_gain(parent, commands, lane), "")
    if lane.kind == "dub":
        is_background = sound.role == "background"
        role = "dub" if is_background else "background"
        add(translate("TimelineMenu", "Background (music and effects)"), is_background, role=role)
    if lane.kind == "original":
        under = menu.addMenu(translate("TimelineMenu", "Under the dub"))
        now = document.project.settings.under_dub_db
        choices: list[tuple[float | None, str]] = [(None, translate("TimelineMenu", "Not heard"))]
        choices += [
            (db, translate("TimelineMenu", "Lowered by {gain} dB").format(gain=f"{-db:g}")) for db in DUCKED
        ]
        choices.append((0.0, translate("TimelineMenu", "As loud as elsewhere")))
        for value, text in choices:
            action = under.addAction(text)
            action.setCheckable(True)
            action.setChecked(value == now)
            action.triggered.connect(
                lambda _on=False, value=value: document.apply(
                    translate("TimelineMenu", "Film's sound under the dub"), content_edits.set_under_dub, value
                )
            )


def ask_gain(parent: QWidget, commands: TimelineCommands, lane: Lane) -> QInputDialog:
    """Asks how much louder a lane is heard."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(translate("TimelineMenu", "Gain of {lane}").format(lane=lane.title))
    dialog.setLabelText(translate("TimelineMenu", "Decibels:"))
    dialog.setInputMode(QInputDialog.InputMode.DoubleInput)
    dialog.setDoubleRange(*GAINS)
    dialog.setDoubleDecimals(1)
    dialog.setDoubleStep(0.5)
    dialog.setDoubleValue(commands.document.project.lane_sound(lane.id).gain_db)
    dialog.doubleValueSelected.connect(
        lambda gain: commands.document.apply(
            translate("TimelineMenu", "Set gain"), content_edits.set_lane_sound, lane.id, gain_db=gain
        )
    )
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog


def edit_note(parent: QWidget, commands: TimelineCommands, marker: Marker) -> None:
    """Asks for a marker's note."""
    note, accepted = QInputDialog.getText(
        parent, translate("TimelineMenu", "Marker"), translate("TimelineMenu", "Note:"), text=marker.note
    )
    if accepted:
        commands.document.apply(
            translate("TimelineMenu", "Marker note"), content_edits.set_marker, marker.id, note=note
        )


def _add_person_menu(commands: TimelineCommands, menu: QMenu, segments: tuple[DubSegment, ...]) -> None:
    people = menu.addMenu(translate("TimelineMenu", "Spoken by"))
    ids = [segment.id for segment in segments]
    shared = {segment.person for segment in segments}
    choices: list[tuple[PersonId | None, str, str]] = [
        (person.id, person.name, person.colour) for person in commands.document.project.people
    ]
    choices.append((None, translate("TimelineMenu", "Nobody yet"), "#707785"))
    for person, name, tint in choices:
        action = people.addAction(_swatch(tint), name)
        action.setCheckable(True)
        action.setChecked(shared == {person})
        action.triggered.connect(
            lambda _checked=False, person=person: commands.document.apply(
                translate("TimelineMenu", "Assign person"), content_edits.assign_person, ids, person
            )
        )


def _add_take_menu(commands: TimelineCommands, menu: QMenu, segments: tuple[DubSegment, ...]) -> None:
    if len(segments) != 1 or not segments[0].takes:
        return
    segment = segments[0]
    takes = menu.addMenu(translate("TimelineMenu", "Take"))
    for take in segment.takes:
        score = (
            f"{take.mean_sync:.2f}" if take.mean_sync is not None else translate("TimelineMenu", "not scored")
        )
        action = takes.addAction(f"{take.number}   {take.engine}   {score}")
        action.setCheckable(True)
        action.setChecked(take.id == segment.chosen)
        action.triggered.connect(
            lambda _checked=False, take=take.id: commands.document.apply(
                translate("TimelineMenu", "Choose take"), content_edits.choose_take_in_marks, segment.id, take
            )
        )
    chosen = segment.chosen
    if chosen is not None:
        takes.addSeparator()
        label = translate("TimelineMenu", "Remove this take")
        _add(
            takes,
            label,
            lambda: commands.document.apply(label, content_edits.remove_take, segment.id, chosen),
            "",
        )


def _add_flag(
    commands: TimelineCommands,
    menu: QMenu,
    text: str,
    ids: list[ItemId],
    field: str,
    segments: tuple[DubSegment, ...],
) -> None:
    action = menu.addAction(text)
    action.setCheckable(True)
    action.setChecked(all(getattr(segment, field) for segment in segments))
    action.triggered.connect(
        lambda checked: commands.document.apply(text, content_edits.set_segments, ids, **{field: checked})
    )


def _add(menu: QMenu, text: str, slot: Callable[[], object], key: str) -> QAction:
    action = menu.addAction(f"{text}\t{key}" if key else text)
    action.triggered.connect(lambda _checked=False: slot())
    return action


def _swatch(tint: str) -> QIcon:
    pixmap = QPixmap(14, 14)
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(tint))
    painter.setPen(QColor(0, 0, 0, 0))
    painter.drawEllipse(1, 1, 12, 12)
    painter.end()
    return QIcon(pixmap)


def _colour_name(name: str) -> str:
    return {
        "red": translate("TimelineMenu", "Red"),
        "orange": translate("TimelineMenu", "Orange"),
        "yellow": translate("TimelineMenu", "Yellow"),
        "green": translate("TimelineMenu", "Green"),
        "blue": translate("TimelineMenu", "Blue"),
        "purple": translate("TimelineMenu", "Purple"),
        "grey": translate("TimelineMenu", "Grey"),
    }[name]
