"""Prepares the generator's training clips: tracked footage and rendered heads, each with other mouths beside the true one.

Every clip gets a version that says something else (another person's voice) and, where the person's footage allows, one
that says the same again out of *other* footage; both are made by the own-mouth engine. The untouched clip is the target.
The same footage gives the same files, finished files are kept, and nothing without an open licence is prepared.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import av
import numpy as np

from core.adaptation.altered import EYES_IN_CROP, Footage, OwnWords, Stretch, aligned_clip, shrunk
from core.adaptation.clips import GeneratorClip, Words, save_clip
from core.base.errors import SettingsError
from core.faces.smoothing import smooth_landmarks
from core.motion.shape import shape_model
from core.own_mouth.engine import OwnMouthEngine
from core.research.corpus.generator_pairs import rendered_pair, still_pair
from core.research.corpus.held_out import is_held_out, person_of
from core.research.corpus.reenacted import tracked_files
from core.research.corpus.splits import Split, is_open, split_of_person

logger = logging.getLogger(__name__)

_SPARE = 1.25  # pictures are kept this much finer than the crops
_LEAST_FRAMES = 25
_MOST_YAW = 45.0
_LEAST_QUALITY = 0.5
_RATE = 16000
_PAIR_FRAMES = 50  # of an exact pair: they are many people, each shortly


@dataclass(frozen=True, slots=True)
class PrepareSettings:
    """How much is prepared of whom.

    Attributes:
        size: side of the crops in pixels.
        frames: of a clip at most.
        stretches: of one person that are laid together; each may borrow from the others.
        per_person: clips of one person at most.
        rendered: number of rendered people, two takes each.
        minutes: how long this call may work; finished clips are kept and the next call goes on.
        offsets: how late a clip's sound is in seconds, by the clip's name.
    """

    size: int = 128
    frames: int = 75
    stretches: int = 4
    per_person: int = 24
    rendered: int = 0
    minutes: float = float("inf")
    offsets: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class PrepareReport:
    """What was done: clips made now, clips there already, left out by reason, and whether all is there."""

    made: int = 0
    kept: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    finished: bool = True

    def leave_out(self, why: str) -> None:
        """Counts one clip that is not prepared."""
        self.left_out[why] = self.left_out.get(why, 0) + 1


@dataclass(frozen=True, slots=True)
class _Piece:
    """Frames of one tracked file."""

    path: Path
    person: str
    split: Split
    rows: range

    @property
    def target(self) -> str:
        return f"{self.split}/{self.path.stem}_{self.rows.start:05d}.npz"


def prepare(
    tracked: Path | None, folder: Path, settings: PrepareSettings, *, stills: Path | None = None
) -> PrepareReport:
    """Fills ``folder/{train,val,test}`` with clips of tracked footage (`core.research.corpus.real`), stills and rendered heads.

    `stills` holds a folder of that name, as `core.research.corpus.reenacted.tracked_files` wants it.

    People whom the motion network never heard are ``val``: what drives the hybrid engine must be new to all its parts.

    Raises:
        SettingsError: there is no tracked clip in the folder, or only one person's.
    """
    report = PrepareReport()
    until = time.monotonic() + 60 * settings.minutes
    for split in ("train", "val", "test"):
        (folder / split).mkdir(parents=True, exist_ok=True)
    if tracked is not None:
        files = sorted(tracked.glob("*__0.npz"))
        if not files:
            raise SettingsError(
                f"{tracked} holds no tracked clips.",
                hint="Make them with python -m core.research.corpus.real.",
            )
        groups = _groups(_pieces(files, settings, report), settings)
        voices = sorted({(piece.path, piece.person) for group in groups for piece in group})
        for group in groups:
            missing = [piece for piece in group if not (folder / piece.target).is_file()]
            report.kept += len(group) - len(missing)
            if missing:
                if time.monotonic() >= until:
                    report.finished = False
                    return report
                _prepare_group(group, missing, voices, folder, settings)
                report.made += len(missing)
                logger.info("%s: %d clips", group[0].person, len(missing))
    for pair in _exact_pairs(stills, settings):
        names = [f"{pair.split}/{pair.name}-{take}.npz" for take in (0, 1)]
        if all((folder / name).is_file() for name in names):
            report.kept += 2
            continue
        if time.monotonic() >= until:
            report.finished = False
            return report
        for name, clip in zip(names, pair.make(), strict=True):
            save_clip(folder / name, clip)
        report.made += 2
        logger.info("%s", pair.name)
    return report


@dataclass(frozen=True, slots=True)
class _ExactPair:
    name: str
    split: Split
    make: Callable[[], tuple[GeneratorClip, GeneratorClip]]


def _exact_pairs(stills: Path | None, settings: PrepareSettings) -> Iterator[_ExactPair]:
    """Re-enacted stills and rendered heads; every person's split follows from the name."""
    frames = min(settings.frames, _PAIR_FRAMES)
    if stills is not None:
        for seed, file in enumerate(file for file in tracked_files(stills) if file.is_still):
            make = partial(still_pair, file, seed, settings.size, frames)
            yield _ExactPair(file.item.id, split_of_person(file.item.person), make)
    for seed in range(1, settings.rendered + 1):
        name = f"head-{seed:05d}"
        yield _ExactPair(name, split_of_person(name), partial(rendered_pair, seed, settings.size, frames))


