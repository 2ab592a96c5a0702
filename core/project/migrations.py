"""Older project files brought up to date, one version after the other.

Version history of the file:

* 1: the frame rate lay at the top as ``"fps"``; items had ``start`` and ``end`` instead of ``range``; a segment's lip
  settings lay in the segment itself and a muted segment was ``"mode": "mute"``, one with its own lips ``"mode": "keep"``.
* 2: ``sequence``, ``range``, ``lips`` and ``blend`` objects; ``muted`` and ``keep_original`` are apart. The faces whose films
  could lend a take mouths were its ``lenders``.
* 3: these are its ``donors``.
* 4: segments and takes have ``pins``, segments ``strokes``, segments and takes ``curves`` (keyframes), projects and takes ``placed`` (faces placed by
  hand). What came in is empty in older files; the number keeps older programs, which would show other lips, from opening
  newer ones.
"""

from collections.abc import Callable
from typing import Any

from core.base.errors import ProjectError

FORMAT_VERSION = 4
JsonObject = dict[str, Any]


def _from_1(project: JsonObject) -> JsonObject:
    """Groups what lay flat; see the version history."""
    result = dict(project)
    result["sequence"] = {"rate": result.pop("fps", "25"), **result.get("sequence", {})}
    result["clips"] = [_with_range(clip) for clip in project.get("clips", [])]
    result["segments"] = []
    for old in project.get("segments", []):
        segment = _with_range(old)
        mode = segment.pop("mode", "dub")
        segment["muted"] = mode == "mute"
        segment["keep_original"] = mode == "keep"
        lips = ("preset", "silence", "articulation", "max_yaw", "seed")
        segment["lips"] = {key: segment.pop(key) for key in lips if key in segment}
        blend = ("grow", "feather", "chin", "upper_lip", "strength", "colour_match", "occlusion_guard")
        segment["blend"] = {key: segment.pop(key) for key in blend if key in segment}
        result["segments"].append(segment)
    return result


def _with_range(item: JsonObject) -> JsonObject:
    result = dict(item)
    result["range"] = [result.pop("start"), result.pop("end")]
    return result


def _from_2(project: JsonObject) -> JsonObject:
    """Calls the donors of takes by their name."""
    segments = [
        {**segment, "takes": [_with_donors(take) for take in segment.get("takes", [])]}
        for segment in project.get("segments", [])
    ]
    return {**project, "segments": segments}


def _with_donors(take: JsonObject) -> JsonObject:
    result = dict(take)
    if "lenders" in result:
        result["donors"] = result.pop("lenders")
    return result


MIGRATIONS: dict[int, Callable[[JsonObject], JsonObject]] = {1: _from_1, 2: _from_2, 3: lambda project: project}


def migrate(project: JsonObject, version: int) -> JsonObject:
    """`project` of file format `version` as the current format has it.

    Raises:
        ProjectError: the file was written by a newer program, or is damaged beyond migrating.
    """
    if version > FORMAT_VERSION:
        raise ProjectError(
            f"The project was saved by a newer version of the program (format {version}, this one reads {FORMAT_VERSION}).",
            hint="Update the program, or ask for the project in an older format.",
        )
    if version < 1:
        raise ProjectError(f"There is no project format {version}.")
    for step in range(version, FORMAT_VERSION):
        try:
            project = MIGRATIONS[step](project)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ProjectError(
                f"The project file is damaged: it says that it is of format {step}, and a part of it is not.",
                hint="Open a backup of it instead (File > Backups).",
            ) from error
    return project
