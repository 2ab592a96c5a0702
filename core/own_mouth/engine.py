"""The own-mouth engine: lips for a new voice made of the same person's own footage. Needs no network for pictures."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, minimum_filter1d

from core.base.stages import stage
from core.face_geometry.track import FaceTrack
from core.jobs.spread import spread
from core.lip_engine import MILDER, LipChunk, LipRequest, Provenance, picture_part
from core.motion.shape import PersonRange, ShapeModel, shape_model
from core.motion.style import PersonStyle
from core.own_mouth.before_face import bare
from core.own_mouth.borrowed_mouth import STRETCH, BorrowedMouth, MouthShare
from core.own_mouth.choice import ChoiceWeights, Plan, TargetPicture, choose
from core.own_mouth.doubts import Signs
from core.own_mouth.habits import Habits
from core.own_mouth.head import Heads, find_heads, lip_depth
from core.own_mouth.library import MouthLibrary, build_library
from core.own_mouth.motion_blur import velocities
from core.own_mouth.mouth_features import MIN_QUALITY, blocks, considered_rows, footage_digest, gathered
from core.own_mouth.mouths import MouthCutter
from core.own_mouth.naturalness import answer, how_natural, more_natural
from core.own_mouth.regions import LIP_ROWS, MOVING, lip_gap, reach
from core.own_mouth.render import (
    CROP_SPAN,
    Forced,
    Rendering,
    crop_window,
    cut,
    render_frame,
)
from core.own_mouth.target import ModelMotion, MotionSource, OwnSpeech, Target, wanted_mouths
from core.own_mouth.warp import Window

logger = logging.getLogger(__name__)

VERSION = "29"  # raise whenever the same request would give other pixels
CHUNK_FRAMES = 25
STYLE_FRAMES = (
    4500  # three minutes at 25 fps: more hardly changes a style, and all of a film would take minutes to hear
)
_LIBRARIES_KEPT = 4
_YAW_FADE = 6.0  # degrees before `max_yaw` over which the result fades out
_FADE_S = 0.12  # seconds over which a result comes and goes around frames that cannot be made
_SYNTHESISED_GAP = (
    0.05  # of an eye distance: an opening this far from any the person shows is made, not found
)
_SYNTHESISED_SHAPE = 0.045
_MOST_WARP = 0.03  # RMS in eye-corner distances (5 px at 170) that lips bear before they look drawn
_WARP_EASE_FRAMES = 1.5
# Of what is seen between borrowed lips, by how much more they may be opened: teeth, and what is all dark beside; a millimetre at least.
_TEETH_BEAR, _DARK_BEARS, _SOFT_INSIDE = 0.15, 0.6, 0.012
_MOSTLY_TEETH, _MOSTLY_DARK = (
    0.3,
    0.8,
)  # of what shows that is dark: gaps between teeth are no dark that could be drawn out
_SEEN_LESS = 0.008  # eye-corner distances (0.7 mm) by which a mouth is seen to open less
_ALIKE_GAP = 0.025  # eye-corner distances
_NEAR_FILM = 0.02  # eye-corner distances (2 mm) between wanted lips and the film's own that no word turns on
_PART_MARGIN = 8  # pixels beyond the crop that are read, for interpolation at its edge
_LEAST_SHARE = 0.03  # 8 grey levels at most: not seen, and a warp saved
_JOIN = (
    0.25,
    0.5,
    0.25,
)  # shares of the neighbours' footage in a frame, so that joins dissolve over three frames


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """Everything decided before the first pixel, for all frames of a request.

    Attributes:
        library: the person's mouths.
        heads: of the request's frames.
        target: what is wanted.
        plan: what is borrowed; None when the library is empty.
        size: the crops' side in pixels.
        weights: (F,) float32 confidence in each frame, 0..1.
        less_open: (F,) bool: the mouth opens less than the words want, as what it borrows shows no more.
        synthesised: (F,) bool.
        paint_inside: makes the inside of a mouth wider than the borrowed ones for (index, new landmarks (468, 2), window), see
            `BorrowedMouth.inside`; nothing when None.
        stretch: see `BorrowedMouth.stretch`.
    """

    library: MouthLibrary
    heads: Heads
    target: Target
    plan: Plan | None
    size: int
    weights: np.ndarray
    synthesised: np.ndarray
    less_open: np.ndarray
    paint_inside: Callable[[int, np.ndarray, Window], np.ndarray] | None = None
    stretch: float = STRETCH

    def borrowed(self, index: int, mouth: BorrowedMouth, new: np.ndarray) -> BorrowedMouth:
        """`mouth` for frame `index`, whose landmarks will be `new`."""
        paint = self.paint_inside
        return (
            mouth
            if paint is None
            else replace(mouth, inside=partial(paint, index, new), stretch=self.stretch)
        )

    @property
    def coverage(self) -> float:
        """Share of the wanted mouths that the footage holds, 0..1."""
        return float(1 - self.synthesised.mean())


@dataclass(frozen=True, slots=True, eq=False)
class _Todo:
    """All that one frame is made of: its picture from `origin` on, the mouths it borrows and their shares."""

    index: int
    old: np.ndarray
    window: Window
    picture: np.ndarray
    origin: tuple[int, int]
    covered: np.ndarray | None
    borrowed: dict[int, BorrowedMouth]
    share: dict[int, float]
    interiors: tuple[MouthShare, ...]
    movement: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class _Rendered:
    """One finished frame, as in `LipChunk`."""

    crop: np.ndarray
    landmarks: np.ndarray
    doubt: float = 0.0
    milder: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """One try at a frame: its crop, where its landmarks (468, 2) lie, what was forced for it, and which of `MILDER` it is."""

    crop: np.ndarray
    landmarks: np.ndarray
    signs: Signs
    step: str


class OwnMouthEngine:
    """`LipEngine` that borrows mouths from the person's own footage. Not thread-safe.

    Args:
        motion: speech → mouth shapes; by default the shipped motion model.
        model: the mouth-shape model; by default the shipped one.
        choice: the costs of choosing frames.
        rendering: which parts of the rendering are done.
        cache: folder in which libraries are kept between runs; nowhere by default.
    """

    name = "own-mouth"

    def __init__(
        self,
        *,
        motion: MotionSource | None = None,
        model: ShapeModel | None = None,
        choice: ChoiceWeights | None = None,
        rendering: Rendering | None = None,
        cache: Path | None = None,
    ) -> None:
        self._model = shape_model() if model is None else model
        self._motion = ModelMotion() if motion is None else motion
        self._choice = choice or ChoiceWeights()
        self._rendering = rendering or Rendering()
        self._cache = cache
        self._libraries: OrderedDict[str, MouthLibrary] = OrderedDict()

    def provenance(self, request: LipRequest) -> Provenance:
        """Engine, version and motion; see `LipEngine`."""
        return Provenance(
            self.name,
            VERSION,
            {"motion": self._motion.id},
            {"choice": repr(self._choice), "rendering": repr(self._rendering)},
        )

    @stage("planning lips")
    def recipe(self, request: LipRequest) -> Recipe:
        """What will be rendered for the whole request, without rendering it. Deterministic."""
        track, frames, settings = request.track, request.frames, request.settings
        rows = slice(track.index_of(frames[0]), track.index_of(frames[-1]) + 1)
        library = self._library(request)
        heads = find_heads(track.landmarks[rows], self._model)
        person = self._person(request)
        habits = self._habits(request, library, heads, person)
        style = self._style(request, person) if settings.style > 0 else None
        target = wanted_mouths(
            request,
            heads,
            person,
            habits,
            self._model,
            self._motion,
            style,
            shut_gap=library.shut_gap if len(library) else np.inf,
        )
        trusted = np.where(track.mouth_hidden(frames), 0.0, track.quality[rows])
        weights = _confidence(
            trusted, track.pose[rows, 0], request.values("max_yaw").astype(np.float32), request.times
        )
        if settings.silence == "original":
            weights = weights * target.weight
        plan = None
        synthesised, less_open = np.zeros((2, len(frames)), bool)
        if len(library):
            view = _target_picture(library, request)
            plan = choose(
                library,
                target.shape,
                heads,
                view,
                self._choice,
                contact=target.contact,
                seed=settings.seed,
            )
            if not self._rendering.fit_shape:
                target = replace(target, shape=library.shape[plan.rows])
            elif person.is_seen_speaking:  # other mouths are all made: there is none to stay near to
                shape = _within_reach(target.shape, library.shape[plan.rows], plan)
                shape, less_open = _as_open_as_shown(shape, library, plan, self._model)
                target = replace(target, shape=shape)
            synthesised = (np.abs(plan.gap_error) > _SYNTHESISED_GAP) | (
                plan.shape_error > _SYNTHESISED_SHAPE
            )
        else:
            weights = np.zeros(len(frames), np.float32)
        size = int(np.ceil(CROP_SPAN * float(heads.scale.max()) / 16)) * 16
        return Recipe(library, heads, target, plan, size, weights.astype(np.float32), synthesised, less_open)

    def render(self, request: LipRequest, start: int) -> Iterator[LipChunk]:
        """Chunks of finished crops from frame `start` on; see `LipEngine`."""
        recipe = self.recipe(request)
        mouths = MouthCutter(request.footage, recipe.library, self._model)
        rendering = self._rendering
        if request.settings.preset == "draft":
            rendering = replace(rendering, dissolve=False, shade=False, blur=False, detail=False, bands=False)
        began = time.perf_counter()
        ready, group = start + CHUNK_FRAMES, 1
        for first in range(start, request.frames.stop, CHUNK_FRAMES):
            if first >= ready:
                group *= 2  # the first chunk comes at once; later ones share their passes over the films
                ready = _fetch_ahead(recipe, mouths, request.frames, first, group, rendering.dissolve)
            yield self._chunk(
                request, recipe, mouths, rendering, first, min(first + CHUNK_FRAMES, request.frames.stop)
            )
        logger.info(
            "own-mouth: %d frames in %.1f s, %.0f %% from footage",
            request.frames.stop - start,
            time.perf_counter() - began,
            100 * recipe.coverage,
        )

    def _chunk(
        self,
        request: LipRequest,
        recipe: Recipe,
        mouths: MouthCutter,
        rendering: Rendering,
        first: int,
        stop: int,
    ) -> LipChunk:
        indices = range(first - request.frames.start, stop - request.frames.start)
        shares = [_shares(recipe, index, dissolve=rendering.dissolve) for index in indices]
        interiors = [
            _interiors(recipe, index, share, dissolve=rendering.dissolve)
            for index, share in zip(indices, shares, strict=True)
        ]
        borrowed = mouths.fetch(row for share in (*shares, *interiors) for row in share)
        size = recipe.size
        crops = np.empty((len(indices), size, size, 3), np.uint8)
        affines = np.zeros((len(indices), 2, 3), np.float32)
        begin = request.track.index_of(first)
        movement = velocities(request.track.landmarks, range(begin, begin + len(indices)))
        movement = movement * recipe.library.open_share[0]  # the dubbed film comes first
        doubts, milder = np.zeros(len(indices), np.float32), np.zeros(len(indices), np.uint8)
        landmarks = np.empty((len(indices), *request.track.landmarks.shape[1:2], 2), np.float32)

        def todo() -> Iterator[_Todo]:  # films are read here, by one thread
            for n, (index, share, inside) in enumerate(zip(indices, shares, interiors, strict=True)):
                frame = request.frames[index]
                old = recipe.heads.placed(index, request.track.landmarks[request.track.index_of(frame)])[
                    :, :2
                ]
                window = crop_window(old, size)
                affines[n] = [[1, 0, window.x], [0, 1, window.y]]
                picture, origin = picture_part(request.source, frame, window.box(_PART_MARGIN))
                covered = _covered(request.track, frame, picture, origin)
                mouths = {row: borrowed[row] for row in share}
                between = tuple(MouthShare(borrowed[row], each) for row, each in inside.items())
                yield _Todo(index, old, window, picture, origin, covered, mouths, share, between, movement[n])

        def rendered(each: _Todo) -> _Rendered:
            return self._frame(recipe, each, rendering)

        most = (
            None if recipe.paint_inside is None else 1
        )  # what paints may belong to one thread, as OpenGL does
        for n, done in enumerate(spread(rendered, todo(), most=most)):
            crops[n], landmarks[n], doubts[n], milder[n] = done.crop, done.landmarks, done.doubt, done.milder
        window_of = slice(indices.start, indices.stop)
        return LipChunk(
            first,
            crops,
            affines,
            landmarks,
            recipe.weights[window_of],
            recipe.synthesised[window_of],
            doubts,
            milder,
        )

    def _frame(self, recipe: Recipe, todo: _Todo, rendering: Rendering) -> _Rendered:
        """One frame; several may be made at the same time."""
        index, old, plan, heads = todo.index, todo.old, recipe.plan, recipe.heads
        part = todo.window.seen_from(todo.origin)
        if recipe.weights[index] <= 0 or not todo.share or plan is None:
            return _Rendered(cut(todo.picture, part), old)
        shift = np.array(todo.origin, np.float32)
        scale = float(heads.scale[index])
        bared = bare(todo.picture, old - shift, scale, todo.covered)

        def made(shape: np.ndarray, interiors: tuple[MouthShare, ...], step: str) -> _Made:
            landmarks = old.copy()
            landmarks[list(MOVING)] += heads.moved(index, reach() * (shape - heads.shape[index]))
            seen = landmarks - shift
            mouth_shares = tuple(
                MouthShare(recipe.borrowed(index, todo.borrowed[row], seen), each)
                for row, each in todo.share.items()
            )
            crop, forced = render_frame(
                bared.film,
                old - shift,
                seen,
                scale,
                mouth_shares,
                heads.lip_plane(index, lip_depth(self._model)).seen_from(todo.origin),
                part,
                rendering,
                contact=float(recipe.target.contact[index]),
                movement=todo.movement,
                interiors=interiors,
            )
            if step == MILDER[0]:
                step = "less open" if recipe.less_open[index] else "moved less" if forced.jaw < 1 else step
            return _Made(
                crop, landmarks, _signs(recipe, index, shape, forced, own_inside=not interiors), step
            )

        wanted = recipe.target.shape[index]
        best, natural = made(wanted, todo.interiors, MILDER[0]), 1.0
        if rendering.judge:
            film = _Made(cut(bared.film, part), old, Signs(), MILDER[-1])
            milder: list[Callable[[], _Made]] = []
            if todo.interiors:
                milder.append(lambda: made(wanted, (), "from another frame"))
            nearer = (wanted + recipe.library.shape[plan.rows[index]]) / 2
            milder.append(lambda: made(nearer, (), "nearer to the borrowed mouth"))
            if _is_near(wanted, heads.shape[index]):
                milder.append(lambda: film)
            best, natural = more_natural(partial(_natural, recipe, index, part, shift), best, film, milder)
        crop, landmarks = best.crop, best.landmarks
        if bared.share is not None:  # it lies before the face and does not move with it
            share_there = cut(np.repeat(bared.share[..., None], 3, axis=2), part)
            crop = np.rint(crop + share_there * (cut(todo.picture, part) - crop.astype(np.float32))).astype(
                np.uint8
            )
        return _Rendered(crop, landmarks, best.signs.doubt(natural), MILDER.index(best.step))

    def _library(self, request: LipRequest) -> MouthLibrary:
        digest = footage_digest(request.footage)
        library = self._libraries.pop(digest, None)
        if library is None:
            library = build_library(request.footage, self._model, cache=self._cache)
        self._libraries[digest] = library
        while len(self._libraries) > _LIBRARIES_KEPT:
            self._libraries.popitem(last=False)
        return library

    def _habits(
        self, request: LipRequest, library: MouthLibrary, heads: Heads, person: PersonRange
    ) -> Habits:
        if not person.is_seen_speaking:
            return Habits.average(person.neutral)
        if not len(library):
            return Habits.of(self._model.encode_local(heads.shape))
        # How fast a mouth moves is told from the dubbed film: others may run at another rate.
        follows = (np.diff(library.frame) == 1) & (np.diff(library.track) == 0)
        follows &= library.track[1:] < len(request.library)
        times = request.times
        interval = float(np.median(np.diff(times))) if len(times) > 1 else np.nan
        seconds = np.where(follows, interval, np.nan)
        return Habits.of(self._model.encode_local(library.shape), seconds, self._model.opening_axis)

    def _style(self, request: LipRequest, person: PersonRange) -> PersonStyle | None:
        """The person's manner, learnt from the film's own sound, as strong as the user wants it."""
        if request.original_voice is None:
            return None
        rows = considered_rows(request.library, STYLE_FRAMES)
        landmarks, quality = gathered(request.library, rows)
        times = np.concatenate([t[r] for t, r in zip(request.library_times, rows, strict=True)])
        order = np.argsort(times, kind="stable")
        speech = OwnSpeech(
            request.original_voice, times[order], self._model.encode(landmarks[order]), quality[order]
        )
        style = self._motion.style(speech, person)
        return None if style is None else style.faded(request.settings.style)

    def _person(self, request: LipRequest) -> PersonRange:
        tracks = tuple(track for each in request.footage for track in each.tracks)
        parts = [
            (self._model.local(landmarks), quality)
            for landmarks, quality in blocks(tracks, considered_rows(tracks))
        ]
        local, quality = (np.concatenate(each) for each in zip(*parts, strict=True))
        return self._model.person_range_of_local(local, quality)


def _is_near(wanted: np.ndarray, own: np.ndarray) -> bool:
    """Whether the film's `own` lips (P, 3) say nearly what the `wanted` ones would."""
    apart = np.sqrt(((wanted - own)[LIP_ROWS, :2] ** 2).sum(axis=-1).mean())
    return bool(apart < _NEAR_FILM and abs(lip_gap(wanted) - lip_gap(own)) < _NEAR_FILM)


