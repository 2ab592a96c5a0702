"""Which library frame lends its mouth to each frame of the dub: one global optimum over the whole stretch.

Viterbi over the best candidates of every frame. The first-order costs are in squared standard deviations, so that their
weights say how many of one are worth one of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from core.own_mouth import mouth_interior
from core.own_mouth.head import Heads
from core.own_mouth.library import MOST_SHUT_GAP, SHUT_QUANTILE, MouthLibrary, lip_speed
from core.own_mouth.regions import LIP_ROWS, lip_gap, lip_width

CANDIDATES = 40
CONTINUATIONS = 24  # candidates of the frame before whose successors are also tried

_LIP_COUNT = LIP_ROWS.stop
_APART_LIMIT = (
    5.0  # sigmas: a person never seen shut gets the best there is, not the worst in everything else
)
# Closures of speech last 4 frames at most; then a mouth that is merely shut is as good as the most pressed one of the film.
_REST_FRAMES, _REST_STRICTNESS = 10, 0.4
_MOST_UNNATURAL = 2.0  # sigmas: lips that must touch may be borrowed from the oddest closure there is
_MESH_NOISE = 0.015  # eye-corner distances: of the mesh's opening of lips that touch
_SHUT_CANDIDATES, _SHUT_SLACK = 12, 0.004


# Mean cost of a frame's random part: one and a half sigmas of a difference that is hidden anyway, so no take gets visibly
# worse frames, and half of what a join costs, so that takes do differ.
TAKE_VARIETY = 4.0


@dataclass(frozen=True, slots=True)
class ChoiceWeights:
    """What counts how much. Lengths in eye-corner distances.

    Attributes:
        shape_sigma: lip-point error that a residual warp hides (about 2.5 px on a 150 px eye distance).
        gap_floor: at this opening an error of the opening weighs half as much as at closure.
        gap_sigma: error of the opening at closure that is seen.
        narrow_sigma: by how much a mouth may be less open than wanted: teeth that are not in it cannot be shown, while
            lips close over those that are.
        contact_sigma: how far apart lips may be where they must touch, beyond the person's shut mouth.
        expression_sigma: difference of the face outside the mouth that is seen.
        angle_sigma: degrees of yaw and pitch a flat warp hides.
        light_sigma: log brightness difference left to the shading transfer.
        blur_sigma: octaves of sharpness by which a borrowed frame may fall short of the target's.
        smear_sigma: by how much more than wanted borrowed lips may have moved while the shutter was open: held still, a smear
            is seen as a second lip.
        natural_sigma: by how much less natural than usual a borrowed mouth may look, in the judge's units.
        scale: cost of a frame recorded at half the size needed.
        texture: cost of one standard deviation of texture change between neighbours.
        join_shape: cost of lip points moving by `shape_sigma` more or less than wanted between neighbours.
        follow: factor on a transition between frames that follow each other in the footage.
        near: the same for steps of two frames, or one back.
        join: cost of any other transition.
        stay: cost of staying on one frame.
    """

    shape_sigma: float = 0.018
    gap_floor: float = 0.02
    gap_sigma: float = 0.004
    narrow_sigma: float = 0.03
    contact_sigma: float = 0.0025
    expression_sigma: float = 0.015
    angle_sigma: float = 6.0
    light_sigma: float = 0.25
    blur_sigma: float = 0.2
    smear_sigma: float = 0.006
    natural_sigma: float = 2.5
    scale: float = 4.0
    texture: float = 4.0
    join_shape: float = 0.15
    follow: float = 0.1
    near: float = 0.4
    join: float = 4.0
    stay: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class TargetPicture:
    """How target frames were seen, as the library measures it.

    Attributes:
        light: (F, 4) log brightness around the mouth.
        sharpness: (F,) relative to the person's median.
    """

    light: np.ndarray
    sharpness: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """For each frame the library row whose mouth it borrows, and how far that was from what was wanted.

    Attributes:
        rows: (F,) int32.
        shape_error: (F,) float32, RMS lip-point error before the residual warp, in eye-corner distances.
        gap_error: (F,) float32, chosen minus wanted opening, same unit.
        interiors: for each frame the rows that lend what is between the lips, and their shares.
    """

    rows: np.ndarray
    shape_error: np.ndarray
    gap_error: np.ndarray
    interiors: tuple[Mapping[int, float], ...] = ()


def choose(
    library: MouthLibrary,
    wanted: np.ndarray,
    heads: Heads,
    view: TargetPicture | None,
    weights: ChoiceWeights,
    *,
    contact: np.ndarray | None = None,
    seed: int = 0,
) -> Plan:
    """The cheapest sequence of library rows for `wanted` (F, len(MOVING), 3) pose-free mouths in the faces `heads`.

    Args:
        library: at least one frame.
        wanted: the mouth that each frame shall have.
        heads: of the target frames.
        view: how the target frames were seen, or None where unknown.
        weights: the costs.
        contact: (F,) 0..1, how surely the lips must touch; nowhere by default.
        seed: any number but 0 gives every library frame a small random cost of its own, hence another take.
    """
    light = None if view is None else view.light
    smear = lip_speed(wanted) * float(library.open_share[0])  # the dubbed film comes first
    known = _embed(library.shape, library.gap, library.degrees, library.expression, library.light, weights)
    asked = _embed(wanted, lip_gap(wanted), heads.degrees, heads.expression, light, weights)
    if light is None:
        known = known[:, : asked.shape[1]]
    if seed:
        taste = np.random.default_rng(seed).exponential(TAKE_VARIETY, len(library)).astype(np.float32)
        known = np.concatenate([known, np.sqrt(taste)[:, None]], axis=1)
        asked = np.concatenate([asked, np.zeros((len(asked), 1), np.float32)], axis=1)
    tree = cKDTree(known)
    _, nearest = tree.query(asked, k=min(CANDIDATES, len(library)))
    nearest = nearest.reshape(len(asked), -1)
    touching = np.zeros(len(asked), np.float32) if contact is None else _at_rest(contact)
    nearest = _with_shut(library, known, asked, nearest, touching)
    strain = _Strain.of(library, smear, weights)
    rows = _viterbi(library, known, asked, nearest, wanted, heads.scale, view, touching, strain, weights)
    error = library.shape[rows][:, LIP_ROWS, :2] - wanted[:, LIP_ROWS, :2]
    opening = np.maximum(lip_gap(wanted) - library.shut_gap, 0)
    donors = mouth_interior.donors(library, rows, known, asked, opening, lip_width(wanted), strain.of_moment)
    return Plan(
        rows.astype(np.int32),
        np.sqrt((error**2).sum(axis=-1).mean(axis=-1)).astype(np.float32),
        (library.gap[rows] - lip_gap(wanted)).astype(np.float32),
        tuple(mouth_interior.shares(library, donors, opening)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Strain:
    """What tells against a library row whatever it is borrowed for, and what against one that is smeared.

    Attributes:
        unnatural: (N,) cost of each row.
        smeared: (N,) smear of each row, in sigmas.
        wanted: (F,) smear that each moment bears, likewise.
    """

    unnatural: np.ndarray
    smeared: np.ndarray
    wanted: np.ndarray

    @classmethod
    def of(cls, library: MouthLibrary, wanted: np.ndarray, weights: ChoiceWeights) -> "_Strain":
        unnatural = np.clip(-library.natural / weights.natural_sigma, 0, _MOST_UNNATURAL) ** 2
        return cls(unnatural, library.smear / weights.smear_sigma, wanted / weights.smear_sigma)

    def of_moment(self, at: int) -> np.ndarray:
        """(N,) cost of each row at frame `at`."""
        return self.unnatural + np.maximum(self.smeared - self.wanted[at], 0) ** 2


def _at_rest(contact: np.ndarray) -> np.ndarray:
    """`contact` (F,), less strict where lips rest: a "b" presses them, silence does not, and its frames are looked at longest."""
    eased = contact.astype(np.float32).copy()
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (contact > 0.5).astype(int), [0]]))).reshape(-1, 2)
    for first, stop in edges:
        if stop - first >= _REST_FRAMES:
            eased[first:stop] *= _REST_STRICTNESS
    return eased


def _embed(
    shape: np.ndarray,
    gap: np.ndarray,
    degrees: np.ndarray,
    expression: np.ndarray,
    light: np.ndarray | None,
    weights: ChoiceWeights,
) -> np.ndarray:
    """Points whose squared Euclidean distance is the cost of lending one frame's mouth to another."""
    lips = shape[:, LIP_ROWS, :2].reshape(len(shape), -1)
    parts = [
        lips / (weights.shape_sigma * np.sqrt(_LIP_COUNT)),
        (weights.gap_floor / weights.gap_sigma) * np.log1p(np.maximum(gap, 0) / weights.gap_floor)[:, None],
        degrees[:, :2] / weights.angle_sigma,
        expression.reshape(len(shape), -1) / (weights.expression_sigma * np.sqrt(expression.shape[1])),
    ]
    if light is not None:
        parts.append(light / (weights.light_sigma * np.sqrt(light.shape[1])))
    return np.concatenate(parts, axis=1).astype(np.float32)


