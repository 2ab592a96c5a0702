"""``unisync torch``: brings what engines that paint and trainings need, when they are first wanted."""

import argparse


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb to the command line."""
    parser = verbs.add_parser(
        "torch", help="install torch and its company (1.1 GB) for engines that paint and trainings"
    )
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Runs the verb; returns its exit code."""
    from app.progress import show_progress
    from core.base.torch_library import is_torch_here
    from core.engine.torch_install import install_torch, where
    from core.jobs.cancel import CancelToken
    from core.jobs.events import JobId

    if is_torch_here():
        print("torch is installed already.")
        return 0
    show_progress(install_torch(JobId("torch"), CancelToken()))
    print(f"torch is installed in {where()}.")
    return 0