def _signs(recipe: Recipe, index: int, shape: np.ndarray, forced: Forced, *, own_inside: bool) -> Signs:
    """What is forced for frame `index` with the mouth `shape` (P, 3), where its inside is `own_inside` or the planned one."""
    library, plan = recipe.library, recipe.plan
    assert plan is not None
    lips = int(plan.rows[index])
    inside = lips if own_inside else max(plan.interiors[index], key=lambda row: plan.interiors[index][row])
    opening = max(float(lip_gap(shape)) - library.shut_gap, 0.0)
    return Signs(
        opening,
        max(opening - max(float(library.gap[inside]) - library.shut_gap, 0.0), 0.0),
        float(plan.shape_error[index]),
        forced.jaw,
        forced.painted,
        forced.relit,
    )


def _natural(recipe: Recipe, index: int, part: Window, shift: np.ndarray, made: "_Made") -> float:
    """How natural the `made` mouth looks among this person's own, 0..1."""
    landmarks = made.landmarks - shift - (part.x, part.y)
    said = answer(made.crop, landmarks, float(recipe.heads.scale[index]))
    return float(how_natural(said, recipe.library.usual_natural))


def _fetch_ahead(
    recipe: Recipe, mouths: MouthCutter, frames: range, first: int, chunks: int, dissolve: bool
) -> int:
    """Reads the mouths of at most `chunks` chunks from frame `first` on in one pass; returns the frame after them."""
    rows: set[int] = set()
    stop = first
    while stop < frames.stop and stop < first + chunks * CHUNK_FRAMES:
        end = min(stop + CHUNK_FRAMES, frames.stop)
        indices = range(stop - frames.start, end - frames.start)
        lips = [_shares(recipe, index, dissolve=dissolve) for index in indices]
        inside = (
            _interiors(recipe, index, share, dissolve=dissolve)
            for index, share in zip(indices, lips, strict=True)
        )
        more = rows.union(*lips, *inside)
        if rows and len(more) > mouths.capacity:
            break
        rows, stop = more, end
    mouths.fetch(rows)
    return stop


