"""Films as the lips' benchmarks hold them: one face's surroundings in memory, tracked again, ready for every engine."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.base.errors import SettingsError
from core.compositing.composite import composite_rgb, mouth_box, mouth_mask
from core.compositing.settings import MaskSettings
from core.face_geometry.landmark_sets import MOUTH_CORNERS, OUTER_LIP_MIDDLES
from core.face_geometry.track import FaceTrack
from core.faces.analysis import analyse
from core.jobs.cancel import CancelToken
from core.lip_engine import LipChunk, LipRequest, LipSettings, SilenceRule
from core.media.audio import read_analysis
from core.media.probe import probe
from core.media.reader import VideoReader
from core.motion.shape import ShapeModel, measures
from core.own_mouth.engine import OwnMouthEngine, Recipe
from core.own_mouth.target import MotionSource
from core.research.benchmark.lip_measures import Seen, look_again, referee
from core.takes.film import Film, open_film
from core.takes.mouth_points import PERSON, MouthPoints, follow_mouth, with_mouth

_SURROUNDINGS = 0.6  # of the face's size are kept around it
_PLACED = (
    *MOUTH_CORNERS,
    *OUTER_LIP_MIDDLES,
)  # mesh points of the four that a user places: corners, upper and lower edge
_RATE = 16000


class FaceFilm:
    """The part of a film around one face, held in memory, so that engines and trackers read it in any order."""

    def __init__(self, pictures: Sequence[np.ndarray], track: FaceTrack) -> None:
        self.pictures = list(pictures)
        self.track = track

    @classmethod
    def cut(cls, source: VideoReader, track: FaceTrack, frames: range) -> "FaceFilm":
        """The surroundings of `track` in `frames` of a film."""
        rows = slice(track.index_of(frames[0]), track.index_of(frames[-1]) + 1)
        low = track.landmarks[rows, :, :2].min(axis=(0, 1))
        high = track.landmarks[rows, :, :2].max(axis=(0, 1))
        margin = _SURROUNDINGS * float(np.max(track.boxes[rows, 3] - track.boxes[rows, 1]))
        x, y = (max(int(v - margin), 0) for v in low)
        right, bottom = (int(v + margin) for v in high)
        pictures = [source.rgb(f)[y:bottom, x:right].copy() for f in frames]
        shift = np.array([x, y, 0], np.float32)
        moved = replace(
            track,
            first_frame=0,
            boxes=track.boxes[rows] - np.array([x, y, x, y], np.float32),
            landmarks=np.asarray(track.landmarks[rows]) - shift,
            pose=track.pose[rows],
            quality=track.quality[rows],
            cover=track.cover.part(rows.start, (x, y)) if track.cover is not None else None,
        )
        return cls(pictures, moved)

    @property
    def frame_count(self) -> int:
        """Number of pictures."""
        return len(self.pictures)

    def rgb(self, frame: int) -> np.ndarray:
        """See `FrameSource`."""
        return self.pictures[frame]

    def first(self, count: int) -> "FaceFilm":
        """The first `count` pictures."""
        return FaceFilm(self.pictures[:count], first_rows(self.track, count))


@dataclass(frozen=True, slots=True, eq=False)
class LipClip:
    """One film, cut, tracked again and heard.

    Attributes:
        name: for tables.
        film: what is seen.
        clock: (F,) seconds of each frame on the clock of `voice`.
        seen: the film's own pictures, as the benchmark measures all pictures.
        voice: the film's own sound, 16 kHz mono, or None.
        is_placed: the mouth was placed by hand, no face was found.
    """

    name: str
    film: FaceFilm
    clock: np.ndarray
    seen: Seen
    voice: np.ndarray | None
    is_placed: bool = False

    @property
    def times(self) -> np.ndarray:
        """(F,) seconds after the first frame."""
        return self.clock - self.clock[0]

    def look(self, pictures: Sequence[np.ndarray], model: ShapeModel) -> Seen:
        """Measures `pictures`, which are this film's, the mouths changed."""
        if not self.is_placed:
            return look_again(pictures, self.film.track.landmarks[: len(pictures)], model)
        return look_at_placed(self.film, pictures, model)

    def own_sync(self) -> tuple[float, float] | None:
        """The referee's probability and offset of the film with its own sound; None where it has none."""
        if self.voice is None:
            return None
        return referee(self.seen, self.film.track, self.clock, self.voice)


