"""``unisync dub PROJECT``: a saved project exported as its timeline stands, with everything that was set by hand."""

import argparse
import json

from core.base.errors import SettingsError

_OWN_OPTIONS = {"video", "output", "export", "device", "credentials", "report"}


def dub_project(args: argparse.Namespace, parser: argparse.ArgumentParser) -> str:
    """Exports the project; returns what the user reads at the end.

    Raises:
        SettingsError: an option was given that the project says itself.
        AppError: an output is a film of the project; see also `core.batch.jobs.project_request` and the export.
    """
    from app.progress import show_progress
    from core.base.outputs import check_outputs
    from core.base.whole_file import written_whole
    from core.batch.jobs import ProjectJob, project_files, project_request
    from core.engine.runner import Engine
    from core.jobs.cancel import CancelToken
    from core.jobs.events import JobId
    from core.jobs.results import FilmWritten, ended_with

    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to ask which options there are
        given = getattr(args, action.dest, action.default)
        if action.option_strings and action.dest not in _OWN_OPTIONS and given != action.default:
            raise SettingsError(
                f"{action.option_strings[0]} cannot be said of a project; it holds its own settings.",
                hint="Change it in the project, or dub the film itself with --audio.",
            )
    outputs = [("--output", args.output), ("--report", args.report)]
    check_outputs([each for each in outputs if each[1] is not None], project_files(args.video.absolute()))
    picture = "h264" if args.export == "auto" else args.export
    work = ProjectJob(args.video.absolute(), args.output.absolute(), picture, args.device, args.credentials)  # type: ignore[arg-type]  # one of them
    request = project_request(work)

    written = show_progress(ended_with(Engine().run(request, JobId("dub"), CancelToken()), FilmWritten))
    if args.report is not None:
        facts = {"project": str(work.project), "output": {"path": str(work.output), **written.facts(), "notes": written.notes}}
        with written_whole(args.report, "The report") as part:
            part.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return f"Written: {work.output} ({written.frames} frames)"
