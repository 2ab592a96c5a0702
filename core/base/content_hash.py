"""Which file or which description this is, told from its content; of a long film not all is read."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

_PIECE = 2**20
_WHOLE = 16 * 2**20


def quick_hash(path: Path, *, piece: int = _PIECE, whole: int = _WHOLE) -> str:
    """Hex sha256 of a file's size and of its first, middle and last `piece` bytes.

    Args:
        path: the file.
        piece: bytes read at each place.
        whole: files of at most so many bytes are read altogether: a line recorded anew in the middle of a dub must not
            pass for the old one.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest = hashlib.sha256(str(size).encode())
        if size <= whole:
            digest.update(file.read())
            return digest.hexdigest()
        for position in (0, max(0, size // 2 - piece // 2), max(0, size - piece)):
            file.seek(position)
            digest.update(file.read(piece))
    return digest.hexdigest()


def content_key(facts: Mapping[str, object]) -> str:
    """Hex sha256 of a JSON-like description; equal descriptions give equal keys whatever their order."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()
