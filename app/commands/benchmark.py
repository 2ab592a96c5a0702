"""``unisync benchmark engines``: what each lip engine takes on this computer, all in one run and one table."""

import argparse
from collections.abc import Callable

from app.paths import input_path

BUILT_IN = ("own-mouth", "hybrid", "diffusion")
"""The program's own engines, the default first."""


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb to the command line."""
    from core.model_store.catalogue import ENGINES

    parser = verbs.add_parser("benchmark", help="measure lip engines on this computer")
    subjects = parser.add_subparsers(dest="subject", metavar="SUBJECT", required=True)
    engines = subjects.add_parser(
        "engines",
        help="seconds for a second of film, frames a second and memory of each",
        description="The built-in engines make the lips of CLIP for VOICE. Of the published ones each network is run once at its full "
        "size, with random weights where its own are not installed (they cost the same), and what a film needs is added up.",
    )
    engines.add_argument(
        "clip", type=input_path, metavar="CLIP", help="a film with a face, a few seconds long"
    )
    engines.add_argument("voice", type=input_path, metavar="VOICE", help="the dub for it")
    engines.add_argument(
        "--engines",
        nargs="+",
        choices=(*BUILT_IN, *ENGINES),
        metavar="ENGINE",
        help="only these (default: every built-in one that is ready, every published one)",
    )
    engines.add_argument("--device", default="auto", help="auto, cpu, cuda:0, mps, directml")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """One process for each engine, so that no one's memory is counted for another's."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    from core.base.torch_library import require_torch
    from core.engine.dub import check_film_and_dub
    from core.engine.measuring import Row, built_in, published
    from core.model_store.catalogue import ENGINES
    from core.takes.lips import is_ready

    film, voice = args.clip.absolute(), args.voice.absolute()
    check_film_and_dub(film, voice)
    names = args.engines or (*filter(is_ready, BUILT_IN), *ENGINES)
    if any(name in ENGINES for name in names):
        require_torch("Measuring published engines")
    print(
        "| engine | s for a second of film | as a draft | processor s | frames a second | memory | where | figures from |"
    )
    print("|---|---:|---:|---:|---:|---:|---|---|")
    spawn = multiprocessing.get_context("spawn")
    for name in names:
        work: Callable[..., Row] = published if name in ENGINES else built_in
        given = (name, args.device) if name in ENGINES else (name, film, voice, args.device)
        with ProcessPoolExecutor(1, mp_context=spawn) as process:
            row = process.submit(work, *given).result()
        where = f"{row.device}, {row.precision}" if row.precision else row.device
        figures = (row.final, row.draft, row.processor, row.rate / max(row.final, 1e-9))
        cells = (row.engine, *map(_figure, figures), f"{row.memory / 1e9:.1f} GB", where, row.how)
        print(f"| {' | '.join(cells)} |", flush=True)
    return 0


def _figure(value: float) -> str:
    """With three digits that count."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
