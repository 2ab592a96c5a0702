"""``unisync batch``: many films and languages by one command, on this machine or on a Ray cluster."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from app.commands.dub import EXPORTS
from app.paths import input_path, output_folder, output_path
from core.base.errors import AppError, SettingsError

if TYPE_CHECKING:
    from core.batch.batch import Batch, JobEnded, Working
    from core.batch.jobs import BatchJob
    from core.batch.listing import Line
    from core.batch.pool import Pool
    from core.batch.schedule import Deliverable

_OWN_OPTIONS = ("video", "audio", "project", "output", "language")
_PLAIN_EVERY_S = 5.0


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb to the command line."""
    parser = verbs.add_parser(
        "batch", help="dub many films and languages by one command", description=__doc__
    )
    parser.add_argument(
        "jobs",
        type=input_path,
        nargs="+",
        metavar="JOBS",
        help="a table (.csv), a list (.json), a folder (episode01.mp4, episode01.de.wav), or saved projects (.unisync)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=output_folder,
        required=True,
        metavar="FOLDER",
        help="finished films and batch.json go here",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option of “unisync dub” for every line that does not say otherwise, e.g. preset=draft; may be repeated",
    )
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes at most (default: one a core, fewer where memory is short)",
    )
    parser.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="work on this running Ray cluster, or “auto” for the one this machine is in",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="check every line, say what would be made, make nothing"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on in a folder although the list of jobs has changed since"
    )
    parser.add_argument(
        "--report",
        type=output_path,
        metavar="R.html",
        help="write a page with a row for each film, and R.csv",
    )
    parser.add_argument(
        "--tracks",
        metavar="LANGUAGE",
        help="also write one file a film with all its dubs as sound tracks, over the picture made for LANGUAGE",
    )
    parser.add_argument(
        "--progress",
        choices=("auto", "plain", "json"),
        default="auto",
        help="plain lines, or one JSON object a line for programs (default: a bar on a terminal, else plain)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the verb; returns 0 when every film was made, 1 when some failed."""
    from core.batch.jobs import problems_of
    from core.batch.listing import joined, read_listing
    from core.batch.report import rows_of, write_report
    from core.batch.state import BatchState

    folder = args.output.absolute()
    if args.workers is not None and args.workers < 1:
        raise SettingsError(f"--workers {args.workers} is not one or more.")
    listing = joined([read_listing(path) for path in args.jobs])
    jobs, problems = _jobs(listing.lines, folder, _defaults(args.set))
    problems = [*listing.problems, *problems]
    existed = folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        problems += problems_of(jobs)
        deliverables, wrong = _deliverables(jobs, args.tracks, folder)
        problems += wrong
        if problems:
            count = "One thing is" if len(problems) == 1 else f"{len(problems)} things are"
            raise SettingsError(
                f"{count} wrong; nothing was begun:\n  " + "\n  ".join(problems), hint="Mend these lines."
            )
    finally:
        if not existed and (args.dry_run or problems):
            folder.rmdir()
    for note in listing.notes:
        sys.stderr.write(f"{note}\n")
    if args.dry_run:
        for job in jobs:
            print(f"{job.work.output}  ←  {', '.join(path.name for path in job.inputs())}")
        for each in deliverables:
            print(f"{each.output}  ←  {', '.join(each.jobs)}")
        return 0
    state = BatchState.read(folder)
    finished = state.begin(jobs, resume=args.resume)
    pool, workers = _pool(args)
    from core.batch.batch import Batch

    batch = Batch(jobs, state, pool, workers, deliverables)
    with closing(pool):
        _show(batch, finished, args.progress)
    failed = {name: entry.error for name, entry in state.entries.items() if entry.state == "failed"}
    joined_failed = batch.schedule.deliveries_failed
    if args.report is not None:
        deliveries = [(each.output, joined_failed.get(each.output, "")) for each in deliverables]
        write_report(args.report.absolute(), rows_of(jobs, state.entries), deliveries)
    for name, error in [*failed.items(), *((path.name, error) for path, error in joined_failed.items())]:
        sys.stderr.write(f"unisync: {name}: {error}\n")
    return 1 if failed or joined_failed else 0


class _Quiet(argparse.ArgumentParser):
    """A parser that raises instead of ending the program."""

    def error(self, message: str) -> NoReturn:
        raise SettingsError(f"{message[:1].upper()}{message[1:]}.")


def _dub_parser() -> argparse.ArgumentParser:
    from app.commands import dub

    parser = _Quiet(prog="unisync", add_help=False, allow_abbrev=False)
    dub.add_parser(parser.add_subparsers(parser_class=_Quiet))
    return parser


def _defaults(settings: list[str]) -> dict[str, str]:
    defaults = {}
    for text in settings:
        name, is_pair, value = text.partition("=")
        if not is_pair or not name or not value:
            raise SettingsError(
                f"--set {text} is not NAME=VALUE.", hint="Write for example --set preset=draft."
            )
        defaults[name.strip().lower()] = value.strip()
    return defaults


def _jobs(
    lines: "tuple[Line, ...]", folder: Path, defaults: dict[str, str]
) -> "tuple[list[BatchJob], list[str]]":
    from core.batch.listing import sentence

    parser = _dub_parser()
    jobs, problems = [], []
    for line in lines:
        try:
            jobs.append(_job(line, folder, defaults, parser))
        except AppError as error:
            problems.append(f"{line.place}: {sentence(error)}")
    return jobs, problems


def _job(line: "Line", folder: Path, defaults: dict[str, str], parser: argparse.ArgumentParser) -> "BatchJob":
    from app.commands.dub import job_of
    from core.batch.jobs import BatchJob, ProjectJob
    from core.batch.listing import is_language

    options = {**defaults, **line.options}
    language, name = options.pop("language", ""), options.pop("output", "")
    if not isinstance(language, str) or (language and not is_language(language)):
        raise SettingsError(f"“{language}” is no language tag.", hint="Write for example de, fr or pt-BR.")
    if not isinstance(name, str) or Path(name).name != name:
        raise SettingsError(
            f"The output “{name}” is not a bare file name.", hint="Films go into the folder of -o."
        )
    if "project" in options:
        project = Path(_single("project", options.pop("project")))
        if unknown := sorted(options.keys() - {"export", "device"} - defaults.keys()):
            raise SettingsError(f"“{unknown[0]}” cannot be said of a project; it holds its own settings.")
        device, picture = (
            str(options.get(key, start)) for key, start in (("device", "auto"), ("export", "h264"))
        )
        output = folder / (name or f"{project.stem}{_suffix(picture, '.mp4')}")
        work = ProjectJob(project, output, picture, device)  # type: ignore[arg-type]  # checked below
        _checked_picture(picture)
        return BatchJob(output.stem, line.place, language, work)
    missing = [word for word, key in (("film", "video"), ("voice", "audio")) if not options.get(key)]
    if missing:
        raise SettingsError(f"The {missing[0]} is missing.")
    video, audio = _single("film", options.pop("video")), _single("voice", options.pop("audio"))
    suffix = _suffix(str(options.get("export", "h264")), Path(video).suffix.lower())
    output = folder / (name or f"{Path(video).stem}{f'.{language}' if language else '.dubbed'}{suffix}")
    arguments = ["dub", video, f"--audio={audio}", f"--output={output}", *_arguments(options, parser)]
    return BatchJob(output.stem, line.place, language, job_of(parser.parse_args(arguments)))


def _suffix(picture: str, like: str) -> str:
    from core.media.presets import suffix_for

    if picture not in ("auto", *EXPORTS):
        return like  # what is wrong with it is said by the options of a dub
    return suffix_for("h264" if picture == "auto" else picture, like)


def _single(name: str, value: str | tuple[str, ...]) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"There are several values for “{name}”, which takes one.")
    return value


