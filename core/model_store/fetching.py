"""Published files from the network: taken up again where they broke off, with progress, the digest checked at the end."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from core.base.errors import ModelError
from core.base.models import file_sha256
from core.model_store.catalogue import PublishedFile

OnProgress = Callable[[str, int, int], None]
"""Told the stage (``fetch``, ``check``, ``convert``), how much is done and of how much; may raise to stop."""


def fetch(file: PublishedFile, folder: Path, on_progress: OnProgress) -> Path:
    """The file in `folder`, fetched as far as it is not there yet.

    Raises:
        ModelError: no network, no such file, or it is not the published one.
        OSError: it cannot be written.
    """
    path = folder / file.name
    url, sha256, size = _where(file)
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{file.name}.part"
        part.touch()
        with part.open("r+b") as target:
            _append(url, target, size, file, on_progress)
        os.replace(part, path)
    check_file(path, file, sha256, on_progress)
    return path


def check_file(path: Path, file: PublishedFile, sha256: str, on_progress: OnProgress) -> None:
    """Raises ModelError unless the file is the published one: its size first, then its digest."""
    size = path.stat().st_size
    if file.sha256 and size != file.size:
        raise ModelError(
            f"{path} has {size:,} bytes; the published {file.path} has {file.size:,}.",
            hint="Fetch it again, or give --other-weights if you trained it yourself.",
        )
    if not sha256:
        return
    on_progress("check", 0, size)
    actual = file_sha256(path)
    on_progress("check", size, size)
    if actual != sha256:
        raise ModelError(
            f"{path} is not the published {file.path} (sha256 {actual[:12]}…, expected {sha256[:12]}…).",
            hint="Fetch it again, or give --other-weights if you trained it yourself.",
        )


def _where(file: PublishedFile) -> tuple[str, str, int]:
    """Address, digest (ours, else the hub's own) and size."""
    if file.repository.startswith(("http://", "https://")):
        return file.repository, file.sha256, file.size
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    try:
        told = get_hf_file_metadata(hf_hub_url(file.repository, file.path, revision=file.revision))
    except _no_answer() as error:
        raise _not_fetched(file, error) from error
    hubs_own = told.etag if told.etag is not None and len(told.etag) == 64 else ""
    return told.location, file.sha256 or hubs_own, told.size or file.size


def _append(url: str, target: BinaryIO, size: int, file: PublishedFile, on_progress: OnProgress) -> None:
    """Fetches what is still missing of `target`. `hf_hub_download` would begin anew: it keeps no parts."""
    from huggingface_hub.file_download import http_get
    from tqdm import tqdm

    class Told(tqdm):
        """Tells our listener instead of drawing a bar."""

        def __init__(self, *args: object, **options: object) -> None:
            options.pop("name", None)
            super().__init__(*args, **{**options, "file": silent, "disable": False})

        def update(self, n: float | None = 1) -> bool | None:
            shown = super().update(n)
            on_progress("fetch", int(self.n), size)
            return shown

    have = target.seek(0, os.SEEK_END)
    if have > size:  # of another version
        have = target.seek(0)
        target.truncate()
    with open(os.devnull, "w", encoding="utf-8") as silent:
        try:
            http_get(url, target, resume_size=have, expected_size=size, tqdm_class=Told)
        except _no_answer() as error:
            raise _not_fetched(file, error) from error


def _no_answer() -> tuple[type[Exception], ...]:
    """What the client raises when a server says no, or nothing."""
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, HTTPError

    return (HfHubHTTPError, EntryNotFoundError, HTTPError, ConnectionError)


def _not_fetched(file: PublishedFile, error: Exception) -> ModelError:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return ModelError(
        f"{file.path} of {file.repository} could not be fetched: {first}",
        hint="Run the same command again once there is a network; it goes on where it broke off. Or give --from FOLDER.",
    )


def check_room(
    folder: Path, needed: int, hint: str = "Free some space, or move the data folder with UNISYNC_HOME."
) -> None:
    """Raises ModelError with `hint` when the disk of `folder` has less than `needed` bytes free."""
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < needed:
        raise ModelError(
            f"{needed / 1e9:.1f} GB are needed in {folder}, and {free / 1e9:.1f} GB are free.",
            hint=hint,
        )
