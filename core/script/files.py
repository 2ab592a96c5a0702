"""Script files as text."""

from pathlib import Path

from core.script.script import ScriptError

LARGEST = 64 * 2**20  # bytes; the longest scripts are a few hundred kilobytes


def read_text(path: Path) -> str:
    """A text file, whatever of the usual encodings it has.

    Raises:
        ScriptError: it cannot be read, is no text, or far too large to be a script.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise ScriptError(f"{path.name} is too large to be a script.")
        data = path.read_bytes()
    except OSError as error:
        raise ScriptError(f"{path} cannot be read: {error.strerror or error}.") from error
    for encoding in ("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ScriptError(f"{path.name} is no text.", hint="Save it as UTF-8.")
