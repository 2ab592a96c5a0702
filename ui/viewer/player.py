"""Playback: turns the document's playhead into pictures and sound, and time into a moving playhead."""

import logging
from fractions import Fraction
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from core.project.changes import Changes
from core.project.ids import MediaId
from ui.state.document import Document
from ui.state.pictures import FilmClock, PictureList, constant_clocks
from ui.viewer.clocks import MonotonicClock, RunClock
from ui.viewer.decoder_thread import DecoderThread
from ui.viewer.frame_provider import FilmFacts, MediaFrames, ResultProvider
from ui.viewer.play_plan import PlayPlan
from ui.viewer.rendering import Rendered, RenderSpec
from ui.viewer.sound_output import SoundOutput

if TYPE_CHECKING:
    from ui.viewer.frame_provider import Scan

logger = logging.getLogger(__name__)

SPEEDS = tuple(Fraction(s) for s in (-8, -4, -2, -1, 1, 2, 4, 8))
_SOUND_RESTS_MS = 200
_TICK_MS = 4  # a quarter of a 60 Hz screen's refresh: pictures appear at most that late
_PRIMED_PICTURES = 3  # decoded before the clock starts, so that the first ones are not late already


class Player(QObject):
    """Plays the document's timeline. The playhead is the session's: moving it from anywhere seeks.

    Signals:
        shown: (Rendered) another picture is to be painted.
        near_shown: (Rendered) a picture from shortly before the one that is being decoded, until that is there.
        state_changed: started, stopped, or another speed.
        counted: (int dropped, int shown) of the current or last run, whenever it stops or leaves a picture out.
        films_changed: a film was opened, its facts (HDR, size) are known.
    """

    shown = Signal(object)
    near_shown = Signal(object)
    state_changed = Signal()
    counted = Signal(int, int)
    films_changed = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._session = document.session
        self._frames = MediaFrames()
        self._decoder = DecoderThread(self._frames, self)
        self._sound = SoundOutput(self)
        self._films: dict[MediaId, FilmFacts] = {}
        self._sources: dict[
            MediaId, tuple[str, str | None]
        ] = {}  # each film's file and the proxy read instead
        self._pictures = PictureList((), {})
        self._spec = RenderSpec()
        self._speed = Fraction(0)
        self._plan: PlayPlan | None = None
        self._clock: RunClock | None = None
        self._elapsed = Fraction(0)
        self._own_playhead: Fraction | None = None
        self._shown_count = 0
        self._dropped_count = 0
        self._told_dropped = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._on_tick)
        # Others who know the project (the results) hear of a change after us: pictures are made when all have.
        self._refresh_timer = QTimer(self)
        self._refresh_timer.setSingleShot(True)
        self._refresh_timer.setInterval(0)
        self._refresh_timer.timeout.connect(self.refresh)
        # A gain is dragged through many values: the sound begins anew once it rests.
        self._sound_timer = QTimer(self)
        self._sound_timer.setSingleShot(True)
        self._sound_timer.setInterval(_SOUND_RESTS_MS)
        self._sound_timer.timeout.connect(self._restart)
        self._decoder.rendered.connect(self.shown)
        self._decoder.near_rendered.connect(self.near_shown)
        self._decoder.film_opened.connect(self._on_film_opened)
        self._session.playhead_moved.connect(self._on_playhead_moved)
        self._session.loop_changed.connect(self._on_loop_changed)
        self._session.sound_changed.connect(self._on_sound_changed)
        document.changed.connect(self._on_changed)
        document.library.take_changed.connect(self._on_take_changed)
        document.library.missing_changed.connect(self._on_missing_changed)
        document.library.proxy_changed.connect(self._on_proxies_changed)
        self._session.proxies_used_changed.connect(self._on_proxies_changed)
        self._on_changed(Changes(everything=True))

    @property
    def pictures(self) -> PictureList:
        """The pictures of the timeline."""
        return self._pictures

    @property
    def speed(self) -> Fraction:
        """0 while stopped, 1 at normal speed, negative backwards."""
        return self._speed

    @property
    def is_playing(self) -> bool:
        """Whether a run goes on."""
        return self._plan is not None

    @property
    def shown_count(self) -> int:
        """Pictures shown in the current or last run."""
        return self._shown_count

    @property
    def dropped_count(self) -> int:
        """Pictures of the current or last run that came too late and were left out."""
        return self._dropped_count + self._decoder.skipped

    @property
    def sound(self) -> SoundOutput:
        """Volume and device."""
        return self._sound

    def film_facts(self, film: MediaId) -> FilmFacts | None:
        """What opening a film told; None until it was opened."""
        return self._films.get(film)

    def set_results(self, results: ResultProvider | None) -> None:
        """Who composites the generated lips; pictures are asked for on the decoder thread."""
        self._frames.set_results(results)
        self.refresh()

    def set_scan(self, scan: "Scan") -> None:
        """Who may know a film's packets already (`core.media.probe.scan`, thread-safe), to save reading them again."""
        self._frames.set_scan(scan)

    def set_spec(self, spec: RenderSpec) -> None:
        """How pictures are wanted from now on."""
        if spec == self._spec:
            return
        self._spec = spec
        if self.is_playing:
            self._decoder.respec(spec)
        else:
            self.refresh()

    def refresh(self) -> None:
        """Makes the shown picture again, after something it depends on changed. Nothing to do while playing."""
        if not self.is_playing:
            t = self._session.playhead
            self._decoder.show(t, self._pictures.at(t), self._spec)

    def play(self, speed: Fraction | int = 1) -> None:
        """Plays from the playhead; from the other end when it stands at the last picture."""
        speed = Fraction(speed)
        end = max(self._document.project.duration, self._pictures.end)
        if speed == 0 or end <= 0:
            self.stop()
            return
        start = self._session.playhead
        frame = self._document.project.sequence.rate.frame_duration
        if not self._session.is_looping and speed > 0 and start >= end - frame:
            start = Fraction(0)
        self._begin(start, speed, end)

    def stop(self) -> None:
        """Stops where it is."""
        if self._plan is None:
            return
        self._dropped_count += self._decoder.skipped
        self._plan, self._clock, self._speed = None, None, Fraction(0)
        self._timer.stop()
        self._sound.stop()
        self._decoder.stop()
        self._session.set_playing(False)
        self.state_changed.emit()
        self.counted.emit(self._dropped_count, self._shown_count)
        self.refresh()

    def toggle(self) -> None:
        """Plays or stops (Space)."""
        if self.is_playing:
            self.stop()
        else:
            self.play()

    def shuttle(self, direction: int) -> None:
        """J (-1) and L (+1): play that way, then ever faster; against the direction, slower first."""
        if self._speed == 0:
            self.play(direction)
            return
        position = SPEEDS.index(self._speed) if self._speed in SPEEDS else SPEEDS.index(Fraction(1))
        self.play(SPEEDS[min(max(position + direction, 0), len(SPEEDS) - 1)])

    def step(self, pictures: int) -> None:
        """Stops and moves by whole pictures; in gaps by frames of the sequence."""
        self.stop()
        t = self._session.playhead
        frame = self._document.project.sequence.rate.frame_duration
        for _ in range(abs(pictures)):
            if pictures > 0:
                after = self._pictures.boundary_after(t) if self._pictures.at(t) is not None else None
                t = after if after is not None else t + frame
            else:
                before = self._pictures.boundary_before(t)
                in_gap = before is None or self._pictures.at(before) is None
                t = max(before or Fraction(0), t - frame) if before is None or in_gap else before
        self._session.set_playhead(t)

    def step_seconds(self, seconds: int) -> None:
        """Stops and moves by seconds, to the frame of the sequence."""
        self.stop()
        self._session.set_playhead(self._document.project.sequence.snap(self._session.playhead + seconds))

    def scrub(self, t: Fraction) -> None:
        """Moves the playhead and lets a moment of the sound there be heard."""
        self.stop()
        self._session.set_playhead(t)
        self._sound.scrub(self._document.project, self._session.sound, t)

    def close(self) -> None:
        """Stops everything and joins the threads; the player is of no use afterwards."""
        self._timer.stop()
        self._refresh_timer.stop()
        self._sound_timer.stop()
        self._plan = None
        self._sound.close()
        self._decoder.close()

    def _begin(self, start: Fraction, speed: Fraction, end: Fraction) -> None:
        project = self._document.project
        loop = project.in_out if self._session.is_looping else None
        self._plan = PlayPlan(self._pictures, start, speed, end=end, loop=loop)
        self._clock = None
        self._elapsed = Fraction(0)
        self._shown_count = self._dropped_count = self._told_dropped = 0
        self._speed = speed
        # The decoder advances a plan of its own: plans are cheap and not shared between threads.
        self._decoder.play(PlayPlan(self._pictures, start, speed, end=end, loop=loop), self._spec)
        self._sound.prepare(project, self._session.sound, self._plan if speed == 1 else None)
        self._timer.start()
        self._session.set_playing(True)
        self.state_changed.emit()

    def _published_elapsed(self) -> Fraction:
        return self._elapsed  # one attribute, written by the main thread only: safe to read from the decoder

    def _on_tick(self) -> None:
        plan = self._plan
        if plan is None:
            return
        if self._clock is None:
            if self._decoder.queued < _PRIMED_PICTURES and not self._decoder.is_run_decoded:
                return
            self._clock = self._sound.start() or MonotonicClock()
            self._decoder.set_clock(self._published_elapsed)
        self._elapsed = self._clock.elapsed()
        rendered, dropped = self._decoder.take_due(self._elapsed)
        self._dropped_count += dropped
        if self.dropped_count != self._told_dropped:
            self._told_dropped = self.dropped_count
            self.counted.emit(self._told_dropped, self._shown_count)
        if rendered is not None:
            self._shown_count += 1
            self.shown.emit(rendered)
            self._move_playhead(rendered, plan)
        elif self._pictures.at(self._session.playhead) is None:
            # In a gap no picture says where we are, but the sound goes on.
            rate = self._document.project.sequence.rate
            position = rate.time_of(rate.frame_at(plan.position(self._elapsed)))
            if self._pictures.at(position) is None:
                self._set_playhead(position)
        finish = plan.finish
        if finish is not None and self._elapsed >= finish and self._decoder.queued == 0:
            self.stop()

    def _move_playhead(self, rendered: Rendered, plan: PlayPlan) -> None:
        if plan.speed < 0 and rendered.picture is not None:
            self._set_playhead(rendered.picture.start)
        else:
            self._set_playhead(rendered.time)

    def _set_playhead(self, t: Fraction) -> None:
        self._own_playhead = t
        self._session.set_playhead(t)
        self._own_playhead = None

    def _restart(self) -> None:
        if self.is_playing:
            end = max(self._document.project.duration, self._pictures.end)
            self._begin(self._session.playhead, self._speed, end)

    def _on_playhead_moved(self, t: Fraction) -> None:
        if t == self._own_playhead:
            return
        if self.is_playing:
            self._restart()
        else:
            self._decoder.show(t, self._pictures.at(t), self._spec)

    def _on_loop_changed(self, _looping: bool) -> None:
        self._restart()

    def _on_sound_changed(self, _sound: str) -> None:
        self._restart()

    def _on_take_changed(self, _take: str) -> None:
        self._refresh_timer.start()

    def _on_changed(self, changes: Changes) -> None:
        project = self._document.project
        if changes.everything or changes.media:
            self._choose_sources()
        if changes.everything or changes.media or changes.layout:
            for film in {clip.media for clip in project.video_clips} - self._films.keys():
                self._decoder.open(film)
            self._rebuild()
        elif changes.in_out and self._session.is_looping:
            self._restart()
        elif changes.sound:
            if self.is_playing:
                self._sound_timer.start()
        elif changes.items or changes.blend or changes.takes:
            self._refresh_timer.start()
        if changes.everything:
            self.stop()

    def _choose_sources(self) -> None:
        """Says where each film's pictures are read from."""
        library, uses_proxies = self._document.library, self._session.uses_proxies
        sources = {
            medium.id: (medium.path, library.proxy(medium.id) if uses_proxies else None)
            for medium in self._document.project.media
        }
        for film, source in self._sources.items():
            if sources.get(film) != source:
                self._films.pop(film, None)
                self._decoder.forget(film)
        self._sources = sources
        self._frames.set_paths({film: path for film, (path, _) in sources.items()})
        self._frames.set_proxies({film: proxy for film, (_, proxy) in sources.items() if proxy is not None})

    def _on_missing_changed(self, film: str) -> None:
        if not self._document.library.is_missing(MediaId(film)):
            self._decoder.open(MediaId(film))
        self.refresh()

    def _on_proxies_changed(self, _what: object) -> None:
        self._choose_sources()
        for film in {clip.media for clip in self._document.project.video_clips} - self._films.keys():
            self._decoder.open(film)
        self._rebuild()

    def _on_film_opened(self, film: str, facts: FilmFacts) -> None:
        self._films[MediaId(film)] = facts
        self.films_changed.emit()
        if constant_clocks(self._document.project).get(MediaId(film)) != facts.clock:
            self._rebuild()  # a variable rate, or a file that differs from what probing said

    def _rebuild(self) -> None:
        project = self._document.project
        clocks: dict[MediaId, FilmClock] = constant_clocks(project)
        clocks.update({film: facts.clock for film, facts in self._films.items()})
        self._pictures = PictureList(project.video_clips, clocks)
        if self.is_playing:
            self._restart()
        else:
            self._refresh_timer.start()
