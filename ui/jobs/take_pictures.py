"""The viewer's result: finished lips laid into decoded pictures, on the viewer's own thread."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from core.face_geometry.track import FaceTrack
from core.project.ids import ItemId, MediaId, TakeId
from core.project.model import Project
from core.project.segments import DubSegment, Take, TakePiece
from ui.jobs.made_takes import open_chunks
from ui.state.document import Document
from ui.state.pictures import Picture

if TYPE_CHECKING:
    from core.takes.chunk_cache import ChunkCache
    from core.takes.compositor import Compositor


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What is shown depends on this and nothing else; made on the main thread, read on the viewer's."""

    project: Project
    tracks: dict[MediaId, dict[int, FaceTrack]]
    rivals: Mapping[ItemId, TakeId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Size:
    """As much of a film's stream facts as laying a picture in needs."""

    upright_size: tuple[int, int]


class TakePictures:
    """Fulfils `ui.viewer.frame_provider.ResultProvider`.

    `update` is called on the main thread whenever the project or the faces change; the rest on the viewer's thread.
    """

    def __init__(self, chunks: Path) -> None:
        self._chunks = chunks
        self._lock = Lock()
        self._snapshot = _Snapshot(Project(), {})
        self._cache: ChunkCache | None = None
        self._last: dict[bool, tuple[_Snapshot, Picture, Compositor | None]] = {}  # by whether rivals are seen

    def update(self, document: Document) -> None:
        """What is to be shown from now on."""
        project = document.project
        tracks = {
            medium.id: {int(track.id): track for track in document.library.known_tracks(medium.id)}
            for medium in project.media
        }
        with self._lock:
            self._snapshot = _Snapshot(project, tracks, document.session.rivals)

    def result_rgb(
        self, picture: Picture, source: np.ndarray, *, rivals: bool = False
    ) -> np.ndarray | None:
        """(H, W, 3) uint8 with the chosen takes (or their rivals) laid in, or None where the film passes through."""
        compositor = self._compositor(picture, source, rivals=rivals)
        return compositor.picture(picture.frame, source) if compositor is not None else None

    def mask(self, picture: Picture, source: np.ndarray) -> np.ndarray | None:
        """(H, W) uint8 of how much is replaced, or None where nothing is."""
        compositor = self._compositor(picture, source)
        mask = compositor.mask(picture.frame) if compositor is not None else None
        return (mask * 255).astype(np.uint8) if mask is not None else None

    def _compositor(
        self, picture: Picture, source: np.ndarray, *, rivals: bool = False
    ) -> "Compositor | None":
        with self._lock:
            snapshot = self._snapshot
        last = self._last.get(rivals)
        if last is not None and last[0] is snapshot and last[1] == picture:
            return last[2]  # it knows the mask that the picture was made with
        compositor = self._made(snapshot, picture, source, rivals=rivals)
        self._last[rivals] = (snapshot, picture, compositor)
        return compositor

    def _made(
        self, snapshot: _Snapshot, picture: Picture, source: np.ndarray, *, rivals: bool
    ) -> "Compositor | None":
        layers = []
        for segment in snapshot.project.segments_at(picture.start):
            rival = segment.take(snapshot.rivals[segment.id]) if rivals and segment.id in snapshot.rivals else None
            piece = _piece_at(segment, picture, rival)
            if piece is None:
                continue
            track = snapshot.tracks.get(picture.film, {}).get(piece.track)
            if track is not None and picture.frame in track.frames:
                layers.append((segment, piece, track))
        if not layers:
            return None
        from core.compositing.strokes import strokes_at
        from core.project.rendering import blend_curves, mask_settings
        from core.takes.compositor import Compositor, Layer

        if self._cache is None:
            self._cache = open_chunks(self._chunks)
        height, width = source.shape[:2]
        return Compositor(
            _Size((width, height)),  # type: ignore[arg-type]
            tuple(
                Layer(
                    piece.key,
                    track,
                    range(piece.first_frame, piece.end_frame),
                    mask_settings(segment.blend).at(
                        float(segment.media_time(picture.start)), blend_curves(segment)
                    ),
                    strokes={
                        picture.frame: strokes_at(segment.strokes, float(segment.media_time(picture.start)))
                    },
                )
                for segment, piece, track in layers
            ),
            self._cache,
        )


def _piece_at(segment: DubSegment, picture: Picture, rival: Take | None = None) -> TakePiece | None:
    """The piece of the chosen take, or of its rival, that holds a picture and was made for the dub as it lies now."""
    if segment.muted or segment.keep_original:
        return None
    take = rival or segment.take_at(picture.start)
    if take is None:
        return None
    heard = segment.media_time(picture.start)
    for piece in take.pieces:
        if (
            piece.film != picture.film
            or not piece.key
            or not piece.first_frame <= picture.frame < piece.end_frame
        ):
            continue
        length = piece.end_frame - piece.first_frame
        made_for = piece.dub_offset + piece.film_range.duration * (picture.frame - piece.first_frame) / length
        # Half a frame: the picture of a film with uneven frames may begin a little before the timeline's frame.
        if abs(made_for - heard) <= piece.film_range.duration / length:
            return piece
    return None
