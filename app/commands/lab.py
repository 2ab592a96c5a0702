"""``unisync lab``: research (training, benchmarks, training data); part of the source tree, not of an installed program."""

import argparse
import importlib
import importlib.util

AREAS = ("benchmark", "corpus", "fuzz", "mutate", "train")


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb with one sub-verb for each of `AREAS`, modules of `app.lab`, where that folder is there."""
    if importlib.util.find_spec("app.lab") is None:
        return
    parser = verbs.add_parser("lab", help="train, benchmark and make training data (source tree only)")
    areas = parser.add_subparsers(dest="area", metavar="AREA", required=True)
    for area in AREAS:  # nothing else of the folder: every command waits for what is imported here
        importlib.import_module(f"app.lab.{area}").add_parser(areas)
