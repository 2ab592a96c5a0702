"""``unisync lab benchmark lips --corpus``: engines against rendered heads, where the right picture is known pixel by pixel.

One take of a rendered head is the film; another take of the same head, with the same pose, light and grain but other
words, is the truth. The truth's own mouth movement is the motion, so only pictures are judged.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
import cv2
import numpy as np

from core.base.errors import SettingsError
from core.face_geometry.landmark_sets import LIPS_INNER, LIPS_OUTER
from core.face_geometry.measures import eye_distance, lip_gap
from core.face_geometry.track import FaceTrack, PersonId, TrackId
from core.lip_engine import LipEngine, LipRequest, LipSettings
from core.motion.shape import MEASURES, PersonRange, ShapeModel, measures, shape_model
from core.motion.style import PersonStyle
from core.own_mouth.target import MotionSource, OwnSpeech, Voiced
from core.research.benchmark.lip_engines import DRAFT, ENGINES, RECIPE
from core.research.corpus.clips import Clip, exact_pair

HEAD_SIZE = 384  # pixels; the eyes of a head are then about 60 apart
_NOT_HERE = (RECIPE, DRAFT)  # the first needs a recipe of its own, the second differs in settings only
_SHUT = 0.012  # eye-corner distances between the inner lips of a rendered head whose lips touch
_AROUND = 0.42  # eye-corner distances from the lips: skin that speech moves and shades


EngineOf = Callable[[MotionSource], LipEngine]
"""Makes an engine that follows a motion."""


@dataclass(frozen=True, slots=True)
class TruthFigures:
    """Mean absolute error to the true picture in grey levels, the film's own error being what doing nothing costs.

    Attributes:
        lips: inside the true and the film's outer lips.
        inside: what shows between the lips, where they are apart in truth.
        skin: in the skin around the lips, chin and folds included.
        film_lips, film_inside, film_skin: the same of the unchanged film.
        seam: change of the skin's error from frame to frame, what flickers.
    """

    lips: float
    inside: float
    skin: float
    film_lips: float
    film_inside: float
    film_skin: float
    seam: float


def run_truth(
    seeds: Sequence[int], output: Path, *, engines: Sequence[str] | None = None, frames: int = 150
) -> str:
    """Renders a head for each seed, dubs it with each engine and writes ``truth.md`` and a small film of each into `output`.

    The films show, from left to right, the film, the first engine's result and the truth.

    Raises:
        SettingsError: an engine of that name is not there.
    """
    names = [name for name in (engines or ENGINES) if name not in _NOT_HERE]
    for name in names:
        if name not in ENGINES:
            raise SettingsError(
                f"There is no engine “{name}” to benchmark.", hint=f"Use some of: {', '.join(ENGINES)}."
            )
    output.mkdir(parents=True, exist_ok=True)
    model = shape_model()
    rows = []
    for seed in seeds:
        film, truth = exact_pair(seed, frames, size=HEAD_SIZE, max_yaw=20.0)
        found = truth_rows(film, truth, {name: partial(_made, name) for name in names}, model)
        rows += [(name, figures) for name, (figures, _) in found.items()]
        write_side_by_side(output / f"head-{seed}.mp4", (film.frames, found[names[0]][1], truth.frames))
        (output / "truth.md").write_text(truth_table(rows), encoding="utf-8")
    return truth_table(rows)


def _made(name: str, motion: MotionSource) -> LipEngine:
    return ENGINES[name](motion, None)


def write_side_by_side(path: Path, films: Sequence[np.ndarray]) -> None:
    """One film of several (F, H, W, 3) beside each other, H.264 at 25 frames a second."""
    pictures = np.concatenate(list(films), axis=2)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "26", "preset": "slow"})
        stream.width, stream.height, stream.pix_fmt = pictures.shape[2], pictures.shape[1], "yuv420p"
        for picture in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")))
        out.mux(stream.encode(None))


class _Frames:
    def __init__(self, frames: np.ndarray) -> None:
        self._frames = frames

    @property
    def frame_count(self) -> int:
        return len(self._frames)

    def rgb(self, frame: int) -> np.ndarray:
        return self._frames[frame]


@dataclass(frozen=True, slots=True, eq=False)
class GivenMouths:
    """`MotionSource` that knows each frame's mouth: the truth's landmarks."""

    coefs: np.ndarray
    contact: np.ndarray
    id: str = "given"

    def voiced(self, request: LipRequest, person: PersonRange, style: PersonStyle | None = None) -> Voiced:
        """See `MotionSource`."""
        rows = slice(request.frames.start, request.frames.stop)
        return Voiced(self.coefs[rows], np.ones(len(request.frames), np.float32), self.contact[rows])

    def style(self, speech: OwnSpeech, person: PersonRange) -> PersonStyle | None:
        """None: the truth has its style."""
        return None


def truth_rows(
    film: Clip, truth: Clip, engines: Mapping[str, EngineOf], model: ShapeModel
) -> dict[str, tuple[TruthFigures, np.ndarray]]:
    """For each engine its figures and its pictures (F, S, S, 3)."""
    shown = model.local(truth.landmarks)
    contact = (measures(shown)[:, MEASURES.index("opening")] <= _SHUT).astype(np.float32)
    motion = GivenMouths(model.encode_local(shown), contact)
    request = _request(film, truth)
    found = {}
    for name, make in engines.items():
        made = film.frames.copy()
        for chunk in make(motion).render(request, 0):
            for n, (crop, affine) in enumerate(zip(chunk.crops, chunk.affines, strict=True)):
                _lay(made[chunk.first_frame + n], crop, int(affine[0, 2]), int(affine[1, 2]))
        found[name] = (_figures(film, truth, made), made)
    return found


def _request(film: Clip, truth: Clip) -> LipRequest:
    marks = film.landmarks.astype(np.float32)
    boxes = np.concatenate([marks[:, :, :2].min(1), marks[:, :, :2].max(1)], axis=1)
    track = FaceTrack(
        TrackId(0), PersonId("P1"), 0, 0, boxes, marks, film.pose, np.ones(len(marks), np.float32)
    )
    return LipRequest(
        source=_Frames(film.frames),
        track=track,
        library=(track,),
        frames=range(len(marks)),
        times=film.times,
        library_times=(film.times,),
        voice=truth.voice,
        original_voice=film.voice,
        settings=LipSettings(silence="model"),
    )


def _lay(picture: np.ndarray, crop: np.ndarray, x: int, y: int) -> None:
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + crop.shape[1], width), min(y + crop.shape[0], height)
    picture[y0:y1, x0:x1] = crop[y0 - y : y1 - y, x0 - x : x1 - x]


def _figures(film: Clip, truth: Clip, made: np.ndarray) -> TruthFigures:
    sums: dict[str, list[float]] = {name: [] for name in ("lips", "inside", "skin")}
    of_film: dict[str, list[float]] = {name: [] for name in sums}
    seam = []
    before = None
    for index in range(len(made)):
        where = _regions(film.landmarks[index], truth.landmarks[index], made.shape[1])
        right = truth.frames[index].astype(np.float32)
        error = made[index].astype(np.float32) - right
        old = film.frames[index].astype(np.float32) - right
        for name, mask in where.items():
            if mask.sum() >= 12:
                sums[name].append(float(np.abs(error[mask]).mean()))
                of_film[name].append(float(np.abs(old[mask]).mean()))
        smooth = cv2.GaussianBlur(
            error, (0, 0), 1.5
        )  # grain is the same in both takes but moves with the warp
        if before is not None:
            seam.append(float(np.abs(smooth - before)[where["skin"]].mean()))
        before = smooth

    def mean(values: list[float]) -> float:
        return float(np.mean(values)) if values else float("nan")

    return TruthFigures(  # type: ignore[call-arg]  # one figure a name
        *(mean(sums[name]) for name in sums), *(mean(of_film[name]) for name in of_film), mean(seam)
    )


def _regions(film: np.ndarray, truth: np.ndarray, size: int) -> dict[str, np.ndarray]:
    lips, inside = np.zeros((size, size), np.uint8), np.zeros((size, size), np.uint8)
    for points in (film, truth):
        cv2.fillPoly(lips, [np.round(points[list(LIPS_OUTER), :2]).astype(np.int32)], 1)
    cv2.fillPoly(inside, [np.round(truth[list(LIPS_INNER), :2]).astype(np.int32)], 1)
    reach = _AROUND * float(eye_distance(truth))
    near = cv2.distanceTransform(1 - lips, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) < reach
    gap = lip_gap(truth)
    return {
        "lips": lips > 0,
        "inside": (inside > 0) & bool(gap > 2),
        "skin": near & (lips == 0),
    }


def truth_table(rows: Sequence[tuple[str, TruthFigures]]) -> str:
    """Markdown: means over heads per engine, and the film unchanged."""
    lines = ["| | lips | inside | skin | skin's flicker |\n|---|---:|---:|---:|---:|\n"]
    everything = [figures for _, figures in rows]
    names = list(dict.fromkeys(name for name, _ in rows))

    def mean(values: list[float]) -> float:
        return float(np.nanmean(values))

    first = [figures for name, figures in rows if name == names[0]] if names else everything
    lines.append(
        f"| film unchanged | {mean([f.film_lips for f in first]):.2f} | {mean([f.film_inside for f in first]):.2f}"
        f" | {mean([f.film_skin for f in first]):.2f} | – |\n"
    )
    for name in names:
        mine = [figures for each, figures in rows if each == name]
        values = [mean([getattr(f, column) for f in mine]) for column in ("lips", "inside", "skin", "seam")]
        lines.append(f"| {name} | " + " | ".join(f"{value:.2f}" for value in values) + " |\n")
    return "".join(lines)
