"""Gains and fades of what is heard, as other programs' timelines hold them, and what of the sound they cannot hold."""

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from core.project.ids import LaneId
from core.project.model import Project
from core.project.sound import SoundStretch, sound_plan

LOUDEST = 3.98107  # of Final Cut's level: +12 dB
NAME = "Audio Levels"


def level_points(stretch: SoundStretch, fps: float) -> list[tuple[int, float]]:
    """(frame of the stretch, factor) of every change of its level, one point where nothing changes; gain and fades together."""
    gain = 10 ** (stretch.gain_db / 20)
    if not stretch.levels:
        return [(0, gain)]
    points: dict[int, float] = {}
    for t, factor in stretch.levels:
        points[round(float(t - stretch.range.start) * fps)] = gain * factor
    return sorted(points.items())


def is_plain(stretch: SoundStretch) -> bool:
    """Whether it is heard as it was recorded."""
    return stretch.gain_db == 0 and not stretch.levels


def add_levels(root: ET.Element, stretches: Mapping[str, SoundStretch], fps: float) -> None:
    """Puts a level filter into each clip item of a Final Cut Pro 7 XML that is not heard as it was recorded.

    Keyframes are counted in the frames of the clip's file, as its in point is.

    Args:
        root: the document.
        stretches: id of a clip item → what is heard there.
        fps: frames a second of the sequence.
    """
    for item in root.iter("clipitem"):
        stretch = stretches.get(item.get("id", ""))
        if stretch is None or is_plain(stretch):
            continue
        first = int(item.findtext("in", "0"))
        points = [(frame, min(level, LOUDEST)) for frame, level in level_points(stretch, fps)]
        effect = ET.SubElement(ET.SubElement(item, "filter"), "effect")
        for tag, text in (
            ("name", NAME), ("effectid", "audiolevels"), ("effectcategory", "audiolevels"), ("effecttype", "audiolevels"),
            ("mediatype", "audio"),
        ):  # fmt: skip
            ET.SubElement(effect, tag).text = text
        level = ET.SubElement(effect, "parameter")
        for tag, text in (
            ("parameterid", "level"), ("name", "Level"), ("valuemin", "0"), ("valuemax", str(LOUDEST)),
            ("value", f"{points[0][1]:.5f}"),
        ):  # fmt: skip
            ET.SubElement(level, tag).text = text
        for frame, value in points if len(points) > 1 else ():
            key = ET.SubElement(level, "keyframe")
            ET.SubElement(key, "when").text = str(first + frame)
            ET.SubElement(key, "value").text = f"{value:.5f}"


def sound_notes(project: Project, path: Path) -> tuple[str, ...]:
    """Sentences about what of the sound a timeline file does not hold, or not everybody reads."""
    notes = []
    plan = sound_plan(project)
    silent = [_name(project, each.lane) for each in project.lane_sounds if not project.is_heard(each.lane)]
    if path.suffix.lower() == ".edl":
        return ("An EDL holds the picture alone: sound, gains and fades are not in it.",)
    if silent:
        notes.append(f"What is muted is left out: {', '.join(silent)}.")
    changed = [each for each in plan if not is_plain(each)]
    if changed and path.suffix.lower() == ".otio":
        notes.append(
            f"Gains and fades of {len(changed)} clips are effects named “{NAME}”; OpenTimelineIO has no word of its own for them, "
            "so other programs may pass over them."
        )
    too_loud = [each for each in changed if max(level for _, level in level_points(each, 25.0)) > LOUDEST * 1.001]
    if too_loud and path.suffix.lower() == ".xml":
        notes.append(f"{len(too_loud)} clips are louder here than Final Cut's +12 dB, which they have in the file.")
    return tuple(notes)


def _name(project: Project, lane: LaneId) -> str:
    person = next((each.name for each in project.people if lane == f"P:{each.id}"), None)
    return person or str(lane)
