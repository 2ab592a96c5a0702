"""Films dubbed with their own sound, against the mouths that were really filmed: the measure that no engine can flatter.

The film is cut into stretches; while one is dubbed, its frames and those within half a second of it lend no mouth and tell
nothing of the person, so that the truth cannot be borrowed. The result is tracked again.
"""

import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np
from scipy.ndimage import minimum_filter1d

from core.base.errors import SettingsError
from core.lip_engine import LipChunk, LipRequest, LipSettings, Preset
from core.motion.shape import MEASURES, shape_model
from core.own_mouth.target import MotionSource
from core.research.benchmark.lip_clips import Finish, LipClip, laid_in, open_clip
from core.research.benchmark.lip_engines import OWN, EngineMaker, chosen_engines, preset_of
from core.research.benchmark.phone_witness import draw_strip, parted
from core.research.training.motion.phone_rule import recognise_phones
from core.research.training.motion.validation import correlation
from core.speech.mel import SAMPLE_RATE

APART_S = 0.5
"""How near to a stretch no frame may lend."""
STRETCH_S = 2.5
MOST_LAG = 5
"""Frames by which a result may be early or late: films are not in sync to the frame."""
_CLOSED, _OPEN, _SHUT = 0.15, 0.35, 0.2  # shares of the way from the person's closed to wide-open mouth
_NEAR_FRAMES = 2
_CURVES = ("opening", "width", "rounding")


@dataclass(frozen=True, slots=True)
class OwnSound:
    """How a mouth made from a film's own sound follows the film's own mouth.

    Attributes:
        opening, width, rounding: Pearson's correlation at the lag at which the opening fits best.
        lag: frames by which the made mouth is late there.
        in_place: correlation of the opening without any shift.
        closed: share of the frames with closed true lips near which the made ones close, too.
        false: share of the frames with an open true mouth in which the made one is closed.
        velocity: spread of the opening's speed, to the true one's.
        phones: `core.research.benchmark.phone_witness.parted` of the made mouth; English voices.
        phones_true: of the true one, which is what can be had.
    """

    opening: float
    width: float
    rounding: float
    lag: int
    in_place: float
    closed: float
    false: float
    velocity: float
    phones: float = float("nan")
    phones_true: float = float("nan")


def stretches(count: int, rate: float) -> list[range]:
    """Frames 0 … `count` − 1 at `rate` frames a second in two parts or more of about `STRETCH_S`."""
    parts = max(round(count / rate / STRETCH_S), 2)
    edges = np.linspace(0, count, parts + 1).round().astype(int)
    return [range(a, b) for a, b in itertools.pairwise(edges)]


def with_its_own_sound(
    clip: LipClip,
    make: EngineMaker,
    *,
    preset: Preset = "final",
    motion: MotionSource | None = None,
    finish: Finish = laid_in,
) -> list[np.ndarray]:
    """The clip's pictures, their mouths made by an engine from the clip's own sound.

    Args:
        clip: with a sound.
        make: makes the engine.
        preset: as a user chooses it.
        motion: speech → mouth shapes; the shipped one by default.
        finish: how the crops are put into the film.

    Raises:
        SettingsError: the clip has no sound, or is so short that no frame of it may lend.
    """
    if clip.voice is None:
        raise SettingsError(f"{clip.name} has no sound that could be given back to its lips.")
    rate, track = _rate(clip), clip.film.track
    voice = clip.voice[max(round(float(clip.clock[0]) * SAMPLE_RATE), 0) :]
    apart = round(APART_S * rate)
    chunks: list[LipChunk] = []
    for part in stretches(clip.film.frame_count, rate):
        quality = track.quality.copy()
        quality[max(part.start - apart, 0) : part.stop + apart] = 0
        if not quality.any():
            raise SettingsError(
                f"{clip.name} is too short to give it its own sound back: "
                f"no frame is farther than {APART_S} s from frames {part.start} to {part.stop - 1}.",
                hint="Give a longer film, or more of it by --frames.",
            )
        request = LipRequest(
            source=clip.film,
            track=track,
            library=(replace(track, quality=quality),),
            frames=part,
            times=clip.times[part.start : part.stop],
            library_times=(clip.times,),
            voice=voice,
            original_voice=None,
            settings=LipSettings(preset=preset),
        )
        chunks += make(motion, None).render(request, part.start)
    return [picture for picture, _ in finish(clip, chunks)]


