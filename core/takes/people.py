"""Which person is meant when nobody was named."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from core.base.errors import ModelError, SettingsError
from core.base.timing import TimeRange
from core.face_geometry.track import FaceTrack, PersonId
from core.takes.film import Film
from core.takes.voices import stretch

WISHES = ("speaking", "largest")  # instead of a person's name


@dataclass(frozen=True, slots=True)
class PersonChoice:
    """Who was chosen, and why, in words for the report."""

    person: PersonId
    why: str


def choose_person(film: Film, wish: str, span: TimeRange) -> PersonChoice:
    """The person `wish` means: an id, ``largest``, or ``speaking``.

    Raises:
        SettingsError: no face is there, or nobody has that id.
    """
    frames = range(
        int(np.searchsorted(film.times, float(span.start) - 5e-7)),
        int(np.searchsorted(film.times, float(span.end) - 5e-7)),
    )
    sizes: dict[PersonId, float] = {}
    for track in film.analysis.tracks:
        sizes[track.person] = sizes.get(track.person, 0.0) + _face_area(track, frames)
    present = {person: size for person, size in sizes.items() if size > 0}
    if not present:
        is_range = bool(sizes) or len(film.analysis.looked_at) < len(film.times)
        raise SettingsError(
            f"No face was found in “{film.info.path.name}”" + (" in this range." if is_range else "."),
            hint="Choose another film or range; faces must be at least 24 pixels from eye to eye.",
        )
    if wish not in WISHES:
        if wish not in present:
            where = " in this range" if wish in sizes else ""
            raise SettingsError(
                f"There is no face “{wish}”{where} in “{film.info.path.name}”.",
                hint=f"Found: {', '.join(sorted(present))}. “unisync analyse” shows who is who.",
            )
        return PersonChoice(PersonId(wish), "asked for")
    largest = max(present, key=lambda person: present[person])
    if len(present) == 1:
        return PersonChoice(largest, "the only face")
    if wish == "speaking" and film.voice is not None:
        try:
            shares = _speaking(film, frames, film.voice, present)
        except ModelError:
            shares = {}
        if shares and max(shares.values()) > 0:
            person = max(shares, key=lambda p: shares[p])
            return PersonChoice(
                person, f"speaks {100 * shares[person]:.0f} % of the time in the film's own sound"
            )
    return PersonChoice(largest, "the largest face")


def _common(track: FaceTrack, frames: range) -> range:
    return range(max(track.first_frame, frames.start), min(track.end_frame, frames.stop))


def _face_area(track: FaceTrack, frames: range) -> float:
    common = _common(track, frames)
    if not len(common):
        return 0.0
    boxes = np.asarray(track.boxes[track.index_of(common.start) : track.index_of(common.stop - 1) + 1])
    return float(((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).sum())


def _speaking(
    film: Film, frames: range, voice: np.ndarray, people: Collection[PersonId]
) -> dict[PersonId, float]:
    """Share of the film's own voice in `frames` that each person's lips fit best."""
    from core.scorer.score import SyncScorer  # here: a film with one face needs no scorer
    from core.scorer.speaking import who_speaks

    scorer = SyncScorer.load("A")
    tracks = [t for t in film.analysis.tracks if t.person in people and len(_common(t, frames))]
    heard, heard_from = stretch(voice, float(film.times[frames.start]), float(film.times[frames.stop - 1]))
    faces = {}
    with film.reader() as reader:
        for track in tracks:
            shared = _common(track, frames)
            times = film.times[track.first_frame : track.end_frame]
            faces[track.id] = scorer.embed_faces(reader, track, times, start=shared.start, stop=shared.stop)
    shares = who_speaks(faces, scorer.embed_speech(heard, start=heard_from), scorer.calibration).shares
    totals = dict.fromkeys(people, 0.0)
    for track in tracks:
        totals[track.person] += shares[track.id]
    return totals