def _viterbi(  # noqa: PLR0913 - the terms of one cost
    library: MouthLibrary,
    known: np.ndarray,
    asked: np.ndarray,
    nearest: np.ndarray,
    wanted: np.ndarray,
    scale: np.ndarray,
    view: TargetPicture | None,
    contact: np.ndarray,
    strain: "_Strain",
    weights: ChoiceWeights,
) -> np.ndarray:
    apart = np.minimum(_apart(library) / weights.contact_sigma, _APART_LIMIT) ** 2
    count = len(asked)
    successor = _successors(library)
    lips = library.shape[:, LIP_ROWS, :2].reshape(len(library), -1) / (
        weights.shape_sigma * np.sqrt(_LIP_COUNT)
    )
    wanted_lips = wanted[:, LIP_ROWS, :2].reshape(count, -1) / (weights.shape_sigma * np.sqrt(_LIP_COUNT))
    wanted_gap = lip_gap(wanted)
    sharpness = np.log2(np.maximum(library.sharpness, 0.1))
    seen = np.zeros(count) if view is None else np.log2(np.maximum(view.sharpness, 0.1))
    states: list[np.ndarray] = []
    arrows: list[np.ndarray] = []
    cost = np.zeros(0)
    for t in range(count):
        candidates = nearest[t]
        if t:
            best = states[-1][np.argsort(cost, kind="stable")[:CONTINUATIONS]]
            onward = successor[best]
            onward = onward[onward >= 0]
            further = successor[onward]
            candidates = np.unique(np.concatenate([candidates, best, onward, further[further >= 0]]))
        node = ((known[candidates] - asked[t]) ** 2).sum(axis=1)
        node = node + (np.maximum(seen[t] - sharpness[candidates], 0) / weights.blur_sigma) ** 2
        node = node + strain.of_moment(t)[candidates]
        node = node + contact[t] * apart[candidates]
        node = node + (np.maximum(wanted_gap[t] - library.gap[candidates], 0) / weights.narrow_sigma) ** 2
        node = node + weights.scale * np.maximum(np.log2(scale[t] / library.scale[candidates]), 0)
        if t == 0:
            cost, arrow = node, np.zeros(len(candidates), np.int32)
        else:
            before = states[-1]
            move = lips[candidates][None] - lips[before][:, None] - (wanted_lips[t] - wanted_lips[t - 1])
            change = library.texture[candidates][None] - library.texture[before][:, None]
            step = weights.join_shape * (move**2).sum(-1) + weights.texture * (change**2).sum(-1)
            ahead = (library.frame[candidates][None] - library.frame[before][:, None]).astype(np.int64)
            same = library.track[candidates][None] == library.track[before][:, None]
            step = np.select(
                [same & (ahead == 1), same & (ahead == 0), same & ((ahead == 2) | (ahead == -1))],
                [weights.follow * step, step + weights.stay, weights.near * (step + weights.join)],
                step + weights.join,
            )
            total = cost[:, None] + step
            arrow = total.argmin(axis=0).astype(np.int32)
            cost = total[arrow, np.arange(len(candidates))] + node
        states.append(candidates)
        arrows.append(arrow)
    path = np.zeros(count, np.int64)
    at = int(np.argmin(cost))
    for t in range(count - 1, -1, -1):
        path[t] = states[t][at]
        at = int(arrows[t][at])
    return path


