"""What makes two dubbed films the same: every sample of picture and sound, and when each frame is shown."""

import hashlib
import os
import sys
from pathlib import Path

from core.media.audio import AudioReader
from core.media.reader import VideoReader
from tests.talking import cut_dub, cut_film

FRAMES = 36


def film_digest(path: Path) -> str:
    """A hash of all that is seen and heard."""
    digest = hashlib.sha256()
    with VideoReader(path) as reader:
        for decoded in reader.frames():
            digest.update(f"{decoded.time} {decoded.frame.format.name}".encode())
            for plane in decoded.frame.planes:
                digest.update(bytes(plane))
    with AudioReader(path) as sound:
        digest.update(f"{sound.rate} {sound.layout}".encode())
        for block in sound.blocks():
            digest.update(block.tobytes())
    return digest.hexdigest()


def toy_dub(folder: Path) -> list[str]:
    """Makes a film and a dub of toy size; returns the options of ``unisync dub`` but for the output."""
    film, voice = cut_film(folder / "film.mp4", FRAMES), cut_dub(folder / "dub.flac", FRAMES / 25)
    return ["dub", str(film), "--audio", str(voice), "--export", "ffv1"]


def as_command(options: list[str]) -> list[str]:
    """The command as a process of its own."""
    return [sys.executable, "-m", "app.main", *options]


def bare_home(folder: Path) -> Path:
    """A user's folder with the installed models and nothing else."""
    from core.base.models import user_data_dir

    folder.mkdir(parents=True, exist_ok=True)
    os.symlink(user_data_dir() / "models", folder / "models")
    return folder


def left_over(*folders: Path) -> list[str]:
    """What unfinished work would leave behind."""
    found = [path for folder in folders for path in folder.rglob("*")]
    return [
        path.name
        for path in found
        if path.name.startswith(".unisync") or ".part" in path.name or (path.is_dir() and "." in path.name)
    ]
