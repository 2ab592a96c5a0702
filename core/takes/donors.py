"""Other films of the same person, whose mouths may be borrowed, too."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.base.errors import AppError, SettingsError
from core.face_geometry.track import FaceTrack, PersonId
from core.faces.backend import open_backend
from core.faces.identity import Describer
from core.jobs.cancel import CancelToken
from core.lip_engine import Footage
from core.media.reader import VideoReader
from core.planning.pieces import OtherFilm
from core.takes.film import Film, open_film

logger = logging.getLogger(__name__)

_COMPARED = 12  # frames of a person that are compared
_MOST_DETECTED = 400  # frames of a track that are ranked by quality


@dataclass(frozen=True, slots=True, eq=False)
class Donor:
    """An opened film that lends mouths.

    Attributes:
        film: the film.
        person: who in it is meant.
        why: in words for the report.
        reader: of its pictures; to be closed by whoever opened the donor.
    """

    film: Film
    person: PersonId
    why: str
    reader: VideoReader

    @property
    def footage(self) -> Footage:
        """What a lip engine gets of it."""
        return Footage(self.reader, self.film.analysis.tracks_of(self.person), self.film.content_hash)


def open_donor(wish: OtherFilm, film: Film, person: PersonId, token: CancelToken) -> Donor:
    """Opens the film of `wish` and finds in it the `person` of `film`.

    Raises:
        MediaError: it cannot be read or has no picture.
        SettingsError: it shows no face, not the one that was named, or several of whom none looks like the person.
    """
    path = wish.video
    other = open_film(path, token)
    people = sorted({track.person for track in other.analysis.tracks})
    if not people:
        raise SettingsError(
            f"No face was found in “{path.name}”, which was to lend mouths.", hint="Leave it out."
        )
    if wish.person is not None:
        if wish.person not in people:
            raise SettingsError(
                f"There is no person “{wish.person}” in “{path.name}”, which was to lend mouths.",
                hint=f"People found: {', '.join(people)}.",
            )
        return Donor(other, wish.person, "named as the same person", other.reader())
    if len(people) == 1:
        return Donor(other, people[0], "the only face", other.reader())
    with film.reader() as reader:
        wanted, limit = _described(reader, film.analysis.tracks_of(person))
    distances = {}
    with other.reader() as reader:
        for candidate in people:
            seen, _ = _described(reader, other.analysis.tracks_of(candidate))
            if wanted is not None and seen is not None:
                distances[candidate] = 1 - float(wanted @ seen)
    nearest = min(distances, key=lambda each: distances[each], default=None)
    if nearest is None or distances[nearest] > limit:
        raise SettingsError(
            f"None of the faces in “{path.name}” looks like {person} in “{film.info.path.name}”.",
            hint="Cut the extra footage so that it shows this person alone, or leave it out.",
        )
    return Donor(
        other, nearest, f"looks most like {person} (distance {distances[nearest]:.2f})", other.reader()
    )


def open_donors(
    wishes: Sequence[OtherFilm], film: Film, person: PersonId, token: CancelToken
) -> tuple[Donor, ...]:
    """The donors of `wishes`, without optional ones that cannot be had.

    Raises:
        AppError: one that is not optional cannot be had; see `open_donor`.
    """
    donors: list[Donor] = []
    for wish in wishes:
        try:
            donors.append(open_donor(wish, film, person, token))
        except (AppError, OSError) as error:
            if wish.is_optional:
                logger.warning("%s lends no mouths: %s", wish.video, error)
                continue
            for each in donors:
                each.reader.close()
            raise
    return tuple(donors)


def _described(reader: VideoReader, tracks: tuple[FaceTrack, ...]) -> tuple[np.ndarray | None, float]:
    """The unit mean of a person's descriptors, and the distance below which two are one person."""
    describer = Describer(open_backend("auto"))
    track = max(tracks, key=lambda each: each.frame_count)
    rows = np.linspace(0, track.frame_count - 1, min(track.frame_count, _MOST_DETECTED)).astype(int)
    best = np.sort(rows[np.argsort(-np.asarray(track.quality[rows]), kind="stable")[:_COMPARED]])
    vectors = [
        vector
        for row in best
        if (vector := describer(reader.rgb(track.first_frame + int(row)), track.landmarks[row])) is not None
    ]
    if not vectors:
        return None, describer.same_person_distance
    mean = np.mean(vectors, axis=0)
    return mean / max(float(np.linalg.norm(mean)), 1e-9), describer.same_person_distance
