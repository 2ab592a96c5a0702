"""What the editor is measured with: a very long project, and a plain decode loop as the baseline. No Qt in here."""

import os
import random
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from core.base.timing import FrameRate, TimeRange
from core.face_geometry.track import PersonId
from core.lip_engine import LipSettings
from core.media.reader import VideoReader
from core.project.ids import FIRST_DUB_LANE, VIDEO_LANE, ItemId, MarkerId, MediaId, TakeId
from core.project.media_items import MediaFacts, MediaItem
from core.project.model import Clip, Marker, Person, Project, Sequence
from core.project.segments import DubSegment, Take, TakePiece

FILM, DUB = MediaId("m1"), MediaId("m2")
_COLOURS = ("#4c9dff", "#ff9f4c", "#4cd3a5", "#d36bff", "#ffd24c", "#ff6b8a")


@dataclass(frozen=True, slots=True)
class Spread:
    """A measurement repeated: its median, its 95th percentile and its worst, in milliseconds."""

    count: int
    median_ms: float
    p95_ms: float
    worst_ms: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Spread":
        """The spread of measured seconds."""
        values = np.array(seconds) * 1000
        return cls(
            len(values), float(np.median(values)), float(np.percentile(values, 95)), float(values.max())
        )

    def __str__(self) -> str:
        return f"median {self.median_ms:.1f} ms, p95 {self.p95_ms:.1f} ms, worst {self.worst_ms:.1f} ms (n={self.count})"


@dataclass(frozen=True, slots=True)
class DecodeBaseline:
    """What reading the same file without an editor costs.

    Attributes:
        frames_per_second: decoding and converting every frame in order.
        random: one frame anywhere, from an open reader with an empty cache.
        near: the frames after a first one, and single steps back.
    """

    frames_per_second: float
    random: Spread
    near: Spread


def decode_baseline(
    path: str | os.PathLike[str], *, frames: int = 250, seeks: int = 40, seed: int = 0
) -> DecodeBaseline:
    """Measures a plain loop over `path` with `core.media`'s reader.

    Raises:
        MediaError: the file cannot be read.
    """
    chance = random.Random(seed)
    with VideoReader(path) as reader:
        count = min(frames, reader.frame_count)
        reader.rgb(0, fast=True)
        begin = time.perf_counter()
        for number in range(1, count):
            reader.rgb(number, fast=True)
        rate = (count - 1) / (time.perf_counter() - begin) if count > 1 else 0.0
    far: list[float] = []
    near: list[float] = []
    with VideoReader(path, cache_bytes=0) as reader:
        far.extend(_timed(reader, chance.randrange(reader.frame_count)) for _ in range(seeks))
    with VideoReader(path) as reader:
        number = reader.frame_count // 2
        reader.rgb(number, fast=True)
        for step in [1] * 20 + [-1] * 20 + [3, -2] * 10:
            number = min(max(number + step, 0), reader.frame_count - 1)
            near.append(_timed(reader, number))
    return DecodeBaseline(rate, Spread.of(far), Spread.of(near))


def long_project(
    *, segments: int = 2000, seconds: int = 3 * 3600, people: int = 4, shots: int = 60, seed: int = 0
) -> Project:
    """A film of `seconds` at 25 fps in `shots` clips, and `segments` dub segments of `people`, each with a scored take."""
    chance = random.Random(seed)
    rate = FrameRate(Fraction(25))
    length = Fraction(seconds)
    facts = MediaFacts(
        length, 1920, 1080, rate, seconds * 25, audio_channels=2, sample_rate=48000, colour="BT.709 limited"
    )
    sound = MediaFacts(length, audio_channels=1, sample_rate=48000)
    media = (
        MediaItem(FILM, "video", "Feature film.mov", "/nowhere/film.mov", facts),
        MediaItem(DUB, "audio", "Dub DE.wav", "/nowhere/dub.wav", sound),
    )
    cast = tuple(
        Person(PersonId(f"p{n}"), name, _COLOURS[n % len(_COLOURS)])
        for n, name in zip(range(people), ("Anna", "Ben", "Chloé", "Dr. Weiß", "Emil", "Fatou"), strict=False)
    )
    cuts = sorted(Fraction(chance.randrange(1, seconds)) for _ in range(shots - 1))
    edges = [Fraction(0), *sorted(set(cuts)), length]
    clips = [
        Clip(ItemId(f"c{n}"), FILM, VIDEO_LANE, TimeRange(start, end), start)
        for n, (start, end) in enumerate(pairwise(edges))
    ]
    clips.append(Clip(ItemId("c_dub"), DUB, FIRST_DUB_LANE, TimeRange(Fraction(0), length), Fraction(0)))
    slot = length / segments
    made = []
    for number in range(segments):
        start = rate.time_of(rate.frame_at(number * slot))
        end = rate.time_of(rate.frame_at(start + slot * Fraction(chance.randrange(50, 100), 100)))
        end = max(end, start + rate.frame_duration)
        segment = DubSegment(
            ItemId(f"s{number}"),
            TimeRange(start, end),
            cast[chance.randrange(len(cast))].id,
            DUB,
            start,
            note=f"Line {number + 1}",
        )
        if chance.random() < 0.8:
            take = Take(
                TakeId(f"t{number}"),
                1,
                "own-mouth",
                LipSettings(),
                (TakePiece(FILM, TimeRange(start, end), start),),
                mean_sync=0.3 + 0.6 * chance.random(),
            )
            segment = replace(segment, takes=(take,), chosen=take.id)
        made.append(segment)
    made.sort(key=lambda each: (each.lane, each.range.start))
    clips.sort(key=lambda each: (each.lane, each.range.start))
    markers = tuple(
        Marker(MarkerId(f"k{n}"), Fraction(chance.randrange(seconds)), "orange", f"Note {n}")
        for n in range(20)
    )
    return Project(
        "Long film",
        Sequence(rate),
        media,
        tuple(clips),
        cast,
        tuple(made),
        tuple(sorted(markers, key=lambda each: each.time)),
        next_number=segments + shots + 100,
    )


def _timed(reader: VideoReader, number: int) -> float:
    begin = time.perf_counter()
    reader.rgb(number, fast=True)
    return time.perf_counter() - begin
