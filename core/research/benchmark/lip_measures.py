"""What is measured of a lip engine's pictures: geometry by tracking them again, and how they look over time."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from core.face_geometry.canonical_face import normalise
from core.face_geometry.landmark_sets import INNER_LIP_MIDDLES, MOUTH_CORNERS, OUTER_LIP
from core.face_geometry.track import FaceTrack
from core.faces.backend import open_backend
from core.faces.identity import Describer
from core.faces.mesh import FaceMesh, roi_from_landmarks
from core.faces.smoothing import smooth_landmarks
from core.motion.shape import LEAST_SPOKEN_RANGE, MEASURES, ShapeModel, measures
from core.own_mouth.naturalness import NATURAL, how_natural, mouth_patch, naturalness_judge
from core.own_mouth.visible_gap import visible_gap
from core.research.benchmark.lip_edges import ragged_share, raggedness
from core.research.benchmark.lip_folds import folded_share, skin_below
from core.research.benchmark.lip_insides import inside_changes, inside_flicker, inside_mask
from core.research.benchmark.natural_quality import naturalness
from core.scorer.score import SyncScorer

_PATCH = 96  # side of the stabilised mouth picture
_PATCH_SPAN = 0.9  # its width in eye-corner distances
_FACE_EVERY = 10  # frames between those whose identity is compared
_QUALITY_EVERY = 25  # frames between those whose quality is told, which is costly
_COLOURS_TELL = (
    0.4  # correlation of visible and tracked opening in the film below which lips and inside look alike
)
_EXPRESSION_S = 0.5
_UPPER_AND_CORNERS = (0, 37, 267, 61, 291)
CLOSED_SHARE = 0.15  # of the way from the person's closed to wide-open mouth that still counts as closed


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A stretch of pictures as measured.

    Attributes:
        shown: (F, len(MEASURES)) mouth measures of the re-tracked face.
        patches: (F, P, P, 3) uint8, the mouth region stabilised on the film's own head.
        landmarks: (F, 468, 3), the re-tracked face.
        gaps: (F,) how far the lips are seen to be apart, by colour (`core.own_mouth.visible_gap`).
        faces: a few evenly spaced frames' identity descriptors, None where the face is turned away.
        quality: a few evenly spaced frames' `naturalness`, nan where it cannot be told.
        natural: (F,) what the judge of naturalness says (`core.own_mouth.naturalness`); empty where it was not asked.
        ragged: (F,) how rough the lips' outer edge is (`core.research.benchmark.lip_edges`); empty likewise.
        insides: (F, P, P) bool, what of the patches lies between the inner lips; empty likewise.
        skins: (F, P, P) bool, what of them is chin and skin below the lips; empty likewise.
    """

    shown: np.ndarray
    patches: np.ndarray
    landmarks: np.ndarray
    gaps: np.ndarray
    faces: Mapping[int, np.ndarray | None]
    quality: Mapping[int, float]
    natural: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    ragged: np.ndarray = field(default_factory=lambda: np.zeros(0))
    insides: np.ndarray = field(default_factory=lambda: np.zeros((0, _PATCH, _PATCH), bool))
    skins: np.ndarray = field(default_factory=lambda: np.zeros((0, _PATCH, _PATCH), bool))

    def first(self, count: int) -> "Seen":
        """The first `count` pictures."""
        return Seen(
            self.shown[:count],
            self.patches[:count],
            self.landmarks[:count],
            self.gaps[:count],
            {frame: vector for frame, vector in self.faces.items() if frame < count},
            {frame: value for frame, value in self.quality.items() if frame < count},
            self.natural[:count],
            self.ragged[:count],
            self.insides[:count],
            self.skins[:count],
        )

    @property
    def aspect(self) -> np.ndarray:
        """(F,) mouth aspect ratio: the inner lips' distance over that of the mouth's corners."""
        points = self.landmarks
        (above, below), (right, left) = INNER_LIP_MIDDLES, MOUTH_CORNERS
        gap = np.linalg.norm(points[:, above] - points[:, below], axis=1)
        return gap / np.maximum(np.linalg.norm(points[:, right] - points[:, left], axis=1), 1e-6)