def compared(made: np.ndarray, true: np.ndarray, rate: float) -> OwnSound:
    """The figures of made against true mouth measures, (F, len(MEASURES)) each, at `rate` frames a second."""
    columns = [MEASURES.index(name) for name in _CURVES]
    fits = {lag: _correlation(made, true, columns[0], lag) for lag in range(-MOST_LAG, MOST_LAG + 1)}
    lag = max(fits, key=lambda each: (fits[each], -abs(each)))
    low, high = np.quantile(true[:, columns[0]], [0.04, 0.97])
    opening, truth = ((each[:, columns[0]] - low) / max(high - low, 1e-6) for each in (made, true))
    opening, truth = _at_lag(opening, truth, lag)
    near = minimum_filter1d(opening, 2 * _NEAR_FRAMES + 1, mode="nearest")
    return OwnSound(  # type: ignore[call-arg]  # one correlation a column
        fits[lag],
        *(_correlation(made, true, column, lag) for column in columns[1:]),
        lag,
        fits[0],
        _share(near[truth < _CLOSED] < _SHUT),
        _share(opening[truth > _OPEN] < _SHUT),
        float(np.diff(opening).std() / max(np.diff(truth).std(), 1e-6)),
    )


def _rate(clip: LipClip) -> float:
    return 1 / max(float(np.median(np.diff(clip.times))), 1e-3)


def _at_lag(made: np.ndarray, true: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    return (made[lag:], true[: len(true) - lag]) if lag >= 0 else (made[:lag], true[-lag:])


def _correlation(made: np.ndarray, true: np.ndarray, column: int, lag: int) -> float:
    return correlation(*_at_lag(made[:, column], true[:, column], lag))


def _share(hits: np.ndarray) -> float:
    return float(hits.mean()) if len(hits) else float("nan")


def table(rows: Sequence[tuple[str, str, OwnSound]]) -> str:
    """Markdown of (clip, engine, figures): means over clips per engine, then every clip."""
    names = [field.name for field in fields(OwnSound)]
    head = " | ".join(name.replace("_", " ") for name in names)
    lines = [f"| own sound | {head} | clips |", "|---|" + "---:|" * (len(names) + 1)]
    for engine in dict.fromkeys(engine for _, engine, _ in rows):
        mine = [figures for _, each, figures in rows if each == engine]
        means = (float(np.nanmean([getattr(each, name) for each in mine])) for name in names)
        lines.append(f"| {engine} | " + " | ".join(f"{value:.2f}" for value in means) + f" | {len(mine)} |")
    for clip, engine, figures in rows:
        values = " | ".join(f"{getattr(figures, name):.2f}" for name in names)
        lines.append(f"| {clip}, {engine} | {values} | |")
    return "\n".join(lines) + "\n"


def run_own_sound(
    clips: Sequence[Path],
    output: Path,
    *,
    engines: Sequence[str] | None = None,
    weights: Sequence[Path] = (),
    motion: MotionSource | None = None,
    frames: int = 250,
    cache: Path | None = None,
) -> list[tuple[str, str, OwnSound]]:
    """Gives every clip its own sound back by every engine; writes ``own-sound.md``, ``own-sound.json`` and
    a strip of mouths with the phones for each clip into `output`.

    Args:
        clips: films with one main face and its own sound.
        output: made if it is not there.
        engines: names of rows, see `chosen_engines`; the own-mouth engine by default.
        weights: descriptions of exported generators; the installed one by default.
        motion: speech → mouth shapes; the shipped one by default.
        frames: how many of each clip at most.
        cache: folder of face analyses; the user's by default.

    Raises:
        SettingsError: an engine of that name is not there, or a clip shows no face, has no sound or is too short.
    """
    makers = chosen_engines(engines or (OWN,), weights=weights)
    output.mkdir(parents=True, exist_ok=True)
    rows: list[tuple[str, str, OwnSound]] = []
    for path in clips:
        clip = open_clip(path, shape_model(), frames, cache)
        phones = () if clip.voice is None else recognise_phones(clip.voice)
        column = MEASURES.index("opening")
        strip = {"film": [clip.film.rgb(frame) for frame in range(clip.film.frame_count)]}
        for name, make in makers.items():
            pictures = with_its_own_sound(clip, make, preset=preset_of(name), motion=motion)
            seen = clip.look(pictures, shape_model())
            opening, true = seen.shown[:, column], clip.seen.shown[:, column]
            found = compared(seen.shown, clip.seen.shown, _rate(clip))
            late = np.clip(clip.clock + found.lag / _rate(clip), clip.clock[0], clip.clock[-1])
            found = replace(
                found,
                phones=parted(opening, clip.clock, phones),
                # The film's own sound may be off its picture by as much as the made mouth is late.
                phones_true=parted(true, late, phones),
            )
            rows.append((clip.name, name, found))
            strip[name] = pictures
            draw_strip(
                output / f"{clip.name}.jpg", strip, clip.film.track.landmarks, clip.clock, phones,
                clip.film.frame_count // 3,
            )  # fmt: skip
            (output / "own-sound.md").write_text(table(rows), encoding="utf-8")
            data = [{"clip": each, "engine": engine, **asdict(found)} for each, engine, found in rows]
            (output / "own-sound.json").write_text(json.dumps(data, indent=1), encoding="utf-8")
    return rows
