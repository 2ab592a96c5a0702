"""``unisync cache``: what is kept on disk to be quick, and emptying it."""

import argparse


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb to the command line."""
    parser = verbs.add_parser("cache", help="show or empty what is kept on disk to be quick")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("list", help="what there is, how much of it, and how much there may be")
    clear = actions.add_parser("clear", help="delete it; everything in it is made again when it is needed")
    clear.add_argument(
        "kinds", nargs="*", metavar="KIND", help="only these, as “list” names them (default: all)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the verb; returns its exit code."""
    from core.base.cache_folders import cache_root, clear, usage

    if args.action == "clear":
        print(f"{_size(clear(args.kinds))} freed.")
        return 0
    print(cache_root())
    found = usage()
    for use in found:
        limit = _size(use.kind.limit)
        print(f"  {use.kind.name:12} {_size(use.size):>10} of {limit:>8}  {use.entries:6}  {use.kind.title}")
    print(f"  {'together':12} {_size(sum(use.size for use in found)):>10}")
    return 0


def _size(size: int) -> str:
    for unit, step in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if size >= step:
            return f"{size / step:.1f} {unit}"
    return f"{size} B"