def _checked_picture(picture: str) -> None:
    if picture not in EXPORTS:
        raise SettingsError(f"“{picture}” is no export.", hint=f"There are {', '.join(EXPORTS)}.")


def _arguments(options: "dict[str, str | tuple[str, ...]]", parser: argparse.ArgumentParser) -> Iterator[str]:
    """The options of a line as words of ``unisync dub``'s command line."""
    from app.commands.dub import dub_options

    known = dub_options(parser)
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        action = known.get(flag)
        if action is None or name in ("report", "sheet", "help"):
            raise SettingsError(
                f"There is no option “{name}”.", hint="Columns are called like the options of unisync dub."
            )
        for each in (value,) if isinstance(value, str) else value:
            if action.nargs == 0:
                if each.lower() not in ("yes", "no", "true", "false", "1", "0"):
                    raise SettingsError(f"“{name}” is yes or no, not “{each}”.")
                is_on = each.lower() in ("yes", "true", "1")
                yield flag if is_on else f"--no-{flag[2:]}"
            else:
                yield f"{flag}={each}"


def _deliverables(
    jobs: "list[BatchJob]", language: str | None, folder: Path
) -> "tuple[list[Deliverable], list[str]]":
    from core.batch.schedule import Deliverable

    if language is None:
        return [], []
    films: dict[Path, list[BatchJob]] = {}
    for job in jobs:
        if job.language:
            films.setdefault(job.film, []).append(job)
    made, problems = [], []
    for film, dubs in films.items():
        pictures = [job for job in dubs if job.language == language]
        if not pictures:
            problems.append(
                f"{film.name}: no line dubs it into {language}, which --tracks asks the picture of."
            )
            continue
        output = folder / f"{film.stem}.tracks{pictures[0].work.output.suffix}"
        made.append(Deliverable(output, tuple(job.name for job in dubs), pictures[0].name))
    return made, problems


