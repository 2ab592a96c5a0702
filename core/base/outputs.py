"""What is written is never what is read, nor what else is written: asked once, before any work, for every command."""

import os
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.base.errors import MediaError, SettingsError


def check_outputs(
    outputs: Sequence[tuple[str, Path]], inputs: Iterable[Path], made: Iterable[Path] = ()
) -> None:
    """Refuses outputs that would destroy something.

    Two paths are one file when they lead to the same place (links followed), are hard links of one file, or differ in
    case or Unicode form only: on many disks those are the same name.

    Args:
        outputs: what each is called in the message (an option, say) and where it goes.
        inputs: every file that is read.
        made: folders that the command makes where they are missing.

    Raises:
        SettingsError: an output is an input or another output, or replaces something that is no plain file.
        MediaError: the folder of an output is missing or may not be written to, or a folder has its name.
    """
    read = [(path, _places(path)) for path in inputs]
    written: list[tuple[str, set[object]]] = []
    coming = {folder.absolute() for folder in made if not folder.exists()}
    for name, path in outputs:
        places = _places(path)
        for other, taken in read:
            if places & taken:
                raise SettingsError(
                    f"{name} {path} is also an input ({other}).",
                    hint="Choose another name for what is written.",
                )
        for other_name, taken in written:
            if places & taken:
                raise SettingsError(
                    f"{name} {path} is also {other_name}.", hint="Give each of them a name of its own."
                )
        written.append((name, places))
        if path.absolute().parent not in coming:
            _check_place(name, path)


def check_new_folder(folder: Path, inputs: Iterable[Path]) -> None:
    """Refuses a folder for several files that is more than an empty place.

    Raises:
        SettingsError: it is there and not empty, is a file, or an input has its name.
        MediaError: the folder it is to be made in is missing or may not be written to.
    """
    if folder.is_dir():
        if any(folder.iterdir()):
            raise SettingsError(
                f"The folder {folder} is not empty.", hint="Choose a new one; nothing is written over."
            )
        _check_parent(folder)
    else:
        check_outputs([("The folder", folder)], inputs)
        if folder.exists():
            raise SettingsError(f"{folder} is a file.", hint="Choose a new folder.")


def _check_parent(path: Path) -> None:
    folder = path.absolute().parent
    if not folder.is_dir():
        raise MediaError(f"The folder {folder} does not exist.", hint="Create it or choose another one.")
    if not os.access(folder, os.W_OK):
        raise MediaError(f"The folder {folder} may not be written to.", hint="Choose another one.")


def _check_place(name: str, path: Path) -> None:
    _check_parent(path)
    if path.is_dir():
        raise MediaError(f"{name} {path} is a folder.", hint="Give the name of a file.")
    if path.exists() and not path.is_file():
        raise SettingsError(f"{name} {path} is not a file.", hint="Give the name of a file.")


def _places(path: Path) -> set[object]:
    """What names a file: its place in any spelling, and its identity on the disk when it is there."""
    places: set[object] = {_spelling(os.path.realpath(path)), _spelling(os.path.abspath(path))}
    try:
        facts = os.stat(path)
    except (OSError, ValueError):
        return places
    if facts.st_ino:
        places.add((facts.st_dev, facts.st_ino))
    return places


def _spelling(path: str) -> str:
    return unicodedata.normalize("NFKC", path).casefold()