def look_again(
    pictures: Iterable[np.ndarray],
    landmarks: np.ndarray,
    model: ShapeModel,
    *,
    tracked: np.ndarray | None = None,
) -> Seen:
    """Tracks `pictures` anew, each around the film's own `landmarks` (F, 468, 3).

    Where the mouth was followed by other means, `tracked` (F, 468, 3) is where it was found, and nobody is recognised.
    """
    mesh, describe = FaceMesh(), Describer(open_backend("auto"))
    found, patches, gaps, faces, quality = [], [], [], {}, {}
    mouths: list[np.ndarray] = []
    ragged: list[float] = []
    insides: list[np.ndarray] = []
    skins: list[np.ndarray] = []
    for number, (picture, points) in enumerate(zip(pictures, landmarks, strict=True)):
        again = mesh(picture, roi_from_landmarks(points)).landmarks if tracked is None else tracked[number]
        found.append(again)
        affine = _patch_affine(points)
        patches.append(_patch(picture, affine))
        insides.append(inside_mask(again, affine, _PATCH))
        skins.append(skin_below(again, affine, _PATCH))
        scale = float(np.linalg.norm(again[33] - again[263]))
        mouths.append(mouth_patch(picture, again, scale))
        gaps.append(visible_gap(picture, again, scale).height)
        ragged.append(raggedness(picture, again, scale))
        if number % _FACE_EVERY == 0:
            faces[number] = describe(picture, again) if tracked is None else None
        if number % _QUALITY_EVERY == 0:
            quality[number] = naturalness(_face_square(picture, points))
    smooth = smooth_landmarks(np.stack(found))
    natural = naturalness_judge()(np.stack(mouths))
    shown = measures(model.local(smooth))
    return Seen(
        shown, np.stack(patches), smooth, np.array(gaps), faces, quality, natural, np.array(ragged), np.stack(insides),
        np.stack(skins),
    )  # fmt: skip


