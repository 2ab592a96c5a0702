"""``unisync models``: which models there are, installing and verifying them."""

import argparse

from app.paths import input_path


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb to the command line."""
    parser = verbs.add_parser("models", help="list, install and verify model files")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="every model, its licence and whether it is here")
    install = actions.add_parser("install", help="install the face models (2 MB out of a 35 MB download)")
    install.add_argument(
        "--from", dest="wheel", type=input_path, metavar="WHEEL", help="a mediapipe 0.10.21 wheel on this computer"
    )
    install.add_argument(
        "--generator",
        type=input_path,
        metavar="JSON",
        help="install this trained generator instead (see “unisync lab train generator --export”)",
    )
    actions.add_parser("verify", help="check every installed file against its sha256")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the verb; returns its exit code."""
    from app.model_install import install_face_models, is_installed
    from core.base.models import MODELS, model_folder

    if args.action == "install" and args.generator is not None:
        from core.generator.export import install_generator
        from core.takes.lips import generator_folder

        print(f"{install_generator(args.generator, generator_folder())} is installed in {generator_folder()}")
        return 0
    if args.action == "install":
        for title in install_face_models(args.wheel) or ["Nothing to do: every model is here."]:
            print(title)
        return 0
    good = True
    for spec in MODELS.values():
        here = is_installed(spec)
        good = good and here
        state = "ok" if here else "missing or damaged"
        print(f"{spec.id:18} {state:20} {spec.licence:14} {spec.title}  ({model_folder(spec)})")
    return 0 if good or args.action == "list" else 2
