"""The one protocol every lip engine fulfils: a request in, chunks of aligned crops out.

`core.own_mouth`, `core.generator` and `core.foreign_generators` implement it; `core.takes` runs it, caches the chunks and composites
them. An engine sees pictures, landmarks and sound; it knows nothing of files or projects.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from core.base.keyframes import Curve, curve_of
from core.base.settings import choice, seed, slider
from core.face_geometry.track import FaceTrack

SilenceRule = Literal["close", "original", "model"]
Preset = Literal["draft", "final"]

DOUBTFUL = 0.5
"""The doubt from which a frame is named to the user."""

MILDER = (
    "as wanted",
    "moved less",
    "less open",
    "from another frame",
    "nearer to the borrowed mouth",
    "the film's own lips",
)
"""What `LipChunk.milder` counts: the steps an engine draws back by where it doubts its own picture."""


class FrameSource(Protocol):
    """Random access to decoded source pictures, cheap for frames asked in rising order."""

    @property
    def frame_count(self) -> int:
        """Number of frames in the file."""

    def rgb(self, frame: int) -> np.ndarray:
        """The upright picture, (H, W, 3) uint8 RGB; the caller must not write into it."""


@runtime_checkable
class PartSource(FrameSource, Protocol):
    """A source that can turn a part of a picture into RGB for less than the whole costs."""

    def rgb_rect(
        self, frame: int, box: tuple[int, int, int, int], *, fast: bool = True
    ) -> tuple[np.ndarray, tuple[int, int]]:
        """The part inside `box` (x0, y0, x1, y1), clipped to the picture, and where its first pixel lies."""


def picture_part(
    source: FrameSource, frame: int, box: tuple[int, int, int, int]
) -> tuple[np.ndarray, tuple[int, int]]:
    """The part of a picture inside `box` (x0, y0, x1, y1), and the source pixel (x, y) at which it begins.

    What lies outside the picture is left out; a box wholly outside gives the whole picture.
    """
    if isinstance(source, PartSource):
        part, origin = source.rgb_rect(frame, box, fast=False)
        if part.size:
            return part, origin
    picture = source.rgb(frame)
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = max(box[0], 0), max(box[1], 0), min(box[2], width), min(box[3], height)
    return (picture[y0:y1, x0:x1], (x0, y0)) if x0 < x1 and y0 < y1 else (picture, (0, 0))


@dataclass(frozen=True, slots=True)
class LipSettings:
    """What the user can set about one segment's lips. Compositing settings are not among them."""

    preset: Preset = choice(
        "final",
        "Quality",
        "Draft is faster; final is what an export should use.",
        (("draft", "Draft"), ("final", "Final")),
    )
    silence: SilenceRule = choice(
        "close",
        "In silence",
        "What the mouth does while the dub is silent.",
        (
            ("close", "Close the mouth"),
            ("original", "Keep the original"),
            ("model", "Leave it to the model"),
        ),
    )
    articulation: float = slider(
        1.0, "Articulation", "How strongly the mouth moves.", (0.5, 1.5), step=0.05, can_move=True
    )
    max_yaw: float = slider(
        50.0,
        "Fade out beyond",
        "Turned further than this, the face shows the original lips.",
        (0, 90),
        unit="°",
        step=1,
        scale=1,
        can_move=True,
    )
    seed: int = seed("Seed", "Another number gives another take.")
    style: float = slider(
        0.0,
        "Own style",
        "How far the manner learnt from the person's own speech in the film is taken on.",
        (0, 1),
        step=0.05,
    )
    breath: float = slider(
        0.0, "Breath", "How far the lips part for a breath before each phrase.", (0, 1), step=0.05
    )


