"""``unisync lab benchmark lips``: one harness for every lip engine, on films of people nobody trained on.

Each clip is dubbed by each voice with each engine; the pictures are tracked again and compared with what the motion
asked for and with what the film showed. Rows: the film unchanged, the feasibility recipe, the own-mouth engine, the
own-mouth engine with each of its parts left out, and generators. Silence as the voice shows what of the old words remains
(LipLeak); `reconstruct` gives each clip its own words back out of a version with other ones.
"""

import json
import logging
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import cv2
import numpy as np

from core.base.errors import SettingsError
from core.lip_engine import LipChunk, LipEngine, SilenceRule
from core.media.audio import read_analysis
from core.motion.shape import MEASURES, ShapeModel, shape_model
from core.own_mouth.target import MotionSource
from core.research.benchmark.lip_clips import (
    Dub,
    Finish,
    LipClip,
    laid_in,
    open_clip,
    prepare,
    reconstruction,
)
from core.research.benchmark.lip_engines import PART, EngineMaker, chosen_engines, preset_of
from core.research.benchmark.lip_measures import LipFigures, Seen, figures, mouth_box, referee
from core.research.benchmark.success import natural_limits, reasons_of_failure
from core.research.benchmark.tracked_motion import TrackedMotion
from core.research.corpus.lip_people import OPENED_ONCE, TUNED_ON

logger = logging.getLogger(__name__)

LONGEST_FRAMES = 250
OWN_SOUND = "film with its own sound"
UNCHANGED = "film unchanged"
AGAIN = "own words again: "  # begins the names of rows of self-reconstruction
_OPEN_ASPECT = 0.25  # mouth aspect ratio from which a mouth counts as open (KeySync, arXiv 2505.00497)
_CLOSED_SHARE = 0.15  # of the way from the person's closed to wide-open mouth
_STRIP = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One engine on one clip with one voice."""

    clip: str
    voice: str
    engine: str
    figures: LipFigures


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A row and the pictures it was made of."""

    row: Row
    pictures: list[np.ndarray]
    seen: Seen


def run_lips(  # noqa: PLR0913 - most by name
    clips: Sequence[Path],
    voices: Sequence[Path],
    output: Path,
    *,
    pairs: bool = False,
    engines: Sequence[str] | None = None,
    weights: Sequence[Path] = (),
    reconstruct: bool = False,
    motion: MotionSource | None = None,
    true_motion: bool = False,
    silence: SilenceRule = "close",
    frames: int = LONGEST_FRAMES,
    cache: Path | None = None,
) -> list[Row]:
    """Dubs every clip with every voice and writes ``lips.json``, ``lips.md`` and strips into `output`.

    Args:
        clips: films with one main face.
        voices: speech of other people.
        output: made if it is not there.
        pairs: the first clip with the first voice and so on; else each with each.
        engines: names of rows, see `chosen_engines`; all by default.
        weights: descriptions of exported generators; the installed one by default.
        reconstruct: also rows `AGAIN`: the clip's own words out of a version that says the voice's.
        motion: speech → mouth shapes; the shipped one by default.
        true_motion: the voices are films; their speakers' tracked mouths are the motion, instead of `motion`.
        silence: rule for pauses.
        frames: how many of each clip at most; their pictures are held in memory.
        cache: folder of face analyses; the user's by default.

    Raises:
        SettingsError: an engine of that name is not there, or a clip shows no face.
    """
    makers = chosen_engines(engines, weights=weights)
    output.mkdir(parents=True, exist_ok=True)
    model = shape_model()
    rows: list[Row] = []
    if pairs and len(clips) != len(voices):
        raise SettingsError(
            f"{len(clips)} clips and {len(voices)} voices make no pairs.", hint="Give as many of each."
        )
    for number, path in enumerate(clips):
        clip = open_clip(path, model, frames, cache)
        rows += own_rows(clip)
        for voice in (voices[number],) if pairs else voices:
            speech = read_analysis(voice)
            moves = TrackedMotion(voice, model, cache) if true_motion else motion
            dub = prepare(clip, speech, moves, silence)
            rows.append(Row(clip.name, voice.stem, UNCHANGED, unchanged(dub)))
            for name, make in makers.items():
                result = dubbed(dub, voice.stem, name, make, moves, model)
                if result is None:
                    continue
                rows.append(result.row)
                strips = output / f"{clip.name}-{voice.stem}-{slug(name)}.png"
                write_strips(strips, dub, result, _error(dub, result.seen))
                _write(rows, output)
            if reconstruct and clip.voice is not None:
                rows += _own_words_again(clip, speech, voice.stem, makers, model)
            _write(rows, output)
    return rows