def _apart(library: MouthLibrary) -> np.ndarray:
    """(N,) how far the lips are apart beyond this person's shut mouth, as the one of two witnesses says that says more.

    Painted lips parted by a hair are one colour to the colours, and shut lips are parted by some noise to the mesh.
    """
    shut_mesh = min(float(np.quantile(library.mesh_gap, SHUT_QUANTILE)), MOST_SHUT_GAP)
    by_mesh = library.mesh_gap - shut_mesh - _MESH_NOISE
    return np.maximum(np.maximum(library.gap - library.shut_gap, by_mesh), 0)


def _with_shut(
    library: MouthLibrary, known: np.ndarray, asked: np.ndarray, nearest: np.ndarray, contact: np.ndarray
) -> np.ndarray:
    """`nearest` (F, C) with the last candidates replaced, where lips must touch, by the nearest of the shut mouths."""
    shut = np.flatnonzero(library.gap <= library.shut_gap + _SHUT_SLACK)
    count = min(_SHUT_CANDIDATES, len(shut), nearest.shape[1])
    touching = np.flatnonzero(contact > 0)
    if count == 0 or len(touching) == 0:
        return nearest
    _, found = cKDTree(known[shut]).query(asked[touching], k=count)
    nearest = nearest.copy()
    nearest[touching, -count:] = shut[found.reshape(len(touching), count)]
    return nearest


def _successors(library: MouthLibrary) -> np.ndarray:
    """(N,) row of the next frame of the same track, or -1."""
    follows = (np.diff(library.frame) == 1) & (np.diff(library.track) == 0)
    return np.append(np.where(follows, np.arange(1, len(library)), -1), -1)
