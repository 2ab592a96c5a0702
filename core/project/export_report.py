"""What an exported film was made of, as data to be kept beside it."""

import json
from dataclasses import asdict
from pathlib import Path

from core.base.errors import ProjectError
from core.base.timing import TimeRange
from core.jobs.results import FilmWritten
from core.project.export_plan import takes_shown
from core.project.file import write_atomically
from core.project.model import Project

EXPORT_REPORT_VERSION = 1


def export_report(
    project: Project, span: TimeRange, written: FilmWritten, output: Path
) -> dict[str, object]:
    """The report of an export.

    Args:
        project: as it was exported.
        span: what of the timeline.
        written: how the export ended.
        output: the film.

    Returns:
        JSON-like: the output's facts, the films, and each segment in `span` with what is seen of each take and its score.
    """
    films = {medium.id: medium.path for medium in project.media}
    segments = []
    for segment in project.segments:
        if not segment.range.overlaps(span):
            continue
        person = project.person(segment.person) if segment.person is not None else None
        dub = project.medium(segment.dub)
        segments.append(
            {
                "person": person.name if person is not None else None,
                "dub": dub.path if dub is not None else None,
                "range": [float(segment.range.start), float(segment.range.end)],
                "muted": segment.muted,
                "keeps_original_lips": segment.keep_original,
                "mask": _plain(asdict(segment.blend)),
                "takes": [
                    {
                        "take": take.number,
                        "range": [float(seen.start), float(seen.end)],
                        "engine": take.engine,
                        "lips": _plain(asdict(take.settings)),
                        "mean_p_sync": take.mean_sync,
                        "mouths_from": sorted(
                            {films[face.film] for face in take.donors if face.film in films}
                        ),
                    }
                    for take, seen in takes_shown(project, segment, span)
                ],
            }
        )
    shown = {clip.media for clip in project.video_clips if clip.range.overlaps(span)}
    return {
        "version": EXPORT_REPORT_VERSION,
        "project": project.name,
        "range": [float(span.start), float(span.end)],
        "output": {"path": str(output), **written.facts(), "notes": written.notes},
        "films": sorted(medium.path for medium in project.media if medium.id in shown),
        "segments": segments,
    }


def write_export_report(report: dict[str, object], path: Path) -> None:
    """Writes a report, whole or not at all.

    Raises:
        ProjectError: it cannot be written.
    """
    try:
        write_atomically(path, json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    except ProjectError as error:
        raise ProjectError(
            f"The film is finished, but its report is not: {error.message}", hint=error.hint
        ) from error


def _plain(values: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if key != "extra"}
