"""What the program keeps on disk to be quick, how much of each kind, and throwing away what was not used for longest.

Everything here can be made again; nothing of the user's own lies in these folders.
"""

import contextlib
import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from core.base.errors import SettingsError
from core.base.models import user_data_dir
from core.base.sealed import used_at

_GIB = 2**30
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class CacheKind:
    """One kind of cached things.

    Attributes:
        name: its folder in the cache, and what commands call it.
        title: what people read.
        limit: bytes it may take.
        entries: pattern of what is thrown away as a whole, below its folder.
    """

    name: str
    title: str
    limit: int
    entries: str = "*"


KINDS: tuple[CacheKind, ...] = (
    CacheKind("chunks", "finished lips", 20 * _GIB, "??/*"),
    CacheKind("faces", "face analyses", 10 * _GIB),
    CacheKind("voices", "voices as the analysis hears them", 4 * _GIB),
    CacheKind("mouths", "what films show of mouths", 2 * _GIB),
    CacheKind("proxies", "light copies of heavy films", 20 * _GIB),
    CacheKind("thumbnails", "thumbnails", 1 * _GIB),
    CacheKind("waveforms", "waveforms", 512 * _MIB),
    CacheKind("curves", "sync curves", 256 * _MIB),
)


def limit_of(name: str) -> int:
    """Bytes that the kind of that name may take."""
    return next(kind.limit for kind in KINDS if kind.name == name)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a cache: a file or a folder, its bytes, and when it was used last, in seconds since 1970."""

    path: Path
    size: int
    used: float


@dataclass(frozen=True, slots=True)
class CacheUse:
    """How much of a kind there is: how many entries, and their bytes."""

    kind: CacheKind
    entries: int
    size: int


def cache_root() -> Path:
    """The folder of all caches."""
    return user_data_dir() / "cache"


def cached_entries(folder: Path, pattern: str = "*") -> list[Entry]:
    """What lies in a cache's folder."""
    found = []
    for path in folder.glob(pattern):
        if path.name.startswith(".") or ("." in path.name and path.is_dir()):
            continue  # being made by some process
        with contextlib.suppress(OSError):  # another process threw it away meanwhile
            size = sum(each.stat().st_size for each in path.rglob("*") if each.is_file()) if path.is_dir() else 0
            found.append(Entry(path, size or path.stat().st_size, used_at(path)))
    return found


def drop_longest_unused(entries: Iterable[Entry], limit: int, keep: Collection[str] = ()) -> int:
    """Deletes entries, the longest unused first, until the rest takes at most `limit` bytes; returns the bytes freed.

    Args:
        entries: what there is.
        limit: bytes that may stay.
        keep: names of entries that stay in any case.
    """
    rising = sorted(entries, key=lambda entry: entry.used)
    total = sum(entry.size for entry in rising)
    freed = 0
    for entry in rising:
        if total - freed <= limit:
            break
        if entry.path.name not in keep and _delete(entry.path):
            freed += entry.size
    return freed


def usage(root: Path | None = None) -> tuple[CacheUse, ...]:
    """How much of each kind there is now."""
    folder = cache_root() if root is None else root
    found = []
    for kind in KINDS:
        entries = cached_entries(folder / kind.name, kind.entries)
        found.append(CacheUse(kind, len(entries), sum(entry.size for entry in entries)))
    return tuple(found)


def trim(root: Path | None = None, *, keep: Collection[str] = (), kinds: Collection[str] | None = None) -> int:
    """Brings every kind (or those named) below its limit; returns the bytes freed. `keep` as in `drop_longest_unused`."""
    folder = cache_root() if root is None else root
    return sum(
        drop_longest_unused(cached_entries(folder / kind.name, kind.entries), kind.limit, keep)
        for kind in KINDS
        if kinds is None or kind.name in kinds
    )


def clear(names: Collection[str] = (), root: Path | None = None) -> int:
    """Deletes all of the named kinds, or of every kind; returns the bytes freed.

    Raises:
        SettingsError: there is no such kind.
    """
    known = {kind.name for kind in KINDS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SettingsError(
            f"There is no cache “{unknown[0]}”.", hint=f"Choose of {', '.join(kind.name for kind in KINDS)}."
        )
    folder = cache_root() if root is None else root
    freed = 0
    for kind in KINDS:
        if not names or kind.name in names:
            freed += drop_longest_unused(cached_entries(folder / kind.name, kind.entries), -1)
    return freed


def _delete(path: Path) -> bool:
    """Whether it is gone: a file in use stays on some systems."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError:
        return False
    return True