def _own_words_again(
    clip: LipClip, speech: np.ndarray, voice: str, makers: Mapping[str, EngineMaker], model: ShapeModel
) -> list[Row]:
    again = reconstruction(clip, speech, model)
    rows = [Row(clip.name, voice, AGAIN + UNCHANGED, unchanged(again))]
    for name, make in makers.items():
        if not name.startswith(PART):
            result = dubbed(again, voice, name, make, None, model, with_silence=False)
            if result is not None:
                rows.append(replace(result.row, engine=AGAIN + name))
    return rows


def own_rows(clip: LipClip) -> list[Row]:
    """What the referee says of the film with its own sound."""
    sync = clip.own_sync()
    if sync is None:
        return []
    unknown = dict.fromkeys((field.name for field in fields(LipFigures)), float("nan"))
    return [
        Row(clip.name, "its own", OWN_SOUND, LipFigures(**{**unknown, "sync": sync[0], "offset_ms": sync[1]}))
    ]


def unchanged(dub: Dub) -> LipFigures:
    """The figures of doing nothing."""
    film, request = dub.clip, dub.request
    everything = np.ones(film.film.frame_count, bool)
    found = figures(
        film.seen,
        dub.reference,
        dub.wanted,
        everything,
        sync=referee(film.seen, film.film.track, request.times, request.voice),
        synthesised=0,
        fps=0,
        contact=dub.recipe.target.contact,
        old=film.seen,
        outside=0,
    )
    return _judged(replace(found, **_shut(film.seen, film.seen, everything)))


def dubbed(
    dub: Dub,
    voice: str,
    name: str,
    make: EngineMaker,
    motion: MotionSource | None,
    model: ShapeModel,
    *,
    finish: Finish = laid_in,
    with_silence: bool | None = None,
) -> Result | None:
    """One engine on one dub; None where the engine left everything as it was.

    `with_silence` says whether silence is tried as the voice, too; by default for all rows but those with a part left out.
    """
    clip = dub.clip
    engine, request = make(motion, dub.recipe), dub.request
    request = replace(request, settings=replace(request.settings, preset=preset_of(name)))
    warm = next(engine.render(request, request.frames.stop - 1))  # analysis is not part of the speed
    began = time.process_time()
    chunks = list(engine.render(request, request.frames.start))
    fps = clip.film.frame_count / (time.process_time() - began)
    del warm
    changed = _changed(chunks)
    if not changed.any():
        logger.warning("%s left all of %s as it was", name, clip.name)
        return None
    finished = list(finish(clip, chunks))
    pictures = [picture for picture, _ in finished]
    seen = clip.look(pictures, model)
    made = np.concatenate([chunk.synthesised for chunk in chunks])
    found = figures(
        seen,
        dub.reference,
        dub.wanted,
        changed,
        sync=referee(seen, clip.film.track, request.times, request.voice),
        synthesised=float(made[changed].mean()),
        fps=fps,
        contact=dub.recipe.target.contact,
        rate=1 / max(float(np.median(np.diff(request.times))), 1e-3),
        old=clip.seen,
        outside=_changed_outside(clip, finished),
    )
    if with_silence if with_silence is not None else not name.startswith(PART):
        found = replace(found, **_silence(dub, make, motion, model, finish, name))
    row = Row(clip.name, voice, name, _judged(found))
    logger.info("%s, %s, %s: %s", clip.name, voice, name, row.figures)
    return Result(row, pictures, seen)


def _judged(found: LipFigures) -> LipFigures:
    return replace(found, success=float(not reasons_of_failure(found, natural_limits())))


def _silence(
    dub: Dub,
    make: EngineMaker,
    motion: MotionSource | None,
    model: ShapeModel,
    finish: Finish,
    name: str,
) -> dict[str, float]:
    """How far the mouth is shut where the voice is silent although the film's person speaks."""
    quiet = prepare(dub.clip, np.zeros_like(dub.request.voice), motion)
    engine: LipEngine = make(motion, quiet.recipe)
    settings = replace(quiet.request.settings, preset=preset_of(name))
    chunks = list(engine.render(replace(quiet.request, settings=settings), 0))
    changed = _changed(chunks)
    if not changed.any():
        return {}
    pictures = [picture for picture, _ in finish(quiet.clip, chunks)]
    return _shut(quiet.clip.look(pictures, model), dub.clip.seen, changed)


