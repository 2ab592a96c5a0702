"""Finished frames: chunks from the cache laid into the film's own frames. Never runs a lip engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from core.base.stages import stage
from core.compositing.composite import blend, mouth_box, mouth_mask, prepared
from core.compositing.painting import painted, stroke_extent
from core.compositing.settings import MaskSettings
from core.compositing.strokes import Stroke
from core.face_geometry.track import FaceTrack
from core.media.info import VideoStreamInfo
from core.media.planes import Box, rect_rgb, replace_rect
from core.media.reader import DecodedFrame
from core.takes.chunk_cache import ChunkCache, LipFrame, LostChunkError

_MASKS_KEPT = 4  # a picture is shown with its mask laid over it


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One piece of a take with how it is laid in.

    Attributes:
        key: what its chunks lie under.
        track: the face.
        frames: where it is laid in.
        mask: how.
        made_by: names the engine, for people to read.
        moving: how in the frames where keyframes say otherwise.
        strokes: what was painted by hand, of the frames where it holds.
    """

    key: str
    track: FaceTrack
    frames: range
    mask: MaskSettings
    made_by: str = ""
    moving: Mapping[int, MaskSettings] = field(default_factory=dict)
    strokes: Mapping[int, tuple[Stroke, ...]] = field(default_factory=dict)

    def mask_at(self, number: int) -> MaskSettings:
        """How it is laid into frame `number`."""
        return self.moving.get(number, self.mask)


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """New mouths of one frame, apart from it.

    Attributes:
        box: x0, y0, x1, y1 of the upright picture.
        picture: (h, w, 3) uint8 RGB of the box, not multiplied with alpha.
        alpha: (h, w) float32 in 0..1, 0 where the film shows.
    """

    box: Box
    picture: np.ndarray
    alpha: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Compositor:
    """Lays layers into frames of one film. Cheap; thread-safe.

    Attributes:
        video: the film's picture stream.
        layers: laid in one after another.
        cache: where their chunks are.
        is_finished: every frame of the layers was made: one that is not there is an error, not one that is still to come.
    """

    video: VideoStreamInfo
    layers: tuple[Layer, ...]
    cache: ChunkCache
    is_finished: bool = False
    _masks: dict[tuple[Layer, int, Box], tuple[np.ndarray, np.ndarray | None]] = field(
        default_factory=dict, repr=False
    )  # the last ones
    _lock: Lock = field(default_factory=Lock, repr=False)

    @stage("laying in")
    def frame(self, decoded: DecodedFrame) -> DecodedFrame:
        """`decoded` with every finished layer laid in; the very same object where nothing changes."""
        frame, video = decoded.frame, self.video
        for layer, lips, box in self._present(decoded.number):
            source = rect_rgb(frame, box, colour=video.colour, rotation=video.rotation)
            picture, alpha = self._patch(layer, decoded.number, lips, box, source)
            frame = replace_rect(frame, box, picture, alpha, colour=video.colour, rotation=video.rotation)
        if frame is decoded.frame:
            return decoded
        return DecodedFrame(decoded.number, decoded.pts, decoded.time, frame, decoded.is_stand_in)

    def patch(self, decoded: DecodedFrame) -> Patch | None:
        """What `frame` would lay over `decoded`, to be laid over it by another program; None where nothing changes.

        Where layers overlap, the later one lies over the earlier one.
        """
        video, found = self.video, []
        for layer, lips, box in self._present(decoded.number):
            source = rect_rgb(decoded.frame, box, colour=video.colour, rotation=video.rotation)
            found.append((box, *self._patch(layer, decoded.number, lips, box, source)))
        if not found:
            return None
        lows, highs = [box[:2] for box, _, _ in found], [box[2:] for box, _, _ in found]
        x0, y0 = np.min(lows, axis=0)
        x1, y1 = np.max(highs, axis=0)
        picture, alpha = np.zeros((y1 - y0, x1 - x0, 3), np.float32), np.zeros((y1 - y0, x1 - x0), np.float32)
        for box, above, weight in found:
            area = np.s_[box[1] - y0 : box[3] - y0, box[0] - x0 : box[2] - x0]
            both = weight + alpha[area] * (1 - weight)
            share = np.divide(weight, both, out=np.zeros_like(weight), where=both > 0)[..., None]
            picture[area] = share * above + (1 - share) * picture[area]
            alpha[area] = both
        return Patch((int(x0), int(y0), int(x1), int(y1)), np.rint(picture).astype(np.uint8), alpha)

    @stage("laying in")
    def picture(self, number: int, source: np.ndarray, origin: tuple[int, int] = (0, 0)) -> np.ndarray | None:
        """Frame `number` for the screen, from the upright RGB picture `source`; None where nothing changes.

        `source` may be a part of the picture whose first pixel lies at `origin` (x, y) and that holds each of `boxes`
        whole or not at all.
        """
        result = None
        left, top = origin
        for layer, lips, box in self._present(number):
            x0, y0, x1, y1 = box[0] - left, box[1] - top, box[2] - left, box[3] - top
            if x0 < 0 or y0 < 0 or x1 > source.shape[1] or y1 > source.shape[0]:
                continue
            result = source.copy() if result is None else result
            area = result[y0:y1, x0:x1]
            area[:] = blend(area, *self._patch(layer, number, lips, box, np.ascontiguousarray(area)))
        return result

    @stage("laying in")
    def boxes(self, number: int) -> tuple[Box, ...]:
        """x0, y0, x1, y1 of what changes in frame `number`, layer by layer."""
        return tuple(box for _, _, box in self._present(number))

    def mask(self, number: int) -> np.ndarray | None:
        """(H, W) float32 of how much of each pixel is replaced in frame `number`; None where nothing changes."""
        width, height = self.video.upright_size
        result = None
        for layer, lips, box in self._present(number):
            result = np.zeros((height, width), np.float32) if result is None else result
            x0, y0, x1, y1 = box
            mask, _ = self._mask(layer, number, lips, box)
            mask = mask * np.float32(layer.mask_at(number).strength * lips.weight)
            result[y0:y1, x0:x1] = np.maximum(result[y0:y1, x0:x1], mask)
        return result

    def _present(self, number: int) -> Sequence[tuple[Layer, LipFrame, Box]]:
        """The layers that change frame `number`, with their crops and boxes.

        Raises:
            LostChunkError: see `is_finished`.
        """
        found = []
        for layer in self.layers:
            if number not in layer.frames:
                continue
            lips = self.cache.frame(layer.key, number)
            if lips is None and self.is_finished:
                raise LostChunkError(
                    f"The lips of frame {number} are not in the cache any more.",
                    hint="Do the same again; if it happens again, check the disk of the cache folder.",
                )
            if lips is None or lips.weight <= 0:
                continue
            box = mouth_box(
                _source_landmarks(layer, number), lips.landmarks, layer.mask_at(number), self.video.upright_size
            )
            box = self._with_strokes(layer, number, box)
            if box[2] > box[0] and box[3] > box[1]:
                found.append((layer, lips, box))
        return found

    def _with_strokes(self, layer: Layer, number: int, box: Box) -> Box:
        """`box` made to hold what strokes put in, too; even numbers, inside the picture."""
        extent = stroke_extent(layer.strokes.get(number, ()), _source_landmarks(layer, number))
        if extent is None:
            return box
        width, height = self.video.upright_size
        low, high = np.floor(extent[:2]).astype(int) // 2 * 2, -(-np.ceil(extent[2:]).astype(int) // 2) * 2
        return (
            max(min(box[0], int(low[0])), 0),
            max(min(box[1], int(low[1])), 0),
            min(max(box[2], int(high[0])), width),
            min(max(box[3], int(high[1])), height),
        )

    def _patch(
        self, layer: Layer, number: int, lips: LipFrame, box: Box, source: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """What goes over `box`: picture (h, w, 3) uint8 and alpha (h, w) float32."""
        mask, put_in = self._mask(layer, number, lips, box)
        covered, settings = None, layer.mask_at(number)
        if layer.track.cover is not None and settings.occlusion_guard:
            covered = layer.track.cover.mask(layer.track.index_of(number), box)
            covered = covered if covered is None or put_in is None else covered * (1 - put_in)
        return prepared(
            source, lips.crop, lips.affine, mask, settings, box=box, occlusion=covered, weight=lips.weight
        )

    def _mask(
        self, layer: Layer, number: int, lips: LipFrame, box: Box
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """`mouth_mask` with strokes on it, and what they put in. Read-only.

        Made once when a picture is shown with its mask laid over it.
        """
        key = (layer, number, box)
        known = self._masks.get(key)
        if known is None:
            mask = mouth_mask(_source_landmarks(layer, number), lips.landmarks, box, layer.mask_at(number))
            strokes = layer.strokes.get(number, ())
            known = painted(mask, strokes, _source_landmarks(layer, number), box) if strokes else (mask, None)
            with self._lock:
                while len(self._masks) >= _MASKS_KEPT:
                    del self._masks[next(iter(self._masks))]
                self._masks[key] = known
        return known


def _source_landmarks(layer: Layer, number: int) -> np.ndarray:
    return layer.track.landmarks[layer.track.index_of(number), :, :2]