@dataclass(frozen=True, slots=True)
class MouthPin:
    """The user's word on what the mouth does at a time.

    Attributes:
        time: seconds; after the film's first frame in what a user asks for, on the voice's clock in a `LipRequest`.
        opening: 0 = shut, 1 = as wide as this person opens.
        reach: seconds on either side over which the pin fades out.
    """

    time: float
    opening: float
    reach: float = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """What one film shows of a person.

    Attributes:
        source: the film's pictures.
        tracks: every track of the person in it.
        id: names the film's content; empty when nothing learnt of it shall be kept on disk.
    """

    source: FrameSource
    tracks: tuple[FaceTrack, ...]
    id: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class LipRequest:
    """One face, one stretch of frames, one voice.

    Attributes:
        source: the film's pictures.
        track: the face; covers every frame of `frames`.
        library: every track of the same person that may lend mouths, `track` included (own-mouth and hybrid engines).
        film_id: names the content of `source`; empty when nothing learnt of it shall be kept on disk.
        donors: other films of the same person that may lend mouths, too.
        frames: the frame numbers to make, consecutive.
        times: (len(frames),) float64 seconds of each frame's presentation time on the sound's clock: `voice` sample 0
            is time 0.
        library_times: for each library track, (F,) float64 seconds on the clock of `original_voice`.
        voice: (N,) float32 mono 16 kHz, the new speech.
        original_voice: (M,) float32 mono 16 kHz, the film's own sound on its own clock, or None.
        settings: what the user set.
        pins: where the user fixed the mouth.
        curves: settings that change with time, on the voice's clock.
    """

    source: FrameSource
    track: FaceTrack
    library: tuple[FaceTrack, ...]
    frames: range
    times: np.ndarray
    library_times: tuple[np.ndarray, ...]
    voice: np.ndarray
    original_voice: np.ndarray | None
    settings: LipSettings
    pins: tuple[MouthPin, ...] = ()
    film_id: str = ""
    donors: tuple[Footage, ...] = ()
    curves: tuple[Curve, ...] = ()

    def values(self, setting: str) -> np.ndarray:
        """(len(frames),) float64 of a setting that is a number, frame by frame."""
        curve = curve_of(self.curves, setting)
        if curve is None:
            return np.full(len(self.times), getattr(self.settings, setting), np.float64)
        return curve.at(self.times)

    @property
    def footage(self) -> tuple[Footage, ...]:
        """All films that lend mouths, the one that is dubbed first."""
        return (Footage(self.source, self.library, self.film_id), *self.donors)


@dataclass(frozen=True, slots=True, eq=False)
class LipChunk:
    """Consecutive finished crops.

    A crop pixel (u, v) lies at source pixel ``affine @ (u, v, 1)``. An engine that works at the film's resolution uses a
    whole-pixel translation, so that compositing does not resample.

    Attributes:
        first_frame: number of the first frame.
        crops: (n, S, S, 3) uint8 RGB.
        affines: (n, 2, 3) float32, crop to source pixels.
        landmarks: (n, 468, 2) float32, where the *new* face's landmarks lie, in source pixels; the mask must cover
            both these and the source's.
        weights: (n,) float32, confidence in the result, 0..1 (0 = leave the source as it is).
        synthesised: (n,) bool: the mouth was not found in the footage and had to be made.
        doubts: (n,) float32 in 0..1: how surely an eye would send the frame back; from `DOUBTFUL` on it is named to the user.
            Empty where the engine does not judge itself.
        milder: (n,) uint8: how far the engine has drawn back from what was wanted, as `MILDER` counts. Empty likewise.
        notes: what users are to know of how it was made: that memory was short, say. Not kept.
    """

    first_frame: int
    crops: np.ndarray
    affines: np.ndarray
    landmarks: np.ndarray
    weights: np.ndarray
    synthesised: np.ndarray
    doubts: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    milder: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made a take: engine name and version, model ids with their sha256, and facts for the report."""

    engine: str
    version: str
    models: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, float | int | str] = field(default_factory=dict)


class LipEngine(Protocol):
    """Makes lips. Instances may be costly to build and cheap to use again."""

    @property
    def name(self) -> str:
        """What the engine is called."""

    def provenance(self, request: LipRequest) -> Provenance:
        """What will be used; enters the cache key, so it must change whenever the pixels would."""

    def render(self, request: LipRequest, start: int) -> Iterator[LipChunk]:
        """Yields chunks covering ``request.frames`` from `start` on, in order, each a pure function of the request.

        The pixels of a frame do not depend on `start` nor on how the frames are cut into chunks, so that a killed job
        resumes with the same result.
        """