def _shut(seen: Seen, film: Seen, changed: np.ndarray) -> dict[str, float]:
    at = MEASURES.index("opening")
    low, high = np.quantile(film.shown[:, at], [0.04, 0.97])
    closed = seen.shown[changed, at] <= low + _CLOSED_SHARE * (high - low)
    return {
        "silence_open": float((seen.aspect[changed] > _OPEN_ASPECT).mean()),
        "silence_closed": float(closed.mean()),
    }


def _changed(chunks: Sequence[LipChunk]) -> np.ndarray:
    return np.concatenate([chunk.weights for chunk in chunks]) > 0.5


def _changed_outside(clip: LipClip, finished: Sequence[tuple[np.ndarray, np.ndarray | None]]) -> float:
    shares = [
        float((picture != old)[untouched].any(axis=-1).mean())
        for (picture, untouched), old in zip(finished, clip.film.pictures, strict=True)
        if untouched is not None and untouched.any()
    ]
    return float(np.mean(shares)) if shares else float("nan")


def _error(dub: Dub, seen: Seen) -> np.ndarray:
    return np.abs(seen.shown[:, 0] - dub.wanted[:, 0])


def write_strips(path: Path, dub: Dub, result: Result, error: np.ndarray) -> None:
    """Best and worst frames by `error` (F,): film above, result below."""
    order = np.argsort(error, kind="stable")
    rows = [
        strip(dub, pictures, np.sort(picked))
        for picked in (order[-_STRIP:], order[:_STRIP])
        for pictures in (dub.clip.film.pictures, result.pictures)
    ]
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


def strip(dub: Dub, pictures: Sequence[np.ndarray], frames: Iterable[int], side: int = 256) -> np.ndarray:
    """(side, N * side, 3) lower faces of `frames` beside each other."""
    cells = []
    for index in frames:
        points = dub.clip.film.track.landmarks[index, :, :2]
        x, y, width = mouth_box(points, float(dub.recipe.heads.scale[index]))
        padded = cv2.copyMakeBorder(pictures[index], width, width, width, width, cv2.BORDER_REPLICATE)
        cell = padded[y + width : y + 2 * width, x + width : x + 2 * width]
        cells.append(cv2.resize(cell, (side, side), interpolation=cv2.INTER_CUBIC))
    return np.hstack(cells)


def slug(name: str) -> str:
    """`name` as part of a file name."""
    return "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-")


def _write(rows: Sequence[Row], output: Path) -> None:
    data = [asdict(row) for row in rows]
    replace_text(output / "lips.json", json.dumps(data, indent=1))
    replace_text(output / "lips.md", table(rows))


def replace_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all."""
    beside = path.with_suffix(path.suffix + ".part")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def table(rows: Sequence[Row]) -> str:
    """A Markdown table: means over clips and voices per engine, then every single row."""
    columns = [field.name for field in fields(LipFigures)]
    head = "| engine | " + " | ".join(columns) + " |\n|---|" + "---:|" * len(columns) + "\n"
    lines = ["Means over clips and voices.\n\n", head]
    for engine in dict.fromkeys(row.engine for row in rows):
        mine = [row.figures for row in rows if row.engine == engine]
        means = [mean_known([getattr(f, column) for f in mine]) for column in columns]
        lines.append(f"| {engine} | " + " | ".join(shown(value) for value in means) + " |\n")
    for people, remark in (
        (TUNED_ON, "Looked at while the lips were built, so they flatter"),
        (OPENED_ONCE, "Never looked at while the lips were built"),
    ):
        shown_people = sorted({row.clip for row in rows} & set(people))
        if shown_people:
            lines.append(f"\n{remark}: {', '.join(shown_people)}.\n")
    lines += ["\nEach clip and voice.\n\n", head.replace("| engine |", "| clip, voice, engine |")]
    for row in rows:
        values = " | ".join(shown(getattr(row.figures, c)) for c in columns)
        lines.append(f"| {row.clip}, {row.voice}, {row.engine} | {values} |\n")
    return "".join(lines)


def shown(value: float, digits: int = 2) -> str:
    """A figure in a table; a dash when it is not known."""
    return "–" if np.isnan(value) else f"{value:.{digits}f}"


def mean_known(values: Sequence[float]) -> float:
    """Mean of what is not nan; nan when nothing is known."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
