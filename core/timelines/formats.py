"""Which timelines of other programs are read and written, and what their words mean here."""

from collections.abc import Mapping

from core.project.model import MarkerColour

WRITTEN: Mapping[str, str] = {".otio": "otio_json", ".edl": "cmx_3600", ".xml": "fcp_xml"}
READ: Mapping[str, str] = {**WRITTEN, ".fcpxml": "fcpx_xml", ".kdenlive": "kdenlive"}
SEQUENCE_START = "SEQUENCE START"  # the comment of an EDL of ours that says so
MARKER_COLOURS: dict[MarkerColour, str] = {
    "red": "RED", "orange": "ORANGE", "yellow": "YELLOW", "green": "GREEN", "blue": "BLUE", "purple": "PURPLE",
    "grey": "WHITE",
}  # fmt: skip
