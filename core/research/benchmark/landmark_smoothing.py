"""How much landmarks tremble and lag, raw and smoothed: a portrait moved along a known path under camera noise.

Run ``python -m core.research.benchmark.landmark_smoothing STILLS CLIPS`` with a folder of portraits and one of ``.npz`` files made by
``core.research.corpus.real``; it prints one line per motion and one for real lips.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.face_geometry.landmark_sets import EYE_OUTER_CORNERS, INNER_LIP_MIDDLES
from core.faces.backend import MediaPipeBackend
from core.faces.detector import FaceDetector
from core.faces.mesh import roi_from_detection, roi_from_landmarks
from core.faces.scan import detect_in, look_plan
from core.faces.smoothing import smooth_landmarks

FRAMES, RATE = 100, 25.0
PICTURE = 384
NOISE = 4.0  # code values of camera noise, as in an indoor shot
# name, amplitude in pixels, degrees of roll, share of size, hertz
MOTIONS = (("still", 0.0, 0.0, 0.0, 0.0), ("sway", 12.0, 3.0, 0.03, 0.4), ("nod", 14.0, 4.0, 0.02, 1.5))
Smoother = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class SmoothingResult:
    """Errors in thousandths of the outer-eye-corner distance (root mean square), lag in frames (positive: late)."""

    motion: str
    error: float
    tremble: float
    lag: float


def one_euro(
    landmarks: np.ndarray, *, rate: float = RATE, least_cutoff: float = 1.0, beta: float = 0.05
) -> np.ndarray:
    """The causal One-Euro filter on each coordinate, for comparison (Casiez et al., 2012)."""

    def alpha(cutoff: np.ndarray | float) -> np.ndarray | float:
        return 1 / (1 + rate / (2 * np.pi * cutoff))

    result = np.empty_like(landmarks)
    result[0] = landmarks[0]
    speed = np.zeros_like(landmarks[0])
    for index in range(1, len(landmarks)):
        speed = speed + alpha(1.0) * ((landmarks[index] - result[index - 1]) * rate - speed)
        share = alpha(least_cutoff + beta * np.abs(speed))
        result[index] = result[index - 1] + share * (landmarks[index] - result[index - 1])
    return result


def both_ways_one_euro(landmarks: np.ndarray) -> np.ndarray:
    """One-Euro forwards and backwards, averaged."""
    return (one_euro(landmarks) + one_euro(landmarks[::-1])[::-1]) / 2


def moved_portrait(
    picture: np.ndarray, motion: tuple[str, float, float, float, float], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Raw landmarks (F, 468, 3) of a portrait moved along a path, and the true ones (F, 468, 2)."""
    generator = np.random.default_rng(seed)
    backend = MediaPipeBackend()
    size = PICTURE / max(picture.shape[:2])
    picture = cv2.resize(picture, None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
    _, pixels, degrees, zoom, hertz = motion
    found = detect_in(backend, picture, look_plan(picture.shape[1], picture.shape[0], backend.smallest_face))
    if not found:
        raise ValueError("no face in the portrait")
    roi = roi_from_detection(found[0])
    raw, affines = [], []
    for frame in range(FRAMES):
        phase = 2 * np.pi * hertz * frame / RATE
        affine = cv2.getRotationMatrix2D(
            (picture.shape[1] / 2, picture.shape[0] / 2),
            degrees * np.sin(phase),
            1 + zoom * np.sin(0.7 * phase),
        )
        affine[:, 2] += (0.4 * pixels * np.sin(0.8 * phase), pixels * np.sin(phase))
        shown = cv2.warpAffine(
            picture, affine, picture.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )
        noisy = shown + generator.normal(0, NOISE, shown.shape)
        result = backend.mesh(np.clip(noisy, 0, 255).astype(np.uint8), roi)
        roi = roi_from_landmarks(result.landmarks)
        raw.append(result.landmarks)
        affines.append(affine)
    landmarks = np.stack(raw)
    # The portrait's own landmarks: the mean of all frames taken back, so that the network's bias is no error here.
    inverse = [cv2.invertAffineTransform(affine) for affine in affines]
    own = np.mean([p[:, :2] @ m[:, :2].T + m[:, 2] for p, m in zip(landmarks, inverse, strict=True)], axis=0)
    truth = np.stack([own @ affine[:, :2].T + affine[:, 2] for affine in affines])
    return landmarks, truth


def has_face(path: Path) -> bool:
    """Whether the detector sees a face in the picture."""
    return bool(FaceDetector()(cv2.imread(str(path))[:, :, ::-1]))


def measure(landmarks: np.ndarray, truth: np.ndarray, motion: str) -> SmoothingResult:
    """Error, tremble (of the error from frame to frame) and lag of `landmarks` (F, 468, 2 or 3)."""
    right, left = EYE_OUTER_CORNERS
    unit = float(np.linalg.norm(truth[:, right] - truth[:, left], axis=1).mean()) / 1000
    error = landmarks[:, :, :2] - truth
    speed = np.gradient(truth, axis=0)
    # Least squares of the error on minus the speed: a late curve is the true one minus lag × speed.
    lag = -float((error * speed).sum() / max(float((speed**2).sum()), 1e-9)) if motion != "still" else 0.0
    return SmoothingResult(
        motion,
        float(np.sqrt((error**2).sum(axis=2).mean())) / unit,
        float(np.sqrt((np.diff(error, axis=0) ** 2).sum(axis=2).mean())) / unit,
        lag,
    )


def lip_fidelity(landmarks: np.ndarray, smoother: Smoother) -> tuple[float, float, float]:
    """(share of the opening's movement kept, lag in frames, share of its noise-like third difference kept)."""
    raw, smooth = opening(landmarks), opening(smoother(landmarks))
    kept = float(np.std(smooth) / np.std(raw))
    speed = np.gradient(smooth)
    lag = -float(((smooth - raw) * speed).sum() / max(float((speed**2).sum()), 1e-12))
    return kept, lag, float(np.std(np.diff(smooth, 3)) / np.std(np.diff(raw, 3)))


def opening(landmarks: np.ndarray) -> np.ndarray:
    """(F,) distance of the inner lips' middles over the outer-eye-corner distance."""
    upper, lower = INNER_LIP_MIDDLES
    right, left = EYE_OUTER_CORNERS
    eyes = np.linalg.norm(landmarks[:, right] - landmarks[:, left], axis=1)
    return np.linalg.norm(landmarks[:, upper] - landmarks[:, lower], axis=1) / np.median(eyes)


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of ``python -m core.research.benchmark.landmark_smoothing``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stills", type=Path)
    parser.add_argument("clips", type=Path)
    parser.add_argument("--portraits", type=int, default=6)
    args = parser.parse_args(argv)
    smoothers: dict[str, Smoother] = {
        "raw": lambda x: x,
        "ours": smooth_landmarks,
        "One-Euro": one_euro,
        "One-Euro both ways": both_ways_one_euro,
    }
    portraits = [path for path in sorted(args.stills.glob("*.jpg")) if has_face(path)]
    portraits = portraits[:: max(len(portraits) // args.portraits, 1)]
    lines = []
    for motion in MOTIONS:
        tracks = [
            moved_portrait(cv2.imread(str(path))[:, :, ::-1], motion, seed)
            for seed, path in enumerate(portraits[: args.portraits])
        ]
        for name, smoother in smoothers.items():
            results = [measure(smoother(raw), truth, motion[0]) for raw, truth in tracks]
            error, tremble, lag = np.mean([(r.error, r.tremble, r.lag) for r in results], axis=0)
            lines.append(
                f"{motion[0]:6s} {name:20s} error {error:6.2f}  tremble {tremble:6.2f}  lag {lag:+.3f} frames"
            )
    clips = sorted(args.clips.glob("*.npz"))
    for name, smoother in smoothers.items():
        kept = []
        for clip in clips[:: max(len(clips) // 40, 1)]:
            with np.load(clip) as data:
                if len(data["landmarks"]) >= 20:
                    kept.append(lip_fidelity(data["landmarks"], smoother))
        movement, lag, rough = np.mean(kept, axis=0)
        lines.append(
            f"lips   {name:20s} movement kept {movement:.3f}  lag {lag:+.3f} frames  third difference {rough:.3f}"
        )
    print("\n".join(lines))  # noqa: T201 - the program's output


if __name__ == "__main__":
    main()
