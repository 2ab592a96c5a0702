"""``unisync benchmark lips``: one harness for every lip engine, on films of people nobody trained on.

Each clip is dubbed by each voice with each engine; the pictures are tracked again and compared with what the motion
asked for and with what the film showed. Rows: the film unchanged, the feasibility recipe, the own-mouth engine, and the
own-mouth engine with each of its parts left out.
"""

import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import cv2
import numpy as np

from core.benchmark.feasibility import FeasibilityRecipe
from core.benchmark.lip_measures import LipFigures, Seen, figures, look_again, mouth_box, referee
from core.benchmark.tracked_motion import TrackedMotion
from core.engine.lips import installed_engine, is_ready
from core.errors import SettingsError
from core.faces.analysis import analyse
from core.faces.track import FaceTrack
from core.lip_engine import LipChunk, LipEngine, LipRequest, LipSettings, Preset, SilenceRule
from core.media.audio import read_analysis
from core.media.probe import probe
from core.media.reader import VideoReader
from core.motion.shape import MEASURES, ShapeModel, measures, shape_model
from core.own_mouth.choice import ChoiceWeights
from core.own_mouth.engine import OwnMouthEngine, Recipe
from core.own_mouth.render import Rendering
from core.own_mouth.target import MotionSource

logger = logging.getLogger(__name__)

LONGEST_FRAMES = 250
OWN_SOUND = "film with its own sound"
DRAFT = "own-mouth, draft"
_SURROUNDINGS = 0.6  # of the face's size are kept around it
_STRIP = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One engine on one clip with one voice."""

    clip: str
    voice: str
    engine: str
    figures: LipFigures


@dataclass(frozen=True, slots=True, eq=False)
class _Dub:
    """One clip with one voice, ready for every engine."""

    request: LipRequest
    recipe: Recipe
    wanted: np.ndarray
    pictures: list[np.ndarray]
    landmarks: np.ndarray
    film: Seen


class _FaceFilm:
    """The part of a film around one face, held in memory, so that engines and trackers read it in any order."""

    def __init__(self, source: VideoReader, track: FaceTrack, frames: range) -> None:
        rows = slice(track.index_of(frames[0]), track.index_of(frames[-1]) + 1)
        low = track.landmarks[rows, :, :2].min(axis=(0, 1))
        high = track.landmarks[rows, :, :2].max(axis=(0, 1))
        margin = _SURROUNDINGS * float(np.max(track.boxes[rows, 3] - track.boxes[rows, 1]))
        self.x, self.y = (max(int(v - margin), 0) for v in low)
        right, bottom = (int(v + margin) for v in high)
        self.pictures = [source.rgb(f)[self.y : bottom, self.x : right].copy() for f in frames]
        shift = np.array([self.x, self.y, 0], np.float32)
        self.track = replace(
            track,
            first_frame=0,
            boxes=track.boxes[rows] - np.array([self.x, self.y, self.x, self.y], np.float32),
            landmarks=np.asarray(track.landmarks[rows]) - shift,
            pose=track.pose[rows],
            quality=track.quality[rows],
        )

    @property
    def frame_count(self) -> int:
        return len(self.pictures)

    def rgb(self, frame: int) -> np.ndarray:
        return self.pictures[frame]


@dataclass(frozen=True, slots=True, eq=False)
class _Clip:
    """One film, cut, tracked again and scored with its own sound."""

    film: _FaceFilm
    clock: np.ndarray
    seen: Seen
    own_row: Row | None


EngineMaker = Callable[[MotionSource | None, Recipe | None], LipEngine]


def _own(choice: ChoiceWeights | None = None, rendering: Rendering | None = None) -> EngineMaker:
    return lambda motion, recipe: OwnMouthEngine(motion=motion, choice=choice, rendering=rendering)


def _feasibility(motion: MotionSource | None, recipe: Recipe | None) -> LipEngine:
    if recipe is None:
        raise ValueError("the feasibility recipe follows a recipe of the own-mouth engine")
    opening = measures(recipe.target.shape)[:, MEASURES.index("opening")]
    low, high = np.quantile(opening, [0.04, 0.97])
    return FeasibilityRecipe((opening - low) / max(high - low, 1e-6))


def _generator(name: str) -> EngineMaker:
    return lambda motion, recipe: installed_engine(name, OwnMouthEngine(motion=motion))


ENGINES: dict[str, EngineMaker] = {
    "feasibility recipe": _feasibility,
    "own-mouth": _own(),
    DRAFT: _own(),
    "… without contact": _own(choice=ChoiceWeights(contact_sigma=1e3), rendering=Rendering(contact=False)),
    "… without moving the face": _own(rendering=Rendering(move_face=False)),
    "… without fitting the shape": _own(rendering=Rendering(fit_shape=False)),
    "… without matching light": _own(rendering=Rendering(light=False)),
    "… without bands": _own(rendering=Rendering(bands=False)),
    "… without dissolving joins": _own(rendering=Rendering(dissolve=False)),
    "… without morphing joins": _own(rendering=Rendering(morph=False)),
    "… without shading": _own(rendering=Rendering(shade=False)),
    "… without matching detail": _own(rendering=Rendering(detail=False)),
    "… each frame by itself": _own(choice=ChoiceWeights(texture=0, join_shape=0, join=0, stay=0)),
    "diffusion": _generator("diffusion"),
    "hybrid": _generator("hybrid"),
}
_NEED_WEIGHTS = ("diffusion", "hybrid")  # left out unless asked for where no generator is installed


def run_lips(
    clips: Sequence[Path],
    voices: Sequence[Path],
    output: Path,
    *,
    pairs: bool = False,
    engines: Sequence[str] | None = None,
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
        engines: names out of `ENGINES`; all by default.
        motion: speech → mouth shapes; the shipped one by default.
        true_motion: the voices are films; their speakers' tracked mouths are the motion, instead of `motion`.
        silence: rule for pauses.
        frames: how many of each clip at most; their pictures are held in memory.
        cache: folder of face analyses; the user's by default.

    Raises:
        SettingsError: an engine of that name is not there, or a clip shows no face.
    """
    usual = [name for name in ENGINES if name not in _NEED_WEIGHTS or is_ready(name)]
    names = usual if engines is None else list(engines)
    for name in names:
        if name not in ENGINES:
            raise SettingsError(
                f"There is no engine “{name}” to benchmark.", hint=f"Use some of: {', '.join(ENGINES)}."
            )
    output.mkdir(parents=True, exist_ok=True)
    model = shape_model()
    rows: list[Row] = []
    if pairs and len(clips) != len(voices):
        raise SettingsError(
            f"{len(clips)} clips and {len(voices)} voices make no pairs.", hint="Give as many of each."
        )
    for number, path in enumerate(clips):
        clip = _open_clip(path, model, frames, cache)
        if clip.own_row is not None:
            rows.append(clip.own_row)
        for voice in (voices[number],) if pairs else voices:
            speech = read_analysis(voice)
            moves = TrackedMotion(voice, model, cache) if true_motion else motion
            dub = _prepare(clip, speech, moves, silence)
            rows += _rows_of(path.stem, voice.stem, dub, names, moves, model, output)
            _write(rows, output)
    return rows