def _face_square(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The part of the picture around the face, uncut and unscaled, at most 480 pixels wide."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    centre, half = (low + high) / 2, int(np.clip(0.6 * float(np.max(high - low)), 104, 240))
    left, top = (
        int(np.clip(c - half, 0, max(side - 2 * half, 0)))
        for c, side in zip(centre, (picture.shape[1], picture.shape[0]), strict=True)
    )
    return picture[top : top + 2 * half, left : left + 2 * half]


def _patch_affine(points: np.ndarray) -> np.ndarray:
    """(2, 3) pixels of the stabilised mouth to the picture's; steadied on eyes and nose, not on the lips."""
    anchors = points[[33, 263, 98, 327], :2]
    across = anchors[1] - anchors[0]
    unit = across / np.linalg.norm(across)
    scale = np.linalg.norm(across) * _PATCH_SPAN / _PATCH
    down = np.array([-unit[1], unit[0]])
    centre = anchors[2:].mean(axis=0) + down * np.linalg.norm(across) * 0.33
    return np.column_stack([unit * scale, down * scale, centre - (unit + down) * scale * (_PATCH - 1) / 2])


def _patch(picture: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """The mouth region (P, P, 3)."""
    return cv2.warpAffine(
        picture,
        affine,
        (_PATCH, _PATCH),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


@dataclass(frozen=True, slots=True)
class LipFigures:
    """The row of one engine on one clip. Correlations are Pearson's; ratios are to the film's own, natural mouth; those of movements are
    nan where that mouth never speaks.

    Attributes:
        opening, width, rounding: correlation of the re-tracked mouth with the wanted one.
        leak: correlation of the opening with the film's old one, less that of the wanted opening with it.
        expression: RMS difference of the slow (0.5 s) part of the mouth's width to the film's, hundredths of the distance
            of the outer eye corners: what a smile, or its loss, changes.
        closure: share of the wanted closures at which the lips are closed (nan without any).
        seal: share of the moments at which lips must touch where they are *seen* to, by colour; nan where colours do not
            tell (the mesh calls lips shut between which teeth show).
        velocity, acceleration: RMS speed and acceleration of the opening, to the film's own.
        sharpness: detail of the mouth region, to the film's.
        ring_colour: mean colour difference to the film in the skin beside the mouth, grey levels.
        flicker: mean change of the stabilised mouth picture from frame to frame, to the film's.
        jitter: mean second difference of the same over time, to the film's: to and fro counts, steady movement does not.
        spikes: 98th percentile of that change over its median, to the film's.
        identity: cosine of the identity descriptors of result and film, frame by frame (the film's own is 1).
        sync: the referee scorer's mean probability that voice and lips fit.
        offset_ms: by how much it finds the voice late.
        synthesised: share of frames whose mouth the footage does not hold.
        niqe: by how much NIQE of the face is above the film's (lower is more natural); nan without the package.
        error: mean absolute difference of the stabilised mouth to the reference, grey levels.
        changed: share of the frames that the engine changed.
        outside: share of pixels outside the mask that changed (nan where crops are laid in without a mask).
        silence_open: LipLeak: share of frames with a mouth aspect ratio above 0.25 when the voice is silent.
        silence_closed: share of frames with closed lips then.
        speech_range: spread of the opening under the voice, to the film's: who never opens is closed in silence, too.
        success: 1 when nothing of `core.research.benchmark.success` failed, else 0.
        fps: frames per second of one processor core, after analysis, pictures in memory.
        seconds: seconds of one processor core for a second of film.
        floating: RMS speed of upper lip and corners in the head, to the film's: above 1 the whole mouth moves where it did not.
        flaps: openings of a single frame in a hundred frames.
        natural: share of frames whose mouth looks natural to the judge, of those where the film's own does.
        ragged: share of frames in which the lips' outer edge is rougher than 2 of 100 natural ones.
        folded: share of frames in which skin below the lips is seen twice or drawn out as in 2 of 100 natural ones.
        inside, inside_jumps: median and 98th percentile of the change between the lips from frame to frame, where both are seen open,
            to the film's own.
    """

    opening: float
    width: float
    rounding: float
    leak: float
    expression: float
    closure: float
    seal: float
    velocity: float
    acceleration: float
    sharpness: float
    ring_colour: float
    flicker: float
    jitter: float
    spikes: float
    identity: float
    sync: float
    offset_ms: float
    niqe: float
    error: float
    changed: float
    outside: float
    silence_open: float
    silence_closed: float
    speech_range: float
    success: float
    synthesised: float
    fps: float
    seconds: float
    floating: float = float("nan")
    flaps: float = float("nan")
    natural: float = float("nan")
    ragged: float = float("nan")
    folded: float = float("nan")
    inside: float = float("nan")
    inside_jumps: float = float("nan")


def figures(  # noqa: PLR0913 - most by name
    seen: Seen,
    film: Seen,
    wanted: np.ndarray,
    changed: np.ndarray,
    *,
    sync: tuple[float, float],
    synthesised: float,
    fps: float,
    contact: np.ndarray | None = None,
    rate: float = 25.0,
    old: Seen | None = None,
    outside: float = float("nan"),
) -> LipFigures:
    """The row for pictures `seen` of a clip whose own pictures are `film`. What silence shows and success are left open.

    Args:
        seen: the engine's pictures.
        film: the unchanged ones.
        wanted: (F, len(MEASURES)) what the motion asked for.
        changed: (F,) bool, frames the engine wanted to change; the others are left out.
        sync: probability and offset of `referee`.
        synthesised: share of such frames.
        fps: speed.
        contact: (F,) how surely lips must touch; nowhere by default.
        rate: the film's frames per second.
        old: what the engine saw, if that was not `film`.
        outside: see `LipFigures`.
    """
    unknown = float("nan")
    column = {name: MEASURES.index(name) for name in ("opening", "width", "rounding")}
    got = {name: seen.shown[changed, at] for name, at in column.items()}
    ask = {name: wanted[changed, at] for name, at in column.items()}
    before = (film if old is None else old).shown[changed, column["opening"]]
    usual = film.shown[changed, column["opening"]]
    change, natural = changes(seen.patches), changes(film.patches)
    low, high = np.quantile(usual, [0.04, 0.97])
    speaks = high - low >= LEAST_SPOKEN_RANGE
    inside, inside_jumps = inside_flicker(
        *(inside_changes(s.patches, s.insides, s.gaps) for s in (seen, film))
    )

    def to_film(result: float, own: float) -> float:
        """A ratio of movements; unknown where the film's mouth has none to compare with."""
        return float(result / max(own, 1e-9)) if speaks else unknown

    return LipFigures(
        **{name: correlation(got[name], ask[name]) for name in column},
        leak=correlation(got["opening"], before) - correlation(ask["opening"], before),
        expression=100 * _rms(_slow(got["width"], rate) - _slow(film.shown[changed, column["width"]], rate)),
        closure=closure_recall(got["opening"], ask["opening"], usual),
        seal=seal(seen, film, np.zeros(len(changed)) if contact is None else contact, changed),
        velocity=to_film(_rms(np.diff(got["opening"])), _rms(np.diff(usual))),
        acceleration=to_film(_rms(np.diff(got["opening"], 2)), _rms(np.diff(usual, 2))),
        sharpness=detail(seen.patches[changed]) / max(detail(film.patches[changed]), 1e-9),
        ring_colour=ring_colour(seen.patches[changed], film.patches[changed]),
        flicker=to_film(change.mean(), natural.mean()),
        jitter=to_film(jitter(seen.patches), jitter(film.patches)),
        spikes=to_film(spike(change), spike(natural)),
        identity=likeness(seen.faces, film.faces),
        sync=sync[0],
        offset_ms=sync[1],
        niqe=quality_rise(seen.quality, film.quality),
        error=float(np.abs(seen.patches[changed].astype(np.int16) - film.patches[changed]).mean()),
        changed=float(changed.mean()),
        outside=outside,
        silence_open=unknown,
        silence_closed=unknown,
        speech_range=to_film(got["opening"].std(), usual.std()),
        success=unknown,
        synthesised=synthesised,
        fps=fps,
        seconds=rate / fps if fps else 0.0,
        floating=to_film(lip_speed(seen.landmarks), lip_speed(film.landmarks)),
        flaps=flaps(got["opening"], low, high),
        natural=natural_share(seen.natural, film.natural, changed),
        ragged=ragged_share(seen.ragged, film.ragged, changed),
        folded=folded_share(seen.patches, film.patches, seen.skins, changed),
        inside=inside,
        inside_jumps=inside_jumps,
    )


def natural_share(natural: np.ndarray, own: np.ndarray, changed: np.ndarray) -> float:
    """Share of the `changed` frames that look natural by what the judge said of them (F,) and of the film's `own`; nan without any.

    Frames in which the film's own mouth looks odd are left out.
    """
    if len(natural) != len(changed) or len(own) != len(changed):
        return float("nan")
    usual = float(np.median(own))
    told = changed & (how_natural(own, usual) >= NATURAL)
    return float((how_natural(natural[told], usual) >= NATURAL).mean()) if told.any() else float("nan")


def lip_speed(landmarks: np.ndarray) -> float:
    """RMS movement from frame to frame of upper lip and corners (F, 468, 3) without the head's, in eye-corner distances."""
    if len(landmarks) < 2 or not np.ptp(landmarks[0, :, 0]) > 0:
        return float("nan")
    points = normalise(landmarks).local[:, list(_UPPER_AND_CORNERS), :2]
    return float(np.sqrt((np.diff(points, axis=0) ** 2).sum(axis=-1).mean()))


def flaps(opening: np.ndarray, low: float, high: float) -> float:
    """Openings of one frame in a hundred frames; open is beyond `CLOSED_SHARE` of the way from `low` to `high`."""
    is_open = np.concatenate([[0], (opening > low + CLOSED_SHARE * (high - low)).astype(int), [0]])
    edges = np.flatnonzero(np.diff(is_open)).reshape(-1, 2)
    single = [a for a, b in edges if b - a == 1 and a > 0 and b < len(opening)]
    return 100 * len(single) / max(len(opening), 1)


def referee(seen: Seen, track: FaceTrack, times: np.ndarray, voice: np.ndarray) -> tuple[float, float]:
    """Scorer B's mean probability of sync and offset in ms (nan where it cannot tell) of the re-tracked face.

    `track` is the film's, of as many frames as `seen`; `times` (F,) are seconds on the clock of `voice`.
    """
    scorer = SyncScorer.load("B", threads=1)
    face = replace(track, landmarks=seen.landmarks)
    curve = scorer.score(scorer.embed_faces(None, face, times), scorer.embed_speech(voice))
    return curve.mean, curve.offset_ms


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's r; 0 when either does not move."""
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum() / scale) if scale > 1e-12 else 0.0


def closure_recall(got: np.ndarray, wanted: np.ndarray, old: np.ndarray) -> float:
    """Share of the stretches wanted closed in which the lips came as close; nan when there is none.

    Closed is relative to the person's range in the film (`old`) and in what was wanted.
    """
    low = min(float(np.quantile(wanted, 0.02)), float(np.quantile(old, 0.04)))
    high = float(np.quantile(wanted, 0.97))
    limit = low + CLOSED_SHARE * (high - low)
    closed = wanted <= limit
    edges = np.flatnonzero(np.diff(np.concatenate([[0], closed.astype(int), [0]]))).reshape(-1, 2)
    if len(edges) == 0:
        return float("nan")
    slack = 0.05 * (high - low)  # the tracker's own noise
    return float(np.mean([got[max(a - 1, 0) : b + 1].min() <= limit + slack for a, b in edges]))


def seal(seen: Seen, film: Seen, contact: np.ndarray, changed: np.ndarray) -> float:
    """Share of the stretches of sure `contact` (F,) in which the lips are seen as near as in this person's own shut mouth."""
    if correlation(film.gaps, film.shown[:, MEASURES.index("opening")]) < _COLOURS_TELL:
        return float("nan")
    low, high = np.quantile(film.gaps, [0.04, 0.97])
    limit = low + 0.2 * (high - low)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (contact > 0.5).astype(int), [0]]))).reshape(-1, 2)
    runs = [(a, b) for a, b in edges if changed[a:b].all()]
    if not runs:
        return float("nan")
    return float(np.mean([seen.gaps[max(a - 1, 0) : b + 1].min() <= limit for a, b in runs]))