def _pool(args: argparse.Namespace) -> "tuple[Pool, int]":
    import os

    from core.base.models import PROGRAM_ROOT, user_data_dir
    from core.batch.pool import LocalPool, RayPool

    workers = args.workers or os.cpu_count() or 1
    if args.ray is None:
        return LocalPool(workers), workers
    pool = RayPool(args.ray, user_data_dir(), PROGRAM_ROOT)
    return pool, args.workers or pool.cores


def _show(batch: "Batch", finished: set[str], style: str) -> None:
    from core.batch.batch import JobEnded

    began, said = time.monotonic(), 0.0
    is_terminal = style == "auto" and sys.stderr.isatty()
    for event in batch.run(finished):
        if isinstance(event, JobEnded):
            _tell_job(event, style, is_terminal)
            continue
        now = time.monotonic()
        if style == "json":
            if now - said >= 1:
                said = now
                print(json.dumps(_facts(event, now - began)), flush=True)
        elif is_terminal:
            sys.stderr.write(f"\r\x1b[2K{_words(event, now - began)[:110]}")
            sys.stderr.flush()
        elif now - said >= _PLAIN_EVERY_S:
            said = now
            sys.stderr.write(f"{_words(event, now - began)}\n")
    if is_terminal:
        sys.stderr.write("\r\x1b[2K")


def _tell_job(event: "JobEnded", style: str, is_terminal: bool) -> None:
    if style == "json":
        facts = {"event": "job", "job": event.job.name, "ok": not event.error, "error": event.error}
        print(
            json.dumps({**facts, "output": str(event.job.work.output), "seconds": round(event.seconds, 2)}),
            flush=True,
        )
        return
    if is_terminal:
        sys.stderr.write("\r\x1b[2K")
    words = f"failed: {event.error}" if event.error else f"written in {event.seconds:.0f} s"
    print(f"{event.job.work.output.name}: {words}", flush=True)


def _facts(event: "Working", seconds: float) -> dict[str, object]:
    from core.batch.batch import task_words

    return {
        "event": "progress",
        "finished": event.finished,
        "failed": event.failed,
        "total": event.total,
        "frames": event.frames,
        "frames_per_second": round(event.frames / seconds, 2) if seconds > 0 else 0.0,
        "seconds_left": _seconds_left(event, seconds),
        "tasks": [
            {"task": task_words(task), "done": done, "total": total} for task, done, total in event.tasks
        ],
    }


def _seconds_left(event: "Working", seconds: float) -> float | None:
    """By whole films, the parts under way counted in; None before there is anything to go by."""
    parts = sum(done / total for _, done, total in event.tasks if total) * 0.5
    done = event.finished + event.failed + min(parts, event.total - event.finished - event.failed)
    return None if done <= 0 else round(seconds * (event.total - done) / done, 1)


def _words(event: "Working", seconds: float) -> str:
    from core.batch.batch import task_words

    left = _seconds_left(event, seconds)
    pieces = [f"{event.finished}/{event.total} films", f"{event.frames / max(seconds, 1e-9):.1f} frames/s"]
    if event.failed:
        pieces.insert(1, f"{event.failed} failed")
    if left is not None:
        pieces.append(f"about {int(left // 60)}:{int(left % 60):02d} left")
    pieces += [f"{task_words(task)} {100 * done // total} %" for task, done, total in event.tasks if total]
    return " · ".join(pieces)
