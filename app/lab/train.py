"""``unisync lab train``: trains the program's small networks on footage of your own, one sub-verb per network."""

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from app.paths import input_path, output_folder, output_path
from core.base.errors import SettingsError

_TRACKED = "tracked clips (made by core.research.corpus.real)"


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb and one sub-verb per network to the command line."""
    parser = verbs.add_parser("train", help="train the program's networks on tracked footage")
    networks = parser.add_subparsers(dest="network", metavar="NETWORK", required=True)
    _add_motion(networks)
    _add_scorer(networks)
    _add_generator(networks)
    _add_occluders(networks)
    _add_naturalness(networks)


def _add_folders(parser: argparse._ActionsContainer, data: str, *, is_output_needed: bool = True) -> None:
    """Where a training begins and where it ends."""
    parser.add_argument("--data", type=input_path, required=is_output_needed, metavar="FOLDER", help=data)
    _add_results(parser, is_output_needed=is_output_needed)


def _add_results(parser: argparse._ActionsContainer, *, is_output_needed: bool) -> None:
    parser.add_argument(
        "-o",
        "--output",
        type=output_folder,
        required=is_output_needed,
        metavar="FOLDER",
        help="train; checkpoint, curve and weights go here",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on from the checkpoint in the output folder"
    )
    parser.add_argument(
        "--export", type=output_folder, metavar="FOLDER", help="afterwards write the files that ship here"
    )


def _add_schedule(parser: argparse._ActionsContainer, minutes: float | None, *, seed: int = 0) -> None:
    """How long a training takes; where no minutes are usual they have to be named."""
    usual = f" ({minutes:g})" if minutes is not None else ""
    parser.add_argument(
        "--minutes", type=float, required=minutes is None, default=minutes, help=f"how long to train{usual}"
    )
    parser.add_argument(
        "--most-steps", type=int, metavar="N", help="stop there even if minutes are left, so that runs are alike"
    )
    parser.add_argument(
        "--clock",
        choices=("wall", "processor"),
        default="wall",
        help="what --minutes counts (default: wall); the processor's is fair on a shared machine",
    )
    parser.add_argument("--seed", type=int, default=seed)


def _add_motion(networks: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = networks.add_parser("motion", help="speech encoder and speech-to-mouth motion")
    parser.add_argument(
        "--config", type=input_path, metavar="JSON", help="a whole run; the options below overrule it"
    )
    _add_folders(parser, _TRACKED, is_output_needed=False)
    parser.add_argument(
        "--minutes", type=float, help="how long to train (default: as the configuration says, or 40)"
    )
    parser.set_defaults(run=_run_motion)


def _add_scorer(networks: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = networks.add_parser("scorer", help="the audio-visual sync scorer")
    parser.add_argument(
        "--config", required=True, metavar="NAME|JSON", help="a recipe's name or a configuration file"
    )
    _add_folders(parser, "prepared clips")
    _add_schedule(parser, None, seed=1)
    parser.add_argument("--half", choices=("a", "b"), help="train on one half of the people")
    parser.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    parser.add_argument("--hubert", metavar="FOLDER", help="the HuBERT that a …-hubert recipe hears with")
    parser.add_argument("--hubert-layer", type=int, default=-1, help="which hidden state (default: the last)")
    parser.add_argument(
        "--prepare", type=input_path, metavar="FOLDER", help="first prepare these tracked clips"
    )
    parser.add_argument(
        "--measure-offsets",
        action="store_true",
        help="then measure how late the single clips' sound is, by both shipped scorers, and train without it",
    )
    parser.add_argument(
        "--initial", type=input_path, metavar="WEIGHTS", help="start from these weights, as far as they fit"
    )
    parser.add_argument(
        "--teach-phones",
        type=float,
        metavar="MINUTES",
        help="first teach the audio tower of a …-mel recipe phones, by synthetic voices, for so long, and start from there",
    )
    parser.add_argument(
        "--frozen-audio",
        action="store_true",
        help="train the visual tower alone against the initial audio tower",
    )
    parser.set_defaults(run=_run_scorer)


def _add_generator(networks: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = networks.add_parser(
        "generator",
        help="the lip-sync generator; prepares its clips, too, and packs them for another machine",
    )
    parser.add_argument("--data", type=input_path, required=True, metavar="FOLDER", help="prepared clips")
    clips = parser.add_argument_group("preparing clips")
    clips.add_argument(
        "--prepare",
        type=input_path,
        metavar="FOLDER",
        help="first prepare these tracked clips (core.research.corpus.real)",
    )
    clips.add_argument("--rendered", type=int, default=0, metavar="N", help="and N rendered people")
    clips.add_argument(
        "--stills",
        type=input_path,
        metavar="FOLDER",
        help="and re-enact the tracked portraits in FOLDER/stills",
    )
    clips.add_argument("--size", type=int, default=128, metavar="PIXELS", help="side of the crops (128)")
    clips.add_argument("--clip-frames", type=int, default=75, metavar="N", help="of a clip at most (75)")
    clips.add_argument("--per-person", type=int, default=24, metavar="N", help="clips of one person (24)")
    clips.add_argument(
        "--prepare-minutes", type=float, default=float("inf"), help="stop preparing then; call again to go on"
    )
    clips.add_argument(
        "--offsets", type=input_path, metavar="JSON", help="how late a clip's sound is, by its name"
    )
    clips.add_argument(
        "--pack", type=output_path, metavar="FILE", help="put what fits into one file to take along"
    )
    clips.add_argument("--pack-mib", type=float, default=40.0, metavar="MIB", help="its size at most (40)")
    clips.add_argument("--unpack", type=input_path, metavar="FILE", help="first fill --data from such a file")
    training = parser.add_argument_group("training")
    training.add_argument(
        "--config", metavar="NAME|JSON", default="generator-small", help="recipe (default: generator-small)"
    )
    _add_results(training, is_output_needed=False)
    _add_schedule(training, 30.0)
    training.add_argument(
        "--initial",
        type=input_path,
        metavar="JSON",
        help="start from this exported generator of the same shape; it may have been told no speech",
    )
    training.add_argument(
        "--autoencoder-minutes", type=float, default=10.0, help="of them for a recipe's autoencoder (10)"
    )
    training.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    training.add_argument("--workers", type=int, default=0, metavar="N", help="threads that draw batches (0)")
    training.add_argument(
        "--sync-loss",
        type=input_path,
        metavar="RUN",
        help="folder of a trained scorer that sees pictures (small-rgb-…), for recipes that a sync loss teaches",
    )
    parser.set_defaults(run=_run_generator)


def _add_naturalness(networks: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = networks.add_parser("naturalness", help="what tells natural mouths from broken ones")
    _add_folders(parser, _TRACKED)
    parser.add_argument(
        "--composites",
        type=output_folder,
        metavar="FOLDER",
        help="learn from own-mouth's dubs of the clips, too; they are made into this folder where they are missing",
    )
    parser.add_argument(
        "--verdicts",
        type=input_path,
        metavar="FILE",
        help='which of these an eye sent back, as JSON: {clip: {"sent back": [frames], "passed": [frames]}}',
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="of the processor (20)")
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(run=_run_naturalness)


def _add_occluders(networks: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = networks.add_parser("occluders", help="what finds hands and microphones before a face")
    _add_folders(parser, _TRACKED)
    parser.add_argument(
        "--stills", type=input_path, metavar="FOLDER", help="and the tracked stills in this folder"
    )
    parser.add_argument("--rendered", type=int, default=50, metavar="N", help="and N rendered people (50)")
    _add_schedule(parser, 12.0)
    parser.set_defaults(run=_run_occluders)


def _run_motion(args: argparse.Namespace) -> int:
    from dataclasses import replace

    from core.research.training.motion.train import MotionTraining, export_run, train

    if args.config is None and (args.data is None or args.output is None):
        raise SettingsError(
            "The training needs a folder of tracked clips and one for its output.",
            hint="Name them with --data and --output, or a --config that does.",
        )
    training = (
        MotionTraining.read(args.config) if args.config else MotionTraining(str(args.data), str(args.output))
    )
    changes: dict[str, Any] = {}
    if args.data is not None:
        changes["real"] = str(args.data)
    if args.output is not None:
        changes["out"] = str(args.output)
    if args.minutes is not None:
        changes["minutes"] = args.minutes
    training = replace(training, **changes)
    weights = train(training, resume=args.resume)
    print(weights)
    if args.export is not None:
        for path in export_run(training, args.export):
            print(path)
    return 0


def _run_scorer(args: argparse.Namespace) -> int:
    from core.research.training.scorer.recipes import recipe
    from core.research.training.scorer.train import TrainSettings, train
    from core.scorer.config import load_config

    if args.prepare is not None:
        from core.research.training.scorer.prepare import prepare_folder

        print(f"{prepare_folder(args.prepare, args.data)} clips prepared")
    if args.measure_offsets:
        from core.research.benchmark.scorer_offsets import measure_offsets

        left_out = [name for name, offset in measure_offsets(args.data).items() if offset is None]
        print(f"sound offsets measured; left out: {', '.join(left_out) or 'none'}")
    if args.frozen_audio and args.initial is None:
        raise SettingsError(
            "There is no audio tower to freeze.", hint="Name the weights that hold one with --initial."
        )
    config = load_config(Path(args.config)) if args.config.endswith(".json") else recipe(args.config)
    initial = args.initial
    if args.teach_phones is not None:
        if initial is not None:
            raise SettingsError(
                "--teach-phones and --initial both say where to start.", hint="Leave one out."
            )
        initial = args.output / "phones.pt"
        if not (args.resume and initial.is_file()):
            from core.research.training.scorer.phone_lessons import teach_by_synthetic_voices

            teach_by_synthetic_voices(config, initial, args.teach_phones, seed=args.seed)
    settings = TrainSettings(
        args.data,
        args.output,
        args.minutes,
        clock=args.clock,
        most_steps=args.most_steps,
        initial=initial,
        frozen_audio=args.frozen_audio,
        seed=args.seed,
        half=args.half,
        device=args.device,
        hubert=args.hubert,
        hubert_layer=args.hubert_layer,
    )
    network = train(config, settings, resume=args.resume)
    print(args.output)
    if args.export is not None:
        from core.research.training.scorer.export import export_scorer
        from core.research.training.scorer.networks import SyncNetwork

        if not isinstance(network, SyncNetwork):
            raise SettingsError(
                f"The scorer “{config.name}” is there to be compared with; there is no form to export it in.",
                hint="Leave --export out.",
            )
        for path in export_scorer(network, args.export, config.name):
            print(path)
    return 0


def _run_generator(args: argparse.Namespace) -> int:
    import json

    if args.unpack is not None:
        from core.research.training.generator.dataset_archive import unpack

        print(f"{unpack(args.unpack, args.data)} clips unpacked")
    if args.prepare is not None or args.stills is not None or args.rendered:
        from core.research.corpus.generator_clips import PrepareSettings, prepare, size_report

        settings = PrepareSettings(
            size=args.size,
            frames=args.clip_frames,
            per_person=args.per_person,
            rendered=args.rendered,
            minutes=args.prepare_minutes,
            offsets=json.loads(args.offsets.read_text("utf-8")) if args.offsets else {},
        )
        report = prepare(args.prepare, args.data, settings, stills=args.stills)
        print(f"{report.made} clips made, {report.kept} there already")
        for why, count in sorted(report.left_out.items()):
            print(f"  left out, {why}: {count}")
        if not report.finished:
            print("Not finished: the same command goes on.")
        print(size_report(args.data))
    if args.pack is not None:
        from core.research.training.generator.dataset_archive import pack

        packed = pack(args.data, args.pack, round(args.pack_mib * 2**20))
        print(f"{packed.clips} clips, {packed.frames} frames, {packed.size / 2**20:.1f} MiB in {args.pack}")
    if args.output is not None:
        _train_generator(args)
    return 0


def _train_generator(args: argparse.Namespace) -> None:
    from core.generator.recipes import load_recipe
    from core.research.training.generator.training_run import RunSettings, train_generator
    from core.research.training.scorer.generator_loss import SyncLoss

    recipe = load_recipe(args.config)
    settings = RunSettings(
        args.data,
        args.output,
        args.minutes,
        autoencoder_minutes=args.autoencoder_minutes,
        clock=args.clock,
        most_steps=args.most_steps,
        device=args.device,
        workers=args.workers,
        seed=args.seed,
        initial=args.initial,
    )
    sync = None
    if recipe.sync_weight:
        if args.sync_loss is None:
            raise SettingsError(
                f"The recipe “{recipe.name}” is taught by a sync scorer too, and none is named.",
                hint="Train one (lab train scorer --config small-rgb-whisper) and name its folder with --sync-loss.",
            )
        sync = partial(SyncLoss.load, args.sync_loss)
    for path in train_generator(recipe, settings, sync=sync, resume=args.resume, export=args.export):
        print(path)


def _run_naturalness(args: argparse.Namespace) -> int:
    from core.research.benchmark.judge_composites import make_composites
    from core.research.training.naturalness.train import JudgeTraining, export, train

    if args.composites is not None:
        make_composites(args.data, args.composites)
    training = JudgeTraining(
        str(args.data),
        str(args.output),
        composites=str(args.composites) if args.composites else None,
        verdicts=str(args.verdicts) if args.verdicts else None,
        minutes=args.minutes,
        seed=args.seed,
    )
    weights = train(training, resume=args.resume)
    print(weights)
    if args.export is not None:
        for path in export(weights, args.export):
            print(path)
    return 0


def _run_occluders(args: argparse.Namespace) -> int:
    from core.research.training.occluders.train import OccluderTraining, export, train

    training = OccluderTraining(
        str(args.data),
        str(args.output),
        args.minutes,
        args.clock,
        stills=str(args.stills) if args.stills else None,
        heads=args.rendered,
        seed=args.seed,
        most_steps=args.most_steps,
    )
    weights = train(training, resume=args.resume)
    print(weights)
    if args.export is not None:
        for path in export(weights, args.export):
            print(path)
    return 0
