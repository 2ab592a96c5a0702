"""``unisync lab``: research (training, benchmarks, training data); part of the source tree, not of an installed program."""

import argparse
import importlib
import importlib.util
import pkgutil


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb with one sub-verb per module of `app.lab`, where that folder is there."""
    if importlib.util.find_spec("app.lab") is None:
        return
    lab = importlib.import_module("app.lab")
    parser = verbs.add_parser("lab", help="train, benchmark and make training data (source tree only)")
    areas = parser.add_subparsers(dest="area", metavar="AREA", required=True)
    for module in sorted(pkgutil.iter_modules(lab.__path__), key=lambda info: info.name):
        area = importlib.import_module(f"app.lab.{module.name}")
        if hasattr(area, "add_parser"):
            area.add_parser(areas)
