"""How long compositing takes: milliseconds of one core per frame, on a mouth as large as in a 1080p close shot.

Run ``python -m core.research.benchmark.compositing``; it needs no footage.
"""

import argparse
import time
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from av.video.frame import VideoFrame

from core.compositing.composite import mouth_box, mouth_mask, placed_crop, prepared
from core.compositing.settings import MaskSettings
from core.face_geometry.canonical_face import canonical_face
from core.face_geometry.cover import PIXELS, RECORD, Cover, record_of
from core.faces.occluders import crop_affine
from core.media.colour import ColourTags
from core.media.planes import rect_rgb, replace_rect

FRAME = (1920, 1080)
EYE_DISTANCES = {"interview (mouth 65 px)": 120.0, "close-up (mouth 150 px)": 280.0}
ROUNDS, BATCH = 120, 20


def measure(eye_distance: float) -> dict[str, float]:
    """Milliseconds of processor time per step at one face size."""
    generator = np.random.default_rng(0)
    width, height = FRAME
    small = generator.integers(90, 190, (27, 48, 3)).astype(np.uint8)
    rgb = cv2.resize(small, FRAME, interpolation=cv2.INTER_CUBIC)
    frame = VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p")
    tags = ColourTags(1, 1, 1, 1)
    landmarks = (canonical_face().points * eye_distance + (width / 2, height / 3, 0)).astype(np.float32)
    new = landmarks + np.array([0, 0.02 * eye_distance, 0], np.float32)
    settings = MaskSettings()
    box = mouth_box(landmarks, new, settings, FRAME)
    source = rect_rgb(frame, box, colour=tags)
    mask = mouth_mask(landmarks, new, box, settings)
    side = round(2.2 * eye_distance)
    crop = generator.integers(90, 190, (side, side, 3)).astype(np.uint8)
    corner = np.round(landmarks[13, :2] - side / 2)
    affine = np.array([[1, 0, corner[0]], [0, 1, corner[1]]], np.float32)
    turned = np.array([[0.9, 0.05, corner[0]], [-0.05, 0.9, corner[1] + 10]], np.float32)
    hidden = np.zeros((PIXELS, PIXELS), bool)
    hidden[PIXELS // 2 :, PIXELS // 3 : PIXELS // 2] = True
    cover = Cover(np.array([record_of(0, crop_affine(landmarks), hidden)], RECORD))
    picture, alpha = prepared(source, crop, affine, mask, settings, box=box)
    steps: dict[str, Callable[[], object]] = {
        "box read": lambda: rect_rgb(frame, box, colour=tags),
        "mask": lambda: mouth_mask(landmarks, new, mouth_box(landmarks, new, settings, FRAME), settings),
        "occlusion guard": lambda: cover.mask(0, box),
        "colours and alpha": lambda: prepared(source, crop, affine, mask, settings, box=box),
        "(resampling, if not whole pixels)": lambda: placed_crop(crop, turned, box),
        "box written": lambda: replace_rect(frame, box, picture, alpha, colour=tags),
    }
    result = {name: _milliseconds(step) for name, step in steps.items()}
    result["together"] = sum(value for name, value in result.items() if not name.startswith("("))
    return result


def _milliseconds(step: Callable[[], object]) -> float:
    for _ in range(3):
        step()
    times = []
    for _ in range(ROUNDS // BATCH):
        start = time.process_time()
        for _ in range(BATCH):  # reading the clock is not free everywhere
            step()
        times.append((time.process_time() - start) / BATCH)
    return float(np.median(times)) * 1000


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of ``python -m core.research.benchmark.compositing``."""
    argparse.ArgumentParser(description=__doc__).parse_args(argv)
    cv2.setNumThreads(1)
    for name, eye_distance in EYE_DISTANCES.items():
        steps = ", ".join(f"{step} {ms:.2f}" for step, ms in measure(eye_distance).items())
        print(f"{name}: {steps} ms")  # noqa: T201 - the program's output


if __name__ == "__main__":
    main()