def _within_reach(wanted: np.ndarray, chosen: np.ndarray, plan: Plan) -> np.ndarray:
    """`wanted` (F, P, 3), drawn towards the `chosen` mouths as far as no warp would look like that person's lips."""
    excess = np.maximum(1 - _MOST_WARP / np.maximum(plan.shape_error, 1e-6), 0)[:, None, None]
    shift = gaussian_filter1d(excess * (chosen - wanted), _WARP_EASE_FRAMES, axis=0, mode="nearest")
    return (wanted + shift).astype(np.float32)


def _as_open_as_shown(
    wanted: np.ndarray, library: MouthLibrary, plan: Plan, model: ShapeModel
) -> tuple[np.ndarray, np.ndarray]:
    """`wanted` (F, P, 3) that opens no wider than what is borrowed between the lips bears, and (F,) bool where that is less.

    Teeth that are drawn out are ribs, and a dark hole through the middle of a row of teeth is no mouth; the dark itself may be
    drawn out by more. The narrower opening comes and goes with the frames around it.
    """
    inside = np.array([max(shares, key=lambda row: shares[row]) for shares in plan.interiors])
    shown = np.maximum(library.gap[inside] - library.shut_gap, 0)
    dark = np.clip((library.dark[inside] - _MOSTLY_TEETH) / (_MOSTLY_DARK - _MOSTLY_TEETH), 0, 1)
    most = shown * (1 + _TEETH_BEAR + dark * _DARK_BEARS) + _SOFT_INSIDE
    excess = np.maximum(lip_gap(wanted) - library.shut_gap - most, 0)
    eased = gaussian_filter1d(maximum_filter1d(excess, 3, mode="nearest"), _WARP_EASE_FRAMES, mode="nearest")
    eased = np.minimum(eased, np.maximum(lip_gap(wanted) - library.shut_gap, 0))
    axis = model.opening_axis / float(model.opening_axis @ model.opening_axis)
    closing = np.tensordot(axis, model.basis, 1)  # of one eye-corner distance
    return (wanted - eased[:, None, None] * closing).astype(np.float32), eased > _SEEN_LESS


