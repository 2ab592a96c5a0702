"""Copies of a project file from earlier: one an hour, one a day, one a week."""

import hashlib
import logging
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

logger = logging.getLogger(__name__)

KEPT_HOURS = 24
KEPT_DAYS = 7
KEPT_WEEKS = 8
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Backup:
    """One earlier state of a project file."""

    path: Path
    time: datetime


def folder_of(project_path: Path, root: Path) -> Path:
    """Where under `root` the backups of a project lie."""
    key = hashlib.sha256(str(project_path.absolute()).encode()).hexdigest()[:16]
    return root / f"{project_path.stem}-{key}"


def add_backup(project_path: Path, root: Path, now: datetime) -> Backup | None:
    """Copies the project file as it is and thins out the older copies; None when it could not be copied.

    A backup that fails is logged and stops nothing: the project itself was saved.
    """
    folder = folder_of(project_path, root)
    target = folder / f"{now.astimezone(UTC).strftime(_STAMP)}{project_path.suffix}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = target.with_suffix(".tmp")
        shutil.copyfile(project_path, beside)
        beside.replace(target)
    except OSError as error:
        logger.warning("no backup of %s: %s", project_path, error)
        return None
    backups = list_backups(project_path, root)
    kept = kept_times((backup.time for backup in backups), now)
    for backup in backups:
        if backup.time not in kept:
            backup.path.unlink(missing_ok=True)
    return Backup(target, now)


def list_backups(project_path: Path, root: Path) -> tuple[Backup, ...]:
    """The backups of a project, newest first."""
    found = []
    for path in folder_of(project_path, root).glob(f"*{project_path.suffix}"):
        try:
            found.append(Backup(path, datetime.strptime(path.stem, _STAMP).replace(tzinfo=UTC)))
        except ValueError:
            continue  # not one of ours
    return tuple(sorted(found, key=lambda backup: backup.time, reverse=True))


def kept_times(times: Iterable[datetime], now: datetime) -> frozenset[datetime]:
    """Which backups stay.

    The newest always; the last of each hour for a day, of each day for a week, of each week for eight weeks.
    """
    ordered = sorted(times, reverse=True)
    kept = set(ordered[:1])
    for span, count, name in (
        (timedelta(hours=KEPT_HOURS), KEPT_HOURS, "%Y%m%d%H"),
        (timedelta(days=KEPT_DAYS), KEPT_DAYS, "%Y%m%d"),
        (timedelta(weeks=KEPT_WEEKS), KEPT_WEEKS, "%G%V"),
    ):
        seen: dict[str, datetime] = {}
        for time in ordered:
            if now - time <= span:
                seen.setdefault(time.strftime(name), time)
        kept.update(list(seen.values())[:count])
    return frozenset(kept)
