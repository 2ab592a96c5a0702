"""``unisync models``: which models there are; installing, verifying and removing them."""

import argparse
import sys

from app.paths import input_path
from core.base.errors import ModelError


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb to the command line."""
    from core.model_store.catalogue import MODELS

    parser = verbs.add_parser("models", help="list, install, verify and remove model files")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="every model, its licence and whether it is here")
    listing.add_argument(
        "--files", action="store_true", help="also the published files with sizes and sha256"
    )
    install = actions.add_parser(
        "install", help="install the face models (2 MB out of a 35 MB download), or a published engine"
    )
    install.add_argument(
        "model", nargs="?", choices=tuple(MODELS), metavar="MODEL", help=f"one of {', '.join(MODELS)}"
    )
    install.add_argument(
        "--from",
        dest="source",
        type=input_path,
        metavar="PATH",
        help="a mediapipe 0.10.21 wheel on this computer; for MODEL the folder with its files",
    )
    install.add_argument(
        "--accept-licence", action="store_true", help="you have read MODEL's licence and accept it"
    )
    install.add_argument(
        "--other-weights",
        action="store_true",
        help="the files in --from are of your own training: other checksums and sizes than the published ones are taken",
    )
    install.add_argument(
        "--size", type=int, metavar="PIXELS", help="with --other-weights: the square they were trained on"
    )
    install.add_argument(
        "--generator",
        type=input_path,
        metavar="JSON",
        help="install this trained generator instead (see “unisync lab train generator --export”)",
    )
    verify = actions.add_parser("verify", help="check every installed file against its sha256")
    verify.add_argument("model", nargs="?", choices=tuple(MODELS), metavar="MODEL", help="only this one")
    remove = actions.add_parser("remove", help="delete an installed engine's files")
    remove.add_argument("model", choices=tuple(MODELS), metavar="MODEL", help=f"one of {', '.join(MODELS)}")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the verb; returns its exit code."""
    if args.action == "install":
        return _install(args)
    if args.action == "remove":
        return _remove(args.model)
    if args.action == "verify":
        return _verify(args.model)
    return _list(show_files=args.files)


def _install(args: argparse.Namespace) -> int:
    if args.generator is not None:
        from core.generator.export import install_generator
        from core.takes.lips import generator_folder

        print(f"{install_generator(args.generator, generator_folder())} is installed in {generator_folder()}")
        return 0
    if args.model is None:
        from app.model_install import install_face_models

        for title in install_face_models(args.source) or ["Nothing to do: every model is here."]:
            print(title)
        return 0
    from app.progress import show_progress
    from core.engine.model_install import install_model
    from core.jobs.cancel import CancelToken
    from core.jobs.events import JobId
    from core.model_store import store
    from core.planning.requests import InstallRequest

    _ask(args.model, accepted=args.accept_licence)
    request = InstallRequest(args.model, args.source, args.other_weights, args.size)
    show_progress(install_model(request, JobId("install"), CancelToken()))
    print(f"{store.known(args.model).title} is installed in {store.model_folder(args.model)}")
    return 0


def _ask(model_id: str, *, accepted: bool) -> None:
    """Shows the licence; goes on when it is accepted now or was before.

    Raises:
        ModelError: it is not accepted.
    """
    from core.model_store import store

    model = store.known(model_id)
    licence = model.licence
    if store.is_accepted(licence):
        return
    print(f"{model.title}: {licence.title}\n{licence.summary}\nThe whole text: {licence.address}")
    if not accepted and sys.stdin.isatty():
        accepted = input("Type yes if you accept it: ").strip().lower() == "yes"
    if not accepted:
        raise ModelError(
            f"The licence of {model.title} is not accepted.", hint="Give --accept-licence to accept it."
        )
    store.accept(licence)


def _list(*, show_files: bool) -> int:
    from app.model_install import is_installed
    from core.base.models import MODELS, model_folder
    from core.model_store import catalogue, store

    for spec in MODELS.values():
        state = "ok" if is_installed(spec) else "missing or damaged"
        print(f"{spec.id:22} {state:20} {spec.licence:14} {spec.title}  ({model_folder(spec)})")
    for model in catalogue.MODELS.values():
        state = "installed" if store.is_installed(model.id) else "not installed"
        place = store.model_folder(model.id)
        print(
            f"{model.id:22} {state:20} {model.licence.title}; {model.size / 1e9:.1f} GB; needs {model.needs}  ({place})"
        )
        for file in model.files if show_files else ():
            sha256 = file.sha256 or "as the hub states"
            print(f"    {file.repository} {file.path}  {file.size:,} bytes  sha256 {sha256}")
    return 0


def _verify(only: str | None) -> int:
    from app.model_install import is_installed
    from core.base.models import MODELS, model_folder
    from core.model_store import catalogue, store

    good = True
    for spec in MODELS.values() if only is None else ():
        here = is_installed(spec)
        good = good and here
        state = "ok" if here else "missing or damaged"
        print(f"{spec.id:22} {state:20} {spec.title}  ({model_folder(spec)})")
    for model in catalogue.MODELS.values():
        if only not in (None, model.id) or (only is None and not store.is_installed(model.id)):
            continue
        wrong = store.verify(model.id)
        good = good and not wrong
        print(f"{model.id:22} {'damaged' if wrong else 'ok':20} {model.title}")
        for sentence in wrong:
            print(f"    {sentence}")
    return 0 if good else 2


def _remove(model_id: str) -> int:
    from core.model_store import store

    print(f"{model_id} is removed." if store.remove(model_id) else f"{model_id} was not installed.")
    return 0
