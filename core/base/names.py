"""Names that a file brings along, before they become paths.

A model, a project or a cache may come from anybody. Wherever one of them names another file or a digest, the name goes through
here and nowhere else: a bare name stays inside its folder on every system, and a digest is a digest and nothing more.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from core.base.errors import AppError

_LONGEST = 200  # bytes; a file system allows 255, and “.part” and the like come behind
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f\ud800-\udfff]')
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file: these open a device, whatever their ending.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-f]{16,64}")


def is_bare_name(name: object) -> bool:
    """Whether `name` names one file inside whatever folder it is put behind, on every system we run on."""
    return (
        isinstance(name, str)
        and 0 < len(name.encode("utf-8", "surrogatepass")) <= _LONGEST
        and not name.startswith((".", " "))
        and not name.endswith((".", " "))
        and not _FORBIDDEN.search(name)
        and not _DEVICES.match(name)
    )


def bare_name(text: str) -> str:
    """A bare name as like `text` as can be: what may not be in one becomes “_”."""
    name = _FORBIDDEN.sub("_", text).strip(". ").encode()[:_LONGEST].decode(errors="ignore").rstrip(". ")
    return f"_{name}" if not name or _DEVICES.match(name) else name


def is_sha256(digest: object) -> bool:
    """Whether `digest` is a sha256 as lower-case hex."""
    return isinstance(digest, str) and _SHA256.fullmatch(digest) is not None


def is_cache_key(key: object) -> bool:
    """Whether `key` is what the caches call their folders: 16 to 64 hex digits."""
    return isinstance(key, str) and _KEY.fullmatch(key) is not None


def file_beside(
    description: Path, name: object, *, endings: Iterable[str], error: type[AppError] = AppError
) -> Path:
    """The file called `name` in the folder of the file `description` that names it.

    Args:
        description: the file that says so.
        name: what it says.
        endings: what such a file's name may end in, for example (".safetensors",).
        error: what is raised.

    Raises:
        AppError: it is no bare name with such an ending, or is the name of `description` itself; nothing was opened.
    """
    wanted = tuple(endings)
    if (
        not is_bare_name(name)
        or not str(name).endswith(wanted)
        or str(name).casefold() == description.name.casefold()
    ):
        raise error(
            f"{description} names a file {str(name)[:80]!a}, which is no plain name of a {' or '.join(wanted)} file beside it.",
            hint="Do not use it: a file made by this program never does that.",
        )
    return description.parent / str(name)
