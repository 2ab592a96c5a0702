"""Where the dub and the film's own sound are heard, by stated rules."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from core.base.errors import SettingsError
from core.base.timing import TimeRange, format_time
from core.planning.sound_parts import SoundPart

LongerRule = Literal["keep", "cut", "refuse"]
ShorterRule = Literal["silence", "original", "refuse"]


@dataclass(frozen=True, slots=True)
class SoundPlan:
    """The result of `plan_sound`.

    Attributes:
        parts: the whole soundtrack.
        voice_start: film time of the dub's first sample.
        notes: sentences for the report about anything the user may not expect.
    """

    parts: tuple[SoundPart, ...]
    voice_start: Fraction
    notes: tuple[str, ...]


def plan_sound(
    *,
    film: Path,
    film_duration: Fraction,
    film_has_sound: bool,
    dub: Path,
    dub_duration: Fraction,
    span: TimeRange | None,
    dub_start: Fraction | None,
    longer: LongerRule,
    shorter: ShorterRule,
) -> SoundPlan:
    """The soundtrack of a film in which `dub` is heard.

    Without `span` the dub replaces the film's sound altogether; with it the film keeps its own sound outside. The dub
    begins at `dub_start`, or at the start of `span` or of the film. Where it does not reach, `shorter` says what is
    heard; where it reaches beyond, `longer` says what happens.

    Raises:
        SettingsError: the lengths differ and the rule is to refuse, or the dub lies outside `span` or the film.
    """
    where = span or TimeRange(Fraction(0), film_duration)
    start = dub_start if dub_start is not None else where.start
    dub_range = TimeRange(start, start + dub_duration)
    heard = dub_range.intersection(where)
    if heard is None:
        raise SettingsError(
            f"The dub would be heard from {format_time(dub_range.start)} to {format_time(dub_range.end)}, "
            f"outside {format_time(where.start)}–{format_time(where.end)}.",
            hint="Check --audio-start and --range.",
        )
    notes = []
    # Half a frame at 25 fps: nobody means a difference smaller than that.
    tolerance = Fraction(1, 50)
    over, under = dub_range.end - where.end, where.end - dub_range.end
    place = "the range" if span else "the film"
    if over > tolerance:
        text = f"The dub is {float(over):.2f} s longer than {place}"
        if longer == "refuse":
            raise SettingsError(f"{text}.", hint="Trim it, or use --longer keep or --longer cut.")
        notes.append(f"{text}; its end was {'cut' if longer == 'cut' else 'kept'}.")
    if under > tolerance:
        text = f"The dub is {float(under):.2f} s shorter than {place}"
        if shorter == "refuse":
            raise SettingsError(
                f"{text}.", hint="Use a longer dub, or --shorter silence or --shorter original."
            )
        what = "the film's own sound" if shorter == "original" and film_has_sound else "silence"
        notes.append(f"{text}; {what} follows.")
    if longer == "cut":
        dub_range = TimeRange(dub_range.start, min(dub_range.end, where.end))

    def own(a: Fraction, b: Fraction) -> list[SoundPart]:
        if b <= a:
            return []
        return [SoundPart(TimeRange(a, b), film if film_has_sound else None, a, fades=film_has_sound)]

    def rest(a: Fraction, b: Fraction) -> list[SoundPart]:
        if b <= a:
            return []
        return own(a, b) if shorter == "original" else [SoundPart(TimeRange(a, b), None)]

    parts = [
        *own(Fraction(0), min(where.start, dub_range.start)),
        *rest(where.start, dub_range.start),
        SoundPart(dub_range, dub),
        *rest(dub_range.end, where.end),
        *own(max(where.end, dub_range.end), film_duration),
    ]
    return SoundPlan(tuple(parts), start, tuple(notes))
