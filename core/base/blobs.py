"""What a project names and does not hold: files under their content's hash, in the user's folder.

A project that is opened elsewhere names blobs that are not there: that is a state to show, not an error.
"""

import os
import uuid
from collections.abc import Callable
from pathlib import Path

from core.base.models import file_sha256, user_data_dir
from core.base.names import is_sha256


class BlobStore:
    """Files by the sha256 of their content.

    Args:
        folder: where they lie; the user's by default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = user_data_dir() / "blobs" if folder is None else folder

    def put(self, write: Callable[[Path], object]) -> str:
        """Keeps what `write` puts into the file it is given; returns its hash."""
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = self._folder / f".{uuid.uuid4().hex}.part"
        try:
            write(beside)
            digest = file_sha256(beside)
            os.replace(beside, self._folder / digest)
        finally:
            beside.unlink(missing_ok=True)
        return digest

    def find(self, digest: str) -> Path | None:
        """The file with that hash, or None when it is not here. A project may say anything: what is no hash is nowhere."""
        if not is_sha256(digest):
            return None
        path = self._folder / digest
        return path if path.is_file() else None
