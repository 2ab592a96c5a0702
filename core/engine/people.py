"""Which person is meant when nobody was named."""

from dataclasses import dataclass

import numpy as np

from core.engine.film import Film
from core.errors import ModelError, SettingsError
from core.faces.track import FaceTrack, PersonId
from core.timing import TimeRange


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
        raise SettingsError(
            f"No face was found in “{film.info.path.name}”" + (" in this range." if sizes else "."),
            hint="Choose another film or range; faces must be at least 24 pixels from eye to eye.",
        )
    if wish not in ("largest", "speaking"):
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
            shares = _speaking(film, span, tuple(present))
        except ModelError:
            shares = {}
        if shares and max(shares.values()) > 0:
            person = max(shares, key=lambda p: shares[p])
            return PersonChoice(
                person, f"speaks {100 * shares[person]:.0f} % of the time in the film's own sound"
            )
    return PersonChoice(largest, "the largest face")


def _face_area(track: FaceTrack, frames: range) -> float:
    common = range(max(track.first_frame, frames.start), min(track.end_frame, frames.stop))
    if not len(common):
        return 0.0
    boxes = np.asarray(track.boxes[track.index_of(common.start) : track.index_of(common.stop - 1) + 1])
    return float(((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).sum())


def _speaking(film: Film, span: TimeRange, people: tuple[PersonId, ...]) -> dict[PersonId, float]:
    """Share of the voiced time in which each person's lips fit the film's own voice best."""
    from core.engine.scoring import source_curve

    totals = {}
    best = np.full(len(film.times), -1.0)
    speaker = np.full(len(film.times), -1)
    for index, person in enumerate(people):
        for track in film.analysis.tracks_of(person):
            curve = source_curve(film, track, track.frames, film.voice, 0.0)
            rows = slice(curve.first_frame, curve.first_frame + len(curve.p))
            known = np.nan_to_num(curve.p, nan=-1.0)
            better = known > best[rows]
            speaker[rows][better] = index
            best[rows] = np.maximum(best[rows], known)
    inside = (film.times >= float(span.start) - 5e-7) & (film.times < float(span.end) - 5e-7) & (speaker >= 0)
    for index, person in enumerate(people):
        totals[person] = float((speaker[inside] == index).sum()) / max(int(inside.sum()), 1)
    return totals
