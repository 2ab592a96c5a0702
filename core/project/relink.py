"""Finding media again: the same file somewhere else."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from core.base.content_hash import quick_hash
from core.base.errors import ProjectError
from core.project.ids import MediaId
from core.project.media_items import MediaItem
from core.project.model import Project

_STORED_PIECE = 64 * 1024


def stored_hash(path: Path) -> str:
    """What a project file keeps of a medium's content. Project files hold these values: the rule must not change.

    Raises:
        OSError: it cannot be read.
    """
    return quick_hash(path, piece=_STORED_PIECE, whole=0)


@dataclass(frozen=True, slots=True)
class Located:
    """Where a medium lies now.

    Attributes:
        path: the file, or None when it was not found.
        is_changed: a file is there, but it is not the one the project was made with.
    """

    media: MediaId
    path: Path | None
    is_changed: bool = False


def locate(medium: MediaItem, project_folder: Path | None) -> Located:
    """Looks where the project says: beside the project first (it may have been moved with its media), then the old place."""
    candidates = []
    if project_folder is not None and medium.relative_path is not None:
        candidates.append((project_folder / medium.relative_path).resolve())
    candidates.append(Path(medium.path))
    present = [path for path in candidates if path.is_file()]
    for path in present:
        if is_same_file(medium, path):
            return Located(medium.id, path)
    return Located(medium.id, present[0], is_changed=True) if present else Located(medium.id, None)


def is_same_file(medium: MediaItem, path: Path) -> bool:
    """Whether `path` holds the medium, by size and quick hash as far as the project knows them."""
    try:
        if medium.size and path.stat().st_size != medium.size:
            return False
        return not medium.quick_hash or stored_hash(path) == medium.quick_hash
    except OSError:
        return False


def find_siblings(missing: Iterable[MediaItem], found: MediaItem, found_at: Path) -> dict[MediaId, Path]:
    """The other missing media that lie where `found` now lies.

    Each is looked for at the same place relative to the found file as before, then by name in its folder; a file counts
    only when it is the same by size and hash.
    """
    result = {}
    for medium in missing:
        if medium.id == found.id:
            continue
        candidates = [found_at.parent / Path(medium.path).name]
        try:
            moved = os.path.relpath(medium.path, Path(found.path).parent)
            candidates.insert(0, (found_at.parent / moved).resolve())
        except ValueError:  # another drive
            pass
        for candidate in candidates:
            if candidate.is_file() and is_same_file(medium, candidate):
                result[medium.id] = candidate
                break
    return result


def locate_all(project: Project, project_folder: Path | None) -> tuple[Located, ...]:
    """`locate` for every medium; reads the disk, so not for the main thread."""
    return tuple(locate(medium, project_folder) for medium in project.media)


def with_found_media(project: Project, project_folder: Path) -> Project:
    """`project` whose media lie where they are now.

    Raises:
        ProjectError: one is nowhere, or another file lies in its place; each is named.
    """
    located = locate_all(project, project_folder)
    wrong = [project.medium(each.media) for each in located if each.path is None or each.is_changed]
    if wrong:
        names = ", ".join(f"“{medium.path}”" for medium in wrong if medium is not None)
        raise ProjectError(
            f"Media of the project are missing or changed: {names}.",
            hint="Open the project in the window and find them again.",
        )
    places = {each.media: str(each.path) for each in located}
    return replace(project, media=tuple(replace(m, path=places[m.id]) for m in project.media))
