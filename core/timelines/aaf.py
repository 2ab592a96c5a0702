"""AAF files of Avid and others by OpenTimelineIO's adapter. Runs in the confined process only.

The adapter hangs markers on the clips below them, counted as the clips count, and passes over whether the timecode drops numbers.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aaf2
import opentimelineio as otio
from aaf2.components import Timecode


def read(path: Path) -> Any:
    """The OpenTimelineIO object of a file; what it lacks is put where `core.timelines.foreign` looks for it."""
    found = otio.adapters.read_from_file(str(path), adapter_name="AAF")
    drops = _dropping(path)
    for timeline in _timelines(found):
        timeline.metadata["unisync"] = {"drop_frame": drops}
        for track in timeline.tracks:
            _lift_markers(track, timeline.tracks)
    return found


def _timelines(found: Any) -> Iterator[Any]:
    if isinstance(found, otio.schema.Timeline):
        yield found
    elif isinstance(found, otio.schema.SerializableCollection):
        for each in found:
            yield from _timelines(each)


def _lift_markers(item: Any, stack: Any) -> None:
    if isinstance(item, otio.schema.Transition):
        return
    for marker in item.markers:
        span = marker.marked_range
        at = item.transformed_time(span.start_time, stack)
        stack.markers.append(otio.schema.Marker(marker.name, otio.opentime.TimeRange(at, span.duration), marker.color))
    for child in item if isinstance(item, otio.core.Composition) else ():
        _lift_markers(child, stack)


def _dropping(path: Path) -> bool | None:
    """What the first composition's own timecode says; None where it has none."""
    with aaf2.open(str(path)) as file:
        for mob in file.content.toplevel():
            for slot in mob.slots:
                parts = slot.segment.components if hasattr(slot.segment, "components") else [slot.segment]
                for part in parts:
                    if isinstance(part, Timecode):
                        return bool(part.drop)
    return None
