"""Damaged certificates and keys."""

import os
import random
from pathlib import Path

from app.lab.fuzz_targets.door import ask
from core.delivery.signing_key import key_folder, signing_key
from core.research.fuzzing.mutations import damaged


def seeds(folder: Path) -> tuple[bytes, bytes]:
    """A chain and its key."""
    os.environ["UNISYNC_HOME"] = str(folder / "home")
    made = signing_key()
    return made.chain, made.key


def case(folder: Path, draw: random.Random, made: tuple[bytes, bytes]) -> str:
    """One damaged chain or key, or both."""
    os.environ["UNISYNC_HOME"] = str(folder / "home")
    chain, key = made
    which = draw.randrange(3)
    (folder / "chain.pem").write_bytes(damaged(chain, draw) if which != 1 else chain)
    (folder / "key.pem").write_bytes(damaged(key, draw) if which != 0 else key)
    outputs = [key_folder() / "certificates.pem", key_folder() / "key.pem"]
    code = ask(folder, ["credentials", "--use", str(folder / "chain.pem"), str(folder / "key.pem")], outputs)
    return "refused" if code else "taken"