def _shares(recipe: Recipe, index: int, *, dissolve: bool) -> dict[int, float]:
    """Library rows and their shares in frame `index`: its own, and what its neighbours' footage shows at this moment."""
    plan, library = recipe.plan, recipe.library
    if plan is None:
        return {}
    rows = plan.rows
    if not dissolve:
        return {int(rows[index]): 1.0}
    shares: dict[int, float] = {}
    for offset, share in zip((-1, 0, 1), _JOIN, strict=True):
        neighbour = min(max(index + offset, 0), len(rows) - 1)
        row = int(rows[neighbour])
        if row != rows[index]:
            row = _shifted(library, row, index - neighbour)
        # An open mouth dissolved with a shut one shows both: such joins are cut, as fast lips are seen anyway.
        alike = np.exp(-(((library.gap[row] - library.gap[rows[index]]) / _ALIKE_GAP) ** 2))
        shares[row] = shares.get(row, 0.0) + share * float(alike)
    total = sum(shares.values())
    return {row: share / total for row, share in shares.items() if share > _LEAST_SHARE * total}


def _interiors(recipe: Recipe, index: int, lips: dict[int, float], *, dissolve: bool) -> dict[int, float]:
    """Library rows that lend frame `index` what is between its lips; none where the only donor of its `lips` does."""
    plan = recipe.plan
    if plan is None or recipe.paint_inside is not None or not plan.interiors:
        return {}
    shares = dict(plan.interiors[index])
    if not dissolve:
        shares = {max(shares, key=lambda row: shares[row]): 1.0}
    return {} if set(shares) == set(lips) == {plan.rows[index]} else shares