def _main_face(clip: Path, cache: Path | None) -> tuple[FaceTrack, np.ndarray]:
    analysis = analyse(clip, cache=cache)
    if not analysis.tracks:
        raise SettingsError(f"No face was found in {clip}.", hint="Leave the clip out.")
    track = max(
        analysis.tracks, key=lambda t: t.frame_count * float(np.median(t.boxes[:, 3] - t.boxes[:, 1]))
    )
    return track, analysis.times


def _open_clip(path: Path, model: ShapeModel, frames: int, cache: Path | None) -> _Clip:
    track, times = _main_face(path, cache)
    count = min(track.frame_count, frames)
    clock = times[track.first_frame : track.first_frame + count]
    with VideoReader(path) as source:
        film = _FaceFilm(source, track, range(track.first_frame, track.first_frame + count))
    seen = look_again(film.pictures, film.track.landmarks, model)
    own_row = None
    if probe(path).audio:
        unknown = dict.fromkeys((field.name for field in fields(LipFigures)), float("nan"))
        sync, offset = referee(seen, film.track, clock, read_analysis(path))
        own_row = Row(
            path.stem, "its own", OWN_SOUND, LipFigures(**{**unknown, "sync": sync, "offset_ms": offset})
        )
    return _Clip(film, clock - clock[0], seen, own_row)


def _prepare(clip: _Clip, voice: np.ndarray, motion: MotionSource | None, silence: SilenceRule) -> _Dub:
    film = clip.film
    spoken = min(max(int(np.searchsorted(clip.clock, len(voice) / 16000)), 2), film.frame_count)
    request = LipRequest(
        source=film,
        track=film.track,
        library=(film.track,),
        frames=range(spoken),
        times=clip.clock[:spoken],
        library_times=(clip.clock,),
        voice=voice,
        original_voice=None,
        settings=LipSettings(silence=silence),
    )
    recipe = OwnMouthEngine(motion=motion).recipe(request)
    wanted = measures(recipe.target.shape)
    return _Dub(
        request,
        recipe,
        wanted,
        film.pictures[:spoken],
        film.track.landmarks[:spoken],
        clip.seen.first(spoken),
    )


