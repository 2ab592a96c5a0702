"""What a drag of media out of the bin carries."""

from collections.abc import Iterable

from PySide6.QtCore import QMimeData

from core.project.ids import MediaId

MEDIA_MIME = "application/x-unisync-media"  # one media id per line, UTF-8


def media_mime(media: Iterable[MediaId]) -> QMimeData:
    """A drag of `media`, in order."""
    data = QMimeData()
    data.setData(MEDIA_MIME, "\n".join(media).encode())
    return data
