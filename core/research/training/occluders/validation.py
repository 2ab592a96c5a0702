"""How well a network finds what lies before faces it was never trained on, things drawn by another hand among them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from core.face_geometry.track import LANDMARK_COUNT
from core.faces.occluders import CERTAIN, CROP_PIXELS, CROP_SPAN
from core.research.corpus.occluders import occlude
from core.research.training.cut_faces import CutFaces
from core.research.training.occluders.faces import SIZE
from core.research.training.occluders.scenes import Bank, Example, example, plain

_REACH = 0.25  # eye-corner distances around the face: farther away hardly anything moves with a jaw
OTHER_HANDS = ("microphone", "cup", "hand")  # of `core.research.corpus.occluders`

Finder = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(B, S, S, 3) uint8 pictures and (B, S, S) uint8 drawn faces → (B, S, S) float32 probabilities."""


@dataclass(frozen=True, slots=True)
class Found:
    """Over all pixels of the face and just below it: what was found of what is there.

    Attributes:
        iou: intersection over union.
        recall: share of the covered that was found.
        precision: share of the found that is covered.
    """

    iou: float
    recall: float
    precision: float


def trials(faces: CutFaces, seed: int, each: int) -> dict[str, list[Example]]:
    """Examples by kind: ``natural`` faces, ``trained`` kinds newly drawn, and each of `OTHER_HANDS`; all on held-out people."""
    rows = np.flatnonzero(faces.held_out)
    rng = np.random.default_rng([seed, 72])
    own = faces.select(rows)
    bank = Bank(max(each, 24), own.rgb, seed + 1000)
    made = {"natural": [plain(own, i) for i in range(len(own))]}
    picks = rng.integers(0, len(own), each)
    made["trained"] = [example(own, int(i), bank, rng, covered=True) for i in picks]
    for kind in OTHER_HANDS:
        made[kind] = [drawn_by_others(own, int(i), kind, seed + n) for n, i in enumerate(picks)]
    return made


def drawn_by_others(faces: CutFaces, index: int, kind: str, seed: int) -> Example:
    """Face `index` behind one of `core.research.corpus.occluders`."""
    bare = plain(faces, index)
    points = np.zeros((1, LANDMARK_COUNT, 3), np.float32)
    points[0, :, :2] = faces.points[index] - (SIZE - CROP_PIXELS) // 2
    frames, masks = occlude(bare.rgb[None], points, kind, seed)
    return Example(frames[0], bare.face, masks[0])


def judged(face: np.ndarray) -> np.ndarray:
    """(S, S) bool: the face of `drawn_face` and as much around it as a moving jaw takes along."""
    reach = round(_REACH * CROP_PIXELS / CROP_SPAN)
    return cv2.dilate((face > 0).astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)) > 0


def compare(find: Finder, examples: Sequence[Example], batch: int = 32) -> Found:
    """Runs `find` over `examples`."""
    both = found = there = 0
    for start in range(0, len(examples), batch):
        part = examples[start : start + batch]
        seen = find(np.stack([e.rgb for e in part]), np.stack([e.face for e in part])) >= CERTAIN
        truth = np.stack([e.cover for e in part]) > 127
        where = np.stack([judged(e.face) for e in part])
        both += int((seen & truth & where).sum())
        found += int((seen & where).sum())
        there += int((truth & where).sum())
    return Found(both / max(found + there - both, 1), both / max(there, 1), both / max(found, 1))


def false_share(find: Finder, examples: Sequence[Example], batch: int = 32) -> tuple[float, float]:
    """Of uncovered faces: share of the judged pixels that are taken for covered, and of faces with over 1 % of theirs."""
    shares = []
    for start in range(0, len(examples), batch):
        part = examples[start : start + batch]
        seen = find(np.stack([e.rgb for e in part]), np.stack([e.face for e in part])) >= CERTAIN
        for mask, e in zip(seen, part, strict=True):
            where = judged(e.face)
            shares.append(float((mask & where).sum()) / max(int(where.sum()), 1))
    return float(np.mean(shares)), float((np.array(shares) > 0.01).mean())


def validate(find: Finder, made: dict[str, list[Example]]) -> dict[str, float]:
    """One row for the curve."""
    row = {}
    for kind, examples in made.items():
        if kind == "natural":
            row["false"], row["false_faces"] = false_share(find, examples)
        else:
            got = compare(find, examples)
            row[f"{kind}_iou"], row[f"{kind}_recall"] = got.iou, got.recall
    return {name: round(value, 5) for name, value in row.items()}
