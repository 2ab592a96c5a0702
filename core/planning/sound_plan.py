"""Where the dub and the film's own sound are heard, by stated rules."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from core.base.errors import SettingsError
from core.base.timing import TimeRange, format_time
from core.planning.sound_parts import SoundPart

LongerRule = Literal["keep", "cut", "mix", "refuse", "hold", "loop", "pingpong"]
ShorterRule = Literal["silence", "original", "refuse", "cut"]
PICTURE_RULES = ("hold", "loop", "pingpong")  # the film itself becomes longer, before any of this


@dataclass(frozen=True, slots=True)
class Bed:
    """What is heard under a dub.

    Attributes:
        background: music and effects on the film's clock, None for none.
        background_gain_db: of it.
        duck_db: by how much the film's own sound is lowered where the dub is heard; None leaves it out there.
    """

    background: Path | None = None
    background_gain_db: float = 0.0
    duck_db: float | None = None


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


def plan_sound(  # noqa: PLR0913 - all by name
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
    film_sound_end: Fraction | None = None,
    bed: Bed = Bed(),
) -> SoundPlan:
    """The soundtrack of a film in which `dub` is heard.

    Without `span` the dub replaces the film's sound altogether; with it the film keeps its own sound outside, untouched.
    The dub begins at `dub_start`, or at the start of `span` or of the film. Where it does not reach, `shorter` says what
    is heard; where it reaches beyond, `longer` says what happens: beyond the film's end it is kept unless it is to be cut;
    where the film's own sound goes on after `span`, it is heard only when it is to be mixed. `bed` lies under the dub, nowhere else.

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
    sound_end = max(film_duration, film_sound_end or film_duration)
    is_followed = span is not None and film_has_sound and where.end + tolerance < film_duration
    over, under = dub_range.end - where.end, where.end - dub_range.end
    place = "the range" if span else "the film"
    if over > tolerance:
        text = f"The dub is {float(over):.2f} s longer than {place}"
        if longer == "refuse":
            raise SettingsError(f"{text}.", hint="Trim it, or use --longer keep or --longer cut.")
        notes.append(f"{text}; {_fate(longer, is_followed=is_followed)}.")
    if under > tolerance:
        text = f"The dub is {float(under):.2f} s shorter than {place}"
        if shorter == "refuse":
            raise SettingsError(
                f"{text}.", hint="Use a longer dub, or --shorter silence or --shorter original."
            )
        what = "the film's own sound" if shorter == "original" and film_has_sound else "silence"
        notes.append(f"{text}; {what} follows.")
    heard_from = max(dub_range.start, where.start) if span is not None and film_has_sound else dub_range.start
    is_cut = over > 0 and (longer == "cut" or (is_followed and longer != "mix"))
    dub_part = SoundPart(
        TimeRange(heard_from, min(dub_range.end, where.end) if is_cut else dub_range.end),
        dub,
        heard_from - dub_range.start,
        fades_out=is_cut and is_followed,
    )

    def own(a: Fraction, b: Fraction, *, outside: bool = True) -> list[SoundPart]:
        if b <= a:
            return []
        if not film_has_sound:
            return [SoundPart(TimeRange(a, b), None, a)]
        return [SoundPart(TimeRange(a, b), film, a, fades=not outside, blends=outside)]

    def rest(a: Fraction, b: Fraction) -> list[SoundPart]:
        if b <= a:
            return []
        return own(a, b, outside=False) if shorter == "original" else [SoundPart(TimeRange(a, b), None)]

    parts = [
        *own(Fraction(0), min(where.start, heard_from)),
        *rest(where.start, heard_from),
        dub_part,
        *rest(dub_part.range.end, where.end),
        *own(
            where.end if is_followed else max(where.end, dub_part.range.end),
            sound_end if span else film_duration,
        ),
    ]
    parts += _bed(bed, film, where if span is not None else TimeRange(Fraction(0), sound_end), dub_part.range)
    return SoundPlan(tuple(parts), start, tuple(notes))


def _bed(bed: Bed, film: Path, where: TimeRange, dub: TimeRange) -> list[SoundPart]:
    """What lies under the dub: the background in all of `where`, the film's own sound as long as the dub is heard."""
    parts = []
    if bed.background is not None:
        gain = 10 ** (bed.background_gain_db / 20)
        parts.append(SoundPart(where, bed.background, where.start, gain, fades=where.start > 0))
    under = dub.intersection(where)
    if bed.duck_db is not None and under is not None:
        parts.append(SoundPart(under, film, under.start, 10 ** (-bed.duck_db / 20), fades=True))
    return parts


def _fate(longer: LongerRule, *, is_followed: bool) -> str:
    """What becomes of the end of a dub that is too long."""
    if longer == "mix":
        return "its end is heard over the film's own sound" if is_followed else "its end was kept"
    if is_followed:
        return "its end is not heard, because the film's own sound goes on there (--longer mix lays it over)"
    return "its end was cut" if longer == "cut" else "its end was kept"
