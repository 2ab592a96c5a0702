"""A published generator as a `LipEngine`: our timeline, masks and scores around its painted mouths.

Frames are painted in windows that lie on absolute frame numbers and fade into each other, so that a frame's pixels depend on the
request alone. What was painted is laid over the film's own pixels; where the new lips lie is measured on the finished picture,
so that the mask covers both mouths.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from core.base.memory import is_out_of_memory
from core.foreign_generators.cropping import SMOOTHED, cut
from core.foreign_generators.painter import Heard, MouthPainter, PaintSettings
from core.foreign_generators.paste_back import outline, pasted, trusted
from core.foreign_generators.references import ShutMouths
from core.generator.base_frames import BaseFrame, FilmFrames, paste
from core.generator.confidence import confidence
from core.generator.memory_ladder import MemoryLadder, Rung
from core.generator.windows import joined
from core.lip_engine import LipChunk, LipRequest, Provenance

VERSION = "1"  # raise whenever the same request would give other pixels
_STEPS_IN_CHUNK = 2

LandmarksOf = Callable[[np.ndarray, np.ndarray], np.ndarray | None]


class ForeignEngine:
    """`LipEngine` around a published generator. Not thread-safe.

    Args:
        name: what users call it.
        painter: its networks.
        models: ids and digests of its files, for provenance.
        landmarks_of: finds the landmarks (468, 2) in a picture (H, W, 3) given those of the film's frame, or None where the
            face is not to be made out.
        shows_shut_mouth: whether the networks are shown another moment with lips shut rather than the frame itself.
    """

    def __init__(
        self,
        name: str,
        painter: MouthPainter,
        models: Mapping[str, str],
        landmarks_of: LandmarksOf,
        *,
        shows_shut_mouth: bool = True,
    ) -> None:
        self.name = name
        self._painter, self._models = painter, dict(models)
        self._ladder = MemoryLadder(name, "{} pictures at once", Rung(painter.batch, painter.place))
        self._landmarks_of = landmarks_of
        self._shows_shut_mouth = shows_shut_mouth

    def provenance(self, request: LipRequest) -> Provenance:
        """See `LipEngine`."""
        shown = "shut" if self._shows_shut_mouth else "same"
        settings = self._settings(request)
        facts: dict[str, float | int | str] = {
            "steps": settings.steps,
            "guidance": settings.guidance,
            "reference": shown,
            "precision": self._painter.place.precision,
        }
        return Provenance(
            self.name, f"{VERSION}.{self._painter.version}-{shown}-{self._painter.size}", self._models, facts
        )

    def render(self, request: LipRequest, start: int) -> Iterator[LipChunk]:
        """Chunks of finished crops from frame `start` on; see `LipEngine`.

        Raises:
            DeviceError: there is not enough memory even for one picture at a time on the processor.
        """
        while True:
            try:
                for chunk in self._rendered(request, start):
                    yield replace(chunk, notes=self._ladder.take_notes())
                    start = chunk.first_frame + len(chunk.crops)
                return
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                rung = self._ladder.step_down(error)
            self._painter.batch = rung.size
            if rung.place != self._painter.place:
                self._painter.move(rung.place)

    def _settings(self, request: LipRequest) -> PaintSettings:
        asked = request.settings
        articulation = float(request.values("articulation").mean())  # these models take one guidance for all
        return self._painter.settings(
            is_draft=asked.preset == "draft", articulation=articulation, seed=asked.seed
        )

    def _rendered(self, request: LipRequest, start: int) -> Iterator[LipChunk]:
        frames = range(start, request.frames.stop)
        if not frames:
            return
        job = _Job.of(request, self._painter, self._shows_shut_mouth)
        settings = self._settings(request)
        step = self._painter.grid.step
        results: list[_Finished] = []
        waiting: list[tuple[int, Tensor]] = []

        def made(window: range) -> Tensor:
            inside = [min(max(frame, request.frames.start), request.frames.stop - 1) for frame in window]
            if not any(job.weights[job.row(frame)] for frame in inside):
                return torch.zeros(1, len(window))  # nobody will look at it
            crops = np.stack([job.square(frame) for frame in inside])
            return self._painter.latents(crops, job.shown(inside, crops), job.speech(inside), settings)

        for frame, latent in joined(frames, self._painter.grid, made):
            waiting.append((frame, latent))
            # A window's step is finished at once, for the film's pictures are still at hand. Steps and chunks end at absolute
            # multiples, so that they are the same wherever rendering begins.
            is_last = frame == frames[-1]
            if is_last or (frame + 1) % step == 0:
                results += self._decoded(job, waiting)
                job.forget_before(frame + 1)
                waiting = []
            if is_last or (frame + 1) % (step * _STEPS_IN_CHUNK) == 0:
                yield _chunk(frame + 1 - len(results), results)
                results = []

    def _decoded(self, job: "_Job", waiting: list[tuple[int, Tensor]]) -> Iterator["_Finished"]:
        painted = [(frame, latent) for frame, latent in waiting if job.weights[job.row(frame)]]
        pictures: dict[int, np.ndarray] = {}
        if painted:
            # Always as many at once: in short number formats a picture's last bits depend on how many there are.
            latents = [latent for _, latent in painted]
            latents += [latents[-1]] * (self._painter.grid.step - len(latents))
            made = self._painter.pictures(torch.stack(latents))
            pictures = {frame: made[n] for n, (frame, _) in enumerate(painted)}
        for frame, _ in waiting:
            base = job.base_frames.at(frame)
            if frame in pictures:
                yield self._finished(job, base, frame, pictures[frame])
            else:
                yield _Finished(base, base.crop, base.landmarks, 0.0)

    def _finished(self, job: "_Job", base: BaseFrame, frame: int, picture: np.ndarray) -> "_Finished":
        old = outline(base.landmarks, base.affine)
        crop = job.pasted(base, frame, picture, [old])
        whole = base.picture.copy()
        x, y = (int(v) for v in base.affine[:, 2])
        paste(whole, crop, x, y)
        landmarks = self._landmarks_of(whole, job.landmarks[job.row(frame)])
        landmarks = base.landmarks if landmarks is None else landmarks.astype(np.float32)
        crop = job.pasted(base, frame, picture, [old, outline(landmarks, base.affine)])
        return _Finished(base, crop, landmarks, float(job.weights[job.row(frame)]))


@dataclass(frozen=True, slots=True, eq=False)
class _Finished:
    base: BaseFrame
    crop: np.ndarray
    landmarks: np.ndarray
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """What is known of a request's frames before any is painted; rows count from the request's first frame."""

    request: LipRequest
    painter: MouthPainter
    affines: np.ndarray
    landmarks: np.ndarray
    pose: np.ndarray
    weights: np.ndarray
    heard: Heard
    shut: ShutMouths
    base_frames: FilmFrames
    share: np.ndarray
    _squares: dict[int, np.ndarray] = field(default_factory=dict)
    _shut_squares: dict[int, np.ndarray] = field(default_factory=dict)

    @classmethod
    def of(cls, request: LipRequest, painter: MouthPainter, shows_shut_mouth: bool) -> "_Job":
        track, times = request.track, request.times
        first, last = track.index_of(request.frames[0]), track.index_of(request.frames[-1])
        affines = _affines(painter, np.asarray(track.landmarks), range(first, last + 1), _step(times))
        return cls(
            request,
            painter,
            affines,
            np.asarray(track.landmarks[first : last + 1]),
            np.asarray(track.pose[first : last + 1], np.float64),
            confidence(request),
            painter.hear(request.voice),
            ShutMouths.of(request) if shows_shut_mouth else ShutMouths((), np.zeros((0, 3))),
            FilmFrames(request),
            trusted(painter.painted),
        )

    def row(self, frame: int) -> int:
        return frame - self.request.frames.start

    def square(self, frame: int) -> np.ndarray:
        """(S, S, 3) uint8: the film's pixels in the network's square."""
        if frame not in self._squares:
            picture = self.request.source.rgb(frame)
            self._squares[frame] = cut(
                picture, self.affines[self.row(frame)], self.painter.size, self.painter.outside
            )
        return self._squares[frame]

    def forget_before(self, frame: int) -> None:
        for old in [number for number in self._squares if number < frame]:
            del self._squares[old]

    def shown(self, frames: list[int], crops: np.ndarray) -> np.ndarray:
        """(T or 1, S, S, 3): what the network may look at; one moment for a whole window where lips are shut in it."""
        shut = self.shut.fitting(self.pose[[self.row(frame) for frame in frames]])
        if shut is None:
            return crops
        if shut not in self._shut_squares:
            track = self.request.track
            row = track.index_of(shut)
            affine = _affines(
                self.painter, np.asarray(track.landmarks), range(row, row + 1), _step(self.request.times)
            )
            self._shut_squares[shut] = cut(
                self.request.source.rgb(shut), affine[0], self.painter.size, self.painter.outside
            )
        return self._shut_squares[shut][None]

    def speech(self, frames: list[int]) -> Tensor:
        return self.heard.at(self.request.times[[self.row(frame) for frame in frames]])

    def pasted(
        self, base: BaseFrame, frame: int, picture: np.ndarray, mouths: list[np.ndarray]
    ) -> np.ndarray:
        affine = np.vstack([self.affines[self.row(frame)], [0, 0, 1]])
        to_crop = np.linalg.inv(affine)[:2]
        to_crop[:, 2] -= base.affine[:, 2]  # which is a whole-pixel translation
        return pasted(base.crop, picture, self.square(frame), self.share, to_crop, mouths)


def _affines(painter: MouthPainter, landmarks: np.ndarray, rows: range, step: float) -> np.ndarray:
    """Of `rows` of a track; smoothing sees the frames around them, whatever part is asked for."""
    around = range(max(rows.start - SMOOTHED, 0), min(rows.stop + SMOOTHED, len(landmarks)))
    made = painter.affines(landmarks[around.start : around.stop], step)
    return made[rows.start - around.start : rows.stop - around.start]


def _step(times: np.ndarray) -> float:
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.04


def _chunk(first: int, results: list[_Finished]) -> LipChunk:
    return LipChunk(
        first,
        np.stack([one.crop for one in results]),
        np.stack([one.base.affine for one in results]),
        np.stack([one.landmarks for one in results]),
        np.array([one.weight for one in results], np.float32),
        np.zeros(len(results), bool),
    )
