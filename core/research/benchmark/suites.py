"""``unisync lab benchmark realworld`` and ``aigc``: the papers' two suites, re-made, for every lip engine and baseline.

UniSync 2026's RealWorld-LipSync and OmniSync's AIGC-LipSync cannot be had; these lists have their conditions. What is measured is
what a user gets: crops composited with the default settings. Every clip and engine is a row on disk, so a run can stop and go on.
"""

import json
import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from core.base.errors import AppError
from core.motion.shape import ShapeModel, shape_model
from core.research.benchmark.lip_clips import composited, open_clip, prepare
from core.research.benchmark.lip_engines import EngineMaker, chosen_engines
from core.research.benchmark.lips import (
    OWN_SOUND,
    UNCHANGED,
    dubbed,
    own_rows,
    replace_text,
    slug,
    strip,
    unchanged,
)
from core.research.benchmark.suite_cases import Case, Suite, chosen_cases
from core.research.benchmark.suite_films import case_film, voice_of
from core.research.benchmark.suite_report import SuiteRow, write_report

logger = logging.getLogger(__name__)

_SHOWN = 6  # frames of a result on its sheet
_CELL = 160  # pixels


@dataclass(frozen=True, slots=True)
class SuiteSettings:
    """How a suite is run.

    Attributes:
        media: the folder with ``test``, ``stills`` and ``voices``.
        output: clips, rows, sheets and tables go here.
        clips: names or conditions; all when None.
        engines: rows, see `chosen_engines`; all when None.
        weights: exported generators; the installed one when empty.
        frames: of each clip at most.
        minutes: no clip is begun after so long.
        cache: folder of face analyses; the user's by default.
    """

    media: Path
    output: Path
    clips: list[str] | None = None
    engines: list[str] | None = None
    weights: tuple[Path, ...] = ()
    frames: int = 400
    minutes: float | None = None
    cache: Path | None = None


def run_suite(suite: Suite, settings: SuiteSettings) -> list[SuiteRow]:
    """Measures what is not measured yet, writes the report and returns all rows of the chosen clips.

    Raises:
        SettingsError: the media folder lacks a file, or a clip or an engine is not there.
    """
    cases = chosen_cases(suite, settings.clips)
    makers = chosen_engines(settings.engines, weights=settings.weights, parts=False)
    folder = settings.output / suite
    model = shape_model()
    began = time.monotonic()
    rows: list[SuiteRow] = []
    for case in cases:
        kept = _kept_rows(folder, case, settings.frames)
        missing = {name: make for name, make in makers.items() if name not in kept}
        if missing or UNCHANGED not in kept:
            if settings.minutes is not None and time.monotonic() - began > 60 * settings.minutes:
                logger.warning("time is up before %s; run it again to go on", case.name)
                continue
            kept |= _measure(case, settings, folder, missing, model, known=kept)
            _keep_rows(folder, case, settings.frames, kept)
        rows += [kept[name] for name in (OWN_SOUND, UNCHANGED, *makers) if name in kept]
        write_report(suite, rows, folder)
    return rows


def _measure(
    case: Case,
    settings: SuiteSettings,
    folder: Path,
    makers: dict[str, EngineMaker],
    model: ShapeModel,
    *,
    known: dict[str, SuiteRow],
) -> dict[str, SuiteRow]:
    """Rows of one clip by engine; a clip that cannot be opened fails with every engine."""
    path = case_film(case, settings.media, folder / "clips", settings.cache)
    voice = voice_of(case, settings.media)
    try:
        clip = open_clip(path, model, settings.frames, settings.cache, case.placed)
        dub = prepare(clip, voice, None)
    except AppError as error:
        logger.warning("%s: %s", case.name, error)
        return {name: SuiteRow.failed(case, name, str(error)) for name in (UNCHANGED, *makers)}
    rows: dict[str, SuiteRow] = {}
    if UNCHANGED not in known:
        own = {row.engine: row.figures for row in own_rows(clip)}
        rows |= {name: SuiteRow.of(case, name, found) for name, found in own.items()}
        rows[UNCHANGED] = SuiteRow.of(case, UNCHANGED, unchanged(dub))
    frames = np.linspace(2, dub.clip.film.frame_count - 3, _SHOWN).round().astype(int)
    for name, make in makers.items():
        result = dubbed(dub, case.voice, name, make, None, model, finish=composited)
        if result is None:
            rows[name] = SuiteRow.failed(case, name, "everything was left as it was")
            continue
        rows[name] = SuiteRow.of(case, name, result.row.figures)
        # The frames that are wanted widest and tightest show most.
        picked = np.sort(_telling(dub.wanted[:, 0], frames))
        sheet = np.vstack(
            [strip(dub, pictures, picked, _CELL) for pictures in (dub.clip.film.pictures, result.pictures)]
        )
        target = folder / "sheets" / f"{case.name}-{slug(name)}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(target), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    return rows


def _telling(opening: np.ndarray, around: np.ndarray) -> np.ndarray:
    """Near each of the frames `around`, in turn the one wanted widest and the one wanted tightest."""
    reach = max(int(np.median(np.diff(around))) // 2, 1)
    picked = []
    for number, frame in enumerate(around):
        near = np.arange(max(frame - reach, 0), min(frame + reach, len(opening)))
        picked.append(int(near[np.argmax(opening[near]) if number % 2 == 0 else np.argmin(opening[near])]))
    return np.array(picked)


def _kept_rows(folder: Path, case: Case, frames: int) -> dict[str, SuiteRow]:
    path = folder / "rows" / f"{case.name}.json"
    if not path.is_file():
        return {}
    stored = json.loads(path.read_text("utf-8"))
    if stored["case"] != _facts(case, frames):  # the list has changed
        return {}
    return {values["engine"]: SuiteRow.of_stored(values) for values in stored["rows"]}


def _keep_rows(folder: Path, case: Case, frames: int, rows: dict[str, SuiteRow]) -> None:
    path = folder / "rows" / f"{case.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    stored = {"case": _facts(case, frames), "rows": [asdict(row) for row in rows.values()]}
    replace_text(path, json.dumps(stored, indent=1))


def _facts(case: Case, frames: int) -> dict[str, object]:
    """What the rows of a case depend on, but for the program."""
    return json.loads(json.dumps(asdict(case) | {"frames": frames}))