def _rows_of(
    clip: str,
    voice: str,
    dub: _Dub,
    names: Sequence[str],
    motion: MotionSource | None,
    model: ShapeModel,
    output: Path,
) -> list[Row]:
    everything = np.ones(len(dub.pictures), bool)
    count = len(dub.pictures)
    whole = dub.request.track
    track = replace(
        whole,
        boxes=whole.boxes[:count],
        landmarks=whole.landmarks[:count],
        pose=whole.pose[:count],
        quality=whole.quality[:count],
    )
    times, sound = dub.request.times, dub.request.voice
    rows = [
        Row(
            clip,
            voice,
            "film unchanged",
            figures(
                dub.film,
                dub.film,
                dub.wanted,
                everything,
                sync=referee(dub.film, track, times, sound),
                synthesised=0,
                fps=0,
                contact=dub.recipe.target.contact,
            ),
        )
    ]
    for name in names:
        engine = ENGINES[name](motion, dub.recipe)
        preset: Preset = "draft" if name == DRAFT else "final"
        request = replace(dub.request, settings=replace(dub.request.settings, preset=preset))
        warm = next(engine.render(request, request.frames.stop - 1))  # analysis is not part of the speed
        began = time.process_time()
        chunks = list(engine.render(request, request.frames.start))
        fps = len(dub.pictures) / (time.process_time() - began)
        believed = np.concatenate([chunk.weights for chunk in chunks]) > 0.5
        if not believed.any():
            logger.warning("%s left all of %s as it was", name, clip)
            continue
        pictures = list(_laid_in(dub.pictures, chunks))
        seen = look_again(pictures, dub.landmarks, model)
        made = np.concatenate([chunk.synthesised for chunk in chunks])
        rows.append(
            Row(
                clip,
                voice,
                name,
                figures(
                    seen,
                    dub.film,
                    dub.wanted,
                    believed,
                    sync=referee(seen, track, times, sound),
                    synthesised=float(made[believed].mean()),
                    fps=fps,
                    contact=dub.recipe.target.contact,
                    rate=1 / max(float(np.median(np.diff(times))), 1e-3),
                ),
            )
        )
        del warm
        _strips(output / f"{clip}-{voice}-{_slug(name)}.png", dub, pictures, seen)
        logger.info("%s, %s, %s: %s", clip, voice, name, rows[-1].figures)
    return rows


def _laid_in(pictures: Sequence[np.ndarray], chunks: Sequence[LipChunk]) -> Iterator[np.ndarray]:
    """The whole pictures with the crops in them. The crops' own edges equal the film, so no mask is needed."""
    index = 0
    for chunk in chunks:
        for crop, affine, weight in zip(chunk.crops, chunk.affines, chunk.weights, strict=True):
            picture = pictures[index].copy()
            x, y = int(affine[0, 2]), int(affine[1, 2])
            x0, y0 = max(x, 0), max(y, 0)
            x1, y1 = min(x + crop.shape[1], picture.shape[1]), min(y + crop.shape[0], picture.shape[0])
            old = picture[y0:y1, x0:x1].astype(np.float32)
            new = crop[y0 - y : y1 - y, x0 - x : x1 - x]
            picture[y0:y1, x0:x1] = np.clip(old + weight * (new - old) + 0.5, 0, 255)
            yield picture
            index += 1


def _strips(path: Path, dub: _Dub, pictures: Sequence[np.ndarray], seen: Seen) -> None:
    """Best and worst frames by error of the opening: film above, result below."""
    error = np.abs(seen.shown[:, 0] - dub.wanted[:, 0])
    order = np.argsort(error, kind="stable")
    rows = []
    for picked in (np.sort(order[-_STRIP:]), np.sort(order[:_STRIP])):
        for source in (dub.pictures, pictures):
            cells = []
            for index in picked:
                x, y, side = mouth_box(dub.landmarks[index, :, :2], float(dub.recipe.heads.scale[index]))
                padded = cv2.copyMakeBorder(source[index], side, side, side, side, cv2.BORDER_REPLICATE)
                cell = padded[y + side : y + 2 * side, x + side : x + 2 * side]
                cells.append(cv2.resize(cell, (256, 256), interpolation=cv2.INTER_CUBIC))
            rows.append(np.hstack(cells))
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-")


def _write(rows: Sequence[Row], output: Path) -> None:
    data = [asdict(row) for row in rows]
    _replace(output / "lips.json", json.dumps(data, indent=1))
    _replace(output / "lips.md", table(rows))


def _replace(path: Path, text: str) -> None:
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
        means = [_mean([getattr(f, column) for f in mine]) for column in columns]
        lines.append(f"| {engine} | " + " | ".join(f"{value:.2f}" for value in means) + " |\n")
    lines += ["\nEach clip and voice.\n\n", head.replace("| engine |", "| clip, voice, engine |")]
    for row in rows:
        values = " | ".join(f"{getattr(row.figures, c):.2f}" for c in columns)
        lines.append(f"| {row.clip}, {row.voice}, {row.engine} | {values} |\n")
    return "".join(lines)


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
