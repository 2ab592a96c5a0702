"""What is known about the project's media and takes beyond the project: thumbnails, waveforms, cuts, faces, curves.

Everything in here can be made again; the disk cache holds it between sessions. Views ask; what is not there yet is None
and is asked for once with a `wanted` signal; when it arrives the matching signal tells. Main thread only.
"""

from collections import OrderedDict
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from core.base.timing import TimeRange
from core.face_geometry.giving_way import given_way
from core.face_geometry.track import FaceTrack, PersonId
from core.project.ids import ItemId, MediaId, TakeId

TakeStatus = Literal["none", "queued", "running", "paused", "partial", "done", "failed"]
MAX_THUMBNAILS = 4000


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Peaks of a sound file, mixed to mono.

    Attributes:
        per_second: peaks a second.
        low, high: (n,) float32 in -1..1, smallest and largest sample of each stretch.
    """

    per_second: int
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class SyncCurve:
    """How well lips and a voice fit, on the clock of one film.

    Attributes:
        film: the medium whose pictures were judged.
        times: (n,) float64 seconds, the middle of each judged window, rising.
        p_sync: (n,) float32 in 0..1, NaN where it cannot be known (silence, no face, profile).
        offset_ms: (n,) float32, how late the sound is; NaN where unknown.
        is_complete: no more will come.
    """

    film: MediaId
    times: np.ndarray
    p_sync: np.ndarray
    offset_ms: np.ndarray
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class CurveKey:
    """Which curve.

    The film with its own voice is ("source", film id), the untouched film with a segment's dub ("dub", segment id), a
    take with its dub ("take", take id).
    """

    kind: Literal["source", "dub", "take"]
    of: str


@dataclass(frozen=True, slots=True)
class TakeState:
    """How far a take is.

    Attributes:
        status: "none" when nothing of it is in the cache.
        ready: (film, range on the film's clock) of every finished stretch, in order.
        progress: 0..1.
        message: why it failed, for the tooltip.
        doubtful: (film, range on the film's clock) of frames that may not pass for real, as the engine says.
        coverage: share of a finished take's mouths that the footage holds, 0..1; None where it is not known.
    """

    status: TakeStatus = "none"
    ready: tuple[tuple[MediaId, TimeRange], ...] = ()
    progress: float = 0.0
    message: str = ""
    coverage: float | None = None
    doubtful: tuple[tuple[MediaId, TimeRange], ...] = ()


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What the analysis knows about one person of one film, for the card.

    Attributes:
        seconds_on_screen: summed over all tracks.
        speaking_share: 0..1 of the film's speech, or None when not judged.
        portrait: the best face, or None.
    """

    film: MediaId
    analysis_person: PersonId
    seconds_on_screen: float
    speaking_share: float | None
    portrait: QImage | None


class Library(QObject):
    """The store behind the views.

    Signals:
        thumbnail_ready: (MediaId, Fraction time).
        waveform_ready: (MediaId).
        cuts_ready: (MediaId).
        faces_ready: (MediaId).
        looking_changed: (MediaId) faces are being looked for in a film, or not any more.
        curve_changed: (CurveKey).
        take_changed: (TakeId).
        missing_changed: (MediaId) a file vanished or came back.
        proxy_changed: (MediaId) a light copy for playing is there, or gone.
        thumbnail_wanted: (MediaId, Fraction); waveform_wanted, curve_wanted: (MediaId), (CurveKey): for the job layer.
    """

    thumbnail_ready = Signal(str, object)
    waveform_ready = Signal(str)
    cuts_ready = Signal(str)
    faces_ready = Signal(str)
    looking_changed = Signal(str)
    curve_changed = Signal(object)
    take_changed = Signal(str)
    missing_changed = Signal(str)
    proxy_changed = Signal(str)
    thumbnail_wanted = Signal(str, object)
    waveform_wanted = Signal(str)
    curve_wanted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails: OrderedDict[tuple[MediaId, Fraction], QImage] = OrderedDict()
        self._waveforms: dict[MediaId, Waveform] = {}
        self._cuts: dict[MediaId, tuple[Fraction, ...]] = {}
        self._tracks: dict[MediaId, tuple[FaceTrack, ...]] = {}
        self._joined: dict[MediaId, tuple[FaceTrack, ...]] = {}
        self._placed: dict[tuple[MediaId, str], tuple[tuple[FaceTrack, ...], tuple[PersonFacts, ...]]] = {}
        self._shown_placed: dict[MediaId, tuple[str, ...]] = {}
        self._frame_times: dict[MediaId, np.ndarray] = {}
        self._people: dict[MediaId, tuple[PersonFacts, ...]] = {}
        self._curves: dict[CurveKey, SyncCurve] = {}
        self._takes: dict[TakeId, TakeState] = {}
        self._take_images: dict[TakeId, QImage] = {}
        self._missing: set[MediaId] = set()
        self._proxies: dict[MediaId, str] = {}
        self._looking: set[MediaId] = set()
        self._asked: set[object] = set()

    def clear(self) -> None:
        """Forgets everything: another project was opened."""
        for store in (
            self._thumbnails,
            self._waveforms,
            self._cuts,
            self._tracks,
            self._joined,
            self._placed,
            self._shown_placed,
            self._frame_times,
            self._people,
        ):
            store.clear()
        self._curves.clear()
        self._takes.clear()
        self._take_images.clear()
        self._missing.clear()
        self._looking.clear()
        self._proxies.clear()
        self._asked.clear()

    def thumbnail(self, media: MediaId, time: Fraction) -> QImage | None:
        """The picture at media time `time` (ask for few distinct times: whole seconds or finer powers of two)."""
        image = self._thumbnails.get((media, time))
        if image is None:
            if ("thumbnail", media, time) not in self._asked:
                self._asked.add(("thumbnail", media, time))
                self.thumbnail_wanted.emit(media, time)
            return None
        self._thumbnails.move_to_end((media, time))
        return image

    def put_thumbnail(self, media: MediaId, time: Fraction, image: QImage) -> None:
        """Stores a picture; the least used are dropped beyond `MAX_THUMBNAILS`."""
        self._thumbnails[media, time] = image
        while len(self._thumbnails) > MAX_THUMBNAILS:
            (old_media, old_time), _ = self._thumbnails.popitem(last=False)
            self._asked.discard(("thumbnail", old_media, old_time))
        self.thumbnail_ready.emit(media, time)

    def waveform(self, media: MediaId) -> Waveform | None:
        """The peaks of a medium's sound."""
        waveform = self._waveforms.get(media)
        if waveform is None and ("waveform", media) not in self._asked:
            self._asked.add(("waveform", media))
            self.waveform_wanted.emit(media)
        return waveform

    def put_waveform(self, media: MediaId, waveform: Waveform) -> None:
        """Stores peaks."""
        self._waveforms[media] = waveform
        self.waveform_ready.emit(media)

    def cuts(self, film: MediaId) -> tuple[Fraction, ...]:
        """Media times at which a new shot begins, without 0; empty until the analysis ran."""
        return self._cuts.get(film, ())

    def put_cuts(self, film: MediaId, cuts: tuple[Fraction, ...]) -> None:
        """Stores shot cuts."""
        self._cuts[film] = cuts
        self.cuts_ready.emit(film)

    def tracks(self, film: MediaId) -> tuple[FaceTrack, ...]:
        """The faces of a film; empty until the analysis ran."""
        return self._joined.get(film, ())

    def found_tracks(self, film: MediaId) -> tuple[FaceTrack, ...]:
        """The faces that the analysis found, without those placed by hand."""
        return self._tracks.get(film, ())

    def frame_times(self, film: MediaId) -> np.ndarray | None:
        """(F,) float64 presentation time of each frame on the film's clock; None until the analysis ran."""
        return self._frame_times.get(film)

    def people(self, film: MediaId) -> tuple[PersonFacts, ...]:
        """Who is in a film; empty until the analysis ran."""
        found = self._people.get(film, ())
        names = {each.analysis_person for each in found}
        shown = [self._placed[film, key] for key in self._shown_placed.get(film, ()) if (film, key) in self._placed]
        return (*found, *(each for _, people in shown for each in people if each.analysis_person not in names))

    def put_faces(
        self,
        film: MediaId,
        tracks: tuple[FaceTrack, ...],
        frame_times: np.ndarray,
        people: tuple[PersonFacts, ...],
    ) -> None:
        """Stores the result of the face analysis."""
        self._tracks[film] = tracks
        self._frame_times[film] = frame_times
        self._people[film] = people
        self._join_placed(film)

    def is_followed(self, film: MediaId, key: str) -> bool:
        """Whether the tracks of a face placed by hand are there."""
        return (film, key) in self._placed

    def put_placed(
        self, film: MediaId, key: str, tracks: tuple[FaceTrack, ...], people: tuple[PersonFacts, ...]
    ) -> None:
        """Stores the tracks of a face placed by hand, under `PlacedFace.key`."""
        self._placed[film, key] = (tracks, people)
        self._join_placed(film)

    def show_placed(self, film: MediaId, keys: tuple[str, ...]) -> None:
        """Says which faces placed by hand a film has now; others are kept for takes made with them."""
        if self._shown_placed.get(film, ()) != keys:
            self._shown_placed[film] = keys
            self._join_placed(film)

    def placed_tracks(self, film: MediaId, key: str) -> tuple[FaceTrack, ...]:
        """The tracks of a face placed by hand; empty until it was followed."""
        return self._placed.get((film, key), ((), ()))[0]

    def known_tracks(self, film: MediaId) -> tuple[FaceTrack, ...]:
        """Every track that any take may have been made on."""
        placed = [track for (of, _), (tracks, _) in self._placed.items() if of == film for track in tracks]
        return (*self._tracks.get(film, ()), *placed)

    def _join_placed(self, film: MediaId) -> None:
        shown = [self._placed[film, key] for key in self._shown_placed.get(film, ()) if (film, key) in self._placed]
        placed = [track for tracks, _ in shown for track in tracks]
        self._joined[film] = given_way(self._tracks.get(film, ()), placed)
        self.faces_ready.emit(film)

    def is_looking_for_faces(self, film: MediaId) -> bool:
        """Whether the face analysis of a film waits or runs."""
        return film in self._looking

    def set_looking_for_faces(self, film: MediaId, *, looking: bool) -> None:
        """Told by who analyses."""
        if looking != (film in self._looking):
            (self._looking.add if looking else self._looking.discard)(film)
            self.looking_changed.emit(film)

    def curve(self, key: CurveKey) -> SyncCurve | None:
        """A sync curve, whole or as far as it has come."""
        curve = self._curves.get(key)
        if curve is None and key not in self._asked:
            self._asked.add(key)
            self.curve_wanted.emit(key)
        return curve

    def put_curve(self, key: CurveKey, curve: SyncCurve) -> None:
        """Stores a curve or a longer version of it."""
        self._curves[key] = curve
        self.curve_changed.emit(key)

    def forget_curve(self, key: CurveKey) -> None:
        """Drops a curve that no longer holds, so that it is asked for again."""
        self._curves.pop(key, None)
        self._asked.discard(key)
        self.curve_changed.emit(key)

    def forget_segment(self, segment: ItemId) -> None:
        """Drops the curve of the untouched film with a segment's dub, after the segment moved."""
        self.forget_curve(CurveKey("dub", segment))

    def take_state(self, take: TakeId) -> TakeState:
        """How far a take is."""
        return self._takes.get(take, TakeState())

    def put_take_state(self, take: TakeId, state: TakeState) -> None:
        """Stores how far a take is."""
        if self._takes.get(take) != state:
            self._takes[take] = state
            self.take_changed.emit(take)

    def take_picture(self, take: TakeId) -> QImage | None:
        """A mouth from the middle of a take; None until it is known."""
        return self._take_images.get(take)

    def put_take_picture(self, take: TakeId, image: QImage) -> None:
        """Stores a take's picture."""
        self._take_images[take] = image
        self.take_changed.emit(take)

    def is_missing(self, media: MediaId) -> bool:
        """Whether the medium's file cannot be found."""
        return media in self._missing

    def set_missing(self, media: MediaId, *, missing: bool) -> None:
        """Marks a medium's file as vanished or back."""
        if missing != (media in self._missing):
            (self._missing.add if missing else self._missing.discard)(media)
            self.missing_changed.emit(media)

    def proxy(self, film: MediaId) -> str | None:
        """Where a film's light copy lies; None without one. For playing only: nothing else may read it."""
        return self._proxies.get(film)

    def put_proxy(self, film: MediaId, path: str | None) -> None:
        """Stores where a film's light copy lies, or that there is none any more."""
        if self._proxies.get(film) != path:
            self._proxies.pop(film, None)
            if path is not None:
                self._proxies[film] = path
            self.proxy_changed.emit(film)
