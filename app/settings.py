"""Where the window's settings live: one JSON file in the user's folder."""

import contextlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path

from core.base import json_text
from core.base.errors import ProjectError
from core.base.models import user_data_dir
from core.project.file import write_atomically

logger = logging.getLogger(__name__)


def settings_path() -> Path:
    """The settings file."""
    return user_data_dir() / "settings.json"


def load_settings(path: Path) -> dict[str, object]:
    """The kept values; a file that cannot be read is put aside and the program starts with its defaults."""
    try:
        values = json_text.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        logger.warning("the settings in %s cannot be read: %s", path, error)
        with contextlib.suppress(OSError):
            path.replace(path.with_suffix(".damaged.json"))
        return {}
    return values if isinstance(values, dict) else {}


def save_settings(path: Path, values: Mapping[str, object]) -> None:
    """Keeps the values; a full disk is logged, the window goes on."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    except (OSError, ProjectError) as error:
        logger.warning("the settings were not kept: %s", error)
