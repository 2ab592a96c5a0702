"""All known curves of a project laid onto the timeline, so that scrolling only cuts pieces out of them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from core.face_geometry.track import PersonId
from core.project.ids import ItemId, TakeId
from core.project.model import Project
from core.project.segments import DubSegment
from ui.state.library import CurveKey, Library, SyncCurve
from ui.sync_graph.curve_lines import CurveLine, between, joined, on_timeline


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """The lines of a project on the timeline's clock: film, film with the dub, each person's result, other takes."""

    source: CurveLine
    dub: CurveLine
    chosen: dict[PersonId | None, CurveLine]
    others: dict[TakeId, CurveLine]

    def between(self, low: float, high: float) -> "Gathered":
        """The same, cut to a stretch of time."""
        return Gathered(
            between(self.source, low, high),
            between(self.dub, low, high),
            {person: between(line, low, high) for person, line in self.chosen.items()},
            {take: between(line, low, high) for take, line in self.others.items()},
        )


class CurveGatherer:
    """Lines of one project state; made anew when its layout, takes or curves change."""

    def __init__(self, project: Project) -> None:
        self._clips = project.video_clips
        self._segments = project.segments
        self._clip_starts = np.array([float(clip.range.start) for clip in self._clips])
        self._clip_ends = np.array([float(clip.range.end) for clip in self._clips])
        self._starts = np.array([float(segment.range.start) for segment in self._segments])
        self._ends = np.array([float(segment.range.end) for segment in self._segments])

    def keys_in_view(
        self, low: float, high: float, selected: Collection[ItemId], most: int
    ) -> list[CurveKey]:
        """The curves that belong to what lies between two times; without segments when there are more than `most`."""
        films = {self._clips[number].media for number in self._clips_between(low, high)}
        keys = [CurveKey("source", film) for film in films]
        visible = np.flatnonzero((self._starts < high) & (self._ends > low))
        if len(visible) <= most:
            for number in visible.tolist():
                keys.extend(
                    _keys_of(self._segments[number], is_selected=self._segments[number].id in selected)
                )
        return keys

    def gather(
        self, library: Library, known: Collection[CurveKey], selected: Collection[ItemId]
    ) -> Gathered:
        """Everything over the whole timeline."""
        source: list[CurveLine] = []
        dub: list[CurveLine] = []
        chosen: dict[PersonId | None, list[CurveLine]] = {}
        others: dict[TakeId, list[CurveLine]] = {}
        for clip in self._clips:
            source.extend(
                on_timeline(curve, clip)
                for curve in _curves(library, known, [CurveKey("source", clip.media)])
            )
        for number, segment in enumerate(self._segments):
            low, high = float(self._starts[number]), float(self._ends[number])
            for key in _keys_of(segment, is_selected=segment.id in selected):
                for curve in _curves(library, known, [key]):
                    lines = [
                        on_timeline(curve, self._clips[place], low, high)
                        for place in self._clips_between(low, high)
                    ]
                    if key.kind == "dub":
                        dub.extend(lines)
                    elif key.of == segment.chosen:
                        chosen.setdefault(segment.person, []).extend(lines)
                    else:
                        others.setdefault(TakeId(key.of), []).extend(lines)
        return Gathered(
            joined(source),
            joined(dub),
            {person: joined(each) for person, each in chosen.items()},
            {take: joined(each) for take, each in others.items()},
        )

    def _clips_between(self, low: float, high: float) -> range:
        first = int(np.searchsorted(self._clip_ends, low, side="right"))
        return range(first, max(first, int(np.searchsorted(self._clip_starts, high))))


def _keys_of(segment: DubSegment, *, is_selected: bool) -> list[CurveKey]:
    keys = [CurveKey("dub", segment.id)]
    keys.extend(
        CurveKey("take", take.id) for take in segment.takes if is_selected or take.id == segment.chosen
    )
    return keys


def _curves(library: Library, known: Collection[CurveKey], keys: Iterable[CurveKey]) -> list[SyncCurve]:
    """Those of `keys` that are known already; nothing is asked for."""
    found = (library.curve(key) for key in keys if key in known)
    return [curve for curve in found if curve is not None]
