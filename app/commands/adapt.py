"""``unisync adapt``: fits the installed generator to one person, from a film of that person."""

import argparse

from app.paths import input_path, output_folder


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb to the command line."""
    parser = verbs.add_parser(
        "adapt", help="fit a generator to one person, out of a film of that person with its own sound"
    )
    parser.add_argument("video", type=input_path, help="the film")
    parser.add_argument(
        "--weights", type=input_path, metavar="JSON", help="the generator (default: the installed one)"
    )
    parser.add_argument("--face", metavar="P1", help="which person (default: the one seen longest)")
    parser.add_argument("--minutes", type=float, default=5.0, help="how long to train (5)")
    parser.add_argument("--steps", type=int, metavar="N", help="stop after N steps even if minutes are left")
    parser.add_argument("--rank", type=int, default=8, help="of the LoRA (8)")
    parser.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    parser.add_argument(
        "-o",
        "--output",
        type=output_folder,
        required=True,
        metavar="FOLDER",
        help="the fitted generator goes here",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the verb; returns its exit code."""
    from dataclasses import replace

    from core.adaptation.learning import AdaptSettings, adapt
    from core.adaptation.person_clips import clips_of_person
    from core.base.device import resolve_device
    from core.base.errors import SettingsError
    from core.base.models import file_sha256
    from core.base.names import bare_name
    from core.base.precision import place_on
    from core.faces.analysis import analyse
    from core.generator.adaptation import folded
    from core.generator.export import export_generator, load_generator
    from core.takes.lips import installed_generator

    description = args.weights or installed_generator()
    if description is None:
        raise SettingsError(
            "No generator is installed that could be adapted.", hint="Name an exported one with --weights."
        )
    recipe, pipeline = load_generator(description)
    analysis = analyse(args.video)
    people = sorted(
        {t.person for t in analysis.tracks}, key=lambda p: -sum(t.frame_count for t in analysis.tracks_of(p))
    )
    if not people:
        raise SettingsError(f"No face was found in {args.video}.", hint="Choose another film.")
    person = args.face or people[0]
    if person not in people:
        raise SettingsError(
            f"There is no person “{person}” in {args.video.name}.", hint=f"People found: {', '.join(people)}."
        )
    clips = list(clips_of_person(args.video, analysis, person, recipe.size))
    settings = AdaptSettings(
        args.minutes, args.steps, rank=args.rank, place=place_on(resolve_device(args.device))
    )
    facts, _ = adapt(recipe, pipeline, clips, settings, person=person, base=file_sha256(description))
    print(
        f"{facts.steps} steps of {facts.seconds_per_step:.2f} s; error of the mouth on held-out seconds "
        f"{facts.before:.2f} → {facts.after:.2f} grey levels"
    )
    if not facts.helps:
        print("The adaptation gained nothing on held-out seconds; nothing was written.")
        return 0
    named = replace(recipe, name=bare_name(f"{recipe.name}-{args.video.stem}-{person}"))
    for path in export_generator(named, pipeline.autoencoder, folded(pipeline.transformer), args.output):
        print(path)
    print("Use it with “unisync models install --generator”.")
    return 0
