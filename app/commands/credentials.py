"""``unisync credentials``: what a film's content credentials say, and whose certificate signs new ones."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from app.paths import input_path

if TYPE_CHECKING:
    from core.delivery.credentials import Credentials

_STATES = {
    "valid": "unchanged since it was signed; nobody vouches for the signer",
    "trusted": "unchanged since it was signed, by a trusted signer",
    "invalid": "NOT VALID: changed since it was signed",
}


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb and its options."""
    parser = verbs.add_parser(
        "credentials", help="read a film's content credentials; sign with your own certificate"
    )
    parser.add_argument("films", nargs="*", type=input_path, metavar="FILM", help="films to read")
    parser.add_argument("--json", action="store_true", help="print one JSON list with an entry for each film")
    parser.add_argument(
        "--use",
        nargs=2,
        type=input_path,
        metavar=("CHAIN", "KEY"),
        help="sign with this certificate from now on: two PEM files, the chain with your certificate first, and its key",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Installs a certificate, reads films, or both; returns 2 where a film's record is not valid."""
    from core.base.errors import MediaError, SettingsError
    from core.delivery.credentials import read, try_key
    from core.delivery.signing_key import install_key, read_key

    if not args.use and not args.films:
        raise SettingsError(
            "There is nothing to do.", hint="Name a film to read, or a certificate with --use CHAIN KEY."
        )
    if args.use:
        chain, key = args.use
        try_key(read_key(chain, key))
        install_key(chain, key)
        print(f"Films are signed with {chain} from now on.")
    for film in args.films:
        if not film.is_file():
            raise MediaError(f"“{film}” does not exist.", hint="Check the name.")
    found = [(film, read(film)) for film in args.films]
    if args.json:
        entries = [
            {"path": str(film), **(asdict(record) if record else {"state": None})} for film, record in found
        ]
        print(json.dumps(entries, indent=2, ensure_ascii=False))
    elif found:
        print("\n\n".join("\n".join(_lines(film, record)) for film, record in found))
    return 2 if any(record is not None and record.state == "invalid" for _, record in found) else 0


def _lines(film: Path, record: "Credentials | None") -> list[str]:
    if record is None:
        return [str(film), "  no content credentials"]
    return [
        str(film),
        f"  state    {_STATES.get(record.state, record.state)}",
        f"  signer   {record.signer}",
        *(f"  source   {source}" for source in record.sources),
        *(f"  done     {action}" for action in record.actions),
    ]
