"""What is known of takes that were made: how much of them is in the cache, what of it is doubtful, how they look and fit."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

from core.base.timing import TimeRange
from core.project.ids import MediaId, TakeId
from core.project.segments import Take, TakePiece
from ui.base.painting import to_qimage
from ui.jobs.kept_curves import load_curve
from ui.state.library import SyncCurve, TakeState

if TYPE_CHECKING:
    from core.takes.chunk_cache import ChunkCache

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TakeFacts:
    """What a finished take tells of itself.

    Attributes:
        coverage: share of its frames whose mouth the footage holds; None where that is not known.
        doubtful: where the engine doubts what it made, on the films' clocks.
        picture: the mouth in its middle.
    """

    coverage: float | None
    doubtful: tuple[tuple[MediaId, TimeRange], ...]
    picture: QImage | None


@dataclass(frozen=True, slots=True)
class FoundTake:
    """A take of an opened project, as the cache holds it."""

    state: TakeState
    curve: SyncCurve | None
    picture: QImage | None


def take_facts(cache: "ChunkCache", pieces: tuple[TakePiece, ...]) -> TakeFacts:
    """The facts of a take that is made of `pieces`."""
    return TakeFacts(_coverage(cache, pieces), _doubtful(cache, pieces), _picture(cache, pieces))


def find_takes(cache: "ChunkCache", curves: Path, takes: Sequence[Take]) -> dict[TakeId, FoundTake]:
    """What of `takes` is still in the cache, and in the folder of `curves`."""
    return {take.id: _found(cache, curves, take) for take in takes}


def _found(cache: "ChunkCache", curves: Path, take: Take) -> FoundTake:
    ready: list[tuple[MediaId, TimeRange]] = []
    is_whole = True
    for piece in take.pieces:
        if not piece.key:
            continue
        end = cache.done_until(piece.key, piece.first_frame)
        is_whole = is_whole and end >= piece.end_frame
        if end > piece.first_frame:
            ready.append((piece.film, _until(piece, end)))
    facts = take_facts(cache, take.pieces) if is_whole else None
    state = TakeState(
        "done" if is_whole else "partial",
        tuple(ready),
        float(is_whole),
        coverage=facts.coverage if facts is not None else None,
        doubtful=facts.doubtful if facts is not None else (),
    )
    picture = facts.picture if facts is not None else _picture(cache, take.pieces)
    return FoundTake(state, load_curve(curves, take.pieces), picture)


def _until(piece: TakePiece, end: int) -> TimeRange:
    """The part of a piece that is made up to frame `end`, on the film's clock."""
    share = (end - piece.first_frame) / max(1, piece.end_frame - piece.first_frame)
    if share >= 1:
        return piece.film_range
    length = piece.film_range.duration * Fraction(share).limit_denominator(10_000)
    return TimeRange(piece.film_range.start, piece.film_range.start + length)


def _picture(cache: "ChunkCache", pieces: tuple[TakePiece, ...]) -> QImage | None:
    """The mouth in the middle of the longest piece that is there."""
    longest = max(pieces, key=lambda piece: piece.end_frame - piece.first_frame, default=None)
    if longest is None or not longest.key:
        return None
    try:
        lips = cache.frame(longest.key, (longest.first_frame + longest.end_frame) // 2)
    except (OSError, ValueError, KeyError) as error:  # a chunk was evicted or damaged meanwhile
        logger.warning("a take has no picture: %s", error)
        return None
    return to_qimage(np.ascontiguousarray(lips.crop)).copy() if lips is not None else None


def _coverage(cache: "ChunkCache", pieces: tuple[TakePiece, ...]) -> float | None:
    """Share of the frames of `pieces` whose mouth the footage holds."""
    frames = sum(piece.end_frame - piece.first_frame for piece in pieces)
    try:
        made = sum(
            cache.synthesised(piece.key, range(piece.first_frame, piece.end_frame)) for piece in pieces
        )
    except (OSError, ValueError, KeyError) as error:  # a chunk was evicted or damaged meanwhile
        logger.warning("the coverage of a take is not known: %s", error)
        return None
    return 1 - made / frames if frames else None


def _doubtful(
    cache: "ChunkCache", pieces: tuple[TakePiece, ...]
) -> tuple[tuple[MediaId, TimeRange], ...]:
    """Where the engine doubts what it made, on the films' clocks."""
    found = []
    for piece in pieces:
        frames = range(piece.first_frame, piece.end_frame)
        try:
            stretches = cache.doubtful(piece.key, frames)
        except (OSError, ValueError, KeyError) as error:  # a chunk was evicted or damaged meanwhile
            logger.warning("the doubts of a take are not known: %s", error)
            continue
        step = piece.film_range.duration / max(len(frames), 1)
        for stretch in stretches:
            start, end = (
                piece.film_range.start + step * (frame - piece.first_frame)
                for frame in (stretch.start, stretch.stop)
            )
            found.append((piece.film, TimeRange(start, end)))
    return tuple(found)


def open_chunks(root: Path) -> "ChunkCache":
    """The chunk cache in `root`; each thread opens its own."""
    from core.takes.chunk_cache import ChunkCache

    return ChunkCache(root)
