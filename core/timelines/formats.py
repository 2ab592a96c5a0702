"""Which timelines of other programs are read and written, and what their words mean here."""

from collections.abc import Mapping
from pathlib import Path

from core.project.model import MarkerColour

WRITTEN: Mapping[str, str] = {".otio": "otio_json", ".edl": "cmx_3600", ".xml": "fcp_xml"}
READ: Mapping[str, str] = {**WRITTEN, ".fcpxml": "fcpx_xml", ".kdenlive": "kdenlive", ".aaf": "AAF"}
_LOOKED_INTO = 4096  # bytes of an XML file
SEQUENCE_START = "SEQUENCE START"  # the comment of an EDL of ours that says so
MARKER_COLOURS: dict[MarkerColour, str] = {
    "red": "RED", "orange": "ORANGE", "yellow": "YELLOW", "green": "GREEN", "blue": "BLUE", "purple": "PURPLE",
    "grey": "WHITE",
}  # fmt: skip


def is_timeline(path: Path) -> bool:
    """Whether a file that was handed over unasked is a timeline, by its ending; XML can be anything, so its first tag tells."""
    ending = path.suffix.lower()
    if ending != ".xml":
        return ending in READ
    try:
        with path.open("rb") as file:
            return b"<xmeml" in file.read(_LOOKED_INTO)
    except OSError:
        return False
