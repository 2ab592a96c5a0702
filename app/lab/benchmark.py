"""``unisync lab benchmark``: measures of the program's parts on films and voices of your own, one suite per sub-verb."""

import argparse
from pathlib import Path

from app.paths import input_path, output_folder
from core.base.errors import SettingsError


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb and its suites to the command line."""
    parser = verbs.add_parser(
        "benchmark", help="measure the parts of the program, on films and voices of your own"
    )
    suites = parser.add_subparsers(dest="suite", metavar="SUITE", required=True)
    _add_lips(suites)
    _add_witness(suites)
    _add_media(suites)
    _add_scorer(suites)
    _add_motion(suites)
    _add_editor(suites)
    _add_generator(suites)
    _add_suite(suites, "realworld", "stage to 4K: real films under every condition, with every lip engine")
    _add_suite(suites, "aigc", "generated characters, photoreal to non-human, with every lip engine")


def _add_lips(suites: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = suites.add_parser(
        "lips", help="every lip engine on every clip with every voice, and each part left out"
    )
    parser.add_argument(
        "--clips", type=input_path, nargs="+", default=[], metavar="VIDEO", help="films with one main face"
    )
    parser.add_argument(
        "--voices", type=input_path, nargs="+", default=[], metavar="AUDIO", help="speech of other people"
    )
    parser.add_argument(
        "--pairs",
        action="store_true",
        help="the first clip with the first voice and so on, not each with each",
    )
    parser.add_argument(
        "--corpus",
        type=int,
        nargs="+",
        default=[],
        metavar="SEED",
        help="rendered heads of these seeds, whose right picture is known (two minutes of rendering each)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=output_folder,
        required=True,
        metavar="FOLDER",
        help="tables and strips go here",
    )
    _add_engines(parser)
    parser.add_argument(
        "--reconstruct",
        action="store_true",
        help="first of all the headline measure: each clip dubbed with its own sound against its true mouth (needs no "
        "--voices); and with voices also its own words, made again out of a version whose mouth says the voice's",
    )
    parser.add_argument(
        "--true-motion",
        action="store_true",
        help="the voices are films, and their speakers' tracked mouths are the motion: judges the pictures alone",
    )
    parser.add_argument(
        "--silence",
        choices=("close", "original", "model"),
        default="close",
        help="rule for pauses (default: close)",
    )
    parser.add_argument("--cache", type=output_folder, metavar="FOLDER", help="where face analyses are kept")
    parser.add_argument(
        "--frames", type=int, default=250, metavar="N", help="of each clip at most (default: 250)"
    )
    parser.set_defaults(run=_run_lips)


def _add_witness(suites: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = suites.add_parser(
        "witness",
        help="how far the mouths of dubs with English voices follow the phones that pocketsphinx hears",
    )
    parser.add_argument("films", type=input_path, nargs="+", metavar="DUB", help="results of “unisync dub”")
    parser.add_argument(
        "--before",
        type=input_path,
        nargs="+",
        default=[],
        metavar="DUB",
        help="the same dubs made differently, in the same order: compared, and drawn beside each other",
    )
    parser.add_argument("--cache", type=output_folder, metavar="FOLDER", help="where face analyses are kept")
    parser.add_argument(
        "--frames", type=int, default=250, metavar="N", help="of each dub at most (default: 250)"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=output_folder,
        required=True,
        metavar="FOLDER",
        help="the table and strips go here",
    )
    parser.set_defaults(run=_run_witness)


def _run_witness(args: argparse.Namespace) -> int:
    from core.research.benchmark.dub_witness import run_witness, table

    found = run_witness(args.films, args.output, before=args.before, frames=args.frames, cache=args.cache)
    print(table(found))
    return 0


def _add_engines(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engines", nargs="+", metavar="NAME", help="only these rows (default: all)")
    parser.add_argument(
        "--weights",
        type=input_path,
        nargs="+",
        default=[],
        metavar="JSON",
        help="exported generators for diffusion and hybrid rows (default: the installed one)",
    )


def _add_suite(suites: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str) -> None:
    parser = suites.add_parser(name, help=text)
    parser.add_argument(
        "--media",
        type=input_path,
        required=True,
        metavar="FOLDER",
        help="holds test, stills and voices, as the list in resources/benchmark names them",
    )
    parser.add_argument("--clips", nargs="+", metavar="NAME", help="only these clips or conditions")
    _add_engines(parser)
    parser.add_argument(
        "--frames", type=int, default=400, metavar="N", help="of each clip at most (default: 400)"
    )
    parser.add_argument(
        "--minutes", type=float, metavar="M", help="begin no clip after so long; run it again to go on"
    )
    parser.add_argument("--cache", type=output_folder, metavar="FOLDER", help="where face analyses are kept")
    parser.add_argument(
        "-o",
        "--output",
        type=output_folder,
        required=True,
        metavar="FOLDER",
        help="clips, rows, tables and sheets",
    )
    parser.set_defaults(run=_run_suite)


def _run_suite(args: argparse.Namespace) -> int:
    from core.research.benchmark.suite_report import report
    from core.research.benchmark.suites import SuiteSettings, run_suite

    settings = SuiteSettings(
        args.media,
        args.output,
        clips=args.clips,
        engines=args.engines,
        weights=tuple(args.weights),
        frames=args.frames,
        minutes=args.minutes,
        cache=args.cache,
    )
    print(report(args.suite, run_suite(args.suite, settings)))
    return 0


def _add_motion(suites: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = suites.add_parser(
        "motion", help="mouths made from sound against tracked ones, beside simple rivals"
    )
    parser.add_argument(
        "--data",
        type=input_path,
        required=True,
        metavar="FOLDER",
        help="tracked clips (made by core.research.corpus.real)",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="every clip of the folder (default: the people training leaves out)",
    )
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="only clips whose name contains one of these"
    )
    parser.add_argument(
        "--plain", type=input_path, metavar="WEIGHTS", help="a plain regressor's weights, for one more row"
    )
    parser.add_argument(
        "--offsets",
        type=input_path,
        metavar="JSON",
        help="how late a clip's sound is, in seconds, by its name",
    )
    parser.add_argument(
        "--noise", type=float, nargs="*", default=[], metavar="DB", help="signal-to-noise ratios to repeat at"
    )
    parser.add_argument(
        "--languages", type=int, default=0, metavar="N", help="also N synthetic utterances by language"
    )
    parser.add_argument(
        "-o", "--output", type=output_folder, required=True, metavar="FOLDER", help="the table goes here"
    )
    parser.set_defaults(run=_run_motion)


def _add_editor(suites: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = suites.add_parser(
        "editor", help="timeline painting, seeking and playback beside a plain decode loop"
    )
    parser.add_argument(
        "--film", type=input_path, metavar="VIDEO", help="a film to seek and play (default: painting only)"
    )
    parser.add_argument(
        "--seconds", type=float, default=10.0, metavar="S", help="how long to play (default: 10)"
    )
    parser.add_argument("--seeks", type=int, default=40, metavar="N", help="random seeks (default: 40)")
    parser.set_defaults(run=_run_editor)


def _add_generator(suites: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = suites.add_parser(
        "generator", help="own-mouth and a generator on exact pairs of held-out people, against the truth"
    )
    parser.add_argument(
        "--data",
        type=input_path,
        required=True,
        metavar="FOLDER",
        help="clips of “unisync lab train generator --prepare”",
    )
    parser.add_argument(
        "--weights",
        type=input_path,
        nargs="+",
        default=[],
        metavar="JSON",
        help="exported generators (default: none)",
    )
    parser.add_argument(
        "--sweep",
        choices=("hybrid", "diffusion"),
        help="sampling and inputs of one generator, changed one by one",
    )
    parser.add_argument(
        "--kind", default="", metavar="PREFIX", help="only clips named so, e.g. single, stills, head"
    )
    parser.add_argument("--clips", type=int, default=12, metavar="N", help="clips at most (default: 12)")
    parser.add_argument("--split", choices=("train", "val", "test"), default="val")
    parser.add_argument(
        "-o",
        "--output",
        type=output_folder,
        required=True,
        metavar="FOLDER",
        help="tables and sheets go here",
    )
    parser.set_defaults(run=_run_generator)


def _run_generator(args: argparse.Namespace) -> int:
    from core.base.errors import SettingsError
    from core.research.benchmark.generator import run_pairs, standard_ways, table

    if args.sweep is None:
        ways = standard_ways(args.weights)
    else:
        from core.research.benchmark.generator_sweeps import sweep_ways

        if len(args.weights) != 1:
            raise SettingsError(
                f"A sweep is of one generator; {len(args.weights)} are named.",
                hint="Name one with --weights.",
            )
        ways = sweep_ways(args.weights[0], args.sweep)
    print(table(run_pairs(args.data, args.output, ways, most=args.clips, split=args.split, kind=args.kind)))
    return 0


def _run_editor(args: argparse.Namespace) -> int:
    from app.lab.editor_figures import measure_editor

    print(measure_editor(args.film, seconds=args.seconds, seeks=args.seeks).table())
    return 0


def _run_motion(args: argparse.Namespace) -> int:
    import json

    from core.research.benchmark import motion

    clips = motion.held_out_clips(args.data, everything=args.all)
    if args.only:
        clips = [clip for clip in clips if any(name in clip.name for name in args.only)]
    offsets = json.loads(args.offsets.read_text("utf-8")) if args.offsets else {}
    predictors = motion.default_predictors(args.plain)
    rows = motion.run_motion(clips, predictors, offsets=offsets, snrs=(None, *args.noise))
    if args.languages:
        rows += motion.run_languages(motion.motion_model(), args.languages)
    motion.write_rows(rows, args.output)
    print(motion.table(rows))
    print(f"{motion.real_time_factor(motion.motion_model()):.0f} seconds of speech per second")
    return 0


def _run_lips(args: argparse.Namespace) -> int:
    from core.research.benchmark.lip_truth import run_truth
    from core.research.benchmark.lips import run_lips, table

    if not args.corpus and not (args.clips and (args.voices or args.reconstruct)):
        raise SettingsError(
            "There is nothing to measure.", hint="Give --clips with --voices or --reconstruct, or --corpus."
        )
    if args.corpus:
        print(run_truth(args.corpus, args.output, engines=args.engines, frames=args.frames))
    if args.clips and args.reconstruct:
        from core.research.benchmark import own_sound

        found = own_sound.run_own_sound(
            args.clips, args.output, engines=args.engines, weights=args.weights, frames=args.frames, cache=args.cache
        )  # fmt: skip
        print(own_sound.table(found))
    if not (args.clips and args.voices):
        return 0
    rows = run_lips(
        args.clips,
        args.voices,
        args.output,
        pairs=args.pairs,
        engines=args.engines,
        weights=args.weights,
        reconstruct=args.reconstruct,
        true_motion=args.true_motion,
        silence=args.silence,
        frames=args.frames,
        cache=args.cache,
    )
    print(table(rows))
    return 0


def _add_scorer(suites: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = suites.add_parser(
        "scorer", help="both sync scorers on held-out people: every table of docs/scorer.md"
    )
    parser.add_argument(
        "--data", type=input_path, required=True, metavar="FOLDER", help="prepared training clips"
    )
    parser.add_argument(
        "--tests", type=input_path, metavar="FOLDER", help="prepared test clips: lists their offsets"
    )
    parser.add_argument(
        "-o", "--output", type=output_folder, required=True, metavar="FOLDER", help="tables and plots go here"
    )
    parser.add_argument(
        "--trials",
        type=output_folder,
        metavar="FOLDER",
        help="also train every method, combination and setting of the paper's tables; those already here are kept",
    )
    parser.add_argument(
        "--minutes", type=float, default=2.0, help="processor minutes for each trial (default: 2)"
    )
    parser.add_argument("--scorers", nargs="*", choices=("A", "B"), default=["A", "B"])
    parser.add_argument(
        "--tracked",
        type=input_path,
        metavar="FOLDER",
        help="what --data was prepared from: adds films made dark, small, covered",
    )
    parser.add_argument(
        "--scenes", type=int, default=0, metavar="N", help="tell who speaks in N rendered conversations"
    )
    parser.add_argument("--no-conditions", action="store_true", help="leave out the robustness tables")
    parser.set_defaults(run=_run_scorer)


def _run_scorer(args: argparse.Namespace) -> int:
    from core.research.benchmark.scorer_report import run_scorer_benchmark

    if args.trials is not None:
        from core.research.benchmark.scorer_tables import tables
        from core.research.benchmark.scorer_trials import run_trials, segments_in_an_epoch

        run_trials(args.data, args.trials, args.minutes)
        print(tables(args.trials, segments_in_an_epoch(args.data)))
    if args.scorers:
        print(
            run_scorer_benchmark(
                args.data,
                args.output,
                scorers=args.scorers,
                tests=args.tests,
                tracked=args.tracked,
                scenes=args.scenes,
                with_conditions=not args.no_conditions,
            )
        )
    return 0


def _add_media(suites: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = suites.add_parser(
        "media", help="seeking and export against a plain decode loop and ffmpeg, and the memory it takes"
    )
    parser.add_argument(
        "--film", type=input_path, metavar="VIDEO", help="a film of yours (default: one made on the spot)"
    )
    parser.add_argument(
        "--group", type=int, default=250, help="frames between key frames of the made film (default: 250)"
    )
    parser.add_argument("--seconds", type=int, default=20, help="length of the made film (default: 20)")
    parser.add_argument(
        "--frames", type=int, default=100, help="frames exported in the comparison (default: 100)"
    )
    parser.add_argument(
        "--loops", type=int, default=10, help="how often the film is repeated to test memory (default: 10)"
    )
    parser.set_defaults(run=_run_media)


def _run_media(args: argparse.Namespace) -> int:
    import tempfile

    from core.research.benchmark import media

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film = args.film or media.make_film(folder / "film.mp4", seconds=args.seconds, group=args.group)
        seeks = media.measure_seeks(film)
        print(f"Plain decode loop     {seeks.frames_per_second:.0f} frames a second")
        print(f"Key frames            at most {seeks.longest_group} frames apart")
        print(f"Random frame, cold    {seeks.cold}")
        print(f"Single steps          {seeks.steps}")
        print(f"Jumps up to 12        {seeks.near}")
        reading, replacing = media.measure_rectangle(film)
        print(f"Read a 400-px square  {reading}")
        print(f"Replace it            {replacing}")
        export = media.measure_export(film, folder, frames=args.frames)
        print(
            f"Export, {export.frames} frames    {export.ours_wall:.2f} s ({export.ours_processor:.2f} s of processor)"
        )
        if export.ffmpeg_wall is not None and export.ffmpeg_processor is not None:
            print(
                f"  the ffmpeg program  {export.ffmpeg_wall:.2f} s ({export.ffmpeg_processor:.2f} s of processor)"
            )
            speed = (export.ffmpeg_wall / export.ours_wall, export.ffmpeg_processor / export.ours_processor)
            print(f"  our speed           {speed[0]:.2f} of it ({speed[1]:.2f} by processor time)")
        short = media.measure_peak(film, folder / "short.mp4")
        long = media.measure_peak(media.loop_film(film, folder / "long.mp4", args.loops), folder / "out.mp4")
        print(
            f"Peak memory           {short / 2**20:.0f} MiB, {args.loops} times the length {long / 2**20:.0f} MiB"
        )
        print(f"  growth              {100 * (long / short - 1):+.1f} %")
    return 0
