"""``unisync dub``: one film, one dub, one dubbed film."""

import argparse
from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, get_args

from app.paths import input_path, output_path
from core.base.errors import SettingsError
from core.media.info import LoudnessRule, PicturePreset, SoundRule

if TYPE_CHECKING:
    from core.delivery.report import DubReport, SegmentReport
    from core.engine.dub import DubJob
    from core.lip_engine import MouthPin
    from core.planning.sound_plan import Bed
    from core.takes.mouth_points import MouthPoints

EXPORTS = get_args(PicturePreset)
SOUND_RULES = get_args(SoundRule)
LOUDNESS_RULES = get_args(LoudnessRule)
_DOUBTS_NAMED = 8  # places in the summary; the report has all


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb to the command line."""
    parser = verbs.add_parser("dub", help="re-sync the lips in a film to a dub")
    parser.add_argument(
        "video", type=input_path, metavar="VIDEO", help="the film, or a saved project (.unisync)"
    )
    parser.add_argument(
        "--audio",
        type=input_path,
        metavar="DUB",
        help="the new voice: a sound file, or a film with sound; a project has its own",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=output_path,
        required=True,
        metavar="OUT",
        help="the dubbed film (.mp4, .mov, .mkv)",
    )

    add_controls(parser)

    out = parser.add_argument_group("output")
    out.add_argument(
        "--export",
        choices=("auto", *EXPORTS),
        default="auto",
        help="picture codec (default: hevc for films of more than 8 bits or in HDR, else h264)",
    )
    out.add_argument(
        "--audio-tracks",
        choices=SOUND_RULES,
        default="replace",
        help="the film's own sounds: the dub takes the place of the first one and the others stay (default), the dub is "
        "added before all of them, or the dub alone",
    )
    out.add_argument("--language", metavar="CODE", help="the dub's language in three letters, e.g. deu")
    out.add_argument(
        "--deinterlace",
        action="store_true",
        help="make whole pictures of an interlaced film's fields; without it they stay fields where the codec has them",
    )
    out.add_argument(
        "--credentials",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="sign .mp4 and .mov films with content credentials (C2PA): what was changed, and with what",
    )
    out.add_argument("--device", default="auto", help="auto, cpu, cuda:0, mps, directml")
    out.add_argument(
        "--cores",
        type=int,
        metavar="N",
        help="how many processor cores to use (default: all); the film is the same with any number",
    )
    out.add_argument(
        "--report", type=output_path, metavar="R.json", help="write what was done, measured and used"
    )
    out.add_argument(
        "--sheet",
        type=output_path,
        metavar="S.png",
        help="write a sheet of mouths before and after, with the sync curves",
    )
    out.add_argument(
        "--profile",
        action="store_true",
        help="say how long each stage took, by the clock and of the processor; also in the report",
    )
    parser.set_defaults(run=partial(run, parser=parser))


def add_controls(parser: argparse.ArgumentParser) -> None:
    """Adds what says whom to dub, with what lips, laid in how: the same for every command that makes lips."""
    from app.setting_options import add_setting_options
    from core.compositing.settings import MaskSettings
    from core.lip_engine import LipSettings
    from core.model_store.catalogue import ENGINES as PUBLISHED

    what = parser.add_argument_group("what to dub")
    what.add_argument(
        "--range",
        metavar="START-END",
        help="only this stretch, e.g. 00:00:02.0-00:00:07.5; the rest keeps lips and sound",
    )
    what.add_argument(
        "--audio-start",
        metavar="TIME",
        help="film time at which DUB begins (default: the start of the range, or of the film)",
    )
    what.add_argument(
        "--face",
        default="speaking",
        metavar="ID",
        help="P1, P2, …, “largest” or “speaking” (default); “unisync analyse” lists them",
    )
    what.add_argument(
        "--mouth-points",
        metavar="FRAME:X,Y,…",
        help="for cartoons and animals: left corner, right corner, upper and lower lip edge of the mouth in one frame, "
        "e.g. 0:210,300,290,300,250,285,250,320",
    )
    what.add_argument(
        "--longer",
        choices=("keep", "cut", "mix", "refuse", "hold", "loop", "pingpong"),
        default="keep",
        help="a dub longer than the film: keep its end over no picture (default), cut it, or refuse; or make the film longer, its "
        "last picture held, shown again (loop), or backwards and forwards (pingpong), and dub all of it; a dub longer than the "
        "range ends there, because the film's own sound goes on, unless mix lays it over",
    )
    what.add_argument(
        "--shorter",
        choices=("silence", "original", "refuse", "cut"),
        default="silence",
        help="after the end of a shorter dub: silence (default), the film's own sound, or refuse; or cut the film there",
    )

    sound = parser.add_argument_group("sound under the dub, and how loud all of it is")
    sound.add_argument(
        "--background",
        type=input_path,
        metavar="FILE",
        help="music and effects of the film, mixed under the dub; begins with the film",
    )
    sound.add_argument(
        "--background-gain",
        type=float,
        default=0.0,
        metavar="DB",
        help="how much louder (or, below 0, quieter) the background is (default 0)",
    )
    sound.add_argument(
        "--duck",
        type=float,
        metavar="DB",
        help="keep the film's own sound under the dub, so much quieter, e.g. 18 (default: it is not heard there)",
    )
    sound.add_argument(
        "--loudness",
        choices=LOUDNESS_RULES,
        default="off",
        help="bring the new sound to EBU R128 (-23 LUFS), ATSC A/85 (-24) or -27 for streaming, peaks held below -1 or -2 dBTP; "
        "measure only tells in the report (default: untouched)",
    )

    lips = parser.add_argument_group("lips")
    lips.add_argument(
        "--engine",
        choices=("auto", "own-mouth", "diffusion", "hybrid", *PUBLISHED),
        default="auto",
        help="what makes the lips (default: own-mouth; diffusion and hybrid are experimental; the others are published "
        "models, see “unisync models list”)",
    )
    lips.add_argument(
        "--footage",
        type=input_path,
        action="append",
        default=[],
        metavar="FILM",
        help="another film of the same person, whose mouths may be borrowed, too; may be repeated",
    )
    add_setting_options(lips, LipSettings)
    lips.add_argument(
        "--pin",
        action="append",
        default=[],
        metavar="TIME=OPENING",
        help="fix the mouth at a time of the film: 0 shut … 1 wide open, e.g. 00:00:03.2=0; may be repeated",
    )
    lips.add_argument(
        "--takes",
        type=int,
        default=1,
        metavar="N",
        help="make N takes and keep the one that scores best (default 1)",
    )

    mask = parser.add_argument_group("compositing, in units of the mouth's width")
    add_setting_options(mask, MaskSettings)


def dub_options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """Flag → option of a parser that `add_parser` added the verb to, for those who read options from elsewhere."""
    verbs = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001 - no other way
    actions = verbs.choices["dub"]._actions  # noqa: SLF001
    return {flag: action for action in actions for flag in action.option_strings if flag.startswith("--")}


def run(args: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """Runs the verb; returns its exit code."""
    from core.project.file import SUFFIX

    if args.video.suffix == SUFFIX:
        from app.dub_project import dub_project

        print(dub_project(args, parser))
        return 0
    from app.progress import show_progress
    from core.base.stages import Watch, measuring
    from core.delivery.report import Profile
    from core.engine.dub import dub
    from core.engine.runner import Engine
    from core.jobs.cancel import CancelToken
    from core.jobs.spread import use_cores

    use_cores(args.cores)
    job, watch = job_of(args), Watch()
    with measuring() if args.profile else nullcontext() as times:
        result = show_progress(dub(job, Engine(), CancelToken()))
    report = result.report
    if times is not None:
        report = replace(report, profile=Profile.of(times, watch.read()))
    if args.report is not None:
        report.write(args.report)
    if args.sheet is not None:
        from core.delivery.sheet import write_sheet

        write_sheet(args.sheet, f"{job.video.name}  →  {job.output.name}", result.mouths, result.curves)
    for line in (*summary(report), *profile_table(report)):
        print(line)
    return 0


def profile_table(report: "DubReport") -> list[str]:
    """Where the time went, as the user reads it; nothing when it was not measured."""
    profile = report.profile
    if profile is None:
        return []
    known = sum(row.processor_seconds for row in profile.stages.values())
    rest = "the rest, and the threads of libraries"
    width = max(len(name) for name in (rest, *profile.stages))

    def line(name: str, processor: float, clock: str) -> str:
        return f"{name:<{width}} {processor:>11.2f} {clock:>9}"

    return [
        f"{'stage':<{width}} {'processor s':>11} {'clock s':>9}",
        *(line(name, row.processor_seconds, f"{row.seconds:.2f}") for name, row in profile.stages.items()),
        line(rest, max(profile.processor_seconds - known, 0.0), ""),
        line("all", profile.processor_seconds, f"{profile.seconds:.2f}"),
        f"{profile.busy_cores:.2f} processor cores were busy, on average.",
    ]


def job_of(args: argparse.Namespace) -> "DubJob":
    """The job that the command line describes.

    Raises:
        SettingsError: an option is out of range or cannot be read.
    """
    from app.setting_options import settings_from
    from core.base.timing import parse_range, parse_time
    from core.compositing.settings import MaskSettings
    from core.engine.dub import DubJob
    from core.lip_engine import LipSettings
    from core.planning.requests import Encoding

    if args.audio is None:
        raise SettingsError("There is no new voice.", hint="Name the recording with --audio.")
    return DubJob(
        video=args.video.absolute(),
        dub=args.audio.absolute(),
        output=args.output.absolute(),
        span=parse_range(args.range) if args.range else None,
        dub_start=parse_time(args.audio_start) if args.audio_start else None,
        longer=args.longer,
        shorter=args.shorter,
        face=args.face,
        engine=args.engine,
        lips=settings_from(args, LipSettings),
        mouth=_mouth_points(args.mouth_points) if args.mouth_points else None,
        footage=tuple(path.absolute() for path in args.footage),
        pins=tuple(_pin(text) for text in args.pin),
        mask=settings_from(args, MaskSettings),
        takes=args.takes,
        picture=getattr(args, "export", "h264"),
        device=args.device,
        credentials=getattr(args, "credentials", True),
        encoding=Encoding(deinterlace=getattr(args, "deinterlace", False)),
        audio_tracks=getattr(args, "audio_tracks", "replace"),
        language=_language(getattr(args, "language", None)),
        bed=_bed(args),
        loudness=args.loudness,
        sheet=getattr(args, "sheet", None) is not None,
    )


def _bed(args: argparse.Namespace) -> "Bed":
    from core.planning.sound_plan import Bed

    if not -60 <= args.background_gain <= 20:
        raise SettingsError(f"--background-gain {args.background_gain:g} is outside -60…20 dB.")
    if args.background_gain and args.background is None:
        raise SettingsError("--background-gain has no --background.", hint="Name the music and effects, too.")
    if args.duck is not None and not 0 <= args.duck <= 60:
        raise SettingsError(f"--duck {args.duck:g} is outside 0…60 dB.")
    background = args.background.absolute() if args.background is not None else None
    return Bed(background, args.background_gain, args.duck)


def _language(code: str | None) -> str | None:
    if code is not None and not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise SettingsError(
            f"--language {code} is not a language in three letters.",
            hint="Write for example eng, deu or fra.",
        )
    return code.lower() if code is not None else None


def _pin(text: str) -> "MouthPin":
    from core.base.timing import parse_time
    from core.lip_engine import MouthPin

    time, is_pair, opening = text.rpartition("=")
    try:
        share = float(opening)
    except ValueError:
        is_pair = ""
    if not is_pair or not 0 <= share <= 1.5:
        raise SettingsError(
            f"--pin {text} is not TIME=OPENING.",
            hint="Write for example 00:00:03.2=0 (shut) or 3.2=1 (wide open).",
        )
    return MouthPin(float(parse_time(time)), share)


def _mouth_points(text: str) -> "MouthPoints":
    from core.takes.mouth_points import MouthPoints

    frame, _, places = text.partition(":")
    try:
        values = [float(value) for value in places.split(",")]
        number = int(frame)
    except ValueError:
        values, number = [], -1
    if len(values) != 8 or number < 0:
        raise SettingsError(
            f"--mouth-points {text} is not FRAME:X,Y,X,Y,X,Y,X,Y.",
            hint="Left corner, right corner, upper edge, lower edge, e.g. 0:210,300,290,300,250,285,250,320.",
        )
    return MouthPoints(number, tuple(zip(values[::2], values[1::2], strict=True)))


def summary(report: "DubReport") -> list[str]:
    """What the user reads at the end."""
    from core.scorer.curve import offset_words

    lines = [f"Written: {report.output['path']} ({report.output['frames']} frames, {report.seconds:.1f} s)"]
    for segment in report.segments:
        scores = [
            f"{name} {facts.mean_p_sync:.2f}"
            for name, facts in (
                ("source", segment.score_source),
                ("source with the dub", segment.score_source_with_dub),
                ("result", segment.score_result),
            )
            if facts.mean_p_sync is not None
        ]
        judged = segment.score_result.judged_seconds
        if segment.score_result.mean_p_sync is not None:
            scores.append(f"judged over {judged:.1f} s of speech")
        elif judged > 0:
            scores.append(f"result: too little to tell ({judged:.1f} s of speech)")
        lines.append(
            f"{segment.person} ({segment.chosen_by}): {segment.frames} frames dubbed. Sync: {', '.join(scores) or 'unknown'}"
        )
        own = segment.score_source
        if own.offset_ms is not None and (words := offset_words(own.offset_ms, own.offset_confidence or 0.0)):
            lines.append(f"{words} in the film itself, which lowers its own score.")
        if segment.frames_without_face:
            lines.append(
                f"{segment.frames_without_face} frames in the range do not show this face and were left as they are."
            )
        if segment.synthesised_frames and segment.coverage is not None:
            lines.append(
                f"The footage holds {100 * segment.coverage:.0f} % of the mouths this dub asks for; "
                f"{segment.synthesised_frames} frames were made from the nearest one."
            )
        if segment.doubtful:
            lines.append(_doubts(segment))
        if segment.covered:
            lines.append(_covers(segment))
        lines += segment.notes
    loudness = report.output.get("loudness")
    if isinstance(loudness, dict):
        lines.append(_loudness(loudness))
    return [*lines, *report.notes]


def _loudness(told: dict[str, dict[str, float]]) -> str:
    measures = [
        f"{words} {each['lufs']:.1f} LUFS, peak {each['peak']:.1f} dBTP"
        for words, each in (("", told["before"]), ("now", told["after"]))
        if each is not None and each["lufs"] is not None
    ]
    return f"Loudness: {'; '.join(measures).strip() or 'silence'}"


def _doubts(segment: "SegmentReport") -> str:
    count = sum(last - first + 1 for first, last in segment.doubtful)
    places = [str(first) if first == last else f"{first}–{last}" for first, last in segment.doubtful]
    return f"{count} frames may not pass for real; look at {_first_places(places)}."


def _covers(segment: "SegmentReport") -> str:
    from core.base.timing import format_time

    count = sum(last - first + 1 for first, last, _ in segment.covered)
    places = [
        f"{format_time(Fraction(seconds).limit_denominator(1000))} ({_frames(last - first + 1)})"
        for first, last, seconds in segment.covered
    ]
    return (
        f"In {_frames(count)} something lies before the mouth, which stays there as it was filmed: {_first_places(places)}. "
        "If nothing does, dub with --no-occlusion-guard."
    )


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"


def _first_places(places: list[str]) -> str:
    more = len(places) - _DOUBTS_NAMED
    return ", ".join(places[:_DOUBTS_NAMED]) + (f" and {more} more places" if more > 0 else "")
