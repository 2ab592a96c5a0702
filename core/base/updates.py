"""Is there a newer version? Asked only on the user's word, at the address that whoever handed this copy out put beside it."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlsplit

from packaging.version import InvalidVersion, Version

from core.base.errors import AppError
from core.base.models import PROGRAM_ROOT
from core.base.version import program_version

_ADDRESS = PROGRAM_ROOT / "resources" / "update-address.txt"
_MOST_BYTES = 65536
_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Announced:
    """What the address says.

    Attributes:
        version: the newest.
        page: where it is told about and fetched, "" where that is not said.
        is_newer: than this copy.
    """

    version: str
    page: str
    is_newer: bool


def update_address() -> str:
    """Where newer versions of this copy are announced; "" when nobody said."""
    try:
        return _ADDRESS.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def ask(address: str) -> Announced:
    """Reads the announcement, JSON with ``version`` and perhaps ``page``. Nothing is sent but the request for it.

    Raises:
        AppError: the address is none of the web's, does not answer, or says something else.
    """
    if urlsplit(address).scheme not in ("http", "https"):
        raise AppError(f"“{address}” is no address of the web.", hint="Ask whoever gave you this program.")
    request = urllib.request.Request(address, headers={"User-Agent": "UniSync-Studio"})
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            said = json.loads(answer.read(_MOST_BYTES))
        version, page = said["version"], said.get("page", "")
        newest = Version(version)
        if not isinstance(page, str) or (page and urlsplit(page).scheme not in ("http", "https")):
            raise ValueError("page")
    except (OSError, urllib.error.URLError) as error:
        reason = getattr(error, "reason", error)
        raise AppError(f"{address} did not answer: {reason}.", hint="Connect to the network and try again.") from error
    except (ValueError, KeyError, TypeError, AttributeError, InvalidVersion) as error:
        raise AppError(f"{address} does not say which version is the newest.", hint="Try again later.") from error
    own = program_version()
    return Announced(str(newest), page, own != "development" and newest > Version(own))
