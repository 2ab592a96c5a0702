"""Trains the small linear discriminant that tells a film's people apart, ``resources/face/identity.npz``.

Run ``python -m core.research.corpus.identity_data REAL CACHE`` with the folder made by ``core.research.corpus.real``.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from scipy.linalg import eigh

from core.faces.identity import IDENTITY_FILE, face_features
from core.research.corpus.held_out import is_licensed
from core.research.corpus.real import frames_of

logger = logging.getLogger(__name__)

FRAMES_PER_CLIP = 8
CLIPS_PER_PERSON = 6
AUGMENTATIONS = 3
DIMENSIONS = 40
SHRINKAGE = 0.1  # towards the mean variance: there are fewer samples than a full covariance wants


def collect(real: Path, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features (N, D), person numbers (N,), clip numbers (N,) of clips and stills that may be trained on, but lrw_ar."""
    generator = np.random.default_rng(seed)
    files = [*sorted((real / "train").glob("*.npz")), *sorted((real / "stills").glob("*.npz"))]
    taken: dict[str, int] = {}
    features, people, clips = [], [], []
    names: dict[str, int] = {}
    for clip, file in enumerate(files):
        if not is_licensed(file.stem):
            continue
        with np.load(file) as data:
            person, path = str(data["person"]), Path(str(data["video_path"]))
            landmarks, numbers, yaw = data["landmarks"], data["frame_numbers"], data["pose"][:, 0]
        taken[person] = taken.get(person, 0) + 1
        if taken[person] > CLIPS_PER_PERSON:
            continue
        usable = np.flatnonzero(np.abs(yaw) < 40)
        if len(usable) == 0:
            continue
        wanted = usable[np.linspace(0, len(usable) - 1, min(FRAMES_PER_CLIP, len(usable))).astype(int)]
        by_frame = {int(numbers[index]): landmarks[index] for index in wanted}
        for number, (_, rgb) in enumerate(frames_of(path)):
            if number not in by_frame:
                continue
            for turn in range(AUGMENTATIONS):
                picture = rgb if turn == 0 else augmented(rgb, generator)
                trembling = by_frame[number] + generator.normal(0, 0.004, (468, 3)) * np.ptp(
                    by_frame[number][:, 0]
                )
                features.append(face_features(picture, trembling.astype(np.float32)))
                people.append(names.setdefault(person, len(names)))
                clips.append(clip)
    return np.array(features), np.array(people), np.array(clips)


def augmented(rgb: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The same picture under another light, another camera and a poorer codec."""
    height, width = rgb.shape[:2]
    picture = (rgb / 255.0) ** generator.uniform(0.75, 1.35)
    across = np.linspace(-1, 1, width)[None, :, None] * generator.normal(0, 0.15)
    down = np.linspace(-1, 1, height)[:, None, None] * generator.normal(0, 0.1)
    picture = picture * (1 + across + down) * generator.uniform(0.8, 1.2) * generator.normal(1, 0.05, 3)
    result = (np.clip(picture, 0, 1) * 255).astype(np.uint8)
    if generator.random() < 0.5:
        scale = generator.uniform(0.4, 0.9)
        small = cv2.resize(result, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        result = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    coded, data = cv2.imencode(".jpg", result, [cv2.IMWRITE_JPEG_QUALITY, int(generator.integers(30, 90))])
    return cv2.imdecode(data, cv2.IMREAD_COLOR) if coded else result


def discriminant(features: np.ndarray, people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (D,) and projection (D, 40) of Fisher's linear discriminant, each person counting once."""
    mean = features.mean(axis=0)
    groups = [features[people == person] for person in np.unique(people)]
    within = np.mean([np.cov(group.T, bias=True) for group in groups if len(group) > 3], axis=0)
    centres = np.stack([group.mean(axis=0) for group in groups])
    between = np.cov(centres.T, bias=True)
    size = len(mean)
    within = (1 - SHRINKAGE) * within + SHRINKAGE * np.trace(within) / size * np.eye(size)
    values, vectors = eigh(between, within)
    order = np.argsort(values)[::-1][:DIMENSIONS]
    return mean, vectors[:, order] * np.sqrt(
        np.maximum(values[order], 0) / (1 + np.maximum(values[order], 0))
    )


def pair_distances(
    features: np.ndarray, people: np.ndarray, pieces: np.ndarray, model: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Cosine distances between mean descriptors of pieces of one person, and of different people."""
    vectors = (features - model[0]) @ model[1]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    keys = np.unique(pieces)
    means = np.stack([vectors[pieces == key].mean(axis=0) for key in keys])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    owner = np.array([people[pieces == key][0] for key in keys])
    upper = np.triu_indices(len(keys), 1)
    distance = (1 - means @ means.T)[upper]
    same = (owner[:, None] == owner[None])[upper]
    return distance[same], distance[~same]


def equal_error(same: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """(error rate, distance) where as many same pairs are missed as different pairs are joined."""
    candidates = np.linspace(0.02, 1.4, 400)
    missed = (same[None] > candidates[:, None]).mean(axis=1)
    joined = (other[None] <= candidates[:, None]).mean(axis=1)
    best = int(np.argmin(np.abs(missed - joined)))
    return float((missed[best] + joined[best]) / 2), float(candidates[best])


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of ``python -m core.research.corpus.identity_data``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("real", type=Path)
    parser.add_argument("cache", type=Path, help="a file that keeps the features between runs")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO)
    if not args.cache.exists():
        features, people, clips = collect(args.real)
        np.savez(args.cache, features=features, people=people, clips=clips)
    with np.load(args.cache) as data:
        features, people, clips = data["features"], data["people"], data["clips"]
    order = np.random.default_rng(1).permutation(len(np.unique(people)))
    all_same, all_other = [], []
    # Pieces: each clip's first and second half, as if they were two shots.
    place = np.concatenate(
        [np.arange((clips == clip).sum()) / (clips == clip).sum() for clip in dict.fromkeys(clips)]
    )
    pieces = clips * 2 + (place >= 0.5)
    for fold in range(4):
        held = np.isin(people, order[fold::4])
        model = discriminant(features[~held], people[~held])
        same, other = pair_distances(features[held], people[held], pieces[held], model)
        error, distance = equal_error(same, other)
        all_same.append(same)
        all_other.append(other)
        logger.info(
            "fold %d: %d same, %d other pairs, equal error %.3f at %.2f",
            fold,
            len(same),
            len(other),
            error,
            distance,
        )
    same, other = np.concatenate(all_same), np.concatenate(all_other)
    # Two halves of a clip are more alike than two shots of a film: the limit lies midway between both kinds, not at the
    # equal error.
    limit = (np.percentile(same, 99) + np.percentile(other, 5)) / 2
    mean, projection = discriminant(features, people)
    np.savez_compressed(
        IDENTITY_FILE,
        mean=mean.astype(np.float32),
        projection=projection.astype(np.float32),
        distance=np.float32(limit),
    )
    logger.info(
        "%d people; equal error %.3f; limit %.2f misses %.3f of same, joins %.3f of other pairs",
        len(order),
        equal_error(same, other)[0],
        limit,
        (same > limit).mean(),
        (other <= limit).mean(),
    )


if __name__ == "__main__":
    main()