def likeness(faces: Mapping[int, np.ndarray | None], film: Mapping[int, np.ndarray | None]) -> float:
    """Mean cosine of the same frames' identity descriptors; nan where none is known."""
    pairs = [(faces[frame], film[frame]) for frame in faces if frame in film]
    known = [float(a @ b) for a, b in pairs if a is not None and b is not None]
    return float(np.mean(known)) if known else float("nan")


def quality_rise(quality: Mapping[int, float], film: Mapping[int, float]) -> float:
    """Mean difference of the same frames' quality; nan where none is known."""
    rises = [quality[frame] - film[frame] for frame in quality if frame in film]
    known = [rise for rise in rises if np.isfinite(rise)]
    return float(np.mean(known)) if known else float("nan")


def jitter(patches: np.ndarray) -> float:
    """Mean absolute second difference over time of (F, P, P, 3) pictures, grey levels."""
    differences = [
        np.abs(b.astype(np.int16) * 2 - a - c).mean()
        for a, b, c in zip(patches, patches[1:], patches[2:], strict=False)
    ]
    return float(np.mean(differences or [0.0]))


def _slow(values: np.ndarray, rate: float) -> np.ndarray:
    return gaussian_filter1d(values.astype(np.float64), _EXPRESSION_S * rate, mode="nearest")


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean())) if len(values) else 0.0