def look_at_placed(film: FaceFilm, pictures: Sequence[np.ndarray], model: ShapeModel) -> Seen:
    """Measures pictures without a face: the mouth is followed from the frame in which it was changed least."""
    count = len(pictures)
    changes = [
        float(np.abs(a.astype(np.int16) - b).mean())
        for a, b in zip(pictures, film.pictures[:count], strict=True)
    ]
    frame = int(np.argmin(changes))
    marks = tuple((float(x), float(y)) for x, y in film.track.landmarks[frame, list(_PLACED), :2])
    track = follow_mouth(FaceFilm(pictures, film.track), range(count), MouthPoints(frame, marks))
    return look_again(pictures, track.landmarks, model, tracked=track.landmarks)


@dataclass(frozen=True, slots=True, eq=False)
class Dub:
    """One clip with one voice, ready for every engine.

    Attributes:
        clip: as long as the voice.
        request: for the engines.
        recipe: the own-mouth engine's plan of it.
        wanted: (F, len(MEASURES)) mouth measures that the motion asks for.
        reference: what the result shall look like; the clip's own look but in self-reconstruction.
    """

    clip: LipClip
    request: LipRequest
    recipe: Recipe
    wanted: np.ndarray
    reference: Seen


def open_clip(
    path: Path, model: ShapeModel, frames: int, cache: Path | None = None, placed: MouthPoints | None = None
) -> LipClip:
    """The main face of a film, or the mouth that is `placed` where no face is found.

    Raises:
        SettingsError: no face was found, and no mouth placed.
    """
    track, times = _placed_mouth(path, placed) if placed is not None else _main_face(path, cache)
    count = min(track.frame_count, frames)
    clock = times[track.first_frame : track.first_frame + count]
    with VideoReader(path) as source:
        film = FaceFilm.cut(source, track, range(track.first_frame, track.first_frame + count))
    if placed is None:
        seen = look_again(film.pictures, film.track.landmarks, model)
    else:
        seen = look_at_placed(film, film.pictures, model)
    voice = read_analysis(path) if probe(path).audio else None
    return LipClip(path.stem, film, clock, seen, voice, placed is not None)


def _main_face(path: Path, cache: Path | None) -> tuple[FaceTrack, np.ndarray]:
    analysis = analyse(path, cache=cache)
    if not analysis.tracks:
        raise SettingsError(f"No face was found in {path}.", hint="Leave the clip out.")
    track = max(
        analysis.tracks, key=lambda t: t.frame_count * float(np.median(t.boxes[:, 3] - t.boxes[:, 1]))
    )
    return track, analysis.times


def _placed_mouth(path: Path, placed: MouthPoints) -> tuple[FaceTrack, np.ndarray]:
    film: Film = with_mouth(open_film(path, CancelToken()), placed)
    return film.analysis.tracks_of(PERSON)[0], film.times


def prepare(
    clip: LipClip,
    voice: np.ndarray,
    motion: MotionSource | None,
    silence: SilenceRule = "close",
) -> Dub:
    """`clip` under another voice, as far as both go."""
    times, film = clip.times, clip.film
    spoken = min(max(int(np.searchsorted(times, len(voice) / _RATE)), 2), film.frame_count)
    request = LipRequest(
        source=film,
        track=film.track,
        library=(film.track,),
        frames=range(spoken),
        times=times[:spoken],
        library_times=(times,),
        voice=voice,
        original_voice=None,
        settings=LipSettings(silence=silence),
    )
    recipe = OwnMouthEngine(motion=motion).recipe(request)
    short = replace(clip, film=film.first(spoken), clock=clip.clock[:spoken], seen=clip.seen.first(spoken))
    return Dub(short, request, recipe, measures(recipe.target.shape), short.seen)


