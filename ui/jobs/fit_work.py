"""Fitting lines in time: where a line belongs, and lines made longer or shorter."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject

from core.base.errors import AppError
from core.base.timing import TimeRange
from core.project import content_edits, fit_edits
from core.project.changes import Edited
from core.project.media_facts import Found, probe_media
from core.project.media_items import MediaItem
from core.project.model import Project
from core.project.segments import DubSegment
from ui.base.bridge import Bridge, Ticket
from ui.base.messages import Messages
from ui.state.document import Document
from ui.state.library import CurveKey

REACH_S = 1.0  # a line is looked for so far before and after where it lies
_FEWEST_OFFSETS = 3  # judged windows without which the lips tell no offset


@dataclass(frozen=True, slots=True)
class Offer:
    """Where a line may belong.

    Attributes:
        by_voice: seconds later (earlier when negative) for it to be loud where the film's own voice is; None where that does
            not tell.
        likeness: of the two voices' loudness then, 0..1.
        by_lips: seconds later for the film's lips to fit it, as the scorer reads them; None where it does not tell.
    """

    by_voice: float | None
    likeness: float
    by_lips: float | None


class FitWork(QObject):
    """Listens and stretches on the pool; edits the project on the main thread."""

    def __init__(
        self, document: Document, bridge: Bridge, messages: Messages, lines: Path, parent: QObject
    ) -> None:
        """`lines` is the folder where stretched lines are kept."""
        super().__init__(parent)
        self._document = document
        self._bridge = bridge
        self._messages = messages
        self._lines = lines

    def look_for_place(self, segment: DubSegment, then: Callable[[Offer], object]) -> None:
        """Finds where a line belongs; nothing is moved."""
        project = self._document.project
        clip = project.video_clip_at(segment.range.start)
        film = project.medium(clip.media) if clip is not None else None
        dub = project.medium(segment.dub)
        if clip is None or film is None or dub is None:
            self._messages.info(self.tr("There is no film under this line."))
            return
        by_lips = self._by_lips(segment)
        start = float(clip.media_time(segment.range.start))
        offset, length = float(segment.offset), float(segment.range.duration)

        def work(_ticket: Ticket[Offer]) -> Offer:
            from core.media.alignment import RATE, align
            from core.takes.voices import mapped_voice

            if not film.facts.has_audio:
                return Offer(None, 0.0, by_lips)
            own, voice = mapped_voice(Path(film.path)), mapped_voice(Path(dub.path))
            line = np.asarray(voice[round(offset * RATE) : round((offset + length) * RATE)])
            first = round((start - REACH_S) * RATE)
            heard = np.zeros(len(line) + round(2 * REACH_S * RATE), np.float32)
            low, high = max(first, 0), min(first + len(heard), len(own))
            if high > low:
                heard[low - first : high - first] = own[low:high]
            found = align(line, heard, REACH_S)
            return Offer(found.later if found else None, found.likeness if found else 0.0, by_lips)

        self._bridge.run(work, self._document.while_open(then), self._document.while_open(self._messages.refuse))

    def stretch(self, segment: DubSegment, tempo: Fraction) -> None:
        """Makes a line ``1 / tempo`` times as long, as one step to undo."""
        dub = self._document.project.medium(segment.dub)
        if dub is None:
            return
        span = segment.media_range
        target = self._lines / _name(dub, span, tempo)

        def work(_ticket: Ticket[Found]) -> Found:
            from core.media.stretch import stretch_sound

            self._lines.mkdir(parents=True, exist_ok=True)
            if not target.is_file():
                stretch_sound(Path(dub.path), target, span, tempo)
            return probe_media(target)

        def done(told: Found) -> None:
            project = self._document.project
            known = next((each for each in project.media if each.path == str(target)), None)
            self._document.apply(self.tr("Stretch the line"), _stretched, segment, target, told, known, tempo)

        self._bridge.run(work, self._document.while_open(done), self._document.while_open(self._failed))

    def _failed(self, error: AppError) -> None:
        self._messages.fail(error)

    def _by_lips(self, segment: DubSegment) -> float | None:
        """What the scorer says of the untouched film with this line: by how much its sound is late."""
        curve = self._document.library.curve(CurveKey("dub", segment.id))
        known = curve.offset_ms[np.isfinite(curve.offset_ms)] if curve is not None else np.zeros(0)
        return -float(np.median(known)) / 1000 if len(known) >= _FEWEST_OFFSETS else None


def _stretched(
    project: Project, segment: DubSegment, target: Path, told: Found, known: MediaItem | None, tempo: Fraction
) -> Edited:
    edited = None
    if known is None:
        edited = content_edits.add_media(
            project, "audio", str(target), target.name, told.facts, size=told.size, quick_hash=told.quick_hash
        )
        project, known = edited.project, edited.project.media[-1]
    made = fit_edits.stretch_segment(project, segment.id, known.id, tempo)
    return made if edited is None else Edited(made.project, edited.changes | made.changes)


def _name(dub: MediaItem, span: TimeRange, tempo: Fraction) -> str:
    """One name for each line of each recording at each tempo."""
    facts = f"{dub.quick_hash or dub.path} {span.start} {span.end} {tempo}"
    percent = round((1 / float(tempo) - 1) * 100)
    return f"{Path(dub.name).stem[:40]} {percent:+d}% {hashlib.sha256(facts.encode()).hexdigest()[:8]}.wav"