def changes(patches: np.ndarray) -> np.ndarray:
    """(F - 1,) mean absolute change of the stabilised mouth."""
    return np.array([cv2.absdiff(a, b).mean() for a, b in itertools.pairwise(patches)] or [0.0])


def spike(change: np.ndarray) -> float:
    """98th percentile of what `changes` gives over its median."""
    return float(np.quantile(change, 0.98) / max(float(np.median(change)), 1e-9))


def detail(patches: np.ndarray) -> float:
    """Mean high-pass energy of the mouth and the skin around it."""
    inside = slice(_PATCH // 5, -_PATCH // 5)
    return float(
        np.mean([np.abs(cv2.Laplacian(p.mean(axis=2), cv2.CV_64F))[inside, inside].mean() for p in patches])
    )


def ring_colour(patches: np.ndarray, film: np.ndarray) -> float:
    """Mean |difference| of the mean colour of the skin beside the lips, where the engine's blend ends."""
    ring = np.zeros((_PATCH, _PATCH), np.float32)
    cv2.ellipse(ring, (_PATCH // 2, _PATCH // 2), (44, 34), 0, 0, 360, 1.0, -1)
    cv2.ellipse(ring, (_PATCH // 2, _PATCH // 2), (34, 24), 0, 0, 360, 0.0, -1)
    where = ring > 0
    differences = [
        np.abs(a[where].mean(axis=0) - b[where].mean(axis=0)).mean()
        for a, b in zip(patches, film, strict=True)
    ]
    return float(np.mean(differences))


def mouth_box(points: np.ndarray, scale: float) -> tuple[int, int, int]:
    """Left, top and side in pixels of the square that shows the lower face of `points` (468, 2)."""
    x, y = points[list(OUTER_LIP)].mean(axis=0)
    side = int(1.5 * scale)
    return round(float(x)) - side // 2, round(float(y)) - int(side * 0.45), side
