"""What the window is looking at: playhead, selection, view. Not part of the project, never undone, one writer thread."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Literal

from PySide6.QtCore import QObject, Signal

from core.face_geometry.track import PersonId
from core.project.ids import ItemId, TakeId

ViewMode = Literal["result", "source", "wipe", "side", "mask", "difference"]
ViewerTool = Literal["view", "mouth", "face", "pin", "include", "exclude", "erase"]
VIEWER_TOOLS: tuple[ViewerTool, ...] = ("view", "mouth", "face", "pin", "include", "exclude", "erase")
VIEW_MODES: tuple[ViewMode, ...] = ("result", "source", "wipe", "side", "mask", "difference")


class Session(QObject):
    """The state the views share.

    Signals:
        playhead_moved: (Fraction) timeline seconds; also while playing.
        selection_changed: (frozenset[ItemId]).
        person_changed: (PersonId | None) the picked person.
        view_mode_changed: (ViewMode).
        mask_shown_changed: (bool) the mask overlay.
        mouth_zoom_changed: (bool).
        loop_changed: (bool) playback repeats the in/out range.
        playing_changed: (bool) set by the viewer only.
        proxies_used_changed: (bool) films are played from their light copies where there are any.
        sound_changed: (str) "dub" or "original": which side of A/B is heard.
        viewer_tool_changed: (ViewerTool) what the mouse does in the picture.
        rivals_changed: other takes are compared with the shown ones, or seen instead of them.
        brush_changed: the brush has another width or softness.
        time_hovered: (Fraction | None) the pointer's time in timeline or graph, for linked cursors.
    """

    playhead_moved = Signal(object)
    selection_changed = Signal(object)
    person_changed = Signal(object)
    view_mode_changed = Signal(str)
    mask_shown_changed = Signal(bool)
    mouth_zoom_changed = Signal(bool)
    loop_changed = Signal(bool)
    playing_changed = Signal(bool)
    sound_changed = Signal(str)
    proxies_used_changed = Signal(bool)
    viewer_tool_changed = Signal(str)
    rivals_changed = Signal()
    brush_changed = Signal()
    time_hovered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._playhead = Fraction(0)
        self._selection: frozenset[ItemId] = frozenset()
        self._person: PersonId | None = None
        self._view_mode: ViewMode = "result"
        self._is_mask_shown = False
        self._is_mouth_zoomed = False
        self._is_looping = False
        self._is_playing = False
        self._sound = "dub"
        self._uses_proxies = True
        self._viewer_tool: ViewerTool = "view"
        self._rivals: dict[ItemId, TakeId] = {}
        self._is_rival_shown = False
        self._brush_width = 0.25
        self._brush_softness = 0.5

    @property
    def playhead(self) -> Fraction:
        """Timeline seconds."""
        return self._playhead

    def set_playhead(self, t: Fraction) -> None:
        """Moves the playhead; times before 0 become 0. Callers snap to frames where they want frames."""
        t = max(t, Fraction(0))
        if t != self._playhead:
            self._playhead = t
            self.playhead_moved.emit(t)

    @property
    def selection(self) -> frozenset[ItemId]:
        """Ids of the selected clips and segments."""
        return self._selection

    def select(self, items: Iterable[ItemId]) -> None:
        """Selects exactly `items`."""
        selection = frozenset(items)
        if selection != self._selection:
            self._selection = selection
            self.selection_changed.emit(selection)

    @property
    def person(self) -> PersonId | None:
        """The picked person."""
        return self._person

    def set_person(self, person: PersonId | None) -> None:
        """Picks a person, or none."""
        if person != self._person:
            self._person = person
            self.person_changed.emit(person)

    @property
    def view_mode(self) -> ViewMode:
        """What the viewer shows."""
        return self._view_mode

    def set_view_mode(self, mode: ViewMode) -> None:
        """Chooses what the viewer shows."""
        if mode != self._view_mode:
            self._view_mode = mode
            self.view_mode_changed.emit(mode)

    @property
    def is_mask_shown(self) -> bool:
        """Whether the mask is laid over the picture."""
        return self._is_mask_shown

    def set_mask_shown(self, shown: bool) -> None:
        """Shows or hides the mask over the picture."""
        if shown != self._is_mask_shown:
            self._is_mask_shown = shown
            self.mask_shown_changed.emit(shown)

    @property
    def is_mouth_zoomed(self) -> bool:
        """Whether the viewer follows the picked person's mouth."""
        return self._is_mouth_zoomed

    def set_mouth_zoomed(self, zoomed: bool) -> None:
        """Zooms to the mouth or back."""
        if zoomed != self._is_mouth_zoomed:
            self._is_mouth_zoomed = zoomed
            self.mouth_zoom_changed.emit(zoomed)

    @property
    def is_looping(self) -> bool:
        """Whether playback repeats the in/out range."""
        return self._is_looping

    def set_looping(self, looping: bool) -> None:
        """Turns looping on or off."""
        if looping != self._is_looping:
            self._is_looping = looping
            self.loop_changed.emit(looping)

    @property
    def is_playing(self) -> bool:
        """Whether the viewer plays."""
        return self._is_playing

    def set_playing(self, playing: bool) -> None:
        """Told by the viewer when playback starts and stops."""
        if playing != self._is_playing:
            self._is_playing = playing
            self.playing_changed.emit(playing)

    @property
    def sound(self) -> str:
        """Which sound is heard: "dub" or "original"."""
        return self._sound

    def set_sound(self, sound: Literal["dub", "original"]) -> None:
        """Chooses the side of A/B."""
        if sound != self._sound:
            self._sound = sound
            self.sound_changed.emit(sound)

    @property
    def uses_proxies(self) -> bool:
        """Whether films are played from their light copies where there are any."""
        return self._uses_proxies

    def set_proxies_used(self, used: bool) -> None:
        """Chooses between light copies and the films themselves."""
        if used != self._uses_proxies:
            self._uses_proxies = used
            self.proxies_used_changed.emit(used)

    @property
    def viewer_tool(self) -> ViewerTool:
        """What the mouse does in the picture."""
        return self._viewer_tool

    def set_viewer_tool(self, tool: ViewerTool) -> None:
        """Chooses what the mouse does in the picture."""
        if tool != self._viewer_tool:
            self._viewer_tool = tool
            self.viewer_tool_changed.emit(tool)

    @property
    def brush_width(self) -> float:
        """Of the brush in the picture, in mouth widths."""
        return self._brush_width

    @property
    def brush_softness(self) -> float:
        """Share of the brush's radius over which its edge runs out."""
        return self._brush_softness

    def set_brush(self, *, width: float | None = None, softness: float | None = None) -> None:
        """Another brush."""
        self._brush_width = width if width is not None else self._brush_width
        self._brush_softness = min(max(softness, 0.0), 1.0) if softness is not None else self._brush_softness
        self.brush_changed.emit()

    @property
    def rivals(self) -> Mapping[ItemId, TakeId]:
        """For segments the take that is compared with what is shown."""
        return dict(self._rivals)

    def set_rival(self, segment: ItemId, take: TakeId | None) -> None:
        """Compares a take with what is shown of a segment, or nothing."""
        if self._rivals.get(segment) != take:
            self._rivals.pop(segment, None)
            if take is not None:
                self._rivals[segment] = take
            self.rivals_changed.emit()

    @property
    def is_rival_shown(self) -> bool:
        """Whether the compared takes are seen instead of the chosen ones; the project stays as it is."""
        return self._is_rival_shown

    def set_rival_shown(self, shown: bool) -> None:
        """Looks at the compared takes, or at the chosen ones again."""
        if shown != self._is_rival_shown:
            self._is_rival_shown = shown
            self.rivals_changed.emit()

    def forget_rivals(self) -> None:
        """Compares nothing any more."""
        self._rivals.clear()
        self._is_rival_shown = False
        self.rivals_changed.emit()
