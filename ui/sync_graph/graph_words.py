"""The sync graph in plain words: what the number under the pointer means. A score is never a bare number."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from ui.base.colours import Bands
from ui.timeline.segment_look import band_text

IN_SYNC_MS = (
    40.0  # one frame at 25 fps; less than that nobody sees (ITU-R BT.1359 puts detection at 45 ms early)
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One curve under the pointer: whose it is, and its values (None: not judged there; NaN: unknown)."""

    name: str
    p_sync: float | None
    offset_ms: float | None
    is_source: bool = False


def explain(timecode: str, readings: list[Reading], bands: Bands) -> str:
    """A few sentences about this moment."""
    told = [reading for reading in readings if reading.p_sync is not None]
    if not told:
        return timecode + "   " + QCoreApplication.translate("SyncGraph", "not judged yet")
    parts = [_one(reading, bands) for reading in told]
    return timecode + "   " + "   ·   ".join(parts)


def _one(reading: Reading, bands: Bands) -> str:
    value = reading.p_sync
    if value is None or value != value:  # NaN
        unknown = QCoreApplication.translate(
            "SyncGraph", "{name}: not known here (silence, no face, or in profile)"
        )
        return unknown.format(name=reading.name)
    text = f"{reading.name}: {value:.2f}"
    if reading.is_source:
        return text
    text += " — " + band_text(bands.band(value))
    offset = reading.offset_ms
    if offset is not None and offset == offset and abs(offset) > IN_SYNC_MS:
        late = QCoreApplication.translate("SyncGraph", "sound {ms} ms late")
        early = QCoreApplication.translate("SyncGraph", "sound {ms} ms early")
        text += ", " + (late if offset > 0 else early).format(ms=round(abs(offset)))
    return text