def _pieces(files: Sequence[Path], settings: PrepareSettings, report: PrepareReport) -> Iterator[_Piece]:
    for path in files:
        with np.load(path) as data:
            licence, allowed = str(data["licence"]), bool(data["allowed"])
            usable = (data["quality"] >= _LEAST_QUALITY) & (np.abs(data["pose"][:, 0]) <= _MOST_YAW)
            has_voice = float(np.abs(data["audio"]).max(initial=0)) > 30
        if not (allowed and is_open(licence)):
            report.leave_out(f"licence: {licence}" if allowed else "kept for tests")
        elif not has_voice:
            report.leave_out("no sound")
        else:
            person = person_of(path.stem)
            split: Split = "val" if is_held_out(path.stem) else "train"
            # A clip without company needs at least two stretches of its own to borrow from.
            longest = settings.frames if len(usable) >= 2 * settings.frames else max(len(usable) // 2, 1)
            if path.stem.startswith("grid"):  # one of many sentences of a speaker
                longest = settings.frames
            if longest < _LEAST_FRAMES:
                report.leave_out("too short")
                continue
            for start in range(0, len(usable) - longest + 1, longest):
                if usable[start : start + longest].all():
                    yield _Piece(path, person, split, range(start, start + longest))
                else:
                    report.leave_out("turned away or badly tracked")


def _groups(pieces: Iterator[_Piece], settings: PrepareSettings) -> list[list[_Piece]]:
    """Pieces of one person in lots of `stretches`, evenly picked, the first lots of all people first."""
    people: dict[str, list[_Piece]] = {}
    for piece in pieces:
        people.setdefault(piece.person, []).append(piece)
    lots: list[tuple[int, str, list[_Piece]]] = []
    for person, own in people.items():
        picks = np.unique(
            np.linspace(0, len(own) - 1, min(settings.per_person, len(own))).round().astype(int)
        )
        chosen = [own[i] for i in picks]
        count = -(-len(chosen) // settings.stretches)
        # Every count-th piece: a lot then spans the person's footage rather than one moment of it.
        lots += [(i, person, chosen[i::count]) for i in range(count)]
    return [lot for _, _, lot in sorted(lots, key=lambda item: item[:2])]


def _prepare_group(
    group: Sequence[_Piece],
    missing: Sequence[_Piece],
    voices: Sequence[tuple[Path, str]],
    folder: Path,
    settings: PrepareSettings,
) -> None:
    model = shape_model()
    footage = Footage([_stretch(piece, settings) for piece in group])
    engine = OwnMouthEngine()
    for number, piece in enumerate(group):
        if piece in missing:
            rng = np.random.default_rng([*piece.target.encode()])
            stretch = footage.stretches[number]
            voice = _other_voice(piece, voices, float(np.ptp(stretch.times)) + 0.2, rng)
            seed = int(rng.integers(2**31))
            versions: list[tuple[Words, list[np.ndarray]]] = [
                ("other", footage.with_words_of(engine, number, voice, seed))
            ]
            if len(group) > 1:
                truth = OwnMouthEngine(motion=OwnWords(stretch, model))
                versions.append(("own", footage.with_own_words(truth, number, seed)))
            clip = aligned_clip(stretch, versions, piece.person, settings.size)
            save_clip(folder / piece.target, clip)


def _stretch(piece: _Piece, settings: PrepareSettings) -> Stretch:
    with np.load(piece.path) as data:
        rows = slice(piece.rows.start, piece.rows.stop)
        late = settings.offsets.get(piece.path.stem.split("__")[1], 0.0)
        stretch = Stretch(
            _pictures(Path(str(data["video_path"])), data["frame_numbers"][rows]),
            smooth_landmarks(data["landmarks"])[rows],
            data["quality"][rows],
            data["times"][rows] + late,
            data["audio"].astype(np.float32) / 32768,
        )
    return shrunk(stretch, _SPARE * EYES_IN_CROP * settings.size)


def _pictures(video: Path, numbers: np.ndarray) -> list[np.ndarray]:
    wanted, found = set(numbers.tolist()), []
    with av.open(str(video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                rgb = frame.to_ndarray(format="rgb24")
                turns = round((frame.rotation or 0) / 90) % 4
                found.append(np.ascontiguousarray(np.rot90(rgb, turns)) if turns else rgb)
            if number >= numbers[-1]:
                break
    return found


def _other_voice(
    piece: _Piece, voices: Sequence[tuple[Path, str]], seconds: float, rng: np.random.Generator
) -> np.ndarray:
    """(N,) float32: `seconds` that another person says in footage of the same kind of use."""
    others = [path for path, person in voices if person != piece.person]
    if not others:
        raise SettingsError(
            f"There is no voice but that of {piece.person} among the tracked clips.",
            hint="Track footage of at least two people.",
        )
    with np.load(others[rng.integers(len(others))]) as data:
        sound = data["audio"]
    count = round(seconds * _RATE)
    start = int(rng.integers(max(len(sound) - count, 0) + 1))
    voice = sound[start : start + count].astype(np.float32) / 32768
    return np.pad(voice, (0, max(count - len(voice), 0)))


def size_report(folder: Path) -> str:
    """Clips and megabytes per split, one line each."""
    lines = []
    for split in ("train", "val", "test"):
        files = sorted((folder / split).glob("*.npz"))
        size = sum(os.path.getsize(file) for file in files)
        people = len({"_".join(file.stem.split("_")[:4]) for file in files})
        lines.append(f"{split:5} {len(files):5} clips  {people:4} sources  {size / 2**20:8.1f} MiB")
    return "\n".join(lines)
