"""Who speaks, measured: rendered conversations with known turns, and real faces side by side that all move their lips."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.face_geometry.track import TrackId
from core.research.benchmark.scorer import EmbeddedClip
from core.research.corpus.scenes import NOBODY, Scene, make_scene, tracks_of
from core.research.training.scorer.clips import Clip
from core.scorer.embeddings import FaceEmbeddings
from core.scorer.score import SyncScorer
from core.scorer.speaking import Stretch, who_speaks

FPS = 25
_CLEARLY = 1.5  # times as much must a mouth move to count as the speaker's
SHORTEST_S = 1.0
"""Stretches below this are not counted."""


@dataclass(slots=True)
class Tally:
    """Stretches of voice of at least a second: how many there were, given to the right face, a wrong one, or nobody."""

    right: int = 0
    wrong: int = 0
    nobody: int = 0

    @property
    def count(self) -> int:
        """All of them."""
        return self.right + self.wrong + self.nobody

    def add(self, said: object, truth: object) -> None:
        """Counts one stretch; `truth` None means that the speaker is not shown."""
        if said == truth:
            self.right += 1
        elif said is None:
            self.nobody += 1
        else:
            self.wrong += 1

    def __str__(self) -> str:
        share = f"{100 * self.right / self.count:.0f} %" if self.count else "–"
        return f"{share} of {self.count} ({self.wrong} wrong face, {self.nobody} nobody)"


class _SceneSource:
    """A rendered scene's pictures as a film."""

    def __init__(self, scene: Scene) -> None:
        self._frames = scene.frames

    @property
    def frame_count(self) -> int:
        """Number of frames."""
        return len(self._frames)

    def rgb(self, frame: int) -> np.ndarray:
        """The picture."""
        return self._frames[frame]


def measure_scene(scorer: SyncScorer, scene: Scene, shown: Tally, off: Tally) -> None:
    """Adds the turns of a rendered conversation to `shown` (the speaker is in the picture) or `off` (not).

    Turns are known, as a cut and a change of speaker without a pause are in one stretch of voice.
    """
    times = (np.arange(len(scene.frames)) + 0.5) / FPS
    tracks = tracks_of(scene)
    source = _SceneSource(scene)
    faces: dict[TrackId, FaceEmbeddings] = {}
    person = {}
    for found in tracks:
        track = found.track
        if track.frame_count >= 5:
            faces[track.id] = scorer.embed_faces(source, track, times[track.first_frame : track.end_frame])
            person[track.id] = found.person
    # A shot's cut ends a stretch too: from there on other faces are shown.
    borders = np.flatnonzero(np.diff(scene.speaks)) + 1
    borders = np.unique([0, *borders, *(shot.first for shot in scene.shots), len(scene.speaks)])
    turns = [
        (low / FPS, high / FPS)
        for low, high in itertools.pairwise(borders.tolist())
        if scene.speaks[low] != NOBODY and high - low >= SHORTEST_S * FPS
    ]
    result = who_speaks(faces, scorer.embed_speech(scene.voice), scorer.calibration, turns)
    for stretch in result.stretches:
        rows = _rows(stretch, times)
        speaker = int(scene.speaks[rows[0]])
        visible = scene.shown[speaker, rows].mean() > 0.5
        said = None if stretch.speaker is None else person[stretch.speaker]
        (shown if visible else off).add(said, speaker if visible else None)


def _rows(stretch: Stretch, times: np.ndarray) -> np.ndarray:
    return np.flatnonzero((times >= stretch.start) & (times < stretch.end))


def rendered_scenes(scorers: Sequence[SyncScorer], scenes: Iterable[Scene]) -> dict[str, tuple[Tally, Tally]]:
    """For each scorer, by its letter, the tallies of `measure_scene` over conversations."""
    tallies = {scorer.which: (Tally(), Tally()) for scorer in scorers}
    for scene in scenes:
        for scorer in scorers:
            measure_scene(scorer, scene, *tallies[scorer.which])
    return tallies


def conversations(count: int, frames: int = 100) -> Iterator[Scene]:
    """`count` rendered conversations of two people."""
    for seed in range(501, 501 + count):
        yield make_scene(seed, frames, people=2)


def side_by_side(scorer: SyncScorer, clips: Sequence[EmbeddedClip], faces: int = 2) -> Tally:
    """Real clips with the faces of `faces` − 1 other clips beside them, who talk all the while to other words.

    Harder than a conversation, in which listeners keep their lips still.
    """
    tally = Tally()
    for number, clip in enumerate(clips):
        times = clip.faces.times
        beside = {TrackId(0): clip.faces}
        for place in range(1, faces):
            other = clips[(number + place * 7) % len(clips)].faces
            rows = np.arange(len(times)) % len(other.times)
            beside[TrackId(place)] = FaceEmbeddings(0, times, other.vectors[rows], other.reasons[rows])
        for stretch in who_speaks(beside, clip.speech, scorer.calibration).stretches:
            if stretch.end - stretch.start >= SHORTEST_S:
                tally.add(stretch.speaker, TrackId(0))
    return tally


def real_conversations(
    scorer: SyncScorer, clips: Sequence[Clip], embedded: Sequence[EmbeddedClip]
) -> dict[str, Tally]:
    """Tallies of the prepared films that show several faces, by film; the truth is whose mouth moves more.

    A stretch in which neither moves 1.5 times as much as the other has no truth and is left out.

    Args:
        scorer: the scorer.
        clips: prepared clips, one per face, named ``…__<face>``.
        embedded: the same, embedded by `scorer`.
    """
    films: dict[str, list[int]] = {}
    for number, clip in enumerate(clips):
        films.setdefault(clip.name.rsplit("__", 1)[0], []).append(number)
    tallies = {}
    for film, numbers in films.items():
        if len(numbers) < 2:
            continue
        tally = tallies[film] = Tally()
        faces = {TrackId(number): embedded[number].faces for number in numbers}
        result = who_speaks(faces, embedded[numbers[0]].speech, scorer.calibration)
        for stretch in result.stretches:
            moves = sorted(((_movement(clips[number], stretch), number) for number in numbers), reverse=True)
            if stretch.end - stretch.start >= SHORTEST_S and moves[0][0] > _CLEARLY * moves[1][0]:
                tally.add(stretch.speaker, TrackId(moves[0][1]))
    return tallies


def _movement(clip: Clip, stretch: Stretch) -> float:
    """How fast the mouth opens and closes in the stretch, 0 where the face is not shown."""
    inside = (clip.times >= stretch.start) & (clip.times < stretch.end)
    return float(np.abs(np.diff(clip.shape[inside, 0])).mean()) if inside.sum() > 5 else 0.0