def reconstruction(clip: LipClip, other: np.ndarray, model: ShapeModel) -> Dub:
    """`clip` under its own voice, out of a version of it whose mouth the own-mouth engine has made say `other`.

    What was really filmed is both the wanted mouth and the reference.

    Raises:
        SettingsError: the clip has no sound.
    """
    if clip.voice is None:
        raise SettingsError(f"{clip.name} has no sound that its lips could be given back.")
    altered = prepare(clip, other, None)
    chunks = list(OwnMouthEngine().render(altered.request, 0))
    pictures = [picture for picture, _ in laid_in(altered.clip, chunks)]
    seen = clip.look(pictures, model)
    track = replace(altered.clip.film.track, landmarks=seen.landmarks)
    own = clip.voice[max(round(float(clip.clock[0]) * _RATE), 0) :]
    dub = prepare(
        replace(altered.clip, film=FaceFilm(pictures, track), seen=seen), own, None, silence="model"
    )
    truth = clip.seen.first(dub.clip.film.frame_count)
    return replace(dub, wanted=truth.shown, reference=truth)


def first_rows(track: FaceTrack, count: int) -> FaceTrack:
    """The first `count` frames of a track."""
    return replace(
        track,
        boxes=track.boxes[:count],
        landmarks=track.landmarks[:count],
        pose=track.pose[:count],
        quality=track.quality[:count],
    )


Finish = Callable[[LipClip, Sequence[LipChunk]], Iterator[tuple[np.ndarray, np.ndarray | None]]]
"""Puts an engine's crops into the film: pictures, and for each (H, W) bool where nothing may have changed, if known."""


def laid_in(clip: LipClip, chunks: Sequence[LipChunk]) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """The whole pictures with the crops in them, as the engine made them: the crops' own edges equal the film."""
    for index, chunk, n in _rows(chunks):
        crop, affine, weight = chunk.crops[n], chunk.affines[n], chunk.weights[n]
        picture = clip.film.pictures[index].copy()
        x, y = int(affine[0, 2]), int(affine[1, 2])
        x0, y0 = max(x, 0), max(y, 0)
        x1, y1 = min(x + crop.shape[1], picture.shape[1]), min(y + crop.shape[0], picture.shape[0])
        old = picture[y0:y1, x0:x1].astype(np.float32)
        new = crop[y0 - y : y1 - y, x0 - x : x1 - x]
        picture[y0:y1, x0:x1] = np.clip(old + weight * (new - old) + 0.5, 0, 255)
        yield picture, None


def composited(clip: LipClip, chunks: Sequence[LipChunk]) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """The pictures a user gets: the crops through mask, colour match and occlusion guard, all as they are by default."""
    settings = MaskSettings()
    for index, chunk, n in _rows(chunks):
        picture = clip.film.pictures[index].copy()
        old, new = clip.film.track.landmarks[index, :, :2], chunk.landmarks[n]
        untouched = np.ones(picture.shape[:2], bool)
        box = mouth_box(old, new, settings, (picture.shape[1], picture.shape[0]))
        x0, y0, x1, y1 = box
        if chunk.weights[n] > 0 and x1 > x0 and y1 > y0:
            area = np.ascontiguousarray(picture[y0:y1, x0:x1])
            mask = mouth_mask(old, new, box, settings)
            cover = clip.film.track.cover
            covered = cover.mask(index, box) if cover is not None else None
            picture[y0:y1, x0:x1] = composite_rgb(
                area,
                chunk.crops[n],
                chunk.affines[n],
                mask,
                settings,
                box=box,
                occlusion=covered,
                weight=float(chunk.weights[n]),
            )
            untouched[y0:y1, x0:x1] = mask <= 0
        yield picture, untouched


def _rows(chunks: Sequence[LipChunk]) -> Iterator[tuple[int, LipChunk, int]]:
    index = 0
    for chunk in chunks:
        for n in range(len(chunk.crops)):
            yield index, chunk, n
            index += 1
