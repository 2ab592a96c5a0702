"""The project file: versioned JSON, written beside its place and moved there."""

import os
import shutil
import uuid
from dataclasses import replace
from pathlib import Path, PurePosixPath

from core.base import json_text
from core.base.errors import ProjectError
from core.base.json_text import UnusableJson
from core.project.invariants import invariant_errors, within_ranges
from core.project.json_codec import decode, encode
from core.project.migrations import FORMAT_VERSION, migrate
from core.project.model import Project

SUFFIX = ".unisync"
FORMAT_NAME = "unisync-project"


def dumps(project: Project) -> str:
    """The text of a project file."""
    envelope = {"format": FORMAT_NAME, "version": FORMAT_VERSION, "project": encode(project)}
    return json_text.dump(envelope) + "\n"


def loads(text: str, *, where: str = "the project file") -> Project:
    """The project of a file's text.

    Raises:
        ProjectError: not a project file, newer than this program, or wrong; the message names the place.
    """
    try:
        envelope = json_text.parse(text)
    except UnusableJson as error:
        raise ProjectError(
            f"{where} {error}.", hint="Open a backup of it instead (File > Backups)."
        ) from error
    if not isinstance(envelope, dict) or envelope.get("format") != FORMAT_NAME:
        raise ProjectError(f"{where} is not a UniSync Studio project.")
    version, content = envelope.get("version"), envelope.get("project")
    if not isinstance(version, int) or isinstance(version, bool) or not isinstance(content, dict):
        raise ProjectError(f"{where} lacks its version or its project.")
    project = decode(Project, migrate(content, version))
    errors = invariant_errors(project)
    if errors:
        raise ProjectError(f"{where} contradicts itself: {errors[0]}.", details={"errors": list(errors)})
    return within_ranges(project)


def load_project(path: Path) -> Project:
    """The project in `path`.

    Raises:
        ProjectError: it cannot be read, or see `loads`.
    """
    try:
        if path.stat().st_size > json_text.LARGEST:
            raise ProjectError(f"{path} is too large for a project.")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path} is not a UniSync Studio project.") from error
    return loads(text, where=str(path))


def save_project(project: Project, path: Path) -> Project:
    """Writes the project to `path`; returns it as written, with media paths relative to the file's folder.

    Raises:
        ProjectError: the disk is full, the folder is gone or may not be written; what was in `path` is untouched.
    """
    portable = with_relative_paths(project, path.parent)
    write_atomically(path, dumps(portable))
    return portable


def with_relative_paths(project: Project, folder: Path) -> Project:
    """`project` whose media know where they lie from `folder`; media on another drive keep only the absolute path."""
    media = tuple(
        medium
        if (relative := _relative(medium.path, folder)) == medium.relative_path
        else replace(medium, relative_path=relative)
        for medium in project.media
    )
    return project if media == project.media else replace(project, media=media)


def write_atomically(path: Path, text: str) -> None:
    """Puts `text` into `path` so that a crash at any moment leaves the old content or the new, never a part.

    Raises:
        ProjectError: it cannot be written.
    """
    temporary: Path | None = None
    try:
        beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
        # Not `mkstemp`, whose files only their owner may read: a project is shared with colleagues.
        handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)
        temporary = beside
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
        temporary = None
        _sync_folder(path.parent)
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Free some space or save to another folder.",
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # Windows cannot open a folder to flush it, and NTFS journals the rename
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _relative(path: str, folder: Path) -> str | None:
    try:
        return str(PurePosixPath(*Path(os.path.relpath(path, folder.absolute())).parts))
    except ValueError:  # another drive
        return None