def _shifted(library: MouthLibrary, row: int, by: int) -> int:
    """The row `by` frames later in the same footage, or `row` itself where the footage ends."""
    other = row + by
    if not 0 <= other < len(library) or library.track[other] != library.track[row]:
        return row
    return other if library.frame[other] - library.frame[row] == by else row


def _target_picture(library: MouthLibrary, request: LipRequest) -> TargetPicture | None:
    """How the target frames were seen, from the library's rows of the same track; None when it has none."""
    owner = next((i for i, track in enumerate(request.library) if track.id == request.track.id), -1)
    own = np.flatnonzero(library.track == owner)
    if len(own) == 0:
        return None
    frames = np.asarray(request.frames)
    at = library.frame[own]
    light = [np.interp(frames, at, values) for values in library.light[own].T]
    return TargetPicture(np.stack(light, axis=1), np.interp(frames, at, library.sharpness[own]))


def _covered(track: FaceTrack, frame: int, picture: np.ndarray, origin: tuple[int, int]) -> np.ndarray | None:
    """(H, W) float32 of what lies before the face in `picture`, a part of a frame that begins at `origin`."""
    if track.cover is None:
        return None
    height, width = picture.shape[:2]
    return track.cover.mask(
        track.index_of(frame), (origin[0], origin[1], origin[0] + width, origin[1] + height)
    )


def _confidence(quality: np.ndarray, yaw: np.ndarray, max_yaw: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(F,) 1 where the face is seen well enough, falling to 0 before the first frame where it is not."""
    usable = np.clip((quality - 0.5 * MIN_QUALITY) / (0.5 * MIN_QUALITY), 0, 1)
    usable = usable * np.clip((max_yaw - np.abs(yaw)) / _YAW_FADE, 0, 1)
    if len(times) < 2:
        return usable
    reach = max(1, round(_FADE_S / max(float(np.median(np.diff(times))), 1e-3)))
    lowest = minimum_filter1d(usable, 2 * reach + 1, mode="nearest")
    return np.minimum(usable, gaussian_filter1d(lowest, reach / 2, mode="nearest"))
